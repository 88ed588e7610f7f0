//! Goroutine dumps as JSON (docs/json.md).

use goscope_analysis::dump::{Finding, Group};
use goscope_parsers::dump::{Dump, DumpFile, Frame, FrameId, RaceFrame, Tables};
use serde::Serialize;
use serde_json::{Value, json};

use super::variables::{live_json, variables_json, variables_of};
use crate::query::dumps::{DumpGroups, Dumps};
use crate::query::goroutines::trace_times::InTrace;

/// All that is said about the dumps: of one text at the top level, of several below `snapshots`.
pub fn dumps_json(dumps: &Dumps) -> Value {
    let findings = findings_json(dumps);
    let mut value = match &dumps.texts[..] {
        [text] => text_json(text),
        texts => {
            let snapshots: Vec<Value> = texts.iter().map(text_json).collect();
            json!({ "snapshots": snapshots })
        }
    };
    if let Value::Object(fields) = &mut value {
        fields.insert("schema".to_owned(), json!("goscope.goroutines/1"));
        fields.insert("findings".to_owned(), findings);
        fields.insert("warnings".to_owned(), json!(dumps.warnings));
        if !dumps.in_trace.is_empty() {
            let times: Vec<Value> = dumps.in_trace.iter().map(times_json).collect();
            fields.insert("in_trace".to_owned(), json!(times));
        }
    }
    value
}

/// The goroutines of a group in a trace.
fn times_json(times: &InTrace) -> Value {
    let states = times.states.iter().map(|(state, nanos)| (state.name().to_owned(), json!(nanos)));
    let states: serde_json::Map<String, Value> = states.collect();
    json!({
        "goroutines": times.n_goroutines,
        "found": times.n_found,
        "state_nanos": states,
        "last": times.last,
        "waited_longest": times.waited_longest.map(|goid| format!("g:{goid}")),
    })
}

fn text_json(text: &DumpGroups) -> Value {
    let file = text.file();
    let dumps: Vec<DumpJson<'_>> = file
        .dumps
        .iter()
        .zip(&text.groups)
        .enumerate()
        .map(|(index, (dump, groups))| dump_json(index, dump, groups, text))
        .collect();
    let (n_shown, groups) = match text.shown {
        Some(shown) => (text.n_selected[shown], serde_json::to_value(&dumps[shown].groups)),
        None => (0, Ok(json!([]))),
    };
    let live = text.text.live.as_deref();
    json!({
        "file": text.text.name,
        "live": live.map(live_json),
        "go": go_text(file.min_go_minor),
        "prefix": file.prefix.word(),
        "dumps": dumps,
        "goroutines": n_shown,
        "groups": groups.unwrap_or_default(),
        "panics": panics_json(file),
        "fatal_errors": file.fatal_errors,
        "signal": file.signal.as_ref().map(|signal| json!({
            "name": signal.name, "code": signal.code, "addr": signal.address, "pc": signal.pc,
        })),
        "races": races_json(file),
        "lost": file.lost.iter().map(|lost| json!({
            "line": lost.line, "text": lost.text, "why": lost.why,
        })).collect::<Vec<_>>(),
        "lost_lines": file.n_lost,
    })
}

/// `1.24+`: the first version that prints what was seen.
fn go_text(minor: u32) -> String {
    if minor == 0 { String::new() } else { format!("1.{minor}+") }
}

#[derive(Serialize)]
struct DumpJson<'a> {
    index: usize,
    line: u64,
    kind: &'static str,
    reason: &'a str,
    time: &'a str,
    source: &'a str,
    truncated: bool,
    goroutines: usize,
    groups: Vec<GroupJson<'a>>,
}

#[derive(Serialize)]
struct GroupJson<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    name: &'a str,
    count: usize,
    /// Empty if they are in several.
    state: &'a str,
    leaked: bool,
    durable: bool,
    locked: usize,
    minutes: [u32; 2],
    minutes_median: u32,
    frames: Vec<FrameJson<'a>>,
    elided: u32,
    unavailable: bool,
    created_by: Option<FrameJson<'a>>,
    parents: Vec<u64>,
    ids: Vec<u64>,
    labels: Vec<LabelJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    variables: Option<Value>,
}

#[derive(Serialize)]
struct FrameJson<'a> {
    function: &'a str,
    file: &'a str,
    line: u32,
    inlined: bool,
}

#[derive(Serialize)]
struct LabelJson<'a> {
    key: &'a str,
    value: &'a str,
    count: usize,
}

