//! A file that is called `NAME.part` until it is whole. Nobody but its owner may read it: profiles hold command lines,
//! labels and addresses. Nothing that is there is overwritten: the next free one of `cpu.pb.gz`, `cpu-2.pb.gz` … is taken.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// Endings of two parts, which stay together when a number is put before them.
const ENDINGS: [&str; 3] = [".pb.gz", ".goscope.zip", ".debug2.txt"];

/// Names that are tried.
const MOST_NAMES: u32 = 10_000;

/// A file that is being written. Dropped before it is finished or kept, it is gone.
#[derive(Debug)]
pub struct PartFile {
    file: NamedTempFile,
    target: PathBuf,
}

impl PartFile {
    /// Makes `TARGET.part`, or of the next free number.
    ///
    /// # Errors
    /// What the system said.
    pub fn create(target: &Path) -> io::Result<Self> {
        let folder =
            target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        for number in 1..=MOST_NAMES {
            let target = numbered(target, number);
            if fs::symlink_metadata(&target).is_ok() {
                continue;
            }
            let mut name = target.file_name().map(ToOwned::to_owned).unwrap_or_default();
            name.push(".part");
            // Readable by its owner alone, and never one that is there.
            match tempfile::Builder::new().prefix(&name).rand_bytes(0).tempfile_in(folder) {
                Ok(file) => return Ok(Self { file, target }),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                // The name of the file that was tried is in the error of the library: once is enough.
                Err(error) => return Err(io::Error::from(error.kind())),
            }
        }
        Err(io::Error::from(io::ErrorKind::AlreadyExists))
    }

    /// Where it is while it is written.
    pub fn path(&self) -> &Path {
        self.file.path()
    }

    /// What it will be called.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Gives it another name in the same folder: what it is was known only when it was there.
    pub fn rename(&mut self, name: &str) {
        self.target.set_file_name(name);
    }

    /// Writes it to the disk and gives it its name: that, or the next free one.
    ///
    /// # Errors
    /// What the system said; then the part is gone.
    pub fn finish(self) -> io::Result<PathBuf> {
        self.file.as_file().sync_all()?;
        let mut file = self.file;
        for number in 1..=MOST_NAMES {
            let target = numbered(&self.target, number);
            match file.persist_noclobber(&target) {
                Ok(_) => return Ok(target),
                Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => file = error.file,
                Err(error) => return Err(error.error),
            }
        }
        Err(io::Error::from(io::ErrorKind::AlreadyExists))
    }

    /// Leaves it as `NAME.part`: what came of an answer that did not end.
    ///
    /// # Errors
    /// What the system said.
    pub fn keep(self) -> io::Result<PathBuf> {
        self.file.as_file().sync_all()?;
        self.file.keep().map(|(_, path)| path).map_err(|error| error.error)
    }
}

impl Write for PartFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// `a/cpu.pb.gz` as `a/cpu-2.pb.gz`; the first one has no number.
fn numbered(target: &Path, number: u32) -> PathBuf {
    let Some(name) = target.file_name().and_then(|name| name.to_str()).filter(|_| number > 1) else {
        return target.to_owned();
    };
    let double = ENDINGS.iter().find_map(|ending| name.strip_suffix(ending).map(|stem| (stem, *ending)));
    let (stem, ending) =
        double.filter(|(stem, _)| !stem.is_empty()).unwrap_or_else(|| match name.rfind('.') {
            Some(at) if at > 0 => name.split_at(at),
            _ => (name, ""),
        });
    target.with_file_name(format!("{stem}-{number}{ending}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_before_the_ending() {
        for (name, second) in [
            ("a/cpu.pb.gz", "a/cpu-2.pb.gz"),
            ("h_6060.20261127-024500.cpu.pb.gz", "h_6060.20261127-024500.cpu-2.pb.gz"),
            ("x.goscope.zip", "x-2.goscope.zip"),
            ("trace.out", "trace-2.out"),
            ("trace", "trace-2"),
            (".pb.gz", ".pb-2.gz"),
        ] {
            assert_eq!(numbered(Path::new(name), 2), Path::new(second));
        }
    }

    #[test]
    fn a_file_appears_when_it_is_whole_and_replaces_none() {
        let folder = tempfile::tempdir().expect("a folder");
        let target = folder.path().join("cpu.pb.gz");
        let names = || {
            let mut names: Vec<String> = fs::read_dir(folder.path())
                .expect("a folder")
                .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
                .collect();
            names.sort();
            names.join(" ")
        };
        let mut first = PartFile::create(&target).expect("a file");
        let second = PartFile::create(&target).expect("a file");
        first.write_all(b"one").expect("it is written");
        assert_eq!(names(), "cpu-2.pb.gz.part cpu.pb.gz.part");
        assert_eq!(first.finish().expect("it ends"), target);
        assert_eq!(names(), "cpu-2.pb.gz.part cpu.pb.gz");
        drop(second);
        assert_eq!(names(), "cpu.pb.gz", "what is given up is gone");
        // Somebody else was faster.
        let third = PartFile::create(&folder.path().join("heap.pb.gz")).expect("a file");
        fs::write(folder.path().join("heap.pb.gz"), b"theirs").expect("a file");
        assert_eq!(third.finish().expect("it ends"), folder.path().join("heap-2.pb.gz"));
        assert_eq!(fs::read(folder.path().join("heap.pb.gz")).expect("a file"), b"theirs");
        let fourth = PartFile::create(&folder.path().join("trace.out")).expect("a file");
        assert_eq!(fourth.keep().expect("it stays"), folder.path().join("trace.out.part"));
        assert_eq!(names(), "cpu.pb.gz heap-2.pb.gz heap.pb.gz trace.out.part");
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_may_read_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().expect("a folder");
        let part = PartFile::create(&folder.path().join("heap.pb.gz")).expect("a file");
        let path = part.finish().expect("it ends");
        assert_eq!(fs::metadata(path).expect("a file").permissions().mode() & 0o777, 0o600);
    }
}
