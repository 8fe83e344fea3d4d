//! Buildings that others drew, made into sites: what is read, what is refused, and that the file
//! that comes out is one that `jikimi check` takes.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jikimi::config;
use jikimi::domain::{Id, PassageKind, Site, ZoneKind};
use jikimi::evacuate::import::{
    ASSUMED_WIDTH_M, Dialect, Imported, Refused, Remark, Source, Wishes, graph_of, import,
    mentioned,
};
use jikimi::evacuate::{Budget, Forest, Mask, Network, Pace, plan};

const HALL: &str = include_str!("../../docs/drawings/hall.gml");

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn wishes(exits: &[&str]) -> Wishes {
    Wishes { exits: exits.iter().map(|exit| (*exit).to_owned()).collect(), ..Wishes::default() }
}

fn gml(text: &str, exits: &[&str]) -> Result<Imported, Refused> {
    import(Dialect::IndoorGml, &[Source { file: "hall.gml", text }], &wishes(exits))
}

/// A main file and what it mentions, by name.
fn folder(main: &Path) -> Vec<(String, String)> {
    let (folder, mut open) = (main.parent().unwrap(), vec![main.to_owned()]);
    open.push(folder.join("main-paths.json"));
    let mut files = Vec::new();
    while let Some(path) = open.pop() {
        let text = fs::read_to_string(&path).unwrap();
        open.extend(mentioned(&text).into_iter().map(|name| folder.join(name)));
        files.push((path.file_name().unwrap().to_str().unwrap().to_owned(), text));
    }
    files
}

fn geojson(files: &[(String, String)], wishes: &Wishes) -> Result<Imported, Refused> {
    let sources: Vec<Source<'_>> = files.iter().map(|(file, text)| Source { file, text }).collect();
    import(Dialect::GeoJson, &sources, wishes)
}

fn clinic() -> Vec<(String, String)> {
    folder(&root().join("docs/drawings/clinic/main.json"))
}

fn well(imported: Result<Imported, Refused>) -> Imported {
    imported.unwrap_or_else(|refused| panic!("{refused}"))
}

#[track_caller]
fn refused(imported: Result<Imported, Refused>, code: &str, line: Option<usize>) -> Remark {
    let problems = imported.expect_err("it should have been refused").problems;
    let found = problems.iter().find(|problem| problem.code == code);
    let found = found.unwrap_or_else(|| panic!("no {code} in {problems:#?}")).clone();
    assert_eq!(found.line, line, "{found}");
    found
}

/// The site as the configuration reads the file that was written.
fn checked(imported: &Imported) -> Site {
    let dir = tempfile::tempdir().unwrap();
    copy(&root().join("config"), dir.path());
    for site in fs::read_dir(dir.path().join("sites")).unwrap() {
        fs::remove_file(site.unwrap().path()).unwrap();
    }
    fs::write(dir.path().join("sites/imported.toml"), &imported.toml).unwrap();
    let loaded = config::load(dir.path());
    let loaded = loaded.unwrap_or_else(|refused| panic!("{refused}\n{}", imported.toml));
    Site::clone(&loaded.configurations[0].site)
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        match path.is_dir() {
            true => copy(&path, &target),
            false => drop(fs::copy(&path, target).unwrap()),
        }
    }
}

/// A site is read back as it was made, and its signs lead out of it.
#[track_caller]
fn holds(imported: &Imported) -> u64 {
    let read = checked(imported);
    assert_eq!(format!("{read:?}"), format!("{:?}", imported.site));
    let network = Network::of(std::sync::Arc::new(read));
    let mask = Mask::open(network.graph());
    let first = Forest::grow(network.graph(), &mask);
    let signage = plan(network.graph(), &mask, &first, &[], Budget { rounds: 4, flips: 200 });
    assert!(signage.clearing_ms >= signage.bound_ms);
    let people = network.graph().people();
    println!(
        "{}: {} zones, {people:.0} people out after {:.0} s, no plan before {:.0} s",
        imported.site.id,
        imported.site.zones.len(),
        Duration::from_millis(signage.clearing_ms).as_secs_f64(),
        Duration::from_millis(signage.bound_ms).as_secs_f64()
    );
    signage.clearing_ms
}

