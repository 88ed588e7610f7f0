//! Goroutine dumps as text for a terminal.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use goscope_analysis::dump::{Finding, Group, Minutes};
use goscope_parsers::dump::{Dump, DumpKind, StateId, Tables};

use super::amount::Amount;
use super::stack::{place_text, stack_lines};
use super::variables::{variables_of, write_variables};
use crate::live::LiveFacts;
use crate::query::dumps::{DumpGroups, Dumps};
use crate::query::goroutines::trace_times::InTrace;
use crate::text::{count, counted, name, percent};

/// Goroutines of a group that are named.
const MOST_IDS: usize = 10;
/// Labels of a group that are named.
const MOST_LABELS: usize = 5;
/// Findings that are told; JSON has all.
const MOST_FINDINGS: usize = 10;
/// The widest column of functions.
const MOST_CHARS: usize = 72;

/// All that is said about the dumps.
pub fn dumps_text(dumps: &Dumps, amount: Amount) -> String {
    let mut text = String::new();
    let Some(last) = dumps.texts.last() else { return text };
    write_head(dumps, last, &mut text);
    write_findings(&dumps.findings, &mut text);
    if let Some((dump, groups)) = last.shown() {
        let live = last.text.live.as_deref();
        let context = Context { tables: last.tables(), live, in_trace: &dumps.in_trace, amount };
        write_groups(dump, groups, &context, &mut text);
    }
    write_lost(last, &mut text);
    text
}

fn write_head(dumps: &Dumps, last: &DumpGroups, text: &mut String) {
    text.extend(head_line(dumps).map(|line| line + "\n"));
    if last.shown.is_none() {
        return;
    }
    match &dumps.texts[..] {
        [only] => write_dumps(only, text),
        _ => text.extend(compared_line(dumps).map(|line| line + "\n")),
    }
}

/// `leak3.txt: 42 goroutines in 12 groups, on SIGQUIT`: what is shown; `None` of no text.
pub fn head_line(dumps: &Dumps) -> Option<String> {
    let last = dumps.texts.last()?;
    let name = short_name(dumps, last);
    let Some((dump, groups)) = last.shown() else {
        let file = last.file();
        let what = [(file.panics.len(), "panic"), (file.races.len(), "data race")];
        let what = what.iter().filter(|(number, _)| *number > 0);
        let what: Vec<String> = what.map(|&(number, noun)| counted(number, noun)).collect();
        return Some(format!("{name}: no goroutine, {}", what.join(", ")));
    };
    let selected = last.shown.map_or(0, |shown| last.n_selected[shown]);
    let all = dump.goroutines.len();
    let goroutines = if selected == all {
        counted(all, "goroutine")
    } else {
        format!("{} of {}", count(selected), counted(all, "goroutine"))
    };
    Some(format!("{name}: {goroutines} in {}, {}", counted(groups.len(), "group"), kind_text(dump)))
}

/// `compared with those before: 1.txt (10) → 2.txt (20)`; `None` of one text.
pub fn compared_line(dumps: &Dumps) -> Option<String> {
    if dumps.texts.len() < 2 {
        return None;
    }
    let counts = dumps.texts.iter().map(|text| {
        let number = text.shown().map_or(0, |(dump, _)| dump.goroutines.len());
        format!("{} ({})", short_name(dumps, text), count(number))
    });
    Some(format!("compared with those before: {}", counts.collect::<Vec<_>>().join(" \u{2192} ")))
}

/// The name of a file without its folder, unless two of them are called the same.
fn short_name(dumps: &Dumps, text: &DumpGroups) -> String {
    let last = |text: &DumpGroups| text.text.name.rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
    let short = last(text);
    let is_one = dumps.texts.iter().filter(|other| last(other) == short).count() == 1;
    name(if is_one && !short.is_empty() { &short } else { &text.text.name })
}

/// The dumps of a text, if there are several.
fn write_dumps(text_groups: &DumpGroups, text: &mut String) {
    const MOST_DUMPS: usize = 20;
    let dumps = &text_groups.file().dumps;
    if dumps.len() < 2 {
        return;
    }
    let _ = writeln!(text, "the text has {} dumps; --dump N shows another one:", dumps.len());
    for (index, dump) in dumps.iter().enumerate().take(MOST_DUMPS) {
        let mark = if Some(index) == text_groups.shown { '>' } else { ' ' };
        let source = if dump.source.is_empty() { String::new() } else { format!(", {}", name(&dump.source)) };
        let time = if dump.time.is_empty() { String::new() } else { format!(", {}", name(&dump.time)) };
        let goroutines = counted(dump.goroutines.len(), "goroutine");
        let line = dump.line;
        let _ = writeln!(
            text,
            "{mark} {:>2}  line {line}: {goroutines}, {}{source}{time}",
            index + 1,
            kind_text(dump)
        );
    }
    if dumps.len() > MOST_DUMPS {
        let _ = writeln!(text, "  \u{2026} and {} more", dumps.len() - MOST_DUMPS);
    }
}

