//! The options of a report: every pprof setting that shapes a text, with pprof's defaults, and what a kind of report
//! makes of them.

use crate::profile::graph::Trim;
use crate::profile::query::StackQuery;
pub use crate::profile::source_paths::SourcePaths;
use crate::profile::top::SortOrder;

/// What a report could not make use of, one sentence each (`Focus expression matched no samples`): for standard error.
pub type Warnings = Vec<String>;

/// How a report is made: the fields are pprof's options of the same name, the defaults are pprof's.
#[derive(Clone, Debug, PartialEq)]
pub struct ReportOptions {
    /// `sample_index`, granularity, `noinlines` and the filters. Reports that need a granularity of their own (`list`:
    /// lines; `callgrind`, `raw`, `proto`: addresses) replace it.
    pub query: StackQuery,
    /// `tagshow`, `taghide`, `tagroot`, `tagleaf`.
    pub labels: LabelOptions,
    /// `sort`: order of the rows (`cum`, `flat`).
    pub sort: SortOrder,
    /// `nodecount`: at most so many rows, `Some(0)` for all; `None` (pprof's -1) for what suits the report: all for
    /// `top` and `topproto`, 80 for the others.
    pub node_count: Option<usize>,
    /// `nodefraction`: rows with a cum below this share go.
    pub node_fraction: f64,
    /// `edgefraction`: calls below this share go.
    pub edge_fraction: f64,
    /// `trim`: if false, nothing is cut off whatever the three above say.
    pub trim: bool,
    /// `unit` of all numbers; `minimum` chooses one that suits all, `auto` one for each.
    pub unit: String,
    /// `divide_by`: printed values are divided by it; 0 is an error.
    pub divide_by: f64,
    /// `mean`: values are divided by those of the first sample type.
    pub mean: bool,
    /// `relative_percentages`: the total is of the samples that filters leave.
    pub relative_percentages: bool,
    /// `call_tree`: one node a call path instead of one a function (`dot` and `callgrind` only).
    pub call_tree: bool,
    /// `drop_negative`: nodes that a difference made smaller go.
    pub drop_negative: bool,
    /// `compact_labels`: a header without what the profile is.
    pub compact_labels: bool,
    /// Whether percentages have a sign; pprof's have none.
    pub percentages: Percentages,
    /// `showcolumns`: columns are part of a line.
    pub show_columns: bool,
    /// `trim_path` and `source_path`.
    pub paths: SourcePaths,
    /// What `list` shows of a file that cannot be read.
    pub missing_source: MissingSource,
}

impl Default for ReportOptions {
    fn default() -> Self {
        Self {
            query: StackQuery::default(),
            labels: LabelOptions::default(),
            sort: SortOrder::Flat,
            node_count: None,
            node_fraction: 0.005,
            edge_fraction: 0.001,
            trim: true,
            unit: "minimum".to_owned(),
            divide_by: 1.0,
            mean: false,
            relative_percentages: false,
            call_tree: false,
            drop_negative: false,
            compact_labels: false,
            percentages: Percentages::default(),
            show_columns: false,
            paths: SourcePaths::default(),
            missing_source: MissingSource::default(),
        }
    }
}

/// How shares of the total are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Percentages {
    /// Without a sign, as pprof does: of a difference one cannot tell less from more.
    #[default]
    Unsigned,
    /// With the sign of the value.
    Signed,
}

/// What happens to the labels of samples.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct LabelOptions {
    /// `tagshow`: only labels whose key matches this regular expression stay.
    pub show: Option<String>,
    /// `taghide`: labels whose key matches go.
    pub hide: Option<String>,
    /// `tagroot`: keys whose values become frames at the root, separated by commas; the first is outermost.
    pub root: Option<String>,
    /// `tagleaf`: keys whose values become frames at the leaf; the last is innermost.
    pub leaf: Option<String>,
}

/// What `list` shows of a file that cannot be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum MissingSource {
    /// Why it cannot be read, and nothing of it (pprof).
    #[default]
    Reason,
    /// The lines that have values, without their text.
    Values,
}

/// Where `list` and `weblist` find source text; whoever has files implements it.
pub trait SourceLines {
    /// The lines of the file that a profile calls `path`, without their ends.
    ///
    /// # Errors
    /// Why it cannot be read, as it stands behind `Error: ` in the report.
    fn lines(&self, path: &str) -> Result<Vec<String>, String>;
}

/// No source at all.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoSource;

impl SourceLines for NoSource {
    fn lines(&self, path: &str) -> Result<Vec<String>, String> {
        Err(format!("could not find file {path}"))
    }
}

/// The kinds of reports, as far as they differ in what they make of the options.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Top,
    Tree,
    Peek,
    List,
    Traces,
    Tags,
    Dot,
    Callgrind,
    Proto,
    TopProto,
}

impl ReportOptions {
    /// How much of a graph this kind of report shows.
    pub(crate) fn trim_for(&self, kind: Kind) -> Trim {
        let own_count = match kind {
            Kind::Peek | Kind::List | Kind::Callgrind | Kind::Proto => {
                return Trim::NOTHING;
            }
            Kind::Top | Kind::TopProto => 0,
            Kind::Tree | Kind::Traces | Kind::Tags | Kind::Dot => 80,
        };
        if !self.trim {
            return Trim::NOTHING;
        }
        Trim {
            node_count: self.node_count.unwrap_or(own_count),
            node_fraction: self.node_fraction,
            edge_fraction: self.edge_fraction,
        }
    }
}
