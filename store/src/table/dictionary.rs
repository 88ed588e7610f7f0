//! The tables `frames` and `stacks`. Rows may repeat between files: every writer writes what it used.

use std::collections::HashSet;
use std::io::Write;

use bytes::Bytes;
use parquet::errors::Result;

use super::text_items::Texts;
use crate::column::coded::Coded;
use crate::column::read::TableReader;
use crate::column::write::{Column, TableWriter, Values};
use crate::id::Id;
use crate::rows::{Dictionary, Frame};
use crate::schema::Table;

/// Writes all frames that are not kept already, by id.
pub(crate) fn write_frames<W: Write + Send>(
    dictionary: &Dictionary,
    kept: &HashSet<Id>,
    out: W,
) -> Result<W> {
    let ids = dictionary.frame_ids.values();
    let order = order(ids, kept);
    let frames: Vec<&Frame> = order.iter().map(|&code| &dictionary.frames[code as usize]).collect();
    let texts = |text: fn(&Frame) -> &String| Texts::of(frames.iter().map(|frame| text(frame)));
    let numbers = |number: fn(&Frame) -> i64| frames.iter().map(|frame| number(frame)).collect::<Vec<i64>>();
    let functions = texts(|frame| &frame.function);
    let system_names = texts(|frame| &frame.system_name);
    let files = texts(|frame| &frame.file);
    let [starts, lines, columns] =
        [numbers(|frame| frame.start_line), numbers(|frame| frame.line), numbers(|frame| frame.column)];
    let inlined: Vec<bool> = frames.iter().map(|frame| frame.is_inlined).collect();
    let mut writer = TableWriter::new(Table::Frames, out)?;
    writer.group(&[
        Values::Id(&order, ids).into(),
        functions.column(),
        system_names.column(),
        files.column(),
        Values::Int64(&starts).into(),
        Values::Int64(&lines).into(),
        Values::Int64(&columns).into(),
        Values::Bool(&inlined).into(),
    ])?;
    writer.finish()
}

/// Writes all stacks that are not kept already, by id.
pub(crate) fn write_stacks<W: Write + Send>(
    dictionary: &Dictionary,
    kept: &HashSet<Id>,
    out: W,
) -> Result<W> {
    let ids = dictionary.stack_ids.values();
    let order = order(ids, kept);
    let (mut frames, mut ends) = (Vec::new(), Vec::new());
    for &code in &order {
        frames.extend_from_slice(&dictionary.stacks[code as usize]);
        ends.push(frames.len());
    }
    let frames = Column { values: Values::Id(&frames, dictionary.frame_ids.values()), ends: Some(&ends) };
    let mut writer = TableWriter::new(Table::Stacks, out)?;
    writer.group(&[Values::Id(&order, ids).into(), frames])?;
    writer.finish()
}

/// Codes in the order of their ids, without those that are kept already.
fn order(ids: &[Id], kept: &HashSet<Id>) -> Vec<u32> {
    let all = 0..u32::try_from(ids.len()).unwrap_or(u32::MAX);
    let mut order: Vec<u32> = all.filter(|&code| !kept.contains(&ids[code as usize])).collect();
    order.sort_unstable_by_key(|&code| ids[code as usize]);
    order
}

/// Stacks of a file, as ids of frames, that are `wanted`.
pub(crate) fn read_stacks(
    bytes: Bytes,
    wanted: &(dyn Fn(&Id) -> bool + Sync),
    mut take: impl FnMut(Id, &mut dyn Iterator<Item = Id>),
) -> Result<()> {
    let reader = TableReader::new(Table::Stacks, bytes)?;
    for group in 0..reader.n_groups() {
        let group = reader.group(group)?;
        let ids = group.ids("stack_id")?;
        let frames = group.id_lists("frames")?;
        for row in 0..ids.codes.len() {
            let id = ids.id(row);
            if wanted(&id) {
                take(id, &mut frames.range(row).map(|at| frames.items.id(at)));
            }
        }
    }
    Ok(())
}

/// Frames of a file that are `wanted`.
pub(crate) fn read_frames(
    bytes: Bytes,
    wanted: &(dyn Fn(&Id) -> bool + Sync),
    mut take: impl FnMut(Id, Frame),
) -> Result<()> {
    let reader = TableReader::new(Table::Frames, bytes)?;
    for group in 0..reader.n_groups() {
        let group = reader.group(group)?;
        let ids = group.ids("frame_id")?;
        let [functions, system_names, files]: [Coded<String>; 3] =
            [group.texts("function")?, group.texts("system_name")?, group.texts("file")?];
        let [starts, lines, columns, inlined] =
            [group.int64("start_line")?, group.int64("line")?, group.int64("col")?, group.int64("inlined")?];
        for row in 0..ids.codes.len() {
            let id = ids.id(row);
            if !wanted(&id) {
                continue;
            }
            let number = |column: &[i64]| column.get(row).copied().unwrap_or(0);
            take(
                id,
                Frame {
                    function: functions.text(row).to_owned(),
                    system_name: system_names.text(row).to_owned(),
                    file: files.text(row).to_owned(),
                    start_line: number(&starts),
                    line: number(&lines),
                    column: number(&columns),
                    is_inlined: number(&inlined) != 0,
                },
            );
        }
    }
    Ok(())
}
