//! From batches to ordered events: one generation after the other, as many events at a time as asked for.
//!
//! ```text
//! Generations ─► RawTables ─► Resolver ┐
//!      └─► cursors, frontier ──────────┴─► Order::advance ─► events
//! ```
//!
//! The earliest cursor proposes its event; if that has to wait, the others are tried in order of time; if all
//! wait, the trace is broken. CPU samples come in between by time alone. What happens after a fault is the one
//! thing in which [`Strictness`] makes a difference, and all of it is in [`salvage`](super::salvage).

use super::TraceVersion;
use super::ahead::Ahead;
use super::batch::BatchKind;
use super::clock::Clock;
use super::cursor::{Cursor, Frontier, ThreadBatch};
use super::event::{Event, EventKind, GenerationId, GoId, ProcId, StackId, ThreadId, Time};
use super::generation::{GenerationEnd, RawGeneration};
use super::generation_tables::{RawSample, RawTables};
use super::misuse::Misuses;
use super::options::{CHUNK_EVENTS, TraceOptions};
use super::order::{Delivery, Order, Step};
use super::problem::{Fault, Faulty, Problem, Strictness, add_problem};
use super::release::Release;
use super::resolve::Resolver;
use super::tables::{Continuity, ExperimentalBatch, Generation, Tables};

/// The merge of a whole v2 trace.
#[derive(Debug)]
pub(super) struct Merge<'a> {
    pub(super) data: &'a [u8],
    pub(super) version: TraceVersion,
    pub(super) strictness: Strictness,
    ahead: Ahead<'a>,
    /// Where the generation taken up last ends.
    offset: usize,
    pub(super) order: Order,
    /// The generation whose events are being delivered.
    pub(super) current: Option<Current<'a>>,
    pub(super) last_time: Time,
    syncs: u32,
    pub(super) is_done: bool,
    /// A fault to report when the generation before it has been delivered.
    pub(super) fault_to_come: Option<Box<Fault>>,
    pub(super) previous: Previous,
    /// Number of the generation before the current one.
    pub(super) before_gap: u64,
    /// Annotations that broke a rule.
    pub(super) misuses: Misuses,
    /// Where memory that was read is given back.
    release: Option<Release<'a>>,
    /// Whether this is a piece whose past is not known: then any fault ends it.
    pub(super) is_piece: bool,
    /// Whether it has ended so.
    pub(super) is_unfit: bool,
}

/// What the next generation has to know about the one before it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Previous {
    pub(super) number: u64,
    pub(super) clock: Option<Clock>,
    /// Something of it was lost, so states do not go on.
    pub(super) is_damaged: bool,
}

/// The generation whose events are being delivered.
#[derive(Debug)]
pub(super) struct Current<'a> {
    pub(super) raw: RawGeneration,
    pub(super) resolver: Resolver,
    pub(super) clock: Clock,
    /// All event batches, grouped by thread.
    pub(super) batches: Vec<ThreadBatch>,
    pub(super) cursors: Vec<Cursor<'a>>,
    pub(super) frontier: Frontier,
    pub(super) samples: Vec<RawSample>,
    pub(super) next_sample: usize,
    /// What is wrong with it, in [`Strictness::Salvage`]: one problem, however many the symptoms.
    pub(super) problem: Option<Problem>,
    pub(super) missing: Option<String>,
    /// Everything up to its end is held back: see [`salvage`](super::salvage).
    pub(super) tentative: Option<Tentative>,
}

/// A generation after a gap, held back until it is known to fit: what there was before it.
#[derive(Debug)]
pub(super) struct Tentative {
    pub(super) events: usize,
    pub(super) last_time: Time,
}

impl<'a> Merge<'a> {
    pub(super) fn new(data: &'a [u8], version: TraceVersion, options: &TraceOptions<'a>) -> Self {
        Self {
            data,
            version,
            strictness: options.strictness,
            ahead: Ahead::new(data, version),
            offset: super::version::HEADER_LEN,
            order: Order::default(),
            current: None,
            last_time: 0,
            syncs: 0,
            is_done: false,
            fault_to_come: None,
            previous: Previous::default(),
            before_gap: 0,
            misuses: Misuses::default(),
            release: options.release.and_then(|file| Release::new(file, data)),
            is_piece: false,
            is_unfit: false,
        }
    }

