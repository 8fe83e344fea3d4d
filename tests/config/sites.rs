//! What is refused of sites.

use crate::folder::{Folder, RULE_FILE, SITE, SITE_FILE, only, refuses};

#[test]
fn a_misspelt_key_of_a_site_is_refused() {
    let right = ["did you mean `clear_width_m`?", "length_m"];
    refuses(SITE_FILE, "clear_width_m", "clear_width", "clear_width", "unknown-key", &right);
    let added = "clear_width_m = 0.9\nclear_widht_m = 1";
    refuses(SITE_FILE, "clear_width_m = 0.9", added, "widht", "unknown-key", &right);
    refuses(SITE_FILE, "[[exit]]", "[[exits]]\n[[exit]]", "exits", "unknown-key", &["`exit`"]);
}

#[test]
fn a_reference_that_leads_nowhere_is_refused_with_the_nearest_name() {
    let case = |from: &str, to: &str, code: &str, word: &str| {
        refuses(SITE_FILE, from, to, to, code, &[word, "does not exist", "known: "]);
    };
    case("building = \"main\"", "building = \"mian\"", "unknown-building", "`main`?");
    case("storey = \"1f\"", "storey = \"2f\"", "unknown-storey", "1f");
    case("zone = \"office\"", "zone = \"ofice\"", "unknown-zone", "`office`?");
    case("zone = \"hall\"", "zone = \"hal\"", "unknown-zone", "`hall`?");
    case("home = \"h101\"", "home = \"h102\"", "unknown-home", "`h101`?");
    let ends = "[\"hall\", \"offise\"]";
    refuses(SITE_FILE, "[\"hall\", \"office\"]", ends, ends, "unknown-zone", &["`office`?"]);
}

#[test]
fn what_a_device_is_there_for_is_one_of_the_known_kinds() {
    let kind = "home = \"h101\"\nkind = \"front-door\"";
    let right = ["kind", "does not exist", "exit-door"];
    refuses(SITE_FILE, "home = \"h101\"", kind, "front-door", "unknown-word", &right);
    let well = Folder::well();
    well.change(SITE_FILE, "home = \"h101\"", "home = \"h101\"\nkind = \"temperature\"").load();
}

#[test]
fn an_id_twice_in_a_site_is_refused() {
    for (from, to) in [
        ("id = \"office\"", "id = \"hall\""),
        ("id = \"h101\"\nbuilding", "id = \"hall\"\nbuilding"),
        ("id = \"1f\"", "id = \"main\""),
        ("id = \"main\"", "id = \"town\""),
        ("id = \"heat-h101\"", "id = \"multi-office\""),
    ] {
        let problems = Folder::well().change(SITE_FILE, from, to).problems();
        let twice = problems.iter().find(|problem| problem.code == "duplicate-id");
        let twice = twice.unwrap_or_else(|| panic!("{to}: {problems:#?}"));
        let text = SITE.replacen(from, to, 1);
        let line = text.lines().nth(twice.line.unwrap() - 1).unwrap();
        assert!(to.starts_with(line), "{twice}");
        assert!(twice.sentence.contains("sites/town.toml:"), "{twice}");
    }
}

#[test]
fn two_files_of_one_site_are_refused() {
    let problem = only(&Folder::well().with("sites/zz.toml", SITE));
    assert_eq!((problem.file.as_str(), problem.line), ("sites/zz.toml", Some(2)));
    assert_eq!(problem.code, "duplicate-id");
    assert!(problem.sentence.contains("sites/town.toml:2"), "{problem}");
}

#[test]
fn an_id_is_lower_case_digits_and_hyphens() {
    refuses(SITE_FILE, "\"front\"", "\"Front Door\"", "Front Door", "bad-id", &["a-z, 0-9 and -"]);
    refuses(RULE_FILE, "\"heat\"", "\"fire.heat\"", "fire.heat", "bad-id", &["a-z, 0-9 and -"]);
}