fn dump_json<'a>(index: usize, dump: &'a Dump, groups: &'a [Group], text: &'a DumpGroups) -> DumpJson<'a> {
    DumpJson {
        index: index + 1,
        line: dump.line,
        kind: dump.kind.word(),
        reason: &dump.reason,
        time: &dump.time,
        source: &dump.source,
        truncated: dump.is_truncated,
        goroutines: text.n_selected[index],
        groups: groups.iter().map(|group| group_json(dump, group, text)).collect(),
    }
}

fn group_json<'a>(dump: &'a Dump, group: &'a Group, text: &'a DumpGroups) -> GroupJson<'a> {
    let tables = text.tables();
    let stack = tables.stack(group.stack);
    let state = group.state.map(|state| tables.state(state));
    let is_mark = |frame: &FrameId| *frame == Tables::ELIDED || *frame == Tables::UNAVAILABLE;
    let frames = stack.frames.iter().filter(|frame| !is_mark(frame));
    GroupJson {
        name: &group.name,
        count: group.count(),
        state: state.map_or("", |state| &state.name),
        leaked: state.is_some_and(|state| state.is_leaked),
        durable: state.is_some_and(|state| state.is_durable),
        locked: group.n_locked,
        minutes: [group.minutes.min, group.minutes.max],
        minutes_median: group.minutes.median,
        frames: frames.map(|&frame| frame_json(tables, frame)).collect(),
        elided: tables.n_elided(group.stack),
        unavailable: stack.frames.contains(&Tables::UNAVAILABLE),
        created_by: stack.creator.map(|frame| frame_json(tables, frame)),
        parents: group.parents(dump),
        ids: group
            .goroutines(dump)
            .map(|row| row.id)
            .filter(|&id| id != 0 || dump.goroutines.len() == 1)
            .collect(),
        labels: group
            .labels(dump, tables)
            .into_iter()
            .map(|(key, value, count)| LabelJson { key, value, count })
            .collect(),
        variables: text
            .text
            .live
            .as_deref()
            .and_then(|live| variables_of(live, group, dump))
            .map(|variables| variables_json(variables, tables, group.stack)),
    }
}

fn frame_json(tables: &Tables, id: FrameId) -> FrameJson<'_> {
    let Frame { line, is_inlined, .. } = tables.frame(id);
    FrameJson { function: tables.function(id), file: tables.file(id), line, inlined: is_inlined }
}

fn panics_json(file: &DumpFile) -> Value {
    let panics = file.panics.iter().map(|panic| {
        json!({
            "value": panic.value, "recovered": panic.is_recovered, "repanicked": panic.is_repanicked,
            "line": panic.line,
        })
    });
    Value::Array(panics.collect())
}

fn races_json(file: &DumpFile) -> Value {
    let frame =
        |frame: &RaceFrame| json!({ "function": frame.function, "file": frame.file, "line": frame.line });
    let races = file.races.iter().map(|race| {
        let accesses = race.accesses.iter().map(|access| {
            json!({
                "kind": access.kind, "previous": access.is_previous, "goroutine": access.goroutine,
                "frames": access.frames.iter().map(frame).collect::<Vec<_>>(),
            })
        });
        let goroutines = race.goroutines.iter().map(|goroutine| {
            json!({
                "id": goroutine.id, "status": goroutine.status,
                "created_at": goroutine.created_at.iter().map(frame).collect::<Vec<_>>(),
            })
        });
        json!({
            "line": race.line, "address": race.address,
            "accesses": accesses.collect::<Vec<_>>(), "goroutines": goroutines.collect::<Vec<_>>(),
        })
    });
    Value::Array(races.collect())
}

fn findings_json(dumps: &Dumps) -> Value {
    let shown = dumps.texts.last().and_then(DumpGroups::shown);
    let group_of = |finding: &Finding| {
        let (dump, groups) = shown?;
        let first = *finding.ids.first()?;
        groups.iter().position(|group| group.goroutines(dump).any(|row| row.id == first))
    };
    let findings = dumps.findings.iter().map(|finding| {
        json!({
            "kind": finding.kind.word(),
            "certainty": finding.certainty.word(),
            "text": finding.text,
            "evidence": finding.evidence,
            "advice": finding.advice,
            "group": group_of(finding),
            "ids": finding.ids,
            "counts": finding.counts,
            "rate_per_minute": finding.rate_per_minute,
            "cycle": finding.cycle,
            "lock": finding.lock.map(|address| format!("{address:#x}")),
        })
    });
    Value::Array(findings.collect())
}
