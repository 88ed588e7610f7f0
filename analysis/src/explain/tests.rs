//! Results and stacks as text, explanations as text.

use std::fmt::Write as _;

use goscope_parsers::bench::{BenchOutput, read_output};
use goscope_parsers::pprof::Profile;
use insta::assert_snapshot;

use super::owner::Part;
use super::{BenchmarkKey, Explanation, Recording, explain};
use crate::profile::call_tree::call_tree;
use crate::profile::query::StackQuery;
use crate::profile::stacks::select;
use crate::testing::{profile, tree_text};

const FIRST: &str = "testing.(*B).run1.func1;testing.(*B).runN";
const LATER: &str = "testing.(*B).launch;testing.(*B).runN";
const WORKER: &str = "testing.(*B).RunParallel.func1";
const B: &str = "example.com/gt.Benchmark";
const GT: &str = "example.com/gt";

/// Stacks with their numbers of samples, 10 ms each.
fn stacks(samples: &[(&str, u64)]) -> Profile {
    let mut text = "types: samples/count cpu/nanoseconds\nperiod: cpu/nanoseconds 10000000\n".to_owned();
    for (stack, count) in samples {
        let stack = stack.replace("FIRST", FIRST).replace("LATER", LATER).replace("WORKER", WORKER);
        let stack = stack.replace("B:", B).replace("gt:", "example.com/gt.");
        let _ = writeln!(text, "{stack} {count} {}", count * 10_000_000);
    }
    profile(&text)
}

fn results(lines: &str) -> BenchOutput {
    read_output(format!("pkg: {GT}\n{lines}").as_bytes())
}

fn key(name: &str) -> BenchmarkKey {
    BenchmarkKey { package: GT.to_owned(), name: name.to_owned() }
}

/// The sentence, rows and notes.
fn shown(explanation: &Explanation) -> String {
    let unit = explanation.unit();
    let mut text = explanation.line() + "\n";
    for row in &explanation.rows {
        let beside = if row.part == Part::Operation { "" } else { "(beside) " };
        let cost = |it: &super::Cost| {
            format!("{} ± {} [{}]", unit.number(it.per_op), unit.number(it.sigma), it.samples)
        };
        let base = row.base.as_ref().map_or_else(String::new, |base| cost(base) + " → ");
        let mark = if row.is_clear() { " !" } else { "" };
        let _ = writeln!(text, "{beside}{} {base}{}{mark}", row.function, cost(&row.head));
    }
    for note in &explanation.notes {
        let _ = writeln!(text, "note: {}", note.text(unit));
    }
    text
}

/// Two recordings of a benchmark.
fn compared(name: &str, base: (&str, &[(&str, u64)]), head: (&str, &[(&str, u64)])) -> String {
    let outputs = [results(base.0), results(head.0)];
    let profiles = [stacks(base.1), stacks(head.1)];
    let base = Recording::new(vec![&outputs[0]], &[&profiles[0]]);
    let head = Recording::new(vec![&outputs[1]], &[&profiles[1]]);
    shown(&explain(Some(&base), &head, &key(name)))
}

/// One recording of it.
fn alone(name: &str, lines: &str, samples: &[(&str, u64)]) -> String {
    let (output, profile) = (results(lines), stacks(samples));
    let recording = Recording::new(vec![&output], &[&profile]);
    shown(&explain(None, &recording, &key(name)))
}

const MIX_AND_HASH: &str = "BenchmarkEncode-2 200000 7600 ns/op\nBenchmarkEncode-2 200000 7700 ns/op\n";

