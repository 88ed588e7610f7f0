//! What a goroutine is named after: the function that it runs, behind the wrapper that started it.
//!
//! `wg.Go(fetch)` starts a goroutine in `sync.(*WaitGroup).Go.func1`, whatever it then runs, and that is all that the
//! event of its creation says. What it runs is the first frame inside, in any stack that the goroutine has later:
//!
//! ```text
//! created     sync.(*WaitGroup).Go.func1
//! blocks in   sync.(*WaitGroup).Go.func1 ► main.fetch ► time.Sleep           it runs main.fetch
//! ends in     sync.(*WaitGroup).Go.func1 ► sync.(*WaitGroup).Done ► …        the wrapper's own doing: says nothing
//! ```
//!
//! A goroutine that never had a stack in the function it runs keeps the name of the wrapper.

use std::borrow::Cow;

use goscope_parsers::trace::{FrameId, GoId, StackId, StringId, Tables};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::trace::store::data::TraceData;
use crate::trace::words::cause::SpanState;

/// Whether a function only runs another one that it was given, as the first thing in a goroutine.
pub fn is_wrapper(name: &str) -> bool {
    let base = name.rsplit('/').next().unwrap_or(name);
    if matches!(name, "runtime/pprof.Do" | "runtime/trace.WithRegion") || is_once(base) {
        return true;
    }
    if matches!(base, "singleflight.(*Group).doCall" | "panics.(*Catcher).Try" | "panics.Try") {
        return true;
    }
    let Some(method) = closure_of(base) else { return false };
    let is_go = [".(*WaitGroup).Go", ".(*Group).Go", ".(*Group).TryGo"].iter().any(|go| method.ends_with(go));
    is_go || method.starts_with("errgroup.(*Group).") || method == "singleflight.(*Group).doCall"
}

/// `sync.Once` and the functions that it makes, which inlining names after where they are made
/// (`main.main.OnceFunc.func1.1`).
fn is_once(base: &str) -> bool {
    let makers = ["OnceFunc.func", "OnceValue[...].func", "OnceValues[...].func"];
    matches!(base, "sync.(*Once).Do" | "sync.(*Once).doSlow")
        || makers.iter().any(|maker| base.split_once(maker).is_some_and(|(before, _)| before.ends_with('.')))
}

/// The function whose closure this is: `F` of `F.func1`, but not of `F.func1.2`.
fn closure_of(name: &str) -> Option<&str> {
    let (function, number) = name.rsplit_once(".func")?;
    let is_number = !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit());
    is_number.then_some(function)
}

/// The type whose method (or closure of a method) a wrapper is: what else is of it is no program's function.
fn type_of(name: &str) -> &str {
    name.find(").").map_or(name, |at| &name[..at + 2])
}

/// The place of the first function inside all wrappers, of the names of a stack's functions from the outermost on;
/// `None` if there is none, or if the stack is the wrapper's own.
fn place_inside<'n>(names: impl IntoIterator<Item = Cow<'n, str>>) -> Option<usize> {
    let mut wrappers: Vec<String> = Vec::new();
    for (place, name) in names.into_iter().enumerate() {
        if is_wrapper(&name) {
            wrappers.push(type_of(&name).to_owned());
            continue;
        }
        let is_own = wrappers.iter().any(|own| name.starts_with(own.as_str()));
        let says_nothing = is_own
            || name.is_empty()
            || name == "?"
            || name.starts_with("runtime.")
            || name.starts_with("sync.(*WaitGroup).");
        return (!wrappers.is_empty() && !says_nothing).then_some(place);
    }
    None
}

/// The frame of the function that a goroutine with this stack runs inside wrappers.
fn frame_inside(tables: &Tables, stack: StackId) -> Option<FrameId> {
    let frames = tables.stack(stack);
    let name = |frame: &FrameId| tables.string_lossy(tables.frame(*frame).function);
    let place = place_inside(frames.iter().rev().map(name))?;
    frames.iter().rev().nth(place).copied()
}

fn function_inside(tables: &Tables, stack: StackId) -> Option<StringId> {
    frame_inside(tables, stack).map(|frame| tables.frame(frame).function)
}

/// What one stack says of the goroutine that it is of: the frame that names it. The outermost one, or the first
/// inside wrappers; `None` for no stack.
pub fn entry_frame(tables: &Tables, stack: StackId) -> Option<FrameId> {
    let outermost = tables.stack(stack).last().copied();
    frame_inside(tables, stack).or(outermost)
}

/// Whether a stack may lack a frame: that of the caller of a function that was interrupted before it had one.
fn is_interrupted(tables: &Tables, stack: StackId) -> bool {
    let innermost = tables.stack(stack).first().map(|&frame| tables.frame(frame).function);
    innermost.is_some_and(|function| tables.string(function).starts_with(b"runtime.asyncPreempt"))
}

/// What one stack says about whether its goroutine is named after a function, or began in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Says {
    /// It is, or is not.
    Surely(bool),
    /// The same, from a stack that may lack the frame in question.
    Perhaps(bool),
    /// What runs inside the wrapper that it began in cannot be seen.
    Nothing,
}

