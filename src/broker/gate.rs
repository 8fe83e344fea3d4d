//! Who is let in, and what they may: the accounts at the embedded broker's door.
//!
//! One [`Doorman`] stands at each connection, since only the connection knows whose certificate
//! it has seen. Publications are allowed here and judged by the door, because the broker's own
//! refusal would reach a 3.1.1 device as a success; a will is judged when its device connects,
//! because nobody is asked when it is published.
//!
//! A client id belongs to the account that has used it first, for as long as we run: whoever
//! takes another's id would end its connection, and be given what waits for it.

use std::collections::BTreeMap;
use std::future::{Future, ready};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use mqtt5::MqttError;
use mqtt5::broker::auth::{AuthProvider, AuthResult};
use mqtt5_protocol::packet::connect::ConnectPacket;
use mqtt5_protocol::protocol::v5::reason_codes::ReasonCode;

use super::quiet::Quiet;
use crate::accounts::Accounts;

/// Client ids an account may use while we run: a gateway has a few, none has many.
const IDS_OF_AN_ACCOUNT_MAX: usize = 8;

/// What all doormen know.
pub struct Gate {
    accounts: Option<Accounts>,
    /// Client id → account.
    owners: Mutex<BTreeMap<String, String>>,
    told: Quiet,
}

impl Gate {
    /// Without accounts everyone is let in, and may everything.
    pub fn new(accounts: Option<Accounts>) -> Self {
        Self { accounts, owners: Mutex::default(), told: Quiet::default() }
    }

    /// Whether `user` may publish on `topic`.
    pub fn may_publish(&self, user: Option<&str>, topic: &str) -> bool {
        let Some(accounts) = &self.accounts else { return true };
        user.is_some_and(|user| accounts.may_publish(user, topic))
    }

    fn may_subscribe(&self, user: Option<&str>, filter: &str) -> bool {
        let Some(accounts) = &self.accounts else { return true };
        user.is_some_and(|user| accounts.may_subscribe(user, filter))
    }

    /// Whether this client id is the account's own from now on.
    fn owns(&self, user: &str, client_id: &str) -> bool {
        let mut owners = self.owners.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(owner) = owners.get(client_id) {
            return owner == user;
        }
        if owners.values().filter(|owner| *owner == user).count() >= IDS_OF_AN_ACCOUNT_MAX {
            return false;
        }
        owners.insert(client_id.to_owned(), user.to_owned());
        true
    }

    /// Who it is, or why nobody is let in.
    async fn admit(
        &self,
        connect: &ConnectPacket,
        certificate: Option<&str>,
    ) -> Result<Option<String>, (&'static str, ReasonCode)> {
        let Some(accounts) = &self.accounts else { return Ok(None) };
        let user = match (certificate, &connect.username) {
            (Some(name), _) => name.to_owned(),
            (None, Some(name)) if proves(accounts, name, connect.password.as_deref()).await => {
                name.clone()
            }
            _ => {
                return Err(("no such name with this password", ReasonCode::BadUsernameOrPassword));
            }
        };
        let will = connect.will.as_ref();
        if let Some(will) = will.filter(|will| !accounts.may_publish(&user, &will.topic)) {
            let topic = &will.topic;
            tracing::debug!(account = user, topic, "a will on a topic that is not the device's");
            return Err(("its will is on a topic that is not its own", ReasonCode::NotAuthorized));
        }
        if !self.owns(&user, &connect.client_id) {
            return Err(("its client id is another account's", ReasonCode::NotAuthorized));
        }
        Ok(Some(user))
    }
}

async fn proves(accounts: &Accounts, user: &str, password: Option<&[u8]>) -> bool {
    let (Some(hash), Some(password)) = (accounts.hash(user), password) else { return false };
    if hash.is_quick() {
        return hash.is_of(password);
    }
    let (hash, password) = (hash.clone(), password.to_vec());
    tokio::task::spawn_blocking(move || hash.is_of(&password)).await.unwrap_or(false)
}

/// Stands at one connection, or at all that show no certificate.
pub struct Doorman {
    pub gate: Arc<Gate>,
    /// Whom the connection's certificate names.
    pub certificate: Option<String>,
}

type Answer<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

impl AuthProvider for Doorman {
    fn authenticate<'a>(
        &'a self,
        connect: &'a ConnectPacket,
        from: SocketAddr,
    ) -> Answer<'a, Result<AuthResult, MqttError>> {
        Box::pin(async move {
            match self.gate.admit(connect, self.certificate.as_deref()).await {
                Ok(None) => Ok(AuthResult::success()),
                Ok(Some(user)) => Ok(AuthResult::success_with_user(user)),
                Err((because, code)) => {
                    metrics::counter!("jikimi_broker_refused_total", "what" => "connection")
                        .increment(1);
                    let name = self.certificate.as_ref().or(connect.username.as_ref());
                    let name = name.map_or("", String::as_str);
                    if self.gate.told.may_say(name) {
                        tracing::warn!(account = name, %from, "a client is not let in: {because}");
                    }
                    Ok(AuthResult::fail(code))
                }
            }
        })
    }

    fn authorize_publish<'a>(
        &'a self,
        _: &str,
        _: Option<&'a str>,
        _: &'a str,
    ) -> Answer<'a, bool> {
        Box::pin(ready(true))
    }

    fn authorize_subscribe<'a>(
        &'a self,
        _: &str,
        user: Option<&'a str>,
        filter: &'a str,
    ) -> Answer<'a, bool> {
        Box::pin(ready(self.gate.may_subscribe(user, filter)))
    }
}

/// Lets nobody in.
pub struct Closed;

impl AuthProvider for Closed {
    fn authenticate<'a>(
        &'a self,
        _: &'a ConnectPacket,
        _: SocketAddr,
    ) -> Answer<'a, Result<AuthResult, MqttError>> {
        Box::pin(ready(Ok(AuthResult::fail(ReasonCode::NotAuthorized))))
    }

    fn authorize_publish<'a>(
        &'a self,
        _: &str,
        _: Option<&'a str>,
        _: &'a str,
    ) -> Answer<'a, bool> {
        Box::pin(ready(false))
    }

    fn authorize_subscribe<'a>(
        &'a self,
        _: &str,
        _: Option<&'a str>,
        _: &'a str,
    ) -> Answer<'a, bool> {
        Box::pin(ready(false))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_id_is_the_first_accounts_and_no_account_has_many() {
        let gate = Gate::new(None);
        assert!(gate.owns("usan/a", "id") && gate.owns("usan/a", "id"));
        assert!(!gate.owns("usan/b", "id"));
        let more = (0..20).filter(|n| gate.owns("usan/a", &format!("id-{n}"))).count();
        assert_eq!(more, IDS_OF_AN_ACCOUNT_MAX - 1);
    }
}
