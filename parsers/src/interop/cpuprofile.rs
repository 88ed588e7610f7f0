//! `.cpuprofile` of V8 (Chrome, Node, Deno): a tree of calls, and which of its nodes ran at which sample.
//!
//! ```text
//! { "nodes": [{ id, callFrame: { functionName, url, lineNumber }, children: [id] }],
//!   "startTime", "endTime" (µs), "samples": [id], "timeDeltas": [µs] }
//! ```
//!
//! Sample i lasts `timeDeltas[i + 1]`, the last one until `endTime`. Types: samples/count and wall/microseconds. One sample
//! a node: what is equal is added up. Lines are counted from 0.

use std::borrow::Cow;
use std::collections::HashMap;

use serde::Deserialize;

use super::assembly::{Assembly, Frame};
use super::content::{Content, malformed};
use super::number::Number;
use crate::error::ParseError;
use crate::pprof::{LocationId, Profile};

const FORMAT: &str = "V8 .cpuprofile";

#[derive(Deserialize)]
struct File<'a> {
    #[serde(borrow)]
    nodes: Vec<Node<'a>>,
    #[serde(default, rename = "startTime")]
    start_time: Number,
    #[serde(default, rename = "endTime")]
    end_time: Number,
    #[serde(default)]
    samples: Vec<Number>,
    #[serde(default, rename = "timeDeltas")]
    time_deltas: Vec<Number>,
}

#[derive(Deserialize)]
struct Node<'a> {
    id: Number,
    #[serde(borrow, rename = "callFrame")]
    call_frame: CallFrame<'a>,
    #[serde(default)]
    children: Vec<Number>,
    #[serde(default)]
    parent: Option<Number>,
    #[serde(default, rename = "hitCount")]
    hits: Number,
}

#[derive(Deserialize)]
struct CallFrame<'a> {
    #[serde(borrow, default, rename = "functionName")]
    function_name: Cow<'a, str>,
    #[serde(borrow, default)]
    url: Cow<'a, str>,
    #[serde(default, rename = "lineNumber")]
    line: Number,
    #[serde(default, rename = "columnNumber")]
    column: Number,
}

/// Counts and microseconds of a node alone.
#[derive(Clone, Copy, Default)]
struct Sums {
    count: i64,
    micros: i64,
}

/// Reads a `.cpuprofile`.
///
/// # Errors
/// [`ParseError::Foreign`] for what breaks the format, [`ParseError::Memory`], [`ParseError::Cancelled`].
pub(crate) fn parse_cpuprofile(
    content: &Content<'_>,
    warnings: &mut Vec<String>,
) -> Result<Profile, ParseError> {
    let file: File<'_> = content.json(FORMAT)?;
    let rows = rows_by_id(&file)?;
    let parents = parents(&file, &rows)?;
    let sums = if file.samples.is_empty() { hits(&file) } else { sums(&file, &rows, warnings)? };
    let mut assembly = Assembly::new(content, &[("samples", "count"), ("wall", "microseconds")]);
    let locations: Vec<Option<LocationId>> =
        file.nodes.iter().map(|node| location(&mut assembly, &node.call_frame)).collect();
    let mut stack = Vec::new();
    for (row, sums) in sums.iter().enumerate().filter(|(_, sums)| sums.count != 0 || sums.micros != 0) {
        stack.clear();
        let mut next = Some(row);
        let mut n_steps = 0;
        while let Some(row) = next {
            stack.extend(locations[row]);
            next = parents[row];
            n_steps += 1;
            if n_steps > file.nodes.len() {
                return Err(malformed(FORMAT, "nodes are children of one another"));
            }
        }
        assembly.sample(&[sums.count, sums.micros], &stack, &[])?;
    }
    assembly.set_default_type("samples");
    let header = assembly.builder.header();
    header.duration_nanos = micros_between(&file).and_then(|micros| micros.checked_mul(1_000)).unwrap_or(0);
    Ok(assembly.finish())
}

