//! A profile for the Firefox Profiler: version 55 of its processed format, the last one with all tables in a thread.
//!
//! A thread for each sample type, a sample for each distinct stack, a frame for each line, inlined ones marked as such.
//! Times are in milliseconds, with as many digits as nanoseconds have.

use std::io::{self, Write};

use super::firefox::WRITTEN_HERE;
use super::json_out::{known, put_each, put_list, put_text};
use super::merged_stacks::{FrameIdentity, MergedStacks};
use crate::pprof::{Profile, StringTable, ValueType};

/// What frames are colored by, with the colors that the profiler knows by name.
const CATEGORIES: [(&str, &str); 5] = [
    ("Other", "grey"),
    ("Runtime", "orange"),
    ("Standard library", "blue"),
    ("Dependencies", "purple"),
    ("Application", "green"),
];

/// Whose code a frame is: what the profiler colors by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FrameCategory {
    /// Not known.
    #[default]
    Other,
    /// Go's runtime.
    Runtime,
    /// Go's own packages.
    StandardLibrary,
    /// Packages of others.
    Dependencies,
    /// Own code.
    Application,
}

/// Writes a profile for the Firefox Profiler (JSON, not compressed). Numbers above 2^53 lose digits when it reads them.
/// `category` says whose code a function is, by name and file.
///
/// # Errors
/// Those of `out`.
pub fn write_firefox(
    profile: &Profile,
    category: &dyn Fn(&str, &str) -> FrameCategory,
    out: &mut dyn Write,
) -> io::Result<()> {
    let stacks = MergedStacks::of(profile, FrameIdentity::Line);
    let tables = Tables::of(&stacks, category);
    let product = profile.mappings.first().map_or_else(String::new, |first| {
        profile.text(first.filename).rsplit('/').next().unwrap_or("").to_owned()
    });
    out.write_all(
        b"{\"meta\":{\"version\":24,\"preprocessedProfileVersion\":55,\"interval\":1,\"startTime\":",
    )?;
    write!(out, "{},\"processType\":0,\"product\":", millis(profile.time_nanos.max(0)))?;
    put_text(if product.is_empty() { "goscope" } else { &product }, out)?;
    write!(out, ",\"importedFrom\":\"{WRITTEN_HERE}\",\"stackwalk\":1,\"debug\":false,\"categories\":")?;
    put_each(CATEGORIES.iter(), out, |(name, color), out| {
        write!(out, "{{\"name\":\"{name}\",\"color\":\"{color}\",\"subcategories\":[\"Other\"]}}")
    })?;
    out.write_all(b",\"markerSchema\":[],\"symbolicated\":true,\"pausedRanges\":[],\"sampleUnits\":")?;
    out.write_all(b"{\"time\":\"ms\",\"eventDelay\":\"ms\",\"threadCPUDelta\":\"ns\"}},\"libs\":[],\"pages\":[],\n\"threads\":")?;
    put_each(profile.sample_types.iter().enumerate(), out, |(column, &sample_type), out| {
        Thread { profile, stacks: &stacks, tables: &tables, column, sample_type, product: &product }.put(out)
    })?;
    out.write_all(b"}\n")
}

/// Nanoseconds as milliseconds, with all digits.
fn millis(nanos: i64) -> String {
    let sign = if nanos < 0 { "-" } else { "" };
    let nanos = nanos.unsigned_abs();
    let (whole, parts) = (nanos / 1_000_000, nanos % 1_000_000);
    if parts == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{parts:06}") }
}

/// The tables that all threads repeat.
struct Tables {
    strings: StringTable,
    /// Of each function: a frame of it, and the rows of its name and file.
    functions: Vec<(usize, u32, u32)>,
    /// Of each frame.
    function_of: Vec<usize>,
    /// Of each frame: its row in [`CATEGORIES`].
    category_of: Vec<usize>,
}

impl Tables {
    fn of(stacks: &MergedStacks, category: &dyn Fn(&str, &str) -> FrameCategory) -> Self {
        let mut strings = StringTable::default();
        let mut known = std::collections::HashMap::new();
        let mut string = |text: &str| match known.get(text) {
            Some(&row) => row,
            None => {
                let row = strings.push(text.as_bytes()).0;
                known.insert(text.to_owned(), row);
                row
            }
        };
        let mut rows = std::collections::HashMap::new();
        let (mut functions, mut function_of) = (Vec::new(), Vec::new());
        for (at, frame) in stacks.frames.iter().enumerate() {
            let key = (&frame.name, &frame.file, frame.start_line);
            let row = *rows.entry(key).or_insert_with(|| {
                functions.push((at, string(&frame.name), string(&frame.file)));
                functions.len() - 1
            });
            function_of.push(row);
        }
        let category_of =
            stacks.frames.iter().map(|frame| category(&frame.name, &frame.file) as usize).collect();
        Self { strings, functions, function_of, category_of }
    }
}

struct Thread<'t> {
    profile: &'t Profile,
    stacks: &'t MergedStacks,
    tables: &'t Tables,
    column: usize,
    sample_type: ValueType,
    product: &'t str,
}

