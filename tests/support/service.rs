//! A `jikimi serve` of our own: started in a folder, killed at will, asked over HTTP.

#![allow(dead_code, reason = "each test binary uses its part of it")]

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

/// Nothing in a test takes longer, unless it is broken.
pub const PATIENCE: Duration = Duration::from_secs(90);

/// Where the clock runs at a third of the pace for so many kills, two minutes of catching up are
/// six.
fn patience() -> Duration {
    let long = std::env::var_os("JIKIMI_CRASH_LONG").is_some();
    if long { PATIENCE * 6 } else { PATIENCE }
}

/// A folder with a configuration, a database and what the service said.
pub struct Home {
    pub folder: tempfile::TempDir,
    /// What is logged, if not the usual.
    pub log: Option<&'static str>,
    /// Further arguments of `jikimi serve`.
    pub arguments: Vec<String>,
    database: String,
}

/// Where a test's service keeps what it knows.
#[derive(Debug, Clone)]
pub enum Engine {
    Sqlite,
    /// With the URL of an empty database.
    Postgres(String),
}

/// Where the messages of a test come from.
#[derive(Debug, Clone, Copy)]
pub enum Via {
    Broker(u16),
    Embedded(u16),
}

impl Home {
    /// Writes configuration files, with a `jikimi.toml` of our own.
    pub fn new(files: &[(PathBuf, String)], via: Via) -> Self {
        Self::on(&Engine::Sqlite, files, via)
    }

    /// The same, on the engine of a test's choice.
    pub fn on(engine: &Engine, files: &[(PathBuf, String)], via: Via) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let database = match engine {
            Engine::Sqlite => format!("sqlite:{}", folder.path().join("jikimi.db").display()),
            Engine::Postgres(url) => url.clone(),
        };
        let home = Self { folder, log: None, arguments: Vec::new(), database };
        for (path, text) in files {
            home.write(&Path::new("config").join(path), text);
        }
        let source = match via {
            Via::Broker(port) => format!("[mqtt]\nurl = \"mqtt://127.0.0.1:{port}\"\n"),
            Via::Embedded(port) => format!("[broker]\nlisten = \"127.0.0.1:{port}\"\n"),
        };
        let settings = format!(
            "[service]\nlisten = \"127.0.0.1:0\"\ndatabase = \"{}\"\n{source}",
            home.database
        );
        home.write(Path::new("config/jikimi.toml"), &settings);
        home
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn database(&self) -> String {
        self.database.clone()
    }

    pub fn write(&self, path: &Path, text: &str) {
        let path = self.folder.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }
}

/// A port that was free a moment ago.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port()
}

pub struct Service {
    child: Child,
    address: SocketAddr,
    client: reqwest::Client,
    log: PathBuf,
    _said: Lines<BufReader<ChildStdout>>,
}

impl Service {
    /// Starts it and waits until it listens; `None` if it died before that.
    pub async fn start(home: &Home, clock: Option<&str>, kill_at: Option<&str>) -> Option<Self> {
        let log = home.path("service.log");
        let file = std::fs::File::options().create(true).append(true).open(&log).expect("a log");
        let mut command = Command::new(env!("CARGO_BIN_EXE_jikimi"));
        command.arg("serve").arg("--config").arg(home.path("config")).args(&home.arguments);
        if let Some(log) = home.log {
            command.env("JIKIMI_LOG", log);
        }
        if let Some(clock) = clock {
            command.args(["--clock", clock]);
        }
        if let Some(point) = kill_at {
            command.env("JIKIMI_KILL_AT", point);
        }
        command.stdout(Stdio::piped()).stderr(file).kill_on_drop(true);
        let mut child = command.spawn().expect("jikimi starts");
        let mut said = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let mut address = None;
        while let Some(line) = said.next_line().await.expect("readable output") {
            if let Some(rest) = line.strip_prefix("jikimi listens on http://") {
                let text = rest.split(' ').next().expect("an address");
                address = Some(text.parse().expect("an address"));
            }
            if line.starts_with("jikimi hears ") {
                break;
            }
        }
        let Some(address) = address else {
            child.wait().await.expect("an end");
            return None;
        };
        let client = reqwest::Client::new();
        Some(Self { child, address, client, log, _said: said })
    }

