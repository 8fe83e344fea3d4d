//! The gate: every request passes it before its handler, and none without a right.
//!
//! It finds out who asks, refuses what another site's page makes a browser send, and looks up in
//! one table ([`ROUTES`]) what the route needs. A route of the API that is not in the table is
//! nobody's but an administrator's of everything; a test fails until it is. Which homes or
//! incidents of a site somebody may see is for the handler to ask, by the [`Actor`] it is given.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{FromRequestParts, MatchedPath, RawPathParams, Request, State};
use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, COOKIE, FORWARDED, HOST, ORIGIN};
use axum::http::request::Parts;
use axum::http::uri::Authority;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Redirect, Response};

use super::ApiState;
use super::problem::{Code, Problem};
use super::rights::{Needs, needs};
use crate::audit::Action;
use crate::domain::SiteId;
use crate::incident::IncidentId;
use crate::people::{Actor, By, Front, Presented, Right, secret};

/// Where a connection came from; the server puts it into each request.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub SocketAddr);

/// What a page sends with each command.
pub const CSRF_HEADER: &str = "x-csrf-token";

impl<S: Sync> FromRequestParts<S> for Actor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        parts.extensions.get::<Self>().cloned().ok_or_else(unauthenticated)
    }
}

/// What the request showed of who asks; for handlers that let people in and out.
#[derive(Debug, Clone)]
pub struct Shown {
    pub presented: Presented,
    pub source: Option<IpAddr>,
}

impl<S: Sync> FromRequestParts<S> for Shown {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let nothing = Self { presented: Presented::Nothing, source: None };
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or(nothing))
    }
}

/// Lets a request through to its handler, or says why not.
///
/// # Errors
/// If whoever asks may not, is not known, or asks too often.
pub async fn gate(
    State(state): State<ApiState>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let (mut parts, body) = request.into_parts();
    let front = state.people.front();
    let source = source(&parts, front);
    if !state.people.within_rate(source) {
        return Err(too_many());
    }
    let presented = presented(&parts.headers, front);
    let needs = needed(&parts);
    let page = needs.is_none();
    let actor = match needs {
        None if parts.uri.path() == "/" => {
            state.people.who(&presented, source).await.ok().flatten()
        }
        // Whether the service lives can be asked while its database does not.
        None | Some(Needs::Nothing) => None,
        Some(_) => state.people.who(&presented, source).await?,
    };
    if actor.as_ref().is_some_and(|actor| actor.by == By::Loopback) {
        // Nobody but this machine reaches us, and whoever it is need not show who they are. So
        // what a browser was lured into sending must be told apart, reading as well.
        only_from_here(&parts.headers)?;
    }
    if !parts.method.is_safe() {
        ours(&parts.headers, front, &presented)?;
    }
    let site = site_of(&mut parts).await;
    if let Some(needs) = needs {
        allowed(&state, &parts, (needs, site), actor.as_ref()).await?;
    }
    if page && actor.is_none() && parts.uri.path() == "/" {
        return Ok(Redirect::to("/login").into_response());
    }
    if let Some(actor) = actor {
        parts.extensions.insert(actor);
    }
    parts.extensions.insert(Shown { presented, source });
    Ok(next.run(Request::from_parts(parts, body)).await)
}

// ── who asks ──

/// Where the request came from: the nearest address that no proxy of ours has.
fn source(parts: &Parts, front: &Front) -> Option<IpAddr> {
    let peer = parts.extensions.get::<Peer>()?.0.ip().to_canonical();
    let is_ours = |address: IpAddr| front.proxies.iter().any(|network| network.holds(address));
    if !is_ours(peer) {
        return Some(peer);
    }
    let said = parts.headers.get_all("x-forwarded-for").iter();
    let said = said.filter_map(|value| value.to_str().ok()).flat_map(|text| text.split(','));
    let mut hops: Vec<Option<IpAddr>> =
        said.map(|hop| hop.trim().parse().ok().map(|ip: IpAddr| ip.to_canonical())).collect();
    while let Some(hop) = hops.pop() {
        match hop {
            Some(hop) if is_ours(hop) => {}
            // What cannot be read was put there by somebody we do not know.
            hop => return hop.or(Some(peer)),
        }
    }
    Some(peer)
}

fn presented(headers: &HeaderMap, front: &Front) -> Presented {
    if let Some(said) = headers.get(AUTHORIZATION) {
        let token = said.to_str().ok().and_then(|said| said.split_once(' '));
        let bearer = token.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        return Presented::Bearer(bearer.map_or_else(String::new, |(_, t)| t.trim().to_owned()));
    }
    let name = cookie_name(front);
    let all = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = all.flat_map(|text| text.split(';')).filter_map(|pair| pair.split_once('='));
    match pairs.find(|(key, _)| key.trim() == name) {
        Some((_, value)) => Presented::Cookie(value.trim().to_owned()),
        None => Presented::Nothing,
    }
}

