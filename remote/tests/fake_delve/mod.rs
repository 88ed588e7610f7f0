//! A debugger that answers from a list: `METHOD -> RESULT` a line, where `Command` is followed by its name. Of several
//! lines for one method each is used once, in their order, and the last one again and again. Besides JSON a result is
//!
//! ```text
//! error WORDS      a refusal
//! silence          nothing, ever
//! close            the connection is closed
//! cut N JSON       the first N bytes of the answer, then the connection is closed
//! drip JSON        a byte at a time
//! slow N JSON      after N ms, and the program does what was asked only then
//! later            the answer comes before that to the next `halt`, as that to `continue` does
//! raw TEXT         this text and nothing else
//! flood            an answer without an end
//! ```
//!
//! Without a line for it, `State` is what `halt` and `continue` made of a program that runs in the beginning.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// Answers for the beginning: version, clients, how the program came to be.
pub(crate) const GREETING: &str = r#"
GetVersion -> {"DelveVersion":"Version: 1.27.2\nBuild: x","APIVersion":2,"Backend":"native","TargetGoVersion":"Go cmd/compile go1.26.8"}
IsMulticlient -> {"IsMulticlient":true}
AttachedToExistingProcess -> {"Answer":true}
"#;

/// A program that runs, is halted, and runs again.
pub(crate) const RUNNING: &str = r#"
Command halt -> {"State":{"Running":false,"Threads":null}}
Command continue -> later
"#;

/// What it answers, and what the program does.
struct Script {
    answers: BTreeMap<String, Vec<String>>,
    is_running: bool,
}

impl Script {
    fn answer(&mut self, method: &str) -> String {
        let answer = match self.answers.get_mut(method) {
            Some(list) if list.len() > 1 => list.remove(0),
            Some(list) => list[0].clone(),
            None if method == "State" => format!("{{\"State\":{{\"Running\":{}}}}}", self.is_running),
            None => panic!("no answer to {method}"),
        };
        if !answer.starts_with("slow ") {
            self.take_effect(method);
        }
        answer
    }

    fn take_effect(&mut self, method: &str) {
        match method {
            "Command halt" => self.is_running = false,
            "Command continue" => self.is_running = true,
            _ => {}
        }
    }
}

/// A debugger.
pub(crate) struct FakeDelve {
    /// `HOST:PORT`.
    pub(crate) place: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl FakeDelve {
    /// Listens; for all connections together, each answer is given once.
    pub(crate) fn start(parts: &[&str]) -> Self {
        let mut answers: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for line in parts.iter().flat_map(|part| part.lines()).filter(|line| !line.trim().is_empty()) {
            let (method, answer) = line.split_once(" -> ").expect("METHOD -> RESULT");
            answers.entry(method.to_owned()).or_default().push(answer.to_owned());
        }
        let script = Arc::new(Mutex::new(Script { answers, is_running: true }));
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let place = listener.local_addr().expect("an address").to_string();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&asked);
        thread::spawn(move || {
            while let Ok((stream, _)) = listener.accept() {
                let (script, log) = (Arc::clone(&script), Arc::clone(&log));
                // A client that has gone is no matter.
                thread::spawn(move || drop(serve(&stream, &script, &log)));
            }
        });
        Self { place, asked }
    }

    /// What was asked, without the names of methods that every conversation begins with.
    pub(crate) fn asked(&self) -> Vec<String> {
        let asked = self.asked.lock().expect("no panic");
        let greeting = ["GetVersion", "IsMulticlient", "AttachedToExistingProcess", "State"];
        asked.iter().filter(|method| !greeting.contains(&&***method)).cloned().collect()
    }
}

fn serve(stream: &TcpStream, script: &Arc<Mutex<Script>>, log: &Mutex<Vec<String>>) -> std::io::Result<()> {
    let mut out = stream;
    stream.set_nodelay(true)?;
    let mut later: Option<u64> = None;
    for line in BufReader::new(stream).lines() {
        let request: serde_json::Value = serde_json::from_str(&line?).expect("a request is JSON");
        let method = request["method"].as_str().expect("a method").trim_start_matches("RPCServer.");
        let parameters = &request["params"][0];
        let method = match parameters["name"].as_str().filter(|_| method == "Command") {
            Some(name) => format!("Command {name}"),
            None => method.to_owned(),
        };
        let id = request["id"].as_u64().expect("a number");
        log.lock().expect("no panic").push(match parameters["Kill"].as_bool() {
            Some(kills) => format!("{method} kill={kills}"),
            None => method.clone(),
        });
        let answer = script.lock().expect("no panic").answer(&method);
        let (kind, rest) = answer.split_once(' ').unwrap_or((&answer, ""));
        let whole = |result: &str| format!("{{\"id\":{id},\"result\":{result},\"error\":null}}\n");
        match kind {
            "error" => writeln!(out, "{}", serde_json::json!({ "id": id, "result": null, "error": rest }))?,
            "silence" => {}
            "close" => return Ok(()),
            "cut" => {
                let (count, result) = rest.split_once(' ').expect("cut N JSON");
                out.write_all(&whole(result).as_bytes()[..count.parse().expect("a number")])?;
                return Ok(());
            }
            "drip" => {
                for byte in whole(rest).bytes() {
                    out.write_all(&[byte])?;
                    out.flush()?;
                    thread::sleep(Duration::from_millis(1));
                }
            }
            "slow" => {
                let (wait, result) = rest.split_once(' ').expect("slow N JSON");
                let (wait, answer) = (wait.parse().expect("a number"), whole(result));
                let (mut out, script) = (stream.try_clone()?, Arc::clone(script));
                thread::spawn(move || {
                    thread::sleep(Duration::from_millis(wait));
                    script.lock().expect("no panic").take_effect(&method);
                    out.write_all(answer.as_bytes())
                });
            }
            "later" => later = Some(id),
            "raw" => writeln!(out, "{rest}")?,
            "flood" => loop {
                out.write_all(&[b'{'; 4096])?;
            },
            _ => {
                if let Some(id) = later.take_if(|_| method == "Command halt") {
                    writeln!(
                        out,
                        "{{\"id\":{id},\"result\":{{\"State\":{{\"Running\":false}}}},\"error\":null}}"
                    )?;
                }
                out.write_all(whole(&answer).as_bytes())?;
            }
        }
    }
    Ok(())
}
