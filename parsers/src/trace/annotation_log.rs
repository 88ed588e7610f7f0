//! Tasks, regions and messages of a piece, in about a dozen bytes each, until its past is known.
//!
//! Many pieces are in order and wait for those before them, the more the more cores there are, and some programs annotate all
//! that they do: as events, what waits took as much memory as the model of its spans.
//!
//! ```text
//! 2 bytes   kind, and the lengths of five numbers
//! 1 to 4    nanoseconds since the one before │ goroutine │ stack │ task │ name
//! 4 bytes   parent of a task that begins, text of a message
//! ```
//!
//! Threads and Ps are not kept: nobody asks for those of an annotation.

use super::event::{Event, EventKind, GoId, ProcId, StackId, StringId, TaskId, ThreadId, Time};
use super::piece_ids::PieceIds;

const TASK_BEGIN: u16 = 0;
const TASK_END: u16 = 1;
const REGION_BEGIN: u16 = 2;
const REGION_END: u16 = 3;
const LOG: u16 = 4;
/// No annotation: more nanoseconds passed than fit into a number. The time follows in 8 bytes.
const TIME: u16 = 5;

const KIND_BITS: u32 = 3;
const NUMBERS: usize = 5;
const MOST_BYTES: usize = 2 + 4 * NUMBERS + 4;

/// Annotations in order, with ids of their piece.
#[derive(Debug, Default)]
pub(super) struct AnnotationLog {
    bytes: Vec<u8>,
    last_time: Time,
}

/// The annotations of a piece that was sewn to the trace.
#[derive(Debug, Default)]
pub struct PieceAnnotations {
    pub(super) log: AnnotationLog,
    /// Of each end of a task in order, what its begin said: parent and type, with ids of the trace.
    pub(super) begins: Vec<Option<(TaskId, StringId)>>,
    /// How many of them have been delivered already.
    pub(super) n_delivered: usize,
}

impl PieceAnnotations {
    /// Those that have not been delivered, in order, with ids of the trace but for thread and P, which are left out. Ends of tasks
    /// say what their begins said.
    pub fn events<'a>(&'a self, ids: &'a PieceIds) -> impl Iterator<Item = Event> + 'a {
        self.all(ids).skip(self.n_delivered)
    }

    pub(super) fn all<'a>(&'a self, ids: &'a PieceIds) -> impl Iterator<Item = Event> + 'a {
        let mut begins = self.begins.iter();
        self.log.events().map(move |event| {
            let mut event = ids.event(&event);
            if let EventKind::TaskEnd { parent, name, .. } = &mut event.kind
                && let Some(Some(begin)) = begins.next()
            {
                (*parent, *name) = *begin;
            }
            event
        })
    }
}

/// What an annotation says: kind, task, name, and one more if it has that.
fn words_of(kind: &EventKind) -> Option<(u16, TaskId, StringId, Option<u32>)> {
    Some(match *kind {
        EventKind::TaskBegin { task, parent, name } => (TASK_BEGIN, task, name, Some(parent.0)),
        EventKind::TaskEnd { task, .. } => (TASK_END, task, StringId::NONE, None),
        EventKind::RegionBegin { task, name } => (REGION_BEGIN, task, name, None),
        EventKind::RegionEnd { task, name } => (REGION_END, task, name, None),
        EventKind::Log { task, category, message } => (LOG, task, category, Some(message.0)),
        _ => return None,
    })
}

impl AnnotationLog {
    /// Adds an annotation of a piece, in which ends of tasks do not know their begins. Other events are none.
    pub(super) fn push(&mut self, event: &Event) {
        let Some((kind, task, name, last)) = words_of(&event.kind) else { return };
        let since = event.time.wrapping_sub(self.last_time).cast_unsigned();
        let since = u32::try_from(since).unwrap_or_else(|_| self.push_time(event.time));
        self.last_time = event.time;
        let mut row = [0; MOST_BYTES];
        let (mut head, mut at) = (kind, 2);
        for (place, number) in
            [since, event.goroutine.0, event.stack.0, task.0, name.0].into_iter().enumerate()
        {
            row[at..at + 4].copy_from_slice(&number.to_le_bytes());
            let len = 4 - ((number | 1).leading_zeros() / 8);
            head |= (len as u16 - 1) << (KIND_BITS as usize + 2 * place);
            at += len as usize;
        }
        if let Some(last) = last {
            row[at..at + 4].copy_from_slice(&last.to_le_bytes());
            at += 4;
        }
        row[..2].copy_from_slice(&head.to_le_bytes());
        self.bytes.extend_from_slice(&row[..at]);
    }

