//! placeholder
use crate::domain::{Message, SiteId};
#[derive(Debug)]
pub struct Decoded {
    pub site: SiteId,
    pub message: Message,
}
#[derive(Debug)]
pub struct Refused {
    pub reason: Reason,
    pub sentence: String,
}
#[derive(Debug, Clone, Copy)]
pub enum Reason {
    Empty,
}
impl Reason {
    #[must_use]
    pub fn code(self) -> &'static str {
        "empty"
    }
}
