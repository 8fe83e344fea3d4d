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
    let ids: Vec<&str> = loaded.endpoints.iter().map(|endpoint| endpoint.id.as_str()).collect();
    assert_eq!(ids, ["here", "there"]);
}

#[test]
fn without_the_file_nobody_is_told() {
    assert!(Folder::well().load().endpoints.is_empty());
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
