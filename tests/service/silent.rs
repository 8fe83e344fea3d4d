//! A home falls silent: the resident is asked over a number that only the household's key opens,
//! answers by a key, and who does not answer is visited. After a day nothing that was kept names
//! anybody.

use std::path::{Path, PathBuf};

use hmac::{Hmac, KeyInit as _, Mac as _};
use jikimi::clock::wall_now;
use serde_json::{Value, json};
use sha2::Sha256;

use crate::lab::{count, line, send};
use crate::receiver::Receiver;
use crate::service::{Engine, Home, Service, Via, free_port, until};
use crate::smtp::MailServer;

const SITE: &str = r#"
id = "usan"
name = "우산빛여울채"
timezone = "Asia/Seoul"
building = [{ id = "b101", name = "101동" }]
home = [{ id = "h0101", building = "b101" }, { id = "h0102", building = "b101" }]
device = [
  { id = "pir-1", kind = "motion", home = "h0101", reads = ["motion"] },
  { id = "pir-2", kind = "motion", home = "h0102", reads = ["motion"] },
]
"#;

const RULE: &str = r#"
[[rule]]
id = "still"
detector = "stillness"
situation = "stillness"
class = "alarm"
level = "warning"
away_after_h = 96
door_settles_s = 60
blind_after_s = 1000000
steps = [{ after_h = 4, level = "warning" }]
because = "a test"
"#;

const SITUATION: &str =
    "id = \"stillness\"\nname = \"미활동\"\nname_en = \"Stillness\"\nscope = \"home\"\n";

const PROVIDER: &str = r#"
id = "call"
because = "this test"
method = "POST"
url = "http://127.0.0.1:1/"
body_is = "json"
body = '{"to": {{ to }}, "text": {{ text }}, "link": {{ link }}, "answer": {{ answer }}}'
[taken]
status = [204]
[answer]
token = "/answer"
at = "/pressed"
fine = ["1"]
help = ["2"]
acknowledge = ["9"]
"#;

/// A step is twenty hours behind the one before it: ten seconds at this pace.
const NOTIFY: &str = r#"
[[ladder]]
id = "still"
kinds = ["stillness"]
because = "a test"

[[ladder.step]]
id = "ask"
roles = ["resident"]
after_min = 0

[[ladder.step]]
id = "worker"
roles = ["worker-1"]
after_min = 1200
"#;
const CLOCK: &str = "2026-11-24T08:00+09:00@7200";

/// Of nobody.
const NAMES: [&str; 3] = ["홍길동", "김영희", "홍길순"];
const NUMBERS: [&str; 3] = ["010-9876-1234", "010-9876-5678", "010-9876-9999"];
const SECRET: &str = "a secret between us and the provider";

fn house(port: u16, provider: &str, mail: &str) -> Home {
    let files = [
        ("sites/usan.toml", SITE),
        ("rules/rules.toml", RULE),
        ("situations/stillness.toml", SITUATION),
        ("providers/call.toml", PROVIDER),
    ];
    let files = files.map(|(path, text)| (PathBuf::from(path), text.to_owned()));
    let mut home = Home::on(&Engine::Sqlite, &files, Via::Embedded(port));
    home.write(Path::new("inbound"), SECRET);
    let notify = format!(
        "public_url = \"https://jikimi.example\"\n{NOTIFY}\
         [[email]]\nid = \"mail\"\nserver = \"{mail}\"\nfrom = \"jikimi@usan.example\"\n\
         [[provider]]\nid = \"call\"\ntemplate = \"call\"\nurl = \"{provider}\"\n\
         inbound_secret_file = \"{}\"\n\
         [[person]]\nid = \"tenant\"\nroles = [\"resident\"]\ncontact = \"household\"\n\
         ways = [\"call\"]\n\
         [[person]]\nid = \"lee\"\nroles = [\"worker-1\"]\nemail = \"lee@usan.example\"\n\
         ways = [\"mail\"]\n",
        home.path("inbound").display()
    );
    home.write(Path::new("config/notify.toml"), &notify);
    let key = home.path("personal.key");
    jikimi::personal::new_key(&key).expect("a key");
    let settings = std::fs::read_to_string(home.path("config/jikimi.toml")).expect("settings");
    let settings = format!("{settings}[personal]\nkey_file = \"{}\"\n", key.display());
    home.write(Path::new("config/jikimi.toml"), &settings);
    let record = home.path("record").display().to_string();
    home.arguments = ["--record", &record, "--record-homes"].map(str::to_owned).into();
    home
}

