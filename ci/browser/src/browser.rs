//! A Chromium without a window, spoken to through a pair of pipes.

use std::{
    fmt,
    io::{BufRead, BufReader, Write},
    path::PathBuf,
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    thread,
    time::{Duration, SystemTime},
};

use serde_json::{Value, json};

use crate::page::Size;

/// How long an answer of the browser may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// Names under which distributions install it.
const PROGRAMS: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];

/// Why a browser or a page could not be used.
#[derive(Debug)]
pub struct BrowserError(pub String);

impl fmt::Display for BrowserError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BrowserError {}

impl From<std::io::Error> for BrowserError {
    fn from(error: std::io::Error) -> Self {
        Self(format!("the browser cannot be reached: {error}"))
    }
}

/// A running browser. It ends when this is dropped.
pub struct Browser {
    child: Child,
    commands: ChildStdin,
    messages: Receiver<Value>,
    events: Vec<Value>,
    next: u64,
    /// The tab in which pages are opened one after another.
    pub(crate) tab: Option<Tab>,
    _profile: tempfile::TempDir,
}

/// A tab of a browser.
pub(crate) struct Tab {
    pub(crate) session: String,
    /// How many pages were loaded in it.
    pub(crate) loads: u64,
    /// How often a page was shown at another moment instead.
    pub(crate) shown: u64,
    /// The size of its window, once it was given one.
    pub(crate) size: Option<Size>,
    /// The page in it, if that has had no input and can be shown at another moment.
    pub(crate) untouched: Option<Untouched>,
}

/// A page that is as its last link shows it.
pub(crate) struct Untouched {
    /// The file, and when it was written.
    pub(crate) file: (PathBuf, SystemTime),
    /// The link with which it was loaded, if no other was shown since.
    pub(crate) loaded_with: Option<String>,
    /// The parts that its links have named, and that it keeps if a link does not name them.
    pub(crate) kept: Vec<&'static str>,
}

/// The installed Chromium, or `None`.
pub fn program() -> Option<&'static str> {
    PROGRAMS.into_iter().find(|name| {
        std::env::var_os("PATH")
            .is_some_and(|path| std::env::split_paths(&path).any(|dir| dir.join(name).is_file()))
    })
}

impl Browser {
    /// Starts the installed browser with a profile of its own.
    ///
    /// # Errors
    ///
    /// If there is none, or if it does not start.
    pub fn start() -> Result<Self, BrowserError> {
        let program = program()
            .ok_or_else(|| BrowserError("Chromium is not installed, or not in PATH".into()))?;
        let profile = tempfile::tempdir()?;
        // Chromium reads its commands from the descriptor 3 and answers on 4.
        let mut child = Command::new("sh")
            .args(["-c", r#"exec "$@" 3<&0 4>&1 0</dev/null 1>/dev/null 2>&1"#])
            .args(["sh", program, "--remote-debugging-pipe"])
            .args(["--headless", "--no-sandbox", "--disable-gpu"])
            .args(["--no-first-run", "--disable-background-networking"])
            .args(["--disable-component-update", "--disable-sync"])
            .args(["--disable-dev-shm-usage", "--hide-scrollbars"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg("about:blank")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let commands = child.stdin.take().expect("the input is a pipe");
        let mut output = BufReader::new(child.stdout.take().expect("the output is a pipe"));
        let (sender, messages) = channel();
        thread::spawn(move || {
            let mut bytes = Vec::new();
            while output.read_until(0, &mut bytes).is_ok_and(|read| read > 0) {
                bytes.pop();
                let Ok(message) = serde_json::from_slice(&bytes) else {
                    break;
                };
                if sender.send(message).is_err() {
                    break;
                }
                bytes.clear();
            }
        });
        Ok(Self {
            child,
            commands,
            messages,
            events: Vec::new(),
            next: 0,
            tab: None,
            _profile: profile,
        })
    }

    /// Sends a command and waits for its result. Events that come first are kept.
    ///
    /// # Errors
    ///
    /// If the browser refuses the command, has ended, or does not answer in time.
    pub fn call(
        &mut self,
        session: Option<&str>,
        method: &str,
        params: Value,
    ) -> Result<Value, BrowserError> {
        self.next += 1;
        let id = self.next;
        let mut command = json!({ "id": id, "method": method, "params": params });
        if let Some(session) = session {
            command["sessionId"] = session.into();
        }
        let mut bytes = command.to_string().into_bytes();
        bytes.push(0);
        self.commands.write_all(&bytes)?;
        loop {
            let message = match self.messages.recv_timeout(PATIENCE) {
                Ok(message) => message,
                Err(RecvTimeoutError::Timeout) => {
                    return Err(BrowserError(format!("no answer to {method}")));
                }
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(BrowserError(format!("the browser ended during {method}")));
                }
            };
            if message["id"] != id {
                self.events.push(message);
            } else if let Some(error) = message.get("error") {
                return Err(BrowserError(format!("{method}: {error}")));
            } else {
                return Ok(message["result"].clone());
            }
        }
    }

    /// The events of a session since the last call.
    pub(crate) fn take_events(&mut self, session: &str) -> Vec<Value> {
        self.events.extend(self.messages.try_iter());
        let (own, others) = std::mem::take(&mut self.events)
            .into_iter()
            .partition(|event| event["sessionId"] == session);
        self.events = others;
        own
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.call(None, "Browser.close", json!({}));
        let _ = self.child.wait();
    }
}
