//! The two sessions' state, joined into what the monitors are told.
//!
//! We are looking when both sessions are; we have caught up when both have.

use super::Source;
use crate::domain::time::Timestamp;
use crate::domain::{Input, LostBecause};
use crate::ingest::{Link, Session};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Away,
    CatchingUp,
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

    /// What a session's turn means for the monitors.
    pub fn turn(&mut self, session: Session, link: Link, now: Timestamp) -> Option<Input> {
        let state = match session {
            Session::Alarm => &mut self.alarm,
            Session::Bulk => &mut self.bulk,
        };
        *state = match link {
            Link::Lost => State::Away,
            Link::Regained => State::CatchingUp,
            Link::CaughtUp => State::Up,
        };
        let away = [self.alarm, self.bulk].contains(&State::Away);
        match link {
            Link::Lost if self.looking => {
                self.looking = false;
                Some(Input::WatchLost { because: LostBecause::BrokerAway, from: now })
            }
            Link::Regained if !away => {
                self.looking = true;
                Some(Input::WatchRegained)
            }
            Link::CaughtUp if [self.alarm, self.bulk] == [State::Up, State::Up] => {
                Some(Input::CaughtUp)
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turns(links: &mut Links, turns: &[(Session, Link)]) -> Vec<&'static str> {
        let now = Timestamp::UNIX_EPOCH;
        turns.iter().filter_map(|(s, l)| links.turn(*s, *l, now)).map(|i| i.kind()).collect()
    }

    #[test]
    fn both_sessions_have_to_look_and_to_catch_up() {
        use Link::{CaughtUp, Lost, Regained};
        use Session::{Alarm, Bulk};
        let mut links = Links::new(Source::Client);
        let start = [(Alarm, Regained), (Alarm, CaughtUp), (Bulk, Regained), (Bulk, CaughtUp)];
        assert_eq!(turns(&mut links, &start), ["watch-regained", "caught-up"]);
        let outage = [(Bulk, Lost), (Alarm, Lost), (Alarm, Regained), (Bulk, Regained)];
        assert_eq!(turns(&mut links, &outage), ["watch-lost", "watch-regained"]);
        let caught_up = [(Bulk, CaughtUp), (Alarm, CaughtUp)];
        assert_eq!(turns(&mut links, &caught_up), ["caught-up"]);
    }
}
