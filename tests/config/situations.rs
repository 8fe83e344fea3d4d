//! What is refused of situations, and whom the shipped fire alerts.

use jikimi::config;
use jikimi::situation::Situation;

use crate::folder::{Folder, SITUATION_FILE, shipped};

const CONFIRM: &str = "scope = \"building\"\n[confirm]\nunconfirmed = \"caution\"\nsources = 2\n\
                       within_s = 30\naccumulates_s = 20\nalone = [\"heat\"]\n\
                       because = \"a book\"\n";

#[track_caller]
fn refuses(to: &str, code: &str, words: &[&str]) {
    let folder = Folder::well().change(SITUATION_FILE, "scope = \"building\"\n", to);
    let problems = folder.problems();
    let codes: Vec<&str> = problems.iter().map(|problem| problem.code).collect();
    assert_eq!(codes, [code], "{problems:?}");
    for word in words {
        assert!(problems[0].sentence.contains(word), "{}", problems[0]);
    }
    assert_eq!(problems[0].file, SITUATION_FILE);
}

#[test]
fn a_situation_may_say_what_it_takes_to_be_believed() {
    let folder = Folder::well().change(SITUATION_FILE, "scope = \"building\"\n", CONFIRM);
    let loaded = folder.load();
    let fire = &loaded.configurations[0].situations["fire"];
    assert_eq!(fire.confirm.as_ref().map(|confirm| confirm.sources), Some(2));
}

#[test]
fn what_cannot_be_meant_is_refused() {
    refuses(
        &CONFIRM.replace("\"heat\"", "\"haet\""),
        "unknown-rule",
        &["`alone`", "`haet`", "`heat`"],
    );
    refuses(&CONFIRM.replace("= 20", "= 90"), "out-of-range", &["5 to 60"]);
    refuses(&CONFIRM.replace("sources = 2", "sources = 1"), "out-of-range", &["2 or more"]);
    let scope = "scope = \"building\"\n";
    refuses(&format!("{scope}joined_by = [\"gass\"]\n"), "unknown-situation", &["`joined_by`"]);
    let message = "[[message]]\nwhen = \"early\"\nko = \"{where}\"\nen = \"fire\"\n";
    refuses(&format!("{scope}{message}"), "unknown-word", &["`where`", "{place}"]);
    let twice = "[[check]]\nid = \"a\"\nko = \"하나\"\nen = \"one\"\n".repeat(2);
    refuses(&format!("{scope}{twice}"), "duplicate-id", &["`a`"]);
    let notice = "[[notice]]\nkind = \"earthquake\"\nclass = \"trouble\"\n";
    refuses(&format!("{scope}{notice}"), "class-of-situation", &["supervisory"]);
}

#[test]
fn every_shipped_disaster_says_what_to_do_in_both_languages() {
    let loaded = config::load(&shipped());
    let loaded = loaded.unwrap_or_else(|refused| panic!("{refused}"));
    let situations = &loaded.configurations[0].situations;
    let disasters = [
        "fire",
        "gas",
        "co",
        "flood",
        "earthquake",
        "blackout",
        "crowding",
        "chemical-release",
        "intruder",
        "air-raid",
    ];
    let korean = |text: &str| text.chars().any(|c| ('가'..='힣').contains(&c));
    for id in disasters {
        let of: &Situation = &situations[id];
        assert!(of.declared.is_some() && of.cap.is_some() && !of.checklist.is_empty(), "{id}");
        let texts = of.messages.iter().map(|message| &message.text);
        let texts: Vec<_> = texts.chain(of.checklist.iter().map(|check| &check.text)).collect();
        assert!(texts.len() >= 4, "{id}");
        for text in texts {
            assert!(korean(&text.ko) && !korean(&text.en), "{id}: {text:?}");
        }
        assert!(of.actions.iter().all(|action| !action.enabled), "{id}: nothing is switched");
    }
}
