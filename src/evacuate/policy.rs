//! What a disaster asks of ways (상황별 대피 정책): where people go, what closes, whether they move
//! at all. Data, of whoever writes the situations; nothing here knows a disaster by name.
//!
//! Several at once are taken together: what any closes is closed, the strictest rule about lifts,
//! displays and switching holds, and whoever says hold is obeyed first. Where one says up and the
//! other down, or no destination is left that all allow, nothing is chosen: it is shown to a
//! person, and people hold where they are until that person decides.

use serde::{Deserialize, Serialize};

use super::graph::{Mask, level};
use super::hazard::Hazards;
use super::network::Network;
use crate::domain::{Site, Zone, ZoneKind};

/// Where people are safe from something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Destination {
    /// Through an exit.
    Outside,
    /// A refuge (대피 공간).
    Refuge,
    /// A refuge on the ground floor or above it: what is heavier than air gathers below.
    RefugeAboveGround,
    /// Any storey above the ground floor, or the ground floor itself.
    GroundOrAbove,
    /// A storey above the ground floor.
    Above,
    /// A basement.
    Below,
}

impl Destination {
    /// Where someone is who is at both; none if nobody can be.
    #[must_use]
    pub fn meets(self, other: Self) -> Option<Self> {
        use Destination::{Above, GroundOrAbove, Refuge, RefugeAboveGround};
        match (self, other) {
            (one, same) if one == same => Some(one),
            (Refuge, RefugeAboveGround | GroundOrAbove)
            | (RefugeAboveGround, Refuge | GroundOrAbove)
            | (GroundOrAbove, Refuge | RefugeAboveGround) => Some(RefugeAboveGround),
            (Above, GroundOrAbove) | (GroundOrAbove, Above) => Some(Above),
            _ => None,
        }
    }

    /// In words, after "leads".
    fn words(self) -> &'static str {
        match self {
            Self::Outside => "outside",
            Self::Refuge => "to a refuge",
            Self::RefugeAboveGround => "to a refuge above ground",
            Self::GroundOrAbove => "to the ground floor or above",
            Self::Above => "above the ground floor",
            Self::Below => "below ground",
        }
    }
}

/// What is closed besides the hazards themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Closes {
    /// Basements: nobody is led into one from above, nor deeper; whoever is in one is led out.
    BelowGround,
    /// Outside: no way leads there.
    Outside,
    /// Every zone beside one that is closed: nobody is led into it but from there.
    BesideHazards,
}

/// Whether people move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Movement {
    /// Nobody is asked to: signs stay at rest.
    Free,
    Go,
    /// Stay where they are, unless they are where it is dangerous.
    Shelter,
    /// Nobody moves (during shaking).
    Hold,
}