#[test]
fn a_timezone_is_one_of_the_worlds() {
    let file = SITE_FILE;
    refuses(file, "Asia/Seoul", "Asia/Seol", "timezone", "unknown-timezone", &["`Asia/Seoul`"]);
    refuses(file, "Asia/Seoul", "KST", "timezone", "unknown-timezone", &["as Asia/Seoul"]);
    refuses(file, "Asia/Seoul", "Korea, here", "timezone", "unknown-timezone", &["Asia/Seoul"]);
    refuses(file, "Asia/Seoul", "asia/seoul", "timezone", "unknown-timezone", &["`Asia/Seoul`"]);
}

#[test]
fn there_is_no_storey_0() {
    refuses(SITE_FILE, "level = 1", "level = 0", "level", "out-of-range", &["ground floor"]);
    refuses(SITE_FILE, "level = 1", "level = 1.5", "level", "wrong-type", &["whole number"]);
}

#[test]
fn lengths_and_spans_are_above_zero_and_finite() {
    for wrong in ["0", "-1.5", "inf", "nan", "1e300", "99999999999999999999"] {
        let to = format!("length_m = {wrong}");
        refuses(SITE_FILE, "length_m = 5.0", &to, &to, "out-of-range", &["above 0"]);
        let to = format!("silent_after_s = {wrong}");
        refuses(SITE_FILE, "silent_after_s = 180", &to, &to, "out-of-range", &["above 0"]);
    }
    let words = ["of type string", "a number above 0"];
    refuses(SITE_FILE, "length_m = 5.0", "length_m = \"5\"", "length_m", "wrong-type", &words);
}

#[test]
fn a_device_hangs_in_one_place_and_reads_something() {
    let to = "zone = \"office\"\nhome = \"h101\"";
    refuses(SITE_FILE, "zone = \"office\"", to, "home", "two-places", &["leave one of them out"]);
    refuses(SITE_FILE, "zone = \"office\"\n", "", "[[device]]", "missing-key", &["`home`"]);
    let reads = "[\"temperature\", \"smoke\"]";
    refuses(SITE_FILE, reads, "[]", "reads", "empty", &["temperature"]);
    let misspelt = "[\"temprature\", \"smoke\"]";
    refuses(SITE_FILE, reads, misspelt, "reads", "unknown-word", &["did you mean `temperature`"]);
    let twice = "[\"smoke\", \"smoke\"]";
    refuses(SITE_FILE, reads, twice, "reads", "duplicate", &["once is enough"]);
}

#[test]
fn a_zone_without_a_way_out_is_refused() {
    let passage = "[[passage]]\nbetween = [\"hall\", \"office\"]\nlength_m = 5.0\n\
                   clear_width_m = 0.9\n";
    let words = ["zone `office`", "[[passage]]"];
    let zone_line = SITE.lines().position(|line| line == "id = \"office\"").unwrap();
    let folder = Folder::well().change(SITE_FILE, passage, "");
    let problem = only(&folder);
    assert_eq!((problem.code, problem.line), ("no-way-out", Some(zone_line)));
    assert!(words.iter().all(|word| problem.sentence.contains(word)), "{problem}");

    let exit = "[[exit]]\nid = \"front\"\nzone = \"hall\"\nlength_m = 2.0\nclear_width_m = 1.8\n";
    let problems = Folder::well().change(SITE_FILE, exit, "").problems();
    assert_eq!(problems.len(), 2, "the hall and the office: {problems:#?}");
    assert!(problems[0].sentence.contains("[[exit]]"), "{}", problems[0]);
}

#[test]
fn a_passage_joins_two_different_zones() {
    let from = "[\"hall\", \"office\"]";
    refuses(SITE_FILE, from, "[\"office\", \"office\"]", "between", "duplicate", &["twice"]);
    let three = "[\"hall\", \"office\", \"yard\"]";
    refuses(SITE_FILE, from, three, "between", "bad-value", &["two zones"]);
}
