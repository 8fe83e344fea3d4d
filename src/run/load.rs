//! How much people are told, as it happens: what a screen of metrics shows before anybody asks.
//!
//! Drills are left out: they are work, and no alarm.

use std::collections::{BTreeMap, VecDeque};

use crate::domain::time::{SignedDuration, Timestamp, between};
use crate::incident::{IncidentId, Role};
use crate::monitor::{Detail, Effect};
use crate::store::Commit;

/// Announcements are counted over so long (ISA-18.2 and EEMUA 191 count by ten minutes).
const COUNTED_OVER: SignedDuration = SignedDuration::from_mins(10);
/// More than this many within that time is a flood: nobody can look at each.
const FLOOD_ABOVE: usize = 10;
/// Alarms that wait for somebody, kept to say how long they waited.
const WAITING_MAX: usize = 10_000;

#[derive(Default)]
pub(super) struct Load {
    /// When each of the last incidents was announced to an operator.
    announced: VecDeque<Timestamp>,
    /// Since when each alarm waits for somebody.
    waiting: BTreeMap<IncidentId, Timestamp>,
}

impl Load {
    pub fn take(&mut self, commit: &Commit) {
        for stepped in &commit.steps {
            for effect in &stepped.step.effects {
                self.effect(stepped.step.step_at, effect);
            }
        }
    }

    fn effect(&mut self, now: Timestamp, effect: &Effect) {
        match effect {
            Effect::Opened { incident, exercise_until: None, .. }
                if self.waiting.len() < WAITING_MAX =>
            {
                self.waiting.insert(incident.clone(), now);
            }
            Effect::NoticeDue { step, role, incident } => {
                metrics::counter!("jikimi_notices_due_total", "role" => role.as_str()).increment(1);
                // What is told once more is no further incident.
                let is_first = self.waiting.get(incident) == Some(&now);
                if *role == Role::Operator && is_first && !step.starts_with("exercise-") {
                    self.announce(now);
                }
            }
            Effect::Moved { incident, detail, .. } => self.moved(now, incident, *detail),
            _ => {}
        }
    }

    fn moved(&mut self, now: Timestamp, incident: &IncidentId, detail: Detail) {
        match detail {
            Detail::Acknowledged { .. } => {
                if let Some(since) = self.waiting.remove(incident) {
                    let waited_s = between(since, now).as_secs_f64();
                    metrics::histogram!("jikimi_acknowledge_seconds").record(waited_s);
                }
            }
            Detail::Resolved { .. } => drop(self.waiting.remove(incident)),
            _ => {}
        }
    }

    fn announce(&mut self, now: Timestamp) {
        metrics::counter!("jikimi_incidents_announced_total").increment(1);
        self.announced.push_back(now);
        while self.announced.front().is_some_and(|at| between(*at, now) >= COUNTED_OVER) {
            self.announced.pop_front();
        }
        if self.announced.len() == FLOOD_ABOVE + 1 {
            metrics::counter!("jikimi_floods_total").increment(1);
        }
    }
}
