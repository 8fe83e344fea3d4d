//! A world with accounts and certificates: a site, an authority, and clients that try themselves.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::certificates::{Authority, Pair};
use crate::lab::files;
use crate::service::{Home, Via};

/// Certificates in `certs/`, and what `jikimi accounts` wrote in `jikimi/`.
pub struct World {
    pub home: Home,
    pub authority: Authority,
    pub secrets: BTreeMap<String, String>,
}

impl World {
    pub fn new() -> Self {
        let home = Home::new(&files(), Via::Broker(1));
        let authority = Authority::new(&home.path("certs"));
        authority.server("server", &["localhost"]);
        let out = home.path("jikimi");
        let made = jikimi(&["accounts", "lab", "--config", &text(&home.path("config"))], &out);
        assert!(made.0, "{}", made.1);
        let secrets = std::fs::read_to_string(out.join("secrets")).expect("secrets");
        let secrets = secrets.lines().map(|line| {
            let (name, secret) = line.split_once(' ').expect("an account and its secret");
            (name.to_owned(), secret.to_owned())
        });
        let secrets = secrets.collect();
        Self { home, authority, secrets }
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.home.path(name)
    }

    /// Writes the settings with this way to the devices.
    pub fn settle(&self, way: &str) {
        let database = self.home.path("jikimi.db");
        let settings = format!(
            "[service]\nlisten = \"127.0.0.1:0\"\ndatabase = \"sqlite:{}\"\n{way}",
            database.display()
        );
        self.home.write(Path::new("config/jikimi.toml"), &settings);
    }

    /// The way to a Mosquitto of production.
    pub fn at_mosquitto(&self, port: u16) -> String {
        format!(
            "[mqtt]\nurl = \"mqtts://localhost:{port}\"\nca_file = \"{}\"\n\
             username = \"jikimi\"\npassword_file = \"{}\"\n",
            self.file("certs/ca.crt").display(),
            self.file("jikimi/jikimi-password").display()
        )
    }

    /// Our own broker, guarded.
    pub fn embedded(&self, port: u16) -> String {
        let named = |key: &str, file: &str| format!("{key} = \"{}\"\n", self.file(file).display());
        format!("[broker]\nlisten = \"127.0.0.1:{port}\"\n")
            + &named("certificate_file", "certs/server.crt")
            + &named("key_file", "certs/server.key")
            + &named("ca_file", "certs/ca.crt")
            + &named("password_file", "jikimi/passwords")
            + &named("acl_file", "jikimi/acl")
    }

    /// Starts to say something as a device with its own password.
    pub fn device(&self, name: &str, port: u16) -> Say {
        Say::new(port, &self.file("certs/ca.crt")).account(name, &self.secrets[name])
    }

    /// The same with a certificate and no password.
    pub fn certified(&self, pair: &Pair, port: u16) -> Say {
        let mut say = Say::new(port, &self.file("certs/ca.crt"));
        say.words.extend(["--cert".to_owned(), text(&pair.certificate)]);
        say.words.extend(["--key".to_owned(), text(&pair.key)]);
        say
    }

    /// Every sender's message id that has been stored.
    pub async fn stored(&self) -> Vec<String> {
        let facts = crate::facts::Facts::of(&self.home.database()).await;
        facts.messages.into_keys().collect()
    }
}

pub fn text(path: &Path) -> String {
    path.display().to_string()
}

/// Runs a command of ours with `--out`; whether it did its job, and what it said.
pub fn jikimi(arguments: &[&str], out: &Path) -> (bool, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jikimi"));
    let done = command.args(arguments).arg("--out").arg(out).output().expect("jikimi runs");
    let said = [done.stdout, done.stderr].map(|said| String::from_utf8(said).expect("text"));
    (done.status.success(), said.concat())
}

/// A publication by `mosquitto_pub`, somebody else's client.
pub struct Say {
    words: Vec<String>,
}

impl Say {
    pub fn new(port: u16, ca: &Path) -> Self {
        Self::plainly(port).with(&["--cafile", &text(ca)])
    }

    pub fn plainly(port: u16) -> Self {
        let words = ["-h", "localhost", "-q", "1", "-p"].map(str::to_owned).to_vec();
        Self { words }.with(&[&port.to_string()])
    }

    pub fn with(mut self, words: &[&str]) -> Self {
        self.words.extend(words.iter().map(|word| (*word).to_owned()));
        self
    }

    pub fn account(self, name: &str, secret: &str) -> Self {
        self.with(&["-u", name, "-P", secret])
    }

    /// Whether the client believes that it was taken.
    pub fn reading(self, device: &str, id: &str) -> bool {
        let topic = format!("jikimi/v1/lab/{device}/reading");
        let payload = format!(r#"{{"id":"{id}","readings":{{"temperature":20.5}}}}"#);
        self.with(&["-t", &topic, "-m", &payload]).done()
    }

    /// One message a line.
    pub fn readings(self, device: &str, ids: impl Iterator<Item = String>) -> bool {
        let lines: String = ids
            .map(|id| format!("{{\"id\":\"{id}\",\"readings\":{{\"temperature\":20.5}}}}\n"))
            .collect();
        let topic = format!("jikimi/v1/lab/{device}/reading");
        let words = self.with(&["-t", &topic, "-l"]).words;
        let mut client = client(&words).stdin(Stdio::piped()).spawn().expect("mosquitto_pub");
        let mut input = client.stdin.take().expect("its input");
        std::io::Write::write_all(&mut input, lines.as_bytes()).expect("it reads");
        drop(input);
        client.wait().expect("it ends").success()
    }

    /// Whether a subscription is granted.
    pub fn may_hear(self, filter: &str) -> bool {
        let mut command = Command::new("timeout");
        command.args(["15", "mosquitto_sub", "-E", "-t", filter]).args(&self.words);
        let done = command.output().expect("mosquitto_sub");
        let said = [done.stdout, done.stderr].concat();
        done.status.success() && !String::from_utf8_lossy(&said).contains("denied")
    }

    /// The first that comes of its subscriptions.
    pub fn hears_first(self) -> String {
        let mut command = Command::new("timeout");
        command.args(["15", "mosquitto_sub", "-C", "1"]).args(&self.words);
        let done = command.output().expect("mosquitto_sub");
        String::from_utf8_lossy(&done.stdout).trim().to_owned()
    }

    pub fn done(self) -> bool {
        client(&self.words).stdin(Stdio::null()).status().expect("mosquitto_pub").success()
    }
}

/// It tries again without end where it is refused, so an end is set to it.
fn client(words: &[String]) -> Command {
    let mut command = Command::new("timeout");
    command.args(["15", "mosquitto_pub"]).args(words);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}