impl Movement {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::Go => "go",
            Self::Shelter => "shelter",
            Self::Hold => "hold",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lifts {
    /// Evacuation lifts (피난용승강기), where someone runs them; never an ordinary one.
    Evacuation,
    None,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Vertical {
    Any,
    /// Up in basements; above them either way, since whoever must leave has to come down.
    UpToGround,
    Up,
    Down,
}

impl Vertical {
    /// The rule that keeps both; none if one leads up and the other down.
    fn and(self, other: Self) -> Option<Self> {
        match (self, other) {
            (Self::Any, one) | (one, Self::Any) => Some(one),
            (one, same) if one == same => Some(one),
            (Self::Down, _) | (_, Self::Down) => None,
            _ => Some(Self::Up),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// The best first; the next is for those who cannot reach it.
    pub destinations: Vec<Destination>,
    #[serde(default)]
    pub closes: Vec<Closes>,
    pub movement: Movement,
    /// How people move once nothing of it stands any more, until a person says that it is over:
    /// after the shaking they go.
    #[serde(default)]
    pub then: Option<Movement>,
    pub lifts: Lifts,
    pub vertical: Vertical,
    /// Whether routes may be shown where anyone can read them.
    pub displays: bool,
    /// Whether devices may be switched: a relay's spark ignites gas.
    pub switches: bool,
}

impl Policy {
    /// As long as nothing else is said: out, else to a refuge.
    #[must_use]
    pub fn usual() -> Self {
        Self {
            destinations: vec![Destination::Outside, Destination::Refuge],
            closes: Vec::new(),
            movement: Movement::Go,
            then: None,
            lifts: Lifts::Evacuation,
            vertical: Vertical::Any,
            displays: true,
            switches: true,
        }
    }

    /// The same, as people move while it stands or once it stands no more.
    #[must_use]
    pub fn while_it(&self, stands: bool) -> Self {
        let movement = self.then.filter(|_| !stands).unwrap_or(self.movement);
        Self { movement, then: None, ..self.clone() }
    }

    /// Whether it leads people out of the building, as far as they can get there.
    #[must_use]
    pub fn leads_out(&self) -> bool {
        let out = self.destinations.first() == Some(&Destination::Outside);
        out && matches!(self.movement, Movement::Free | Movement::Go)
    }

    /// Both at once; `self` is the greater threat to life.
    #[must_use]
    pub fn and(&self, other: &Self) -> Together {
        Together::of(&[Asked::new("one", self.clone()), Asked::new("the other", other.clone())])
    }

    /// What of it contradicts another; each is called by a name.
    fn contradicts(&self, other: &Self, [one, two]: [&str; 2]) -> Vec<String> {
        let mut said = Vec::new();
        if self.vertical.and(other.vertical).is_none() {
            let up = if self.vertical == Vertical::Down { [two, one] } else { [one, two] };
            said.push(format!("{} leads up and {} down", up[0], up[1]));
        }
        let (mine, theirs) = (&self.destinations, &other.destinations);
        if !mine.is_empty() && !theirs.is_empty() && shared(mine, theirs).is_empty() {
            let words = |of: &[Destination]| -> String {
                of.iter().map(|to| to.words()).collect::<Vec<_>>().join(" or ")
            };
            said.push(format!("{one} leads {} and {two} {}", words(mine), words(theirs)));
        }
        said
    }

    /// Everything that may be walked under it.
    pub(super) fn mask(&self, network: &Network, hazards: &Hazards) -> Mask {
        let mut mask = network.blocked(hazards);
        if self.closes.contains(&Closes::BesideHazards) {
            bar_beside(network, hazards, &mut mask);
        }
        if self.closes.contains(&Closes::Outside) {
            let site = network.site();
            let passages = site.passages.len();
            (passages..passages + site.exits.len()).for_each(|way| mask.shut(way));
            let outside = site.zones.values().enumerate();
            let outside = outside.filter(|(_, zone)| zone.kind == ZoneKind::Outside);
            outside.for_each(|(node, _)| mask.close(node));
        }
        if self.closes.contains(&Closes::BelowGround) || self.vertical == Vertical::UpToGround {
            bar_basements(network, &mut mask);
        }
        match self.vertical {
            Vertical::Any | Vertical::UpToGround => {}
            Vertical::Up => mask.only_rises(true),
            Vertical::Down => mask.only_rises(false),
        }
        mask
    }

    /// Which nodes are where people are safe, by the order in which they are to be reached.
    pub(super) fn tiers(&self, network: &Network) -> Vec<Vec<bool>> {
        let site = network.site();
        let of = |destination: &Destination| {
            let mut ends: Vec<bool> =
                site.zones.values().map(|zone| is_end(site, *destination, zone)).collect();
            ends.resize(network.graph().len(), *destination == Destination::Outside);
            ends
        };
        self.destinations.iter().map(of).collect()
    }
}

/// Where both lead, in the order of the first.
fn shared(first: &[Destination], other: &[Destination]) -> Vec<Destination> {
    let mut shared = Vec::new();
    for met in first.iter().flat_map(|one| other.iter().filter_map(|two| one.meets(*two))) {
        if !shared.contains(&met) {
            shared.push(met);
        }
    }
    shared
}

/// Nobody is led beside what is closed. Whoever is in there, or already beside it, may leave
/// through what is beside it, since they may have no other way.
fn bar_beside(network: &Network, hazards: &Hazards, mask: &mut Mask) {
    let graph = network.graph();
    let mut near: Vec<bool> = (0..graph.len()).map(|node| mask.is_closed(node)).collect();
    let beside = network.beside(hazards);
    for node in &beside {
        near[*node] = true;
    }
    for node in beside {
        for link in graph.row(node).map(|link| &graph.links()[link]) {
            if !near[link.to as usize] {
                mask.bar(link.way as usize, node);
            }
        }
    }
}

/// Nobody is led down into a basement, nor deeper in it.
fn bar_basements(network: &Network, mask: &mut Mask) {
    let site = network.site();
    for (way, passage) in site.passages.iter().enumerate() {
        let [one, other] = passage.between.each_ref().map(|zone| level(site, zone));
        let (lower, zone) = match one < other {
            true => (one, &passage.between[0]),
            false => (other, &passage.between[1]),
        };
        if let Some(into) = network.node(zone).filter(|_| one != other && lower < 0) {
            mask.bar(way, into);
        }
    }
}

/// One of several policies, and what the situation is called that asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    pub name: String,
    pub policy: Policy,
}

impl Asked {
    #[must_use]
    pub fn new(name: &str, policy: Policy) -> Self {
        Self { name: name.to_owned(), policy }
    }
}

/// Policies taken together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Together {
    pub policy: Policy,
    /// What a person has to decide; people hold until then.
    pub contradictions: Vec<String>,
}

impl Default for Together {
    fn default() -> Self {
        Self { policy: Policy::usual(), contradictions: Vec::new() }
    }
}

impl Together {
    /// Several at once, the greatest threat to life first: its order of destinations holds. None
    /// at all is the usual.
    #[must_use]
    pub fn of(asked: &[Asked]) -> Self {
        // Who asks nobody to move has nothing to say beside those who do.
        let moves = |asked: &&Asked| asked.policy.movement != Movement::Free;
        let mut moving: Vec<&Asked> = asked.iter().filter(moves).collect();
        if moving.is_empty() {
            moving = asked.iter().take(1).collect();
        }
        let Some((first, rest)) = moving.split_first() else { return Self::default() };
        let mut together = Self { policy: first.policy.clone(), contradictions: Vec::new() };
        for (n, one) in moving.iter().enumerate() {
            for other in &moving[n + 1..] {
                let names = [one.name.as_str(), other.name.as_str()];
                let said = one.policy.contradicts(&other.policy, names);
                together.contradictions.extend(said);
            }
        }
        for other in rest {
            together.take(&other.policy);
        }
        if together.policy.movement == Movement::Free {
            together.policy.destinations = Policy::usual().destinations;
        }
        // Any two may have a destination in common, and all of them none.
        let leads = |asked: &&Asked| !asked.policy.destinations.is_empty();
        if together.policy.destinations.is_empty()
            && moving.iter().any(leads)
            && together.contradictions.is_empty()
        {
            together.contradictions.push("all of them together lead nowhere".to_owned());
        }
        if !together.contradictions.is_empty() {
            together.policy.movement = Movement::Hold;
        }
        together
    }

    fn take(&mut self, other: &Policy) {
        let policy = &mut self.policy;
        policy.destinations = match (policy.destinations.is_empty(), other.destinations.is_empty())
        {
            (_, true) => std::mem::take(&mut policy.destinations),
            (true, false) if self.contradictions.is_empty() => other.destinations.clone(),
            _ => shared(&policy.destinations, &other.destinations),
        };
        let new = other.closes.iter().filter(|closes| !policy.closes.contains(closes));
        let new: Vec<Closes> = new.copied().collect();
        policy.closes.extend(new);
        policy.movement = policy.movement.max(other.movement);
        policy.lifts = policy.lifts.max(other.lifts);
        policy.vertical = policy.vertical.and(other.vertical).unwrap_or(Vertical::Any);
        policy.displays &= other.displays;
        policy.switches &= other.switches;
    }
}

/// Whether a zone is where people are safe.
fn is_end(site: &Site, destination: Destination, zone: &Zone) -> bool {
    let level = || level(site, &zone.id);
    let rests = !matches!(zone.kind, ZoneKind::Stairwell | ZoneKind::Lift | ZoneKind::Outside);
    match destination {
        Destination::Outside => zone.kind == ZoneKind::Outside,
        Destination::Refuge => zone.kind == ZoneKind::Refuge,
        Destination::RefugeAboveGround => zone.kind == ZoneKind::Refuge && level() >= 1,
        Destination::GroundOrAbove => rests && level() >= 1,
        Destination::Above => rests && level() > 1,
        Destination::Below => rests && level() < 0,
    }
}
