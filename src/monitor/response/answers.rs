//! What the resident answers.

use super::agenda::Hand;
use super::levels::worsen;
use super::moves::{Move, say_moved};
use super::tracks::Tracks;
use super::{ladders, notices};
use crate::domain::{Class, Level, Outcome, Refusal, Said, Words};
use crate::incident::{Cause, IncidentId, Role, State};
use crate::monitor::effect::Detail;

impl Tracks {
    /// Who is well ends the question, unless somebody is seeing to it already; who is not has
    /// people called at once.
    pub fn answered(
        &mut self,
        id: &IncidentId,
        said: Said,
        actor: &str,
        hand: &mut Hand<'_>,
    ) -> Result<(), Refusal> {
        let incident = self.unresolved(id)?;
        if !incident.has_asked() {
            return Err(Refusal::NotAsked);
        }
        let moved = Move::by(actor, Cause::Answered, hand.now);
        say_moved(incident, ("asked", said.as_str()), &moved, Detail::Answered(said), hand);
        match said {
            Said::Fine if incident.state == State::Acknowledged => {}
            Said::Fine => return self.finish(id, Outcome::ResidentFine, &moved, hand),
            Said::Help => {
                // By the ladder, and where that is over or has been stopped, the operator.
                let called = ladders::call_people(incident, hand);
                let because = Words::new("본인이 도움을 요청함", "the resident needs help");
                let worst = (Class::Alarm, Level::Critical);
                worsen(incident, worst, hand.now, &because, hand);
                if !called {
                    notices::tell(incident, "resident-needs-help", Role::Operator, hand);
                }
            }
        }
        Ok(())
    }
}
