//! Buildings that others drew, made into sites: what is read, what is refused, and that the file
//! that comes out is one that `jikimi check` takes.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jikimi::config;
use jikimi::domain::Site;
use jikimi::evacuate::import::{
    Dialect, Imported, Refused, Remark, Source, Wishes, import, mentioned,
};
use jikimi::evacuate::{Budget, Forest, Mask, Network, plan};

mod geojson;
mod graphs;
mod indoorgml;

const HALL: &str = include_str!("../../../docs/drawings/hall.gml");

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

/// A folder of real drawings beside the repository.
fn real(name: &str) -> Option<PathBuf> {
    let path = root().parent()?.join("shared/data/indoor-buildings").join(name);
    if !path.exists() {
        println!("skipped: {name} is not beside the repository");
    }
    path.exists().then_some(path)
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
