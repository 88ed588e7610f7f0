//! The fields of messages, whatever their wire types: who knows a field says what it takes it for.
//!
//! A message that goes on after the end of the file is cut off, and its beginning is still good. One that goes on after the
//! end of the message around it is malformed.

use std::cell::Cell;

use super::FORMAT;
use crate::error::ParseError;
use crate::interop::content::malformed;
use crate::pprof::wire_varint;

/// The value of a field.
#[derive(Clone, Copy)]
pub(super) enum Value<'a> {
    Varint(u64),
    Fixed64(u64),
    /// A message, a text or packed numbers.
    Bytes(Fields<'a>),
    /// The beginning of such; the file ends in it.
    Cut(Fields<'a>),
}

/// Whether the file ends before its last message does.
#[derive(Default)]
pub(super) struct CutOff(Cell<bool>);

impl CutOff {
    pub(super) fn is_set(&self) -> bool {
        self.0.get()
    }
}

/// What is left of a message.
#[derive(Clone, Copy)]
pub(super) struct Fields<'a> {
    rest: &'a [u8],
    /// Bytes of the file behind the message.
    after: usize,
    cut_off: &'a CutOff,
}

impl<'a> Fields<'a> {
    /// The fields of a message behind which the file has so many bytes.
    pub(super) fn of_message(bytes: &'a [u8], after: usize, cut_off: &'a CutOff) -> Self {
        Self { rest: bytes, after, cut_off }
    }

    /// The bytes that have not been read.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    fn field(&mut self) -> Option<Result<(u64, Value<'a>), ParseError>> {
        let key = match self.varint() {
            Some(Ok(key)) => key,
            Some(Err(error)) => return Some(Err(error)),
            None => return None,
        };
        let value = match key & 7 {
            0 => self.varint()?.map(Value::Varint),
            1 => self.fixed::<8>()?.map(|bytes| Value::Fixed64(u64::from_le_bytes(bytes))),
            2 => match self.varint()? {
                Ok(len) => self.message(len),
                Err(error) => Err(error),
            },
            // Nothing here has four bytes, so their value does not matter.
            5 => self.fixed::<4>()?.map(|_| Value::Varint(0)),
            wire_type => Err(malformed(FORMAT, format!("a field has wire type {wire_type}"))),
        };
        Some(value.map(|value| (key >> 3, value)))
    }

    /// `None` at the end of a file that is cut off.
    fn varint(&mut self) -> Option<Result<u64, ParseError>> {
        match wire_varint(&mut self.rest) {
            Some(value) => Some(Ok(value)),
            None if self.rest.len() < 10 => self.end("a number"),
            None => Some(Err(malformed(FORMAT, "a number is longer than ten bytes"))),
        }
    }

    fn fixed<const LEN: usize>(&mut self) -> Option<Result<[u8; LEN], ParseError>> {
        match self.rest.split_first_chunk::<LEN>() {
            Some((bytes, rest)) => {
                self.rest = rest;
                Some(Ok(*bytes))
            }
            None => self.end("a number"),
        }
    }

    fn message(&mut self, len: u64) -> Result<Value<'a>, ParseError> {
        let (cut_off, outer) = (self.cut_off, self.rest);
        match usize::try_from(len).ok().and_then(|len| outer.split_at_checked(len)) {
            Some((message, rest)) => {
                self.rest = rest;
                Ok(Value::Bytes(Self { rest: message, after: self.after + rest.len(), cut_off }))
            }
            None if self.after == 0 => {
                self.rest = &[];
                cut_off.0.set(true);
                Ok(Value::Cut(Self { rest: outer, after: 0, cut_off }))
            }
            None => Err(malformed(
                FORMAT,
                format!("a message announces {len} bytes where {} are left", outer.len()),
            )),
        }
    }

    /// The message ends within something.
    fn end<T>(&mut self, what: &str) -> Option<Result<T, ParseError>> {
        self.rest = &[];
        if self.after == 0 {
            self.cut_off.0.set(true);
            return None;
        }
        Some(Err(malformed(FORMAT, format!("a message ends within {what}"))))
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<(u64, Value<'a>), ParseError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() { None } else { self.field() }
    }
}

impl Value<'_> {
    /// Calls `take` with each integer of a repeated field, packed or not.
    pub(super) fn each_integer(self, mut take: impl FnMut(u64)) {
        match self {
            Self::Varint(number) => take(number),
            Self::Bytes(packed) => {
                let mut rest = packed.rest();
                while let Some(number) = wire_varint(&mut rest) {
                    take(number);
                }
            }
            Self::Fixed64(_) | Self::Cut(_) => {}
        }
    }

    /// The same as rows of a table.
    pub(super) fn each_row(self, rows: &mut Vec<u32>) {
        self.each_integer(|row| rows.push(u32::try_from(row).unwrap_or(u32::MAX)));
    }

    /// An integer as a row of a table.
    pub(super) fn row(self) -> u32 {
        match self {
            Self::Varint(row) => u32::try_from(row).unwrap_or(u32::MAX),
            _ => 0,
        }
    }

    /// An integer of either kind.
    pub(super) fn integer(self) -> u64 {
        match self {
            Self::Varint(number) | Self::Fixed64(number) => number,
            Self::Bytes(_) | Self::Cut(_) => 0,
        }
    }
}
