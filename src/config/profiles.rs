//! `profiles/*.toml`: what the fields of real devices mean, one table per model.
//!
//! A model that could be read in two ways is refused: a number says its unit, and what is on and
//! off says by which values.

use std::sync::Arc;

use super::document::Document;
use super::entry::Entry;
use super::names::{Known, Taken};
use super::nearest::list;
use super::problem::Report;
use super::want::{ABOVE_ZERO, ListOf, Number, Parsed, Raw, Text, Want, Word, Wrong, number};
use crate::domain::{Id, Quantity, Unit};
use crate::ingest::model::{
    Battery, BatterySays, Field, History, Literal, Measure, Model, Others, Path, Takes,
};
use crate::ingest::profiles::Profile;

/// Every model of the files, and the names that devices may use.
pub(super) struct Models {
    pub names: Known<Model>,
    pub read: Vec<Arc<Model>>,
    /// Whether these are all.
    whole: bool,
}

impl Models {
    pub fn find(&self, id: &Id<Model>) -> Option<&Arc<Model>> {
        self.read.iter().find(|model| model.id == *id)
    }

    /// Whether a device of this dialect may leave its model to be found out.
    pub fn can_be_found_out(&self, profile: Profile) -> bool {
        let mut of_profile = self.read.iter().filter(|model| model.profiles.contains(&profile));
        !self.whole || of_profile.any(|model| model.usual || !model.matches.is_empty())
    }
}