fn codes(imported: &Imported) -> Vec<&'static str> {
    let mut codes: Vec<_> = imported.warnings.iter().map(|warning| warning.code).collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}

#[test]
fn a_building_in_indoorgml_becomes_a_site() {
    let imported = well(gml(HALL, &[]));
    let site = &imported.site;
    let zones: Vec<&str> = site.zones.keys().map(Id::as_str).collect();
    // Korean names stay names; the ids come from the cells' own.
    assert_eq!(
        zones,
        [
            "1f-c1",
            "1f-c4",
            "1f-corridor-1",
            "1f-office",
            "2f-c5",
            "2f-corridor-2",
            "2f-meeting-room"
        ]
    );
    assert_eq!(site.name, "작은 회관");
    let zone = |id: &str| &site.zones[id];
    assert_eq!((zone("1f-c4").name.as_str(), zone("1f-c4").kind), ("계단실", ZoneKind::Stairwell));
    assert_eq!(
        (zone("1f-c1").kind, zone("2f-corridor-2").kind),
        (ZoneKind::Hall, ZoneKind::Corridor)
    );
    assert!(site.zones.values().all(|zone| zone.polygon.len() == 4));
    // The anchor leads outside; a boundary gives its transition the width.
    assert_eq!((site.exits.len(), site.exits[0].zone.as_str()), (1, "1f-c1"));
    let door = |id: &str| site.passages.iter().find(|way| way.id.as_ref().unwrap().as_str() == id);
    for (id, width_m) in [("t1", 1.8), ("t2", 0.9), ("t3", ASSUMED_WIDTH_M)] {
        assert!((door(id).unwrap().clear_width_m - width_m).abs() < 1e-9, "{id}");
    }
    let stairs = door("t4").unwrap();
    assert_eq!(stairs.kind, PassageKind::Stairs);
    assert!((stairs.length_m - 6.7).abs() < 1e-9, "3.6 m up: {stairs:?}");
    assert_eq!(codes(&imported), ["no-width", "single-exit"]);
    let widths = imported.toml.matches("# assumed, not drawn").count();
    assert_eq!(widths, 4, "three transitions and the exit: {}", imported.toml);
    holds(&imported);
}

#[test]
fn what_does_not_hold_together_in_indoorgml_is_refused_with_its_line() {
    let line = |text: &str, needle: &str| Some(text[..text.find(needle).unwrap()].lines().count());
    let broken =
        HALL.replace("<core:connects xlink:href=\"#S3\"/>", "<core:connects xlink:href=\"#S9\"/>");
    let remark = refused(
        gml(&broken, &[]),
        "broken-link",
        line(&broken, "<core:connects xlink:href=\"#S9\""),
    );
    assert!(remark.sentence.contains("#S9") && remark.sentence.contains("State"), "{remark}");
    let broken = HALL.replacen(
        "<core:connects xlink:href=\"#T2\"/>",
        "<core:connects xlink:href=\"#\"/>",
        1,
    );
    refused(gml(&broken, &[]), "broken-link", line(&broken, "<core:connects xlink:href=\"#\""));
    let broken =
        HALL.replace("<core:duality xlink:href=\"#C3\"/>", "<core:duality xlink:href=\"#C33\"/>");
    refused(gml(&broken, &[]), "broken-link", line(&broken, "<core:duality xlink:href=\"#C33\""));
    let broken = HALL.replace("4 4 0 12 4 0", "4 4 0 12 four 0");
    let position = &broken[..broken.find("12 four").unwrap()];
    let list = position[..position.rfind("<gml:posList").unwrap()].lines().count();
    refused(gml(&broken, &[]), "bad-position", Some(list));
    let broken = HALL.replace("</core:SpaceLayer>", "");
    assert!(gml(&broken, &[]).expect_err("no XML").problems[0].sentence.contains("XML"));
    let old = HALL.replace("indoorgml/1.0/core", "indoorgml/0.9/core");
    let remark = refused(gml(&old, &[]), "old-dialect", Some(3));
    assert!(remark.sentence.contains("1.0"), "{remark}");
    let entities =
        format!("<!DOCTYPE a [<!ENTITY b \"c\">]>{}", &HALL[HALL.find("<core:Ind").unwrap()..]);
    refused(gml(&entities, &[]), "syntax", Some(1));
}

