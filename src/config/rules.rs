//! `rules/*.toml`: which detector watches what, and what its finding means.

use std::sync::Arc;

use super::document::Document;
use super::entry::Entry;
use super::meaning;
use super::names::{Known, Taken, refuse_reserved};
use super::parameters;
use super::problem::Report;
use super::situations::Situations;
use super::want::{IdOf, ListOf, Text, Word};
use crate::detect::{Means, Parameters, Rule, Watches};
use crate::domain::{Class, Device, KindId, Level, Quantity, RuleId, Scope, Unit, Zone, ZoneKind};

/// What a rule may speak of.
pub(super) struct Field<'k> {
    pub situations: &'k Situations,
    /// Of all sites.
    pub zones: &'k Known<Zone>,
    pub devices: &'k Known<Device>,
}

/// A rule, and where it stands.
pub(super) struct Placed {
    pub rule: Arc<Rule>,
    pub file: String,
    pub line: usize,
}

/// Reads every rule of every file; those that are well, by id.
pub(super) fn read(
    documents: &[Document<'_>],
    field: &Field<'_>,
    report: &mut Report,
) -> Vec<Placed> {
    let mut taken = Taken::among("among rules");
    let mut rules = Vec::new();
    for document in documents {
        let mut root = document.root("file");
        for entry in root.each("rule") {
            let line = entry.line();
            let rule = read_rule(entry, field, &mut taken, report).map(Arc::new);
            rules.extend(rule.map(|rule| Placed { rule, file: document.file.to_owned(), line }));
        }
        root.finish(report);
    }
    rules.sort_by(|one, other| one.rule.id.cmp(&other.rule.id));
    rules
}

fn read_rule(
    mut entry: Entry<'_>,
    field: &Field<'_>,
    taken: &mut Taken,
    report: &mut Report,
) -> Option<Rule> {
    let id: Option<RuleId> = entry.id();
    if let Some(id) = &id {
        taken.give(&mut entry, id);
        refuse_reserved(&mut entry, "id", id);
    }
    let means = read_means(&mut entry, field.situations);
    let class = entry.required("class", &Word::<Class>::new());
    let level = entry.required("level", &Word::<Level>::new());
    refuse_class(&mut entry, class);
    let scope = read_scope(&mut entry, field.situations, means.as_ref());
    let watches = read_watches(&mut entry, field, report);
    let because = entry.required("because", &Text("where its numbers come from"));
    let detector = parameters::read(&mut entry);
    let quantities = match (&watches, &detector) {
        (Some(watches), Some(detector)) => read_quantities(&mut entry, watches, detector),
        _ => None,
    };
    let version = meaning::version(entry.content());
    let well = entry.finish(report);
    well.then_some(Rule {
        id: id?,
        version,
        means: means?,
        class: class?,
        level: level?,
        scope: scope?,
        watches: watches?,
        quantities: quantities?,
        detector: detector?,
        because: because?,
    })
}

/// Which situation or fault a finding is about.
fn read_means(entry: &mut Entry<'_>, situations: &Situations) -> Option<Means> {
    let situation = entry.optional("situation", &situations.names).map(Means::Situation);
    let fault: Option<KindId> = entry.optional("fault", &IdOf::new());
    if let Some(fault) = &fault {
        refuse_reserved(entry, "fault", fault);
    }
    let line = entry.line_of("fault");
    if let Some(name) = fault.as_ref().and_then(|kind| situations.names.find(kind.as_str())) {
        let words =
            format!("`fault` is `{name}`, which is a situation; give the fault another name");
        entry.refuse(Some(line), "fault-is-situation", &words);
    }
    match (entry.has("situation"), entry.has("fault")) {
        (true, true) => {
            let words = "it has a `situation` and a `fault`; leave one of them out";
            entry.refuse(Some(line), "two-meanings", words);
        }
        (false, false) => {
            entry.missing("situation", "say which `situation` it is about, or which `fault`");
        }
        _ => {}
    }
    situation.or(fault.map(Means::Fault))
}

/// A fault is never an alarm, and the reverse.
fn refuse_class(entry: &mut Entry<'_>, class: Option<Class>) {
    let line = entry.line_of("class");
    match (class, entry.has("situation"), entry.has("fault")) {
        (Some(Class::Trouble), true, false) => {
            let words = "`class` is trouble, which needs a `fault`; a `situation` is of class \
                         alarm or supervisory";
            entry.refuse(Some(line), "class-of-situation", words);
        }
        (Some(class @ (Class::Alarm | Class::Supervisory)), false, true) => {
            let words = format!("`class` is {}, but a `fault` is of class trouble", class.as_str());
            entry.refuse(Some(line), "class-of-fault", &words);
        }
        _ => {}
    }
}

/// How far an incident reaches: the situation says it, or for a fault the rule.
fn read_scope(
    entry: &mut Entry<'_>,
    situations: &Situations,
    means: Option<&Means>,
) -> Option<Scope> {
    let own = entry.optional("scope", &Word::<Scope>::new());
    match means? {
        Means::Fault(_) if entry.has("scope") => own,
        Means::Fault(_) => Some(Scope::Zone),
        Means::Situation(kind) => {
            if entry.has("scope") {
                let line = entry.line_of("scope");
                let words = format!("`scope` is what the situation `{kind}` says; leave it out");
                entry.refuse(Some(line), "scope-of-situation", &words);
            }
            situations.read.get(kind).map(|situation| situation.scope)
        }
    }
}

fn read_watches(entry: &mut Entry<'_>, field: &Field<'_>, report: &mut Report) -> Option<Watches> {
    let Some(mut table) = entry.table("watches") else {
        return (!entry.has("watches")).then(Watches::default);
    };
    let quantity = table.optional("quantity", &Word::<Quantity>::new());
    let zone_kinds = table.optional("zone_kinds", &ListOf::some(Word::<ZoneKind>::new()));
    let zones = table.optional("zones", &ListOf::some(field.zones));
    let devices = table.optional("devices", &ListOf::some(field.devices));
    table.finish(report).then(|| Watches {
        quantity,
        zone_kinds: zone_kinds.unwrap_or_default(),
        zones: zones.unwrap_or_default(),
        devices: devices.unwrap_or_default(),
    })
}

/// What the rule is fed, with the units agreed.
fn read_quantities(
    entry: &mut Entry<'_>,
    watches: &Watches,
    detector: &Parameters,
) -> Option<Vec<Quantity>> {
    let own = detector.own_quantities();
    let name = detector.name();
    match (watches.quantity, detector.unit()) {
        (Some(_), _) if !own.is_empty() => {
            let line = entry.line_of("watches");
            let words = format!(
                "detector {name} names its quantities itself; leave out \
                                 `watches.quantity`"
            );
            entry.refuse(Some(line), "two-quantities", &words);
            None
        }
        (None, Some(unit)) => {
            let words = format!(
                "detector {name} needs to know what is measured in {}; say \
                                 watches = {{ quantity = \"…\" }}",
                unit.as_str()
            );
            entry.refuse(None, "missing-quantity", &words);
            None
        }
        (Some(quantity), Some(unit)) if quantity.unit() != unit => {
            refuse_unit(entry, "unit", quantity, unit);
            None
        }
        (Some(quantity), _) => Some(vec![quantity]),
        (None, None) => own_quantities(entry, &own),
    }
}

fn own_quantities(entry: &mut Entry<'_>, own: &[(Quantity, Unit)]) -> Option<Vec<Quantity>> {
    let mut quantities = Vec::new();
    let mut well = true;
    for (quantity, unit) in own {
        if quantity.unit() != *unit {
            refuse_unit(entry, "votes", *quantity, *unit);
            well = false;
        }
        if !quantities.contains(quantity) {
            quantities.push(*quantity);
        }
    }
    well.then_some(quantities)
}

fn refuse_unit(entry: &mut Entry<'_>, key: &str, quantity: Quantity, unit: Unit) {
    let line = entry.line_of(key);
    let (quantity, wrong, right) = (quantity.as_str(), unit.as_str(), quantity.unit().as_str());
    let words = format!("`{key}`: {quantity} is measured in {right} and not in {wrong}");
    entry.refuse(Some(line), "wrong-unit", &words);
}
