//! The tables of a trace and their columns. A column is named by what it shows, so that titles and places can change
//! without an order that was chosen or saved meaning another column.

use serde::{Deserialize, Serialize};

/// A table of a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum TraceTable {
    /// Goroutines that live in the selected time.
    Goroutines,
    /// User tasks.
    Tasks,
    /// User regions.
    Regions,
    /// Cycles of the garbage collector.
    GcCycles,
    /// Stop-the-world (STW) pauses.
    Pauses,
}

/// What a column shows. One list for all tables: what two of them show, as when something started, is one column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ColumnId {
    /// The name of the row.
    Name,
    /// Number of the goroutine.
    Goroutine,
    /// Number of the task.
    Task,
    /// When it started.
    Start,
    /// How long it took.
    Duration,
    /// How long it existed in the selected time.
    Total,
    /// Time running.
    Running,
    /// Time waiting for a P.
    Runnable,
    /// Time blocked.
    Blocked,
    /// Time in system calls.
    Syscall,
    /// Number of regions.
    Regions,
    /// Length of the mark phase.
    Mark,
    /// Time of stop-the-world pauses.
    Pauses,
    /// Time of mark assists.
    Assists,
    /// Heap when marking started.
    HeapBefore,
    /// Live heap after marking.
    HeapAfter,
    /// The heap goal.
    Goal,
}

/// The order of the rows of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TableSort {
    /// The column; a table that does not have it is sorted by name.
    pub column: ColumnId,
    /// Largest first.
    pub is_descending: bool,
}

/// The kind of numbers in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueKind {
    /// A duration in ns.
    Duration,
    /// A time in ns since the start of the trace.
    Moment,
    /// Bytes; negative if unknown.
    Bytes,
    /// A count.
    Count,
    /// The number of a goroutine.
    Number,
}

/// A column after the name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceColumn {
    /// Its identity.
    pub id: ColumnId,
    /// Its name.
    pub title: &'static str,
    /// Its explanation.
    pub tooltip: &'static str,
    /// The kind of its numbers.
    pub kind: ValueKind,
}

const fn column(
    id: ColumnId,
    (title, tooltip): (&'static str, &'static str),
    kind: ValueKind,
) -> TraceColumn {
    TraceColumn { id, title, tooltip, kind }
}

const GOROUTINES: &[TraceColumn] = &[
    column(ColumnId::Goroutine, ("goroutine", "Its number"), ValueKind::Number),
    column(ColumnId::Total, ("total", "Its lifetime within the selected time"), ValueKind::Duration),
    column(ColumnId::Running, ("running", "Executing Go code"), ValueKind::Duration),
    column(ColumnId::Runnable, ("runnable", "Waiting for a P"), ValueKind::Duration),
    column(ColumnId::Blocked, ("blocked", "Blocked on anything else"), ValueKind::Duration),
    column(ColumnId::Syscall, ("syscall", "In system calls"), ValueKind::Duration),
];

const TASKS: &[TraceColumn] = &[
    column(ColumnId::Task, ("task", "Its number"), ValueKind::Number),
    column(ColumnId::Start, ("start", "Since the start of the trace"), ValueKind::Moment),
    column(
        ColumnId::Duration,
        ("duration", "From start to end, as far as the trace goes"),
        ValueKind::Duration,
    ),
    column(ColumnId::Regions, ("regions", "Regions that belong to it"), ValueKind::Count),
];

const REGIONS: &[TraceColumn] = &[
    column(ColumnId::Goroutine, ("goroutine", "The goroutine it belongs to"), ValueKind::Number),
    column(ColumnId::Start, ("start", "Since the start of the trace"), ValueKind::Moment),
    column(
        ColumnId::Duration,
        ("duration", "From start to end, as far as the trace goes"),
        ValueKind::Duration,
    ),
];

const CYCLES: &[TraceColumn] = &[
    column(ColumnId::Start, ("start", "When marking started"), ValueKind::Moment),
    column(ColumnId::Mark, ("mark", "Length of the mark phase"), ValueKind::Duration),
    column(ColumnId::Pauses, ("pauses", "Stop-the-world pauses in it"), ValueKind::Duration),
    column(ColumnId::Assists, ("assists", "Time of mark assists"), ValueKind::Duration),
    column(ColumnId::HeapBefore, ("heap before", "Heap in use when marking started"), ValueKind::Bytes),
    column(ColumnId::HeapAfter, ("heap after", "Live heap after marking"), ValueKind::Bytes),
    column(ColumnId::Goal, ("goal", "Heap size by which marking should be done"), ValueKind::Bytes),
];

const PAUSES: &[TraceColumn] = &[
    column(ColumnId::Goroutine, ("goroutine", "The goroutine that stopped the world"), ValueKind::Number),
    column(ColumnId::Start, ("start", "Since the start of the trace"), ValueKind::Moment),
    column(ColumnId::Duration, ("duration", "Length of the pause"), ValueKind::Duration),
];

impl TraceTable {
    /// Its columns after the name.
    pub const fn columns(self) -> &'static [TraceColumn] {
        match self {
            Self::Goroutines => GOROUTINES,
            Self::Tasks => TASKS,
            Self::Regions => REGIONS,
            Self::GcCycles => CYCLES,
            Self::Pauses => PAUSES,
        }
    }

    /// Its initial order.
    pub const fn first_sort(self) -> TableSort {
        let (column, is_descending) = match self {
            Self::Goroutines => (ColumnId::Running, true),
            Self::Tasks | Self::Regions | Self::Pauses => (ColumnId::Duration, true),
            Self::GcCycles => (ColumnId::Start, false),
        };
        TableSort { column, is_descending }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLES: [TraceTable; 5] = [
        TraceTable::Goroutines,
        TraceTable::Tasks,
        TraceTable::Regions,
        TraceTable::GcCycles,
        TraceTable::Pauses,
    ];

    #[test]
    fn a_table_is_sorted_at_first_by_a_column_that_it_has_once() {
        for table in TABLES {
            let first = table.first_sort().column;
            assert_eq!(table.columns().iter().filter(|column| column.id == first).count(), 1, "{table:?}");
        }
    }

    #[test]
    fn no_table_has_a_column_twice_or_its_name_as_a_number() {
        for table in TABLES {
            for (index, column) in table.columns().iter().enumerate() {
                assert_ne!(column.id, ColumnId::Name, "{table:?}");
                assert!(table.columns()[..index].iter().all(|other| other.id != column.id), "{table:?}");
            }
        }
    }
}
