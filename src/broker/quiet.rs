//! Says the same of the same client once a minute at most: a device that is refused comes again,
//! and again, and must fill neither the log nor a table.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

const QUIET_FOR: Duration = Duration::from_mins(1);
/// Names remembered. A stranger may have any number of them; when they are too many the oldest
/// are forgotten, and what is said of the others is said too often rather than never.
const NAMES_MAX: usize = 1024;

/// Whom something has been said of lately.
#[derive(Debug, Default)]
pub struct Quiet(Mutex<BTreeMap<String, Instant>>);

impl Quiet {
    /// Whether it may be said of `name` now; then it has been.
    pub fn may_say(&self, name: &str) -> bool {
        self.may_say_at(name, Instant::now())
    }

    fn may_say_at(&self, name: &str, now: Instant) -> bool {
        let mut said = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if said.get(name).is_some_and(|at| now.duration_since(*at) < QUIET_FOR) {
            return false;
        }
        if said.len() >= NAMES_MAX {
            said.retain(|_, at| now.duration_since(*at) < QUIET_FOR);
        }
        if said.len() >= NAMES_MAX {
            said.clear();
        }
        said.insert(name.to_owned(), now);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_said_once_a_minute_of_each_and_remembered_of_few() {
        let (quiet, now) = (Quiet::default(), Instant::now());
        assert!(quiet.may_say_at("a", now) && quiet.may_say_at("b", now));
        assert!(!quiet.may_say_at("a", now + QUIET_FOR / 2));
        assert!(quiet.may_say_at("a", now + QUIET_FOR));
        for n in 0..5 * NAMES_MAX {
            quiet.may_say_at(&n.to_string(), now);
        }
        assert!(quiet.0.lock().unwrap().len() <= NAMES_MAX);
    }
}
