//! Reports as text, byte for byte what `go tool pprof -symbolize=none` prints (times in UTC).
//!
//! All have the same shape: a profile and [`ReportOptions`] in, text into a sink, warnings out. Nothing is written
//! before it is certain that the report exists. What a profile needs before (merging, a missing mapping) is not done
//! here.

mod annotated;
mod callgrind;
mod comments;
mod dot;
mod dot_tags;
mod header;
mod label_text;
mod list;
mod numbers;
mod options;
mod proto;
mod raw;
mod selection;
mod short_name;
mod tags;
mod top;
mod traces;
mod tree;

use std::fmt;

pub use annotated::{AnnotatedSource, annotated_source};
pub use callgrind::callgrind_text;
pub use comments::comments_text;
pub use dot::dot_text;
pub use list::list_text;
pub use options::{
    LabelOptions, MissingSource, NoSource, Percentages, ReportOptions, SourceLines, SourcePaths, Warnings,
};
pub use proto::{proto, topproto};
pub use raw::raw_text;
pub use tags::tags_text;
pub use top::top_text;
pub use traces::traces_text;
pub use tree::{peek_text, tree_text};

use crate::profile::query::QueryError;

fn put(out: &mut dyn fmt::Write, text: fmt::Arguments<'_>) -> Result<(), QueryError> {
    out.write_fmt(text).map_err(QueryError::Write)
}
