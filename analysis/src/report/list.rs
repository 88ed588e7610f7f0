//! The text of `-list`: the source of functions, with flat and cum beside every line.

use std::collections::BTreeMap;
use std::fmt;

use goscope_parsers::pprof::Profile;
use goscope_parsers::printable_lines;
use rustc_hash::FxHashMap;

use super::numbers::Numbers;
use super::options::{Kind, MissingSource, ReportOptions, SourceLines, Warnings};
use super::put;
use super::selection::{Subject, numbers};
use crate::profile::filter::compile;
use crate::profile::frame::Frame;
use crate::profile::graph::{Node, full_graph};
use crate::profile::query::QueryError;
use crate::profile::stacks::Stacks;

/// Lines shown before the first and after the last line with a value.
const MARGIN: i64 = 5;

/// The functions whose name matches, by name and file. Values are sums, also where other reports print means.
///
/// # Errors
/// A pattern that matches nothing, a filter or sample type that does not fit, or the sink's failure.
pub fn list_text(
    profile: &Profile,
    options: &ReportOptions,
    pattern: &str,
    sources: &dyn SourceLines,
    out: &mut dyn fmt::Write,
) -> Result<Warnings, QueryError> {
    let regex = compile("list", Some(pattern))?;
    let subject = Subject::new(profile, options)?;
    let stacks = subject.stacks(options, Kind::List)?;
    let graph = full_graph(&stacks, options.drop_negative);
    let mut functions: BTreeMap<&str, Vec<Entry<'_>>> = BTreeMap::new();
    for node in graph.shown_nodes() {
        let frame = stacks.frames().frame(node.frame);
        if regex.as_ref().is_none_or(|regex| regex.is_match(frame.name.as_bytes())) {
            functions.entry(&frame.name).or_default().push(Entry { frame, node });
        }
    }
    if functions.is_empty() {
        return Err(QueryError::NoMatch { pattern: pattern.to_owned() });
    }
    let numbers = numbers(&stacks, options);
    put(out, format_args!("Total: {}\n", numbers.text(stacks.total())))?;
    let mut list = List { stacks: &stacks, options, numbers: &numbers, sources, files: FxHashMap::default() };
    for (name, entries) in functions {
        list.put_function(name, entries, out)?;
    }
    Ok(subject.warnings(&stacks))
}

/// A line of a function with its values.
#[derive(Clone, Copy)]
struct Entry<'a> {
    frame: &'a Frame,
    node: &'a Node,
}

struct List<'a, 'p> {
    stacks: &'a Stacks<'p>,
    options: &'a ReportOptions,
    numbers: &'a Numbers,
    sources: &'a dyn SourceLines,
    files: FxHashMap<String, Result<Vec<String>, String>>,
}

impl List<'_, '_> {
    fn put_function(
        &mut self,
        name: &str,
        mut entries: Vec<Entry<'_>>,
        out: &mut dyn fmt::Write,
    ) -> Result<(), QueryError> {
        entries.retain(|entry| !entry.frame.file.is_empty());
        if entries.is_empty() {
            return put(out, format_args!("No source information for {name}\n"));
        }
        // Within a file, pprof leaves the order to chance.
        entries.sort_by(|a, b| {
            let key = |frame: &Frame| (frame.start_line, frame.line, frame.column);
            (&a.frame.file, key(a.frame), &a.frame.object).cmp(&(
                &b.frame.file,
                key(b.frame),
                &b.frame.object,
            ))
        });
        for entries in entries.chunk_by(|a, b| a.frame.file == b.frame.file) {
            self.put_file(name, entries, out)?;
        }
        Ok(())
    }

    fn put_file(
        &mut self,
        name: &str,
        entries: &[Entry<'_>],
        out: &mut dyn fmt::Write,
    ) -> Result<(), QueryError> {
        let file = &entries[0].frame.file;
        let (flat, cum) = sums(entries.iter());
        let (flat_text, cum_text) = (self.numbers.text(flat), self.numbers.text(cum));
        let share = self.numbers.share(cum, self.stacks.total());
        put(out, format_args!("ROUTINE ======================== {name} in {file}\n"))?;
        put(out, format_args!("{flat_text:>10} {cum_text:>10} (flat, cum) {share} of Total\n"))?;
        let sources = self.sources;
        let lines = self.files.entry(file.clone()).or_insert_with(|| sources.lines(file));
        let range = range(entries);
        match lines {
            Ok(lines) => {
                let last = range.1.min(i64::try_from(lines.len()).unwrap_or(i64::MAX));
                for line in range.0..=last {
                    let text = usize::try_from(line - 1).ok().and_then(|index| lines.get(index));
                    put_line(self.numbers, entries, line, text.map_or("", String::as_str), out)?;
                }
                Ok(())
            }
            Err(reason) if self.options.missing_source == MissingSource::Reason => {
                put(out, format_args!(" Error: {reason}\n"))
            }
            Err(_) => {
                let mut lines: Vec<i64> = entries.iter().map(|entry| entry.frame.line).collect();
                lines.sort_unstable();
                lines.dedup();
                lines.into_iter().try_for_each(|line| put_line(self.numbers, entries, line, "", out))
            }
        }
    }
}

fn put_line(
    numbers: &Numbers,
    entries: &[Entry<'_>],
    line: i64,
    text: &str,
    out: &mut dyn fmt::Write,
) -> Result<(), QueryError> {
    let (flat, cum) = sums(entries.iter().filter(|entry| entry.frame.line == line));
    let (flat, cum) = (numbers.text_or_dot(flat), numbers.text_or_dot(cum));
    put(out, format_args!("{flat:>10} {cum:>10} {line:>6}:{}\n", printable_lines(text)))
}

fn sums<'e, 'a: 'e>(entries: impl Iterator<Item = &'e Entry<'a>>) -> (i64, i64) {
    entries.fold((0, 0), |(flat, cum), entry| {
        (flat.wrapping_add(entry.node.flat), cum.wrapping_add(entry.node.cum))
    })
}

/// The first and last line to show. An entry that moves the start up does not move the end (an oddity of pprof).
fn range(entries: &[Entry<'_>]) -> (i64, i64) {
    let start_of = |frame: &Frame| if frame.start_line == 0 { frame.line - MARGIN } else { frame.start_line };
    let first = entries[0].frame;
    let (mut start, mut end) = (start_of(first), first.line + MARGIN);
    for Entry { frame, .. } in entries {
        let (entry_start, entry_end) = (start_of(frame), frame.line + MARGIN);
        if entry_start < start {
            start = entry_start;
        } else if entry_end > end {
            end = entry_end;
        }
    }
    (start.max(1), end)
}
