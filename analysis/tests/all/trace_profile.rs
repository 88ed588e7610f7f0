//! Profiles out of traces: Go's own for the same traces, and what must hold for those that Go does not have.

use std::collections::BTreeMap;
use std::path::Path;

use goscope_analysis::trace::answers::blame::{BlameScope, blame};
use goscope_analysis::trace::answers::flame::{blame_flame, path_flame};
use goscope_analysis::trace::answers::instances::answer_instances;
use goscope_analysis::trace::answers::population::Population;
use goscope_analysis::trace::folds::profile::{ProfileKind, ProfileRequest, TraceProfiler};
use goscope_analysis::trace::goroutines::GoroutineFilter;
use goscope_analysis::trace::instances::InstanceFilter;
use goscope_analysis::trace::load::trace_model;
use goscope_analysis::trace::model::TraceModel;
use goscope_analysis::trace::questions::profile::{
    FlameKind, check_function, flame_profile, flame_profile_of, time_in_regions,
};
use goscope_analysis::trace::words::no_such_name::NoSuchName;
use goscope_parsers::Progress;
use goscope_parsers::pprof::{ParseOptions, Profile, parse_profile};
use goscope_parsers::trace::{EventKind, Family, Time, TraceReader};

use crate::support;

const SAMPLE: &str = "latency-go1.27.trace";

fn all(kind: ProfileKind) -> ProfileRequest {
    ProfileRequest { kind, function: None, region: None, range: None }
}

fn try_profile(bytes: &[u8], request: ProfileRequest) -> Result<Profile, NoSuchName> {
    let mut reader = TraceReader::new(bytes).expect("a trace");
    let mut profiler = TraceProfiler::new(request);
    while let Some(chunk) = reader.next_chunk() {
        chunk.events.iter().for_each(|event| profiler.event(event, chunk.tables));
    }
    profiler.finish(reader.tables())
}

fn profile(bytes: &[u8], request: ProfileRequest) -> Profile {
    try_profile(bytes, request).expect("a profile")
}

/// Stacks as text, innermost frame first, with count and delay.
type Rows = BTreeMap<String, [i64; 2]>;

fn rows(profile: &Profile) -> Rows {
    let text = |id| profile.strings.text(id).into_owned();
    let mut rows: BTreeMap<String, [i64; 2]> = BTreeMap::new();
    for sample in 0..profile.samples.len() {
        let mut stack = String::new();
        for &location in profile.samples.stack(sample) {
            stack.push_str(&format!("{:#x}", profile.locations.address(location)));
            for line in profile.locations.lines(location) {
                let function = profile.functions[line.function.index()];
                let (name, file) = (text(function.name), text(function.filename));
                stack.push_str(&format!(" {name} {file}:{}", line.line));
            }
            stack.push('\n');
        }
        // A frame without an address and a name is the same as none to Go, which shows either.
        let stack = if stack == "0x0  :0\n" { String::new() } else { stack };
        let values = profile.samples.values(sample);
        let row = rows.entry(stack).or_default();
        *row = [row[0] + values[0], row[1] + values[1]];
    }
    rows
}

/// Count and nanoseconds of all.
fn total(profile: &Profile) -> [i64; 2] {
    rows(profile).values().fold([0, 0], |sum, row| [sum[0] + row[0], sum[1] + row[1]])
}

/// Go gives simultaneous events of an old trace another order than we do, 1 ns apart.
fn slack_nanos(trace: &Path) -> i64 {
    let is_v1 = TraceReader::new(&support::content(trace)).expect("a trace").version().family() == Family::V1;
    if is_v1 { 50 } else { 0 }
}

/// Same stacks and counts, and delays but for the slack.
fn assert_same(ours: &Rows, go: &Rows, slack: i64, name: &str) {
    let stacks = |rows: &Rows| -> Vec<(String, i64)> {
        rows.iter().map(|(stack, row)| (stack.clone(), row[0])).collect()
    };
    assert_eq!(stacks(ours), stacks(go), "{name}: stacks and counts");
    for ((stack, ours), go) in ours.iter().zip(go.values()) {
        assert!((ours[1] - go[1]).abs() <= slack * ours[0], "{name}: {} ns, Go {}:\n{stack}", ours[1], go[1]);
    }
}

