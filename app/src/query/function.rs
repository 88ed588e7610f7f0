//! One function with its callers, callees, lines and labels.

use std::collections::BTreeMap;

use goscope_analysis::profile::frame::{Frame, FrameId, FrameTable, Granularity};
use goscope_analysis::profile::peek::{Call, peek};
use goscope_analysis::profile::query::StackQuery;
use goscope_analysis::profile::stacks::Stacks;
use goscope_analysis::profile::top::top;
use goscope_parsers::pprof::StringId;

use super::documents::Documents;
use super::question::{Question, QuestionError};
use crate::text::ValueText;

/// The callers, callees, lines and labels of a frame; in a diff, those of the head.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FunctionQuery {
    /// The stacks to read.
    pub stacks: StackQuery,
    /// The frame.
    pub frame: Frame,
}

/// A frame with its callers, callees, lines and labels.
#[derive(Debug)]
pub struct FunctionFacts {
    /// The frame.
    pub frame: Frame,
    /// The frames that ids in `callers` and `callees` refer to.
    pub frames: FrameTable,
    /// Unit of all values.
    pub unit: String,
    /// The value that is 100 %.
    pub total: i64,
    /// Own value.
    pub flat: i64,
    /// Value with callees.
    pub cum: i64,
    /// Callers, largest first.
    pub callers: Vec<Call>,
    /// Callees, largest first.
    pub callees: Vec<Call>,
    /// Its lines, largest cum first.
    pub lines: Vec<LineFacts>,
    /// Labels of the samples that pass through it, largest value first.
    pub labels: Vec<LabelFacts>,
}

/// A line of a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineFacts {
    /// Source file.
    pub file: String,
    /// Line in the file; 0 if unknown.
    pub line: i64,
    /// Own value.
    pub flat: i64,
    /// Value with callees.
    pub cum: i64,
}

/// A label on the samples that pass through a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelFacts {
    /// Its key.
    pub key: String,
    /// Its value: text, or a number with its unit.
    pub text: String,
    /// Value of the samples with it.
    pub value: i64,
}

/// Key, text, number and unit of a label.
type Label = (StringId, StringId, i64, StringId);

/// The most labels of a function to keep.
const MAX_LABELS: usize = 100;

/// The most lines of a function to keep.
const MAX_LINES: usize = 200;

impl Question for FunctionQuery {
    type Answer = FunctionFacts;
    type Input = ();

    fn input(&self) {}

    fn answer(&self, documents: Documents<'_>, (): ()) -> Result<FunctionFacts, QuestionError> {
        let stacks = documents.stacks_in_front(&self.stacks)?;
        let unit = stacks.unit().to_owned();
        let mut facts = FunctionFacts {
            frame: self.frame.clone(),
            frames: stacks.frames().clone(),
            unit,
            total: stacks.total(),
            flat: 0,
            cum: 0,
            callers: Vec::new(),
            callees: Vec::new(),
            lines: Vec::new(),
            labels: Vec::new(),
        };
        if let Some(id) = stacks.frames().find(&self.frame) {
            facts.lines = lines_of(self, documents)?;
            add_surroundings(&mut facts, &stacks, id);
        }
        Ok(facts)
    }
}

fn add_surroundings(facts: &mut FunctionFacts, stacks: &Stacks<'_>, id: FrameId) {
    let around = peek(stacks, id);
    (facts.flat, facts.cum) = (around.flat, around.cum);
    (facts.callers, facts.callees) = (with_value(around.callers), with_value(around.callees));
    facts.labels = labels_through(stacks, id);
}

/// Calls with a value: heap profiles also list memory that is freed by now.
fn with_value(mut calls: Vec<Call>) -> Vec<Call> {
    calls.retain(|call| call.weight != 0);
    calls
}

fn lines_of(query: &FunctionQuery, documents: Documents<'_>) -> Result<Vec<LineFacts>, QuestionError> {
    let FunctionQuery { stacks, frame } = query;
    if frame.name.is_empty()
        || !matches!(stacks.granularity, Granularity::Functions | Granularity::FileFunctions)
    {
        return Ok(Vec::new());
    }
    let by_line = StackQuery { granularity: Granularity::Lines, ..stacks.clone() };
    let table = top(&documents.stacks_in_front(&by_line)?);
    let mut lines: Vec<LineFacts> = table
        .rows
        .iter()
        .map(|row| (table.frames.frame(row.frame), row))
        .filter(|(_, row)| row.cum != 0)
        .filter(|(line, _)| line.name == frame.name && (frame.file.is_empty() || line.file == frame.file))
        .map(|(line, row)| LineFacts {
            file: line.file.clone(),
            line: line.line,
            flat: row.flat,
            cum: row.cum,
        })
        .collect();
    lines.sort_by_key(|line| {
        (std::cmp::Reverse((line.cum.unsigned_abs(), line.flat.unsigned_abs())), line.file.clone(), line.line)
    });
    lines.truncate(MAX_LINES);
    Ok(lines)
}

/// The labels of the samples that pass through a frame, largest value first.
fn labels_through(stacks: &Stacks<'_>, frame: FrameId) -> Vec<LabelFacts> {
    let profile = stacks.profile();
    if !profile.samples.has_labels() {
        return Vec::new();
    }
    let mut values: BTreeMap<Label, i64> = BTreeMap::new();
    let mut stack = Vec::new();
    for index in 0..stacks.len() {
        let labels = stacks.labels(index);
        if labels.is_empty() {
            continue;
        }
        stacks.read_stack(index, &mut stack);
        if stack.contains(&frame) {
            for label in labels {
                let value = values.entry((label.key, label.str, label.num, label.num_unit)).or_default();
                *value = value.wrapping_add(stacks.weight(index));
            }
        }
    }
    let mut facts: Vec<LabelFacts> = values
        .into_iter()
        .filter(|&(_, value)| value != 0)
        .map(|((key, text, number, unit), value)| LabelFacts {
            key: profile.text(key).into_owned(),
            text: if text.0 == 0 {
                number_text(number, &profile.text(key), &profile.text(unit))
            } else {
                profile.text(text).into_owned()
            },
            value,
        })
        .collect();
    facts.sort_by_key(|label| {
        (std::cmp::Reverse(label.value.unsigned_abs()), label.key.clone(), label.text.clone())
    });
    facts.truncate(MAX_LABELS);
    facts
}

/// A numeric label with its unit; Go's heap profiles give sizes without one, under keys that pprof knows too.
fn number_text(number: i64, key: &str, unit: &str) -> String {
    match (unit, key) {
        ("", "bytes" | "request" | "alignment") => ValueText::alone("bytes").text(number),
        ("", _) => number.to_string(),
        (unit, _) => ValueText::alone(unit).text(number),
    }
}
