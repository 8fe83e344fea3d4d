//! What is refused of rules.

use crate::folder::{Folder, RULE_FILE, RULES, SITUATION_FILE, only, refuses};

#[test]
fn a_detector_that_does_not_exist_is_refused() {
    let words = ["rule `heat` names detector `treshold`", "did you mean `threshold`?", "fusion"];
    refuses(RULE_FILE, "threshold", "treshold", "detector", "unknown-detector", &words);
}

#[test]
fn a_misspelt_key_of_a_rule_is_refused_with_all_it_may_have() {
    let words = ["`hold`", "did you mean `hold_s`?", "because", "watches", "unit"];
    refuses(RULE_FILE, "hold_s = 4.0", "hold = 4.0", "hold =", "unknown-key", &words);
    let vote = "start = 45.0, stop = 40.0, hold_s = 1";
    let words = ["`hold_s`", "`votes`", "quantity, unit, start, stop"];
    refuses(RULE_FILE, "start = 45.0, stop = 40.0", vote, "hold_s", "unknown-key", &words);
    let watches = "{ quantity = \"temperature\", zone = [\"hall\"] }";
    let words = ["did you mean `zones`?"];
    refuses(RULE_FILE, "{ quantity = \"temperature\" }", watches, "watches", "unknown-key", &words);
}

#[test]
fn a_rule_says_where_its_numbers_come_from() {
    let words = ["`because`", "where its numbers come from"];
    let file = RULE_FILE;
    refuses(file, "because = \"a maker's sheet\"\n", "", "[[rule]]", "missing-key", &words);
    refuses(file, "\"a maker's sheet\"", "\" \"", "because", "blank", &words);
}

#[test]
fn a_number_that_the_detector_needs_is_missed() {
    let words = ["`start`", "unit, start, stop"];
    refuses(RULE_FILE, "start = 57.0\n", "", "[[rule]]", "missing-key", &words);
    refuses(RULE_FILE, ", stop = 40.0", "", "start = 45.0", "missing-key", &["`stop`", "`votes`"]);
    let folder = Folder::well().change(RULE_FILE, "start = 57.0\nstop = 50.0\n", "");
    assert_eq!(folder.problems().len(), 2, "both are named at once");
}

#[test]
fn a_number_of_the_wrong_sort_is_refused() {
    let file = RULE_FILE;
    refuses(file, "start = 57.0", "start = \"57\"", "start", "wrong-type", &["a number"]);
    refuses(file, "k = 2", "k = 1.5", "k = 1.5", "wrong-type", &["a whole number"]);
    refuses(file, "start = 57.0", "start = nan", "start", "out-of-range", &["-1e9 to 1e9"]);
    refuses(file, "stop = 40.0", "stop = -inf", "stop", "out-of-range", &["-1e9 to 1e9"]);
    let many = Folder::well()
        .change(file, "start = 57.0\nstop = 50.0", "start = \"57\"\nstop = \"50\"")
        .change(file, "start = 45.0", "start = \"45\"")
        .change(file, "start = 5.0", "start = \"5\"");
    let lines: Vec<Option<usize>> = many.problems().iter().map(|problem| problem.line).collect();
    assert_eq!(lines, [Some(10), Some(11), Some(25), Some(26)]);
}

#[test]
fn three_mistakes_in_one_vote_are_all_found() {
    let from = "quantity = \"smoke\", unit = \"percent-per-metre\", start = 5.0";
    let to = "quantity = \"smok\", unit = \"percent\", strt = 5.0, start = \"5\"";
    let problems = Folder::well().change(RULE_FILE, from, to).problems();
    let codes: Vec<&str> = problems.iter().map(|problem| problem.code).collect();
    assert_eq!(codes, ["unknown-key", "unknown-word", "wrong-type"], "{problems:#?}");
    assert!(problems.iter().all(|problem| problem.line == Some(26)));
}

#[test]
fn one_threshold_that_chatters_is_refused() {
    let file = RULE_FILE;
    refuses(file, "stop = 50.0", "stop = 57.0", "stop", "bad-parameters", &["below `start`"]);
    refuses(file, "stop = 40.0", "stop = 46.0", "", "bad-parameters", &["below `start`"]);
    refuses(file, "hold_s = 4.0", "hold_s = -1", "hold_s", "bad-parameters", &["0 or more"]);
    refuses(file, "k = 2", "k = 1", "k = 1", "bad-parameters", &["2 or more"]);
}

