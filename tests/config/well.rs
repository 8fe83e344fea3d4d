//! What a folder that is well means.

use jikimi::config::{self, Broker, Guard, Login, Problem};
use jikimi::detect::Means;
use jikimi::domain::Scope;

use crate::folder::{Folder, RULE_FILE, RULES, SETTINGS, SITE, SITE_FILE, shipped};

#[test]
fn what_is_shipped_is_well() {
    let loaded = config::load(&shipped()).unwrap_or_else(|refused| panic!("{refused}"));
    assert_eq!(loaded.warnings, []);
    let center = &loaded.configurations[0];
    assert_eq!(center.site.id.as_str(), "center");
    assert!(center.site.zones.len() >= 12 && center.site.devices.len() >= 14);
    assert_eq!(center.situations["fire"].scope, Scope::Building);
}

#[test]
fn a_small_folder_is_read_whole() {
    let loaded = Folder::well().load();
    assert_eq!((loaded.files, loaded.warnings.len()), (4, 0), "{:?}", loaded.warnings);
    let configuration = &loaded.configurations[0];
    let ids: Vec<&str> = configuration.rules.iter().map(|rule| rule.id.as_str()).collect();
    assert_eq!(ids, ["both", "heat", "silent"]);
    let [both, heat, silent] = &configuration.rules[..] else { panic!("three rules") };
    assert_eq!((both.quantities.len(), heat.quantities.len(), silent.quantities.len()), (2, 1, 0));
    assert_eq!((heat.scope, silent.scope), (Scope::Building, Scope::Zone));
    assert!(matches!(&silent.means, Means::Fault(kind) if kind.as_str() == "device-silent"));
    assert_eq!(configuration.site.zones["hall"].name, "hall");
    let silent_after = configuration.site.devices["multi-office"].silent_after.unwrap();
    assert_eq!(silent_after.as_secs(), 180);
}

#[test]
fn the_folder_may_be_named_by_its_settings() {
    let folder = Folder::well();
    let loaded = config::load(&folder.path().join("jikimi.toml")).unwrap();
    assert_eq!(loaded.configurations[0].hash, folder.load().configurations[0].hash);
}

#[test]
fn without_a_broker_the_embedded_one_is_meant() {
    let embedded =
        Broker::Embedded { listen: "127.0.0.1:1883".parse().unwrap(), guard: Guard::default() };
    assert_eq!(Folder::well().load().settings.broker, embedded);
    let remote = format!("{SETTINGS}[mqtt]\nurl = \"mqtt://broker.city\"\nclient_id = \"jk-1\"\n");
    let settings = Folder::well().with("jikimi.toml", remote).load().settings;
    let (host, client_id) = ("broker.city".to_owned(), "jk-1".to_owned());
    assert_eq!(
        settings.broker,
        Broker::Remote { host, port: 1883, client_id, login: Login::default() }
    );
}

#[test]
fn a_database_is_a_file_or_a_server_and_keeps_a_month_unless_told_otherwise() {
    let file = Folder::well().load().settings.service.database;
    assert_eq!((file.url.as_str(), file.keep_days), ("sqlite:var/jikimi.db", 30));
    assert_eq!(file.home_keep_days, 60);
    assert_eq!(file.password().unwrap(), None);
    let folder = Folder::well().with("secret", "open sesame\n");
    let secret = folder.path().join("secret").display().to_string();
    let url = "postgres://jikimi@db.city/jikimi?sslmode=require";
    let settings = SETTINGS.replace("sqlite:var/jikimi.db", url);
    let more =
        format!("keep_days = 400\nhome_keep_days = 20\ndatabase_password_file = \"{secret}\"\n");
    let folder = folder.with("jikimi.toml", settings + &more);
    let server = folder.load().settings.service.database;
    assert_eq!((server.url.as_str(), server.keep_days), (url, 400));
    assert_eq!(server.home_keep_days, 20);
    assert_eq!(server.password().unwrap().as_deref(), Some("open sesame"));
}

