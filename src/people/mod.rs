//! People who may use the service (계정): who they are, what they are at which site, and how they
//! prove it.
//!
//! Rights are a table ([`rights`]); everything that asks for one goes through [`Actor`]. Passwords,
//! sessions and tokens are kept only as what cannot be turned back. Nothing here knows of HTTP.
//!
//! The caller owes it the address that a request really came from, and must not answer before
//! what it asked to be written is.

pub mod factor;
pub mod network;
mod others;
mod own;
pub mod password;
pub mod rights;
pub mod secret;
mod service;
pub mod throttle;

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use crate::audit::{Action, Entry};
use crate::domain::time::Timestamp;
use crate::domain::{Id, SiteId};
pub use others::AccountError;
pub use rights::Right;
pub use service::{Credentials, Entered, Front, IDLE, LONGEST, LoginError, People, Presented};

/// The id of an account. Nothing of a person but a name at work; it stands in logs and rows.
pub type AccountId = Id<Account>;

/// What [`AccountId`] is an id of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Account {}

/// What somebody is at a site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// 관제요원: watches the building and the incidents.
    Operator,
    /// 응급관리요원, 생활지원사: goes to people's homes.
    Caseworker,
    /// 엔지니어: devices, rules and recordings; nobody's data.
    Engineer,
    /// 관리자: accounts, settings and the trail.
    Administrator,
}

/// Every role, in the order in which tables show them.
pub const ROLES: [Role; 4] =
    [Role::Operator, Role::Caseworker, Role::Engineer, Role::Administrator];

impl Role {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::Caseworker => "caseworker",
            Self::Engineer => "engineer",
            Self::Administrator => "administrator",
        }
    }
}

/// A text that is no role.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no role; say operator, caseworker, engineer or administrator")]
pub struct NoRole(String);

impl FromStr for Role {
    type Err = NoRole;

    fn from_str(text: &str) -> Result<Self, NoRole> {
        let short = if text == "admin" { "administrator" } else { text };
        let found = ROLES.into_iter().find(|role| role.as_str() == short);
        found.ok_or_else(|| NoRole(text.chars().take(64).collect()))
    }
}

/// Where a role holds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum At {
    /// Every site, those to come included.
    Everywhere,
    Site(SiteId),
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Everywhere => f.write_str("*"),
            Self::Site(site) => site.fmt(f),
        }
    }
}

impl FromStr for At {
    type Err = crate::domain::IdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "*" => Ok(Self::Everywhere),
            text => text.parse().map(Self::Site),
        }
    }
}

/// One role at one place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Grant {
    pub role: Role,
    pub at: At,
}

/// How somebody proved who they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum By {
    /// Not at all: there are no accounts, and only this machine can reach the service.
    Loopback,
    /// A session of a browser, until then at the latest.
    Session { id: String, until: Timestamp },
    /// A token of a program, until then, for no more than its scopes.
    Token { id: String, until: Timestamp, scopes: Vec<Scope> },
}

/// What a token may be used for, within what its account may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// To read whatever is nobody's data.
    Read,
    /// To give commands.
    Command,
    /// To read what is counted, and nothing else.
    Metrics,
    /// To read the data of residents.
    Residents,
}

pub const SCOPES: [(Scope, &str); 4] = [
    (Scope::Read, "read"),
    (Scope::Command, "command"),
    (Scope::Metrics, "metrics"),
    (Scope::Residents, "residents"),
];

impl Scope {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        SCOPES.iter().find(|(scope, _)| *scope == self).map_or("", |(_, word)| word)
    }

    #[must_use]
    pub fn read(word: &str) -> Option<Self> {
        SCOPES.iter().find(|(_, of)| *of == word).map(|(scope, _)| *scope)
    }
}

/// Who asks. Every handler that changes or shows something takes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The account's id; `local` while there are no accounts.
    pub account: String,
    pub grants: Vec<Grant>,
    pub by: By,
    /// Where the request came from, as far as is known.
    pub source: Option<IpAddr>,
}

