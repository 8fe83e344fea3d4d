//! The HTTP side (axum): what people and programs may read and ask for, one file per resource.
//!
//! Handlers read the database and nothing else. They change nothing either: a command is an input
//! of its site's monitor, goes through the run loop's queue like any other, and is answered after
//! the commit. What a client sees is shaped here and only here.
//!
//! The caller owes it the address: whoever binds the listener decides who can reach it, since
//! there are no accounts yet.

mod commands;
mod console;
mod cursor;
mod dead_letters;
mod devices;
mod drawing;
mod evacuation;
mod health;
mod homes;
mod households;
mod incidents;
mod live;
mod local;
mod openapi;
mod plans;
mod precision;
mod problem;
mod readings;
mod request;
mod silences;
mod sites;
mod told;
mod words;
mod work;
mod zones;

use std::any::Any;
use std::future::{Future, IntoFuture as _};
use std::sync::Arc;
use std::time::Duration;

use axum::extract::DefaultBodyLimit;
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS};
use axum::response::Response;
use axum::{Extension, Router, middleware};
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::clock::Clock;
use crate::domain::SiteId;
use crate::monitor::Configuration;
use crate::run::handle::Running;
use crate::store::Db;
use problem::{Code, Problem};

/// What the handlers share.
#[derive(Clone)]
pub struct ApiState {
    pub db: Db,
    pub running: Running,
    /// One per site, as activated.
    pub configurations: Arc<Vec<Arc<Configuration>>>,
    pub clock: Clock,
    pub metrics: PrometheusHandle,
}

impl ApiState {
    fn configured(&self, site: &SiteId) -> Option<&Arc<Configuration>> {
        self.configurations.iter().find(|held| held.site.id == *site)
    }

    fn configuration(&self, site: &SiteId) -> Result<&Arc<Configuration>, Problem> {
        self.configured(site).ok_or_else(|| {
            let sentence = format!("`{site}` is no site here; /api/v1/sites lists them");
            Problem::new(Code::UnknownSite, sentence)
        })
    }

    fn site_ids(&self) -> impl Iterator<Item = &SiteId> {
        self.configurations.iter().map(|held| &held.site.id)
    }
}

/// Open connections have so long to end after a shutdown was asked for.
const SHUTDOWN_MAX: Duration = Duration::from_secs(5);

/// All routes. Every one of the API's is in the OpenAPI document, since that is how it is
/// registered; the console's page stands beside them.
pub fn router(state: ApiState) -> Router {
    let (routes, document) = OpenApiRouter::with_openapi(openapi::document())
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
        .routes(routes!(dead_letters::list))
        .routes(routes!(openapi::show))
        .routes(routes!(health::alive))
        .routes(routes!(health::ready))
        .routes(routes!(health::metrics))
        .split_for_parts();
    let all = routes
        .merge(console::router())
        .fallback(request::unknown_route)
        .method_not_allowed_fallback(request::method_not_allowed)
        .with_state(state)
        .layer(Extension(openapi::Document::new(&document)))
        .layer(Extension(live::Seats::default()));
    guarded(all)
}

/// What holds for every route, from the inside out.
fn guarded(router: Router) -> Router {
    let panicked: fn(Box<dyn Any + Send + 'static>) -> Response = request::panicked;
    let no_store = HeaderValue::from_static("no-store");
    let no_sniff = HeaderValue::from_static("nosniff");
    router
        .layer(middleware::from_fn(request::same_origin))
        .layer(DefaultBodyLimit::max(request::BODY_BYTES_MAX))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(SetResponseHeaderLayer::overriding(CACHE_CONTROL, no_store))
        .layer(SetResponseHeaderLayer::overriding(X_CONTENT_TYPE_OPTIONS, no_sniff))
}

/// Serves until `shutdown` comes and the open connections have ended: live streams at once, the
/// rest in their own time, but no longer than 5 s.
///
/// # Errors
/// If the listener fails.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let (close, closing) = watch::channel(false);
    let router = router.layer(Extension(live::Closing(closing.clone())));
    let asked = async move {
        shutdown.await;
        close.send_replace(true);
    };
    let served = axum::serve(listener, router).with_graceful_shutdown(asked);
    tokio::select! {
        served = served.into_future() => served,
        () = overdue(closing) => {
            tracing::warn!(after_s = SHUTDOWN_MAX.as_secs(), "connections were still open");
            Ok(())
        }
    }
}

async fn overdue(mut closing: watch::Receiver<bool>) {
    if closing.wait_for(|asked| *asked).await.is_err() {
        // Nobody is left to ask: the server itself is gone and has answered.
        std::future::pending::<()>().await;
    }
    tokio::time::sleep(SHUTDOWN_MAX).await;
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
