//! What the locks of one dump say: goroutines that wait for each other, locks that nobody holds, and holders at work.

use std::collections::BTreeMap;

use goscope_parsers::dump::{Dump, DumpKind, FrameId, Tables};

use super::finding::{Certainty, Finding, FindingKind};
use super::frames::{call_site, has_user_frame, user_frame};
use super::holders::{Lock, LockId};
use super::wait_graph::{Cycle, WaitGraph, wait_graph};
use super::waits::{WaitKind, is_active};
use crate::symbol::package_of;

/// Locks that are told of.
const MOST_LOCKS: usize = 20;

/// Findings about locks and channels.
pub(super) fn lock_findings(dump: &Dump, tables: &Tables) -> Vec<Finding> {
    let view = View { dump, tables, graph: wait_graph(dump, tables) };
    let mut findings: Vec<Finding> = view.graph.cycles.iter().map(|cycle| view.cycle(cycle)).collect();
    // Those with the most waiters: of thousands of locks nobody reads.
    let mut locks: Vec<&Lock> = view.graph.waiting.locks.iter().collect();
    locks.sort_by_key(|lock| std::cmp::Reverse(lock.waiters.len()));
    findings.extend(locks.into_iter().take(MOST_LOCKS).filter_map(|lock| view.lock(lock)));
    if !findings.iter().any(|finding| finding.kind == FindingKind::Deadlock) {
        findings.extend(view.all_blocked());
    }
    findings
}

struct View<'a> {
    dump: &'a Dump,
    tables: &'a Tables,
    graph: WaitGraph,
}

