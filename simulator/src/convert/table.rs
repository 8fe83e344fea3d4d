//! Tables of comma-separated values with named, sometimes padded columns, plain or gzip.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use csv::StringRecord;
use flate2::read::MultiGzDecoder;

use super::ConvertError;

/// An open table; columns are found by name wherever they stand.
pub struct Table {
    pub file: String,
    rows: csv::Reader<Box<dyn Read>>,
    headings: StringRecord,
}

impl Table {
    pub fn open(path: &Path) -> Result<Self, ConvertError> {
        let file = path.display().to_string();
        let source =
            File::open(path).map_err(|source| ConvertError::Read { file: file.clone(), source })?;
        let source: Box<dyn Read> = match path.extension().is_some_and(|end| end == "gz") {
            true => Box::new(MultiGzDecoder::new(source)),
            false => Box::new(source),
        };
        let mut rows = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(source);
        let headings = rows
            .headers()
            .map_err(|source| ConvertError::Table { file: file.clone(), source })?
            .clone();
        Ok(Self { file, rows, headings })
    }

    pub fn place_of(&self, name: &str) -> Result<usize, ConvertError> {
        self.headings.iter().position(|heading| heading == name).ok_or_else(|| ConvertError::File {
            file: self.file.clone(),
            problem: format!("has no column `{name}`"),
            remedy: format!("a column `{name}` among its headings"),
        })
    }

    /// The next row with its line's number, or the end.
    pub fn next(&mut self) -> Result<Option<(u64, StringRecord)>, ConvertError> {
        let mut row = StringRecord::new();
        match self.rows.read_record(&mut row) {
            Ok(true) => Ok(Some((row.position().map_or(0, csv::Position::line), row))),
            Ok(false) => Ok(None),
            Err(source) => Err(ConvertError::Table { file: self.file.clone(), source }),
        }
    }

    /// A number of a row; none if it is no number.
    pub fn number(row: &StringRecord, place: usize) -> Option<f64> {
        row.get(place)?.parse::<f64>().ok().filter(|number| number.is_finite())
    }

    /// What to say of a cell that is left out.
    pub fn left_out(&self, line: u64, row: &StringRecord, place: usize, wanted: &str) -> String {
        let (heading, text) = (&self.headings[place], row.get(place).unwrap_or_default());
        format!("{}, line {line}: {heading} is `{text}`; expected {wanted}", self.file)
    }
}
