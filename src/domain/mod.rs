//! The nouns of jikimi: what stands in a building, what it measures, and how bad something is.
//!
//! Nothing here waits, reads, writes or decides. The types derive serde because inputs and
//! detector states are written to the input log and to snapshots; they are no wire format, so
//! topics, tables and API bodies are shaped elsewhere.

mod crowd;
pub mod household;
mod id;
mod input;
mod level;
mod message;
mod quantity;
mod show;
mod site;
pub mod time;
mod words;

pub use crowd::{Crowd, Hours, Schedule};
pub use household::Household;
pub use id::{
    BuildingId, DeviceId, HomeId, HouseholdId, Id, IdError, KindId, PassageId, PlaceId, RuleId,
    SignId, SiteId, StoreyId, SwitchId, ZoneId,
};
pub use input::{Action, Answer, Command, Declaration, Input, LostBecause, Refusal, Said};
pub use level::{Class, Level, Outcome};
pub use message::{Content, Message, MessageKey, MessageKind, TimeQuality};
pub use quantity::{Quantity, Reading, Unit, Value};
pub use show::Show;
pub use site::{
    Building, Device, DeviceKind, Exit, Home, Mounted, Passage, PassageKind, Point, Scope, Sign,
    Site, Storey, Switch, Switching, Zone, ZoneKind,
};
pub use words::Words;
