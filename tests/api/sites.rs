//! Sites, zones and devices.

use jikimi::domain::{Content, MessageKind, Quantity, Value};
use serde_json::json;

use crate::world::World;

#[tokio::test]
async fn a_site_says_where_it_is_and_how_far_it_has_come() {
    let world = World::new().await;
    let sites = world.read("/api/v1/sites").await;
    assert_eq!(sites["sites"][0]["id"], "center");
    assert_eq!(sites["sites"][0]["last_input"], json!(null));
    world.input(41).await;
    let site = world.read("/api/v1/sites/center").await;
    assert_eq!(site["last_input"]["position"], 41);
    assert_eq!(site["last_input"]["step_at"], "2026-11-24T14:03:00.500041+09:00");
    assert_eq!(site["name"], "빛고을고객센터");
    assert_eq!(site["configuration"], "9f2c41d07ab3e655");
    assert_eq!(
        (&site["zones"], &site["homes"], &site["devices"]),
        (&json!(2), &json!(1), &json!(3))
    );
    assert_eq!(site["in_buildings"][0], json!({"id": "main", "name": "본관"}));
    assert_eq!(site["storeys"][0], json!({"id": "3f", "building": "main", "level": 3}));
    assert_eq!(site["passages"][0]["between"], json!(["3f-hall", "3f-kitchen"]));
    assert_eq!(site["exits"][0]["zone"], "3f-hall");
    let fire = json!({"kind": "fire", "name": {"ko": "화재", "en": "fire"}});
    assert_eq!(site["situations"], json!([fire]));
}

#[tokio::test]
async fn zones_come_in_pages_in_the_order_of_their_ids() {
    let world = World::new().await;
    let zones = world.read("/api/v1/sites/center/zones").await;
    assert_eq!(zones["next"], json!(null));
    assert_eq!(
        zones["zones"][1],
        json!({"id": "3f-kitchen", "name": "3층 kitchen", "kind": "kitchen", "storey": "3f",
            "building": "main", "polygon": [], "people": 0.0, "places": 0})
    );
    let first = world.read("/api/v1/sites/center/zones?limit=1").await;
    assert_eq!(first["next"], "3f-hall");
    let second = world.read("/api/v1/sites/center/zones?limit=1&after=3f-hall").await;
    assert_eq!(second["zones"][0]["id"], "3f-kitchen");
    assert_eq!(second["next"], json!(null));
}

#[tokio::test]
async fn a_device_says_where_it_hangs_and_in_which_unit_it_measures() {
    let world = World::new().await;
    let devices = world.read("/api/v1/sites/center/devices").await;
    let home = &devices["devices"][0];
    assert_eq!((&home["id"], &home["home"]), (&json!("h0101-pir"), &json!("h0101")));
    assert_eq!(home["zone"], json!(null));
    let first = &devices["devices"][1];
    assert_eq!(first["zone"], "3f-kitchen");
    assert_eq!(first["reads"][0], json!({"quantity": "temperature", "unit": "°C"}));
    assert_eq!(first["silent_after_s"], 180.0);
    let page = world.read("/api/v1/sites/center/devices?limit=2&after=h0101-pir").await;
    assert_eq!(page["devices"].as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn a_device_says_when_it_last_spoke_and_when_it_last_changed() {
    let world = World::new().await;
    let never = world.read("/api/v1/sites/center/devices/tc-2").await;
    assert_eq!(never["id"], "tc-2");
    assert_eq!((&never["last_message_at"], &never["last_fresh_at"]), (&json!(null), &json!(null)));

    // The same twice, then another value, then the same, and at last only its connection.
    let warm = |value| Content::Readings(vec![(Quantity::Temperature, Value::Number(value))]);
    for (position, value) in [(10, 20.0), (11, 20.0), (12, 21.0), (13, 21.0)] {
        let previous = (position > 10).then_some(position - 1);
        world.says("tc-1", position, previous, MessageKind::Reading, warm(value)).await;
    }
    let online = Content::Status { online: true };
    world.says("tc-1", 14, Some(13), MessageKind::Status, online).await;
    let device = world.read("/api/v1/sites/center/devices/tc-1").await;
    assert_eq!(device["last_message_at"], "2026-11-24T14:03:14.69+09:00");
    assert_eq!(device["last_fresh_at"], "2026-11-24T14:03:13.5+09:00");
    assert_eq!(device["last_change_at"], "2026-11-24T14:03:12.5+09:00");
    assert_eq!(device["troubles"], json!([]));
}

#[tokio::test]
async fn a_device_lists_what_stands_against_it() {
    let world = World::new().await;
    world.incident("device-silent", "3f-kitchen", 7).await;
    world.sql("UPDATE evidence SET class = 'trouble', because = 'no message for 15 min'").await;
    let trouble = json!([{"incident": "center/device-silent/3f-kitchen/1", "rule": "fire-rise",
        "at": "2026-11-24T14:03:07.5+09:00", "because": "no message for 15 min"}]);
    let one = world.read("/api/v1/sites/center/devices/tc-1").await;
    assert_eq!(one["troubles"], trouble);
    let all = world.read("/api/v1/sites/center/devices").await;
    let of = |id: &str| {
        let mut devices = all["devices"].as_array().expect("a list").iter();
        devices.find(|device| device["id"] == id).expect("it is listed")["troubles"].clone()
    };
    assert_eq!((of("tc-1"), of("tc-2")), (trouble, json!([])));
    world.sql("UPDATE evidence SET ended_at = 1").await;
    let over = world.read("/api/v1/sites/center/devices/tc-1").await;
    assert_eq!(over["troubles"], json!([]));
}

#[tokio::test]
async fn a_device_that_is_none_is_not_found() {
    let world = World::new().await;
    let answered = world.get("/api/v1/sites/center/devices/tc-9").await;
    assert_eq!(answered.status, 404);
}