#[test]
fn the_function_that_got_slower_is_named() {
    let base = [("LATER;B:Encode;gt:Encode;gt:Mix", 230), ("LATER;B:Encode;gt:Encode;gt:Hash", 70)];
    let head = [("LATER;B:Encode;gt:Encode;gt:Mix", 690), ("LATER;B:Encode;gt:Encode;gt:Hash", 75)];
    let slower = MIX_AND_HASH.replace("7600", "18600").replace("7700", "19300");
    assert_snapshot!(compared("Encode", (MIX_AND_HASH, &base), (&slower, &head)), @r"
    BenchmarkEncode is 11,625 ± 816 ns/op slower: gt.Mix +11,500 ± 758 ns/op
    example.com/gt.Mix 5,750 ± 379 [230] → 17,250 ± 657 [690] !
    example.com/gt.Hash 1,750 ± 209 [70] → 1,875 ± 217 [75]
    ");
}

#[test]
fn what_interrupts_a_function_is_its_own_time() {
    let preempted = [
        ("LATER;B:Encode;gt:Mix", 100),
        ("LATER;B:Encode;gt:Mix;runtime.asyncPreempt", 60),
        ("LATER;B:Encode;gt:Mix;runtime.asyncPreempt;runtime.asyncPreempt2;runtime.mcall", 40),
        ("runtime.mcall;runtime.asyncPreempt2.func1;runtime.schedule", 5),
    ];
    assert_snapshot!(alone("Encode", MIX_AND_HASH, &preempted), @r"
    BenchmarkEncode takes 5,000 ± 354 ns/op of CPU time: gt.Mix 100%
    example.com/gt.Mix 5,000 ± 354 [200]
    (beside) runtime in the background 125 ± 55.9 [5]
    note: CPU time is 65% of the time by the clock: the rest it waited or was not scheduled, and an execution trace says for what (go test -trace)
    ");
}

#[test]
fn a_loop_benchmark_counts_each_iteration_once() {
    let samples = [("FIRST;B:Loop;gt:Mix", 319), ("FIRST;runtime.GC;runtime.gcStart", 3)];
    let lines = "BenchmarkLoop-2 200000 8100 ns/op\nBenchmarkLoop-2 200000 8000 ns/op\n";
    assert_snapshot!(alone("Loop", lines, &samples), @r"
    BenchmarkLoop takes 7,975 ± 447 ns/op of CPU time: gt.Mix 100%
    example.com/gt.Mix 7,975 ± 447 [319]
    (beside) garbage collection before each run 75.0 ± 43.3 [3]
    ");
}

#[test]
fn workers_belong_to_the_benchmark_that_runs_parallel() {
    let samples = [("WORKER;B:Par.func1;gt:Mix", 140), ("WORKER;B:Par.func1;gt:Hash", 60)];
    let lines = "BenchmarkPar-2 200000 4000 ns/op\nBenchmarkPar-2 200000 4000 ns/op\n";
    assert_snapshot!(alone("Par", lines, &samples), @r"
    BenchmarkPar takes 5,000 ± 354 ns/op of CPU time: gt.Mix 70%, gt.Hash 30%
    example.com/gt.Mix 3,500 ± 296 [140]
    example.com/gt.Hash 1,500 ± 194 [60]
    ");
}

#[test]
fn set_up_is_told_by_the_first_run() {
    let samples = [
        ("FIRST;B:Heavy@gt_test.go:12;gt:Setup@gt.go:40", 70),
        ("LATER;B:Heavy@gt_test.go:12;gt:Setup@gt.go:40", 75),
        ("LATER;B:Heavy@gt_test.go:15;gt:Mix@gt.go:9", 85),
        // A helper that both sets up and loops: its lines are looked at.
        ("FIRST;B:Helped@gt_test.go:30;gt:run@gt_test.go:40;gt:Setup@gt.go:40", 30),
        ("LATER;B:Helped@gt_test.go:30;gt:run@gt_test.go:40;gt:Setup@gt.go:40", 28),
        ("LATER;B:Helped@gt_test.go:30;gt:run@gt_test.go:42;gt:Mix@gt.go:9", 120),
    ];
    let lines = "BenchmarkHeavy-2 100000 8600 ns/op\nBenchmarkHelped-2 100000 12100 ns/op\n";
    assert_snapshot!(alone("Heavy", lines, &samples), @r"
    BenchmarkHeavy takes 8,500 ± 922 ns/op of CPU time: gt.Mix 100%
    example.com/gt.Mix 8,500 ± 922 [85]
    (beside) set-up, once a run 14,500 ± 1,204 [145]
    note: 63% of the benchmark's samples are set-up, and not counted to the operation
    ");
    assert_snapshot!(alone("Helped", lines, &samples), @r"
    BenchmarkHelped takes 12,000 ± 1,095 ns/op of CPU time: gt.Mix 100%
    example.com/gt.Mix 12,000 ± 1,095 [120]
    (beside) set-up, once a run 5,800 ± 762 [58]
    note: 33% of the benchmark's samples are set-up, and not counted to the operation
    ");
}

#[test]
fn without_a_fixed_count_ns_per_op_is_split_by_shares() {
    let base = [("LATER;B:Encode;gt:Mix", 60), ("LATER;B:Encode;gt:Hash", 40)];
    let head = [("LATER;B:Encode;gt:Mix", 90), ("LATER;B:Encode;gt:Hash", 20)];
    let before = "BenchmarkEncode-2 118263 10000 ns/op\n";
    let after = "BenchmarkEncode-2 52311 22000 ns/op\n";
    assert_snapshot!(compared("Encode", (before, &base), (after, &head)), @r"
    BenchmarkEncode is ≈12,000 ns/op slower: gt.Mix ≈+12,000 ± 946 ns/op
    example.com/gt.Mix 6,000 ± 490 [60] → 18,000 ± 809 [90] !
    example.com/gt.Hash 4,000 ± 490 [40] → 4,000 ± 809 [20]
    note: ≈ is a part of the printed ns/op: how often a b.N loop ran in all is not known when it runs for a time; -benchtime=Kx or b.Loop tell
    ");
}

#[test]
fn sub_benchmarks_share_a_function() {
    let samples = [("LATER;B:Sub.func1;gt:Mix", 300), ("FIRST;B:Sub;gt:Table", 12)];
    let lines = "BenchmarkSub/small-2 50000 4000 ns/op\nBenchmarkSub/large-2 50000 14000 ns/op\n";
    assert_snapshot!(alone("Sub", lines, &samples), @r"
    BenchmarkSub takes 29,999 ± 1,732 ns/op of CPU time: gt.Mix 100%
    example.com/gt.Mix 29,999 ± 1,732 [300]
    (beside) set-up, once a run 1,200 ± 346 [12]
    note: Sub/small-2 and Sub/large-2 run one function: a profile does not tell them apart
    note: CPU time is 3.3 times the time by the clock: several cores at once
    ");
    let other = "BenchmarkSub/small-2 90000 4000 ns/op\nBenchmarkSub/large-2 20000 14000 ns/op\n";
    assert_snapshot!(compared("Sub", (lines, &samples), (other, &samples)), @r"
    cannot tell: the sub-benchmarks of BenchmarkSub share a function, and ran in other proportions on the other side; record them one by one (-bench '^BenchmarkSub$/^one$') or with the same -benchtime=Kx
    example.com/gt.Mix 29,999 ± 1,732 [300] → 27,272 ± 1,575 [300]
    (beside) set-up, once a run 1,200 ± 346 [12] → 1,091 ± 315 [12]
    note: Sub/small-2 and Sub/large-2 run one function: a profile does not tell them apart
    note: base: CPU time is 3.3 times the time by the clock: several cores at once
    note: head: CPU time is 4.7 times the time by the clock: several cores at once
    ");
}

#[test]
fn library_functions_are_counted_to_the_code_that_calls_them() {
    let base =
        [("LATER;B:Encode;gt:Build", 100), ("LATER;B:Encode;gt:Build;runtime.growslice;runtime.memmove", 20)];
    let head = [
        ("LATER;B:Encode;gt:Build", 102),
        ("LATER;B:Encode;gt:Build;runtime.growslice;runtime.memmove", 180),
    ];
    let slower = MIX_AND_HASH.replace("7600", "14600").replace("7700", "14300");
    assert_snapshot!(compared("Encode", (MIX_AND_HASH, &base), (&slower, &head)), @r"
    BenchmarkEncode is 4,050 ± 501 ns/op slower: gt.Build +4,050 ± 501 ns/op, most of it in runtime.memmove
    example.com/gt.Build 3,000 ± 274 [120] → 7,050 ± 420 [282] !
    note: base: CPU time is 39% of the time by the clock: the rest it waited or was not scheduled, and an execution trace says for what (go test -trace)
    note: head: CPU time is 49% of the time by the clock: the rest it waited or was not scheduled, and an execution trace says for what (go test -trace)
    ");
}

#[test]
fn what_cannot_be_told_is_said() {
    let few = [("LATER;B:Encode;gt:Mix", 7)];
    let some = [("LATER;B:Encode;gt:Mix", 200), ("LATER;B:Encode;gt:Hash", 200)];
    let all_slower = [("LATER;B:Encode;gt:Mix", 300), ("LATER;B:Encode;gt:Hash", 300)];
    let (same, slower) = (MIX_AND_HASH, MIX_AND_HASH.replace("7600", "11400").replace("7700", "11500"));
    assert_snapshot!(compared("Encode", (same, &few), (same, &some)), @r"
    cannot tell: the profile of the base has 7 samples of BenchmarkEncode, each 10 ms of CPU time; a hundred tell functions by 10% (a higher -benchtime or -count)
    example.com/gt.Hash 0 ± 0 [0] → 5,000 ± 354 [200] !
    example.com/gt.Mix 175 ± 66.1 [7] → 5,000 ± 354 [200] !
    note: head: CPU time is 1.3 times the time by the clock: several cores at once
    ");
    assert_snapshot!(compared("Encode", (same, &some), (same, &some)), @r"
    BenchmarkEncode takes the same CPU time: +0 ± 707 ns/op; 1,414 ns/op more would have shown
    example.com/gt.Hash 5,000 ± 354 [200] → 5,000 ± 354 [200]
    example.com/gt.Mix 5,000 ± 354 [200] → 5,000 ± 354 [200]
    note: base: CPU time is 1.3 times the time by the clock: several cores at once
    note: head: CPU time is 1.3 times the time by the clock: several cores at once
    ");
    assert_snapshot!(compared("Encode", (same, &some), (&slower, &all_slower)), @r"
    cannot tell: BenchmarkEncode is 5,000 ± 791 ns/op slower, all its functions alike, as on a slower or busier machine; run both sides in turns on a quiet one
    example.com/gt.Hash 5,000 ± 354 [200] → 7,500 ± 433 [300] !
    example.com/gt.Mix 5,000 ± 354 [200] → 7,500 ± 433 [300] !
    note: base: CPU time is 1.3 times the time by the clock: several cores at once
    note: head: CPU time is 1.3 times the time by the clock: several cores at once
    ");
    assert_snapshot!(compared("Encode", (same, &some), (&slower, &some)), @r"
    BenchmarkEncode is 3,800 ns/op slower by the clock, but not in CPU time (+0 ± 707 ns/op): it waits longer, and an execution trace says for what (go test -trace)
    example.com/gt.Hash 5,000 ± 354 [200] → 5,000 ± 354 [200]
    example.com/gt.Mix 5,000 ± 354 [200] → 5,000 ± 354 [200]
    note: base: CPU time is 1.3 times the time by the clock: several cores at once
    ");
    assert_snapshot!(compared("Decode", (same, &some), (same, &some)), @"cannot tell: the results of the base have no BenchmarkDecode");
    assert_snapshot!(compared("Encode", (same, &some), (same, &[("LATER;B:Other;gt:Mix", 40)])), @r"
    cannot tell: the profile of the head has no sample of BenchmarkEncode: it is of other runs, or they were too short
    example.com/gt.Hash 5,000 ± 354 [200] → 0 ± 0 [0] !
    example.com/gt.Mix 5,000 ± 354 [200] → 0 ± 0 [0] !
    note: base: CPU time is 1.3 times the time by the clock: several cores at once
    ");
}

#[test]
fn runs_that_differ_more_than_sampling_make_errors_wider() {
    let output = results("BenchmarkEncode-2 200000 9000 ns/op\n");
    let profiles = [100, 150, 50].map(|count| stacks(&[("LATER;B:Encode;gt:Mix", count)]));
    let recording = Recording::new(vec![&output; 3], &profiles.each_ref());
    assert_snapshot!(shown(&explain(None, &recording, &key("Encode"))), @r"
    BenchmarkEncode takes 5,000 ± 1,443 ns/op of CPU time: gt.Mix 100%
    example.com/gt.Mix 5,000 ± 1,443 [300]
    note: CPU time is 56% of the time by the clock: the rest it waited or was not scheduled, and an execution trace says for what (go test -trace)
    note: runs differ 5.0 times as much as sampling alone would have them; ± says so
    ");
    // As one output of all three, nothing is known of how they differ.
    let all = results(&"BenchmarkEncode-2 200000 9000 ns/op\n".repeat(3));
    let recording = Recording::new(vec![&all], &profiles.each_ref());
    assert_snapshot!(shown(&explain(None, &recording, &key("Encode"))), @r"
    BenchmarkEncode takes 5,000 ± 289 ns/op of CPU time: gt.Mix 100%
    example.com/gt.Mix 5,000 ± 289 [300]
    note: CPU time is 56% of the time by the clock: the rest it waited or was not scheduled, and an execution trace says for what (go test -trace)
    ");
}

#[test]
fn the_operation_is_a_profile_of_its_own() {
    let output = results("BenchmarkEncode-2 50000 10 ns/op\nBenchmarkPar-2 50000 10 ns/op\n");
    let samples = [
        ("FIRST;runtime.GC", 1),
        ("LATER;B:Encode;gt:Mix;runtime.asyncPreempt", 5),
        ("LATER;B:Encode", 2),
        ("WORKER;B:Par.func1;gt:Mix", 7),
        ("runtime.gcBgMarkWorker;runtime.scanobject", 9),
    ];
    let profile = stacks(&samples);
    let recording = Recording::new(vec![&output], &[&profile]);
    let tree = |name: &str| {
        let profile = recording.operation_profile(&key(name)).expect("one profile");
        tree_text(&call_tree(&select(&profile, &StackQuery::default()).expect("no filter")))
    };
    assert_snapshot!(tree("Encode"), @r"
    (root) 0 70000000
      example.com/gt.BenchmarkEncode 20000000 70000000
        example.com/gt.Mix 50000000 50000000
    ");
    assert_snapshot!(tree("Par"), @r"
    (root) 0 70000000
      example.com/gt.BenchmarkPar.func1 0 70000000
        example.com/gt.Mix 70000000 70000000
    ");
}
