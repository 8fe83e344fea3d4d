//! A silence as a sentence, for whoever has to decide.

use super::silence::{Stage, Told};
use super::slot::{WallClock, span};
use super::table::Kind;
use crate::domain::Words;
use crate::domain::time::SignedDuration;

/// How the sentence of somebody begins who is held to be out.
const OUT: &str = "out by the exit door";

/// Whether a silence that was told of so was held to be somebody's who is out; none if the
/// sentence is about something else.
#[must_use]
pub fn was_out(because: &Words) -> Option<bool> {
    let out = because.en.starts_with(OUT);
    (out || because.en.starts_with("at home")).then_some(out)
}

impl Told {
    /// Why a stage is reached: what happened, how long, and how rare that is in this home.
    #[must_use]
    pub fn because(&self, stage: Stage, clock: WallClock) -> Words {
        let since = clock.reads(self.since);
        let Words { ko: long_ko, en: long } = hours_and_minutes(span(self.slots));
        let (ko, en) = match self.kind {
            Kind::Home => (
                format!("{since}부터 재실 상태로 {long_ko} 동안 움직임 없음"),
                format!("at home, silent for {long} since {since}"),
            ),
            Kind::Away => (
                format!("{since} 현관으로 외출 후 {long_ko} 동안 귀가하지 않음"),
                format!("{OUT} at {since}, not back for {long}"),
            ),
        };
        match stage {
            Stage::NotReturned => Words::new(
                format!("{ko}, 등록된 부재 없음"),
                format!("{en}, and no absence is registered"),
            ),
            Stage::Visit => Words::new(
                format!("{ko}, 이 세대에서 전에 없던 길이"),
                format!("{en}, longer than this home ever is"),
            ),
            Stage::Watch | Stage::Call => {
                let sooner = self.sooner_of_1000();
                Words::new(
                    format!("{ko}; 이 세대에서 이런 무활동은 1,000번 중 {sooner}번은 더 일찍 끝남"),
                    format!(
                        "{en}; here a silence like this ends sooner in {sooner} of 1,000 cases"
                    ),
                )
            }
        }
    }
}

fn hours_and_minutes(span: SignedDuration) -> Words {
    let (hours, minutes) = (span.as_mins() / 60, span.as_mins() % 60);
    Words::new(format!("{hours}시간 {minutes}분"), format!("{hours} h {minutes} min"))
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
            told.because(Stage::Call, WallClock::SEOUL).en,
            "at home, silent for 9 h 10 min since 21:40; here a silence like this ends sooner in \
             998 of 1,000 cases"
        );
        assert_eq!(was_out(&told.because(Stage::Visit, WallClock::SEOUL)), Some(false));
        assert_eq!(was_out(&Words::new("연기", "smoke")), None);
        let away = Told { kind: Kind::Away, slots: 576, ..told };
        assert_eq!(
            away.because(Stage::NotReturned, WallClock::SEOUL).en,
            "out by the exit door at 21:40, not back for 48 h 0 min, and no absence is registered"
        );
        assert_eq!(was_out(&away.because(Stage::Call, WallClock::SEOUL)), Some(true));
    }
}
