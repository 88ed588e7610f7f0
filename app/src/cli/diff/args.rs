//! What `goscope diff` is asked: its arguments, and what they mean together.

use std::path::{Path, PathBuf};

use anyhow::anyhow;
use clap::ValueEnum;
use goscope_analysis::profile::diff::DiffScale;
use goscope_analysis::profile::frame::Granularity;
use goscope_analysis::profile::query::{Filters, Inlines, LabelFilter, StackQuery};
use goscope_analysis::verdict::{Normalization, Options};
use goscope_flamegraph::flame_tree::DiffWidth;

use super::gate::GateArgs;
use super::sides::{Sides, SidesKind};
use crate::cli::args::QueryArgs;
use crate::cli::failure::Failure;
use crate::cli::input::InputArgs;
use crate::cli::look_args::PlaceArgs;
use crate::cli::output::OutputArgs;
use crate::cli::svg::LooksArgs;
use crate::document::Source;
use crate::query::comparison::{Comparison, Scale};
use crate::query::verdict::VerdictQuery;
use crate::run_notes::{Per, RunNotes};
use crate::session::content_kind::ContentKind;
use crate::session::look::{Opened, Opening};

const AFTER_HELP: &str = "\
Each file is a run; a side may have several, which is what makes a verdict. A folder stands for the profiles in it (by their \
first bytes); if there are none, for those in its folders, such as base/1/cpu.pb.gz and base/2/cpu.pb.gz, if all have the \
same name. Patterns (\"base-*/cpu.pb.gz\") are expanded, too.

--focus and --ignore choose the functions that are judged, by their names. Other filters, --granularity, --noinlines and \
--cum ask for the table of totals, which judges nothing.

--per FILE reads a table with a header, of tabs or commas: a column `run` that names a file or its folder, and one of units \
(units, requests, ops, …, or --unit). Or it names a file beside each profile that holds a number, or what \
`go test -bench` printed for one benchmark.

--base-tagfocus and --head-tagfocus compare parts of one file (or of two): what one endpoint costs beside another.

Outputs of `go test -bench` are compared benchmark by benchmark, and unit by unit: the values of all lines of a benchmark \
are its runs, in one file or several. A change of units that do not depend on chance counts as it is.

Traces are compared by p50, p90 and p99 of latency, and of what it went to, for every task type, region and function of \
goroutines. One trace a side tells what holds within the two recordings, and fails no gate.

Exit codes: 0 fine, 1 a regression (with --fail-on), 2 wrong usage or sides that cannot be compared, 3 unreadable, 4 nothing \
was compared, or too little (with --fail-on).

Examples:
  goscope diff old.pb.gz new.pb.gz
  goscope diff --base base/ --head head/ --fail-on 5%
  goscope diff --base base/ --head head/ --window
  goscope diff cpu.pb.gz cpu.pb.gz --base-tagfocus endpoint=/cart --head-tagfocus endpoint=/pay
  goscope diff --base base-*/allocs.pb.gz --head head-*/allocs.pb.gz --per runs.tsv --fail-on 10%
  goscope diff old.txt new.txt --fail-on 5% --unit ns/op
  goscope diff base/ head/ --fail-on 5% --markdown=comment.md --junit=verdict.xml --html=verdict.html";

/// Arguments of `goscope diff`.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct DiffArgs {
    /// Profile, trace or benchmark output from before the change, or a folder of several profiles
    #[arg(value_name = "BASE", required_unless_present = "base_files", conflicts_with = "base_files")]
    pub(super) base: Option<PathBuf>,
    /// Profile, trace or benchmark output from after the change, or a folder of several profiles
    #[arg(value_name = "HEAD", required_unless_present = "head_files", conflicts_with = "head_files")]
    pub(super) head: Option<PathBuf>,
    /// Runs from before the change: profiles, folders, patterns
    #[arg(long = "base", value_name = "FILE", num_args = 1.., requires = "head_files")]
    pub(super) base_files: Vec<PathBuf>,
    /// Runs from after the change
    #[arg(long = "head", value_name = "FILE", num_args = 1.., requires = "base_files")]
    pub(super) head_files: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) parts: PartArgs,
    #[command(flatten)]
    pub(super) scale: ScaleArgs,
    #[command(flatten)]
    pub(super) gate: GateArgs,
    #[command(flatten)]
    pub(super) formats: FormatArgs,
    #[command(flatten)]
    pub(super) place: PlaceArgs,
    #[command(flatten)]
    pub(super) looks: LooksArgs,
    #[command(flatten)]
    pub(super) query: QueryArgs,
    #[command(flatten)]
    pub(super) input: InputArgs,
    #[command(flatten)]
    pub(super) output: OutputArgs,
}

