//! Whether the ordered events of a v1 trace make sense, and which artificial Ps some of them belong to.
//!
//! The rules are those of Go's own reader: who breaks one has a trace that Go refuses. We do so only where the states
//! of goroutines and Ps depend on it; what is wrong with tasks and regions becomes a problem beside them.

use std::collections::{HashMap, HashSet};

use super::super::misuse::{Annotation, SourceLine, close_region};
use super::super::problem::{Fault, Faulty};
use super::decode::OldTrace;
use super::event::{OldEvent, fake_proc};
use super::spec;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Status {
    #[default]
    Dead,
    Runnable,
    Running,
    Waiting,
}

#[derive(Clone, Copy, Debug, Default)]
struct Goroutine {
    status: Status,
    in_mark_assist: bool,
    /// Whether what it did last was to wait for the network.
    in_network: bool,
}

#[derive(Clone, Copy, Debug, Default)]
struct Proc {
    is_running: bool,
    goroutine: u64,
    is_sweeping: bool,
}

#[derive(Debug, Default)]
struct World {
    goroutines: HashMap<u64, Goroutine>,
    procs: HashMap<i32, Proc>,
    tasks: HashSet<u64>,
    /// Open regions of each goroutine, the innermost last: task and name.
    regions: HashMap<u64, Vec<(u64, u64)>>,
    in_gc: bool,
    is_stopped: bool,
}

/// Checks all events and sets the P of those that no P did. What is wrong with annotations alone goes to `misused`.
pub(super) fn check(
    events: &mut [OldEvent],
    trace: &OldTrace<'_>,
    misused: &mut dyn FnMut(Box<Fault>) -> Faulty<()>,
) -> Faulty<()> {
    let mut world = World::default();
    world.goroutines.insert(0, Goroutine { status: Status::Running, ..Goroutine::default() });
    for event in events {
        world.check(event)?;
        if let Some(misuse) = world.annotation(event, trace) {
            misused(misuse)?;
        }
    }
    Ok(())
}

/// The annotation that an event is, with its name and the line that it comes from.
fn annotation(event: &OldEvent, name: u64, trace: &OldTrace<'_>) -> Annotation {
    let frames = trace.stacks.get(&event.stack).map(Vec::as_slice).unwrap_or_default();
    let frames = frames.iter().filter_map(|&at| trace.frames.get(at as usize));
    let mut lines = frames.map(|frame| SourceLine {
        function: trace.text(frame.function),
        file: trace.text(frame.file),
        line: frame.line,
    });
    Annotation {
        name: trace.text(name),
        task: event.args[0],
        goroutine: event.goroutine.cast_signed(),
        at: SourceLine::of_program(&mut lines),
    }
}

fn broken(event: &OldEvent, what: &str) -> Box<Fault> {
    let name = spec::SPECS[usize::from(event.kind)].name;
    let (goroutine, proc, time) = (event.goroutine, event.proc, event.time);
    Fault::order(format!("{name} of goroutine {goroutine} on P {proc} at {time} ns: {what}"))
}

fn want(holds: bool, event: &OldEvent, what: &str) -> Faulty<()> {
    if holds { Ok(()) } else { Err(broken(event, what)) }
}

impl World {
    fn goroutine(&mut self, number: u64) -> &mut Goroutine {
        self.goroutines.entry(number).or_default()
    }

    fn proc(&mut self, number: i32) -> &mut Proc {
        self.procs.entry(number).or_default()
    }

    /// The goroutine of an event must run, and on its P.
    fn want_running(&mut self, event: &OldEvent) -> Faulty<()> {
        let runs = self.goroutine(event.goroutine).status == Status::Running
            && self.proc(event.proc).goroutine == event.goroutine;
        want(runs, event, "the goroutine does not run there")
    }

    /// The running goroutine leaves its P.
    fn leave(&mut self, event: &OldEvent, status: Status) -> Faulty<()> {
        self.want_running(event)?;
        want(event.goroutine != 0, event, "there is no goroutine")?;
        self.proc(event.proc).goroutine = 0;
        let goroutine = self.goroutine(event.goroutine);
        goroutine.status = status;
        goroutine.in_network = event.kind == spec::GO_BLOCK_NET;
        Ok(())
    }

