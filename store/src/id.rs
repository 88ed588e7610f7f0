//! Ids of frames, stacks, profiles and traces: the first 16 bytes of SHA-256 over what they are.
//!
//! Every engine has SHA-256, crafted names cannot make two stacks collide, and two machines that write the same profile write
//! the same ids. Integers are little-endian, texts have their length (u32) before them.
//!
//! | id | bytes hashed |
//! |---|---|
//! | frame | `gf1`, function, system name, file, start line, line, column (i64), inlined (u8) |
//! | stack | `gs1`, number of frames (u32), ids of the frames, leaf first |
//! | profile | `gp1`, the bytes of the profile, not compressed |
//! | trace | `gt1`, the bytes of the trace, not compressed |

use std::fmt;

use sha2::{Digest as _, Sha256};

/// The id of a row in one of the tables.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(pub [u8; 16]);

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What makes a frame: equal frames of two builds are one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FrameKey<'a> {
    pub(crate) function: &'a [u8],
    pub(crate) system_name: &'a [u8],
    pub(crate) file: &'a [u8],
    pub(crate) start_line: i64,
    pub(crate) line: i64,
    pub(crate) column: i64,
    pub(crate) is_inlined: bool,
}

impl FrameKey<'_> {
    /// A place of which nothing is known.
    pub(crate) const NOTHING: Self = Self {
        function: b"",
        system_name: b"",
        file: b"",
        start_line: 0,
        line: 0,
        column: 0,
        is_inlined: false,
    };
}

/// The id of a frame.
pub(crate) fn frame_id(frame: &FrameKey<'_>) -> Id {
    let mut hash = Sha256::new_with_prefix(b"gf1");
    for text in [frame.function, frame.system_name, frame.file] {
        hash.update(u32::try_from(text.len()).unwrap_or(u32::MAX).to_le_bytes());
        hash.update(text);
    }
    for number in [frame.start_line, frame.line, frame.column] {
        hash.update(number.to_le_bytes());
    }
    hash.update([u8::from(frame.is_inlined)]);
    first_half(hash)
}

/// The id of a stack, leaf first.
pub(crate) fn stack_id(frames: impl ExactSizeIterator<Item = Id>) -> Id {
    let mut hash = Sha256::new_with_prefix(b"gs1");
    hash.update(u32::try_from(frames.len()).unwrap_or(u32::MAX).to_le_bytes());
    frames.for_each(|frame| hash.update(frame.0));
    first_half(hash)
}

/// The id of a profile, of its bytes without compression.
pub fn profile_id(content: &[u8]) -> Id {
    first_half(Sha256::new_with_prefix(b"gp1").chain_update(content))
}

/// The id of a trace, of its bytes without compression.
pub fn trace_id(content: &[u8]) -> Id {
    first_half(Sha256::new_with_prefix(b"gt1").chain_update(content))
}

/// The name of a part that holds these: the same input gives the same name.
pub(crate) fn part_name(ids: impl IntoIterator<Item = Id>) -> String {
    let mut ids: Vec<Id> = ids.into_iter().collect();
    ids.sort_unstable();
    let mut hash = Sha256::new();
    ids.iter().for_each(|id| hash.update(id.0));
    let name = first_half(hash).to_string();
    name.get(..16).unwrap_or(&name).to_owned()
}

fn first_half(hash: Sha256) -> Id {
    let mut id = Id::default();
    id.0.copy_from_slice(&hash.finalize()[..16]);
    id
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The digests were made by Python's hashlib, of the bytes in the table above.
    #[test]
    fn ids_are_what_other_programs_compute() {
        let frame = FrameKey {
            function: b"main.main",
            system_name: b"main.main",
            file: b"main.go",
            start_line: 3,
            line: 5,
            column: 0,
            is_inlined: false,
        };
        let id = frame_id(&frame);
        let stack = stack_id([id, id].into_iter());
        insta::assert_snapshot!(format!("{id}\n{stack}\n{}", profile_id(b"abc")), @r"
        f26b2c0c045bdc3a2c4642b0de68c65e
        a9df784812ab34642efa624704ff0370
        c0f2ac52413fc88bfd1d573718cff39b
        ");
    }
}
