//! `situations/*.toml`: the disasters that rules may speak of.

use std::collections::BTreeMap;

use super::document::Document;
use super::entry::Entry;
use super::names::{Known, Names, Taken, refuse_reserved};
use super::policies;
use super::problem::Report;
use super::want::{Text, Word};
use crate::domain::{KindId, Scope};
use crate::situation::Situation;

type Kind = <KindId as Names>::Of;

/// Every situation of the files, and the names that rules may use.
pub(super) struct Situations {
    pub names: Known<Kind>,
    pub read: BTreeMap<KindId, Situation>,
}

/// Reads every situation; `whole` says whether every file could be read.
pub(super) fn read(documents: &[Document<'_>], whole: bool, report: &mut Report) -> Situations {
    let all = whole && !documents.iter().any(Document::is_broken);
    let names = Known::new("situation", "unknown-situation", all);
    let mut situations = Situations { names, read: BTreeMap::new() };
    let mut taken = Taken::among("among situations");
    for document in documents {
        let root = document.root("situation");
        let situation = read_situation(root, &mut situations.names, &mut taken, report);
        situations.read.extend(situation.map(|read| (read.id.clone(), read)));
    }
    situations
}

fn read_situation(
    mut entry: Entry<'_>,
    names: &mut Known<Kind>,
    taken: &mut Taken,
    report: &mut Report,
) -> Option<Situation> {
    let id = entry.id();
    if let Some(id) = &id {
        names.add(id);
        taken.give(&mut entry, id);
        refuse_reserved(&mut entry, "id", id);
    }
    let name = entry.required("name", &Text("what people call it in Korean"));
    let name_en = entry.required("name_en", &Text("what people call it in English"));
    let scope = entry.required("scope", &Word::<Scope>::new());
    let policy = policies::read(&mut entry, report);
    let well = entry.finish(report);
    let (name, name_en, scope) = (name?, name_en?, scope?);
    well.then_some(Situation { id: id?, name, name_en, scope, policy })
}