/// With the prefix a browser takes the cookie from this very host over HTTPS and from nobody else.
#[must_use]
pub fn cookie_name(front: &Front) -> &'static str {
    if front.secure { "__Host-jikimi" } else { "jikimi" }
}

// ── what a browser was made to send ──

/// Refuses what was not meant for the loopback, which is all that is listened on: a page whose
/// own name was made to lead here has the right origin and the wrong host.
fn only_from_here(headers: &HeaderMap) -> Result<(), Problem> {
    let here = headers.get_all(HOST).iter().all(|host| host.to_str().is_ok_and(is_loopback));
    if !here {
        let sentence = "ask 127.0.0.1, [::1] or localhost; no other name is ours as long as there \
                        are no accounts";
        return Err(Problem::new(Code::ForeignHost, sentence));
    }
    let forwarded = headers.contains_key(FORWARDED) || headers.contains_key("x-forwarded-for");
    if forwarded {
        let sentence = "a proxy stands in front; say so in [service] behind_proxy, and make an \
                        account with `jikimi user add`";
        return Err(Problem::new(Code::ForeignHost, sentence));
    }
    Ok(())
}

fn is_loopback(host: &str) -> bool {
    let Ok(authority) = host.parse::<Authority>() else { return false };
    let name = authority.host();
    let address = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    name.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}

/// Refuses commands that a page of another origin sends through a person's browser.
fn ours(headers: &HeaderMap, front: &Front, presented: &Presented) -> Result<(), Problem> {
    if matches!(presented, Presented::Bearer(_)) {
        // No browser sends a token by itself.
        return Ok(());
    }
    if !from_own_page(headers, front) {
        let sentence = "send commands from jikimi's own pages or from a program";
        return Err(Problem::new(Code::CrossOrigin, sentence));
    }
    Ok(())
}

/// Programs send no `Origin`; browsers always do with a POST.
fn from_own_page(headers: &HeaderMap, front: &Front) -> bool {
    let site = headers.get("sec-fetch-site").and_then(|site| site.to_str().ok());
    if site.is_some_and(|site| site != "same-origin" && site != "none") {
        return false;
    }
    let Some(origin) = headers.get(ORIGIN) else { return true };
    let Ok(origin) = origin.to_str() else { return false };
    if let Some(own) = &front.origin {
        return origin == own;
    }
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let authority = origin.split_once("://").map(|(_, authority)| authority);
    authority.is_some() && authority == host
}

/// Refuses a command in a session that does not carry the session's own word.
fn knows_session(headers: &HeaderMap, presented: &Presented) -> Result<(), Problem> {
    let Presented::Cookie(secret) = presented else { return Ok(()) };
    let word = headers.get(CSRF_HEADER).and_then(|word| word.to_str().ok());
    if word == Some(secret::csrf_of(secret).as_str()) {
        return Ok(());
    }
    let sentence = "send X-CSRF-Token as GET /api/v1/session says it";
    Err(Problem::new(Code::CsrfToken, sentence))
}

// ── what may be done ──

/// What the route needs; nothing if there is no such route, which its own answer will say.
fn needed(parts: &Parts) -> Option<Needs> {
    let matched = parts.extensions.get::<MatchedPath>()?;
    needs(&parts.method, matched.as_str())
}

async fn allowed(
    state: &ApiState,
    parts: &Parts,
    (needs, site): (Needs, Option<SiteId>),
    actor: Option<&Actor>,
) -> Result<(), Problem> {
    if matches!(needs, Needs::Nothing) {
        return Ok(());
    }
    let actor = actor.ok_or_else(unauthenticated)?;
    if !parts.method.is_safe() && matches!(actor.by, By::Session { .. }) {
        let presented = presented(&parts.headers, state.people.front());
        knows_session(&parts.headers, &presented)?;
    }
    let may = match needs {
        Needs::Nothing | Needs::Login => true,
        Needs::Person => matches!(actor.by, By::Session { .. }),
        Needs::Somewhere(any) => any.iter().any(|right| actor.may_somewhere(*right)),
        Needs::Everywhere(any) => any.iter().any(|right| actor.may_everywhere(*right)),
        Needs::At(any) => {
            // A name that no site can have is refused by the handler, in its own words.
            let Some(site) = site else { return Ok(()) };
            if !actor.knows(&site) {
                // Whoever may not know of a site is told what they would be if there were none.
                denied(state, actor, parts.uri.path()).await?;
                return Err(super::no_site(&site));
            }
            any.iter().any(|right| actor.may(*right, &site))
        }
    };
    if may {
        return Ok(());
    }
    denied(state, actor, parts.uri.path()).await?;
    Err(forbidden())
}

async fn site_of(parts: &mut Parts) -> Option<SiteId> {
    let params = RawPathParams::from_request_parts(parts, &()).await.ok()?;
    params.iter().find(|(key, _)| *key == "site").and_then(|(_, site)| site.parse().ok())
}

