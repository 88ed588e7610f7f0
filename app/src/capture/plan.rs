//! Which requests are made of a program, and in which order: pure.
//!
//! ```text
//! before     heap.0  goroutine.0  mutex.0  block.0  dump.0         one after the other
//! window     cpu ──────────────────────────────────────────►       the trace lies within, so that it carries
//!                  trace ─────────►                                CPU samples; dumps stop the world: not here
//! after      heap.1  goroutine.1  mutex.1  block.1  dump.1  allocs  threadcreate  …
//! ```

use super::index::Listed;
use super::kind::Kind;

/// Goroutines above which a dump is not taken by itself: the program stands still for it.
pub const MANY_GOROUTINES: u64 = 100_000;

/// How long after the CPU profile the trace begins, in s, where there is time for it.
const TRACE_OFFSET_SECONDS: f64 = 2.0;

/// Handlers that Go's index lists and that are no profiles.
const NO_PROFILES: [&str; 2] = ["cmdline", "symbol"];

/// What a user wants.
#[derive(Clone, Debug, PartialEq)]
pub struct Wanted {
    /// What was named; empty for a bundle of what the program has.
    pub kinds: Vec<Kind>,
    /// How long CPU time is measured, and between both ends of a difference, in s.
    pub seconds: u32,
    /// How long a trace is, in s.
    pub trace_seconds: f64,
    /// Whether the server subtracts what was before.
    pub is_delta: bool,
    /// Whether the heap is collected first.
    pub collects: bool,
    /// Whether the program's command line is kept.
    pub has_command_line: bool,
}

/// When a request is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Before the window, in turn.
    Before,
    /// Beside the others of the window.
    Window,
    /// After it, in turn.
    After,
}

/// One request.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// What is taken.
    pub kind: Kind,
    /// The name of its file.
    pub file: String,
    /// The parameters of the request.
    pub parameters: Vec<(String, String)>,
    /// When it is made.
    pub phase: Phase,
    /// How long after the window begins, in s.
    pub offset_seconds: f64,
    /// How long the server measures, in s; 0 if it answers at once.
    pub seconds: f64,
}

/// The requests to one program, and why something is not asked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// In the order of their phases.
    pub steps: Vec<Step>,
    /// A sentence for each thing that is left out.
    pub notes: Vec<String>,
}

/// The plan for a program; `listed` is what its index lists, `None` if it has none to read.
pub fn plan(wanted: &Wanted, listed: Option<&[Listed]>) -> Plan {
    let mut plan = Plan::default();
    let kinds =
        if wanted.kinds.is_empty() { usual_kinds(listed, &mut plan.notes) } else { wanted.kinds.clone() };
    let has = |kind: &Kind| kinds.contains(kind);
    let has_window = has(&Kind::Cpu) || has(&Kind::Trace);
    let step = |kind: &Kind, moment, phase| step(kind, moment, phase, wanted);
    for kind in [Kind::Heap, Kind::Goroutine, Kind::Mutex, Kind::Block, Kind::Dump] {
        // Without a window there is one moment.
        if has(&kind) && has_window && !(wanted.is_delta && kind.has_delta()) {
            plan.steps.push(step(&kind, Some(0), Phase::Before));
            plan.steps.push(step(&kind, Some(1), Phase::After));
        } else if has(&kind) {
            plan.steps.push(step(&kind, None, Phase::After));
        }
    }
    if has(&Kind::Cpu) {
        plan.steps.push(step(&Kind::Cpu, None, Phase::Window));
    }
    if has(&Kind::Trace) {
        let mut trace = step(&Kind::Trace, None, Phase::Window);
        let left = f64::from(wanted.seconds) - wanted.trace_seconds;
        trace.offset_seconds =
            if has(&Kind::Cpu) { TRACE_OFFSET_SECONDS.min((left / 2.0).max(0.0)) } else { 0.0 };
        plan.steps.push(trace);
    }
    let rest = [Kind::Allocs, Kind::ThreadCreate, Kind::GoroutineLeak];
    let others = kinds.iter().filter(|kind| matches!(kind, Kind::Other(_)));
    for kind in rest.iter().filter(|kind| has(kind)).chain(others) {
        plan.steps.push(step(kind, None, Phase::After));
    }
    if has(&Kind::CommandLine) || wanted.has_command_line && plan.steps.len() > 1 {
        plan.steps.push(step(&Kind::CommandLine, None, Phase::After));
    }
    plan.steps.sort_by_key(|step| step.phase);
    plan
}