    /// The merge of some generations that come behind number `before`, of which nothing else is known.
    pub(super) fn of_piece(
        data: &'a [u8],
        version: TraceVersion,
        options: &TraceOptions<'a>,
        generations: impl Iterator<Item = RawGeneration>,
        before: u64,
    ) -> Self {
        let mut merge = Self::new(data, version, options);
        (merge.ahead, merge.order, merge.is_piece) = (Ahead::given(), Order::of_piece(), true);
        merge.previous.number = before;
        merge.last_time = Time::MIN;
        generations.for_each(|generation| merge.ahead.give(data, version, generation));
        merge
    }

    /// From now on, generations are only those that are given.
    pub(super) fn wait_for_generations(&mut self) {
        self.ahead = Ahead::given();
    }

    /// Gives the next generation.
    pub(super) fn give(&mut self, generation: RawGeneration) {
        self.ahead.give(self.data, self.version, generation);
    }

    /// No more generations will be given.
    pub(super) fn give_no_more(&mut self) {
        self.ahead.give_no_more();
    }

    /// Whether a piece cannot be read without its past.
    pub(super) fn is_unfit(&self) -> bool {
        self.is_unfit
    }

    /// Whether states go on from here: nothing was lost.
    pub(super) fn is_whole(&self) -> bool {
        !self.previous.is_damaged && !self.is_done
    }

    /// Goes on behind a piece that was sewn to this.
    pub(super) fn go_on_behind(&mut self, piece: &Merge<'_>, last_time: Time) {
        self.last_time = last_time;
        self.syncs += piece.syncs;
        self.before_gap = piece.before_gap;
        self.previous = piece.previous;
        self.offset = piece.offset;
    }

    /// Whether the next generation has to be given.
    pub(super) fn is_waiting(&self) -> bool {
        self.current.is_none() && !self.is_done && self.ahead.is_waiting()
    }

    /// Number of Sync events so far.
    pub(super) fn syncs(&self) -> u32 {
        self.syncs
    }

    /// Appends the events of the next step, with times as the file has them.
    pub(super) fn fill_a_step(
        &mut self,
        events: &mut Vec<Event>,
        tables: &mut Tables,
        problems: &mut Vec<Problem>,
    ) {
        self.last_time = Time::MIN;
        self.fill_up_to(1, events, tables, problems);
    }

    /// Appends the events of the next step: one Sync event, one CPU sample or what one event of the file delivers.
    /// Nothing is added when the trace is over.
    pub(super) fn fill_next_step(
        &mut self,
        events: &mut Vec<Event>,
        tables: &mut Tables,
        problems: &mut Vec<Problem>,
    ) {
        self.fill_up_to(1, events, tables, problems);
    }

    /// How many bytes of the file have been read: all before the current generation, and of it what its threads
    /// have left behind. Takes as long as the generation has batches.
    pub(super) fn read_bytes(&self) -> usize {
        let Some(current) = &self.current else { return self.offset };
        let rest = current.cursors.iter().map(|cursor| cursor.rest_bytes(&current.batches)).sum::<u64>();
        current.raw.end_offset.saturating_sub(usize::try_from(rest).unwrap_or(usize::MAX))
    }

    /// Appends events until there are enough, or a generation ends. Nothing is added when the trace is over, or the
    /// next generation has to be given.
    pub(super) fn fill(&mut self, events: &mut Vec<Event>, tables: &mut Tables, problems: &mut Vec<Problem>) {
        self.fill_up_to(CHUNK_EVENTS, events, tables, problems);
    }

