//! `providers/*.toml`: how each provider of texts and calls wants to be asked.

use std::sync::Arc;

use super::channels::Texts;
use super::document::Document;
use super::entry::Entry;
use super::names::Taken as Given;
use super::nearest::hint;
use super::problem::Report;
use super::want::{Count, IdOf, ListOf, Parsed, Raw, Text, Want, Word, Wrong, YesOrNo, quoted};
use crate::notify::provider::{AnswerRule, BodyIs, Method, Receipt, Says, Taken, Template};

/// Every template of the files.
#[derive(Default)]
pub(super) struct Providers {
    read: Vec<Arc<Template>>,
    all: bool,
}

enum Named {}

/// Reads every template; `whole` says whether every file could be read.
pub(super) fn read(documents: &[Document<'_>], whole: bool, report: &mut Report) -> Providers {
    let all = whole && !documents.iter().any(Document::is_broken);
    let mut providers = Providers { read: Vec::new(), all };
    let mut taken = Given::among("among providers' templates");
    for document in documents {
        let mut root = document.root("provider");
        let template = read_template(&mut root, &mut taken, report);
        let well = root.finish(report);
        match template.filter(|_| well) {
            Some(template) => providers.read.push(Arc::new(template)),
            None => providers.all = false,
        }
    }
    providers
}

fn read_template(root: &mut Entry<'_>, taken: &mut Given, report: &mut Report) -> Option<Template> {
    let id = root.id::<Named>();
    if let Some(id) = &id {
        taken.give(root, id);
    }
    let because = root.required("because", &Text("where it is written what it wants")).is_some();
    let method = root.required("method", &Word::<Method>::new());
    let url = root.required("url", &Text("the address, as a template"));
    let headers = root.optional("headers", &Texts("templates of headers, by name"));
    let body = root.required("body", &Text("the body, as a template"));
    let body_is = root.required("body_is", &Word::<BodyIs>::new());
    let names = ListOf::some(Text("a name"));
    let secrets = root.optional("secrets", &names).unwrap_or_default();
    let settings = root.optional("settings", &names).unwrap_or_default();
    let link = root.optional("link", &YesOrNo).unwrap_or(false);
    if !root.has("taken") {
        root.missing("taken", "say when an answer means that it was taken, as in [taken]");
    }
    let took = root.table("taken").and_then(|entry| read_taken(entry, report));
    let events = root.optional("events", &at());
    let has = (root.has("receipt"), root.has("answer"));
    let receipt = root.table("receipt").and_then(|entry| read_receipt(entry, report));
    let answer = root.table("answer").and_then(|entry| read_answer(entry, report));
    let whole = has == (receipt.is_some(), answer.is_some());
    let template = Template {
        id: id?.to_string(),
        method: method?,
        url: url?,
        headers: headers.unwrap_or_default().into_iter().collect(),
        body: body?,
        body_is: body_is?,
        secrets,
        settings,
        link,
        taken: took?,
        events,
        receipt,
        answer,
    };
    if let Err(error) = template.check() {
        let key = error.part.split('.').next().unwrap_or("body").to_owned();
        let at = root.line_of(&key);
        root.refuse(Some(at), "bad-template", &error.to_string());
    }
    (because && whole).then_some(template)
}

fn read_receipt(mut entry: Entry<'_>, report: &mut Report) -> Option<Receipt> {
    let handle = entry.required("handle", &at());
    let place = entry.required("at", &at());
    let delivered = entry.required("delivered", &words());
    let failed = entry.required("failed", &words());
    let well = entry.finish(report);
    let receipt = Receipt { handle: handle?, at: place?, delivered: delivered?, failed: failed? };
    well.then_some(receipt)
}

fn read_answer(mut entry: Entry<'_>, report: &mut Report) -> Option<AnswerRule> {
    let token = entry.required("token", &at());
    let place = entry.required("at", &at());
    let mut list = |key| entry.optional(key, &words()).unwrap_or_default();
    let (fine, help, acknowledge) = (list("fine"), list("help"), list("acknowledge"));
    if fine.is_empty() && help.is_empty() && acknowledge.is_empty() {
        let words = "no answer means anything; say `fine`, `help` or `acknowledge`";
        entry.refuse(None, "no-answer", words);
    }
    let well = entry.finish(report);
    well.then_some(AnswerRule { token: token?, at: place?, fine, help, acknowledge })
}

const POINTER: &str = "a place in a JSON document such as \"/messages/0/id\"";

fn pointer(text: &str) -> Option<String> {
    (text.starts_with('/') && text.len() > 1).then(|| text.to_owned())
}

fn at() -> Parsed<String> {
    Parsed::new(POINTER, pointer)
}

fn words() -> ListOf<Text> {
    ListOf::some(Text("what stands there"))
}

fn read_taken(mut entry: Entry<'_>, report: &mut Report) -> Option<Taken> {
    let status = entry.required("status", &ListOf::some(Count));
    let place = entry.optional("at", &at());
    let is = entry.optional("is", &words());
    if place.is_some() != is.is_some() {
        let words = "`at` says where the answer says it, `is` what it says then; say both, or \
                     neither where the status says it all";
        entry.refuse(None, "half-a-rule", words);
    }
    let handle = entry.optional("handle", &at());
    let well = entry.finish(report);
    let status = status?.into_iter().map(|code| u16::try_from(code).unwrap_or(0)).collect();
    let says = place.zip(is).map(|(at, is)| Says { at, is });
    well.then_some(Taken { status, says, handle })
}

impl Want for Providers {
    /// None where it cannot be known whether it exists.
    type Is = Option<Arc<Template>>;

    fn wanted(&self) -> String {
        "the id of a template in providers/".to_owned()
    }

    fn read(&self, value: &Raw<'_>) -> Result<Self::Is, Vec<Wrong>> {
        let id = IdOf::<Named>::new().read(value)?;
        let found = self.read.iter().find(|template| template.id == id.as_str());
        if found.is_some() || !self.all {
            return Ok(found.cloned());
        }
        let hint = hint(id.as_str(), self.read.iter().map(|template| template.id.as_str()));
        let words = format!("names {}, which does not exist{hint}", quoted(id.as_str()));
        Err(vec![Wrong { at: value.span().start, code: "unknown-template", words }])
    }
}
