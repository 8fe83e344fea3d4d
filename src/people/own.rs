//! One's own account: its password and its second factor; and the first account of all, made by
//! the link in the log of the first start.

use std::net::IpAddr;

use super::service::{held, keys};
use super::throttle::FREE_OF_ACCOUNT;
use super::{
    AccountId, Actor, At, Credentials, Entered, Grant, LOCAL, LoginError, People, Presented, Role,
    factor, password, secret,
};
use crate::audit::{Action, Entry};
use crate::domain::time::{SignedDuration, Timestamp, after};
use crate::store::Change;

/// The link of the first start is good for so long.
const SET_UP_WITHIN: SignedDuration = SignedDuration::from_hours(24);

impl People {
    /// Another password for whoever asks; every session of theirs ends, and a new one begins.
    ///
    /// # Errors
    /// If the old one is not right, or the new one is none.
    pub async fn change_password(
        &self,
        actor: &Actor,
        old: String,
        new: String,
    ) -> Result<Entered, LoginError> {
        let (account, _) = keys(&actor.account, None);
        let tried = [(account.clone(), FREE_OF_ACCOUNT)];
        held(&self.0.attempts).begin(&tried, self.now()).map_err(LoginError::TooOften)?;
        let kept = self.find(&actor.account).await?.map(|row| row.password);
        if !self.compare(old, kept).await? {
            return self.refuse(&actor.account, actor.source, "old password").await;
        }
        held(&self.0.attempts).succeeded(&account, None);
        password::accept(&actor.account, &new)?;
        let hash = self.hash(new).await?;
        let told = actor.did(Action::PasswordChanged).of(&*actor.account);
        let change = Change::default().password(&actor.account, &hash).told(told);
        self.0.store.change(change).await?;
        self.open(&actor.account, actor.source, &Presented::Nothing, Action::LoggedIn).await
    }

    /// A new second factor, which holds once a code of it was shown.
    ///
    /// # Errors
    /// If the database refuses it.
    pub async fn offer_factor(&self, actor: &Actor) -> Result<(String, String), LoginError> {
        let secret = factor::generate();
        let unmade = || LoginError::Secret("it makes no link".to_owned());
        let link = factor::link(&actor.account, &secret).ok_or_else(unmade)?;
        let kept = factor::kept(self.0.keys.as_deref(), &actor.account, &secret);
        let kept = kept.map_err(|error| LoginError::Secret(error.to_string()))?;
        self.0.store.change(Change::default().factor_offered(&actor.account, &kept)).await?;
        Ok((secret, link))
    }

    /// Takes the second factor that was offered, if this is a code of it.
    ///
    /// # Errors
    /// If it is none.
    pub async fn take_factor(&self, actor: &Actor, code: &str) -> Result<(), LoginError> {
        let (account, _) = keys(&actor.account, None);
        let tried = [(account.clone(), FREE_OF_ACCOUNT)];
        held(&self.0.attempts).begin(&tried, self.now()).map_err(LoginError::TooOften)?;
        let offered = self.find(&actor.account).await?.and_then(|row| row.totp_offered);
        let keys = self.0.keys.as_deref();
        let secret =
            offered.as_deref().and_then(|of| factor::opened(keys, &actor.account, of).ok());
        let step = secret.and_then(|of| factor::step_of(&of, code, self.now()));
        let (Some(factor), Some(step)) = (offered, step) else { return Err(LoginError::Wrong) };
        let change = Change::default()
            .factor(&actor.account, Some(&factor))
            .code_taken(&actor.account, step)
            .told(actor.did(Action::FactorChanged).of(&*actor.account));
        self.0.store.change(change).await?;
        held(&self.0.attempts).succeeded(&account, None);
        Ok(())
    }

    // ── the first start ──

    /// The secret of a link by which the first administrator is made; none if there are accounts.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn offer_set_up(&self) -> Result<Option<String>, LoginError> {
        if self.has_accounts().await? {
            return Ok(None);
        }
        let secret = secret::generate().map_err(|error| LoginError::Secret(error.to_string()))?;
        let until = after(self.now(), SET_UP_WITHIN);
        *held(&self.0.set_up) = Some((secret::id_of(&secret), until));
        Ok(Some(secret))
    }

    /// Makes the first administrator and lets it in. The link is good once.
    ///
    /// # Errors
    /// If the link is not, or the password is none.
    pub async fn set_up(
        &self,
        link: &str,
        said: Credentials,
        source: Option<IpAddr>,
    ) -> Result<Entered, LoginError> {
        let right =
            |held: &(String, Timestamp)| held.0 == secret::id_of(link) && held.1 > self.now();
        if !held(&self.0.set_up).as_ref().is_some_and(right) || self.has_accounts().await? {
            return Err(LoginError::SetUpOver);
        }
        let name = said.account.parse::<AccountId>().map_err(|_| LoginError::Wrong)?;
        password::accept(name.as_str(), &said.password)?;
        let hash = self.hash(said.password).await?;
        // Of two that ask at once one comes first.
        held(&self.0.set_up).take().filter(right).ok_or(LoginError::SetUpOver)?;
        let grants = [Grant { role: Role::Administrator, at: At::Everywhere }];
        let told = Entry::new(LOCAL, source, Action::SetUp).of(name.as_str());
        let change = Change::default().account(&name, &hash, None, &grants, self.now()).told(told);
        self.0.store.change(change).await?;
        self.open(name.as_str(), source, &Presented::Nothing, Action::LoggedIn).await
    }
}