#[test]
fn both_versions_are_read_and_what_they_allow_but_nobody_can_walk_is_not() {
    let newer = HALL.replace("indoorgml/1.0/core", "indoorgml/1.1/core");
    assert_eq!(well(gml(&newer, &[])).toml, well(gml(HALL, &[])).toml);
    let latest = HALL.replace("indoorgml/1.0/core", "indoorgml/2.0/core");
    let remark = refused(gml(&latest, &[]), "old-dialect", Some(3));
    assert!(remark.sentence.contains("another version"), "{remark}");
    let (begin, end) = ("<core:spaceLayerMember>", "</core:spaceLayerMember>");
    let layer = &HALL[HALL.find(begin).unwrap()..HALL.find(end).unwrap() + end.len()];
    let two = HALL.replace(layer, &format!("{layer}{layer}"));
    let second = two[..two.rfind("<core:SpaceLayer ").unwrap()].lines().count();
    refused(gml(&two, &[]), "several-layers", Some(second));
    let degrees = HALL.replacen("<gml:Polygon ", "<gml:Polygon srsName=\"EPSG:4326\" ", 1);
    refused(gml(&degrees, &[]), "not-metres", Some(14));
    let shuffled = HALL.replacen("<core:connects xlink:href=\"#S1\"/>", "", 1);
    let remark = refused(gml(&shuffled, &[]), "broken-link", line_of_last(&shuffled, "\"T1\""));
    assert!(remark.sentence.contains("1 ends") && remark.sentence.contains("two"), "{remark}");
}

fn line_of_last(text: &str, needle: &str) -> Option<usize> {
    Some(text[..text.rfind(needle).unwrap()].lines().count())
}

#[test]
fn an_exit_is_named_by_its_id_or_its_name_and_never_guessed() {
    let closed = HALL.replace("navi:AnchorSpace", "navi:TransitionSpace");
    let remark = refused(gml(&closed, &[]), "no-exit", None);
    assert!(remark.sentence.contains("--exit") && remark.sentence.contains("Office"), "{remark}");
    for wish in ["C1", "현관", "c1"] {
        assert_eq!(well(gml(&closed, &[wish])).site.exits[0].zone.as_str(), "1f-c1", "{wish}");
    }
    let remark = refused(gml(&closed, &["계단실"]), "unknown-exit", None);
    assert!(remark.sentence.contains("C4") && remark.sentence.contains("C5"), "{remark}");
    refused(gml(&closed, &["Lobby"]), "unknown-exit", None);
    // Out of the upper storey: that is the ground floor then.
    assert_eq!(
        well(gml(&closed, &["Meeting room"])).site.exits[0].zone.as_str(),
        "1f-meeting-room"
    );
}

#[test]
fn what_has_no_way_out_is_refused_or_left_out_and_said() {
    let alone = HALL.replace("<core:connects xlink:href=\"#T6\"/>", "");
    let cut = alone.find("<core:Transition gml:id=\"T6\">").unwrap();
    let (from, to) = (
        alone[..cut].rfind("<core:transitionMember>").unwrap(),
        alone[cut..].find("</core:transitionMember>").unwrap() + cut,
    );
    let alone = format!("{}{}", &alone[..from], &alone[to + "</core:transitionMember>".len()..]);
    let remark = refused(gml(&alone, &[]), "unreachable", Some(131));
    assert!(remark.sentence.contains("Meeting room"), "{remark}");
    let wishes = Wishes { leave_out_unreachable: true, ..Wishes::default() };
    let source = Source { file: "hall.gml", text: &alone };
    let imported = well(import(Dialect::IndoorGml, &[source], &wishes));
    assert_eq!(imported.site.zones.len(), 6);
    assert!(imported.toml.contains("# Left out") && codes(&imported).contains(&"unreachable"));
    holds(&imported);
}

