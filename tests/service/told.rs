//! A person is told over whichever way still goes, and nobody on duty is known at once.

use std::path::Path;

use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::Packet;
use rumqttc::v5::{AsyncClient, Event, MqttOptions};
use serde_json::{Value, json};

use crate::cap;
use crate::lab::{count, files, line, on_both_engines, send};
use crate::mosquitto::Mosquitto;
use crate::receiver::Receiver;
use crate::service::{Engine, Home, Service, Via, free_port, until};
use crate::smtp::MailServer;

const PRESSED: &str = r#"{"id":"pressed","readings":{"call_point":true}}"#;

const PROVIDER: &str = r#"
id = "text"
because = "this test"
method = "POST"
url = "http://127.0.0.1:1/"
secrets = ["key"]
body_is = "json"
body = '{"to": {{ to }}, "text": {{ text }}, "link": {{ link }}}'
[headers]
X-Key = "{{ secrets.key }}"
[taken]
status = [200]
"#;

fn home(engine: &Engine, port: u16, notify: &str) -> Home {
    let home = Home::on(engine, &files(), Via::Embedded(port));
    home.write(Path::new("secret"), "hush\n");
    home.write(Path::new("config/providers/text.toml"), PROVIDER);
    let notify = notify.replace("SECRET", &home.path("secret").display().to_string());
    home.write(Path::new("config/notify.toml"), &notify);
    home
}

on_both_engines!(
    who_gets_no_text_gets_a_letter_under_one_name,
    nobody_on_duty_is_an_incident_of_its_own,
    a_fire_is_told_over_every_channel_and_an_answer_stops_the_rest,
);

async fn who_gets_no_text_gets_a_letter_under_one_name(engine: Engine) {
    let (port, mail) = (free_port(), MailServer::start(free_port()));
    // It answers 204, which the template does not call taken.
    let provider = Receiver::start(&[]).await;
    let notify = format!(
        "public_url = \"https://jikimi.example\"\n\
         [[email]]\nid = \"mail\"\nserver = \"{}\"\nfrom = \"jikimi@lab.example\"\n\
         [[provider]]\nid = \"sms\"\ntemplate = \"text\"\nurl = \"{}\"\n\
         secrets = {{ key = \"SECRET\" }}\n\
         [[person]]\nid = \"duty\"\nroles = [\"operator\"]\nphone = \"010-1234-5678\"\n\
         email = \"duty@lab.example\"\nways = [\"sms\", \"mail\"]\n",
        mail.url(),
        provider.url()
    );
    let home = home(&engine, port, &notify);
    let service = Service::up(&home, None).await;
    send(port, vec![line("jikimi/v1/lab/call-1/alarm", PRESSED)]).await;

    let letters = until("a letter has come", || async {
        Some(mail.letters()).filter(|letters| !letters.is_empty())
    })
    .await;
    let [text] = &provider.received()[..] else { panic!("{:?}", provider.received()) };
    assert_eq!(text.key, "lab/fire/house/1/opened/operator/duty/sms");
    assert_eq!(text.json["to"], "01012345678");
    assert_eq!(text.json["link"], "", "a text of a public office carries no link");
    let said = text.json["text"].as_str().expect("a text");
    assert!(said.contains("[심각]") && said.contains("화재"), "{said}");
    let [letter] = &letters[..] else { panic!("{letters:?}") };
    assert_eq!(letter["to"], "duty@lab.example");
    assert!(letter["subject"].as_str().expect("a subject").contains("화재"), "{letter}");
    let body = letter["body"].as_str().expect("a body");
    assert!(
        body.contains("https://jikimi.example/#/incidents/lab/fire/house/1"),
        "staff get a link: {body}"
    );
    let log = service.log();
    assert!(!log.contains("01012345678") && !log.contains("hush"), "{log}");
    let sql = "SELECT count(*) AS n FROM delivery WHERE (endpoint = 'sms' AND status = 'failed') \
               OR (endpoint = 'mail' AND status = 'sent')";
    until("both ways are marked", || async {
        (count(&home.database(), sql).await == 2).then_some(())
    })
    .await;
    service.stop().await;
}

