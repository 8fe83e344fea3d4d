//! `situations/*.toml`: the disasters that rules may speak of, and what each asks.

use std::collections::BTreeMap;

use super::document::Document;
use super::entry::Entry;
use super::names::{Known, Names, Taken, refuse_reserved};
use super::nearest::{hint, nearest};
use super::policies;
use super::problem::{Problem, Report};
use super::rules::Placed;
use super::told;
use super::want::{Count, IdOf, ListOf, Number, Text, Word, YesOrNo, quoted};
use crate::domain::time::{SignedDuration, seconds};
use crate::domain::{Class, Id, KindId, Level, RuleId, Scope, Switching, Words};
use crate::situation::{
    ACCUMULATES_MAX, ACCUMULATES_MIN, Alerts, CheckItem, Confirm, DeviceAction, FloorSet, Floors,
    Heeded, NoticeKind, On, Situation,
};

type Kind = <KindId as Names>::Of;

/// Every situation of the files, and the names that rules may use.
pub(super) struct Situations {
    pub names: Known<Kind>,
    pub read: BTreeMap<KindId, Situation>,
    /// What is named before it is known, to be looked for at the end.
    named: Vec<Named>,
}

/// A rule or situation that a situation names.
struct Named {
    file: String,
    line: usize,
    /// ``situation `fire`: `alone` ``.
    by: String,
    what: What,
}

enum What {
    Rule(RuleId),
    Situation(KindId),
}

/// A check item, a device action, as things that have names.
pub(super) enum Listed {}

