//! `goscope store sql`: the statements that a store is read and made with by other programs.

use clap::ValueEnum;
use goscope_store::{Dialect, Place, Store};

use crate::cli::failure::Failure;
use crate::cli::output::OutputArgs;

/// Whose SQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DialectName {
    /// DuckDB, over the files of a folder
    Duckdb,
    /// ClickHouse
    Clickhouse,
}

impl From<DialectName> for Dialect {
    fn from(name: DialectName) -> Self {
        match name {
            DialectName::Duckdb => Self::DuckDb,
            DialectName::Clickhouse => Self::ClickHouse,
        }
    }
}

/// Arguments of `goscope store sql`.
#[derive(Debug, clap::Args)]
pub(super) struct SqlArgs {
    /// The store
    #[arg(value_name = "STORE")]
    store: String,
    /// Whose SQL: duckdb prints views over the files, clickhouse the tables
    #[arg(long, value_enum, value_name = "DIALECT", default_value = "duckdb")]
    dialect: DialectName,
    #[command(flatten)]
    output: OutputArgs,
}

/// Prints the statements.
pub(super) fn run(args: &SqlArgs) -> Result<(), Failure> {
    let store = Store::open(Place::named(&args.store)).map_err(|error| Failure::from_store(&error))?;
    args.output.write_text(&store.sql_setup(args.dialect.into()))
}
