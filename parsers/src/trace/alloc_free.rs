//! The AllocFree experiment (Go 1.23 and later, `GODEBUG=traceallocfree=1`): every span, object and stack.
//!
//! Its events carry small ids instead of addresses, and its batches of opaque bytes say how to get them back:
//!
//! ```text
//! first byte 1  heap layout   min heap address, page size, min object alignment, fixed stack size
//! first byte 0  types         (id, address, size, pointer bytes, name length, name)…
//!
//! span:   address = min + id × page size        kindclass 1 = not for objects, else span class × 2
//! object: address = min + id × alignment        type = id of a type
//! stack:  address = min + id × stack size       size = 2^(order - 1)
//! ```

use super::event::Experimental;
use super::tables::ExperimentalBatch;
use super::uvarint::split_uvarint;

/// Number of the experiment in [`ExperimentalBatch`].
pub const ALLOC_FREE: u8 = 1;

/// A type of heap objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeapType<'a> {
    /// What events call it.
    pub id: u64,
    /// Address of the type's descriptor.
    pub address: u64,
    /// Size of an object.
    pub size: u64,
    /// Bytes from its start that may hold pointers.
    pub pointer_bytes: u64,
    /// Its name; bytes, as all strings of a trace.
    pub name: &'a [u8],
}

/// What the batches of a generation say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeapLayout<'a> {
    /// Lowest address of the heap.
    pub min_address: u64,
    /// Bytes of a page.
    pub page_bytes: u64,
    /// Every object's address is a multiple of this.
    pub alignment_bytes: u64,
    /// Bytes of the smallest stack.
    pub stack_bytes: u64,
    /// Types by the order of the file.
    pub types: Vec<HeapType<'a>>,
    /// Bytes that could not be read.
    pub malformed_bytes: u64,
}

impl<'a> HeapLayout<'a> {
    /// Decodes the batches of a generation; `data` is the whole trace. `None` if there are none.
    pub fn decode(batches: &[ExperimentalBatch], data: &'a [u8]) -> Option<Self> {
        let mut layout = None;
        for batch in batches.iter().filter(|batch| batch.experiment == ALLOC_FREE) {
            let bytes = data.get(batch.bytes.clone()).unwrap_or_default();
            let layout = layout.get_or_insert_with(Self::default);
            let rest = match bytes.split_first() {
                Some((1, rest)) => layout.add_info(rest).unwrap_or(rest),
                Some((0, rest)) => layout.add_types(rest),
                _ => bytes,
            };
            layout.malformed_bytes += rest.len() as u64;
        }
        layout
    }

    fn add_info(&mut self, rest: &'a [u8]) -> Option<&'a [u8]> {
        let (min_address, rest) = split_uvarint(rest)?;
        let (page_bytes, rest) = split_uvarint(rest)?;
        let (alignment_bytes, rest) = split_uvarint(rest)?;
        let (stack_bytes, rest) = split_uvarint(rest)?;
        (self.min_address, self.page_bytes) = (min_address, page_bytes);
        (self.alignment_bytes, self.stack_bytes) = (alignment_bytes, stack_bytes);
        Some(rest)
    }

    /// Adds all types that can be read; gives what is left.
    fn add_types(&mut self, mut rest: &'a [u8]) -> &'a [u8] {
        while let Some((heap_type, tail)) = heap_type(rest) {
            self.types.push(heap_type);
            rest = tail;
        }
        rest
    }

    /// The address that an event's first argument stands for.
    pub fn address(&self, event: Experimental, id: u64) -> u64 {
        let unit = match event {
            Experimental::Span | Experimental::SpanAlloc | Experimental::SpanFree => self.page_bytes,
            Experimental::HeapObject | Experimental::HeapObjectAlloc | Experimental::HeapObjectFree => {
                self.alignment_bytes
            }
            Experimental::GoroutineStack
            | Experimental::GoroutineStackAlloc
            | Experimental::GoroutineStackFree => self.stack_bytes,
        };
        self.min_address.wrapping_add(id.wrapping_mul(unit))
    }
}

fn heap_type(rest: &[u8]) -> Option<(HeapType<'_>, &[u8])> {
    let (id, rest) = split_uvarint(rest)?;
    let (address, rest) = split_uvarint(rest)?;
    let (size, rest) = split_uvarint(rest)?;
    let (pointer_bytes, rest) = split_uvarint(rest)?;
    let (len, rest) = split_uvarint(rest)?;
    let (name, rest) = rest.split_at_checked(usize::try_from(len).ok()?)?;
    Some((HeapType { id, address, size, pointer_bytes, name }, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::ThreadId;

    #[test]
    fn layout_and_types_come_from_the_experimental_batches() {
        let data = [1, 0x80, 0x20, 0x80, 0x40, 8, 0x80, 0x10, 0, 3, 9, 16, 8, 2, b'T', b'1', 0xff];
        let batch = |bytes| ExperimentalBatch { experiment: ALLOC_FREE, thread: ThreadId::NONE, bytes };
        let layout = HeapLayout::decode(&[batch(0..8), batch(8..17)], &data).expect("there are batches");
        assert_eq!((layout.min_address, layout.page_bytes, layout.malformed_bytes), (4096, 8192, 1));
        let expected = HeapType { id: 3, address: 9, size: 16, pointer_bytes: 8, name: b"T1" };
        assert_eq!(layout.types, [expected]);
        assert_eq!(layout.address(Experimental::SpanAlloc, 2), 4096 + 2 * 8192);
        assert_eq!(layout.address(Experimental::HeapObject, 2), 4096 + 16);
    }
}
