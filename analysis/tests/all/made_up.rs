//! Traces that are made up at random, of programs that could be: goroutines lock, send, sleep, start others, make system
//! calls, wait for the network, work on tasks and in regions, and take turns on a few Ps.
//!
//! What is written is what [`trace_text`](goscope_analysis::testing::trace_text) reads. The same seed makes the same
//! trace.

use std::fmt::Write as _;

use goscope_test_support::Random;

/// Locks, channels and functions there are.
const LOCKS: usize = 3;
const CHANNELS: usize = 2;
const FUNCTIONS: usize = 5;
/// Goroutines at most.
const MOST_GOROUTINES: usize = 14;

/// A trace that was made up.
#[derive(Debug)]
pub(crate) struct MadeUp {
    /// As tests write traces.
    pub(crate) text: String,
    /// How long goroutines ran, all together.
    pub(crate) running_nanos: u64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    Ready,
    /// On this P since then.
    Running(usize, u64),
    Syscall(usize),
    /// Until then, if a timer or the network ends it.
    Waiting(Option<u64>),
    Over,
}

struct Goroutine {
    state: State,
    steps: String,
    holds: Vec<usize>,
    /// The lock that it takes when it runs next.
    wants: Option<usize>,
    regions: Vec<(usize, u64)>,
    task: Option<u64>,
}

/// A program that runs.
struct Program {
    random: Random,
    now: u64,
    procs: Vec<Option<usize>>,
    goroutines: Vec<Goroutine>,
    /// Who waits for each lock, and who has it.
    locks: Vec<(Option<usize>, Vec<usize>)>,
    receivers: Vec<Vec<usize>>,
    senders: Vec<Vec<usize>>,
    tasks: u64,
    heap: u64,
    lines: String,
    running_nanos: u64,
}

/// Makes a trace of so many events, about.
pub(crate) fn made_up(seed: u64, events: usize) -> MadeUp {
    let mut random = Random(seed);
    let n_procs = 1 + random.below(4);
    let mut program = Program {
        random,
        now: 0,
        procs: vec![None; n_procs],
        goroutines: Vec::new(),
        locks: vec![(None, Vec::new()); LOCKS],
        receivers: vec![Vec::new(); CHANNELS],
        senders: vec![Vec::new(); CHANNELS],
        tasks: 0,
        heap: 1 << 20,
        lines: format!("procs: 0 {n_procs}\n"),
        running_nanos: 0,
    };
    program.goroutines.push(Goroutine::new("0 was running P0".to_owned()));
    program.goroutines[0].state = State::Running(0, 0);
    program.procs[0] = Some(0);
    for _ in 0..events {
        program.step();
    }
    program.finish()
}

impl Goroutine {
    fn new(steps: String) -> Self {
        Self { state: State::Ready, steps, holds: Vec::new(), wants: None, regions: Vec::new(), task: None }
    }
}

impl Program {
    fn chance(&mut self, percent: usize) -> bool {
        self.random.below(100) < percent
    }

    /// Time goes by, sometimes long.
    fn pass(&mut self) {
        let most = [20, 2_000, 300_000, 40_000_000][[0, 0, 1, 1, 1, 2, 2, 3][self.random.below(8)]];
        self.now += 1 + self.random.below(most) as u64;
    }

    fn function(&self, id: usize) -> usize {
        id % FUNCTIONS
    }

    /// Where a goroutine is, below what it calls.
    fn at(&mut self, id: usize, leaf: &str) -> String {
        if self.chance(5) {
            return String::new();
        }
        format!(" @ {leaf}<main.f{}<main.run{}", self.random.below(FUNCTIONS), self.function(id))
    }

    fn note(&mut self, id: usize, step: &str) {
        let now = self.now;
        let _ = write!(self.goroutines[id].steps, ", {now} {step}");
    }

    fn step(&mut self) {
        self.pass();
        self.ring();
        let ready: Vec<usize> = self.in_state(|state| state == State::Ready);
        let free: Vec<usize> = (0..self.procs.len()).filter(|&proc| self.procs[proc].is_none()).collect();
        let running: Vec<usize> =
            self.in_state(|state| matches!(state, State::Running(..) | State::Syscall(_)));
        let has_turn = !ready.is_empty() && !free.is_empty();
        if has_turn && (running.is_empty() || self.chance(60)) {
            let (id, proc) = (ready[self.random.below(ready.len())], free[self.random.below(free.len())]);
            self.run(id, proc);
        } else if !running.is_empty() {
            let id = running[self.random.below(running.len())];
            if let (State::Running(..), Some(&lock)) =
                (self.goroutines[id].state, self.goroutines[id].holds.last())
                && self.chance(30)
            {
                self.unlock(id, lock);
                return;
            }
            match self.goroutines[id].state {
                State::Syscall(proc) => {
                    self.note(id, &format!("running P{proc}"));
                    self.goroutines[id].state = State::Running(proc, self.now);
                }
                State::Running(proc, _) => self.act(id, proc),
                _ => {}
            }
        } else if ready.is_empty() {
            self.give_up();
        }
    }