/// Reads every situation; `whole` says whether every file could be read.
pub(super) fn read(documents: &[Document<'_>], whole: bool, report: &mut Report) -> Situations {
    let all = whole && !documents.iter().any(Document::is_broken);
    let names = Known::new("situation", "unknown-situation", all);
    let mut situations = Situations { names, read: BTreeMap::new(), named: Vec::new() };
    let mut taken = Taken::among("among situations");
    for document in documents {
        let root = document.root("situation");
        let situation = read_situation(root, &mut situations, &mut taken, report);
        situations.read.extend(situation.map(|read| (read.id.clone(), read)));
    }
    situations
}

fn read_situation(
    mut entry: Entry<'_>,
    situations: &mut Situations,
    taken: &mut Taken,
    report: &mut Report,
) -> Option<Situation> {
    let id = entry.id();
    if let Some(id) = &id {
        situations.names.add(id);
        taken.give(&mut entry, id);
        refuse_reserved(&mut entry, "id", id);
    }
    let name = entry.required("name", &Text("what people call it in Korean"));
    let name_en = entry.required("name_en", &Text("what people call it in English"));
    let scope = entry.required("scope", &Word::<Scope>::new());
    let threat = entry.optional("threat", &Number::within("a whole number from 1 to 99", rank));
    let declared = entry.optional("declared", &Word::<Level>::new());
    let holds_while = entry.optional("holds_while", &ListOf::some(IdOf::new()));
    let joined_by = entry.optional("joined_by", &ListOf::some(IdOf::new()));
    let mut named = Naming { situations, id: id.as_ref(), well: true };
    named.rules(&entry, "holds_while", holds_while.as_deref());
    named.situations(&entry, "joined_by", joined_by.as_deref());
    let confirm = named.confirm(&mut entry, report);
    let mut well = named.well;
    let floors = read_floors(&mut entry, &mut well, report);
    let notices = each(&mut entry, "notice", &mut well, report, read_notice);
    let actions = read_list(&mut entry, "action", &mut well, report, read_action);
    let checklist = read_list(&mut entry, "check", &mut well, report, read_check);
    let messages = each(&mut entry, "message", &mut well, report, told::message);
    let cap = told::cap(&mut entry, &mut well, report);
    let policy = policies::read(&mut entry, scope, report);
    well &= entry.finish(report);
    let plain = Situation::plain(id?, (name?, name_en?), scope?);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 1 to 99")]
    let threat = threat.map_or(plain.threat, |threat| threat as u8);
    well.then(|| Situation {
        threat,
        declared,
        notices,
        confirm,
        holds_while: holds_while.unwrap_or_default(),
        joined_by: joined_by.unwrap_or_default(),
        floors,
        actions,
        checklist,
        messages,
        cap,
        policy,
        ..plain
    })
}

fn accumulates(number: f64) -> bool {
    (ACCUMULATES_MIN.as_secs_f64()..=ACCUMULATES_MAX.as_secs_f64()).contains(&number)
}

fn rank(number: f64) -> bool {
    (1.0..=99.0).contains(&number) && number.fract() == 0.0
}

/// The entries under a key, as far as they are well.
fn each<T>(
    entry: &mut Entry<'_>,
    key: &'static str,
    well: &mut bool,
    report: &mut Report,
    read: fn(Entry<'_>, &mut Report) -> Option<T>,
) -> Vec<T> {
    let entries = entry.each(key);
    let count = entries.len();
    let read: Vec<T> = entries.into_iter().filter_map(|entry| read(entry, report)).collect();
    *well &= read.len() == count;
    read
}

/// The same where each has an id of its own.
fn read_list<T>(
    entry: &mut Entry<'_>,
    key: &'static str,
    well: &mut bool,
    report: &mut Report,
    read: fn(Entry<'_>, &mut Taken, &mut Report) -> Option<T>,
) -> Vec<T> {
    let mut taken = Taken::among("in this situation");
    let entries = entry.each(key);
    let count = entries.len();
    let read = entries.into_iter().filter_map(|entry| read(entry, &mut taken, report));
    let read: Vec<T> = read.collect();
    *well &= read.len() == count;
    read
}

// ── what it takes ──

/// Takes down what is named, for the second look.
struct Naming<'s> {
    situations: &'s mut Situations,
    id: Option<&'s KindId>,
    well: bool,
}

impl Naming<'_> {
    fn name(&mut self, entry: &Entry<'_>, key: &str, what: What) {
        let of = self.id.map_or("this situation".to_owned(), |id| format!("situation `{id}`"));
        let file = entry.document().file.to_owned();
        let line = entry.line_of(key);
        self.situations.named.push(Named { file, line, by: format!("{of}: `{key}`"), what });
    }

    fn rules(&mut self, entry: &Entry<'_>, key: &str, rules: Option<&[RuleId]>) {
        for rule in rules.into_iter().flatten() {
            self.name(entry, key, What::Rule(rule.clone()));
        }
    }

    fn situations(&mut self, entry: &Entry<'_>, key: &str, kinds: Option<&[KindId]>) {
        for kind in kinds.into_iter().flatten() {
            self.name(entry, key, What::Situation(kind.clone()));
        }
    }

    fn confirm(&mut self, entry: &mut Entry<'_>, report: &mut Report) -> Option<Confirm> {
        let mut table = entry.table("confirm")?;
        let unconfirmed = table.required("unconfirmed", &Word::<Level>::new());
        let alone = table.optional("alone", &ListOf::some(IdOf::new()));
        self.rules(&table, "alone", alone.as_deref());
        let some = Number::within("a whole number of 2 or more", |n| n >= 2.0 && n.fract() == 0.0);
        let sources = table.required("sources", &some);
        let span = Number::within("a number of seconds from 5 to 60", accumulates);
        let within = table.required("within_s", &span);
        let accumulates = table.required("accumulates_s", &span);
        table.required("because", &Text("where its numbers come from"));
        self.well &= table.finish(report);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "2 or more")]
        let sources = sources? as u32;
        Some(Confirm {
            unconfirmed: unconfirmed?,
            alone: alone.unwrap_or_default(),
            sources,
            within: span_of(within?),
            accumulates: span_of(accumulates?),
        })
    }
}

fn span_of(number: f64) -> SignedDuration {
    seconds(number)
}

