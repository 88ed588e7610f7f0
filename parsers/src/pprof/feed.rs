//! The top-level fields of a profile as they arrive in chunks.
//!
//! A field that lies in one chunk is lent as it is; one that is cut in two is put together in `carry`. So only a
//! field, never the whole of the inflated data, is in memory.

use super::wire::{Fault, fixed_len, unknown_wire_type, varint};
use crate::chunks::{Chunk, Chunks};
use crate::error::ParseError;

/// The highest field number of `Profile`; payloads of others are not even put together.
pub(super) const MAX_KNOWN_FIELD: u64 = 15;

/// What a top-level field holds.
#[derive(Clone, Copy, Debug)]
pub(super) enum Payload<'a> {
    Varint(u64),
    Bytes(&'a [u8]),
    /// Four or eight bytes: in no field of profile.proto, so their value does not matter.
    Fixed,
}

/// A top-level field and where it lies in the inflated data.
#[derive(Clone, Copy, Debug)]
pub(super) struct TopField<'a> {
    pub(super) number: u64,
    pub(super) payload: Payload<'a>,
    /// Bytes of the whole field, key and length included.
    pub(super) len: usize,
    /// Offset of the first byte after the field.
    pub(super) end_offset: u64,
}

impl TopField<'_> {
    /// Offset of the first byte.
    pub(super) fn start_offset(&self) -> u64 {
        self.end_offset - self.len as u64
    }
}

/// Walks the top-level fields.
pub(super) struct Feed<'a> {
    chunks: Chunks<'a>,
    chunk: Chunk<'a>,
    /// How much of `chunk` has been used.
    position: usize,
    /// Offset of `position` in the inflated data.
    offset: u64,
    carry: Vec<u8>,
    /// The most that `carry` may hold.
    max_carry_bytes: u64,
    chunks_taken: u64,
}

/// The beginning of a field: all but its payload.
#[derive(Clone, Copy)]
struct Header {
    number: u64,
    kind: Kind,
    /// Bytes before the payload; for a varint the whole field.
    header_len: usize,
    payload_len: u64,
}

#[derive(Clone, Copy)]
enum Kind {
    Varint(u64),
    Bytes,
    Fixed,
}

impl Header {
    /// `None` if `data` ends before the header does.
    #[inline]
    fn read(data: &[u8]) -> Result<Option<Self>, Fault> {
        let mut rest = data;
        let Some(key) = varint_so_far(&mut rest)? else { return Ok(None) };
        let number = key >> 3;
        let (kind, payload_len) = match key & 7 {
            wire_type @ (0 | 2) => {
                let Some(value) = varint_so_far(&mut rest)? else { return Ok(None) };
                if wire_type == 0 { (Kind::Varint(value), 0) } else { (Kind::Bytes, value) }
            }
            wire_type => match fixed_len(wire_type) {
                Some(len) => (Kind::Fixed, len as u64),
                None => return Err(unknown_wire_type(number, wire_type, 0)),
            },
        };
        Ok(Some(Self { number, kind, header_len: data.len() - rest.len(), payload_len }))
    }

    /// Bytes of the whole field.
    #[inline]
    fn len(&self) -> u64 {
        self.payload_len.saturating_add(self.header_len as u64)
    }

    /// Whether the payload is of no interest.
    fn is_skipped(&self) -> bool {
        self.number > MAX_KNOWN_FIELD || self.number == 0
    }

    /// The field, all of whose bytes are at hand.
    #[inline]
    fn field<'a>(&self, bytes: &'a [u8], end_offset: u64) -> TopField<'a> {
        let payload = match self.kind {
            Kind::Varint(value) => Payload::Varint(value),
            Kind::Bytes => Payload::Bytes(bytes.get(self.header_len..).unwrap_or(&[])),
            Kind::Fixed => Payload::Fixed,
        };
        TopField { number: self.number, payload, len: bytes.len(), end_offset }
    }
}

/// A varint off the front of `rest`; `None` if it goes on after the end.
#[inline]
fn varint_so_far(rest: &mut &[u8]) -> Result<Option<u64>, Fault> {
    let available = rest.len();
    match varint(rest) {
        Ok(value) => Ok(Some(value)),
        Err(_) if available < 10 => Ok(None),
        Err(fault) => Err(fault),
    }
}

impl<'a> Feed<'a> {
    pub(super) fn new(chunks: Chunks<'a>, max_carry_bytes: u64) -> Self {
        Self {
            chunks,
            chunk: Chunk::empty(),
            position: 0,
            offset: 0,
            carry: Vec::new(),
            max_carry_bytes,
            chunks_taken: 0,
        }
    }

