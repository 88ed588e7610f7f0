//! The flame graph that the window shows, as the SVG that `goscope svg` and `goscope diff --svg` draw.

use std::io::{self, Write};

use goscope_analysis::profile::call_tree::NodeId;
use goscope_flamegraph::flame_tree::DiffWidth;
use goscope_flamegraph::svg::{
    SvgOptions, write_diff_sandwich_svg, write_diff_svg, write_sandwich_svg, write_svg,
};

use crate::query::call_tree::{CallTreeQuery, TreeFacts, TreeKind};
use crate::query::wide_tree::WideTreeQuery;
use crate::query::{Documents, QuestionError, answer};

/// Draws the stacks that a question is about. `name`: what the title says of where they come from.
///
/// # Errors
/// As the question says, or as `out` does.
pub fn write_flame_svg(
    question: &CallTreeQuery,
    documents: Documents<'_>,
    (name, looks): (&str, SvgOptions),
    out: &mut dyn Write,
) -> Result<(), SvgError> {
    let tree = tree(question, documents, looks.min_width_percent)?;
    let title = format!("{} of {name}", tree.sample_type);
    let options = SvgOptions { title, unit: tree.unit.clone(), ..looks };
    match &tree.kind {
        TreeKind::Single(boxes) => {
            write_svg(boxes, &SvgOptions { total: Some(tree.total), ..options }, out)?;
        }
        TreeKind::Diff(boxes) => write_diff_svg(boxes, DiffWidth::default(), &options, out)?,
    }
    Ok(())
}

/// Draws a function between its callers and its callees, the halves that two questions are about.
///
/// # Errors
/// As the questions say, or as `out` does.
pub fn write_sandwich(
    [callers, callees]: [&CallTreeQuery; 2],
    documents: Documents<'_>,
    width: DiffWidth,
    (name, looks): (&str, SvgOptions),
    out: &mut dyn Write,
) -> Result<(), SvgError> {
    let (callers, callees) = (answer(callers, documents)?, answer(callees, documents)?);
    let function = callees.shape().children(NodeId::ROOT).next().map(|row| callees.title(NodeId(row as u32)));
    let title = format!("{}: {} of {name}", function.unwrap_or_default(), callees.sample_type);
    let options = SvgOptions { title, unit: callees.unit.clone(), ..looks };
    match (&callers.kind, &callees.kind) {
        (TreeKind::Single(above), TreeKind::Single(below)) => {
            let options = SvgOptions { total: Some(callees.total), ..options };
            write_sandwich_svg((above, below), &options, out)?;
        }
        (TreeKind::Diff(above), TreeKind::Diff(below)) => {
            let totals = (callees.total, callees.head_total.unwrap_or(0));
            write_diff_sandwich_svg((above, below), (totals, width), &options, out)?;
        }
        _ => unreachable!("both halves are of as many profiles"),
    }
    Ok(())
}

/// Of one profile no more than what is drawn.
fn tree(
    question: &CallTreeQuery,
    documents: Documents<'_>,
    min_width_percent: f64,
) -> Result<TreeFacts, QuestionError> {
    if question.diff.is_some() {
        return answer(question, documents);
    }
    let (stacks, direction) = (question.stacks.clone(), question.direction);
    answer(&WideTreeQuery { stacks, direction, min_share: min_width_percent.into() }, documents)
}

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
pub enum SvgError {
    /// There is nothing to draw.
    #[error(transparent)]
    Question(#[from] QuestionError),
    /// It cannot be written.
    #[error(transparent)]
    Write(#[from] io::Error),
}
