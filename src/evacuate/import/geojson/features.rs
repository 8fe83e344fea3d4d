//! The files of a building in GeoJSON: which levels there are, and what is drawn on each.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::domain::ZoneKind;
use crate::evacuate::import::{Place, Report, Source, line_of};

/// What a drawn thing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The floor of a storey.
    Outline,
    /// Where the floor is cut away.
    Opening,
    /// A wall or a window: nobody walks through.
    Wall,
    /// What is neither mapped nor walked.
    Blocked,
    Door,
    Space(ZoneKind),
    /// A name for what is around it.
    Label,
    Path,
    Stairs,
    Lift,
    Entrance,
    /// Furniture and the like.
    Nothing,
}

const KINDS: [(&str, Kind); 22] = [
    ("building_outline", Kind::Outline),
    ("floor_opening", Kind::Opening),
    ("wall", Kind::Wall),
    ("window", Kind::Wall),
    ("inaccessible_space", Kind::Blocked),
    ("escalator", Kind::Blocked),
    ("door", Kind::Door),
    ("room", Kind::Space(ZoneKind::Room)),
    ("unit", Kind::Space(ZoneKind::Room)),
    ("bathroom", Kind::Space(ZoneKind::Room)),
    ("garden", Kind::Space(ZoneKind::Room)),
    ("hallway", Kind::Space(ZoneKind::Corridor)),
    ("stairs", Kind::Space(ZoneKind::Stairwell)),
    ("elevator", Kind::Space(ZoneKind::Lift)),
    ("no_geometry", Kind::Label),
    ("highlight", Kind::Nothing),
    ("placeholder", Kind::Nothing),
    ("pathway", Kind::Path),
    ("stairs", Kind::Stairs),
    ("escalator", Kind::Nothing),
    ("elevator", Kind::Lift),
    ("entrance", Kind::Entrance),
];

/// Degrees of longitude and latitude.
pub(super) type Degrees = [f64; 2];

#[derive(Debug)]
pub(super) enum Shape {
    /// Rings, of which each second one is a hole.
    Area(Vec<Vec<Degrees>>),
    Line(Vec<Degrees>),
}

#[derive(Debug)]
pub(super) struct Feature {
    pub key: String,
    pub name: String,
    pub kind: Kind,
    pub shape: Shape,
    /// For a line between storeys, the level of each of its points.
    pub levels: Vec<i64>,
    pub place: Place,
}

/// A building's files, read.
#[derive(Debug, Default)]
pub(super) struct Drawn {
    pub name: String,
    /// What is on each level, from the lowest, with the level's name.
    pub levels: BTreeMap<i64, (String, Vec<Feature>)>,
    /// Lines between levels.
    pub between: Vec<Feature>,
}

#[derive(Deserialize)]
struct Main {
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    levels: Option<Vec<LevelOf>>,
    #[serde(default)]
    level_filenames: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct LevelOf {
    #[serde(default)]
    name: String,
    #[serde(default)]
    readable_name: String,
    z_order: i64,
    filename: String,
}

#[derive(Deserialize)]
struct Collection<'t> {
    #[serde(rename = "type", default)]
    kind: Option<String>,
    #[serde(borrow, default)]
    features: Vec<&'t RawValue>,
    #[serde(default)]
    z_order: Option<i64>,
    #[serde(default)]
    crs: Option<Value>,
    #[serde(default)]
    level_filenames: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct Raw {
    #[serde(default)]
    properties: Properties,
    #[serde(default)]
    geometry: Option<Geometry>,
    #[serde(default)]
    levels: Vec<i64>,
}

#[derive(Deserialize, Default)]
struct Properties {
    #[serde(default)]
    id: Value,
    #[serde(default)]
    name: Option<String>,
    #[serde(rename = "type", default)]
    kind: Option<String>,
}

#[derive(Deserialize)]
#[serde(tag = "type", content = "coordinates")]
enum Geometry {
    Polygon(Vec<Vec<Vec<f64>>>),
    MultiPolygon(Vec<Vec<Vec<Vec<f64>>>>),
    LineString(Vec<Vec<f64>>),
}

/// The names of the files that a main file speaks of; none if it is no such file, or if they lie
/// elsewhere than beside it.
#[must_use]
pub fn mentioned(text: &str) -> Vec<String> {
    let Ok(main) = serde_json::from_str::<Main>(text) else { return Vec::new() };
    let levels = main.levels.into_iter().flatten().map(|level| level.filename);
    let names = levels.chain(main.level_filenames.into_iter().flatten());
    names.filter(|name| !name.starts_with(['.', '_']) && !name.contains(['/', '\\'])).collect()
}

impl Drawn {
    pub fn read(sources: &[Source<'_>], report: &mut Report) -> Self {
        let mut drawn = Self::default();
        let mut named: BTreeMap<String, i64> = BTreeMap::new();
        let mut rest = Vec::new();
        for source in sources {
            match serde_json::from_str::<Main>(source.text) {
                Ok(Main { levels: Some(levels), name, .. }) => {
                    drawn.name = name.unwrap_or_default();
                    for level in levels {
                        named.insert(level.filename, level.z_order);
                        let LevelOf { name, readable_name, .. } = level;
                        let name = if readable_name.is_empty() { name } else { readable_name };
                        drawn.levels.entry(level.z_order).or_default().0 = name;
                    }
                }
                _ => rest.push(source),
            }
        }
        let alone = rest.len() == 1 && named.is_empty();
        for source in rest {
            let Some(collection) = collection(source, report) else { continue };
            let file = source.file.rsplit('/').next().unwrap_or(source.file);
            let level = collection.z_order.or_else(|| named.get(file).copied());
            let between = collection.level_filenames.is_some();
            let features =
                collection.features.iter().filter_map(|raw| feature(source, raw, report));
            let features: Vec<Feature> = features.collect();
            match (between, level.or(alone.then_some(0))) {
                (true, _) => drawn.between.extend(features),
                (false, Some(level)) => drawn.levels.entry(level).or_default().1.extend(features),
                (false, None) => {
                    let words = "which storey is this? Give the main file that names it among its \
                                 `levels`, or a `z_order` beside `features`";
                    report.refuse(&Place::whole(source.file), "no-level", words);
                }
            }
        }
        drawn.levels.retain(|_, (_, features)| !features.is_empty());
        drawn
    }
}

fn collection<'t>(source: &Source<'t>, report: &mut Report) -> Option<Collection<'t>> {
    let collection: Collection<'t> = match serde_json::from_str(source.text) {
        Ok(collection) => collection,
        Err(error) => {
            let words = format!("no GeoJSON: {error}; a FeatureCollection is wanted");
            report.refuse(&Place::of(source, error.line().max(1)), "syntax", words);
            return None;
        }
    };
    if collection.kind.as_deref() != Some("FeatureCollection") {
        let words = "neither a building with `levels` nor a FeatureCollection";
        report.refuse(&Place::of(source, 1), "no-collection", words);
        return None;
    }
    let crs = collection.crs.as_ref().and_then(|crs| crs.pointer("/properties/name"));
    let degrees = |name: &str| name.contains("CRS84") || name.ends_with("4326");
    if let Some(name) = crs.and_then(Value::as_str).filter(|name| !degrees(name)) {
        let words = format!("its coordinates are of `{name}`; WGS 84 (CRS84) is wanted");
        report.refuse(&Place::whole(source.file), "not-wgs84", words);
        return None;
    }
    Some(collection)
}

