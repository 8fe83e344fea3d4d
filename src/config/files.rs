//! The files of a configuration folder, read whole and in order of their names.

use std::fs;
use std::path::{Path, PathBuf};

use super::document::Source;
use super::homes::HomesFile;
use super::problem::{Problem, Report};

/// A site with a hundred thousand zones stays below this.
const FILE_BYTES_MAX: u64 = 64 * 1024 * 1024;

pub(super) const SETTINGS: &str = "jikimi.toml";
const NOTIFY: &str = "notify.toml";

/// Every file that was read, by what it is.
pub(super) struct Files {
    pub settings: Option<Source>,
    /// Who is told; without the file, nobody is.
    pub notify: Option<Source>,
    pub rules: Folder,
    pub situations: Folder,
    pub profiles: Folder,
    /// How those are asked that bring texts and calls to people.
    pub providers: Folder,
    pub sites: Folder,
    /// The files of homes beside them.
    pub homes: Vec<HomesFile>,
    pub looked_at: usize,
}

/// The files of one folder.
#[derive(Default)]
pub(super) struct Folder {
    pub sources: Vec<Source>,
    /// Whether every file that is there could be read.
    pub whole: bool,
}

impl Files {
    /// Reads what is there and reports what is not.
    pub fn read(given: &Path, report: &mut Report) -> Self {
        let folder = folder_of(given);
        let mut shelf = Shelf { folder: &folder, report, looked_at: 0 };
        if !folder.is_dir() {
            let right = "say the folder that holds jikimi.toml, rules/, situations/ and sites/";
            let sentence = format!("there is no such folder; {right}");
            shelf.report.refuse_file(&folder.display().to_string(), "missing-folder", sentence);
            return Self::none();
        }
        let settings = shelf.settings();
        let notify = shelf.optional(NOTIFY);
        let rules = shelf.all("rules", "one file per hazard, each with [[rule]] tables");
        let situations = shelf.all("situations", "one file per situation");
        let profiles = shelf.any("profiles", "one file per kind of device");
        let providers = shelf.any("providers", "one file per provider of texts or calls");
        let sites = shelf.all("sites", "one file per site");
        let homes = shelf.homes();
        let looked_at = shelf.looked_at;
        Self { settings, notify, rules, situations, profiles, providers, sites, homes, looked_at }
    }

    fn none() -> Self {
        let (rules, situations, profiles, providers, sites) = Default::default();
        let (settings, notify) = (None, None);
        let homes = Vec::new();
        Self {
            settings,
            notify,
            rules,
            situations,
            profiles,
            providers,
            sites,
            homes,
            looked_at: 0,
        }
    }
}

/// The folder that is meant by its own path or by that of its `jikimi.toml`.
fn folder_of(given: &Path) -> PathBuf {
    match given.file_name() {
        Some(name) if name == SETTINGS && !given.is_dir() => match given.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
            _ => PathBuf::from("."),
        },
        _ => given.to_owned(),
    }
}

struct Shelf<'r> {
    folder: &'r Path,
    report: &'r mut Report,
    looked_at: usize,
}

impl Shelf<'_> {
    fn settings(&mut self) -> Option<Source> {
        if self.folder.join(SETTINGS).exists() {
            return self.file(SETTINGS.to_owned());
        }
        let sentence = "the file is missing; it says where the service listens and where it \
                        keeps its database, under [service]";
        self.report.refuse_file(SETTINGS, "missing-file", sentence.to_owned());
        None
    }

    fn optional(&mut self, name: &str) -> Option<Source> {
        self.folder.join(name).exists().then(|| self.file(name.to_owned())).flatten()
    }

    /// The `*.toml` of a folder that need not be there.
    fn any(&mut self, name: &str, what: &str) -> Folder {
        match self.folder.join(name).exists() {
            true => self.all(name, what),
            false => Folder { sources: Vec::new(), whole: true },
        }
    }

    /// The `*.toml` of a folder, by name.
    fn all(&mut self, name: &str, what: &str) -> Folder {
        let files = match files_of(&self.folder.join(name), "toml") {
            Ok(files) => files,
            Err(error) => {
                let file = format!("{name}/");
                let sentence = format!("the folder cannot be read ({error}); it holds {what}");
                self.report.refuse_file(&file, "missing-folder", sentence);
                return Folder::default();
            }
        };
        let expected = files.len();
        let files = files.into_iter().map(|file| format!("{name}/{file}"));
        let sources: Vec<Source> = files.filter_map(|file| self.file(file)).collect();
        Folder { whole: sources.len() == expected, sources }
    }

    /// The `*.csv` beside the site files.
    fn homes(&mut self) -> Vec<HomesFile> {
        let files = files_of(&self.folder.join("sites"), "csv").unwrap_or_default();
        let files = files.into_iter().map(|file| format!("sites/{file}"));
        let read = files.filter_map(|file| Some((file.clone(), self.text(&file)?)));
        read.map(|(file, text)| HomesFile::new(file, text)).collect()
    }

    fn file(&mut self, file: String) -> Option<Source> {
        let text = self.text(&file)?;
        Some(Source::new(file, text))
    }

    fn text(&mut self, file: &str) -> Option<String> {
        self.looked_at += 1;
        match read(&self.folder.join(file)) {
            Ok(text) => Some(text),
            Err((line, code, sentence)) => {
                let file = file.to_owned();
                self.report.problems.push(Problem { file, line, code, sentence });
                None
            }
        }
    }
}

fn files_of(folder: &Path, ending: &str) -> std::io::Result<Vec<String>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        if Path::new(&name).extension().is_some_and(|extension| extension == ending) {
            files.push(name.to_string_lossy().into_owned());
        }
    }
    files.sort_unstable();
    Ok(files)
}

type Unread = (Option<usize>, &'static str, String);

fn read(path: &Path) -> Result<String, Unread> {
    let unreadable = |error: std::io::Error| {
        (None, "unreadable", format!("the file cannot be read: {error}; it must be readable"))
    };
    let size = fs::metadata(path).map_err(unreadable)?.len();
    if size > FILE_BYTES_MAX {
        let words = format!("the file has {size} bytes; at most {FILE_BYTES_MAX} are read");
        return Err((None, "too-large", words));
    }
    String::from_utf8(fs::read(path).map_err(unreadable)?).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let line = error.as_bytes()[..valid].split(|byte| *byte == b'\n').count();
        let words = "the bytes here are not UTF-8; save the file as UTF-8 (a Korean editor may \
                     have written EUC-KR)";
        (Some(line), "not-utf8", words.to_owned())
    })
}
