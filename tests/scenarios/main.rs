//! Days in a building's life, each played to a monitor in a millisecond.
//!
//! A test is a claim: its name is a sentence that can be false, and its body is a day with what
//! has to be said at each moment. A line without an arrow asserts silence. See `play` for what
//! may stand in a line.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

#[path = "../world/mod.rs"]
mod world;

mod play;
mod said;

mod blind;
mod commands;
mod device_silent;
mod disasters;
mod duplicates;
mod estate;
mod faults;
mod floors;
mod fusion;
mod gateway;
mod homes;
mod households;
mod incidents;
mod ladders;
mod pairs;
mod rate_of_rise;
mod silence;
mod silences;
mod situations;
mod stillness;
mod switches;
mod tenants;
mod threshold;
mod time;
mod unwatched;
mod ways;
mod weather;
mod work;
