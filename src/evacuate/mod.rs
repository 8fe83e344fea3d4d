//! Evacuation (대피): which way people go, and what the signs show.
//!
//! A [`Network`] is a site seen as ways, on a [`Graph`] that knows widths and people; a [`Plan`]
//! is the next step of every zone under what is in the way, loop-free because every zone has one;
//! [`load`] says how long everyone takes who follows it, [`plan`] finds signs with which everyone
//! is out sooner, and [`bound_ms`] what no plan can beat. A [`Board`] brings a plan to the signs
//! in stages, so that no two signs ever send people round in a circle. "To the refuge" and "stay"
//! are answers here and no errors.
//!
//! Nothing here reads a clock or a device: hazards come in as data, and the caller tells each
//! moment.

mod back;
mod board;
mod bound;
pub mod fed;
pub mod flow;
mod fold;
mod forest;
pub mod graph;
mod hazard;
mod help;
pub mod imo;
pub mod import;
mod improve;
pub mod load;
pub mod margin;
mod network;
pub mod occupancy;
mod outlook;
mod personal;
mod pointing;
pub mod policy;
mod profile;
mod route;
mod signage;
pub mod smoke;
pub mod spill;
pub mod spread;
mod wanted;

use std::collections::BTreeMap;

pub use board::{Board, LASTS, Planned, RENEWED_BEFORE, STAGE_WAITS, Sent, Told};
pub use bound::bound_ms;
pub use flow::{LEVEL_M_PER_S, STAIRS_DOWN_M_PER_S, STAIRS_UP_M_PER_S};
pub use forest::{Forest, Kept, NEVER, Next, UNKNOWN_MS, worth_ms};
pub use graph::{Graph, GraphError, Mask, Node, NodeKind, Pace, Way, middle};
pub use hazard::Hazards;
pub(crate) use hazard::zone_of;
pub use help::{Help, Refuge};
pub use load::{Loaded, load};
pub use margin::Margin;
pub use network::{Network, Plan};
pub use outlook::Outlook;
pub use personal::{Means, Personal, share_places};
pub use policy::{Asked, Movement, Policy, Together};
pub use profile::Profile;
pub use route::{Goal, Route};
pub use signage::{Budget, Signage, plan};
pub use wanted::{Wanted, stamp};

use crate::domain::ZoneId;

/// Where each zone's signs lead, as far as they lead into a zone.
pub type Shown = BTreeMap<ZoneId, ZoneId>;
