//! What people do all day, and what the database says of it afterwards.

use crate::building::{Building, files};
use crate::{browser, built, says};

const FIRE: &str = "document.querySelector('.lead.critical')";

/// Tabs until something has the focus.
async fn tab_to(browser: &mut crate::browser::Browser, selector: &str) {
    for _ in 0..40 {
        let there = format!("document.activeElement?.matches({selector:?}) ?? false");
        if browser.value(&there).await == true {
            return;
        }
        browser.press("Tab").await;
    }
    panic!("Tab never comes to {selector}");
}

/// From the first alarm to an outcome, without a mouse.
#[tokio::test(flavor = "multi_thread")]
async fn an_operator_takes_a_fire_and_closes_it_by_keyboard_alone() {
    if !built() {
        return;
    }
    let mut building = Building::new().await;
    let mut browser = browser("light", "ko").await;
    building.console(&mut browser, "overview").await;
    browser.until("document.querySelector('.calm h1')").await;
    says(&browser.text("document.body.innerText").await, &["열린 사건이 없습니다", "정상"]);

    building.burns().await;
    browser.until(FIRE).await;
    browser.until(&format!("{FIRE}.innerText.includes('수신반 일치')")).await;
    // What places are called is asked for beside what burns.
    browser.until(&format!("{FIRE}.innerText.includes('고객센터 3층')")).await;
    let lead = browser.text(&format!("{FIRE}.innerText")).await;
    says(
        &lead,
        &["심각", "화재", "고객센터 3층", "조리실", "접수 전", "접수하고 119에 신고하세요"],
    );
    browser.until("document.querySelectorAll('.section tbody tr').length === 6").await;

    browser.press("Enter").await;
    browser.until("document.querySelector('.head.critical')").await;
    browser.until("document.querySelector('.floor .hazard.critical')").await;
    let plan = browser.text("document.querySelector('.floor svg').textContent").await;
    says(&plan, &["조리실", "계단실 A", "대피 대기실"]);
    browser.until("document.querySelectorAll('.evidence li').length >= 2").await;
    let why = browser.text("document.querySelector('.evidence').innerText").await;
    says(&why, &["확실한 정도: 높음", "발신기 누름", "3층 조리실", "초 전"]);
    let zones = building.service.get("/api/v1/sites/center/zones").await;
    let zones = zones["zones"].as_array().expect("zones").iter();
    let storey = zones.filter(|zone| zone["storey"] == "3f").count();
    let rows = browser.value("document.querySelectorAll('[data-from]').length").await;
    assert_eq!(rows, storey, "the table says a way for every zone of the storey");

    browser.press("a").await;
    browser.until("document.querySelector('dialog[open]')").await;
    let focused = browser.text("document.activeElement.innerText").await;
    says(&focused, &["돌아가기"]);
    browser.press("Escape").await;
    browser.until("!document.querySelector('dialog')").await;
    let incident = building.service.get("/api/v1/incidents/center/fire/main/1").await;
    assert_eq!(incident["state"], "open", "who goes back has done nothing");

    browser.press("a").await;
    tab_to(&mut browser, "dialog .primary").await;
    browser.press("Enter").await;
    browser.until("document.querySelector('.head button.primary.resolve')").await;
    browser.until("!document.querySelector('dialog')").await;
    browser.press("e").await;
    browser.until("document.querySelector('dialog .primary:disabled')").await;
    tab_to(&mut browser, "dialog input[type=radio]").await;
    browser.press("ArrowDown").await;
    tab_to(&mut browser, "dialog .primary").await;
    browser.press("Enter").await;
    browser.until("!document.querySelector('dialog')").await;
    browser.until("document.querySelector('.head.over')").await;

    let outcome = "SELECT state || ' ' || outcome AS fact FROM incident WHERE kind = 'fire'";
    assert_eq!(building.stored(outcome).await, ["resolved cooking"]);
    let waiting = "SELECT key AS fact FROM outbox WHERE kind = 'fire' AND status = 'queued'";
    assert_eq!(building.stored(waiting).await, Vec::<String>::new(), "nothing is left to ring");
    let rung = "SELECT key AS fact FROM outbox WHERE kind = 'fire'";
    assert!(!building.stored(rung).await.is_empty(), "somebody was to be told");
    assert_eq!(browser.complaints, Vec::<String>::new());
    browser.close().await;
}

/// One hand, a telephone, and no more than four touches.
#[tokio::test(flavor = "multi_thread")]
async fn a_caseworker_closes_a_call_for_help_on_a_telephone() {
    if !built() {
        return;
    }
    let mut building = Building::new().await;
    building.calls_for_help("h0107").await;
    let mut browser = browser("light", "ko").await;
    browser.resize(390, 844).await;
    building.console(&mut browser, "homes").await;
    let row = ".home[data-incident='usan/sos/h0107/1'] a.button";
    browser.until(&format!("document.querySelector({row:?})")).await;
    browser.until("document.querySelector('.counts button')").await;
    browser.value("document.fonts.ready.then(() => true)").await;
    browser.tap(row).await;
    browser.until("document.querySelector('.worker .visit')").await;
    let shown = browser.text("document.querySelector('main').innerText").await;
    says(&shown, &["심각", "h0107", "접수하고 바로 전화하세요", "무사 확인", "119"]);
    let small = "[...document.querySelectorAll('.worker button, .worker a.button')]
        .filter((of) => of.offsetHeight < 56).length";
    assert_eq!(browser.value(small).await, 0, "every target is as large as a thumb");
    browser.tap(".worker .visit").await;
    browser.until("!document.querySelector('.worker .visit')").await;
    let state = "SELECT state AS fact FROM incident WHERE kind = 'sos'";
    assert_eq!(building.stored(state).await, ["acknowledged"]);
    browser.until("document.querySelector('.worker .fine:not(:disabled)')").await;
    browser.tap(".worker .fine").await;
    browser.until("document.querySelector('.head.over')").await;
    let outcome = "SELECT state || ' ' || outcome || ' ' || note AS fact FROM incident";
    assert_eq!(building.stored(outcome).await, ["resolved other-false 무사 확인"]);
    assert_eq!(browser.complaints, Vec::<String>::new());
    browser.close().await;
}

/// Names come from files; a browser that made elements of them would run what stands in them.
#[tokio::test(flavor = "multi_thread")]
async fn a_name_from_a_file_is_never_markup() {
    if !built() {
        return;
    }
    let planted = "<img id=planted src=/none>";
    let building = Building::with(files(|text| {
        text.replace("name = \"1층 로비\"", &format!("name = \"{planted}\""))
            .replace("name = \"고객센터\"", &format!("name = \"{planted}\""))
    }))
    .await;
    let mut browser = browser("light", "ko").await;
    for page in ["overview", "sites/center"] {
        building.console(&mut browser, page).await;
        browser.until("document.body.textContent.includes('<img id=planted')").await;
        assert_eq!(browser.value("document.querySelector('#planted') === null").await, true);
    }
    browser.until("document.querySelector('.floor')?.textContent.includes('<img')").await;
    assert_eq!(browser.complaints, Vec::<String>::new());
    browser.close().await;
}
