//! Shapes of GML 3.2, as far as IndoorGML uses them: positions, lines, and the floor of a solid.

use std::collections::BTreeMap;

use roxmltree::Node;

use crate::domain::Point;
use crate::evacuate::import::draft::doubled_area;

pub(super) const GML: &str = "http://www.opengis.net/gml/3.2";
const XLINK: &str = "http://www.w3.org/1999/xlink";

/// A face is level if its corners differ by less (m).
const LEVEL_M: f64 = 0.05;
/// So far above the lowest corner a face may still be floor (m): a step, not a ceiling.
const STEP_M: f64 = 1.0;

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct At {
    pub x: f64,
    pub y: f64,
    pub z: f64,
}

pub(super) fn id<'a>(node: &Node<'a, '_>) -> Option<&'a str> {
    node.attribute((GML, "id"))
}

/// What a link leads to: the id behind `#`; none if it leads to another file or nowhere.
pub(super) fn target<'a>(node: &Node<'a, '_>) -> Option<&'a str> {
    node.attribute((XLINK, "href"))?.strip_prefix('#').filter(|id| !id.is_empty())
}

pub(super) fn is(node: &Node<'_, '_>, name: &str) -> bool {
    node.is_element() && node.tag_name().name() == name
}

/// What an element of this name below another says.
pub(super) fn text<'a>(node: &Node<'a, '_>, name: &str) -> Option<&'a str> {
    let child = node.children().find(|child| is(child, name))?;
    child.text().map(str::trim).filter(|text| !text.is_empty())
}

/// Every position below an element, in order. An error is the element that cannot be read.
pub(super) fn positions<'a, 'i>(node: &Node<'a, 'i>) -> Result<Vec<At>, Node<'a, 'i>> {
    let mut all = Vec::new();
    for pos in node.descendants().filter(|node| is(node, "pos") || is(node, "posList")) {
        let numbers: Result<Vec<f64>, _> =
            pos.text().unwrap_or_default().split_whitespace().map(str::parse).collect();
        let numbers = numbers.map_err(|_| pos)?;
        let dimension = match pos.tag_name().name() {
            "pos" => numbers.len(),
            _ => dimension(&pos),
        };
        if !(2..=3).contains(&dimension) || numbers.len() % dimension != 0 {
            return Err(pos);
        }
        if !numbers.iter().all(|number| number.abs() <= 1e9) {
            return Err(pos);
        }
        all.extend(numbers.chunks(dimension).map(|at| At {
            x: at[0],
            y: at[1],
            z: at.get(2).copied().unwrap_or_default(),
        }));
    }
    Ok(all)
}

fn dimension(list: &Node<'_, '_>) -> usize {
    let said = list.ancestors().find_map(|node| node.attribute("srsDimension"));
    said.and_then(|said| said.parse().ok()).unwrap_or(3)
}

/// Polygons that surfaces refer to instead of holding them.
pub(super) type Polygons<'a, 'i> = BTreeMap<&'a str, Node<'a, 'i>>;

pub(super) fn polygons<'a, 'i>(root: Node<'a, 'i>) -> Polygons<'a, 'i> {
    let polygons = root.descendants().filter(|node| is(node, "Polygon"));
    polygons.filter_map(|polygon| Some((id(&polygon)?, polygon))).collect()
}

/// A cell's lowest corner and the outline of its floor.
pub(super) struct Floor {
    pub z: f64,
    pub outline: Vec<Point>,
}

/// The floor of a cell: its largest level face at the bottom, or its only face.
pub(super) fn floor<'a, 'i>(
    cell: &Node<'a, 'i>,
    polygons: &Polygons<'a, 'i>,
) -> Result<Option<Floor>, Node<'a, 'i>> {
    let geometry = cell.children().filter(|node| is(node, "cellSpaceGeometry"));
    let parts: Vec<Node<'a, 'i>> = geometry.flat_map(|node| node.descendants()).collect();
    let drawn = parts.iter().filter(|node| is(node, "Polygon")).copied();
    let linked = parts.iter().filter_map(|node| polygons.get(target(node)?).copied());
    let mut faces = Vec::new();
    for polygon in drawn.chain(linked) {
        let outer = polygon.children().find(|node| is(node, "exterior")).unwrap_or(polygon);
        faces.push(positions(&outer)?);
    }
    let lowest = |face: &[At]| face.iter().map(|at| at.z).reduce(f64::min);
    let highest = |face: &[At]| face.iter().map(|at| at.z).reduce(f64::max);
    let Some(z) = faces.iter().filter_map(|face| lowest(face)).reduce(f64::min) else {
        return Ok(None);
    };
    let level = faces.iter().filter(|face| {
        let (low, high) = (lowest(face).unwrap_or(z), highest(face).unwrap_or(z));
        high - low < LEVEL_M && low < z + STEP_M
    });
    let outlines = level.map(|face| outline(face));
    // The first of the largest, whatever their order of comparison.
    let largest = outlines.reduce(|best, next| {
        let larger = doubled_area(&next).abs() > doubled_area(&best).abs();
        if larger { next } else { best }
    });
    Ok(Some(Floor { z, outline: largest.unwrap_or_default() }))
}

/// Corners without the one that closes the ring.
fn outline(face: &[At]) -> Vec<Point> {
    let mut corners: Vec<Point> = face.iter().map(|at| Point { x: at.x, y: at.y }).collect();
    if corners.len() > 1 && corners.first() == corners.last() {
        corners.pop();
    }
    corners
}

/// How long a line is, and its middle.
pub(super) fn length_and_middle(line: &[At]) -> Option<(f64, At)> {
    let step = |from: &At, to: &At| {
        let (x, y, z) = (to.x - from.x, to.y - from.y, to.z - from.z);
        (x * x + y * y + z * z).sqrt()
    };
    let length: f64 = line.windows(2).map(|pair| step(&pair[0], &pair[1])).sum();
    match line {
        [] | [_] => None,
        [_, .., _] if line.len() > 2 => Some((length, line[line.len() / 2])),
        [from, to, ..] => {
            let (x, y, z) = (from.x + to.x, from.y + to.y, from.z + to.z);
            Some((length, At { x: x / 2.0, y: y / 2.0, z: z / 2.0 }))
        }
    }
}

/// How wide a boundary is: the farthest that two of its corners are apart, seen from above.
pub(super) fn width(corners: &[At]) -> Option<f64> {
    let apart = |one: &At, other: &At| {
        let (x, y) = (one.x - other.x, one.y - other.y);
        (x * x + y * y).sqrt()
    };
    let pairs = corners.iter().flat_map(|one| corners.iter().map(move |other| apart(one, other)));
    pairs.reduce(f64::max).filter(|width| *width > 0.0)
}