    /// Says what time it is; no time has passed since.
    #[cold]
    fn push_time(&mut self, time: Time) -> u32 {
        self.bytes.extend_from_slice(&TIME.to_le_bytes());
        self.bytes.extend_from_slice(&time.to_le_bytes());
        0
    }

    /// All of them, in order.
    pub(super) fn events(&self) -> Events<'_> {
        Events { rest: &self.bytes, last_time: 0 }
    }
}

/// Reads annotations.
#[derive(Debug)]
pub(super) struct Events<'a> {
    rest: &'a [u8],
    last_time: Time,
}

impl Events<'_> {
    /// The next number, which has `len` bytes.
    #[inline]
    fn number(&mut self, len: usize) -> Option<u32> {
        let mut word = [0; 4];
        match self.rest.first_chunk::<4>() {
            Some(bytes) => word = *bytes,
            None => word.get_mut(..len)?.copy_from_slice(self.rest.get(..len)?),
        }
        self.rest = self.rest.get(len..)?;
        Some(u32::from_le_bytes(word) & (u32::MAX >> (32 - 8 * len)))
    }

    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (bytes, rest) = self.rest.split_first_chunk::<N>()?;
        self.rest = rest;
        Some(*bytes)
    }
}

impl Iterator for Events<'_> {
    type Item = Event;

    #[inline]
    fn next(&mut self) -> Option<Event> {
        let mut head = u16::from_le_bytes(self.take()?);
        if head == TIME {
            self.last_time = Time::from_le_bytes(self.take()?);
            head = u16::from_le_bytes(self.take()?);
        }
        let mut numbers = [0; NUMBERS];
        for (place, number) in numbers.iter_mut().enumerate() {
            let len = 1 + usize::from(head >> (KIND_BITS as usize + 2 * place) & 3);
            *number = self.number(len)?;
        }
        let [since, goroutine, stack, task, name] = numbers;
        let (task, name) = (TaskId(task), StringId(name));
        let kind = match head & ((1 << KIND_BITS) - 1) {
            TASK_BEGIN => {
                EventKind::TaskBegin { task, name, parent: TaskId(u32::from_le_bytes(self.take()?)) }
            }
            TASK_END => EventKind::TaskEnd { task, parent: TaskId::NONE, name },
            REGION_BEGIN => EventKind::RegionBegin { task, name },
            REGION_END => EventKind::RegionEnd { task, name },
            _ => EventKind::Log { task, category: name, message: StringId(u32::from_le_bytes(self.take()?)) },
        };
        self.last_time = self.last_time.wrapping_add(i64::from(since));
        Some(Event {
            time: self.last_time,
            thread: ThreadId::NONE,
            proc: ProcId::NONE,
            goroutine: GoId(goroutine),
            stack: StackId(stack),
            kind,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn annotation() -> impl Strategy<Value = Event> {
        let number = prop_oneof![0..300_u32, any::<u32>(), Just(u32::MAX)];
        let time = prop_oneof![0..5_000_000_000_i64, any::<i64>()];
        let ids = (number.clone(), number.clone(), number.clone(), number.clone(), number);
        (0..5_u8, time, ids).prop_map(|(kind, time, (goroutine, stack, task, name, last))| {
            let (task, name) = (TaskId(task), StringId(name));
            let kind = match kind {
                0 => EventKind::TaskBegin { task, parent: TaskId(last), name },
                1 => EventKind::TaskEnd { task, parent: TaskId::NONE, name: StringId::NONE },
                2 => EventKind::RegionBegin { task, name },
                3 => EventKind::RegionEnd { task, name },
                _ => EventKind::Log { task, category: name, message: StringId(last) },
            };
            let (goroutine, stack) = (GoId(goroutine), StackId(stack));
            Event { time, thread: ThreadId::NONE, proc: ProcId::NONE, goroutine, stack, kind }
        })
    }

    proptest! {
        #[test]
        fn what_goes_in_comes_out(events in prop::collection::vec(annotation(), 0..40)) {
            let mut log = AnnotationLog::default();
            events.iter().for_each(|event| log.push(event));
            prop_assert_eq!(log.events().collect::<Vec<_>>(), events);
        }
    }

    #[test]
    fn a_region_of_a_usual_trace_takes_a_dozen_bytes() {
        let mut log = AnnotationLog::default();
        let kind = EventKind::RegionBegin { task: TaskId(300_000), name: StringId(17) };
        let (thread, proc) = (ThreadId::NONE, ProcId::NONE);
        for time in [5_000, 12_000] {
            log.push(&Event { time, thread, proc, goroutine: GoId(40_000), stack: StackId(3_000), kind });
        }
        assert_eq!(log.bytes.len(), 2 * (2 + 2 + 2 + 2 + 3 + 1));
    }
}