/// The name of whoever sits at a machine that has no accounts.
pub const LOCAL: &str = "local";

impl Actor {
    /// Whoever sits at this machine, as long as there are no accounts and nobody else can reach
    /// the service: an administrator of everything.
    #[must_use]
    pub fn local(source: Option<IpAddr>) -> Self {
        let everywhere = Grant { role: Role::Administrator, at: At::Everywhere };
        let account = LOCAL.to_owned();
        Self { account, grants: vec![everywhere], by: By::Loopback, source }
    }

    /// Whether this may be done at a site.
    #[must_use]
    pub fn may(&self, right: Right, site: &SiteId) -> bool {
        let here = |at: &At| matches!(at, At::Everywhere) || *at == At::Site(site.clone());
        self.scoped(right) && self.holds(right, here)
    }

    /// Whether they have anything to do with a site.
    #[must_use]
    pub fn knows(&self, site: &SiteId) -> bool {
        let here = |at: &At| matches!(at, At::Everywhere) || *at == At::Site(site.clone());
        self.holds(Right::Site, here)
    }

    /// Whether this may be done at any site at all.
    #[must_use]
    pub fn may_somewhere(&self, right: Right) -> bool {
        self.scoped(right) && self.holds(right, |_| true)
    }

    /// Whether this may be done at every site; what belongs to no site asks for it.
    #[must_use]
    pub fn may_everywhere(&self, right: Right) -> bool {
        self.scoped(right) && self.holds(right, |at| *at == At::Everywhere)
    }

    fn holds(&self, right: Right, at: impl Fn(&At) -> bool) -> bool {
        self.grants.iter().any(|grant| right.is_of(grant.role) && at(&grant.at))
    }

    fn scoped(&self, right: Right) -> bool {
        match &self.by {
            By::Loopback | By::Session { .. } => true,
            By::Token { scopes, .. } => right.scope().is_some_and(|scope| scopes.contains(&scope)),
        }
    }

    /// An entry of the trail by this actor.
    #[must_use]
    pub fn did(&self, action: Action) -> Entry {
        Entry::new(&self.account, self.source, action)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn actor(role: Role, at: &str, by: By) -> Actor {
        let grants = vec![Grant { role, at: at.parse().expect("a place") }];
        Actor { account: "kim".to_owned(), grants, by, source: None }
    }

    fn session() -> By {
        By::Session { id: String::new(), until: Timestamp::UNIX_EPOCH }
    }

    #[test]
    fn a_role_holds_where_it_was_given() {
        let (here, there) = ("center".parse().expect("an id"), "usan".parse().expect("an id"));
        let kim = actor(Role::Operator, "center", session());
        assert!(kim.may(Right::Building, &here) && kim.may_somewhere(Right::Building));
        assert!(!kim.may(Right::Building, &there) && !kim.may_everywhere(Right::Building));
        let lee = actor(Role::Operator, "*", session());
        assert!(lee.may(Right::Building, &there) && lee.may_everywhere(Right::Building));
        assert!(!lee.may(Right::Trace, &there));
    }

    #[test]
    fn a_token_is_good_for_its_scopes_and_no_more() {
        let by = |scopes| By::Token { id: String::new(), until: Timestamp::MAX, scopes };
        let here = "center".parse().expect("an id");
        let kim = actor(Role::Administrator, "*", by(vec![Scope::Metrics]));
        assert!(kim.may_somewhere(Right::Metrics) && !kim.may(Right::Building, &here));
        let kim = actor(Role::Administrator, "*", by(SCOPES.map(|(scope, _)| scope).to_vec()));
        assert!(kim.may(Right::Trace, &here) && kim.may(Right::Handle, &here));
        assert!(!kim.may_everywhere(Right::Accounts), "no token makes accounts");
    }
}
