//! The texts of `-tree` and `-peek`: every function between its callers and its callees.

use std::fmt;

use goscope_parsers::pprof::Profile;
use regex::bytes::Regex;

use super::header::{Header, Shown, report_labels};
use super::numbers::{Decimals, Numbers};
use super::options::{Kind, ReportOptions, Warnings};
use super::put;
use super::selection::{Subject, numbers};
use crate::profile::filter::compile;
use crate::profile::graph::{EdgeLists, Graph, GraphOptions, Layout, Shape, sorted_edges, trimmed_graph};
use crate::profile::query::QueryError;
use crate::profile::stacks::Stacks;

const SEPARATOR: &str = "----------------------------------------------------------+-------------\n";

/// The titles, with the blanks and tabs that pprof ends them with.
const TITLES: &str = "      flat  flat%   sum%        cum   cum%   calls calls% + context \t \t \n";

/// The call graph, function by function: pprof's `-tree`.
///
/// # Errors
/// A filter or sample type that does not fit, or the sink's failure.
pub fn tree_text(
    profile: &Profile,
    options: &ReportOptions,
    out: &mut dyn fmt::Write,
) -> Result<Warnings, QueryError> {
    graph_text(profile, options, None, out)
}

/// The functions whose printed name matches, with callers and callees: pprof's `-peek`.
///
/// # Errors
/// A pattern, filter or sample type that does not fit, or the sink's failure.
pub fn peek_text(
    profile: &Profile,
    options: &ReportOptions,
    pattern: &str,
    out: &mut dyn fmt::Write,
) -> Result<Warnings, QueryError> {
    graph_text(profile, options, Some(pattern), out)
}

fn graph_text(
    profile: &Profile,
    options: &ReportOptions,
    pattern: Option<&str>,
    out: &mut dyn fmt::Write,
) -> Result<Warnings, QueryError> {
    let kind = if pattern.is_some() { Kind::Peek } else { Kind::Tree };
    let regex = compile("peek", pattern)?;
    let subject = Subject::new(profile, options)?;
    let stacks = subject.stacks(options, kind)?;
    let trim = options.trim_for(kind);
    let graph = trimmed_graph(
        &stacks,
        &GraphOptions {
            trim,
            sort: options.sort,
            layout: Layout::Rows,
            shape: Shape::Frames,
            drops_negative: options.drop_negative,
        },
    );
    let rows = matching_rows(&graph, &stacks, regex.as_ref());
    if let Some(pattern) = pattern.filter(|_| rows.is_empty()) {
        return Err(QueryError::NoMatch { pattern: pattern.to_owned() });
    }
    let mut numbers = numbers(&stacks, options);
    let values = graph.shown_nodes().map(|node| (node.flat_value(), node.cum_value()));
    numbers.settle(values, stacks.total(), Decimals::Shown);
    let shown = Shown {
        flat: graph.flat_total(),
        n_rows: graph.shown.len(),
        n_before_limit: graph.n_before_limit,
        n_dropped: graph.n_dropped_nodes,
        node_fraction: trim.node_fraction,
        ..Shown::default()
    };
    for label in report_labels(&stacks, options, &numbers, &shown, Header::Text) {
        put(out, format_args!("{label}\n"))?;
    }
    put(out, format_args!("{SEPARATOR}{TITLES}"))?;
    let lists = (graph.by_callee(), graph.by_caller());
    Tree { stacks: &stacks, graph: &graph, lists, numbers: &numbers }.put_rows(&rows, out)?;
    if !graph.shown.is_empty() {
        put(out, format_args!("{SEPARATOR}"))?;
    }
    Ok(subject.warnings(&stacks))
}

fn matching_rows(graph: &Graph, stacks: &Stacks<'_>, regex: Option<&Regex>) -> Vec<u32> {
    let matches = |&&row: &&u32| {
        let frame = stacks.frames().frame(graph.nodes[row as usize].frame);
        regex.is_none_or(|regex| regex.is_match(frame.printed().as_bytes()))
    };
    graph.shown.iter().filter(matches).copied().collect()
}

struct Tree<'a, 'p> {
    stacks: &'a Stacks<'p>,
    graph: &'a Graph,
    /// Edges by callee and by caller.
    lists: (EdgeLists, EdgeLists),
    numbers: &'a Numbers,
}

impl Tree<'_, '_> {
    fn put_rows(&self, rows: &[u32], out: &mut dyn fmt::Write) -> Result<(), QueryError> {
        let total = self.stacks.total();
        let mut sum = 0_i64;
        for &row in rows {
            let node = &self.graph.nodes[row as usize];
            let (flat, cum) = (node.flat_value(), node.cum_value());
            put(out, format_args!("{SEPARATOR}"))?;
            self.put_calls(self.lists.0.of(row), row, cum, out)?;
            sum = sum.wrapping_add(flat);
            put(
                out,
                format_args!(
                    "{:>10} {} {} {:>10} {}                | {}\n",
                    self.numbers.text(flat),
                    self.numbers.share(flat, total),
                    self.numbers.share(sum, total),
                    self.numbers.text(cum),
                    self.numbers.share(cum, total),
                    self.name(row)
                ),
            )?;
            self.put_calls(self.lists.1.of(row), row, cum, out)?;
        }
        Ok(())
    }

    /// The callers or callees of a node, one a line. Their weights are sums, also where the node's values are means.
    fn put_calls(
        &self,
        edges: &[u32],
        node: u32,
        cum: i64,
        out: &mut dyn fmt::Write,
    ) -> Result<(), QueryError> {
        for edge in sorted_edges(self.graph, edges, self.stacks.frames()) {
            let other = if edge.callee == node { edge.caller } else { edge.callee };
            let mark = if edge.is_inlined { " (inline)" } else { "" };
            let weight = self.numbers.text(edge.weight);
            let share = self.numbers.share(edge.weight, cum);
            put(out, format_args!("{weight:>50} {share} |   {}{mark}\n", self.name(other)))?;
        }
        Ok(())
    }

    fn name(&self, row: u32) -> std::borrow::Cow<'_, str> {
        self.stacks.frames().frame(self.graph.nodes[row as usize].frame).printed()
    }
}
