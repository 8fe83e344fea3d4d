//! A real mail server on loopback (aiosmtpd), and its letters, read by another program than wrote
//! them.

use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

/// Debian's Python has the server; another one in PATH may not.
const PYTHON: &str = "/usr/bin/python3";

/// Prints what a mail reader sees of each letter of a folder.
const READ: &str = "
import email, email.policy, json, pathlib, sys
for path in sorted(pathlib.Path(sys.argv[1], 'new').glob('*')):
    letter = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    print(json.dumps({'id': letter['Message-ID'], 'to': letter['To'],
                      'subject': letter['Subject'], 'body': letter.get_body().get_content()}))
";

pub struct MailServer {
    server: Child,
    folder: tempfile::TempDir,
    port: u16,
}

impl MailServer {
    /// Starts on this port; who sends a letter waits until it listens.
    pub fn start(port: u16) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut server = Command::new(PYTHON);
        server.args(["-m", "aiosmtpd", "--nosetuid", "--listen", &format!("127.0.0.1:{port}")]);
        server.args(["--class", "aiosmtpd.handlers.Mailbox"]).arg(folder.path().join("mail"));
        let server = server.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        Self { server: server.expect("python3-aiosmtpd is there"), folder, port }
    }

    pub fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }

    /// Every letter that has come, the oldest first.
    pub fn letters(&self) -> Vec<Value> {
        let folder: &Path = self.folder.path();
        let read = Command::new(PYTHON).args(["-c", READ]).arg(folder.join("mail")).output();
        let read = read.expect("Python runs").stdout;
        let lines = String::from_utf8_lossy(&read).into_owned();
        lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.server.kill());
        drop(self.server.wait());
    }
}
