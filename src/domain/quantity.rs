//! What is measured, in which unit, and what counts as life safety.
//!
//! The unit of a quantity is fixed: a payload in another unit is converted where it is decoded,
//! and a rule that names another unit is refused where it is loaded.

use serde::{Deserialize, Serialize};

use super::DeviceId;
use super::time::{Timestamp, micros};

/// A measured thing (측정 항목). The names are those of the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quantity {
    Temperature,
    Smoke,
    Co,
    Gas,
    WaterLevel,
    Acceleration,
    Power,
    Energy,
    Water,
    Humidity,
    Occupancy,
    /// Someone moved.
    Motion,
    /// Someone is there.
    Presence,
    /// The contact is open: the door or window stands open.
    Contact,
    /// Water where none should be.
    Leak,
    /// The float is up.
    FloatSwitch,
    /// A smoke alarm sounds.
    SmokeAlarm,
    /// A gas alarm sounds.
    GasAlarm,
    /// The certified panel is in alarm.
    PanelAlarm,
    /// The certified panel reports a fault.
    PanelFault,
    /// A manual call point has been pressed.
    CallPoint,
    /// Someone has called for help.
    Sos,
    /// Someone has fallen.
    Fall,
    /// Mains power is there.
    Mains,
    /// The housing has been opened.
    Tamper,
    /// How full its battery is. Any device may say it, whatever it measures.
    Battery,
}

/// The unit of a quantity, as it is written in rule files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    Celsius,
    PercentPerMetre,
    Ppm,
    PercentLel,
    Centimetre,
    Gal,
    Watt,
    WattHour,
    Litre,
    Percent,
    Persons,
    /// On or off: 1 or 0.
    Flag,
}

impl Unit {
    #[must_use]
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Celsius => "°C",
            Self::PercentPerMetre => "%/m",
            Self::Ppm => "ppm",
            Self::PercentLel => "%LEL",
            Self::Centimetre => "cm",
            Self::Gal => "gal",
            Self::Watt => "W",
            Self::WattHour => "Wh",
            Self::Litre => "L",
            Self::Percent => "%",
            Self::Persons => "persons",
            Self::Flag => "",
        }
    }

    /// As it stands in rule files.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Celsius => "celsius",
            Self::PercentPerMetre => "percent-per-metre",
            Self::Ppm => "ppm",
            Self::PercentLel => "percent-lel",
            Self::Centimetre => "centimetre",
            Self::Gal => "gal",
            Self::Watt => "watt",
            Self::WattHour => "watt-hour",
            Self::Litre => "litre",
            Self::Percent => "percent",
            Self::Persons => "persons",
            Self::Flag => "flag",
        }
    }
}

impl Quantity {
    /// What people call it in Korean.
    #[must_use]
    pub fn name_ko(self) -> &'static str {
        match self {
            Self::Temperature => "온도",
            Self::Smoke => "연기 농도",
            Self::Co => "일산화탄소",
            Self::Gas => "가스 농도",
            Self::WaterLevel => "수위",
            Self::Acceleration => "진동",
            Self::Power => "소비 전력",
            Self::Energy => "전력량",
            Self::Water => "수도 사용량",
            Self::Humidity => "습도",
            Self::Occupancy => "재실 인원",
            Self::Motion => "움직임",
            Self::Presence => "재실",
            Self::Contact => "문 열림",
            Self::Leak => "누수",
            Self::FloatSwitch => "부표 스위치",
            Self::SmokeAlarm => "연기 경보",
            Self::GasAlarm => "가스 경보",
            Self::PanelAlarm => "수신기 화재 신호",
            Self::PanelFault => "수신기 고장 신호",
            Self::CallPoint => "발신기",
            Self::Sos => "긴급 호출",
            Self::Fall => "낙상",
            Self::Mains => "상용 전원",
            Self::Tamper => "함체 열림",
            Self::Battery => "배터리",
        }
    }

    #[must_use]
    pub fn unit(self) -> Unit {
        match self {
            Self::Temperature => Unit::Celsius,
            Self::Smoke => Unit::PercentPerMetre,
            Self::Co => Unit::Ppm,
            Self::Gas => Unit::PercentLel,
            Self::WaterLevel => Unit::Centimetre,
            Self::Acceleration => Unit::Gal,
            Self::Power => Unit::Watt,
            Self::Energy => Unit::WattHour,
            Self::Water => Unit::Litre,
            Self::Humidity | Self::Battery => Unit::Percent,
            Self::Occupancy => Unit::Persons,
            _ => Unit::Flag,
        }
    }

    /// Events that say a life may be in danger by themselves. They travel on `…/alarm`, are
    /// drained first, and ring even when they come late.
    #[must_use]
    pub fn is_life_safety(self) -> bool {
        matches!(
            self,
            Self::Sos
                | Self::Fall
                | Self::SmokeAlarm
                | Self::GasAlarm
                | Self::PanelAlarm
                | Self::CallPoint
        )
    }

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Temperature => "temperature",
            Self::Smoke => "smoke",
            Self::Co => "co",
            Self::Gas => "gas",
            Self::WaterLevel => "water_level",
            Self::Acceleration => "acceleration",
            Self::Power => "power",
            Self::Energy => "energy",
            Self::Water => "water",
            Self::Humidity => "humidity",
            Self::Occupancy => "occupancy",
            Self::Motion => "motion",
            Self::Presence => "presence",
            Self::Contact => "contact",
            Self::Leak => "leak",
            Self::FloatSwitch => "float_switch",
            Self::SmokeAlarm => "smoke_alarm",
            Self::GasAlarm => "gas_alarm",
            Self::PanelAlarm => "panel_alarm",
            Self::PanelFault => "panel_fault",
            Self::CallPoint => "call_point",
            Self::Sos => "sos",
            Self::Fall => "fall",
            Self::Mains => "mains",
            Self::Tamper => "tamper",
            Self::Battery => "battery",
        }
    }
}

/// One measured value: a number in the quantity's unit, or on and off.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    Flag(bool),
    Number(f64),
}

impl Value {
    /// As a number; on is 1, off is 0.
    #[must_use]
    pub fn as_number(self) -> f64 {
        match self {
            Self::Flag(on) => f64::from(u8::from(on)),
            Self::Number(number) => number,
        }
    }
}

/// One value of one quantity from one device, with its moment (측정값).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    pub device: DeviceId,
    pub quantity: Quantity,
    pub value: Value,
    #[serde(with = "micros::required")]
    pub at: Timestamp,
}
