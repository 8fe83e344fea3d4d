//! Buildings that burn, recordings that come alive, and load that measures: what jikimi is tried
//! and shown with.
//!
//! Nothing here decides anything about an incident, and nothing here depends on the service:
//! messages, configuration and labelled truth are made, and whoever reads them judges. All
//! randomness comes from a seed that is printed, so that whatever was seen once can be seen again.
//!
//! In the order a newcomer should read them:

#![cfg_attr(
    test,
    allow(clippy::unwrap_used, reason = "a test that cannot go on says where by its panic")
)]
#![allow(clippy::cast_precision_loss, reason = "counts become floats only to be shown")]

pub mod recording; // what a broker saw, one line each
pub mod truth; // what really happened

pub mod clock; // the service's clock, and when something is due by it
pub mod link; // one MQTT connection
pub mod wire; // the few MQTT packets it takes

pub mod signs; // what hangs on the walls and answers

pub mod fault; // what a network does to messages on their way
pub mod play; // a recording to a broker, nothing lost

pub mod load; // as many messages as wanted, measured

pub mod day; // a day told in a script, and lived

pub mod convert; // public recordings into our form
pub mod files; // a configuration that fits what is sent
pub mod generate; // days nobody lived, from a seed
pub mod homes; // lives nobody lived, alone at home
