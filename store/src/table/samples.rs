//! The table `samples`: a row for each value of a sample that is not 0.

use std::io::Write;

use bytes::Bytes;
use parquet::errors::Result;
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::text_items::TextLists;
use crate::column::coded::{Coded, Interner, Nested};
use crate::column::read::{Group, TableReader};
use crate::column::write::{Column, GROUP_ROWS, TableWriter, Values};
use crate::id::Id;
use crate::rows::{LabelSet, ProfileRow, SampleRow};
use crate::schema::Table;

/// The rows of a part, and what their codes stand for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part<'a> {
    /// The service that all rows are of.
    pub(crate) service: &'a str,
    pub(crate) profiles: &'a [ProfileRow],
    pub(crate) types: &'a [String],
    pub(crate) stacks: &'a [Id],
    pub(crate) labels: &'a [LabelSet],
}

/// Writes the rows, by type, time, profile, stack and labels.
pub(crate) fn write_samples<W: Write + Send>(part: &Part<'_>, mut rows: Vec<SampleRow>, out: W) -> Result<W> {
    sort(part, &mut rows);
    let mut writer = TableWriter::new(Table::Samples, out)?;
    for rows in rows.chunks(GROUP_ROWS) {
        write_group(part, rows, &mut writer)?;
    }
    writer.finish()
}

fn write_group<W: Write + Send>(
    part: &Part<'_>,
    rows: &[SampleRow],
    writer: &mut TableWriter<W>,
) -> Result<()> {
    let codes = |code: fn(&SampleRow) -> u32| rows.iter().map(code).collect::<Vec<u32>>();
    let [profiles, types, stacks] = [codes(|row| row.profile), codes(|row| row.kind), codes(|row| row.stack)];
    let profile = |row: &SampleRow| &part.profiles[row.profile as usize];
    let times: Vec<i64> = rows.iter().map(|row| profile(row).time_nanos).collect();
    let versions: Vec<String> = part.profiles.iter().map(|profile| profile.version.clone()).collect();
    let ids: Vec<Id> = part.profiles.iter().map(|profile| profile.id).collect();
    let values: Vec<i64> = rows.iter().map(|row| row.value).collect();
    let labels = |row: &SampleRow| &part.labels[row.labels as usize];
    let keys = TextLists::of(rows.iter().map(|row| labels(row).texts.iter().map(|(key, _)| key)));
    let texts = TextLists::of(rows.iter().map(|row| labels(row).texts.iter().map(|(_, text)| text)));
    let number_keys = TextLists::of(rows.iter().map(|row| labels(row).numbers.iter().map(|(key, _)| key)));
    let (mut numbers, mut ends) = (Vec::new(), Vec::with_capacity(rows.len()));
    for row in rows {
        numbers.extend(labels(row).numbers.iter().map(|(_, number)| *number));
        ends.push(numbers.len());
    }
    writer.group(&[
        Values::OneText(part.service, rows.len()).into(),
        Values::Text(&types, part.types).into(),
        Values::Int64(&times).into(),
        Values::Text(&profiles, &versions).into(),
        Values::Id(&profiles, &ids).into(),
        Values::Id(&stacks, part.stacks).into(),
        keys.column(),
        texts.column(),
        number_keys.column(),
        Column { values: Values::Int64(&numbers), ends: Some(&ends) },
        Values::Int64(&values).into(),
    ])
}

/// Puts rows into the order of the file, in which equal things lie together: what packs well, and can be skipped.
fn sort(part: &Part<'_>, rows: &mut [SampleRow]) {
    let types = ranks(part.types, |kind| kind);
    let profiles = ranks(part.profiles, |profile| (profile.time_nanos, profile.id));
    let stacks = ranks(part.stacks, |stack| stack);
    let labels = ranks(part.labels, |labels| labels);
    rows.par_sort_unstable_by_key(|row| {
        let rank = |ranks: &[u32], code: u32| ranks[code as usize];
        (
            rank(&types, row.kind),
            rank(&profiles, row.profile),
            rank(&stacks, row.stack),
            rank(&labels, row.labels),
        )
    });
}

