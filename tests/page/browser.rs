//! A Chromium of a test's own, driven over its debugging pipe: JSON messages that each end in a
//! zero byte. It needs neither a port nor a crate.

use std::process::Stdio;
use std::time::Duration;

use base64::Engine as _;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

/// What the page does not show within this it does not show.
const PATIENCE: Duration = Duration::from_mins(1);

const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];

const ARGUMENTS: [&str; 10] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-pipe",
];

/// Finds a browser and puts its pipe, which are the descriptors 3 and 4, on ours.
const START: &str = "for name in $NAMES; do \
     command -v \"$name\" > /dev/null && exec \"$name\" \"$@\" 3<&0 4>&1 0</dev/null 1>&2; \
     done; echo \"none of $NAMES is here\" >&2; exit 1";

pub struct Browser {
    process: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    session: Option<String>,
    asked: u64,
    loaded: bool,
    preferring: Option<String>,
    /// What the browser complained of: scripts that broke, what the policy refused.
    pub complaints: Vec<String>,
    _profile: tempfile::TempDir,
}

impl Browser {
    /// Starts one with an empty tab.
    pub async fn start() -> Self {
        let profile = tempfile::tempdir().expect("a folder");
        let log = std::fs::File::create(profile.path().join("log")).expect("a log");
        let mut command = Command::new("sh");
        command.args(["-c", START, "sh"]).args(ARGUMENTS).env("NAMES", NAMES.join(" "));
        command.arg(format!("--user-data-dir={}", profile.path().display())).arg("about:blank");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(log).kill_on_drop(true);
        let mut process = command.spawn().expect("a shell");
        let to = process.stdin.take().expect("a pipe");
        let from = BufReader::new(process.stdout.take().expect("a pipe"));
        let mut browser = Self {
            process,
            to,
            from,
            session: None,
            asked: 0,
            loaded: false,
            preferring: None,
            complaints: Vec::new(),
            _profile: profile,
        };
        let tab = browser.ask("Target.createTarget", json!({"url": "about:blank"})).await;
        let tab = json!({"targetId": tab["targetId"], "flatten": true});
        let attached = browser.ask("Target.attachToTarget", tab).await;
        browser.session = attached["sessionId"].as_str().map(str::to_owned);
        for events in ["Page.enable", "Runtime.enable", "Log.enable"] {
            browser.ask(events, json!({})).await;
        }
        browser
    }

    /// Opens a page and waits until its own files are there.
    pub async fn open(&mut self, url: &str) {
        self.loaded = false;
        self.ask("Page.navigate", json!({"url": url})).await;
        while !self.loaded {
            self.heard().await;
        }
    }

    /// A key upon which the page loads itself anew.
    pub async fn press_for_page(&mut self, key: &str) {
        self.loaded = false;
        self.press(key).await;
        let loading = async {
            while !self.loaded {
                self.heard().await;
            }
        };
        tokio::time::timeout(PATIENCE, loading).await.expect("the page loads anew");
    }

    pub async fn resize(&mut self, width: u32, height: u32) {
        let size =
            json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.ask("Emulation.setDeviceMetricsOverride", size).await;
    }

    /// A key, pressed and let go: a letter, a sign, or a name such as `Enter` and `Tab`.
    pub async fn press(&mut self, key: &str) {
        let letter = key.len() == 1;
        let code = match key {
            " " => "Space".to_owned(),
            key if letter => format!("Key{}", key.to_uppercase()),
            key => key.to_owned(),
        };
        let number = match key {
            "Tab" => 9,
            "Enter" => 13,
            "Escape" => 27,
            "ArrowDown" => 40,
            key => key.bytes().next().map_or(0, |byte| u32::from(byte.to_ascii_uppercase())),
        };
        let text = if key == "Enter" {
            "\r"
        } else if letter {
            key
        } else {
            ""
        };
        for kind in ["keyDown", "keyUp"] {
            let mut event = json!({
                "type": kind, "key": key, "code": code, "windowsVirtualKeyCode": number,
            });
            if kind == "keyDown" && !text.is_empty() {
                event["text"] = json!(text);
            }
            self.ask("Input.dispatchKeyEvent", event).await;
        }
    }

