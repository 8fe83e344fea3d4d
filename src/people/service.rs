//! Coming in, staying in and going out: sessions, tokens and who sits at a machine without
//! accounts.

use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Semaphore;

use super::network::{Network, neighbourhood};
use super::throttle::{Attempts, FREE_OF_ACCOUNT, FREE_OF_ADDRESS, Rates};
use super::{AccountId, Actor, By, Scope, factor, password, secret};
use crate::audit::{Action, Entry};
use crate::clock::Clock;
use crate::domain::time::{SignedDuration, Timestamp, after};
use crate::personal::Keys;
use crate::store::people::{self as rows, AccountRow, SessionRow, TokenRow};
use crate::store::{Change, Store, StoreError};

/// How the service is reached, and what is asked of people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Front {
    /// Only this machine can reach it.
    pub loopback: bool,
    /// What reaches it came by HTTPS, here or at a proxy in front.
    pub secure: bool,
    /// Proxies that are believed when they say where a request came from.
    pub proxies: Vec<Network>,
    /// `https://jikimi.city`, where a proxy changes the host that a browser asked for.
    pub origin: Option<String>,
    /// From here no second factor is asked for.
    pub office: Vec<Network>,
    /// A session ends when nothing was asked in it for so long.
    pub idle: SignedDuration,
    /// And after so long in any case.
    pub longest: SignedDuration,
}

/// Half an hour: 개인정보의 안전성 확보조치 기준, article 6, wants whoever does nothing to be cut
/// off; an open live stream is something.
pub const IDLE: SignedDuration = SignedDuration::from_mins(30);
/// A shift of twelve hours.
pub const LONGEST: SignedDuration = SignedDuration::from_hours(12);

impl Default for Front {
    fn default() -> Self {
        Self {
            loopback: true,
            secure: false,
            proxies: Vec::new(),
            origin: None,
            office: Vec::new(),
            idle: IDLE,
            longest: LONGEST,
        }
    }
}

impl Front {
    /// Whether whoever reaches it sits at this machine: as long as nobody has an account, they
    /// need none.
    #[must_use]
    pub fn is_private(&self) -> bool {
        self.loopback && self.proxies.is_empty()
    }

    fn is_office(&self, source: Option<IpAddr>) -> bool {
        source.is_some_and(|source| {
            let at_hand = source.is_loopback() && self.proxies.is_empty();
            at_hand || self.office.iter().any(|network| network.holds(source))
        })
    }
}

/// What a request shows of who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Presented {
    Nothing,
    /// The secret of a session.
    Cookie(String),
    /// The secret of a token.
    Bearer(String),
}

/// What somebody says to come in.
#[derive(Clone)]
pub struct Credentials {
    pub account: String,
    pub password: String,
    /// Of the second factor.
    pub code: Option<String>,
}

/// Somebody has come in.
pub struct Entered {
    /// For the cookie; it is kept nowhere else.
    pub secret: String,
    pub actor: Actor,
}

