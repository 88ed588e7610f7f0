//! What both sides hold, added up: the table of totals, and the flame graph of it.

use std::sync::Arc;

use anyhow::anyhow;
use goscope_analysis::profile::direction::Direction;
use goscope_analysis::profile::function_name::named_frame;
use goscope_analysis::profile::query::QueryError;
use goscope_flamegraph::svg::{write_diff_sandwich_svg, write_diff_svg};

use super::args::DiffArgs;
use super::sides::Sides;
use super::totals;
use crate::cli::failure::{Failure, warn};
use crate::document::Document;
use crate::query::call_tree::{CallTreeQuery, TreeKind};
use crate::query::diff_table::{Diff, DiffTableQuery};
use crate::query::{Documents, answer};

/// Reads all profiles, and keeps them.
pub(super) fn documents(args: &DiffArgs, sides: &Sides) -> Result<Vec<Arc<Document>>, Failure> {
    let parts = args.input.each_profile(&sides.paths, &sides.opened, |at, profile| {
        Ok(Arc::new(Document::from_profile(sides.source(at), sides.part(at, profile)?)))
    })?;
    parts.into_iter().collect::<Result<_, QueryError>>().map_err(Failure::from)
}

/// Draws the flame graph.
pub(super) fn draw(args: &DiffArgs, sides: &Sides, documents: &[Arc<Document>]) -> Result<(), Failure> {
    let (base, head) = documents.split_at(sides.n_base);
    let question = CallTreeQuery {
        stacks: args.stacks(),
        direction: args.looks.direction(),
        around: None,
        diff: Some(args.table_scale()),
    };
    let tree = answer(&question, Documents::sides(base, head))?;
    let TreeKind::Diff(boxes) = &tree.kind else { unreachable!("two sides make a differential tree") };
    warn(&tree.warnings);
    refuse_nothing(&tree.sample_type, tree.total, tree.head_total.unwrap_or(0))?;
    let [base_name, head_name] = sides.names();
    let title = format!("{}: {base_name} → {head_name}", tree.sample_type);
    let width = args.formats.width_of.into();
    let Some(function) = &args.formats.sandwich else {
        let options = args.looks.options(&title, &tree.unit, None);
        return args.output.write(|out| write_diff_svg(boxes, width, &options, out));
    };
    let frame = boxes.frames.frame(named_frame(&boxes.frames, function)?);
    let options = args.looks.options(&format!("{}: {title}", frame.printable_name()), &tree.unit, None);
    let half = |direction| {
        let half = CallTreeQuery { around: Some(frame.clone()), direction, ..question.clone() };
        answer(&half, Documents::sides(base, head))
    };
    let (callers, callees) = (half(Direction::Inverted)?, half(Direction::TopDown)?);
    let (TreeKind::Diff(callers), TreeKind::Diff(callees)) = (&callers.kind, &callees.kind) else {
        unreachable!("two sides make a differential tree")
    };
    let totals = (tree.total, tree.head_total.unwrap_or(0));
    args.output.write(|out| write_diff_sandwich_svg((callers, callees), (totals, width), &options, out))
}

/// The table of totals, in the order in which it is printed.
pub(super) fn table(args: &DiffArgs, sides: &Sides, documents: &[Arc<Document>]) -> Result<Diff, Failure> {
    let (base, head) = documents.split_at(sides.n_base);
    let question = DiffTableQuery { stacks: args.stacks(), scale: args.table_scale() };
    let mut diff = answer(&question, Documents::sides(base, head))?;
    warn(&diff.warnings);
    refuse_nothing(&diff.sample_type, diff.table.base_total, diff.table.head_total)?;
    diff.table = totals::sorted(diff.table, args.formats.cum);
    Ok(diff)
}

/// Prints the table of totals.
pub(super) fn print_totals(
    args: &DiffArgs,
    sides: &Sides,
    documents: Vec<Arc<Document>>,
) -> Result<(), Failure> {
    let Diff { table, sample_type, .. } = table(args, sides, &documents)?;
    // To give the memory of large profiles back takes a tenth of all time, and other cores have nothing to do now.
    for document in documents {
        std::thread::spawn(|| drop(document));
    }
    if args.formats.json {
        return args.output.write_json(&totals::json(&sample_type, &table, args.scale.per_second, None));
    }
    let [base, head] = sides.names();
    let heading = format!("Type: {sample_type}\nBase: {base}\nHead: {head}\n");
    let rows = totals::table_text(&table, args.scale.per_second, args.formats.nodecount);
    args.output.write_text(&(heading + &rows))
}

/// Refuses two sides without any value: there is nothing to say about them.
fn refuse_nothing(sample_type: &str, base_total: i64, head_total: i64) -> Result<(), Failure> {
    if base_total == 0 && head_total == 0 {
        return Err(nothing(sample_type));
    }
    Ok(())
}

/// Both sides are without any value.
pub(super) fn nothing(sample_type: &str) -> Failure {
    Failure::NoData(anyhow!("nothing to compare: both sides hold no {sample_type} at all"))
}
