//! Days that a service lived and recorded, beside what a replay makes of them. A target of its
//! own: a day runs hundreds of times faster than it was, and a machine that is busy with other
//! tests would be late by the quarter of an hour.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

#[path = "../service/lab.rs"]
#[allow(dead_code, unused_imports, unused_macros, reason = "only some of it is used here")]
mod lab;
#[path = "../support/mosquitto.rs"]
mod mosquitto;
#[path = "../support/service.rs"]
mod service;

mod days;
mod overtaken;
