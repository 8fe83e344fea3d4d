//! The outlook of a plan (대피 전망): when everyone is out who follows it, what no plan can beat,
//! where queues stand, and how long each zone's people may still wait.

use std::collections::{BTreeMap, BTreeSet};

use super::bound::bound_ms;
use super::hazard;
use super::load::{Loaded, Queue, load};
use super::margin::{Margin, latest, margin_of, margins};
use super::network::Plan;
use super::policy::Movement;
use super::profile::Profile;
use super::spill::load_standing;
use super::spread::{Closing, Seen, expect};
use crate::domain::ZoneId;

#[derive(Debug, Clone, PartialEq)]
pub struct Outlook {
    /// When the last of those who have a way is out or in a refuge, and how long they take on
    /// average; where a stair is full, its landing waits.
    pub clearing_ms: u64,
    pub mean_ms: f64,
    /// No signs would clear it sooner; 0 where nobody is led out.
    pub bound_ms: u64,
    /// People without any way.
    pub stranded: f64,
    /// When each zone is expected to close, from now; in the order of the graph's nodes.
    pub closing: Closing,
    margins: Vec<Margin>,
    /// By when the slowest have to leave each node on the best way that can be seen.
    latest: Vec<Option<u64>>,
    queues: Vec<Queue>,
}

impl Plan<'_> {
    /// The outlook, with everyone where they usually are; `closed_ms` says how long ago zones
    /// closed, as far as that is known (what closed and is not in it closed just now).
    #[must_use]
    pub fn outlook(&self, closed_ms: &BTreeMap<ZoneId, u64>) -> Outlook {
        let (network, hazards) = (self.network(), self.hazards());
        let graph = network.graph();
        let watched = hazard::watched(network.site());
        let mut seen: Vec<Seen> = Vec::with_capacity(graph.len());
        for zone in network.site().zones.keys() {
            seen.push(match hazards.closed.contains_key(zone) {
                true => Seen::Closed { ago_ms: closed_ms.get(zone).copied().unwrap_or_default() },
                false if hazards.unknown.contains_key(zone) => Seen::Unknown,
                false if watched.contains(zone) => Seen::Clear,
                false => Seen::Unwatched,
            });
        }
        seen.resize(graph.len(), Seen::Clear);
        let closing = expect(graph, &seen);
        let (loaded, standing) = (load(graph, self.forest()), load_standing(graph, self.forest()));
        let mut sure = self.policy().mask(network, hazards);
        for node in (0..graph.len()).filter(|node| seen[*node] == Seen::Unknown) {
            sure.close(node);
        }
        Outlook {
            clearing_ms: standing.clearing_ms,
            mean_ms: standing.mean_ms,
            // What could be out sooner is known only of plans that lead out.
            bound_ms: match self.policy().leads_out() {
                true => bound_ms(graph, &self.policy().mask(network, hazards)),
                false => 0,
            },
            // Who is asked to stay has no way because they need none.
            stranded: match self.policy().movement {
                Movement::Free | Movement::Go => loaded.stranded,
                Movement::Shelter | Movement::Hold => 0.0,
            },
            // A queue that stands spread over many zones is waited through as long as one.
            margins: self.slowest(&loaded, (&seen, &closing)),
            latest: latest(graph, &sure, &closing),
            closing,
            queues: standing.queues,
        }
    }

    /// The margin of the slowest of each zone: where someone has to be led or carried, of those.
    fn slowest(&self, loaded: &Loaded, sees: (&[Seen], &Closing)) -> Vec<Margin> {
        let graph = self.network().graph();
        let mut all = margins(graph, self.forest(), loaded, sees);
        for (node, _) in graph.nodes().iter().enumerate().filter(|(_, node)| node.wheelchairs > 0) {
            let ways = (self.forest(), loaded);
            all[node] = margin_of(Profile::Assisted, graph, ways, sees, node);
        }
        all
    }

    /// Zones that something looks into, that were expected to be closed by now, and are clear.
    #[must_use]
    pub fn overdue(&self, outlook: &Outlook) -> BTreeSet<ZoneId> {
        let (network, hazards) = (self.network(), self.hazards());
        let watched = hazard::watched(network.site());
        let clear = |zone: &&ZoneId| {
            let node = network.node(zone);
            let due = node.is_some_and(|node| outlook.closing[node] == Some(0));
            due && watched.contains(*zone)
                && !hazards.closed.contains_key(*zone)
                && !hazards.unknown.contains_key(*zone)
        };
        network.site().zones.keys().filter(clear).cloned().collect()
    }

    /// What is left to the people of a zone.
    #[must_use]
    pub fn margin(&self, outlook: &Outlook, zone: &ZoneId) -> Margin {
        let node = self.network().node(zone);
        node.map_or(Margin::NoWay, |node| outlook.margins[node])
    }

    /// For a zone whose slowest are too late for the way that is displayed: how long they have for
    /// the best way that can be seen, without queues, in ms; 0 if no way is left to them and
    /// [`u64::MAX`] if one stays open. `None` if they are not too late.
    #[must_use]
    pub fn otherwise(&self, outlook: &Outlook, zone: &ZoneId) -> Option<u64> {
        let node = self.network().node(zone)?;
        let too_late = matches!(outlook.margins[node], Margin::Left(left) if left < 0);
        too_late.then(|| outlook.latest[node].unwrap_or_default())
    }

    /// The queue in a zone, before the way by which people leave it.
    #[must_use]
    pub fn queue(&self, outlook: &Outlook, zone: &ZoneId) -> Queue {
        let node = self.network().node(zone);
        node.map_or_else(Queue::default, |node| outlook.queues[node])
    }
}
