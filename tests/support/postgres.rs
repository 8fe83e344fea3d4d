//! A PostgreSQL of a test's own: a cluster in a directory of its own on a free port of the
//! loopback, with a fresh database for each test, gone when the test process is.
//!
//! It keeps what it commits as ours has to in production (`fsync` and `synchronous_commit` are
//! on), and it wants a password. A keeper process holds it: the keeper reads orders from us, and
//! when it can read no more, however our end came, it stops the cluster and removes its directory.
//! A test that needs it fails, and says what to install, where it is missing.

#![allow(dead_code, reason = "not every test uses all of it")]

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock};

const USER: &str = "jikimi";
/// Of the one user. It guards nothing but a directory that is removed again.
pub const PASSWORD: &str = "an-open/secret";
/// The same as a URL has to say it.
const PASSWORD_IN_URL: &str = "an-open%2Fsecret";

/// A running cluster, or one that has been stopped and may be started again.
pub struct Postgres {
    port: u16,
    programs: PathBuf,
    databases: AtomicU32,
    directory: PathBuf,
    keeper: Mutex<Keeper>,
}

/// The process that holds the cluster, and what it is told over.
struct Keeper {
    directory: PathBuf,
    process: Child,
    /// Gone once the cluster has to end.
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

/// What the keeper does. It is given the directory, the port and where the programs are.
const KEEPER: &str = r#"
cd "$1" || exit 1
trap 'pg_ctl -D data -m immediate stop; cd /; rm -rf "$1"' EXIT
export PATH="$3:$PATH"
initdb -D data -U jikimi -E UTF8 --locale=C --no-sync -A scram-sha-256 --pwfile=password || exit 1
options="-p $2 -k $1 -c listen_addresses=127.0.0.1 -c fsync=on -c synchronous_commit=on"
echo made >&3
while read -r order; do
    case $order in
        start) pg_ctl -D data -w -l log -o "$options" start && echo well >&3 || echo not >&3 ;;
        stop) pg_ctl -D data -w -m fast stop && echo well >&3 || echo not >&3 ;;
        kill) pg_ctl -D data -w -m immediate stop && echo well >&3 || echo not >&3 ;;
    esac
done
"#;