async fn nobody_on_duty_is_an_incident_of_its_own(engine: Engine) {
    let port = free_port();
    let notify = "[[email]]\nid = \"mail\"\nserver = \"smtp://127.0.0.1:1\"\n\
                  from = \"jikimi@lab.example\"\n\
                  [[person]]\nid = \"duty\"\nroles = [\"operator\"]\n\
                  off = [\"2020-01-01..2199-12-31\"]\nemail = \"duty@lab.example\"\n\
                  ways = [\"mail\"]\n";
    let home = home(&engine, port, notify);
    let service = Service::up(&home, None).await;
    send(port, vec![line("jikimi/v1/lab/call-1/alarm", PRESSED)]).await;
    let sql = "SELECT count(*) AS n FROM incident WHERE kind = 'undelivered'";
    until("it is said that nobody was told", || async {
        (count(&home.database(), sql).await == 1).then_some(())
    })
    .await;
    let told = "SELECT count(*) AS n FROM undelivered WHERE told = 1";
    assert_eq!(count(&home.database(), told).await, 1, "written with what came of it");
    service.stop().await;
}

/// The office is told three seconds after the operator, unless somebody has it by then.
const LADDER: &str = r#"
[[ladder]]
id = "fire"
kinds = ["fire"]
because = "a test"

[[ladder.step]]
id = "opened"
roles = ["operator"]
after_min = 0

[[ladder.step]]
id = "office"
roles = ["management-office"]
after_min = 0.05
"#;

const CAP: &str = r#"
[cap]
category = "fire"
event = "화재"
urgency = "immediate"
certainty = "observed"
response = "evacuate"
"#;

/// The next message on a topic of another system's broker.
async fn heard(port: u16, topic: &str) -> tokio::task::JoinHandle<Value> {
    let (client, mut events) =
        AsyncClient::new(MqttOptions::new("another-system", "127.0.0.1", port), 4);
    client.subscribe(topic, QoS::AtLeastOnce).await.expect("asked");
    let (ready, subscribed) = tokio::sync::oneshot::channel();
    let hears = tokio::spawn(async move {
        let (mut ready, _held) = (Some(ready), client);
        loop {
            match events.poll().await.expect("the broker is there") {
                Event::Incoming(Packet::SubAck(_)) => {
                    ready.take().expect("subscribed once").send(()).expect("somebody waits");
                }
                Event::Incoming(Packet::Publish(said)) => {
                    return serde_json::from_slice(&said.payload).expect("JSON");
                }
                _ => {}
            }
        }
    });
    subscribed.await.expect("subscribed");
    hears
}

