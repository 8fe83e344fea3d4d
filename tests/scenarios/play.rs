//! Plays the script of a day to a monitor and holds every line to what it expects.
//!
//! ```text
//! 08:00:00  heat-hall temperature 57             nothing is said
//! 08:00:30  → fire critical                      a deadline comes, and is heard
//! 08:01:00  heat-hall temperature 20  → cleared
//! ```
//!
//! A line is a time, at most one thing that happens, and after the arrow what is said, separated
//! by commas; it goes on below behind another arrow. Deadlines due at or before a line's time are
//! stepped first, each at its own moment.
//!
//! * `DEVICE QUANTITY VALUE …` with `late 5m`, `ahead 1h`, `clock 1970-01-01T00:00:09Z`,
//!   `untimed`, `received +3s`, `battery 12`, `retained`, `repeated`, `id A`, `seq 7`,
//!   `frame 7/a`, `content`, `lately`, `anonymous`; without these the device's clock is right, the
//!   message comes at once, and only once
//! * `DEVICE online` and `DEVICE offline`
//! * `acknowledge INCIDENT` and `resolve INCIDENT OUTCOME`
//! * `household HOME ID CHANGE`, the change in JSON as the log has it, its moments as `@HH:MM`
//! * `declare SITUATION PLACE [LEVEL]`, and `notice KIND LEVEL SPAN [PLACE]`: an authority says so,
//!   and it holds for so long; `0s` withdraws it
//! * `take-over`, `reopen INCIDENT`, `assign INCIDENT WHO`, `comment INCIDENT WORD`, `tick INCIDENT
//!   ITEM`, `answer INCIDENT fine|help`; `silence PLACE [in SPAN] for SPAN`, `unsilence N`; `drill
//!   KIND PLACE for SPAN`; `undelivered` and `delivered INCIDENT STEP ROLE`
//! * `lost` (the broker is away), `regained`, `caught-up`, `quarantine RULE SOURCE`, `activate`
//! * `stepped`: the machine's clock has jumped from the last step to here
//! * `snapshot`, and `restart`: the process died at its last step and is back here; `rebuilt`:
//!   the monitor was thrown away and brought back, and nothing was missed

use std::sync::Arc;

use jikimi::domain::time::{SignedDuration, Timestamp};
use jikimi::domain::{
    Action, Command, Content, Declaration, Input, LostBecause, Message, MessageKey, Quantity,
    Value, Words,
};
use jikimi::situation::Notice;

use jikimi::incident::{IncidentId, Role};
use jikimi::monitor::Configuration;

use crate::said::{Said, said};
use crate::world::{Shell, at_ms, center, judge_time, message, word};

/// What begins a line in which a person does something else than to acknowledge and resolve.
const PEOPLE: [&str; 9] =
    ["take-over", "assign", "comment", "tick", "reopen", "answer", "silence", "unsilence", "drill"];

/// Plays a day under these rules and gives back what there is at its end.
#[track_caller]
pub fn play(rules: &str, script: &str) -> Shell {
    play_in(center(rules), script)
}

/// Plays a day in another place than the center.
#[track_caller]
pub fn play_in(configuration: Arc<Configuration>, script: &str) -> Shell {
    let mut shell = Shell::new(configuration);
    for (number, text) in whole_lines(script) {
        let line = Line::read(number, &text);
        if shell.log.is_empty() {
            let activated = shell.monitor.configuration().activation();
            shell.step(line.at, &activated);
        }
        let begun = shell.log.len();
        line.happen(&mut shell);
        let heard: Vec<Said> =
            shell.log[begun..].iter().flat_map(|logged| said(&logged.effects)).collect();
        line.compare(&heard);
    }
    shell
}