impl Postgres {
    /// The cluster that all tests of this process share, each with a database of its own. Who
    /// wants to stop one starts one.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Postgres> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    /// Starts one that ends when it is dropped, and returns once it takes connections.
    pub fn start() -> Self {
        let programs = programs();
        // Between looking for a free port and taking it, another test may take it.
        for _ in 0..20 {
            let port = free_port();
            let mut keeper = Keeper::spawn(&programs, port);
            if keeper.obeys("start") {
                let directory = keeper.directory.clone();
                let (databases, keeper) = (AtomicU32::new(0), Mutex::new(keeper));
                return Self { port, programs, databases, directory, keeper };
            }
        }
        panic!("found no free port for PostgreSQL");
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Makes a new, empty database; its URL as it stands in our configuration.
    pub fn database(&self) -> String {
        self.url(&self.create())
    }

    /// Makes a new, empty database; its name.
    pub fn create(&self) -> String {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let port = self.port.to_string();
        let made = Command::new(self.programs.join("createdb"))
            .args(["-h", "127.0.0.1", "-p", &port, "-U", USER, "-w", &name])
            .env("PGPASSWORD", PASSWORD)
            .output()
            .expect("createdb runs");
        assert!(made.status.success(), "createdb: {}", String::from_utf8_lossy(&made.stderr));
        name
    }

    /// The URL of a database.
    pub fn url(&self, database: &str) -> String {
        self.url_at(self.port, database)
    }

    /// The same on another port, for whoever stands between.
    #[allow(clippy::unused_self, reason = "user and password are this cluster's")]
    pub fn url_at(&self, port: u16, database: &str) -> String {
        format!("postgres://{USER}:{PASSWORD_IN_URL}@127.0.0.1:{port}/{database}")
    }

    /// From now on it speaks TLS with this certificate, to whoever asks for it.
    pub fn speaks_tls(&self, certificate: &Path, key: &Path) {
        // PostgreSQL takes a key that is its own, and nobody else's to read.
        let here = |name: &str| self.directory.join(name);
        for (from, name) in [(certificate, "server.crt"), (key, "server.key")] {
            std::fs::copy(from, here(name)).expect("a copy");
            given_to_postgres(&here(name));
            let owners = std::os::unix::fs::PermissionsExt::from_mode(0o600);
            std::fs::set_permissions(here(name), owners).expect("its mode");
        }
        let settings = ["cert", "key"].map(|what| {
            let file = here(if what == "cert" { "server.crt" } else { "server.key" });
            format!("ALTER SYSTEM SET ssl_{what}_file = '{}'", file.display())
        });
        for order in settings.iter().map(String::as_str).chain(["ALTER SYSTEM SET ssl = on"]) {
            self.ask(order);
        }
        self.stop();
        self.restart();
    }

    fn ask(&self, sql: &str) {
        let done = Command::new(self.programs.join("psql"))
            .args(["-h", "127.0.0.1", "-p", &self.port.to_string(), "-U", USER, "-w", "-c", sql])
            .arg("postgres")
            .env("PGPASSWORD", PASSWORD)
            .output()
            .expect("psql runs");
        assert!(done.status.success(), "{sql}: {}", String::from_utf8_lossy(&done.stderr));
    }

    /// Stops it properly: every connection is ended, everything is written down.
    pub fn stop(&self) {
        self.must_obey("stop");
    }

    /// As if its machine had crashed; it recovers at the next start.
    pub fn kill(&self) {
        self.must_obey("kill");
    }

    /// Starts it again on the same port after it was stopped or killed.
    pub fn restart(&self) {
        self.must_obey("start");
    }

    fn must_obey(&self, order: &str) {
        let mut keeper = self.keeper.lock().expect("nobody broke while ordering");
        assert!(keeper.obeys(order), "PostgreSQL does not {order}");
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // A test that failed while it ordered is no reason to leave something running.
        let keeper = self.keeper.get_mut().unwrap_or_else(std::sync::PoisonError::into_inner);
        keeper.end();
    }
}

impl Keeper {
    /// Makes a cluster.
    fn spawn(programs: &Path, port: u16) -> Self {
        let directory = tempfile::tempdir().expect("a directory for PostgreSQL").keep();
        let log = std::fs::File::create(directory.join("keeper.log")).expect("a log");
        let password = directory.join("password");
        std::fs::write(&password, PASSWORD).expect("a password");
        let mut command = Command::new("sh");
        // Its answers go to what it calls 3, since the programs that it runs say much.
        let script = format!("exec 3>&1 >&2\n{KEEPER}");
        command.args(["-c", &script, "keeper"]).arg(&directory).arg(port.to_string());
        command.arg(programs).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(log);
        // Whoever interrupts the tests interrupts us; the keeper has to tidy up afterwards.
        command.process_group(0);
        for path in [&directory, &password] {
            if let Some((user, group)) = given_to_postgres(path) {
                command.uid(user).gid(group);
            }
        }
        let mut process = command.spawn().expect("sh runs");
        let orders = process.stdin.take();
        let answers = BufReader::new(process.stdout.take().expect("a pipe"));
        let mut keeper = Self { directory: directory.clone(), process, orders, answers };
        if keeper.answer() != "made" {
            let log = std::fs::read_to_string(directory.join("keeper.log")).unwrap_or_default();
            panic!("PostgreSQL makes no cluster: {log}");
        }
        keeper
    }

    fn obeys(&mut self, order: &str) -> bool {
        let orders = self.orders.as_mut().expect("it has not ended");
        writeln!(orders, "{order}").expect("the keeper listens");
        self.answer() == "well"
    }

    fn answer(&mut self) -> String {
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("the keeper speaks");
        line.trim().to_owned()
    }

    fn end(&mut self) {
        drop(self.orders.take());
        let _ = self.process.wait();
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.end();
    }
}

/// PostgreSQL refuses to run as root, so if we are, this becomes its own user's; whose that is.
fn given_to_postgres(path: &Path) -> Option<(u32, u32)> {
    if id_of(&["-u"]) != Some(0) {
        return None;
    }
    let of_postgres = |what| id_of(&[what, "postgres"]).expect("there is a user postgres");
    let (user, group) = (of_postgres("-u"), of_postgres("-g"));
    chown(path, Some(user), Some(group)).expect("it is given away");
    Some((user, group))
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("its number").port()
}

/// A number that `id` says.
fn id_of(arguments: &[&str]) -> Option<u32> {
    let said = Command::new("id").args(arguments).output().ok()?;
    String::from_utf8(said.stdout).ok()?.trim().parse().ok()
}

/// Where its programs are: distributions keep each version's in a directory of its own.
fn programs() -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut all: Vec<PathBuf> = versions.map(|version| version.path().join("bin")).collect();
    all.sort_by_key(|bin| {
        let version = bin.parent().and_then(Path::file_name).and_then(|name| name.to_str());
        version.and_then(|version| version.parse::<u32>().ok())
    });
    let path = std::env::var_os("PATH").unwrap_or_default();
    let others = std::env::split_paths(&path);
    let mut all = all.into_iter().rev().chain(others);
    all.find(|bin| ["initdb", "pg_ctl", "createdb"].iter().all(|name| bin.join(name).exists()))
        .expect("this test needs PostgreSQL (Debian: apt install postgresql)")
}