/// Which samples of each side are compared.
#[derive(Debug, clap::Args)]
#[command(
    next_help_heading = "Which samples of a side are compared (profiles only; several filters: all must hold)"
)]
pub(super) struct PartArgs {
    /// Of the base, only samples with a matching label
    #[arg(long, value_name = "LABEL")]
    pub(super) base_tagfocus: Vec<String>,
    /// Of the base, only samples without a matching label
    #[arg(long, value_name = "LABEL")]
    pub(super) base_tagignore: Vec<String>,
    /// Of the head, only samples with a matching label
    #[arg(long, value_name = "LABEL")]
    pub(super) head_tagfocus: Vec<String>,
    /// Of the head, only samples without a matching label
    #[arg(long, value_name = "LABEL")]
    pub(super) head_tagignore: Vec<String>,
}

impl PartArgs {
    /// The filters by label of base and head.
    pub(super) fn labels(&self) -> [Vec<LabelFilter>; 2] {
        let both = |focus: &[String], ignore: &[String]| {
            let filter = |keeps| move |text: &String| LabelFilter { keeps, text: text.clone() };
            focus.iter().map(filter(true)).chain(ignore.iter().map(filter(false))).collect()
        };
        [both(&self.base_tagfocus, &self.base_tagignore), both(&self.head_tagfocus, &self.head_tagignore)]
    }
}

/// How runs are put on one scale.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "How runs are put on one scale (default: as shares of their totals)")]
pub(super) struct ScaleArgs {
    /// Compare values per unit of work: how many each run did, or a FILE that tells it
    #[arg(long, value_name = "N|FILE", group = "scale")]
    pub(super) per: Option<Per>,
    /// What a unit of work is called, as the column of a table is; of benchmarks, the one unit to judge (ns/op)
    #[arg(long, value_name = "NAME")]
    pub(super) unit: Option<String>,
    /// Compare values per second of run time
    #[arg(long, group = "scale")]
    pub(super) per_second: bool,
    /// Compare values per second of CPU time
    #[arg(long, group = "scale")]
    pub(super) per_cpu_second: bool,
    /// Table of what is known of the runs: columns run, cpu_seconds, gomaxprocs, go_version
    #[arg(long, value_name = "FILE")]
    pub(super) runs: Option<PathBuf>,
}

impl ScaleArgs {
    /// Where it is noted what is known of the runs.
    pub(super) fn notes(&self) -> RunNotes {
        RunNotes { per: self.per.clone(), unit: self.unit.clone(), table: self.runs.clone() }
    }
}

/// What is printed.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "What is printed")]
pub(super) struct FormatArgs {
    /// Print the table of totals, which judges nothing
    #[arg(long)]
    pub(super) totals: bool,
    /// Print the table of totals, sorted by change of the cumulative instead of the flat value
    #[arg(long)]
    pub(super) cum: bool,
    /// Show at most N rows
    #[arg(long, short = 'n', value_name = "N", default_value_t = 40)]
    pub(super) nodecount: usize,
    /// Print JSON with raw numbers and all rows (docs/json.md)
    #[arg(long, conflicts_with = "svg")]
    pub(super) json: bool,
    /// Print Markdown for a comment on a change; with =FILE, write it beside what is printed
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true, default_missing_value = "-")]
    pub(super) markdown: Option<PathBuf>,
    /// Print JUnit XML for a CI system; with =FILE, write it beside what is printed
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true, default_missing_value = "-")]
    pub(super) junit: Option<PathBuf>,
    /// Print one self-contained page; with =FILE, write it beside what is printed
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true, default_missing_value = "-")]
    pub(super) html: Option<PathBuf>,
    /// Open the comparison in the window
    #[arg(long, conflicts_with_all = ["json", "svg", "markdown", "junit", "html", "cum"])]
    pub(super) window: bool,
    /// Draw a differential flame graph: grey where the change may be chance; with --totals, of the totals
    #[arg(long)]
    pub(super) svg: bool,
    /// With --svg: draw one function with its callers above and its callees below: its name, or a regular expression for it
    /// alone
    #[arg(long, value_name = "FUNCTION", requires = "svg", conflicts_with = "inverted")]
    pub(super) sandwich: Option<String>,
    /// What the width of a box in the SVG means
    #[arg(long, value_enum, value_name = "SIDE", default_value = "both")]
    pub(super) width_of: WidthArg,
}

/// Which side gives the widths of a differential flame graph.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum WidthArg {
    /// The sum of both sides, so that new and removed functions both show
    Both,
    /// The base; new functions have no width
    Base,
    /// The head; removed functions have no width
    Head,
}

