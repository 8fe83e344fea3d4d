//! Who is told: what is taken, and what is refused.

use crate::folder::{Folder, only};

const FILE: &str = "notify.toml";

fn with(text: &str) -> Folder {
    Folder::well().with(FILE, text.as_bytes())
}

#[test]
fn endpoints_are_read() {
    let loaded = with(
        r#"
[[webhook]]
id = "here"
roles = ["operator"]
url = "http://127.0.0.1:9000/notices"

[[webhook]]
id = "there"
roles = ["operator"]
url = "https://alarms.example/notices"
secret_file = "secret"
"#,
    )
    .load();
    let ids: Vec<&str> =
        loaded.telling.endpoints.iter().map(|endpoint| endpoint.id.as_str()).collect();
    assert_eq!(ids, ["here", "there"]);
}

#[test]
fn without_the_file_nobody_is_told() {
    assert!(Folder::well().load().telling.endpoints.is_empty());
}

#[test]
fn what_anyone_could_forge_is_refused() {
    let text = "[[webhook]]\nid = \"a\"\nroles = [\"operator\"]\nurl = \"http://10.0.0.7/\"\n";
    let problem = only(&with(text));
    assert_eq!((problem.file.as_str(), problem.code), (FILE, "unsigned-webhook"));
    assert_eq!(problem.line, Some(4));
    assert!(problem.sentence.contains("secret_file"), "{problem}");
}

#[test]
fn slips_are_refused_where_they_stand() {
    let well = "[[webhook]]\nid = \"a\"\nroles = [\"operator\"]\nurl = \"http://127.0.0.1/\"\n";
    for (from, to, code, line) in [
        ("\"operator\"", "\"operater\"", "unknown-word", 3),
        ("http://127.0.0.1/", "ftp://127.0.0.1/", "bad-value", 4),
        ("id = \"a\"", "id = \"A b\"", "bad-id", 2),
        ("url", "uri", "unknown-key", 4),
        ("[\"operator\"]", "[]", "empty", 3),
    ] {
        let problems = with(&well.replace(from, to)).problems();
        let found = problems.iter().any(|p| p.code == code && p.line == Some(line));
        assert!(found, "{to}: {problems:#?}");
    }
    let twice = only(&with(&format!("{well}{well}")));
    assert_eq!((twice.code, twice.line), ("duplicate-id", Some(6)));
}

const STILL: &str = r#"
[night]
from = "22:00"
until = "07:00"
because = "the office"

[[ladder]]
id = "still"
kinds = ["fire"]
where = "building"
because = "the office"

[[ladder.step]]
id = "opened"
roles = ["operator"]
after_min = 0

[[ladder.step]]
id = "office"
roles = ["management-office"]
after_min = 3
fallback = "engineer"
at_level = "critical"
"#;

#[test]
fn ladders_reach_every_site_and_change_its_hash() {
    let (plain, loaded) = (Folder::well().load(), with(STILL).load());
    let (before, held) = (&plain.configurations[0], &loaded.configurations[0]);
    assert_ne!(before.hash, held.hash);
    let fire = "fire".parse().unwrap();
    let policy = held.ladders.of(&fire, false).expect("a ladder");
    assert_eq!(policy.steps.len(), 2);
    assert!(held.ladders.of(&fire, true).is_none(), "a home has none");
    assert!(before.ladders.of(&fire, false).is_none());
    assert!(held.ladders.night.is_some());
    let other = with(&STILL.replace("after_min = 3", "after_min = 4")).load();
    assert_ne!(other.configurations[0].hash, held.hash);
}

#[test]
fn ladders_that_would_let_somebody_wait_are_refused() {
    for (from, to, code) in [
        ("after_min = 0", "after_min = 1", "ladder-waits"),
        ("roles = [\"operator\"]", "roles = [\"resident\"]", "ladder-waits"),
        ("roles = [\"management-office\"]", "roles = [\"resident\"]", "ladder-unheard"),
        ("fallback = \"engineer\"", "fallback = \"management-office\"", "idle-fallback"),
        ("kinds = [\"fire\"]", "kinds = [\"fires\"]", "unknown-kind"),
        ("\"22:00\"", "\"22:60\"", "bad-value"),
        ("after_min = 3", "after_min = 2000", "out-of-range"),
        ("\"management-office\"", "\"manager\"", "unknown-word"),
        ("id = \"office\"", "id = \"opened\"", "duplicate-id"),
        ("because = \"the office\"\n\n[[ladder.step]]", "\n[[ladder.step]]", "missing-key"),
    ] {
        let problems = with(&STILL.replacen(from, to, 1)).problems();
        assert!(problems.iter().any(|problem| problem.code == code), "{to}: {problems:#?}");
    }
}

const PROVIDER: &str = r#"
id = "text"
because = "the provider's manual"
method = "POST"
url = "https://sms.example/send"
secrets = ["key"]
settings = ["from"]
body_is = "json"
body = '{"to": {{ to }}, "from": {{ settings.from }}, "text": {{ text }}}'
[headers]
X-Key = "{{ secrets.key }}"
[taken]
status = [200]
"#;

const TOLD: &str = r#"
holidays = ["2026-09-25"]

[[email]]
id = "mail"
server = "smtps://mail.example"
from = "jikimi@center.example"

[[provider]]
id = "sms"
template = "text"
secrets = { key = "/etc/jikimi-secret/sms" }
settings = { from = "0621234567" }

[[shift]]
id = "night"
from = "21:00"
until = "08:00"
holidays = "never"

[[person]]
id = "duty"
roles = ["operator", "worker-1"]
shifts = ["night"]
off = ["2026-12-24..2026-12-26"]
phone = "010-1234-5678"
email = "duty@center.example"
ways = ["sms", "mail"]
"#;

#[test]
fn persons_are_read_with_their_ways_and_shifts() {
    let folder = Folder::well().with("providers/text.toml", PROVIDER).with("notify.toml", TOLD);
    let telling = folder.load().telling;
    let [duty] = &telling.persons[..] else { panic!("{:?}", telling.persons) };
    assert_eq!(duty.ways, ["sms", "mail"]);
    assert_eq!((duty.shifts[0].id.as_str(), duty.shifts[0].dates.len()), ("night", 1));
    assert_eq!(telling.ways.providers[0].template.id, "text");
}

#[test]
fn what_could_reach_nobody_is_refused_with_its_line() {
    let problems = |from: &str, to: &str| {
        assert!(TOLD.contains(from), "{from}");
        let folder = Folder::well().with("providers/text.toml", PROVIDER);
        folder.with("notify.toml", TOLD.replace(from, to)).problems()
    };
    for (from, to, code) in [
        ("ways = [\"sms\", \"mail\"]", "ways = [\"smss\"]", "unknown-way"),
        ("shifts = [\"night\"]", "shifts = [\"day\"]", "unknown-shift"),
        ("phone = \"010-1234-5678\"\n", "", "no-address"),
        ("smtps://", "smtp://", "no-tls"),
        ("template = \"text\"", "template = \"txet\"", "unknown-template"),
        ("settings = { from = \"0621234567\" }\n", "", "missing-key"),
        ("holidays = [\"2026-09-25\"]\n", "", "no-holidays"),
        ("..2026-12-26", "..2026-12-22", "bad-value"),
    ] {
        let found = problems(from, to);
        let codes: Vec<_> = found.iter().map(|problem| problem.code).collect();
        assert_eq!(codes, [code], "{from} → {to}: {found:?}");
        assert!(found[0].file == "notify.toml" && found[0].line.is_some(), "{found:?}");
    }
}
