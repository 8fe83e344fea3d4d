//! How much people were told, against rows that were counted by hand.

use serde_json::json;

use crate::world::World;

#[tokio::test]
async fn what_was_announced_is_counted_and_drills_are_not() {
    for world in [World::new().await, World::on_postgres().await] {
        let now = jikimi::clock::wall_now().as_microsecond();
        world.incident("fire", "main", 1).await;
        world.incident("gas", "main", 2).await;
        world.incident("flood", "main", 3).await;
        // An hour ago, and had after a minute; the drill was had as well, which is no load.
        let hour_ago = now - 3_600_000_000;
        world.sql(&format!("UPDATE incident SET opened_step_at = {hour_ago}")).await;
        world.sql(&format!("UPDATE outbox SET queued_at = {hour_ago}")).await;
        world.sql("UPDATE incident SET exercise = 1 WHERE kind = 'flood'").await;
        for (kind, at) in [("fire", hour_ago + 60_000_000), ("flood", hour_ago + 1)] {
            let sql = format!(
                "INSERT INTO transition (site, position, ordinal, kind, place, n, from_state, \
                 to_state, cause, at, step_at) VALUES ('center', 9, {at} % 1000, '{kind}', \
                 'main', 1, 'open', 'acknowledged', 'acknowledged', {at}, {at})"
            );
            world.sql(&sql).await;
        }
        let call = format!(
            "INSERT INTO outbox (key, site, position, ordinal, kind, place, n, step, role, \
             queued_at, status) VALUES ('call', 'center', 9, 9, 'fire', 'main', 1, 'worker', \
             'worker-1', {hour_ago}, 'queued')"
        );
        world.sql(&call).await;

        let load = world.read("/api/v1/sites/center/load?days=1&operators=2&workers=4").await;
        assert_eq!(load["announced"], 2, "{load}");
        let each = load["announced_per_operator_10_min"].as_f64().expect("a number");
        assert!((each - 2.0 / 144.0 / 2.0).abs() < 1e-12, "{each}");
        assert_eq!((&load["calls"], &load["calls_per_worker_day"]), (&json!(1), &json!(0.25)));
        let had = json!({"alarms": 2, "had": 1, "median_s": 60.0, "p90_s": 60.0, "max_s": 60.0});
        assert_eq!(load["acknowledged"], had);
        assert_eq!(load["flood_share"], 0.0);
        assert_eq!(load["rules"], json!([{"id": "fire-rise", "incidents": 2}]));
        assert_eq!(load["devices"], json!([{"id": "tc-1", "incidents": 2}]));
    }
    let world = World::new().await;
    world.get("/api/v1/sites/center/load?days=0").await.refuses(400, "bad-query");
    world.get("/api/v1/sites/nowhere/load").await.refuses(404, "unknown-site");
}
