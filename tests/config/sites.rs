//! What is refused of sites.

use jikimi::domain::PassageKind;

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

const DRAWN: &str = "id = \"office\"\nstorey = \"1f\"\nkind = \"room\"\n\
                     polygon = [[0, 0], [8, 0], [8, 5], [0, 5]]\n";
const SIGN: &str = "\n[[sign]]\nid = \"sign-office\"\nzone = \"office\"\nat = [4.0, 5.2]\n\
                    facing_deg = 270\n";

/// The small site with a plan of its office and a sign in it.
fn drawn() -> Folder {
    let plain = "id = \"office\"\nstorey = \"1f\"\nkind = \"room\"\n";
    Folder::well().change(SITE_FILE, plain, DRAWN).with_more(SITE_FILE, SIGN)
}

/// Changes one thing in the drawn site, and expects one problem at the line that holds `at`.
fn drawn_refuses(from: &str, to: &str, at: &str, code: &str, words: &[&str]) {
    let folder = drawn().change(SITE_FILE, from, to);
    let problem = only(&folder);
    let text = folder.text(SITE_FILE);
    let line = text.lines().nth(problem.line.unwrap() - 1).unwrap();
    assert_eq!(problem.code, code, "{problem}");
    assert!(line.contains(at), "{problem}\npoints at {line:?}");
    assert!(words.iter().all(|word| problem.sentence.contains(word)), "{problem}");
}

#[test]
fn a_plan_and_its_signs_are_read() {
    let site = drawn().load().configurations[0].site.clone();
    assert_eq!(site.zones["office"].polygon.len(), 4);
    let sign = &site.signs["sign-office"];
    assert_eq!((sign.zone.as_str(), sign.at.x, sign.facing_deg), ("office", 4.0, 270.0));
    assert_eq!(site.passages[0].kind, PassageKind::Door);
}

#[test]
fn an_outline_has_three_corners_and_an_area() {
    let corners = "[[0, 0], [8, 0], [8, 5], [0, 5]]";
    let case = |to, code, word| drawn_refuses(corners, to, "polygon", code, &[word]);
    case("[[0, 0], [8, 0]]", "bad-polygon", "3 or more");
    case("[[0, 0], [4, 0], [8, 0]]", "bad-polygon", "no area");
    case("[[0, 0], [8, 0], [8]]", "bad-point", "[12.5, 3.0]");
    case("[[0, 0], [8, 0], [0, 0]]", "duplicate", "twice");
}

#[test]
fn a_sign_hangs_where_its_readers_stand() {
    let zone = "zone = \"office\"\nat";
    drawn_refuses(zone, "zone = \"ofice\"\nat", "ofice", "unknown-zone", &["`office`?"]);
    drawn_refuses("[4.0, 5.2]", "[4.0, 7]", "at = [4.0, 7]", "sign-outside-zone", &["`office`"]);
    drawn_refuses("= 270", "= 360", "facing", "out-of-range", &["from 0 up to 360"]);
    let problems = drawn().with_more(SITE_FILE, SIGN).problems();
    assert_eq!(problems[0].code, "duplicate-id");
}

#[test]
fn a_building_with_signs_has_them_on_every_storey() {
    let storey = "[[storey]]\nid = \"2f\"\nbuilding = \"main\"\nlevel = 2\n\n[[zone]]";
    let attic = "\n[[zone]]\nid = \"attic\"\nstorey = \"2f\"\nkind = \"room\"\n\n[[passage]]\n\
                 between = [\"hall\", \"attic\"]\nlength_m = 9\nclear_width_m = 1\n";
    let folder = drawn().change(SITE_FILE, "[[zone]]", storey).with_more(SITE_FILE, attic);
    let problem = only(&folder);
    assert_eq!(problem.code, "storey-without-sign");
    assert!(problem.sentence.contains("`2f`") && problem.sentence.contains("[[sign]]"));
    let climbs = folder.change(SITE_FILE, "[[sign]]", "[[unread]]").problems();
    assert_eq!(climbs.len(), 1, "only the unknown key: {climbs:#?}");
}

