//! The list of goroutines: pages, names of states, minutes, labels.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use super::fault::DelveFault;
use super::model::{Goroutine, Listing};
use super::session::{QUESTION_WAIT, Session};
use super::wire::{Eval, Evaluated, Filter, Goroutines, ListGoroutines, LoadConfig, Scope, WireGoroutine};

/// Goroutines of a page: 0.4 MB, and 0.2 s at most.
const PAGE: i64 = 500;
/// Labels of a goroutine.
const MAX_LABELS: usize = 64;
/// Reasons to wait; Go has fewer than 60.
const MAX_REASONS: usize = 200;
const NANOS_PER_MINUTE: i64 = 60_000_000_000;

/// How much is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListLimits {
    /// Goroutines at most.
    pub goroutines: usize,
    /// How long the program may stand still for it; what is under way then is still waited for.
    pub stop: Duration,
}

impl Session {
    /// Lists goroutines with their stacks. The program stands still from here on.
    ///
    /// # Errors
    /// If delve does not answer, or the program has ended.
    pub fn list(&mut self, limits: ListLimits) -> Result<Listing, DelveFault> {
        self.halt()?;
        let begin = Instant::now();
        // Half of the time is for their stacks: goroutines without them say little.
        let (listed, is_cut) = self.pages(limits.goroutines, begin + limits.stop / 2, None)?;
        let mut goroutines = self.named(&listed)?;
        let n_without_stack = self.read_stacks(&mut goroutines, begin + limits.stop)?;
        Ok(Listing { goroutines, n_without_stack, is_cut })
    }

    /// One goroutine, with its stack.
    ///
    /// # Errors
    /// Also if there is none of this number.
    pub fn find(&mut self, id: u64, limits: ListLimits) -> Result<Goroutine, DelveFault> {
        self.halt()?;
        let (listed, _) = self.pages(limits.goroutines, Instant::now() + limits.stop, Some(id))?;
        let mut goroutine = self.named(&listed)?.pop().ok_or(DelveFault::NoGoroutine(id))?;
        self.read_stack(&mut goroutine)?;
        Ok(goroutine)
    }

    /// Pages until all are read, or enough, or the one that is looked for; and whether there are more.
    fn pages(
        &mut self,
        most: usize,
        until: Instant,
        only: Option<u64>,
    ) -> Result<(Vec<WireGoroutine>, bool), DelveFault> {
        let is_it = |goroutine: &WireGoroutine| {
            is_alive(goroutine) && only.is_none_or(|id| u64::try_from(goroutine.id) == Ok(id))
        };
        let (mut kept, mut start) = (Vec::new(), 0);
        loop {
            let filters = [Filter::USER, Filter::READS_LABELS];
            let page: Goroutines =
                self.ask("ListGoroutines", &ListGoroutines { start, count: PAGE, filters })?;
            kept.extend(page.goroutines.0.into_iter().filter(is_it));
            if only.is_some() && !kept.is_empty() {
                return Ok((kept, false));
            }
            // A page that does not go forward would be asked for again and again.
            if page.next <= start {
                let is_cut = kept.len() > most;
                kept.truncate(most);
                return Ok((kept, is_cut));
            }
            if kept.len() >= most && only.is_none() || Instant::now() >= until {
                kept.truncate(most);
                return Ok((kept, true));
            }
            start = page.next;
        }
    }

    /// Gives states their names, and turns moments into minutes.
    fn named(&mut self, listed: &[WireGoroutine]) -> Result<Vec<Goroutine>, DelveFault> {
        let reasons: BTreeSet<i64> =
            listed.iter().filter(|goroutine| is_waiting(goroutine)).map(|known| known.wait_reason).collect();
        let reasons: Vec<i64> = reasons.into_iter().take(MAX_REASONS).collect();
        let names = self.wait_reasons(&reasons)?;
        let now = self.now(listed)?;
        Ok(listed.iter().map(|listed| goroutine(listed, &names, now)).collect())
    }

