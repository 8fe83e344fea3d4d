//! IndoorGML 1.0 and 1.1: cells with the states and transitions of their graph.
//!
//! A state with a cell is a space; a transition a way. Cells whose floors lie a metre apart are
//! on different storeys. An `AnchorSpace` leads outside by its definition; nothing else is taken
//! for an exit. A width is that of the boundary which a transition is the dual of.
//!
//! Refused: other dialects, links that lead nowhere, transitions without two ends, more than one
//! layer of states, and coordinates that are no metres.

mod cells;
mod gml;

use std::collections::{BTreeMap, BTreeSet};

use roxmltree::{Document, Node};

use super::draft::{Draft, Out, Space, Storey, Way};
use super::{Place, RISE_PER_M, Report, Source, remark};
use crate::domain::{PassageKind, Point, ZoneKind};
use cells::{Cell, State};
use gml::{At, id, is, target};

const CORE: [&str; 2] =
    ["http://www.opengis.net/indoorgml/1.0/core", "http://www.opengis.net/indoorgml/1.1/core"];

/// Floors that lie closer are one storey (m).
const STOREY_M: f64 = 1.0;

pub(super) fn read(sources: &[Source<'_>], report: &mut Report) -> Option<Draft> {
    let [source] = sources else {
        let words = format!("{} files are given; an IndoorGML building is one", sources.len());
        report.refuse(&Place::whole("FILE"), "several-files", words);
        return None;
    };
    let document = match Document::parse(source.text) {
        Ok(document) => document,
        Err(error) => {
            let line = usize::try_from(error.pos().row).unwrap_or(1);
            let words = format!("no well-formed XML: {error}");
            report.refuse(&Place::of(source, line), "syntax", words);
            return None;
        }
    };
    let file = File { source, document: &document };
    if let Err((node, code, words)) = file.is_indoorgml() {
        report.problems.push(remark(&file.place(&node), code, words));
        return None;
    }
    let (cells, states, ways) = file.parts(report)?;
    Building { file: &file, cells, states, ways }.draft(report)
}

/// A node with what is wrong with it.
type Wrong<'a, 'i> = (Node<'a, 'i>, &'static str, String);

pub(super) struct File<'a, 'i> {
    source: &'a Source<'a>,
    document: &'a Document<'i>,
}

/// A transition: its ends among the states, its line, and its boundary's width.
struct Link<'a, 'i> {
    node: Node<'a, 'i>,
    ends: [usize; 2],
    line: Vec<At>,
    width_m: Option<f64>,
}

impl<'a, 'i> File<'a, 'i> {
    pub fn place(&self, node: &Node<'_, '_>) -> Place {
        let line = self.document.text_pos_at(node.range().start).row;
        Place::of(self.source, usize::try_from(line).unwrap_or(1))
    }

    fn all(&self, name: &'static str) -> impl Iterator<Item = Node<'a, 'i>> {
        self.document.descendants().filter(move |node| is(node, name))
    }

    fn is_indoorgml(&self) -> Result<(), Wrong<'a, 'i>> {
        let root = self.document.root_element();
        let space = root.tag_name().namespace().unwrap_or("no namespace");
        let name = root.tag_name().name();
        if name == "IndoorFeatures" && CORE.contains(&space) {
            return Ok(());
        }
        let what = match (name, space) {
            (_, space) if space.starts_with("http://www.opengis.net/indoorgml/") => {
                "another version of IndoorGML".to_owned()
            }
            ("SpaceLayer" | "IndoorFeatures" | "MultiLayeredGraph", _) => {
                "a dialect from before IndoorGML 1.0, whose links say less".to_owned()
            }
            _ => "no IndoorGML".to_owned(),
        };
        let words = format!(
            "the file begins with `{name}` of `{space}`, which is {what}; IndoorGML 1.0 or 1.1 \
             begins with IndoorFeatures of {}",
            CORE[0]
        );
        Err((root, "old-dialect", words))
    }

    /// Cells, states and transitions; none if some of them are wrong.
    fn parts(&self, report: &mut Report) -> Option<Parts<'a, 'i>> {
        let before = report.problems.len();
        let mut refuse = |(node, code, words): Wrong<'a, 'i>| {
            report.problems.push(remark(&self.place(&node), code, words));
        };
        if let Err(wrong) = self.one_layer().and_then(|()| self.in_metres()) {
            refuse(wrong);
        }
        let polygons = gml::polygons(self.document.root());
        let mut cells = Vec::new();
        for member in self.all("cellSpaceMember") {
            for node in member.children().filter(Node::is_element) {
                match Cell::read(node, &polygons) {
                    Ok(cell) => cells.push(cell),
                    Err(wrong) => refuse(wrong),
                }
            }
        }
        let mut states = Vec::new();
        for node in self.all("State") {
            match State::read(node, &cells) {
                Ok(state) => states.push(state),
                Err(wrong) => refuse(wrong),
            }
        }
        let by_id: BTreeMap<&str, usize> =
            states.iter().enumerate().map(|(n, state)| (state.id, n)).collect();
        let widths = self.widths();
        let mut ways = Vec::new();
        for node in self.all("Transition") {
            match link(node, &by_id, &widths) {
                Ok(link) => ways.push(link),
                Err(wrong) => refuse(wrong),
            }
        }
        for wrong in self.dangling(&states) {
            refuse(wrong);
        }
        (report.problems.len() == before).then_some((cells, states, ways))
    }

    fn one_layer(&self) -> Result<(), Wrong<'a, 'i>> {
        let layers: Vec<Node<'a, 'i>> = self
            .all("SpaceLayer")
            .filter(|layer| layer.descendants().any(|node| is(&node, "State")))
            .collect();
        match layers[..] {
            [_] => Ok(()),
            [] => {
                let words = "there is no SpaceLayer with a State; the graph of the building is \
                             what says who reaches what";
                Err((self.document.root_element(), "no-graph", words.to_owned()))
            }
            [_, second, ..] => {
                let words = format!(
                    "there are {} layers with states; leave the one that people walk in",
                    layers.len()
                );
                Err((second, "several-layers", words))
            }
        }
    }

    fn in_metres(&self) -> Result<(), Wrong<'a, 'i>> {
        let geographic = |name: &str| name.ends_with(":4326") || name.ends_with("CRS84");
        let degrees = self
            .document
            .descendants()
            .find(|node| node.attribute("srsName").is_some_and(geographic));
        degrees.map_or(Ok(()), |node| {
            let words = "its coordinates are degrees; metres of a local or projected system are \
                         wanted";
            Err((node, "not-metres", words.to_owned()))
        })
    }

    /// The width of each boundary that has a shape, by its id.
    fn widths(&self) -> BTreeMap<&'a str, f64> {
        let members = self.all("cellSpaceBoundaryMember").flat_map(|member| member.children());
        let boundaries = members.filter(Node::is_element);
        let width = |node: Node<'a, 'i>| {
            let corners = gml::positions(&node).ok()?;
            Some((id(&node)?, gml::width(&corners)?))
        };
        boundaries.filter_map(width).collect()
    }

    /// Links of states to transitions that do not exist.
    fn dangling(&self, states: &[State<'a, 'i>]) -> Vec<Wrong<'a, 'i>> {
        let known: BTreeSet<&str> = self.all("Transition").filter_map(|node| id(&node)).collect();
        let links = states.iter().flat_map(|state| {
            state.node.children().filter(|child| is(child, "connects") || is(child, "connect"))
        });
        let broken = links.filter(|link| target(link).is_none_or(|to| !known.contains(to)));
        broken.map(|link| (link, "broken-link", leads_nowhere(&link, "a Transition"))).collect()
    }
}

type Parts<'a, 'i> = (Vec<Cell<'a, 'i>>, Vec<State<'a, 'i>>, Vec<Link<'a, 'i>>);

pub(super) fn leads_nowhere(link: &Node<'_, '_>, wanted: &str) -> String {
    let name = link.tag_name().name();
    match target(link) {
        Some(to) => format!("`{name}` leads to `#{to}`, which does not exist; {wanted} is wanted"),
        None => format!("`{name}` leads nowhere; xlink:href=\"#ID\" of {wanted} is wanted"),
    }
}

fn link<'a, 'i>(
    node: Node<'a, 'i>,
    states: &BTreeMap<&str, usize>,
    widths: &BTreeMap<&str, f64>,
) -> Result<Link<'a, 'i>, Wrong<'a, 'i>> {
    let mut ends = Vec::new();
    for child in node.children().filter(|child| is(child, "connects")) {
        let state = target(&child).and_then(|to| states.get(to));
        let state =
            state.ok_or_else(|| (child, "broken-link", leads_nowhere(&child, "a State")))?;
        ends.push(*state);
    }
    let &[one, other] = &ends[..] else {
        let words = format!("a Transition with {} ends; two `connects` are wanted", ends.len());
        return Err((node, "broken-link", words));
    };
    if one == other {
        return Err((node, "broken-link", "a Transition from a State to itself".to_owned()));
    }
    let geometry = node.children().find(|child| is(child, "geometry"));
    let line = geometry.map_or(Ok(Vec::new()), |geometry| gml::positions(&geometry));
    let line = line.map_err(|node| (node, "bad-position", cells::BAD_POSITION.to_owned()))?;
    let boundary = node.children().find(|child| is(child, "duality"));
    let width_m = boundary.and_then(|dual| widths.get(target(&dual)?).copied());
    Ok(Link { node, ends: [one, other], line, width_m })
}

struct Building<'f, 'a, 'i> {
    file: &'f File<'a, 'i>,
    cells: Vec<Cell<'a, 'i>>,
    states: Vec<State<'a, 'i>>,
    ways: Vec<Link<'a, 'i>>,
}

