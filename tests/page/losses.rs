//! What is shown when nobody tells it any more: a calm screen must never be a frozen one.

use crate::browser::Browser;
use crate::building::Building;
use crate::mosquitto::Mosquitto;
use crate::proxy::{Proxy, Road};
use crate::{browser, built, says};

const BANNER: &str = "document.querySelector('.banner')";

async fn on_a_fire(building: &mut Building) -> Browser {
    building.burns().await;
    let mut browser = browser("light", "ko").await;
    building.console(&mut browser, "incidents/center/fire/main/1").await;
    browser.until("document.querySelector('.head .acknowledge:not(:disabled)')").await;
    browser
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_connection_is_as_loud_as_a_fire() {
    if !built() {
        return;
    }
    let mut building = Building::new().await;
    let mut browser = on_a_fire(&mut building).await;
    building.service.kill().await;
    browser.until(&format!("{BANNER}?.matches('.lost')")).await;
    let banner = browser.text(&format!("{BANNER}.innerText")).await;
    says(&banner, &["연결이 끊겼습니다", "전 모습입니다", "다시 연결하는 중"]);
    let wide = format!("{BANNER}.offsetWidth === document.body.offsetWidth");
    assert_eq!(browser.value(&wide).await, true, "it takes the whole width");
    let buttons = "document.querySelectorAll('.head .actions button:not(:disabled)').length";
    assert_eq!(browser.value(buttons).await, 0, "nothing can be done that would not be heard");
    let age = browser.text(&format!("{BANNER}.innerText")).await;
    browser.until(&format!("{BANNER}.innerText !== {age:?}")).await;
    browser.press("a").await;
    assert_eq!(browser.value("document.querySelector('dialog') === null").await, true);
    browser.close().await;
}

/// Its sockets stay open, so no stream breaks: only asking tells. What was done meanwhile is
/// there when it answers again, since the snapshot is the truth.
#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_says_nothing_is_lost_too_and_comes_back() {
    if !built() {
        return;
    }
    let mut building = Building::new().await;
    let mut browser = on_a_fire(&mut building).await;
    let before = browser.value("performance.now()").await.as_f64().expect("a time");
    building.service.freeze().await;
    browser.until(&format!("{BANNER}?.matches('.lost')")).await;
    let lost = browser.value("performance.now()").await.as_f64().expect("a time");
    println!("a silent service is a fact after {:.1} s", (lost - before) / 1000.0);
    building.service.thaw().await;
    browser.until(&format!("!{BANNER}")).await;
    browser.until("document.querySelector('.head .acknowledge:not(:disabled)')").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_is_away_is_said_and_the_rest_goes_on() {
    if !built() {
        return;
    }
    let mut broker = Mosquitto::start();
    let mut building = Building::at(broker.port()).await;
    let mut browser = on_a_fire(&mut building).await;
    broker.kill();
    browser.until(&format!("{BANNER}?.matches('.deaf')")).await;
    let banner = browser.text(&format!("{BANNER}.innerText")).await;
    says(&banner, &["기기의 소식을 받지 못합니다"]);
    let open = "document.querySelector('.head .acknowledge:not(:disabled)') !== null";
    assert_eq!(browser.value(open).await, true, "people can still be heard");
    browser.close().await;
}

/// A cable pulled behind a switch: every connection stands and nothing comes. What burns meanwhile
/// is on the screen once the road is open, without a hand.
#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_is_cut_is_a_fact_at_once_and_then_the_truth_again() {
    if !built() {
        return;
    }
    let mut building = Building::new().await;
    let road = Proxy::before(building.service.port()).await;
    let mut browser = browser("light", "ko").await;
    browser.open(&format!("http://127.0.0.1:{}/#/overview", road.port())).await;
    browser.until("document.querySelector('.calm h1')").await;
    browser.until("document.querySelector('.fresh')?.dataset.link === 'well'").await;
    let before = browser.value("performance.now()").await.as_f64().expect("a time");
    road.set(Road::HalfOpen);
    browser.until(&format!("{BANNER}?.matches('.lost')")).await;
    let lost = browser.value("performance.now()").await.as_f64().expect("a time");
    println!("a pulled cable is a fact after {:.1} s", (lost - before) / 1000.0);
    building.burns().await;
    let calm = "document.querySelector('.calm h1') !== null";
    assert_eq!(browser.value(calm).await, true, "nothing has come through");
    road.set(Road::Cut);
    road.set(Road::Open);
    browser.until("document.querySelector('.lead.critical')").await;
    browser.until(&format!("!{BANNER}")).await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_away_is_said_and_nothing_is_promised() {
    if !built() {
        return;
    }
    let mut building = Building::new().await;
    let mut browser = on_a_fire(&mut building).await;
    building.loses_database();
    browser.until(&format!("{BANNER}?.matches('.unkept')")).await;
    let banner = browser.text(&format!("{BANNER}.innerText")).await;
    says(&banner, &["데이터베이스를 쓸 수 없습니다", "관리자에게 알리세요"]);
    let head = browser.text("document.querySelector('.head').innerText").await;
    says(&head, &["심각", "화재"]);
    let open = "document.querySelectorAll('.head .actions button:not(:disabled)').length";
    assert_eq!(browser.value(open).await, 0, "what would not be kept cannot be pressed");
    browser.close().await;
}
