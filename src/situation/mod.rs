//! Disasters as data: what one incident of a kind reaches, and what people call it.
//!
//! Nothing here decides. Until situations say more, any alarm-class finding confirms its
//! situation.

use crate::domain::{KindId, Scope};
use crate::evacuate::Policy;

/// One kind of disaster (재난 상황).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Situation {
    pub id: KindId,
    /// What people call it, in Korean and in English.
    pub name: String,
    pub name_en: String,
    pub scope: Scope,
    /// What it asks of ways.
    pub policy: Policy,
}
