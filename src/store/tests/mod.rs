//! What both engines have to do alike, on both.

mod kept;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::*;
use crate::domain::household::Change;
use crate::domain::time::Timestamp;
use crate::domain::{
    Content, Input, Message, MessageKey, MessageKind, Quantity, TimeQuality, Value,
};
use crate::monitor::{Effect, Noted, Numbered, Step};
use crate::store::postgres::Postgres;

const DAY: i64 = 86_400;

/// Both engines, empty.
async fn both() -> [(Db, Option<tempfile::TempDir>); 2] {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("texts.db").display());
    let sqlite = Db::open(&url).await.unwrap();
    let postgres = Db::open(&Postgres::shared().database()).await.unwrap();
    [(sqlite, Some(folder)), (postgres, None)]
}

#[tokio::test]
async fn every_text_is_one_that_both_engines_understand() {
    for (db, _folder) in both().await {
        let is_postgres = matches!(db, Db::Postgres(_));
        let mut connection = db.connection().await.unwrap();
        let texts = [
            answers::texts(),
            cap::texts(),
            commit::texts(),
            log::texts(is_postgres),
            data::texts(),
            erasing::texts(),
            households::texts(),
            notices::texts(),
            partitions::texts(is_postgres),
            persons::texts(),
            people::texts(),
            recall::texts(),
            response::texts(),
            retention::texts(),
            seat::texts(is_postgres),
            signs::texts(),
            statements::texts(is_postgres),
            trail::texts(),
            writer::texts(),
            views::texts(),
        ]
        .concat();
        assert!(texts.len() > 50, "{} statements", texts.len());
        for text in texts {
            // Preparing resolves every table and column; nothing is run.
            let prepared = connection.prepare(&text).await;
            assert!(prepared.is_ok(), "{text}: {:?}", prepared.err());
        }
        drop(connection);
        db.close().await;
    }
}

// ── what is written is what is read ──

const SITE: &str = "tower";

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_795_446_000 + seconds).unwrap()
}

fn message(second: i64) -> Message {
    Message {
        device: "heat-1".parse().unwrap(),
        kind: MessageKind::Reading,
        received_at: at(second),
        claimed_at: Some(at(second)),
        at: at(second),
        quality: TimeQuality::Device,
        retained: false,
        repeated: false,
        key: MessageKey::Id(second.to_string()),
        content: Content::Readings(vec![(Quantity::Temperature, Value::Number(20.5))]),
        battery_percent: None,
    }
}

fn stepped(position: u64, second: i64, input: Input) -> Stepped {
    let noted = match &input {
        Input::Message(message) => {
            let Message { at, quality, .. } = *message;
            let previous = position.checked_sub(1).filter(|p| *p > 0);
            Some(Noted { at, quality, previous, numbered: Numbered::InTurn })
        }
        _ => None,
    };
    let step = Step { position, step_at: at(second), noted, effects: Vec::new() };
    Stepped { site: SITE.parse().unwrap(), input, step }
}

fn filling(positions: std::ops::Range<u64>, second: impl Fn(u64) -> i64) -> Arc<Commit> {
    let steps = positions.map(|position| {
        stepped(position, second(position), Input::Message(message(second(position))))
    });
    Arc::new(Commit { steps: steps.collect(), ..Commit::default() })
}

async fn inputs(db: &Db) -> Vec<(i64, Input)> {
    let sql = "SELECT position, kind, device, received_at, at, quality, body FROM input \
               ORDER BY position";
    let rows = db.all(sql, Vec::new()).await.unwrap();
    rows.iter().map(|row| (row.int("position").unwrap(), input_of(row).unwrap())).collect()
}

/// Both engines, each with a writer.
async fn stores() -> [(Store, Option<tempfile::TempDir>); 2] {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("store.db").display());
    let sqlite = Store::open(&url).await.unwrap();
    let postgres = Store::open(&Postgres::shared().database()).await.unwrap();
    [(sqlite, Some(folder)), (postgres, None)]
}

/// Every sort of oddity that a message may have.
fn odd(n: i64) -> Message {
    let mut odd = message(n);
    match n % 8 {
        0 => {}
        1 => (odd.quality, odd.claimed_at) = (TimeQuality::Receipt, None),
        2 => (odd.quality, odd.claimed_at) = (TimeQuality::WrongClock, Some(at(-1_000_000_000))),
        3 => (odd.quality, odd.claimed_at) = (TimeQuality::Late, None),
        4 => odd.key = MessageKey::Sequence { seq: u64::MAX, at: Some(at(n)) },
        5 => (odd.retained, odd.repeated, odd.battery_percent) = (true, true, Some(0.1 + 0.2)),
        6 => {
            odd.kind = MessageKind::Waveform;
            odd.content =
                Content::Waveform { rate_hz: 31.25, x: vec![0.1], y: vec![-0.0], z: vec![1e-30] };
        }
        _ => {
            odd.kind = MessageKind::Status;
            odd.content = Content::Status { online: n % 2 == 0 };
            odd.key = MessageKey::Anonymous(u64::MAX - 1);
        }
    }
    odd
}