/// The second look: what situations name has to be there. What could not be read is not missed,
/// and a rule that is not there is only said, unless it looks like a slip.
pub(super) fn look_again(situations: &Situations, rules: &[Placed], report: &mut Report) {
    // The rules of a situation that was refused are refused with it.
    let rules_read = !report.blames("rules/") && !report.blames("situations/");
    for Named { file, line, by, what } in &situations.named {
        let (word, missing, slip) = match what {
            What::Rule(rule) => {
                let known = || rules.iter().map(|placed| placed.rule.id.as_str());
                let missing = rules_read && !known().any(|id| id == rule.as_str());
                let slip = nearest(rule.as_str(), known()).is_some();
                (("rule", rule.as_str(), hint(rule.as_str(), known())), missing, slip)
            }
            What::Situation(kind) => {
                let known = || situations.read.keys().map(Id::as_str);
                let missing =
                    !report.blames("situations/") && situations.names.find(kind.as_str()).is_none();
                (("situation", kind.as_str(), hint(kind.as_str(), known())), missing, true)
            }
        };
        if missing {
            let (what, name, hint) = word;
            let sentence =
                format!("{by} names the {what} {}, which does not exist{hint}", quoted(name));
            let code = if what == "rule" { "unknown-rule" } else { "unknown-situation" };
            let problem = Problem { file: file.clone(), line: Some(*line), code, sentence };
            // Whoever leaves a whole file of rules out need not change what situations say of them;
            // a name that is nearly another's is a slip.
            let list = match slip {
                true => &mut report.problems,
                false => &mut report.warnings,
            };
            list.push(problem);
        }
    }
}

// ── whom it reaches ──

fn read_floors(entry: &mut Entry<'_>, well: &mut bool, report: &mut Report) -> Floors {
    let Some(mut table) = entry.table("floors") else { return Floors::default() };
    let alerts = table.required("alert", &Word::<Alerts>::new());
    let sets = table.has("sets") || alerts == Some(Alerts::Sets);
    let mut floors = Floors { alerts: alerts.unwrap_or_default(), ..Floors::default() };
    if sets {
        let storeys = Count;
        floors.tall_from = table.required("tall_from", &storeys).unwrap_or_default();
        floors.tall_from_homes = table.required("tall_from_homes", &storeys).unwrap_or_default();
        table.required("because", &Text("where its numbers come from"));
        floors.sets = each(&mut table, "sets", well, report, read_set);
    }
    *well &= table.finish(report);
    floors
}

fn read_set(mut entry: Entry<'_>, report: &mut Report) -> Option<FloorSet> {
    let on = entry.required("on", &Word::<On>::new());
    let above = entry.required("above", &Count);
    let basements = entry.optional("basements", &YesOrNo);
    let well = entry.finish(report);
    well.then_some(FloorSet { on: on?, above: above?, basements: basements.unwrap_or(false) })
}

fn read_notice(mut entry: Entry<'_>, report: &mut Report) -> Option<Heeded> {
    let kind = entry.required("kind", &Word::<NoticeKind>::new());
    let class = entry.required("class", &Word::<Class>::new());
    if class == Some(Class::Trouble) {
        let line = entry.line_of("class");
        let words = "`class` is trouble, but a notice is of class alarm or supervisory";
        entry.refuse(Some(line), "class-of-situation", words);
    }
    entry.finish(report).then_some(Heeded { kind: kind?, class: class? })
}

fn read_action(
    mut entry: Entry<'_>,
    taken: &mut Taken,
    report: &mut Report,
) -> Option<DeviceAction> {
    let id = entry.id::<Listed>();
    if let Some(id) = &id {
        taken.give(&mut entry, id);
    }
    let does = entry.required("does", &Word::<Switching>::new());
    let enabled = entry.optional("enabled", &YesOrNo).unwrap_or(false);
    let well = entry.finish(report);
    well.then_some(DeviceAction { id: id?.to_string(), does: does?, enabled })
}

fn read_check(mut entry: Entry<'_>, taken: &mut Taken, report: &mut Report) -> Option<CheckItem> {
    let id = entry.id::<Listed>();
    if let Some(id) = &id {
        taken.give(&mut entry, id);
    }
    let ko = entry.required("ko", &Text("what is to be done, in Korean"));
    let en = entry.required("en", &Text("what is to be done, in English"));
    let well = entry.finish(report);
    well.then_some(CheckItem { id: id?.to_string(), text: Words::new(ko?, en?) })
}