#[test]
fn stacks_counts_and_delays_are_gos() {
    let Some(folder) = support::corpus() else { return };
    let kinds = [
        ("net", ProfileKind::Network),
        ("sync", ProfileKind::Sync),
        ("syscall", ProfileKind::Syscall),
        ("sched", ProfileKind::Sched),
    ];
    let mut n_files = 0;
    for trace in support::traces(&folder) {
        let stem = trace.file_stem().expect("a name").to_string_lossy().into_owned();
        for (name, kind) in kinds {
            let reference = folder.join("pprof").join(format!("{stem}.{name}.pb.gz"));
            if !reference.exists() {
                continue;
            }
            n_files += 1;
            let bytes = std::fs::read(&reference).expect("it is readable");
            let go = rows(&parse_profile(&bytes, &ParseOptions::default()).expect("a profile"));
            let ours = rows(&profile(&support::content(&trace), all(kind)));
            assert_same(&ours, &go, slack_nanos(&trace), &format!("{stem} {name}"));
        }
    }
    assert!(n_files > 0, "a corpus without references");
}

#[test]
fn a_range_and_its_rest_add_up() {
    let bytes = support::sample(SAMPLE);
    let mut times = TraceReader::new(&bytes).expect("a trace").map(|event| event.time);
    let (first, last) = (times.next().expect("events"), times.last().expect("events"));
    let middle = first + (last - first) / 3;
    for kind in [ProfileKind::Network, ProfileKind::Sync, ProfileKind::Sched] {
        let part = |range: std::ops::Range<Time>| {
            total(&profile(&bytes, ProfileRequest { range: Some(range), ..all(kind) }))
        };
        let (before, after) = (part(first..middle), part(middle..last + 1));
        let whole = total(&profile(&bytes, all(kind)));
        assert!(before[1] > 0 && after[1] > 0);
        assert_eq!(before[1] + after[1], whole[1], "{kind:?}: time");
        assert!(before[0] + after[0] >= whole[0], "{kind:?}: what is cut counts on both sides");
    }
}

fn sample_model(name: &str) -> TraceModel {
    trace_model(&support::sample(name), &Progress::new()).expect("a trace")
}

#[test]
fn time_in_a_range_and_in_its_rest_adds_up() {
    let model = sample_model(SAMPLE);
    let whole = model.range();
    let middle = whole.start + (whole.end - whole.start) / 3;
    for kind in [FlameKind::Wall, FlameKind::Blocked, FlameKind::Sched] {
        let part = |range: std::ops::Range<Time>| {
            total(&flame_profile(&model, &InstanceFilter { range: Some(range), ..Default::default() }, kind))
        };
        let (before, after) = (part(whole.start..middle), part(middle..whole.end));
        let all = total(&flame_profile(&model, &InstanceFilter::default(), kind));
        assert!(before[1] > 0 && after[1] > 0);
        assert_eq!(before[1] + after[1], all[1], "{kind:?}: time");
        assert!(before[0] + after[0] >= all[0], "{kind:?}: what is cut counts on both sides");
    }
}

#[test]
fn wall_is_what_running_waiting_and_the_rest_add_up_to() {
    let model = sample_model("shop-go1.27.trace");
    let profile = |kind| flame_profile(&model, &InstanceFilter::default(), kind);
    let wall = rows(&profile(FlameKind::Wall));
    let sum = |state: &str| -> i64 {
        let outermost = |stack: &str| stack.lines().last().unwrap_or("").starts_with(&format!("0x0 {state}"));
        wall.iter().filter(|(stack, _)| outermost(stack)).map(|(_, row)| row[1]).sum()
    };
    let parts = ["running ", "runnable ", "syscall", "waiting"].map(sum);
    assert_eq!(parts.iter().sum::<i64>(), wall.values().map(|row| row[1]).sum::<i64>());
    assert!(parts.iter().all(|&nanos| nanos > 0), "{parts:?}");
    assert_eq!(parts[2] + parts[3], total(&profile(FlameKind::Blocked))[1]);
    assert_eq!(parts[1], total(&profile(FlameKind::Sched))[1]);
}

#[test]
fn cpu_samples_are_all_there_with_ten_milliseconds_each() {
    let bytes = support::sample("shop-go1.27.trace");
    let model = trace_model(&bytes, &Progress::new()).expect("a trace");
    let cpu = total(&flame_profile(&model, &InstanceFilter::default(), FlameKind::Cpu));
    let samples = TraceReader::new(&bytes).expect("a trace").filter(|e| e.kind == EventKind::StackSample);
    assert_eq!(cpu, [samples.count() as i64, cpu[0] * 10_000_000]);
    assert_eq!(cpu[0], 88);
}

