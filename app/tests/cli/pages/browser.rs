//! Chromium without a display, driven by its DevTools protocol over a pipe: messages of JSON with a NUL after each.
//!
//! ```text
//! test ── stdin ─► sh ─ fd 3 ─► chromium         the shell puts the pipes where Chromium looks for them
//!      ◄─ stdout ─────── fd 4 ─
//! ```

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use goscope_test_support::{Need, has_programs};
use serde_json::{Value, json};
use tempfile::TempDir;

/// How long an answer may take on a machine that does other things, too.
const PATIENCE: Duration = Duration::from_secs(60);

/// The size of the page: all boxes of a picture of this width can be clicked.
const SIZE: [u32; 2] = [1400, 1000];

/// A browser with one page. What the page does is kept until it is asked for.
pub(super) struct Browser {
    child: Child,
    to: Option<ChildStdin>,
    from: Receiver<Value>,
    session: Option<String>,
    next_id: u64,
    /// Errors and warnings of the console, requests, dialogs, refusals by the policy of the page.
    said: Vec<String>,
    requests: Vec<String>,
    loads: usize,
    /// What the next dialog that asks for a text is told.
    pub(super) answer: Option<String>,
    _profile: TempDir,
}

impl Browser {
    /// Starts it; `None`, said aloud, where there is none.
    pub(super) fn start() -> Option<Self> {
        if !has_programs(Need::Browser, &["chromium"]) {
            return None;
        }
        let profile = TempDir::new().expect("a folder");
        // As root there is no sandbox to be had, and the pages are the test's own.
        let line = "exec chromium --headless=new --no-sandbox --use-angle=swiftshader \
                    --enable-unsafe-swiftshader --no-first-run --disable-extensions \
                    --disable-background-networking --disable-component-update --disable-sync --hide-scrollbars \
                    --remote-debugging-pipe --user-data-dir=\"$1\" about:blank 3<&0 4>&1 </dev/null >/dev/null 2>&1";
        let mut child = Command::new("sh")
            .args(["-c", line, "sh"])
            .arg(profile.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a shell starts");
        let to = child.stdin.take();
        let pipe = BufReader::new(child.stdout.take().expect("a pipe"));
        let (sender, from) = channel();
        std::thread::spawn(move || {
            for message in pipe.split(0).map_while(Result::ok) {
                let Ok(value) = serde_json::from_slice(&message) else { continue };
                if sender.send(value).is_err() {
                    return;
                }
            }
        });
        let mut browser = Self {
            child,
            to,
            from,
            session: None,
            next_id: 0,
            said: Vec::new(),
            requests: Vec::new(),
            loads: 0,
            answer: None,
            _profile: profile,
        };
        browser.attach();
        Some(browser)
    }

    fn attach(&mut self) {
        let target = self.call("Target.createTarget", &json!({"url": "about:blank"}));
        let attached =
            self.call("Target.attachToTarget", &json!({"targetId": target["targetId"], "flatten": true}));
        self.session = attached["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page", "Runtime", "Log", "Network"] {
            self.call(&format!("{domain}.enable"), &json!({}));
        }
        let [width, height] = SIZE;
        let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.call("Emulation.setDeviceMetricsOverride", &size);
    }

    /// Asks the browser, and takes note of all else that it says until it answers.
    fn call(&mut self, method: &str, params: &Value) -> Value {
        let id = self.send(method, params);
        let end = Instant::now() + PATIENCE;
        loop {
            let message = self.message(end, method);
            if message["id"] == json!(id) {
                assert!(message["error"].is_null(), "{method}: {}", message["error"]);
                return message["result"].clone();
            }
        }
    }

    fn send(&mut self, method: &str, params: &Value) -> u64 {
        self.next_id += 1;
        let mut message = json!({"id": self.next_id, "method": method, "params": params});
        if let Some(session) = &self.session {
            message["sessionId"] = json!(session);
        }
        let mut bytes = message.to_string().into_bytes();
        bytes.push(0);
        self.to.as_mut().expect("the browser runs").write_all(&bytes).expect("the browser listens");
        self.next_id
    }

    fn message(&mut self, end: Instant, waiting_for: &str) -> Value {
        let left = end.saturating_duration_since(Instant::now());
        let message = self.from.recv_timeout(left);
        let message =
            message.unwrap_or_else(|error| panic!("{waiting_for}: {error}; the page said {:?}", self.said));
        self.note(&message);
        message
    }

    fn note(&mut self, message: &Value) {
        let params = &message["params"];
        match message["method"].as_str() {
            Some("Page.loadEventFired") => self.loads += 1,
            Some("Runtime.exceptionThrown") => self.said.push(params["exceptionDetails"].to_string()),
            Some("Runtime.consoleAPICalled") => self.said.push(params["args"].to_string()),
            Some("Log.entryAdded") => self.said.push(params["entry"]["text"].to_string()),
            Some("Network.requestWillBeSent") => {
                self.requests.push(params["request"]["url"].as_str().unwrap_or_default().to_owned());
            }
            Some("Page.javascriptDialogOpening") => {
                let answer = self.answer.take();
                if answer.is_none() || params["type"] != "prompt" {
                    self.said.push(format!("a dialog opens: {params}"));
                }
                let answer = json!({"accept": answer.is_some(), "promptText": answer.unwrap_or_default()});
                self.send("Page.handleJavaScriptDialog", &answer);
            }
            _ => {}
        }
    }

    /// Opens a file in light or dark, and forgets what the one before said.
    pub(super) fn open(&mut self, file: &Path, scheme: &str) {
        let features = json!([{"name": "prefers-color-scheme", "value": scheme}]);
        self.call("Emulation.setEmulatedMedia", &json!({"features": features}));
        self.navigate("about:blank");
        self.pause();
        (self.said, self.requests) = (Vec::new(), Vec::new());
        self.navigate(&format!("file://{}", file.display()));
        // Scripts of a picture go on after the load: twice a frame, so that all is drawn.
        self.pause();
    }

    fn navigate(&mut self, address: &str) {
        self.loads = 0;
        self.call("Page.navigate", &json!({"url": address}));
        let end = Instant::now() + PATIENCE;
        while self.loads == 0 {
            self.message(end, "a page that loads");
        }
    }

    /// Until the page has drawn twice.
    pub(super) fn pause(&mut self) {
        self.eval("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => done(1), 20))))");
    }

    /// What an expression comes to in the page.
    pub(super) fn eval(&mut self, expression: &str) -> Value {
        let params = json!({"expression": expression, "returnByValue": true, "awaitPromise": true});
        let result = self.call("Runtime.evaluate", &params);
        assert!(result["exceptionDetails"].is_null(), "{expression}: {}", result["exceptionDetails"]);
        result["result"]["value"].clone()
    }

    /// Presses and lets go of the left button in the middle of what an expression names.
    pub(super) fn click(&mut self, element: &str) {
        let place = self.eval(&format!(
            "(() => {{ const it = {element}; if (!it) return null; it.scrollIntoView({{block: 'center'}}); \
             const at = it.getBoundingClientRect(); return [at.x + at.width / 2, at.y + at.height / 2]; }})()"
        ));
        assert!(place.is_array(), "there is no {element}");
        for (kind, buttons) in [("mouseMoved", 0), ("mousePressed", 1), ("mouseReleased", 0)] {
            let button = if kind == "mouseMoved" { "none" } else { "left" };
            self.call(
                "Input.dispatchMouseEvent",
                &json!({"type": kind, "x": place[0], "y": place[1], "button": button, "buttons": buttons, "clickCount": 1}),
            );
        }
        self.pause();
    }

    /// What the console said, and which dialogs opened, since the page was opened.
    pub(super) fn said(&self) -> &[String] {
        &self.said
    }

    /// Addresses that the page asked for.
    pub(super) fn requests(&self) -> &[String] {
        &self.requests
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // It ends when nobody speaks to it any more.
        drop(self.to.take());
        let end = Instant::now() + Duration::from_secs(10);
        while Instant::now() < end && matches!(self.child.try_wait(), Ok(None)) {
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
