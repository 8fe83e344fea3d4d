//! What people do in a random recording besides acknowledging and resolving.

use jikimi::domain::time::SignedDuration;
use jikimi::domain::{Action, Input, Said};
use jikimi::incident::{IncidentId, Role, State};

use super::recording::Living;

impl Living {
    pub(super) fn work(&mut self, how: usize, which: usize, what: usize) {
        // Who was asked answers often, since a question is rare.
        let asked = self.asked().filter(|_| which.is_multiple_of(2));
        let (how, incident) = match asked {
            Some(asked) => (5, asked),
            None => (how, self.incident(which)),
        };
        let minutes = |of: usize| SignedDuration::from_mins(i64::try_from(of % 40).unwrap() - 1);
        let place = ["hall", "main", "heat-hall", "h0101", "sos-h0101", "center", "moon"];
        let place = || place[what % place.len()].parse().unwrap();
        let action = match how {
            0 => Action::TakeOver { incident },
            1 => {
                Action::Assign { incident, to: (what.is_multiple_of(2)).then(|| "kim".to_owned()) }
            }
            2 => Action::Comment { incident, text: "seen".to_owned() },
            3 => {
                let item = ["call-119", "No"][what % 2].to_owned();
                Action::Tick { incident, item, done: !what.is_multiple_of(3) }
            }
            4 => Action::Reopen { incident },
            5 | 6 => {
                let said = if what.is_multiple_of(3) { Said::Help } else { Said::Fine };
                Action::ResidentAnswered { incident, said }
            }
            7 => {
                let from = (which.is_multiple_of(3)).then(|| self.now + minutes(which / 3));
                let until = from.unwrap_or(self.now) + minutes(what);
                let because = "work".to_owned();
                Action::Silence { place: place(), from, until, because }
            }
            8 => Action::Unsilence { n: u32::try_from(what % 8).unwrap() },
            9 => {
                let kind = ["fire", "stillness", "panic"][which % 3].parse().unwrap();
                let until = self.now + minutes(which / 3);
                Action::Drill { kind, place: place(), until, note: None }
            }
            _ => return self.notice(how == 10, &incident, what),
        };
        self.command(action);
    }

    /// The last incident that a resident was asked about and that is not over.
    fn asked(&self) -> Option<IncidentId> {
        let mut rows = self.shell.ledger.rows.iter().rev();
        let asked = rows.find(|(_, row)| {
            row.state != State::Resolved
                && row.notices.iter().any(|(_, role, _)| *role == Role::Resident)
        });
        asked.map(|(id, _)| id.clone())
    }

    /// What became of a notice.
    fn notice(&mut self, arrived: bool, incident: &IncidentId, what: usize) {
        let Some(row) = self.shell.ledger.rows.get(incident) else { return };
        let Some((step, role, _)) = row.notices.get(what % (row.notices.len() + 1)) else {
            return;
        };
        let (incident, step, role) = (incident.clone(), step.clone(), *role);
        let because = "no answer".to_owned();
        let input = match arrived {
            true => Input::Delivered { incident, step, role },
            false => Input::Undelivered { incident, step, role, because },
        };
        self.take(self.now, input);
    }
}