/// The lines of a script with their numbers, without comments, each with what goes on below it.
fn whole_lines(script: &str) -> Vec<(usize, String)> {
    let mut lines: Vec<(usize, String)> = Vec::new();
    for (index, text) in script.lines().enumerate() {
        let text = text.split(" # ").next().unwrap_or(text).trim();
        match (text.strip_prefix('→'), lines.last_mut()) {
            (Some(more), Some((_, line))) => {
                let joint = if line.contains('→') { "," } else { " →" };
                line.push_str(joint);
                line.push_str(more);
            }
            _ if text.is_empty() => {}
            _ => lines.push((index + 1, text.to_owned())),
        }
    }
    lines
}

struct Line<'a> {
    number: usize,
    text: &'a str,
    at: Timestamp,
    words: Vec<&'a str>,
    expected: Vec<&'a str>,
}

impl<'a> Line<'a> {
    fn read(number: usize, text: &'a str) -> Self {
        let (happens, expected) = text.split_once('→').unwrap_or((text, ""));
        let mut words = happens.split_whitespace();
        let at = at_ms(time_of_day(words.next().expect("a line begins with its time")));
        let expected = expected.split(',').map(str::trim);
        let expected = expected.filter(|text| !text.is_empty() && *text != "nothing").collect();
        Self { number, text, at, words: words.collect(), expected }
    }

    #[track_caller]
    fn compare(&self, heard: &[Said]) {
        let as_expected = heard.len() == self.expected.len()
            && heard.iter().zip(&self.expected).all(|(said, wanted)| said.is(wanted));
        let heard: Vec<String> = heard.iter().map(ToString::to_string).collect();
        assert!(
            as_expected,
            "line {}: {}\n  expected: {}\n  said:     {}",
            self.number,
            self.text,
            self.expected.join(", "),
            heard.join(", ")
        );
    }

    fn happen(&self, shell: &mut Shell) {
        match self.words[..] {
            [] => shell.wake_until(self.at),
            ["snapshot"] => shell.take_snapshot(),
            ["restart"] => {
                shell.rebuild();
                self.lost(shell, LostBecause::ProcessDown, shell.monitor.step_at());
            }
            ["rebuilt"] => shell.rebuild(),
            ["stepped"] => self.lost(shell, LostBecause::ClockStepped, shell.monitor.step_at()),
            ["lost"] => self.lost(shell, LostBecause::BrokerAway, self.at),
            ["regained"] => self.take(shell, &Input::WatchRegained),
            ["caught-up"] => self.take(shell, &Input::CaughtUp),
            ["activate"] => self.take(shell, &shell.monitor.configuration().activation()),
            ["quarantine", rule, source] => {
                let (rule, source) = (rule.parse().unwrap(), source.to_owned());
                shell.step(self.at, &Input::Quarantined { rule, source });
            }
            ["acknowledge", incident] => self.command(
                shell,
                Action::Acknowledge { incident: format!("center/{incident}").parse().unwrap() },
            ),
            [word, ..] if PEOPLE.contains(&word) => self.person(shell),
            ["undelivered", incident, step, role] => {
                let (incident, step, role) = notice(incident, step, role);
                let because = "no answer".to_owned();
                self.take(shell, &Input::Undelivered { incident, step, role, because });
            }
            ["delivered", incident, step, role] => {
                let (incident, step, role) = notice(incident, step, role);
                self.take(shell, &Input::Delivered { incident, step, role });
            }
            ["resolve", incident, outcome] => {
                let incident = format!("center/{incident}").parse().unwrap();
                let outcome = word(outcome);
                self.command(shell, Action::Resolve { incident, outcome, note: None });
            }
            ["household", home, household, ref change @ ..] => {
                let (home, household) = (home.parse().unwrap(), household.parse().unwrap());
                let json = with_moments(&change.join(" "));
                let change = serde_json::from_str(&json).expect("a change");
                self.command(shell, Action::Household { home, household, change });
            }
            ["declare", situation, place, ref level @ ..] => {
                let (situation, place) = (situation.parse().unwrap(), place.parse().unwrap());
                let level = level.first().map(|level| word(level));
                let declared = Declaration { situation, place, level, note: None };
                self.command(shell, Action::Declare(declared));
            }
            ["notice", kind, level, lasts, ref place @ ..] => {
                let notice = Notice {
                    id: "1".to_owned(),
                    authority: "kma".to_owned(),
                    kind: word(kind),
                    level: word(level),
                    text: Words::new("통보문", "a notice"),
                    place: place.first().map(|place| place.parse().unwrap()),
                    at: self.at,
                    until: self.at + span(lasts),
                };
                self.command(shell, Action::Notice(notice));
            }
            _ => {
                let message = self.message();
                shell.take(message.received_at, &Input::Message(message));
            }
        }
    }

