//! The console in a real Chromium, before a real service: each user's day with what the database
//! says of it afterwards, what is shown when nobody tells it any more, and how it looks.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

#[path = "../support/device.rs"]
mod device;
#[path = "../support/mosquitto.rs"]
mod mosquitto;
#[path = "../support/proxy.rs"]
mod proxy;
#[path = "../support/service.rs"]
mod service;

mod block;
mod browser;
mod building;
mod days;
mod document;
mod flood;
mod looks;
mod losses;
mod office;

use browser::Browser;

/// The console is built by Node; without it there is nothing here to look at.
fn built() -> bool {
    let there = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("web/dist/index.html");
    if !there.exists() {
        println!("skipped: the console in a browser, web/dist is not built (make console)");
    }
    there.exists()
}

/// A browser that makes no sound.
async fn browser(theme: &str, language: &str) -> Browser {
    let mut browser = Browser::start().await;
    browser.prefers(theme, language).await;
    browser
}

fn says(text: &str, words: &[&str]) {
    for word in words {
        assert!(text.contains(word), "`{word}` is not in: {text}");
    }
}
