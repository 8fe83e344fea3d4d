//! Who holds a role now, and over which way each is told first.
//!
//! Pure: what waits, who there is, and the moment go in. Nobody on duty is an answer of its own,
//! so that the monitor can tell somebody else; a role that the configuration gives to nobody
//! waits, and the console shows it.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::config::Telling;
use crate::incident::Role;
use crate::store::{Handed, QueuedNotice, Unreached};

/// What comes of the notices that wait.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Outcome {
    pub handed: Vec<Handed>,
    pub unreached: Vec<Unreached>,
}

/// Gives each notice to everyone who holds its role at `now`. `zone`: by whose clocks a site works.
pub(super) fn hand_out(
    telling: &Telling,
    queued: Vec<QueuedNotice>,
    now: Timestamp,
    zone: impl Fn(&str) -> TimeZone,
) -> Outcome {
    let mut outcome = Outcome::default();
    for notice in queued {
        let Some(role) = Role::named(&notice.role) else { continue };
        let site = notice.incident.site.as_str();
        let told = telling.endpoints.iter().filter(|endpoint| endpoint.roles.contains(&role));
        let mut first: Vec<(&str, &str)> =
            told.map(|endpoint| (endpoint.id.as_str(), endpoint.id.as_str())).collect();
        let holders: Vec<_> =
            telling.persons.iter().filter(|person| person.is(role, site)).collect();
        let zone = zone(site);
        for person in holders.iter().filter(|person| person.is_on(now, &zone)) {
            first.extend(person.ways.first().map(|way| (person.id.as_str(), way.as_str())));
        }
        if first.is_empty() {
            if !holders.is_empty() {
                let because = format!("nobody who is {} is on duty", role.as_str());
                outcome.unreached.push(Unreached { notice, because });
            }
            continue;
        }
        let handed = first.into_iter().map(|(person, endpoint)| Handed {
            notice: notice.key.clone(),
            person: person.to_owned(),
            endpoint: endpoint.to_owned(),
        });
        outcome.handed.extend(handed);
    }
    outcome
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Contact, Person};

    fn person(id: &str, roles: &[Role], ways: &[&str]) -> Person {
        Person {
            id: id.to_owned(),
            roles: roles.to_vec(),
            sites: Vec::new(),
            shifts: Vec::new(),
            off: Vec::new(),
            ways: ways.iter().map(|way| (*way).to_owned()).collect(),
            contact: Contact::Own { email: None, phone: Some("119".to_owned()) },
            at_most: 6,
            english: false,
        }
    }

    fn telling(persons: Vec<Person>) -> Telling {
        Telling { persons, ..Telling::default() }
    }

    fn queued(role: Role) -> QueuedNotice {
        let incident: crate::incident::IncidentId = "usan/stillness/h0101/1".parse().unwrap();
        let (step, role) = ("call".to_owned(), role.as_str().to_owned());
        QueuedNotice { key: format!("{incident}/{step}/{role}"), incident, step, role }
    }

    fn given(telling: &Telling, role: Role, now: &str) -> Outcome {
        hand_out(telling, vec![queued(role)], now.parse().unwrap(), |_| TimeZone::UTC)
    }

    #[test]
    fn everyone_on_duty_is_told_over_their_first_way() {
        let mut off = person("b", &[Role::Worker], &["sms"]);
        off.off = vec![("2026-12-24".parse().unwrap(), "2026-12-24".parse().unwrap())];
        let mut elsewhere = person("c", &[Role::Worker], &["sms"]);
        elsewhere.sites = vec!["center".to_owned()];
        let telling = telling(vec![
            person("a", &[Role::Worker], &["sms", "mail"]),
            off,
            elsewhere,
            person("d", &[Role::Operator], &["mail"]),
        ]);
        let told = |now: &str| {
            let outcome = given(&telling, Role::Worker, now);
            assert!(outcome.unreached.is_empty());
            let told = outcome.handed.into_iter();
            told.map(|handed| format!("{}/{}", handed.person, handed.endpoint)).collect::<Vec<_>>()
        };
        assert_eq!(told("2026-12-24T12:00:00Z"), ["a/sms"]);
        assert_eq!(told("2026-12-25T12:00:00Z"), ["a/sms", "b/sms"]);
    }

    #[test]
    fn nobody_on_duty_is_said_and_a_role_of_nobody_waits() {
        let mut away = person("a", &[Role::Worker], &["sms"]);
        away.off = vec![("2026-12-24".parse().unwrap(), "2026-12-31".parse().unwrap())];
        let telling = telling(vec![away]);
        let outcome = given(&telling, Role::Worker, "2026-12-25T12:00:00Z");
        assert!(outcome.handed.is_empty());
        assert_eq!(outcome.unreached[0].because, "nobody who is worker-1 is on duty");
        assert_eq!(given(&telling, Role::Operator, "2026-12-25T12:00:00Z"), Outcome::default());
    }
}