    /// Everybody waits: the next timer goes off, or else somebody does not want to wait for a channel any longer.
    fn give_up(&mut self) {
        let timer = self.goroutines.iter().filter_map(|goroutine| match goroutine.state {
            State::Waiting(until) => until,
            _ => None,
        });
        if let Some(next) = timer.min() {
            self.now = self.now.max(next);
            return self.ring();
        }
        let lists = self.receivers.iter_mut().chain(&mut self.senders);
        if let Some(id) = lists.filter_map(Vec::pop).next() {
            self.note(id, "runnable");
            self.goroutines[id].state = State::Ready;
        }
    }

    fn in_state(&self, is_it: impl Fn(State) -> bool) -> Vec<usize> {
        (0..self.goroutines.len()).filter(|&id| is_it(self.goroutines[id].state)).collect()
    }

    /// Timers go off, and the network answers.
    fn ring(&mut self) {
        for id in self.in_state(|state| matches!(state, State::Waiting(Some(_)))) {
            let State::Waiting(Some(until)) = self.goroutines[id].state else { continue };
            if until <= self.now {
                self.note(id, "runnable");
                self.goroutines[id].state = State::Ready;
                self.now += 1;
            }
        }
    }

    fn run(&mut self, id: usize, proc: usize) {
        self.note(id, &format!("running P{proc}"));
        self.goroutines[id].state = State::Running(proc, self.now);
        self.procs[proc] = Some(id);
        if let Some(lock) = self.goroutines[id].wants.take() {
            self.now += 1;
            self.lock(id, lock);
        }
    }

    /// It does not run any more.
    fn stop(&mut self, id: usize, state: State) {
        if let State::Running(proc, since) = self.goroutines[id].state {
            self.procs[proc] = None;
            self.running_nanos += self.now - since;
        }
        self.goroutines[id].state = state;
    }

    fn wait(&mut self, id: usize, (reason, leaf): (&str, &str), until: Option<u64>) {
        let at = self.at(id, leaf);
        self.note(id, &format!("waiting \"{reason}\"{at}"));
        self.stop(id, State::Waiting(until));
    }

    fn wake(&mut self, id: usize, by: usize, leaf: &str) {
        let at = self.at(by, leaf);
        self.note(id, &format!("runnable by G{}{at}", by + 1));
        self.goroutines[id].state = State::Ready;
        self.now += 1;
    }

    fn act(&mut self, id: usize, proc: usize) {
        match self.random.below(24) {
            0..4 => {
                let lock = self.random.below(LOCKS);
                if self.goroutines[id].holds.contains(&lock) {
                    self.unlock(id, lock);
                } else {
                    self.lock(id, lock);
                }
            }
            4 | 5 => match self.goroutines[id].holds.last().copied() {
                Some(lock) => self.unlock(id, lock),
                None => self.sleep(id),
            },
            6 | 7 => self.send(id),
            8 | 9 => self.receive(id),
            10 => self.sleep(id),
            11 => {
                let until = self.now + 1 + self.random.below(5_000_000) as u64;
                self.wait(id, ("network", "internal/poll.(*FD).Read"), Some(until));
            }
            12 | 13 if self.goroutines.len() < MOST_GOROUTINES => self.start(id),
            14 => {
                let at = self.at(id, "syscall.read");
                self.note(id, &format!("syscall{at}"));
                let State::Running(_, since) = self.goroutines[id].state else { return };
                self.running_nanos += self.now - since;
                self.goroutines[id].state = State::Syscall(proc);
            }
            15 => {
                let at = self.at(id, "main.loop");
                self.note(id, &format!("runnable{at}"));
                self.stop(id, State::Ready);
            }
            16 | 17 => self.task(id),
            18 | 19 => self.region(id),
            20 => {
                self.heap += self.random.below(1 << 16) as u64;
                let _ = writeln!(self.lines, "heap G{} P{proc}: {} {}", id + 1, self.now, self.heap);
            }
            21 => {
                let at = self.at(id, "main.loop");
                if !at.is_empty() {
                    let _ = writeln!(self.lines, "sample G{} P{proc}: {}{at}", id + 1, self.now);
                }
            }
            22 => {
                let begin = self.now;
                self.now += 1 + self.random.below(50_000) as u64;
                let (id, now) = (id + 1, self.now);
                let _ = writeln!(self.lines, "stw \"GC mark termination\" G{id} P{proc}: {begin}..{now}");
            }
            _ => self.end(id),
        }
    }

