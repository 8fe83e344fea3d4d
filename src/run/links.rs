//! The two sessions' state, joined into what the monitors are told.
//!
//! We are looking when both sessions are; we have caught up when both have.

use super::Source;
use crate::domain::time::Timestamp;
use crate::domain::{Input, LostBecause};
use crate::ingest::{Link, Noticed, Session};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Away,
    /// Until everything has come that had reached the broker by then.
    CatchingUp(Timestamp),
    Up,
}

#[derive(Debug)]
pub(super) struct Links {
    pub source: Source,
    alarm: State,
    bulk: State,
    /// Whether the monitors have been told that we look.
    looking: bool,
}

impl Links {
    pub fn new(source: Source) -> Self {
        Self { source, alarm: State::Away, bulk: State::Away, looking: false }
    }

    pub fn looking(&self) -> bool {
        self.looking
    }

    /// What a session's turn means for the monitors, in this order.
    pub fn turn(&mut self, session: Session, link: Link, noticed: Noticed) -> Vec<Input> {
        let Noticed { at, seen } = noticed;
        let state = match session {
            Session::Alarm => &mut self.alarm,
            Session::Bulk => &mut self.bulk,
        };
        let before = *state;
        *state = match (link, before) {
            (Link::Lost, _) => State::Away,
            (Link::Regained, _) | (Link::Behind, State::CatchingUp(_) | State::Up) => {
                State::CatchingUp(at)
            }
            (Link::CaughtUp | Link::Abreast, State::CatchingUp(since)) if seen >= since => {
                State::Up
            }
            (Link::Behind | Link::CaughtUp | Link::Abreast, before) => before,
        };
        let turned = *state != before;
        let away = [self.alarm, self.bulk].contains(&State::Away);
        match link {
            Link::Lost if self.looking => {
                self.looking = false;
                vec![Input::WatchLost { because: LostBecause::BrokerAway, from: at }]
            }
            Link::Regained if !away => {
                self.looking = true;
                vec![Input::WatchRegained]
            }
            Link::Behind if self.looking => {
                let lost = Input::WatchLost { because: LostBecause::BrokerBehind, from: seen };
                vec![lost, Input::WatchRegained]
            }
            Link::CaughtUp | Link::Abreast
                if turned && [self.alarm, self.bulk] == [State::Up, State::Up] =>
            {
                vec![Input::CaughtUp]
            }
            _ => Vec::new(),
        }
    }

    /// Something else than a broker has kept us from looking until `now`: what came meanwhile may
    /// still wait there.
    pub fn behind(&mut self, now: Timestamp) {
        for state in [&mut self.alarm, &mut self.bulk] {
            if *state != State::Away {
                *state = State::CatchingUp(now);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Link::{Abreast, Behind, CaughtUp, Lost, Regained};
    use Session::{Alarm, Bulk};

    /// Turns that are noticed at this second, with everything of that second seen.
    fn turns(links: &mut Links, second: i64, turns: &[(Session, Link, i64)]) -> Vec<&'static str> {
        let moment = |second| Timestamp::from_second(second).unwrap();
        let inputs = turns.iter().flat_map(|(session, link, seen)| {
            links.turn(*session, *link, Noticed { at: moment(second), seen: moment(*seen) })
        });
        inputs.map(|input| input.kind()).collect()
    }

    const START: [(Session, Link, i64); 4] =
        [(Alarm, Regained, 0), (Alarm, CaughtUp, 0), (Bulk, Regained, 0), (Bulk, CaughtUp, 0)];

    #[test]
    fn both_sessions_have_to_look_and_to_catch_up() {
        let mut links = Links::new(Source::Client);
        assert_eq!(turns(&mut links, 0, &START), ["watch-regained", "caught-up"]);
        let outage = [(Bulk, Lost, 0), (Alarm, Lost, 0), (Alarm, Regained, 0), (Bulk, Regained, 0)];
        assert_eq!(turns(&mut links, 0, &outage), ["watch-lost", "watch-regained"]);
        let caught_up = [(Bulk, CaughtUp, 0), (Alarm, CaughtUp, 0), (Bulk, Abreast, 0)];
        assert_eq!(turns(&mut links, 0, &caught_up), ["caught-up"]);
    }

    #[test]
    fn what_was_sent_before_ends_no_catching_up() {
        let mut links = Links::new(Source::Client);
        turns(&mut links, 0, &START);
        assert_eq!(turns(&mut links, 9, &[(Bulk, Behind, 3)]), ["watch-lost", "watch-regained"]);
        assert_eq!(turns(&mut links, 12, &[(Bulk, Abreast, 4), (Alarm, Abreast, 11)]), [""; 0]);
        assert_eq!(turns(&mut links, 13, &[(Bulk, Abreast, 9)]), ["caught-up"]);
        links.behind(Timestamp::from_second(20).unwrap());
        let before = [(Alarm, Abreast, 19), (Bulk, Abreast, 19), (Bulk, Abreast, 21)];
        assert_eq!(turns(&mut links, 22, &before), [""; 0]);
        assert_eq!(turns(&mut links, 23, &[(Alarm, Abreast, 20)]), ["caught-up"]);
    }
}