/// Two households move in, each with a name and a number of their own.
async fn move_in(service: &Service) {
    let client = reqwest::Client::new();
    for (home, who) in [("h0101", 0), ("h0102", 1)] {
        let path = |what: &str| format!("/api/v1/sites/usan/homes/{home}/{what}");
        let since = json!({"since": "2026-11-24T07:00:00+09:00"});
        let (status, moved) =
            service.post(&path("move-in"), home, Some(since)).await.expect("said");
        assert_eq!(status, 200, "{moved}");
        let household = moved["registered"]["household"].as_str().expect("an id").to_owned();
        let agreed = json!({"household": household, "monitoring": true, "night": true});
        let (status, said) = service
            .post(&path("consent"), &format!("{home}-agreed"), Some(agreed))
            .await
            .expect("said");
        assert_eq!(status, 200, "{said}");
        let persons = json!({
            "residents": [{"name": NAMES[who], "telephone": NUMBERS[who]}],
            "contacts": [{"name": NAMES[2], "telephone": NUMBERS[2]}],
        });
        let kept = client
            .put(service.url(&path("persons")))
            .json(&json!({"household": household, "persons": persons}))
            .send()
            .await
            .expect("an answer");
        assert_eq!(kept.status().as_u16(), 200);
    }
}

/// A call of the provider, signed now.
fn signed(body: &str) -> String {
    let stamp = wall_now().as_second();
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("a key");
    mac.update(format!("{stamp}.{body}").as_bytes());
    let mark: String =
        mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("t={stamp},v1={mark}")
}

#[tokio::test(flavor = "multi_thread")]
async fn who_answers_is_left_alone_and_who_does_not_is_visited_and_nothing_names_either() {
    let (port, mail) = (free_port(), MailServer::start(free_port()));
    let provider = Receiver::start(&[]).await;
    let home = house(port, &provider.url(), &mail.url());
    let service = Service::up(&home, Some(CLOCK)).await;
    move_in(&service).await;
    let moved = r#"{"id":"a","readings":{"motion":true}}"#;
    let of = |device: &str| format!("jikimi/v1/usan/{device}/reading");
    send(port, vec![line(&of("pir-1"), moved), line(&of("pir-2"), moved)]).await;

    let asked = until("both have been asked", || async {
        Some(provider.received()).filter(|all| all.len() >= 2)
    })
    .await;
    let first = asked.iter().find(|one| one.key.contains("h0101")).expect("the first home");
    assert_eq!(first.key, "usan/stillness/h0101/1/ask/resident/tenant/call");
    assert_eq!(first.json["to"], NUMBERS[0].replace('-', ""), "its own number, as it is dialled");
    let text = first.json["text"].as_str().expect("a text");
    assert!(text.contains("안부 확인") && !NAMES.iter().any(|name| text.contains(name)), "{text}");
    assert_eq!(first.json["link"], "", "residents get no link");

    // The first presses 1. The same call again, and the same answer in another, change nothing.
    let body = json!({"answer": first.json["answer"], "pressed": "1"}).to_string();
    let client = reqwest::Client::new();
    let url = service.url("/api/v1/inbound/call");
    let call = async |signature: String| {
        let call = client.post(&url).header("Jikimi-Signature", signature).body(body.clone());
        let answer = call.send().await.expect("an answer");
        (answer.status().as_u16(), answer.json::<Value>().await.expect("JSON"))
    };
    let signature = signed(&body);
    assert_eq!(call(signature.clone()).await, (200, json!({"taken": 1})));
    let (status, again) = call(signature).await;
    assert_eq!((status, &again["code"]), (409, &json!("replayed")), "{again}");
    let fine = service.get("/api/v1/incidents/usan/stillness/h0101/1").await;
    assert!(fine["ladder"][1]["stopped_at"].is_string(), "{fine}");

    let letters = until("a worker is told of the second", || async {
        Some(mail.letters()).filter(|letters| !letters.is_empty())
    })
    .await;
    let [letter] = &letters[..] else { panic!("{letters:?}") };
    let said = letter["body"].as_str().expect("a body");
    assert!(said.contains("h0102") && said.contains("미활동"), "{said}");
    until("a day is over", || async {
        let now = service.get("/api/v1/sites/usan/roster").await["now"].as_str()?.to_owned();
        (now.as_str() > "2026-11-25T08").then_some(())
    })
    .await;
    let worker = "SELECT count(*) AS n FROM outbox WHERE step = 'worker'";
    assert_eq!(count(&home.database(), worker).await, 1, "one home was to be visited");
    service.stop().await;
    nothing_names_anybody(&home);
}

/// The database with its log ahead, snapshots, notices, recordings and what was logged.
fn nothing_names_anybody(home: &Home) {
    let plain = NUMBERS.map(|number| number.replace('-', ""));
    let words: Vec<&[u8]> = NAMES
        .iter()
        .chain(&NUMBERS)
        .map(|word| word.as_bytes())
        .chain(plain.iter().map(String::as_bytes))
        .collect();
    let (mut folders, mut seen) = (vec![home.path("")], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let bytes = std::fs::read(&path).expect("a file");
            for word in &words {
                let named = bytes.windows(word.len()).any(|of| of == *word);
                assert!(!named, "{} has {}", path.display(), String::from_utf8_lossy(word));
            }
            seen.push(path.display().to_string());
        }
    }
    for file in ["jikimi.db", "service.log", "record/"] {
        assert!(seen.iter().any(|path| path.contains(file)), "{file} is not among {seen:?}");
    }
}