/// What is taken of a program that was only named.
fn usual_kinds(listed: Option<&[Listed]>, notes: &mut Vec<String>) -> Vec<Kind> {
    let all = [
        Kind::Cpu,
        Kind::Trace,
        Kind::Heap,
        Kind::Allocs,
        Kind::Goroutine,
        Kind::Mutex,
        Kind::Block,
        Kind::ThreadCreate,
        Kind::Dump,
    ];
    let Some(listed) = listed else { return all.to_vec() };
    let count = |name: &str| listed.iter().find(|profile| profile.name == name).map(|profile| profile.count);
    let mut kinds: Vec<Kind> = all
        .into_iter()
        // Handlers that are no profiles are not always listed.
        .filter(|kind| matches!(kind, Kind::Cpu | Kind::Trace) || count(kind.handler()).is_some())
        .collect();
    if count(Kind::GoroutineLeak.handler()).is_some() {
        kinds.push(Kind::GoroutineLeak);
    }
    if let Some(n_goroutines) = count("goroutine").flatten().filter(|&count| count > MANY_GOROUTINES) {
        kinds.retain(|kind| !matches!(kind, Kind::Dump | Kind::GoroutineLeak));
        notes.push(format!(
            "no dump of {n_goroutines} goroutines: the program would stand still for it; --profile dump takes one all the same"
        ));
    }
    // What is left are profiles of the program's own.
    let is_own =
        |name: &str| !NO_PROFILES.contains(&name) && Kind::NAMED.iter().all(|kind| kind.handler() != name);
    let own = listed.iter().filter(|profile| is_own(&profile.name));
    kinds.extend(own.map(|profile| Kind::Other(profile.name.clone())));
    kinds
}

fn step(kind: &Kind, moment: Option<u8>, phase: Phase, wanted: &Wanted) -> Step {
    let mut parameters: Vec<(&str, String)> = Vec::new();
    let mut seconds = 0.0;
    match kind {
        Kind::Cpu => {
            seconds = f64::from(wanted.seconds);
            parameters.push(("seconds", wanted.seconds.to_string()));
        }
        Kind::Trace => {
            seconds = wanted.trace_seconds;
            parameters.push(("seconds", wanted.trace_seconds.to_string()));
        }
        Kind::Dump => parameters.push(("debug", "2".to_owned())),
        kind if wanted.is_delta && kind.has_delta() => {
            seconds = f64::from(wanted.seconds);
            parameters.push(("seconds", wanted.seconds.to_string()));
        }
        Kind::Heap | Kind::Allocs if wanted.collects => parameters.push(("gc", "1".to_owned())),
        _ => {}
    }
    Step {
        kind: kind.clone(),
        file: kind.file(moment),
        parameters: parameters.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        phase,
        offset_seconds: 0.0,
        seconds,
    }
}

