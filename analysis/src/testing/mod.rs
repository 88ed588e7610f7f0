//! Text fixtures for tests: profiles and traces written as text, results printed as text.
//!
//! One line a sample, root first, as in folded stacks, with more where a test needs it:
//!
//! ```text
//! types: samples/count cpu/nanoseconds               default: samples/count
//! duration: 2000000000                                also: default, time, period, comment, doc, drop_frames, keep_frames
//! mapping: /bin/app 5eed                              path and build id of a binary
//! main;serve;read 1 5
//! main@main.go:10;serve@srv.go:20+inlined@in.go:3 1 5 | endpoint=/cart bytes=64kB
//! main@main.go:10:7#8;[0x401000 /lib/libc.so] 1 5     column 7, function starts at line 8; no symbol
//! - 1 5                                               no stack
//! ```
//!
//! `a+b` is one location: b inlined into a. A location may end in `[0xADDRESS]` or `[0xADDRESS BINARY]`. Label values
//! that start with a digit or a sign are numbers with their unit; quotes make them text.

mod trace;

use std::fmt::Write as _;

use goscope_parsers::pprof::{Label, Line, LocationId, MappingId, Profile, ProfileBuilder};
use rustc_hash::FxHashMap;

pub use self::trace::{TraceText, trace, trace_text};

use crate::profile::call_tree::{CallTree, NodeId, TreeShape};
use crate::profile::diff::{DiffTable, DiffTree};
use crate::profile::frame::FrameTable;
use crate::profile::stacks::Stacks;
use crate::profile::top::{InlineMark, TopTable};

/// Builds a profile of the text.
///
/// # Panics
/// The text is not as described above: the test is wrong.
pub fn profile(text: &str) -> Profile {
    let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty());
    let types = lines().find_map(|line| line.strip_prefix("types: ")).unwrap_or("samples/count");
    let types: Vec<(&str, &str)> =
        types.split_whitespace().map(|pair| pair.split_once('/').expect("type/unit")).collect();
    let mut fixture = Fixture {
        builder: ProfileBuilder::new(&types),
        mappings: FxHashMap::default(),
        n_types: types.len(),
    };
    for line in lines().filter(|line| !line.starts_with("types: ")) {
        if !fixture.header(line) {
            fixture.sample(line);
        }
    }
    fixture.builder.finish()
}

struct Fixture<'t> {
    builder: ProfileBuilder,
    mappings: FxHashMap<&'t str, MappingId>,
    n_types: usize,
}

impl<'t> Fixture<'t> {
    /// Reads a header line; false if it is none.
    fn header(&mut self, line: &'t str) -> bool {
        let Some((name, value)) = line.split_once(": ") else { return false };
        let number = || value.parse::<i64>().expect("an integer");
        match name {
            "default" => self.builder.header().default_sample_type = self.builder.string(value),
            "time" => self.builder.header().time_nanos = number(),
            "duration" => self.builder.header().duration_nanos = number(),
            "comment" => {
                let comment = self.builder.string(value);
                self.builder.header().comments.push(comment);
            }
            "doc" => self.builder.header().doc_url = self.builder.string(value),
            "drop_frames" => self.builder.header().drop_frames = self.builder.string(value),
            "keep_frames" => self.builder.header().keep_frames = self.builder.string(value),
            "period" => {
                let (period_type, period) = value.split_once(' ').expect("type/unit and a number");
                let (kind, unit) = period_type.split_once('/').expect("type/unit");
                let period_type = self.builder.value_type(kind, unit);
                self.builder.header().period_type = Some(period_type);
                self.builder.header().period = period.parse().expect("an integer");
            }
            "mapping" => {
                let (path, build_id) = value.split_once(' ').unwrap_or((value, ""));
                let mapping = self.builder.mapping(0x40_0000, 0x80_0000, 0, path, build_id);
                self.mappings.insert(path, mapping);
            }
            _ => return false,
        }
        true
    }

    fn sample(&mut self, line: &'t str) {
        let (line, labels) = line.split_once(" | ").unwrap_or((line, ""));
        let mut words = line.rsplitn(self.n_types + 1, ' ');
        let mut values: Vec<i64> = words
            .by_ref()
            .take(self.n_types)
            .map(|word| word.parse().expect("a value is an integer"))
            .collect();
        values.reverse();
        let stack = words.next().expect("a line is a stack and its values");
        let mut locations: Vec<LocationId> = Vec::new();
        if stack != "-" {
            locations.extend(stack.split(';').map(|location| self.location(location)));
        }
        locations.reverse();
        let labels: Vec<Label> = labels.split_whitespace().map(|label| self.label(label)).collect();
        self.builder.sample(&values, &locations, &labels);
    }

