//! What a configuration folder may say, and how it is refused when it says something else.
//!
//! Every test starts from a small folder that is well, changes something, and expects to be
//! pointed at it: file, line, code, and what would have been right.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

mod files;
mod folder;
mod notify;
mod profiles;
mod rules;
mod sites;
mod situations;
mod ways;
mod well;
