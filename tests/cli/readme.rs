//! What the README tells people to type works as it stands there.

use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Parser as _;
use jikimi::cli::Cli;

use crate::service::{Home, Service, Via, free_port, until};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every line of every `sh` block, as words.
fn commands() -> Vec<Vec<String>> {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let blocks = readme.split("```sh\n").skip(1);
    let lines = blocks.flat_map(|block| block.split("```").next().unwrap().lines());
    lines.filter(|line| !line.trim().is_empty()).map(words).collect()
}

/// Words as a shell tells them apart: by blanks, but not within single quotes.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for (n, part) in line.split('\'').enumerate() {
        match n % 2 {
            1 => words.last_mut().unwrap().push_str(part),
            _ => {
                let mut pieces = part.split(' ');
                words.last_mut().unwrap().push_str(pieces.next().unwrap());
                words.extend(pieces.map(str::to_owned));
            }
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

fn of_program(name: &str) -> Vec<Vec<String>> {
    let of: Vec<_> = commands().into_iter().filter(|words| words[0].ends_with(name)).collect();
    assert!(!of.is_empty(), "the README no longer says {name}");
    of
}

#[test]
fn every_command_of_jikimi_is_one() {
    for words in of_program("/jikimi") {
        let read = Cli::try_parse_from(&words);
        assert!(read.is_ok(), "{words:?}: {}", read.unwrap_err());
    }
}

#[test]
fn the_shipped_configuration_is_well() {
    let check = of_program("/jikimi").into_iter().find(|words| words[1] == "check").unwrap();
    let mut jikimi = Command::new(env!("CARGO_BIN_EXE_jikimi"));
    let said = jikimi.args(&check[1..]).current_dir(root()).output().unwrap();
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stdout));
}

/// The drawings of the README become sites that pass the check, and the plans of them answer.
#[test]
fn the_drawings_are_imported_and_planned_as_the_readme_says() {
    let dir = tempfile::tempdir().unwrap();
    for folder in ["config", "docs"] {
        copy(&root().join(folder), &dir.path().join(folder));
    }
    let run = |words: &[String]| {
        let mut jikimi = Command::new(env!("CARGO_BIN_EXE_jikimi"));
        let said = jikimi.args(&words[1..]).current_dir(dir.path()).output().unwrap();
        let (out, err) =
            (String::from_utf8_lossy(&said.stdout), String::from_utf8_lossy(&said.stderr));
        assert!(said.status.success(), "{words:?}: {out}{err}");
        out.into_owned()
    };
    let commands = of_program("/jikimi");
    let of =
        |command: &str| commands.iter().filter(|words| words[1] == command).collect::<Vec<_>>();
    let (imports, plans) = (of("import"), of("plan"));
    assert!(imports.len() >= 2 && plans.len() >= 2, "{commands:?}");
    for words in imports {
        let said = run(words);
        assert!(said.contains("to look at"), "{said}");
    }
    let said = run(of("check")[0]);
    assert!(said.contains("0 problems"), "{said}");
    for words in plans {
        let said = run(words);
        match words.iter().any(|word| word == "--json") {
            true => {
                let answer: serde_json::Value = serde_json::from_str(&said).unwrap();
                let number = |key: &str| answer[key].as_f64().unwrap();
                assert!(number("clearing_s") >= number("bound_s") && number("bound_s") > 0.0);
                assert!(number("planning_ms") > 0.0);
                assert!(!answer["signs"].as_array().unwrap().is_empty());
            }
            false => assert!(said.contains("people are out after"), "{said}"),
        }
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        match path.is_dir() {
            true => copy(&path, &target),
            false => drop(std::fs::copy(&path, target).unwrap()),
        }
    }
}

#[tokio::test]
async fn a_call_point_pressed_as_the_readme_says_is_an_incident() {
    let port = free_port();
    let home = Home::new(&shipped(), Via::Embedded(port));
    let service = Service::up(&home, None).await;
    let curl = of_program("curl").remove(0).pop().unwrap();
    let path = curl.strip_prefix("http://127.0.0.1:8080").expect("the API's address").to_owned();
    let fires = async || {
        let listed = service.get(&path).await["incidents"].as_array().unwrap().clone();
        let fires = listed.into_iter().filter(|incident| incident["kind"] == "fire");
        fires.collect::<Vec<_>>()
    };
    assert!(fires().await.is_empty());
    for words in of_program("mosquitto_pub") {
        let topic = words[words.iter().position(|word| word == "-t").unwrap() + 1].clone();
        let mut pressed = tokio::process::Command::new("mosquitto_pub");
        let pressed = pressed.args(["-p", &port.to_string()]).args(&words[1..]).output().await;
        let pressed = pressed.expect("this test needs mosquitto_pub (mosquitto-clients)");
        assert!(pressed.status.success(), "{}", String::from_utf8_lossy(&pressed.stderr));
        let device = topic.split('/').nth(3).expect("jikimi/v1/SITE/DEVICE/KIND").to_owned();
        until("the README's message is evidence of an incident", async || {
            let fires = fires().await;
            let id = fires.first()?["id"].as_str()?;
            let told = service.text(&format!("/api/v1/incidents/{id}")).await;
            told.contains(&format!("\"{device}\"")).then_some(())
        })
        .await;
    }
    let letters = service.get("/api/v1/dead-letters").await;
    assert!(letters["dead_letters"].as_array().unwrap().is_empty(), "{letters}");
    service.stop().await;
}

/// Everything under `config/` but the settings, which a test chooses itself.
fn shipped() -> Vec<(PathBuf, String)> {
    let mut files = Vec::new();
    for folder in ["rules", "situations", "sites"] {
        for entry in std::fs::read_dir(root().join("config").join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            files.push((Path::new(folder).join(path.file_name().unwrap()), text));
        }
    }
    files
}
