//! Sites, zones and devices.

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
            "building": "main"})
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
