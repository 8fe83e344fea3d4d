//! Ways out as a client sees them: in words and as a picture.

use serde_json::{Value, json};

use crate::world::World;

/// A fire in the kitchen of the shipped center, and what two signs were told.
async fn burning() -> World {
    let world = World::shipped().await;
    world.incident("fire", "main", 7).await;
    world.sql("UPDATE evidence SET rule = 'fire-smoke', source = 'smoke-3f-kitchen'").await;
    let until = 4_000_000_000_000_000_i64;
    for (sign, until, shown) in [("west", until, "left"), ("mid", until, "right"), ("east", 9, "")]
    {
        let sql = "INSERT INTO sign_state (site, sign, planned_epoch, planned_show, \
                   planned_toward, planned_because, epoch, show, toward, until, because, \
                   shown_epoch, shown, shown_at, position) VALUES ('center', $1, 3, 'left', \
                   '3f-stair-a', 'out', 3, 'left', '3f-stair-a', $2, 'out', 3, $3, 1, 7)";
        let sign = format!("sign-3f-{sign}");
        world.insert(sql, vec![sign.into(), until.into(), shown.into()]).await;
    }
    world
}

fn of<'v>(list: &'v Value, key: &str, id: &str) -> &'v Value {
    let mut all = list.as_array().expect("a list").iter();
    all.find(|one| one[key] == id).unwrap_or_else(|| panic!("no {id}"))
}

#[tokio::test]
async fn every_zone_has_a_route_and_every_sign_says_what_it_shows() {
    let world = burning().await;
    let answer = world.read("/api/v1/sites/center/evacuation").await;
    assert_eq!((&answer["guiding"], &answer["epoch"]), (&json!(true), &json!(3)));
    let because = "fire: fire-smoke at smoke-3f-kitchen";
    assert_eq!(answer["hazards"], json!([{"zone": "3f-kitchen", "because": because}]));
    let zones = world.read("/api/v1/sites/center/zones").await;
    let zones = zones["zones"].as_array().expect("zones");
    assert_eq!(answer["routes"].as_array().map(Vec::len), Some(zones.len()));
    let kitchen = of(&answer["routes"], "from", "3f-kitchen");
    assert!(kitchen["because"].as_str().expect("words").contains("leave at once"), "{kitchen}");
    for route in answer["routes"].as_array().expect("routes") {
        let zones = route["zones"].as_array().expect("zones");
        assert!(!zones[1..].contains(&json!("3f-kitchen")), "{route} leads into the fire");
    }
    assert!(answer["signs"].as_array().expect("signs").len() >= 25);
    let west = of(&answer["signs"], "sign", "sign-3f-west");
    assert_eq!((&west["show"], &west["confirmed"]), (&json!("left"), &json!(true)));
    assert_eq!(west["until"], "2096-10-02T16:06:40+09:00");
    let mid = of(&answer["signs"], "sign", "sign-3f-mid");
    assert_eq!((&mid["show"], &mid["confirmed"]), (&json!("left"), &json!(false)), "another word");
    let east = of(&answer["signs"], "sign", "sign-3f-east");
    assert_eq!((&east["show"], &east["epoch"]), (&json!("right"), &json!(null)), "it ran out");
}

#[tokio::test]
async fn one_person_is_told_a_way_that_they_can_go() {
    let world = burning().await;
    let ask = |query: &str| format!("/api/v1/sites/center/routes/3f-office?{query}");
    let walks = world.read(&ask("profile=walking&alternatives=2")).await;
    let walks = walks["routes"].as_array().expect("routes");
    assert!(walks.len() > 1 && walks[0]["goal"] == "exit", "{walks:?}");
    assert!(walks[0]["may_wait_s"].is_number(), "the fire is expected on its way: {walks:?}");
    let wheels = world.read(&ask("profile=wheelchair")).await;
    assert_eq!(wheels["routes"][0]["ends_at"], "3f-refuge", "{wheels}");
    for (query, code) in
        [("profile=flying", "bad-query"), ("profile=slow&alternatives=6", "bad-query")]
    {
        assert_eq!(world.get(&ask(query)).await.json()["code"], code, "{query}");
    }
    let nowhere = world.get("/api/v1/sites/center/routes/nowhere?profile=slow").await;
    assert_eq!(nowhere.status, 404);
    assert_eq!(nowhere.json()["code"], "unknown-zone");
    let answer = world.read("/api/v1/sites/center/evacuation").await;
    let refuge = of(&answer["refuges"], "zone", "3f-refuge");
    assert_eq!(refuge["free"], refuge["places"], "{refuge}");
}