    fn sleep(&mut self, id: usize) {
        let until = self.now + 1 + self.random.below(3_000_000) as u64;
        self.wait(id, ("sleep", "time.Sleep"), Some(until));
    }

    fn lock(&mut self, id: usize, lock: usize) {
        match self.locks[lock].0 {
            None => {
                self.locks[lock].0 = Some(id);
                self.goroutines[id].holds.push(lock);
            }
            Some(_) => {
                self.locks[lock].1.push(id);
                self.wait(id, ("sync", &format!("sync.(*Mutex).Lock<main.take{lock}")), None);
            }
        }
    }

    /// Whoever waits first is woken. Others may take the lock before it runs: then it waits again.
    fn unlock(&mut self, id: usize, lock: usize) {
        self.goroutines[id].holds.retain(|held| *held != lock);
        self.locks[lock].0 = None;
        if !self.locks[lock].1.is_empty() {
            let next = self.locks[lock].1.remove(0);
            self.goroutines[next].wants = Some(lock);
            self.wake(next, id, &format!("sync.(*Mutex).Unlock<main.give{lock}"));
        }
    }

    fn send(&mut self, id: usize) {
        let channel = self.random.below(CHANNELS);
        if self.receivers[channel].is_empty() {
            self.senders[channel].push(id);
            self.wait(id, ("chan send", "runtime.chansend1"), None);
        } else {
            let receiver = self.receivers[channel].remove(0);
            self.wake(receiver, id, "runtime.chansend1");
        }
    }

    fn receive(&mut self, id: usize) {
        let channel = self.random.below(CHANNELS);
        if self.senders[channel].is_empty() {
            self.receivers[channel].push(id);
            self.wait(id, ("chan receive", "runtime.chanrecv1"), None);
        } else {
            let sender = self.senders[channel].remove(0);
            self.wake(sender, id, "runtime.chanrecv1");
        }
    }

    fn start(&mut self, id: usize) {
        let at = self.at(id, "main.spawn");
        self.goroutines.push(Goroutine::new(format!("{} runnable by G{}{at}", self.now, id + 1)));
    }

    /// Begins a task, or ends the one that it began, or one of another.
    fn task(&mut self, id: usize) {
        let now = self.now;
        if let Some(task) = self.goroutines[id].task.take() {
            let _ = writeln!(self.lines, "task {task} \"t{}\" G{}: ..{now}", task % 3, id + 1);
            return;
        }
        self.tasks += 1;
        let task = self.tasks;
        let parent =
            if task > 1 && self.chance(30) { format!(" parent {}", task - 1) } else { String::new() };
        let _ = writeln!(self.lines, "task {task} \"t{}\" G{}: {now}..{parent}", task % 3, id + 1);
        let ender = if self.chance(20) { self.random.below(self.goroutines.len()) } else { id };
        let ender = if self.goroutines[ender].task.is_none() { ender } else { id };
        self.goroutines[ender].task = Some(task);
    }

    fn region(&mut self, id: usize) {
        let now = self.now;
        match self.goroutines[id].regions.pop() {
            Some((name, begin)) if self.chance(70) => {
                let task = self.goroutines[id].task.map_or(String::new(), |task| format!(" task {task}"));
                let _ = writeln!(self.lines, "region \"r{name}\" G{}{task}: {begin}..{now}", id + 1);
            }
            outer => {
                self.goroutines[id].regions.extend(outer);
                let name = self.random.below(3);
                self.goroutines[id].regions.push((name, now));
            }
        }
    }

    fn end(&mut self, id: usize) {
        let is_free = self.goroutines[id].holds.is_empty() && self.goroutines[id].regions.is_empty();
        if id > 0 && is_free {
            self.note(id, "end");
            self.stop(id, State::Over);
        }
    }

    fn finish(mut self) -> MadeUp {
        self.now += 1;
        for id in 0..self.goroutines.len() {
            if let State::Running(_, since) = self.goroutines[id].state {
                self.running_nanos += self.now - since;
            }
            for &(name, begin) in &self.goroutines[id].regions {
                let _ = writeln!(self.lines, "region \"r{name}\" G{}: {begin}..", id + 1);
            }
        }
        let mut text = String::new();
        for (id, goroutine) in self.goroutines.iter().enumerate() {
            let _ = writeln!(text, "G{} main.run{}: {}", id + 1, self.function(id), goroutine.steps);
        }
        let _ = writeln!(text, "{}end: {}", self.lines, self.now);
        MadeUp { text, running_nanos: self.running_nanos }
    }
}
