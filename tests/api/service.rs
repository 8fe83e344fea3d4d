//! Health, readiness, counts, and an end that does not wait for ever.

use jikimi::api;
use jikimi::clock::{Clock, wall_now};
use jikimi::domain::time::{SignedDuration, after};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::stream::Stream;
use crate::world::World;

#[tokio::test]
async fn a_service_that_keeps_up_is_ready() {
    let world = World::new().await;
    assert_eq!(world.read("/healthz").await["alive"], true);
    // Not hearing (the broker is away) is shown, and no reason to send clients elsewhere.
    let expected = json!({"ready": true, "behind_s": 0.0, "hears": false});
    assert_eq!(world.read("/readyz").await, expected);
    let waiting = after(wall_now(), SignedDuration::from_secs(-4));
    world.state.running.health.set_waiting_since(Some(waiting));
    assert_eq!(world.read("/readyz").await["ready"], true);
}

#[tokio::test]
async fn a_service_that_is_behind_is_alive_and_not_ready() {
    let world = World::new().await;
    let waiting = after(wall_now(), SignedDuration::from_secs(-6));
    world.state.running.health.set_waiting_since(Some(waiting));
    world.get("/readyz").await.refuses(503, "behind");
    assert_eq!(world.read("/healthz").await["alive"], true);
}

#[tokio::test]
async fn a_fast_clock_does_not_shorten_patience() {
    let mut world = World::new().await;
    let now = wall_now();
    world.state.clock = Clock::scaled(now, now, 60.0);
    world.router = api::router(world.state.clone());
    world.state.running.health.set_waiting_since(Some(after(now, SignedDuration::from_secs(-60))));
    assert_eq!(world.read("/readyz").await["ready"], true, "a minute of its time is a second");
}

#[tokio::test]
async fn a_service_that_cannot_read_is_not_ready() {
    let world = World::new().await;
    world.state.store.close().await;
    world.get("/readyz").await.refuses(503, "database-unreadable");
    assert_eq!(world.read("/healthz").await["alive"], true);
}

#[tokio::test]
async fn a_service_whose_database_was_deleted_is_not_ready() {
    let world = World::new().await;
    assert_eq!(world.read("/readyz").await["ready"], true);
    std::fs::remove_file(world.file()).expect("it was there");
    world.get("/readyz").await.refuses(503, "database-gone");
    assert_eq!(world.read("/healthz").await["alive"], true);
}

#[tokio::test]
async fn what_is_counted_can_be_read() {
    let world = World::new().await;
    let answered = world.get("/metrics").await;
    assert_eq!(answered.status, 200);
    assert_eq!(answered.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
}

#[tokio::test]
async fn a_served_stream_ends_when_the_service_does() {
    let world = World::new().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = tokio::spawn(api::serve(listener, world.router.clone(), async {
        drop(stopped.await);
    }));
    let url = format!("http://{address}/api/v1/incidents/live");
    let mut response = reqwest::get(url).await.expect("an answer");
    let first = response.chunk().await.expect("bytes").expect("an event");
    assert!(first.starts_with(b"event: snapshot"), "{first:?}");
    stop.send(()).expect("it listens");
    while response.chunk().await.expect("an orderly end").is_some() {}
    serving.await.expect("no panic").expect("an orderly end");
}

#[tokio::test]
async fn streams_have_a_limit() {
    let world = World::new().await;
    let mut open = Vec::new();
    for _ in 0..512 {
        open.push(Stream::open(&world, None).await);
    }
    world.get("/api/v1/incidents/live").await.refuses(503, "too-many-listeners");
    open.pop();
    Stream::open(&world, None).await.snapshot().await;
}
