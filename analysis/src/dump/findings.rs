//! What one dump says, the most important first.

use goscope_parsers::dump::{Dump, DumpFile, FrameId, RaceFrame, RaceReport, StackId, Tables};

use super::finding::{Certainty, Finding, FindingKind};
use super::frames::{call_site, user_frame};
use super::groups::{Group, Grouping, groups};
use super::lock_findings::{list, lock_findings};
use super::waits::{WaitKind, wait_of};
use crate::symbol::{FrameKind, kind_of};

/// What a finding may use besides the goroutines.
#[derive(Clone, Copy, Debug)]
pub struct DumpFacts<'a> {
    /// The text that the dump is from.
    pub file: &'a DumpFile,
    /// The dump; `None` for a text that has none.
    pub dump: Option<&'a Dump>,
}

/// Blocked goroutines at one line from which a dump is worth a look: the threshold of Uber's LeakProf (Saioc and others,
/// "Unveiling and Vanquishing Goroutine Leaks in Enterprise Microservices", CGO 2024).
const MANY: usize = 10_000;
/// Minutes and goroutines from which a group that waits is named.
const LONG_MINUTES: u32 = 10;
const LONG_COUNT: usize = 10;

/// All findings of a text with one dump, or of one of its dumps.
pub fn findings(facts: DumpFacts<'_>) -> Vec<Finding> {
    let file = facts.file;
    let mut found: Vec<Finding> = races(&file.races);
    if let Some(dump) = facts.dump {
        found.extend(runtime_says(file, dump));
        let of_runtime = found.iter().any(|finding| finding.kind == FindingKind::Deadlock);
        let locks = lock_findings(dump, &file.tables);
        found.extend(locks.into_iter().map(|mut finding| {
            if of_runtime && finding.kind == FindingKind::Deadlock {
                finding.certainty = Certainty::Certain;
            }
            finding
        }));
        let rows: Vec<u32> = (0_u32..).take(dump.goroutines.len()).collect();
        let groups = groups(dump, &file.tables, &Grouping::Lines, &rows);
        found.extend(of_groups(dump, &file.tables, &groups));
    } else {
        found.extend(crash(file));
    }
    found.sort_by_key(|finding| (finding.certainty == Certainty::Hint, finding.kind));
    found
}

/// What the text before the goroutines says.
fn runtime_says(file: &DumpFile, dump: &Dump) -> Option<Finding> {
    let is_deadlock = |text: &str| {
        text.ends_with("- deadlock!")
            || text.starts_with("deadlock: ")
            || text.contains("blocked goroutines remain")
    };
    let reason = dump.reason.strip_prefix("fatal error: ").or_else(|| dump.reason.strip_prefix("panic: "));
    let Some(reason) = reason else { return recovered_panic(file, dump) };
    if !is_deadlock(reason) {
        return crash_of(file, dump);
    }
    let is_bubble = !reason.ends_with("- deadlock!");
    let text = if is_bubble {
        format!("the runtime says so: {reason} (testing/synctest)")
    } else {
        format!("the runtime says so: {reason}")
    };
    let mut finding = Finding::new(FindingKind::Deadlock, Certainty::Certain, text);
    finding.evidence = dump
        .goroutines
        .iter()
        .filter_map(|row| {
            let wait = wait_of(row, &file.tables)?;
            let frame = user_frame(&file.tables, row.stack)?;
            let (function, place) = (file.tables.function(frame), call_site(&file.tables, frame));
            Some(format!("goroutine {} waits for {} in {function} ({place})", row.id, wait.kind.noun()))
        })
        .take(10)
        .collect();
    finding.ids = dump.goroutines.iter().map(|row| row.id).take(10).collect();
    Some(finding)
}

