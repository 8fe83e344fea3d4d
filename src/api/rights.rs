//! What each route needs: one table. A new route is a line here, or nobody may use it.

use axum::http::Method;

use crate::people::Right;

/// What whoever asks has to have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// Nothing at all.
    Nothing,
    /// To be known. What is shown goes by who asks.
    Login,
    /// To be a person who has logged in, not a program.
    Person,
    /// One of these at the site that the path names.
    At(&'static [Right]),
    /// One of these at any site; the handler shows what is of that site.
    Somewhere(&'static [Right]),
    /// One of these at every site, since it belongs to none.
    Everywhere(&'static [Right]),
}

const HOUSEHOLDS: &[Right] = &[Right::Households];
const INCIDENTS: &[Right] = &[Right::BuildingIncidents, Right::HomeIncidents];

/// Method, path as it is registered, and what it needs.
pub const ROUTES: &[(&str, &str, Needs)] = &[
    // The service itself.
    ("GET", "/healthz", Needs::Nothing),
    ("GET", "/readyz", Needs::Nothing),
    ("GET", "/metrics", Needs::Somewhere(&[Right::Metrics])),
    ("GET", "/api/openapi.json", Needs::Nothing),
    // People.
    ("POST", "/api/v1/session", Needs::Nothing),
    ("GET", "/api/v1/session", Needs::Login),
    ("DELETE", "/api/v1/session", Needs::Login),
    ("POST", "/api/v1/session/password", Needs::Person),
    ("POST", "/api/v1/session/second-factor", Needs::Person),
    ("PUT", "/api/v1/session/second-factor", Needs::Person),
    ("POST", "/api/v1/setup", Needs::Nothing),
    ("GET", "/api/v1/accounts", Needs::Everywhere(&[Right::Accounts])),
    ("POST", "/api/v1/accounts", Needs::Everywhere(&[Right::Accounts])),
    ("PUT", "/api/v1/accounts/{account}", Needs::Everywhere(&[Right::Accounts])),
    ("POST", "/api/v1/accounts/{account}/password", Needs::Everywhere(&[Right::Accounts])),
    ("GET", "/api/v1/tokens", Needs::Everywhere(&[Right::Accounts])),
    ("POST", "/api/v1/tokens", Needs::Everywhere(&[Right::Accounts])),
    ("DELETE", "/api/v1/tokens/{token}", Needs::Everywhere(&[Right::Accounts])),
    ("GET", "/api/v1/audit", Needs::Everywhere(&[Right::Trail])),
    // What is watched.
    ("GET", "/api/v1/sites", Needs::Login),
    ("GET", "/api/v1/sites/{site}", Needs::At(&[Right::Building])),
    ("GET", "/api/v1/sites/{site}/zones", Needs::At(&[Right::Building])),
    ("GET", "/api/v1/sites/{site}/evacuation", Needs::At(&[Right::Building])),
    ("GET", "/api/v1/sites/{site}/routes/{zone}", Needs::At(&[Right::Building])),
    ("GET", "/api/v1/sites/{site}/plans/{plan}", Needs::At(&[Right::Building])),
    ("GET", "/api/v1/sites/{site}/rules", Needs::At(&[Right::Rules])),
    ("GET", "/api/v1/sites/{site}/precision", Needs::At(&[Right::Rules])),
    ("GET", "/api/v1/sites/{site}/devices", Needs::At(&[Right::Devices])),
    ("GET", "/api/v1/sites/{site}/devices/{device}", Needs::At(&[Right::Devices])),
    ("GET", "/api/v1/sites/{site}/devices/{device}/readings", Needs::At(&[Right::Devices])),
    // Homes.
    ("GET", "/api/v1/sites/{site}/homes", Needs::At(&[Right::Homes])),
    ("GET", "/api/v1/sites/{site}/homes/{home}", Needs::At(&[Right::Homes])),
    ("POST", "/api/v1/sites/{site}/homes/{home}/move-in", Needs::At(HOUSEHOLDS)),
    ("POST", "/api/v1/sites/{site}/homes/{home}/move-out", Needs::At(HOUSEHOLDS)),
    ("POST", "/api/v1/sites/{site}/homes/{home}/consent", Needs::At(HOUSEHOLDS)),
    ("POST", "/api/v1/sites/{site}/homes/{home}/help", Needs::At(HOUSEHOLDS)),
    ("POST", "/api/v1/sites/{site}/homes/{home}/absence", Needs::At(HOUSEHOLDS)),
    ("POST", "/api/v1/sites/{site}/homes/{home}/return", Needs::At(HOUSEHOLDS)),
    ("POST", "/api/v1/sites/{site}/homes/{home}/visit", Needs::At(HOUSEHOLDS)),
    ("POST", "/api/v1/sites/{site}/homes/{home}/visit-end", Needs::At(HOUSEHOLDS)),
    ("POST", "/api/v1/sites/{site}/homes/{home}/walk-test", Needs::At(HOUSEHOLDS)),
    ("POST", "/api/v1/sites/{site}/homes/{home}/walk-test/finish", Needs::At(HOUSEHOLDS)),
    // The handler asks for more: to look after the home, or an emergency.
    ("POST", "/api/v1/sites/{site}/homes/{home}/trace", Needs::At(&[Right::Homes])),
    ("PUT", "/api/v1/sites/{site}/homes/{home}/persons", Needs::At(&[Right::Persons])),
    ("POST", "/api/v1/sites/{site}/homes/{home}/persons/read", Needs::At(&[Right::Homes])),
    ("POST", "/api/v1/sites/{site}/homes/{home}/export", Needs::At(&[Right::Persons])),
    ("PUT", "/api/v1/sites/{site}/homes/{home}/caseworkers", Needs::At(&[Right::Accounts])),
    ("GET", "/api/v1/dead-letters", Needs::Everywhere(&[Right::Rules])),
    // What holds.
    ("GET", "/api/v1/situations", Needs::Login),
    ("GET", "/api/v1/backtest", Needs::Everywhere(&[Right::Configure])),
    ("POST", "/api/v1/backtest", Needs::Everywhere(&[Right::Configure])),
    ("POST", "/api/v1/configuration/reload", Needs::Everywhere(&[Right::Configure])),
    ("POST", "/api/v1/sites/{site}/declare", Needs::At(&[Right::Declare])),
    ("POST", "/api/v1/sites/{site}/notices", Needs::At(&[Right::Declare])),
    // Incidents.
    ("GET", "/api/v1/incidents", Needs::Somewhere(INCIDENTS)),
    ("GET", "/api/v1/incidents/live", Needs::Somewhere(INCIDENTS)),
    ("GET", "/api/v1/incidents/{site}/{kind}/{place}/{n}", Needs::At(INCIDENTS)),
    (
        "POST",
        "/api/v1/incidents/{site}/{kind}/{place}/{n}/acknowledge",
        Needs::At(&[Right::Handle]),
    ),
    ("POST", "/api/v1/incidents/{site}/{kind}/{place}/{n}/resolve", Needs::At(&[Right::Handle])),
    ("POST", "/api/v1/incidents/{site}/{kind}/{place}/{n}/take-over", Needs::At(&[Right::Handle])),
    ("POST", "/api/v1/incidents/{site}/{kind}/{place}/{n}/assign", Needs::At(&[Right::Handle])),
    ("POST", "/api/v1/incidents/{site}/{kind}/{place}/{n}/comments", Needs::At(&[Right::Handle])),
    ("POST", "/api/v1/incidents/{site}/{kind}/{place}/{n}/checklist", Needs::At(&[Right::Handle])),
    ("POST", "/api/v1/incidents/{site}/{kind}/{place}/{n}/reopen", Needs::At(&[Right::Handle])),
    ("POST", "/api/v1/incidents/{site}/{kind}/{place}/{n}/answer", Needs::At(&[Right::Handle])),
    ("GET", "/api/v1/sites/{site}/load", Needs::At(&[Right::BuildingIncidents])),
    // What was sent with a notice, and the provider's signature, are the proof.
    ("POST", "/api/v1/answers", Needs::Nothing),
    ("POST", "/api/v1/inbound/{way}", Needs::Nothing),
    ("GET", "/api/v1/sites/{site}/deliveries", Needs::At(INCIDENTS)),
    ("GET", "/api/v1/sites/{site}/roster", Needs::At(INCIDENTS)),
    ("GET", "/api/v1/incidents/{site}/{kind}/{place}/{n}/deliveries", Needs::At(INCIDENTS)),
    ("GET", "/api/v1/sites/{site}/silences", Needs::At(INCIDENTS)),
    ("POST", "/api/v1/sites/{site}/silences", Needs::At(&[Right::Declare])),
    ("POST", "/api/v1/sites/{site}/silences/{n}/end", Needs::At(&[Right::Declare])),
    ("POST", "/api/v1/sites/{site}/drills", Needs::At(&[Right::Declare])),
];

/// What a route needs. A route or a method that is not in the table is for an administrator of
/// everything; what is not of the API, the console's page and files, needs nothing.
#[must_use]
pub fn needs(method: &Method, path: &str) -> Option<Needs> {
    let method = if *method == Method::HEAD { "GET" } else { method.as_str() };
    let mut of_path = ROUTES.iter().filter(|(_, of, _)| *of == path).peekable();
    let ours = path.starts_with("/api/") || of_path.peek().is_some();
    match of_path.find(|(of, ..)| *of == method) {
        Some((.., needs)) => Some(*needs),
        None => ours.then_some(Needs::Everywhere(&[Right::Accounts])),
    }
}
