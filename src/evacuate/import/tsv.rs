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
//! Capacities and times are read past: ours follow from width, length and kind, by laws whose
//! sources are known. A node has no outline, so that it is drawn as a mark of its own.

use std::collections::BTreeMap;

use super::draft::{Draft, Out, Space, Storey, Way};
use super::{Place, Report, Source, remark};
use crate::domain::{PassageKind, Point, ZoneKind};

/// Half the side of a node's mark on the plan (m).
const MARK_M: f64 = 0.8;

pub(super) fn read(sources: &[Source<'_>], report: &mut Report) -> Option<Draft> {
    let [source] = sources else {
        let words = format!("{} files are given; a graph is one file", sources.len());
        report.refuse(&Place::whole("FILE"), "several-files", words);
        return None;
    };
    let mut lines = Lines::default();
    for (n, line) in source.text.lines().enumerate() {
        let fields: Vec<&str> = line.split('\t').collect();
        let place = Place::of(source, n + 1);
        if let Err((code, words)) = lines.take(&fields, &place) {
            report.problems.push(remark(&place, code, words));
        }
    }
    lines.refuse_a_part(source, report);
    lines.draft(source, report)
}

type Wrong = (&'static str, String);

struct Node {
    kind: Option<ZoneKind>,
    floor: i64,
    at: Point,
    people: u32,
    place: Place,
}

struct Edge {
    ends: [usize; 2],
    kind: PassageKind,
    length_m: f64,
    width_m: f64,
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
    fn take(&mut self, fields: &[&str], place: &Place) -> Result<(), Wrong> {
        match fields {
            [""] => Ok(()),
            ["H", nodes, edges, exits, people] => {
                let counts = [nodes, edges, exits, people].map(|field| number(field));
                let [Ok(nodes), Ok(edges), Ok(exits), Ok(people)] = counts else {
                    return Err(wrong("H", "four whole numbers"));
                };
                self.head = Some(([nodes, edges, exits, people], place.clone()));
                Ok(())
            }
            ["N", number, kind, floor, x, y, _, people, _, _] => {
                self.node([number, kind, floor, x, y, people], place)
            }
            ["E", one, other, kind, length, width, ..] if fields.len() == 9 => {
                self.edge([one, other, kind, length, width], place)
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
            [] => Ok(()),
        }
    }

    fn node(&mut self, fields: [&str; 6], place: &Place) -> Result<(), Wrong> {
        let [number, kind, floor, x, y, people] = fields;
        let wanted = self.nodes.len();
        if self::number(number) != Ok(wanted) {
            let words = format!("node `{number}` comes where node {wanted} is wanted; count from 0");
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
        let people = people.parse().map_err(|_| wrong("people", "a whole number from 0"))?;
        self.nodes.push(Node { kind, floor, at, people, place: place.clone() });
        Ok(())
    }

    fn edge(&mut self, fields: [&str; 5], place: &Place) -> Result<(), Wrong> {
        let [one, other, kind, length, width] = fields;
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
        self.edges.push(Edge { ends, kind, length_m, width_m, place: place.clone() });
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

    fn draft(self, source: &Source<'_>, report: &mut Report) -> Option<Draft> {
        if !report.problems.is_empty() {
            return None;
        }
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
        for (n, node) in self.nodes.iter().enumerate() {
            if node.kind.is_none() != self.exits.contains_key(&n) {
                let words = format!("node {n} is of kind exit or has an X line, and not both");
                report.refuse(&node.place, "half-an-exit", words);
            }
        }
        for (n, edge) in self.edges.iter().enumerate() {
            match edge.ends.map(|end| spaces[end]) {
                [Some(one), Some(other)] => draft.ways.push(way(n, [one, other], edge)),
                [Some(from), None] | [None, Some(from)] => {
                    let end = edge.ends.iter().find(|end| spaces[**end].is_none());
                    let end = end.copied().unwrap_or_default();
                    draft.exits.push(out(end, from, edge, self.nodes[end].at));
                }
                [None, None] => {
                    let words = "an edge between two exits; an exit ends a way";
                    report.refuse(&edge.place, "broken-link", words);
                }
            }
        }
        Some(draft)
    }
}

fn space(n: usize, kind: ZoneKind, node: &Node, floors: &[i64]) -> Space {
    let Point { x, y } = node.at;
    let corner = |right: f64, up: f64| Point { x: x + right * MARK_M, y: y + up * MARK_M };
    let called = match kind {
        ZoneKind::Corridor => "corridor",
        ZoneKind::Stairwell => "stair",
        ZoneKind::Lift => "lift",
        _ => "room",
    };
    Space {
        key: format!("{called}-{n}"),
        name: format!("{called} {n}"),
        storey: floors.binary_search(&node.floor).unwrap_or_default(),
        kind,
        outline: vec![corner(-1.0, -1.0), corner(1.0, -1.0), corner(1.0, 1.0), corner(-1.0, 1.0)],
        at: Some(node.at),
        people: Some(node.people),
        place: node.place.clone(),
    }
}

fn way(n: usize, between: [usize; 2], edge: &Edge) -> Way {
    Way {
        key: Some(format!("edge-{n}")),
        between,
        kind: edge.kind,
        length_m: edge.length_m,
        width_m: Some(edge.width_m),
        at: None,
        place: edge.place.clone(),
    }
}

fn out(end: usize, from: usize, edge: &Edge, at: Point) -> Out {
    Out {
        key: end.to_string(),
        name: String::new(),
        space: from,
        length_m: edge.length_m,
        width_m: Some(edge.width_m),
        at: Some(at),
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

fn wrong(what: &str, right: &str) -> Wrong {
    ("bad-value", format!("{what} cannot be read; {right} is wanted"))
}
