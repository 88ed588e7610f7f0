//! What a file was like, in a few bytes: enough to say later that it has changed.
//!
//! The time of the last change is not part of it: a copy of a file is the same file.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::Path;

use serde::{Deserialize, Serialize};

/// Bytes that are looked at from either end. Profiles and traces that were written by two runs differ there: in their
/// times, or in the checksum at the end of a compressed file.
const END_BYTES: u64 = 64 << 10;

/// What a file was like.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FileMark {
    /// Its length.
    pub bytes: u64,
    /// FNV-1a of 64 bits over its first and last 64 KiB, as 16 hexadecimal digits.
    pub ends: String,
}

impl FileMark {
    /// Looks at a file.
    ///
    /// # Errors
    /// What the system says; also of what is no regular file: reading a pipe would take from it what others wait for.
    pub fn of(path: &Path) -> io::Result<Self> {
        if !path.metadata()?.is_file() {
            return Err(io::Error::other("is no regular file"));
        }
        let mut file = File::open(path)?;
        let bytes = file.metadata()?.len();
        let mut seen = Vec::new();
        file.by_ref().take(END_BYTES).read_to_end(&mut seen)?;
        if bytes > END_BYTES {
            file.seek(SeekFrom::Start(bytes.saturating_sub(END_BYTES).max(END_BYTES)))?;
            file.take(END_BYTES).read_to_end(&mut seen)?;
        }
        Ok(Self { bytes, ends: format!("{:016x}", fnv1a(&seen)) })
    }
}

/// FNV-1a (<http://www.isthe.com/chongo/tech/comp/fnv/>): it means the same in every version of every program.
fn fnv1a(bytes: &[u8]) -> u64 {
    let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_fnv_1a() {
        // From the test vectors of its authors.
        assert_eq!(fnv1a(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv1a(b"foobar"), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn a_copy_is_the_same_and_a_change_at_either_end_is_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let mark = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).expect("a file");
            FileMark::of(&path).expect("a mark")
        };
        let mut bytes: Vec<u8> = (0..200_000_u32).map(|at| at as u8).collect();
        let first = mark("a", &bytes);
        assert_eq!(mark("copy", &bytes), first);
        bytes[199_999] ^= 1;
        let last = mark("end", &bytes);
        assert_ne!(last, first);
        assert_eq!(last.bytes, first.bytes);
        bytes[0] ^= 1;
        assert_ne!(mark("begin", &bytes), last);
        assert_ne!(mark("short", b"x"), mark("shorter", b""));
        assert!(FileMark::of(folder.path()).is_err(), "a folder has none");
    }
}