/// Why somebody has not.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    #[error("account, password or code is wrong")]
    Wrong,
    #[error("off the office network the code of the second factor is needed too")]
    CodeWanted,
    #[error("off the office network only accounts with a second factor may come in")]
    FactorMissing,
    #[error("tried too often; wait {0} s")]
    TooOften(i64),
    #[error("too many log in at once")]
    Busy,
    #[error("the link of the first start was used, has run out, or is another")]
    SetUpOver,
    #[error(transparent)]
    Weak(#[from] password::Weak),
    #[error("a secret cannot be made: {0}")]
    Secret(String),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Passwords compared at once; each takes 19 MiB and a core.
const COMPARED_AT_ONCE: usize = 2;
/// Logins that may wait for their turn.
const LOGINS_WAITING_MAX: usize = 16;
/// Requests of one address: what two hundred screens behind one router ask for.
const REQUESTS_PER_S: f64 = 100.0;
const REQUESTS_BURST: f64 = 1000.0;
/// A session's last use is written this often at most.
const SEEN_EVERY: SignedDuration = SignedDuration::from_secs(60);

/// The accounts, as the rest of the process holds them.
#[derive(Clone)]
pub struct People(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub(super) store: Store,
    /// With which the secrets of second factors are sealed.
    pub(super) keys: Option<Arc<Keys>>,
    front: Front,
    /// Real time: a session does not end sooner because a drill runs fast.
    pub(super) clock: Clock,
    pub(super) attempts: Mutex<Attempts>,
    rates: Mutex<Rates>,
    comparing: Semaphore,
    logins: Semaphore,
    /// Passwords compared so far.
    compared: AtomicU64,
    /// Once true, for good.
    has_accounts: AtomicBool,
    /// What is kept of the link of the first start, and until when it is good.
    pub(super) set_up: Mutex<Option<(String, Timestamp)>>,
}

pub(super) fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What a panicking holder left is still a count or a hash.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl People {
    #[must_use]
    pub fn new(store: Store, front: Front, clock: Clock) -> Self {
        Self::sealing(store, front, clock, None)
    }

    /// The same, with what seals the secrets of second factors.
    #[must_use]
    pub fn sealing(store: Store, front: Front, clock: Clock, keys: Option<Arc<Keys>>) -> Self {
        Self(Arc::new(Inner {
            store,
            keys,
            front,
            clock,
            attempts: Mutex::default(),
            rates: Mutex::new(Rates::new(REQUESTS_PER_S, REQUESTS_BURST)),
            comparing: Semaphore::new(COMPARED_AT_ONCE),
            logins: Semaphore::new(LOGINS_WAITING_MAX),
            compared: AtomicU64::new(0),
            has_accounts: AtomicBool::new(false),
            set_up: Mutex::new(None),
        }))
    }

    #[must_use]
    pub fn front(&self) -> &Front {
        &self.0.front
    }

    /// How many passwords have been compared. Each costs the same, so that this, and no clock,
    /// says whether an answer's time tells which accounts there are.
    #[must_use]
    pub fn compared(&self) -> u64 {
        self.0.compared.load(Ordering::Relaxed)
    }

    pub(super) fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    /// Whether one more request of this address may be answered.
    #[must_use]
    pub fn within_rate(&self, source: Option<IpAddr>) -> bool {
        let Some(source) = source.filter(|_| !self.0.front.is_private()) else { return true };
        held(&self.0.rates).take(&neighbourhood(source).to_string(), self.now())
    }

    /// Whether anybody has an account.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn has_accounts(&self) -> Result<bool, StoreError> {
        if self.0.has_accounts.load(Ordering::Relaxed) {
            return Ok(true);
        }
        let any = rows::any_account(&self.0.store.db).await?;
        self.0.has_accounts.store(any, Ordering::Relaxed);
        Ok(any)
    }

    // ── who asks ──

    /// Who asks, if anybody who may.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn who(
        &self,
        presented: &Presented,
        source: Option<IpAddr>,
    ) -> Result<Option<Actor>, StoreError> {
        let found = match presented {
            Presented::Bearer(secret) => return self.by_token(secret, source).await,
            Presented::Cookie(secret) => self.by_session(secret, source).await?,
            Presented::Nothing => None,
        };
        if found.is_some() || !self.0.front.is_private() || self.has_accounts().await? {
            return Ok(found);
        }
        Ok(Some(Actor::local(source)))
    }

    async fn by_session(
        &self,
        secret: &str,
        source: Option<IpAddr>,
    ) -> Result<Option<Actor>, StoreError> {
        let id = secret::id_of(secret);
        let now = self.now();
        let Some(session) = rows::session(&self.0.store.db, &id).await? else { return Ok(None) };
        if !self.is_open(&session, now) {
            return Ok(None);
        }
        self.see(&id, &session, now).await?;
        let until = self.until(&session);
        self.actor(session.account, By::Session { id, until }, source).await.map(Some)
    }

    async fn by_token(
        &self,
        secret: &str,
        source: Option<IpAddr>,
    ) -> Result<Option<Actor>, StoreError> {
        let id = secret::id_of(secret);
        let token = rows::token(&self.0.store.db, &id).await?;
        let Some(token) = token.filter(|token| token.expires_at > self.now()) else {
            return Ok(None);
        };
        let until = token.expires_at;
        let by = By::Token { id, until, scopes: scopes_of(&token) };
        self.actor(token.account, by, source).await.map(Some)
    }

    async fn actor(
        &self,
        account: String,
        by: By,
        source: Option<IpAddr>,
    ) -> Result<Actor, StoreError> {
        let grants = rows::grants(&self.0.store.db, &account).await?;
        Ok(Actor { account, grants, by, source })
    }

    fn is_open(&self, session: &SessionRow, now: Timestamp) -> bool {
        now < self.until(session) && now < after(session.seen_at, self.0.front.idle)
    }

    fn until(&self, session: &SessionRow) -> Timestamp {
        after(session.began_at, self.0.front.longest)
    }

    async fn see(&self, id: &str, session: &SessionRow, now: Timestamp) -> Result<(), StoreError> {
        if now.duration_since(session.seen_at) < SEEN_EVERY {
            return Ok(());
        }
        self.0.store.change(Change::default().session_seen(id, now)).await.map(drop)
    }

    /// Whether what somebody came in with still holds, as it did then. Whoever keeps on telling
    /// asks this now and then; it counts as use of a session.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn still(&self, actor: &Actor) -> Result<bool, StoreError> {
        let now = self.now();
        let there = match &actor.by {
            By::Loopback => !self.has_accounts().await?,
            By::Session { id, .. } => match rows::session(&self.0.store.db, id).await? {
                Some(session) if self.is_open(&session, now) => {
                    self.see(id, &session, now).await?;
                    true
                }
                _ => false,
            },
            By::Token { id, until, .. } => {
                *until > now && rows::token(&self.0.store.db, id).await?.is_some()
            }
        };
        if !there || actor.by == By::Loopback {
            return Ok(there);
        }
        Ok(rows::grants(&self.0.store.db, &actor.account).await? == actor.grants)
    }

    // ── coming in ──

    /// Lets somebody in, in a session of its own. One that was shown ends with it: nobody goes on
    /// in a session that somebody else may have made.
    ///
    /// # Errors
    /// If what they say is not right, or has been tried too often.
    pub async fn log_in(
        &self,
        said: Credentials,
        source: Option<IpAddr>,
        shown: &Presented,
    ) -> Result<Entered, LoginError> {
        let (account, address) = keys(&said.account, source);
        let now = self.now();
        let mut tried = vec![(account.clone(), FREE_OF_ACCOUNT)];
        tried.extend(address.clone().map(|address| (address, FREE_OF_ADDRESS)));
        held(&self.0.attempts).begin(&tried, now).map_err(LoginError::TooOften)?;
        let found = self.find(&said.account).await?;
        let kept = found.as_ref().map(|row| row.password.clone());
        let right = self.compare(said.password, kept).await?;
        let Some(row) = found.filter(|row| right && !row.disabled) else {
            return self.refuse(&said.account, source, "password").await;
        };
        if !self.0.front.is_office(source) {
            self.take_code(&row, said.code.as_deref(), source).await?;
        }
        let entered = self.open(&row.name, source, shown, Action::LoggedIn).await?;
        held(&self.0.attempts).succeeded(&account, address.as_deref());
        Ok(entered)
    }

    /// The account that a text names; a text that names none costs the same look.
    pub(super) async fn find(&self, name: &str) -> Result<Option<AccountRow>, StoreError> {
        let name = name.parse::<AccountId>().ok();
        rows::account(&self.0.store.db, name.as_ref().map_or("", AccountId::as_str)).await
    }

    pub(super) async fn compare(
        &self,
        said: String,
        kept: Option<String>,
    ) -> Result<bool, LoginError> {
        let _waiting = self.0.logins.try_acquire().map_err(|_| LoginError::Busy)?;
        let _comparing = self.0.comparing.acquire().await.map_err(|_| LoginError::Busy)?;
        self.0.compared.fetch_add(1, Ordering::Relaxed);
        let long = said.chars().count() > password::LENGTH_MAX;
        let compared = tokio::task::spawn_blocking(move || {
            let said = if long { "" } else { &said };
            password::is_right(said, kept.as_deref())
        });
        Ok(compared.await.unwrap_or(false))
    }

    pub(super) fn store(&self) -> &Store {
        &self.0.store
    }

    pub(super) async fn hash(&self, password: String) -> Result<String, LoginError> {
        let _waiting = self.0.logins.try_acquire().map_err(|_| LoginError::Busy)?;
        let _comparing = self.0.comparing.acquire().await.map_err(|_| LoginError::Busy)?;
        let hashed = tokio::task::spawn_blocking(move || password::hash(&password)).await;
        match hashed {
            Ok(Ok(hash)) => Ok(hash),
            Ok(Err(error)) => Err(LoginError::Secret(error.to_string())),
            Err(_) => Err(LoginError::Busy),
        }
    }

    pub(super) async fn refuse<T>(
        &self,
        account: &str,
        source: Option<IpAddr>,
        what: &str,
    ) -> Result<T, LoginError> {
        // What is no name may be anything, a password in the wrong field among others.
        let named = account.parse::<AccountId>();
        let account = named.as_ref().map_or("no-name", AccountId::as_str);
        let entry = Entry::new(account, source, Action::LoginFailed).because(what);
        self.0.store.audit(entry).await?;
        metrics::counter!("jikimi_logins_failed_total").increment(1);
        Err(LoginError::Wrong)
    }

    /// Takes a code of the second factor, once.
    async fn take_code(
        &self,
        row: &AccountRow,
        code: Option<&str>,
        source: Option<IpAddr>,
    ) -> Result<(), LoginError> {
        let factor = row.totp.as_deref().ok_or(LoginError::FactorMissing)?;
        let code = code.ok_or(LoginError::CodeWanted)?;
        let factor = factor::opened(self.0.keys.as_deref(), &row.name, factor);
        let factor = factor.map_err(|error| LoginError::Secret(error.to_string()))?;
        let Some(step) = factor::step_of(&factor, code, self.now()) else {
            return self.refuse(&row.name, source, "code").await;
        };
        let taken = Change::default().code_taken(&row.name, step);
        match self.0.store.change(taken).await? {
            0 => self.refuse(&row.name, source, "a code that was taken before").await,
            _ => Ok(()),
        }
    }

    pub(super) async fn open(
        &self,
        account: &str,
        source: Option<IpAddr>,
        shown: &Presented,
        action: Action,
    ) -> Result<Entered, LoginError> {
        let secret = secret::generate().map_err(|error| LoginError::Secret(error.to_string()))?;
        let id = secret::id_of(&secret);
        let now = self.now();
        let entry = Entry::new(account, source, action);
        let from = entry.source.clone();
        let began_before = now.saturating_sub(self.0.front.longest).unwrap_or(now);
        let seen_before = now.saturating_sub(self.0.front.idle).unwrap_or(now);
        let mut change = Change::default()
            .without_old_sessions(began_before, seen_before)
            .session(&id, account, &from, now)
            .told(entry);
        if let Presented::Cookie(old) = shown {
            change = change.without_session(&secret::id_of(old));
        }
        self.0.store.change(change).await?;
        let until = after(now, self.0.front.longest);
        let by = By::Session { id, until };
        let actor = self.actor(account.to_owned(), by, source).await?;
        Ok(Entered { secret, actor })
    }

    /// Ends the session of whoever asks.
    ///
    /// # Errors
    /// If the database refuses it.
    pub async fn log_out(&self, actor: &Actor) -> Result<(), StoreError> {
        let By::Session { id, .. } = &actor.by else { return Ok(()) };
        let change = Change::default().without_session(id).told(actor.did(Action::LoggedOut));
        self.0.store.change(change).await.map(drop)
    }
}

/// Under what attempts are counted: the name as it was said, whether or not there is such an
/// account, and the address.
pub(super) fn keys(account: &str, source: Option<IpAddr>) -> (String, Option<String>) {
    let account: String = account.chars().take(64).collect();
    (format!("account {account}"), source.map(|of| format!("address {}", neighbourhood(of))))
}

fn scopes_of(token: &TokenRow) -> Vec<Scope> {
    token.scopes.split_whitespace().filter_map(Scope::read).collect()
}