    /// Like [`Service::start`], where it has to come up.
    pub async fn up(home: &Home, clock: Option<&str>) -> Self {
        let Some(service) = Self::start(home, clock, None).await else {
            panic!("jikimi did not start:\n{}", tail(&home.path("service.log")));
        };
        until("it hears the broker", || async {
            let ready = service.try_get("/readyz").await.ok()?;
            (ready["hears"] == true).then_some(())
        })
        .await;
        service
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    pub async fn get(&self, path: &str) -> Value {
        self.try_get(path).await.unwrap_or_else(|error| panic!("GET {path}: {error}"))
    }

    pub async fn try_get(&self, path: &str) -> reqwest::Result<Value> {
        self.client.get(self.url(path)).send().await?.json().await
    }

    pub async fn text(&self, path: &str) -> String {
        let answer = self.client.get(self.url(path)).send().await.expect("an answer");
        answer.text().await.expect("text")
    }

    /// Status and body; an error if the service went away meanwhile.
    pub async fn post(
        &self,
        path: &str,
        key: &str,
        body: Option<Value>,
    ) -> reqwest::Result<(u16, Value)> {
        let mut request = self.client.post(self.url(path)).header("Idempotency-Key", key);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await?;
        let status = answer.status().as_u16();
        Ok((status, answer.json().await?))
    }

    /// SIGKILL.
    pub async fn kill(mut self) {
        self.child.start_kill().expect("killed");
        self.child.wait().await.expect("an end");
    }

    /// Whether it died by itself within this span.
    pub async fn dies_within(&mut self, span: Duration) -> bool {
        tokio::time::timeout(span, self.child.wait()).await.is_ok()
    }

    /// SIGSTOP: it is there and says nothing.
    pub async fn freeze(&self) {
        self.signal("-STOP").await;
    }

    /// SIGCONT: it goes on.
    pub async fn thaw(&self) {
        self.signal("-CONT").await;
    }

    /// What it has in memory, in KiB.
    pub fn resident_kib(&self) -> u64 {
        let pid = self.child.id().expect("it runs");
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("a status");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let number = line.and_then(|line| line.split_whitespace().next());
        number.and_then(|number| number.parse().ok()).expect("a number of KiB")
    }

    /// What it has counted: the sum of every counter whose name and labels begin like this.
    pub async fn counted(&self, counter: &str) -> u64 {
        let text = self.text("/metrics").await;
        let values = text.lines().filter(|line| line.starts_with(counter));
        values.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).sum()
    }

    /// SIGHUP: its configuration is to be read again.
    pub async fn hang_up(&self) {
        self.signal("-HUP").await;
    }

    async fn signal(&self, signal: &str) {
        let pid = self.child.id().expect("it runs").to_string();
        let killed = Command::new("kill").args([signal, &pid]).status().await;
        assert!(killed.expect("kill").success());
    }

    /// SIGTERM, and waits for the end.
    pub async fn stop(mut self) {
        self.signal("-TERM").await;
        let ended = tokio::time::timeout(PATIENCE, self.child.wait()).await;
        let status = ended.expect("it stops in time").expect("an end");
        assert!(status.success(), "it ended with {status}:\n{}", tail(&self.log));
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }
}

/// The end of a log, for a failure's message.
pub fn tail(log: &Path) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(40)..].join("\n")
}

/// Asks again and again until something holds, and fails with `what` if it never does.
pub async fn until<T, F: Future<Output = Option<T>>>(
    what: &str,
    mut holds: impl FnMut() -> F,
) -> T {
    let mut again = tokio::time::interval(Duration::from_millis(50));
    let asked = async {
        loop {
            again.tick().await;
            if let Some(found) = holds().await {
                return found;
            }
        }
    };
    let in_time = tokio::time::timeout(patience(), asked).await;
    in_time.unwrap_or_else(|_elapsed| panic!("it never came to be that {what}"))
}