#[test]
fn a_building_in_geojson_becomes_a_site() {
    let imported = well(geojson(&clinic(), &wishes(&["door-14"])));
    let site = &imported.site;
    let zones: Vec<&str> = site.zones.keys().map(Id::as_str).collect();
    assert_eq!(zones.len(), 9, "{zones:?}");
    for zone in
        ["1f-corridor", "1f-stair-a", "1f-waiting-room", "2f-stair-a", "2f-222", "2f-archive"]
    {
        assert!(zones.contains(&zone), "{zone} among {zones:?}");
    }
    assert_eq!(site.zones["2f-222"].name, "상담실");
    let exits: Vec<&str> = site.exits.iter().map(|exit| exit.id.as_str()).collect();
    assert_eq!(exits, ["exit-front-door", "exit-door-14"]);
    let ways = |id: &str| {
        let of = |way: &&jikimi::domain::Passage| way.between.iter().any(|end| end.as_str() == id);
        site.passages.iter().filter(of).collect::<Vec<_>>()
    };
    let door = ways("1f-waiting-room");
    assert_eq!((door.len(), door[0].kind), (1, PassageKind::Door));
    assert!((door[0].clear_width_m - 1.0).abs() < 0.02, "{door:?}");
    let stairs = ways("2f-stair-a");
    assert!(stairs.iter().any(|way| way.kind == PassageKind::Stairs));
    // A drawn room has walls; only the path that people drew opens it.
    let archive = ways("2f-archive");
    assert_eq!((archive.len(), archive[0].kind), (1, PassageKind::Opening));
    assert!((archive[0].clear_width_m - ASSUMED_WIDTH_M).abs() < 1e-9, "{archive:?}");
    let corridor = &site.zones["1f-corridor"].polygon;
    let width = corridor.iter().map(|c| c.x).fold(0.0, f64::max)
        - corridor.iter().map(|c| c.x).fold(99.0, f64::min);
    assert!((width - 15.6).abs() < 0.02, "{width} m");
    assert_eq!(codes(&imported), ["kind-assumed", "no-width", "single-exit"]);
    holds(&imported);
}

#[test]
fn spaces_between_walls_are_as_large_as_they_are() {
    let imported = well(geojson(&clinic(), &wishes(&[])));
    let area = |id: &str| {
        let polygon = &imported.site.zones[id].polygon;
        jikimi::evacuate::occupancy::area_m2(polygon)
    };
    // 6.8 by 4.6 m between the walls, which take up whole squares of 10 cm.
    let room = area("1f-waiting-room");
    assert!((room - 6.8 * 4.6).abs() < 0.05 * 6.8 * 4.6, "{room} m²");
}

#[test]
fn what_is_wrong_in_geojson_is_refused_with_its_line() {
    let with = |file: &str, from: &str, to: &str| {
        let mut files = clinic();
        let (_, text) = files.iter_mut().find(|(name, _)| name == file).unwrap();
        assert!(text.contains(from), "{from}");
        *text = text.replacen(from, to, 1);
        geojson(&files, &wishes(&[]))
    };
    let remark =
        refused(with("ground.geojson", "\"hallway\"", "\"halway\""), "unknown-kind", Some(20));
    assert!(remark.sentence.contains("halway") && remark.sentence.contains("hallway"), "{remark}");
    refused(with("ground.geojson", "\"Polygon\"", "\"Polygone\""), "bad-feature", Some(4));
    refused(with("main-paths.json", "[0, 1]", "[0]"), "broken-link", Some(5));
    refused(with("ground.geojson", "[126.85, 35.16]", "[1126.85, 35.16]"), "not-wgs84", Some(4));
    refused(with("ground.geojson", "[126.85, 35.16]", "[127.85, 35.16]"), "too-large", None);
    refused(with("main.json", "\"upper.geojson\"", "\"uper.geojson\""), "no-level", None);
    refused(with("upper.geojson", " \"features\"", " features"), "syntax", Some(3));
}

