//! Water that rises, or will (수위): level and slope of a zone's probes, and its float switch.
//!
//! Of each probe the median of the last five readings is taken and, over a window, the Theil–Sen
//! slope of those medians, so that one splash moves neither. Stage `watch` looks at rising water;
//! stage `close` says that the place must not be entered: deep enough now, or by the look of the
//! slope soon. A second source, another probe or the float switch, confirms at once; one alone is
//! believed after `alone_s`, since the other may hang higher or be broken. It ends when every
//! source that said so has been below `clear_cm` for `clear_after_min`, and by its slope was going
//! to stay there; silence ends nothing. A probe that reads below `dry_cm` is broken and says
//! nothing here.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};
use statrs::statistics::{Data, OrderStatistics};

use super::{Change, Detector, Per, Turn, Waits, said, said_span, said_span_ko, span_s};
use crate::domain::time::{SignedDuration, Timestamp, after, between, micros, seconds};
use crate::domain::{DeviceId, Quantity, Reading, Unit, Words};

/// Readings of which the median is taken.
const MEDIAN_OF: usize = 5;
/// Medians kept per probe; a window with more is thinned.
const POINTS_MAX: usize = 32;

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LevelTrend {
    stage: Stage,
    watch_cm: f64,
    watch_rise_cm_per_min: f64,
    /// The rise must last.
    #[serde(rename = "rise_lasts_s", deserialize_with = "span_s::deserialize")]
    rise_lasts: SignedDuration,
    close_cm: f64,
    look_ahead_min: f64,
    clear_cm: f64,
    clear_after_min: f64,
    slope_window_min: f64,
    dry_cm: f64,
    #[serde(rename = "alone_s", deserialize_with = "span_s::deserialize")]
    alone: SignedDuration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Stage {
    Watch,
    Close,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Point {
    #[serde(with = "micros::required")]
    at: Timestamp,
    cm: f64,
}

/// One probe, or one float switch.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Source {
    raw: VecDeque<Point>,
    medians: VecDeque<Point>,
    /// Since when its slope has been steep enough.
    #[serde(default, with = "micros::optional")]
    steep_since: Option<Timestamp>,
    /// The reading with which it began to say so.
    vote: Option<Box<Reading>>,
    /// Since when it has been clear, while it has a vote.
    #[serde(default, with = "micros::optional")]
    clear_since: Option<Timestamp>,
    /// What it said at its vote.
    words: String,
    #[serde(default)]
    words_ko: String,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    sources: BTreeMap<DeviceId, Source>,
    started: bool,
    #[serde(default, with = "micros::optional")]
    due: Option<Timestamp>,
}

impl Source {
    /// Takes a level; the median it makes and the slope of the window in cm a minute.
    fn take(&mut self, at: Timestamp, cm: f64, window: SignedDuration) -> (f64, f64) {
        let old = |point: &Point| between(point.at, at) > window;
        push(&mut self.raw, Point { at, cm }, MEDIAN_OF, old);
        let values: Vec<f64> = self.raw.iter().map(|point| point.cm).collect();
        // Where readings come seldom, five of them would be old; then the last is taken as it is.
        let median = match values.len() == MEDIAN_OF {
            true => Data::new(values).median(),
            false => cm,
        };
        if self.medians.len() == POINTS_MAX {
            let mut index = 0;
            self.medians.retain(|_| {
                index += 1;
                index % 2 == 1
            });
        }
        push(&mut self.medians, Point { at, cm: median }, POINTS_MAX, old);
        (median, slope(&self.medians))
    }
}

fn push(to: &mut VecDeque<Point>, point: Point, most: usize, old: impl Fn(&Point) -> bool) {
    while to.len() == most || to.front().is_some_and(&old) {
        to.pop_front();
    }
    to.push_back(point);
}

/// Theil–Sen: the median of the slopes between all pairs, cm a minute; 0 if there is none.
fn slope(points: &VecDeque<Point>) -> f64 {
    let mut slopes = Vec::new();
    for (index, one) in points.iter().enumerate() {
        for other in points.iter().skip(index + 1) {
            let minutes = between(one.at, other.at).as_secs_f64() / 60.0;
            if minutes > 0.0 {
                slopes.push((other.cm - one.cm) / minutes);
            }
        }
    }
    match slopes.is_empty() {
        true => 0.0,
        false => Data::new(slopes).median(),
    }
}

fn stands_at(water: &str) -> Words {
    Words::new(format!("수위 {water}"), format!("water stands at {water}"))
}

impl LevelTrend {
    fn window(&self) -> SignedDuration {
        seconds(self.slope_window_min * 60.0)
    }

    /// What the probe says now, if it says so; and whether it says that it is over.
    fn probe(&self, source: &mut Source, reading: &Reading) -> (Option<Words>, bool) {
        let raw = reading.value.as_number();
        let (level, slope) = source.take(reading.at, raw, self.window());
        let steep = slope >= self.watch_rise_cm_per_min;
        source.steep_since = steep.then(|| source.steep_since.unwrap_or(reading.at));
        let lasted = source.steep_since.is_some_and(|s| between(s, reading.at) >= self.rise_lasts);
        let rise = said(slope, Unit::Centimetre);
        let water = said(level, Unit::Centimetre);
        let ahead = level + self.look_ahead_min * slope;
        let words = match self.stage {
            Stage::Watch if level >= self.watch_cm => Some(stands_at(&water)),
            Stage::Watch if lasted => Some(Words::new(
                format!("수위 {water}, 분당 {rise} 상승"),
                format!("water at {water} rises by {rise} a minute"),
            )),
            Stage::Close if level >= self.close_cm => Some(stands_at(&water)),
            Stage::Close if level >= self.watch_cm && ahead >= self.close_cm => {
                let (then, minutes) = (said(ahead, Unit::Centimetre), self.look_ahead_min);
                Some(Words::new(
                    format!("수위 {water}, 분당 {rise} 상승, {minutes}분 뒤 {then} 예상"),
                    format!(
                        "water at {water} rises by {rise} a minute and will be at {then} in \
                         {minutes} min"
                    ),
                ))
            }
            _ => None,
        };
        (words, level < self.clear_cm && ahead < self.clear_cm && !lasted)
    }

    fn vote(&self, source: &mut Source, reading: &Reading) {
        let (words, clear) = match reading.quantity {
            Quantity::FloatSwitch => {
                let up = reading.value.as_number() > 0.5;
                (up.then(|| Words::new("부표 상승", "the float is up")), !up)
            }
            _ => self.probe(source, reading),
        };
        if let Some(words) = words {
            (source.words_ko, source.words) = (words.ko, words.en);
            source.vote.get_or_insert_with(|| Box::new(reading.clone()));
        }
        source.clear_since =
            (clear && source.vote.is_some()).then(|| source.clear_since.unwrap_or(reading.at));
    }

    /// When the votes are enough: at once for two, after a while for one.
    fn due(&self, state: &State) -> Option<Timestamp> {
        let mut votes: Vec<Timestamp> = state.votes().map(|(vote, _)| vote.at).collect();
        votes.sort_unstable();
        let alone = after(*votes.first()?, self.alone);
        Some(votes.get(1).map_or(alone, |second| alone.min(*second)))
    }

    fn start(&self, state: &mut State, now: Timestamp, changes: &mut Vec<Change>) {
        let Some(due) = state.due.filter(|due| *due <= now) else { return };
        state.due = None;
        state.started = true;
        let said: Vec<Words> = state
            .votes()
            .map(|(vote, words)| {
                let (ko, en) = words;
                Words::new(format!("{}: {ko}", vote.device), format!("{}: {en}", vote.device))
            })
            .collect();
        let alone = match said.len() {
            1 => Words::new(
                format!(", 단독 {} 지속", said_span_ko(self.alone)),
                format!(", alone for {}", said_span(self.alone)),
            ),
            _ => Words::default(),
        };
        let ko: Vec<&str> = said.iter().map(|words| words.ko.as_str()).collect();
        let en: Vec<&str> = said.iter().map(|words| words.en.as_str()).collect();
        let because = Words::new(
            format!("{}{}", ko.join("; "), alone.ko),
            format!("{}{}", en.join("; "), alone.en),
        );
        let readings = state.votes().map(|(vote, _)| vote.clone()).collect();
        changes.push(Change::new(Turn::Started, due, because, readings));
    }

    /// Withdraws the vote of whoever has been clear long enough. Before anything has been said a
    /// vote is withdrawn at once: it was a splash.
    fn withdraw(&self, state: &mut State, reading: &Reading) {
        let lasts = match state.started {
            true => seconds(self.clear_after_min * 60.0),
            false => SignedDuration::ZERO,
        };
        if let Some(source) = state.sources.get_mut(&reading.device)
            && source.clear_since.is_some_and(|since| between(since, reading.at) >= lasts)
        {
            source.vote = None;
            source.clear_since = None;
        }
    }
}

impl State {
    fn votes(&self) -> impl Iterator<Item = (&Reading, (&str, &str))> {
        let sources = self.sources.values();
        sources.filter_map(|source| {
            Some((source.vote.as_deref()?, (source.words_ko.as_str(), source.words.as_str())))
        })
    }
}

impl Detector for LevelTrend {
    type State = State;
    const PER: Per = Per::Zone;
    const WAITS: Waits = Waits::Hold;

    fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.clear_cm > self.watch_cm {
            problems.push(format!(
                "`clear_cm` is {} and `watch_cm` is {}; it must not be over while it begins",
                self.clear_cm, self.watch_cm
            ));
        }
        if self.watch_cm >= self.close_cm {
            problems.push(format!(
                "`watch_cm` is {} and `close_cm` is {}; watching must begin below closing",
                self.watch_cm, self.close_cm
            ));
        }
        if self.dry_cm > self.clear_cm {
            problems.push(format!(
                "`dry_cm` is {}; it must not lie above `clear_cm`, or nothing would ever clear",
                self.dry_cm
            ));
        }
        let positive = [
            ("watch_rise_cm_per_min", self.watch_rise_cm_per_min),
            ("slope_window_min", self.slope_window_min),
            ("clear_after_min", self.clear_after_min),
        ];
        for (key, _) in positive.iter().filter(|(_, value)| *value <= 0.0) {
            problems.push(format!("`{key}` must be more than 0"));
        }
        if self.alone.is_negative() || self.rise_lasts.is_negative() || self.look_ahead_min < 0.0 {
            let words = "`alone_s`, `rise_lasts_s` and `look_ahead_min` must be 0 or more";
            problems.push(words.to_owned());
        }
        problems
    }

    fn own_quantities(&self) -> Vec<(Quantity, Unit)> {
        vec![(Quantity::WaterLevel, Unit::Centimetre), (Quantity::FloatSwitch, Unit::Flag)]
    }

    fn observe(&self, state: &mut State, reading: &Reading, changes: &mut Vec<Change>) {
        self.start(state, reading.at, changes);
        let probe = reading.quantity == Quantity::WaterLevel;
        if probe && reading.value.as_number() < self.dry_cm {
            return;
        }
        let source = state.sources.entry(reading.device.clone()).or_default();
        self.vote(source, reading);
        self.withdraw(state, reading);
        if !state.started {
            state.due = self.due(state);
            self.start(state, reading.at, changes);
        } else if state.votes().next().is_none() {
            state.started = false;
            let value = said(reading.value.as_number(), reading.quantity.unit());
            let minutes = self.clear_after_min;
            let because = Words::new(
                format!("모든 수위계 {minutes}분 동안 정상; 마지막 값 {value}"),
                format!(
                    "every probe that said so has been clear for {minutes} min; the last is at \
                     {value}"
                ),
            );
            changes.push(Change::new(Turn::Stopped, reading.at, because, vec![reading.clone()]));
        }
    }

    fn deadline(&self, state: &State) -> Option<Timestamp> {
        state.due
    }

    fn expire(&self, state: &mut State, now: Timestamp, changes: &mut Vec<Change>) {
        self.start(state, now, changes);
    }
}
