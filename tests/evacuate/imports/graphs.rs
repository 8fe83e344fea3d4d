//! Graphs as lines parted by tabs, and what the lint says of them.

use jikimi::domain::Id;
use jikimi::evacuate::Pace;
use jikimi::evacuate::import::{Dialect, Imported, Refused, Source, Wishes, graph_of, import};

use super::{GRAPH, codes, holds, refused, root, well};

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