    fn fill_up_to(
        &mut self,
        most_events: usize,
        events: &mut Vec<Event>,
        tables: &mut Tables,
        problems: &mut Vec<Problem>,
    ) {
        while events.is_empty() && !self.is_done {
            if self.current.is_none() {
                if self.ahead.is_waiting() {
                    return;
                }
                self.begin_generation(events, tables, problems);
                // Its Sync event is a step of its own.
                if most_events == 1 && !events.is_empty() {
                    return;
                }
            }
            if let Some(mut current) = self.current.take() {
                if self.run(&mut current, most_events, events, tables, problems) {
                    self.end_generation(&mut current, problems);
                    if let Some(release) = &mut self.release {
                        release.after_generation(current.raw.offset..current.raw.end_offset);
                    }
                } else {
                    if let Some(release) = &mut self.release {
                        release.after_events(events.len(), &current.cursors, &current.batches);
                    }
                    self.current = Some(current);
                }
            }
        }
    }

    /// Delivers events of the current generation; `true` when it is over.
    fn run(
        &mut self,
        current: &mut Current<'a>,
        most_events: usize,
        events: &mut Vec<Event>,
        tables: &mut Tables,
        problems: &mut Vec<Problem>,
    ) -> bool {
        loop {
            let result = self.run_until_fault(current, most_events, events, tables);
            match result {
                Ok(is_over) => return is_over,
                Err((cursor, fault)) => {
                    if !self.recover(current, cursor, fault, (&mut *events, &mut *tables), problems) {
                        return true;
                    }
                }
            }
        }
    }

    /// The hot loop. An error names the place in the frontier of the cursor it came from.
    fn run_until_fault(
        &mut self,
        current: &mut Current<'a>,
        most_events: usize,
        events: &mut Vec<Event>,
        tables: &mut Tables,
    ) -> Result<bool, (Option<usize>, Box<Fault>)> {
        let limit = if current.tentative.is_some() { usize::MAX } else { most_events };
        let Current { resolver, clock, batches, cursors, frontier, samples, next_sample, missing, .. } =
            current;
        let mut out = Delivery {
            events,
            tables,
            resolver,
            generation: current.raw.number,
            last_time: &mut self.last_time,
            strictness: self.strictness,
            missing,
        };
        let mut ground = Ground { data: self.data, batches, clock, order: &mut self.order };
        while out.events.len() < limit {
            let first = frontier.first_time();
            if let Some(sample) = samples.get(*next_sample)
                && first.is_none_or(|time| sample.time < time)
            {
                *next_sample += 1;
                ground.deliver_sample(sample, &mut out).map_err(|fault| (None, fault))?;
                continue;
            }
            if first.is_none() {
                return Ok(true);
            }
            match ground.advance(0, cursors, frontier, &mut out) {
                Ok(Step::Advanced) => {}
                Ok(Step::Wait) => ground.advance_another(cursors, frontier, &mut out)?,
                Err(fault) => return Err((Some(0), fault)),
            }
        }
        Ok(false)
    }

    /// Reads the next generation and delivers its Sync event.
    fn begin_generation(
        &mut self,
        events: &mut Vec<Event>,
        tables: &mut Tables,
        problems: &mut Vec<Problem>,
    ) {
        if let Some(fault) = self.fault_to_come.take() {
            return self.fail(*fault, events, problems);
        }
        let Some((raw, mut raw_tables)) = self.ahead.next(self.data, self.version) else {
            return self.finish_cleanly(events, problems);
        };
        self.offset = raw.end_offset;
        if self.version.has_end_of_generation()
            && matches!(raw.end, GenerationEnd::EndOfFile)
            && !raw.batches.iter().any(|batch| batch.kind == BatchKind::Events)
        {
            return self.finish(events, problems);
        }
        if raw_tables.clock.is_none() && self.previous.clock.is_some() {
            raw_tables = RawTables::decode(self.data, &raw, self.version, self.previous.clock);
        }
        let number = raw.number;
        let result = match self.strictness {
            Strictness::LikeGo => self.accept_like_go(raw, raw_tables.faults.pop()),
            Strictness::Salvage => self.accept_what_is_there(raw, &mut raw_tables, problems),
        };
        match result {
            Ok((raw, problem)) => self.install(raw, raw_tables, problem, events, tables, problems),
            Err(fault) => self.fail_in(number, *fault, events, problems),
        }
    }

