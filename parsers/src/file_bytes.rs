//! The bytes of a file: mapped where the system can, read into memory where it cannot (pipes, devices, `/proc`).
//!
//! The only `unsafe` of the crate are the calls that map a file and that give parts of the map back. What the bytes mean
//! is [`crate::detect`]'s business; compressed files stay compressed here.

use std::fs::File;
use std::io::{self, Read};
use std::ops::{Deref, Range};
use std::path::Path;

use memmap2::Mmap;

use crate::error::ParseError;

/// Files up to this size are read: a map costs more than the copy, and a read file cannot change under us.
const READ_UP_TO_BYTES: u64 = 128 << 10;

/// The most that is taken from a pipe or device, whose end cannot be known beforehand (`/dev/zero` has none).
const MAX_STREAM_BYTES: u64 = 2 << 30;

/// The bytes of a file, as a slice.
#[derive(Debug)]
pub struct FileBytes(Storage);

#[derive(Debug)]
enum Storage {
    Read(Vec<u8>),
    Mapped(Mmap),
}

impl FileBytes {
    /// Opens a file: large regular files are mapped, all others are read.
    ///
    /// # Errors
    /// [`ParseError::Io`] if the file cannot be opened or read, is a folder, or is a stream of more than 2 GiB.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, ParseError> {
        let path = path.as_ref();
        let io_error = |source| ParseError::Io { context: path.display().to_string(), source };
        let file = File::open(path).map_err(io_error)?;
        let metadata = file.metadata().map_err(io_error)?;
        if metadata.is_dir() {
            return Err(io_error(io::Error::new(io::ErrorKind::IsADirectory, "is a folder, not a file")));
        }
        if metadata.is_file() && metadata.len() > READ_UP_TO_BYTES {
            // A file system that cannot map (some network ones) may still read.
            if let Ok(map) = map(&file) {
                return Ok(Self(Storage::Mapped(map)));
            }
        }
        Self::read(file).map_err(io_error)
    }

    /// Reads standard input to its end.
    ///
    /// # Errors
    /// [`ParseError::Io`] if reading fails or there are more than 2 GiB.
    pub fn from_stdin() -> Result<Self, ParseError> {
        Self::read(io::stdin().lock())
            .map_err(|source| ParseError::Io { context: "standard input".to_owned(), source })
    }

    /// Lets the system take back the memory behind a part of a mapped file that will hardly be read again. Reading
    /// it again is right, and slow. Nothing happens to a file that was read into memory, or outside Linux.
    pub fn release(&self, part: Range<usize>) {
        if let Storage::Mapped(map) = &self.0 {
            release_pages(map, part);
        }
    }

    fn read(input: impl Read) -> io::Result<Self> {
        let mut bytes = Vec::new();
        input.take(MAX_STREAM_BYTES + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > MAX_STREAM_BYTES {
            let reason =
                "gives more than 2 GiB without being a file that can be mapped; save it to a file first";
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, reason));
        }
        Ok(Self(Storage::Read(bytes)))
    }
}

impl Deref for FileBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match &self.0 {
            Storage::Read(bytes) => bytes,
            Storage::Mapped(map) => map,
        }
    }
}

impl From<Vec<u8>> for FileBytes {
    fn from(bytes: Vec<u8>) -> Self {
        Self(Storage::Read(bytes))
    }
}

#[expect(unsafe_code, reason = "mapping a file has no safe form")]
fn map(file: &File) -> io::Result<Mmap> {
    // SAFETY: the map is read-only and private to this process. Should another program change the file
    // meanwhile, the readers see other bytes, which they treat as untrusted in any case; should it cut the file
    // short, the system ends the process (SIGBUS) — the price of every mapped file, and kept small: a document
    // drops its map as soon as its tables are built.
    let map = unsafe { Mmap::map(file)? };
    #[cfg(unix)]
    {
        // Only a hint: reading works without it.
        let _ = map.advise(memmap2::Advice::Sequential);
    }
    Ok(map)
}

/// Pages are at least this large; where they are larger, the system rounds.
#[cfg(target_os = "linux")]
const PAGE_BYTES: usize = 4096;

#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "giving memory back has no safe form")]
fn release_pages(map: &Mmap, part: Range<usize>) {
    // Only whole pages: their neighbors may still be in use.
    let Some(begin) = part.start.checked_next_multiple_of(PAGE_BYTES) else { return };
    let end = part.end.min(map.len()) / PAGE_BYTES * PAGE_BYTES;
    if begin < end {
        // SAFETY: the range lies in the map. On Linux, what is given back of a file's map is read from the file
        // again when it is touched next; the map is read-only, so there are no changes that could be lost, and
        // whoever holds a slice of it sees the same bytes. It is a hint: reading works without it.
        let _ = unsafe { map.unchecked_advise_range(memmap2::UncheckedAdvice::DontNeed, begin, end - begin) };
    }
}

/// Elsewhere, the same request may only be a hint for later, or lose changes: nothing is gained by it.
#[cfg(not(target_os = "linux"))]
fn release_pages(_: &Mmap, _: Range<usize>) {}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn file_of(len: usize) -> (tempfile::NamedTempFile, Vec<u8>) {
        let bytes: Vec<u8> = (0..len).map(|index| (index % 251) as u8).collect();
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&bytes).unwrap();
        (file, bytes)
    }

    #[test]
    fn empty_small_and_large_files_give_their_bytes() {
        for len in [0, 1, READ_UP_TO_BYTES as usize, READ_UP_TO_BYTES as usize + 1, 1 << 20] {
            let (file, bytes) = file_of(len);
            let opened = FileBytes::open(file.path()).unwrap();
            assert_eq!(&*opened, bytes, "{len} bytes");
            assert_eq!(matches!(opened.0, Storage::Mapped(_)), len as u64 > READ_UP_TO_BYTES, "{len} bytes");
        }
    }

    #[test]
    fn released_bytes_are_still_there() {
        let (file, bytes) = file_of(1 << 20);
        let opened = FileBytes::open(file.path()).unwrap();
        for part in [0..1 << 20, 5000..5001, 4095..8193, 100..usize::MAX] {
            opened.release(part);
            assert_eq!(&*opened, bytes);
        }
    }

    #[test]
    fn folders_and_missing_files_are_named_in_the_error() {
        let folder = tempfile::tempdir().unwrap();
        let message = FileBytes::open(folder.path()).unwrap_err().to_string();
        assert!(message.contains(&folder.path().display().to_string()), "{message}");
        let missing = folder.path().join("missing.pb.gz");
        let message = FileBytes::open(missing).unwrap_err().to_string();
        assert!(message.contains("missing.pb.gz"), "{message}");
    }

    #[cfg(unix)]
    #[test]
    fn a_device_without_length_is_read() {
        assert!(FileBytes::open("/dev/null").unwrap().is_empty());
    }
}
