//! Five hundred open incidents: usable, truthful, and no slower than an eye.

use crate::building::{Building, many};
use crate::{browser, built, says};

const HOMES: usize = 500;

#[tokio::test(flavor = "multi_thread")]
async fn five_hundred_open_incidents_are_counted_ordered_and_painted_at_once() {
    if !built() {
        return;
    }
    let mut building = Building::with(many(HOMES + 1)).await;
    building.all_call_for_help(0..HOMES).await;
    let mut browser = browser("light", "ko").await;
    building.console(&mut browser, "overview").await;
    let counted = format!("document.querySelector('.strip .badge')?.innerText.includes('{HOMES}')");
    browser.until(&counted).await;
    let whole = "document.querySelector('.rest h2 small').innerText";
    assert_eq!(browser.text(whole).await, (HOMES - 1).to_string());

    // From the moment that the message is read to the frame that shows it.
    let painted = "new Promise((resolve) => {
        new PerformanceObserver((list) => {
            const [mark] = list.getEntriesByName('incident-taken');
            if (!mark) return;
            const told = () => resolve(performance.now() - mark.startTime);
            requestAnimationFrame(() => setTimeout(told));
        }).observe({ entryTypes: ['mark'] });
        window.watching = true;
    })";
    browser.value(&format!("window.painted = {painted}; true")).await;
    building.all_call_for_help(HOMES..HOMES + 1).await;
    let ms = browser.value("window.painted").await.as_f64().expect("a time");
    println!("message to paint with {HOMES} open incidents: {ms:.0} ms");
    browser.until(&counted.replace(&HOMES.to_string(), &(HOMES + 1).to_string())).await;

    building.burns().await;
    browser.until("document.querySelector('.lead[data-incident=\"center/fire/main/1\"]')").await;
    building.console(&mut browser, "incidents").await;
    browser.until("document.querySelectorAll('.list li').length >= 60").await;
    let list = browser.text("document.querySelector('.filters').innerText").await;
    says(&list, &["모두", "502"]);
    browser.press("j").await;
    browser.press("j").await;
    let marked = "document.querySelector('.list .marked').dataset.incident";
    let second = browser.text(marked).await;
    browser.press("Enter").await;
    browser.until(&format!("location.hash.endsWith({second:?})")).await;
    assert_eq!(browser.complaints, Vec::<String>::new());
    browser.close().await;
}

/// As many homes as the largest office of them looks after.
const OFFICE: usize = 3485;

#[tokio::test(flavor = "multi_thread")]
async fn three_thousand_homes_are_counted_and_the_one_that_calls_is_first() {
    if !built() {
        return;
    }
    let mut building = Building::with(many(OFFICE)).await;
    let mut browser = browser("light", "ko").await;
    building.console(&mut browser, "homes/many").await;
    browser.until("document.querySelector('.counts')?.innerText.includes('3,485')").await;
    building.all_call_for_help(2000..2001).await;
    let row = ".home[data-incident='many/sos/n2000/1']";
    browser.until(&format!("document.querySelector(\"{row}\")")).await;
    let first = browser.text("document.querySelector('.list .home').dataset.incident").await;
    assert_eq!(first, "many/sos/n2000/1");
    browser.until("document.querySelector('.counts')?.innerText.includes('3,484')").await;
    browser.tap(".counts button:not(.none)").await;
    browser.until("document.querySelectorAll('.others li').length > 0").await;
    let drawn = browser.value("document.querySelectorAll('*').length").await;
    assert!(drawn.as_u64().expect("a number") < 4000, "{drawn} elements are drawn");
    assert_eq!(browser.complaints, Vec::<String>::new());
    browser.close().await;
}