    /// Go discards a generation that has any fault, except that before Go 1.26 unreadable bytes behind it are
    /// taken for a damaged next generation.
    fn accept_like_go(
        &mut self,
        mut raw: RawGeneration,
        table_fault: Option<Fault>,
    ) -> Result<(RawGeneration, Option<Problem>), Box<Fault>> {
        match std::mem::replace(&mut raw.end, GenerationEnd::Complete) {
            GenerationEnd::Broken(fault) => return Err(fault),
            GenerationEnd::ThenFault(fault) => self.fault_to_come = Some(fault),
            end => raw.end = end,
        }
        table_fault.map_or(Ok((raw, None)), |fault| Err(Box::new(fault)))
    }

    /// Makes a generation the current one.
    fn install(
        &mut self,
        raw: RawGeneration,
        raw_tables: RawTables<'a>,
        problem: Option<Problem>,
        events: &mut Vec<Event>,
        tables: &mut Tables,
        problems: &mut Vec<Problem>,
    ) {
        let Some(clock) = raw_tables.clock else {
            self.previous.is_damaged = true;
            problems.extend(problem);
            return;
        };
        let is_first = tables.generations().is_empty();
        let is_anew = self.begin_after_loss() || is_first;
        let continuity = if is_anew { Continuity::StartsAnew } else { Continuity::Continues };
        let resolver = Resolver::new(&raw_tables, tables);
        let (batches, cursors) = self.cursors(&raw, tables);
        let experimental = experimental_batches(&raw, tables);
        let unknown = experimental.iter().find(|batch| batch.experiment != super::alloc_free::ALLOC_FREE);
        let unknown = unknown.map(|batch| unknown_experiment(batch, &experimental));
        let min_time = clock.nanos(raw.min_time);
        let id = tables.add_generation(Generation {
            number: raw.number,
            bytes: raw.offset as u64..raw.end_offset as u64,
            min_time,
            clock,
            snapshot: raw_tables.snapshot,
            continuity,
            experimental,
        });
        let mut current = Current {
            raw,
            resolver,
            clock,
            batches,
            cursors,
            frontier: Frontier::default(),
            samples: raw_tables.samples,
            next_sample: 0,
            problem,
            missing: None,
            tentative: None,
        };
        let mut filled = self.fill_frontier(&mut current);
        if let Some((fault, lost_bytes)) = unknown {
            match self.strictness {
                Strictness::LikeGo => filled = Err(fault),
                Strictness::Salvage => problems.push(fault.into_problem(current.raw.number, lost_bytes)),
            }
        }
        if let Err(fault) = filled {
            // Only in LikeGo. Go's quirk: no Sync event announces a generation whose first events are broken.
            self.is_done = true;
            problems.push(fault.into_problem(current.raw.number, 0));
            return;
        }
        self.sync(min_time, id, events);
        self.begin_tentatively(&mut current, events.len());
        self.before_gap = self.previous.number;
        self.previous = Previous { number: current.raw.number, clock: Some(clock), is_damaged: false };
        self.current = Some(current);
    }

    /// Groups the event batches by thread, in the order in which threads first appear.
    fn cursors(&self, raw: &RawGeneration, tables: &mut Tables) -> (Vec<ThreadBatch>, Vec<Cursor<'a>>) {
        let mut threads: Vec<(ThreadId, Vec<ThreadBatch>)> = Vec::new();
        let mut places = super::id_map::NumberMap::default();
        for (index, &batch) in raw.batches.iter().enumerate() {
            if batch.kind != BatchKind::Events {
                continue;
            }
            let place = places.get(batch.thread).unwrap_or_else(|| {
                let place = threads.len() as u32;
                places.insert(batch.thread, place);
                threads.push((tables.thread_id(batch.thread), Vec::new()));
                place
            });
            threads[place as usize].1.push(ThreadBatch { batch, index: index as u32 });
        }
        let mut batches = Vec::with_capacity(raw.batches.len());
        let mut cursors = Vec::with_capacity(threads.len());
        for (thread, own) in threads {
            cursors.push(Cursor::new(thread, batches.len(), batches.len() + own.len()));
            batches.extend(own);
        }
        (batches, cursors)
    }

