//! The list of incidents, and one with all that was said about it.

use serde_json::{Value, json};

use crate::world::World;

fn ids(page: &Value) -> Vec<&str> {
    let incidents = page["incidents"].as_array().expect("a list").iter();
    incidents.map(|incident| incident["id"].as_str().expect("an id")).collect()
}

#[tokio::test]
async fn an_incident_carries_its_evidence() {
    for world in [World::new().await, World::on_postgres().await] {
        world.incident("fire", "main", 7).await;
        let incident = world.read("/api/v1/incidents/center/fire/main/1").await;
        let mut expected = json!({
            "id": "center/fire/main/1", "site": "center",
            "kind": "fire", "kind_name": {"ko": "화재", "en": "fire"},
            "place": "main", "place_name": "본관", "exercise": false,
            "class": "alarm", "level": "warning", "level_name": {"ko": "경계", "en": "Warning"},
            "state": "open", "stands": true, "opened_at": "2026-11-24T14:03:07.5+09:00",
            "acknowledged": null, "resolved": null,
            "evidence_count": 1,
            "evidence": [{
                "rule": "fire-rise", "rule_version": "4c1f09ab77de", "source": "tc-1",
                "devices": ["tc-1"], "zone": "3f-kitchen", "class": "alarm", "level": "warning",
                "at": "2026-11-24T14:03:07.5+09:00", "age_s": 0.19, "late": false,
                "because": "temperature rose 9.1 °C in 30 s",
                "because_ko": "온도 30초 만에 9.1 °C 상승",
                "readings": [{"device": "tc-1", "quantity": "temperature", "value": 31.5,
                    "unit": "°C", "at": "2026-11-24T14:03:07.5+09:00", "age_s": 0.19}],
                "ended_at": null, "ended_because": null, "ended_because_ko": null,
            }],
            "transitions": [{"from": "none", "to": "open", "cause": "finding",
                "at": "2026-11-24T14:03:07.5+09:00", "actor": null,
                "because": "temperature rose 9.1 °C in 30 s",
                "because_ko": "temperature rose 9.1 °C in 30 s"}],
            "notices": [{"step": "opened", "role": "operator",
                "queued_at": "2026-11-24T14:03:07.5+09:00", "status": "queued"}],
        });
        let untouched = json!({"ends_at": null, "silenced": false, "assigned_to": null,
            "reopened": 0, "ladder": [], "comments": [], "checklist": [],
            "floors_alerted": [], "messages": [], "actions": [], "cap": null});
        let expected_too = untouched.as_object().expect("fields").clone();
        expected.as_object_mut().expect("fields").extend(expected_too);
        assert_eq!(incident, expected);
    }
}

#[tokio::test]
async fn places_are_called_what_people_call_them() {
    let world = World::new().await;
    for (position, place) in [(1, "center"), (2, "main"), (3, "3f"), (4, "3f-hall"), (5, "h0101")] {
        world.incident("device-silent", place, position).await;
    }
    let page = world.read("/api/v1/incidents").await;
    let incidents = page["incidents"].as_array().expect("a list").iter();
    let names: Vec<&Value> = incidents.map(|incident| &incident["place_name"]).collect();
    assert_eq!(names, ["h0101", "3층 hall", "본관 3층", "본관", "빛고을고객센터"]);
    let kind = json!({"ko": "단말 무응답", "en": "device silent"});
    assert_eq!(page["incidents"][0]["kind_name"], kind);
}

#[tokio::test]
async fn incidents_are_listed_by_site_state_and_kind() {
    for world in [World::new().await, World::on_postgres().await] {
        world.incident("fire", "main", 1).await;
        world.incident("gas", "main", 2).await;
        world.incident("flood", "main", 3).await;
        world.moves("gas", "state = 'acknowledged', acknowledged_at = 0", 4).await;
        world.moves("flood", "state = 'resolved', outcome = 'real'", 5).await;
        let list = async |query: &str| {
            let page = world.read(&format!("/api/v1/incidents{query}")).await;
            ids(&page).join(" ").replace("center/", "").replace("/main/1", "")
        };
        assert_eq!(list("").await, "flood gas fire");
        assert_eq!(list("?state=open").await, "fire");
        assert_eq!(list("?state=acknowledged").await, "gas");
        assert_eq!(list("?state=resolved").await, "flood");
        assert_eq!(list("?state=unresolved").await, "gas fire");
        assert_eq!(list("?kind=fire&site=center").await, "fire");
        assert_eq!(list("?site=elsewhere").await, "");
    }
}

#[tokio::test]
async fn a_list_comes_in_pages_even_when_all_opened_at_once() {
    for world in [World::new().await, World::on_postgres().await] {
        for (position, place) in
            [(1, "3f"), (2, "3f-hall"), (3, "center"), (4, "h0101"), (5, "main")]
        {
            world.incident("fire", place, position).await;
        }
        world.sql("UPDATE incident SET opened_at = 5 WHERE place <> 'main'").await;
        let mut seen = Vec::new();
        let mut path = "/api/v1/incidents?limit=2".to_owned();
        loop {
            let page = world.read(&path).await;
            seen.extend(ids(&page).iter().map(|id| id.replace("center/fire/", "")));
            let Some(next) = page["next"].as_str() else { break };
            path = format!("/api/v1/incidents?limit=2&cursor={next}");
        }
        assert_eq!(seen, ["main/1", "3f/1", "3f-hall/1", "center/1", "h0101/1"]);
    }
}

#[tokio::test]
async fn an_acknowledgement_that_ran_out_is_nobodys() {
    let world = World::new().await;
    world.incident("fire", "main", 1).await;
    let held = "acknowledged_by = 'local', acknowledged_at = 60000000, acknowledged_until = NULL";
    world.moves("fire", held, 2).await;
    let path = "/api/v1/incidents/center/fire/main/1";
    assert_eq!(world.read(path).await["acknowledged"], json!(null));
    world.moves("fire", "state = 'acknowledged'", 3).await;
    let held = json!({"by": "local", "at": "1970-01-01T09:01:00+09:00", "until": null});
    assert_eq!(world.read(path).await["acknowledged"], held);
}

#[tokio::test]
async fn a_long_incident_shows_its_newest_evidence_and_counts_all() {
    for world in [World::new().await, World::on_postgres().await] {
        world.incident("fire", "main", 1).await;
        let sql = "WITH RECURSIVE more(k) AS \
                   (SELECT 2 UNION ALL SELECT k + 1 FROM more WHERE k < 250) \
                   INSERT INTO evidence SELECT site, position, k, kind, place, n, rule, \
                   rule_version, 'more-' || k, class, level, zone, devices, at, step_at, late, \
                   because, readings, ended_at, ended_because, because_ko, ended_because_ko \
                   FROM evidence, more";
        world.sql(sql).await;
        let incident = world.read("/api/v1/incidents/center/fire/main/1").await;
        let evidence = incident["evidence"].as_array().expect("a list");
        assert_eq!((evidence.len(), &incident["evidence_count"]), (200, &json!(250)));
        assert_eq!(evidence[199]["source"], "more-250");
    }
}