impl Says {
    /// For folds, which have no model; the same rules as those of [`entry_functions`].
    pub(crate) fn of(tables: &Tables, stack: StackId, function: &[u8]) -> Self {
        let Some(&outermost) = tables.stack(stack).last() else { return Self::Nothing };
        let began = tables.frame(outermost).function;
        if tables.string(began) == function {
            return Self::Surely(true);
        }
        if !is_wrapper(&tables.string_lossy(began)) {
            return Self::Surely(false);
        }
        match function_inside(tables, stack).map(|inside| tables.string(inside) == function) {
            None => Self::Nothing,
            Some(is_it) if is_interrupted(tables, stack) => Self::Perhaps(is_it),
            Some(is_it) => Self::Surely(is_it),
        }
    }
}

/// What is known so far about a goroutine that a wrapper started.
#[derive(Clone, Copy, Debug, Default)]
struct Found {
    function: Option<StringId>,
    /// From a stack that may lack the frame in question.
    is_doubtful: bool,
}

/// What stacks say, each asked once.
struct Stacks<'t> {
    tables: &'t Tables,
    known: FxHashMap<StackId, Found>,
}

impl<'t> Stacks<'t> {
    fn new(tables: &'t Tables) -> Self {
        Self { tables, known: FxHashMap::default() }
    }

    fn look(&mut self, stack: StackId) -> Found {
        let tables = self.tables;
        *self.known.entry(stack).or_insert_with(|| Found {
            function: function_inside(tables, stack),
            is_doubtful: is_interrupted(tables, stack),
        })
    }

    /// Uses a stack if it is better than what is known; returns whether no better one can follow.
    fn add(&mut self, found: &mut Found, stack: StackId) -> bool {
        let new = self.look(stack);
        if new.function.is_some() && (found.function.is_none() || found.is_doubtful && !new.is_doubtful) {
            *found = new;
        }
        found.function.is_some() && !found.is_doubtful
    }
}

/// The function that names each goroutine, by id.
pub(crate) fn entry_functions(data: &TraceData) -> Vec<StringId> {
    let tables = data.tables();
    let ids = (0..data.goroutine_id_end() as u32).into_par_iter().with_min_len(4096);
    let mut functions: Vec<StringId> =
        ids.map(|id| tables.frame(data.start_frame(GoId(id))).function).collect();
    let mut wrapped = wrapped_goroutines(tables, &functions);
    if wrapped.is_empty() {
        return functions;
    }
    // Nearly all are known by their first spans; the rest costs a look at everything that has a stack.
    let of_spans: Vec<(GoId, Found)> = wrapped
        .par_iter()
        .map_init(|| Stacks::new(tables), |stacks, (&id, _)| (id, found_in_spans(data, id, stacks)))
        .collect();
    wrapped.extend(of_spans);
    if wrapped.values().any(|found| found.function.is_none() || found.is_doubtful) {
        look_everywhere(data, &mut wrapped);
    }
    // In any order: each has a place of its own.
    let found = wrapped.into_iter().filter_map(|(id, found)| Some((id, found.function?)));
    found.for_each(|(id, function)| functions[id.index()] = function);
    functions
}

/// Goroutines that began in a wrapper.
fn wrapped_goroutines(tables: &Tables, functions: &[StringId]) -> FxHashMap<GoId, Found> {
    let mut wrappers: FxHashMap<StringId, bool> = FxHashMap::default();
    let mut is_wrapped = |function: StringId| {
        *wrappers.entry(function).or_insert_with(|| is_wrapper(&tables.string_lossy(function)))
    };
    let ids = functions.iter().enumerate().filter(|&(_, &function)| is_wrapped(function));
    ids.map(|(id, _)| (GoId(id as u32), Found::default())).collect()
}

/// From where it began, waited, or was taken off its P: these stacks are its own.
fn found_in_spans(data: &TraceData, id: GoId, stacks: &mut Stacks<'_>) -> Found {
    let mut found = Found::default();
    if let Some(goroutine) = data.goroutine(id)
        && stacks.add(&mut found, goroutine.start_stack)
    {
        return found;
    }
    for span in data.spans(id) {
        let cause = data.cause(span.cause);
        let is_own = match span.state {
            SpanState::Waiting | SpanState::Syscall | SpanState::SyscallBlocked => true,
            // Preempted or yielding; if it was unblocked or created, the stack is that of the other goroutine.
            SpanState::Runnable => cause.reason.is_some(),
            SpanState::Running | SpanState::Unknown => false,
        };
        if is_own && stacks.add(&mut found, cause.stack) {
            break;
        }
    }
    found
}