#[test]
fn a_room_without_a_door_is_a_shaft_and_one_that_was_drawn_is_unreachable() {
    let mut files = clinic();
    let upper = files.iter_mut().find(|(name, _)| name == "upper.geojson").unwrap();
    let door = upper.1.find("{\"type\": \"Feature\", \"properties\": {\"id\": 212,").unwrap();
    let end = door + upper.1[door..].find('\n').unwrap() + 1;
    upper.1.replace_range(door..end, "");
    let remark = refused(geojson(&files, &wishes(&[])), "unreachable", Some(16));
    assert!(remark.sentence.contains("상담실"), "{remark}");
}

const GRAPH: &str = "H\t5\t4\t1\t30
N\t0\troom\t0\t0\t4\t0\t10\t1\t0
N\t1\tcorridor\t0\t0\t0\t0\t0\t0\t0
N\t2\texit\t0\t-6\t0\t0\t0\t0\t0
N\t3\tstair\t1\t4\t0\t3.6\t0\t0\t1
N\t4\troom\t1\t4\t4\t3.6\t20\t0\t0
E\t0\t1\tdoor\t4\t0.9\t0.792\t3.3613\t1
E\t1\t2\texit\t6\t1.8\t1.98\t5.042\t1
E\t1\t3\tstair\t6.7\t1.2\t0.909\t7.7907\t0
E\t3\t4\tdoor\t4\t1.0\t0.924\t3.3613\t1
X\t2
";

fn tsv(text: &str) -> Result<Imported, Refused> {
    import(Dialect::GraphTsv, &[Source { file: "block.tsv", text }], &Wishes::default())
}

#[test]
fn a_graph_becomes_a_site_with_its_people() {
    let imported = well(tsv(GRAPH));
    let site = &imported.site;
    let zones: Vec<&str> = site.zones.keys().map(Id::as_str).collect();
    assert_eq!(zones, ["1f-corridor-1", "1f-room-0", "2f-room-4", "2f-stair-3"]);
    assert_eq!((site.exits.len(), site.passages.len()), (1, 3));
    assert_eq!(site.zones["2f-room-4"].people, Some(20));
    assert!(codes(&imported).contains(&"refuge-marks"));
    holds(&imported);
    // As it is, it keeps its own times and capacities: 20 through 0.909 persons/s is the most.
    let named = graph_of(&Source { file: "block.tsv", text: GRAPH }).unwrap();
    assert_eq!((named.nodes[4].as_str(), named.ways[2].as_str()), ("room-4", "edge-2"));
    assert!((named.graph.people() - 30.0).abs() < 1e-9);
    assert_eq!(named.graph.ways()[2].forth, Pace { ms: 7791, per_s: 0.909 });
}

/// A ground floor of a stair and a hall with the only exit, and an upper storey with a corridor of
/// 60 m from the same stair, a room at its end, one at 20 m and one that only the lift reaches.
const TRAP: &str = "H\t11\t10\t1\t0
N\t0\texit\t0\t0\t0\t0\t0\t0\t0
N\t1\tcorridor\t0\t0\t5\t0\t0\t0\t0
N\t2\tstair\t0\t0\t9\t0\t0\t0\t0
N\t3\tlift\t0\t4\t9\t0\t0\t0\t0
N\t4\tstair\t1\t0\t9\t4\t0\t0\t0
N\t5\tcorridor\t1\t20\t9\t4\t0\t0\t0
N\t6\tcorridor\t1\t40\t9\t4\t0\t0\t0
N\t7\tcorridor\t1\t60\t9\t4\t0\t0\t0
N\t8\troom\t1\t20\t5\t4\t0\t0\t0
N\t9\tlift\t1\t4\t5\t4\t0\t0\t0
N\t10\troom\t1\t4\t1\t4\t0\t0\t0
E\t0\t1\texit\t5\t1.8\t1\t5\t1
E\t1\t2\tstairdoor\t4\t1.0\t1\t4\t1
E\t1\t3\tliftdoor\t4\t1.0\t1\t4\t1
E\t2\t4\tstair\t7\t1.2\t1\t8\t0
E\t4\t5\tstairdoor\t20\t1.0\t1\t20\t1
E\t5\t6\tcorridor\t20\t1.5\t1\t20\t1
E\t6\t7\tcorridor\t20\t1.5\t1\t20\t1
E\t5\t8\tdoor\t4\t0.9\t1\t4\t1
E\t3\t9\tlift\t4\t1.0\t1\t4\t1
E\t9\t10\tliftdoor\t4\t1.0\t1\t4\t1
X\t0
";

