//! What a step says, in the words of a script.
//!
//! Several effects make one saying: an incident that opens comes with its evidence and its
//! notice. A saying is expected by any of its words, but if it has a verb, then by that too:
//! `fire critical` is a fire that opens, `fire raised critical` one that was there.

use std::fmt;

use jikimi::domain::household::Change;
use jikimi::domain::time::{Timestamp, between};
use jikimi::domain::{Answer, Outcome};
use jikimi::incident::{Evidence, IncidentId};
use jikimi::monitor::{Detail, Effect};

use crate::world::MIDNIGHT;

#[derive(Debug, Clone)]
pub struct Said {
    verb: Option<&'static str>,
    incident: Option<IncidentId>,
    words: Vec<String>,
    /// Opened or standing again, and not yet with the finding that made it so.
    awaits_evidence: bool,
}

impl Said {
    /// Whether this is what was expected.
    pub fn is(&self, expected: &str) -> bool {
        let expected: Vec<&str> = expected.split_whitespace().collect();
        let verb_said = self.verb.is_none_or(|verb| expected.contains(&verb));
        let known = |word: &&str| self.verb == Some(*word) || self.words.iter().any(|w| w == word);
        !expected.is_empty() && verb_said && expected.iter().all(known)
    }

    fn about(verb: Option<&'static str>, incident: &IncidentId, words: Vec<String>) -> Self {
        let mut all = vec![incident.kind.to_string()];
        all.extend(words);
        all.extend([incident.place.to_string(), format!("#{}", incident.n)]);
        let awaits_evidence = matches!(verb, None | Some("stands-again"));
        Self { verb, incident: Some(incident.clone()), words: all, awaits_evidence }
    }
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<&str> =
            self.verb.into_iter().chain(self.words.iter().map(String::as_str)).collect();
        f.write_str(&words.join(" "))
    }
}

/// What the effects of one step say, in their order.
pub fn said(effects: &[Effect]) -> Vec<Said> {
    let mut all = Vec::new();
    for effect in effects {
        say(effect, &mut all);
    }
    for said in &mut all {
        let loud = matches!(said.verb, None | Some("raised" | "rings-again"));
        if loud && !said.words.iter().any(|word| word == "rings") {
            said.words.push("silent".to_owned());
        }
    }
    all
}

fn say(effect: &Effect, all: &mut Vec<Said>) {
    match effect {
        Effect::Opened { incident, class, level, at, exercise_until } => {
            let mut words = vec![level.as_str().to_owned(), class.as_str().to_owned(), moment(*at)];
            words.extend(exercise_until.map(|_| "exercise".to_owned()));
            all.push(Said::about(None, incident, words));
        }
        Effect::EvidenceAdded { incident, evidence } => say_evidence(incident, evidence, all),
        Effect::EvidenceEnded { incident, contribution, at, .. } => {
            let words = vec![contribution.source.clone(), moment(*at)];
            all.push(Said::about(Some("ends"), incident, words));
        }
        Effect::Moved { incident, detail, at, .. } => say_move(incident, *detail, *at, all),
        Effect::NoticeDue { incident, step, role } => {
            let last = all.last_mut().filter(|last| last.incident.as_ref() == Some(incident));
            let words = ["rings".to_owned(), step.clone(), role.as_str().to_owned()];
            match last {
                Some(last) => last.words.extend(words),
                // Of another incident, which is about this one.
                None => all.push(Said::about(Some("tells"), incident, words.into())),
            }
        }
        Effect::StepTaken { .. }
        | Effect::StepMoved { .. }
        | Effect::LadderStopped { .. }
        | Effect::Assigned { .. }
        | Effect::Commented { .. }
        | Effect::Ticked { .. }
        | Effect::SilenceSet(_)
        | Effect::SilenceBegun { .. }
        | Effect::SilenceEnded { .. } => say_work(effect, all),
        Effect::SwitchOrdered { .. } | Effect::SwitchWithdrawn { .. } => say_order(effect, all),
        // The scenarios' site has no signs.
        Effect::NoticesStopped { .. }
        | Effect::LadderBegun { .. }
        | Effect::Answered {
            answer: Answer::Done | Answer::Opened(_) | Answer::Silenced(_), ..
        }
        | Effect::PlanWanted { .. }
        | Effect::SignPlanned { .. }
        | Effect::SignShows { .. }
        | Effect::SignConfirmed { .. } => {}
        Effect::Household { home, change, .. } => {
            let mut words = vec![home.to_string(), change.as_str().to_owned()];
            match change {
                Change::Return(because) => words.push(because.as_str().to_owned()),
                Change::Heard { device, .. } => words.push(device.to_string()),
                _ => {}
            }
            let verb = Some("household");
            all.push(Said { verb, incident: None, words, awaits_evidence: false });
        }
        Effect::Answered { answer: Answer::Refused(refusal), .. } => {
            let refusal = serde_json::to_value(refusal).unwrap();
            let reason = refusal.get("household").unwrap_or(&refusal);
            let reason = reason.as_str().unwrap().to_owned();
            all.push(Said {
                verb: Some("refused"),
                incident: None,
                words: vec![reason],
                awaits_evidence: false,
            });
        }
    }
}

