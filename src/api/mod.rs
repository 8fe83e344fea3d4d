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
mod commands;
mod console;
mod cursor;
mod dead_letters;
mod devices;
mod drawing;
mod evacuation;
pub mod gate;
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
pub mod server;
mod session;
mod silences;
mod sites;
mod told;
mod trace;
mod words;
mod work;
mod zones;

use std::any::Any;
use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS};
use axum::response::Response;
use axum::{Extension, Router, middleware};
use metrics_exporter_prometheus::PrometheusHandle;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::clock::Clock;
use crate::domain::SiteId;
use crate::monitor::Configuration;
use crate::people::People;
use crate::personal::Keys;
use crate::run::handle::Running;
use crate::store::{Db, Store};
use problem::{Code, Problem};
pub use server::{Way, serve};

/// What the handlers share.
#[derive(Clone)]
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
    /// With which personal data is sealed, where there is a key file.
    pub keys: Option<Arc<Keys>>,
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

/// All routes. Every one of the API's is in the OpenAPI document, since that is how it is
/// registered; the console's page stands beside them.
pub fn router(state: ApiState) -> Router {
    let (routes, mut document) = OpenApiRouter::with_openapi(openapi::document())
        .routes(routes!(sites::list))
        .routes(routes!(sites::one))
        .routes(routes!(zones::list))
        .routes(routes!(devices::list))
        .routes(routes!(devices::one))
        .routes(routes!(readings::list))
        .routes(routes!(evacuation::show))
        .routes(routes!(plans::show))
        .routes(routes!(incidents::list))
        .routes(routes!(incidents::one))
        .routes(routes!(precision::show))
        .routes(routes!(live::listen))
        .routes(routes!(commands::acknowledge))
        .routes(routes!(commands::resolve))
        .routes(routes!(work::take_over))
        .routes(routes!(work::assign))
        .routes(routes!(work::comment))
        .routes(routes!(work::tick))
        .routes(routes!(work::reopen))
        .routes(routes!(work::answer))
        .routes(routes!(load::show))
        .routes(routes!(silences::list, silences::set))
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
        .routes(routes!(accounts::list))
        .routes(routes!(openapi::show))
        .routes(routes!(health::alive))
        .routes(routes!(health::ready))
        .routes(routes!(health::metrics))
        .split_for_parts();
    openapi::guarded(&mut document);
    let all = routes
        .merge(console::router())
        .merge(login::router())
        .fallback(request::unknown_route)
        .method_not_allowed_fallback(request::method_not_allowed)
        .with_state(state.clone())
        .layer(middleware::from_fn_with_state(state, gate::gate))
        .layer(Extension(openapi::Document::new(&document)))
        .layer(Extension(live::Seats::default()));
    guarded(all)
}

/// What holds for every route, from the inside out.
fn guarded(router: Router) -> Router {
    let panicked: fn(Box<dyn Any + Send + 'static>) -> Response = request::panicked;
    let no_sniff = HeaderValue::from_static("nosniff");
    router
        .layer(middleware::from_fn(request::in_time))
        .layer(DefaultBodyLimit::max(request::BODY_BYTES_MAX))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(SetResponseHeaderLayer::overriding(CACHE_CONTROL, console::kept))
        .layer(SetResponseHeaderLayer::overriding(X_CONTENT_TYPE_OPTIONS, no_sniff))
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
        let router = guarded(Router::new().fallback(breaks));
        let request = Request::get("/").body(Body::empty()).expect("a request");
        let response = router.oneshot(request).await.expect("an answer");
        assert_eq!(response.status(), 500);
        assert_eq!(response.headers()["content-type"], "application/problem+json");
        assert_eq!(response.headers()["x-content-type-options"], "nosniff");
        let body = axum::body::to_bytes(response.into_body(), 10_000).await.expect("a body");
        assert!(!String::from_utf8_lossy(&body).contains("pipe"));
    }
}