#[test]
fn stairs_join_storeys_and_doors_do_not() {
    let length = "length_m = 5.0";
    for kind in ["stairs", "lift"] {
        let to = format!("kind = \"{kind}\"\n{length}");
        refuses(SITE_FILE, length, &to, "kind = ", "wrong-kind", &["door or opening"]);
    }
    let to = format!("kind = \"ladder\"\n{length}");
    refuses(SITE_FILE, length, &to, "ladder", "unknown-word", &["door, opening, stairs, lift"]);
    let to = format!("id = \"hall\"\n{length}");
    refuses(SITE_FILE, length, &to, "id = \"hall\"", "duplicate-id", &["passages"]);
}

const GATEWAY: &str = "[[gateway]]\nid = \"gw\"\nbuilding = \"main\"\n\n[[home]]\nid = \"h101\"";

/// A site whose home hangs behind a gateway.
fn behind_a_gateway() -> Folder {
    Folder::well().change(SITE_FILE, "[[home]]\nid = \"h101\"", GATEWAY).change(
        SITE_FILE,
        "building = \"main\"\n\n[[passage]]",
        "building = \"main\"\ngateway = \"gw\"\n\n[[passage]]",
    )
}

#[test]
fn what_hangs_in_a_home_speaks_through_the_homes_gateway_or_its_own() {
    let gateway = |folder: &Folder, device: &str| {
        let site = folder.load().configurations[0].site.clone();
        site.devices[device].gateway.as_ref().map(ToString::to_string)
    };
    let folder = behind_a_gateway();
    assert_eq!(gateway(&folder, "heat-h101"), Some("gw".to_owned()));
    assert_eq!((gateway(&folder, "multi-office"), gateway(&folder, "gw")), (None, None));
    let site = folder.load().configurations[0].site.clone();
    assert!(site.devices["gw"].is_gateway());
    let own = "zone = \"office\"\ngateway = \"gw\"\nreads";
    let folder = folder.change(SITE_FILE, "zone = \"office\"\nreads", own);
    assert_eq!(gateway(&folder, "multi-office"), Some("gw".to_owned()));
}

#[test]
fn a_gateway_that_is_none_is_refused() {
    let folder = behind_a_gateway().change(SITE_FILE, "gateway = \"gw\"", "gateway = \"wg\"");
    let problem = only(&folder);
    assert_eq!(problem.code, "unknown-gateway");
    assert!(problem.sentence.contains("did you mean `gw`?"), "{problem}");
    let device = "home = \"h101\"\ngateway = \"multi-office\"";
    refuses(SITE_FILE, "home = \"h101\"", device, "multi-office", "unknown-gateway", &["gateway"]);
    let kind = "home = \"h101\"\nkind = \"gateway\"";
    refuses(SITE_FILE, "home = \"h101\"", kind, "kind", "gateway-as-device", &["[[gateway]]"]);
    let twice = behind_a_gateway().change(SITE_FILE, "id = \"heat-h101\"", "id = \"gw\"");
    assert_eq!(only(&twice).code, "duplicate-id");
}

#[test]
fn a_home_whose_way_out_nobody_watches_is_worth_a_second_look() {
    let pir =
        "\n[[device]]\nid = \"pir\"\nhome = \"h101\"\nkind = \"motion\"\nreads = [\"motion\"]\n";
    let warnings = |more: &str| Folder::well().with_more(SITE_FILE, more).load().warnings;
    let of = |more: &str| warnings(more).into_iter().find(|is| is.code == "no-exit-sensor");
    let warning = of(pir).expect("it is warned of");
    assert!(
        warning.sentence.contains("h101") && warning.sentence.contains("exit-door"),
        "{warning}"
    );
    let door = pir
        .replace("pir", "door")
        .replace("motion", "exit-door")
        .replace("[\"exit-door", "[\"contact");
    assert!(of(&format!("{pir}{door}")).is_none());
    assert!(of("").is_none(), "nobody looks into it");
}