fn micros_between(file: &File<'_>) -> Option<i64> {
    file.end_time.scaled(1)?.checked_sub(file.start_time.scaled(1)?).filter(|&micros| micros > 0)
}

fn rows_by_id(file: &File<'_>) -> Result<HashMap<i64, usize>, ParseError> {
    let mut rows = HashMap::new();
    for (row, node) in file.nodes.iter().enumerate() {
        let id = node.id.scaled(1).ok_or_else(|| malformed(FORMAT, format!("node {row} has no id")))?;
        if rows.insert(id, row).is_some() {
            return Err(malformed(FORMAT, format!("two nodes have the id {id}")));
        }
    }
    Ok(rows)
}

/// The parent of each node: by the lists of children, or as some tools write it, by itself.
fn parents(file: &File<'_>, rows: &HashMap<i64, usize>) -> Result<Vec<Option<usize>>, ParseError> {
    let row_of = |id: Number| id.scaled(1).and_then(|id| rows.get(&id)).copied();
    let unknown = || malformed(FORMAT, "a node names a relative that is not there");
    let mut parents = vec![None; file.nodes.len()];
    for (row, node) in file.nodes.iter().enumerate() {
        if let Some(parent) = node.parent {
            parents[row] = Some(row_of(parent).ok_or_else(unknown)?);
        }
        for &child in &node.children {
            parents[row_of(child).ok_or_else(unknown)?] = Some(row);
        }
    }
    Ok(parents)
}

/// What nodes say themselves, of a file without samples.
fn hits(file: &File<'_>) -> Vec<Sums> {
    let sums = |node: &Node<'_>| Sums { count: node.hits.scaled(1).unwrap_or(0), micros: 0 };
    file.nodes.iter().map(sums).collect()
}

/// Samples and their times added up by node.
fn sums(
    file: &File<'_>,
    rows: &HashMap<i64, usize>,
    warnings: &mut Vec<String>,
) -> Result<Vec<Sums>, ParseError> {
    let mut sums = vec![Sums::default(); file.nodes.len()];
    let delta = |at: usize| file.time_deltas.get(at).and_then(|delta| delta.scaled(1));
    let passed: i64 =
        (0..file.time_deltas.len()).filter_map(delta).fold(0, |sum, delta| sum.saturating_add(delta));
    let after_last = micros_between(file).map_or(0, |all| all.saturating_sub(passed).max(0));
    let mut n_backward = 0_u64;
    for (at, id) in file.samples.iter().enumerate() {
        let row = id.scaled(1).and_then(|id| rows.get(&id)).copied();
        let row =
            row.ok_or_else(|| malformed(FORMAT, format!("sample {at} is of a node that is not there")))?;
        let is_last = at + 1 == file.samples.len();
        let micros = if is_last { after_last } else { delta(at + 1).unwrap_or(0) };
        // Clocks of several cores differ a little, and V8 writes what they say.
        n_backward += u64::from(micros < 0);
        let sums = &mut sums[row];
        sums.count += 1;
        let sum = sums.micros.checked_add(micros.max(0));
        sums.micros = sum.ok_or_else(|| malformed(FORMAT, "its times add up to more than 64 bits hold"))?;
    }
    if n_backward > 0 {
        warnings
            .push(format!("{n_backward} samples are before the one ahead of them: their time counts as 0"));
    }
    Ok(sums)
}

/// The location of a frame; `None` for the root, which is no function.
fn location(assembly: &mut Assembly<'_>, frame: &CallFrame<'_>) -> Option<LocationId> {
    if frame.function_name == "(root)" {
        return None;
    }
    let from_one =
        |number: Number| number.scaled(1).and_then(|number| number.checked_add(1)).unwrap_or(0).max(0);
    let name = if frame.function_name.is_empty() { "(anonymous)" } else { &frame.function_name };
    let start_line = from_one(frame.line);
    Some(assembly.frame(&Frame {
        name,
        file: &frame.url,
        start_line,
        line: start_line,
        column: from_one(frame.column),
    }))
}