/// The place of each value among all.
fn ranks<'a, T, K: Ord>(values: &'a [T], key: impl Fn(&'a T) -> K) -> Vec<u32> {
    let n_values = u32::try_from(values.len()).unwrap_or(u32::MAX);
    let mut order: Vec<u32> = (0..n_values).collect();
    order.sort_by_key(|&code| key(&values[code as usize]));
    let mut ranks = vec![0; values.len()];
    for (rank, &code) in (0..n_values).zip(&order) {
        ranks[code as usize] = rank;
    }
    ranks
}

/// A group of rows that has been read.
#[derive(Clone, Debug, Default)]
pub(crate) struct SampleColumns {
    pub(crate) types: Coded<String>,
    pub(crate) profiles: Coded<Id>,
    pub(crate) stacks: Coded<Id>,
    pub(crate) labels: Coded<LabelSet>,
    pub(crate) values: Vec<i64>,
}

/// Reads a file, a group of rows at a time.
pub(crate) fn read_samples(bytes: Bytes, mut take: impl FnMut(&SampleColumns)) -> Result<()> {
    let reader = TableReader::new(Table::Samples, bytes)?;
    for group in 0..reader.n_groups() {
        let group = reader.group(group)?;
        take(&SampleColumns {
            types: group.texts("type")?,
            profiles: group.ids("profile_id")?,
            stacks: group.ids("stack_id")?,
            labels: read_labels(&group)?,
            values: group.int64("value")?,
        });
    }
    Ok(())
}

/// The stacks that a file has samples of.
pub(crate) fn read_stack_ids(bytes: Bytes) -> Result<Vec<Id>> {
    let reader = TableReader::new(Table::Samples, bytes)?;
    let mut ids = Vec::new();
    for group in 0..reader.n_groups() {
        ids.append(&mut reader.group(group)?.ids("stack_id")?.dictionary);
    }
    Ok(ids)
}

/// The sets of labels of all rows.
fn read_labels(group: &Group<'_>) -> Result<Coded<LabelSet>> {
    let (keys, texts) = (group.text_lists("labels", 0)?, group.text_lists("labels", 1)?);
    let (number_keys, numbers) = (group.text_lists("num_labels", 0)?, group.int64_lists("num_labels", 1)?);
    if keys.items.codes.is_empty() && number_keys.items.codes.is_empty() {
        return Ok(Coded::empty_rows(group.n_rows));
    }
    let mut sets: Interner<LabelSet> = Interner::default();
    let mut by_codes: FxHashMap<Vec<i64>, u32> = FxHashMap::default();
    let mut codes = Vec::new();
    let mut key = Vec::new();
    for row in 0..group.n_rows {
        key.clear();
        key.extend(keys.range(row).flat_map(|at| [code(&keys, at), code(&texts, at)]));
        key.push(-1);
        key.extend(number_keys.range(row).flat_map(|at| [code(&number_keys, at), number(&numbers, at)]));
        let code = match by_codes.get(&key) {
            Some(&code) => code,
            None => {
                let code = sets.code(&label_set(row, [&keys, &texts, &number_keys], &numbers));
                by_codes.insert(key.clone(), code);
                code
            }
        };
        codes.push(code);
    }
    Ok(Coded { codes, dictionary: sets.into_values() })
}

fn code(lists: &Nested<Coded<String>>, at: usize) -> i64 {
    lists.items.codes.get(at).copied().map_or(-2, i64::from)
}

fn number(lists: &Nested<Vec<i64>>, at: usize) -> i64 {
    lists.items.get(at).copied().unwrap_or(0)
}

fn label_set(
    row: usize,
    [keys, texts, number_keys]: [&Nested<Coded<String>>; 3],
    numbers: &Nested<Vec<i64>>,
) -> LabelSet {
    let text = |lists: &Nested<Coded<String>>, at: usize| lists.items.text(at).to_owned();
    LabelSet {
        texts: keys.range(row).map(|at| (text(keys, at), text(texts, at))).collect(),
        numbers: number_keys.range(row).map(|at| (text(number_keys, at), number(numbers, at))).collect(),
    }
}
