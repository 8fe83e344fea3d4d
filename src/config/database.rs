//! Where the service keeps what it knows, and for how long: the database's part of `[service]`.

use std::fmt;
use std::path::PathBuf;

use super::entry::Entry;
use super::want::{Number, Parsed, Text, quoted};
use crate::store::{KEEP_DAYS, KEEP_HOME_DAYS, without_password};

/// The database, as the settings have it.
#[derive(Clone, PartialEq, Eq)]
pub struct Database {
    /// `sqlite:PATH` or `postgres://…`.
    pub url: String,
    /// A file with the password, where it does not stand in the URL.
    pub password_file: Option<PathBuf>,
    /// How long what devices of buildings say is kept, and what those in homes say.
    pub keep_days: u16,
    pub home_keep_days: u16,
}

impl Database {
    /// The password, without the line's end; nothing if the URL says what there is to say.
    ///
    /// # Errors
    /// If its file cannot be read.
    pub fn password(&self) -> std::io::Result<Option<String>> {
        let Some(file) = &self.password_file else { return Ok(None) };
        let text = std::fs::read_to_string(file)?;
        Ok(Some(text.trim_end_matches(['\n', '\r']).to_owned()))
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database")
            .field("url", &without_password(&self.url))
            .field("password_file", &self.password_file)
            .field("keep_days", &self.keep_days)
            .field("home_keep_days", &self.home_keep_days)
            .finish()
    }
}

/// Two days at least: without a snapshot a day of the log is replayed, and a log that ended a
/// moment before midnight has to have that day. A thousand at most, since each is a partition that
/// every look into the log asks; what is to be kept for longer belongs elsewhere.
const KEEPS: Number = Number::within("a whole number of days from 2 to 1000", |days| {
    days.fract() == 0.0 && (2.0..=1000.0).contains(&days)
});

/// Reads it; none if anything in it is wrong.
pub(super) fn read(entry: &mut Entry<'_>) -> Option<Database> {
    let url = entry.required("database", &url());
    let url = url.filter(|url| !refuse_memory(entry, url));
    let password_file = entry.optional("database_password_file", &Text("a path to a file"));
    let mut days = |key, usual| match entry.has(key) {
        false => Some(usual),
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "in range")]
        true => entry.optional(key, &KEEPS).map(|days| days as u16),
    };
    let keep_days = days("keep_days", KEEP_DAYS);
    let home_keep_days = days("home_keep_days", KEEP_HOME_DAYS);
    let (url, keep_days, home_keep_days) = (url?, keep_days?, home_keep_days?);
    if password_file.is_some() && url.starts_with("sqlite:") {
        let line = entry.line_of("database_password_file");
        let words = "`database_password_file` is for PostgreSQL; a SQLite file has no password, \
                     and who may read it is up to its folder";
        entry.refuse(Some(line), "no-password", words);
        return None;
    }
    let password_file = password_file.map(PathBuf::from);
    Some(Database { url, password_file, keep_days, home_keep_days })
}

fn url() -> Parsed<String> {
    let wanted = "a text such as \"sqlite:var/jikimi.db\" or \"postgres://jikimi@db.city/jikimi\"";
    Parsed::new(wanted, |text| {
        let fits = match text.split_once(':')? {
            ("sqlite", path) => !path.is_empty(),
            ("postgres" | "postgresql", rest) => names_a_database(rest),
            _ => false,
        };
        fits.then(|| text.to_owned())
    })
}

/// Whether what follows the scheme is `//HOST/DATABASE`.
fn names_a_database(rest: &str) -> bool {
    let path = rest.strip_prefix("//").and_then(|rest| rest.split_once('/'));
    path.is_some_and(|(_, path)| path.split('?').next().is_some_and(|name| !name.is_empty()))
}

/// Refuses a database that ends with the process: an acknowledgement would promise nothing.
fn refuse_memory(entry: &mut Entry<'_>, url: &str) -> bool {
    if !url.starts_with("sqlite:") {
        return false;
    }
    let plain = url.to_ascii_lowercase().replace("%3a", ":");
    let path = plain.trim_start_matches("sqlite:").trim_start_matches("//");
    let nameless = path.split('?').next().is_none_or(str::is_empty);
    let in_memory = nameless || plain.contains(":memory:") || plain.contains("mode=memory");
    if in_memory {
        let line = entry.line_of("database");
        let words = format!(
            "`database` is {}, which is no file and is lost when jikimi stops, with every message \
             it acknowledged; say a file, such as \"sqlite:var/jikimi.db\"",
            quoted(url)
        );
        entry.refuse(Some(line), "database-in-memory", &words);
    }
    in_memory
}
