//! What is refused of folders, files, settings and situations, and all of it at once.

use std::fs;
use std::path::Path;

use jikimi::config;
use proptest::prelude::*;

use crate::folder::{
    Folder, RULE_FILE, SETTINGS, SITE_FILE, SITUATION_FILE, SITUATIONS, only, refuses, shipped,
};

#[test]
fn what_is_missing_is_named() {
    for (file, code, word) in [
        ("jikimi.toml", "missing-file", "[service]"),
        ("rules", "missing-folder", "[[rule]]"),
        ("situations", "missing-folder", "one file per situation"),
        ("sites", "missing-folder", "one file per site"),
    ] {
        let problems = Folder::well().without(file).problems();
        let problem = &problems[0];
        assert!(problem.file.starts_with(file) && problem.line.is_none(), "{problem}");
        assert_eq!(problem.code, code);
        assert!(problem.sentence.contains(word), "{problem}");
        assert_eq!(problems.len(), 1, "{problems:#?}");
    }
}

#[test]
fn a_folder_that_is_not_there_is_refused() {
    let problem = &config::load(Path::new("/nowhere/config")).unwrap_err().problems[0];
    assert_eq!(problem.code, "missing-folder");
    assert!(problem.sentence.contains("situations/"), "{problem}");
}

#[test]
fn a_folder_without_a_site_is_refused() {
    let problem = only(&Folder::well().without(SITE_FILE));
    assert_eq!((problem.file.as_str(), problem.code), ("sites/", "no-sites"));
}

#[test]
fn a_file_that_cannot_be_read_is_refused() {
    let folder = Folder::well();
    fs::create_dir(folder.path().join("sites/other.toml")).unwrap();
    let problem = only(&folder);
    assert_eq!((problem.file.as_str(), problem.code), ("sites/other.toml", "unreadable"));
}

#[test]
fn bytes_that_are_not_utf8_are_refused_at_their_line() {
    let problem = only(&Folder::well().with("sites/b.toml", b"id = \"b\"\nname = \"\xbd\xc3\"\n"));
    assert_eq!((problem.code, problem.line), ("not-utf8", Some(2)));
    assert!(problem.sentence.contains("UTF-8"), "{problem}");
}

#[test]
fn a_syntax_error_is_refused_at_its_line_and_hides_no_other_section() {
    refuses(RULE_FILE, "start = 57.0", "start = ", "start =", "syntax", &["not TOML"]);
    let folder = Folder::well().change(RULE_FILE, "start = 57.0", "start = ").change(
        RULE_FILE,
        "k = 2",
        "k = 2\nkk = 3",
    );
    let codes: Vec<&str> = folder.problems().iter().map(|problem| problem.code).collect();
    assert_eq!(codes, ["syntax", "unknown-key"]);
    let open = Folder::well().change(SITE_FILE, "[\"temperature\", \"smoke\"]", "[\"smoke\"\n");
    let problem = only(&open);
    assert_eq!((problem.code, problem.line), ("syntax", Some(51)), "{problem}");
}

#[test]
fn a_service_that_others_can_reach_is_refused() {
    let right = ["127.0.0.1:8080", "certificate_file", "behind_proxy"];
    let file = "jikimi.toml";
    refuses(file, "127.0.0.1:8080", "0.0.0.0:8080", "listen", "not-loopback", &right);
    refuses(file, "127.0.0.1:8080", "localhost", "listen", "bad-value", &["127.0.0.1:8080"]);
    refuses(file, "sqlite:var/jikimi.db", "mysql:x", "database", "bad-value", &["sqlite:var"]);
    for forgetful in
        ["sqlite::memory:", "sqlite:a.db?mode=memory", "sqlite://", "sqlite:%3Amemory:"]
    {
        let words = [forgetful, "sqlite:var/jikimi.db"];
        refuses(file, "sqlite:var/jikimi.db", forgetful, "database", "database-in-memory", &words);
    }
    for nameless in ["postgres://db.city", "postgres://db.city/", "postgresql:jikimi"] {
        let right = ["postgres://jikimi@db.city/jikimi"];
        refuses(file, "sqlite:var/jikimi.db", nameless, "database", "bad-value", &right);
    }
    for (key, is, code, word) in [
        ("keep_days", "1", "out-of-range", "from 2 to 1000"),
        ("keep_days", "30.5", "out-of-range", "from 2 to 1000"),
        ("keep_days", "\"a month\"", "wrong-type", "whole number of days"),
        ("database_password_file", "\"secret\"", "no-password", "PostgreSQL"),
    ] {
        let more = format!("listen = \"127.0.0.1:8080\"\n{key} = {is}");
        refuses(file, "listen = \"127.0.0.1:8080\"", &more, key, code, &[word]);
    }
    refuses(file, "[service]", "[servise]", "[servise]", "unknown-key", &["`service`?"]);
}

