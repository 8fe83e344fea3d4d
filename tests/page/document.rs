//! The console was made for an API: what it was made for still stands in what the service says.
//! More may stand there; what has gone, or has become something else, is told here and not by a
//! page that stays empty.

use std::path::Path;

use serde_json::Value;

use crate::building::Building;

/// What the second lacks of the first, as paths into it.
fn missing(made_for: &Value, said: &Value, at: &str, found: &mut Vec<String>) {
    match (made_for, said) {
        (Value::Object(made_for), Value::Object(said)) => {
            for (key, value) in made_for {
                let at = format!("{at}/{key}");
                match said.get(key) {
                    Some(other) => missing(value, other, &at, found),
                    None => found.push(at),
                }
            }
        }
        (Value::Array(made_for), Value::Array(said)) => {
            let has = |one: &Value| {
                said.iter().any(|other| {
                    let mut lacks = Vec::new();
                    missing(one, other, "", &mut lacks);
                    lacks.is_empty()
                })
            };
            found.extend(made_for.iter().filter(|one| !has(one)).map(|one| format!("{at}: {one}")));
        }
        (one, other) if one == other => {}
        (one, other) => found.push(format!("{at}: {one}, now {other}")),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_service_still_says_all_that_the_console_was_made_for() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let building = Building::new().await;
    let said = building.service.get("/api/openapi.json").await;
    if std::env::var_os("JIKIMI_TYPES").is_some() {
        std::fs::create_dir_all(root.join("target")).expect("a folder");
        std::fs::write(root.join("target/openapi.json"), said.to_string()).expect("written");
        return;
    }
    let text = std::fs::read_to_string(root.join("web/openapi.json")).expect("the document");
    let mut made_for: Value = serde_json::from_str(&text).expect("JSON");
    made_for.as_object_mut().expect("an object").remove("info");
    let mut gone = Vec::new();
    missing(&made_for, &said, "", &mut gone);
    assert_eq!(gone, Vec::<String>::new(), "run `make types` and mend the console");
}
