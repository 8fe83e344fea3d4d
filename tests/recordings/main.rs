//! Detectors against the world: recorded fires, earthquakes and floods, and computations that know
//! nothing of them.
//!
//! What is measured is printed; what must hold is asserted. Rules and their numbers are those of
//! `config/rules`, the same for every file. Recordings are not part of the repository; where they
//! are absent a test says `skipped: …`.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

#[path = "../world/mod.rs"]
mod world;

mod bench;
mod lab;

mod compute;
mod cost;
mod excursions;
mod fires;
mod gauge;
mod nuisance;
mod quakes;
mod standards;
