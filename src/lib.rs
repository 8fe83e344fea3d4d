//! jikimi (지킴이) watches public buildings for disasters, and the homes of elderly people living
//! alone for the silence that means something happened.
//!
//! The modules stand in the order in which a newcomer should read them. Above the line nothing
//! waits, reads or writes: no clock, no I/O, no randomness, no async.

pub mod domain;

pub mod care;
pub mod detect;
pub mod evacuate;
pub mod incident;
pub mod monitor;
pub mod situation;
// ── above this line nothing waits, reads or writes ──
pub mod run;

pub mod config;
pub mod ingest;
pub mod store;

pub mod accounts;
pub mod api;
pub mod audit;
pub mod bench;
#[cfg(feature = "embedded-broker")]
pub mod broker;
pub mod notify;
pub mod people;
pub mod personal;
pub mod reload;
pub mod signposts;
pub mod source;

pub mod replay;

pub mod cli;
pub mod clock;
mod dropped;
pub mod kill;
pub mod record;
pub mod tls;
