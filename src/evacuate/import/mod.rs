//! Importers (도면 가져오기): a building as others drew it, made into a site of ours.
//!
//! A dialect's reader turns text into a draft; what follows is the same for all: exits that a
//! person names are added, levels are counted, names become ids, and the building is looked over
//! for what would trap people. What is wrong in a file is refused and what it does not say is
//! reported; nothing is guessed. Nothing here opens a file: the caller hands over each file's
//! name and text, and shows people the remarks as they are.

mod building;
mod draft;
mod exits;
mod geojson;
mod indoorgml;
mod lint;
mod names;
mod tsv;
mod ways;
mod write;

use std::fmt;

use serde::Serialize;

pub use geojson::mentioned;
pub use tsv::{Named, graph as graph_of};

use crate::domain::{Site, SiteId};

/// What a passage is taken to be wide (m) where its source does not say: the least clear width of
/// an escape door and stair in Korea's rules for evacuation (건축물의 피난·방화구조 등의 기준에
/// 관한 규칙). A door is rarely narrower, so that nobody is promised more than there is.
pub const ASSUMED_WIDTH_M: f64 = 0.9;
/// From floor to floor (m) where a source has storeys without heights.
pub const ASSUMED_STOREY_M: f64 = 3.6;
/// How much of a flight's length is height: risers of 17.8 cm on treads of 28.2 cm, the stair
/// whose speeds the SFPE handbook lists in its second row.
const RISE_PER_M: f64 = 0.537;

/// In whose form a building is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// OGC IndoorGML 1.0 and 1.1, core and navigation.
    IndoorGml,
    /// GeoJSON storey by storey, with a main file that lists the levels.
    GeoJson,
    /// Lines of nodes, edges and exits, parted by tabs.
    GraphTsv,
}

/// A file's name, as people know it, and its text.
#[derive(Debug, Clone, Copy)]
pub struct Source<'t> {
    pub file: &'t str,
    pub text: &'t str,
}

/// What a person says that the files do not.
#[derive(Debug, Clone)]
pub struct Wishes {
    /// None: made from what the source calls itself.
    pub site: Option<SiteId>,
    /// Doors or spaces that lead outside, by their id or name in the source.
    pub exits: Vec<String>,
    /// Metres, for passages whose source has no width. Above 0.
    pub width_m: f64,
    /// Metres from floor to floor, for sources without heights. Above 0.
    pub storey_m: f64,
    /// Whether spaces without a way out are left out; they are refused otherwise.
    pub leave_out_unreachable: bool,
}

impl Default for Wishes {
    fn default() -> Self {
        Self {
            site: None,
            exits: Vec::new(),
            width_m: ASSUMED_WIDTH_M,
            storey_m: ASSUMED_STOREY_M,
            leave_out_unreachable: false,
        }
    }
}

/// One thing that is wrong with a source, or that a person should look at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Remark {
    pub file: String,
    /// Counted from 1; none if the whole file or building is meant.
    pub line: Option<usize>,
    /// Never changes, where sentences may improve.
    pub code: &'static str,
    /// Ends with what would have been right.
    pub sentence: String,
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.file, self.sentence),
            None => write!(f, "{}: {}", self.file, self.sentence),
        }
    }
}

/// A building that can be led out of.
#[derive(Debug)]
pub struct Imported {
    pub site: Site,
    /// The site's file, as `jikimi check` reads it.
    pub toml: String,
    /// The lint report, and what the source did not say.
    pub warnings: Vec<Remark>,
}

/// Why nothing was imported.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Refused {
    /// Never empty.
    pub problems: Vec<Remark>,
    pub warnings: Vec<Remark>,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.problems.iter().map(ToString::to_string).collect();
        f.write_str(&lines.join("\n"))
    }
}

/// Where a thing stands in its source.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    file: String,
    line: Option<usize>,
}

impl Place {
    fn of(source: &Source<'_>, line: usize) -> Self {
        Self { file: source.file.to_owned(), line: Some(line) }
    }

    fn whole(file: &str) -> Self {
        Self { file: file.to_owned(), line: None }
    }
}

/// Where readers put what they find.
#[derive(Debug, Default)]
struct Report {
    problems: Vec<Remark>,
    warnings: Vec<Remark>,
}

impl Report {
    fn refuse(&mut self, place: &Place, code: &'static str, sentence: impl Into<String>) {
        self.problems.push(remark(place, code, sentence.into()));
    }

    fn warn(&mut self, place: &Place, code: &'static str, sentence: impl Into<String>) {
        self.warnings.push(remark(place, code, sentence.into()));
    }

    fn refused(mut self) -> Refused {
        self.problems.sort();
        self.problems.dedup();
        self.warnings.sort();
        Refused { problems: self.problems, warnings: self.warnings }
    }
}

fn remark(place: &Place, code: &'static str, sentence: String) -> Remark {
    Remark { file: place.file.clone(), line: place.line, code, sentence }
}

/// Makes a site out of a building's files.
///
/// # Errors
/// With everything that is wrong with the files, and with every space that has no way out.
pub fn import(
    dialect: Dialect,
    sources: &[Source<'_>],
    wishes: &Wishes,
) -> Result<Imported, Refused> {
    let mut report = Report::default();
    let draft = match dialect {
        Dialect::IndoorGml => indoorgml::read(sources, &mut report),
        Dialect::GeoJson => geojson::read(sources, wishes, &mut report),
        Dialect::GraphTsv => tsv::read(sources, &mut report),
    };
    let well = report.problems.is_empty();
    let built = draft.filter(|_| well).and_then(|draft| building::of(draft, wishes, &mut report));
    match built {
        Some((site, assumed)) => {
            let toml = write::site(&site, &assumed);
            report.warnings.sort();
            Ok(Imported { site, toml, warnings: report.warnings })
        }
        None => Err(report.refused()),
    }
}

/// The number of the line in which a byte stands, from 1.
fn line_of(text: &str, at: usize) -> usize {
    1 + text.get(..at).unwrap_or(text).matches('\n').count()
}
