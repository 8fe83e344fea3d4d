//! The OpenAPI document, made from the routes themselves, and what may go wrong on them.

use std::collections::BTreeMap;

use axum::Extension;
use axum::http::Method;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use utoipa::openapi::example::ExampleBuilder;
use utoipa::openapi::response::Response as Documented;
use utoipa::openapi::{ContentBuilder, OpenApi, Ref, RefOr, ResponseBuilder};
use utoipa::{IntoResponses, OpenApi as _};

use super::incidents::Incident;
use super::live::Snapshot;
use super::problem::{Code, HomeCode, OfficeCode, Problem};
use super::rights::{Needs, needs};
use super::silences::Silences;

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "jikimi",
        description = "Disasters in public buildings and silence in the homes of people living \
            alone: incidents, what they rest on, and what was done about them.\n\n\
            Times are RFC 3339 with the site's offset. Errors are RFC 9457 documents with a \
            stable `code`. Commands are answered after they are stored; where no answer comes, \
            send them again with the same `Idempotency-Key`.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    tags(
        (name = "sites", description = "What is watched"),
        (name = "devices", description = "What hangs there and what it said"),
        (name = "homes", description = "Homes and who lives there, by id"),
        (name = "evacuation", description = "Which way people go"),
        (name = "incidents", description = "What people respond to"),
        (name = "people", description = "Who may use the service"),
        (name = "service", description = "The service itself"),
    ),
    components(schemas(Problem, Snapshot, Incident, Silences)),
)]
struct Frame;

/// The document before the routes are put in.
#[must_use]
pub fn document() -> OpenApi {
    Frame::openapi()
}

/// The finished document, written once.
#[derive(Clone)]
pub struct Document(Bytes);

impl Document {
    #[must_use]
    pub fn new(document: &OpenApi) -> Self {
        // It is made of strings and numbers only; were it ever not, the route would say `null`.
        Self(serde_json::to_vec(document).map_or(Bytes::from_static(b"null"), Bytes::from))
    }
}

/// This document.
#[utoipa::path(get, path = "/api/openapi.json", tag = "service",
    responses((status = 200, description = "OpenAPI 3.1", body = Object)))]
pub async fn show(Extension(Document(document)): Extension<Document>) -> Response {
    ([(CONTENT_TYPE, "application/json")], document).into_response()
}

pub struct ListProblems;
pub struct SiteProblems;
pub struct DeviceProblems;
pub struct PlanProblems;
pub struct RouteProblems;
pub struct IncidentProblems;
pub struct CommandProblems;
pub struct SiteCommandProblems;
pub struct HomeProblems;
pub struct HouseholdProblems;
pub struct PersonsProblems;
pub struct TraceProblems;
pub struct DeclareProblems;
pub struct ReloadProblems;
pub struct LiveProblems;
pub struct ReadyProblems;
pub struct LoginProblems;
pub struct SessionProblems;
pub struct AnswerProblems;
pub struct CallProblems;
pub struct FactorProblems;
pub struct AccountProblems;
pub struct BacktestProblems;

impl IntoResponses for ListProblems {
    fn responses() -> Responses {
        responses(&[Code::BadQuery, Code::Internal])
    }
}

impl IntoResponses for SiteProblems {
    fn responses() -> Responses {
        responses(&[Code::BadPath, Code::BadQuery, Code::UnknownSite, Code::Internal])
    }
}

impl IntoResponses for DeviceProblems {
    fn responses() -> Responses {
        let unknown = [Code::UnknownSite, Code::UnknownDevice];
        responses(&[&[Code::BadPath, Code::BadQuery], &unknown[..], &[Code::Internal]].concat())
    }
}

impl IntoResponses for PlanProblems {
    fn responses() -> Responses {
        let unknown = [Code::UnknownSite, Code::UnknownStorey];
        responses(&[&[Code::BadPath], &unknown[..], &[Code::Internal]].concat())
    }
}

impl IntoResponses for RouteProblems {
    fn responses() -> Responses {
        let unknown = [Code::UnknownSite, Code::UnknownZone];
        responses(&[&[Code::BadPath, Code::BadQuery], &unknown[..], &[Code::Internal]].concat())
    }
}

impl IntoResponses for IncidentProblems {
    fn responses() -> Responses {
        responses(&[Code::BadPath, Code::UnknownIncident, Code::Internal])
    }
}

impl IntoResponses for CommandProblems {
    fn responses() -> Responses {
        responses(&[
            Code::BadPath,
            Code::BadHeader,
            Code::BadJson,
            Code::CrossOrigin,
            Code::ForeignHost,
            Code::UnknownSite,
            Code::UnknownIncident,
            Code::AlreadyAcknowledged,
            Code::AlreadyResolved,
            Code::NotResolved,
            Code::NotTheNewest,
            Code::NotAsked,
            Code::OutcomeReserved,
            Code::KeyReused,
            Code::BodyTooLarge,
            Code::WrongContentType,
            Code::BadBody,
            Code::UnknownOutcome,
            Code::UnknownItem,
            Code::Internal,
            Code::QueueFull,
            Code::NoAnswer,
        ])
    }
}