#[test]
fn a_unit_that_is_not_the_quantitys_is_refused() {
    let words = ["temperature is measured in celsius"];
    refuses(RULE_FILE, "unit = \"celsius\"", "unit = \"ppm\"", "unit", "wrong-unit", &words);
    let votes = "quantity = \"temperature\", unit = \"ppm\"";
    let from = "quantity = \"temperature\", unit = \"celsius\"";
    refuses(RULE_FILE, from, votes, "votes", "wrong-unit", &words);
    let words = ["did you mean `celsius`?"];
    refuses(RULE_FILE, "\"celsius\"", "\"celcius\"", "unit", "unknown-word", &words);
}

#[test]
fn a_rule_must_know_what_it_measures() {
    let watches = "watches = { quantity = \"temperature\" }\n";
    let words = ["watches", "quantity", "celsius"];
    refuses(RULE_FILE, watches, "", "[[rule]]", "missing-quantity", &words);
    let to = "k = 2\nwatches = { quantity = \"smoke\" }";
    refuses(RULE_FILE, "k = 2", to, "watches", "two-quantities", &["leave out"]);
}

#[test]
fn a_fault_is_never_an_alarm() {
    let file = RULE_FILE;
    let class = "class = \"trouble\"";
    refuses(file, class, "class = \"alarm\"", "class", "class-of-fault", &["trouble"]);
    refuses(file, "\"alarm\"", "\"trouble\"", "class", "class-of-situation", &["`fault`"]);
    refuses(
        file,
        "\"device-silent\"",
        "\"fire\"",
        "fault",
        "fault-is-situation",
        &["another name"],
    );
    let to = "fault = \"a\"\nsituation = \"fire\"";
    refuses(file, "fault = \"device-silent\"", to, "fault", "two-meanings", &["leave one"]);
    refuses(file, "situation = \"fire\"\n", "", "[[rule]]", "missing-key", &["`fault`"]);
}

#[test]
fn what_jikimi_finds_itself_keeps_its_name() {
    let file = RULE_FILE;
    for own in ["clock", "rule-quarantined", "unwatched"] {
        let named = |key: &str| format!("{key} = \"{own}\"");
        let (id, fault) = (named("id"), named("fault"));
        let words = [own, "jikimi's own"];
        refuses(file, "id = \"heat\"", &id, &id, "reserved-name", &words);
        refuses(file, "fault = \"device-silent\"", &fault, &fault, "reserved-name", &words);
    }
    let folder = Folder::well()
        .change(SITUATION_FILE, "id = \"fire\"", "id = \"unwatched\"")
        .change(file, "situation = \"fire\"", "situation = \"unwatched\"")
        .change(file, "situation = \"fire\"", "situation = \"unwatched\"");
    assert_eq!(only(&folder).code, "reserved-name");
}

#[test]
fn a_detector_that_breaks_on_purpose_is_recommended_to_nobody() {
    let problem = only(&Folder::well().change(RULE_FILE, "threshold", "planted-panic"));
    assert!(!problem.sentence.contains("planted_panic"), "{problem}");
}

#[test]
fn a_rule_speaks_of_a_situation_that_exists() {
    let words = ["did you mean `fire`?", "(known: fire)"];
    let to = "situation = \"fier\"";
    refuses(RULE_FILE, "situation = \"fire\"", to, "situation", "unknown-situation", &words);
    let to = "situation = \"fire\"\nscope = \"zone\"";
    let words = ["leave it out"];
    refuses(RULE_FILE, "situation = \"fire\"", to, "scope", "scope-of-situation", &words);
}

#[test]
fn a_rule_watches_what_exists_somewhere() {
    let from = "{ quantity = \"temperature\" }";
    let zones = "{ quantity = \"temperature\", zones = [\"kitchn\", \"hall\"] }";
    refuses(RULE_FILE, from, zones, "watches", "unknown-zone", &["`kitchn`", "known: hall"]);
    let devices = "{ quantity = \"temperature\", devices = [\"multi-ofice\"] }";
    let words = ["did you mean `multi-office`?"];
    refuses(RULE_FILE, from, devices, "watches", "unknown-device", &words);
    let kinds = "{ quantity = \"temperature\", zone_kinds = [\"kitchn\"] }";
    let words = ["did you mean `kitchen`?"];
    refuses(RULE_FILE, from, kinds, "watches", "unknown-word", &words);
}

#[test]
fn a_rule_twice_is_refused() {
    let problems = Folder::well().with("rules/zz.toml", RULES).problems();
    assert_eq!(problems.len(), 3, "{problems:#?}");
    assert!(problems.iter().all(|problem| problem.code == "duplicate-id"));
    assert!(problems[0].sentence.contains("rules/fire.toml:3"), "{}", problems[0]);
}

