//! Processed profiles of the Firefox Profiler: tables of strings, functions, frames and stacks, and threads with samples.
//!
//! ```text
//! thread.samples.stack ─► stackTable { prefix, frame } ─► frameTable { func, line } ─► funcTable { name, fileName }
//! ```
//!
//! The tables stand in each thread, in later versions in `shared`; each is taken from where it is. What the browser itself
//! writes (Gecko's raw form) is another format. Samples of one stack are added up. Sample types are those of the weights, and
//! each thread is a label, unless goscope wrote the file: then each thread is a sample type.

use std::borrow::Cow;
use std::collections::HashMap;

use serde::Deserialize;

use super::assembly::{Assembly, Frame};
use super::content::{Content, malformed};
use super::number::Number;
use crate::error::ParseError;
use crate::pprof::{Label, LocationId, Profile};

const FORMAT: &str = "Firefox profile";

/// What `meta.importedFrom` says of a file that goscope wrote.
pub(super) const WRITTEN_HERE: &str = "goscope";

type Column = Vec<Option<Number>>;

#[derive(Deserialize)]
struct File<'a> {
    #[serde(borrow)]
    meta: Meta<'a>,
    #[serde(borrow, default)]
    shared: Tables<'a>,
    #[serde(borrow)]
    threads: Vec<Thread<'a>>,
}

#[derive(Deserialize)]
struct Meta<'a> {
    #[serde(rename = "preprocessedProfileVersion")]
    version: Option<Number>,
    #[serde(borrow, default, rename = "importedFrom")]
    imported_from: Option<Cow<'a, str>>,
    #[serde(default, rename = "startTime")]
    start_time: Option<Number>,
}

/// The tables of a thread or of all of them; absent where they are the other's.
#[derive(Default, Deserialize)]
struct Tables<'a> {
    #[serde(borrow, default, rename = "stringArray", alias = "stringTable")]
    strings: Option<Vec<Cow<'a, str>>>,
    #[serde(default, rename = "stackTable")]
    stacks: Option<StackTable>,
    #[serde(default, rename = "frameTable")]
    frames: Option<FrameTable>,
    #[serde(default, rename = "funcTable")]
    functions: Option<FunctionTable>,
    #[serde(default)]
    sources: Option<SourceTable>,
}

#[derive(Deserialize)]
struct Thread<'a> {
    #[serde(borrow, default)]
    name: Cow<'a, str>,
    #[serde(borrow, default, rename = "processName")]
    process: Option<Cow<'a, str>>,
    #[serde(borrow)]
    samples: Samples<'a>,
    #[serde(borrow, default, rename = "stringArray", alias = "stringTable")]
    strings: Option<Vec<Cow<'a, str>>>,
    #[serde(default, rename = "stackTable")]
    stacks: Option<StackTable>,
    #[serde(default, rename = "frameTable")]
    frames: Option<FrameTable>,
    #[serde(default, rename = "funcTable")]
    functions: Option<FunctionTable>,
}

#[derive(Deserialize)]
struct Samples<'a> {
    #[serde(default)]
    stack: Column,
    #[serde(default)]
    weight: Option<Vec<Number>>,
    #[serde(borrow, default, rename = "weightType")]
    weight_type: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct StackTable {
    frame: Vec<Number>,
    #[serde(default)]
    prefix: Column,
    /// Since version 66: how far before a stack its prefix is; 0 at the root.
    #[serde(default, rename = "prefixOffset")]
    prefix_offset: Column,
}

#[derive(Deserialize)]
struct FrameTable {
    func: Vec<Number>,
    #[serde(default)]
    line: Column,
    #[serde(default)]
    column: Column,
}

#[derive(Deserialize)]
struct FunctionTable {
    name: Vec<Number>,
    #[serde(default, rename = "fileName")]
    file: Column,
    /// Since version 58, instead of the file.
    #[serde(default)]
    source: Column,
    #[serde(default, rename = "lineNumber")]
    line: Column,
}

#[derive(Deserialize)]
struct SourceTable {
    #[serde(default)]
    filename: Column,
}

