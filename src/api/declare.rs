//! What a person or an authority says is happening: declarations and notices.
//!
//! Both are commands like any other: inputs of the site's monitor, answered once they are stored.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::ApiState;
use super::commands;
use super::incidents::{self, Incident};
use super::openapi::DeclareProblems;
use super::problem::{Code, Problem};
use super::request::{Body, Path};
use crate::domain::time::{Timestamp, whole_microseconds};
use crate::domain::{Action, Answer, Declaration, KindId, Level, PlaceId, Refusal, SiteId, Words};
use crate::people::Actor;
use crate::situation::{AUTHORITY_LENGTH_MAX, Notice, NoticeKind};
use crate::store::views::{self, Chosen};

const TEXT_LENGTH_MAX: usize = 500;

/// What a person says is happening.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeclarationBody {
    /// A situation that people may open; `/api/v1/situations` lists them.
    #[schema(value_type = String, example = "chemical-release")]
    situation: KindId,
    /// A building, storey, zone or home of the site, or the site itself.
    #[schema(value_type = String, example = "main-building")]
    place: PlaceId,
    /// How bad; none: as bad as the situation says.
    #[schema(value_type = Option<String>, example = "critical")]
    level: Option<Level>,
    /// In words, up to 500 characters.
    #[schema(example = "정문 앞 탱크로리 전복")]
    note: Option<String>,
}

/// What an authority has said.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NoticeBody {
    /// The authority's own name for it; said again, it replaces what it said.
    #[schema(example = "2026-1124-017")]
    id: String,
    #[schema(example = "kma")]
    authority: String,
    kind: NoticeKind,
    #[schema(value_type = String, example = "warning")]
    level: Level,
    #[schema(example = "광주 북구 규모 4.2, 예상 진도 IV")]
    ko: String,
    #[schema(example = "Magnitude 4.2 in Buk-gu, intensity IV expected")]
    en: Option<String>,
    /// None: the whole site.
    #[schema(value_type = Option<String>)]
    place: Option<PlaceId>,
    /// None: now.
    #[schema(value_type = Option<String>, format = DateTime)]
    at: Option<Timestamp>,
    /// Until when it holds; a moment that is past withdraws it.
    #[schema(value_type = String, format = DateTime, example = "2026-11-24T15:03:07+09:00")]
    until: Timestamp,
}

/// What came of a notice.
#[derive(Serialize, ToSchema)]
pub struct Heard {
    /// Unresolved incidents of the situations that heed it.
    incidents: Vec<String>,
}

/// 상황 발령: opens a situation, or joins the one that is open there.
#[utoipa::path(post, path = "/api/v1/sites/{site}/declare", tag = "incidents",
    request_body = DeclarationBody,
    params(("site" = String, Path), ("Idempotency-Key" = Option<String>, Header,
        description = "1 to 128 printable ASCII characters; the same key gets the first answer")),
    responses((status = 200, body = Incident), DeclareProblems))]
pub async fn declare(
    State(state): State<ApiState>,
    actor: Actor,
    Path(site): Path<SiteId>,
    headers: HeaderMap,
    Body(body): Body<DeclarationBody>,
) -> Result<Json<Incident>, Problem> {
    let about = format!("{} at {}", body.situation, body.place);
    let note = body.note.as_deref().map(text).transpose()?;
    let declaration =
        Declaration { situation: body.situation, place: body.place, level: body.level, note };
    match commands::told(&state, &actor, &headers, &site, Action::Declare(declaration)).await? {
        Answer::Opened(id) => incidents::read(&state, &id).await.map(Json),
        Answer::Refused(refusal) => Err(commands::refused(refusal, &about)),
        Answer::Done | Answer::Silenced(_) => Err(no_answer()),
    }
}

/// 공식 통보: what the KMA, civil defence or another authority has said.
#[utoipa::path(post, path = "/api/v1/sites/{site}/notices", tag = "incidents",
    request_body = NoticeBody,
    params(("site" = String, Path), ("Idempotency-Key" = Option<String>, Header,
        description = "1 to 128 printable ASCII characters; the same key gets the first answer")),
    responses((status = 200, body = Heard), DeclareProblems))]
pub async fn notice(
    State(state): State<ApiState>,
    actor: Actor,
    Path(site): Path<SiteId>,
    headers: HeaderMap,
    Body(body): Body<NoticeBody>,
) -> Result<Json<Heard>, Problem> {
    let configuration = state.configuration(&site)?;
    let kind = body.kind;
    let notice = body.read(&state)?;
    let answer = commands::told(&state, &actor, &headers, &site, Action::Notice(notice)).await?;
    if let Answer::Refused(refusal) = answer {
        return Err(commands::refused(refusal, site.as_str()));
    }
    let heeds = |kind_of: &KindId| {
        let situation = configuration.situations.get(kind_of);
        situation.is_some_and(|of| of.notices.iter().any(|heeded| heeded.kind == kind))
    };
    let open = views::incidents(&state.db, Chosen::Unresolved).await?;
    let of_it = open.into_iter().filter(|(row, _)| row.id.site == site && heeds(&row.id.kind));
    Ok(Json(Heard { incidents: of_it.map(|(row, _)| row.id.to_string()).collect() }))
}

impl NoticeBody {
    fn read(self, state: &ApiState) -> Result<Notice, Problem> {
        let named = |text: &str| {
            let well = (1..=AUTHORITY_LENGTH_MAX).contains(&text.len());
            well && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
        };
        if !named(&self.id) || !named(&self.authority) {
            let sentence = "`id` and `authority` are 1 to 64 ASCII letters, digits, `-`, `_`, `.`";
            return Err(Problem::new(Code::BadBody, sentence));
        }
        let ko = text(&self.ko)?;
        let en = self.en.as_deref().map(text).transpose()?.unwrap_or_else(|| ko.clone());
        Ok(Notice {
            id: self.id,
            authority: self.authority,
            kind: self.kind,
            level: self.level,
            text: Words::new(ko, en),
            place: self.place,
            at: whole_microseconds(self.at.unwrap_or_else(|| state.clock.now())),
            until: whole_microseconds(self.until),
        })
    }
}

/// Words of people, which are shown as they are.
fn text(text: &str) -> Result<String, Problem> {
    let trimmed = text.trim();
    let fits = (1..=TEXT_LENGTH_MAX).contains(&trimmed.chars().count());
    if !fits || trimmed.chars().any(char::is_control) {
        let sentence = "texts are 1 to 500 characters without control characters";
        return Err(Problem::new(Code::BadBody, sentence));
    }
    Ok(trimmed.to_owned())
}

/// The key was used before, for something else that was answered otherwise.
fn no_answer() -> Problem {
    commands::refused(Refusal::KeyReused, "")
}