impl Thread<'_> {
    fn put(&self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(b"\n{\"name\":")?;
        put_text(&self.profile.text(self.sample_type.kind), out)?;
        let is_main = self.column == 0;
        write!(out, ",\"isMainThread\":{is_main},\"processType\":\"default\",\"processName\":")?;
        put_text(self.product, out)?;
        out.write_all(b",\"processStartupTime\":0,\"processShutdownTime\":null,\"registerTime\":0,")?;
        let tid = self.column + 1;
        write!(out, "\"unregisterTime\":null,\"pausedRanges\":[],\"pid\":\"1\",\"tid\":{tid},")?;
        out.write_all(b"\"showMarkersInTimeline\":false,\"stringArray\":")?;
        put_each(self.tables.strings.iter(), out, |(row, _), out| {
            put_text(&self.tables.strings.text(row), out)
        })?;
        out.write_all(b",\"resourceTable\":{\"length\":0,\"lib\":[],\"name\":[],\"host\":[],\"type\":[]}")?;
        out.write_all(b",\"nativeSymbols\":{\"length\":0,\"address\":[],\"functionSize\":[],\"libIndex\":[],\"name\":[]}")?;
        out.write_all(b",\"markers\":{\"length\":0,\"category\":[],\"data\":[],\"endTime\":[],\"name\":[],\"phase\":[],\"startTime\":[]}")?;
        self.put_functions(out)?;
        self.put_frames(out)?;
        self.put_stacks(out)?;
        self.put_samples(out)?;
        out.write_all(b"}")
    }

    fn put_functions(&self, out: &mut dyn Write) -> io::Result<()> {
        let functions = &self.tables.functions;
        let frame = |at: usize| &self.stacks.frames[at];
        write!(out, ",\"funcTable\":{{\"length\":{},\"name\":", functions.len())?;
        put_list(functions.iter().map(|function| function.1), out)?;
        put_column("isJS", functions.iter().map(|_| false), out)?;
        put_column("relevantForJS", functions.iter().map(|_| false), out)?;
        put_column("resource", functions.iter().map(|_| -1), out)?;
        // String 0 is empty: no file.
        let file = |row: u32| if row == 0 { "null".to_owned() } else { row.to_string() };
        put_column("fileName", functions.iter().map(|function| file(function.2)), out)?;
        put_column("lineNumber", functions.iter().map(|function| known(frame(function.0).start_line)), out)?;
        put_column("columnNumber", functions.iter().map(|_| "null"), out)?;
        out.write_all(b"}")
    }

    fn put_frames(&self, out: &mut dyn Write) -> io::Result<()> {
        let frames = &self.stacks.frames;
        write!(out, ",\"frameTable\":{{\"length\":{},\"address\":", frames.len())?;
        put_list(frames.iter().map(|_| -1), out)?;
        put_column("inlineDepth", frames.iter().map(|frame| frame.inline_depth), out)?;
        put_column("category", self.tables.category_of.iter(), out)?;
        put_column("subcategory", frames.iter().map(|_| 0), out)?;
        put_column("func", self.tables.function_of.iter(), out)?;
        put_column("nativeSymbol", frames.iter().map(|_| "null"), out)?;
        put_column("innerWindowID", frames.iter().map(|_| "null"), out)?;
        put_column("line", frames.iter().map(|frame| known(frame.line)), out)?;
        put_column("column", frames.iter().map(|frame| known(frame.column)), out)?;
        put_column("implementation", frames.iter().map(|_| "null"), out)?;
        out.write_all(b"}")
    }

    fn put_stacks(&self, out: &mut dyn Write) -> io::Result<()> {
        let nodes = &self.stacks.nodes;
        write!(out, ",\"stackTable\":{{\"length\":{},\"prefix\":", nodes.len())?;
        put_list(
            nodes.iter().map(|node| node.parent.map_or("null".to_owned(), |parent| parent.to_string())),
            out,
        )?;
        put_column("frame", nodes.iter().map(|node| node.frame), out)?;
        put_column("category", nodes.iter().map(|node| self.tables.category_of[node.frame as usize]), out)?;
        put_column("subcategory", nodes.iter().map(|_| 0), out)?;
        out.write_all(b"}")
    }

    fn put_samples(&self, out: &mut dyn Write) -> io::Result<()> {
        let order = self.stacks.left_heavy(self.column);
        let nodes: Vec<u32> =
            order.into_iter().filter(|&node| self.stacks.value(node, self.column) != 0).collect();
        let unit = self.profile.text(self.sample_type.unit);
        let nanos = match &*unit {
            "nanoseconds" => 1,
            "microseconds" => 1_000,
            "milliseconds" => 1_000_000,
            "seconds" => 1_000_000_000,
            _ => 0,
        };
        let weight_type = match &*unit {
            "bytes" => "bytes",
            _ if nanos > 0 => "tracing-ms",
            _ => "samples",
        };
        let weight = |&node: &u32| {
            let value = self.stacks.value(node, self.column);
            if nanos > 0 { millis(value.saturating_mul(nanos)) } else { value.to_string() }
        };
        write!(out, ",\"samples\":{{\"length\":{},\"weightType\":\"{weight_type}\",\"stack\":", nodes.len())?;
        put_list(nodes.iter(), out)?;
        put_column("timeDeltas", nodes.iter().map(|_| 1), out)?;
        put_column("weight", nodes.iter().map(weight), out)?;
        out.write_all(b"}")
    }
}

fn put_column<T: std::fmt::Display>(
    name: &str,
    items: impl Iterator<Item = T>,
    out: &mut dyn Write,
) -> io::Result<()> {
    write!(out, ",\"{name}\":")?;
    put_list(items, out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn milliseconds_keep_all_digits() {
        let texts: Vec<String> = [0, 1, -1_500_000, 10_000_000, i64::MIN].map(millis).into();
        assert_eq!(texts, ["0", "0.000001", "-1.500000", "10", "-9223372036854.775808"]);
    }
}
