//! What a person answers with: unguessable, kept only as a hash, good once and not for long.

use jiff::SignedDuration;
use sha2::{Digest as _, Sha256};

/// How long an answer may take. A worker who answers a day later answers another situation.
pub const HOLDS_FOR: SignedDuration = SignedDuration::from_hours(12);

/// 128 bits of the machine's randomness, in letters that a link or a text carries unchanged.
///
/// # Errors
/// If the machine has no randomness to give.
pub fn new() -> Result<String, getrandom::Error> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes)?;
    Ok(hex(&bytes))
}

/// Under what a token is kept.
#[must_use]
pub fn hash(token: &str) -> String {
    hex(&Sha256::digest(token.as_bytes()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
