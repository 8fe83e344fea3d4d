//! A silence as a sentence, for whoever has to decide.

use super::silence::{Stage, Told};
use super::slot::{WallClock, span};
use super::table::Kind;
use crate::domain::time::SignedDuration;

impl Told {
    /// Why a stage is reached: what happened, how long, and how rare that is in this home.
    #[must_use]
    pub fn because(&self, stage: Stage, clock: WallClock) -> String {
        let since = clock.reads(self.since);
        let long = hours_and_minutes(span(self.slots));
        let place = match self.kind {
            Kind::Home => format!("at home, silent for {long} since {since}"),
            Kind::Away => format!("out by the exit door at {since}, not back for {long}"),
        };
        match stage {
            Stage::NotReturned => format!("{place}, and no absence is registered"),
            Stage::Visit => format!("{place}, longer than this home ever is"),
            Stage::Watch | Stage::Call => {
                let sooner = self.sooner_of_1000();
                format!("{place}; here a silence like this ends sooner in {sooner} of 1,000 cases")
            }
        }
    }
}

fn hours_and_minutes(span: SignedDuration) -> String {
    let minutes = span.as_mins();
    format!("{} h {} min", minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_silence_is_told_as_a_caseworker_reads_it() {
        let told = Told {
            kind: Kind::Home,
            since: "2026-03-02T21:40:00+09:00".parse().unwrap(),
            slots: 110,
            score: 6.5,
            stopwatch: false,
        };
        assert_eq!(
            told.because(Stage::Call, WallClock::SEOUL),
            "at home, silent for 9 h 10 min since 21:40; here a silence like this ends sooner in \
             998 of 1,000 cases"
        );
        let away = Told { kind: Kind::Away, slots: 576, ..told };
        assert_eq!(
            away.because(Stage::NotReturned, WallClock::SEOUL),
            "out by the exit door at 21:40, not back for 48 h 0 min, and no absence is registered"
        );
    }
}
