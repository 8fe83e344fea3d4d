//! The engineer's day (a rule changed, tried and taken) and the administrator's (a new worker, who
//! comes in, works and is let in no longer), each with what the database says afterwards.

use crate::building::Building;
use crate::looks::cut;
use crate::{browser, built, says};

const BACKTEST: &str = "document.querySelector('[data-part=backtest]')";

#[tokio::test(flavor = "multi_thread")]
async fn an_engineer_changes_a_rule_tries_it_on_what_was_and_takes_it() {
    if !built() {
        return;
    }
    let mut building = Building::new().await;
    building.burns().await;
    building.calls_for_help("h0107").await;
    building.account("root", "administrator", "*").await;
    let password = building.account("han", "engineer", "*").await;
    let mut browser = browser("light", "ko").await;
    building.console(&mut browser, "rules").await;
    building.enters(&mut browser, "han", &password).await;
    browser.until("document.querySelector('[data-rule=jump-temperature]')").await;
    let rule = "document.querySelector('[data-rule=jump-temperature]')";
    browser.value(&format!("{rule}.querySelector('details').open = true")).await;
    let shown = browser.text(&format!("{rule}.innerText")).await;
    says(&shown, &["측정값 급변", "30 °C within 2 s", "rules/readings.toml:91", "19대"]);
    let menu = browser.text("document.querySelector('.bar nav').innerText").await;
    assert!(!menu.contains("세대"), "homes are not an engineer's: {menu}");

    // A jump is to be larger, and a call for help less grave; the second is of a home.
    building.edit("rules/readings.toml", "step = 30.0", "step = 60.0");
    building.edit(
        "rules/care.toml",
        "level = \"critical\"\nwatches = { quantity = \"sos\" }",
        "level = \"warning\"\nwatches = { quantity = \"sos\" }",
    );
    browser.tap("[data-part=backtest] [data-days='1']").await;
    browser.until(&format!("{BACKTEST}.dataset.state === 'done'")).await;
    let told = browser.text(&format!("{BACKTEST}.innerText")).await;
    says(&told, &["jump-temperature 바뀜", "care-sos 바뀜", "지금만", "측정값 급변 · 3층 조리실"]);
    says(&told, &["그 밖에 1건"]);
    assert!(!told.contains("h0107"), "what is told of a home is counted only: {told}");
    let kinds = browser.value(
        "[...document.querySelectorAll('[data-kind]')].map((of) =>
        `${of.dataset.kind} ${of.children[1].innerText} ${of.children[2].innerText}`).sort()",
    );
    assert_eq!(kinds.await, serde_json::json!(["fire 1 1", "reading-jump 1 0", "sos 1 1"]));
    assert_eq!(cut(&mut browser).await, Vec::<String>::new());
    let held = "SELECT COUNT(*) || '' AS fact FROM activation";
    assert_eq!(building.stored(held).await, ["2"], "trying a change activates nothing");
    let fires = "SELECT COUNT(*) || '' AS fact FROM incident WHERE kind = 'fire'";
    assert_eq!(building.stored(fires).await, ["1"], "nor does it open anything");

    browser.tap("[data-part=backtest] .reload .primary").await;
    browser.until(&format!("{BACKTEST}.querySelector('.told')")).await;
    says(&browser.text(&format!("{BACKTEST}.innerText")).await, &["시설 2곳에 적용했습니다"]);
    assert_eq!(building.stored(held).await, ["4"]);
    let trail = "SELECT account || ' ' || detail AS fact FROM audit \
                 WHERE action = 'configuration-reloaded'";
    assert_eq!(building.stored(trail).await, ["han taken"]);

    // What is wrong is said as `jikimi check` says it, and nothing of it holds.
    building.edit("rules/readings.toml", "step = 60.0", "step = \"many\"");
    browser.tap("[data-part=backtest] [data-days='1']").await;
    browser.until(&format!("{BACKTEST}.dataset.state === 'failed'")).await;
    says(&browser.text(&format!("{BACKTEST}.innerText")).await, &["readings.toml", "step"]);
    browser.tap("[data-part=backtest] .reload .primary").await;
    browser.until(&format!("{BACKTEST}.querySelector('pre[role=alert]')")).await;
    assert_eq!(building.stored(held).await, ["4"]);
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_makes_a_worker_who_works_until_the_session_ends() {
    if !built() {
        return;
    }
    let mut building = Building::new().await;
    building.calls_for_help("h0107").await;
    let password = building.account("root", "administrator", "*").await;
    let mut browser = browser("light", "ko").await;
    building.console(&mut browser, "people").await;
    building.enters(&mut browser, "root", &password).await;
    browser.until("document.querySelector('[data-account=root]')").await;
    browser.types("[data-part=accounts] .new [data-field=account]", "lee").await;
    browser.until("document.querySelector('.new [data-field=site] option[value=usan]')").await;
    browser.chooses(".new [data-field=role]", "caseworker").await;
    browser.chooses(".new [data-field=site]", "usan").await;
    browser.tap("[data-part=accounts] .new button[type=submit]").await;
    browser.until("document.querySelector('[data-part=accounts] .once code')").await;
    let made = browser.text("document.querySelector('.once code').innerText").await;
    browser.until("document.querySelector('[data-account=lee]')").await;
    let roles = "SELECT role || '@' || site AS fact FROM account_role WHERE account = 'lee'";
    assert_eq!(building.stored(roles).await, ["caseworker@usan"]);
    let trail = "SELECT account || ' ' || subject || ' ' || detail AS fact FROM audit \
                 WHERE action = 'account-changed' AND account = 'root'";
    assert_eq!(building.stored(trail).await, ["root lee added: caseworker@usan"]);
    building.console(&mut browser, "people").await;
    browser.until("document.querySelector('[data-action=account-changed]')").await;
    let page = browser.text("document.body.innerText").await;
    says(&page, &["계정 바꿈", "생활지원사 · 우산빛여울채"]);
    assert!(!page.contains(&made), "a password is shown once");
    assert_eq!(cut(&mut browser).await, Vec::<String>::new());

    // The worker comes in on a telephone: homes of one site, and nothing that is refused.
    browser
        .value(
            "fetch('/api/v1/session').then((of) => of.json()).then(({ csrf }) =>
        fetch('/api/v1/session', { method: 'DELETE', headers: { 'X-CSRF-Token': csrf } }))",
        )
        .await;
    browser.resize(390, 844).await;
    building.console(&mut browser, "homes").await;
    building.enters(&mut browser, "lee", &made).await;
    let row = ".home[data-incident='usan/sos/h0107/1'] a.button";
    browser.until(&format!("document.querySelector({row:?})")).await;
    let menu = browser.text("document.querySelector('.bar nav').innerText").await;
    assert!(menu.contains("세대") && !menu.contains("규칙") && !menu.contains("기기"), "{menu}");
    browser.tap(row).await;
    browser.until("document.querySelector('.worker .visit')").await;
    browser.tap(".worker .visit").await;
    browser.until("!document.querySelector('.worker .visit')").await;
    let taken = "SELECT state || ' ' || acknowledged_by AS fact FROM incident WHERE kind = 'sos'";
    assert_eq!(building.stored(taken).await, ["acknowledged lee"]);
    building.console(&mut browser, "homes").await;
    browser.until("document.querySelector('[data-part=load] li')").await;
    let load = browser.text("document.querySelector('[data-part=load]').innerText").await;
    says(&load, &["lee", "1건", "진행 중 1"]);

    // Let in no longer, the page says so by itself and shows nothing of a home any more.
    building.beside(&["user", "disable", "lee"]).await;
    browser.until("document.querySelector('form input[autocomplete=username]')").await;
    let page = browser.text("document.body.innerText").await;
    says(&page, &["로그인이 끝났습니다"]);
    assert!(!page.contains("h0107"));
    browser.close().await;
}
