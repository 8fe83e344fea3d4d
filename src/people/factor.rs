//! The second factor: codes of an authenticator (TOTP, RFC 6238), asked for off the office network.
//!
//! SHA-1, six digits, thirty seconds, since that is what every authenticator knows. A code is good
//! once: who looks over a shoulder must not come in behind.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use totp_rs::{Builder, Secret, Totp};

use crate::domain::time::Timestamp;
use crate::personal::{Keys, PersonalError, Wrapped};

const STEP_S: i64 = 30;
/// Before a sealed secret; no base32 has a colon.
const SEALED: &str = "sealed:";

/// A new secret, in base32.
#[must_use]
pub fn generate() -> String {
    Secret::generate().to_base32()
}

/// What an authenticator reads it from: `otpauth://totp/…`.
#[must_use]
pub fn link(account: &str, secret: &str) -> Option<String> {
    totp(account, secret)?.to_url().ok()
}

/// The step of a code if it is right at `now`, within one step to either side.
#[must_use]
pub fn step_of(secret: &str, code: &str, now: Timestamp) -> Option<i64> {
    let now_s = now.as_second();
    // All three are compared, whichever it is.
    let steps = [-1, 0, 1].map(|off| now_s / STEP_S + off);
    let right = steps.map(|step| is_code(secret, step, code));
    steps.into_iter().zip(right).find(|(_, right)| *right).map(|(step, _)| step)
}

/// The code of a step.
#[must_use]
pub fn code(secret: &str, step: i64) -> Option<String> {
    let seconds = u64::try_from(step.checked_mul(STEP_S)?).ok()?;
    Some(totp("-", secret)?.generate(seconds).to_string())
}

/// What is kept of a secret: sealed where there is a key file, so that a copy of the database alone
/// makes no codes.
///
/// # Errors
/// If it cannot be sealed.
pub fn kept(keys: Option<&Keys>, account: &str, secret: &str) -> Result<String, PersonalError> {
    let Some(keys) = keys else { return Ok(secret.to_owned()) };
    let Wrapped { by, bytes } = keys.seal_word(account, secret)?;
    Ok(format!("{SEALED}{by}:{}", STANDARD.encode(bytes)))
}

/// The secret that was kept, sealed or before there was a key file.
///
/// # Errors
/// If there is no key that opens it.
pub fn opened(keys: Option<&Keys>, account: &str, kept: &str) -> Result<String, PersonalError> {
    let Some(sealed) = kept.strip_prefix(SEALED) else { return Ok(kept.to_owned()) };
    let (by, text) = sealed.split_once(':').ok_or(PersonalError::Altered)?;
    let bytes = STANDARD.decode(text).map_err(|_| PersonalError::Altered)?;
    let wrapped = Wrapped { by: by.to_owned(), bytes };
    keys.ok_or(PersonalError::UnknownKey)?.open_word(account, &wrapped)
}

fn is_code(secret: &str, step: i64, said: &str) -> bool {
    let Some(right) = code(secret, step) else { return false };
    let differs = right.bytes().zip(said.bytes()).fold(0, |differs, (a, b)| differs | (a ^ b));
    right.len() == said.len() && differs == 0
}

fn totp(account: &str, secret: &str) -> Option<Totp> {
    let secret = Secret::try_from_base32(secret).ok()?;
    let builder = Builder::new().with_secret(secret).with_skew(1);
    let issuer = Some("jikimi".to_owned());
    builder.with_account_name(account.to_owned()).with_issuer(issuer).build().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B, the SHA-1 rows; the last six of their eight digits.
    #[test]
    fn codes_are_those_of_the_standard() {
        let secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"; // 12345678901234567890
        for (second, code) in
            [(59, "287082"), (1_111_111_109, "081804"), (20_000_000_000, "353130")]
        {
            let now = Timestamp::from_second(second).expect("a moment");
            assert_eq!(step_of(secret, code, now), Some(second / 30), "{second}");
            let soon = Timestamp::from_second(second + 30).expect("a moment");
            assert_eq!(step_of(secret, code, soon), Some(second / 30), "a step late is in time");
            let later = Timestamp::from_second(second + 61).expect("a moment");
            assert_eq!(step_of(secret, code, later), None);
        }
        let now = Timestamp::from_second(59).expect("a moment");
        for wrong in ["", "287083", "28708", "2870822", "한글"] {
            assert_eq!(step_of(secret, wrong, now), None, "{wrong}");
        }
    }

    #[test]
    fn a_secret_is_kept_sealed_and_opens_for_its_own_account_alone() {
        let keys = Keys::read(&"5a".repeat(32)).expect("a key file");
        let secret = generate();
        let sealed = kept(Some(&keys), "kim", &secret).expect("sealed");
        assert!(!sealed.contains(&secret), "{sealed}");
        assert_eq!(opened(Some(&keys), "kim", &sealed).expect("opened"), secret);
        assert!(opened(Some(&keys), "lee", &sealed).is_err());
        assert!(opened(None, "kim", &sealed).is_err());
        let other = Keys::read(&"a5".repeat(32)).expect("a key file");
        assert!(opened(Some(&other), "kim", &sealed).is_err());
        assert_eq!(opened(Some(&keys), "kim", &secret).expect("from before"), secret);
    }

    #[test]
    fn an_authenticator_can_read_a_new_one() {
        let secret = generate();
        let link = link("kim", &secret).expect("a link");
        assert!(link.starts_with("otpauth://totp/") && link.contains(&secret), "{link}");
    }
}
