//! `goscope tags`: what each label accounts for, as text like `go tool pprof -tags` or as JSON.

use std::slice;

use serde::Serialize;

use super::failure::{Failure, warn};
use super::report::{Whole, WholeArgs, run_whole};
use crate::query::label_pivot::{LabelPivotQuery, Labels, PivotKey, PivotValue};
use crate::query::{Documents, answer};

/// Arguments of `goscope tags`.
#[derive(Debug, clap::Args)]
pub(super) struct TagsArgs {
    /// Print JSON with raw integers, and the filter that keeps what a value accounts for (docs/json.md)
    #[arg(long, conflicts_with_all = ["tagshow", "taghide", "tagroot", "tagleaf", "mean", "divide_by"])]
    json: bool,
    #[command(flatten)]
    whole: WholeArgs,
}

/// What `--json` prints.
#[derive(Serialize)]
struct TagsJson<'a> {
    schema: &'static str,
    sample_type: &'a str,
    unit: &'a str,
    total: i64,
    selected: i64,
    keys: Vec<KeyJson<'a>>,
}

#[derive(Serialize)]
struct KeyJson<'a> {
    key: &'a str,
    with_key: i64,
    without: i64,
    filter: Option<&'a str>,
    values: Vec<ValueJson<'a>>,
}

#[derive(Serialize)]
struct ValueJson<'a> {
    text: &'a str,
    value: i64,
    filter: Option<&'a str>,
}

/// Prints what each label accounts for.
pub(super) fn run(args: &TagsArgs) -> Result<(), Failure> {
    if !args.json {
        return run_whole(Whole::Tags, &args.whole);
    }
    let document = args.whole.document()?;
    let question = LabelPivotQuery { stacks: args.whole.stacks() };
    let labels = answer(&question, Documents::of_tab(slice::from_ref(&document)))?;
    warn(&labels.warnings);
    args.whole.output().write_json(&json(&labels))
}

fn json(labels: &Labels) -> TagsJson<'_> {
    TagsJson {
        schema: "goscope.tags/1",
        sample_type: &labels.sample_type,
        unit: &labels.unit,
        total: labels.total,
        selected: labels.pivot.total,
        keys: labels.pivot.keys.iter().map(KeyJson::of).collect(),
    }
}

impl<'a> KeyJson<'a> {
    fn of(key: &'a PivotKey) -> Self {
        let value = |value: &'a PivotValue| ValueJson {
            text: &value.text,
            value: value.weight,
            filter: value.filter.as_deref(),
        };
        Self {
            key: &key.key,
            with_key: key.with_key,
            without: key.without,
            filter: key.filter.as_deref(),
            values: key.values.iter().map(value).collect(),
        }
    }
}
