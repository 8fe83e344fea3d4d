//! The commands as a person types them: those of the README, and what they do when it goes wrong.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

#[path = "../support/service.rs"]
mod service;

mod backtest;
mod deploy;
mod payload;
mod readme;
mod replay;
mod serve;
