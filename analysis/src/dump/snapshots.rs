//! Several dumps of one program: leak or load, and what did not move in between.

use goscope_parsers::dump::{Dump, DumpKind};
use rustc_hash::{FxHashMap, FxHashSet};

use super::finding::{Certainty, Finding, FindingKind};
use super::findings::{DumpFacts, findings};
use super::frames::{call_site, user_frame};
use super::groups::Grouping;
use super::growth::{Growth, growth};
use super::snapshot::Snapshot;
use super::waits::wait_of;

/// What snapshots say.
#[derive(Debug, Default)]
pub struct SnapshotFindings {
    /// The most important first.
    pub findings: Vec<Finding>,
    /// All groups, those that grew most first.
    pub growth: Vec<Growth>,
    /// What is odd about the snapshots, a sentence each.
    pub warnings: Vec<String>,
    /// Whether growth can be judged: there are two or more, of one program.
    pub can_tell_leaks: bool,
}

/// The share of a group that must still be there for it to be a leak.
const MIN_SURVIVORS: f64 = 0.9;

/// Judges snapshots in the order of time; the findings of the last one come with them.
pub fn snapshot_findings(snapshots: &[Snapshot<'_>]) -> SnapshotFindings {
    let Some((last, before)) = snapshots.split_last() else { return SnapshotFindings::default() };
    let mut found = SnapshotFindings {
        findings: findings(DumpFacts { file: last.file, dump: Some(last.dump) }),
        ..SnapshotFindings::default()
    };
    let Some(previous) = before.last() else { return found };
    found.growth = growth(snapshots, &Grouping::Lines);
    let has_ids = snapshots.iter().all(|snapshot| has_ids(snapshot.dump));
    found.can_tell_leaks = true;
    if has_ids {
        for (index, pair) in snapshots.windows(2).enumerate() {
            if let Some(warning) = strange_pair(pair[0].dump, pair[1].dump, index + 1) {
                found.can_tell_leaks = false;
                found.warnings.push(warning);
            }
        }
    } else {
        found.warnings.push(
            "profiles have no numbers of goroutines: whether those that were there stayed is not known"
                .to_owned(),
        );
    }
    if found.can_tell_leaks {
        let judged = found.growth.iter().filter_map(|group| judge(group, snapshots, has_ids));
        let judged: Vec<Finding> = judged.collect();
        found.findings.extend(judged);
    }
    if has_ids && found.can_tell_leaks {
        sharpen_deadlocks(&mut found.findings, previous, last);
    }
    found.findings.sort_by_key(|finding| (finding.certainty == Certainty::Hint, finding.kind));
    found
}

/// Whether goroutines have numbers; in profiles they do not.
fn has_ids(dump: &Dump) -> bool {
    dump.kind != DumpKind::Profile
}

/// Why two dumps are probably not of one program, one after the other.
fn strange_pair(a: &Dump, b: &Dump, number: usize) -> Option<String> {
    let ids: FxHashSet<u64> = a.goroutines.iter().map(|row| row.id).collect();
    let n_common = b.goroutines.iter().filter(|row| ids.contains(&row.id)).count();
    let is_one = |dump: &Dump| dump.goroutines.len() == 1;
    if is_one(a) || is_one(b) {
        return Some(format!(
            "snapshot {number} or {} has one goroutine: a dump of all is needed (debug=2, SIGQUIT, GOTRACEBACK=all)",
            number + 1
        ));
    }
    (n_common == 0).then(|| {
        format!(
            "snapshots {number} and {} have no goroutine in common: they are of different programs",
            number + 1
        )
    })
}

/// Whether a group leaks, grows with the work, or neither.
fn judge(group: &Growth, snapshots: &[Snapshot<'_>], has_ids: bool) -> Option<Finding> {
    let (first, last) = (*group.counts.first()?, *group.counts.last()?);
    let grown = usize::try_from(group.grown()).ok()?;
    let least = if group.counts.len() == 2 { 10.max(first.div_ceil(5)) } else { 3.max(first.div_ceil(5)) };
    if !group.grows_always() || grown < least {
        return None;
    }
    let (at, row) = group.example;
    let snapshot = snapshots[at];
    let goroutine = &snapshot.dump.goroutines[row as usize];
    let state = &*snapshot.tables.state(goroutine.state).name;
    let frame = user_frame(snapshot.tables, goroutine.stack)?;
    let place = format!("{} ({})", snapshot.tables.function(frame), call_site(snapshot.tables, frame));
    let counts: Vec<String> = group.counts.iter().map(usize::to_string).collect();
    let counts = counts.join(" \u{2192} ");
    let rate = rate_per_minute(group, snapshots);
    let rate_text = rate.map_or_else(String::new, |rate| format!(", {rate:.0} a minute"));
    let stays = group.survivors.iter().flatten().fold(1.0_f64, |least, &share| least.min(share));
    let is_blocked = wait_of(goroutine, snapshot.tables).is_some();
    // As many creators more: each request or connection has its own, and more of them came.
    let parents = (*group.live_parents.first()?, *group.live_parents.last()?);
    let factor = last as f64 / first.max(1) as f64;
    let follows_parents = first > 0 && parents.0 > 1 && parents.1 as f64 / parents.0 as f64 >= 0.8 * factor;
    let (kind, certainty, text) = if !has_ids {
        let text = format!("{place} grows: {counts}{rate_text}");
        (FindingKind::Leak, Certainty::Hint, text)
    } else if stays < MIN_SURVIVORS {
        let text = format!(
            "{place} ({state}) grows with the work: {counts}, but of those before, {:.0}% stayed",
            stays * 100.0
        );
        (FindingKind::Load, Certainty::Likely, text)
    } else if follows_parents {
        let text = format!(
            "{place} ({state}) grows with the goroutines that create it: {counts}, created by {} \u{2192} {}",
            parents.0, parents.1
        );
        (FindingKind::Load, Certainty::Likely, text)
    } else if !is_blocked {
        let text =
            format!("{place} ({state}) grows: {counts}, and is at work or waits for the network or a timer");
        (FindingKind::Load, Certainty::Hint, text)
    } else {
        let text = format!(
            "{place} leaks: {counts} goroutines in {state}{rate_text}, and {} of them ended",
            none_or_few(stays)
        );
        (FindingKind::Leak, Certainty::Likely, text)
    };
    let mut finding = Finding::new(kind, certainty, text);
    finding.counts = group.counts.clone();
    finding.rate_per_minute = rate;
    finding.ids = members(group, snapshots);
    if kind == FindingKind::Leak {
        let creator = snapshot.tables.stack(goroutine.stack).creator;
        if let Some(creator) = creator {
            finding.evidence.push(format!(
                "created by {} ({})",
                snapshot.tables.function(creator),
                call_site(snapshot.tables, creator)
            ));
        }
        finding.advice = advice(state).to_owned();
    }
    Some(finding)
}

fn none_or_few(stays: f64) -> &'static str {
    if stays >= 1.0 { "none" } else { "few" }
}

fn advice(state: &str) -> &'static str {
    match state {
        "chan send" => "nobody receives any more: make the channel buffered, or select on the context's Done",
        "chan receive" => "nobody sends or closes: close the channel when the work is over",
        "select" => "no case is ever ready again: add one on the context's Done, and cancel it",
        "sync.Mutex.Lock" | "sync.RWMutex.Lock" | "sync.RWMutex.RLock" => {
            "look for who holds the lock: a missing Unlock, or a deadlock"
        }
        _ => "look at where it is created, and for what should end it",
    }
}