#[tokio::test]
async fn an_input_is_read_back_as_it_was_stepped_however_many_are_written_at_once() {
    for (store, _folder) in stores().await {
        let mut position = 0;
        let mut expected = Vec::new();
        // Around every number of places that a statement has.
        for rows in [1, 2, 8, 9, 63, 65, 256, 500, 513, 1024, 1025, 3000] {
            let mut steps = Vec::new();
            for _ in 0..rows {
                position += 1;
                let n = i64::try_from(position).unwrap();
                let input = if n % 50 == 0 { Input::CaughtUp } else { Input::Message(odd(n)) };
                expected.push((n, input.clone()));
                let mut stepped = stepped(position, n, input);
                if let Some(noted) = stepped.step.noted.as_mut().filter(|_| n % 3 == 0) {
                    // The monitor does not believe it.
                    (noted.at, noted.quality) = (at(n + 7), TimeQuality::WrongClock);
                }
                steps.push(stepped);
            }
            store.commit(Arc::new(Commit { steps, ..Commit::default() })).await.unwrap();
        }
        let found = inputs(&store.db).await;
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(&expected) {
            assert_eq!(found, expected);
        }
        let sql = "SELECT COUNT(*) AS n FROM input WHERE at = received_at AND quality = 'device'";
        let believed = store.db.first(sql, Vec::new()).await.unwrap().unwrap().int("n").unwrap();
        assert!(believed > 1000, "columns say what the monitor settled on: {believed}");
        store.close().await;
    }
}

#[tokio::test]
async fn a_batch_is_stored_whole_or_not_at_all_and_the_next_one_is() {
    for (store, _folder) in stores().await {
        store.commit(filling(1..10, |_| 0)).await.unwrap();
        // Its last row has a position that is taken.
        let mut twice = (*filling(10..20, |_| 0)).clone();
        twice.steps.push(stepped(5, 0, Input::Message(message(0))));
        let error = store.commit(Arc::new(twice)).await.unwrap_err();
        assert!(error.is_about_the_data(), "{error:?}");
        assert_eq!(inputs(&store.db).await.len(), 9);
        store.commit(filling(10..20, |_| 0)).await.unwrap();
        assert_eq!(inputs(&store.db).await.len(), 19);
        store.close().await;
    }
}

// ── days, and how long they are kept ──

async fn snapshot(store: &Store, position: u64, second: i64) {
    let taken = SnapshotTaken {
        site: SITE.parse().unwrap(),
        position,
        step_at: at(second),
        taken_at: at(second),
        configuration: "cafe".to_owned(),
        parts: BTreeMap::from([("rest".to_owned(), "{}".to_owned())]),
        heads: vec![("heat-1".to_owned(), position)],
    };
    store.keep_snapshot(taken).await.unwrap();
}

