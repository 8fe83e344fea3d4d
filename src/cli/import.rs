//! `jikimi import`: a building as others drew it becomes a site file.
//!
//! The file goes to `--out` or to standard output; what a person should look at is said beside
//! it. Nothing is written that `jikimi check` would refuse.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use serde::Serialize;

use super::{homes, out};
use crate::domain::{Site, SiteId};
use crate::evacuate::import::{
    self, ASSUMED_STOREY_M, ASSUMED_WIDTH_M, Dialect, Imported, Remark, Source, Wishes,
};

/// Remarks of one sort that a person is shown before the rest is only counted.
const SHOWN_MAX: usize = 8;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// In whose form the building is drawn.
    #[arg(value_enum)]
    form: Form,
    /// The building's files. Those that a main file of GeoJSON names are found beside it.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Where the site file goes, as in config/sites/town-hall.toml; standard output otherwise.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Replaces the file if it is there already.
    #[arg(long, requires = "out")]
    force: bool,
    /// The site's id; made from the building's name otherwise.
    #[arg(long, value_name = "ID")]
    site: Option<SiteId>,
    /// A door or a zone that leads outside, by its id or name in the source; as often as needed.
    #[arg(long, value_name = "ID")]
    exit: Vec<String>,
    /// The clear width of passages whose source has none.
    #[arg(long, value_name = "METRES", default_value_t = ASSUMED_WIDTH_M, value_parser = metres)]
    width_m: f64,
    /// From floor to floor, where the source has no heights.
    #[arg(long, value_name = "METRES", default_value_t = ASSUMED_STOREY_M, value_parser = metres)]
    storey_m: f64,
    /// Leaves out spaces without a way to any exit, which are refused otherwise.
    #[arg(long)]
    leave_out_unreachable: bool,
    /// One JSON object a line for each remark.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Form {
    /// OGC IndoorGML 1.0 or 1.1.
    #[value(name = "indoorgml")]
    IndoorGml,
    /// GeoJSON storey by storey, with a main file that lists the levels.
    #[value(name = "geojson")]
    GeoJson,
    /// Nodes, edges and exits as lines parted by tabs.
    #[value(name = "graph-tsv")]
    GraphTsv,
    /// What hangs in homes: home, device, kind, profile as lines parted by commas.
    #[value(name = "homes-csv")]
    HomesCsv,
}

fn metres(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(metres) if (0.1..=100.0).contains(&metres) => Ok(metres),
        _ => Err("expected metres from 0.1 to 100".to_owned()),
    }
}

pub fn import(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let dialect = match arguments.form {
        Form::IndoorGml => Dialect::IndoorGml,
        Form::GeoJson => Dialect::GeoJson,
        Form::GraphTsv => Dialect::GraphTsv,
        Form::HomesCsv => {
            let [file] = &arguments.files[..] else {
                anyhow::bail!("one file of homes is taken at a time");
            };
            let Arguments { out, force, json, .. } = arguments;
            return homes::import(file, out.as_deref(), *force, *json);
        }
    };
    let texts = read(&arguments.files, dialect)?;
    let sources: Vec<Source<'_>> = texts.iter().map(|(file, text)| Source { file, text }).collect();
    let wishes = Wishes {
        site: arguments.site.clone(),
        exits: arguments.exit.clone(),
        width_m: arguments.width_m,
        storey_m: arguments.storey_m,
        leave_out_unreachable: arguments.leave_out_unreachable,
    };
    let (json, out) = (arguments.json, arguments.out.as_deref());
    match import::import(dialect, &sources, &wishes) {
        Ok(imported) => hand_over(&imported, out, arguments.force, json)?,
        Err(refused) => {
            out::answer(|to| say(to, &refused.problems, &refused.warnings, json))?;
            return Ok(ExitCode::FAILURE);
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Each file under the name it was given by, with those that it names and that lie beside it.
fn read(files: &[PathBuf], dialect: Dialect) -> anyhow::Result<Vec<(String, String)>> {
    let mut texts: Vec<(String, String)> = Vec::new();
    let mut open: Vec<PathBuf> = files.iter().rev().cloned().collect();
    while let Some(path) = open.pop() {
        let name = path.display().to_string();
        if texts.iter().any(|(known, _)| *known == name) {
            continue;
        }
        let text = fs::read_to_string(&path)
            .with_context(|| format!("{name} cannot be read; a text file in UTF-8 is wanted"))?;
        if dialect == Dialect::GeoJson {
            let folder = path.parent().unwrap_or(Path::new(""));
            let named = import::mentioned(&text).into_iter().map(|name| folder.join(name));
            let is_given = |path: &PathBuf| files.contains(path);
            open.extend(named.filter(|path| !is_given(path)));
        }
        texts.push((name, text));
    }
    Ok(texts)
}

fn hand_over(
    imported: &Imported,
    out: Option<&Path>,
    force: bool,
    json: bool,
) -> anyhow::Result<()> {
    let Imported { site, toml, warnings } = imported;
    let Some(path) = out else {
        out::answer(|to| to.write_all(toml.as_bytes()))?;
        say(&mut io::stderr(), &[], warnings, json)?;
        return Ok(());
    };
    let file = if force { File::create(path) } else { File::create_new(path) };
    let write = file.and_then(|mut file| file.write_all(toml.as_bytes()));
    write.with_context(|| {
        let shown = path.display();
        format!("{shown} cannot be written; name a file that is not there yet, or say --force")
    })?;
    out::answer(|to| {
        say(to, &[], warnings, json)?;
        match json {
            true => Ok(()),
            false => writeln!(to, "{}: {}", path.display(), summary(site, warnings.len())),
        }
    })?;
    Ok(())
}

fn summary(site: &Site, warnings: usize) -> String {
    format!(
        "site {} with {} storeys, {} zones, {} passages, {} exits; {warnings} to look at",
        site.id,
        site.storeys.len(),
        site.zones.len(),
        site.passages.len(),
        site.exits.len()
    )
}

#[derive(Serialize)]
struct Line<'r> {
    #[serde(flatten)]
    remark: &'r Remark,
    warning: bool,
}

fn say(
    out: &mut impl Write,
    problems: &[Remark],
    warnings: &[Remark],
    json: bool,
) -> io::Result<()> {
    let problems = problems.iter().map(|remark| Line { remark, warning: false });
    let lines = problems.chain(warnings.iter().map(|remark| Line { remark, warning: true }));
    if json {
        for line in lines {
            serde_json::to_writer(&mut *out, &line)?;
            writeln!(out)?;
        }
        return Ok(());
    }
    let mut said: BTreeMap<(bool, &str), usize> = BTreeMap::new();
    for Line { remark, warning } in lines {
        let count = said.entry((warning, remark.code)).or_default();
        *count += 1;
        if *count <= SHOWN_MAX {
            let mark = if warning { "warning: " } else { "" };
            writeln!(out, "{mark}{remark}")?;
        }
    }
    for ((_, code), count) in said.iter().filter(|(_, count)| **count > SHOWN_MAX) {
        writeln!(out, "and {} more of {code}; --json says them all", count - SHOWN_MAX)?;
    }
    Ok(())
}
