//! Whoever is to be told is told, whatever else is dead, and under one key however often.

use std::collections::BTreeSet;
use std::path::Path;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::lab::{count, files, line, on_both_engines, send};
use crate::receiver::{Received, Receiver};
use crate::service::{Engine, Home, Service, Via, free_port, until};

const SECRET: &str = "a secret of this test";
const PRESSED: &str = r#"{"id":"pressed","readings":{"call_point":true}}"#;
const NOTICE: &str = "lab/fire/house/1/opened/operator";

/// A service that tells these, the first of them signed.
fn home(engine: &Engine, port: u16, urls: &[(&str, &str)]) -> Home {
    let home = Home::on(engine, &files(), Via::Embedded(port));
    home.write(Path::new("secret"), &format!("{SECRET}\n"));
    let secret = home.path("secret");
    let webhook = |(id, url): &(&str, &str)| {
        format!(
            "[[webhook]]\nid = \"{id}\"\nurl = \"{url}\"\nroles = [\"operator\"]\n\
             secret_file = \"{}\"\n",
            secret.display()
        )
    };
    let text: String = urls.iter().map(webhook).collect();
    home.write(Path::new("config/notify.toml"), &text);
    home
}

async fn received(receiver: &Receiver, at_least: usize) -> Vec<Received> {
    until("the notice has been received", || async {
        Some(receiver.received()).filter(|received| received.len() >= at_least)
    })
    .await
}

async fn settled(home: &Home, endpoint: &str, status: &str) {
    let sql = format!(
        "SELECT count(*) AS n FROM delivery WHERE endpoint = '{endpoint}' AND status = '{status}'"
    );
    until("the delivery is marked", || async {
        (count(&home.database(), &sql).await == 1).then_some(())
    })
    .await;
}

on_both_engines!(
    a_refused_notice_comes_again_and_a_dead_endpoint_delays_no_other,
    a_notice_that_was_sent_and_not_marked_comes_again_under_its_key,
    every_notice_arrives_under_one_key_however_often_we_are_killed,
);

async fn a_refused_notice_comes_again_and_a_dead_endpoint_delays_no_other(engine: Engine) {
    let (port, dead) = (free_port(), free_port());
    let room = Receiver::start(&[500]).await;
    let nowhere = format!("http://127.0.0.1:{dead}/notices");
    let home = home(&engine, port, &[("control-room", &room.url()), ("nowhere", &nowhere)]);
    let service = Service::up(&home, None).await;
    send(port, vec![line("jikimi/v1/lab/call-1/alarm", PRESSED)]).await;

    let received = received(&room, 2).await;
    let answered: Vec<u16> = received.iter().map(|one| one.answered).collect();
    assert_eq!(answered, [500, 204]);
    for one in &received {
        assert_eq!(one.key, format!("{NOTICE}/control-room"));
        assert_eq!(one.json["incident"], "lab/fire/house/1");
        assert_eq!(one.json["level"], "critical");
        assert!(one.json["because"].as_str().unwrap().contains("call_point"), "{}", one.json);
        assert!(is_signed(one), "{:?}", one.signature);
    }
    settled(&home, "control-room", "sent").await;

    settled(&home, "nowhere", "due").await;
    let path = "/api/v1/incidents/lab/fire/house/1/acknowledge";
    assert_eq!(service.post(path, "mine", None).await.unwrap().0, 200);
    settled(&home, "nowhere", "stopped").await;
    service.stop().await;
}

async fn a_notice_that_was_sent_and_not_marked_comes_again_under_its_key(engine: Engine) {
    let port = free_port();
    let room = Receiver::start(&[]).await;
    let home = home(&engine, port, &[("control-room", &room.url())]);
    let mut service = Service::start(&home, None, Some("sent:1")).await.expect("it starts");
    send(port, vec![line("jikimi/v1/lab/call-1/alarm", PRESSED)]).await;
    assert!(service.dies_within(crate::service::PATIENCE).await, "it passed the point");
    assert_eq!(room.received().len(), 1);

    let service = Service::up(&home, None).await;
    settled(&home, "control-room", "sent").await;
    service.stop().await;
    let received = room.received();
    let keys: BTreeSet<&str> = received.iter().map(|one| one.key.as_str()).collect();
    assert_eq!(received.len(), 2);
    assert_eq!(keys.into_iter().collect::<Vec<_>>(), [format!("{NOTICE}/control-room")]);
}

/// Each round has a drill of its own. Every other kill comes between sending and marking, the
/// others right after the drill was answered for.
async fn every_notice_arrives_under_one_key_however_often_we_are_killed(engine: Engine) {
    let long = std::env::var_os("JIKIMI_CRASH_LONG").is_some();
    let kills: u16 = if long { 100 } else { 4 };
    let port = free_port();
    let room = Receiver::start(&[]).await;
    let home = home(&engine, port, &[("control-room", &room.url())]);
    let until_when = (jikimi::clock::wall_now() + jiff::SignedDuration::from_hours(7)).to_string();
    for round in 1..=kills {
        let at_sending = round % 2 == 0;
        let kill_at = at_sending.then_some("sent:1");
        let mut service = Service::start(&home, None, kill_at).await.expect("it starts");
        let asked = serde_json::json!({"kind": "fire", "place": "room", "until": until_when});
        let key = format!("drill-{round}");
        // Whoever dies at once may not have answered; what it opened is there all the same.
        let opened = service.post("/api/v1/sites/lab/drills", &key, Some(asked.clone())).await;
        match at_sending {
            true => assert!(service.dies_within(crate::service::PATIENCE).await, "{opened:?}"),
            false => service.kill().await,
        }
        let service = Service::up(&home, None).await;
        let again = service.post("/api/v1/sites/lab/drills", &key, Some(asked)).await;
        assert_eq!(again.expect("an answer").0, 200, "the same key, the first answer");
        let sql = "SELECT count(*) AS n FROM delivery WHERE status = 'sent'";
        until("it is marked", || async {
            (count(&home.database(), sql).await >= i64::from(round)).then_some(())
        })
        .await;
        let path = format!("/api/v1/incidents/lab/fire/house/{round}/resolve");
        let over = serde_json::json!({"outcome": "test"});
        assert_eq!(service.post(&path, &path, Some(over)).await.expect("said").0, 200);
        service.kill().await;
    }
    let keys: BTreeSet<String> = room.received().iter().map(|one| one.key.clone()).collect();
    let expected: BTreeSet<String> = (1..=kills)
        .map(|n| format!("lab/fire/house/{n}/exercise-opened/operator/control-room"))
        .collect();
    assert_eq!(keys, expected, "each arrived, and under no second key");
    let sent = room.received().len();
    println!("killed {} times, {} of them while sending: {sent} sent", 2 * kills, kills / 2);
    let at_least = usize::from(kills + kills / 2);
    assert!(sent >= at_least, "whoever died while sending sent again");
}

/// As a receiver checks it.
fn is_signed(one: &Received) -> bool {
    let signature = one.signature.as_deref().unwrap_or_default();
    let Some((stamp, given)) = signature.split_once(",v1=") else { return false };
    let stamp = stamp.trim_start_matches("t=");
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(format!("{stamp}.").as_bytes());
    mac.update(&one.body);
    let reckoned: String =
        mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    given == reckoned
}
