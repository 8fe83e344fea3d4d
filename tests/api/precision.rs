//! How precise rules and devices have been, from what people said it was.

use crate::world::{NOON_US, World};

/// Incidents of one place after the other, each resolved as this.
async fn resolved(world: &World, outcomes: &[&str]) {
    for (index, outcome) in outcomes.iter().enumerate() {
        let position = 10 + i64::try_from(index).unwrap() * 2;
        world.incident(&format!("fire-{index}"), "main-building", position).await;
        let at = NOON_US + position;
        let set = format!("state = 'resolved', outcome = '{outcome}', resolved_at = {at}");
        world.moves(&format!("fire-{index}"), &set, position + 1).await;
    }
}

/// What stands behind a name at `/metrics`.
fn number<'t>(told: &'t str, name: &str) -> &'t str {
    let line = told.lines().find_map(|line| line.strip_prefix(name));
    line.unwrap_or_else(|| panic!("{name} is not told")).trim()
}

#[tokio::test]
async fn what_people_said_it_was_makes_a_rules_precision() {
    let world = World::new().await;
    let told = ["real", "cooking", "cooking", "steam", "test", "real", "cooking", "insect"];
    resolved(&world, &told).await;
    let answer = world.read("/api/v1/sites/center/precision?days=730").await;
    let rule = &answer["rules"][0];
    assert_eq!((&rule["id"], &rule["real"]), (&"fire-rise".into(), &2.into()));
    assert_eq!(rule["false"], 5, "the test alarmed nobody");
    assert_eq!(rule["false_by_outcome"]["cooking"], 3);
    let precision = rule["precision"].as_f64().unwrap();
    assert!((precision - 2.0 / 7.0).abs() < 1e-12, "{precision}");
    assert_eq!(answer["devices"][0]["id"], "tc-1");
    assert_eq!(answer["for_service"].as_array().unwrap().len(), 0, "it may be better than half");
    let told = world.get("/metrics").await;
    let told = told.text;
    let share = number(&told, r#"jikimi_precision{site="center",of="rule",id="fire-rise"}"#);
    let share: f64 = share.parse().unwrap();
    assert!((share - 2.0 / 7.0).abs() < 1e-12, "{share}");
    let of = |was: &str| {
        let labels = format!(r#"site="center",of="device",id="tc-1",was="{was}""#);
        number(&told, &format!("jikimi_alarms_resolved{{{labels}}}")).to_owned()
    };
    assert_eq!([of("real"), of("false")], ["2", "5"]);
    assert!(!told.contains("jikimi_device_for_service{"), "{told}");
}

#[tokio::test]
async fn a_device_that_is_nearly_always_wrong_is_proposed_for_service() {
    let world = World::new().await;
    resolved(&world, &["cooking"; 12]).await;
    let answer = world.read("/api/v1/sites/center/precision?days=730").await;
    assert_eq!(answer["for_service"], serde_json::json!(["tc-1"]));
    let told = world.get("/metrics").await;
    let told = told.text;
    let proposed = r#"jikimi_device_for_service{site="center",id="tc-1"}"#;
    assert_eq!(number(&told, proposed), "1");
}

#[tokio::test]
async fn a_span_that_makes_no_sense_is_refused() {
    let world = World::new().await;
    for days in ["0", "731", "-1", "many"] {
        let answered = world.get(&format!("/api/v1/sites/center/precision?days={days}")).await;
        answered.refuses(400, "bad-query");
    }
    let unknown = world.get("/api/v1/sites/nowhere/precision").await;
    unknown.refuses(404, "unknown-site");
}
