//! One breakpoint: set, waited for, removed.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::fault::DelveFault;
use super::list::ListLimits;
use super::model::{Frame, Goroutine, Hit};
use super::session::{QUESTION_WAIT, Session};
use super::wire::{
    Breakpoint, CreateBreakpoint, FindLocation, FoundLocations, Ignored, Location, Scope, State, StateAnswer,
    Thread,
};
use crate::fault::said;

/// How long a goroutine that reached a breakpoint is looked for among all, for its labels and creator.
const LABELS_WAIT: Duration = Duration::from_secs(1);

impl Session {
    /// Sets a breakpoint at `FILE:LINE` or a function, lets the program run, and waits until a goroutine reaches it. Then the
    /// program stands still, and the breakpoint is gone, as it is when this fails.
    ///
    /// # Errors
    /// If there is no such line, nobody reaches it in time, something else stops the program, it stood still before for
    /// other clients, or delve does not answer.
    pub fn wait_for(&mut self, location: &str, wait: Duration) -> Result<Hit, DelveFault> {
        if self.server().is_multiclient && !self.was_running() && !self.detaches {
            return Err(DelveFault::StandsStill { place: self.place.clone() });
        }
        self.halt()?;
        let found = self.locate(location)?;
        let place = found.frame();
        let name = breakpoint_name();
        self.set(&name, found, location)?;
        let hit = self.run_to(&name, &place, wait);
        match &hit {
            // The connection is of no use: it is removed at the end, over another one.
            Err(fault) if fault.is_of_connection() => {}
            Err(DelveFault::Exited { .. }) => self.breakpoint = None,
            Err(DelveFault::Stopped) => {}
            _ => {
                self.halt()?;
                self.clear(&name)?;
            }
        }
        hit
    }

    /// The goroutine that reached a breakpoint, with its stack.
    ///
    /// # Errors
    /// If delve does not answer.
    pub fn stack_at(&mut self, hit: &Hit) -> Result<Goroutine, DelveFault> {
        let limits = ListLimits { goroutines: usize::MAX, stop: LABELS_WAIT };
        match self.find(hit.goroutine, limits) {
            Ok(goroutine) => return Ok(goroutine),
            // It is there, but behind many others: its labels and creator are not worth the time.
            Err(DelveFault::NoGoroutine(_)) => {}
            Err(fault) => return Err(fault),
        }
        let mut goroutine = Goroutine {
            id: hit.goroutine,
            state: "running".to_owned(),
            frames: vec![hit.place.clone()],
            is_cut: true,
            ..Goroutine::default()
        };
        self.read_stack(&mut goroutine)?;
        Ok(goroutine)
    }

    fn locate(&mut self, location: &str) -> Result<Location, DelveFault> {
        let request = FindLocation { scope: Scope::ANY, location };
        let found = self.connection.call::<FoundLocations>("FindLocation", &request, QUESTION_WAIT)?;
        let no_place = |words: &str| DelveFault::NoPlace { asked: said(location), said: said(words) };
        let mut found = found.map_err(|words| no_place(&words))?.locations.0;
        match found.len() {
            1 => Ok(found.remove(0)),
            0 => Err(no_place("dlv finds nothing")),
            n => {
                let first = found[0].frame();
                Err(DelveFault::Ambiguous { asked: said(location), n, first: place_text(&first) })
            }
        }
    }

    fn set(&mut self, name: &str, found: Location, asked: &str) -> Result<(), DelveFault> {
        let addrs = found.pcs.filter(|pcs| !pcs.is_empty()).unwrap_or_else(|| vec![found.pc]);
        let breakpoint =
            Breakpoint { name: name.to_owned(), addr: found.pc, addrs: Some(addrs), pids: found.pids };
        // Before it is asked for: if the answer is lost, it may be there.
        self.breakpoint = Some(name.to_owned());
        let created = self.connection.call::<Ignored>(
            "CreateBreakpoint",
            &CreateBreakpoint { breakpoint },
            QUESTION_WAIT,
        )?;
        created.map(|_| ()).map_err(|words| {
            self.breakpoint = None;
            self.refused(&format!("set a breakpoint at {}", said(asked)), &words)
        })
    }

    fn run_to(&mut self, name: &str, place: &Frame, wait: Duration) -> Result<Hit, DelveFault> {
        let begin = Instant::now();
        self.resume()?;
        let continued = self.continued.unwrap_or_default();
        let answer: Option<Result<StateAnswer, String>> =
            self.connection.answer_within(continued, "continue", wait)?;
        let Some(answer) = answer else {
            return Err(DelveFault::NotHit { place: place_text(place), seconds: wait.as_secs() });
        };
        self.note_stop();
        let state = answer.map_err(|words| self.refused("continue", &words))?.state;
        self.check_alive(&state)?;
        let waited = begin.elapsed();
        match stopped_thread(&state, name) {
            Some(thread) => {
                let goroutine = u64::try_from(thread.goroutine).unwrap_or(0);
                Ok(Hit { goroutine, place: place.clone(), waited })
            }
            None => {
                self.is_stopped_by_others = true;
                let (place, why) = (place_text(place), why_it_stopped(&state));
                Err(DelveFault::StoppedElsewhere { place, why })
            }
        }
    }
}

/// The thread that stands at this breakpoint: the one that delve looks at, before others.
fn stopped_thread<'a>(state: &'a State, name: &str) -> Option<&'a Thread> {
    let mut threads = state.current_thread.iter().chain(&state.threads.0);
    threads.find(|thread| thread.breakpoint.as_ref().is_some_and(|known| known.name == name))
}

fn why_it_stopped(state: &State) -> String {
    let mut threads = state.current_thread.iter().chain(&state.threads.0);
    let stopped = threads.find_map(|thread| Some((thread, thread.breakpoint.as_ref()?)));
    match stopped {
        Some((thread, breakpoint)) => {
            let Thread { file, line, .. } = thread;
            let name = &breakpoint.name;
            let name = if name.is_empty() { "of another client" } else { name };
            said(&format!(
                "it stands at the breakpoint {name} ({file}:{line}), which is left to whoever set it"
            ))
        }
        None => "another client of dlv halted it".to_owned(),
    }
}

fn place_text(place: &Frame) -> String {
    let file = place.file.rsplit(['/', '\\']).next().unwrap_or_default();
    said(&format!("{} ({file}:{})", place.function, place.line))
}

/// Letters and digits only: delve takes no others. Two goscopes at one debugger have different ones.
fn breakpoint_name() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    let nanos = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos());
    let next = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("goscope{}n{}n{next}", std::process::id(), nanos % 1_000_000_000)
}
