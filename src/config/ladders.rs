//! The ladders of `notify.toml`: who is told next if nobody answers.
//!
//! A ladder is refused that would let somebody in danger wait, or that ends by asking the
//! resident: then nobody would come.

use super::document::Document;
use super::entry::Entry;
use super::names::Taken;
use super::problem::{Problem, Report};
use super::rules::Placed;
use super::situations::Situations;
use super::want::{IdOf, ListOf, Number, Parsed, Text, Word, quoted};
use crate::domain::time::seconds;
use crate::domain::{KindId, Level};
use crate::incident::{Ladders, Night, Policy, Role, Rung, Where};

/// Kinds of which people are told at once, whatever else is tried.
const NEVER_WAITS: [&str; 5] = ["co", "fall", "fire", "gas", "sos"];

const MINUTES: Number =
    Number::within("a number of minutes from 0 to 1440", |n| (0.0..=1440.0).contains(&n));

/// A ladder or a step, as a thing that has a name.
enum Named {}

/// Every ladder of the file, and where each kind is named.
#[derive(Default)]
pub(super) struct Read {
    pub ladders: Ladders,
    named: Vec<(KindId, usize)>,
    file: String,
}

/// Reads the ladders; those that are well.
pub(super) fn read(document: &Document<'_>, root: &mut Entry<'_>, report: &mut Report) -> Read {
    let mut read = Read { file: document.file.to_owned(), ..Read::default() };
    read.ladders.night = root.table("night").and_then(|entry| read_night(entry, report));
    let mut taken = Taken::among("among ladders");
    for mut entry in root.each("ladder") {
        let id = entry.id::<Named>();
        if let Some(id) = &id {
            taken.give(&mut entry, id);
        }
        let line = entry.line_of("kinds");
        let policy = read_policy(entry, report);
        if let Some(policy) = policy {
            read.named.extend(policy.kinds.iter().map(|kind| (kind.clone(), line)));
            read.ladders.policies.push(policy);
        }
    }
    read
}

impl Read {
    /// Whether each kind is one that something finds.
    pub fn check(&self, situations: &Situations, rules: &[Placed], report: &mut Report) {
        for (kind, line) in &self.named {
            let is_found = situations.names.find(kind.as_str()).is_some()
                || super::names::is_reserved(kind.as_str())
                || rules.iter().any(|placed| placed.rule.means.kind() == kind);
            if !is_found {
                let sentence = format!(
                    "`kinds` names `{kind}`, which is no situation and no rule's fault; say one \
                     that is"
                );
                let (file, line) = (self.file.clone(), Some(*line));
                report.problems.push(Problem { file, line, code: "unknown-kind", sentence });
            }
        }
    }
}

fn read_night(mut entry: Entry<'_>, report: &mut Report) -> Option<Night> {
    let clock = Parsed::new("a time of day such as \"22:00\"", minute_of_day);
    let from = entry.required("from", &clock);
    let until = entry.required("until", &clock);
    let because: Option<String> = entry.required("because", &Text("who said so"));
    let well = entry.finish(report);
    well.then_some(Night { from_min: from?, until_min: until? }).filter(|_| because.is_some())
}

fn minute_of_day(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    let two = |part: &str| part.parse::<u16>().ok().filter(|_| part.len() == 2);
    let (hours, minutes) = (two(hours)?, two(minutes)?);
    (hours < 24 && minutes < 60).then_some(hours * 60 + minutes)
}

fn read_policy(mut entry: Entry<'_>, report: &mut Report) -> Option<Policy> {
    let id = entry.id::<Named>();
    let kinds: Option<Vec<KindId>> = entry.required("kinds", &ListOf::some(IdOf::new()));
    let place = entry.optional("where", &Word::<Where>::new());
    let because = entry.required("because", &Text("where its times come from"));
    if !entry.has("step") {
        entry.missing("step", "write [[ladder.step]] below it for each step");
    }
    let mut taken = Taken::among("among the steps of a ladder");
    let (mut steps, mut whole) = (Vec::new(), true);
    for step in entry.each("step") {
        let read = read_step(step, &mut taken, report);
        whole &= read.is_some();
        steps.extend(read);
    }
    if whole && let Some(kinds) = &kinds {
        refuse_waiting(&mut entry, kinds, &steps);
        refuse_unheard(&mut entry, &steps);
    }
    let well = entry.finish(report) && whole && because.is_some();
    well.then_some(Policy { id: id?.to_string(), kinds: kinds?, place, steps })
}

fn read_step(mut entry: Entry<'_>, taken: &mut Taken, report: &mut Report) -> Option<Rung> {
    let id = entry.id::<Named>();
    if let Some(id) = &id {
        taken.give(&mut entry, id);
    }
    let roles = entry.required("roles", &ListOf::some(Word::<Role>::new()));
    let after_min = entry.required("after_min", &MINUTES);
    let fallback = entry.optional("fallback", &Word::<Role>::new());
    let at_level = entry.optional("at_level", &Word::<Level>::new());
    let waits_below = entry.optional("wait_at_night_below", &Word::<Level>::new());
    let night_roles = entry.optional("night_roles", &ListOf::some(Word::<Role>::new()));
    if let (Some(roles), Some(fallback)) = (&roles, fallback)
        && roles.contains(&fallback)
    {
        let words = format!("`fallback` is {}, who is called anyway", quoted(fallback.as_str()));
        let line = entry.line_of("fallback");
        entry.refuse(Some(line), "idle-fallback", &words);
    }
    let well = entry.finish(report);
    well.then_some(Rung {
        id: id?.to_string(),
        roles: roles?,
        after: seconds(after_min? * 60.0),
        fallback,
        at_level,
        waits_below,
        night_roles: night_roles.unwrap_or_default(),
    })
}

/// Who calls for help, falls, or is in smoke or gas waits for nobody's answer.
fn refuse_waiting(entry: &mut Entry<'_>, kinds: &[KindId], steps: &[Rung]) {
    let Some(kind) = kinds.iter().find(|kind| NEVER_WAITS.contains(&kind.as_str())) else {
        return;
    };
    let Some(first) = steps.first() else { return };
    let waits = !first.after.is_zero() || first.only_asks() || first.waits_below.is_some();
    if waits {
        let line = entry.line_of("step");
        let words = format!(
            "it is for `{kind}`, of which people are told at once; begin with a step that calls \
             somebody besides the resident after_min = 0, by night as well"
        );
        entry.refuse(Some(line), "ladder-waits", &words);
    }
}

fn refuse_unheard(entry: &mut Entry<'_>, steps: &[Rung]) {
    if steps.last().is_some_and(Rung::only_asks) {
        let line = entry.line_of("step");
        let words = "its last step only asks the resident; end with somebody who comes";
        entry.refuse(Some(line), "ladder-unheard", words);
    }
}
