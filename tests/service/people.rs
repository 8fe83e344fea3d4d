//! Accounts beside a running service: made by a command, asked for at once, and what they did is
//! in the trail, which a command follows. And HTTPS where others can reach it.

use std::path::PathBuf;
use std::process::Stdio;

use jikimi::config::ClientTls;
use jikimi::store::Db;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::Command;

use crate::certificates::Authority;
use crate::lab::{files, ids, line, on_both_engines, send};
use crate::service::{Engine, Home, Service, Via, free_port, until};

/// What a command says on standard output, and whether it did its job.
async fn told(home: &Home, arguments: &[&str]) -> (bool, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jikimi"));
    let done = command.args(arguments).arg("--config").arg(home.path("config")).output().await;
    let done = done.expect("jikimi runs");
    let said = [done.stdout, done.stderr].concat();
    (done.status.success(), String::from_utf8_lossy(&said).into_owned())
}

async fn made(home: &Home, arguments: &[&str]) -> Value {
    let (well, said) = told(home, &[arguments, &["--json"]].concat()).await;
    assert!(well, "{said}");
    serde_json::from_str(&said).expect("JSON")
}

on_both_engines!(what_people_do_is_theirs_and_in_the_trail,);

async fn what_people_do_is_theirs_and_in_the_trail(engine: Engine) {
    let port = free_port();
    let home = Home::on(&engine, &files(), Via::Embedded(port));
    let settings = std::fs::read_to_string(home.path("config/jikimi.toml")).expect("settings");
    let head = home.path("elsewhere-head").display().to_string();
    home.write(
        &PathBuf::from("config/jikimi.toml"),
        &format!("{settings}[audit]\nhead_file = \"{head}\"\n"),
    );
    let service = Service::up(&home, None).await;
    assert_eq!(service.get("/api/v1/session").await["by"], "loopback");
    assert!(service.log().contains("/login#setup="), "{}", service.log());
    let pressed = r#"{"id":"pressed","readings":{"call_point":true}}"#;
    send(port, vec![line("jikimi/v1/lab/call-1/alarm", pressed)]).await;
    until("the fire is open", || async {
        let page = service.try_get("/api/v1/incidents?state=open").await.ok()?;
        ids(&page).contains(&"lab/fire/house/1".to_owned()).then_some(())
    })
    .await;

    // An account is made beside the service, which from then on asks who is there.
    let add = ["user", "add", "kim", "--role", "operator", "--site", "lab"];
    let kim = made(&home, &add).await;
    assert!(!told(&home, &add).await.0, "there is one of this name");
    assert_eq!(service.get("/api/v1/incidents").await["code"], "unauthenticated");
    let client = reqwest::Client::new();
    let said = json!({"account": "kim", "password": kim["password"]});
    let entered = client.post(service.url("/api/v1/session")).json(&said).send().await.unwrap();
    let cookie = entered.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap();
    let cookie = cookie.to_owned();
    let csrf = entered.json::<Value>().await.unwrap()["csrf"].as_str().unwrap().to_owned();
    let path = "/api/v1/incidents/lab/fire/house/1/acknowledge";
    let ask = client.post(service.url(path)).header("cookie", &cookie);
    let incident: Value =
        ask.header("x-csrf-token", &csrf).send().await.unwrap().json().await.unwrap();
    assert_eq!(incident["acknowledged"]["by"], "kim", "{incident}");

    // A token reads, and is ended by its name.
    let add = ["token", "add", "wall", "--account", "kim", "--scope", "read"];
    let token = made(&home, &add).await["token"].as_str().expect("a token").to_owned();
    let read = async || {
        let request = client.get(service.url("/api/v1/incidents")).bearer_auth(&token);
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!(read().await, 200);
    assert!(told(&home, &["token", "revoke", "wall"]).await.0);
    assert_eq!(read().await, 401);

    trail_tells(&home, service).await;
}

/// What they did is in the trail, whose head stands elsewhere, and an edit tells.
async fn trail_tells(home: &Home, service: Service) {
    let db = Db::open(&home.database()).await.unwrap();
    let rows = db.all("SELECT account, action, subject, detail FROM audit ORDER BY n", vec![]);
    let rows = rows.await.unwrap();
    let columns = ["account", "action", "subject", "detail"];
    let rows: Vec<String> = rows
        .iter()
        .map(|row| columns.map(|column| row.text(column).unwrap()).join(" ").trim().to_owned())
        .collect();
    assert_eq!(
        rows,
        [
            "command-line account-changed kim added: operator@lab",
            "kim logged-in",
            "kim commanded lab/fire/house/1 acknowledge: done",
            "command-line token-changed wall added for kim: read",
            "command-line token-changed wall revoked",
        ]
    );
    service.stop().await;
    // The next start writes the head where no hand in the database reaches it.
    let service = Service::up(home, None).await;
    until("the head is written outside", || async {
        home.path("elsewhere-head").exists().then_some(())
    })
    .await;
    service.stop().await;
    let verify = async || told(home, &["audit", "verify"]).await;
    let (whole, said) = verify().await;
    assert!(whole && said.contains("5 rows and 1 heads outside"), "{said}");
    let month = jikimi::clock::wall_now().to_string()[..7].to_owned();
    let report = made(home, &["audit", "report", "--month", &month]).await;
    assert_eq!(report["by_account"]["kim"]["logins"], 1, "{report}");
    let mut connection = db.connection().await.unwrap();
    let edit = "UPDATE audit SET account = 'lee' WHERE n = 3";
    connection.run(edit, Vec::new()).await.unwrap();
    let (whole, said) = verify().await;
    assert!(!whole && said.contains("row 3 is not as it was written"), "{said}");
    drop(connection);
    db.close().await;
}

#[tokio::test]
async fn others_reach_it_over_https_once_somebody_has_an_account() {
    let (port, broker) = (free_port(), free_port());
    let home = Home::new(&files(), Via::Embedded(broker));
    let authority = Authority::new(&home.path("certificates"));
    let pair = authority.server("server", &["localhost"]);
    let settings = format!(
        "[service]\nlisten = \"0.0.0.0:{port}\"\ndatabase = \"{}\"\ncertificate_file = \"{}\"\n\
         key_file = \"{}\"\n[broker]\nlisten = \"127.0.0.1:{broker}\"\n",
        home.database(),
        pair.certificate.display(),
        pair.key.display()
    );
    home.write(&PathBuf::from("config/jikimi.toml"), &settings);
    let (well, said) = told(&home, &["serve"]).await;
    assert!(!well && said.contains("jikimi user add"), "{said}");
    made(&home, &["user", "add", "root", "--role", "admin"]).await;

    let mut command = Command::new(env!("CARGO_BIN_EXE_jikimi"));
    command.arg("serve").arg("--config").arg(home.path("config"));
    command.stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
    let mut child = command.spawn().unwrap();
    let mut said = BufReader::new(child.stdout.take().unwrap()).lines();
    while let Some(line) = said.next_line().await.unwrap() {
        assert!(!line.contains("setup="), "{line}");
        if line.starts_with("jikimi hears ") {
            break;
        }
    }
    let files = ClientTls { ca_file: authority.ca(), certificate: None };
    let config = std::sync::Arc::new(jikimi::tls::client(&files).unwrap());
    let connector = tokio_rustls::TlsConnector::from(config);
    let name = "localhost".try_into().unwrap();
    let stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let answer = asked(connector.connect(name, stream).await.unwrap(), "/api/v1/sites").await;
    assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
    assert!(answer.contains("strict-transport-security: max-age="), "{answer}");
    let plain = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    assert!(!asked(plain, "/healthz").await.contains("HTTP/1.1 200"));
    child.kill().await.unwrap();
}

async fn asked(mut stream: impl AsyncReadExt + AsyncWriteExt + Unpin, path: &str) -> String {
    let text = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // Whoever is refused is cut off, which is an answer too.
    let _ended = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}
