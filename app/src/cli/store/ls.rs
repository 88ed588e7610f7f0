//! `goscope store ls`: what is in a store.

use std::collections::BTreeMap;

use goscope_store::ProfileRow;
use serde::Serialize;

use crate::cli::failure::{Failure, warn};
use crate::cli::output::OutputArgs;
use crate::store_input::{read_store, store_and_selection};
use crate::text::Table;
use crate::text::{count, utc};

/// Arguments of `goscope store ls`.
#[derive(Debug, clap::Args)]
pub(super) struct LsArgs {
    /// The store, with a selection after a `?` if only a part is asked for: 'DIR?service=shop&since=1d'
    #[arg(value_name = "STORE")]
    store: String,
    /// List each profile
    #[arg(long)]
    profiles: bool,
    /// Print JSON (docs/json.md)
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    output: OutputArgs,
}

/// What is printed: a row for each service, version and kind, or for each profile.
#[derive(Serialize)]
struct ListJson {
    schema: &'static str,
    rows: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    service: String,
    version: String,
    kind: String,
    profiles: usize,
    samples: i64,
    first_nanos: i64,
    last_nanos: i64,
    /// Of a profile alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    profile: Option<ProfileJson>,
}

#[derive(Serialize)]
struct ProfileJson {
    id: String,
    duration_nanos: i64,
    types: Vec<String>,
    totals: Vec<i64>,
    labels: BTreeMap<String, String>,
    source: String,
}

/// Lists what is in the store.
pub(super) fn run(args: &LsArgs) -> Result<(), Failure> {
    let listed = || {
        let (place, selector) = store_and_selection(&args.store)?;
        let store = read_store(&place)?;
        let mut taken = store.profiles(&selector)?;
        let mut traces = store.trace_rows(&selector)?;
        taken.value.append(&mut traces.value);
        taken.warnings.append(&mut traces.warnings);
        Ok(taken)
    };
    let taken = listed().map_err(|error| Failure::from_store(&error))?;
    warn(&taken.warnings);
    let rows: Vec<Row> =
        if args.profiles { taken.value.iter().map(of_profile).collect() } else { by_kind(&taken.value) };
    if args.json {
        return args.output.write_json(&ListJson { schema: "goscope.store.ls/1", rows });
    }
    args.output.write_text(&if args.profiles { profiles_text(&rows) } else { text(&rows) })
}

fn by_kind(profiles: &[ProfileRow]) -> Vec<Row> {
    let mut groups: BTreeMap<(&str, &str, &str), Row> = BTreeMap::new();
    for profile in profiles {
        let key = (profile.service.as_str(), profile.version.as_str(), profile.kind.as_str());
        let row = groups.entry(key).or_insert_with(|| Row {
            profiles: 0,
            samples: 0,
            profile: None,
            ..of_profile(profile)
        });
        row.profiles += 1;
        row.samples = row.samples.saturating_add(profile.n_samples);
        row.first_nanos = row.first_nanos.min(profile.time_nanos);
        row.last_nanos = row.last_nanos.max(profile.end_nanos());
    }
    groups.into_values().collect()
}

fn of_profile(row: &ProfileRow) -> Row {
    Row {
        service: row.service.clone(),
        version: row.version.clone(),
        kind: row.kind.clone(),
        profiles: 1,
        samples: row.n_samples,
        first_nanos: row.time_nanos,
        last_nanos: row.end_nanos(),
        profile: Some(ProfileJson {
            id: row.id.to_string(),
            duration_nanos: row.duration_nanos,
            types: row.types.clone(),
            totals: row.totals.clone(),
            labels: row.labels.iter().cloned().collect(),
            source: row.source.clone(),
        }),
    }
}

fn text(rows: &[Row]) -> String {
    let mut table = Table::new(&["<service", "<version", "<kind", "profiles", "samples", "<from", "<to"]);
    for row in rows {
        table.row(vec![
            row.service.clone(),
            row.version.clone(),
            row.kind.clone(),
            count(row.profiles),
            count(usize::try_from(row.samples).unwrap_or(0)),
            utc(row.first_nanos),
            utc(row.last_nanos),
        ]);
    }
    table.text()
}

fn profiles_text(rows: &[Row]) -> String {
    let mut table = Table::new(&["<profile", "<service", "<version", "<kind", "<time", "<labels", "<source"]);
    for (row, profile) in rows.iter().filter_map(|row| Some((row, row.profile.as_ref()?))) {
        let labels: Vec<String> =
            profile.labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
        table.row(vec![
            profile.id.get(..12).unwrap_or_default().to_owned(),
            row.service.clone(),
            row.version.clone(),
            row.kind.clone(),
            utc(row.first_nanos),
            labels.join(" "),
            profile.source.clone(),
        ]);
    }
    table.text()
}
