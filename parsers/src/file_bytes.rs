//! The bytes of a file: mapped where the system can, read into memory where it cannot (pipes, devices, `/proc`).
//!
//! The `unsafe` calls here map a file and give parts of the map back; what happens when the file becomes shorter meanwhile
//! is `map_guard`'s business. What the bytes mean is [`crate::detect`]'s; compressed files stay compressed here.

use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::ops::{Deref, Range};
use std::path::Path;

use memmap2::{Mmap, MmapOptions};

use crate::error::ParseError;
#[cfg(unix)]
use crate::map_guard::{self, Guard};
#[cfg(unix)]
use crate::pipe;
use crate::printable::printable;

/// Files up to this size are read: a map costs more than the copy, and a read file cannot change under us.
const READ_UP_TO_BYTES: u64 = 128 << 10;

/// The most that is taken from a pipe or device, whose end cannot be known beforehand (`/dev/zero` has none).
const MAX_STREAM_BYTES: u64 = 2 << 30;

/// A file ends for us where a hole of this size begins: nothing that goscope reads has one, and a hole of 100 GB takes no
/// disk and minutes to read.
#[cfg(target_os = "linux")]
const MAX_HOLE_BYTES: u64 = 1 << 30;

/// The bytes of a file, as a slice.
#[derive(Debug)]
pub struct FileBytes(Storage);

#[derive(Debug)]
enum Storage {
    Read(Vec<u8>),
    Mapped(Guarded),
}

/// A map, and what watches whether its file is cut short. The guard goes first.
#[derive(Debug)]
struct Guarded {
    #[cfg(unix)]
    guard: Guard,
    map: Mmap,
}

impl FileBytes {
    /// Opens a file: large regular files are mapped, all others are read. A named pipe that nobody writes to is waited for
    /// some seconds.
    ///
    /// # Errors
    /// [`ParseError::Io`] if the file cannot be opened or read, is a folder, a hole, or a stream of more than 2 GiB, or
    /// nobody writes to the pipe.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, ParseError> {
        let path = path.as_ref();
        let name = printable(&path.to_string_lossy()).into_owned();
        let io_error = |source| ParseError::Io { context: name.clone(), source };
        #[cfg(unix)]
        if pipe::is_named_pipe(path) {
            return pipe::open(path).and_then(|pipe| Self::read(pipe, None)).map_err(io_error);
        }
        let file = File::open(path).map_err(io_error)?;
        let metadata = file.metadata().map_err(io_error)?;
        if metadata.is_dir() {
            return Err(io_error(io::Error::new(io::ErrorKind::IsADirectory, "is a folder, not a file")));
        }
        if metadata.is_file() && metadata.len() > READ_UP_TO_BYTES {
            let n_bytes = bytes_before_hole(&file, &metadata).map_err(io_error)?;
            // A file system that cannot map (some network ones) may still read.
            if let Ok(map) = Guarded::new(&file, n_bytes, &name) {
                return Ok(Self(Storage::Mapped(map)));
            }
        }
        Self::read(file, most_bytes(&metadata)).map_err(io_error)
    }

    /// Reads standard input to its end.
    ///
    /// # Errors
    /// [`ParseError::Io`] if reading fails or there are more than 2 GiB.
    pub fn from_stdin() -> Result<Self, ParseError> {
        Self::read(io::stdin().lock(), None)
            .map_err(|source| ParseError::Io { context: "standard input".to_owned(), source })
    }

    /// Has a mapped file that becomes shorter while it is read end the program with a sentence and exit code 3: right for a
    /// command, which must not print what it made of half a file. Without it, or after `false`, the rest of such a file
    /// reads as zeros, and [`Self::check_whole`] tells. Nothing happens where files cannot be cut while they are mapped
    /// (Windows).
    pub fn end_program_when_cut(ends: bool) {
        #[cfg(unix)]
        map_guard::end_program_when_cut(ends);
        #[cfg(not(unix))]
        let _ = ends;
    }

    /// Whether all bytes that have been read were the file's. To be asked when a file has been read.
    ///
    /// # Errors
    /// [`ParseError::CutWhileRead`] if it became shorter, and zeros were read instead.
    pub fn check_whole(&self) -> Result<(), ParseError> {
        match &self.0 {
            #[cfg(unix)]
            Storage::Mapped(mapped) if mapped.guard.is_cut() => Err(ParseError::CutWhileRead),
            Storage::Mapped(_) | Storage::Read(_) => Ok(()),
        }
    }

    /// Lets the system take back the memory behind a part of a mapped file that will hardly be read again. Reading
    /// it again is right, and slow. Nothing happens to a file that was read into memory, or outside Linux.
    pub fn release(&self, part: Range<usize>) {
        if let Storage::Mapped(mapped) = &self.0 {
            release_pages(&mapped.map, part);
        }
    }

    fn read(input: impl Read, most_bytes: Option<u64>) -> io::Result<Self> {
        let mut bytes = Vec::new();
        input.take(most_bytes.unwrap_or(MAX_STREAM_BYTES + 1)).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > MAX_STREAM_BYTES {
            let reason =
                "gives more than 2 GiB without being a file that can be mapped; save it to a file first";
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, reason));
        }
        Ok(Self(Storage::Read(bytes)))
    }
}

