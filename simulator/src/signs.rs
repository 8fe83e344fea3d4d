//! Signs on their walls: they show what they are told, and say so.
//!
//! They are as good as signs can be. Each answers at once, and hears again what stands at the
//! broker whenever the connection was lost.

use std::time::Duration;

use serde::Deserialize;
use tokio::time::sleep;

use crate::link::{Broker, Link, LinkError};
use crate::wire::{self, Packet};

const RECONNECT_AFTER: Duration = Duration::from_millis(500);

/// What a sign is told, as far as it answers it.
#[derive(Deserialize)]
struct Told<'a> {
    epoch: u64,
    show: &'a str,
}

/// Hangs every sign of a site at one connection, for as long as this is polled.
pub async fn hang(broker: &Broker, site: &str) {
    loop {
        // Whatever happened, they come back.
        let _ = hang_once(broker, site).await;
        sleep(RECONNECT_AFTER).await;
    }
}

async fn hang_once(broker: &Broker, site: &str) -> Result<(), LinkError> {
    let mut link = Link::open(broker, &format!("jikimi-sim-signs-{site}")).await?;
    wire::subscribe(link.queue(), u16::MAX, &format!("jikimi/v1/{site}/sign/+"));
    let mut id = 0;
    loop {
        while let Some(packet) = link.packet()? {
            let Some((topic, payload)) = answer(&packet) else { continue };
            id = id % (u16::MAX - 1) + 1;
            wire::publish(link.queue(), id, &topic, payload.as_bytes(), false);
        }
        link.turn(None).await?;
    }
}

/// What a sign says to what it is told; nothing to anything else.
fn answer(packet: &Packet<'_>) -> Option<(String, String)> {
    let Packet::Publish { topic, payload } = packet else { return None };
    let Told { epoch, show } = serde_json::from_slice(payload).ok()?;
    Some((format!("{topic}/shown"), format!(r#"{{"epoch":{epoch},"show":"{show}"}}"#)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_says_what_it_was_told_to_show() {
        let topic = "jikimi/v1/center/sign/sign-3f-west";
        let payload = br#"{"epoch":17,"show":"left","until":"x","because":"y"}"#;
        let (topic, said) = answer(&Packet::Publish { topic, payload }).unwrap();
        assert_eq!(topic, "jikimi/v1/center/sign/sign-3f-west/shown");
        assert_eq!(said, r#"{"epoch":17,"show":"left"}"#);
        assert!(answer(&Packet::Publish { topic: "t", payload: b"" }).is_none());
        assert!(answer(&Packet::PingResp).is_none());
    }
}
