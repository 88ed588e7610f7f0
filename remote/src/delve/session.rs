//! A session with a debugger: the program is made to stand still, asked, and left as it was found.
//!
//! ```text
//! open ──► halt ──► questions ──► end     was running: `continue`; the debugger stays (--accept-multiclient)
//!                                          debugger with one client: `Detach` without killing; the program runs on
//!                                          was standing still, with other clients: it does so still
//! ```
//!
//! `Detach` kills a program that delve itself started, whatever it is asked (`Debugger.detach` of delve 1.27), and so does
//! the only client of such a delve when it leaves. So `Detach` is sent only where delve attached to the program, and a
//! delve with one client that started its program is not asked at all: before its first client comes, nothing has run.
//!
//! Whatever fails on the way, `end` is gone through, also when a session is only dropped; after a lost connection over a
//! new one. A program that a lost debugger made stand still would stand still forever.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread;
use std::time::{Duration, Instant};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::connection::Connection;
use super::fault::DelveFault;
use super::model::{Ended, Leaves, Server};
use super::wire::{
    ClearBreakpoint, Command, Detach, Ignored, IsAttached, IsMulticlient, Nothing, State, StateAnswer,
    StateRequest, Version,
};
use crate::fault::said;

/// How long a first answer may take: what is no delve says nothing, or something else, long before.
const GREETING_WAIT: Duration = Duration::from_secs(5);
/// How long a question about a program that stands still may take: a page of 500 goroutines takes 0.2 s.
pub(super) const QUESTION_WAIT: Duration = Duration::from_secs(30);
/// How long it may take until a program stands still, or runs again.
const HALT_WAIT: Duration = Duration::from_secs(20);
/// How long it may take until dlv has let go of a program.
const DETACH_WAIT: Duration = Duration::from_secs(20);
/// How often it is looked whether the program runs again.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// How often a lost connection is made anew, to leave the program as it was.
const RESCUES: u32 = 3;

/// The version of the interface.
const API_VERSION: i64 = 2;

/// A conversation with a debugger.
#[derive(Debug)]
pub struct Session {
    pub(super) connection: Connection,
    pub(super) place: String,
    server: Server,
    /// Whether the program ran when the session began.
    was_running: bool,
    /// Since when it stands still because of this session.
    halted_since: Option<Instant>,
    stood_still: Duration,
    /// The answer to `halt`, while it has not come: the program may run yet, and will stand still.
    halting: Option<u64>,
    /// The answer to `continue`, which comes when the program stops.
    pub(super) continued: Option<u64>,
    /// The breakpoint of this session, from before it is asked for until it is certainly gone.
    pub(super) breakpoint: Option<String>,
    /// Whether something else than this session stopped the program: then it is left so.
    pub(super) is_stopped_by_others: bool,
    pub(super) detaches: bool,
    is_over: bool,
}

impl Session {
    /// Connects to `HOST:PORT`. All waits end when `stop` is set; [`Self::end`] is still to be called.
    ///
    /// # Errors
    /// One sentence, if nothing listens there, it is no delve, or speaks another version.
    pub fn open(place: &str, stop: Arc<AtomicBool>) -> Result<Self, DelveFault> {
        // A debugger ends a program that it started when its only client goes away without a word: that must not happen
        // between the first answer and the session that says goodbye.
        let mut connection = Connection::open(place)?;
        let version: Version = asked(&mut connection, "GetVersion", &Nothing {}, GREETING_WAIT)
            .map_err(|fault| no_greeting(fault, place))?;
        if version.api_version != API_VERSION {
            return Err(DelveFault::OtherVersion { place: place.to_owned(), version: version.api_version });
        }
        let multi: IsMulticlient = asked(&mut connection, "IsMulticlient", &Nothing {}, GREETING_WAIT)?;
        let attached = connection.call("AttachedToExistingProcess", &Nothing {}, GREETING_WAIT)?;
        let state = state(&mut connection)?;
        let server = Server {
            is_multiclient: multi.is_multiclient,
            // Old versions do not know the question: then the worse is to be expected.
            is_attached: attached.is_ok_and(|attached: IsAttached| attached.answer),
            is_core: version.backend == "core",
            delve_version: delve_version(&version.delve_version),
            go_version: go_version(&version.target_go_version),
        };
        if !server.is_multiclient && !server.is_attached && !server.is_core {
            return Err(DelveFault::OnlyClient { place: place.to_owned() });
        }
        connection.stop_by(Some(stop));
        Ok(Self {
            connection,
            place: place.to_owned(),
            server,
            was_running: state.is_running,
            halted_since: None,
            stood_still: Duration::ZERO,
            halting: None,
            continued: None,
            breakpoint: None,
            is_stopped_by_others: false,
            detaches: false,
            is_over: false,
        })
    }

    /// Who answers.
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// Whether the program ran when the session began.
    pub fn was_running(&self) -> bool {
        self.was_running
    }

