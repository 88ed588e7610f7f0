//! The text of `-dot`: the call graph for Graphviz, with labels as boxes of their own.

use std::fmt;

use goscope_parsers::pprof::Profile;

use super::dot_tags::put_tags;
use super::header::{Header, Shown, report_labels};
use super::numbers::{Decimals, Numbers};
use super::options::{Kind, ReportOptions, Warnings};
use super::put;
use super::selection::{Subject, numbers};
use super::short_name::short_name;
use crate::profile::frame::Frame;
use crate::profile::graph::{
    Edge, Graph, GraphOptions, Layout, Node, Shape, quotable, sorted_rows, trimmed_graph,
};
use crate::profile::query::QueryError;
use crate::profile::source_paths::base_name;
use crate::profile::stacks::Stacks;

/// The graph in Graphviz' language.
///
/// # Errors
/// A filter or sample type that does not fit, or the sink's failure.
pub fn dot_text(
    profile: &Profile,
    options: &ReportOptions,
    out: &mut dyn fmt::Write,
) -> Result<Warnings, QueryError> {
    let subject = Subject::new(profile, options)?;
    let stacks = subject.stacks(options, Kind::Dot)?;
    let trim = options.trim_for(Kind::Dot);
    let graph = trimmed_graph(
        &stacks,
        &GraphOptions {
            trim,
            sort: options.sort,
            layout: Layout::Picture,
            shape: if options.call_tree { Shape::CallTree } else { Shape::Frames },
            drops_negative: options.drop_negative,
        },
    );
    let mut numbers = numbers(&stacks, options);
    let values = graph.shown_nodes().map(|node| (node.flat_value(), node.cum_value()));
    numbers.settle(values, stacks.total(), Decimals::Shown);
    let shown = Shown {
        flat: graph.flat_total(),
        n_rows: graph.shown.len(),
        n_before_limit: graph.n_before_limit,
        n_dropped: graph.n_dropped_nodes,
        node_fraction: trim.node_fraction,
        n_dropped_edges: graph.n_dropped_edges,
        edge_fraction: trim.edge_fraction,
    };
    let labels = report_labels(&stacks, options, &numbers, &shown, Header::Legend);
    put_legend(&stacks, &labels, out)?;
    Dot { stacks: &stacks, graph: &graph, numbers: &numbers }.put(out)?;
    put(out, format_args!("}}\n"))?;
    Ok(subject.warnings(&stacks))
}

fn put_legend(stacks: &Stacks<'_>, labels: &[String], out: &mut dyn fmt::Write) -> Result<(), QueryError> {
    let profile = stacks.profile();
    let binary = profile.mappings.first().map(|mapping| profile.text(mapping.filename)).unwrap_or_default();
    let title = if binary.is_empty() { "" } else { base_name(&binary) };
    let name = if title.is_empty() { "unnamed" } else { title };
    put(out, format_args!("digraph \"{}\" {{\nnode [style=filled fillcolor=\"#f8f8f8\"]\n", quotable(name)))?;
    let first = labels.first().map(|label| escaped(label)).unwrap_or_default();
    let lines: Vec<String> = labels.iter().map(|label| escaped(label)).collect();
    let lines = lines.join("\\l");
    put(out, format_args!("subgraph cluster_L {{ \"{first}\" [shape=box fontsize=16 label=\"{lines}\\l\""))?;
    if !title.is_empty() {
        put(out, format_args!(" tooltip=\"{}\"", quotable(title)))?;
    }
    put(out, format_args!("] }}\n"))
}

/// A text as dot wants it between quotes; lines end on the left.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\l")
}

struct Dot<'a, 'p> {
    stacks: &'a Stacks<'p>,
    graph: &'a Graph,
    numbers: &'a Numbers,
}

impl Dot<'_, '_> {
    fn put(&self, out: &mut dyn fmt::Write) -> Result<(), QueryError> {
        let mut numbers_of_nodes = vec![0_usize; self.graph.nodes.len()];
        let mut has_tags = vec![false; self.graph.nodes.len()];
        let max_flat =
            self.graph.shown_nodes().map(|node| node.flat_value().wrapping_abs()).max().unwrap_or(0);
        let by_caller = self.graph.by_caller();
        let mut edges = Vec::new();
        for (number, &row) in (1..).zip(&self.graph.shown) {
            numbers_of_nodes[row as usize] = number;
            self.put_node(&self.graph.nodes[row as usize], number, max_flat, out)?;
            let callees = by_caller.of(row);
            if let Some(tags) = self.graph.tags.get(row as usize) {
                has_tags[row as usize] = put_tags(tags, number, !callees.is_empty(), self.numbers, out)?;
            }
            edges.extend_from_slice(callees);
        }
        for row in sorted_rows(self.graph, edges, self.stacks.frames()) {
            let edge = &self.graph.edges[row as usize];
            let ends = [edge.caller, edge.callee].map(|node| numbers_of_nodes[node as usize]);
            self.put_edge(edge, ends, has_tags[edge.caller as usize], out)?;
        }
        Ok(())
    }

