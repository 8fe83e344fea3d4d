//! What a database says has happened, without the moments at which we learnt of it.

use std::collections::BTreeMap;

use jikimi::domain::{Input, Message, MessageKey};
use jikimi::store::{Arg, Db, Row, input_of};

/// Faults about our own outage and about silence, which an outage of ours interrupts by design.
const OURS: &str = "('unwatched', 'device-silent')";

const MESSAGES: &str = "SELECT kind, device, received_at, at, quality, body FROM input \
     WHERE kind IN ('reading', 'alarm')";

#[derive(Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// Sender's message id → how often it is stored.
    pub messages: BTreeMap<String, u32>,
    /// Site, kind, place, n, rule, source, event time → how often.
    pub evidence: BTreeMap<String, u32>,
    /// Incident, from, to, cause → how often.
    pub transitions: BTreeMap<String, u32>,
    /// Outbox key → how often.
    pub notices: BTreeMap<String, u32>,
}

impl Facts {
    pub async fn of(database: &str) -> Self {
        let db = Db::open(database).await.expect("the database opens");
        let messages = db.all(MESSAGES, Vec::new()).await.expect("messages");
        let evidence = format!(
            "SELECT site || '/' || kind || '/' || place || '/' || n || ' ' || rule || ' ' || \
             source || ' ' || at AS fact FROM evidence WHERE kind NOT IN {OURS}"
        );
        let transitions = format!(
            "SELECT site || '/' || kind || '/' || place || '/' || n || ' ' || from_state || \
             ' > ' || to_state || ' ' || cause AS fact FROM transition WHERE kind NOT IN {OURS}"
        );
        let notices = format!("SELECT key AS fact FROM outbox WHERE kind NOT IN {OURS}");
        let facts = Self {
            messages: messages.iter().fold(BTreeMap::new(), |mut counts, row| {
                *counts.entry(sender_id(row)).or_default() += 1;
                counts
            }),
            evidence: counted(&db, &evidence).await,
            transitions: counted(&db, &transitions).await,
            notices: counted(&db, &notices).await,
        };
        db.close().await;
        facts
    }

    /// Differences in words, the first few of each sort.
    pub fn differences(&self, other: &Self) -> Vec<String> {
        let mut said = Vec::new();
        let pairs = [
            ("message", &self.messages, &other.messages),
            ("evidence", &self.evidence, &other.evidence),
            ("transition", &self.transitions, &other.transitions),
            ("notice", &self.notices, &other.notices),
        ];
        for (sort, expected, found) in pairs {
            let mut keys: Vec<&String> = expected.keys().chain(found.keys()).collect();
            keys.sort();
            keys.dedup();
            let differ = keys.into_iter().filter(|key| expected.get(*key) != found.get(*key));
            said.extend(differ.take(8).map(|key| {
                let count = |facts: &BTreeMap<String, u32>| facts.get(key).copied().unwrap_or(0);
                format!("{sort} {key}: expected {}, found {}", count(expected), count(found))
            }));
        }
        said
    }
}

fn sender_id(row: &Row) -> String {
    match input_of(row).expect("an input") {
        Input::Message(Message { key: MessageKey::Id(id), .. }) => id,
        other => panic!("no message with a sender's id: {other:?}"),
    }
}

async fn counted(db: &Db, sql: &str) -> BTreeMap<String, u32> {
    let rows = db.all(sql, Vec::<Arg>::new()).await.expect("facts");
    rows.iter().fold(BTreeMap::new(), |mut counts, row| {
        *counts.entry(row.text("fact").expect("a fact")).or_default() += 1;
        counts
    })
}
