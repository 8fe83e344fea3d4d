//! One cell and one state each.

use roxmltree::Node;

use super::gml::{self, At, Floor, Polygons, id, is, target};
use super::{Wrong, leads_nowhere};
use crate::domain::ZoneKind;

pub(super) const BAD_POSITION: &str = "a position that is no two or three numbers in metres";

pub(super) struct Cell<'a, 'i> {
    pub node: Node<'a, 'i>,
    pub id: Option<&'a str>,
    pub name: Option<&'a str>,
    pub floor: Option<Floor>,
    /// None if it does not say what it is.
    pub kind: Option<ZoneKind>,
    /// Whether it is where the building and the outside meet.
    pub is_anchor: bool,
}

impl<'a, 'i> Cell<'a, 'i> {
    pub fn read(node: Node<'a, 'i>, polygons: &Polygons<'a, 'i>) -> Result<Self, Wrong<'a, 'i>> {
        let bad = |node| (node, "bad-position", BAD_POSITION.to_owned());
        let floor = gml::floor(&node, polygons).map_err(bad)?;
        let (id, name) = (id(&node), gml::text(&node, "name"));
        let is_anchor = is(&node, "AnchorSpace");
        Ok(Self { node, id, name, floor, kind: kind(&node), is_anchor })
    }
}

/// What a cell says it is, in its type or in a word of its function, usage or class.
fn kind(cell: &Node<'_, '_>) -> Option<ZoneKind> {
    const WORDS: [(&str, ZoneKind); 10] = [
        ("stair", ZoneKind::Stairwell),
        ("elevator", ZoneKind::Lift),
        ("lift", ZoneKind::Lift),
        ("corridor", ZoneKind::Corridor),
        ("hallway", ZoneKind::Corridor),
        ("lobby", ZoneKind::Hall),
        ("hall", ZoneKind::Hall),
        ("kitchen", ZoneKind::Kitchen),
        ("parking", ZoneKind::Parking),
        ("room", ZoneKind::Room),
    ];
    let said = ["function", "usage", "class"].into_iter().filter_map(|key| gml::text(cell, key));
    let said: Vec<String> = said.map(str::to_lowercase).collect();
    let word = WORDS.iter().find(|(word, _)| said.iter().any(|said| said.contains(word)));
    let by_type = || match cell.tag_name().name() {
        "TransitionSpace" | "ConnectionSpace" | "AnchorSpace" => Some(ZoneKind::Corridor),
        "GeneralSpace" => Some(ZoneKind::Room),
        _ => None,
    };
    word.map(|(_, kind)| *kind).or_else(by_type)
}

pub(super) struct State<'a, 'i> {
    pub node: Node<'a, 'i>,
    pub id: &'a str,
    pub name: Option<&'a str>,
    /// Which of the cells it stands for.
    pub cell: Option<usize>,
    pub at: At,
}

impl<'a, 'i> State<'a, 'i> {
    pub fn read(node: Node<'a, 'i>, cells: &[Cell<'a, 'i>]) -> Result<Self, Wrong<'a, 'i>> {
        let Some(id) = id(&node) else {
            return Err((node, "no-id", "a State without gml:id; nothing can lead to it".into()));
        };
        let dual = node.children().find(|child| is(child, "duality"));
        let cell = match dual {
            None => None,
            Some(dual) => {
                let to = target(&dual);
                let cell = cells.iter().position(|cell| cell.id.is_some() && cell.id == to);
                let broken = || (dual, "broken-link", leads_nowhere(&dual, "a CellSpace"));
                Some(cell.ok_or_else(broken)?)
            }
        };
        let geometry = node.children().find(|child| is(child, "geometry"));
        let at = geometry.map_or(Ok(Vec::new()), |geometry| gml::positions(&geometry));
        let at = at.map_err(|node| (node, "bad-position", BAD_POSITION.to_owned()))?;
        let of_cell = || cell.and_then(|cell| middle(&cells[cell]));
        let Some(at) = at.first().copied().or_else(of_cell) else {
            let words = format!("State `{id}` is nowhere; a gml:Point or a cell's floor is wanted");
            return Err((node, "bad-position", words));
        };
        Ok(Self { node, id, name: gml::text(&node, "name"), cell, at })
    }
}

fn middle(cell: &Cell<'_, '_>) -> Option<At> {
    let floor = cell.floor.as_ref()?;
    let first = floor.outline.first()?;
    #[expect(clippy::cast_precision_loss, reason = "nobody draws 2^52 corners")]
    let count = floor.outline.len() as f64;
    let (x, y) = floor.outline.iter().fold((0.0, 0.0), |(x, y), c| (x + c.x, y + c.y));
    Some(At { x: x / count, y: y / count, z: floor.z }).filter(|_| first.x.is_finite())
}
