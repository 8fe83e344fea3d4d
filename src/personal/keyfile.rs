//! The key file: one key a line, the newest first. Whoever has it and the database has everything;
//! whoever has one of them has nothing.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use ring::digest::{SHA256, digest};
use ring::rand::{SecureRandom as _, SystemRandom};

use super::PersonalError;
use super::seal::{HouseholdKey, KEY_BYTES, What, Wrapped, bound, open, seal};
use crate::domain::{HouseholdId, SiteId};

/// The keys of a key file. They are never printed.
pub struct Keys {
    /// The newest first; never empty.
    all: Vec<Key>,
}

struct Key {
    name: String,
    key: [u8; KEY_BYTES],
}

/// Why a key file is none. No sentence says a digit of it.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    #[error("the key file {} cannot be read", file.display())]
    Unreadable { file: PathBuf, source: std::io::Error },
    #[error("the key file {0} can be read by others; say chmod 600 {0}", file.display())]
    Open { file: PathBuf },
    #[error(
        "line {line} of the key file is no key: 64 hex digits, as `jikimi personal new-key` writes"
    )]
    NoKey { line: usize },
    #[error("the key file holds no key; `jikimi personal new-key` puts one in")]
    Empty,
    #[error("the key file {} cannot be written", file.display())]
    Unwritable { file: PathBuf, source: std::io::Error },
    #[error("the machine has no randomness to give")]
    NoRandomness,
}

impl Keys {
    /// Reads a key file that nobody else may read.
    ///
    /// # Errors
    /// If others may read it, or it is no key file.
    pub fn load(file: &Path) -> Result<Self, KeyFileError> {
        use std::os::unix::fs::PermissionsExt as _;
        let unreadable = |source| KeyFileError::Unreadable { file: file.to_owned(), source };
        let mode = std::fs::metadata(file).map_err(unreadable)?.permissions().mode();
        if mode & 0o077 != 0 {
            return Err(KeyFileError::Open { file: file.to_owned() });
        }
        Self::read(&std::fs::read_to_string(file).map_err(unreadable)?)
    }

    /// Reads the text of one.
    ///
    /// # Errors
    /// If a line is neither a key nor a remark, or there is no key.
    pub fn read(text: &str) -> Result<Self, KeyFileError> {
        let lines = text.lines().enumerate().map(|(index, line)| (index + 1, line.trim()));
        let said = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
        let key = |(line, text): (usize, &str)| {
            let key = of_hex(text).ok_or(KeyFileError::NoKey { line })?;
            Ok(Key { name: name(&key), key })
        };
        let all: Vec<Key> = said.map(key).collect::<Result<_, KeyFileError>>()?;
        if all.is_empty() { Err(KeyFileError::Empty) } else { Ok(Self { all }) }
    }

    /// Seals a word of an account's, such as the secret of its second factor, with the newest.
    ///
    /// # Errors
    /// If the machine gives no randomness.
    pub fn seal_word(&self, account: &str, word: &str) -> Result<Wrapped, PersonalError> {
        let newest = self.all.first().ok_or(PersonalError::UnknownKey)?;
        let bytes = seal(&newest.key, word.as_bytes(), &bound_to_account(account))?;
        Ok(Wrapped { by: newest.name.clone(), bytes })
    }

    /// # Errors
    /// If no key here has sealed it, or it is another account's or altered.
    pub fn open_word(&self, account: &str, sealed: &Wrapped) -> Result<String, PersonalError> {
        let by = self.all.iter().find(|key| key.name == sealed.by);
        let by = by.ok_or(PersonalError::UnknownKey)?;
        let word = open(&by.key, &sealed.bytes, &bound_to_account(account))?;
        String::from_utf8(word).map_err(|_| PersonalError::Altered)
    }

    /// Wraps a household's key with the newest.
    ///
    /// # Errors
    /// If the machine gives no randomness.
    pub fn wrap(
        &self,
        key: &HouseholdKey,
        site: &SiteId,
        household: &HouseholdId,
    ) -> Result<Wrapped, PersonalError> {
        let newest = self.all.first().ok_or(PersonalError::UnknownKey)?;
        let bytes = seal(&newest.key, &key.0, &bound(What::Key, site, household))?;
        Ok(Wrapped { by: newest.name.clone(), bytes })
    }

    /// # Errors
    /// If no key here has wrapped it, or it is another household's or altered.
    pub fn unwrap(
        &self,
        wrapped: &Wrapped,
        site: &SiteId,
        household: &HouseholdId,
    ) -> Result<HouseholdKey, PersonalError> {
        let by = self.all.iter().find(|key| key.name == wrapped.by);
        let by = by.ok_or(PersonalError::UnknownKey)?;
        let key = open(&by.key, &wrapped.bytes, &bound(What::Key, site, household))?;
        key.try_into().map(HouseholdKey).map_err(|_| PersonalError::Altered)
    }
}

/// Puts a new key at the head of a key file, and makes the file where there is none.
///
/// # Errors
/// If what is there is no key file, or it cannot be written.
pub fn new_key(file: &Path) -> Result<(), KeyFileError> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let before = match file.exists() {
        true => {
            Keys::load(file)?;
            let unreadable = |source| KeyFileError::Unreadable { file: file.to_owned(), source };
            std::fs::read_to_string(file).map_err(unreadable)?
        }
        false => String::new(),
    };
    let mut key = [0; KEY_BYTES];
    SystemRandom::new().fill(&mut key).map_err(|_| KeyFileError::NoRandomness)?;
    let hex: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    let beside = file.with_extension("new");
    let unwritable = |source| KeyFileError::Unwritable { file: file.to_owned(), source };
    let mut options = std::fs::OpenOptions::new();
    let mut out = options.write(true).create_new(true).mode(0o600).open(&beside);
    if let Ok(out) = &mut out {
        out.write_all(format!("{hex}\n{before}").as_bytes())
            .and_then(|()| out.sync_all())
            .map_err(unwritable)?;
    }
    out.map_err(unwritable)?;
    std::fs::rename(&beside, file).map_err(unwritable)
}

/// Ids of accounts have no blank, and no household's text begins like this.
fn bound_to_account(account: &str) -> String {
    format!("jikimi 1 account {account}")
}

fn name(key: &[u8; KEY_BYTES]) -> String {
    digest(&SHA256, key).as_ref().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

fn of_hex(text: &str) -> Option<[u8; KEY_BYTES]> {
    if text.len() != 2 * KEY_BYTES || !text.is_ascii() {
        return None;
    }
    let mut key = [0; KEY_BYTES];
    for (byte, digits) in key.iter_mut().zip(text.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    }
    Some(key)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_key_file_is_made_for_its_owner_alone_and_the_newest_key_stands_first() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("keys");
        new_key(&file).expect("made");
        let first = Keys::load(&file).expect("a key file").all[0].name.clone();
        new_key(&file).expect("another");
        let keys = Keys::load(&file).expect("a key file");
        assert_eq!((keys.all.len(), &keys.all[1].name), (2, &first));
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).expect("allowed");
        assert!(matches!(Keys::load(&file), Err(KeyFileError::Open { .. })));
    }

    #[test]
    fn what_is_no_key_is_refused_by_its_line_and_not_repeated() {
        let text = format!("# ours\n{}\nzz{}\n", "ab".repeat(32), "ab".repeat(31));
        let Err(refused) = Keys::read(&text) else { panic!("it has letters that are no digits") };
        assert!(refused.to_string().contains("line 3") && !refused.to_string().contains("abab"));
        assert!(matches!(Keys::read("# nothing\n"), Err(KeyFileError::Empty)));
    }
}
