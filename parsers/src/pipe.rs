//! Named pipes: opening one waits for somebody who writes to it, and that may be nobody.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Cursor, Read};
use std::os::unix::fs::{FileTypeExt as _, OpenOptionsExt as _};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};

/// How long nobody may hold the other end: long enough for a command that is started beside this one.
const PATIENCE: Duration = Duration::from_secs(5);

/// How often it is looked whether somebody does.
const PAUSE: Duration = Duration::from_millis(10);

/// Whether it is a named pipe. What cannot be looked at is none.
pub(crate) fn is_named_pipe(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| metadata.file_type().is_fifo())
}

/// Opens a named pipe for reading. Once somebody holds its other end, reading it takes as long as that one takes.
///
/// # Errors
/// What the system says; after some seconds, that nobody writes to it.
pub(crate) fn open(path: &Path) -> io::Result<impl Read + use<>> {
    open_within(path, PATIENCE)
}

fn open_within(path: &Path, patience: Duration) -> io::Result<impl Read + use<>> {
    let flags = i32::try_from(OFlags::NONBLOCK.bits()).unwrap_or_default();
    let mut pipe = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    let first = first_bytes(&mut pipe, patience)?;
    fcntl_setfl(&pipe, fcntl_getfl(&pipe)? - OFlags::NONBLOCK)?;
    Ok(Cursor::new(first).chain(pipe))
}

/// Waits until somebody holds the other end: then a pipe gives bytes, or says that reading would have to wait. Without
/// anybody it says that it has ended.
fn first_bytes(pipe: &mut File, patience: Duration) -> io::Result<Vec<u8>> {
    let began = Instant::now();
    let mut first = vec![0; 4096];
    loop {
        match pipe.read(&mut first) {
            Ok(0) if began.elapsed() >= patience => {
                let reason = format!("is a pipe that no program has written to for {} s", patience.as_secs());
                return Err(io::Error::new(io::ErrorKind::TimedOut, reason));
            }
            Ok(0) => thread::sleep(PAUSE),
            Ok(n_read) => {
                first.truncate(n_read);
                return Ok(first);
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(Vec::new()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::process::Command;

    use super::*;

    fn pipe_in(folder: &tempfile::TempDir) -> std::path::PathBuf {
        let path = folder.path().join("pipe");
        assert!(Command::new("mkfifo").arg(&path).status().expect("mkfifo is there").success());
        path
    }

    #[test]
    fn what_is_written_in_pieces_comes_whole() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = pipe_in(&folder);
        let written: Vec<u8> = (0..200_000_u32).flat_map(u32::to_le_bytes).collect();
        let read = thread::scope(|scope| {
            scope.spawn(|| {
                // The reader is there first, and waits.
                thread::sleep(Duration::from_millis(50));
                let mut pipe = OpenOptions::new().write(true).open(&path).expect("it opens");
                thread::sleep(Duration::from_millis(50));
                written.chunks(70_001).for_each(|piece| pipe.write_all(piece).expect("it is read"));
            });
            let mut read = Vec::new();
            open(&path).and_then(|mut pipe| pipe.read_to_end(&mut read)).expect("it is written to");
            read
        });
        assert!(read == written, "{} of {} bytes", read.len(), written.len());
    }

    #[test]
    fn nobody_is_not_waited_for_without_end() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = pipe_in(&folder);
        assert!(is_named_pipe(&path) && !is_named_pipe(folder.path()));
        let refused = open_within(&path, Duration::from_millis(30)).map(|_| ()).expect_err("nobody writes");
        assert_eq!(refused.to_string(), "is a pipe that no program has written to for 0 s");
    }
}
