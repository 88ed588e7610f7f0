//! New files of a folder, once they are whole: where a program writes its own traces and profiles, as with Go's flight
//! recorder (`runtime/trace.FlightRecorder`, Go 1.25), which no address gives.
//!
//! ```text
//! look   look   look           every 250 ms
//!  +x     x      x   ──► x     new, as large and as old as before, and recognized: it is whole
//! ```

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use goscope_parsers::FileBytes;

use super::content::recognized;
use super::kind::Kind;

/// How often the folder is looked at.
pub const LOOK_EVERY: Duration = Duration::from_millis(250);

/// The most files of a folder that are looked at: it is read four times a second.
pub const MOST_FILES: usize = 10_000;

/// Looks in a row in which a file must not have changed.
const QUIET_LOOKS: u32 = 2;

/// A folder, and what is known of its files.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    kind: Option<Kind>,
    known: BTreeMap<PathBuf, Known>,
}

#[derive(Clone, Copy, Debug)]
struct Known {
    n_bytes: u64,
    modified: SystemTime,
    n_quiet: u32,
    /// Whether it was there before, was told, or is nothing that is wanted.
    is_done: bool,
}

impl Folder {
    /// From now on; what is in it is not new. With a kind, only that is wanted; otherwise whatever goscope reads.
    ///
    /// # Errors
    /// What the system said; also that there are more than [`MOST_FILES`].
    pub fn new(path: &Path, kind: Option<Kind>) -> io::Result<Self> {
        let mut folder = Self { path: path.to_owned(), kind, known: BTreeMap::new() };
        for (path, (n_bytes, modified)) in folder.files()? {
            folder.known.insert(path, Known { n_bytes, modified, n_quiet: 0, is_done: true });
        }
        Ok(folder)
    }

    /// Looks once; gives what is new and whole, in the order of names. A file that was written again is new again.
    ///
    /// # Errors
    /// What the system said.
    pub fn look(&mut self) -> io::Result<Vec<PathBuf>> {
        let files = self.files()?;
        self.known.retain(|path, _| files.contains_key(path));
        let mut whole = Vec::new();
        for (path, (n_bytes, modified)) in files {
            let fresh = Known { n_bytes, modified, n_quiet: 0, is_done: false };
            let seen = self.known.get_mut(&path);
            let is_same = |known: &&mut Known| (known.n_bytes, known.modified) == (n_bytes, modified);
            let Some(known) = seen.filter(is_same) else {
                self.known.insert(path, fresh);
                continue;
            };
            known.n_quiet = known.n_quiet.saturating_add(1);
            if known.is_done || n_bytes == 0 || known.n_quiet < QUIET_LOOKS {
                continue;
            }
            known.is_done = true;
            if is_wanted(&path, self.kind.as_ref()) {
                whole.push(path);
            }
        }
        Ok(whole)
    }

    /// Its files with their sizes and times; no folders, links, hidden or unfinished ones.
    fn files(&self) -> io::Result<BTreeMap<PathBuf, (u64, SystemTime)>> {
        let mut files = BTreeMap::new();
        for entry in fs::read_dir(&self.path)? {
            let entry = entry?;
            let name = entry.file_name();
            let name = name.to_string_lossy();
            // What is gone by now is none.
            let Ok(facts) = entry.metadata() else { continue };
            if !facts.is_file() || name.starts_with('.') || name.ends_with(".part") || name.ends_with(".tmp")
            {
                continue;
            }
            if files.len() == MOST_FILES {
                return Err(io::Error::other(format!("it has more than {MOST_FILES} files")));
            }
            files.insert(entry.path(), (facts.len(), facts.modified().unwrap_or(SystemTime::UNIX_EPOCH)));
        }
        Ok(files)
    }
}

/// Whether a file is of a kind, or of any that goscope reads.
fn is_wanted(path: &Path, kind: Option<&Kind>) -> bool {
    let any = Kind::Other(String::new());
    FileBytes::open(path).is_ok_and(|bytes| recognized(kind.unwrap_or(&any), &bytes).is_ok())
}

#[cfg(test)]
mod tests {
    use goscope_test_support::sample;

    use super::*;

    fn looks(folder: &mut Folder, n_looks: usize) -> Vec<String> {
        let seen = (0..n_looks).flat_map(|_| folder.look().expect("a folder"));
        seen.map(|path| path.file_name().expect("a name").to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn a_file_is_told_once_when_it_is_whole() {
        let place = tempfile::tempdir().expect("a folder");
        let content = fs::read(sample("trace/latency-go1.27.trace")).expect("a sample");
        let write =
            |name: &str, content: &[u8]| fs::write(place.path().join(name), content).expect("written");
        write("old.trace", &content);
        let mut any = Folder::new(place.path(), None).expect("a folder");
        let mut traces = Folder::new(place.path(), Some(Kind::Trace)).expect("a folder");
        assert_eq!(looks(&mut any, 5), [""; 0], "what is there is not new");

        write("slow.trace", &content[..1000]);
        assert_eq!(looks(&mut any, 2), [""; 0], "it may not be whole");
        write("slow.trace", &content);
        assert_eq!(looks(&mut any, 1), [""; 0], "it has changed");
        assert_eq!(looks(&mut any, 5), ["slow.trace"], "once");
        fs::copy(sample("pprof/heap.pb.gz"), place.path().join("heap.pb.gz")).expect("copied");
        for ignored in ["notes.txt", "empty", ".hidden", "x.part"] {
            write(ignored, if ignored == "empty" { b"" } else { b"notes" });
        }
        fs::create_dir(place.path().join("folder")).expect("a folder");
        assert_eq!(looks(&mut any, 5), ["heap.pb.gz"]);
        assert_eq!(looks(&mut traces, 5), ["slow.trace"], "nothing else is wanted");
        write("old.trace", &content[..content.len() / 2]);
        assert_eq!(looks(&mut any, 5), ["old.trace"], "it was written again");
        fs::remove_file(place.path().join("old.trace")).expect("removed");
        looks(&mut any, 1);
        write("old.trace", &content);
        assert_eq!(looks(&mut any, 5), ["old.trace"]);
    }
}
