//! The live stream: nothing falls between, whatever the listener already knew.

use axum::body::Body;
use axum::http::Request;

use crate::stream::Stream;
use crate::world::World;

const FIRE: &str = "center/fire/main/1";
const GAS: &str = "center/gas/main/1";
const FLOOD: &str = "center/flood/main/1";

#[tokio::test]
async fn a_new_listener_is_told_the_whole_truth_first() {
    let world = World::new().await;
    world.incident("fire", "main", 1).await;
    world.incident("gas", "main", 2).await;
    world.moves("gas", "state = 'resolved', outcome = 'real'", 3).await;
    let (told, ids) = Stream::open(&world, None).await.snapshot().await;
    assert_eq!(ids, [FIRE], "what is resolved is not part of it");
    assert_eq!(told.data["cursor"], told.id.as_str());
    assert_eq!(told.data["clock"]["speed"], 1.0);
    let now = told.data["clock"]["now"].as_str().expect("a time");
    assert!(now.ends_with("+09:00"), "{now}");
    assert_eq!(told.data["incidents"][0]["evidence"][0]["rule"], "fire-rise");
}

#[tokio::test]
async fn an_incident_is_told_as_it_is_after_its_commit() {
    let world = World::new().await;
    let mut stream = Stream::open(&world, None).await;
    assert_eq!(stream.snapshot().await.1, [""; 0]);
    world.incident("fire", "main", 4).await;
    world.announce(4);
    let told = stream.next_is(FIRE).await;
    assert_eq!(told.data["state"], "open");
    world.moves("fire", "state = 'resolved', outcome = 'steam'", 9).await;
    world.announce(9);
    let told = stream.next_is(FIRE).await;
    assert_eq!(told.data["resolved"]["outcome"], "steam");
}

#[tokio::test]
async fn the_silences_of_a_site_are_told_when_they_change() {
    let world = World::new().await;
    let mut stream = Stream::open(&world, None).await;
    stream.snapshot().await;
    world.input(3).await;
    world
        .sql(
            "INSERT INTO silence VALUES ('center', 1, '3f-hall', 0, 4000000000000000, 'work', \
             'kim', 0, 1, NULL, NULL, 3)",
        )
        .await;
    world.announce(3);
    let told = stream.next().await;
    assert_eq!((told.event.as_str(), &told.data["site"]), ("silences", &"center".into()));
    let silence = &told.data["silences"][0];
    assert_eq!((&silence["place_name"], &silence["holds"]), (&"3층 hall".into(), &true.into()));
    world.incident("fire", "main", 4).await;
    world.announce(4);
    stream.next_is(FIRE).await;
}

#[tokio::test]
async fn what_happens_before_the_first_look_is_told() {
    let world = World::new().await;
    let mut stream = Stream::open(&world, None).await;
    // The answer has begun, and nobody has read of it yet.
    world.incident("fire", "main", 4).await;
    world.announce(4);
    assert_eq!(stream.snapshot().await.1, [""; 0]);
    stream.next_is(FIRE).await;
}

#[tokio::test]
async fn a_listener_that_comes_back_is_told_exactly_what_it_missed() {
    let world = World::new().await;
    world.incident("fire", "main", 1).await;
    let cursor = Stream::open(&world, None).await.snapshot().await.0.id;
    world.incident("gas", "main", 2).await;
    world.moves("gas", "state = 'resolved', outcome = 'real'", 3).await;
    world.incident("flood", "main", 4).await;
    let mut stream = Stream::open(&world, Some(&cursor)).await;
    let told = stream.next_is(GAS).await;
    assert_eq!(told.data["state"], "resolved", "what opened and closed meanwhile is told too");
    let flood = stream.next_is(FLOOD).await;
    world.moves("fire", "level = 'critical'", 5).await;
    world.announce(5);
    stream.next_is(FIRE).await;
    // From the middle of what was missed, the rest of it.
    let mut stream = Stream::open(&world, Some(&told.id)).await;
    stream.next_is(FLOOD).await;
    stream.next_is(FIRE).await;
    let mut stream = Stream::open(&world, Some(&flood.id)).await;
    stream.next_is(FIRE).await;
}

#[tokio::test]
async fn what_moved_in_one_commit_is_missed_in_one() {
    let world = World::new().await;
    let mut stream = Stream::open(&world, None).await;
    let beginning = stream.snapshot().await.0.id;
    world.incident("fire", "main", 1).await;
    world.incident("gas", "main", 2).await;
    world.sql("UPDATE incident SET updated_position = 2").await;
    world.announce(2);
    let first = stream.next_is(FIRE).await;
    let second = stream.next_is(GAS).await;
    assert_eq!(first.id, beginning, "the first alone is not yet the commit");
    let mut stream = Stream::open(&world, Some(&first.id)).await;
    stream.next_is(FIRE).await;
    assert_eq!(stream.next_is(GAS).await.id, second.id);
}

#[tokio::test]
async fn a_listener_up_to_date_is_told_nothing_until_something_happens() {
    let world = World::new().await;
    world.incident("fire", "main", 1).await;
    let cursor = Stream::open(&world, None).await.snapshot().await.0.id;
    let mut stream = Stream::open(&world, Some(&cursor)).await;
    world.announce(1);
    world.incident("gas", "main", 2).await;
    world.announce(2);
    stream.next_is(GAS).await;
}

#[tokio::test]
async fn a_cursor_may_stand_in_the_query() {
    let world = World::new().await;
    let cursor = Stream::open(&world, None).await.snapshot().await.0.id;
    world.incident("fire", "main", 1).await;
    let request = Request::get(format!("/api/v1/incidents/live?cursor={cursor}"));
    let request = request.body(Body::empty()).expect("a request");
    Stream::of(&world, request).await.next_is(FIRE).await;
}

#[tokio::test]
async fn a_cursor_that_counts_elsewhere_is_answered_with_the_whole_truth() {
    let world = World::new().await;
    world.incident("fire", "main", 1).await;
    world.input(9).await;
    let ahead = Stream::open(&world, None).await.snapshot().await.0.id;
    world.sql("DELETE FROM input WHERE position = 9").await;
    let other = World::new().await;
    other.sql("UPDATE configuration SET activated_at = 7").await;
    other.input(1).await;
    let foreign = Stream::open(&other, None).await.snapshot().await.0.id;
    for cursor in ["garbage", "한글", foreign.as_str(), ahead.as_str()] {
        let (_, ids) = Stream::open(&world, Some(cursor)).await.snapshot().await;
        assert_eq!(ids, [FIRE], "{cursor}");
    }
}

#[tokio::test]
async fn a_listener_that_fell_behind_is_told_the_whole_truth_again() {
    let world = World::new().await;
    let mut stream = Stream::open(&world, None).await;
    world.incident("fire", "main", 1).await;
    for _ in 0..=crate::world::KEPT {
        world.announce(1);
    }
    assert_eq!(stream.snapshot().await.1, [""; 0]);
    assert_eq!(stream.snapshot().await.1, [FIRE]);
    world.moves("fire", "level = 'critical'", 2).await;
    world.announce(2);
    stream.next_is(FIRE).await;
}

#[tokio::test]
async fn a_database_that_breaks_ends_the_stream_and_refuses_new_ones() {
    let world = World::new().await;
    let mut stream = Stream::open(&world, None).await;
    stream.snapshot().await;
    world.state.store.close().await;
    world.announce(1);
    assert!(stream.next_or_end().await.is_none());
    world.get("/api/v1/incidents/live").await.refuses(500, "internal");
}