    fn location(&mut self, text: &'t str) -> LocationId {
        let (text, address, mapping) = match text.rfind("[0x") {
            Some(at) => {
                let inside = text[at + 3..].strip_suffix(']').expect("an address ends with a bracket");
                let (address, binary) = inside
                    .split_once(' ')
                    .map_or((inside, None), |(address, binary)| (address, Some(binary)));
                let address = u64::from_str_radix(address, 16).expect("a hexadecimal address");
                (&text[..at], address, binary.map(|binary| self.mapping(binary)))
            }
            None => (text, 0, None),
        };
        let mut lines: Vec<Line> =
            text.split('+').filter(|line| !line.is_empty()).map(|line| self.line(line)).collect();
        lines.reverse();
        self.builder.location(mapping, address, &lines)
    }

    fn mapping(&mut self, path: &'t str) -> MappingId {
        let Self { builder, mappings, .. } = self;
        *mappings.entry(path).or_insert_with(|| builder.mapping(0x40_0000, 0x80_0000, 0, path, ""))
    }

    fn line(&mut self, text: &str) -> Line {
        let (name, place) = text.split_once('@').unwrap_or((text, ""));
        let (place, start_line) = place.split_once('#').unwrap_or((place, "0"));
        let mut parts = place.split(':');
        let file = parts.next().unwrap_or_default();
        let mut number =
            || parts.next().map_or(0, |number| number.parse().expect("a line or column is an integer"));
        let (line, column) = (number(), number());
        let function =
            self.builder.function(name, file, start_line.parse().expect("a start line is an integer"));
        Line { function, line, column }
    }

    fn label(&mut self, text: &str) -> Label {
        let (key, value) = text.split_once('=').expect("a label is key=value");
        if !value.starts_with(|c: char| c.is_ascii_digit() || c == '-') {
            return self.builder.string_label(key, value.trim_matches('"'));
        }
        let digits = value.find(|c: char| !c.is_ascii_digit() && c != '-').unwrap_or(value.len());
        self.builder.numeric_label(key, value[..digits].parse().expect("an integer"), &value[digits..])
    }
}

/// Prints stacks as they are selected: root first, inlined frames as frames, with their weights.
pub fn stacks_text(stacks: &Stacks<'_>) -> String {
    let mut text = String::new();
    let mut stack = Vec::new();
    for index in 0..stacks.len() {
        stacks.read_stack(index, &mut stack);
        let names: Vec<String> =
            stack.iter().map(|&frame| stacks.frames().frame(frame).printable_name()).collect();
        line(&mut text, format_args!("{} {}", names.join(";"), stacks.weight(index)));
    }
    text
}

/// Prints a tree: one line a node, indented by depth, with flat and cum.
pub fn tree_text(tree: &CallTree) -> String {
    let values = |node: NodeId| format!("{} {}", tree.flat[node.index()], tree.cum[node.index()]);
    shape_text(&tree.frames, &tree.shape, values)
}

/// Prints a diff tree: one line a node, indented by depth, with flat and cum as `base->head`.
pub fn diff_tree_text(tree: &DiffTree) -> String {
    let values = |node: NodeId| {
        let row = node.index();
        let (base, head) =
            ((tree.base_flat[row], tree.base_cum[row]), (tree.head_flat[row], tree.head_cum[row]));
        format!("{}->{} {}->{}", base.0, head.0, base.1, head.1)
    };
    shape_text(&tree.frames, &tree.shape, values)
}

fn shape_text(frames: &FrameTable, shape: &TreeShape, values: impl Fn(NodeId) -> String) -> String {
    let mut text = String::new();
    let mut open = vec![(NodeId::ROOT, 0)];
    while let Some((node, indent)) = open.pop() {
        let name =
            shape.frame(node).map_or("(root)".to_owned(), |frame| frames.frame(frame).printable_name());
        line(&mut text, format_args!("{:indent$}{name} {}", "", values(node)));
        let rows =
            shape.children(node).rev().map(|row| NodeId(u32::try_from(row).expect("rows are u32 ids")));
        open.extend(rows.map(|child| (child, indent + 2)));
    }
    text
}

/// Prints a table: flat, cum and name of every row.
pub fn top_table_text(table: &TopTable) -> String {
    let mut text = String::new();
    for row in &table.rows {
        let mark = match row.inline {
            InlineMark::None => "",
            InlineMark::Partial => " (partial-inline)",
            InlineMark::All => " (inline)",
        };
        let name = table.frames.frame(row.frame).printable_name();
        line(&mut text, format_args!("{} {} {name}{mark}", row.flat, row.cum));
    }
    text
}

/// Prints a table of changes: flat and cum as `base->head`, and the name.
pub fn diff_table_text(table: &DiffTable) -> String {
    let mut text = String::new();
    for row in &table.rows {
        let name = table.frames.frame(row.frame).printable_name();
        line(
            &mut text,
            format_args!("{}->{} {}->{} {name}", row.base_flat, row.head_flat, row.base_cum, row.head_cum),
        );
    }
    text
}

fn line(text: &mut String, line: std::fmt::Arguments<'_>) {
    writeln!(text, "{line}").expect("writing to a string cannot fail");
}
