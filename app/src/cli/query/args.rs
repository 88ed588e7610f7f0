//! The arguments of each question.

use goscope_store::Dialect;

use crate::cli::output::OutputArgs;
use crate::cli::store::DialectName;

/// What every question is asked with.
#[derive(Debug, clap::Args)]
pub(super) struct Shown {
    /// Print the statement instead of the answer, for this engine
    #[arg(long, value_enum, value_name = "DIALECT", conflicts_with = "json")]
    pub(super) sql: Option<DialectName>,
    /// Print JSON (docs/json.md)
    #[arg(long)]
    pub(super) json: bool,
    #[command(flatten)]
    pub(super) output: OutputArgs,
}

/// Arguments of `goscope query top`.
#[derive(Debug, clap::Args)]
pub(super) struct TopArgs {
    /// The store, and which profiles after a `?`
    #[arg(value_name = "STORE?SELECTION")]
    pub(super) store: String,
    /// minute, hour, day, version, service, all, or a label of profiles
    #[arg(long, value_name = "GROUP", default_value = "all")]
    pub(super) by: String,
    /// Functions of each group
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub(super) limit: usize,
    #[command(flatten)]
    pub(super) shown: Shown,
}

/// Arguments of `goscope query share`.
#[derive(Debug, clap::Args)]
pub(super) struct ShareArgs {
    /// The store, and which profiles after a `?`
    #[arg(value_name = "STORE?SELECTION")]
    pub(super) store: String,
    /// The function, by its whole name
    #[arg(long, value_name = "NAME")]
    pub(super) function: String,
    /// minute, hour, day, version, service, all, or a label of profiles
    #[arg(long, value_name = "GROUP", default_value = "version")]
    pub(super) by: String,
    #[command(flatten)]
    pub(super) shown: Shown,
}

/// Arguments of `goscope query instances`.
#[derive(Debug, clap::Args)]
pub(super) struct InstancesArgs {
    /// Before: the store, and which profiles after a `?`
    #[arg(value_name = "BASE")]
    pub(super) base: String,
    /// After: other profiles of the same store
    #[arg(value_name = "HEAD")]
    pub(super) head: String,
    /// The function, by its whole name
    #[arg(long, value_name = "NAME")]
    pub(super) function: String,
    /// The label that names an instance
    #[arg(long, value_name = "KEY", default_value = "instance")]
    pub(super) label: String,
    /// Instances to print
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub(super) limit: usize,
    #[command(flatten)]
    pub(super) shown: Shown,
}

/// Arguments of `goscope query find`.
#[derive(Debug, clap::Args)]
pub(super) struct FindArgs {
    /// The store, and which profiles after a `?`
    #[arg(value_name = "STORE?SELECTION")]
    pub(super) store: String,
    /// The function, by its whole name
    #[arg(long, value_name = "NAME")]
    pub(super) function: String,
    /// Profiles to print
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub(super) limit: usize,
    #[command(flatten)]
    pub(super) shown: Shown,
}

/// Arguments of `goscope query traces`.
#[derive(Debug, clap::Args)]
pub(super) struct TracesArgs {
    /// The store, and which traces after a `?`
    #[arg(value_name = "STORE?SELECTION")]
    pub(super) store: String,
    /// Only what is called so: a function, a task type, a region
    #[arg(long, value_name = "NAME")]
    pub(super) name: Option<String>,
    /// minute, hour, day, version, service, all, or a label of traces
    #[arg(long, value_name = "GROUP", default_value = "all")]
    pub(super) by: String,
    /// Print JSON (docs/json.md)
    #[arg(long)]
    pub(super) json: bool,
    #[command(flatten)]
    pub(super) output: OutputArgs,
}

impl Shown {
    /// The engine whose statement is asked for.
    pub(super) fn dialect(&self) -> Option<Dialect> {
        self.sql.map(Dialect::from)
    }
}
