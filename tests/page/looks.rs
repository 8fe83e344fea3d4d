//! How it looks: nothing cut at any size, nothing that axe calls serious, and a picture of every
//! page in both themes to be looked at.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::browser::Browser;
use crate::building::Building;
use crate::{browser, built};

const LOOKS: &str = include_str!("looks.js");

/// Name of the picture, page, and what is there when the page is.
const PAGES: [(&str, &str, &str); 14] = [
    ("overview", "overview", ".section tbody tr"),
    ("wall", "wall", ".section tbody tr"),
    ("incidents", "incidents", ".list li"),
    ("fire", "incidents/center/fire/main/1", ".floor .ground"),
    ("home", "incidents/usan/sos/h0107/1", ".worker"),
    ("sites", "sites", ".site"),
    ("site", "sites/center", ".floor .ground"),
    ("homes", "homes", ".home"),
    ("devices", "devices", "[data-page=devices] .panel"),
    ("device", "devices/center/heat-3f-kitchen", "dl"),
    ("rules", "rules", ".panel"),
    ("handover", "handover", "article"),
    ("report", "report/center/fire/main/1", ".sheet"),
    ("people", "people", "h1"),
];

fn axe() -> Option<String> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("web/node_modules/axe-core/axe.min.js");
    let found = std::fs::read_to_string(file).ok();
    if found.is_none() {
        println!("skipped: accessibility by axe, web/node_modules is not there (make console)");
    }
    found
}

async fn wrong(browser: &mut Browser, asked: &str) -> Vec<String> {
    let found = browser.value(asked).await;
    let found: Vec<Value> = found.as_array().cloned().unwrap_or_default();
    found.into_iter().map(|one| one.as_str().unwrap_or_default().to_owned()).collect()
}

fn screens() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("target"), PathBuf::from);
    let folder = target.join("screens");
    std::fs::create_dir_all(&folder).expect("a folder for pictures");
    folder
}

/// Words of the page that is open that are cut at any size.
pub async fn cut(browser: &mut Browser) -> Vec<String> {
    browser.value(LOOKS).await;
    let mut wrongs = Vec::new();
    for width in [360, 1280, 2560] {
        browser.resize(width, 900).await;
        let found = wrong(browser, "cutText()").await;
        wrongs.extend(found.iter().map(|of| format!("{width}: {of}")));
    }
    browser.resize(1440, 900).await;
    wrongs
}

/// Everything that is wrong with every page, so that one run tells all.
#[tokio::test(flavor = "multi_thread")]
async fn no_page_cuts_its_words_or_shuts_anybody_out() {
    if !built() {
        return;
    }
    let mut building = Building::new().await;
    building.burns().await;
    building.calls_for_help("h0107").await;
    let (axe, folder) = (axe(), screens());
    let mut wrongs = Vec::new();
    let mut browser = browser("light", "ko").await;
    for (theme, language) in [("light", "ko"), ("dark", "ko"), ("light", "en"), ("dark", "en")] {
        browser.prefers(theme, language).await;
        browser.resize(1440, 900).await;
        for (name, page, there) in PAGES {
            building.console(&mut browser, page).await;
            browser.until(&format!("document.querySelector({there:?})")).await;
            browser.value("document.fonts.ready.then(() => true)").await;
            browser.value(LOOKS).await;
            if let Some(axe) = &axe {
                browser.value(&format!("{axe}; true")).await;
                let found = wrong(&mut browser, "violations()").await;
                wrongs.extend(found.iter().map(|of| format!("{name} {theme} {language}: {of}")));
            }
            let found = wrong(&mut browser, "foreign()").await;
            wrongs.extend(found.iter().map(|of| format!("{name} asks elsewhere: {of}")));
            if language == "ko" {
                browser.picture(&folder.join(format!("{name}-{theme}.png"))).await;
            }
            if theme == "dark" {
                continue;
            }
            let found = cut(&mut browser).await;
            wrongs.extend(found.iter().map(|of| format!("{name} {language} {of}")));
        }
    }
    assert_eq!(wrongs, Vec::<String>::new());
    assert_eq!(browser.complaints, Vec::<String>::new());
    browser.close().await;
}
