//! The database: the input log with what it caused, in one transaction.
//!
//! One writer task owns every write; everyone else reads. A commit is all or nothing, and it has
//! reached the disk when it is answered, since a message is acknowledged after that and never
//! before. Nothing here decides what an incident is.

mod answers;
mod body;
pub mod cap;
mod commit;
mod data;
mod db;
mod erasing;
mod error;
mod households;
mod log;
mod notices;
mod partitions;
pub mod people;
mod persons;
mod recall;
mod response;
mod retention;
mod seat;
mod signs;
mod statements;
mod trail;
pub mod views;
mod writer;

pub use body::input_of;
pub use commit::{Commit, DeadLetter, Stepped};
pub use data::{home_data, homes_beyond};
pub use db::{Arg, Connection, Db, Row, without_password};
pub use error::StoreError;
pub use households::{ChangeRow, HouseholdRow, caseworkers, changes, households, keep_caseworkers};
pub use notices::{Delivery, DueNotice, Handed, QueuedNotice, Unreached};
pub use persons::KeptPersons;
pub use recall::{Recalled, configuration_text, unresolved};
pub use retention::{KEEP_DAYS, KEEP_HOME_DAYS};
pub use signs::{SignRow, signs, standing_since};
pub use trail::{
    Change, change_beside, follow_trail, newest_trail, trail_between, trail_ends, trail_head,
};
pub use writer::{SnapshotTaken, Store};

/// A household's key as it is kept: nonce, key and tag, as `personal` seals it.
pub(crate) const WRAPPED_BYTES: usize = 12 + 32 + 16;

#[cfg(test)]
#[path = "../../tests/support/postgres.rs"]
mod postgres;

#[cfg(test)]
mod tests;