    fn take(&self, shell: &mut Shell, input: &Input) {
        shell.take(self.at, input);
    }

    fn lost(&self, shell: &mut Shell, because: LostBecause, from: Timestamp) {
        self.take(shell, &Input::WatchLost { because, from });
    }

    fn command(&self, shell: &mut Shell, action: Action) {
        let (key, actor) = (format!("line-{}", self.number), "local".to_owned());
        self.take(shell, &Input::Command(Command { key, actor, action }));
    }

    /// What else people do.
    fn person(&self, shell: &mut Shell) {
        let of = |incident: &str| format!("center/{incident}").parse().unwrap();
        let action = match self.words[..] {
            ["take-over", incident] => Action::TakeOver { incident: of(incident) },
            ["assign", incident, to] => {
                Action::Assign { incident: of(incident), to: Some(to.to_owned()) }
            }
            ["comment", incident, text] => {
                Action::Comment { incident: of(incident), text: text.to_owned() }
            }
            ["tick", incident, item] => {
                Action::Tick { incident: of(incident), item: item.to_owned(), done: true }
            }
            ["reopen", incident] => Action::Reopen { incident: of(incident) },
            ["answer", incident, said] => {
                Action::ResidentAnswered { incident: of(incident), said: word(said) }
            }
            ["silence", place, "for", lasts] => silence(place, None, self.at + span(lasts)),
            ["silence", place, "in", ahead, "for", lasts] => {
                let from = self.at + span(ahead);
                silence(place, Some(from), from + span(lasts))
            }
            ["unsilence", n] => Action::Unsilence { n: n.parse().unwrap() },
            ["drill", kind, place, "for", lasts] => Action::Drill {
                kind: kind.parse().unwrap(),
                place: place.parse().unwrap(),
                until: self.at + span(lasts),
                note: None,
            },
            _ => panic!("line {}: {}?", self.number, self.text),
        };
        self.command(shell, action);
    }

    fn message(&self) -> Message {
        let device = self.words[0];
        let (content, mut options) = self.content();
        let mut message = message(device, self.at, format!("line-{}", self.number), content);
        while let [option, rest @ ..] = options {
            options = self.option(&mut message, option, rest);
        }
        judge_time(&mut message);
        message
    }

    fn content(&self) -> (Content, &[&'a str]) {
        if let state @ ("online" | "offline") = self.words[1] {
            return (Content::Status { online: state == "online" }, &self.words[2..]);
        }
        let mut readings = Vec::new();
        let mut rest = &self.words[1..];
        while let [quantity, value, after @ ..] = rest
            && let Some(quantity) = quantity_named(quantity)
        {
            readings.push((quantity, read_value(value)));
            rest = after;
        }
        assert!(!readings.is_empty(), "line {}: {} reads nothing", self.number, self.words[0]);
        (Content::Readings(readings), rest)
    }

    fn option<'o>(
        &self,
        message: &mut Message,
        option: &str,
        rest: &'o [&'a str],
    ) -> &'o [&'a str] {
        let alone = match option {
            "untimed" => message.claimed_at.take().is_some(),
            "retained" => !std::mem::replace(&mut message.retained, true),
            "repeated" => !std::mem::replace(&mut message.repeated, true),
            "content" => key_by_content(message, MessageKey::Content),
            "anonymous" => key_by_content(message, MessageKey::Anonymous),
            "lately" => key_by_content(message, MessageKey::Lately),
            _ => false,
        };
        if alone {
            return rest;
        }
        let [value, rest @ ..] = rest else { panic!("line {}: `{option}`?", self.number) };
        match option {
            "late" => message.claimed_at = Some(self.at - span(value)),
            "ahead" => message.claimed_at = Some(self.at + span(value)),
            "clock" => message.claimed_at = Some(value.parse().unwrap()),
            "received" => message.received_at = self.at + span(value.trim_start_matches('+')),
            "battery" => message.battery_percent = Some(value.parse().unwrap()),
            "id" => message.key = MessageKey::Id((*value).to_owned()),
            "seq" => {
                let (seq, at) = (value.parse().unwrap(), message.claimed_at);
                message.key = MessageKey::Sequence { seq, at };
            }
            "frame" => message.key = frame(value),
            _ => panic!("line {}: there is no option `{option}`", self.number),
        }
        rest
    }
}