/// What made a dump, in words.
pub fn kind_text(dump: &Dump) -> String {
    let reason = name(dump.reason.lines().next().unwrap_or_default());
    let kind = match dump.kind {
        DumpKind::Sigquit => "on SIGQUIT".to_owned(),
        DumpKind::Signal | DumpKind::Panic | DumpKind::Fatal => reason,
        DumpKind::Stack if dump.goroutines.len() == 1 && !reason.is_empty() => {
            format!("one stack in a log: {reason}")
        }
        DumpKind::Stack => "runtime.Stack".to_owned(),
        DumpKind::Debug2 => "/debug/pprof/goroutine?debug=2".to_owned(),
        DumpKind::Thread => "one thread of GOTRACEBACK=crash".to_owned(),
        DumpKind::Delve => format!("live through {reason}"),
        DumpKind::Core => format!("a core file through {reason}"),
        DumpKind::Profile => "a pprof profile: no numbers, states or creators".to_owned(),
    };
    if dump.is_truncated { format!("{kind}, cut off") } else { kind }
}

fn write_findings(findings: &[Finding], text: &mut String) {
    if findings.is_empty() {
        text.push_str("nothing stands out\n");
        return;
    }
    text.push('\n');
    for finding in findings.iter().take(MOST_FINDINGS) {
        let _ = writeln!(text, "{}", name_long(&finding_line(finding)));
        for line in &finding.evidence {
            let _ = writeln!(text, "    {}", name_long(line));
        }
        if !finding.advice.is_empty() {
            let _ = writeln!(text, "    next: {}", name_long(&finding.advice));
        }
    }
    if findings.len() > MOST_FINDINGS {
        let _ =
            writeln!(text, "and {}; --json has all", counted(findings.len() - MOST_FINDINGS, "more finding"));
    }
}

/// `deadlock (likely): 2 goroutines wait for each other in main.transfer`.
pub fn finding_line(finding: &Finding) -> String {
    format!("{} ({}): {}", finding.kind.title(), finding.certainty.word(), finding.text)
}

/// A sentence with names from the text: long, but on its line.
fn name_long(sentence: &str) -> String {
    goscope_parsers::printable_cut(sentence, 600).into_owned()
}

/// What is needed to write groups.
struct Context<'a> {
    tables: &'a Tables,
    live: Option<&'a LiveFacts>,
    in_trace: &'a [InTrace],
    amount: Amount,
}

fn write_groups(dump: &Dump, groups: &[Group], context: &Context<'_>, text: &mut String) {
    let &Context { tables, live, in_trace, amount } = context;
    let most = amount.groups.unwrap_or(usize::MAX);
    let alive: BTreeSet<u64> = dump.goroutines.iter().map(|row| row.id).collect();
    let whole = Whole { dump, tables, alive, total: groups.iter().map(Group::count).sum() };
    for (index, group) in groups.iter().enumerate().take(most) {
        text.push('\n');
        write_group(&whole, group, amount, text);
        if let Some(times) = in_trace.get(index) {
            let _ = writeln!(text, "    {}", name_long(&times.sentence()));
        }
        if let Some(variables) = live.and_then(|live| variables_of(live, group, dump)) {
            write_variables(variables, tables, group.stack, text);
        }
    }
    if groups.len() > most {
        let rest: usize = groups.iter().skip(most).map(Group::count).sum();
        let _ = writeln!(
            text,
            "\n\u{2026} and {} with {}; --limit 0 shows all",
            counted(groups.len() - most, "more group"),
            counted(rest, "goroutine")
        );
    }
}

/// What the groups of a dump have in common.
struct Whole<'a> {
    dump: &'a Dump,
    tables: &'a Tables,
    /// The numbers of its goroutines.
    alive: BTreeSet<u64>,
    /// How many there are in all groups.
    total: usize,
}

