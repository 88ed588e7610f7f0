//! Critical paths of traces that are written as text.

use std::fmt::Write as _;

use goscope_parsers::trace::{StackId, Tables};

use super::{PathSegment, StackPart};
use crate::testing::trace;
use crate::trace::answers::population::Population;
use crate::trace::answers::slow::SlowRule;
use crate::trace::answers::why::{WhyQuestion, why};
use crate::trace::model::TraceModel;

fn stack_text(tables: &Tables, part: StackPart) -> String {
    let frames = tables.stack(part.stack);
    let outer = frames.len().saturating_sub(usize::from(part.frames));
    let names = frames[outer..].iter().map(|frame| tables.string_lossy(tables.frame(*frame).function));
    names.collect::<Vec<_>>().join("<")
}

fn line(model: &TraceModel, segment: &PathSegment) -> String {
    let tables = model.tables();
    let mut line = format!(
        "{}..{} G{} {}",
        segment.begin,
        segment.end,
        tables.goid(segment.goroutine),
        segment.class.name()
    );
    let stack = stack_text(tables, segment.stack);
    if !stack.is_empty() {
        let _ = write!(line, " in {stack}");
    }
    if let Some(behind) = segment.behind {
        let _ = write!(line, " behind {}", tables.string_lossy(behind));
    }
    if segment.waiter != StackId::NONE {
        let _ = write!(line, ", waited for in {}", stack_text(tables, StackPart::whole(segment.waiter)));
    }
    if segment.is_inferred {
        line.push_str(" (inferred)");
    }
    line
}

/// The critical paths of all tasks, longest first.
fn paths(text: &str) -> String {
    let model = trace(text);
    let question =
        WhyQuestion { population: Population::Tasks(None), range: None, slow: SlowRule::Auto, limit: 10 };
    let found = why(&model, &question);
    let mut text = String::new();
    for path in &found.slowest {
        let mut at = path.instance.begin;
        for segment in &path.segments {
            assert_eq!(segment.begin, at, "{text}");
            assert!(segment.begin < segment.end, "{text}");
            at = segment.end;
            let _ = writeln!(text, "{}", line(&model, segment));
        }
        assert_eq!(at, path.instance.end, "{text}");
    }
    let total: u64 = found.answers.iter().map(|answer| answer.total_nanos).sum();
    assert_eq!(u128::from(total), found.wall.total_nanos());
    text
}

#[test]
fn a_wait_is_what_the_waker_did_meanwhile_and_no_more() {
    let text = "
        procs: 0 4
        G1 main.serve: 0 runnable, 0 running P0, 20 waiting \"chan receive\" @ main.get<main.serve, 60 runnable by G2 @ main.put<main.work, 62 running P0, 90 end
        G2 main.work: 0 runnable, 5 running P1, 30 syscall P1 @ main.read<main.work, 50 running P1, 80 end
        task 7 \"get\" G1: 10..70
        end: 100";
    assert_eq!(
        paths(text),
        "10..20 G1 running in main.serve
20..30 G2 running in main.work, waited for in main.get<main.serve
30..50 G2 syscall in main.read<main.work, waited for in main.get<main.serve
50..60 G2 running in main.work, waited for in main.get<main.serve
60..62 G1 wakeup in main.get<main.serve
62..70 G1 running in main.get<main.serve
"
    );
}

#[test]
fn before_a_goroutine_was_created_its_creator_is_followed() {
    let text = "
        procs: 0 4
        G1 main.serve: 0 runnable, 0 running P0, 30 waiting \"sync.WaitGroup.Wait\" @ sync.(*WaitGroup).Wait<main.serve, 60 runnable by G2 @ sync.(*WaitGroup).Done<main.work, 60 running P0, 90 end
        G3 main.start: 0 runnable, 0 running P2, 80 end
        G2 main.work: 40 runnable by G3 @ main.spawn<main.start, 45 running P1, 80 end
        task 7 \"get\" G1: 10..70
        end: 100";
    assert_eq!(
        paths(text),
        "10..30 G1 running in main.serve
30..40 G3 running in main.start, waited for in sync.(*WaitGroup).Wait<main.serve
40..45 G2 wakeup in main.work, waited for in sync.(*WaitGroup).Wait<main.serve
45..60 G2 running in main.work, waited for in sync.(*WaitGroup).Wait<main.serve
60..70 G1 running in sync.(*WaitGroup).Wait<main.serve
"
    );
}