    fn check(&mut self, event: &mut OldEvent) -> Faulty<()> {
        match event.kind {
            spec::PROC_START | spec::PROC_STOP => self.proc_start_stop(event),
            spec::GC_START..=spec::GC_SWEEP_DONE | spec::GC_MARK_ASSIST_START | spec::GC_MARK_ASSIST_DONE => {
                self.ranges(event)
            }
            spec::GO_CREATE => self.go_create(event),
            spec::GO_START | spec::GO_START_LABEL => self.go_start(event),
            spec::GO_WAITING | spec::GO_IN_SYSCALL => {
                let goroutine = self.goroutine(event.goroutine);
                want(goroutine.status == Status::Runnable, event, "the goroutine is not runnable")?;
                goroutine.status = Status::Waiting;
                goroutine.in_network = false;
                Ok(())
            }
            spec::GO_END => {
                self.leave(event, Status::Dead)?;
                self.regions.remove(&event.goroutine);
                Ok(())
            }
            spec::GO_STOP => self.leave(event, Status::Dead),
            spec::GO_SCHED | spec::GO_PREEMPT => self.leave(event, Status::Runnable),
            spec::GO_SYS_BLOCK => {
                let in_network = self.goroutine(event.goroutine).in_network;
                self.leave(event, Status::Waiting)?;
                self.goroutine(event.goroutine).in_network = in_network;
                Ok(())
            }
            spec::GO_SLEEP
            | spec::GO_BLOCK
            | spec::GO_BLOCK_SEND..=spec::GO_BLOCK_NET
            | spec::GO_BLOCK_GC => self.leave(event, Status::Waiting),
            spec::GO_UNBLOCK => self.go_unblock(event),
            spec::GO_SYS_CALL => {
                self.want_running(event)?;
                self.goroutine(event.goroutine).in_network = false;
                want(event.goroutine != 0, event, "there is no goroutine")
            }
            spec::GO_SYS_EXIT => {
                let goroutine = self.goroutine(event.goroutine);
                want(goroutine.status == Status::Waiting, event, "the goroutine is in no system call")?;
                goroutine.status = Status::Runnable;
                goroutine.in_network = false;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn proc_start_stop(&mut self, event: &OldEvent) -> Faulty<()> {
        let starts = event.kind == spec::PROC_START;
        let proc = self.proc(event.proc);
        want(proc.is_running != starts, event, "the P is in that state already")?;
        want(starts || proc.goroutine == 0, event, "the P runs a goroutine")?;
        proc.is_running = starts;
        Ok(())
    }

    fn ranges(&mut self, event: &mut OldEvent) -> Faulty<()> {
        let (is_open, begins) = match event.kind {
            spec::GC_START => {
                event.proc = fake_proc::GC;
                (&mut self.in_gc, true)
            }
            spec::GC_DONE => (&mut self.in_gc, false),
            spec::STW_START => (&mut self.is_stopped, true),
            spec::STW_DONE => (&mut self.is_stopped, false),
            spec::GC_SWEEP_START => (&mut self.proc(event.proc).is_sweeping, true),
            spec::GC_SWEEP_DONE => (&mut self.proc(event.proc).is_sweeping, false),
            spec::GC_MARK_ASSIST_START => (&mut self.goroutine(event.goroutine).in_mark_assist, true),
            _ => {
                // A mark assist may be older than the trace.
                self.goroutine(event.goroutine).in_mark_assist = false;
                return Ok(());
            }
        };
        let was_open = std::mem::replace(is_open, begins);
        want(was_open != begins, event, if begins { "it began already" } else { "it never began" })
    }

    fn go_create(&mut self, event: &OldEvent) -> Faulty<()> {
        self.want_running(event)?;
        let new = event.args[0];
        let exists = self.goroutines.contains_key(&new);
        want(!exists, event, "the new goroutine exists already")?;
        self.goroutines.insert(new, Goroutine { status: Status::Runnable, ..Goroutine::default() });
        Ok(())
    }

    fn go_start(&mut self, event: &OldEvent) -> Faulty<()> {
        want(
            self.goroutine(event.goroutine).status == Status::Runnable,
            event,
            "the goroutine is not runnable",
        )?;
        let proc = self.proc(event.proc);
        want(proc.goroutine == 0, event, "the P runs another goroutine")?;
        proc.goroutine = event.goroutine;
        let goroutine = self.goroutine(event.goroutine);
        (goroutine.status, goroutine.in_network) = (Status::Running, false);
        Ok(())
    }

    fn go_unblock(&mut self, event: &mut OldEvent) -> Faulty<()> {
        want(self.goroutine(event.goroutine).status == Status::Running, event, "the goroutine does not run")?;
        let is_there = event.proc == fake_proc::TIMER || self.proc(event.proc).goroutine == event.goroutine;
        want(is_there, event, "the goroutine does not run there")?;
        let target = self.goroutine(event.args[0]);
        want(target.status == Status::Waiting, event, "the other goroutine does not wait")?;
        target.status = Status::Runnable;
        if std::mem::take(&mut target.in_network) {
            event.proc = fake_proc::NETPOLL;
        }
        Ok(())
    }

    /// What is wrong with an annotation: the same rules as those of v2.
    fn annotation(&mut self, event: &OldEvent, trace: &OldTrace<'_>) -> Option<Box<Fault>> {
        match event.kind {
            spec::USER_TASK_CREATE => {
                let is_new = self.tasks.insert(event.args[0]);
                (!is_new).then(|| annotation(event, event.args[2], trace).task_begins_again())
            }
            spec::USER_TASK_END => {
                self.tasks.remove(&event.args[0]);
                None
            }
            spec::USER_REGION => self.region(event, trace),
            _ => None,
        }
    }

    fn region(&mut self, event: &OldEvent, trace: &OldTrace<'_>) -> Option<Box<Fault>> {
        let [task, mode, name, _] = event.args;
        let regions = self.regions.entry(event.goroutine).or_default();
        match mode {
            0 => regions.push((task, name)),
            1 => {
                let ((_, innermost), is_open) = close_region(regions, (task, name))?;
                let region = annotation(event, name, trace);
                return Some(region.region_ends(&trace.text(innermost), is_open));
            }
            _ => return Some(annotation(event, name, trace).unknown_mode(mode)),
        }
        None
    }
}