#[test]
fn a_table_where_a_list_of_tables_belongs_is_refused() {
    let folder = Folder::well().with("rules/zz.toml", "[rule]\nid = \"a\"\n");
    let problem = only(&folder);
    assert_eq!((problem.code, problem.line), ("wrong-type", Some(1)));
    assert!(problem.sentence.contains("[[rule]]"), "{problem}");
}

#[test]
fn the_steps_of_a_still_home_come_later_and_get_worse() {
    const CARE: &str = r#"
[[rule]]
id = "still"
detector = "stillness"
situation = "fire"
class = "alarm"
level = "attention"
away_after_h = 48.0
door_settles_s = 60.0
blind_after_s = 1800.0
because = "a city's protocol"
steps = [{ after_h = 8, level = "attention" }, { after_h = 12, level = "warning" }]
"#;
    for (from, to, code, words) in [
        ("after_h = 12", "after_h = 8", "bad-parameters", "later and be graver"),
        ("level = \"warning\"", "level = \"attention\"", "bad-parameters", "later and be graver"),
        ("away_after_h = 48.0", "away_after_h = 4.0", "bad-parameters", "longer, not less"),
        ("blind_after_s = 1800.0", "blind_after_s = 0.0", "bad-parameters", "more than 0"),
        ("level = \"warning\"", "level = \"urgent\"", "unknown-word", "attention"),
        ("away_after_h = 48.0\n", "", "missing-key", "away_after_h"),
    ] {
        let spoilt = CARE.replacen(from, to, 1);
        let problem = only(&Folder::well().with("rules/care.toml", spoilt));
        assert_eq!((problem.code, problem.file.as_str()), (code, "rules/care.toml"), "{problem}");
        assert!(problem.sentence.contains(words), "{problem}");
    }
}

#[test]
fn the_spans_of_kinds_are_those_of_kinds_that_exist() {
    let file = RULE_FILE;
    let with = |kinds: &str| format!("silent_after_s = 900\nsilent_after_by_kind_s = {kinds}");
    let from = "silent_after_s = 900";
    Folder::well().change(file, from, &with("{ motion = 1800, exit-door = 5400.5 }")).load();
    let (wrong, word) = (with("{ moton = 1800 }"), ["did you mean `motion`?"]);
    refuses(file, from, &wrong, "moton", "unknown-word", &word);
    let zero = with("{ motion = 0 }");
    refuses(file, from, &zero, "by_kind", "bad-parameters", &["more than 0"]);
    let text = with("{ motion = \"1800\" }");
    refuses(file, from, &text, "by_kind", "wrong-type", &["a number"]);
    let grace = "silent_after_s = 900\noffline_grace_s = -1";
    refuses(file, from, grace, "offline_grace_s", "bad-parameters", &["0 or more"]);
}

#[test]
fn what_a_faulty_reading_is_must_make_sense() {
    const STUCK: &str = r#"
[[rule]]
id = "odd"
detector = "stuck"
fault = "odd"
class = "trouble"
level = "attention"
watches = { quantity = "temperature" }
unit = "celsius"
within = 0.1
after_s = 86400
every_s = 3600
because = "a maker's sheet"
"#;
    let range = STUCK.replace("stuck", "out_of_range").replace(
        "within = 0.1\nafter_s = 86400\nevery_s = 3600",
        "lowest = 0\nhighest = 9\nquiet_s = 5",
    );
    let jump = STUCK.replace("stuck", "jump").replace(
        "within = 0.1\nafter_s = 86400\nevery_s = 3600",
        "step = 3\nwithin_s = 9\nquiet_s = 5",
    );
    for (rule, from, to, words) in [
        (STUCK, "within = 0.1", "within = -1", "0 or more"),
        (STUCK, "every_s = 3600", "every_s = 90000", "no longer than `after_s`"),
        (STUCK, "after_s = 86400", "after_s = 0", "more than 0"),
        (&range, "lowest = 0", "lowest = 9", "below `highest`"),
        (&range, "quiet_s = 5", "quiet_s = -5", "0 or more"),
        (&jump, "step = 3", "step = 0", "more than 0"),
        (&jump, "within_s = 9", "within_s = 0", "more than 0"),
    ] {
        Folder::well().with("rules/odd.toml", rule).load();
        let problems = Folder::well().with("rules/odd.toml", rule.replacen(from, to, 1)).problems();
        assert!(problems.iter().all(|problem| problem.code == "bad-parameters"), "{problems:#?}");
        assert!(problems.iter().any(|of| of.sentence.contains(words)), "{to}: {problems:#?}");
    }
    let release = "hold_s = 4.0\nrelease_s = -1";
    refuses(RULE_FILE, "hold_s = 4.0", release, "release_s", "bad-parameters", &["0 or more"]);
}