    /// What the numbers of reasons to wait mean: they differ by version of Go, and the program knows its own.
    fn wait_reasons(&mut self, reasons: &[i64]) -> Result<BTreeMap<i64, String>, DelveFault> {
        let expressions: Vec<String> =
            reasons.iter().map(|reason| format!("runtime.waitReasonStrings[{reason}]")).collect();
        let values = self.values(&expressions)?;
        let named = reasons.iter().zip(values);
        Ok(named.filter_map(|(&reason, value)| Some((reason, value?))).collect())
    }

    /// A moment that is not later than now, on the clock of the runtime: of the last collection, of the last look for
    /// network, or when a goroutine began to wait. Nobody tells now itself.
    fn now(&mut self, listed: &[WireGoroutine]) -> Result<i64, DelveFault> {
        let expressions = ["runtime.memstats.last_gc_nanotime", "runtime.sched.lastpoll.value"];
        let values = self.values(&expressions.map(str::to_owned))?;
        let values = values.into_iter().flatten().filter_map(|value| value.parse().ok());
        let waits = listed.iter().map(|goroutine| goroutine.wait_since);
        Ok(values.chain(waits).max().unwrap_or(0))
    }

    /// Values of variables of the runtime; `None` where there is none of this name.
    fn values(&mut self, expressions: &[String]) -> Result<Vec<Option<String>>, DelveFault> {
        let (scope, cfg) = (Scope::ANY, LoadConfig::SHORT);
        let mut values = Vec::new();
        for some in expressions.chunks(32) {
            let requests: Vec<Eval<'_>> = some.iter().map(|expr| Eval { scope, expr, cfg }).collect();
            let answers = self.connection.call_each::<Evaluated>("Eval", &requests, QUESTION_WAIT)?;
            values.extend(answers.into_iter().map(|answer| Some(answer.ok()?.variable.value)));
        }
        Ok(values.into_iter().map(|value| value.filter(|value: &String| !value.is_empty())).collect())
    }
}

/// `_Gidle`, `_Gdead` and `_Gdeadextra` of runtime2.go are none.
fn is_alive(goroutine: &WireGoroutine) -> bool {
    goroutine.id > 0 && !matches!(status(goroutine), 0 | 6 | 11)
}

/// Without the bit for "its stack is being scanned".
fn status(goroutine: &WireGoroutine) -> u64 {
    goroutine.status & !0x1000
}

/// `_Gwaiting`, and `_Gleaked` since Go 1.26.
fn is_waiting(goroutine: &WireGoroutine) -> bool {
    matches!(status(goroutine), 4 | 10)
}

fn goroutine(listed: &WireGoroutine, reasons: &BTreeMap<i64, String>, now: i64) -> Goroutine {
    let state = match status(listed) {
        1 => "runnable",
        2 => "running",
        3 => "syscall",
        8 => "copystack",
        9 => "preempted",
        _ => reasons.get(&listed.wait_reason).map_or("waiting", String::as_str),
    };
    let waited = if listed.wait_since > 0 { now.saturating_sub(listed.wait_since) } else { 0 };
    let stands = matches!(status(listed), 3 | 4 | 10);
    let minutes = if stands { u32::try_from(waited / NANOS_PER_MINUTE).unwrap_or(0) } else { 0 };
    // What the list says: the innermost frame, and the innermost one outside the runtime.
    let mut frames = vec![listed.current_loc.frame()];
    if listed.user_current_loc.pc != listed.current_loc.pc {
        frames.push(listed.user_current_loc.frame());
    }
    // The main goroutine is made by the runtime.
    let has_creator = listed.id != 1 && !matches!(listed.go_statement_loc.name(), "" | "runtime.newproc");
    Goroutine {
        id: u64::try_from(listed.id).unwrap_or(0),
        state: state.to_owned(),
        is_leaked: status(listed) == 10,
        minutes,
        labels: listed.labels.clone().unwrap_or_default().into_iter().take(MAX_LABELS).collect(),
        frames,
        is_cut: true,
        creator: has_creator.then(|| listed.go_statement_loc.frame()),
        arguments: Vec::new(),
    }
}
