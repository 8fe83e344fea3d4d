//! AES-256-GCM (NIST SP 800-38D) by `ring`: a household's key, what it seals, and how it is
//! wrapped.
//!
//! Every text has a random nonce of 96 bits in front of it; a household's key seals far fewer than
//! the 2^32 texts for which that is allowed (section 8.3). What is sealed is bound to its site and
//! household, so a row that is copied to another opens nowhere.

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::rand::{SecureRandom as _, SystemRandom};

use super::PersonalError;
use crate::domain::{HouseholdId, SiteId};

pub(super) const KEY_BYTES: usize = 32;

/// What is sealed, as the words that it is bound to have it.
#[derive(Debug, Clone, Copy)]
pub(super) enum What {
    Key,
    Persons,
}

/// The key of one household. It is never printed.
pub struct HouseholdKey(pub(super) [u8; KEY_BYTES]);

/// A household's key as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrapped {
    /// The name of the key that wraps it: the first 16 hex digits of its SHA-256.
    pub by: String,
    pub bytes: Vec<u8>,
}

impl HouseholdKey {
    /// # Errors
    /// If the machine gives no randomness.
    pub fn random() -> Result<Self, PersonalError> {
        let mut key = [0; KEY_BYTES];
        SystemRandom::new().fill(&mut key).map_err(|_| PersonalError::NoRandomness)?;
        Ok(Self(key))
    }

    /// # Errors
    /// If the machine gives no randomness.
    pub fn seal(
        &self,
        text: &[u8],
        site: &SiteId,
        household: &HouseholdId,
    ) -> Result<Vec<u8>, PersonalError> {
        seal(&self.0, text, &bound(What::Persons, site, household))
    }

    /// # Errors
    /// If it was sealed with another key or for another household, or altered since.
    pub fn open(
        &self,
        sealed: &[u8],
        site: &SiteId,
        household: &HouseholdId,
    ) -> Result<Vec<u8>, PersonalError> {
        open(&self.0, sealed, &bound(What::Persons, site, household))
    }
}

impl Drop for HouseholdKey {
    /// As far as a safe language lets us: the compiler may have left copies.
    fn drop(&mut self) {
        std::hint::black_box(&mut self.0).fill(0);
    }
}

/// What a sealed text is bound to. Ids have no blank, so no two of these are one text.
pub(super) fn bound(what: What, site: &SiteId, household: &HouseholdId) -> String {
    format!("jikimi 1 {what:?} {site} {household}")
}

pub(super) fn seal(
    key: &[u8; KEY_BYTES],
    text: &[u8],
    bound: &str,
) -> Result<Vec<u8>, PersonalError> {
    let mut nonce = [0; NONCE_LEN];
    SystemRandom::new().fill(&mut nonce).map_err(|_| PersonalError::NoRandomness)?;
    let mut body = text.to_vec();
    let with = Nonce::assume_unique_for_key(nonce);
    cipher(key)?
        .seal_in_place_append_tag(with, Aad::from(bound.as_bytes()), &mut body)
        .map_err(|_| PersonalError::Altered)?;
    Ok([&nonce[..], &body].concat())
}

pub(super) fn open(
    key: &[u8; KEY_BYTES],
    sealed: &[u8],
    bound: &str,
) -> Result<Vec<u8>, PersonalError> {
    let altered = PersonalError::Altered;
    let Some((nonce, body)) = sealed.split_at_checked(NONCE_LEN) else { return Err(altered) };
    let Ok(nonce) = Nonce::try_assume_unique_for_key(nonce) else { return Err(altered) };
    let mut body = body.to_vec();
    let opened = cipher(key)?.open_in_place(nonce, Aad::from(bound.as_bytes()), &mut body);
    opened.map(|text| text.to_vec()).map_err(|_| PersonalError::Altered)
}

fn cipher(key: &[u8; KEY_BYTES]) -> Result<LessSafeKey, PersonalError> {
    let key = UnboundKey::new(&AES_256_GCM, key).map_err(|_| PersonalError::Altered)?;
    Ok(LessSafeKey::new(key))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::personal::Keys;

    fn ids() -> (SiteId, HouseholdId) {
        ("usan".parse().expect("an id"), "hh-1".parse().expect("an id"))
    }

    proptest! {
        #[test]
        fn what_is_sealed_opens_with_its_own_key_unaltered_and_with_nothing_else(
            text in prop::collection::vec(any::<u8>(), 0..200),
            flip in any::<prop::sample::Index>(),
            bit in 0..8_u8,
        ) {
            let (site, household) = ids();
            let key = HouseholdKey::random().expect("randomness");
            let sealed = key.seal(&text, &site, &household).expect("sealed");
            prop_assert_eq!(key.open(&sealed, &site, &household).expect("opened"), &text[..]);
            prop_assert!(text.len() < 8 || !sealed.windows(text.len()).any(|of| of == text));

            let mut altered = sealed.clone();
            altered[flip.index(sealed.len())] ^= 1 << bit;
            prop_assert!(key.open(&altered, &site, &household).is_err());
            prop_assert!(key.open(&sealed[..sealed.len() - 1], &site, &household).is_err());

            let other = HouseholdKey::random().expect("randomness");
            prop_assert!(other.open(&sealed, &site, &household).is_err());
            let neighbour: HouseholdId = "hh-2".parse().expect("an id");
            prop_assert!(key.open(&sealed, &site, &neighbour).is_err());
            let elsewhere: SiteId = "ssangchon".parse().expect("an id");
            prop_assert!(key.open(&sealed, &elsewhere, &household).is_err());
        }
    }

    #[test]
    fn a_wrapped_key_is_its_households_and_goes_with_the_key_that_wrapped_it() {
        let (site, household) = ids();
        let (old, new) = ("11".repeat(32), "22".repeat(32));
        let before = Keys::read(&old).expect("a key file");
        let key = HouseholdKey::random().expect("randomness");
        let wrapped = before.wrap(&key, &site, &household).expect("wrapped");
        assert_eq!(wrapped.bytes.len(), crate::store::WRAPPED_BYTES);
        let both = Keys::read(&format!("# new\n{new}\n{old}\n")).expect("a key file");
        let found = both.unwrap(&wrapped, &site, &household).expect("the old one is there");
        assert_eq!(found.0, key.0);
        let after = Keys::read(&new).expect("a key file");
        assert!(matches!(
            after.unwrap(&wrapped, &site, &household),
            Err(PersonalError::UnknownKey)
        ));
        let neighbour: HouseholdId = "hh-2".parse().expect("an id");
        assert!(matches!(before.unwrap(&wrapped, &site, &neighbour), Err(PersonalError::Altered)));
    }
}
