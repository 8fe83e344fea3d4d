//! What an administrator does with the accounts of others: makes them, gives them roles, lets them
//! in no longer, sets a password that was forgotten.
//!
//! Passwords are made here, shown once by whoever asks, and kept as a hash. An account is never
//! deleted, since the trail speaks of it. Nothing here leaves a service that others can reach
//! without somebody who may administer it; the caller owes it grants at sites that there are.

use super::{AccountId, Actor, At, Grant, LoginError, People, Role, secret};
use crate::audit::Action;
use crate::store::people as rows;
use crate::store::{Change, StoreError};

/// Characters of a password that is made: 142 bits.
const MADE_LENGTH: usize = 24;

/// Why an account is not changed.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    #[error("there is no account `{0}`")]
    Unknown(AccountId),
    #[error("there is an account `{0}` already")]
    There(AccountId),
    #[error("nobody would be left who may administer every site")]
    LastAdministrator,
    #[error(transparent)]
    Login(#[from] LoginError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl People {
    /// Makes an account and answers its password, which is told nowhere else.
    ///
    /// # Errors
    /// If there is one of this name, or nobody would be administrator.
    pub async fn make_account(
        &self,
        actor: &Actor,
        name: &AccountId,
        grants: &[Grant],
    ) -> Result<String, AccountError> {
        if rows::account(&self.store().db, name.as_str()).await?.is_some() {
            return Err(AccountError::There(name.clone()));
        }
        self.somebody_administers(name, grants, false).await?;
        let (password, hash) = self.made().await?;
        let told = actor.did(Action::AccountChanged).of(name.as_str());
        let told = told.because(format!("added: {}", said(grants)));
        let change = Change::default().account(name, &hash, None, grants, self.now());
        self.store().change(change.told(told)).await?;
        Ok(password)
    }

    /// Gives an account these roles in place of those it had, and lets it in or not.
    ///
    /// # Errors
    /// If there is none of this name, or nobody would be administrator.
    pub async fn change_account(
        &self,
        actor: &Actor,
        name: &AccountId,
        (grants, disabled): (&[Grant], bool),
    ) -> Result<(), AccountError> {
        let held = rows::account(&self.store().db, name.as_str()).await?;
        let held = held.ok_or_else(|| AccountError::Unknown(name.clone()))?;
        self.somebody_administers(name, grants, disabled).await?;
        let word = if disabled { ", disabled" } else { "" };
        let told = actor.did(Action::AccountChanged).of(name.as_str());
        let told = told.because(format!("roles: {}{word}", said(grants)));
        let change = grants.iter().fold(Change::default().without_grants(name), |change, grant| {
            change.grant(name, grant)
        });
        let change = match held.disabled == disabled {
            true => change,
            false => change.disabled(name.as_str(), disabled),
        };
        self.store().change(change.told(told)).await?;
        Ok(())
    }

    /// Another password for somebody who has forgotten theirs; whoever came in with it is out.
    ///
    /// # Errors
    /// If there is none of this name.
    pub async fn renew_password(
        &self,
        actor: &Actor,
        name: &AccountId,
    ) -> Result<String, AccountError> {
        if rows::account(&self.store().db, name.as_str()).await?.is_none() {
            return Err(AccountError::Unknown(name.clone()));
        }
        let (password, hash) = self.made().await?;
        let told = actor.did(Action::PasswordChanged).of(name.as_str());
        self.store().change(Change::default().password(name.as_str(), &hash).told(told)).await?;
        Ok(password)
    }

    /// A new password with its hash.
    async fn made(&self) -> Result<(String, String), AccountError> {
        let made = secret::generate().map_err(|error| LoginError::Secret(error.to_string()))?;
        let password: String = made.chars().take(MADE_LENGTH).collect();
        let hash = self.hash(password.clone()).await?;
        Ok((password, hash))
    }

    /// Whether somebody may still make accounts once this one is as it is to be.
    async fn somebody_administers(
        &self,
        name: &AccountId,
        grants: &[Grant],
        disabled: bool,
    ) -> Result<(), AccountError> {
        let all = |of: &Grant| of.role == Role::Administrator && of.at == At::Everywhere;
        if !disabled && grants.iter().any(all) {
            return Ok(());
        }
        for row in rows::accounts(&self.store().db).await? {
            let other = row.name != name.as_str() && !row.disabled;
            if other && rows::grants(&self.store().db, &row.name).await?.iter().any(all) {
                return Ok(());
            }
        }
        Err(AccountError::LastAdministrator)
    }
}

fn said(grants: &[Grant]) -> String {
    let words = grants.iter().map(|grant| format!("{}@{}", grant.role.as_str(), grant.at));
    words.collect::<Vec<_>>().join(" ")
}