#[test]
fn what_would_trap_people_is_reported() {
    let imported = well(tsv(TRAP));
    let said: Vec<(&str, Option<usize>)> =
        imported.warnings.iter().map(|warning| (warning.code, warning.line)).collect();
    // The line of each node is two beyond its number.
    for (code, line) in [
        ("over-30m-to-stair", Some(8)),
        ("over-50m-to-stair", Some(9)),
        ("dead-end", Some(9)),
        ("only-by-lift", Some(11)),
        ("only-by-lift", Some(12)),
        ("single-exit", Some(13)),
        ("single-exit", None),
    ] {
        assert!(said.contains(&(code, line)), "{code} at {line:?} among {said:?}");
    }
    assert_eq!(said.len(), 7, "{said:?}");
    let of = |code: &str| imported.warnings.iter().find(|warning| warning.code == code).unwrap();
    assert!(of("over-50m-to-stair").sentence.contains("60.0 m"), "{}", of("over-50m-to-stair"));
    assert!(of("over-30m-to-stair").sentence.contains("40.0 m"), "{}", of("over-30m-to-stair"));
    // All the way from its end back to the stair.
    assert!(of("dead-end").sentence.contains("60.0 m"), "{}", of("dead-end"));
}

#[test]
fn whatever_a_name_holds_the_file_holds_it_too() {
    let odd = "회의실 \"가\" \\ 3 # [[zone]]";
    let text = HALL.replace("Meeting room", &odd.replace('"', "&quot;"));
    let imported = well(gml(&text, &[]));
    assert_eq!(imported.site.zones["2f-c7"].name, odd);
    holds(&imported);
}

/// The generator of the bench, read as a graph, against the same recipe in this repository.
#[test]
fn a_generated_block_is_read_as_it_was_generated() {
    let Some(bench) = root().parent().map(|beside| beside.join("shared/bench/evacuation")) else {
        return;
    };
    let script = bench.join("building_gen.py");
    let made =
        std::process::Command::new("python3").arg(&script).args(["--preset", "200"]).output();
    let Ok(made) = made.ok().filter(|made| made.status.success()).ok_or(()) else {
        return println!("skipped: no generator beside the repository, or no Python");
    };
    let text = String::from_utf8(made.stdout).unwrap();
    let read = graph_of(&Source { file: "block.tsv", text: &text }).unwrap().graph;
    let block = crate::blocks::PRESET_200.graph();
    assert_eq!((read.len(), read.ways().len()), (block.len(), block.ways().len()));
    for (ours, theirs) in read.nodes().iter().zip(block.nodes()) {
        assert!((ours.people - theirs.people).abs() < 1e-9, "{ours:?} {theirs:?}");
    }
    for (ours, theirs) in read.ways().iter().zip(block.ways()) {
        assert_eq!((ours.between, ours.kind), (theirs.between, theirs.kind));
        // The file has four digits.
        assert!((ours.forth.per_s - theirs.forth.per_s).abs() < 1e-4, "{ours:?} {theirs:?}");
        assert!(ours.forth.ms.abs_diff(theirs.forth.ms) <= 1, "{ours:?} {theirs:?}");
    }
}

#[test]
fn a_graph_with_a_part_missing_is_refused() {
    let last = GRAPH.replace("X\t2\n", "");
    refused(tsv(&last), "wrong-count", Some(1));
    refused(tsv(&GRAPH.replace("E\t1\t2\texit", "E\t1\t9\texit")), "broken-link", Some(8));
    refused(tsv(&GRAPH.replace("\troom\t1", "\tromo\t1")), "unknown-kind", Some(6));
    refused(tsv(&GRAPH.replace("\t6.7\t", "\t-6.7\t")), "bad-value", Some(9));
    refused(tsv(&GRAPH.replace("N\t3", "N\t5")), "bad-number", Some(5));
    refused(tsv(&GRAPH.replace("X\t2", "X\t1")), "half-an-exit", Some(3));
    refused(tsv(&GRAPH.replace("\tstair\t6.7", "\tdoor\t6.7")), "wrong-kind", Some(9));
    refused(tsv("hello\n"), "unknown-line", Some(1));
}

