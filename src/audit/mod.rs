//! The trail (감사 기록): who saw or did what, when, from where, and whose data it was.
//!
//! It is a chain. Each row's hash covers the row and the hash before it, so that nothing in it can
//! be changed, taken out or put in another order without everything after it telling. What is cut
//! off its end tells by the head, which is also written outside the database once a day ([`head`]).
//! Nothing here reads or writes a database; `store` does, in the transaction of the change.
//!
//! The caller owes it ids. A resident's name, address or number never stands in an entry, since
//! the trail is kept for two years, and longer than what it speaks of.

pub mod chain;
pub mod head;
pub mod report;

use std::net::IpAddr;

use crate::domain::SiteId;
use crate::domain::time::{SignedDuration, Timestamp};

/// So long every row is kept: two years, as 개인정보의 안전성 확보조치 기준 article 8 asks of
/// systems that hold sensitive data.
pub const KEPT: SignedDuration = SignedDuration::from_hours(24 * 365 * 2);

/// The longest subject and detail that are kept, in characters.
const WORDS_MAX: usize = 500;

/// Everything that leaves a row, on one screen. A new one is a variant and a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// Somebody has come in.
    LoggedIn,
    LoginFailed,
    LoggedOut,
    /// The first administrator was made, by the link in the log.
    SetUp,
    PasswordChanged,
    FactorChanged,
    AccountChanged,
    TokenChanged,
    /// What is not for this account was asked for.
    Denied,
    /// A command: acknowledge, resolve and their like. The detail names it and its answer.
    Commanded,
    /// What a home's sensors said was looked at.
    TraceViewed,
    /// A resident's name or number was looked at.
    PersonViewed,
    /// The same without the right to it, in an emergency; the detail is the reason.
    BrokenGlass,
    PersonChanged,
    PersonExported,
    PersonDeleted,
    /// Something left the service as a file; the detail is the reason.
    Downloaded,
    ConfigurationReloaded,
    SettingChanged,
    /// Rows older than they are kept went.
    Pruned,
}

const ACTIONS: [(Action, &str); 20] = [
    (Action::LoggedIn, "logged-in"),
    (Action::LoginFailed, "login-failed"),
    (Action::LoggedOut, "logged-out"),
    (Action::SetUp, "set-up"),
    (Action::PasswordChanged, "password-changed"),
    (Action::FactorChanged, "second-factor-changed"),
    (Action::AccountChanged, "account-changed"),
    (Action::TokenChanged, "token-changed"),
    (Action::Denied, "denied"),
    (Action::Commanded, "commanded"),
    (Action::TraceViewed, "trace-viewed"),
    (Action::PersonViewed, "person-viewed"),
    (Action::BrokenGlass, "broken-glass"),
    (Action::PersonChanged, "person-changed"),
    (Action::PersonExported, "person-exported"),
    (Action::PersonDeleted, "person-deleted"),
    (Action::Downloaded, "downloaded"),
    (Action::ConfigurationReloaded, "configuration-reloaded"),
    (Action::SettingChanged, "setting-changed"),
    (Action::Pruned, "pruned"),
];

impl Action {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        ACTIONS.iter().find(|(action, _)| *action == self).map_or("", |(_, word)| word)
    }
}

/// One row before it has its place in the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Who: an account, `local` for the implicit administrator, `command-line` for a command.
    pub account: String,
    /// From which address; empty where there is none.
    pub source: String,
    pub action: Action,
    pub site: Option<SiteId>,
    /// Whose data, or what: the id of a home, household, incident, device or account.
    pub subject: String,
    /// A reason, an outcome; empty where the rest says it all.
    pub detail: String,
}

impl Entry {
    #[must_use]
    pub fn new(account: &str, source: Option<IpAddr>, action: Action) -> Self {
        Self {
            account: account.to_owned(),
            source: source.map_or_else(String::new, |source| source.to_string()),
            action,
            site: None,
            subject: String::new(),
            detail: String::new(),
        }
    }

    #[must_use]
    pub fn at(mut self, site: &SiteId) -> Self {
        self.site = Some(site.clone());
        self
    }

    #[must_use]
    pub fn of(mut self, subject: impl Into<String>) -> Self {
        self.subject = plain(&subject.into());
        self
    }

    #[must_use]
    pub fn because(mut self, detail: impl Into<String>) -> Self {
        self.detail = plain(&detail.into());
        self
    }
}

/// Words as they may stand in a row: without control characters, which would let one row look
/// like two where it is printed and which PostgreSQL may refuse; and of bounded length.
fn plain(words: &str) -> String {
    let plain = words.chars().map(|c| if c.is_control() { ' ' } else { c });
    plain.take(WORDS_MAX).collect()
}

/// One row as it stands in the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Counted from 1, without gaps.
    pub n: i64,
    pub at: Timestamp,
    pub account: String,
    pub source: String,
    pub action: String,
    /// Empty for what belongs to no site.
    pub site: String,
    pub subject: String,
    pub detail: String,
    /// Of this row and all before it.
    pub hash: String,
}

impl Row {
    /// The row that an entry becomes behind what is there.
    #[must_use]
    pub fn behind(n: i64, hash: &str, at: Timestamp, entry: &Entry) -> Self {
        let mut row = Self {
            n: n + 1,
            at,
            account: entry.account.clone(),
            source: entry.source.clone(),
            action: entry.action.as_str().to_owned(),
            site: entry.site.as_ref().map_or_else(String::new, ToString::to_string),
            subject: entry.subject.clone(),
            detail: entry.detail.clone(),
            hash: String::new(),
        };
        row.hash = row.hashed(hash);
        row
    }

    /// The hash it has to have behind another.
    #[must_use]
    pub fn hashed(&self, before: &str) -> String {
        let texts =
            [&self.account, &self.source, &self.action, &self.site, &self.subject, &self.detail];
        chain::hash(before, self.n, self.at.as_microsecond(), &texts.map(String::as_str))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_has_a_word_of_its_own() {
        let mut words: Vec<&str> = ACTIONS.iter().map(|(_, word)| *word).collect();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), ACTIONS.len());
        assert!(ACTIONS.windows(2).all(|pair| pair[0].0 < pair[1].0), "one of them is twice");
        assert!(ACTIONS.iter().all(|(action, word)| action.as_str() == *word));
    }

    #[test]
    fn a_row_cannot_be_made_to_look_like_two() {
        let entry = Entry::new("kim", None, Action::LoginFailed).of("a\nb\r\u{0}c");
        assert_eq!(entry.subject, "a b  c");
        assert_eq!(
            Entry::new("kim", None, Action::Denied).of("가".repeat(600)).subject.len(),
            1500
        );
    }
}
