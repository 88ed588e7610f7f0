//! Lines of JSON over TCP: requests with numbers, and answers found by them, in whatever order they come.

use std::collections::BTreeMap;
use std::io::{self, Read as _, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::fault::DelveFault;
use crate::fault::said;

/// The largest answer that is read: 500 goroutines have 0.4 MB, a stack with all that its variables hold 0.1 MB.
const MAX_ANSWER_BYTES: usize = 8 << 20;
/// How long a connection may take.
const CONNECT_WAIT: Duration = Duration::from_secs(10);
/// How often it is looked whether to stop.
const TICK: Duration = Duration::from_millis(50);
/// Bytes that are read at a time.
const PIECE_BYTES: usize = 64 << 10;
/// Answers that are kept until somebody asks for them; there are two at most: of `continue` and `halt`.
const MAX_EARLY: usize = 4;

/// A connection to a server.
#[derive(Debug)]
pub(super) struct Connection {
    stream: TcpStream,
    place: String,
    /// What was read and is no whole line yet.
    buffer: Vec<u8>,
    next_id: u64,
    /// Requests whose answers are awaited later.
    later: Vec<u64>,
    early: BTreeMap<u64, Vec<u8>>,
    stop: Option<Arc<AtomicBool>>,
}

#[derive(Serialize)]
struct Request<'a, P> {
    method: String,
    params: [&'a P; 1],
    id: u64,
}

#[derive(Deserialize)]
struct Number {
    id: Option<u64>,
}

#[derive(Deserialize)]
struct Answer<T> {
    result: Option<T>,
    error: Option<String>,
}

/// What an answer says: a result, or delve's words against it.
pub(super) type Said<T> = Result<T, String>;

impl Connection {
    /// Connects.
    pub(super) fn open(place: &str) -> Result<Self, DelveFault> {
        let failed = |error: io::Error| DelveFault::NoConnection {
            place: place.to_owned(),
            said: said(&error.to_string()),
        };
        let mut last = io::Error::new(io::ErrorKind::NotFound, "there is no host of this name");
        for address in place.to_socket_addrs().map_err(failed)? {
            match TcpStream::connect_timeout(&address, CONNECT_WAIT) {
                Ok(stream) => {
                    stream.set_read_timeout(Some(TICK)).map_err(failed)?;
                    stream.set_write_timeout(Some(CONNECT_WAIT)).map_err(failed)?;
                    // Requests are short, and each waits for its answer.
                    stream.set_nodelay(true).map_err(failed)?;
                    return Ok(Self {
                        stream,
                        place: place.to_owned(),
                        buffer: Vec::new(),
                        next_id: 1,
                        later: Vec::new(),
                        early: BTreeMap::new(),
                        stop: None,
                    });
                }
                Err(error) => last = error,
            }
        }
        Err(failed(last))
    }

    /// From now on waits end when this is set; with `None`, nobody's wish to stop counts.
    pub(super) fn stop_by(&mut self, stop: Option<Arc<AtomicBool>>) {
        self.stop = stop;
    }

    /// Sends a request and waits for its answer.
    pub(super) fn call<T: DeserializeOwned>(
        &mut self,
        what: &'static str,
        parameters: &impl Serialize,
        wait: Duration,
    ) -> Result<Said<T>, DelveFault> {
        let id = self.write(what, std::slice::from_ref(parameters))?;
        self.answer(id, what, Instant::now() + wait)
    }

    /// Sends several requests at once and waits for all answers, each for `wait` at most. There are to be so few of them
    /// that they fit into the buffers on the way: nobody reads answers while requests are written.
    pub(super) fn call_each<T: DeserializeOwned>(
        &mut self,
        what: &'static str,
        parameters: &[impl Serialize],
        wait: Duration,
    ) -> Result<Vec<Said<T>>, DelveFault> {
        let last = self.write(what, parameters)?;
        let first = last + 1 - parameters.len() as u64;
        let answers = (first..=last).map(|id| self.answer(id, what, Instant::now() + wait));
        answers.collect()
    }

    /// Sends a request whose answer is awaited later, with [`Self::answer`].
    pub(super) fn send(
        &mut self,
        what: &'static str,
        parameters: &impl Serialize,
    ) -> Result<u64, DelveFault> {
        let id = self.write(what, std::slice::from_ref(parameters))?;
        self.later.push(id);
        Ok(id)
    }

    /// Writes requests; gives the number of the last one.
    fn write(&mut self, what: &str, parameters: &[impl Serialize]) -> Result<u64, DelveFault> {
        let mut lines = Vec::new();
        let mut id = self.next_id;
        for parameters in parameters {
            id = self.next_id;
            self.next_id += 1;
            let request = Request { method: format!("RPCServer.{what}"), params: [parameters], id };
            serde_json::to_writer(&mut lines, &request)
                .map_err(|error| DelveFault::refused(what, &error.to_string()))?;
            lines.push(b'\n');
        }
        self.stream.write_all(&lines).map_err(|error| self.lost(&error.to_string()))?;
        Ok(id)
    }

    /// Waits for the answer to a request.
    pub(super) fn answer<T: DeserializeOwned>(
        &mut self,
        id: u64,
        what: &'static str,
        deadline: Instant,
    ) -> Result<Said<T>, DelveFault> {
        let damaged = |place: &str, error: &serde_json::Error| DelveFault::Damaged {
            place: place.to_owned(),
            what,
            said: said(&error.to_string()),
        };
        let line = match self.early.remove(&id) {
            Some(line) => line,
            None => loop {
                let line = self.line(what, deadline)?;
                let number: Number =
                    serde_json::from_slice(&line).map_err(|error| damaged(&self.place, &error))?;
                if number.id == Some(id) {
                    break line;
                }
                // An answer to what was given up is dropped.
                if let Some(number) = number.id.filter(|number| self.later.contains(number))
                    && self.early.len() < MAX_EARLY
                {
                    self.early.insert(number, line);
                }
            },
        };
        self.later.retain(|&later| later != id);
        let answer: Answer<T> =
            serde_json::from_slice(&line).map_err(|error| damaged(&self.place, &error))?;
        if let Some(words) = answer.error {
            return Ok(Err(words));
        }
        answer.result.map(Ok).ok_or_else(|| DelveFault::Damaged {
            place: self.place.clone(),
            what,
            said: "it has no result".to_owned(),
        })
    }

    /// The answer to a request, if it comes within this time.
    pub(super) fn answer_within<T: DeserializeOwned>(
        &mut self,
        id: u64,
        what: &'static str,
        wait: Duration,
    ) -> Result<Option<Said<T>>, DelveFault> {
        match self.answer(id, what, Instant::now() + wait) {
            Err(DelveFault::Silent { .. }) => Ok(None),
            other => other.map(Some),
        }
    }

    /// The next line.
    fn line(&mut self, what: &'static str, deadline: Instant) -> Result<Vec<u8>, DelveFault> {
        let begin = Instant::now();
        let mut searched = 0;
        let mut piece = vec![0; PIECE_BYTES];
        loop {
            self.check_begin()?;
            if self.stop.as_ref().is_some_and(|stop| stop.load(Ordering::Relaxed)) {
                return Err(DelveFault::Stopped);
            }
            if Instant::now() >= deadline {
                let seconds = begin.elapsed().as_secs_f64().ceil() as u64;
                return Err(DelveFault::Silent { place: self.place.clone(), what, seconds });
            }
            if let Some(at) = self.buffer[searched..].iter().position(|&byte| byte == b'\n') {
                let rest = self.buffer.split_off(searched + at + 1);
                return Ok(std::mem::replace(&mut self.buffer, rest));
            }
            searched = self.buffer.len();
            if searched > MAX_ANSWER_BYTES {
                return Err(DelveFault::TooLarge {
                    place: self.place.clone(),
                    what,
                    limit: MAX_ANSWER_BYTES,
                });
            }
            match self.stream.read(&mut piece) {
                Ok(0) => {
                    let n_bytes = self.buffer.len();
                    let words = match n_bytes {
                        0 => format!("without an answer to {what}"),
                        _ => format!("in the middle of the answer to {what}, after {n_bytes} bytes"),
                    };
                    return Err(self.lost(&words));
                }
                Ok(n_read) => self.buffer.extend_from_slice(&piece[..n_read.min(piece.len())]),
                Err(error) => match error.kind() {
                    io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted => {}
                    _ => return Err(self.lost(&error.to_string())),
                },
            }
        }
    }

    /// Whatever does not begin as an object is no answer of delve.
    fn check_begin(&self) -> Result<(), DelveFault> {
        const MAX_SEEN_BYTES: usize = 60;
        let first = self.buffer.iter().find(|byte| !byte.is_ascii_whitespace());
        if first.is_none_or(|&byte| byte == b'{') {
            return Ok(());
        }
        let begin = &self.buffer[..self.buffer.len().min(MAX_SEEN_BYTES)];
        let seen = String::from_utf8_lossy(begin);
        let seen = said(seen.lines().next().unwrap_or_default());
        Err(DelveFault::NotDelve { place: self.place.clone(), seen })
    }

    fn lost(&self, words: &str) -> DelveFault {
        DelveFault::Lost { place: self.place.clone(), said: said(words) }
    }
}