/// `7/a`: the frame with the counter 7, as the network delivers it in a.
fn frame(text: &str) -> MessageKey {
    let (sent, delivery) = text.split_once('/').expect("a frame is COUNTER/DELIVERY");
    let delivery = delivery.bytes().fold(7, |hash, byte| hash * 31 + u64::from(byte));
    MessageKey::Frame { delivery, sent: sent.parse().unwrap() }
}

fn notice(incident: &str, step: &str, role: &str) -> (IncidentId, String, Role) {
    (format!("center/{incident}").parse().unwrap(), step.to_owned(), word(role))
}

/// Names a message by what it says, with its own time if it has one.
fn key_by_content(message: &mut Message, key: fn(u64) -> MessageKey) -> bool {
    let own_time = message.claimed_at.map(Timestamp::as_microsecond);
    let text = format!("{:?} {own_time:?}", message.content);
    message.key = key(text.bytes().fold(7, |hash, b| hash * 31 % 1_000_003 + u64::from(b)));
    true
}

fn quantity_named(text: &str) -> Option<Quantity> {
    serde_json::from_value(serde_json::Value::String(text.to_owned())).ok()
}

fn read_value(text: &str) -> Value {
    match text {
        "on" => Value::Flag(true),
        "off" => Value::Flag(false),
        number => Value::Number(number.parse().unwrap()),
    }
}

/// Each `@HH:MM` as the log has it.
fn with_moments(json: &str) -> String {
    let mut parts = json.split('@');
    let mut text = parts.next().unwrap().to_owned();
    for part in parts {
        let (time, rest) = part.split_at(5);
        text.push_str(&at_ms(time_of_day(time)).as_microsecond().to_string());
        text.push_str(rest);
    }
    text
}

/// `HH:MM:SS`, `HH:MM` or `HH:MM:SS.mmm`, in milliseconds; a day may have more than 24 hours.
fn time_of_day(text: &str) -> i64 {
    let mut parts = text.split(':');
    let mut part = || parts.next().map_or(0.0, |part| part.parse::<f64>().unwrap());
    let seconds = part() * 3600.0 + part() * 60.0 + part();
    #[expect(clippy::cast_possible_truncation, reason = "a day of a test is short")]
    let milliseconds = (seconds * 1000.0).round() as i64;
    milliseconds
}

/// `500ms`, `3s`, `5m`, `2h` or `1d`.
fn span(text: &str) -> SignedDuration {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let count: i64 = text[..digits].parse().unwrap();
    SignedDuration::from_millis(match &text[digits..] {
        "ms" => count,
        "s" => count * 1000,
        "m" => count * 60_000,
        "h" => count * 3_600_000,
        "d" => count * 86_400_000,
        unit => panic!("`{unit}` is no unit of time"),
    })
}

fn silence(place: &str, from: Option<Timestamp>, until: Timestamp) -> Action {
    let because = "work on the ceiling".to_owned();
    Action::Silence { place: place.parse().unwrap(), from, until, because }
}