impl View<'_> {
    fn id(&self, row: u32) -> u64 {
        self.dump.goroutines[row as usize].id
    }

    fn state(&self, row: u32) -> &str {
        &self.tables.state(self.dump.goroutines[row as usize].state).name
    }

    /// The function that a reader knows a goroutine by.
    fn function(&self, row: u32) -> &str {
        let frame = user_frame(self.tables, self.dump.goroutines[row as usize].stack);
        frame.map_or("?", |frame| self.tables.function(frame))
    }

    /// The frame from which it waits for a lock.
    fn site(&self, row: u32) -> Option<FrameId> {
        let wait = self.graph.waiting.waits[row as usize]?;
        self.tables.stack(self.dump.goroutines[row as usize].stack).frames.get(wait.site).copied()
    }

    fn site_function(&self, row: u32) -> &str {
        self.site(row).map_or_else(|| self.function(row), |frame| self.tables.function(frame))
    }

    /// `main.transfer (bank/main.go:21)`.
    fn site_text(&self, row: u32) -> String {
        match self.site(row) {
            Some(frame) => format!("{} ({})", self.tables.function(frame), call_site(self.tables, frame)),
            None => self.function(row).to_owned(),
        }
    }

    fn kind(&self, row: u32) -> Option<WaitKind> {
        self.graph.waiting.waits[row as usize].map(|wait| wait.kind)
    }

    fn cycle(&self, cycle: &Cycle) -> Finding {
        let ids: Vec<u64> = cycle.rows.iter().map(|&row| self.id(row)).collect();
        let behind = match cycle.n_behind {
            0 => String::new(),
            1 => "; 1 more waits behind them".to_owned(),
            more => format!("; {more} more wait behind them"),
        };
        let text = match (&cycle.rows[..], &ids[..]) {
            ([row], [id]) => {
                let noun = self.kind(*row).map_or("a lock", WaitKind::noun);
                let behind = behind.replace("behind them", "behind it");
                format!(
                    "goroutine {id} waits in {} for {noun} that it holds itself{behind}",
                    self.site_function(*row)
                )
            }
            ([a, b], _) if self.is_reader_and_writer(*a, *b) => {
                let (reader, writer) =
                    if self.kind(*a) == Some(WaitKind::RwRead) { (*a, *b) } else { (*b, *a) };
                format!(
                    "goroutine {} waits in {} to read an RWMutex that it already reads, behind goroutine {}, which waits in {} to write it{behind}",
                    self.id(reader),
                    self.site_function(reader),
                    self.id(writer),
                    self.site_function(writer)
                )
            }
            _ => format!(
                "{} goroutines wait for each other in {}{behind}",
                ids.len(),
                self.functions(&cycle.rows)
            ),
        };
        let mut finding = Finding::new(FindingKind::Deadlock, Certainty::Likely, text);
        let next = cycle.rows.iter().skip(1).chain(cycle.rows.first());
        finding.evidence =
            cycle.rows.iter().zip(next).map(|(&row, &next)| self.waits_text(row, next)).collect();
        finding.advice = if self.cycle_has_kind(cycle, WaitKind::RwRead) {
            "a goroutine that reads must not call RLock again: a waiting writer keeps new readers out"
        } else if cycle.rows.len() == 1 {
            "a mutex is not reentrant: split the function into one that locks and one that expects the lock"
        } else {
            "take these locks in the same order everywhere"
        }
        .to_owned();
        finding.lock = self.lock_of(cycle.rows[0]).and_then(|lock| lock.id.address());
        (finding.cycle, finding.ids) = (ids.clone(), ids);
        finding
    }

    fn lock_of(&self, row: u32) -> Option<&Lock> {
        self.graph.waiting.lock_of.get(&row).map(|&lock| &self.graph.waiting.locks[lock])
    }

    fn cycle_has_kind(&self, cycle: &Cycle, kind: WaitKind) -> bool {
        cycle.rows.iter().any(|&row| self.kind(row) == Some(kind))
    }

    fn is_reader_and_writer(&self, a: u32, b: u32) -> bool {
        let same = self.graph.waiting.lock_of.get(&a) == self.graph.waiting.lock_of.get(&b);
        let kinds = [self.kind(a), self.kind(b)];
        same && kinds.contains(&Some(WaitKind::RwRead)) && kinds.contains(&Some(WaitKind::RwWrite))
    }

    /// `goroutine 19 waits for a mutex (0xc000) in main.transfer (bank/main.go:21); goroutine 20 holds it`.
    fn waits_text(&self, row: u32, next: u32) -> String {
        let noun = self.kind(row).map_or("a lock", WaitKind::noun);
        let lock = self.lock_of(row);
        let address = lock.and_then(|lock| lock.id.address()).map(|address| format!(" at {address:#x}"));
        let holds = match lock {
            Some(lock) if lock.holders.contains(&next) => "probably holds it",
            Some(_) if self.kind(next) == Some(WaitKind::RwRead) => "probably reads it already",
            _ => "is before it in the queue",
        };
        let who = if row == next { "it".to_owned() } else { format!("goroutine {}", self.id(next)) };
        let address = address.unwrap_or_default();
        format!(
            "goroutine {} waits for {noun}{address} in {}; {who} {holds}",
            self.id(row),
            self.site_text(row)
        )
    }

    /// The functions that wait, each once.
    fn functions(&self, rows: &[u32]) -> String {
        let mut names: Vec<&str> = Vec::new();
        for &row in rows {
            let name = self.site_function(row);
            if !names.contains(&name) {
                names.push(name);
            }
        }
        list(&names, 3)
    }

    /// What a lock says that is in no cycle; `None` if those behind a cycle wait for it, or one goroutine waits for one at
    /// work.
    fn lock(&self, lock: &Lock) -> Option<Finding> {
        let first = *lock.waiters.first()?;
        if lock.waiters.iter().any(|&row| self.graph.is_stuck(row)) {
            return None;
        }
        let finding = match lock.holders.first() {
            Some(&holder) if is_active(self.state(holder)) => self.convoy(lock, holder)?,
            Some(&holder) if self.lock_of(holder).is_some() => self.chain(lock, holder)?,
            Some(&holder) => self.blocked_holder(lock, holder),
            None => self.no_holder(lock)?,
        };
        let mut finding = finding;
        finding.lock = lock.id.address();
        finding.ids = lock.waiters.iter().take(10).map(|&row| self.id(row)).collect();
        if finding.evidence.is_empty() {
            finding.evidence.push(format!("they wait in {}", self.site_text(first)));
        }
        Some(finding)
    }

    /// `5 goroutines wait in main.get for a mutex`.
    fn waiters_text(&self, lock: &Lock) -> String {
        let first = lock.waiters[0];
        let noun = self.kind(first).map_or("a lock", WaitKind::noun);
        let functions = self.functions(&lock.waiters);
        match lock.waiters.len() {
            1 => format!("goroutine {} waits in {functions} for {noun}", self.id(first)),
            count => format!("{count} goroutines wait in {functions} for {noun}"),
        }
    }

    fn convoy(&self, lock: &Lock, holder: u32) -> Option<Finding> {
        if lock.waiters.len() < 2 {
            return None;
        }
        let does = match self.state(holder) {
            "sleep" => "sleeps",
            "syscall" => "is in a system call",
            "IO wait" => "waits for the network",
            "runnable" => "waits for a CPU",
            _ => "is at work",
        };
        let text = format!(
            "{} that goroutine {} probably holds, which {does} in {}: a queue, no deadlock",
            self.waiters_text(lock),
            self.id(holder),
            self.function(holder)
        );
        let mut finding = Finding::new(FindingKind::Convoy, Certainty::Likely, text);
        finding.advice = "hold the lock for less: do what is slow before Lock or after Unlock".to_owned();
        Some(finding)
    }

    /// The holder waits for another lock, about which there is a finding of its own.
    fn chain(&self, lock: &Lock, holder: u32) -> Option<Finding> {
        if lock.waiters.len() < 2 {
            return None;
        }
        let text = format!(
            "{} that goroutine {} probably holds, which waits for another lock in {}",
            self.waiters_text(lock),
            self.id(holder),
            self.site_function(holder)
        );
        Some(Finding::new(FindingKind::Convoy, Certainty::Hint, text))
    }

    /// The holder waits for a channel, a WaitGroup or a Cond.
    fn blocked_holder(&self, lock: &Lock, holder: u32) -> Finding {
        let state = self.state(holder);
        let text = format!(
            "{} that goroutine {} probably holds, which is itself blocked ({state}) in {}",
            self.waiters_text(lock),
            self.id(holder),
            self.function(holder)
        );
        let kind = if self.is_anybody_active() { FindingKind::Convoy } else { FindingKind::Deadlock };
        let mut finding = Finding::new(kind, Certainty::Hint, text);
        finding.advice = "look whether what it waits for needs this lock first".to_owned();
        finding
    }

    fn no_holder(&self, lock: &Lock) -> Option<Finding> {
        let waiters = self.waiters_text(lock);
        if let Some(other) = self.possible_holder(lock) {
            if lock.waiters.len() < 2 {
                return None;
            }
            let text = format!(
                "{waiters}; the dump does not show who holds it (goroutine {} in {} is at work and could)",
                self.id(other),
                self.function(other)
            );
            return Some(Finding::new(FindingKind::Convoy, Certainty::Hint, text));
        }
        if let Some(finding) = self.locks_twice(lock) {
            return Some(finding);
        }
        let text = format!("{waiters} that no goroutine of this dump seems to hold");
        let mut finding = Finding::new(FindingKind::Deadlock, Certainty::Hint, text);
        match self.waits_under_lock(lock) {
            Some(row) => {
                let noun = self.kind(row).map_or("something", WaitKind::noun);
                finding.text = format!(
                    "{waiters}, and goroutine {} waits in {} for {noun}: if it holds the lock meanwhile, neither goes on",
                    self.id(row),
                    self.function(row)
                );
                finding.advice = "wait after Unlock, not before".to_owned();
            }
            None => {
                finding.advice = "look for a return or panic between Lock and Unlock; use defer".to_owned();
            }
        }
        if lock.id.address().is_none() && matches!(lock.id, LockId::Site(_)) {
            finding.evidence.push(
                "the address of the lock is not in this dump; SIGQUIT prints it, and ends the program"
                    .to_owned(),
            );
        }
        Some(finding)
    }

    /// A waiter that has the lock twice: as two arguments of one function, or in a method that another method of the same
    /// value called.
    fn locks_twice(&self, lock: &Lock) -> Option<Finding> {
        let has_twice = |&&row: &&u32| {
            let Some(wait) = self.graph.waiting.waits[row as usize] else { return false };
            let words = self.tables.words(self.dump.goroutines[row as usize].words);
            let at_site = words.iter().filter(|word| usize::from(word.frame) == wait.site);
            let twice = at_site.filter(|word| Some(word.value) == wait.address).count() > 1;
            let mut outer =
                words.iter().filter(|word| usize::from(word.frame) > wait.site && word.position == 0);
            twice || wait.container.is_some_and(|value| outer.any(|word| word.value == value))
        };
        let row = *lock.waiters.iter().find(has_twice)?;
        let noun = self.kind(row).map_or("a lock", WaitKind::noun);
        let behind = match lock.waiters.len() - 1 {
            0 => String::new(),
            1 => "; 1 more waits behind it".to_owned(),
            more => format!("; {more} more wait behind it"),
        };
        let text = format!(
            "goroutine {} waits in {} for {noun} that it probably holds itself{behind}",
            self.id(row),
            self.site_function(row)
        );
        let mut finding = Finding::new(FindingKind::Deadlock, Certainty::Likely, text);
        finding.cycle = vec![self.id(row)];
        finding.advice =
            "a mutex is not reentrant: split the function into one that locks and one that expects the lock"
                .to_owned();
        Some(finding)
    }

    /// A goroutine of the same package that waits for a WaitGroup, Cond or channel: it may hold the lock.
    fn waits_under_lock(&self, lock: &Lock) -> Option<u32> {
        let package = self.package(lock.waiters[0]);
        let mut rows = self.rows().filter(|&row| self.package_of_user(row) == Some(package));
        rows.find(|&row| matches!(self.kind(row), Some(WaitKind::WaitGroup | WaitKind::Cond)))
    }

    fn package(&self, row: u32) -> &str {
        package_of(self.site_function(row))
    }

    fn package_of_user(&self, row: u32) -> Option<&str> {
        let stack = self.dump.goroutines[row as usize].stack;
        has_user_frame(self.tables, stack).then(|| package_of(self.function(row)))
    }

    /// All rows but the one that wrote the dump.
    fn rows(&self) -> impl Iterator<Item = u32> + use<> {
        let writes_dump = matches!(self.dump.kind, DumpKind::Stack | DumpKind::Debug2);
        u32::from(writes_dump)..u32::try_from(self.dump.goroutines.len()).unwrap_or(u32::MAX)
    }

    /// A goroutine at work that may hold the lock although nothing shows it: its code is of the same package.
    fn possible_holder(&self, lock: &Lock) -> Option<u32> {
        let package = self.package(lock.waiters[0]);
        let mut rows = self.rows();
        rows.find(|&row| {
            let works = matches!(self.state(row), "running" | "runnable" | "syscall" | "IO wait");
            works
                && !self.is_of_system(row)
                && self.package_of_user(row) == Some(package)
                && !self.is_waiting_for_work(row)
        })
    }

    /// Whether a goroutine waits for the next connection or request: it is idle.
    fn is_waiting_for_work(&self, row: u32) -> bool {
        let frames = self.tables.stack(self.dump.goroutines[row as usize].stack).frames;
        frames.iter().any(|&frame| {
            let name = self.tables.function(frame);
            name.ends_with(".Accept")
                || name.starts_with("net/http.(*Server).")
                || name.starts_with("net/http.Serve")
        })
    }

    /// Whether the runtime or the standard library keeps this goroutine for itself.
    fn is_of_system(&self, row: u32) -> bool {
        let goroutine = &self.dump.goroutines[row as usize];
        let stack = self.tables.stack(goroutine.stack);
        let is_signals = || {
            let names = stack.frames.iter().map(|&frame| self.tables.function(frame));
            names.into_iter().any(|name| name.starts_with("os/signal."))
        };
        goroutine.id == 0
            || !has_user_frame(self.tables, goroutine.stack) && self.is_runtime(row)
            || is_signals()
    }

    fn is_runtime(&self, row: u32) -> bool {
        let stack = self.tables.stack(self.dump.goroutines[row as usize].stack);
        let is_of_runtime = |frame: &FrameId| self.tables.function(*frame).starts_with("runtime.");
        stack.creator.as_ref().is_some_and(is_of_runtime) || stack.frames.iter().all(is_of_runtime)
    }

    fn is_anybody_active(&self) -> bool {
        self.rows().any(|row| is_active(self.state(row)) && self.counts(row))
    }

    /// The goroutine that runs in a dump is the one that wrote it, or that the signal met.
    fn asked_for_dump(&self, row: u32) -> bool {
        row == 0 && self.state(row) == "running"
    }

    /// Whether it is the main goroutine, which sleeps while others work.
    fn is_sleeping_main(&self, row: u32) -> bool {
        self.id(row) == 1 && self.state(row) == "sleep"
    }

    /// Whether a goroutine counts when all that can go on is looked for.
    fn counts(&self, row: u32) -> bool {
        !self.is_of_system(row) && !self.asked_for_dump(row) && !self.is_sleeping_main(row)
    }

    /// All that is the program's own is blocked, and somebody sends: nothing is left that could receive.
    fn all_blocked(&self) -> Option<Finding> {
        if self.is_anybody_active() {
            return None;
        }
        let mut by_state: BTreeMap<&str, BTreeMap<&str, usize>> = BTreeMap::new();
        let (mut n_blocked, mut n_stuck) = (0, 0);
        for row in self.rows().filter(|&row| self.counts(row)) {
            let kind = self.kind(row)?;
            n_blocked += 1;
            n_stuck += usize::from(kind == WaitKind::Send || kind.is_lock());
            *by_state.entry(self.state(row)).or_default().entry(self.function(row)).or_insert(0) += 1;
        }
        if n_stuck < 2 {
            return None;
        }
        let writes_dump = matches!(self.dump.kind, DumpKind::Stack | DumpKind::Debug2);
        let main_sleeps = self.rows().any(|row| self.is_sleeping_main(row));
        let but = match (writes_dump, main_sleeps) {
            (true, _) => " but the one that wrote this dump",
            (false, true) => " but main, which sleeps,",
            (false, false) => "",
        };
        let text = format!(
            "all {n_blocked} goroutines{but} are blocked, and none of them by a timer, the network or a system call"
        );
        let mut finding = Finding::new(FindingKind::Deadlock, Certainty::Hint, text);
        finding.evidence = by_state
            .iter()
            .map(|(state, functions)| {
                let names: Vec<String> =
                    functions.iter().map(|(name, count)| format!("{count} \u{d7} {name}")).collect();
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                format!("{state}: {}", list(&names, 5))
            })
            .collect();
        finding.advice =
            "a second dump some seconds later shows whether any of them moved: goscope goroutines 1.txt 2.txt".to_owned();
        Some(finding)
    }
}

/// `a, b and 3 more`.
pub(super) fn list(names: &[&str], most: usize) -> String {
    match names.len() {
        0 => String::new(),
        1 => names[0].to_owned(),
        count if count <= most => {
            format!("{} and {}", names[..count - 1].join(", "), names[count - 1])
        }
        count => format!("{} and {} more", names[..most].join(", "), count - most),
    }
}
