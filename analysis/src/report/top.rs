//! The text of `-top`: header, titles and one row a frame.
//!
//! Where a frame is inlined is all that a row needs of the call graph, so the usual table is made without one; only
//! means and `drop_negative` ask for the graph.

use std::fmt;

use goscope_parsers::pprof::Profile;

use super::header::{Header, Shown, report_labels};
use super::numbers::{Decimals, Numbers};
use super::options::{Kind, ReportOptions, Warnings};
use super::put;
use super::selection::{Subject, numbers};
use crate::profile::frame::FrameId;
use crate::profile::graph::{Graph, GraphOptions, Layout, Shape, Trim, trimmed_graph};
use crate::profile::query::QueryError;
use crate::profile::stacks::Stacks;
use crate::profile::top::{InlineMark, TopOptions, TopTable, top_with};

/// The report as pprof prints it, with its final newline.
///
/// # Errors
/// A filter or sample type that does not fit, or the sink's failure.
pub fn top_text(
    profile: &Profile,
    options: &ReportOptions,
    out: &mut dyn fmt::Write,
) -> Result<Warnings, QueryError> {
    let subject = Subject::new(profile, options)?;
    let stacks = subject.stacks(options, Kind::Top)?;
    let table = rows(&stacks, options);
    let mut numbers = numbers(&stacks, options);
    numbers.settle(table.rows.iter().map(|row| (row.flat, row.cum)), stacks.total(), Decimals::Shown);
    let trim = options.trim_for(Kind::Top);
    let shown = Shown {
        flat: table.rows.iter().fold(0, |sum, row| sum.wrapping_add(row.flat)),
        n_rows: table.rows.len(),
        n_before_limit: table.n_before_limit,
        n_dropped: table.n_dropped,
        node_fraction: trim.node_fraction,
        ..Shown::default()
    };
    for label in report_labels(&stacks, options, &numbers, &shown, Header::Text) {
        put(out, format_args!("{label}\n"))?;
    }
    put(out, format_args!("{:>10} {:>5}% {:>5}% {:>10} {:>5}%\n", "flat", "flat", "sum", "cum", "cum"))?;
    put_rows(out, &stacks, &table, &numbers)?;
    Ok(subject.warnings(&stacks))
}

/// The rows with the values that are printed.
struct Rows {
    rows: Vec<Row>,
    n_before_limit: usize,
    n_dropped: usize,
}

struct Row {
    frame: FrameId,
    flat: i64,
    cum: i64,
    inline: InlineMark,
}

fn rows(stacks: &Stacks<'_>, options: &ReportOptions) -> Rows {
    let Trim { node_count, node_fraction, edge_fraction } = options.trim_for(Kind::Top);
    if stacks.is_mean() || options.drop_negative {
        return rows_of_graph(stacks, options);
    }
    let wanted = TopOptions { sort: options.sort, node_count, node_fraction, edge_fraction };
    let TopTable { rows, n_before_limit, n_dropped, .. } = top_with(stacks, &wanted);
    let rows = rows.into_iter().map(|row| Row {
        frame: row.frame,
        flat: row.flat,
        cum: row.cum,
        inline: row.inline,
    });
    Rows { rows: rows.collect(), n_before_limit, n_dropped }
}

fn rows_of_graph(stacks: &Stacks<'_>, options: &ReportOptions) -> Rows {
    let graph = trimmed_graph(
        stacks,
        &GraphOptions {
            trim: options.trim_for(Kind::Top),
            sort: options.sort,
            layout: Layout::Rows,
            shape: Shape::Frames,
            drops_negative: options.drop_negative,
        },
    );
    let by_callee = graph.by_callee();
    let row = |&row: &u32| {
        let node = &graph.nodes[row as usize];
        let inline = inline_mark(&graph, by_callee.of(row));
        Row { frame: node.frame, flat: node.flat_value(), cum: node.cum_value(), inline }
    };
    Rows {
        rows: graph.shown.iter().map(row).collect(),
        n_before_limit: graph.n_before_limit,
        n_dropped: graph.n_dropped_nodes,
    }
}

fn inline_mark(graph: &Graph, callers: &[u32]) -> InlineMark {
    let is_inlined = |&edge: &u32| graph.edges[edge as usize].is_inlined;
    if !callers.iter().any(is_inlined) {
        InlineMark::None
    } else if callers.iter().all(is_inlined) {
        InlineMark::All
    } else {
        InlineMark::Partial
    }
}

fn put_rows(
    out: &mut dyn fmt::Write,
    stacks: &Stacks<'_>,
    table: &Rows,
    numbers: &Numbers,
) -> Result<(), QueryError> {
    let total = stacks.total();
    let mut sum = 0_i64;
    for row in &table.rows {
        sum = sum.wrapping_add(row.flat);
        let mark = match row.inline {
            InlineMark::None => "",
            InlineMark::Partial => " (partial-inline)",
            InlineMark::All => " (inline)",
        };
        put(
            out,
            format_args!(
                "{:>10} {} {} {:>10} {}  {}{mark}\n",
                numbers.text(row.flat),
                numbers.share(row.flat, total),
                numbers.share(sum, total),
                numbers.text(row.cum),
                numbers.share(row.cum, total),
                stacks.frames().frame(row.frame).printed()
            ),
        )?;
    }
    Ok(())
}
