//! The HTTP side (axum): what people and programs may read and ask for, one file per resource.
//!
//! Handlers read the database. They change nothing of a site: a command is an input of its site's
//! monitor, goes through the run loop's queue like any other, and is answered after the commit;
//! only accounts, sessions and the trail are written from here. What a client sees is shaped here
//! and only here. Every request passes the `gate`, which knows who asks and what the route needs.
//!
//! The caller owes it the way in: whether others than this machine can reach the listener, and
//! which proxies stand in front of it, is what `people::Front` says.

mod accounts;
mod answers;
mod backtest;
mod commands;
mod configuration;
mod console;
mod cursor;
mod dead_letters;
mod declare;
mod deliveries;
mod devices;
mod drawing;
mod evacuation;
pub mod gate;
mod headers;
mod health;
mod homes;
mod households;
mod incidents;
mod live;
mod load;
mod local;
mod login;
mod openapi;
mod persons;
mod plans;
mod precision;
mod problem;
mod readings;
mod request;
pub mod rights;
mod roster;
mod routes;
mod rules;
pub mod server;
mod session;
mod silences;
mod sites;
mod situations;
mod tokens;
mod told;
mod trace;
mod trail;
mod words;
mod work;
mod zones;

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::DefaultBodyLimit;
use axum::response::Response;
use axum::{Extension, Router, middleware};
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::sync::{mpsc, watch};
use tower_http::catch_panic::CatchPanicLayer;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::bench::Bench;
use crate::clock::Clock;
use crate::config::Telling;
use crate::domain::SiteId;
use crate::monitor::Configuration;
use crate::people::People;
use crate::personal::Keys;
use crate::reload::{Activated, Ask};
use crate::run::handle::Running;
use crate::store::{Db, Store};
use problem::{Code, Problem};
pub use request::ANSWERED_WITHIN;
pub use server::{Way, serve};

/// What the handlers share. It is cloned for each request, and a clone holds the configurations of
/// that moment: one request sees one configuration, whatever is activated meanwhile.
pub struct ApiState {
    pub db: Db,
    /// Where accounts, sessions and the trail are written. `db` is its way of reading.
    pub store: Store,
    pub people: People,
    pub running: Running,
    /// One per site, as activated.
    pub configurations: Arc<Vec<Arc<Configuration>>>,
    pub clock: Clock,
    pub metrics: PrometheusHandle,
    /// A request has so long until its answer begins; [`ANSWERED_WITHIN`] but for tests.
    pub patience: Duration,
    /// The newest configurations, for the next request.
    pub activated: watch::Receiver<Activated>,
    /// Whom to ask to read them again; none: they are read at the start only.
    pub reload: Option<mpsc::Sender<Ask>>,
    /// Where what a change of the rules would do is tried; none: there are no files to try.
    pub bench: Option<Arc<Bench>>,
    /// With which personal data is sealed, where there is a key file.
    pub keys: Option<Arc<Keys>>,
    /// Who is told, and over which ways.
    pub telling: Arc<Telling>,
}

impl Clone for ApiState {
    fn clone(&self) -> Self {
        Self {
            db: self.db.clone(),
            store: self.store.clone(),
            people: self.people.clone(),
            running: self.running.clone(),
            configurations: self.activated.borrow().clone(),
            clock: self.clock,
            metrics: self.metrics.clone(),
            patience: self.patience,
            activated: self.activated.clone(),
            reload: self.reload.clone(),
            bench: self.bench.clone(),
            keys: self.keys.clone(),
            telling: Arc::clone(&self.telling),
        }
    }
}

impl ApiState {
    fn configured(&self, site: &SiteId) -> Option<&Arc<Configuration>> {
        self.configurations.iter().find(|held| held.site.id == *site)
    }

    fn configuration(&self, site: &SiteId) -> Result<&Arc<Configuration>, Problem> {
        self.configured(site).ok_or_else(|| no_site(site))
    }

    fn site_ids(&self) -> impl Iterator<Item = &SiteId> {
        self.configurations.iter().map(|held| &held.site.id)
    }
}

/// There is no such site, or whoever asks may not know of it.
fn no_site(site: &SiteId) -> Problem {
    let sentence = format!("`{site}` is no site here; /api/v1/sites lists them");
    Problem::new(Code::UnknownSite, sentence)
}

