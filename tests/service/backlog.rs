//! What waited while we were away: alarms first, and nothing missed or invented.

use jiff::SignedDuration;
use jikimi::clock::wall_now;
use jikimi_sim::generate;
use jikimi_sim::recording::Line;

use crate::crash::{clock, player, settled};
use crate::facts::Facts;
use crate::lab::{files, ids, line, on_both_engines, rows, send};
use crate::mosquitto::Mosquitto;
use crate::service::{Engine, Home, Service, Via, until};

const BACKLOG: usize = 100_000;

fn readings() -> Vec<Line> {
    (0..BACKLOG)
        .map(|n| {
            let payload = format!(r#"{{"id":"{n}","readings":{{"temperature":20.5}}}}"#);
            line("jikimi/v1/lab/heat-1/reading", payload)
        })
        .collect()
}

on_both_engines!(
    a_call_point_behind_a_hundred_thousand_readings_is_an_incident_before_they_are_drained,
    a_restart_of_30_s_in_the_middle_of_fires_neither_misses_nor_invents_anything,
);

async fn a_call_point_behind_a_hundred_thousand_readings_is_an_incident_before_they_are_drained(
    engine: Engine,
) {
    let broker = Mosquitto::start();
    let home = Home::on(&engine, &files(), Via::Broker(broker.port()));
    // Once, so that the broker keeps what comes for us.
    let service = Service::up(&home, None).await;
    service.stop().await;

    let mut lines = readings();
    let pressed = r#"{"id":"pressed","readings":{"call_point":true}}"#;
    lines.push(line("jikimi/v1/lab/call-1/alarm", pressed));
    send(broker.port(), lines).await;

    let service = Service::up(&home, None).await;
    let stored = until("the call point is an incident", || async {
        let page = service.try_get("/api/v1/incidents?state=open").await.ok()?;
        let burning = ids(&page).iter().any(|id| id == "lab/fire/house/1");
        let site = service.try_get("/api/v1/sites/lab").await.ok()?;
        burning.then(|| site["last_input"]["position"].as_u64())
    })
    .await
    .expect("a position");
    let since = tokio::time::Instant::now();
    until("the backlog is drained", || async {
        let site = service.try_get("/api/v1/sites/lab").await.ok()?;
        (site["last_input"]["position"].as_u64()? > BACKLOG as u64).then_some(())
    })
    .await;
    let sql = "SELECT position FROM input WHERE kind = 'alarm'";
    let alarm = rows(&home.database(), sql).await[0].int("position").unwrap();
    println!("the alarm is input {alarm}; it was seen over the API with {stored} stored");
    println!("the rest was drained within {:.1} s", since.elapsed().as_secs_f64());
    assert!(alarm < 50_000, "it waited behind {alarm} readings");
    service.stop().await;
}

async fn a_restart_of_30_s_in_the_middle_of_fires_neither_misses_nor_invents_anything(
    engine: Engine,
) {
    let storm = generate::storm(7, 1, 12);
    let speed: i32 = 10;
    let mut found = Vec::new();
    for disturbed in [false, true] {
        let broker = Mosquitto::start();
        let engine = if disturbed { &engine } else { &Engine::Sqlite };
        let home = Home::on(engine, &storm.files, Via::Broker(broker.port()));
        let clock = clock(&storm, f64::from(speed));
        let mut service = Service::up(&home, Some(&clock)).await;
        let playing = player(&storm, broker.port());
        if disturbed {
            let burning = until("the first fires burn", || async {
                let page = service.try_get("/api/v1/incidents?state=open&kind=fire").await.ok()?;
                Some(ids(&page)).filter(|ids| ids.len() >= 3)
            })
            .await;
            service.kill().await;
            println!("killed with {burning:?} open");
            let killed_at = wall_now();
            until("30 s have passed on the service's clock", || async {
                let passed = wall_now().duration_since(killed_at) * speed;
                (passed >= SignedDuration::from_secs(30)).then_some(())
            })
            .await;
            service = Service::up(&home, Some(&clock)).await;
        }
        playing.await.expect("played");
        settled(&service, &home, &storm).await;
        service.stop().await;
        found.push(Facts::of(&home.database()).await);
    }
    let differences = found[0].differences(&found[1]);
    assert!(differences.is_empty(), "{differences:#?}");
}