impl From<WidthArg> for DiffWidth {
    fn from(width: WidthArg) -> Self {
        match width {
            WidthArg::Both => Self::Both,
            WidthArg::Base => Self::Base,
            WidthArg::Head => Self::Head,
        }
    }
}

impl DiffArgs {
    /// The part of the profiles that the table of totals and the flame graph show.
    pub(super) fn stacks(&self) -> StackQuery {
        self.query.query()
    }

    /// Whether something is asked for that a verdict does not know.
    pub(super) fn is_about_totals(&self) -> bool {
        self.formats.svg || self.is_unjudged()
    }

    /// Whether only some of the samples are asked for.
    pub(super) fn has_filters(&self) -> bool {
        self.stacks().filters.active().next().is_some()
    }

    /// Whether what is shown is not what a verdict is about.
    pub(super) fn is_unjudged(&self) -> bool {
        let StackQuery { granularity, inlines, filters, .. } = self.stacks();
        let other_filters = Filters { focus: None, ignore: None, ..filters };
        self.formats.totals
            || self.formats.cum
            || self.formats.sandwich.is_some()
            || granularity != Granularity::Functions
            || inlines != Inlines::Show
            || other_filters.active().next().is_some()
    }

    /// The same as the window is told: what is compared, on which scale, of which type.
    pub(super) fn opening(&self, sides: &Sides) -> Result<Opening, Failure> {
        let stacks = self.stacks();
        let sources = (0..sides.paths.len()).map(|at| sides.source(at));
        let mut base: Vec<Source> = sources.collect();
        let head = base.split_off(sides.n_base);
        let notes = self.scale.notes();
        let scale = if self.formats.totals {
            Scale::Totals
        } else if notes.per.is_some() {
            Scale::PerUnit(notes.clone())
        } else if self.scale.per_second {
            Scale::PerSecond
        } else if self.scale.per_cpu_second {
            Scale::PerCpuSecond
        } else {
            Scale::Share
        };
        let gate = self.gate.gate(stacks.filters.focus, stacks.filters.ignore);
        let kind = match sides.kind()? {
            SidesKind::Benchmarks => ContentKind::Benchmarks,
            SidesKind::Dumps => ContentKind::Dumps,
            SidesKind::Profiles | SidesKind::Traces => ContentKind::Diff,
        };
        let mut look = self.place.look(kind)?;
        if let Some(look) = &mut look {
            (look.lens.scale, look.lens.sample_type) = (scale.clone(), stacks.sample_type.clone());
        }
        let comparison = Box::new(Comparison { base, head, notes, gate });
        Ok(Opening { what: vec![Opened::Comparison(comparison, scale, stacks.sample_type)], look })
    }

    /// How the table of totals and its flame graph compare.
    pub(super) const fn table_scale(&self) -> DiffScale {
        if self.scale.per_second { DiffScale::PerSecond } else { DiffScale::Totals }
    }

    /// The question for the verdict; `unit` is what a unit of work is called.
    pub(super) fn question(&self, unit: String) -> VerdictQuery {
        let stacks = self.stacks();
        let normalization = if self.scale.per.is_some() {
            Normalization::PerUnit { unit }
        } else if self.scale.per_second {
            Normalization::PerSecond
        } else if self.scale.per_cpu_second {
            Normalization::PerCpuSecond
        } else {
            Normalization::Share
        };
        let gate = self.gate.gate(stacks.filters.focus, stacks.filters.ignore);
        let options = Options { normalization, gate };
        VerdictQuery { sample_type: stacks.sample_type, options, notes: RunNotes::default() }
    }
}

impl FormatArgs {
    /// Refuses two formats for one output.
    pub(super) fn check(&self) -> Result<(), Failure> {
        let printed = [&self.markdown, &self.junit, &self.html].map(|format| is_printed(format.as_deref()));
        let n_printed =
            [self.json, self.svg].into_iter().chain(printed).filter(|is_printed| *is_printed).count();
        if n_printed > 1 {
            return Err(Failure::Usage(anyhow!(
                "two formats were asked for and one can be printed: give the other a file, as in --markdown=comment.md"
            )));
        }
        Ok(())
    }

    /// Whether a format is asked for that only verdicts have.
    pub(super) const fn writes_verdict(&self) -> bool {
        self.markdown.is_some() || self.junit.is_some() || self.html.is_some()
    }
}

/// Whether a format goes to where the command prints.
pub(super) fn is_printed(format: Option<&Path>) -> bool {
    format == Some(Path::new("-"))
}
