//! A graph as lines parted by tabs: nodes with a kind and a place, edges with a length and a
//! width, and which nodes are exits.
//!
//! ```text
//! H  nodes  edges  exits  people
//! N  number  kind  floor  x  y  z  people  wheelchairs  refuge
//! E  node  node  kind  length_m  width_m  capacity  seconds  barrier_free
//! X  node
//! ```
//!
//! A site has no place for capacities and times: there they follow from width, length and kind,
//! by laws whose sources are known. Planned as it is, a graph keeps its own. A node has no
//! outline, so that it is drawn as a mark of its own.

use std::collections::BTreeMap;

use super::draft::{Draft, Out, Space, Storey, Way};
use super::{Place, Refused, Report, Source, remark};
use crate::domain::{PassageKind, Point, ZoneKind};
use crate::evacuate::flow::walking_ms;
use crate::evacuate::graph::{self, Graph, NodeKind, Pace};

/// Half the side of a node's mark on the plan (m).
const MARK_M: f64 = 0.8;

pub(super) fn read(sources: &[Source<'_>], report: &mut Report) -> Option<Draft> {
    let [source] = sources else {
        let words = format!("{} files are given; a graph is one file", sources.len());
        report.refuse(&Place::whole("FILE"), "several-files", words);
        return None;
    };
    let lines = Lines::read(source, report);
    if !report.problems.is_empty() {
        return None;
    }
    lines.say_what_is_lost(source, report);
    Some(lines.draft(source))
}

/// A graph with the names of its nodes and of its ways, in their order.
#[derive(Debug)]
pub struct Named {
    pub graph: Graph,
    pub nodes: Vec<String>,
    pub ways: Vec<String>,
}

/// The graph of a file as it is, with its own times and capacities.
///
/// # Errors
/// With everything that is wrong with the file.
pub fn graph(source: &Source<'_>) -> Result<Named, Refused> {
    let mut report = Report::default();
    let lines = Lines::read(source, &mut report);
    if !report.problems.is_empty() {
        return Err(report.refused());
    }
    let nodes = lines.nodes.iter().enumerate().map(|(n, node)| node.key(n)).collect();
    let ways = (0..lines.edges.len()).map(edge_key).collect();
    let of_node = |node: &Node| graph::Node {
        kind: match (node.kind, node.is_refuge) {
            (None, _) => NodeKind::Exit,
            (Some(_), true) => NodeKind::Refuge,
            (Some(_), false) => NodeKind::Inside,
        },
        people: f64::from(node.people),
        wheelchairs: node.wheelchairs,
        places: u32::from(node.is_refuge),
    };
    let of_edge = |edge: &Edge| graph::Way {
        between: edge.ends.map(|end| u32::try_from(end).unwrap_or(u32::MAX)),
        kind: edge.kind,
        length_m: edge.length_m,
        clear_width_m: edge.width_m,
        forth: edge.pace,
        back: edge.pace,
        barrier_free: edge.barrier_free,
    };
    let made = Graph::new(
        lines.nodes.iter().map(of_node).collect(),
        lines.edges.iter().map(of_edge).collect(),
    );
    match made {
        Ok(graph) => Ok(Named { graph, nodes, ways }),
        Err(error) => {
            report.refuse(&Place::whole(source.file), "no-graph", error.to_string());
            Err(report.refused())
        }
    }
}

type Wrong = (&'static str, String);

struct Node {
    kind: Option<ZoneKind>,
    floor: i64,
    at: Point,
    people: u32,
    wheelchairs: u32,
    is_refuge: bool,
    place: Place,
}

impl Node {
    fn key(&self, n: usize) -> String {
        let kind = match self.kind {
            None => "exit",
            Some(ZoneKind::Corridor) => "corridor",
            Some(ZoneKind::Stairwell) => "stair",
            Some(ZoneKind::Lift) => "lift",
            Some(_) => "room",
        };
        format!("{kind}-{n}")
    }
}

fn edge_key(n: usize) -> String {
    format!("edge-{n}")
}

struct Edge {
    ends: [usize; 2],
    kind: PassageKind,
    length_m: f64,
    width_m: f64,
    pace: Pace,
    barrier_free: bool,
    place: Place,
}

#[derive(Default)]
struct Lines {
    head: Option<([usize; 4], Place)>,
    nodes: Vec<Node>,
    edges: Vec<Edge>,
    exits: BTreeMap<usize, Place>,
}

impl Lines {
    fn read(source: &Source<'_>, report: &mut Report) -> Self {
        let mut lines = Self::default();
        for (n, line) in source.text.lines().enumerate() {
            let fields: Vec<&str> = line.split('\t').collect();
            let place = Place::of(source, n + 1);
            if let Err((code, words)) = lines.take(&fields, &place) {
                report.problems.push(remark(&place, code, words));
            }
        }
        lines.refuse_a_part(source, report);
        lines.refuse_half_exits(report);
        lines
    }

    fn take(&mut self, fields: &[&str], place: &Place) -> Result<(), Wrong> {
        match fields {
            [] | [""] => Ok(()),
            ["H", nodes, edges, exits, people] => {
                let counts = [nodes, edges, exits, people].map(|field| number(field));
                let [Ok(nodes), Ok(edges), Ok(exits), Ok(people)] = counts else {
                    return Err(wrong("H", "four whole numbers"));
                };
                self.head = Some(([nodes, edges, exits, people], place.clone()));
                Ok(())
            }
            ["N", number, kind, floor, x, y, _, people, wheelchairs, refuge] => {
                self.node([number, kind, floor, x, y, people, wheelchairs, refuge], place)
            }
            ["E", one, other, kind, length, width, per_s, seconds, free] => {
                self.edge([one, other, kind, length, width, per_s, seconds, free], place)
            }
            ["X", node] => {
                let node = self.known(node)?;
                self.exits.insert(node, place.clone());
                Ok(())
            }
            [kind @ ("H" | "N" | "E" | "X"), rest @ ..] => {
                let fields = match *kind {
                    "H" => 4,
                    "N" => 9,
                    "E" => 8,
                    _ => 1,
                };
                let words = format!("`{kind}` has {} fields; {fields} are wanted", rest.len());
                Err(("field-count", words))
            }
            [other, ..] => {
                let other: String = other.chars().take(20).collect();
                Err(("unknown-line", format!("`{other}` begins no line; H, N, E and X do")))
            }
        }
    }

    fn node(&mut self, fields: [&str; 8], place: &Place) -> Result<(), Wrong> {
        let [number, kind, floor, x, y, people, wheelchairs, refuge] = fields;
        let wanted = self.nodes.len();
        if self::number(number) != Ok(wanted) {
            let words =
                format!("node `{number}` comes where node {wanted} is wanted; count from 0");
            return Err(("bad-number", words));
        }
        let kind = match kind {
            "room" => Some(ZoneKind::Room),
            "corridor" => Some(ZoneKind::Corridor),
            "stair" => Some(ZoneKind::Stairwell),
            "lift" => Some(ZoneKind::Lift),
            "exit" => None,
            other => {
                let words = format!(
                    "node kind `{other}` does not exist; known: room, corridor, stair, lift, exit"
                );
                return Err(("unknown-kind", words));
            }
        };
        let floor = floor.parse().map_err(|_| wrong("floor", "a whole number"))?;
        let at = Point { x: metres("x", x)?, y: metres("y", y)? };
        let count = |what, field: &str| field.parse().map_err(|_| wrong(what, "a whole number"));
        let people = count("people", people)?;
        let wheelchairs = count("wheelchairs", wheelchairs)?;
        let is_refuge = yes_or_no("refuge", refuge)?;
        let place = place.clone();
        self.nodes.push(Node { kind, floor, at, people, wheelchairs, is_refuge, place });
        Ok(())
    }

    fn edge(&mut self, fields: [&str; 8], place: &Place) -> Result<(), Wrong> {
        let [one, other, kind, length, width, per_s, seconds, free] = fields;
        let ends = [self.known(one)?, self.known(other)?];
        if ends[0] == ends[1] {
            return Err(("broken-link", format!("an edge from node {one} to itself")));
        }
        let kind = match kind {
            "door" | "stairdoor" | "liftdoor" | "exit" => PassageKind::Door,
            "corridor" | "plaza" => PassageKind::Opening,
            "stair" => PassageKind::Stairs,
            "lift" => PassageKind::Lift,
            other => {
                let words = format!(
                    "edge kind `{other}` does not exist; known: door, corridor, stairdoor, stair, \
                     lift, liftdoor, exit, plaza"
                );
                return Err(("unknown-kind", words));
            }
        };
        let (length_m, width_m) = (metres("length_m", length)?, metres("width_m", width)?);
        if length_m <= 0.0 || width_m <= 0.0 {
            return Err(wrong("a length or a width", "above 0"));
        }
        let (per_s, seconds) = (metres("capacity", per_s)?, metres("seconds", seconds)?);
        if per_s <= 0.0 || seconds <= 0.0 {
            return Err(wrong("a capacity or a time", "above 0"));
        }
        let each_way = Pace { ms: walking_ms(seconds, 1.0), per_s };
        let barrier_free = yes_or_no("barrier_free", free)?;
        let place = place.clone();
        self.edges.push(Edge {
            ends,
            kind,
            length_m,
            width_m,
            pace: each_way,
            barrier_free,
            place,
        });
        Ok(())
    }

    fn known(&self, node: &str) -> Result<usize, Wrong> {
        let known = number(node).ok().filter(|node| *node < self.nodes.len());
        known.ok_or_else(|| {
            let words = match self.nodes.len() {
                0 => format!("there is no node `{node}`; nodes come first"),
                count => format!("there is no node `{node}`; known: 0 to {}", count - 1),
            };
            ("broken-link", words)
        })
    }

    /// A file that was cut off would be a building with a part missing.
    fn refuse_a_part(&self, source: &Source<'_>, report: &mut Report) {
        let Some((said, place)) = &self.head else {
            let words = "there is no H line, which says how many nodes and edges there are";
            return report.refuse(&Place::of(source, 1), "no-head", words);
        };
        let people = self.nodes.iter().map(|node| node.people as usize).sum();
        let is = [self.nodes.len(), self.edges.len(), self.exits.len(), people];
        for ((said, is), what) in said.iter().zip(is).zip(["nodes", "edges", "exits", "people"]) {
            if *said != is && report.problems.is_empty() {
                let words = format!("H says {said} {what} and there are {is}; is a part missing?");
                report.refuse(place, "wrong-count", words);
            }
        }
    }

    /// An exit is a node of that kind with a line of its own, at the end of ways from inside.
    fn refuse_half_exits(&self, report: &mut Report) {
        for (n, node) in self.nodes.iter().enumerate() {
            if node.kind.is_none() != self.exits.contains_key(&n) {
                let words = format!("node {n} is of kind exit or has an X line, and not both");
                report.refuse(&node.place, "half-an-exit", words);
            }
        }
        for edge in &self.edges {
            if edge.ends.iter().all(|end| self.nodes[*end].kind.is_none()) {
                let words = "an edge between two exits; an exit ends a way";
                report.refuse(&edge.place, "broken-link", words);
            }
        }
    }

    fn say_what_is_lost(&self, source: &Source<'_>, report: &mut Report) {
        let inside = self.nodes.iter().filter(|node| node.kind.is_some());
        let refuges = inside.filter(|node| node.is_refuge).count();
        if refuges > 0 {
            let words = format!(
                "{refuges} nodes are marked as refuges and keep their kind; make those where \
                 people can wait zones of `kind` refuge"
            );
            report.warn(&Place::whole(source.file), "refuge-marks", words);
        }
    }

    /// The nodes that are spaces, and the ways between them; a node that is an exit is none.
    fn draft(self, source: &Source<'_>) -> Draft {
        let mut floors: Vec<i64> = self.nodes.iter().map(|node| node.floor).collect();
        floors.sort_unstable();
        floors.dedup();
        let file = source.file.rsplit('/').next().unwrap_or(source.file);
        let mut draft = Draft {
            name: file.split('.').next().unwrap_or(file).to_owned(),
            storeys: floors.iter().map(|floor| Storey { name: floor.to_string() }).collect(),
            ..Draft::default()
        };
        let mut spaces = Vec::with_capacity(self.nodes.len());
        for (n, node) in self.nodes.iter().enumerate() {
            spaces.push(node.kind.map(|_| draft.spaces.len()));
            draft.spaces.extend(node.kind.map(|kind| space(n, kind, node, &floors)));
        }
        for (n, edge) in self.edges.iter().enumerate() {
            let [one, other] = edge.ends;
            match [spaces[one], spaces[other]] {
                [Some(one), Some(other)] => draft.ways.push(way(n, [one, other], edge)),
                [Some(from), None] => draft.exits.push(out(other, from, edge, &self.nodes[other])),
                [None, Some(from)] => draft.exits.push(out(one, from, edge, &self.nodes[one])),
                [None, None] => {}
            }
        }
        draft
    }
}

fn space(n: usize, kind: ZoneKind, node: &Node, floors: &[i64]) -> Space {
    let Point { x, y } = node.at;
    let corner = |right: f64, up: f64| Point { x: x + right * MARK_M, y: y + up * MARK_M };
    let key = node.key(n);
    Space {
        name: key.replace('-', " "),
        key,
        storey: floors.binary_search(&node.floor).unwrap_or_default(),
        kind: Some(kind),
        outline: vec![corner(-1.0, -1.0), corner(1.0, -1.0), corner(1.0, 1.0), corner(-1.0, 1.0)],
        at: Some(node.at),
        people: Some(node.people),
        place: node.place.clone(),
    }
}

fn way(n: usize, between: [usize; 2], edge: &Edge) -> Way {
    Way {
        key: Some(edge_key(n)),
        between,
        kind: edge.kind,
        length_m: edge.length_m,
        width_m: Some(edge.width_m),
        at: None,
        place: edge.place.clone(),
    }
}

fn out(end: usize, from: usize, edge: &Edge, exit: &Node) -> Out {
    Out {
        key: end.to_string(),
        name: String::new(),
        space: from,
        length_m: edge.length_m,
        width_m: Some(edge.width_m),
        at: Some(exit.at),
        place: edge.place.clone(),
    }
}

fn number(field: &str) -> Result<usize, std::num::ParseIntError> {
    field.parse()
}

fn metres(what: &str, field: &str) -> Result<f64, Wrong> {
    let metres: Option<f64> = field.parse().ok();
    metres.filter(|metres| metres.abs() <= 1e6).ok_or_else(|| {
        let field: String = field.chars().take(20).collect();
        ("bad-value", format!("{what} is `{field}`; metres up to 1e6 are wanted"))
    })
}

fn yes_or_no(what: &str, field: &str) -> Result<bool, Wrong> {
    match field {
        "0" => Ok(false),
        "1" => Ok(true),
        _ => Err(wrong(what, "0 or 1")),
    }
}

fn wrong(what: &str, right: &str) -> Wrong {
    ("bad-value", format!("{what} cannot be read; {right} is wanted"))
}
