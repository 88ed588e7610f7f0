//! Benchmarks as benchstat compares them: its query languages, its statistics, its tables, to the byte.
//!
//! ```text
//! lines ─► record ─► filter ─► projection: table, row, column ─► table: cells ─► text
//!                                                                        └────► csv
//! ```
//!
//! The rules are those of golang.org/x/perf at v0.0.0-20260908200009 and go-moremath at v0.0.0-20210112150236. What is
//! wrong in them is kept here, for these tables replace benchstat's; each place says so.

mod collect;
mod csv;
mod filter;
mod go_math;
mod go_number;
mod grid;
mod key_order;
mod projection;
mod projection_syntax;
mod quantile;
mod record;
mod sample;
mod scale;
mod summary;
mod table;
mod text;
mod token;
mod u_test;
mod words;

pub use collect::{Benchstat, BenchstatOptions, OptionError, ReadError};
pub use csv::csv;
pub use scale::format_value;
pub use summary::{BenchSummary, summaries};
pub use table::{Cell, ColumnSummary, Tables};
pub use text::text;

pub(crate) use quantile::median;