/// How long a plan takes at least, in s: what the server measures.
pub fn least_seconds(steps: &[Step]) -> f64 {
    let window = steps.iter().filter(|step| step.phase == Phase::Window);
    let window = window.map(|step| step.offset_seconds + step.seconds).fold(0.0, f64::max);
    let rest: f64 = steps.iter().filter(|step| step.phase != Phase::Window).map(|step| step.seconds).sum();
    window + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(kinds: &[Kind]) -> Wanted {
        Wanted {
            kinds: kinds.to_vec(),
            seconds: 30,
            trace_seconds: 5.0,
            is_delta: false,
            collects: false,
            has_command_line: true,
        }
    }

    /// A line a step.
    fn text(plan: &Plan) -> String {
        let line = |step: &Step| {
            let parameters: Vec<String> =
                step.parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
            let offset = if step.offset_seconds > 0.0 {
                format!(" +{} s", step.offset_seconds)
            } else {
                String::new()
            };
            format!("{:?}{offset} {} {}", step.phase, step.file, parameters.join("&")).trim_end().to_owned()
        };
        plan.steps.iter().map(line).chain(plan.notes.iter().cloned()).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_bundle_overlaps_in_time() {
        insta::assert_snapshot!(text(&plan(&wanted(&[]), None)), @r"
        Before heap.0.pb.gz
        Before goroutine.0.pb.gz
        Before mutex.0.pb.gz
        Before block.0.pb.gz
        Before goroutine.0.debug2.txt debug=2
        Window cpu.pb.gz seconds=30
        Window +2 s trace.out seconds=5
        After heap.1.pb.gz
        After goroutine.1.pb.gz
        After mutex.1.pb.gz
        After block.1.pb.gz
        After goroutine.1.debug2.txt debug=2
        After allocs.pb.gz
        After threadcreate.pb.gz
        After cmdline.txt
        ");
        assert_eq!(least_seconds(&plan(&wanted(&[]), None).steps), 30.0);
    }

    #[test]
    fn one_kind_is_one_request() {
        for kind in Kind::NAMED {
            assert_eq!(plan(&wanted(std::slice::from_ref(&kind)), None).steps.len(), 1, "{kind:?}");
        }
        assert_eq!(text(&plan(&wanted(&[Kind::CommandLine]), None)), "After cmdline.txt");
        let heap = Wanted { collects: true, ..wanted(&[Kind::Heap]) };
        assert_eq!(text(&plan(&heap, None)), "After heap.pb.gz gc=1");
        let delta = Wanted { is_delta: true, ..wanted(&[Kind::Mutex]) };
        assert_eq!(text(&plan(&delta, None)), "After mutex.pb.gz seconds=30");
    }

    #[test]
    fn without_a_window_there_is_one_moment() {
        insta::assert_snapshot!(text(&plan(&wanted(&[Kind::Heap, Kind::Goroutine]), None)), @r"
        After heap.pb.gz
        After goroutine.pb.gz
        After cmdline.txt
        ");
    }

    #[test]
    fn a_trace_lies_within_a_short_cpu_profile() {
        for (seconds, trace_seconds, offset) in [(30, 5.0, 2.0), (6, 5.0, 0.5), (5, 5.0, 0.0), (3, 5.0, 0.0)]
        {
            let wanted = Wanted { seconds, trace_seconds, ..wanted(&[Kind::Cpu, Kind::Trace]) };
            let plan = plan(&wanted, None);
            let trace = plan.steps.iter().find(|step| step.kind == Kind::Trace).expect("a trace");
            assert_eq!(trace.offset_seconds, offset, "{seconds}");
        }
    }

    #[test]
    fn the_index_says_what_there_is_and_how_much() {
        let listed = |goroutines| {
            [("heap", 3), ("goroutine", goroutines), ("custom.pool", 1)]
                .map(|(name, count)| Listed { name: name.to_owned(), count: Some(count) })
        };
        let few = plan(&wanted(&[]), Some(&listed(10)));
        assert!(few.steps.iter().all(|step| !matches!(step.kind, Kind::Mutex | Kind::Block | Kind::Allocs)));
        assert!(few.steps.iter().any(|step| step.kind == Kind::Dump));
        assert!(few.steps.iter().any(|step| step.file == "custom.pool.pb.gz"), "the program's own");
        let leaks = Listed { name: "goroutineleak".to_owned(), count: Some(0) };
        let has_leaks = |goroutines| {
            let listed = [&listed(goroutines)[..], std::slice::from_ref(&leaks)].concat();
            plan(&wanted(&[]), Some(&listed)).steps.iter().any(|step| step.kind == Kind::GoroutineLeak)
        };
        assert!(
            has_leaks(10) && !has_leaks(100_001),
            "each request runs a collection that follows all stacks"
        );
        let many = plan(&wanted(&[]), Some(&listed(100_001)));
        assert!(many.steps.iter().all(|step| step.kind != Kind::Dump));
        assert!(many.notes[0].contains("100001 goroutines"), "{:?}", many.notes);
        let asked = plan(&wanted(&[Kind::Dump]), Some(&listed(100_001)));
        assert_eq!(asked.steps.len(), 1, "who asks gets it");
    }
}
