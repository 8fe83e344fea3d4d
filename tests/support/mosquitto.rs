//! A Mosquitto of a test's own: on a free port of the loopback, with its memory in a directory of
//! its own, gone when the test is.
//!
//! It is set up as ours are in production (nothing that was acknowledged is dropped), except that
//! anyone may connect; or with the very file of production, its paths and ports put elsewhere. A
//! test that needs it fails, and says what to install, where it is missing.

#![allow(dead_code, reason = "not every test uses all of it")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use tempfile::TempDir;

/// A running broker, or one that has been stopped and may be started again.
pub struct Mosquitto {
    directory: TempDir,
    ports: Ports,
    kind: Kind,
    process: Option<Child>,
}

/// Where it listens. A plain one has the first port only.
#[derive(Debug, Clone, Copy)]
pub struct Ports {
    /// Devices with a password; everyone at a plain one.
    pub devices: u16,
    pub jikimi: u16,
    /// Devices with a certificate.
    pub certificates: u16,
}

enum Kind {
    Plain,
    /// With the shipped configuration. In this folder are certs/ and jikimi/.
    Production(PathBuf),
}

const SHIPPED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/mosquitto/mosquitto.conf");

const STARTED_WITHIN: Duration = Duration::from_secs(20);

impl Mosquitto {
    /// Starts one, and returns once it takes connections.
    pub fn start() -> Self {
        Self::of(Kind::Plain)
    }

    /// Starts one with the shipped configuration; `files` has certs/ and jikimi/ in it.
    pub fn production(files: &Path) -> Self {
        Self::of(Kind::Production(files.to_owned()))
    }

    fn of(kind: Kind) -> Self {
        let directory = tempfile::tempdir().expect("a directory for Mosquitto");
        // Between looking for a free port and taking it, another test may take it.
        for _ in 0..20 {
            let [devices, jikimi, certificates] = [(); 3].map(|()| free_port());
            let ports = Ports { devices, jikimi, certificates };
            if let Some(process) = run(directory.path(), ports, &kind) {
                return Self { directory, ports, kind, process: Some(process) };
            }
        }
        panic!("found no free port for Mosquitto");
    }

    pub fn port(&self) -> u16 {
        self.ports.devices
    }

    pub fn ports(&self) -> Ports {
        self.ports
    }

    /// As it stands in our configuration.
    pub fn url(&self) -> String {
        format!("mqtt://127.0.0.1:{}", self.ports.devices)
    }

    /// Stops it properly: it writes down sessions and retained messages.
    pub fn stop(&mut self) {
        let Some(mut process) = self.process.take() else { return };
        let asked = Command::new("kill").arg("-TERM").arg(process.id().to_string()).status();
        assert!(asked.expect("kill runs").success(), "Mosquitto was gone already");
        process.wait().expect("Mosquitto ends");
    }

    /// Has it read its accounts again.
    pub fn reread(&self) {
        let process = self.process.as_ref().expect("it runs");
        let asked = Command::new("kill").arg("-HUP").arg(process.id().to_string()).status();
        assert!(asked.expect("kill runs").success());
    }

    /// Kills it: what it has not written down is lost.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = process.kill();
            let _ = process.wait();
        }
    }

    /// Starts it again on the same port, with what it wrote down; stops it first if it runs.
    pub fn restart(&mut self) {
        self.stop();
        let process = run(self.directory.path(), self.ports, &self.kind);
        self.process = Some(process.expect("the port is still free"));
    }
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        self.kill();
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("its number").port()
}

