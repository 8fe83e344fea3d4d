//! The service as a whole: a real broker, a real database, a real process.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

#[path = "../support/cap.rs"]
mod cap;
#[path = "../support/certificates.rs"]
mod certificates;
#[path = "../support/facts.rs"]
mod facts;
#[path = "../support/mosquitto.rs"]
mod mosquitto;
#[path = "../support/postgres.rs"]
mod postgres;
#[path = "../support/proxy.rs"]
mod proxy;
#[path = "../support/receiver.rs"]
mod receiver;
#[path = "../support/service.rs"]
mod service;
#[path = "../support/smtp.rs"]
mod smtp;

mod accounts;
mod backlog;
mod behind;
mod commands;
mod crash;
mod database_tls;
mod garbage;
mod gateways;
mod lab;
mod ladders;
mod nist;
mod notices;
mod outage;
mod people;
mod priority;
mod reload;
mod secure;
mod silent;
mod storm;
mod told;