/// A stack in a log that was printed while a panic was recovered.
fn recovered_panic(file: &DumpFile, dump: &Dump) -> Option<Finding> {
    let [only] = &dump.goroutines[..] else { return None };
    let frames = file.tables.stack(only.stack).frames;
    let has_panic =
        frames.iter().any(|&frame| matches!(file.tables.function(frame), "panic" | "runtime.gopanic"));
    let frame = crash_frame(file, only.stack).filter(|_| has_panic)?;
    let (function, place) = (file.tables.function(frame), call_site(&file.tables, frame));
    let reason = dump.reason.lines().next().unwrap_or_default();
    let reason = if reason.is_empty() { String::new() } else { format!(" ({reason})") };
    let text = format!("a panic that was recovered, in {function} ({place}), goroutine {}{reason}", only.id);
    let mut finding = Finding::new(FindingKind::Crash, Certainty::Certain, text);
    finding.ids = vec![only.id];
    Some(finding)
}

/// A test that took too long: which tests ran.
fn timed_out(file: &DumpFile, dump: &Dump) -> Option<Finding> {
    let timed_out = |value: &str| value.starts_with("test timed out after ");
    let is_it = dump.reason.strip_prefix("panic: ").is_some_and(timed_out);
    let panic = file.panics.iter().filter(|_| is_it).rfind(|panic| timed_out(&panic.value))?;
    let mut lines = panic.value.lines();
    let what = lines.next().unwrap_or_default().to_owned();
    let tests: Vec<&str> = lines.skip(1).map(str::trim).filter(|line| !line.is_empty()).collect();
    let text = match tests.len() {
        0 => what,
        _ => format!("{what}; still running: {}", list(&tests, 5)),
    };
    Some(Finding::new(FindingKind::Crash, Certainty::Certain, text))
}

/// The crash that a dump is of: where it happened.
fn crash_of(file: &DumpFile, dump: &Dump) -> Option<Finding> {
    if let Some(finding) = timed_out(file, dump) {
        return Some(finding);
    }
    let first = dump.goroutines.first()?;
    let frame = crash_frame(file, first.stack)?;
    let (function, place) = (file.tables.function(frame), call_site(&file.tables, frame));
    let reason = dump.reason.lines().next().unwrap_or_default();
    let what =
        reason.strip_prefix("panic: ").map_or_else(|| reason.to_owned(), |value| format!("panic: {value}"));
    let text = format!("{what}, in {function} ({place}), goroutine {}", first.id);
    let mut finding = Finding::new(FindingKind::Crash, Certainty::Certain, text);
    if reason.contains("concurrent map") {
        finding.advice = "build with -race to see the other goroutine".to_owned();
    }
    finding.ids = vec![first.id];
    Some(finding)
}

/// The innermost frame of the program behind the last `panic`: above it are the functions that were deferred.
fn crash_frame(file: &DumpFile, stack: StackId) -> Option<FrameId> {
    let frames = file.tables.stack(stack).frames;
    let is_panic = |&frame: &FrameId| {
        matches!(file.tables.function(frame), "panic" | "runtime.gopanic" | "runtime.fatal" | "runtime.throw")
    };
    let last = frames.iter().rposition(is_panic).map_or(0, |at| at + 1);
    let is_user = |&&frame: &&FrameId| kind_of(file.tables.function(frame)) == FrameKind::User;
    frames.iter().skip(last).find(is_user).copied().or_else(|| user_frame(&file.tables, stack))
}

/// A crash without goroutines (`GOTRACEBACK=none`).
fn crash(file: &DumpFile) -> Option<Finding> {
    let last = file.panics.iter().rfind(|panic| !panic.is_recovered || panic.is_repanicked)?;
    let value = last.value.lines().next().unwrap_or_default();
    let text = format!("panic: {value}; the text has no goroutine");
    let mut finding = Finding::new(FindingKind::Crash, Certainty::Certain, text);
    finding.advice = "GOTRACEBACK=all prints all goroutines of a crash".to_owned();
    Some(finding)
}

