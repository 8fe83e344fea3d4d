//! Who may connect to a broker and speak on which topic: Mosquitto's two files, as far as the
//! embedded broker needs them.
//!
//! The same files serve both brokers. What stands in one of them and is not understood is
//! refused with its file and line, never passed over: a line that is ignored would be a right
//! that nobody has, or one that nobody sees. No secret is kept here, only what it hashes to, and
//! nothing of either is ever shown by `Debug` or an error.
//!
//! The files are read once; whoever changes them starts the broker again.

mod acl;
pub mod password;

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

pub use acl::{Access, Acl};
use password::Hash;

/// Every account's hash, and what the accounts may.
pub struct Accounts {
    hashes: BTreeMap<String, Hash>,
    acl: Acl,
}

/// Why accounts cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum AccountsError {
    #[error("{}: cannot be read", file.display())]
    Read { file: PathBuf, source: io::Error },
    #[error("{}, line {line}: {problem}", file.display())]
    Line { file: PathBuf, line: usize, problem: String },
}

/// A file's lines that say something, with their numbers.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let numbered = text.lines().enumerate().map(|(n, line)| (n + 1, line.trim_end()));
    numbered.filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'))
}

impl Accounts {
    /// Reads both files. Without a password file nobody has a password, and only who shows a
    /// certificate is somebody.
    ///
    /// # Errors
    /// If a file cannot be read, or a line of it is not understood.
    pub fn load(passwords: Option<&Path>, acl: &Path) -> Result<Self, AccountsError> {
        let read = |file: &Path| {
            std::fs::read_to_string(file)
                .map_err(|source| AccountsError::Read { file: file.to_owned(), source })
        };
        let at = |file: &Path| {
            let file = file.to_owned();
            move |(line, problem)| AccountsError::Line { file, line, problem }
        };
        let hashes = match passwords {
            Some(file) => read_passwords(&read(file)?).map_err(at(file))?,
            None => BTreeMap::new(),
        };
        let acl = Acl::read(&read(acl)?).map_err(at(acl))?;
        Ok(Self { hashes, acl })
    }

    /// What proves that someone is `user`; none if nobody is called that.
    #[must_use]
    pub fn hash(&self, user: &str) -> Option<&Hash> {
        self.hashes.get(user)
    }

    /// Whether `user` may publish on `topic`.
    #[must_use]
    pub fn may_publish(&self, user: &str, topic: &str) -> bool {
        self.acl.allows(user, Access::Write, topic)
    }

    /// Whether `user` may subscribe to `filter`: whether all that it can bring is theirs to read.
    #[must_use]
    pub fn may_subscribe(&self, user: &str, filter: &str) -> bool {
        self.acl.allows(user, Access::Read, filter)
    }
}

impl fmt::Debug for Accounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Accounts").field("accounts", &self.hashes.len()).finish_non_exhaustive()
    }
}

/// `USER:HASH` a line.
pub(crate) fn read_passwords(text: &str) -> Result<BTreeMap<String, Hash>, (usize, String)> {
    let mut hashes = BTreeMap::new();
    for (line, said) in lines(text) {
        let refuse = |problem: &str| (line, problem.to_owned());
        let (user, hash) = said
            .split_once(':')
            .ok_or_else(|| refuse("is no USER:HASH as mosquitto_passwd writes it"))?;
        if user.is_empty() || user.contains(['+', '#']) {
            return Err(refuse("the user's name is empty, or holds + or #, which topics mean"));
        }
        let hash =
            hash.parse().map_err(|problem: password::NoHash| refuse(&problem.to_string()))?;
        if hashes.insert(user.to_owned(), hash).is_some() {
            return Err(refuse("names a user that stands further up already; leave one of them"));
        }
    }
    Ok(hashes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_not_understood_is_named_and_its_secret_is_not() {
        let hash = "$7$101$7lbCGXC3+Juuo2FE$qYPyWVsPQa7L1D7AW0AifW25ummwa2HT2fyHNTsRtAkvNBfgrDBDF\
                    DtD/THklrpG0cSpchoiGQ8CylZM30Wk4g==";
        for (wrong, expected) in [
            ("plain-words", "is no USER:HASH"),
            ("a+b:x", "holds + or #"),
            ("a:hunter2", "is not hashed"),
            ("a:$6$b2xk$b2xk", "older"),
            ("a:$7$0$b2xk$b2xk", "iterations"),
            ("a:$7$101$b2xk$b2xk", "64 bytes"),
        ] {
            let text = format!("# comment\n\nwell:{hash}\n{wrong}\n");
            let (line, problem) = read_passwords(&text).err().unwrap();
            assert_eq!(line, 4, "{wrong}");
            assert!(problem.contains(expected), "{wrong}: {problem}");
            assert!(!problem.contains("hunter2"), "{problem}");
        }
        let (line, _) = read_passwords(&format!("a:{hash}\na:{hash}\n")).err().unwrap();
        assert_eq!(line, 2);
    }

    #[test]
    fn nothing_of_an_account_is_shown() {
        let hashes = read_passwords(&format!("me:{}", Hash::of(b"secret").unwrap())).unwrap();
        let said = format!("{:?}", Accounts { hashes, acl: Acl::default() });
        assert_eq!(said, "Accounts { accounts: 1, .. }");
    }
}
