//! Passwords as Mosquitto keeps them: PBKDF2 over HMAC-SHA-512, with a salt of each account's own
//! (RFC 8018; `$7$ITERATIONS$SALT$KEY`, salt and key in base64).
//!
//! Mosquitto's own number of iterations is kept. It is small, so a person's password in such a
//! file can be guessed by who has the file; the secrets made here are 192 random bits and cannot,
//! with however few. What it buys is that 20,000 devices can come back at once after a blackout.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD as BASE64, URL_SAFE_NO_PAD};
use ring::pbkdf2;

/// As `mosquitto_passwd` has it.
const ITERATIONS: NonZeroU32 = NonZeroU32::MIN.saturating_add(100);
const KEY_BYTES: usize = 64;
const SALT_BYTES: usize = 12;
const SECRET_BYTES: usize = 24;
/// Up to here a proof takes less than a millisecond and need not be moved out of the way.
const QUICK_ITERATIONS: u32 = 1_000;

/// What a password hashes to.
#[derive(Clone)]
pub struct Hash {
    iterations: NonZeroU32,
    salt: Vec<u8>,
    key: Vec<u8>,
}

/// Why a text is no hash of a password. It never repeats the text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoHash {
    #[error("the password is not hashed; run mosquitto_passwd -U on this file")]
    Plain,
    #[error("the hash is of Mosquitto's older sort ($6$); set the password with mosquitto_passwd")]
    Older,
    #[error("the hash is cut or changed ({0}); set the password with mosquitto_passwd")]
    Broken(&'static str),
}

impl Hash {
    /// Hashes a password with a fresh salt.
    ///
    /// # Errors
    /// If the machine has no random numbers.
    pub fn of(password: &[u8]) -> Result<Self, getrandom::Error> {
        let mut salt = vec![0; SALT_BYTES];
        getrandom::fill(&mut salt)?;
        let mut key = vec![0; KEY_BYTES];
        pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA512, ITERATIONS, &salt, password, &mut key);
        Ok(Self { iterations: ITERATIONS, salt, key })
    }

    /// Whether this is the password. Takes as long whether it is or not.
    #[must_use]
    pub fn is_of(&self, password: &[u8]) -> bool {
        let algorithm = pbkdf2::PBKDF2_HMAC_SHA512;
        pbkdf2::verify(algorithm, self.iterations, &self.salt, password, &self.key).is_ok()
    }

    /// Whether [`Hash::is_of`] is quick enough to be asked where others wait.
    #[must_use]
    pub fn is_quick(&self) -> bool {
        self.iterations.get() <= QUICK_ITERATIONS
    }
}

impl FromStr for Hash {
    type Err = NoHash;

    fn from_str(text: &str) -> Result<Self, NoHash> {
        let parts: Vec<&str> = text.split('$').collect();
        let ["", "7", iterations, salt, key] = parts[..] else {
            return Err(if text.starts_with("$6$") { NoHash::Older } else { NoHash::Plain });
        };
        let decoded = |text: &str, what| BASE64.decode(text).map_err(|_| NoHash::Broken(what));
        let iterations = iterations.parse().map_err(|_| NoHash::Broken("the iterations"))?;
        let salt = decoded(salt, "the salt is not base64")?;
        let key = decoded(key, "the key is not base64")?;
        if key.len() != KEY_BYTES {
            return Err(NoHash::Broken("the key does not have 64 bytes"));
        }
        Ok(Self { iterations, salt, key })
    }
}

/// As it stands in Mosquitto's password file. It is meant for that file alone.
impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (salt, key) = (BASE64.encode(&self.salt), BASE64.encode(&self.key));
        write!(f, "$7${}${salt}${key}", self.iterations)
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hash")
    }
}

/// A new password: 192 random bits, in letters that survive any form.
///
/// # Errors
/// If the machine has no random numbers.
pub fn secret() -> Result<String, getrandom::Error> {
    let mut bytes = [0; SECRET_BYTES];
    getrandom::fill(&mut bytes)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made by `mosquitto_passwd` 2.0.11 for the password `s3cret`.
    const MOSQUITTOS: &str = "$7$101$7lbCGXC3+Juuo2FE$qYPyWVsPQa7L1D7AW0AifW25ummwa2HT2fyHNTsRtAkv\
                              NBfgrDBDFDtD/THklrpG0cSpchoiGQ8CylZM30Wk4g==";

    #[test]
    fn what_mosquitto_hashed_is_understood_and_written_as_it_was() {
        let hash: Hash = MOSQUITTOS.parse().unwrap();
        assert!(hash.is_of(b"s3cret"));
        assert!(!hash.is_of(b"s3cret ") && !hash.is_of(b""));
        assert_eq!(hash.to_string(), MOSQUITTOS);
    }

    #[test]
    fn two_accounts_with_one_password_have_two_hashes() {
        let [one, other] = [(); 2].map(|()| Hash::of(b"same").unwrap());
        assert_ne!(one.to_string(), other.to_string());
        assert!(one.is_of(b"same") && other.is_of(b"same"));
        assert_ne!(secret().unwrap(), secret().unwrap());
    }
}
