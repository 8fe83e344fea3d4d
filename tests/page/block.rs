//! A fire in a house in which people live: who is to be brought, which way a person goes who
//! cannot take the stairs, and whom to call.

use serde_json::{Value, json};

use crate::building::{Building, files};
use crate::looks::cut;
use crate::{browser, built, says};

/// Homes of the burning storey, and one of another.
const HOMES: [(&str, &str); 4] =
    [("r301", "3f-seminar"), ("r302", "3f-office"), ("r303", "3f-office"), ("r101", "1f-hall")];

async fn block() -> Building {
    let building = Building::with(files(|text| {
        if !text.contains("id = \"center\"") {
            return text;
        }
        let homes = HOMES.map(|(home, zone)| {
            format!("\n[[home]]\nid = \"{home}\"\nbuilding = \"main\"\nzone = \"{zone}\"\n")
        });
        text + &homes.concat()
    }))
    .await;
    for (home, _) in HOMES {
        post(&building, home, "move-in", json!({"since": "2026-11-01T09:00:00+09:00"})).await;
    }
    building
}

async fn post(building: &Building, home: &str, what: &str, body: Value) -> Value {
    let path = format!("/api/v1/sites/center/homes/{home}/{what}");
    let answer = building.service.post(&path, &format!("{home}-{what}"), Some(body)).await;
    let (status, body) = answer.expect("an answer");
    assert!(status < 300, "{path}: {body}");
    body
}

async fn household(building: &Building, home: &str) -> String {
    let found = building.service.get(&format!("/api/v1/sites/center/homes/{home}")).await;
    found["household"].as_str().expect("a household").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fire_in_a_block_names_who_is_to_be_brought_and_which_way() {
    if !built() {
        return;
    }
    let mut building = block().await;
    let of = household(&building, "r302").await;
    post(&building, "r302", "help", json!({"household": of, "needs_help_to_leave": true})).await;
    let away = json!({
        "household": household(&building, "r303").await, "reason": "hospital",
        "from": "2026-11-02T09:00:00+09:00", "until": null,
    });
    post(&building, "r303", "absence", away).await;
    building.burns().await;

    let mut browser = browser("light", "ko").await;
    building.console(&mut browser, "incidents/center/fire/main/1").await;
    browser.until("document.querySelector('[data-home=r301]')").await;
    let listed = "[...document.querySelectorAll('[data-home]')].map((of) =>
        of.dataset.home + ' ' + of.children[2].innerText)";
    let listed = browser.value(listed).await;
    let listed: Vec<&str> = listed.as_array().unwrap().iter().filter_map(Value::as_str).collect();
    let place = |said: &str| listed.iter().position(|of| *of == said);
    let order = ["r302 대피 도움 필요", "r301 집에 있음", "r303 부재 등록"].map(place);
    assert!(order[0] == Some(0) && order[0] < order[1] && order[1] < order[2], "{listed:?}");

    // Everybody goes out; who cannot take stairs goes where a door holds the fire off.
    browser.until("document.querySelector('.floor .ground')").await;
    browser.value("document.querySelector('.plan details').open = true").await;
    browser.tap("[data-from='3f-seminar'] button").await;
    let way = "document.querySelector('.way').innerText";
    browser.until(&format!("{way}.includes('3층 세미나실')")).await;
    says(&browser.text(way).await, &["출구"]);
    browser.until("document.querySelector('.floor .route')").await;
    browser.tap("[data-profile=wheelchair]").await;
    browser.until(&format!("{way}.includes('대피공간으로')")).await;
    let path = "/api/v1/sites/center/routes/3f-seminar?profile=wheelchair";
    let asked = building.service.get(path).await;
    assert_eq!(asked["routes"][0]["goal"], "refuge", "as the service itself says");
    says(&browser.text(way).await, &["대피 대기실"]);
    let evacuation = building.service.get("/api/v1/sites/center/evacuation").await;
    let refuge = evacuation["refuges"].as_array().unwrap().iter();
    let refuge = refuge.clone().find(|of| of["zone"] == "3f-refuge").expect("the refuge");
    let places = format!("자리 {} 중 {} 남음", refuge["places"], refuge["free"]);
    let shown = "document.querySelector('[data-refuge=\"3f-refuge\"]').innerText";
    says(&browser.text(shown).await, &[&places]);
    says(
        &browser.text("document.querySelector('[data-help=\"3f-office\"]').innerText").await,
        &["1명"],
    );
    assert_eq!(cut(&mut browser).await, Vec::<String>::new());
    assert_eq!(browser.complaints, Vec::<String>::new());
    browser.close().await;
}

/// Nothing of a person is on the screen, or was sent to it, before somebody asks; and who asked is
/// kept.
#[tokio::test(flavor = "multi_thread")]
async fn contacts_are_shown_when_asked_for_and_the_look_is_kept() {
    if !built() {
        return;
    }
    let building = block().await;
    let of = household(&building, "r301").await;
    let persons = json!({"household": of, "persons": {
        "residents": [{"name": "홍길동", "telephone": "02-123-4567", "born": 1941}],
        "contacts": [{"name": "홍길순", "relation": "딸", "telephone": "010-1234-5678"}],
    }});
    let path = building.service.url("/api/v1/sites/center/homes/r301/persons");
    let kept = reqwest::Client::new().put(path).json(&persons).send().await.expect("an answer");
    assert_eq!(kept.status(), 200, "{}", kept.text().await.unwrap_or_default());
    let mut browser = browser("light", "ko").await;
    browser.resize(390, 844).await;
    building.console(&mut browser, "homes/center/r301").await;
    browser.until("document.querySelector('.contacts .show')").await;
    assert!(!browser.text("document.body.innerText").await.contains("홍길"));
    let looks = "SELECT subject AS fact FROM audit WHERE action = 'person-viewed'";
    assert_eq!(building.stored(looks).await, Vec::<String>::new());
    browser.tap(".contacts .show").await;
    browser.until("document.querySelector('.contacts a')").await;
    let shown = browser.text("document.querySelector('.contacts').innerText").await;
    says(&shown, &["홍길동", "1941", "홍길순", "딸"]);
    let dials = browser.value("[...document.querySelectorAll('.contacts a')].map((a) => a.href)");
    assert_eq!(dials.await, json!(["tel:021234567", "tel:01012345678"]));
    assert_eq!(building.stored(looks).await, [of]);
    assert_eq!(cut(&mut browser).await, Vec::<String>::new());
    browser.close().await;
}
