//! What `goscope info` says about a text with goroutine dumps.

use std::collections::BTreeMap;
use std::slice;
use std::sync::Arc;

use goscope_parsers::dump::{Dump, Tables};
use serde_json::{Value, json};

use crate::dump_input::DumpText;
use crate::query::dumps::DumpsQuery;
use crate::text::{count, counted};

/// The facts, one a line.
pub(super) fn lines(text: &Arc<DumpText>) -> Vec<(&'static str, String)> {
    let file = &text.file;
    let mut lines = vec![
        ("file", text.name.clone()),
        ("format", "goroutine dump".to_owned()),
        ("prefix", file.prefix.word().to_owned()),
    ];
    if file.min_go_minor > 0 {
        lines.push(("go", format!("1.{} or later", file.min_go_minor)));
    }
    for dump in &file.dumps {
        lines.push(("dump", dump_text(dump)));
    }
    if let Some(last) = file.dumps.last() {
        lines.extend(states_text(last, &file.tables).map(|text| ("states", text)));
    }
    lines.extend(file.panics.iter().map(|panic| ("panic", panic.value.clone())));
    if !file.races.is_empty() {
        lines.push(("races", counted(file.races.len(), "report")));
    }
    if file.n_lost > 0 {
        lines.push(("lost", counted(usize::try_from(file.n_lost).unwrap_or(usize::MAX), "line")));
    }
    lines.push(("finding", first_finding(text)));
    lines
}

/// How many goroutines of a dump are in which state, most first; `None` where no state is written.
fn states_text(dump: &Dump, tables: &Tables) -> Option<String> {
    const MOST_STATES: usize = 8;
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    dump.goroutines.iter().for_each(|row| *counts.entry(&tables.state(row.state).name).or_insert(0) += 1);
    counts.remove("");
    let mut counts: Vec<(&str, usize)> = counts.into_iter().collect();
    counts.sort_by_key(|&(_, number)| std::cmp::Reverse(number));
    let rest: usize = counts.iter().skip(MOST_STATES).map(|(_, number)| number).sum();
    let mut shown: Vec<String> = counts
        .iter()
        .take(MOST_STATES)
        .map(|(state, number)| format!("{} {state}", count(*number)))
        .collect();
    if rest > 0 {
        shown.push(format!("{} in other states", count(rest)));
    }
    (!shown.is_empty()).then(|| shown.join(", "))
}

fn dump_text(dump: &Dump) -> String {
    let goroutines = counted(dump.goroutines.len(), "goroutine");
    let cut = if dump.is_truncated { ", cut off" } else { "" };
    format!("{goroutines} at line {} ({}){cut}", dump.line, dump.kind.word())
}

fn first_finding(text: &Arc<DumpText>) -> String {
    let dumps = DumpsQuery::default().answer(slice::from_ref(text));
    let findings = dumps.map(|dumps| dumps.findings).unwrap_or_default();
    let more = findings.len().saturating_sub(1);
    match findings.first() {
        None => "nothing stands out".to_owned(),
        Some(first) if more == 0 => format!("{}: {}", first.kind.title(), first.text),
        Some(first) => format!("{}: {} ({more} more: goscope goroutines)", first.kind.title(), first.text),
    }
}

/// What `--json` prints.
pub(super) fn json(text: &Arc<DumpText>) -> Value {
    let file = &text.file;
    let dumps = file.dumps.iter().map(|dump| {
        json!({
            "line": dump.line, "kind": dump.kind.word(), "goroutines": dump.goroutines.len(),
            "truncated": dump.is_truncated,
        })
    });
    json!({
        "schema": "goscope.info/1",
        "file": text.name,
        "format": "goroutine dump",
        "kind": "goroutine dump",
        "prefix": file.prefix.word(),
        "dumps": dumps.collect::<Vec<_>>(),
        "panics": file.panics.len(),
        "races": file.races.len(),
        "lost_lines": file.n_lost,
    })
}