/// What devices are told.
fn say_order(effect: &Effect, all: &mut Vec<Said>) {
    let (verb, words) = match effect {
        Effect::SwitchOrdered { switch, does, .. } => {
            ("orders", vec![switch.to_string(), does.as_str().to_owned()])
        }
        Effect::SwitchWithdrawn { switch, because, .. } => {
            let why = if because.en.contains("over") { "over" } else { "forbidden" };
            ("withdraws", vec![switch.to_string(), why.to_owned()])
        }
        _ => unreachable!("it is said elsewhere"),
    };
    all.push(Said { verb: Some(verb), incident: None, words, awaits_evidence: false });
}

fn say_evidence(incident: &IncidentId, evidence: &Evidence, all: &mut Vec<Said>) {
    let mut words = vec![
        evidence.contribution.rule.to_string(),
        evidence.contribution.source.clone(),
        moment(evidence.at),
    ];
    words.extend(evidence.late.then(|| "late".to_owned()));
    match all.last_mut().filter(|last| last.awaits_evidence) {
        Some(last) => {
            last.words.extend(words);
            last.awaits_evidence = false;
        }
        None => all.push(Said::about(Some("grows"), incident, words)),
    }
}

/// What people have done, or is planned to tell them.
fn say_work(effect: &Effect, all: &mut Vec<Said>) {
    match effect {
        Effect::StepTaken { incident, .. } => {
            all.push(Said::about(Some("tells"), incident, Vec::new()));
        }
        Effect::StepMoved { incident, due, .. } => {
            all.push(Said::about(Some("waits"), incident, vec![moment(*due)]));
        }
        Effect::LadderStopped { incident, .. } => {
            all.push(Said::about(Some("stops"), incident, Vec::new()));
        }
        Effect::Assigned { incident, to, .. } => {
            let to = to.clone().unwrap_or_else(|| "nobody".to_owned());
            all.push(Said::about(Some("assigned"), incident, vec![to]));
        }
        Effect::Commented { incident, text, .. } => {
            all.push(Said::about(Some("commented"), incident, vec![text.clone()]));
        }
        Effect::Ticked { incident, item, done, .. } => {
            let words = vec![item.clone(), if *done { "done" } else { "not-done" }.to_owned()];
            all.push(Said::about(Some("ticked"), incident, words));
        }
        Effect::SilenceSet(silence) => {
            let begun = if silence.begun { "begun" } else { "agreed" };
            all.push(of_silence("silence", silence.n, vec![begun.to_owned()]));
        }
        Effect::SilenceBegun { n } => all.push(of_silence("silence-begins", *n, Vec::new())),
        Effect::SilenceEnded { n, .. } => all.push(of_silence("silence-ends", *n, Vec::new())),
        _ => unreachable!("it is said elsewhere"),
    }
}

fn of_silence(verb: &'static str, n: u32, mut words: Vec<String>) -> Said {
    words.push(format!("#{n}"));
    Said { verb: Some(verb), incident: None, words, awaits_evidence: false }
}

fn say_move(incident: &IncidentId, detail: Detail, at: Timestamp, all: &mut Vec<Said>) {
    let last = all.last_mut().filter(|last| last.incident.as_ref() == Some(incident));
    let (verb, words) = match (detail, last) {
        (Detail::Opened, _) => return,
        (Detail::Standing(false), Some(last)) if last.verb == Some("ends") => {
            last.verb = Some("cleared");
            return;
        }
        (Detail::Resolved { outcome: Outcome::Restored }, Some(last))
            if last.verb == Some("cleared") =>
        {
            last.verb = Some("restored");
            return;
        }
        (Detail::Raised { class, level }, _) => {
            ("raised", vec![class.as_str().to_owned(), level.as_str().to_owned()])
        }
        (Detail::Eased { level }, _) => ("eased", vec![level.as_str().to_owned(), moment(at)]),
        (Detail::Acknowledged { .. }, _) => ("acknowledged", Vec::new()),
        (Detail::AcknowledgementExpired, _) => ("rings-again", Vec::new()),
        (Detail::Silenced(true), _) => ("silenced", Vec::new()),
        (Detail::Silenced(false), _) => ("unsilenced", Vec::new()),
        (Detail::Answered(said), _) => ("answered", vec![said.as_str().to_owned()]),
        (Detail::Reopened { .. }, _) => ("reopened", Vec::new()),
        (Detail::Standing(true), _) => ("stands-again", Vec::new()),
        (Detail::Standing(false), _) => ("cleared", vec![moment(at)]),
        (Detail::Resolved { outcome }, _) => ("resolved", vec![outcome.as_str().to_owned()]),
    };
    all.push(Said::about(Some(verb), incident, words));
}

/// An event time, as `@08:00:30`, with its milliseconds if it has some.
fn moment(at: Timestamp) -> String {
    let since = between(MIDNIGHT, at);
    let (seconds, milliseconds) = (since.as_secs(), since.subsec_millis());
    let text = format!("@{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    if milliseconds == 0 { text } else { format!("{text}.{milliseconds:03}") }
}
