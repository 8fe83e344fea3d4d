//! What has been done about an incident, as a client sees it: who is told next, remarks, and what
//! of the checklist is done.

use serde::Serialize;
use utoipa::ToSchema;

use super::local::{Local, Time};
use crate::incident::Role;
use crate::store::views::{CommentRow, StepRow, TickRow};

/// A step of a ladder. It waits while it has neither been taken nor stopped.
#[derive(Serialize, ToSchema)]
pub struct StepBody {
    /// Which of the incident's ladders, counted from 1.
    #[schema(example = 1)]
    run: u64,
    #[schema(example = "worker")]
    step: String,
    /// Who is called: those who were, once it is taken.
    #[schema(example = json!(["worker-1"]))]
    roles: Vec<&'static str>,
    /// None before its turn.
    due_at: Option<Time>,
    taken_at: Option<Time>,
    /// Somebody had it by then, the resident had answered, or it was over.
    stopped_at: Option<Time>,
}

impl StepBody {
    pub fn of(local: &Local, row: StepRow) -> Self {
        let roles = if row.taken_at.is_some() { row.told } else { row.rung.roles };
        Self {
            run: row.run,
            step: row.rung.id,
            roles: roles.into_iter().map(Role::as_str).collect(),
            due_at: row.due_at.map(|at| local.time(at)),
            stopped_at: row.stopped_at.filter(|_| row.taken_at.is_none()).map(|at| local.time(at)),
            taken_at: row.taken_at.map(|at| local.time(at)),
        }
    }
}

/// A remark.
#[derive(Serialize, ToSchema)]
pub struct CommentBody {
    at: Time,
    #[schema(example = "local")]
    by: String,
    #[schema(example = "관리사무소가 열쇠를 가지고 갑니다")]
    text: String,
}

impl CommentBody {
    pub fn of(local: &Local, row: CommentRow) -> Self {
        Self { at: local.time(row.at), by: row.actor, text: row.text }
    }
}

/// An item of a checklist, as it was last left.
#[derive(Serialize, ToSchema)]
pub struct TickBody {
    #[schema(example = "call-119")]
    item: String,
    done: bool,
    at: Time,
    #[schema(example = "local")]
    by: String,
}

impl TickBody {
    pub fn of(local: &Local, row: TickRow) -> Self {
        Self { item: row.item, done: row.done, at: local.time(row.at), by: row.actor }
    }
}