    /// At the end, dlv lets go of the program and ends, also where it would live on for other clients.
    ///
    /// # Errors
    /// If dlv started the program: it would kill it.
    pub fn detach_at_end(&mut self) -> Result<(), DelveFault> {
        if !self.server.is_attached && !self.server.is_core {
            return Err(DelveFault::WouldKill { place: self.place.clone() });
        }
        self.detaches = true;
        Ok(())
    }

    /// Makes the program stand still, if it does not yet.
    ///
    /// # Errors
    /// If delve does not answer, or the program has ended.
    pub fn halt(&mut self) -> Result<(), DelveFault> {
        if self.server.is_core || self.halted_since.is_some() {
            return Ok(());
        }
        if !state(&mut self.connection)?.is_running {
            // Somebody else made it stand still meanwhile: that is not undone. At a breakpoint of this session it may
            // stand because of that.
            self.is_stopped_by_others |= self.was_running && self.breakpoint.is_none();
            return self.learn_go_version();
        }
        self.halted_since = Some(Instant::now());
        let id = self.connection.send("Command", &Command { name: "halt" })?;
        self.halting = Some(id);
        let deadline = Instant::now() + HALT_WAIT;
        let state = self.connection.answer::<StateAnswer>(id, "halt", deadline)?;
        self.halting = None;
        let state = state.map_err(|words| self.refused("halt the program", &words))?;
        if let Some(continued) = self.continued.take() {
            // It ends with the halt; what it says is what `halt` says.
            let _: Option<Result<Ignored, String>> =
                self.connection.answer_within(continued, "continue", HALT_WAIT)?;
        }
        self.check_alive(&state.state)?;
        self.learn_go_version()
    }

    fn learn_go_version(&mut self) -> Result<(), DelveFault> {
        if self.server.go_version.is_empty() {
            let version: Version = self.ask("GetVersion", &Nothing {})?;
            self.server.go_version = go_version(&version.target_go_version);
        }
        Ok(())
    }

    /// Lets the program run; the answer to `continue` comes when it stops.
    pub(super) fn resume(&mut self) -> Result<(), DelveFault> {
        self.continued = Some(self.connection.send("Command", &Command { name: "continue" })?);
        self.stood_still += self.halted_since.take().map_or(Duration::ZERO, |since| since.elapsed());
        Ok(())
    }

    /// The program has stopped by itself while it was waited for: from here on the time counts.
    pub(super) fn note_stop(&mut self) {
        self.continued = None;
        self.halted_since.get_or_insert_with(Instant::now);
    }

    /// How long the program has stood still until now.
    pub fn stands_still_for(&self) -> Duration {
        self.stood_still + self.halted_since.map_or(Duration::ZERO, |since| since.elapsed())
    }

    /// Asks something; delve's refusal is a fault.
    pub(super) fn ask<T: DeserializeOwned>(
        &mut self,
        what: &'static str,
        parameters: &impl Serialize,
    ) -> Result<T, DelveFault> {
        asked(&mut self.connection, what, parameters, QUESTION_WAIT)
    }

    /// A refusal, or what is behind it: the program has ended.
    pub(super) fn refused(&self, what: &str, words: &str) -> DelveFault {
        // `Process 17466 has exited with status 2`: delve's ErrProcessExited.
        match words.split_once(" has exited with status ") {
            Some((_, status)) => DelveFault::Exited {
                place: self.place.clone(),
                status: status.trim().parse().unwrap_or_default(),
            },
            None => DelveFault::refused(what, words),
        }
    }

    pub(super) fn check_alive(&self, state: &State) -> Result<(), DelveFault> {
        if !state.has_exited {
            return Ok(());
        }
        Err(DelveFault::Exited { place: self.place.clone(), status: state.exit_status })
    }

    /// Removes the breakpoint, lets the program run if it did, and leaves. Nothing is killed.
    pub fn end(&mut self) -> Ended {
        let leaves = if self.is_over { Leaves::Running } else { self.leave() };
        self.is_over = true;
        Ended { stood_still: self.stands_still_for(), leaves }
    }

    fn leave(&mut self) -> Leaves {
        if self.server.is_core {
            return Leaves::Core;
        }
        // What is left to do is to leave the program as it was, whoever wants to stop that.
        self.connection.stop_by(None);
        let mut fault = match self.restore() {
            Ok(leaves) => return leaves,
            Err(fault) => fault,
        };
        for _ in 0..RESCUES {
            if let DelveFault::Exited { .. } = fault {
                return Leaves::Exited;
            }
            if !fault.is_of_connection() {
                break;
            }
            if !self.server.is_multiclient {
                // Delve ends with its only client, and lets go of the program that it attached to.
                return Leaves::Detached;
            }
            thread::sleep(LOOK_EVERY);
            let again = Connection::open(&self.place).and_then(|connection| {
                self.connection = connection;
                (self.halting, self.continued) = (None, None);
                self.restore()
            });
            fault = match again {
                Ok(leaves) => return leaves,
                Err(fault) => fault,
            };
        }
        let place = &self.place;
        let breakpoint = self.breakpoint.as_ref();
        let breakpoint = breakpoint.map_or(String::new(), |name| format!(" `clear {name}`,"));
        Leaves::Unknown(format!(
            "the program may stand still now ({fault}): `dlv connect {place}`,{breakpoint} `continue`, and `quit` without killing lets it run"
        ))
    }

