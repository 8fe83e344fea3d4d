//! Passwords: what is one, and how it is kept.
//!
//! Argon2id with 19 MiB and two passes, which is what OWASP's cheat sheet on password storage
//! asks for at least and what the crate takes by itself. To look at a password takes as long for
//! an account that is not there, or the time of an answer would tell which accounts are.

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};

/// Shorter ones are refused (NIST SP 800-63B-4: 15 where it is the only factor, 8 with another;
/// ours is the only one inside the office network).
pub const LENGTH_MIN: usize = 12;
/// Longer ones are refused, since they are hashed.
pub const LENGTH_MAX: usize = 128;
/// One that is made of fewer different characters is no password.
const DIFFERENT_MIN: usize = 5;

/// Nobody's: what a password is compared with where there is no account.
const NOBODYS: &str = "$argon2id$v=19$m=19456,t=2,p=1$amlraW1pLW5vYm9keXM\
    $3p0uEOA9Dn3JXcNyaF0gJ3JTTyuBxKuYzXQ4Rr1W2a8";

/// Why a password was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Weak {
    #[error("a password has 12 to 128 characters")]
    Length,
    #[error("a password has at least 5 different characters")]
    Uniform,
    #[error("a password does not hold the account's name")]
    Name,
}

/// Whether a password may be set.
///
/// # Errors
/// If it is too short, too long, too uniform or the account's own name.
pub fn accept(account: &str, password: &str) -> Result<(), Weak> {
    let characters: Vec<char> = password.chars().collect();
    if !(LENGTH_MIN..=LENGTH_MAX).contains(&characters.len()) {
        return Err(Weak::Length);
    }
    let mut different = characters;
    different.sort_unstable();
    different.dedup();
    if different.len() < DIFFERENT_MIN {
        return Err(Weak::Uniform);
    }
    if password.to_lowercase().contains(account) {
        return Err(Weak::Name);
    }
    Ok(())
}

/// What is kept of a password. Slow by intent; not for the threads that answer.
///
/// # Errors
/// If the system has no randomness to give.
pub fn hash(password: &str) -> Result<String, argon2::password_hash::Error> {
    Ok(Argon2::default().hash_password(password.as_bytes())?.to_string())
}

/// Whether it is this account's password. None: there is no such account, which takes as long.
#[must_use]
pub fn is_right(password: &str, kept: Option<&str>) -> bool {
    let compared = PasswordHash::new(kept.unwrap_or(NOBODYS))
        .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok());
    compared && kept.is_some()
}

#[cfg(test)]
mod tests {
    use argon2::{Algorithm, Params, Version};

    use super::*;

    #[test]
    fn a_password_is_known_again_and_no_other() {
        let kept = hash("correct horse battery").expect("hashed");
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{kept}");
        assert_ne!(kept, hash("correct horse battery").expect("hashed"), "each with its own salt");
        assert!(is_right("correct horse battery", Some(&kept)));
        assert!(!is_right("correct horse batterz", Some(&kept)));
        assert!(!is_right("correct horse battery", Some("$argon2id$broken")));
    }

    /// An account that is not there costs the very same work: the parameters are those of a hash
    /// that we make, and it can be read.
    #[test]
    fn nobodys_password_costs_what_anybodys_does() {
        let made = hash("correct horse battery").expect("hashed");
        let parameters = |text: &str| text.rsplitn(3, '$').last().map(str::to_owned);
        assert_eq!(parameters(NOBODYS), parameters(&made));
        let nobodys = PasswordHash::new(NOBODYS).expect("it can be read");
        assert_eq!(nobodys.hash.map(|hash| hash.len()), Some(32));
        assert!(!is_right("", None));
    }

    /// The reference implementation's vector: `argon2 somesalt -id -t 2 -m 16 -p 1 -l 32` of
    /// "password" (phc-winner-argon2, test.c, version 19).
    #[test]
    fn it_is_argon2id() {
        let params = Params::new(1 << 16, 2, 1, Some(32)).expect("parameters");
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let mut out = [0; 32];
        argon2.hash_password_into(b"password", b"somesalt", &mut out).expect("hashed");
        let hex: String = out.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7");
    }

    #[test]
    fn what_anybody_would_try_first_is_refused() {
        assert_eq!(accept("kim", "열두글자가넘는비밀번호이다"), Ok(()));
        assert_eq!(accept("kim", "short"), Err(Weak::Length));
        assert_eq!(accept("kim", &"ab".repeat(65)), Err(Weak::Length));
        assert_eq!(accept("kim", "aaaaaaaaaaab"), Err(Weak::Uniform));
        assert_eq!(accept("kim", "kimkimkim-2026"), Err(Weak::Name));
    }
}
