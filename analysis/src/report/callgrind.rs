//! The text of `-callgrind`: the whole graph by address, for KCachegrind and its kin.

use std::collections::hash_map::Entry;
use std::fmt;

use goscope_parsers::pprof::Profile;
use rustc_hash::FxHashMap;

use super::numbers::{Decimals, Numbers};
use super::options::{Kind, ReportOptions, Warnings};
use super::put;
use super::selection::{Subject, numbers};
use crate::profile::frame::Frame;
use crate::profile::graph::{Graph, GraphOptions, Layout, Shape, sorted_edges, trimmed_graph};
use crate::profile::query::QueryError;
use crate::profile::stacks::Stacks;

/// Costs by instruction and line, and the calls between them.
///
/// # Errors
/// A filter or sample type that does not fit, or the sink's failure.
pub fn callgrind_text(
    profile: &Profile,
    options: &ReportOptions,
    out: &mut dyn fmt::Write,
) -> Result<Warnings, QueryError> {
    let subject = Subject::new(profile, options)?;
    let stacks = subject.stacks(options, Kind::Callgrind)?;
    let graph = trimmed_graph(
        &stacks,
        &GraphOptions {
            trim: options.trim_for(Kind::Callgrind),
            sort: options.sort,
            layout: Layout::Rows,
            shape: if options.call_tree { Shape::CallTree } else { Shape::Frames },
            drops_negative: options.drop_negative,
        },
    );
    let mut numbers = numbers(&stacks, options);
    let values = graph.shown_nodes().map(|node| (node.flat_value(), node.cum_value()));
    numbers.settle(values, stacks.total(), Decimals::Cut);
    put(out, format_args!("positions: instr line\nevents: {}({})\n", stacks.kind(), numbers.shown_unit))?;
    let names = distinct_names(&graph, &stacks);
    let written = [Names::default(), Names::default(), Names::default()];
    let mut callgrind = Callgrind {
        stacks: &stacks,
        graph: &graph,
        numbers: &numbers,
        names: &names,
        written,
        previous: None,
    };
    callgrind.put_nodes(out)?;
    Ok(subject.warnings(&stacks))
}

/// The name of every node; with a number where several functions of one name and file are apart.
fn distinct_names(graph: &Graph, stacks: &Stacks<'_>) -> Vec<String> {
    let frame = |row: u32| stacks.frames().frame(graph.nodes[row as usize].frame);
    let functions = Functions::new(graph, stacks);
    let mut by_name: FxHashMap<(&str, &str), Vec<u32>> = FxHashMap::default();
    for &row in &graph.shown {
        let functions_of_name = by_name.entry((&frame(row).file, &frame(row).name)).or_default();
        let function = functions.of(graph, row);
        if !functions_of_name.contains(&function) {
            functions_of_name.push(function);
        }
    }
    // Callees that are not shown have no name (an oddity of pprof).
    let mut names = vec![String::new(); graph.nodes.len()];
    for &row in &graph.shown {
        let Frame { file, name, .. } = frame(row);
        let known = &by_name[&(file.as_str(), name.as_str())];
        let place = known.iter().position(|&function| function == functions.of(graph, row));
        names[row as usize] = match place {
            Some(place) if known.len() > 1 => format!("{name} [{}/{}]", place + 1, known.len()),
            _ => name.clone(),
        };
    }
    names
}

/// Which nodes belong to one function.
struct Functions {
    /// In a graph of frames: the first frame that is equal but for address, line and column.
    of_frame: Vec<u32>,
}

impl Functions {
    fn new(graph: &Graph, stacks: &Stacks<'_>) -> Self {
        let mut known = FxHashMap::default();
        let frames = stacks.frames().iter().filter(|_| !graph.is_tree);
        let of_frame = frames.map(|(id, frame)| {
            *known.entry((&frame.name, &frame.file, &frame.object, frame.start_line)).or_insert(id.0)
        });
        Self { of_frame: of_frame.collect() }
    }

    fn of(&self, graph: &Graph, row: u32) -> u32 {
        let node = &graph.nodes[row as usize];
        self.of_frame.get(node.frame.index()).copied().unwrap_or(node.function)
    }
}

/// Names that have been written: a name is written once, then its number.
#[derive(Default)]
struct Names<'n>(FxHashMap<&'n str, usize>);

impl<'n> Names<'n> {
    fn text(&mut self, name: &'n str) -> String {
        if name.is_empty() {
            return String::new();
        }
        let next = self.0.len() + 1;
        match self.0.entry(name) {
            Entry::Occupied(number) => format!("({})", number.get()),
            Entry::Vacant(entry) => {
                entry.insert(next);
                format!("({next}) {name}")
            }
        }
    }
}

struct Callgrind<'a, 'p> {
    stacks: &'a Stacks<'p>,
    graph: &'a Graph,
    numbers: &'a Numbers,
    /// Names of the nodes as callees.
    names: &'a [String],
    /// Names of binaries, files and functions.
    written: [Names<'a>; 3],
    previous: Option<&'a Frame>,
}

impl<'a> Callgrind<'a, '_> {
    fn put_nodes(&mut self, out: &mut dyn fmt::Write) -> Result<(), QueryError> {
        let by_caller = self.graph.by_caller();
        for &row in &self.graph.shown {
            let node = &self.graph.nodes[row as usize];
            let frame = self.frame(row);
            let is_same = self.previous.is_some_and(|previous| {
                previous.object == frame.object && previous.file == frame.file && previous.name == frame.name
            });
            if !is_same {
                let [objects, files, functions] = &mut self.written;
                let (object, file) = (objects.text(&frame.object), files.text(&frame.file));
                put(out, format_args!("\nob={object}\nfl={file}\nfn={}\n", functions.text(&frame.name)))?;
            }
            let (at, cost) = (self.position(frame.address), self.numbers.whole(node.flat_value()));
            put(out, format_args!("{at} {} {cost}\n", frame.line))?;
            for edge in sorted_edges(self.graph, by_caller.of(row), self.stacks.frames()) {
                let callee = self.frame(edge.callee);
                let [_, files, functions] = &mut self.written;
                let file = files.text(&callee.file);
                let name = functions.text(&self.names[edge.callee as usize]);
                let (at, cost) = (self.position(callee.address), self.numbers.whole(edge.weight));
                put(out, format_args!("cfl={file}\ncfn={name}\ncalls=0 {at} {}\n* * {cost}\n", callee.line))?;
            }
            self.previous = Some(frame);
        }
        Ok(())
    }

    fn frame(&self, row: u32) -> &'a Frame {
        self.stacks.frames().frame(self.graph.nodes[row as usize].frame)
    }

    /// An address; as the way from the previous one where that is shorter.
    fn position(&self, address: u64) -> String {
        let absolute = format!("{address:#x}");
        let Some(previous) = self.previous else { return absolute };
        if previous.address == address {
            return "*".to_owned();
        }
        let relative = format!("{:+}", address.wrapping_sub(previous.address).cast_signed());
        if relative.len() < absolute.len() { relative } else { absolute }
    }
}
