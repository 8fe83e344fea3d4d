//! `jikimi walk-test`: leads whoever installs a home's sensors through its walk test (설치 점검).
//!
//! It asks the running service, as the console does; nothing is watched until the test is passed.

use std::io::{BufRead as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, bail};
use serde_json::Value;

use crate::domain::{HomeId, SiteId};

/// How often the service is asked what was heard.
const EVERY: Duration = Duration::from_secs(1);

#[derive(Debug, clap::Args)]
pub struct Arguments {
    site: SiteId,
    home: HomeId,
    /// Where the service answers.
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    url: String,
    /// A file with an API token, where people have to log in.
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// Gives up after so many minutes.
    #[arg(long, value_name = "MINUTES", default_value_t = 60)]
    within: u64,
    /// Says what is missing and does nothing.
    #[arg(long)]
    look: bool,
}

pub fn walk_test(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(walk(arguments))
}

async fn walk(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let service = Service::of(arguments)?;
    let home = service.home().await?;
    let household = home["household"].as_str().map(str::to_owned);
    let Some(household) = household else {
        bail!("nobody is registered in {}; move the household in first", arguments.home);
    };
    if arguments.look {
        say(&home);
        return Ok(outcome(&home));
    }
    service.tell("walk-test", &household).await?;
    println!("the walk test of {} has begun; go through the home", arguments.home);
    let ends = tokio::time::Instant::now() + Duration::from_secs(60 * arguments.within);
    let mut said = String::new();
    while tokio::time::Instant::now() < ends {
        let home = service.home().await?;
        let next = text(&walk_of(&home)["next"]);
        if next != said {
            say(&home);
            said = next;
        }
        if missing(&home) == 0 {
            asked_whether_shut()?;
            match service.tell("walk-test/finish", &household).await {
                Ok(home) => {
                    say(&home);
                    return Ok(outcome(&home));
                }
                Err(error) => println!("not passed: {error:#}"),
            }
        }
        tokio::time::sleep(EVERY).await;
    }
    bail!("{} minutes are over; begin again when everything speaks", arguments.within)
}

/// Only a person can see whether a door is shut.
fn asked_whether_shut() -> anyhow::Result<()> {
    print!("every sensor was heard. Shut every door, then press Enter: ");
    std::io::stdout().flush()?;
    let mut line = String::new();
    match std::io::stdin().lock().read_line(&mut line)? {
        0 => bail!("nobody is there to say that the doors are shut"),
        _ => Ok(()),
    }
}

fn walk_of(home: &Value) -> &Value {
    &home["registered"]["walk_test"]
}

fn missing(home: &Value) -> usize {
    let sensors = walk_of(home)["sensors"].as_array();
    sensors.into_iter().flatten().filter(|sensor| !sensor["missing"].is_null()).count()
}

fn outcome(home: &Value) -> ExitCode {
    match walk_of(home)["state"] == "passed" {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

fn say(home: &Value) {
    let walk = walk_of(home);
    for sensor in walk["sensors"].as_array().into_iter().flatten() {
        let mark = match sensor["missing"].as_str() {
            None => "heard",
            Some("touch") => "not heard",
            Some("opening") => "not opened",
            Some("shutting") => "not shut",
            Some(other) => other,
        };
        println!("  {:<24} {:<12} {mark}", text(&sensor["device"]), text(&sensor["kind"]));
    }
    println!("next: {}", text(&walk["next"]));
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

struct Service {
    client: reqwest::Client,
    home: String,
    token: Option<String>,
}

impl Service {
    fn of(arguments: &Arguments) -> anyhow::Result<Self> {
        let Arguments { site, home, url, token_file, .. } = arguments;
        let token = token_file.as_deref().map(|file| {
            let token = std::fs::read_to_string(file);
            token.with_context(|| format!("{} cannot be read", file.display()))
        });
        let token = token.transpose()?.map(|token| token.trim().to_owned());
        let home = format!("{}/api/v1/sites/{site}/homes/{home}", url.trim_end_matches('/'));
        Ok(Self { client: reqwest::Client::new(), home, token })
    }

    async fn home(&self) -> anyhow::Result<Value> {
        self.answer(self.client.get(&self.home)).await
    }

    async fn tell(&self, what: &str, household: &str) -> anyhow::Result<Value> {
        let body = serde_json::json!({ "household": household }).to_string();
        let request = self.client.post(format!("{}/{what}", self.home));
        self.answer(request.header("content-type", "application/json").body(body)).await
    }

    async fn answer(&self, request: reqwest::RequestBuilder) -> anyhow::Result<Value> {
        let request = match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        let request = request.timeout(Duration::from_secs(15));
        let response = request.send().await.context("the service does not answer; see --url")?;
        let status = response.status();
        let body = response.bytes().await?;
        let answer: Value = serde_json::from_slice(&body).unwrap_or_default();
        if status.is_success() {
            return Ok(answer);
        }
        bail!("{}: {}", status.as_u16(), text(&answer["detail"]))
    }
}
