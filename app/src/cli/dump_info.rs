//! What `goscope info` says about a text with goroutine dumps.

use std::slice;

use goscope_parsers::dump::Dump;
use serde_json::{Value, json};

use crate::dump_input::DumpText;
use crate::query::dumps::DumpsQuery;
use crate::text::counted;

/// The facts, one a line.
pub(super) fn lines(text: &DumpText) -> Vec<(&'static str, String)> {
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

fn dump_text(dump: &Dump) -> String {
    let goroutines = counted(dump.goroutines.len(), "goroutine");
    let cut = if dump.is_truncated { ", cut off" } else { "" };
    format!("{goroutines} at line {} ({}){cut}", dump.line, dump.kind.word())
}

fn first_finding(text: &DumpText) -> String {
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
pub(super) fn json(text: &DumpText) -> Value {
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