impl IntoResponses for SiteCommandProblems {
    fn responses() -> Responses {
        responses(&[
            Code::BadPath,
            Code::BadHeader,
            Code::BadJson,
            Code::CrossOrigin,
            Code::ForeignHost,
            Code::UnknownSite,
            Code::UnknownSilence,
            Code::NeverSilenced,
            Code::DrillRuns,
            Code::KeyReused,
            Code::BodyTooLarge,
            Code::WrongContentType,
            Code::BadBody,
            Code::BadWindow,
            Code::UnknownPlace,
            Code::UnknownSituation,
            Code::Internal,
            Code::QueueFull,
            Code::NoAnswer,
        ])
    }
}

impl IntoResponses for HomeProblems {
    fn responses() -> Responses {
        let unknown = [Code::UnknownSite, Code::Home(HomeCode::Unknown)];
        responses(&[&[Code::BadPath], &unknown[..], &[Code::Internal]].concat())
    }
}

impl IntoResponses for HouseholdProblems {
    fn responses() -> Responses {
        let home = [
            HomeCode::Unknown,
            HomeCode::Occupied,
            HomeCode::UnknownHousehold,
            HomeCode::BadSpan,
            HomeCode::NothingToEnd,
            HomeCode::NotOfPeople,
            HomeCode::NoWalkTest,
            HomeCode::WalkTestIncomplete,
        ];
        let any = [
            Code::BadPath,
            Code::BadHeader,
            Code::BadJson,
            Code::CrossOrigin,
            Code::ForeignHost,
            Code::UnknownSite,
            Code::KeyReused,
            Code::BodyTooLarge,
            Code::WrongContentType,
            Code::BadBody,
            Code::Internal,
            Code::QueueFull,
            Code::NoAnswer,
        ];
        responses(&any.into_iter().chain(home.map(Code::Home)).collect::<Vec<_>>())
    }
}

impl IntoResponses for TraceProblems {
    fn responses() -> Responses {
        let unknown = [Code::UnknownSite, Code::UnknownDevice, Code::Home(HomeCode::Unknown)];
        let refused = [HomeCode::NotOwn, HomeCode::NoReason].map(Code::Home);
        responses(&[&OF_BODIES[..], &unknown, &refused, &[Code::BadQuery]].concat())
    }
}

impl IntoResponses for PersonsProblems {
    fn responses() -> Responses {
        let unknown = [Code::UnknownSite, Code::Home(HomeCode::Unknown)];
        let refused = [
            HomeCode::UnknownHousehold,
            HomeCode::NotOwn,
            HomeCode::NoReason,
            HomeCode::NoKeyFile,
            HomeCode::Sealed,
        ];
        responses(&[&OF_BODIES[..], &unknown, &refused.map(Code::Home)].concat())
    }
}

/// What may be wrong with whatever has a body.
const OF_BODIES: [Code; 8] = [
    Code::BadPath,
    Code::BadJson,
    Code::CrossOrigin,
    Code::ForeignHost,
    Code::BodyTooLarge,
    Code::WrongContentType,
    Code::BadBody,
    Code::Internal,
];

impl IntoResponses for DeclareProblems {
    fn responses() -> Responses {
        responses(&[
            Code::BadPath,
            Code::BadHeader,
            Code::BadJson,
            Code::CrossOrigin,
            Code::ForeignHost,
            Code::UnknownSite,
            Code::UnknownSituation,
            Code::UnknownPlace,
            Code::KeyReused,
            Code::BodyTooLarge,
            Code::WrongContentType,
            Code::BadBody,
            Code::Internal,
            Code::QueueFull,
            Code::NoAnswer,
        ])
    }
}

impl IntoResponses for ReloadProblems {
    fn responses() -> Responses {
        responses(&[
            Code::CrossOrigin,
            Code::ForeignHost,
            Code::ConfigurationRefused,
            Code::Internal,
        ])
    }
}

impl IntoResponses for LiveProblems {
    fn responses() -> Responses {
        responses(&[Code::BadQuery, Code::Internal, Code::TooManyListeners])
    }
}

impl IntoResponses for LoginProblems {
    fn responses() -> Responses {
        responses(&[
            Code::BadJson,
            Code::LoginFailed,
            Code::SecondFactor,
            Code::CrossOrigin,
            Code::FactorMissing,
            Code::SetUpOver,
            Code::BodyTooLarge,
            Code::WrongContentType,
            Code::BadBody,
            Code::WeakPassword,
            Code::TooManyAttempts,
            Code::Internal,
        ])
    }
}

/// What may come of an answer to a notice.
const OF_ANSWERS: [Code; 9] = [
    Code::AnswerOver,
    Code::UnknownSite,
    Code::UnknownIncident,
    Code::AlreadyAcknowledged,
    Code::AlreadyResolved,
    Code::NotAsked,
    Code::QueueFull,
    Code::NoAnswer,
    Code::KeyReused,
];

impl IntoResponses for AnswerProblems {
    fn responses() -> Responses {
        let of_bodies = OF_BODIES.into_iter().filter(|code| *code != Code::BadPath);
        responses(&of_bodies.chain(OF_ANSWERS).collect::<Vec<_>>())
    }
}