    /// Puts every cursor on its first event.
    pub(super) fn fill_frontier(&self, current: &mut Current<'a>) -> Faulty<()> {
        current.frontier.clear();
        for (at, cursor) in current.cursors.iter_mut().enumerate() {
            let moved = cursor.advance(&current.batches, self.data, &current.clock).and_then(|moved| {
                if moved && self.strictness == Strictness::LikeGo {
                    cursor.check_args()?;
                }
                Ok(moved)
            });
            match moved {
                Ok(true) => current.frontier.insert(cursor.event.time, at as u32),
                Ok(false) => {}
                Err(fault) => {
                    let (offset, batch) = cursor.place(&current.batches);
                    let fault = fault.at(offset, batch);
                    if self.strictness == Strictness::LikeGo {
                        return Err(fault);
                    }
                    let lost_bytes = cursor.rest_bytes(&current.batches);
                    add_problem(&mut current.problem, *fault, current.raw.number, lost_bytes);
                }
            }
        }
        Ok(())
    }

    fn sync(&mut self, time: Time, generation: GenerationId, events: &mut Vec<Event>) {
        self.syncs += 1;
        let time = if time <= self.last_time { self.last_time.wrapping_add(1) } else { time };
        self.last_time = time;
        events.push(Event {
            time,
            thread: ThreadId::NONE,
            proc: ProcId::NONE,
            goroutine: GoId::NONE,
            stack: StackId::NONE,
            kind: EventKind::Sync { n: self.syncs, generation },
        });
    }

    /// The trace is over: a last Sync event.
    pub(super) fn finish(&mut self, events: &mut Vec<Event>, problems: &mut Vec<Problem>) {
        self.is_done = true;
        self.misuses.finish(problems);
        self.sync(self.last_time, GenerationId::NONE, events);
    }

    /// The trace is over where it may be; but before Go 1.26 Go wants a frequency even of an empty trace.
    fn finish_cleanly(&mut self, events: &mut Vec<Event>, problems: &mut Vec<Problem>) {
        let is_empty = self.previous.number == 0 && self.syncs == 0;
        if self.strictness == Strictness::LikeGo && is_empty && !self.version.has_end_of_generation() {
            let fault = Fault::malformed(self.offset, "the generation has no clock frequency");
            return self.fail(*fault, events, problems);
        }
        self.finish(events, problems);
    }

    /// The trace is over by a fault between two generations.
    fn fail(&mut self, fault: Fault, events: &mut Vec<Event>, problems: &mut Vec<Problem>) {
        self.fail_in(0, fault, events, problems);
    }

    fn fail_in(
        &mut self,
        generation: u64,
        fault: Fault,
        events: &mut Vec<Event>,
        problems: &mut Vec<Problem>,
    ) {
        let from = fault.offset.unwrap_or(self.offset as u64);
        let lost_bytes = (self.data.len() as u64).saturating_sub(from);
        problems.push(fault.into_problem(generation, lost_bytes));
        self.finish(events, problems);
    }
}

impl Current<'_> {
    /// Begins with the first CPU sample again.
    pub(super) fn restart_samples(&mut self) {
        self.next_sample = 0;
    }
}

/// What the hot loop needs beside cursors and output.
struct Ground<'m, 'a> {
    data: &'a [u8],
    batches: &'m [ThreadBatch],
    clock: &'m Clock,
    order: &'m mut Order,
}

