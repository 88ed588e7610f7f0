//! `goscope svg`: a flame graph as one file that any browser shows.

use std::path::PathBuf;
use std::slice;
use std::sync::Arc;

use goscope_analysis::profile::direction::Direction;
use goscope_flamegraph::layout::Orientation;
use goscope_flamegraph::palette::Theme;
use goscope_flamegraph::svg::{SvgColors, SvgOptions, write_sandwich_svg, write_svg};
use goscope_parsers::pprof::Profile;
use goscope_parsers::{Detected, FileKind, detect};

use super::args::QueryArgs;
use super::failure::{Failure, warn};
use super::input::InputArgs;
use super::output::OutputArgs;
use super::trace::SelectionArgs;
use crate::document::{Document, Source};
use crate::query::call_tree::TreeKind;
use crate::query::sandwich::SandwichQuery;
use crate::query::wide_tree::WideTreeQuery;
use crate::query::{Documents, answer};

/// How an SVG looks; shared with `goscope diff --svg`.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Looks of the SVG")]
pub(super) struct LooksArgs {
    /// Title of the picture (default: sample type and file)
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// Put outermost callers at the top instead of at the bottom
    #[arg(long)]
    icicle: bool,
    /// Start from the innermost functions and show their callers
    #[arg(long)]
    inverted: bool,
    /// Colors: package, or one of inferno's palettes (hot, mem, io, aqua, …)
    #[arg(long, value_name = "PALETTE", default_value = "package")]
    colors: SvgColors,
    /// Light text on a dark background
    #[arg(long)]
    dark: bool,
    /// Leave out boxes narrower than this share of the total
    #[arg(long, visible_alias = "min_width", value_name = "PERCENT", default_value_t = SvgOptions::default().min_width_percent)]
    min_width: f64,
    /// Fixed width (default: the width of the browser window)
    #[arg(long, value_name = "PIXELS", value_parser = clap::value_parser!(u32).range(100..=100_000))]
    width: Option<u32>,
}

impl LooksArgs {
    /// The heading: the user's own, else this one.
    pub(super) fn title(&self, usual: &str) -> String {
        self.title.clone().unwrap_or_else(|| usual.to_owned())
    }

    /// Which end of the stacks is at the root.
    pub(super) const fn direction(&self) -> Direction {
        if self.inverted { Direction::Inverted } else { Direction::TopDown }
    }

    /// The options of the picture; `title` is used unless the user gave one.
    pub(super) fn options(&self, title: &str, unit: &str, total: Option<i64>) -> SvgOptions {
        SvgOptions {
            title: self.title(title),
            subtitle: None,
            unit: unit.to_owned(),
            total,
            colors: self.colors,
            theme: if self.dark { Theme::Dark } else { Theme::Light },
            orientation: if self.icicle { Orientation::Icicle } else { Orientation::Flame },
            min_width_percent: self.min_width,
            width_px: self.width,
            is_interactive: true,
        }
    }
}

/// Arguments of `goscope svg`.
#[derive(Debug, clap::Args)]
pub(super) struct SvgArgs {
    /// Profile or execution trace to read
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    trace: SelectionArgs,
    /// Draw one function with its callers above and its callees below: its name, or a regular expression for it alone
    #[arg(long, value_name = "FUNCTION", conflicts_with_all = ["inverted", "icicle"])]
    sandwich: Option<String>,
    #[command(flatten)]
    looks: LooksArgs,
    #[command(flatten)]
    query: QueryArgs,
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    output: OutputArgs,
}

impl SvgArgs {
    /// The profile in the file, or the one made from the trace in it.
    fn profile(&self) -> Result<Profile, Failure> {
        let bytes = self.input.open(&self.file)?;
        if matches!(detect(&bytes), Ok(Detected { kind: FileKind::Trace { .. }, .. })) {
            return self.trace.profile(&self.file, bytes, &self.input);
        }
        self.trace.refuse()?;
        self.input.profile_in(&self.file, &bytes)
    }
}

/// Draws the flame graph.
pub(super) fn run(args: &SvgArgs) -> Result<(), Failure> {
    let document = Arc::new(Document::from_profile(Source::File(args.file.clone()), args.profile()?));
    if let Some(function) = &args.sandwich {
        return draw_sandwich(args, function, &document);
    }
    let question = WideTreeQuery {
        stacks: args.query.query(),
        direction: args.looks.direction(),
        min_share: args.looks.min_width.into(),
    };
    let tree = answer(&question, Documents::of_tab(slice::from_ref(&document)))?;
    warn(&tree.warnings);
    let title = format!("{} of {}", tree.sample_type, document.source.name());
    let options = args.looks.options(&title, &tree.unit, Some(tree.total));
    let TreeKind::Single(boxes) = &tree.kind else { unreachable!("one profile makes a plain tree") };
    args.output.write(|out| write_svg(boxes, &options, out))
}

/// Draws a function between its callers and its callees.
fn draw_sandwich(args: &SvgArgs, function: &str, document: &Arc<Document>) -> Result<(), Failure> {
    let question = SandwichQuery { stacks: args.query.query(), function: function.to_owned() };
    let sandwich = answer(&question, Documents::of_tab(slice::from_ref(document)))?;
    warn(&sandwich.warnings);
    let name = sandwich.frame.printable_name();
    let title = format!("{name}: {} of {}", sandwich.sample_type, document.source.name());
    let options = args.looks.options(&title, &sandwich.unit, Some(sandwich.total));
    args.output.write(|out| write_sandwich_svg((&sandwich.callers, &sandwich.callees), &options, out))
}
