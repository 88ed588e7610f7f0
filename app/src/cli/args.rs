//! The options that choose what part of a profile a command looks at; the names are pprof's.

use clap::ValueEnum;
use goscope_analysis::profile::frame::Granularity;
use goscope_analysis::profile::query::{Filters, Inlines, StackQuery};
use goscope_analysis::trace::goroutines::IdleGoroutines;

/// What counts as one row or box.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(super) enum GranularityArg {
    /// One per function name
    #[default]
    Functions,
    /// One per function name and source file
    Filefunctions,
    /// One per source file
    Files,
    /// One per source line
    Lines,
    /// One per instruction address
    Addresses,
}

impl From<GranularityArg> for Granularity {
    fn from(granularity: GranularityArg) -> Self {
        match granularity {
            GranularityArg::Functions => Self::Functions,
            GranularityArg::Filefunctions => Self::FileFunctions,
            GranularityArg::Files => Self::Files,
            GranularityArg::Lines => Self::Lines,
            GranularityArg::Addresses => Self::Addresses,
        }
    }
}

/// Which samples and frames of a profile a command sees.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "What to look at")]
pub(super) struct QueryArgs {
    /// Sample type by name or number (default: the profile's own choice, else its last)
    #[arg(long, short = 's', visible_alias = "sample_index", value_name = "TYPE")]
    sample_index: Option<String>,
    /// What counts as one row or box
    #[arg(long, short, value_enum, value_name = "BY", default_value = "functions")]
    granularity: GranularityArg,
    /// Show each inlined call as part of the function that it was inlined into
    #[arg(long)]
    noinlines: bool,
    /// Keep only samples with a frame whose function, file or binary matches
    #[arg(long, value_name = "REGEX")]
    focus: Option<String>,
    /// Drop samples with a matching frame
    #[arg(long, value_name = "REGEX")]
    ignore: Option<String>,
    /// Remove matching frames; their value moves to the caller
    #[arg(long, value_name = "REGEX")]
    hide: Option<String>,
    /// Keep only matching frames
    #[arg(long, value_name = "REGEX")]
    show: Option<String>,
    /// Cut everything above the outermost matching frame
    #[arg(long, visible_alias = "show_from", value_name = "REGEX")]
    show_from: Option<String>,
    /// Cut everything below the innermost matching frame
    #[arg(long, visible_alias = "prune_from", value_name = "REGEX")]
    prune_from: Option<String>,
    /// Keep only samples with a matching label: `regex`, `key=regex`, `key=1kb:2kb`
    #[arg(long, visible_alias = "tag-focus", value_name = "LABEL")]
    tagfocus: Option<String>,
    /// Drop samples with a matching label
    #[arg(long, visible_alias = "tag-ignore", value_name = "LABEL")]
    tagignore: Option<String>,
}

impl QueryArgs {
    /// The query that these options describe.
    pub(super) fn query(&self) -> StackQuery {
        StackQuery {
            sample_type: self.sample_index.clone(),
            granularity: self.granularity.into(),
            inlines: if self.noinlines { Inlines::Hide } else { Inlines::Show },
            filters: Filters {
                focus: self.focus.clone(),
                ignore: self.ignore.clone(),
                hide: self.hide.clone(),
                show: self.show.clone(),
                show_from: self.show_from.clone(),
                prune_from: self.prune_from.clone(),
                tag_focus: self.tagfocus.clone(),
                tag_ignore: self.tagignore.clone(),
                labels: Vec::new(),
            },
        }
    }
}

/// Whether a report has goroutines that did next to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum IdleArg {
    /// Like all others
    Show,
    /// Leave out those that were there during the whole trace and waited for all but a thousandth of it
    Hide,
}

impl From<IdleArg> for IdleGoroutines {
    fn from(idle: IdleArg) -> Self {
        match idle {
            IdleArg::Show => Self::Included,
            IdleArg::Hide => Self::WhenNamed,
        }
    }
}
