//! Accounts, sessions and tokens as rows. Who may do what with them is decided in `people`.

use super::db::{Db, Row};
use super::{Change, StoreError};
use crate::domain::time::Timestamp;
use crate::people::{AccountId, Grant};

/// An account, as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountRow {
    pub name: String,
    /// Its Argon2id hash.
    pub password: String,
    /// The second factor, in base32.
    pub totp: Option<String>,
    pub totp_offered: Option<String>,
    pub totp_step: i64,
    pub disabled: bool,
    pub created_at: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRow {
    pub account: String,
    pub began_at: Timestamp,
    pub seen_at: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRow {
    pub id: String,
    pub name: String,
    pub account: String,
    pub scopes: String,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}

/// Whether anybody has an account. Accounts are disabled and never deleted, so what is true once
/// stays true.
///
/// # Errors
/// If the database cannot be read.
pub async fn any_account(db: &Db) -> Result<bool, StoreError> {
    Ok(db.first(ANY_ACCOUNT, Vec::new()).await?.is_some())
}

/// Whether somebody could make the next account.
///
/// # Errors
/// If the database cannot be read.
pub async fn any_administrator(db: &Db) -> Result<bool, StoreError> {
    Ok(db.first(ANY_ADMINISTRATOR, Vec::new()).await?.is_some())
}

/// # Errors
/// If the database cannot be read.
pub async fn account(db: &Db, name: &str) -> Result<Option<AccountRow>, StoreError> {
    db.first(ACCOUNT, vec![name.into()]).await?.as_ref().map(read_account).transpose()
}

/// Every account, by name.
///
/// # Errors
/// If the database cannot be read.
pub async fn accounts(db: &Db) -> Result<Vec<AccountRow>, StoreError> {
    db.all(ACCOUNTS, Vec::new()).await?.iter().map(read_account).collect()
}

/// What an account is, and where.
///
/// # Errors
/// If the database cannot be read, or holds a role that this version does not know.
pub async fn grants(db: &Db, account: &str) -> Result<Vec<Grant>, StoreError> {
    let rows = db.all(GRANTS, vec![account.into()]).await?;
    rows.iter()
        .map(|row| Ok(Grant { role: parsed(row, "role")?, at: parsed(row, "site")? }))
        .collect()
}

/// The session of this id, if its account may still come in.
///
/// # Errors
/// If the database cannot be read.
pub async fn session(db: &Db, id: &str) -> Result<Option<SessionRow>, StoreError> {
    let Some(row) = db.first(SESSION, vec![id.into()]).await? else { return Ok(None) };
    let (began_at, seen_at) = (row.moment("began_at")?, row.moment("seen_at")?);
    Ok(Some(SessionRow { account: row.text("account")?, began_at, seen_at }))
}

/// The token of this id, if its account may still come in.
///
/// # Errors
/// If the database cannot be read.
pub async fn token(db: &Db, id: &str) -> Result<Option<TokenRow>, StoreError> {
    db.first(TOKEN, vec![id.into()]).await?.as_ref().map(read_token).transpose()
}

/// Every token, by name.
///
/// # Errors
/// If the database cannot be read.
pub async fn tokens(db: &Db) -> Result<Vec<TokenRow>, StoreError> {
    db.all(TOKENS, Vec::new()).await?.iter().map(read_token).collect()
}

impl Change {
    /// An account with all it is; one that is there is left alone and touches no row.
    #[must_use]
    pub fn account(
        self,
        name: &AccountId,
        password: &str,
        totp: Option<&str>,
        grants: &[Grant],
        now: Timestamp,
    ) -> Self {
        let args = vec![name.as_str().into(), password.into(), totp.into(), now.into()];
        grants.iter().fold(self.with(ADD_ACCOUNT, args), |change, grant| change.grant(name, grant))
    }

    #[must_use]
    pub fn grant(self, name: &AccountId, grant: &Grant) -> Self {
        let site = grant.at.to_string();
        self.with(ADD_GRANT, vec![name.as_str().into(), site.into(), grant.role.as_str().into()])
    }

    #[must_use]
    pub fn without_grants(self, name: &AccountId) -> Self {
        self.with(DROP_GRANTS, vec![name.as_str().into()])
    }

    /// Another password, upon which whoever came in with the old one is out.
    #[must_use]
    pub fn password(self, name: &str, password: &str) -> Self {
        self.with(SET_PASSWORD, vec![name.into(), password.into()]).without_sessions(name)
    }

    #[must_use]
    pub fn disabled(self, name: &str, disabled: bool) -> Self {
        self.with(SET_DISABLED, vec![name.into(), disabled.into()]).without_sessions(name)
    }

    #[must_use]
    pub fn factor(self, name: &str, totp: Option<&str>) -> Self {
        self.with(SET_FACTOR, vec![name.into(), totp.into()])
    }

    #[must_use]
    pub fn factor_offered(self, name: &str, totp: &str) -> Self {
        self.with(OFFER_FACTOR, vec![name.into(), totp.into()])
    }

    /// A code that was taken; touches no row if it, or a later one, was taken before.
    #[must_use]
    pub fn code_taken(self, name: &str, step: i64) -> Self {
        self.with(TAKE_CODE, vec![name.into(), step.into()])
    }

    #[must_use]
    pub fn session(self, id: &str, account: &str, source: &str, now: Timestamp) -> Self {
        let args = vec![id.into(), account.into(), now.into(), source.into()];
        self.with(ADD_SESSION, args)
    }

    #[must_use]
    pub fn without_session(self, id: &str) -> Self {
        self.with(DROP_SESSION, vec![id.into()])
    }

    #[must_use]
    pub fn without_sessions(self, account: &str) -> Self {
        self.with(DROP_SESSIONS, vec![account.into()])
    }

    /// What nobody can come in with any more.
    #[must_use]
    pub fn without_old_sessions(self, began_before: Timestamp, seen_before: Timestamp) -> Self {
        self.with(DROP_OLD_SESSIONS, vec![began_before.into(), seen_before.into()])
    }

    #[must_use]
    pub fn session_seen(self, id: &str, now: Timestamp) -> Self {
        self.with(SEE_SESSION, vec![id.into(), now.into()])
    }

    #[must_use]
    pub fn api_token(self, token: &TokenRow) -> Self {
        let args = vec![
            token.id.as_str().into(),
            token.name.as_str().into(),
            token.account.as_str().into(),
            token.scopes.as_str().into(),
            token.created_at.into(),
            token.expires_at.into(),
        ];
        self.with(ADD_TOKEN, args)
    }

    #[must_use]
    pub fn without_api_token(self, name: &str) -> Self {
        self.with(DROP_TOKEN, vec![name.into()])
    }
}

fn read_account(row: &Row) -> Result<AccountRow, StoreError> {
    Ok(AccountRow {
        name: row.text("name")?,
        password: row.text("password")?,
        totp: row.text_or_null("totp")?,
        totp_offered: row.text_or_null("totp_offered")?,
        totp_step: row.int("totp_step")?,
        disabled: row.int("disabled")? != 0,
        created_at: row.moment("created_at")?,
    })
}

fn read_token(row: &Row) -> Result<TokenRow, StoreError> {
    Ok(TokenRow {
        id: row.text("id")?,
        name: row.text("name")?,
        account: row.text("account")?,
        scopes: row.text("scopes")?,
        created_at: row.moment("created_at")?,
        expires_at: row.moment("expires_at")?,
    })
}

fn parsed<T: std::str::FromStr>(row: &Row, column: &'static str) -> Result<T, StoreError> {
    let text = row.text(column)?;
    text.parse().map_err(|_| StoreError::Corrupt { what: column, detail: text })
}

const ANY_ACCOUNT: &str = "SELECT name FROM account LIMIT 1";
const ANY_ADMINISTRATOR: &str = "SELECT a.name FROM account a JOIN account_role r \
     ON r.account = a.name WHERE a.disabled = 0 AND r.role = 'administrator' LIMIT 1";
const ACCOUNT: &str = "SELECT name, password, totp, totp_offered, totp_step, disabled, created_at \
     FROM account WHERE name = $1";
const ACCOUNTS: &str = "SELECT name, password, totp, totp_offered, totp_step, disabled, created_at \
     FROM account ORDER BY name";
const GRANTS: &str = "SELECT site, role FROM account_role WHERE account = $1 ORDER BY site, role";
const SESSION: &str = "SELECT s.account, s.began_at, s.seen_at FROM session s JOIN account a \
     ON a.name = s.account WHERE s.id = $1 AND a.disabled = 0";
const TOKEN: &str = "SELECT t.id, t.name, t.account, t.scopes, t.created_at, t.expires_at \
     FROM api_token t JOIN account a ON a.name = t.account WHERE t.id = $1 AND a.disabled = 0";
const TOKENS: &str =
    "SELECT id, name, account, scopes, created_at, expires_at FROM api_token ORDER BY name";
const ADD_ACCOUNT: &str = "INSERT INTO account (name, password, totp, created_at) \
     VALUES ($1, $2, $3, $4) ON CONFLICT (name) DO NOTHING";
const ADD_GRANT: &str = "INSERT INTO account_role (account, site, role) VALUES ($1, $2, $3) \
     ON CONFLICT (account, site, role) DO NOTHING";
const DROP_GRANTS: &str = "DELETE FROM account_role WHERE account = $1";
const SET_PASSWORD: &str = "UPDATE account SET password = $2 WHERE name = $1";
const SET_DISABLED: &str = "UPDATE account SET disabled = $2 WHERE name = $1";
const SET_FACTOR: &str = "UPDATE account SET totp = $2, totp_offered = NULL WHERE name = $1";
const OFFER_FACTOR: &str = "UPDATE account SET totp_offered = $2 WHERE name = $1";
const TAKE_CODE: &str = "UPDATE account SET totp_step = $2 WHERE name = $1 AND totp_step < $2";
const ADD_SESSION: &str = "INSERT INTO session (id, account, began_at, seen_at, source) \
     VALUES ($1, $2, $3, $3, $4)";
const DROP_SESSION: &str = "DELETE FROM session WHERE id = $1";
const DROP_SESSIONS: &str = "DELETE FROM session WHERE account = $1";
const DROP_OLD_SESSIONS: &str = "DELETE FROM session WHERE began_at < $1 OR seen_at < $2";
const SEE_SESSION: &str = "UPDATE session SET seen_at = $2 WHERE id = $1 AND seen_at < $2";
const ADD_TOKEN: &str = "INSERT INTO api_token (id, name, account, scopes, created_at, expires_at) \
     VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (name) DO NOTHING";
const DROP_TOKEN: &str = "DELETE FROM api_token WHERE name = $1";

/// Every text here, for the test that prepares each on the engine.
#[cfg(test)]
pub(super) fn texts() -> Vec<String> {
    let fixed = [
        ANY_ACCOUNT,
        ANY_ADMINISTRATOR,
        ACCOUNT,
        ACCOUNTS,
        GRANTS,
        SESSION,
        TOKEN,
        TOKENS,
        ADD_ACCOUNT,
        ADD_GRANT,
        DROP_GRANTS,
        SET_PASSWORD,
        SET_DISABLED,
        SET_FACTOR,
        OFFER_FACTOR,
        TAKE_CODE,
        ADD_SESSION,
        DROP_SESSION,
        DROP_SESSIONS,
        DROP_OLD_SESSIONS,
        SEE_SESSION,
        ADD_TOKEN,
        DROP_TOKEN,
    ];
    fixed.map(str::to_owned).to_vec()
}