/// Texts that are cut off, doubled or spoiled are refused, and never a panic.
#[test]
fn spoiled_drawings_are_refused_and_break_nothing() {
    for text in [HALL, GRAPH] {
        let ends: Vec<usize> = text.char_indices().map(|(at, _)| at).step_by(97).collect();
        for end in ends {
            for spoiled in [text[..end].to_owned(), format!("{}0{}", &text[..end], &text[end..])] {
                let source = Source { file: "spoiled", text: &spoiled };
                for dialect in [Dialect::IndoorGml, Dialect::GraphTsv, Dialect::GeoJson] {
                    let _taken_or_refused = import(dialect, &[source], &Wishes::default());
                }
            }
        }
    }
    for (name, text) in clinic().iter().filter(|(name, _)| name != "main.json") {
        for end in (0..text.len()).step_by(331).filter(|end| text.is_char_boundary(*end)) {
            let spoiled = format!("{}9{}", &text[..end], &text[end..]);
            let mut files = clinic();
            files.iter_mut().find(|(known, _)| known == name).unwrap().1 = spoiled;
            let _taken_or_refused = geojson(&files, &Wishes::default());
        }
    }
}

/// A folder of real drawings beside the repository.
fn real(name: &str) -> Option<PathBuf> {
    let path = root().parent()?.join("shared/data/indoor-buildings").join(name);
    if !path.exists() {
        println!("skipped: {name} is not beside the repository");
    }
    path.exists().then_some(path)
}

#[test]
fn a_real_house_of_three_storeys_imports_and_plans() {
    let Some(path) = real("fjk-haus.gml") else { return };
    let text = fs::read_to_string(path).unwrap();
    refused(gml(&text, &[]), "no-exit", None);
    let imported = well(gml(&text, &["101"]));
    let Site { storeys, zones, passages, .. } = &imported.site;
    // 30 transitions are 15 ways, each written there and back; two doors join 101 and 102.
    assert_eq!((storeys.len(), zones.len(), passages.len()), (3, 14, 15));
    let levels: Vec<i32> = storeys.values().map(|storey| storey.level).collect();
    assert_eq!(levels, [1, 2, -1]);
    assert!(zones.values().all(|zone| zone.polygon.len() >= 4));
    assert!(holds(&imported) > 0);
}

#[test]
fn a_drawing_from_before_the_standard_is_refused_with_a_reason() {
    let Some(path) = real("pre-1.0-dialect.gml") else { return };
    let remark = refused(gml(&fs::read_to_string(path).unwrap(), &[]), "old-dialect", Some(2));
    assert!(remark.sentence.contains("before IndoorGML 1.0"), "{remark}");
    assert!(remark.sentence.contains("http://www.opengis.net/indoorgml/1.0/core"), "{remark}");
}

#[test]
fn a_real_office_of_seven_storeys_imports_and_plans() {
    let Some(path) = real("westport-house") else { return };
    let files = folder(&path.join("main.json"));
    // One entrance is drawn; parts of the ground floor have doors of their own.
    let remark = geojson(&files, &wishes(&[])).expect_err("unreachable").problems.remove(0);
    assert!(remark.sentence.contains("door-"), "{remark}");
    let doors = ["door-166", "door-177", "door-195", "door-1002", "door-1003"];
    let imported = well(geojson(&files, &wishes(&doors)));
    let Site { storeys, zones, exits, .. } = &imported.site;
    assert_eq!((storeys.len(), exits.len()), (7, 6));
    assert!(zones.len() > 250, "{} zones", zones.len());
    let of = |kind| zones.values().filter(|zone| zone.kind == kind).count();
    assert!(of(ZoneKind::Stairwell) > 20, "{} stairs", of(ZoneKind::Stairwell));
    assert_eq!(zones["3f-unit-4"].name, "Unit 4");
    assert!(holds(&imported) > 0);
}
