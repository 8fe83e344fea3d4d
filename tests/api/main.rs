//! What the API says, and how it refuses: every route, on a database of its own.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

mod answers;
mod attacks;
mod commands;
mod console;
mod declare;
mod document;
mod evacuation;
mod homes;
mod incidents;
mod live;
mod load;
mod office;
mod people;
#[path = "../support/postgres.rs"]
mod postgres;
mod precision;
mod readings;
mod refusals;
mod rights;
mod service;
mod sites;
mod stream;
mod trail;
mod world;