/// Reads a processed profile.
///
/// # Errors
/// [`ParseError::Foreign`] for what breaks the format, [`ParseError::Memory`], [`ParseError::Cancelled`].
pub(crate) fn parse_firefox(content: &Content<'_>, _: &mut Vec<String>) -> Result<Profile, ParseError> {
    let file: File<'_> = content.json(FORMAT)?;
    if file.meta.version.is_none() {
        let what =
            "this is what the browser writes itself; open it in profiler.firefox.com, and save it there";
        return Err(malformed(FORMAT, what));
    }
    let columns = columns(&file);
    let types: Vec<(&str, &str)> = columns.types.iter().map(|(name, unit)| (name.as_str(), *unit)).collect();
    let mut assembly = Assembly::new(content, &types);
    for (at, thread) in file.threads.iter().enumerate() {
        let (column, scale) = columns.of_thread[at];
        let labels = labels(&mut assembly, &file, thread);
        let view = View::new(&file, thread).ok_or_else(|| wrong(thread, "has no tables"))?;
        let mut reader = ThreadReader { view, locations: HashMap::new(), thread };
        let mut values = vec![0; types.len()];
        let mut stack = Vec::new();
        for (row, sum) in reader.sums(scale)? {
            values[column] = sum;
            reader.stack(&mut assembly, row, &mut stack)?;
            assembly.sample(&values, &stack, &labels)?;
        }
    }
    assembly.set_default_type(types.first().map_or("", |first| first.0));
    let millis = file.meta.start_time.and_then(|start| start.scaled(1_000_000));
    assembly.builder.header().time_nanos = millis.unwrap_or(0);
    Ok(assembly.finish())
}

/// Sample types, and of each thread its column and how many of the column's unit one of its weights is.
struct Columns {
    types: Vec<(String, &'static str)>,
    of_thread: Vec<(usize, i64)>,
}

fn columns(file: &File<'_>) -> Columns {
    let is_ours = file.meta.imported_from.as_deref() == Some(WRITTEN_HERE);
    let mut columns = Columns { types: Vec::new(), of_thread: Vec::new() };
    for thread in &file.threads {
        let weight_type = thread.samples.weight.as_ref().and(thread.samples.weight_type.as_deref());
        let (name, unit, scale) = match weight_type {
            Some("tracing-ms") => ("time", "nanoseconds", 1_000_000),
            Some("bytes") => ("space", "bytes", 1),
            _ => ("samples", "count", 1),
        };
        let wanted = (if is_ours { thread.name.to_string() } else { name.to_owned() }, unit);
        let known = columns.types.iter().position(|known| *known == wanted);
        let column = known.unwrap_or_else(|| {
            columns.types.push(wanted);
            columns.types.len() - 1
        });
        columns.of_thread.push((column, scale));
    }
    if columns.types.is_empty() {
        columns.types.push(("samples".to_owned(), "count"));
    }
    columns
}

fn labels(assembly: &mut Assembly<'_>, file: &File<'_>, thread: &Thread<'_>) -> Vec<Label> {
    if file.meta.imported_from.as_deref() == Some(WRITTEN_HERE) || file.threads.len() < 2 {
        return Vec::new();
    }
    let process = thread.process.as_deref().unwrap_or("");
    [("thread", &*thread.name), ("process", process)]
        .into_iter()
        .filter(|(_, text)| !text.is_empty())
        .map(|(key, text)| assembly.builder.string_label(key, text))
        .collect()
}

fn wrong(thread: &Thread<'_>, what: &str) -> ParseError {
    malformed(FORMAT, format!("thread {:?} {what}", thread.name))
}

/// The tables that a thread's samples lead to.
struct View<'f> {
    strings: &'f [Cow<'f, str>],
    stacks: &'f StackTable,
    frames: &'f FrameTable,
    functions: &'f FunctionTable,
    sources: Option<&'f SourceTable>,
}

impl<'f> View<'f> {
    fn new(file: &'f File<'f>, thread: &'f Thread<'f>) -> Option<Self> {
        let shared = &file.shared;
        Some(Self {
            strings: thread.strings.as_ref().or(shared.strings.as_ref())?,
            stacks: thread.stacks.as_ref().or(shared.stacks.as_ref())?,
            frames: thread.frames.as_ref().or(shared.frames.as_ref())?,
            functions: thread.functions.as_ref().or(shared.functions.as_ref())?,
            sources: shared.sources.as_ref(),
        })
    }

