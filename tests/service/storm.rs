//! The database takes a tenth of what comes: memory stays flat, alarms go first, nothing is lost.
//!
//! A short form runs with the tests; `make crash` slows it for a minute.

use std::cell::Cell;
use std::time::Duration;

use jikimi_sim::link::Broker;
use jikimi_sim::play::{self, Options, Summary};
use jikimi_sim::recording::{Line, RecordingError};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::crash::is_long;
use crate::lab::{count, files, ids, line, rows, send};
use crate::mosquitto::Mosquitto;
use crate::postgres::Postgres;
use crate::proxy::{Proxy, Road};
use crate::service::{Engine, Home, Service, Via, until};

/// Messages a second that are offered, all the time.
const OFFERED_PER_S: u32 = 1_500;
/// What the database takes while it is slow is what is offered over this.
const SLOWER: u32 = 10;
const READINGS: &str = "jikimi_inputs_total{kind=\"reading\"}";

/// Messages offered before at their pace, and while the database is slow. As many as that are sent
/// before as fast as they are taken, too.
fn form() -> (u64, u64) {
    let second = u64::from(OFFERED_PER_S);
    if is_long() { (10 * second, 60 * second) } else { (3 * second, 8 * second) }
}

fn readings(numbers: std::ops::Range<u64>) -> Vec<Line> {
    let first = numbers.start;
    numbers
        .map(|n| {
            let payload = format!(r#"{{"id":"{n}","readings":{{"temperature":20.5}}}}"#);
            let mut line = line(&format!("jikimi/v1/lab/heat-{}/reading", n % 2 + 1), payload);
            line.received_at += Duration::from_secs(n - first) / OFFERED_PER_S;
            line
        })
        .collect()
}

/// Offers them at their pace, moved to the service's own time.
fn offer(port: u16, lines: Vec<Line>) -> JoinHandle<Summary> {
    let broker: Broker = format!("mqtt://127.0.0.1:{port}").parse().expect("a broker");
    let mut options = Options::new(broker);
    options.client_id = String::from("storm");
    let lines: Vec<Result<Line, RecordingError>> = lines.into_iter().map(Ok).collect();
    tokio::spawn(async move { play::play(options, lines).await.expect("offered") })
}

/// Waits until so many readings are stored; the most memory it had meanwhile goes to `peak`.
async fn stores(service: &Service, count: u64, peak: &Cell<u64>) {
    until(&format!("{count} are stored"), || async {
        peak.set(peak.get().max(service.resident_kib()));
        (service.counted(READINGS).await >= count).then_some(())
    })
    .await;
}

/// Presses the call point, and waits for the incident; how long that took.
async fn press(service: &Service, port: u16, peak: &Cell<u64>) -> Duration {
    let pressed = r#"{"id":"pressed","readings":{"call_point":true}}"#;
    send(port, vec![line("jikimi/v1/lab/call-1/alarm", pressed)]).await;
    let since = Instant::now();
    until("the call point is an incident", || async {
        peak.set(peak.get().max(service.resident_kib()));
        let page = service.try_get("/api/v1/incidents?state=open").await.ok()?;
        ids(&page).iter().any(|id| id == "lab/fire/house/1").then_some(())
    })
    .await;
    since.elapsed()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_ten_times_too_slow_costs_no_memory_no_message_and_no_alarm() {
    let (paced, offered) = form();
    let before = paced + offered;
    let postgres = Postgres::shared();
    let proxy = Proxy::before(postgres.port()).await;
    let engine = Engine::Postgres(postgres.url_at(proxy.port(), &postgres.create()));
    let broker = Mosquitto::start();
    let home = Home::on(&engine, &files(), Via::Broker(broker.port()));
    let service = Service::up(&home, None).await;
    let peak = Cell::new(0);

    let carried = proxy.carried();
    offer(broker.port(), readings(0..paced)).await.expect("offered");
    stores(&service, paced, &peak).await;
    let bytes_each = (proxy.carried() - carried) / paced;
    // What it has at full speed it has whatever the database does, so it has been there before, and
    // for as long as it will be.
    send(broker.port(), readings(paced..before)).await;
    stores(&service, before, &peak).await;
    let resident = service.resident_kib();

    let slow = bytes_each * u64::from(OFFERED_PER_S / SLOWER);
    proxy.set(Road::Slow(u32::try_from(slow).expect("a rate")));
    peak.set(0);
    let offering = offer(broker.port(), readings(before..before + offered));
    stores(&service, before + offered / 20, &peak).await;
    let rang_after = press(&service, broker.port(), &peak).await;
    until("all has been offered", || async {
        peak.set(peak.get().max(service.resident_kib()));
        offering.is_finished().then_some(())
    })
    .await;
    let stored = service.counted(READINGS).await - before;
    proxy.set(Road::Open);
    assert_eq!(offering.await.expect("offered").acknowledged, offered);
    stores(&service, before + offered, &peak).await;
    let percent = peak.get() * 100 / resident;
    println!(
        "{bytes_each} B a message, {slow} B/s; {stored} of {offered} stored when all were \
         offered; the call point rang after {rang_after:?}; {resident} KiB before, {} KiB at most, \
         {percent} %",
        peak.get()
    );
    let dropped = service.counted("jikimi_dropped_total").await;
    let refused = service.counted("jikimi_dead_letters_total").await;
    service.stop().await;

    assert!(stored < offered / 2, "the database was not slow: {stored} of {offered}");
    let kept = "SELECT count(*) AS n FROM input WHERE kind = 'reading'";
    let kept = count(&home.database(), kept).await.unsigned_abs();
    assert_eq!(kept + dropped + refused, before + offered);
    let alarm = "SELECT position FROM input WHERE kind = 'alarm'";
    let alarm = rows(&home.database(), alarm).await[0].int("position").expect("a position");
    println!("the alarm is input {alarm} of {}", before + offered);
    assert!(alarm.unsigned_abs() < before + offered / 4, "it waited in the backlog: {alarm}");
    assert!(peak.get() * 10 <= resident * 12, "{resident} KiB before, {} KiB at most", peak.get());
}
