//! Where a person is reached, looked up for each notice and kept nowhere.
//!
//! Staff's addresses stand in `notify.toml`. A resident's number, and that of whom the resident has
//! named, are sealed with their household: they are opened for the moment of sending, and the trail
//! has that they were.

use std::sync::Arc;

use super::SendError;
use crate::audit::{Action, Entry};
use crate::config::{Contact, Person};
use crate::domain::HomeId;
use crate::incident::Role;
use crate::personal::{self, Keys};
use crate::store::{DueNotice, Store};

#[derive(Clone)]
pub(super) struct Book {
    pub store: Store,
    /// Without them no household's number can be opened.
    pub keys: Option<Arc<Keys>>,
}

impl Book {
    /// # Errors
    /// If no address is known.
    pub fn email(person: &Person) -> Result<&str, SendError> {
        let Contact::Own { email: Some(email), .. } = &person.contact else {
            return Err(refused("no e-mail address is known"));
        };
        Ok(email)
    }

    /// # Errors
    /// If no number is known, or it cannot be opened now.
    pub async fn phone(&self, person: &Person, notice: &DueNotice) -> Result<String, SendError> {
        match &person.contact {
            Contact::Own { phone, .. } => {
                phone.clone().ok_or_else(|| refused("no telephone number is known"))
            }
            Contact::Household => self.of_household(notice).await,
        }
    }

    async fn of_household(&self, notice: &DueNotice) -> Result<String, SendError> {
        let site = &notice.incident.site;
        let home = notice.incident.place.as_str().parse::<HomeId>();
        let home = home.map_err(|_| refused("it is about no home"))?;
        let lost = |error: String| SendError::Away(format!("the number cannot be opened: {error}"));
        let household = self.store.household_at(site, &home).await;
        let household = household.map_err(|error| lost(error.to_string()))?;
        let household = household.ok_or_else(|| refused("nobody is registered there"))?;
        let keys = self.keys.as_ref().ok_or_else(|| refused("there is no key file"))?;
        let opened = personal::open(&self.store, keys, (site, &household)).await;
        let opened = opened.map_err(|error| lost(error.to_string()))?;
        let persons = opened.ok_or_else(|| refused("the household has given no number"))?;
        let number = match Role::named(&notice.role) {
            Some(Role::EmergencyContact) => {
                persons.contacts.first().map(|contact| contact.telephone.clone())
            }
            _ => persons.residents.iter().find_map(|resident| resident.telephone.clone()),
        };
        let number = number.map(|number| dialled(&number)).filter(|number| number.len() >= 3);
        let number = number.ok_or_else(|| refused("the household has given no number"))?;
        let looked = Entry::new("jikimi", None, Action::PersonViewed).at(site);
        let looked = looked.of(household.to_string()).because(format!("to send {}", notice.key));
        self.store.audit(looked).await.map_err(|error| lost(error.to_string()))?;
        Ok(number)
    }
}

/// Digits, with a + before them at most.
fn dialled(number: &str) -> String {
    number.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect()
}

fn refused(why: &str) -> SendError {
    SendError::Refused(why.to_owned())
}
