//! Tasks and regions summed up, like goroutines in chunks: what a selection covers as a whole is not walked over.
//!
//! ```text
//! batches  │    0    │    1    │    2 …                    some chunks each; a mark is where it begins, however long it is
//! cells      read 1.0 to 1.2 ms │ read 1.3 to 1.5 ms │ …   of a batch, by name and function and length
//! cell       ids   ▪▪▪▪▪▪▪▪▪▪▪▪ ▫▫                        summed up, and a few that are walked over
//! ```
//!
//! Unlike goroutines they are never cut: how long a request took does not depend on where one looks. So a cell counts as
//! a whole as soon as all its marks overlap the range. Marks with very many spans are not summed up, since thousands of
//! them may lie above each other, nor are those of which not all time is covered by spans.

use std::ops::{Range, RangeInclusive};

use goscope_parsers::trace::{GoId, StringId, TaskId, Time};

use crate::histogram::PackedHistogram;
use crate::trace::digest::chunk::GroupDigest;
use crate::trace::store::data::TraceData;
use crate::trace::words::instance::{Instance, InstanceOf};

/// What the program marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MarkKind {
    /// User tasks; the goroutine of each is the one that began it.
    Tasks,
    /// User regions.
    Regions,
}

/// What marks have in common that are summed up together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct MarkKey {
    pub(crate) name: StringId,
    /// What the goroutine runs.
    pub(crate) function: StringId,
}

impl MarkKind {
    /// Ids are below this.
    pub(super) fn id_end(self, data: &TraceData) -> u32 {
        match self {
            Self::Tasks => data.tasks.len() as u32,
            Self::Regions => data.regions().len() as u32,
        }
    }

    /// A complete task or region, by its id or place.
    #[inline]
    pub(super) fn instance(self, data: &TraceData, id: u32) -> Option<Instance> {
        match self {
            Self::Tasks => {
                let task = data.task(TaskId(id)).filter(|_| TaskId(id) != TaskId::BACKGROUND)?;
                let (begin, end, goroutine) = (task.begin.get()?, task.end.get()?, task.begin_goroutine);
                data.life(goroutine)?;
                Some(Instance { of: InstanceOf::Task(TaskId(id)), goroutine, begin, end })
            }
            Self::Regions => {
                let region = data.regions().get(id as usize)?;
                let is_complete = region.bounds.has_begin && region.bounds.has_end && !region.is_inherited;
                let (begin, end, goroutine) = (region.begin, region.end, region.goroutine);
                is_complete.then_some(Instance { of: InstanceOf::Region(id), goroutine, begin, end })
            }
        }
    }

    #[inline]
    pub(super) fn key(self, data: &TraceData, id: u32, goroutine: GoId) -> MarkKey {
        let name = match self {
            Self::Tasks => data.task(TaskId(id)).map(|task| task.name).unwrap_or_default(),
            Self::Regions => data.regions()[id as usize].name,
        };
        MarkKey { name, function: data.start_function(goroutine) }
    }
}

/// All tasks or regions of a trace that are complete; see the head of the file.
#[derive(Debug)]
pub(crate) struct MarkDigest {
    pub(super) kind: MarkKind,
    /// The keys of each group; the last has all that are rare.
    pub(super) groups: Vec<Vec<MarkKey>>,
    pub(super) cells: Vec<MarkCell>,
    /// Ids by cell.
    pub(super) ids: Vec<u32>,
}

/// Marks of a group that begin in a batch and take about as long.
#[derive(Debug)]
pub(super) struct MarkCell {
    /// Their places in `ids`: those summed up, then the others; each by goroutine, in order of time.
    pub(super) summed: Range<usize>,
    pub(super) others: Range<usize>,
    /// Of all of them: from the first to the last.
    pub(super) begins: RangeInclusive<Time>,
    pub(super) ends: RangeInclusive<Time>,
    /// How long they take, from the shortest to the longest.
    pub(super) nanos: RangeInclusive<u64>,
    /// How long those take that are summed up.
    pub(super) wall: PackedHistogram,
    pub(super) sums: GroupDigest,
}

impl MarkDigest {
    pub(super) fn instances<'d>(
        &'d self,
        data: &'d TraceData,
        places: Range<usize>,
    ) -> impl Iterator<Item = Instance> + 'd {
        self.ids[places].iter().filter_map(|&id| self.kind.instance(data, id))
    }

    /// Bytes on the heap.
    pub(crate) fn heap_bytes(&self) -> usize {
        let of_cell =
            |cell: &MarkCell| size_of::<MarkCell>() + cell.wall.heap_bytes() + cell.sums.heap_bytes();
        self.ids.len() * 4
            + self.groups.iter().map(|keys| keys.len() * size_of::<MarkKey>()).sum::<usize>()
            + self.cells.iter().map(of_cell).sum::<usize>()
    }
}