#[tokio::test]
async fn midnight_finds_its_partition_there() {
    let store = Store::open(&Postgres::shared().database()).await.unwrap();
    let days = async || {
        let sql = "SELECT CAST(relname AS TEXT) AS name FROM pg_class JOIN pg_inherits \
                   ON inhrelid = pg_class.oid WHERE inhparent = CAST('input' AS regclass) \
                   ORDER BY relname";
        let rows = store.db.all(sql, Vec::new()).await.unwrap();
        rows.iter().map(|row| row.text("name").unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(days().await, [""; 0]);
    store.commit(filling(1..3, |_| 0)).await.unwrap();
    assert_eq!(days().await, ["input_20261123", "input_20261124"]);
    store.commit(filling(3..5, |_| DAY)).await.unwrap();
    assert_eq!(days().await, ["input_20261123", "input_20261124", "input_20261125"]);
    store.close().await;
    // Another process finds them there.
    store.db.close().await;
}

// ── PostgreSQL: whose it is, and what is whose fault ──

#[tokio::test]
async fn a_nul_is_the_messages_fault_and_a_lost_session_is_nobodys() {
    let store = Store::open(&Postgres::shared().database()).await.unwrap();
    let sql = "INSERT INTO configuration (hash, activated_at, body) VALUES ($1, $2, $3)";
    let nul = store.statement(sql, vec!["a\0b".into(), 0i64.into(), "".into()]).await;
    assert!(nul.unwrap_err().is_about_the_data());
    let twice = || vec!["twice".into(), 0i64.into(), "".into()];
    store.statement(sql, twice()).await.unwrap();
    assert!(store.statement(sql, twice()).await.unwrap_err().is_about_the_data());
    store.db.all(END_WRITERS, Vec::new()).await.unwrap();
    let lost = store.commit(filling(1..9, |_| 0)).await.unwrap_err();
    assert!(!lost.is_about_the_data(), "{lost:?}");
    store.regain().await.unwrap();
    store.commit(filling(1..9, |_| 0)).await.unwrap();
    store.close().await;
}

/// Ends every session that has an advisory lock on this database.
const END_WRITERS: &str = "SELECT CAST(pg_terminate_backend(pid, 5000) AS INTEGER) AS ended \
     FROM pg_locks WHERE locktype = 'advisory' AND database = \
     (SELECT oid FROM pg_database WHERE datname = current_database())";

#[tokio::test]
async fn a_process_that_lost_the_database_writes_nothing_until_it_has_it_again() {
    let url = Postgres::shared().database();
    let first = Store::open(&url).await.unwrap();
    assert!(matches!(Store::open(&url).await, Err(StoreError::InUse { .. })));
    first.commit(filling(1..5, |_| 0)).await.unwrap();

    // Its session ends, and another process is faster to take the database.
    let watcher = Db::open(&url).await.unwrap();
    watcher.all(END_WRITERS, Vec::new()).await.unwrap();
    let second = Store::open(&url).await.unwrap();
    second.commit(filling(5..9, |_| 0)).await.unwrap();
    for _ in 0..3 {
        assert!(first.commit(filling(9..12, |_| 0)).await.is_err(), "a zombie wrote");
        assert!(first.regain().await.is_err());
    }
    assert_eq!(inputs(&watcher).await.len(), 8);

    // The other goes. What the first knew is old, and it is told so before it writes again.
    second.close().await;
    let told = first.regain().await;
    assert!(matches!(told, Err(StoreError::Overtaken)), "{told:?}");
    first.regain().await.unwrap();
    first.commit(filling(9..12, |_| 0)).await.unwrap();
    assert_eq!(inputs(&watcher).await.len(), 11);
    first.close().await;
}

// ── who has moved out ──

fn place() -> crate::domain::Site {
    use crate::domain::{Device, Home, Mounted, Site};
    let home = Home { id: "h1".parse().unwrap(), building: "main".parse().unwrap() };
    let device = Device {
        id: "heat-1".parse().unwrap(),
        kind: None,
        mounted: Mounted::Home(home.id.clone()),
        reads: vec![Quantity::Temperature],
        silent_after: None,
        gateway: None,
    };
    Site {
        id: SITE.parse().unwrap(),
        name: SITE.to_owned(),
        timezone: "Asia/Seoul".to_owned(),
        buildings: BTreeMap::new(),
        storeys: BTreeMap::new(),
        zones: BTreeMap::new(),
        homes: BTreeMap::from([(home.id.clone(), home)]),
        passages: Vec::new(),
        exits: Vec::new(),
        signs: BTreeMap::new(),
        devices: BTreeMap::from([(device.id.clone(), device)]),
        registered_only: true,
        care: crate::care::Budget::default(),
        crowd: crate::domain::Crowd::default(),
    }
}

/// A change of the household at a position, as the monitor would have taken it.
async fn changed(store: &Store, position: u64, second: i64, change: Change) {
    let (home, household) = ("h1".parse().unwrap(), "hh-1".parse().unwrap());
    let mut stepped = stepped(position, second, Input::Wake);
    stepped.step.effects = vec![Effect::Household { home, household, change, at: at(second) }];
    store.commit(Arc::new(Commit { steps: vec![stepped], ..Commit::default() })).await.unwrap();
}

#[tokio::test]
async fn nothing_is_left_of_who_moved_out_once_a_snapshot_covers_it() {
    let keys = crate::personal::Keys::read(&"7b".repeat(32)).unwrap();
    let persons: crate::personal::Persons =
        serde_json::from_str(r#"{"residents":[{"name":"홍길동"}]}"#).unwrap();
    let (site, household) = (SITE.parse().unwrap(), "hh-1".parse().unwrap());
    let told = || crate::audit::Entry::new("kim", None, crate::audit::Action::PersonChanged);
    for (store, _folder) in stores().await {
        store.commit(filling(1..40, |position| i64::try_from(position).unwrap())).await.unwrap();
        changed(&store, 40, 45, Change::MoveIn { since: at(0) }).await;
        let whose = (&site, &household);
        assert!(crate::personal::keep(&store, &keys, whose, &persons, told()).await.unwrap());
        assert_eq!(
            crate::personal::open(&store, &keys, whose).await.unwrap(),
            Some(persons.clone())
        );
        changed(&store, 41, 50, Change::MoveOut).await;
        for table in ["household_key", "personal"] {
            let rows = store.db.all(&format!("SELECT * FROM {table}"), Vec::new()).await.unwrap();
            assert!(rows.is_empty(), "{table} at once");
        }
        assert!(!crate::personal::keep(&store, &keys, whose, &persons, told()).await.unwrap());
        let mut next = (*filling(42..45, |position| 20 + i64::try_from(position).unwrap())).clone();
        // The device's message before it is the last one of who moved out.
        next.steps[0].step.noted =
            next.steps[0].step.noted.map(|noted| Noted { previous: Some(39), ..noted });
        store.commit(Arc::new(next)).await.unwrap();
        assert_eq!(store.erase_moved_out(&place(), at(70)).await.unwrap(), 0, "no snapshot yet");
        let done = "INSERT INTO snapshot_done (site, position, format, configuration, step_at, \
                    taken_at) VALUES ('tower', 43, $1, 'cafe', 0, 0)";
        let format = vec![Arg::Int(crate::monitor::FORMAT)];
        store.touched(vec![(done.into(), format)]).await.unwrap();
        assert_eq!(store.erase_moved_out(&place(), at(70)).await.unwrap(), 39);
        let left: Vec<i64> = inputs(&store.db).await.into_iter().map(|(at, _)| at).collect();
        assert_eq!(left, [40, 41, 42, 43, 44], "the next one's stay");
        let said = store.db.all("SELECT action FROM audit ORDER BY n", Vec::new()).await.unwrap();
        assert_eq!(said.last().unwrap().text("action").unwrap(), "person-deleted");
        assert_eq!(store.erase_moved_out(&place(), at(71)).await.unwrap(), 0, "once");
        store.close().await;
    }
}

#[tokio::test]
async fn values_of_every_sort_come_back_however_many_statements_are_sent_at_once() {
    let odd = ["it's $1 'n' $2", r"C:\new $10", "한국어 \"x\"", "", "'; DROP TABLE odd; --"];
    for (db, _folder) in both().await {
        let mut on = db.connection().await.unwrap();
        let blob = if matches!(db, Db::Postgres(_)) { "BYTEA" } else { "BLOB" };
        let table =
            format!("CREATE TABLE odd (n BIGINT, words TEXT, r DOUBLE PRECISION, b {blob})");
        on.run(&table, Vec::new()).await.unwrap();
        let mut statements = statements::Statements::default();
        let rows = |n: i64| -> Vec<Arg> {
            let words = odd[usize::try_from(n).unwrap() % odd.len()];
            let real = if n == 0 {
                Arg::Null
            } else {
                Arg::Real(1.0 / f64::from(i32::try_from(n).unwrap()))
            };
            vec![Arg::Int(i64::MIN + n), words.into(), real, vec![0, b'\'', 92, 255].into()]
        };
        for n in 0..2_500 {
            statements.run("INSERT INTO odd (n, words, r, b) VALUES ($1, $2, $3, $4)", rows(n));
        }
        // Later ones see what earlier ones wrote.
        statements.run(
            "UPDATE odd SET n = n - $1 WHERE n >= $2",
            vec![Arg::Int(i64::MIN), Arg::Int(i64::MIN + 1)],
        );
        assert_eq!(statements.write(&mut on).await.unwrap(), 4_999);
        let found = on.all("SELECT n, words, r, b FROM odd ORDER BY n", Vec::new()).await.unwrap();
        assert_eq!(found.len(), 2_500);
        for (row, n) in found.iter().zip(0_i64..) {
            let [_, Arg::Text(words), real, Arg::Blob(bytes)] = &rows(n)[..] else { panic!() };
            assert_eq!(row.int("n").unwrap(), if n == 0 { i64::MIN } else { n });
            assert_eq!(
                (row.text("words").unwrap(), row.blob("b").unwrap()),
                (words.clone(), bytes.clone())
            );
            if let Arg::Real(real) = real {
                assert_eq!(row.real("r").unwrap().to_bits(), real.to_bits());
            }
        }
        on.run("DROP TABLE odd", Vec::new()).await.unwrap();
        drop(on);
        db.close().await;
    }
}
