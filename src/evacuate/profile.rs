//! How someone gets about (이동 유형): what they can use, and how fast they are.
//!
//! Speeds are of people who are not held up, in m/s; where a source gives a range, its slower
//! half is taken, since a route that is promised too short costs more than one too long.

use serde::{Deserialize, Serialize};

use super::flow;
use super::graph::{Graph, Mask, Way};
use super::margin::{SLOW_DOWN_M_PER_S, SLOW_LEVEL_M_PER_S, SLOW_UP_M_PER_S};
use crate::domain::PassageKind;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Profile {
    /// 보행
    Walking,
    /// 느린 보행: over fifty, with a stick, with a small child.
    Slow,
    /// 휠체어: no stairs, and doors wide enough.
    Wheelchair,
    /// 부축·들것: carried or led by others, stairs with an evacuation chair.
    Assisted,
    /// 시각장애
    VisuallyImpaired,
    /// 직원: knows the building.
    Staff,
}

impl Profile {
    pub const ALL: [Self; 6] = [
        Self::Walking,
        Self::Slow,
        Self::Wheelchair,
        Self::Assisted,
        Self::VisuallyImpaired,
        Self::Staff,
    ];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Walking => "walking",
            Self::Slow => "slow",
            Self::Wheelchair => "wheelchair",
            Self::Assisted => "assisted",
            Self::VisuallyImpaired => "visually-impaired",
            Self::Staff => "staff",
        }
    }

    /// On the level, down and up stairs; no stairs for a wheelchair.
    #[must_use]
    pub fn speeds_m_per_s(self) -> (f64, Option<f64>, Option<f64>) {
        match self {
            // As the graph walks: IMO MSC.1/Circ.1533.
            Self::Walking | Self::Staff => (
                flow::LEVEL_M_PER_S,
                Some(flow::STAIRS_DOWN_M_PER_S),
                Some(flow::STAIRS_UP_M_PER_S),
            ),
            Self::Slow => (SLOW_LEVEL_M_PER_S, Some(SLOW_DOWN_M_PER_S), Some(SLOW_UP_M_PER_S)),
            // Boyce, Shields and Silcock 1999: a manual wheelchair.
            Self::Wheelchair => (0.69, None, None),
            // The same, with a frame; down in an evacuation chair or with help, NIST (Kuligowski
            // et al. 2014): 0.31 m/s on average. Up is half of that: ours.
            Self::Assisted => (0.57, Some(0.31), Some(0.155)),
            // Boyce et al.: without an aid; on stairs as the slow.
            Self::VisuallyImpaired => (0.95, Some(SLOW_DOWN_M_PER_S), Some(SLOW_UP_M_PER_S)),
        }
    }

    /// Who may be given an evacuation lift, where someone runs it: who cannot do without.
    #[must_use]
    pub fn rides(self) -> bool {
        matches!(self, Self::Wheelchair | Self::Assisted)
    }

    /// How long this one takes over a link; none if they cannot use it.
    #[must_use]
    pub fn ms(self, graph: &Graph, link: usize) -> Option<u32> {
        let link = &graph.links()[link];
        let way = &graph.ways()[link.way as usize];
        let (level, down, up) = self.speeds_m_per_s();
        let speed = match way.kind {
            // Stairs take longer up than down, which is how the graph tells them apart.
            PassageKind::Stairs if link.ms > link.back_ms => up?,
            PassageKind::Stairs => down?,
            PassageKind::Lift | PassageKind::EvacuationLift => flow::LIFT_M_PER_S,
            PassageKind::Door | PassageKind::Opening => level,
        };
        let walks = flow::walking_ms(way.length_m, speed);
        self.fits(way).then_some(if self == Self::Walking { link.ms } else { walks })
    }

    fn fits(self, way: &Way) -> bool {
        self != Self::Wheelchair || way.barrier_free
    }

    /// Opens evacuation lifts to those who are given them, if anyone runs them.
    pub(super) fn open_lifts(self, graph: &Graph, mask: &mut Mask, runs: bool) {
        if !runs || !self.rides() {
            return;
        }
        for (index, way) in graph.ways().iter().enumerate() {
            if way.kind == PassageKind::EvacuationLift {
                mask.unshut(index);
            }
        }
    }
}

impl std::str::FromStr for Profile {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|profile| profile.as_str() == text);
        known.ok_or_else(|| {
            let known: Vec<&str> = Self::ALL.iter().map(|profile| profile.as_str()).collect();
            format!("`{text}` is no profile; say one of {}", known.join(", "))
        })
    }
}
