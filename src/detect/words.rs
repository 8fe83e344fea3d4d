//! Numbers, spans and quantities in words, in both languages.
//!
//! Every detector says its reason with these, so that one value is written the same way everywhere.

use crate::domain::time::SignedDuration;
use crate::domain::{Quantity, Unit, Words};

/// `value` in words, with its unit.
pub(super) fn said(value: f64, unit: Unit) -> String {
    let rounded = (value * 10.0).round() / 10.0;
    match unit {
        Unit::Flag => (if value > 0.5 { "on" } else { "off" }).to_string(),
        Unit::Celsius | Unit::Percent | Unit::PercentPerMetre | Unit::PercentLel => {
            format!("{rounded}{}", unit.symbol())
        }
        _ => format!("{rounded} {}", unit.symbol()),
    }
}

/// The same in Korean.
pub(super) fn said_ko(value: f64, unit: Unit) -> String {
    match unit {
        Unit::Flag => (if value > 0.5 { "켜짐" } else { "꺼짐" }).to_owned(),
        Unit::Persons => format!("{}명", (value * 10.0).round() / 10.0),
        _ => said(value, unit),
    }
}

/// A quantity that is back where it belongs.
pub(super) fn back_at(quantity: Quantity, value: f64, unit: Unit) -> Words {
    Words::new(
        format!("{} 정상 복귀: {}", quantity.name_ko(), said_ko(value, unit)),
        format!("{} is back at {}", quantity.as_str(), said(value, unit)),
    )
}

/// `because`-ready words for a span.
pub(crate) fn said_span(span: SignedDuration) -> String {
    let seconds = span.as_secs();
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7200 => format!("{} min", seconds / 60),
        _ => format!("{} h", seconds / 3600),
    }
}

/// The same in Korean.
pub(crate) fn said_span_ko(span: SignedDuration) -> String {
    let seconds = span.as_secs();
    match seconds {
        0..120 => format!("{seconds}초"),
        120..7200 => format!("{}분", seconds / 60),
        _ => format!("{}시간", seconds / 3600),
    }
}
