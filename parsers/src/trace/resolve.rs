//! From the ids of one generation to ids of the whole trace.

use super::event::{StackId, StringId};
use super::generation_tables::{RawFrame, RawTables};
use super::id_map::NumberMap;
use super::tables::{Frame, Tables};

/// What the string and stack ids of a generation mean.
#[derive(Debug, Default)]
pub(crate) struct Resolver {
    strings: FileIds,
    stacks: FileIds,
}

impl Resolver {
    /// Gives everything in the tables of a generation ids of the whole trace.
    pub(crate) fn new(raw: &RawTables<'_>, tables: &mut Tables) -> Self {
        let strings = FileIds::new(raw.strings.iter().map(|&(id, bytes)| (id, tables.add_string(bytes).0)));
        let missing = if raw.faults.is_empty() { StringId::NONE } else { tables.add_string(b"?") };
        let string = |id| strings.get(id).map_or(missing, StringId);
        let mut frames = Vec::with_capacity(raw.frames.len());
        for &RawFrame { pc, function, file, line } in &raw.frames {
            let frame = Frame { pc, function: string(function), file: string(file), line };
            frames.push(tables.add_frame(frame));
        }
        let mut begin = 0;
        let mut stack = Vec::new();
        let mut stacks = Vec::with_capacity(raw.stacks.len());
        for &(id, end) in &raw.stacks {
            stack.clear();
            let rows = raw.stack_frames.get(begin..end as usize).unwrap_or_default();
            stack.extend(rows.iter().map(|&frame| frames[frame as usize]));
            begin = end as usize;
            stacks.push((id, tables.add_stack(&stack).0));
        }
        Self { strings, stacks: FileIds::new(stacks.into_iter()) }
    }

    /// The string with this id in the file.
    #[inline]
    pub(crate) fn string(&self, id: u64) -> Option<StringId> {
        self.strings.get(id).map(StringId)
    }

    /// The stack with this id in the file.
    #[inline]
    pub(crate) fn stack(&self, id: u64) -> Option<StackId> {
        self.stacks.get(id).map(StackId)
    }
}

/// Ids of the file → ids of the trace. Dense in practice; a hostile file has an id near 2^63.
#[derive(Debug, Default)]
struct FileIds {
    dense: Vec<u32>,
    sparse: NumberMap,
}

const ABSENT: u32 = u32::MAX;

impl FileIds {
    fn new(ids: impl ExactSizeIterator<Item = (u64, u32)>) -> Self {
        // At most twice the memory that a table without gaps would take.
        let dense_len = ids.len() as u64 * 2 + 64;
        let mut table = Self { dense: vec![0], sparse: NumberMap::default() };
        for (id, value) in ids {
            if id >= dense_len {
                table.sparse.insert(id, value);
                continue;
            }
            let at = id as usize;
            if at >= table.dense.len() {
                table.dense.resize(at + 1, ABSENT);
            }
            table.dense[at] = value;
        }
        table
    }

    #[inline]
    fn get(&self, id: u64) -> Option<u32> {
        match self.dense.get(usize::try_from(id).unwrap_or(usize::MAX)) {
            Some(&value) if value != ABSENT => Some(value),
            Some(_) => None,
            None => self.sparse.get(id),
        }
    }
}
