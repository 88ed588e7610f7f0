//! The table `summaries`: a row for each group, name and metric of a trace, with its histogram.

use std::io::Write;

use bytes::Bytes;
use goscope_analysis::histogram::DurationHistogram;
use parquet::errors::Result;

use super::text_items::{TextLists, Texts};
use crate::column::coded::Nested;
use crate::column::read::{Group, TableReader};
use crate::column::write::{Column, TableWriter, Values};
use crate::id::Id;
use crate::rows::{ProfileRow, SummaryRow};
use crate::schema::{Table, VERSION};

/// Writes rows, by time, trace, group, name and metric.
pub(crate) fn write_summaries<W: Write + Send>(rows: &[&SummaryRow], out: W) -> Result<W> {
    let mut rows = rows.to_vec();
    rows.sort_by(|a, b| a.key().cmp(&b.key()));
    let ids: Vec<Id> = rows.iter().map(|row| row.trace.id).collect();
    let codes: Vec<u32> = (0..u32::try_from(ids.len()).unwrap_or(u32::MAX)).collect();
    let texts = |text: fn(&SummaryRow) -> &String| Texts::of(rows.iter().map(|row| text(row)));
    let [services, versions, sources, groups, names, metrics] = [
        texts(|row| &row.trace.service),
        texts(|row| &row.trace.version),
        texts(|row| &row.trace.source),
        texts(|row| &row.group),
        texts(|row| &row.name),
        texts(|row| &row.metric),
    ];
    let numbers = |number: fn(&SummaryRow) -> i64| rows.iter().map(|row| number(row)).collect::<Vec<i64>>();
    let [times, durations, counts, sums, least, most] = [
        numbers(|row| row.trace.time_nanos),
        numbers(|row| row.trace.duration_nanos),
        numbers(|row| saturated(u128::from(row.durations.count()))),
        numbers(|row| saturated(row.durations.total_nanos())),
        numbers(|row| saturated(u128::from(row.durations.min_nanos()))),
        numbers(|row| saturated(u128::from(row.durations.max_nanos()))),
    ];
    let keys = TextLists::of(rows.iter().map(|row| row.trace.labels.iter().map(|(key, _)| key)));
    let values = TextLists::of(rows.iter().map(|row| row.trace.labels.iter().map(|(_, value)| value)));
    let (mut buckets, mut in_bucket, mut ends) = (Vec::new(), Vec::new(), Vec::new());
    for row in &rows {
        for (bucket, count) in row.durations.numbered_buckets() {
            buckets.push(bucket.cast_signed());
            in_bucket.push(saturated(u128::from(count)));
        }
        ends.push(buckets.len());
    }
    let versions_of_table = vec![VERSION.cast_signed(); rows.len()];
    let mut writer = TableWriter::new(Table::Summaries, out)?;
    writer.group(&[
        Values::Id(&codes, &ids).into(),
        Values::Int64(&times).into(),
        Values::Int64(&durations).into(),
        services.column(),
        versions.column(),
        keys.column(),
        values.column(),
        sources.column(),
        groups.column(),
        names.column(),
        metrics.column(),
        Values::Int64(&counts).into(),
        Values::Int64(&sums).into(),
        Values::Int64(&least).into(),
        Values::Int64(&most).into(),
        Column { values: Values::Int32(&buckets), ends: Some(&ends) },
        Column { values: Values::Int64(&in_bucket), ends: Some(&ends) },
        Values::Int32(&versions_of_table).into(),
    ])?;
    writer.finish()
}

fn saturated(number: u128) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// The ids of the traces in a file.
pub(crate) fn read_trace_ids(bytes: Bytes) -> Result<Vec<Id>> {
    let reader = TableReader::new(Table::Summaries, bytes)?;
    let mut ids = Vec::new();
    for group in 0..reader.n_groups() {
        ids.append(&mut reader.group(group)?.ids("trace_id")?.dictionary);
    }
    Ok(ids)
}

/// All rows of a file.
pub(crate) fn read_summaries(bytes: Bytes) -> Result<Vec<SummaryRow>> {
    let reader = TableReader::new(Table::Summaries, bytes)?;
    let mut rows = Vec::new();
    for group in 0..reader.n_groups() {
        read_group(&reader.group(group)?, &mut rows)?;
    }
    Ok(rows)
}

fn read_group(group: &Group<'_>, rows: &mut Vec<SummaryRow>) -> Result<()> {
    let ids = group.ids("trace_id")?;
    let [times, durations, sums, least, most] = [
        group.int64("ts")?,
        group.int64("duration")?,
        group.int64("sum")?,
        group.int64("min")?,
        group.int64("max")?,
    ];
    let [services, versions, sources, groups, names, metrics] = [
        group.texts("service")?,
        group.texts("version")?,
        group.texts("source")?,
        group.texts("grp")?,
        group.texts("name")?,
        group.texts("metric")?,
    ];
    let (keys, values) = (group.text_lists("labels", 0)?, group.text_lists("labels", 1)?);
    let (buckets, in_bucket) = (group.int64_lists("buckets", 0)?, group.int64_lists("buckets", 1)?);
    for row in 0..ids.codes.len() {
        let number = |column: &[i64]| column.get(row).copied().unwrap_or(0);
        let label = |at: usize| (keys.items.text(at).to_owned(), values.items.text(at).to_owned());
        let unsigned = |column: &[i64]| u64::try_from(number(column)).unwrap_or(0);
        rows.push(SummaryRow {
            trace: ProfileRow {
                id: ids.id(row),
                time_nanos: number(&times),
                duration_nanos: number(&durations),
                service: services.text(row).to_owned(),
                version: versions.text(row).to_owned(),
                kind: "trace".to_owned(),
                labels: keys.range(row).map(label).collect(),
                source: sources.text(row).to_owned(),
                ..ProfileRow::default()
            },
            group: groups.text(row).to_owned(),
            name: names.text(row).to_owned(),
            metric: metrics.text(row).to_owned(),
            durations: DurationHistogram::from_numbered_buckets(
                pairs(&buckets, &in_bucket, row),
                u128::from(unsigned(&sums)),
                unsigned(&least)..=unsigned(&most),
            ),
        });
    }
    Ok(())
}

fn pairs(keys: &Nested<Vec<i64>>, values: &Nested<Vec<i64>>, row: usize) -> Vec<(u32, u64)> {
    let pair = |at: usize| {
        let (key, value) = (keys.items.get(at)?, values.items.get(at)?);
        Some((u32::try_from(*key).ok()?, u64::try_from(*value).ok()?))
    };
    keys.range(row).filter_map(pair).collect()
}
