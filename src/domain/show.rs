//! What a sign can show.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Show {
    Left,
    Right,
    Ahead,
    Up,
    Down,
    /// Not this way, and not yet another.
    Stop,
    /// No way leads out or to a refuge: stay where you are.
    Stay,
    /// No safe way out: the refuge is here or behind the next door.
    Refuge,
}

impl Show {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::Right => "right",
            Self::Ahead => "ahead",
            Self::Up => "up",
            Self::Down => "down",
            Self::Stop => "stop",
            Self::Stay => "stay",
            Self::Refuge => "refuge",
        }
    }
}