async fn a_fire_is_told_over_every_channel_and_an_answer_stops_the_rest(engine: Engine) {
    let (port, mail) = (free_port(), MailServer::start(free_port()));
    let (room, city, office) =
        (Receiver::start(&[]).await, Receiver::start(&[500]).await, Receiver::start(&[]).await);
    let broker = Mosquitto::start();
    let notify = format!(
        "public_url = \"https://jikimi.example\"\n{LADDER}\
         [[webhook]]\nid = \"room\"\nroles = [\"operator\"]\nurl = \"{}\"\n\
         [[webhook]]\nid = \"office\"\nroles = [\"management-office\"]\nurl = \"{}\"\n\
         [[mqtt]]\nid = \"board\"\nroles = [\"operator\"]\nurl = \"mqtt://127.0.0.1:{}\"\n\
         topic = \"city/alarms\"\n\
         [[cap]]\nid = \"city\"\nurl = \"{}\"\nsender = \"jikimi@lab.example\"\n\
         [[email]]\nid = \"mail\"\nserver = \"{}\"\nfrom = \"jikimi@lab.example\"\n\
         [[person]]\nid = \"duty\"\nroles = [\"operator\"]\nemail = \"duty@lab.example\"\n\
         ways = [\"mail\"]\n",
        room.url(),
        office.url(),
        broker.port(),
        city.url(),
        mail.url()
    );
    let home = home(&engine, port, &notify);
    let fire = std::fs::read_to_string(home.path("config/situations/fire.toml")).expect("a file");
    home.write(Path::new("config/situations/fire.toml"), &format!("{fire}{CAP}"));
    let board = heard(broker.port(), "city/alarms").await;
    let service = Service::up(&home, None).await;
    send(port, vec![line("jikimi/v1/lab/call-1/alarm", PRESSED)]).await;

    let letters = until("a letter has come", || async {
        Some(mail.letters()).filter(|letters| !letters.is_empty())
    })
    .await;
    // Whoever reads the letter says that they have it, without an account and once.
    let body = letters[0]["body"].as_str().expect("a body").to_owned();
    let token = body.split("#/answer/").nth(1).and_then(|rest| rest.split_whitespace().next());
    let given = json!({"token": token.expect("a link"), "said": "acknowledge"});
    let client = reqwest::Client::new();
    let answer = async || {
        let asked = client.post(service.url("/api/v1/answers")).json(&given).send().await;
        let asked = asked.expect("an answer");
        (asked.status().as_u16(), asked.json::<Value>().await.expect("JSON"))
    };
    assert_eq!(answer().await, (200, json!({"incident": "lab/fire/house/1"})));
    let (status, again) = answer().await;
    assert_eq!((status, &again["code"]), (410, &json!("answer-over")), "{again}");
    let incident = service.get("/api/v1/incidents/lab/fire/house/1").await;
    assert_eq!(incident["acknowledged"]["by"], "duty", "{incident}");

    assert_eq!(board.await.expect("heard")["key"], "lab/fire/house/1/opened/operator/board");
    assert_eq!(room.received()[0].key, "lab/fire/house/1/opened/operator/room");
    let path = "/api/v1/incidents/lab/fire/house/1/resolve";
    let resolved = service.post(path, "over", Some(json!({"outcome": "real"}))).await;
    assert_eq!(resolved.expect("an answer").0, 200);
    let messages = until("CAP has been told that it is over", || async {
        Some(city.received()).filter(|all| all.len() >= 3)
    })
    .await;
    is_told_as_cap(&messages);
    // The office's turn came and went with somebody having it.
    let sql = "SELECT count(*) AS n FROM outbox WHERE step = 'office'";
    assert_eq!(count(&home.database(), sql).await, 0);
    assert!(office.received().is_empty());
    is_shown_as_sent(&service).await;
    service.stop().await;
}

async fn is_shown_as_sent(service: &Service) {
    let told = service.get("/api/v1/incidents/lab/fire/house/1/deliveries").await;
    let told: Vec<(&str, &str)> = told["deliveries"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|of| (of["way"].as_str().expect("a way"), of["status"].as_str().expect("a word")))
        .collect();
    assert_eq!(told.len(), 3, "{told:?}");
    assert!(told.iter().all(|(_, status)| *status == "sent"), "{told:?}");
}

/// The first was refused once, and came again as it was; then it was cancelled.
fn is_told_as_cap(messages: &[crate::receiver::Received]) {
    assert_eq!((messages[0].answered, &messages[0].body), (500, &messages[1].body));
    assert_eq!(messages[0].key, messages[1].key);
    let read: Vec<Value> = messages[1..].iter().map(|one| cap::read(&one.body)).collect();
    for message in &read {
        assert_eq!(message["wrong"], json!([]), "{message}");
        assert_eq!(message["status"], "Actual");
        assert!(message["sent"].as_str().expect("a moment").ends_with("+09:00"), "{message}");
    }
    assert_eq!((&read[0]["msgType"], &read[0]["severity"]), (&json!("Alert"), &json!("Extreme")));
    let (last, first) = (read.last().expect("one"), &read[0]);
    assert_eq!((&last["msgType"], &last["responseType"]), (&json!("Cancel"), &json!("AllClear")));
    let of = |key: &str| first[key].as_str().expect("a text");
    let reference = format!("{},{},{}", of("sender"), of("identifier"), of("sent"));
    assert_eq!(last["references"], json!([reference]));
}