    /// A finger on the middle of what this finds, which has to be there and in sight.
    pub async fn tap(&mut self, selector: &str) {
        let place = self
            .value(&format!(
                "(() => {{ const found = document.querySelector({selector:?});
                    found.scrollIntoView({{ block: 'center' }});
                    const box = found.getBoundingClientRect();
                    return [box.x + box.width / 2, box.y + box.height / 2, box.height]; }})()"
            ))
            .await;
        for kind in ["mousePressed", "mouseReleased"] {
            let event = json!({
                "type": kind, "x": place[0], "y": place[1], "button": "left", "clickCount": 1,
            });
            self.ask("Input.dispatchMouseEvent", event).await;
        }
    }

    /// Types into what this finds, in place of what stands there.
    pub async fn types(&mut self, selector: &str, text: &str) {
        let ready = format!(
            "(() => {{ const of = document.querySelector({selector:?});
                of.focus(); of.select(); return true; }})()"
        );
        self.value(&ready).await;
        self.ask("Input.insertText", json!({"text": text})).await;
    }

    /// Chooses from a list, as a hand would.
    pub async fn chooses(&mut self, selector: &str, value: &str) {
        let choosing = format!(
            "(() => {{ const of = document.querySelector({selector:?}); of.value = {value:?};
                of.dispatchEvent(new Event('change', {{ bubbles: true }})); return of.value; }})()"
        );
        assert_eq!(self.value(&choosing).await, value, "{selector} has no {value}");
    }

    /// What this browser's user has chosen, from the next page on.
    pub async fn prefers(&mut self, theme: &str, language: &str) {
        let source = format!(
            "if (location.protocol.startsWith('http')) {{
                localStorage.setItem('jikimi.theme', '{theme}');
                localStorage.setItem('jikimi.language', '{language}');
                localStorage.setItem('jikimi.sound', 'off');
            }}"
        );
        if let Some(before) = self.preferring.take() {
            let before = json!({"identifier": before});
            self.ask("Page.removeScriptToEvaluateOnNewDocument", before).await;
        }
        let source = json!({"source": source});
        let added = self.ask("Page.addScriptToEvaluateOnNewDocument", source).await;
        self.preferring = added["identifier"].as_str().map(str::to_owned);
    }

    /// A picture of the whole page.
    pub async fn picture(&mut self, file: &std::path::Path) {
        let wanted = json!({"format": "png", "captureBeyondViewport": true});
        let answer = self.ask("Page.captureScreenshot", wanted).await;
        let data = answer["data"].as_str().expect("a picture");
        let bytes = base64::engine::general_purpose::STANDARD.decode(data).expect("base64");
        std::fs::write(file, bytes).expect("the picture is written");
    }

    /// The value of an expression in the page; of a promise, what it comes to.
    pub async fn value(&mut self, expression: &str) -> Value {
        let asked = json!({
            "expression": expression, "returnByValue": true, "awaitPromise": true,
        });
        let answer = self.ask("Runtime.evaluate", asked).await;
        assert!(answer.get("exceptionDetails").is_none(), "{expression}: {answer:#}");
        answer["result"]["value"].clone()
    }

    pub async fn text(&mut self, expression: &str) -> String {
        let value = self.value(expression).await;
        value.as_str().unwrap_or_else(|| panic!("{expression} is {value}")).to_owned()
    }

    /// Waits until an expression holds, by looking at it whenever the page changes.
    pub async fn until(&mut self, holds: &str) {
        let waiting = format!(
            "new Promise((resolve) => {{
                const look = () => {{
                    if (!({holds})) return;
                    watching.disconnect();
                    resolve(true);
                }};
                const watching = new MutationObserver(look);
                watching.observe(document, {{
                    subtree: true, childList: true, attributes: true, characterData: true,
                }});
                look();
            }})"
        );
        let held = tokio::time::timeout(PATIENCE, self.value(&waiting)).await;
        if held.is_err() {
            let shown = self.text("document.body.innerText").await;
            panic!("it never came to be that {holds}\n{:#?}\n{shown}", self.complaints);
        }
    }

    /// Ends it, and waits until it has.
    pub async fn close(mut self) {
        self.session = None;
        self.ask("Browser.close", json!({})).await;
        let ended = tokio::time::timeout(PATIENCE, self.process.wait()).await;
        ended.expect("it ends in time").expect("an end");
    }

    async fn ask(&mut self, method: &str, params: Value) -> Value {
        self.asked += 1;
        let id = self.asked;
        let mut message = json!({"id": id, "method": method, "params": params});
        if let Some(session) = &self.session {
            message["sessionId"] = json!(session);
        }
        let mut bytes = message.to_string().into_bytes();
        bytes.push(0);
        self.to.write_all(&bytes).await.expect("the browser listens; `make tools` installs one");
        loop {
            let heard = self.heard().await;
            if heard["id"] == id {
                assert!(heard.get("error").is_none(), "{method}: {}", heard["error"]);
                return heard["result"].clone();
            }
        }
    }

    /// The next message, with what it means for us noted down.
    async fn heard(&mut self) -> Value {
        let mut bytes = Vec::new();
        self.from.read_until(0, &mut bytes).await.expect("a readable pipe");
        assert_eq!(bytes.pop(), Some(0), "the browser has ended; `make tools` installs one");
        let heard: Value = serde_json::from_slice(&bytes).expect("JSON");
        match heard["method"].as_str() {
            Some("Page.loadEventFired") => self.loaded = true,
            Some("Runtime.exceptionThrown" | "Log.entryAdded") => {
                self.complaints.push(heard["params"].to_string());
            }
            _ => {}
        }
        heard
    }
}
