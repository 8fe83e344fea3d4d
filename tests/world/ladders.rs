//! Who is told one after the other, in the tests.

use std::sync::Arc;

use jikimi::domain::Level;
use jikimi::domain::time::SignedDuration;
use jikimi::incident::{Ladders, Night, Policy, Role, Rung, Where};
use jikimi::monitor::Configuration;

/// The same place with ladders: a still home's, which asks first, and a home in danger's.
pub fn laddered(configuration: &Configuration) -> Arc<Configuration> {
    let ask = rung("ask", &[Role::Resident], 0);
    let worker = Rung {
        fallback: Some(Role::SecondWorker),
        at_level: Some(Level::Warning),
        waits_below: Some(Level::Warning),
        ..rung("worker", &[Role::Worker], 20)
    };
    let office = [Role::SecondWorker, Role::EmergencyContact, Role::ManagementOffice];
    let others = Rung { at_level: Some(Level::Critical), ..rung("others", &office, 20) };
    let still = [ask, worker, others, rung("recommend-119", &[Role::Operator], 10)];
    let danger = [
        rung("opened", &[Role::Operator, Role::Worker], 0),
        Rung {
            night_roles: vec![Role::EmergencyContact],
            ..rung("office", &[Role::ManagementOffice], 3)
        },
        rung("recommend-119", &[Role::Operator], 5),
    ];
    let ladders = Ladders {
        policies: vec![
            policy("still", &["stillness"], still.into()),
            policy("danger", &["sos", "fire", "fall"], danger.into()),
        ],
        night: Some(Night { from_min: 22 * 60, until_min: 7 * 60 }),
    };
    Arc::new(Configuration { ladders: Arc::new(ladders), ..configuration.clone() })
}

fn policy(id: &str, kinds: &[&str], steps: Vec<Rung>) -> Policy {
    let kinds = kinds.iter().map(|kind| kind.parse().unwrap()).collect();
    Policy { id: id.to_owned(), kinds, place: Some(Where::Home), steps }
}

fn rung(id: &str, roles: &[Role], after_min: i64) -> Rung {
    Rung {
        id: id.to_owned(),
        roles: roles.to_vec(),
        after: SignedDuration::from_mins(after_min),
        fallback: None,
        at_level: None,
        waits_below: None,
        night_roles: Vec::new(),
    }
}
