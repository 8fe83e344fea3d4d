//! The water meter of `AMPds2`: a counter of litres, read each minute for a year.
//!
//! A reading is taken when the counter has risen, and once an hour while it stands.

use std::path::Path;

use jiff::Timestamp;

use super::home::{Home, Kind, text, wrong};
use super::{ConvertError, Converted};

const COLUMNS: &str = "unix_ts,counter";
const ROW: &str = "seconds since 1970 and a counter of litres, between commas";
const STANDS_S: i64 = 3_600;

/// Converts the table of the meter; `.gz` is unpacked.
pub fn convert(path: &Path) -> Result<Converted, ConvertError> {
    let file = path.display().to_string();
    let text = text(path)?;
    let mut rows = text.lines().enumerate();
    if !rows.next().is_some_and(|(_, heading)| heading.starts_with(COLUMNS)) {
        let problem = "has no heading".to_owned();
        let remedy = format!("the columns {COLUMNS}");
        return Err(ConvertError::File { file, problem, remedy });
    }
    let mut home = Home::new("ampds", "The house of AMPds2");
    let mut said: Option<(i64, f64)> = None;
    for (number, row) in rows {
        let mut fields = row.split(',');
        let seconds = fields.next().and_then(|field| field.parse::<i64>().ok());
        let litres = fields.next().and_then(|field| field.parse::<f64>().ok());
        let litres = litres.filter(|litres| litres.is_finite());
        let (Some(seconds), Some(litres)) = (seconds, litres) else {
            return Err(wrong(&file, number, format!("is `{row}`"), ROW));
        };
        let at = Timestamp::from_second(seconds)
            .map_err(|_| wrong(&file, number, format!("its time is {seconds}"), ROW))?;
        let news = said.is_none_or(|(before_s, before)| {
            (litres - before).abs() > 0.0 || seconds - before_s >= STANDS_S
        });
        if news {
            home.says(at, "water", Kind::Water, litres);
            said = Some((seconds, litres));
        }
    }
    home.converted(&file)
}