    fn put_node(
        &self,
        node: &Node,
        number: usize,
        max_flat: i64,
        out: &mut dyn fmt::Write,
    ) -> Result<(), QueryError> {
        let total = self.stacks.total();
        let frame = self.stacks.frames().frame(node.frame);
        let (flat, cum) = (node.flat_value(), node.cum_value());
        let text = |value: i64| {
            format!("{} ({})", self.numbers.text(value), self.numbers.share(value, total).trim())
        };
        let mut label = label_name(frame);
        label.push_str(&if flat == 0 { "0".to_owned() } else { text(flat) });
        if cum != flat {
            label.push_str(if flat == 0 { " of " } else { "\\nof " });
            label.push_str(&text(cum));
        }
        let mut font_size = 8;
        if flat != 0 && flat.wrapping_abs() <= max_flat {
            // Not in proportion: the square root leaves small ones legible.
            let share = flat.wrapping_abs() as f64 / max_flat as f64;
            font_size += (16.0 * share.sqrt()).ceil() as i64;
        }
        let score = cum as f64 / total.wrapping_abs() as f64;
        put(
            out,
            format_args!(
                "N{number} [label=\"{label}\" id=\"node{number}\" fontsize={font_size} shape=box \
                 tooltip=\"{} ({})\" color=\"{}\" fillcolor=\"{}\"]\n",
                escaped(&frame.printed()),
                self.numbers.text(cum),
                color(score, Tone::Line),
                color(score, Tone::Fill),
            ),
        )
    }

    fn put_edge(
        &self,
        edge: &Edge,
        [from, to]: [usize; 2],
        has_tags: bool,
        out: &mut dyn fmt::Write,
    ) -> Result<(), QueryError> {
        let total = self.stacks.total();
        let value = edge.value();
        let weight = self.numbers.text(value);
        let inlined = if edge.is_inlined { "\\n (inline)" } else { "" };
        put(out, format_args!("N{from} -> N{to} [label=\" {weight}{inlined}\""))?;
        if total != 0 {
            // A weight may exceed the total in a difference.
            let share = |steps: i64| value.wrapping_mul(steps).wrapping_div(total).wrapping_abs().min(steps);
            if share(100) > 0 {
                put(out, format_args!(" weight={}", 1 + share(100)))?;
            }
            if share(5) > 0 {
                put(out, format_args!(" penwidth={}", 1 + share(5)))?;
            }
            let color = color(value as f64 / total.wrapping_abs() as f64, Tone::Line);
            put(out, format_args!(" color=\"{color}\""))?;
        }
        let name =
            |node: u32| escaped(&self.stacks.frames().frame(self.graph.nodes[node as usize].frame).printed());
        let arrow = if edge.is_residual { "..." } else { "->" };
        let tip = format!("\"{} {arrow} {} ({weight})\"", name(edge.caller), name(edge.callee));
        let style = if edge.is_residual { " style=\"dotted\"" } else { "" };
        // Callees keep away from the boxes of labels.
        let distance = if has_tags { " minlen=2" } else { "" };
        put(out, format_args!(" tooltip={tip} labeltooltip={tip}{style}{distance}]\n"))
    }
}

/// The name of a frame in a box: short, and a line a part.
fn label_name(frame: &Frame) -> String {
    let name = escaped(&short_name(&frame.name)).replace("::", "\\n");
    // The dots of `[...]`, which stands for type parameters, are none that part a name.
    let name = name.replace("[...]", "[…]").replace('.', "\\n");
    let file =
        if frame.file.is_empty() { String::new() } else { quotable(base_name(&frame.file)).into_owned() };
    let object = quotable(&frame.object).into_owned();
    let shown = Frame { name, file, object, ..frame.clone() };
    format!("{}\\n", shown.name_parts().join("\\n"))
}

/// What a color is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tone {
    Line,
    Fill,
}

/// Gray for no share, red for all, green for a decrease by all, as pprof mixes them (HSV, with the hue between).
fn color(share: f64, tone: Tone) -> String {
    let (saturation, value) = if tone == Tone::Fill { (0.1, 0.93) } else { (1.0, 0.7) };
    let share = if share.is_nan() { share } else { share.clamp(-1.0, 1.0) };
    // Yellow would be wrong for next to nothing.
    let saturation = if share.abs() < 0.2 { saturation * (share.abs() / 0.2) } else { saturation };
    // Small shares are moved away from gray.
    let moved = share.abs().powf(1.0 - 0.7);
    let faded = value * (1.0 - saturation * moved);
    let (red, green) = if share < 0.0 { (faded, value) } else { (value, faded) };
    let blue = value * (1.0 - saturation);
    let [red, green, blue] = [red, green, blue].map(|part| (part * 255.0) as u8);
    format!("#{red:02x}{green:02x}{blue:02x}")
}