fn write_group(whole: &Whole<'_>, group: &Group, amount: Amount, text: &mut String) {
    let &Whole { dump, tables, total, .. } = whole;
    let mut head = format!("{} \u{d7} {}", count(group.count()), group_title(group, tables));
    if group.minutes.max > 0 {
        let _ = write!(head, ", {}", minutes_text(group.minutes));
    }
    if group.n_locked > 0 {
        let _ = write!(head, ", {} locked to a thread", count(group.n_locked));
    }
    if total > 1 {
        let _ = write!(head, "  ({})", percent(group.count() as f64 / total as f64));
    }
    let _ = writeln!(text, "{head}");
    let mut lines: Vec<(String, String)> = stack_lines(tables, group.stack, amount.is_full)
        .into_iter()
        .map(|line| (name(&line.function), name(&line.place)))
        .collect();
    let stack = tables.stack(group.stack);
    if let Some(creator) = stack.creator {
        lines.push((
            format!("created by {}", name(tables.function(creator))),
            name(&place_text(tables, creator)),
        ));
    }
    let widths = lines.iter().filter(|line| !line.1.is_empty()).map(|line| line.0.chars().count());
    let width = widths.max().unwrap_or(0).min(MOST_CHARS);
    for (function, place) in &lines {
        let _ = writeln!(text, "{}", format!("    {function:<width$}  {place}").trim_end());
    }
    if group.n_variants > 1 {
        let _ = writeln!(text, "    and {}", counted(group.n_variants - 1, "other stack"));
    }
    if let Some(ids) = ids_text(group, whole) {
        let _ = writeln!(text, "    {ids}");
    }
    let labels = group.labels(dump, tables);
    if !labels.is_empty() {
        let shown = labels.iter().take(MOST_LABELS);
        let shown: Vec<String> = shown
            .map(|(key, value, number)| format!("{}={} ({})", name(key), name(value), count(*number)))
            .collect();
        let more = labels.len().saturating_sub(MOST_LABELS);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let _ = writeln!(text, "    labels {}{more}", shown.join(", "));
    }
}

/// State with its flags, or the name of the group.
pub fn group_title(group: &Group, tables: &Tables) -> String {
    let state = state_title(group.state, tables);
    match (group.name.is_empty(), state.is_empty()) {
        (true, true) => "goroutine".to_owned(),
        (true, false) => state,
        (false, true) => name(&group.name),
        (false, false) => format!("{}, {state}", name(&group.name)),
    }
}

/// `chan send (leaked)`; empty where no state is written.
pub fn state_title(state: Option<StateId>, tables: &Tables) -> String {
    let Some(state) = state.map(|state| tables.state(state)) else { return "several states".to_owned() };
    let mut title = name(&state.name);
    for (has, word) in [(state.is_leaked, "leaked"), (state.is_durable, "durable")] {
        if has {
            title = if title.is_empty() { word.to_owned() } else { format!("{title} ({word})") };
        }
    }
    title
}

/// `2 min`, `0 to 7 min, median 3`.
pub fn minutes_text(minutes: Minutes) -> String {
    if minutes.min == minutes.max {
        format!("{} min", count(minutes.max as usize))
    } else {
        let [min, median, max] =
            [minutes.min, minutes.median, minutes.max].map(|number| count(number as usize));
        format!("{min} to {max} min, median {median}")
    }
}

/// `goroutines 7, 9, 11 and 85 more, created by goroutine 1 (gone)`.
fn ids_text(group: &Group, whole: &Whole<'_>) -> Option<String> {
    let dump = whole.dump;
    let ids: Vec<u64> = group.goroutines(dump).map(|row| row.id).filter(|&id| id != 0).collect();
    if ids.is_empty() {
        return None;
    }
    let noun = if ids.len() == 1 { "goroutine" } else { "goroutines" };
    let mut text = format!("{noun} {}", numbers(&ids));
    let parents = group.parents(dump);
    if !parents.is_empty() {
        let is_gone = |parent: &&u64| !whole.alive.contains(*parent);
        // With one goroutine in the dump nothing is known about the others.
        let n_gone = if dump.goroutines.len() > 1 { parents.iter().filter(is_gone).count() } else { 0 };
        let gone = match (n_gone, parents.len()) {
            (0, _) => String::new(),
            (1, 1) => " (gone)".to_owned(),
            (gone, all) if gone == all => " (all gone)".to_owned(),
            (gone, _) => format!(" ({gone} gone)"),
        };
        let noun = if parents.len() == 1 { "goroutine" } else { "goroutines" };
        let _ = write!(text, ", from {noun} {}{gone}", numbers(&parents));
    }
    Some(text)
}

fn numbers(ids: &[u64]) -> String {
    let shown: Vec<String> = ids.iter().take(MOST_IDS).map(u64::to_string).collect();
    let more = ids.len().saturating_sub(MOST_IDS);
    let more = if more > 0 { format!(" and {} more", count(more)) } else { String::new() };
    format!("{}{more}", shown.join(", "))
}

fn write_lost(text_groups: &DumpGroups, text: &mut String) {
    const MOST_LOST: usize = 5;
    let file = text_groups.file();
    if file.n_lost == 0 {
        return;
    }
    let _ =
        writeln!(text, "\n{} could not be used:", counted(usize::try_from(file.n_lost).unwrap_or(0), "line"));
    for lost in file.lost.iter().take(MOST_LOST) {
        let _ = writeln!(text, "    line {}: {}: {}", lost.line, lost.why, name(&lost.text));
    }
}