/// From CPU samples, regions, logs, tasks, and what goroutines did to others.
fn look_everywhere(data: &TraceData, wrapped: &mut FxHashMap<GoId, Found>) {
    let of_wakers = stacks_of_wakers(data, wrapped);
    let mut stacks = Stacks::new(data.tables());
    let mut add = |id: GoId, stack: StackId| {
        if let Some(found) = wrapped.get_mut(&id).filter(|it| it.function.is_none() || it.is_doubtful) {
            stacks.add(found, stack);
        }
    };
    data.samples().iter().for_each(|row| add(row.goroutine, row.stack));
    data.logs().iter().for_each(|row| add(row.goroutine, row.stack));
    for row in data.regions() {
        add(row.goroutine, row.begin_stack);
        add(row.goroutine, row.end_stack);
    }
    for task in data.task_ids().filter_map(|id| data.task(id)) {
        add(task.begin_goroutine, task.begin_stack);
    }
    of_wakers.into_iter().for_each(|(id, stack)| add(id, stack));
}

/// The stack of a runnable span is that of the goroutine that made it runnable.
fn stacks_of_wakers(data: &TraceData, wrapped: &FxHashMap<GoId, Found>) -> Vec<(GoId, StackId)> {
    let is_open = |id: &GoId| wrapped.get(id).is_some_and(|it| it.function.is_none() || it.is_doubtful);
    let ids: Vec<GoId> = data.goroutine_ids().collect();
    let of_one = |&id: &GoId| {
        let woken = data.spans(id).filter(|span| is_open(&span.waker));
        woken.map(|span| (span.waker, data.cause(span.cause).stack)).collect::<Vec<_>>()
    };
    ids.par_iter().with_min_len(1024).flat_map_iter(of_one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrappers_are_known_by_name_in_any_package_path() {
        for name in [
            "sync.(*WaitGroup).Go.func1",
            "main.fetchAll.(*WaitGroup).Go.func3",
            "github.com/sourcegraph/conc.(*WaitGroup).Go.func1",
            "golang.org/x/sync/errgroup.(*Group).Go.func1",
            "golang.org/x/sync/errgroup.(*Group).TryGo.func1",
            "golang.org/x/sync/errgroup.(*Group).add.func1",
            "example.com/shop/vendor/golang.org/x/sync/errgroup.(*Group).Go.func1",
            "main.main.(*Group).Go.func2",
            "golang.org/x/sync/singleflight.(*Group).doCall",
            "golang.org/x/sync/singleflight.(*Group).doCall.func2",
            "sync.OnceFunc.func2",
            "main.main.OnceFunc.func7.1",
            "main.main.OnceValue[...].func7",
            "sync.(*Once).doSlow",
            "runtime/pprof.Do",
        ] {
            assert!(is_wrapper(name), "{name}");
        }
        for name in [
            "",
            "main.main.func1",
            "main.(*Group).Go",
            "sync.(*WaitGroup).Go",
            "sync.(*WaitGroup).Go.func1.1",
            "golang.org/x/sync/errgroup.(*Group).done",
            "golang.org/x/sync/errgroup.(*Group).Go.func1.2",
            "main.(*Pool).Go.func1",
            "main.notOnceFunc.func1",
            "net/http.(*Server).Serve.gowrap3",
        ] {
            assert!(!is_wrapper(name), "{name}");
        }
    }

    /// What a stack says, outermost function first.
    fn inside<'f>(functions: &[&'f str]) -> &'f str {
        let names = functions.iter().map(|&function| Cow::Borrowed(function));
        place_inside(names).map_or("-", |place| functions[place])
    }

    #[test]
    fn the_first_frame_inside_all_wrappers_is_what_runs() {
        let (wait_group, group) =
            ("sync.(*WaitGroup).Go.func1", "golang.org/x/sync/errgroup.(*Group).Go.func1");
        assert_eq!(inside(&[wait_group, "main.fetch", "time.Sleep"]), "main.fetch");
        assert_eq!(inside(&[group, wait_group, "main.fetch"]), "main.fetch");
        let once = [
            "main.main.OnceFunc.func7",
            "sync.(*Once).Do",
            "sync.(*Once).doSlow",
            "main.main.OnceFunc.func7.1",
        ];
        assert_eq!(inside(&[&[wait_group], &once[..], &["main.once"]].concat()), "main.once");
        assert_eq!(inside(&["main.main", "main.fetch"]), "-", "no wrapper");
        assert_eq!(inside(&[wait_group]), "-", "nothing inside");
    }

    #[test]
    fn what_a_wrapper_does_itself_says_nothing() {
        let (wait_group, group) =
            ("sync.(*WaitGroup).Go.func1", "golang.org/x/sync/errgroup.(*Group).Go.func1");
        assert_eq!(inside(&[wait_group, "sync.(*WaitGroup).Go.func1.1", "sync.(*WaitGroup).Done"]), "-");
        assert_eq!(inside(&[wait_group, "sync.(*WaitGroup).Done", "sync.(*WaitGroup).Add"]), "-");
        assert_eq!(inside(&[group, "golang.org/x/sync/errgroup.(*Group).done", "runtime.chanrecv1"]), "-");
        assert_eq!(
            inside(&[group, "sync.(*Once).Do", "golang.org/x/sync/errgroup.(*Group).Go.func1.2"]),
            "-"
        );
        assert_eq!(inside(&[wait_group, "runtime.asyncPreempt"]), "-");
    }
}