impl<'a> Ground<'_, 'a> {
    /// Tries the event at a place of the frontier; if it is delivered, its cursor moves on.
    #[inline(always)]
    fn advance(
        &mut self,
        at: usize,
        cursors: &mut [Cursor<'a>],
        frontier: &mut Frontier,
        out: &mut Delivery<'_>,
    ) -> Faulty<Step> {
        let Some(cursor) = frontier.get(at).and_then(|cursor| cursors.get_mut(cursor as usize)) else {
            return Ok(Step::Wait);
        };
        let delivered = out.events.len();
        let args = cursor.args();
        if self.order.advance(&mut cursor.event, cursor.thread, out)? == Step::Wait {
            cursor.set_args(args);
            return Ok(Step::Wait);
        }
        let mut moved = cursor.advance(self.batches, self.data, self.clock);
        if out.strictness == Strictness::LikeGo {
            moved =
                moved.and_then(|moved| if moved { cursor.check_args().map(|()| true) } else { Ok(false) });
            if moved.is_err() {
                // Go finds the next event broken before it hands out this one.
                out.events.truncate(delivered);
            }
        }
        match moved {
            Ok(true) => frontier.update(at, cursor.event.time),
            Ok(false) => frontier.remove(at),
            Err(fault) => return Err(fault),
        }
        Ok(Step::Advanced)
    }

    /// The first one has to wait: tries the others in order of time.
    #[cold]
    fn advance_another(
        &mut self,
        cursors: &mut [Cursor<'a>],
        frontier: &mut Frontier,
        out: &mut Delivery<'_>,
    ) -> Result<(), (Option<usize>, Box<Fault>)> {
        frontier.sort();
        for at in 1..frontier.len() {
            match self.advance(at, cursors, frontier, out) {
                Ok(Step::Advanced) => return Ok(()),
                Ok(Step::Wait) => {}
                Err(fault) => return Err((Some(at), fault)),
            }
        }
        Err((None, stalled(cursors, frontier, self.batches)))
    }

    /// A CPU sample comes with a context of its own and changes no state.
    fn deliver_sample(&mut self, sample: &RawSample, out: &mut Delivery<'_>) -> Faulty<()> {
        let stack = out.stack(sample.stack)?;
        let time = sample.time;
        let time = if time <= *out.last_time { out.last_time.wrapping_add(1) } else { time };
        *out.last_time = time;
        let event = Event {
            time,
            thread: out.tables.thread_id(sample.thread),
            proc: out.tables.proc_id(sample.proc),
            goroutine: self.order.sampled_goroutine(sample.goroutine, out.tables),
            stack,
            kind: EventKind::StackSample,
        };
        out.events.push(event);
        Ok(())
    }
}

#[cold]
fn stalled(cursors: &[Cursor<'_>], frontier: &Frontier, batches: &[ThreadBatch]) -> Box<Fault> {
    let first = frontier.get(0).and_then(|cursor| cursors.get(cursor as usize));
    let threads = frontier.len();
    let name = first.map_or("", |cursor| super::spec::SPECS[usize::from(cursor.event.kind)].name);
    let what =
        format!("no legal order: the next events of all {threads} threads wait for others ({name} first)");
    let (offset, batch) = first.map_or((0, None), |cursor| cursor.place(batches));
    Fault::order(what).at(offset, batch)
}

/// Go's reader panics when it comes to an experiment that it does not know. The events do not depend on it.
#[cold]
fn unknown_experiment(first: &ExperimentalBatch, all: &[ExperimentalBatch]) -> (Box<Fault>, u64) {
    let unknown = all.iter().filter(|batch| batch.experiment != super::alloc_free::ALLOC_FREE);
    let lost_bytes = unknown.map(|batch| batch.bytes.len() as u64).sum();
    let what = format!("data of the unknown experiment {}", first.experiment);
    let fault = Fault::malformed(first.bytes.start, what).of_kind(super::ProblemKind::UnknownExperiment);
    (fault, lost_bytes)
}

fn experimental_batches(raw: &RawGeneration, tables: &mut Tables) -> Vec<ExperimentalBatch> {
    let mut found = Vec::new();
    for batch in &raw.batches {
        if let BatchKind::Experimental(experiment) = batch.kind {
            let thread = tables.thread_id(batch.thread);
            found.push(ExperimentalBatch { experiment, thread, bytes: batch.payload_offset..batch.end() });
        }
    }
    found
}