impl IntoResponses for CallProblems {
    fn responses() -> Responses {
        let of_calls = [Code::BadSignature, Code::Replayed];
        let of_bodies = OF_BODIES.into_iter().filter(|code| *code != Code::WrongContentType);
        responses(&of_bodies.chain(OF_ANSWERS).chain(of_calls).collect::<Vec<_>>())
    }
}

impl IntoResponses for SessionProblems {
    fn responses() -> Responses {
        responses(&[Code::Internal])
    }
}

impl IntoResponses for FactorProblems {
    fn responses() -> Responses {
        responses(&[
            Code::BadJson,
            Code::LoginFailed,
            Code::BodyTooLarge,
            Code::WrongContentType,
            Code::BadBody,
            Code::TooManyAttempts,
            Code::Internal,
        ])
    }
}

impl IntoResponses for AccountProblems {
    fn responses() -> Responses {
        let office = [
            OfficeCode::UnknownAccount,
            OfficeCode::AccountThere,
            OfficeCode::LastAdministrator,
            OfficeCode::UnknownToken,
            OfficeCode::TokenThere,
        ];
        let any = [Code::UnknownSite, Code::TooManyAttempts];
        responses(&[&OF_BODIES[..], &any, &office.map(Code::Office)].concat())
    }
}

impl IntoResponses for BacktestProblems {
    fn responses() -> Responses {
        let office = [OfficeCode::BacktestRuns, OfficeCode::NoFiles].map(Code::Office);
        responses(&[&OF_BODIES[..], &office].concat())
    }
}

impl IntoResponses for ReadyProblems {
    fn responses() -> Responses {
        responses(&[Code::Behind, Code::DatabaseUnreadable, Code::DatabaseGone])
    }
}

/// Adds to every operation how the gate before it refuses, which no handler can know.
pub fn guarded(document: &mut OpenApi) {
    for (path, item) in &mut document.paths.paths {
        let operations = [
            (Method::GET, &mut item.get),
            (Method::PUT, &mut item.put),
            (Method::POST, &mut item.post),
            (Method::DELETE, &mut item.delete),
            (Method::PATCH, &mut item.patch),
        ];
        for (method, operation) in operations {
            let Some(operation) = operation else { continue };
            for (status, refusal) in responses(&of_gate(&method, path)) {
                add(&mut operation.responses.responses, status, refusal);
            }
        }
    }
}

/// What the gate says where a route needs something, and the limits of every request.
fn of_gate(method: &Method, path: &str) -> Vec<Code> {
    let mut codes = vec![Code::TooSlow, Code::TooManyRequests, Code::ForeignHost, Code::Internal];
    if !method.is_safe() {
        codes.push(Code::CrossOrigin);
    }
    match needs(method, path) {
        None | Some(Needs::Nothing) => return codes,
        Some(Needs::At(_)) => codes.push(Code::UnknownSite),
        Some(_) => {}
    }
    codes.extend([Code::Unauthenticated, Code::Forbidden]);
    if !method.is_safe() {
        codes.push(Code::CsrfToken);
    }
    codes
}

/// Adds a response, or its examples to one of the same status.
fn add(all: &mut Responses, status: String, more: RefOr<Documented>) {
    let (Some(RefOr::T(held)), RefOr::T(more)) = (all.get_mut(&status), &more) else {
        all.entry(status).or_insert(more);
        return;
    };
    for (kind, content) in &more.content {
        let (Some(RefOr::T(held)), RefOr::T(content)) = (held.content.get_mut(kind), content)
        else {
            continue;
        };
        let examples = content.examples.iter();
        held.examples.extend(examples.map(|(code, example)| (code.clone(), example.clone())));
    }
    let words = more.description.split(", ").filter(|word| !held.description.contains(word));
    let words: Vec<&str> = words.collect();
    if !words.is_empty() {
        held.description = format!("{}, {}", held.description, words.join(", "));
    }
}

type Responses = BTreeMap<String, RefOr<Documented>>;

/// One response for each status, with an example for each code.
fn responses(codes: &[Code]) -> Responses {
    let mut of_status: BTreeMap<u16, Vec<Code>> = BTreeMap::new();
    for code in codes {
        of_status.entry(code.status().as_u16()).or_default().push(*code);
    }
    of_status.iter().map(|(status, codes)| (status.to_string(), response(codes).into())).collect()
}

fn response(codes: &[Code]) -> Documented {
    let words: Vec<String> = codes.iter().map(|code| format!("`{}`", code.as_str())).collect();
    let examples = codes.iter().map(|code| {
        let problem = serde_json::to_value(Problem::new(*code, "…")).ok();
        (code.as_str(), ExampleBuilder::new().value(problem).build())
    });
    let content = ContentBuilder::new()
        .schema(Some(Ref::from_schema_name("Problem")))
        .examples_from_iter(examples)
        .build();
    ResponseBuilder::new()
        .description(words.join(", "))
        .content("application/problem+json", content)
        .build()
}