/// Reads every model; `whole` says whether every file could be read.
pub(super) fn read(documents: &[Document<'_>], whole: bool, report: &mut Report) -> Models {
    let whole = whole && !documents.iter().any(Document::is_broken);
    let mut models =
        Models { names: Known::new("model", "unknown-model", whole), read: Vec::new(), whole };
    let mut taken = Taken::among("among models");
    for document in documents {
        let mut root = document.root("file");
        let profiles = root.required("profiles", &ListOf::some(Word::<Profile>::new()));
        for mut entry in root.each("model") {
            let id = entry.id();
            if let Some(id) = &id {
                taken.give(&mut entry, id);
                models.names.add(id);
            }
            let model = read_model(&mut entry, id, profiles.as_deref(), &models.read, report);
            if entry.finish(report) {
                models.read.extend(model.map(Arc::new));
            } else {
                models.whole = false;
            }
        }
        root.finish(report);
    }
    models
}

fn read_model(
    entry: &mut Entry<'_>,
    id: Option<Id<Model>>,
    profiles: Option<&[Profile]>,
    earlier: &[Arc<Model>],
    report: &mut Report,
) -> Option<Model> {
    let name = entry.required("name", &Text("what people call it"));
    let because = Text("where it is written what its fields mean");
    let because = entry.required("because", &because).is_some();
    let matches = entry.optional("matches", &ListOf::some(Text("how the device calls itself")));
    let usual = entry.optional("usual", &YesOrNo).unwrap_or(false);
    let ignores = entry.optional("ignores", &ListOf::some(Text("the name of a field")));
    let battery = read_battery(entry, report);
    let history = read_history(entry, report);
    let fields = read_fields(entry, report);
    let profiles = profiles.unwrap_or_default().to_vec();
    refuse_second_usual(entry, usual, &profiles, earlier);
    because.then_some(())?;
    Some(Model {
        id: id?,
        name: name?,
        profiles,
        matches: matches.unwrap_or_default(),
        usual,
        fields: fields?,
        battery,
        ignores: ignores.unwrap_or_default(),
        history,
    })
}

/// Of two usual models nobody could say which is meant.
fn refuse_second_usual(
    entry: &mut Entry<'_>,
    usual: bool,
    profiles: &[Profile],
    earlier: &[Arc<Model>],
) {
    let same = |model: &&Arc<Model>| {
        model.usual && model.profiles.iter().any(|profile| profiles.contains(profile))
    };
    if let Some(first) = earlier.iter().find(same).filter(|_| usual) {
        let line = entry.line_of("usual");
        let words = format!(
            "`usual` is true, and so it is of model `{}`; a profile has one usual model at most",
            first.id
        );
        entry.refuse(Some(line), "two-usual-models", &words);
    }
}

fn read_fields(entry: &mut Entry<'_>, report: &mut Report) -> Option<Vec<Field>> {
    if !entry.has("fields") {
        entry.missing("fields", "say what is to be read, as in [{ path = \"occupancy\", … }]");
        entry.also_asked(&["fields"]);
        return None;
    }
    let (mut fields, mut well) = (Vec::new(), true);
    for mut field in entry.each("fields") {
        let read = read_field(&mut field);
        well &= field.finish(report) && read.is_some();
        fields.extend(read);
    }
    well.then_some(fields)
}

fn read_field(entry: &mut Entry<'_>) -> Option<Field> {
    entry.call("this field".to_owned());
    let path = entry.required("path", &path());
    if let Some(path) = &path {
        entry.call(format!("field `{path}`"));
    }
    let quantity = entry.required("quantity", &Word::<Quantity>::new());
    let void = entry.optional("void", &ListOf::some(AnyLiteral)).unwrap_or_default();
    let momentary = entry.optional("momentary", &YesOrNo).unwrap_or(false);
    let takes = match quantity? {
        flag if flag.unit() == Unit::Flag => read_flag(entry, momentary),
        number => read_number(entry, number),
    };
    Some(Field { path: path?, quantity: quantity?, takes: takes?, void, momentary })
}

fn read_number(entry: &mut Entry<'_>, quantity: Quantity) -> Option<Takes> {
    let right = quantity.unit();
    let unit = entry.required("unit", &Word::<Measure>::new());
    let times = entry.optional("times", &NOT_ZERO).unwrap_or(1.0);
    let volts = entry.optional("volts", &ABOVE_ZERO);
    for key in ["true_when", "false_when", "bit", "momentary"] {
        refuse_key(entry, key, "is for what is on or off", quantity);
    }
    let unit = unit?;
    let (turned, by, plus) = unit.turned();
    if turned != right {
        let line = entry.line_of("unit");
        let (quantity, right) = (quantity.as_str(), right.as_str());
        let words = format!("{quantity} is kept in {right}, and this unit is none of that kind");
        entry.refuse(Some(line), "wrong-unit", &words);
        return None;
    }
    if unit.is_current() != volts.is_some() {
        let line = entry.line_of("volts");
        let words = "a current becomes a power with `volts`, and nothing else has them";
        entry.refuse(Some(line), "current-without-volts", words);
        return None;
    }
    Some(Takes::Number { times: times * by * volts.unwrap_or(1.0), plus })
}

fn read_flag(entry: &mut Entry<'_>, momentary: bool) -> Option<Takes> {
    for key in ["unit", "times", "volts"] {
        refuse_key(entry, key, "is for numbers", Quantity::Motion);
    }
    let bit = Number::within("a whole number from 0 to 63", |n| {
        n.fract() == 0.0 && (0.0..64.0).contains(&n)
    });
    let bit = entry.optional("bit", &bit);
    let on = entry.optional("true_when", &ListOf::some(AnyLiteral));
    let off = entry.optional("false_when", &ListOf::some(AnyLiteral));
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a whole number from 0 to 63"
    )]
    match (entry.has("bit"), entry.has("true_when")) {
        (true, false) => return bit.map(|bit| Takes::Bit(bit as u32)),
        (false, true) => {}
        _ => {
            entry.missing("true_when", "say at which values it is on, or which `bit` says so");
            return None;
        }
    }
    let on = on?;
    let words = on.iter().any(|literal| matches!(literal, Literal::Text(_)));
    if words && off.is_none() && !momentary {
        let right = "say which words mean off: a sensor that says `error` has not said that";
        entry.missing("false_when", right);
        return None;
    }
    let others = if off.is_some() || words { Others::Unknown } else { Others::Off };
    Some(Takes::Flag { on, off: off.unwrap_or_default(), others })
}