#[test]
fn who_took_a_free_lock_in_between_is_not_blamed_for_who_held_it() {
    let text = "
        procs: 0 4
        G1 main.serve: 0 runnable, 0 running P0, 10 waiting \"sync\" @ sync.(*Mutex).Lock<main.get<main.serve, 100 runnable by G3 @ sync.(*Mutex).Unlock<main.get<main.serve, 100 running P0, 110 end
        G2 main.save: 0 runnable, 0 running P1, 5 syscall P1 @ syscall.write<main.persist<main.save, 95 running P1, 150 waiting \"chan receive\" @ main.next<main.save, 200 runnable
        G3 main.serve: 0 runnable, 0 running P2, 20 waiting \"sleep\" @ time.Sleep<main.serve, 94 runnable, 95 running P2, 120 end
        G4 main.serve: 0 runnable, 0 running P3, 2 waiting \"sync\" @ sync.(*Mutex).Lock<main.get<main.serve, 4 runnable by G2 @ sync.(*Mutex).Unlock<main.persist<main.save, 4 running P3, 6 end
        task 7 \"get\" G1: 9..105
        end: 200";
    assert_eq!(
        paths(text),
        "9..10 G1 running in main.serve
10..94 G2 syscall in syscall.write<main.persist<main.save, waited for in sync.(*Mutex).Lock<main.get<main.serve (inferred)
94..95 G3 wakeup in time.Sleep<main.serve, waited for in sync.(*Mutex).Lock<main.get<main.serve
95..100 G3 running in main.serve, waited for in sync.(*Mutex).Lock<main.get<main.serve
100..105 G1 running in sync.(*Mutex).Lock<main.get<main.serve
"
    );
}

#[test]
fn work_for_other_tasks_is_told_apart() {
    let text = "
        procs: 0 4
        G1 main.serve: 0 runnable, 0 running P0, 10 waiting \"chan receive\" @ main.get<main.serve, 60 runnable by G2 @ main.put<main.work, 60 running P0, 90 end
        G2 main.work: 0 runnable, 0 running P1, 80 end
        task 7 \"thumbnail\" G1: 10..70
        task 8 \"thumbnail\" G3: 0..35
        region \"resize\" G2 task 8: 0..30
        region \"resize\" G2 task 7: 32..58
        G3 main.other: 0 runnable, 0 running P2, 40 end
        end: 100";
    let path = paths(text);
    assert!(
        path.starts_with(
            "10..30 G2 running in main.work behind thumbnail, waited for in main.get<main.serve
30..60 G2 running in main.work, waited for in main.get<main.serve
60..70 G1 running in main.get<main.serve
"
        ),
        "{path}"
    );
}

#[test]
fn whoever_ran_the_poller_is_not_blamed_for_the_network() {
    let text = "
        procs: 0 4
        G1 main.serve: 0 runnable, 0 running P0, 10 waiting \"network\" @ internal/poll.(*FD).Read<main.serve, 40 runnable by G2 @ runtime.netpoll<runtime.gcStart, 40 running P0, 50 waiting \"network\" @ internal/poll.(*FD).Read<main.serve, 60 runnable by G2 @ internal/poll.(*FD).Close<main.stop, 60 running P0, 90 end
        G2 main.stop: 0 runnable, 0 running P1, 80 end
        task 7 \"get\" G1: 10..70
        end: 100";
    assert_eq!(
        paths(text),
        "10..40 G1 network in internal/poll.(*FD).Read<main.serve
40..50 G1 running in internal/poll.(*FD).Read<main.serve
50..60 G2 running in main.stop, waited for in internal/poll.(*FD).Read<main.serve
60..70 G1 running in internal/poll.(*FD).Read<main.serve
"
    );
}

#[test]
fn mark_assists_and_samples_cut_what_a_goroutine_ran() {
    let text = "
        procs: 0 4
        G1 main.serve: 0 runnable, 0 running P0, 90 end
        assist G1 P0: 20..30
        sample G1 P0: 40 @ main.parse<main.serve
        sample G1 P0: 50 @ main.print<main.serve
        task 7 \"get\" G1: 10..70
        end: 100";
    assert_eq!(
        paths(text),
        "10..20 G1 running in main.serve
20..30 G1 gc_assist in main.serve
30..50 G1 running in main.parse<main.serve
50..70 G1 running in main.print<main.serve
"
    );
}

#[test]
fn samples_with_and_without_their_root_are_of_one_function() {
    let text = r#"
        G1 main.main: 0 was running P0
        G2 main.serve: 5 runnable by G1, 10 running P1, 50 waiting "sync" @ sync.(*Mutex).Lock<main.find<main.serve, 80 runnable by G1
        task 1 "job" G2: 12..48
        sample G2 P1: 20 @ main.parse<main.read<main.serve<runtime.goexit
        sample G2 P1: 30 @ main.sort<main.read<main.serve
        end: 100
    "#;
    let model = trace(text);
    let question =
        WhyQuestion { population: Population::Tasks(None), range: None, slow: SlowRule::Auto, limit: 1 };
    let found = why(&model, &question);
    let name = |id| model.tables().string_lossy(id).into_owned();
    assert_eq!(name(found.answers[0].function), "main.read");
    let path: Vec<String> = found.answers[0].path.iter().map(|id| name(*id)).collect();
    assert_eq!(path, ["main.serve", "main.read"]);
}
