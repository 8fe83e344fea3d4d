//! A person is told over whichever way still goes, and nobody on duty is known at once.

use std::path::Path;

use crate::lab::{count, files, line, on_both_engines, send};
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