/// How much of a small file is read: as much as there was when it was opened, so that who writes faster than we read does
/// not keep us. Files of `/proc` say that they are empty, and are not; streams do not say.
fn most_bytes(metadata: &Metadata) -> Option<u64> {
    (metadata.is_file() && metadata.len() > 0).then_some(metadata.len())
}

impl Deref for FileBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match &self.0 {
            Storage::Read(bytes) => bytes,
            Storage::Mapped(mapped) => &mapped.map,
        }
    }
}

impl From<Vec<u8>> for FileBytes {
    fn from(bytes: Vec<u8>) -> Self {
        Self(Storage::Read(bytes))
    }
}

impl Guarded {
    #[expect(unsafe_code, reason = "mapping a file has no safe form")]
    fn new(file: &File, n_bytes: u64, name: &str) -> io::Result<Self> {
        let n_bytes = usize::try_from(n_bytes).map_err(io::Error::other)?;
        // SAFETY: the map is read-only and private to this process, and no longer than the file. Should another program
        // cut the file short, reading behind its end raises SIGBUS, which the guard handles; Windows refuses to cut a
        // mapped file. Should it write other bytes, the readers see them: whatever the bytes are, they are data from
        // outside that every reader checks where it uses it (docs/decisions/0030 says what is left of that).
        let map = unsafe { MmapOptions::new().len(n_bytes).map(file)? };
        #[cfg(unix)]
        {
            // Only a hint: reading works without it.
            let _ = map.advise(memmap2::Advice::Sequential);
            let guard = Guard::new(&map, name).ok_or_else(|| io::Error::other("no room to watch the map"))?;
            Ok(Self { guard, map })
        }
        #[cfg(not(unix))]
        {
            let _ = name;
            Ok(Self { map })
        }
    }
}

/// The bytes of a file before its first large hole, which is to a reader as large a run of zeros.
#[cfg(target_os = "linux")]
fn bytes_before_hole(file: &File, metadata: &Metadata) -> io::Result<u64> {
    use rustix::fs::{SeekFrom, seek};
    let n_bytes = metadata.len();
    if n_bytes <= MAX_HOLE_BYTES {
        return Ok(n_bytes);
    }
    let mut at = 0;
    // File systems that know nothing of holes say that the one at the end is the first.
    while let Ok(hole) = seek(file, SeekFrom::Hole(at)) {
        // Behind the last data there is an error.
        let data = seek(file, SeekFrom::Data(hole)).unwrap_or(n_bytes);
        if data.saturating_sub(hole) > MAX_HOLE_BYTES {
            if hole == 0 {
                let reason =
                    format!("begins with a hole of {} GiB: nothing has been written there", data >> 30);
                return Err(io::Error::new(io::ErrorKind::InvalidData, reason));
            }
            return Ok(hole.min(n_bytes));
        }
        if data >= n_bytes || data <= at {
            break;
        }
        at = data;
    }
    Ok(n_bytes)
}

#[cfg(not(target_os = "linux"))]
fn bytes_before_hole(_: &File, metadata: &Metadata) -> io::Result<u64> {
    Ok(metadata.len())
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
