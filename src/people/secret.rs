//! Secrets that we make: sessions, tokens, the link of the first start.
//!
//! Each has 256 bits of the system's randomness, so that none is guessed and a plain hash of it
//! is enough to recognize it by; only that hash is kept.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

/// What tokens begin with, so that a person or a scanner knows one that lies about.
pub const TOKEN_PREFIX: &str = "jikimi_";

/// A new secret. Whoever is given it is the only one who has it.
///
/// # Errors
/// If the system has no randomness to give.
pub fn generate() -> Result<String, getrandom::Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// What is kept of it.
#[must_use]
pub fn id_of(secret: &str) -> String {
    hex(&["id", secret])
}

/// What a page has to send with each command, to show that it is ours: another site's page makes
/// a browser send the cookie, and can read neither.
#[must_use]
pub fn csrf_of(secret: &str) -> String {
    hex(&["csrf", secret])
}

fn hex(parts: &[&str]) -> String {
    let text = parts.join(":");
    Sha256::digest(text.as_bytes()).iter().fold(String::new(), |mut hex, byte| {
        let _infallible = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_secret_is_made_twice_and_none_is_known_by_what_is_kept() {
        let (one, other) = (generate().expect("randomness"), generate().expect("randomness"));
        assert_ne!(one, other);
        assert_eq!(one.len(), 43);
        assert_ne!(id_of(&one), csrf_of(&one));
        assert_eq!(id_of(&one), id_of(&one));
    }
}