fn refuse_key(entry: &mut Entry<'_>, key: &'static str, words: &str, quantity: Quantity) {
    entry.also_asked(&["true_when", "false_when", "bit", "momentary", "unit", "times", "volts"]);
    if entry.has(key) {
        let line = entry.line_of(key);
        let is = match quantity.unit() {
            Unit::Flag => "this quantity is on or off",
            _ => "this quantity is a number",
        };
        entry.refuse(Some(line), "key-of-another-kind", &format!("`{key}` {words}; {is}"));
    }
}

#[derive(Clone, Copy, PartialEq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
enum BatteryUnit {
    Percent,
    Volt,
    Millivolt,
    Low,
}

fn read_battery(entry: &mut Entry<'_>, report: &mut Report) -> Option<Battery> {
    let mut table = entry.table("battery")?;
    let path = table.required("path", &path());
    let unit = table.required("unit", &Word::<BatteryUnit>::new());
    let says = match unit {
        Some(BatteryUnit::Percent) => Some(BatterySays::Percent),
        Some(BatteryUnit::Low) => {
            let percent = table.required("percent", &PERCENT);
            percent.map(|percent| BatterySays::Low { percent })
        }
        Some(BatteryUnit::Volt | BatteryUnit::Millivolt) => {
            let empty = table.required("empty", &ABOVE_ZERO);
            let full = table.required("full", &ABOVE_ZERO);
            if empty >= full && empty.is_some() && full.is_some() {
                let line = table.line_of("full");
                table.refuse(Some(line), "out-of-range", "`full` must be above `empty`");
            }
            empty.zip(full).map(|(empty, full)| BatterySays::Voltage { empty, full })
        }
        None => {
            table.allow_any_key();
            None
        }
    };
    let well = table.finish(report);
    well.then_some(Battery { path: path?, says: says? })
}

fn read_history(entry: &mut Entry<'_>, report: &mut Report) -> Option<History> {
    let mut table = entry.table("history")?;
    let read = (table.required("path", &path()), table.required("time", &path()));
    let well = table.finish(report);
    well.then_some(History { path: read.0?, time: read.1? })
}

const PERCENT: Number =
    Number::within("a percentage from 0 to 100", |n| (0.0..=100.0).contains(&n));
const NOT_ZERO: Number =
    Number::within("a number other than 0 and at most 1e9", |n| n != 0.0 && n.abs() <= 1e9);

fn path() -> Parsed<Path> {
    Parsed::new("the name of a field, such as \"occupancy\" or \"ENERGY.Power\"", Path::new)
}

/// True or false.
struct YesOrNo;

impl Want for YesOrNo {
    type Is = bool;

    fn wanted(&self) -> String {
        "true or false".to_owned()
    }

    fn read(&self, value: &Raw<'_>) -> Result<bool, Vec<Wrong>> {
        value.get_ref().as_bool().map_or_else(|| self.refuse_type(value), Ok)
    }
}

/// A value as a message may hold it.
struct AnyLiteral;

impl Want for AnyLiteral {
    type Is = Literal;

    fn wanted(&self) -> String {
        "true, false, a number or a text".to_owned()
    }

    fn read(&self, value: &Raw<'_>) -> Result<Literal, Vec<Wrong>> {
        let is = value.get_ref();
        let text = is.as_str().map(Literal::text);
        let flag = is.as_bool().map(Literal::Flag);
        let number = number(is).filter(|number| number.is_finite()).map(Literal::Number);
        text.or(flag).or(number).map_or_else(|| self.refuse_type(value), Ok)
    }
}

/// What a model reads, for a sentence.
pub(super) fn quantities(model: &Model) -> String {
    list(model.fields.iter().map(|field| field.quantity.as_str()))
}