/// What was asked for and not given is in the trail: it is how somebody who looks around tells.
async fn denied(state: &ApiState, actor: &Actor, path: &str) -> Result<(), Problem> {
    Ok(state.store.audit(actor.did(Action::Denied).of(path)).await?)
}

fn unauthenticated() -> Problem {
    let sentence = "log in with POST /api/v1/session, or send Authorization: Bearer with a token";
    Problem::new(Code::Unauthenticated, sentence)
}

fn forbidden() -> Problem {
    Problem::new(Code::Forbidden, "this account may not; an administrator gives roles")
}

fn too_many() -> Problem {
    Problem::new(Code::TooManyRequests, "ask less often; at most 100 times a second")
}

impl ApiState {
    /// Whether somebody may see an incident: those in homes and those of buildings are different
    /// people's. What is no place that we know is shown to whoever may see both.
    #[must_use]
    pub fn sees(&self, actor: &Actor, incident: &IncidentId) -> bool {
        let site = self.configured(&incident.site).map(|held| &*held.site);
        let place = incident.place.as_str();
        let home = site.is_some_and(|site| site.homes.contains_key(place));
        let known = site.is_some_and(|site| {
            site.id.as_str() == place
                || site.buildings.contains_key(place)
                || site.storeys.contains_key(place)
                || site.zones.contains_key(place)
        });
        let homes = actor.may(Right::HomeIncidents, &incident.site);
        let buildings = actor.may(Right::BuildingIncidents, &incident.site);
        match (home, known) {
            (true, _) => homes,
            (false, true) => buildings,
            (false, false) => homes && buildings,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pairs = pairs
            .iter()
            .map(|(name, value)| (name.parse().expect("a name"), value.parse().expect("a value")));
        pairs.collect()
    }

    #[test]
    fn only_our_own_pages_and_programs_may_command() {
        let host = ("host", "127.0.0.1:8080");
        let own = |pairs: &[_]| from_own_page(&headers(pairs), &Front::default());
        assert!(own(&[host]));
        assert!(own(&[host, ("origin", "http://127.0.0.1:8080")]));
        assert!(!own(&[host, ("origin", "http://127.0.0.1:9090")]));
        assert!(!own(&[host, ("origin", "https://example.org")]));
        assert!(!own(&[host, ("origin", "null")]));
        assert!(!own(&[host, ("sec-fetch-site", "cross-site")]));
        assert!(!own(&[host, ("sec-fetch-site", "same-site")]));
        let origin = Some("https://jikimi.city".to_owned());
        let front = Front { origin, ..Front::default() };
        let city = [host, ("origin", "https://jikimi.city")];
        assert!(from_own_page(&headers(&city), &front));
        assert!(!from_own_page(&headers(&[host, ("origin", "http://127.0.0.1:8080")]), &front));
    }

    #[test]
    fn a_name_that_was_made_to_lead_here_is_not_ours() {
        let here = |pairs: &[_]| only_from_here(&headers(pairs)).is_ok();
        for host in
            ["127.0.0.1:8080", "127.9.9.9", "[::1]:8080", "[::1]", "localhost:1", "LocalHost"]
        {
            assert!(here(&[("host", host)]), "{host}");
        }
        for host in [
            "evil.example",
            "127.0.0.1.evil.example:8080",
            "localhost.evil.example",
            "10.0.0.1",
            "0.0.0.0:8080",
            "",
            "[::2]:8080",
            "::1 evil",
        ] {
            assert!(!here(&[("host", host)]), "{host}");
        }
        assert!(!here(&[("host", "localhost"), ("host", "evil.example")]));
        assert!(here(&[]), "no browser sends none");
        assert!(!here(&[("host", "localhost"), ("x-forwarded-for", "203.0.113.9")]));
    }

    #[test]
    fn only_our_own_proxies_are_believed() {
        let proxies = vec!["10.0.0.0/24".parse().expect("a network")];
        let front = Front { proxies, ..Front::default() };
        let from = |peer: &str, said: &'static str| {
            let request = Request::get("/").header("x-forwarded-for", said);
            let (mut parts, ()) = request.body(()).expect("a request").into_parts();
            parts.extensions.insert(Peer(peer.parse().expect("an address")));
            source(&parts, &front).expect("a source").to_string()
        };
        assert_eq!(from("203.0.113.9:1", "198.51.100.1"), "203.0.113.9", "a stranger's word");
        assert_eq!(from("10.0.0.1:1", "198.51.100.1"), "198.51.100.1");
        assert_eq!(from("10.0.0.1:1", "1.1.1.1, 198.51.100.1, 10.0.0.2"), "198.51.100.1");
        assert_eq!(from("10.0.0.1:1", "1.1.1.1, evil"), "10.0.0.1");
    }
}