impl Building<'_, '_, '_> {
    fn draft(self, report: &mut Report) -> Option<Draft> {
        let floors = self.floors();
        let source = self.file.source.file;
        let file = source.rsplit('/').next().unwrap_or(source);
        let name = gml::text(&self.file.document.root_element(), "name");
        let mut draft = Draft {
            name: name.unwrap_or_else(|| file.split('.').next().unwrap_or(file)).to_owned(),
            storeys: floors.iter().map(|z| Storey { name: format!("floor at {z} m") }).collect(),
            ..Draft::default()
        };
        let origin = self.origin();
        for state in &self.states {
            let space = self.space(state, &floors, origin, report);
            if state.cell.is_some_and(|cell| self.cells[cell].is_anchor) {
                draft.exits.push(anchored(&space, draft.spaces.len()));
            }
            draft.spaces.push(space);
        }
        self.report_unused_cells(report);
        for link in &self.ways {
            let way = self.way(link, &draft, origin, report)?;
            let again = draft.ways.iter().any(|known| is_same(known, &way));
            // Most writers give each way twice, once in each direction.
            if !again {
                draft.ways.push(way);
            }
        }
        Some(draft)
    }

    /// The height of each storey's floor, from the lowest.
    fn floors(&self) -> Vec<f64> {
        let mut heights: Vec<f64> = self.states.iter().map(|state| self.height(state)).collect();
        heights.sort_by(f64::total_cmp);
        let mut floors: Vec<f64> = Vec::new();
        for z in heights {
            if floors.last().is_none_or(|floor| z - floor > STOREY_M) {
                floors.push(z);
            }
        }
        floors
    }

    fn height(&self, state: &State<'_, '_>) -> f64 {
        let floor = state.cell.and_then(|cell| self.cells[cell].floor.as_ref());
        floor.map_or(state.at.z, |floor| floor.z)
    }

    /// The corner of the plan: what lies farthest to the left and to the bottom.
    fn origin(&self) -> Point {
        let states = self.states.iter().map(|state| Point { x: state.at.x, y: state.at.y });
        let outlines = self.cells.iter().filter_map(|cell| cell.floor.as_ref());
        let corners = outlines.flat_map(|floor| floor.outline.iter().copied());
        let least = states
            .chain(corners)
            .reduce(|one, other| Point { x: one.x.min(other.x), y: one.y.min(other.y) });
        least.unwrap_or(Point { x: 0.0, y: 0.0 })
    }

    fn space(
        &self,
        state: &State<'_, '_>,
        floors: &[f64],
        origin: Point,
        report: &mut Report,
    ) -> Space {
        let z = self.height(state);
        let storey = floors.iter().rposition(|floor| *floor <= z).unwrap_or_default();
        let cell = state.cell.map(|cell| &self.cells[cell]);
        let floor = cell.and_then(|cell| cell.floor.as_ref());
        let outline = floor.map(|floor| floor.outline.clone()).unwrap_or_default();
        let key = cell.and_then(|cell| cell.id).unwrap_or(state.id);
        let name = cell.and_then(|cell| cell.name).or(state.name).unwrap_or_default();
        let place = self.file.place(&cell.map_or(state.node, |cell| cell.node));
        let space = Space {
            key: key.to_owned(),
            name: name.to_owned(),
            storey,
            kind: cell.and_then(|cell| cell.kind),
            outline: outline.iter().map(|corner| less(*corner, origin)).collect(),
            at: Some(less(Point { x: state.at.x, y: state.at.y }, origin)),
            people: None,
            place,
        };
        if space.outline.is_empty() {
            let words = format!("{} has no floor that could be drawn", space.called());
            report.warn(&space.place, "no-outline", words);
        }
        space
    }

    fn report_unused_cells(&self, report: &mut Report) {
        for (n, cell) in self.cells.iter().enumerate() {
            if !self.states.iter().any(|state| state.cell == Some(n)) {
                let name = cell.id.or(cell.name).unwrap_or("?");
                let words = format!(
                    "cell `{name}` has no State and is left out; nothing says who reaches it"
                );
                report.warn(&self.file.place(&cell.node), "cell-without-state", words);
            }
        }
    }

    /// None if it cannot be walked.
    fn way(
        &self,
        link: &Link<'_, '_>,
        draft: &Draft,
        origin: Point,
        report: &mut Report,
    ) -> Option<Way> {
        let place = self.file.place(&link.node);
        let ends = link.ends.map(|n| &draft.spaces[n]);
        let from_to = link.ends.map(|n| self.states[n].at);
        let drawn = if link.line.len() > 1 { &link.line[..] } else { &from_to[..] };
        let (length, middle) = gml::length_and_middle(drawn)?;
        let climbs = ends[0].storey != ends[1].storey;
        let is_lift = ends.iter().any(|space| space.kind == Some(ZoneKind::Lift));
        let kind = match (climbs, is_lift) {
            (true, true) => PassageKind::Lift,
            (true, false) => PassageKind::Stairs,
            (false, _) => PassageKind::Door,
        };
        let rise = (from_to[0].z - from_to[1].z).abs();
        let length_m = match kind {
            // A graph draws a flight as a line straight up; nobody walks that.
            PassageKind::Stairs => length.max(rise / RISE_PER_M),
            _ => length,
        };
        if length_m <= 0.0 {
            let words = "a Transition without a length; its two ends lie in one point";
            report.refuse(&place, "no-length", words);
            return None;
        }
        let at = (!climbs).then(|| less(Point { x: middle.x, y: middle.y }, origin));
        let key = id(&link.node).map(str::to_owned);
        Some(Way { key, between: link.ends, kind, length_m, width_m: link.width_m, at, place })
    }
}

/// An anchor cell stands for the door to the outside.
fn anchored(space: &Space, n: usize) -> Out {
    let far = space
        .outline
        .iter()
        .filter_map(|corner| Some(super::draft::distance(space.middle()?, *corner)));
    Out {
        key: space.key.clone(),
        name: space.name.clone(),
        space: n,
        length_m: far.reduce(f64::max).unwrap_or(1.0),
        width_m: None,
        at: None,
        place: space.place.clone(),
    }
}

/// Whether two ways are one, walked there and back.
fn is_same(one: &Way, other: &Way) -> bool {
    let near = |one: Point, other: Point| super::draft::distance(one, other) < 0.05;
    let ends = |way: &Way| (way.between[0].min(way.between[1]), way.between[0].max(way.between[1]));
    let place = match (one.at, other.at) {
        (Some(one), Some(other)) => near(one, other),
        (one, other) => one == other,
    };
    ends(one) == ends(other) && place && (one.length_m - other.length_m).abs() < 0.05
}

fn less(point: Point, origin: Point) -> Point {
    Point { x: point.x - origin.x, y: point.y - origin.y }
}
