//! What a device has said, along its chain, and what could not be taken.

use jikimi::domain::{Content, MessageKind};
use serde_json::{Value, json};

use crate::world::World;

const PATH: &str = "/api/v1/sites/center/devices/tc-1/readings";

fn positions(page: &Value) -> Vec<i64> {
    let readings = page["readings"].as_array().expect("a list").iter();
    readings.map(|reading| reading["position"].as_i64().expect("a number")).collect()
}

/// Six messages of one device among another's. The snapshot covers what lies up to 20.
async fn chain(world: &World) {
    for (position, previous) in [(3, None), (7, Some(3)), (11, Some(7)), (19, Some(11))] {
        world.message("tc-1", position, previous).await;
        world.message("tc-2", position + 1, Some(position - 1)).await;
    }
}

async fn snapshot(world: &World) {
    world
        .sql("INSERT INTO device_head VALUES ('center', 'tc-1', 19), ('center', 'tc-2', 20)")
        .await;
    world.sql("INSERT INTO snapshot_done VALUES ('center', 20, 1, 'cafe', 0, 0)").await;
}

#[tokio::test]
async fn a_history_runs_over_the_tail_and_the_head_to_its_beginning() {
    for world in [World::new().await, World::on_postgres().await] {
        runs_to_its_beginning(world).await;
    }
}

async fn runs_to_its_beginning(world: World) {
    chain(&world).await;
    assert_eq!(positions(&world.read(PATH).await), [19, 11, 7, 3], "no snapshot yet: all is tail");
    snapshot(&world).await;
    assert_eq!(positions(&world.read(PATH).await), [19, 11, 7, 3], "no tail: the head begins");
    world.message("tc-1", 23, Some(19)).await;
    world.message("tc-2", 24, Some(20)).await;
    world.message("tc-1", 25, Some(23)).await;
    assert_eq!(positions(&world.read(PATH).await), [25, 23, 19, 11, 7, 3], "tail, then head");
}

#[tokio::test]
async fn a_history_comes_in_pages() {
    let world = World::new().await;
    chain(&world).await;
    snapshot(&world).await;
    world.message("tc-1", 23, Some(19)).await;
    let page = world.read(&format!("{PATH}?limit=2")).await;
    assert_eq!((positions(&page), &page["next"]), (vec![23, 19], &json!(19)));
    let page = world.read(&format!("{PATH}?limit=2&before=19")).await;
    assert_eq!((positions(&page), &page["next"]), (vec![11, 7], &json!(7)));
    let page = world.read(&format!("{PATH}?limit=2&before=7")).await;
    assert_eq!((positions(&page), &page["next"]), (vec![3], &json!(null)));
    let page = world.read(&format!("{PATH}?before=3")).await;
    assert_eq!(positions(&page), [0; 0]);
}

#[tokio::test]
async fn a_history_whose_beginning_was_pruned_ends_there() {
    for world in [World::new().await, World::on_postgres().await] {
        chain(&world).await;
        world.sql("DELETE FROM input WHERE position < 10").await;
        assert_eq!(positions(&world.read(PATH).await), [19, 11]);
        // The page went while it was read.
        assert_eq!(positions(&world.read(&format!("{PATH}?before=7")).await), [0; 0]);
    }
}

#[tokio::test]
async fn a_message_is_told_with_its_values_and_its_times() {
    let world = World::new().await;
    world.message("tc-1", 4, None).await;
    let page = world.read(PATH).await;
    assert_eq!(
        page["readings"][0],
        json!({
            "position": 4,
            "received_at": "2026-11-24T14:03:04.69+09:00",
            "at": "2026-11-24T14:03:04.5+09:00",
            "quality": "device",
            "kind": "reading",
            "values": {"motion": true, "temperature": 24.0},
            "retained": false,
            "battery_percent": 87.0,
        })
    );
}

#[tokio::test]
async fn a_waveform_and_a_status_are_told_as_what_they_are() {
    let world = World::new().await;
    let wave = Content::Waveform { rate_hz: 31.25, x: vec![0.5], y: vec![-0.5], z: vec![0.0] };
    world.says("tc-1", 1, None, MessageKind::Waveform, wave).await;
    let status = Content::Status { online: false };
    world.says("tc-1", 2, Some(1), MessageKind::Status, status).await;
    let page = world.read(PATH).await;
    assert_eq!(page["readings"][0]["online"], false);
    let wave = json!({"rate_hz": 31.25, "x": [0.5], "y": [-0.5], "z": [0.0]});
    assert_eq!(page["readings"][1]["waveform"], wave);
}

#[tokio::test]
async fn a_device_that_is_gone_keeps_its_history() {
    let world = World::new().await;
    world.message("taken-down", 1, None).await;
    let page = world.read("/api/v1/sites/center/devices/taken-down/readings").await;
    assert_eq!(positions(&page), [1]);
    world.get("/api/v1/sites/center/devices/no-one/readings").await.refuses(404, "unknown-device");
    let silent = world.read("/api/v1/sites/center/devices/tc-2/readings").await;
    assert_eq!(positions(&silent), [0; 0], "known, and has said nothing");
}

#[tokio::test]
async fn only_a_message_of_the_device_is_a_place_to_go_on_from() {
    let world = World::new().await;
    chain(&world).await;
    for before in ["20", "12", "99", "18446744073709551615"] {
        world.get(&format!("{PATH}?before={before}")).await.refuses(400, "bad-query");
    }
}

#[tokio::test]
async fn dead_letters_are_shown_and_counted_by_reason() {
    let world = World::new().await;
    for (id, reason) in [(1, "not-json"), (2, "unknown-device"), (3, "not-json")] {
        let sql = "INSERT INTO dead_letter VALUES ($1, $2, $3, $4, 'why', 9, $5)";
        let topic = b"jikimi/v1/center/tc-9/reading".to_vec();
        let payload = if id == 3 { vec![0xff, 0x00] } else { b"{".to_vec() };
        let at = crate::world::NOON_US + id;
        world
            .insert(sql, vec![id.into(), at.into(), topic.into(), reason.into(), payload.into()])
            .await;
    }
    let page = world.read("/api/v1/dead-letters?limit=2").await;
    assert_eq!(page["counts"], json!({"not-json": 2, "unknown-device": 1}));
    assert_eq!(page["next"], "2");
    assert_eq!(
        page["dead_letters"][0],
        json!({"id": "3", "received_at": "2026-11-24T14:03:00.500003+09:00",
            "topic": "jikimi/v1/center/tc-9/reading", "reason": "not-json", "sentence": "why",
            "bytes": 9, "payload_text": null, "payload_base64": "/wA="})
    );
    let rest = world.read("/api/v1/dead-letters?before=2&reason=not-json").await;
    assert_eq!((&rest["dead_letters"][0]["id"], &rest["next"]), (&json!("1"), &json!(null)));
    assert_eq!(rest["dead_letters"][0]["payload_text"], "{");
}
