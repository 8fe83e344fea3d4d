//! The page at `/` in a real Chromium: what a person sees while it burns, and when nobody tells
//! them any more.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

#[path = "../support/device.rs"]
mod device;
#[path = "../support/service.rs"]
mod service;

mod browser;
mod building;

use browser::Browser;
use building::Building;

const FIRE: &str = "document.querySelector('#alarms .incident.lead.critical')";
const CALM: &str = "document.querySelector('#alarms .calm')";
const PLAN: &str = "document.querySelector('#plans .large img')";

/// The page, open and calm.
async fn opened(building: &Building) -> Browser {
    let mut browser = Browser::start().await;
    browser.open(&building.service.url("/")).await;
    browser.until(CALM).await;
    browser.until(&format!("{PLAN}?.naturalWidth > 0")).await;
    browser
}

fn says(text: &str, words: &[&str]) {
    for word in words {
        assert!(text.contains(word), "`{word}` is not in: {text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fire_shows_itself_with_its_reasons_and_the_way_out() {
    let mut building = Building::new().await;
    let mut browser = opened(&building).await;
    says(&browser.text("document.body.innerText").await, &["재난 경보가 없습니다", "No disaster"]);

    building.burns().await;
    let evidence = format!("{FIRE}?.querySelectorAll('.evidence li').length >= 2");
    browser.until(&evidence).await;
    let fire = browser.text(&format!("{FIRE}.innerText")).await;
    says(&fire, &["심각 화재", "Critical Fire", "3층 조리실", "3f-kitchen"]);
    says(&fire, &["발신기 누름", "call_point is on", "call-3f-west", "초 전", "s ago"]);
    says(&fire, &["접수하고 119에 신고하세요", "Acknowledge, and call 119"]);

    browser.until("document.querySelector('#plans .large.hazard')").await;
    browser.until(&format!("{PLAN}?.alt.includes('위험 hazard: 3층 조리실 3f-kitchen')")).await;
    let drawing = browser.text(&format!("fetch({PLAN}.src).then((of) => of.text())")).await;
    let kitchen = drawing.lines().find(|line| line.contains("id=\"zone-3f-kitchen\""));
    says(kitchen.expect("the kitchen is drawn"), &["url(#danger)"]);
    says(&drawing, &["marker-end=\"url(#tip)\"", "id=\"sign-3f-west\""]);

    browser.until("document.querySelector('#ways tr.burning[data-from=\"3f-kitchen\"]')").await;
    let ways = browser.text("document.querySelector('#ways').innerText").await;
    says(&ways, &["대피 경로", "Ways out", "3층 사무실", "3f-office", "비상구", "exit-", " m"]);
    let zones = building.service.get("/api/v1/sites/center/zones").await;
    let zones = zones["zones"].as_array().expect("zones").iter();
    let storey = zones.filter(|zone| zone["storey"] == "3f").count();
    let rows = browser.value("document.querySelectorAll('#ways tbody tr').length").await;
    assert_eq!(rows, storey, "a way for every zone of the storey");

    for (width, height) in [(390, 844), (1280, 800), (1920, 1080)] {
        browser.resize(width, height).await;
        let over = "document.documentElement.scrollWidth - innerWidth";
        let over = browser.value(over).await;
        assert!(over.as_i64().expect("pixels") <= 0, "{over} pixels are cut at {width}");
    }
    assert_eq!(browser.complaints, Vec::<String>::new());
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_connection_is_as_loud_as_a_fire() {
    let mut building = Building::new().await;
    let mut browser = opened(&building).await;
    building.burns().await;
    browser.until(&format!("{FIRE} && !{FIRE}.querySelector('button:disabled')")).await;
    building.service.kill().await;
    browser.until("document.querySelector('#banner .lost')").await;
    let banner = browser.text("document.querySelector('#banner').innerText").await;
    says(&banner, &["연결이 끊겼습니다", "Connection lost", "마지막 수신", "last heard"]);
    let wide = "document.querySelector('.banner').offsetWidth === document.body.offsetWidth";
    assert_eq!(browser.value(wide).await, true, "it takes the whole width");
    let aged = format!("getComputedStyle({FIRE}.querySelector('.age')).textDecorationLine");
    assert_eq!(browser.text(&aged).await, "line-through", "an age is no longer fresh");
    let buttons = format!("{FIRE}.querySelectorAll('.buttons button:not(:disabled)').length");
    assert_eq!(browser.value(&buttons).await, 0, "nothing can be done that would not be heard");
    browser.close().await;
}

/// Its sockets stay open, so no stream breaks: only asking tells.
#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_is_there_and_says_nothing_is_lost_too() {
    let building = Building::new().await;
    let mut browser = opened(&building).await;
    building.service.freeze().await;
    browser.until("document.querySelector('#banner .lost')").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_takes_a_fire_and_says_what_it_was() {
    let mut building = Building::new().await;
    let mut browser = opened(&building).await;
    building.burns().await;
    browser.until(FIRE).await;
    browser.value(&format!("{FIRE}.querySelector('button.acknowledge').click()")).await;
    let asked = browser.text("document.querySelector('dialog').innerText").await;
    says(&asked, &["접수합니다", "Acknowledge", "현장 확인", "local"]);
    let focused = browser.text("document.activeElement.innerText").await;
    says(&focused, &["돌아가기"]);
    browser.value("document.querySelector('dialog .primary').click()").await;
    browser.until(&format!("{FIRE}?.dataset.state === 'acknowledged'")).await;
    browser.until("!document.querySelector('dialog')").await;

    browser.value(&format!("{FIRE}.querySelector('button.resolve').click()")).await;
    let enabled = "!document.querySelector('dialog .primary').disabled";
    assert_eq!(browser.value(enabled).await, false, "without an outcome nothing is closed");
    browser.value("document.querySelector('dialog input[value=cooking]').click()").await;
    browser.value("document.querySelector('dialog .primary').click()").await;
    browser.until(CALM).await;
    let incident = building.service.get("/api/v1/incidents/center/fire/main/1").await;
    assert_eq!(incident["resolved"]["outcome"], "cooking");
    assert_eq!(incident["acknowledged"]["by"], "local");
    assert_eq!(browser.complaints, Vec::<String>::new());
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_from_a_file_is_never_markup() {
    let planted = "<img id=planted src=/none>";
    let name = "name = \"1층 로비\"";
    let building = Building::with(|text| {
        assert!(text.contains(name), "the hall has another name now");
        text.replace(name, &format!("name = \"{planted}\""))
    })
    .await;
    let mut browser = opened(&building).await;
    browser.until("document.querySelector('#ways [data-from=\"1f-hall\"]')").await;
    let ways = browser.text("document.querySelector('#ways').innerText").await;
    says(&ways, &[planted]);
    assert_eq!(browser.value("document.querySelector('#planted') === null").await, true);
    assert_eq!(browser.complaints, Vec::<String>::new());
    browser.close().await;
}
