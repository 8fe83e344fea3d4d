//! What a script says, line by line, before anybody has lived it.
//!
//! Times are milliseconds of the day. Whatever a line names is checked to exist; nothing here
//! knows what a device sends.

/// One day of one or more sites.
#[derive(Debug, Clone, PartialEq)]
pub struct Script {
    pub date: jiff::civil::Date,
    pub offset: jiff::tz::Offset,
    pub seed: u64,
    pub sites: Vec<Site>,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Site {
    pub id: String,
    pub devices: Vec<Device>,
    pub homes: Vec<Home>,
    pub stories: Vec<Story>,
}

/// A device and what it does on any day.
#[derive(Debug, Clone, PartialEq)]
pub struct Device {
    pub id: String,
    /// The zone or home it hangs in, where that matters to a fire.
    pub spot: Option<String>,
    pub habits: Vec<Habit>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Habit {
    /// `temperature 22 ± 0.5 every 60 s`
    Measures { quantity: &'static str, around: f64, spread: f64, every_ms: u64 },
    /// `call_point off every 1 h`
    Says { quantity: &'static str, on: bool, every_ms: u64 },
    /// `motion 08:30-18:30 about every 4 min`
    Stirs { quantity: &'static str, from_ms: u64, until_ms: u64, every_ms: u64 },
}

impl Habit {
    pub fn quantity(&self) -> &'static str {
        match self {
            Self::Measures { quantity, .. }
            | Self::Says { quantity, .. }
            | Self::Stirs { quantity, .. } => quantity,
        }
    }
}

/// A home, its devices, and the day of who lives there.
#[derive(Debug, Clone, PartialEq)]
pub struct Home {
    pub id: String,
    pub kit: Vec<&'static str>,
    pub up: About,
    pub bed: About,
    pub outs: Vec<(About, About)>,
    /// What befalls the person, in the order of the script.
    pub turns: Vec<Turn>,
}

/// A time, exact or about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct About {
    pub at_ms: u64,
    pub about: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn {
    pub kind: Kind,
    pub at_ms: u64,
}

/// What may befall a building or a person; `--without` leaves one kind out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Fire,
    Cooking,
    DeviceSilent,
    Stillness,
    Sos,
    Fall,
}

impl Kind {
    pub const ALL: [(&'static str, Self); 6] = [
        ("fire", Self::Fire),
        ("cooking", Self::Cooking),
        ("device-silent", Self::DeviceSilent),
        ("stillness", Self::Stillness),
        ("sos", Self::Sos),
        ("fall", Self::Fall),
    ];

    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(known, _)| *known == name).map(|(_, kind)| kind)
    }

    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.into_iter().find(|(_, kind)| *kind == self).map_or("", |(name, _)| name)
    }
}

/// Something that happens in a building.
#[derive(Debug, Clone, PartialEq)]
pub struct Story {
    pub at_ms: u64,
    pub happens: Happens,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Happens {
    Fire {
        zone: String,
        growth: Growth,
        reaches: Vec<(String, u64)>,
        out_ms: Option<u64>,
    },
    Cooking {
        zone: String,
        until_ms: u64,
    },
    /// The device says nothing more.
    Silent {
        device: String,
        until_ms: Option<u64>,
    },
    /// `fire-panel panel_alarm on for 5 min because of fire`
    Shows {
        device: String,
        quantity: &'static str,
        on: bool,
        until_ms: u64,
        of: Option<Kind>,
    },
}

impl Story {
    /// What it belongs to, for who wants a day without that.
    pub fn kind(&self) -> Option<Kind> {
        match &self.happens {
            Happens::Fire { .. } => Some(Kind::Fire),
            Happens::Cooking { .. } => Some(Kind::Cooking),
            Happens::Silent { .. } => Some(Kind::DeviceSilent),
            Happens::Shows { of, .. } => *of,
        }
    }
}

/// How fast a fire grows: the classes of NFPA 92.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Growth {
    Slow,
    Medium,
    Fast,
    UltraFast,
}

impl Growth {
    pub const ALL: [(&'static str, Self); 4] = [
        ("slow", Self::Slow),
        ("medium", Self::Medium),
        ("fast", Self::Fast),
        ("ultra-fast", Self::UltraFast),
    ];
}

/// The devices a home may have, by the end of their ids.
pub const KIT: [&str; 6] = ["pir", "door", "sos", "temperature", "smoke", "radar"];

/// What is measured in numbers, by its name on the wire.
pub const NUMBERS: [&str; 11] = [
    "temperature",
    "smoke",
    "co",
    "gas",
    "water_level",
    "acceleration",
    "power",
    "energy",
    "water",
    "humidity",
    "occupancy",
];

/// What is on or off.
pub const FLAGS: [&str; 14] = [
    "motion",
    "presence",
    "contact",
    "leak",
    "float_switch",
    "smoke_alarm",
    "gas_alarm",
    "panel_alarm",
    "panel_fault",
    "call_point",
    "sos",
    "fall",
    "mains",
    "tamper",
];

/// What goes to the alarm topic while it is on.
pub const LIFE_SAFETY: [&str; 6] =
    ["sos", "fall", "smoke_alarm", "gas_alarm", "panel_alarm", "call_point"];