#[test]
fn time_in_regions_is_a_part_of_what_their_goroutines_did() {
    let model = sample_model(SAMPLE);
    let range = model.range();
    let of = |function: Option<&str>| GoroutineFilter {
        function: function.map(str::to_owned),
        ..GoroutineFilter::default()
    };
    let in_regions = |name: &str, function| time_in_regions(&model, name, &of(function), &range);
    let all = in_regions("search", None).expect("regions");
    let wall = total(&flame_profile_of(&model, &all, FlameKind::Wall, &range))[1];
    assert_eq!(wall as u128, all.wall().total_nanos(), "all of their time is known");
    let serving = in_regions("search", Some("net/http.(*conn).serve")).expect("regions");
    assert_eq!(serving.count(), all.count(), "the server searches");
    assert!(in_regions("search", Some("main.main")).expect("regions").is_empty());
    let error = in_regions("nap", None).expect_err("no such region");
    assert_eq!(error.to_string(), r#"no region in this trace is called "nap""#);
    let error = check_function(&model, &of(Some("main.nothing"))).expect_err("no such function");
    assert_eq!(error, NoSuchName::Function("main.nothing".to_owned()));
}

#[test]
fn goroutines_of_one_function_and_regions_of_one_name_are_a_part() {
    let bytes = support::sample(SAMPLE);
    let request = all(ProfileKind::Sync);
    let function = Some("net/http.(*conn).serve".to_owned());
    let of_function = profile(&bytes, ProfileRequest { function, ..request.clone() });
    let outermost = |stack: &String| stack.lines().last().unwrap_or("").to_owned();
    let stacks: Vec<String> = rows(&of_function).keys().map(outermost).collect();
    assert!(!stacks.is_empty() && stacks.iter().all(|s| s.contains("net/http.(*conn).serve ")), "{stacks:?}");
    let region = Some("search".to_owned());
    let in_region = rows(&profile(&bytes, ProfileRequest { region, ..request.clone() }));
    let whole = rows(&profile(&bytes, request));
    assert!(in_region.values().map(|row| row[1]).sum::<i64>() > 0);
    for (stack, row) in in_region {
        assert!(row[0] <= whole[&stack][0] && row[1] <= whole[&stack][1], "{stack}");
    }
}

#[test]
fn names_that_are_not_in_the_trace_are_refused() {
    let bytes = support::sample(SAMPLE);
    let request = |function: Option<&str>, region: Option<&str>| ProfileRequest {
        function: function.map(str::to_owned),
        region: region.map(str::to_owned),
        ..all(ProfileKind::Sched)
    };
    let error = try_profile(&bytes, request(Some("main.nothing"), None)).expect_err("no such function");
    assert_eq!(error.to_string(), r#"no goroutine in this trace starts in "main.nothing""#);
    let error = try_profile(&bytes, request(None, Some("nap"))).expect_err("no such region");
    assert_eq!(error.to_string(), r#"no region in this trace is called "nap""#);
}

#[test]
fn blame_is_as_wide_as_the_waits_and_names_waiter_reason_and_waker() {
    let model = sample_model(SAMPLE);
    let (scope, range) = (BlameScope::Of(Population::Tasks(None)), model.range());
    let flame = blame_flame(&model, &scope, &range);
    let answer = blame(&model, &scope, Some(&range));
    let count: u64 = answer.rows.iter().map(|row| row.count).sum();
    assert_eq!(total(&flame), [count as i64, answer.total_nanos as i64]);
    let rows = rows(&flame);
    let (widest, _) = rows.iter().max_by_key(|(_, row)| row[1]).expect("waits");
    let names: Vec<&str> = widest.lines().filter_map(|line| line.split(' ').nth(1)).collect();
    let at = |name: &str| names.iter().position(|other| *other == name).expect(name);
    // Innermost first: what went on, the waker from its root, what woke whom, the waiter.
    assert_eq!(names[0], "running");
    assert!(at("example.com/shop/catalog.(*Index).RebuildEvery") < at("sync.(*RWMutex).Unlock"));
    assert!(at("sync.(*RWMutex).Unlock") < at("sync:") && at("sync:") < at("sync.(*RWMutex).RLock"));
    assert_eq!(names.last(), Some(&"net/http.(*conn).serve"));
}

#[test]
fn critical_paths_are_as_wide_as_their_instances() {
    let model = sample_model(SAMPLE);
    let (population, range) = (Population::Tasks(Some("catalog".to_owned())), model.range());
    let wall: Vec<u64> =
        answer_instances(&model, &population, None).complete.iter().map(|it| it.nanos()).collect();
    let width = |lengths| total(&path_flame(&model, &population, &range, lengths))[1];
    assert_eq!(width(None), wall.iter().sum::<u64>() as i64);
    let slow = 40_000_000..=u64::MAX;
    let slow_wall = wall.iter().filter(|nanos| slow.contains(nanos)).sum::<u64>();
    assert_eq!(width(Some(&slow)), slow_wall as i64);
    assert!(slow_wall > 0);
}
