//! A site as a graph: zones are its nodes, passages its links, in compressed rows.
//!
//! Times are whole milliseconds, so that sums and ties are the same on every platform. Everything
//! is in the order of ids.

use crate::domain::{Passage, PassageKind, Point, Site, ZoneId, ZoneKind};

/// Walking alone on the level: IMO MSC.1/Circ.1533, corridors at no density.
pub const LEVEL_M_PER_S: f64 = 1.2;
/// Down and up a flight of stairs: the same circular, stairs at low flow.
pub const STAIRS_DOWN_M_PER_S: f64 = 1.0;
pub const STAIRS_UP_M_PER_S: f64 = 0.8;

/// One way from a zone to the next.
#[derive(Debug, Clone, Copy)]
pub(super) struct Link {
    pub to: usize,
    /// Index among the site's passages.
    pub passage: usize,
    pub ms: u64,
    /// The same the other way.
    pub back_ms: u64,
}

/// The last way of a zone with an exit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Out {
    /// Index among the site's exits.
    pub exit: usize,
    pub ms: u64,
}

#[derive(Debug)]
pub(super) struct Graph {
    pub zones: Vec<ZoneId>,
    offsets: Vec<usize>,
    links: Vec<Link>,
    outs: Vec<Vec<Out>>,
    outside: Vec<bool>,
    refuges: Vec<bool>,
}

impl Graph {
    pub fn of(site: &Site) -> Self {
        let zones: Vec<ZoneId> = site.zones.keys().cloned().collect();
        let mut beside: Vec<Vec<Link>> = vec![Vec::new(); zones.len()];
        let node = |zone: &ZoneId| zones.binary_search(zone).ok();
        for (index, passage) in site.passages.iter().enumerate() {
            let [one, other] = &passage.between;
            let (Some(from), Some(to)) = (node(one), node(other)) else { continue };
            let (ms, back_ms) = walking_ms(site, passage);
            beside[from].push(Link { to, passage: index, ms, back_ms });
            beside[to].push(Link { to: from, passage: index, ms: back_ms, back_ms: ms });
        }
        let mut outs = vec![Vec::new(); zones.len()];
        for (index, exit) in site.exits.iter().enumerate() {
            let Some(at) = node(&exit.zone) else { continue };
            outs[at].push(Out { exit: index, ms: ms(exit.length_m, LEVEL_M_PER_S) });
        }
        let is = |kind| site.zones.values().map(|zone| zone.kind == kind).collect();
        let (outside, refuges) = (is(ZoneKind::Outside), is(ZoneKind::Refuge));
        let mut offsets = vec![0];
        let mut links = Vec::new();
        for mut row in beside {
            row.sort_by_key(|link| (link.to, link.passage));
            links.append(&mut row);
            offsets.push(links.len());
        }
        Self { zones, offsets, links, outs, outside, refuges }
    }

    pub fn len(&self) -> usize {
        self.zones.len()
    }

    pub fn node(&self, zone: &ZoneId) -> Option<usize> {
        self.zones.binary_search(zone).ok()
    }

    /// The ways that lead on from a zone, by the zone they lead to.
    pub fn links(&self, node: usize) -> &[Link] {
        &self.links[self.offsets[node]..self.offsets[node + 1]]
    }

    pub fn outs(&self, node: usize) -> &[Out] {
        &self.outs[node]
    }

    pub fn is_outside(&self, node: usize) -> bool {
        self.outside[node]
    }

    pub fn is_refuge(&self, node: usize) -> bool {
        self.refuges[node]
    }
}

/// How long a passage takes from its first zone to its second, and back.
fn walking_ms(site: &Site, passage: &Passage) -> (u64, u64) {
    if passage.kind != PassageKind::Stairs {
        let ms = ms(passage.length_m, LEVEL_M_PER_S);
        return (ms, ms);
    }
    let [one, other] = passage.between.each_ref().map(|zone| level(site, zone));
    let (down, up) =
        (ms(passage.length_m, STAIRS_DOWN_M_PER_S), ms(passage.length_m, STAIRS_UP_M_PER_S));
    if one > other { (down, up) } else { (up, down) }
}

/// The storey on which a zone lies.
pub(super) fn level(site: &Site, zone: &ZoneId) -> i32 {
    let storey = site.zones.get(zone).and_then(|zone| site.storeys.get(&zone.storey));
    storey.map_or(0, |storey| storey.level)
}

/// Where a zone lies on its storey's plan: the middle of its corners.
#[must_use]
pub fn middle(site: &Site, zone: &ZoneId) -> Option<Point> {
    let corners = &site.zones.get(zone)?.polygon;
    #[expect(clippy::cast_precision_loss, reason = "nobody draws 2^52 corners")]
    let count = corners.len() as f64;
    let sum = |of: fn(&Point) -> f64| corners.iter().map(of).sum::<f64>() / count;
    (!corners.is_empty()).then(|| Point { x: sum(|corner| corner.x), y: sum(|corner| corner.y) })
}

/// Never nothing: a way that took no time could be walked in circles.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "lengths are above 0 and at most 1e9 m, which a file is checked for"
)]
fn ms(length_m: f64, m_per_s: f64) -> u64 {
    ((length_m / m_per_s * 1000.0).round() as u64).max(1)
}