    fn string(&self, index: Option<Number>) -> Option<&'f str> {
        self.strings.get(index?.index()? as usize).map(|text| &**text)
    }

    /// The stack below which a stack is; an error if it is not before it.
    fn prefix(&self, row: u32) -> Result<Option<u32>, ()> {
        let offset =
            cell(&self.stacks.prefix_offset, row).and_then(Number::index).filter(|&offset| offset > 0);
        if let Some(offset) = offset {
            return row.checked_sub(offset).map(Some).ok_or(());
        }
        match cell(&self.stacks.prefix, row) {
            // -1 is what some converters write for none.
            None | Some(Number::Whole(-1)) => Ok(None),
            Some(prefix) => prefix.index().filter(|&prefix| prefix < row).map(Some).ok_or(()),
        }
    }

    fn file(&self, function: u32) -> &'f str {
        let source = cell(&self.functions.source, function).and_then(Number::index);
        let source = source.and_then(|row| cell(&self.sources?.filename, row));
        self.string(cell(&self.functions.file, function).or(source)).unwrap_or("")
    }
}

fn cell(column: &[Option<Number>], row: u32) -> Option<Number> {
    column.get(row as usize).copied().flatten()
}

struct ThreadReader<'f> {
    view: View<'f>,
    locations: HashMap<u32, LocationId>,
    thread: &'f Thread<'f>,
}

impl ThreadReader<'_> {
    /// The weights of each stack, added up, by rising row. Samples without a stack are nobody's.
    fn sums(&self, scale: i64) -> Result<Vec<(u32, i64)>, ParseError> {
        let samples = &self.thread.samples;
        let mut sums: Vec<Option<i64>> = vec![None; self.view.stacks.frame.len()];
        if samples.weight.as_ref().is_some_and(|weights| weights.len() != samples.stack.len()) {
            return Err(wrong(self.thread, "has another number of weights than of samples"));
        }
        for (at, stack) in samples.stack.iter().enumerate() {
            let Some(stack) = stack else { continue };
            let sum = stack.index().and_then(|row| sums.get_mut(row as usize));
            let sum = sum.ok_or_else(|| wrong(self.thread, &format!("has no stack for sample {at}")))?;
            let weight = match &samples.weight {
                Some(weights) => weights[at].scaled(scale),
                None => Some(1),
            };
            let added = weight.and_then(|weight| sum.unwrap_or(0).checked_add(weight));
            *sum = Some(added.ok_or_else(|| wrong(self.thread, "has weights that 64 bits do not hold"))?);
        }
        Ok((0..).zip(sums).filter_map(|(row, sum)| Some((row, sum?))).collect())
    }

    /// The stack in a row of the table, leaf first.
    fn stack(
        &mut self,
        assembly: &mut Assembly<'_>,
        row: u32,
        stack: &mut Vec<LocationId>,
    ) -> Result<(), ParseError> {
        stack.clear();
        let mut next = Some(row);
        while let Some(row) = next {
            let frame = self.view.stacks.frame.get(row as usize).and_then(|frame| frame.index());
            let location = frame.and_then(|frame| self.location(assembly, frame));
            stack.push(location.ok_or_else(|| wrong(self.thread, &format!("has no frame for stack {row}")))?);
            next = (self.view.prefix(row))
                .map_err(|()| wrong(self.thread, &format!("has stack {row} below one that comes later")))?;
        }
        Ok(())
    }

    fn location(&mut self, assembly: &mut Assembly<'_>, frame: u32) -> Option<LocationId> {
        if let Some(&location) = self.locations.get(&frame) {
            return Some(location);
        }
        let function = self.view.frames.func.get(frame as usize)?.index()?;
        let name = self.view.functions.name.get(function as usize).copied();
        let whole = |column: &[Option<Number>], row| {
            cell(column, row).and_then(|line| line.scaled(1)).unwrap_or(0).max(0)
        };
        let location = assembly.frame(&Frame {
            name: self.view.string(name)?,
            file: self.view.file(function),
            start_line: whole(&self.view.functions.line, function),
            line: whole(&self.view.frames.line, frame),
            column: whole(&self.view.frames.column, frame),
        });
        self.locations.insert(frame, location);
        Some(location)
    }
}
