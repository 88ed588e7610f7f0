//! The options that shape a report, with pprof's names and meanings.

use clap::ArgAction;
use goscope_analysis::profile::top::SortOrder;
use goscope_analysis::report::{LabelOptions, Percentages, ReportOptions, SourcePaths};

use super::args::QueryArgs;
use crate::source::SourceFinder;

/// How a report is cut, sorted and printed.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "How to show it")]
pub(super) struct ReportArgs {
    /// Sort by cumulative instead of flat value
    #[arg(long)]
    cum: bool,
    /// Show at most N functions (default: depends on the report; 0 for all)
    #[arg(long, short = 'n', visible_alias = "node-count", value_name = "N")]
    nodecount: Option<usize>,
    /// Hide functions whose cumulative value is below this share of the total
    #[arg(long, visible_alias = "node-fraction", value_name = "SHARE", default_value_t = 0.005)]
    nodefraction: f64,
    /// Hide calls whose value is below this share of the total
    #[arg(long, visible_alias = "edge-fraction", value_name = "SHARE", default_value_t = 0.001)]
    edgefraction: f64,
    /// Show everything, whatever its value
    #[arg(long)]
    no_trim: bool,
    /// Unit of the values: minimum (one for all), auto (one for each), ns, ms, s, kB, MB, …
    #[arg(long, value_name = "UNIT", default_value = "minimum")]
    unit: String,
    /// Divide all values by N before they are printed
    #[arg(long, visible_alias = "divide_by", value_name = "N", default_value_t = 1.0)]
    divide_by: f64,
    /// Divide values by those of the first sample type
    #[arg(long)]
    mean: bool,
    /// Percentages of what the filters keep, not of the whole profile
    #[arg(long, visible_alias = "relative_percentages")]
    relative_percentages: bool,
    /// One node per call path instead of one per function (graphs only)
    #[arg(long, visible_alias = "call_tree")]
    call_tree: bool,
    /// Hide functions that became cheaper (differences only)
    #[arg(long, visible_alias = "drop_negative")]
    drop_negative: bool,
    /// Leave out the header lines that describe the profile
    #[arg(long, visible_alias = "compact_labels")]
    compact_labels: bool,
    /// Print percentages with a sign, to tell decreases from increases (differences only)
    #[arg(long, visible_alias = "signed_percentages")]
    signed_percentages: bool,
    /// Distinguish columns of a source line
    #[arg(long)]
    showcolumns: bool,
    /// Show only labels whose key matches
    #[arg(long, value_name = "REGEX")]
    tagshow: Option<String>,
    /// Hide labels whose key matches
    #[arg(long, value_name = "REGEX")]
    taghide: Option<String>,
    /// Add the values of these labels as outermost frames
    #[arg(long, value_name = "KEY,…")]
    tagroot: Option<String>,
    /// Add the values of these labels as innermost frames
    #[arg(long, value_name = "KEY,…")]
    tagleaf: Option<String>,
    /// Prefix to cut off source file names; may be given several times
    #[arg(long, visible_alias = "trim_path", value_name = "PATH", action = ArgAction::Append)]
    trim_path: Vec<String>,
    /// Folder with source files; may be given several times
    #[arg(long, visible_alias = "source_path", value_name = "FOLDER", action = ArgAction::Append)]
    source_path: Vec<String>,
}

impl ReportArgs {
    /// The finder of source files that these options describe.
    pub(super) fn source_finder(&self) -> SourceFinder {
        // As in pprof, a path that contains the separator cannot be in such a list.
        let list = |paths: &[String]| {
            std::env::join_paths(paths).map(|list| list.to_string_lossy().into_owned()).unwrap_or_default()
        };
        SourceFinder::of_user(&list(&self.source_path), &list(&self.trim_path))
    }

    /// The options of the analysis, for this query.
    pub(super) fn options(&self, query: &QueryArgs) -> ReportOptions {
        ReportOptions {
            query: query.query(),
            labels: LabelOptions {
                show: self.tagshow.clone(),
                hide: self.taghide.clone(),
                root: self.tagroot.clone(),
                leaf: self.tagleaf.clone(),
            },
            sort: if self.cum { SortOrder::Cum } else { SortOrder::Flat },
            node_count: self.nodecount,
            node_fraction: self.nodefraction,
            edge_fraction: self.edgefraction,
            trim: !self.no_trim,
            unit: self.unit.clone(),
            divide_by: self.divide_by,
            mean: self.mean,
            relative_percentages: self.relative_percentages,
            call_tree: self.call_tree,
            drop_negative: self.drop_negative,
            compact_labels: self.compact_labels,
            show_columns: self.showcolumns,
            percentages: if self.signed_percentages { Percentages::Signed } else { Percentages::Unsigned },
            paths: SourcePaths { trim: self.trim_path.clone(), search: self.source_path.clone() },
            ..ReportOptions::default()
        }
    }
}