/// A feature with what is wrong with it said; none also if it is nothing to walk in or on.
fn feature(source: &Source<'_>, raw: &RawValue, report: &mut Report) -> Option<Feature> {
    // The raw text is a part of the source's, so that its address says where.
    let begins = raw.get().as_ptr() as usize - source.text.as_ptr() as usize;
    let line = line_of(source.text, begins);
    let place = Place::of(source, line);
    let read: Raw = match serde_json::from_str(raw.get()) {
        Ok(read) => read,
        Err(error) => {
            let words = format!(
                "a feature that cannot be read: {error}; a Polygon or a LineString is wanted"
            );
            report.refuse(&Place::of(source, line + error.line().max(1) - 1), "bad-feature", words);
            return None;
        }
    };
    let key = match &read.properties.id {
        Value::String(id) => id.clone(),
        Value::Number(id) => id.to_string(),
        _ => format!("line-{line}"),
    };
    let said = read.properties.kind.unwrap_or_default();
    let shape = match read.geometry? {
        Geometry::Polygon(rings) => Shape::Area(points(rings)?),
        Geometry::MultiPolygon(areas) => Shape::Area(points(areas.into_iter().flatten())?),
        Geometry::LineString(line) => Shape::Line(points([line])?.pop()?),
    };
    let kind = match kind(&said, &shape) {
        Ok(Kind::Nothing) => return None,
        Ok(Kind::Blocked) if said == "escalator" => {
            let words = format!("escalator `{key}` is no way out and is not walked");
            report.warn(&place, "escalator", words);
            Kind::Blocked
        }
        Ok(kind) => kind,
        Err(known) => {
            let words = format!("feature `{key}`: type `{said}` does not exist; known: {known}");
            report.refuse(&place, "unknown-kind", words);
            return None;
        }
    };
    if !shape.is_on_earth() {
        let words = format!("feature `{key}`: longitude and latitude in degrees are wanted");
        report.refuse(&place, "not-wgs84", words);
        return None;
    }
    let name = read.properties.name.unwrap_or_default();
    Some(Feature { key, name, kind, shape, levels: read.levels, place })
}

fn kind(said: &str, shape: &Shape) -> Result<Kind, String> {
    let is_line =
        |kind: Kind| matches!(kind, Kind::Path | Kind::Stairs | Kind::Lift | Kind::Entrance);
    let fits = |kind: Kind| match shape {
        Shape::Area(_) => !is_line(kind),
        Shape::Line(_) => is_line(kind) || kind == Kind::Nothing,
    };
    let kinds = KINDS.iter().filter(|(_, kind)| fits(*kind));
    let found = kinds.clone().find(|(word, _)| *word == said);
    found
        .map(|(_, kind)| *kind)
        .ok_or_else(|| kinds.map(|(word, _)| *word).collect::<Vec<_>>().join(", "))
}

/// Rings or lines as pairs; none if a point has no two numbers.
fn points(lines: impl IntoIterator<Item = Vec<Vec<f64>>>) -> Option<Vec<Vec<Degrees>>> {
    let pair = |point: Vec<f64>| Some([*point.first()?, *point.get(1)?]);
    lines.into_iter().map(|line| line.into_iter().map(pair).collect()).collect()
}

impl Shape {
    pub fn points(&self) -> impl Iterator<Item = &Degrees> {
        let (rings, line) = match self {
            Self::Area(rings) => (&rings[..], &[][..]),
            Self::Line(line) => (&[][..], &line[..]),
        };
        rings.iter().flatten().chain(line)
    }

    fn is_on_earth(&self) -> bool {
        self.points().all(|[east, north]| east.abs() <= 180.0 && north.abs() <= 89.0)
    }
}