/// Every route of the API, each in the OpenAPI document, since that is how it is registered.
fn described() -> OpenApiRouter<ApiState> {
    office(OpenApiRouter::with_openapi(openapi::document()))
        .routes(routes!(sites::list))
        .routes(routes!(sites::one))
        .routes(routes!(zones::list))
        .routes(routes!(devices::list))
        .routes(routes!(devices::one))
        .routes(routes!(readings::list))
        .routes(routes!(evacuation::show))
        .routes(routes!(plans::show))
        .routes(routes!(routes::show))
        .routes(routes!(incidents::list))
        .routes(routes!(incidents::one))
        .routes(routes!(precision::show))
        .routes(routes!(live::listen))
        .routes(routes!(commands::acknowledge))
        .routes(routes!(commands::resolve))
        .routes(routes!(declare::declare))
        .routes(routes!(declare::notice))
        .routes(routes!(situations::list))
        .routes(routes!(configuration::reload))
        .routes(routes!(work::take_over))
        .routes(routes!(work::assign))
        .routes(routes!(work::comment))
        .routes(routes!(work::tick))
        .routes(routes!(work::reopen))
        .routes(routes!(work::answer))
        .routes(routes!(load::show))
        .routes(routes!(deliveries::of_site))
        .routes(routes!(deliveries::of_incident))
        .routes(routes!(roster::show))
        .routes(routes!(answers::give))
        .routes(routes!(answers::call))
        .routes(routes!(silences::list))
        .routes(routes!(silences::set))
        .routes(routes!(silences::end))
        .routes(routes!(silences::drill))
        .routes(routes!(homes::list))
        .routes(routes!(homes::one))
        .routes(routes!(households::move_in))
        .routes(routes!(households::move_out))
        .routes(routes!(households::consent))
        .routes(routes!(households::help))
        .routes(routes!(households::absence))
        .routes(routes!(households::come_back))
        .routes(routes!(households::visit))
        .routes(routes!(households::visit_end))
        .routes(routes!(households::walk_test))
        .routes(routes!(households::walk_test_finish))
        .routes(routes!(trace::show))
        .routes(routes!(persons::enter))
        .routes(routes!(persons::read))
        .routes(routes!(persons::export))
        .routes(routes!(persons::look_after))
        .routes(routes!(dead_letters::list))
        .routes(routes!(session::log_in))
        .routes(routes!(session::show))
        .routes(routes!(session::log_out))
        .routes(routes!(session::change_password))
        .routes(routes!(session::offer_factor))
        .routes(routes!(session::take_factor))
        .routes(routes!(session::set_up))
        .routes(routes!(openapi::show))
        .routes(routes!(health::alive))
        .routes(routes!(health::ready))
        .routes(routes!(health::metrics))
}

/// What administrators and engineers do.
fn office(router: OpenApiRouter<ApiState>) -> OpenApiRouter<ApiState> {
    router
        .routes(routes!(accounts::list))
        .routes(routes!(accounts::make))
        .routes(routes!(accounts::change))
        .routes(routes!(accounts::renew_password))
        .routes(routes!(tokens::list))
        .routes(routes!(tokens::make))
        .routes(routes!(tokens::end))
        .routes(routes!(trail::list))
        .routes(routes!(rules::list))
        .routes(routes!(backtest::show))
        .routes(routes!(backtest::begin))
}

/// All routes; the console's page and the login page stand beside those of the API.
pub fn router(state: ApiState) -> Router {
    let (routes, mut document) = described().split_for_parts();
    openapi::guarded(&mut document);
    let (patience, secure) = (state.patience, state.people.front().secure);
    let all = routes
        .merge(console::router())
        .merge(login::router())
        .fallback(request::unknown_route)
        .method_not_allowed_fallback(request::method_not_allowed)
        .with_state(state.clone())
        .layer(middleware::from_fn_with_state(state, gate::gate))
        .layer(Extension(openapi::Document::new(&document)))
        .layer(Extension(live::Seats::default()));
    match secure {
        true => guarded(all, patience).layer(middleware::map_response(headers::only_https)),
        false => guarded(all, patience),
    }
}

/// What holds for every route, from the inside out.
fn guarded(router: Router, patience: Duration) -> Router {
    let panicked: fn(Box<dyn Any + Send + 'static>) -> Response = request::panicked;
    router
        .layer(middleware::from_fn_with_state(patience, request::in_time))
        .layer(DefaultBodyLimit::max(request::BODY_BYTES_MAX))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::map_response(headers::safe))
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::Request;
    use tower::ServiceExt as _;

    use super::*;

    async fn breaks() -> &'static str {
        panic!("the pipe burst")
    }

    #[tokio::test]
    async fn a_handler_that_panics_is_an_answer_like_any_other() {
        let router = guarded(Router::new().fallback(breaks), ANSWERED_WITHIN);
        let request = Request::get("/").body(Body::empty()).expect("a request");
        let response = router.oneshot(request).await.expect("an answer");
        assert_eq!(response.status(), 500);
        assert_eq!(response.headers()["content-type"], "application/problem+json");
        assert_eq!(response.headers()["x-content-type-options"], "nosniff");
        let body = axum::body::to_bytes(response.into_body(), 10_000).await.expect("a body");
        assert!(!String::from_utf8_lossy(&body).contains("pipe"));
    }
}