#[tokio::test]
async fn what_contradicts_is_shown_to_a_person() {
    let world = World::shipped().await;
    world.incident("flood", "b2", 7).await;
    let calm = world.read("/api/v1/sites/center/evacuation").await;
    assert_eq!(calm["asks"]["vertical"], "up-to-ground", "{}", calm["asks"]);
    assert_eq!(calm["asks"]["contradictions"], json!([]));
    world.incident("air-raid", "center", 8).await;
    let answer = world.read("/api/v1/sites/center/evacuation").await;
    let asks = &answer["asks"];
    assert_eq!(asks["movement"], "hold", "{asks}");
    let said = asks["contradictions"].as_array().expect("a list");
    let is_said = |words: &str| said.iter().any(|of| of.as_str().is_some_and(|of| of == words));
    assert!(
        is_said("air-raid leads down and flood up") || is_said("flood leads up and air-raid down"),
        "{asks}"
    );
    let routes = answer["routes"].as_array().expect("routes");
    assert!(routes.iter().all(|route| route["goal"] == "stay"), "nothing is chosen silently");
    let svg = world.get("/api/v1/sites/center/plans/1f.svg").await.text;
    assert!(svg.contains("a person has to decide"), "the plan says so too");
}

#[tokio::test]
async fn when_it_is_over_everything_is_at_rest() {
    let world = burning().await;
    world.moves("fire", "state = 'resolved', stands = 0, outcome = 'real'", 9).await;
    let answer = world.read("/api/v1/sites/center/evacuation").await;
    assert_eq!((&answer["guiding"], &answer["hazards"]), (&json!(false), &json!([])));
}

#[tokio::test]
async fn a_plan_shows_danger_in_word_colour_and_pattern() {
    let world = burning().await;
    let answered = world.get("/api/v1/sites/center/plans/3f.svg").await;
    assert_eq!(answered.status, 200, "{}", answered.text);
    assert_eq!(answered.header("content-type"), "image/svg+xml; charset=utf-8");
    let svg = &answered.text;
    for said in [
        "위험 DANGER",
        "대피 대기 REFUGE",
        "id=\"zone-3f-kitchen\"",
        "id=\"sign-3f-west\"",
        "대피 안내 중 · people are being led out",
        "fill=\"url(#danger)\" stroke",
        "왼쪽 left",
        "width=\"1200\"",
    ] {
        assert!(svg.contains(said), "{said}");
    }
    assert_eq!(svg.matches("<g ").count(), svg.matches("</g>").count());
    assert!(!svg.contains("<script") && !svg.contains("NaN"));
    let ground = world.get("/api/v1/sites/center/plans/1f.svg").await.text;
    assert_eq!(ground.matches("비상구 EXIT").count(), 3);
    assert!(!ground.contains("위험 DANGER"));
    let chosen = world.get("/api/v1/sites/center/plans/3f.svg?from=3f-office").await.text;
    assert!(chosen.contains("id=\"route-3f-office\""), "the way of one zone");
    assert!(chosen.contains("여유") && chosen.contains("id=\"queue-"), "margins and queues");
}

#[tokio::test]
async fn a_storey_that_nobody_drew_is_a_sentence() {
    let world = World::new().await;
    let answered = world.get("/api/v1/sites/center/plans/3f.svg").await;
    assert!(answered.text.contains("도면 없음"), "{}", answered.text);
}
