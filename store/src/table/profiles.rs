//! The table `profiles`.

use std::io::Write;

use bytes::Bytes;
use parquet::errors::Result;

use super::text_items::{TextLists, Texts};
use crate::column::coded::{Coded, Nested};
use crate::column::read::{Group, TableReader};
use crate::column::write::{Column, TableWriter, Values};
use crate::id::Id;
use crate::rows::ProfileRow;
use crate::schema::{Table, VERSION};

/// Writes the profiles, by time and id.
pub(crate) fn write_profiles<W: Write + Send>(profiles: &[&ProfileRow], out: W) -> Result<W> {
    let mut rows = profiles.to_vec();
    rows.sort_unstable_by_key(|row| (row.time_nanos, row.id));
    let ids: Vec<Id> = rows.iter().map(|row| row.id).collect();
    let codes: Vec<u32> = (0..u32::try_from(ids.len()).unwrap_or(u32::MAX)).collect();
    let numbers = |number: fn(&ProfileRow) -> i64| rows.iter().map(|row| number(row)).collect::<Vec<i64>>();
    let texts = |text: fn(&ProfileRow) -> &String| Texts::of(rows.iter().map(|row| text(row)));
    let [times, durations, periods, n_samples] = [
        numbers(|row| row.time_nanos),
        numbers(|row| row.duration_nanos),
        numbers(|row| row.period),
        numbers(|row| row.n_samples),
    ];
    let [services, versions, kinds, default_types, period_types] = [
        texts(|row| &row.service),
        texts(|row| &row.version),
        texts(|row| &row.kind),
        texts(|row| &row.default_type),
        texts(|row| &row.period_type),
    ];
    let [build_ids, programs, drop_frames, keep_frames, sources] = [
        texts(|row| &row.build_id),
        texts(|row| &row.program),
        texts(|row| &row.drop_frames),
        texts(|row| &row.keep_frames),
        texts(|row| &row.source),
    ];
    let types = TextLists::of(rows.iter().map(|row| &row.types));
    let comments = TextLists::of(rows.iter().map(|row| &row.comments));
    let keys = TextLists::of(rows.iter().map(|row| row.labels.iter().map(|(key, _)| key)));
    let values = TextLists::of(rows.iter().map(|row| row.labels.iter().map(|(_, value)| value)));
    let (mut totals, mut ends) = (Vec::new(), Vec::new());
    for row in &rows {
        totals.extend_from_slice(&row.totals);
        ends.push(totals.len());
    }
    let versions_of_table = vec![VERSION.cast_signed(); rows.len()];
    let mut writer = TableWriter::new(Table::Profiles, out)?;
    writer.group(&[
        Values::Id(&codes, &ids).into(),
        Values::Int64(&times).into(),
        Values::Int64(&durations).into(),
        services.column(),
        versions.column(),
        kinds.column(),
        types.column(),
        Column { values: Values::Int64(&totals), ends: Some(&ends) },
        default_types.column(),
        period_types.column(),
        Values::Int64(&periods).into(),
        keys.column(),
        values.column(),
        Values::Int64(&n_samples).into(),
        build_ids.column(),
        programs.column(),
        drop_frames.column(),
        keep_frames.column(),
        sources.column(),
        comments.column(),
        Values::Int32(&versions_of_table).into(),
    ])?;
    writer.finish()
}

/// The ids of the profiles in a file: all that somebody needs who asks whether a profile is known.
pub(crate) fn read_ids(bytes: Bytes) -> Result<Vec<Id>> {
    let reader = TableReader::new(Table::Profiles, bytes)?;
    let mut ids = Vec::new();
    for group in 0..reader.n_groups() {
        ids.append(&mut reader.group(group)?.ids("profile_id")?.dictionary);
    }
    Ok(ids)
}

/// All profiles in a file.
pub(crate) fn read_profiles(bytes: Bytes) -> Result<Vec<ProfileRow>> {
    let reader = TableReader::new(Table::Profiles, bytes)?;
    let mut profiles = Vec::new();
    for group in 0..reader.n_groups() {
        read_group(&reader.group(group)?, &mut profiles)?;
    }
    Ok(profiles)
}

fn read_group(group: &Group<'_>, profiles: &mut Vec<ProfileRow>) -> Result<()> {
    let ids = group.ids("profile_id")?;
    let [times, durations, periods, n_samples] =
        [group.int64("ts")?, group.int64("duration")?, group.int64("period")?, group.int64("n_samples")?];
    let [services, versions, kinds, default_types, period_types] = [
        group.texts("service")?,
        group.texts("version")?,
        group.texts("kind")?,
        group.texts("default_type")?,
        group.texts("period_type")?,
    ];
    let [build_ids, programs, drop_frames, keep_frames, sources] = [
        group.texts("build_id")?,
        group.texts("program")?,
        group.texts("drop_frames")?,
        group.texts("keep_frames")?,
        group.texts("source")?,
    ];
    let [types, comments, keys, values] = [
        group.text_lists("types", 0)?,
        group.text_lists("comments", 0)?,
        group.text_lists("labels", 0)?,
        group.text_lists("labels", 1)?,
    ];
    let totals = group.int64_lists("totals", 0)?;
    for row in 0..ids.codes.len() {
        let number = |column: &[i64]| column.get(row).copied().unwrap_or(0);
        let text = |column: &Coded<String>| column.text(row).to_owned();
        profiles.push(ProfileRow {
            id: ids.id(row),
            time_nanos: number(&times),
            duration_nanos: number(&durations),
            service: text(&services),
            version: text(&versions),
            kind: text(&kinds),
            types: texts_of(&types, row),
            totals: totals.items.get(totals.range(row)).unwrap_or(&[]).to_vec(),
            default_type: text(&default_types),
            period_type: text(&period_types),
            period: number(&periods),
            labels: texts_of(&keys, row).into_iter().zip(texts_of(&values, row)).collect(),
            n_samples: number(&n_samples),
            build_id: text(&build_ids),
            program: text(&programs),
            drop_frames: text(&drop_frames),
            keep_frames: text(&keep_frames),
            source: text(&sources),
            comments: texts_of(&comments, row),
            part: None,
        });
    }
    Ok(())
}

fn texts_of(lists: &Nested<Coded<String>>, row: usize) -> Vec<String> {
    lists.range(row).map(|at| lists.items.text(at).to_owned()).collect()
}
