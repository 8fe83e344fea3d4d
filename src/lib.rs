//! jikimi (지킴이) watches public buildings for disasters, and the homes of elderly people living
//! alone for the silence that means something happened.
//!
//! The modules stand in the order in which a newcomer should read them. Above the line nothing
//! waits, reads or writes: no clock, no I/O, no randomness, no async.

pub mod domain;

pub mod detect;
pub mod incident;
pub mod monitor;
pub mod situation;
// ── above this line nothing waits, reads or writes ──
#[cfg(feature = "embedded-broker")]
pub mod broker;
pub mod clock;
pub mod ingest;
pub mod kill;
pub mod run;
pub mod store;
