//! Ways out: against an independent oracle, and sign by sign under everything that goes wrong
//! between a sign and us.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

mod better;
mod blocks;
mod bottleneck;
mod buildings;
mod burnt;
mod cases;
mod crowds;
mod fires;
mod imports;
mod known;
mod people;
mod persons;
mod plans;
mod policies;
mod rows;
mod stages;
mod tenability;
