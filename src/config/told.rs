//! How a situation is told: the messages to people and the words of CAP, from its file.

use super::entry::Entry;
use super::problem::Report;
use super::want::{Text, Word, quoted};
use crate::domain::Words;
use crate::situation::{
    Cap, Category, Certainty, Message, Moment, Response, Urgency, unknown_word,
};

pub(super) fn message(mut entry: Entry<'_>, report: &mut Report) -> Option<Message> {
    let when = entry.required("when", &Word::<Moment>::new());
    let ko = sentence(&mut entry, "ko", "what is said in Korean");
    let en = sentence(&mut entry, "en", "what is said in English");
    let well = entry.finish(report);
    well.then_some(Message { when: when?, text: Words::new(ko?, en?) })
}

/// A sentence in which only a place and a reason are left open.
fn sentence(entry: &mut Entry<'_>, key: &'static str, wanted: &'static str) -> Option<String> {
    let text = entry.required(key, &Text(wanted))?;
    if let Some(word) = unknown_word(&text) {
        let line = entry.line_of(key);
        let words = format!(
            "`{key}` leaves {} open, and nothing is known to put there; it may leave {{place}} and \
             {{reason}} open",
            quoted(word)
        );
        entry.refuse(Some(line), "unknown-word", &words);
    }
    Some(text)
}

pub(super) fn cap(entry: &mut Entry<'_>, well: &mut bool, report: &mut Report) -> Option<Cap> {
    let mut table = entry.table("cap")?;
    let category = table.required("category", &Word::<Category>::new());
    let event = table.required("event", &Text("what the alert is about"));
    let urgency = table.required("urgency", &Word::<Urgency>::new());
    let certainty = table.required("certainty", &Word::<Certainty>::new());
    let response = table.required("response", &Word::<Response>::new());
    *well &= table.finish(report);
    let (urgency, certainty, response) = (urgency?, certainty?, response?);
    Some(Cap { category: category?, event: event?, urgency, certainty, response })
}