    /// What is done in the end, over a connection that works.
    fn restore(&mut self) -> Result<Leaves, DelveFault> {
        if let Some(id) = self.halting.take() {
            // Nobody waited for its end: until then the program seems to run.
            let _: Option<Result<Ignored, String>> = self.connection.answer_within(id, "halt", HALT_WAIT)?;
        }
        if let Some(name) = self.breakpoint.clone() {
            self.halt()?;
            self.clear(&name)?;
        }
        if !self.server.is_multiclient || self.detaches {
            // Of a program that runs delve lets go only after it has been halted.
            self.halt()?;
            let detached = self.connection.call("Detach", &Detach { kills: false }, DETACH_WAIT)?;
            let _: Ignored = detached.map_err(|words| self.refused("detach", &words))?;
            self.stood_still += self.halted_since.take().map_or(Duration::ZERO, |since| since.elapsed());
            return Ok(Leaves::Detached);
        }
        let state = state(&mut self.connection)?;
        self.check_alive(&state)?;
        if state.is_running {
            return Ok(Leaves::Running);
        }
        if !self.was_running || self.is_stopped_by_others {
            self.halted_since = None;
            return Ok(Leaves::Stopped);
        }
        self.resume()?;
        self.see_it_run()
    }

    /// Waits until the program runs: a connection that is closed before might take `continue` with it.
    fn see_it_run(&mut self) -> Result<Leaves, DelveFault> {
        let deadline = Instant::now() + HALT_WAIT;
        loop {
            let state = state(&mut self.connection)?;
            self.check_alive(&state)?;
            if state.is_running {
                return Ok(Leaves::Running);
            }
            let continued = self.continued.unwrap_or_default();
            let stopped: Option<Result<StateAnswer, String>> =
                self.connection.answer_within(continued, "continue", LOOK_EVERY)?;
            match stopped {
                Some(Ok(StateAnswer { state })) => {
                    self.check_alive(&state)?;
                    // It ran into something at once that is not of this session.
                    return Ok(Leaves::Stopped);
                }
                Some(Err(words)) => return Err(self.refused("continue", &words)),
                None if Instant::now() >= deadline => {
                    let (place, seconds) = (self.place.clone(), HALT_WAIT.as_secs());
                    return Err(DelveFault::Silent { place, what: "continue", seconds });
                }
                None => {}
            }
        }
    }

    /// Removes a breakpoint; that it is gone already is fine.
    pub(super) fn clear(&mut self, name: &str) -> Result<(), DelveFault> {
        let cleared = self.connection.call("ClearBreakpoint", &ClearBreakpoint { name }, QUESTION_WAIT)?;
        match cleared {
            Ok(Ignored {}) => {}
            Err(words) if words.contains("no breakpoint") => {}
            Err(words) => return Err(self.refused("remove the breakpoint", &words)),
        }
        self.breakpoint = None;
        Ok(())
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.end();
    }
}

/// What the program does, without waiting for it.
fn state(connection: &mut Connection) -> Result<State, DelveFault> {
    let request = StateRequest { is_non_blocking: true };
    match connection.call::<StateAnswer>("State", &request, GREETING_WAIT)? {
        Ok(answer) => Ok(answer.state),
        Err(words) if words.contains("has exited with status") => {
            Ok(State { has_exited: true, ..State::default() })
        }
        Err(words) => Err(DelveFault::refused("say what the program does", &words)),
    }
}

fn asked<T: DeserializeOwned>(
    connection: &mut Connection,
    what: &'static str,
    parameters: &impl Serialize,
    wait: Duration,
) -> Result<T, DelveFault> {
    connection
        .call(what, parameters, wait)?
        .map_err(|words| DelveFault::refused(format!("answer {what}"), &words))
}

/// What a silence means that begins a conversation.
fn no_greeting(fault: DelveFault, place: &str) -> DelveFault {
    match fault {
        DelveFault::Silent { seconds, .. } => DelveFault::NoGreeting { place: place.to_owned(), seconds },
        other => other,
    }
}

/// `1.27.2` of `Version: 1.27.2\nBuild: $Id: …`.
fn delve_version(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    said(line.strip_prefix("Version: ").unwrap_or(line))
}

/// `go1.26.8` of `Go cmd/compile go1.26.8`.
fn go_version(text: &str) -> String {
    said(text.split_whitespace().find(|word| word.starts_with("go1.")).unwrap_or_default())
}