    /// Bytes before the next field: after the last field, the length of the data.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// How many chunks have been taken: changes about once a megabyte.
    pub(super) fn chunks_taken(&self) -> u64 {
        self.chunks_taken
    }

    /// The next field; `None` at the end.
    #[inline]
    pub(super) fn next(&mut self) -> Result<Option<TopField<'_>>, ParseError> {
        loop {
            let data = self.chunk.get(self.position..).unwrap_or(&[]);
            if data.is_empty() {
                if !self.take_chunk()? {
                    return Ok(None);
                }
                continue;
            }
            let header =
                Header::read(data).map_err(|fault| ParseError::profile(self.offset, fault.what()))?;
            let Some(header) = header.filter(|header| header.len() <= data.len() as u64) else { break };
            let start = self.position;
            self.advance(header.len());
            let bytes = self.chunk.get(start..self.position).unwrap_or(&[]);
            return Ok(Some(header.field(bytes, self.offset)));
        }
        self.next_across_chunks()
    }

    /// A field whose end is in a later chunk than its beginning.
    fn next_across_chunks(&mut self) -> Result<Option<TopField<'_>>, ParseError> {
        let start_offset = self.offset;
        self.carry.clear();
        let header = loop {
            let header =
                Header::read(&self.carry).map_err(|fault| ParseError::profile(start_offset, fault.what()))?;
            let missing = match &header {
                Some(header) if header.is_skipped() => {
                    self.skip(header, start_offset)?;
                    break *header;
                }
                // Known before anything of it is inflated.
                Some(header) if header.len() > self.max_carry_bytes => {
                    return Err(ParseError::Memory { limit_bytes: self.max_carry_bytes });
                }
                Some(header) => header.len() - self.carry.len() as u64,
                // A header is at most twenty bytes: one at a time is good enough.
                None => 1,
            };
            if let Some(header) = header.filter(|_| missing == 0) {
                break header;
            }
            self.carry_over(missing, start_offset, header.as_ref())?;
        };
        Ok(Some(header.field(&self.carry, self.offset)))
    }

    /// Moves up to `missing` bytes, at least one, to `carry`.
    fn carry_over(
        &mut self,
        missing: u64,
        start_offset: u64,
        header: Option<&Header>,
    ) -> Result<(), ParseError> {
        let available = self.available(start_offset, header)?;
        let taken = missing.min(available as u64);
        let bytes = self.chunk.get(self.position..self.position + index(taken)).unwrap_or(&[]);
        self.carry.extend_from_slice(bytes);
        self.advance(taken);
        if self.carry.len() as u64 > self.max_carry_bytes {
            return Err(ParseError::Memory { limit_bytes: self.max_carry_bytes });
        }
        Ok(())
    }

    /// Goes past the payload of a field whose header is all that `carry` holds.
    fn skip(&mut self, header: &Header, start_offset: u64) -> Result<(), ParseError> {
        let mut missing = header.len() - self.carry.len() as u64;
        while missing > 0 {
            let taken = missing.min(self.available(start_offset, Some(header))? as u64);
            self.advance(taken);
            missing -= taken;
        }
        Ok(())
    }

    /// Bytes at hand, at least one; an error where the data ends in the middle of a field.
    fn available(&mut self, start_offset: u64, header: Option<&Header>) -> Result<usize, ParseError> {
        loop {
            let available = self.chunk.len() - self.position;
            if available > 0 {
                return Ok(available);
            }
            if !self.take_chunk()? {
                return Err(cut_off(start_offset, self.offset, header));
            }
        }
    }

    #[inline]
    fn advance(&mut self, bytes: u64) {
        self.position += index(bytes);
        self.offset += bytes;
    }

    /// Goes on to the next chunk; `false` at the end.
    fn take_chunk(&mut self) -> Result<bool, ParseError> {
        let spent = std::mem::replace(&mut self.chunk, Chunk::empty());
        self.position = 0;
        self.chunks_taken += 1;
        self.chunk = self.chunks.next(spent)?;
        Ok(!self.chunk.is_empty())
    }
}

/// A length that has been compared with that of a slice before.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "never more than the length of a slice")]
fn index(bytes: u64) -> usize {
    bytes as usize
}

#[cold]
fn cut_off(start_offset: u64, end_offset: u64, header: Option<&Header>) -> ParseError {
    let what = match header {
        Some(header) => format!(
            "field {} announces {} bytes where {} are left",
            header.number,
            header.payload_len,
            (end_offset - start_offset).saturating_sub(header.header_len as u64)
        ),
        None => "the data ends in the middle of a field's key or length".to_owned(),
    };
    ParseError::profile(start_offset, what)
}