/// Some goroutines of the group in the last snapshot.
fn members(group: &Growth, snapshots: &[Snapshot<'_>]) -> Vec<u64> {
    let (at, row) = group.example;
    if at + 1 != snapshots.len() {
        return Vec::new();
    }
    let dump = snapshots[at].dump;
    let example = &dump.goroutines[row as usize];
    let same =
        dump.goroutines.iter().filter(|other| (other.state, other.stack) == (example.state, example.stack));
    same.map(|row| row.id).filter(|&id| id != 0).take(10).collect()
}

fn rate_per_minute(group: &Growth, snapshots: &[Snapshot<'_>]) -> Option<f64> {
    let seconds = snapshots.last()?.seconds? - snapshots.first()?.seconds?;
    (seconds >= 1.0).then(|| group.grown() as f64 * 60.0 / seconds)
}

/// A deadlock whose goroutines have not run since the snapshot before is certain.
fn sharpen_deadlocks(findings: &mut [Finding], previous: &Snapshot<'_>, last: &Snapshot<'_>) {
    let before: FxHashMap<u64, usize> =
        previous.dump.goroutines.iter().zip(0..).map(|(row, at)| (row.id, at)).collect();
    let now: FxHashMap<u64, usize> =
        last.dump.goroutines.iter().zip(0..).map(|(row, at)| (row.id, at)).collect();
    for finding in findings.iter_mut().filter(|finding| finding.kind == FindingKind::Deadlock) {
        if finding.cycle.is_empty() || finding.certainty == Certainty::Certain {
            continue;
        }
        let least = finding.cycle.iter().map(|id| {
            let (a, b) = (before.get(id)?, now.get(id)?);
            let (a, b) = (&previous.dump.goroutines[*a], &last.dump.goroutines[*b]);
            let is_same =
                previous.tables.state(a.state) == last.tables.state(b.state) && a.arguments == b.arguments;
            // The clock of a goroutine starts anew when it runs: more minutes now, and it has not run in between.
            (is_same && a.minutes >= 1 && b.minutes > a.minutes).then_some(b.minutes)
        });
        let least: Option<Vec<u32>> = least.collect();
        if let Some(minutes) = least.and_then(|all| all.into_iter().min()) {
            finding.certainty = Certainty::Certain;
            finding.text = format!("{}; none of them has run for {minutes} minutes", finding.text);
        }
    }
}