#[test]
fn a_broker_that_cannot_be_used_is_refused() {
    let mqtt = |url: &str| format!("{SETTINGS}[mqtt]\nurl = \"{url}\"\n");
    for (url, word) in [
        ("wss://broker:8883", "mqtts://"),
        ("mqtt://user:secret@broker", "user"),
        ("mqtt://broker:99999", "65535"),
    ] {
        let problem = only(&Folder::well().with("jikimi.toml", mqtt(url)));
        assert_eq!((problem.code, problem.line), ("bad-value", Some(6)), "{problem}");
        assert!(problem.sentence.contains(word), "{problem}");
    }
    let both = format!("{}[broker]\nlisten = \"127.0.0.1:1883\"\n", mqtt("mqtt://a:1"));
    let problem = only(&Folder::well().with("jikimi.toml", both));
    assert_eq!((problem.code, problem.line), ("two-brokers", Some(7)));
    let open = format!("{SETTINGS}[broker]\nlisten = \"0.0.0.0:1883\"\n");
    let problem = only(&Folder::well().with("jikimi.toml", open));
    assert_eq!((problem.code, problem.line), ("not-loopback", Some(6)));
    assert!(problem.sentence.contains("127.0.0.1:1883"), "{problem}");
}

#[test]
fn who_devices_and_we_are_is_said_whole_or_not_at_all() {
    let files = "certificate_file = \"c\"\nkey_file = \"k\"\n";
    let accounts = "password_file = \"p\"\nacl_file = \"a\"\n";
    let open = "[broker]\nlisten = \"0.0.0.0:8883\"\n";
    let home = "[broker]\nlisten = \"127.0.0.1:1883\"\n";
    let tls = "[mqtt]\nurl = \"mqtts://broker.city\"\nca_file = \"ca\"\n";
    let plain = "[mqtt]\nurl = \"mqtt://broker.city\"\n";
    for (settings, code, line, word) in [
        (format!("{open}{files}"), "not-loopback", 6, "acl_file"),
        (format!("{open}{accounts}"), "not-loopback", 6, "certificate_file"),
        (format!("{home}password_file = \"p\"\n"), "half-an-account", 7, "`acl_file`"),
        (format!("{home}acl_file = \"a\"\n"), "half-an-account", 7, "`password_file`"),
        (format!("{home}key_file = \"k\"\n"), "half-a-pair", 7, "`certificate_file`"),
        (format!("{home}ca_file = \"c\"\nacl_file = \"a\"\n"), "no-tls", 7, "key_file"),
        (format!("{tls}password_file = \"p\"\n"), "half-an-account", 8, "username"),
        (format!("{tls}client_key_file = \"k\"\n"), "half-a-pair", 8, "client_certificate_file"),
        ("[mqtt]\nurl = \"mqtts://broker.city\"\n".to_owned(), "missing-key", 5, "authority"),
        (format!("{plain}ca_file = \"c\"\n"), "no-tls", 6, "mqtts://"),
        (
            format!("{plain}username = \"j\"\npassword_file = \"p\"\n"),
            "password-in-plain-text",
            6,
            "mqtts://",
        ),
    ] {
        let problem = only(&Folder::well().with("jikimi.toml", format!("{SETTINGS}{settings}")));
        assert_eq!((problem.code, problem.line), (code, Some(line)), "{settings}: {problem}");
        assert!(problem.sentence.contains(word), "{problem}");
    }
    for settings in [
        format!("{open}{files}{accounts}"),
        format!("{open}{files}ca_file = \"ca\"\nacl_file = \"a\"\n"),
        format!("{home}{accounts}"),
        format!("{tls}username = \"j\"\npassword_file = \"p\"\n"),
        "[mqtt]\nurl = \"mqtt://localhost\"\nusername = \"j\"\npassword_file = \"p\"\n".to_owned(),
    ] {
        let settings = format!("{SETTINGS}{settings}");
        assert!(config::load(Folder::well().with("jikimi.toml", settings).path()).is_ok());
    }
}

#[test]
fn a_situation_says_how_far_it_reaches() {
    let known = ["site, building, storey, zone, home", "did you mean `building`"];
    refuses(SITUATION_FILE, "\"building\"", "\"bilding\"", "scope", "unknown-word", &known);
    refuses(
        SITUATION_FILE,
        "scope = \"building\"\n",
        "",
        "# What",
        "missing-key",
        &["one of site"],
    );
    refuses(SITUATION_FILE, "name_en", "name-en", "name-en", "unknown-key", &["`name_en`"]);
}

#[test]
fn a_situation_twice_is_refused() {
    let folder = Folder::well().with("situations/more.toml", SITUATIONS);
    let problem = only(&folder);
    assert_eq!((problem.code, problem.line), ("duplicate-id", Some(3)));
    assert_eq!(problem.file, "situations/more.toml");
    assert!(problem.sentence.contains("situations/fire.toml:3"), "{problem}");
}