fn races(races: &[RaceReport]) -> Vec<Finding> {
    // The same pair of lines is one race, however often it was met.
    let mut seen: Vec<(String, usize, &RaceReport)> = Vec::new();
    for race in races {
        let mut sides: Vec<String> = race
            .accesses
            .iter()
            .map(|access| {
                let is_shown = |frame: &&RaceFrame| {
                    !frame.function.starts_with("runtime.") && !frame.function.starts_with("internal/")
                };
                let frame = access.frames.iter().find(is_shown).or(access.frames.first());
                let kind = &access.kind;
                frame.map_or_else(
                    || format!("{kind} in a stack that is lost"),
                    |frame| {
                        let file = frame.file.rsplit('/').next().unwrap_or_default();
                        format!("{kind} in {} ({file}:{})", frame.function, frame.line)
                    },
                )
            })
            .collect();
        let shown = sides.join(" and ");
        sides.sort();
        let key = sides.join("|");
        match seen.iter_mut().find(|(known, _, _)| known.split('\u{0}').next() == Some(&key)) {
            Some(entry) => entry.1 += 1,
            None => seen.push((format!("{key}\u{0}{shown}"), 1, race)),
        }
    }
    seen.into_iter()
        .map(|(key, count, race)| {
            let shown = key.split('\u{0}').nth(1).unwrap_or_default();
            let times = if count > 1 { format!(", reported {count} times") } else { String::new() };
            let text = format!("data race at {}: {shown}{times}", race.address);
            let mut finding = Finding::new(FindingKind::Race, Certainty::Certain, text);
            finding.ids = race.accesses.iter().map(|access| access.goroutine).filter(|&id| id != 0).collect();
            finding
        })
        .collect()
}

/// What groups say by themselves: leaked, never woken, many, long.
fn of_groups(dump: &Dump, tables: &Tables, groups: &[Group]) -> Vec<Finding> {
    let mut found = Vec::new();
    for group in groups {
        let Some(state) = group.state.map(|state| tables.state(state)) else { continue };
        let Some(first) = group.goroutines(dump).next() else { continue };
        let Some(frame) = user_frame(tables, group.stack) else { continue };
        let wait = wait_of(first, tables).map(|wait| wait.kind);
        let place = format!("{} ({})", tables.function(frame), call_site(tables, frame));
        let count = group.count();
        let name = &state.name;
        let goroutines =
            if count == 1 { "1 goroutine is".to_owned() } else { format!("{count} goroutines are") };
        let wait_text =
            if count == 1 { "1 goroutine waits".to_owned() } else { format!("{count} goroutines wait") };
        let finding = if state.is_leaked {
            let does = if name.is_empty() { "blocked" } else { name };
            let text = format!(
                "{goroutines} leaked for certain: {does} in {place}, and nothing that runs can reach it"
            );
            Some((FindingKind::Leaked, Certainty::Certain, text))
        } else if wait == Some(WaitKind::Never) && first.id != 1 {
            let text = format!("{wait_text} for ever: {name} in {place}");
            Some((FindingKind::NeverWakes, Certainty::Certain, text))
        } else if count >= MANY && matches!(wait, Some(WaitKind::Send | WaitKind::Receive | WaitKind::Select))
        {
            let text = format!("{goroutines} blocked at one line: {name} in {place}");
            Some((FindingKind::Many, Certainty::Hint, text))
        } else if count > LONG_COUNT && group.minutes.median >= LONG_MINUTES && wait.is_some() {
            let text = format!(
                "{count} goroutines have not run for {} minutes or more: {name} in {place}; idle workers look the same",
                group.minutes.median
            );
            Some((FindingKind::Many, Certainty::Hint, text))
        } else {
            None
        };
        let Some((kind, certainty, text)) = finding else { continue };
        let mut finding = Finding::new(kind, certainty, text);
        finding.ids = group.goroutines(dump).map(|row| row.id).take(10).collect();
        if kind == FindingKind::Many {
            finding.advice =
                "a second dump of the same program tells a leak from a pool: goscope goroutines 1.txt 2.txt"
                    .to_owned();
        }
        found.push(finding);
    }
    found
}
