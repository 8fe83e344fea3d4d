//! What the sign tables would hold.

use std::collections::BTreeMap;

use jikimi::domain::SignId;
use jikimi::domain::time::Timestamp;
use jikimi::evacuate::{Planned, Sent, Told};
use jikimi::monitor::Effect;

/// Rows of `sign_state` and, of the newest run, of `sign_told`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Signs {
    planned: BTreeMap<SignId, Told>,
    pub told: Vec<Sent>,
}

impl Signs {
    pub fn take(&mut self, at: Timestamp, effect: &Effect) {
        match effect.clone() {
            Effect::SignPlanned { sign, epoch, show, toward, because } => {
                self.planned.insert(sign, Told { epoch, show, toward, because });
            }
            Effect::SignShows { sign, run, epoch, show, toward, until, because } => {
                self.told.retain(|sent| sent.run == run);
                let told = Told { epoch, show, toward, because };
                self.told.push(Sent { sign, run, told, at, until, shown: false });
            }
            Effect::SignConfirmed { sign, epoch, show } => {
                let mut answered = 0;
                for sent in &mut self.told {
                    if (&sent.sign, sent.told.epoch, sent.told.show) == (&sign, epoch, show) {
                        sent.shown = true;
                        answered += 1;
                    }
                }
                assert!(answered > 0, "{sign} answers what it was not told");
            }
            _ => {}
        }
    }

    /// As a start reads them.
    pub fn rows(&self) -> (Vec<Planned>, Vec<Sent>) {
        let planned = self.planned.iter();
        let planned =
            planned.map(|(sign, told)| Planned { sign: sign.clone(), told: told.clone() });
        (planned.collect(), self.told.clone())
    }
}