#[test]
fn each_site_has_its_own_hash() {
    let other = SITE.replace("id = \"town\"", "id = \"annex\"");
    let folder = Folder::well().with("sites/zz.toml", other);
    let before = folder.load();
    let ids: Vec<&str> = before.configurations.iter().map(|of| of.site.id.as_str()).collect();
    assert_eq!(ids, ["annex", "town"]);
    let after = folder.change(SITE_FILE, "length_m = 5.0", "length_m = 6.0").load();
    assert_eq!(before.configurations[0].hash, after.configurations[0].hash);
    assert_ne!(before.configurations[1].hash, after.configurations[1].hash);
    for configuration in &after.configurations {
        assert_eq!(configuration.hash.len(), 16);
        assert!(after.bodies[&configuration.hash].contains("rules/fire.toml"));
    }
}

#[test]
fn files_of_other_kinds_are_let_be() {
    let folder = Folder::well().with("rules/notes.md", "# no [toml").with("sites/a.toml~", "?");
    assert_eq!(folder.load().files, 4);
}

fn version_of(rules: String) -> String {
    let folder = Folder::well().with(RULE_FILE, rules);
    let rules = folder.load().configurations[0].rules.clone();
    let heat = rules.iter().find(|rule| rule.id.as_str() == "heat").unwrap();
    assert_eq!(heat.version.len(), 12);
    heat.version.clone()
}

#[test]
fn writing_a_rule_differently_keeps_its_version() {
    let version = version_of(RULES.to_owned());
    let commented = RULES.replace("start = 57.0", "# higher in the kitchen?\nstart    =   57");
    assert_eq!(version, version_of(commented));
    let explained = RULES.replace("a maker's sheet", "EN 54-5");
    assert_eq!(version, version_of(explained));
    let moved = RULES.replacen("level = \"critical\"\n", "", 1);
    let moved = moved.replacen("hold_s = 4.0\n", "hold_s = 4.0\nlevel = \"critical\"\n", 1);
    assert_eq!(version, version_of(moved));
}

#[test]
fn another_number_is_another_version() {
    let version = version_of(RULES.to_owned());
    for (from, to) in [
        ("start = 57.0", "start = 57.5"),
        ("hold_s = 4.0\n", ""),
        ("level = \"critical\"", "level = \"warning\""),
        ("{ quantity = \"temperature\" }", "{ quantity = \"temperature\", zones = [\"hall\"] }"),
    ] {
        assert_ne!(version, version_of(RULES.replacen(from, to, 1)), "{from} -> {to}");
    }
}

#[test]
fn a_rule_that_watches_nothing_is_worth_a_second_look() {
    let from = "{ quantity = \"temperature\" }";
    let to = "{ quantity = \"temperature\", zones = [\"yard\"] }";
    let warnings = Folder::well().change(RULE_FILE, from, to).load().warnings;
    let idle: Vec<&Problem> = warnings.iter().filter(|of| of.code == "idle-rule").collect();
    assert_eq!(idle.len(), 1, "{warnings:#?}");
    assert_eq!((idle[0].file.as_str(), idle[0].line), (RULE_FILE, Some(2)));
}

#[test]
fn devices_that_no_rule_looks_at_are_counted_and_named() {
    let more: String = (0..20)
        .map(|n| format!("[[device]]\nid = \"co-{n:02}\"\nzone = \"hall\"\nreads = [\"co\"]\n"))
        .collect();
    let warnings = Folder::well().with(SITE_FILE, format!("{SITE}{more}")).load().warnings;
    assert_eq!(warnings.len(), 1, "{warnings:#?}");
    assert_eq!(warnings[0].code, "unwatched-device");
    let sentence = &warnings[0].sentence;
    assert!(sentence.contains("20 of 22 devices"), "{sentence}");
    assert!(sentence.contains("co-00, co-01") && sentence.contains("8 more"), "{sentence}");
}