#[test]
fn five_mistakes_in_three_files_are_all_found() {
    let folder = Folder::well()
        .change(SITE_FILE, "zone = \"office\"", "zone = \"ofice\"")
        .change(SITE_FILE, "level = 1", "level = 0")
        .change(RULE_FILE, "threshold", "treshold")
        .change(RULE_FILE, "because = \"two signs\"\n", "")
        .change(SITUATION_FILE, "name_en = \"Fire\"", "name_en = 3");
    let found = folder.problems();
    let found: Vec<(&str, Option<usize>, &str)> =
        found.iter().map(|p| (p.file.as_str(), p.line, p.code)).collect();
    assert_eq!(
        found,
        [
            (RULE_FILE, Some(4), "unknown-detector"),
            (RULE_FILE, Some(15), "missing-key"),
            (SITE_FILE, Some(13), "out-of-range"),
            (SITE_FILE, Some(48), "unknown-zone"),
            (SITUATION_FILE, Some(5), "wrong-type"),
        ]
    );
}

#[test]
fn a_problem_reads_like_a_compilers() {
    let folder = Folder::well().change(RULE_FILE, "threshold", "treshold");
    let text = folder.refused().to_string();
    let start = "rules/fire.toml:4: rule `heat` names detector `treshold`, which does not exist; ";
    assert!(text.starts_with(start), "{text}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    /// Whatever a slip of the hand, a bad disk or a merge makes of a file, it is read or refused.
    #[test]
    fn garbage_is_refused_and_never_panics(
        which in 0_usize..5,
        edits in prop::collection::vec(
            (any::<prop::sample::Index>(), 0_usize..12, any::<u8>()), 1..8,
        ),
    ) {
        let files = ["jikimi.toml", "rules/fire.toml", "rules/devices.toml",
            "situations/fire.toml", "sites/center.toml"];
        let folder = Folder::empty();
        let folder = files.iter().fold(folder, |folder, file| {
            folder.with(file, fs::read(shipped().join(file)).unwrap())
        });
        let mut bytes = fs::read(shipped().join(files[which])).unwrap();
        for (at, deleted, inserted) in edits {
            let at = at.index(bytes.len().max(1));
            let end = (at + deleted).min(bytes.len());
            let insert = (deleted % 2 == 0).then_some(inserted);
            bytes.splice(at.min(end)..end, insert);
        }
        let folder = folder.with(files[which], bytes);
        if let Err(refused) = config::load(folder.path()) {
            prop_assert!(!refused.problems.is_empty());
            prop_assert!(refused.problems.iter().all(|problem| !problem.sentence.is_empty()));
        }
    }
}

#[test]
fn what_is_weak_is_warned_of() {
    let at = |more: &str| {
        let text = SETTINGS.replace("listen = \"127.0.0.1:8080\"\n", &format!("{more}\n"));
        let warnings = Folder::well().with("jikimi.toml", text).load().warnings;
        warnings.iter().map(|warning| warning.code).collect::<Vec<_>>()
    };
    let local = "listen = \"127.0.0.1:8080\"";
    assert_eq!(at(local), [""; 0]);
    let tls = "listen = \"0.0.0.0:8443\"\ncertificate_file = \"c\"\nkey_file = \"k\"";
    assert_eq!(at(tls), ["no-audit-head"]);
    let proxy = "listen = \"10.0.0.7:8080\"\nbehind_proxy = [\"10.0.0.1\"]";
    assert_eq!(at(proxy), ["no-audit-head", "plain-text"]);
    let proxy = format!("{local}\nbehind_proxy = [\"0.0.0.0/0\"]");
    assert_eq!(at(&proxy), ["no-audit-head", "wide-proxy"]);
    let people = |line: &str| {
        let text = format!("{SETTINGS}{line}\n");
        let warnings = Folder::well().with("jikimi.toml", text).load().warnings;
        warnings.iter().map(|warning| warning.code).collect::<Vec<_>>()
    };
    assert_eq!(people("[people]\nsession_idle_min = 30\nsession_longest_h = 12"), [""; 0]);
    assert_eq!(people("[people]\nsession_idle_min = 61"), ["long-session"]);
    assert_eq!(people("[people]\nsession_longest_h = 25"), ["long-session"]);
    assert_eq!(people("[people]\noffice_networks = [\"0.0.0.0/0\"]"), ["wide-office"]);
    assert_eq!(people("[audit]\nhead_file = \"var/head\""), ["audit-head-beside"]);
    assert_eq!(people("[audit]\nhead_file = \"/var/log/head\""), [""; 0]);
    let problem =
        only(&Folder::well().with(
            "jikimi.toml",
            format!("{SETTINGS}[people]\noffice_networks = [\"10.0.0.0/33\"]\n"),
        ));
    assert_eq!(problem.code, "bad-value", "{problem}");
    assert!(problem.sentence.contains("10.1.0.0/16"), "{problem}");
}
