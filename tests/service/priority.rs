//! Which of what waits is taken first.

use bytes::Bytes;
use jikimi::clock::Clock;
use jikimi::config;
use jikimi::domain::time::Timestamp;
use jikimi::ingest::{Ack, Arrival, Delivery};
use jikimi::run::{Setup, Shell, Source};
use jikimi::store::Store;
use tokio::sync::watch;

use crate::lab::{files, rows};
use crate::service::{Home, Via, free_port, until};

fn arrival(topic: &str, payload: String, second: i64) -> Arrival {
    let received_at = Timestamp::from_second(1_780_000_000 + second).unwrap();
    let (topic, payload) = (topic.to_owned(), Bytes::from(payload));
    Arrival::Message(Delivery::new(topic, payload, received_at, (false, false), Ack::None))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alarm_is_stepped_before_every_reading_that_waits() {
    const WAITING: usize = 3000;
    let home = Home::new(&files(), Via::Embedded(free_port()));
    let loaded = config::load(&home.path("config")).unwrap();
    let store = Store::open(&home.database()).await.unwrap();
    let (stop, stopping) = watch::channel(false);
    let setup = Setup {
        clock: Clock::wall(),
        store: store.clone(),
        configurations: loaded.configurations,
        source: Source::Embedded,
        stop: stopping,
    };
    let (shell, queues, _running) = Shell::start(setup).await.unwrap();
    for n in 0..WAITING {
        let payload = format!(r#"{{"id":"{n}","readings":{{"temperature":20}}}}"#);
        queues.bulk.send(arrival("jikimi/v1/lab/heat-1/reading", payload, 0)).await.unwrap();
    }
    let pressed = r#"{"id":"pressed","readings":{"call_point":true}}"#.to_owned();
    queues.alarm.send(arrival("jikimi/v1/lab/call-1/alarm", pressed, 60)).await.unwrap();

    let running = tokio::spawn(shell.run());
    let sql = "SELECT kind FROM input WHERE site = 'lab' AND kind IN ('reading', 'alarm') \
               ORDER BY position";
    let kinds = until("everything is stored", || async {
        let rows = rows(&home.database(), sql).await;
        (rows.len() > WAITING).then_some(rows)
    })
    .await;
    assert_eq!(kinds[0].text("kind").unwrap(), "alarm");
    stop.send_replace(true);
    running.await.unwrap();
    store.close().await;
}
