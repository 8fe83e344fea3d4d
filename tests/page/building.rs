//! The example building and homes with a service of their own, and what happens in them.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use jikimi::store::{Db, Row};
use serde_json::Value;

use crate::browser::Browser;
use crate::device::{Device, soon};
use crate::service::{Home, Service, Via, free_port};

pub struct Building {
    pub service: Service,
    devices: Device,
    said: u32,
    home: Home,
}

impl Building {
    pub async fn new() -> Self {
        Self::with(files(|text| text)).await
    }

    /// With other files.
    pub async fn with(files: Vec<(PathBuf, String)>) -> Self {
        let port = free_port();
        let home = Home::new(&files, Via::Embedded(port));
        sealing(&home);
        Self::in_home(home, port).await
    }

    /// At a broker of its own, which can be lost.
    pub async fn at(broker: u16) -> Self {
        let home = Home::new(&files(|text| text), Via::Broker(broker));
        Self::in_home(home, broker).await
    }

    async fn in_home(home: Home, port: u16) -> Self {
        let service = Service::up(&home, None).await;
        Self { service, devices: Device::new("kitchen", port), said: 0, home }
    }

    /// Someone presses a call point, and heat and smoke rise where it burns.
    pub async fn burns(&mut self) {
        self.says("center", "heat-3f-kitchen/reading", "temperature", "24").await;
        self.says("center", "call-3f-west/alarm", "call_point", "true").await;
        self.says("center", "smoke-3f-kitchen/reading", "smoke", "14").await;
        self.says("center", "heat-3f-kitchen/reading", "temperature", "61").await;
    }

    /// Somebody asks for help.
    pub async fn calls_for_help(&mut self, home: &str) {
        self.says("usan", &format!("{home}-sos/alarm"), "sos", "true").await;
    }

    /// One reading, which is stored when this returns.
    async fn says(&mut self, site: &str, from: &str, quantity: &str, value: &str) {
        self.told(site, from, quantity, value);
        soon(self.devices.acknowledged(1)).await;
    }

    fn told(&mut self, site: &str, from: &str, quantity: &str, value: &str) {
        self.said += 1;
        let payload = format!(r#"{{"id":"{}","readings":{{"{quantity}":{value}}}}}"#, self.said);
        self.devices.publish(&format!("jikimi/v1/{site}/{from}"), payload);
    }

    /// From so many homes at once.
    pub async fn all_call_for_help(&mut self, homes: std::ops::Range<usize>) {
        for n in homes.clone() {
            self.told("many", &format!("n{n:04}-sos/alarm"), "sos", "true");
        }
        soon(self.devices.acknowledged(homes.len())).await;
    }

    /// `jikimi` beside the service, with this configuration; what it says, which is JSON.
    pub async fn beside(&self, arguments: &[&str]) -> Value {
        let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_jikimi"));
        command.args(arguments).arg("--json").arg("--config").arg(self.home.path("config"));
        let said = command.output().await.expect("jikimi starts");
        assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
        serde_json::from_slice(&said.stdout).unwrap_or_default()
    }

    /// An account with this role; its password.
    pub async fn account(&self, name: &str, role: &str, site: &str) -> String {
        let said = self.beside(&["user", "add", name, "--role", role, "--site", site]).await;
        said["password"].as_str().expect("a password").to_owned()
    }

    /// Rewrites a file of the configuration.
    pub fn edit(&self, file: &str, from: &str, to: &str) {
        let path = self.home.path("config").join(file);
        let text = std::fs::read_to_string(&path).expect("a file");
        assert!(text.contains(from), "{file} does not say {from}");
        std::fs::write(path, text.replacen(from, to, 1)).expect("written");
    }

    /// Takes the file of the database away, as a disk that is gone does.
    pub fn loses_database(&self) {
        std::fs::remove_file(self.home.path("jikimi.db")).expect("it was there");
    }

    /// What the database itself says, by a query that gives one text a row.
    pub async fn stored(&self, query: &str) -> Vec<String> {
        let db = Db::open(&self.home.database()).await.expect("the database opens");
        let rows = db.all(query, Vec::new()).await.expect("an answer");
        rows.iter().map(|row: &Row| row.text("fact").expect("a text")).collect()
    }

    /// Comes in by the console's own door.
    pub async fn enters(&self, browser: &mut Browser, account: &str, password: &str) {
        browser.until("document.querySelector('form input[autocomplete=username]')").await;
        browser.types("input[autocomplete=username]", account).await;
        browser.types("input[autocomplete=current-password]", password).await;
        browser.press_for_page("Enter").await;
        browser.until("document.querySelector('.bar nav')").await;
    }

    /// The console on this page, in the language and at the size of a test.
    pub async fn console(&self, browser: &mut Browser, page: &str) {
        browser.open("about:blank").await;
        browser.open(&self.service.url(&format!("/#/{page}"))).await;
        browser.until("document.querySelector('main')").await;
    }
}

/// A key file of its own, with which what is said of people is sealed.
fn sealing(home: &Home) {
    use std::os::unix::fs::PermissionsExt as _;
    let key = home.path("personal.key");
    std::fs::write(&key, "5a".repeat(32)).expect("a key file");
    let ours = std::fs::Permissions::from_mode(0o600);
    std::fs::set_permissions(&key, ours).expect("nobody else's");
    let settings = home.path("config/jikimi.toml");
    let text = std::fs::read_to_string(&settings).expect("the settings");
    let more = format!("{text}\n[personal]\nkey_file = \"{}\"\n", key.display());
    std::fs::write(settings, more).expect("written");
}

/// The configuration that comes with jikimi, as far as it concerns the building and the homes.
pub fn files(said: impl Fn(String) -> String) -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("config");
    let read = |path: &Path| std::fs::read_to_string(root.join(path)).expect("a file");
    let mut files = vec![];
    for site in ["center", "usan"] {
        let site = PathBuf::from(format!("sites/{site}.toml"));
        files.push((site.clone(), said(read(&site))));
    }
    for folder in ["rules", "situations"] {
        for entry in std::fs::read_dir(root.join(folder)).expect("a folder") {
            let path = Path::new(folder).join(entry.expect("a file").file_name());
            files.push((path.clone(), read(&path)));
        }
    }
    files
}

/// The same, and a site of so many homes, each with nothing but a button to call for help.
pub fn many(homes: usize) -> Vec<(PathBuf, String)> {
    let mut site = String::from(
        "id = \"many\"\nname = \"여러 세대\"\ntimezone = \"Asia/Seoul\"\n\n\
         [[building]]\nid = \"many-1\"\nname = \"1동\"\n",
    );
    for n in 0..homes {
        let _infallible = write!(
            site,
            "\n[[home]]\nid = \"n{n:04}\"\nbuilding = \"many-1\"\n\n\
             [[device]]\nid = \"n{n:04}-sos\"\nkind = \"sos\"\nhome = \"n{n:04}\"\n\
             reads = [\"sos\"]\n"
        );
    }
    let mut files = files(|text| text);
    files.push((PathBuf::from("sites/many.toml"), site));
    files
}
