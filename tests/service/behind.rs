//! More waits elsewhere than we see: at the broker while we are quick, or behind a database that
//! was away. What is due waits until it has come, and no longer.

use jikimi::domain::{Input, LostBecause};
use jikimi::store::input_of;

use crate::lab::{count, files, line, rows, send};
use crate::mosquitto::Mosquitto;
use crate::postgres::Postgres;
use crate::proxy::{Proxy, Road};
use crate::service::{Engine, Home, Service, Via, until};

/// Readings that fill the way from the broker for so many seconds.
const FLOOD: usize = 1_800;
const FLOOD_S: usize = 25;
/// Roughly, of a reading on its way.
const BYTES_EACH: usize = 130;

fn temperature(
    device: &str,
    id: usize,
    celsius: f64,
    at: jiff::Timestamp,
) -> jikimi_sim::recording::Line {
    let payload = format!(r#"{{"id":"{id}","at":"{at}","readings":{{"temperature":{celsius}}}}}"#);
    line(&format!("jikimi/v1/lab/{device}/reading"), payload)
}

/// What happened to the watch, in its order.
async fn watch(home: &Home) -> Vec<Input> {
    let sql = "SELECT kind, device, received_at, at, quality, body FROM input \
         WHERE site = 'lab' AND kind IN ('watch-lost', 'watch-regained', 'caught-up') \
         ORDER BY position";
    rows(&home.database(), sql).await.iter().map(|row| input_of(row).expect("an input")).collect()
}

async fn lost_by(home: &Home, why: LostBecause) -> Option<Vec<Input>> {
    let all = watch(home).await;
    let is_it =
        |input: &Input| matches!(input, Input::WatchLost { because, .. } if *because == why);
    let begins = all.iter().position(is_it)?;
    Some(all[begins..].to_vec())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_waits_for_what_stands_in_the_queue_at_the_broker() {
    let broker = Mosquitto::start();
    let proxy = Proxy::before(broker.port()).await;
    let mut files = files();
    for (_, text) in &mut files {
        *text = text.replace("hold_s = 4", "hold_s = 15");
    }
    let home = Home::new(&files, Via::Broker(proxy.port()));
    let service = Service::up(&home, None).await;

    // Hot for two seconds, and that it was no longer is told behind much else.
    let hot = jikimi::clock::wall_now();
    send(broker.port(), vec![temperature("heat-1", 0, 80.0, hot)]).await;
    let readings = "SELECT count(*) AS n FROM input WHERE kind = 'reading'";
    until("it is hot", || async { (count(&home.database(), readings).await == 1).then_some(()) })
        .await;
    proxy.set(Road::SlowBack(u32::try_from(FLOOD * BYTES_EACH / FLOOD_S).expect("a rate")));
    let cool = hot + jiff::SignedDuration::from_secs(2);
    let mut lines: Vec<_> = (1..=FLOOD).map(|n| temperature("heat-2", n, 20.0, hot)).collect();
    lines.push(temperature("heat-1", 1, 20.0, cool));
    send(broker.port(), lines).await;
    let all = i64::try_from(FLOOD + 2).expect("a count");
    until("all has come", || async {
        (count(&home.database(), readings).await == all).then_some(())
    })
    .await;
    let took = jikimi::clock::wall_now().duration_since(hot);
    println!("the last came {} s after it was hot", took.as_secs());
    assert!(took.as_secs() > 16, "the way was not slow");
    proxy.set(Road::Open);
    until("it has caught up", || async {
        let since = lost_by(&home, LostBecause::BrokerBehind).await?;
        since.contains(&Input::CaughtUp).then_some(())
    })
    .await;
    service.stop().await;
    let counted = "SELECT count(*) AS n FROM incident WHERE kind = 'fire'";
    assert_eq!(count(&home.database(), counted).await, 0, "a fire that never was");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_database_that_was_away_it_has_caught_up_when_its_own_message_is_back() {
    let broker = Mosquitto::start();
    let postgres = Postgres::shared();
    let proxy = Proxy::before(postgres.port()).await;
    let engine = Engine::Postgres(postgres.url_at(proxy.port(), &postgres.create()));
    let home = Home::on(&engine, &files(), Via::Broker(broker.port()));
    // Away for five seconds in one.
    let service = Service::up(&home, Some("2026-11-24T12:00:00+09:00@10")).await;
    until("it has begun", || async { watch(&home).await.contains(&Input::CaughtUp).then_some(()) })
        .await;
    proxy.set(Road::Cut);
    let at = "2026-11-24T12:00:00+09:00".parse().expect("a moment");
    send(broker.port(), vec![temperature("heat-1", 0, 20.0, at)]).await;
    let since = jikimi::clock::wall_now();
    until("it is away for long", || async {
        let passed = jikimi::clock::wall_now().duration_since(since).as_millis() > 800;
        (passed && service.log().contains("a batch is not stored")).then_some(())
    })
    .await;
    proxy.set(Road::Open);
    let after = until("it has caught up", || async {
        let since = lost_by(&home, LostBecause::DatabaseAway).await?;
        since.contains(&Input::CaughtUp).then_some(since)
    })
    .await;
    assert_eq!(after[1..3], [Input::WatchRegained, Input::CaughtUp], "{after:?}");
    service.stop().await;
}