/// Starts it. `None` if the port is taken.
fn run(directory: &Path, ports: Ports, kind: &Kind) -> Option<Child> {
    let file = directory.join("mosquitto.conf");
    let text = match kind {
        Kind::Plain => configuration(directory, ports.devices),
        Kind::Production(files) => shipped(directory, ports, files),
    };
    std::fs::write(&file, text).expect("the configuration is written");
    // Distributions install it where only root's PATH looks.
    let path = std::env::var("PATH").unwrap_or_default() + ":/usr/local/sbin:/usr/sbin";
    let mut process = Command::new("mosquitto")
        .arg("-c")
        .arg(&file)
        .env("PATH", path)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| {
            panic!("this test needs Mosquitto (Debian: apt install mosquitto): {error}")
        });
    if listens(&mut process) {
        serves(ports.devices, kind);
        return Some(process);
    }
    let _ = process.kill();
    let _ = process.wait();
    None
}

fn configuration(directory: &Path, port: u16) -> String {
    let directory = directory.display();
    format!(
        "listener {port} 127.0.0.1\n\
         allow_anonymous true\n\
         user root\n\
         persistence true\n\
         persistence_location {directory}/\n\
         max_queued_messages 0\n\
         max_inflight_messages 1000\n\
         log_dest stderr\n\
         log_type error\n\
         log_type warning\n\
         log_type information\n"
    )
}

/// The shipped configuration with its paths and ports put elsewhere; nothing else is changed.
fn shipped(directory: &Path, ports: Ports, files: &Path) -> String {
    let text = std::fs::read_to_string(SHIPPED).expect("deploy/mosquitto/mosquitto.conf");
    let (files, memory) = (files.display(), directory.display());
    let moved = [
        ("user mosquitto".to_owned(), "user root".to_owned()),
        ("/etc/mosquitto/".to_owned(), format!("{files}/")),
        ("/var/lib/mosquitto/".to_owned(), format!("{memory}/")),
        ("log_dest stdout".to_owned(), "log_dest stderr".to_owned()),
        ("listener 8883".to_owned(), format!("listener {} 127.0.0.1", ports.devices)),
        ("listener 8884".to_owned(), format!("listener {} 127.0.0.1", ports.jikimi)),
        ("listener 8885".to_owned(), format!("listener {} 127.0.0.1", ports.certificates)),
    ];
    moved.iter().fold(text, |text, (from, to)| {
        assert!(text.contains(from), "the shipped file no longer says {from}");
        text.replace(from, to)
    })
}

/// Waits until it answers a client. It says that it runs a moment before its loop does, and a stop
/// in that moment would be forgotten.
fn serves(port: u16, kind: &Kind) {
    let mut connection = TcpStream::connect(("127.0.0.1", port)).expect("Mosquitto listens");
    connection.set_read_timeout(Some(STARTED_WITHIN)).expect("a limit is set");
    connection.write_all(CONNECT).expect("Mosquitto reads");
    let mut answer = [0; 4];
    if matches!(kind, Kind::Production(_)) {
        // What is no TLS is hung up on, by a loop that runs.
        let _ = connection.read(&mut answer);
        return;
    }
    connection.read_exact(&mut answer).expect("Mosquitto answers");
    connection.write_all(DISCONNECT).expect("Mosquitto reads");
}

/// MQTT 3.1.1, a session of this connection only, keep-alive 60 s, the client id `ready`.
const CONNECT: &[u8] = b"\x10\x11\0\x04MQTT\x04\x02\0\x3c\0\x05ready";
const DISCONNECT: &[u8] = b"\xe0\0";

/// Reads its log until it listens or gives up, and goes on reading so that it never blocks.
fn listens(process: &mut Child) -> bool {
    let log = process.stderr.take().expect("its log is piped");
    let (say, said) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(log).lines().map_while(Result::ok) {
            if line.contains(" running") {
                let _ = say.send(Ok(()));
            } else if line.contains("Error") {
                let _ = say.send(Err(line));
            }
        }
    });
    match said.recv_timeout(STARTED_WITHIN) {
        Ok(Ok(())) => true,
        Ok(Err(line)) if line.contains("Address already in use") => false,
        Ok(Err(line)) => panic!("Mosquitto does not start: {line}"),
        Err(error) => panic!("Mosquitto did not start within {STARTED_WITHIN:?}: {error}"),
    }
}
