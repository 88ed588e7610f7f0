//! An archive: several files in one, as ZIP or tar. CI keeps its results so, and people send profiles so.
//!
//! `ARCHIVE:MEMBER` names one of them wherever a file can be named. Nothing is unpacked onto the disk: the names in an
//! archive are names and never become paths. What is read is checked: places, lengths and checksums are another's.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use goscope_parsers::pprof::ParseOptions;
use goscope_parsers::{FileBytes, FileKind, ParseError, detect};

use crate::notice::Notice;

use names::is_file;

mod names;
mod tar;
pub mod zip;

/// As many bytes of a member as its kind is told by: twice what is looked at once they are inflated.
const HEAD_BYTES: usize = 128 << 10;

/// An archive that has been opened.
#[derive(Debug)]
pub struct Archive {
    /// Of a compressed tar file, its content.
    bytes: FileBytes,
    members: Vec<Member>,
    format: &'static str,
    damage: Option<String>,
}

/// One file in an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its name, with `/` between folders.
    pub name: String,
    /// How many bytes it has, as the archive says.
    pub n_bytes: u64,
    place: Place,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    Zip(zip::Entry),
    Tar(usize),
}

impl Archive {
    /// Whether a file begins as an archive does.
    pub fn is_one(bytes: &[u8]) -> bool {
        zip::is_zip(bytes) || tar::is_tar(bytes)
    }

    /// What is in an archive; of one that is damaged or cut off, what is whole.
    ///
    /// # Errors
    /// A sentence: nothing in it is whole, or it has too many members.
    pub fn read(bytes: FileBytes) -> Result<Self, String> {
        if zip::is_zip(&bytes) {
            let entries = zip::entries(&bytes)?;
            let damage = zip::is_cut(&bytes).then(|| "it is cut off: the end is missing".to_owned());
            return Ok(Self { bytes, members: members_of_zip(entries), format: "zip", damage });
        }
        let (bytes, damage_of_layer) = tar::unpacked(bytes, ParseOptions::default().max_inflated_bytes)?;
        let (entries, damage) = tar::entries(&bytes)?;
        let members = members_of_tar(entries);
        Ok(Self { bytes, members, format: "tar", damage: damage_of_layer.or(damage) })
    }

    /// The archive in a file; `None` if it is something else, or no file.
    ///
    /// # Errors
    /// As [`FileBytes::open`] and [`Self::read`].
    pub fn at(path: &Path) -> Result<Option<Self>, ParseError> {
        // A pipe is read once, and not here.
        if !path.is_file() {
            return Ok(None);
        }
        let bytes = FileBytes::open(path)?;
        if !Self::is_one(&bytes) {
            return Ok(None);
        }
        Self::read(bytes).map(Some).map_err(|reason| unreadable(&path.display().to_string(), reason))
    }

    /// Its files, in its order, without folders and what macOS puts beside files.
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// `zip` or `tar`.
    pub const fn format(&self) -> &'static str {
        self.format
    }

    /// What is lost, if it is not whole.
    pub fn damage(&self) -> Option<&str> {
        self.damage.as_deref()
    }

    /// The bytes of a member.
    ///
    /// # Errors
    /// A sentence: it is damaged, encrypted, or packed in a way that is not read here.
    pub fn content(&self, member: &Member) -> Result<Cow<'_, [u8]>, String> {
        let content = match &member.place {
            Place::Zip(entry) => {
                zip::content(&self.bytes, entry, ParseOptions::default().max_inflated_bytes)?
            }
            Place::Tar(start) => {
                let n_bytes = usize::try_from(member.n_bytes).unwrap_or(usize::MAX);
                let content = self.bytes.get(*start..start.saturating_add(n_bytes));
                Cow::Borrowed(content.ok_or_else(|| format!("{} in the archive is cut off", member.name))?)
            }
        };
        self.bytes.check_whole().map_err(|error| error.to_string())?;
        Ok(content)
    }

    /// The bytes of the member of a name.
    ///
    /// # Errors
    /// As [`Self::content`]; or there is none of this name, with those that there are.
    pub fn content_of(&self, name: &str) -> Result<Cow<'_, [u8]>, String> {
        match self.members.iter().find(|member| member.name == name) {
            Some(member) => self.content(member),
            None => {
                let lost = self.damage().map_or(String::new(), |damage| format!("; {damage}"));
                Err(format!("the archive has no {name}; it has {}{lost}", self.names()))
            }
        }
    }

    /// What a member is by its first bytes, if it can be read. Members may be large, and many: only those are unpacked.
    pub fn kind(&self, member: &Member) -> Option<FileKind> {
        let head = match &member.place {
            Place::Zip(entry) => zip::head(&self.bytes, entry, HEAD_BYTES).ok()?,
            Place::Tar(_) => self.content(member).ok()?,
        };
        detect(&head).ok().map(|detected| detected.kind)
    }

    /// The member that is meant where nobody names one: the only one, or the only profile or trace.
    pub fn only(&self) -> Option<&Member> {
        if let [only] = self.members.as_slice() {
            return Some(only);
        }
        let mut meant = self.meant();
        let first = meant.next()?;
        meant.next().is_none().then_some(first)
    }

    /// The members that somebody who opens the archive looks for: profiles, traces and goroutine dumps.
    pub fn meant(&self) -> impl Iterator<Item = &Member> {
        self.members.iter().filter(|member| self.kind(member).is_some_and(is_meant))
    }

    /// The names of its members, of many the first.
    pub fn names(&self) -> String {
        const MOST_NAMES: usize = 30;
        let names: Vec<&str> =
            self.members.iter().map(|member| member.name.as_str()).take(MOST_NAMES).collect();
        let more = self.members.len().saturating_sub(MOST_NAMES);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        format!("{}{more}", names.join(", "))
    }
}

/// Whether a file is one that is looked for. Many a table looks like folded stacks: those are to be named.
fn is_meant(kind: FileKind) -> bool {
    let is_profile = kind.is_profile() && kind != FileKind::FoldedStacks;
    is_profile || matches!(kind, FileKind::Trace { .. } | FileKind::GoroutineDump)
}

fn members_of_zip(entries: Vec<zip::Entry>) -> Vec<Member> {
    let files = entries.into_iter().filter(|entry| is_file(&entry.name));
    let member = |entry: zip::Entry| Member {
        name: entry.name.clone(),
        n_bytes: entry.n_bytes,
        place: Place::Zip(entry),
    };
    files.map(member).collect()
}

fn members_of_tar(entries: Vec<tar::Entry>) -> Vec<Member> {
    let member = |entry: tar::Entry| Member {
        name: entry.name,
        n_bytes: entry.n_bytes as u64,
        place: Place::Tar(entry.start),
    };
    entries.into_iter().map(member).collect()
}

/// The archive and the member that a name as `x.zip:cpu.pb.gz` is, unless there is a file of this name.
pub fn member_named(name: &Path) -> Option<(PathBuf, String)> {
    let text = name.to_str()?;
    if !text.contains(':') || std::fs::symlink_metadata(name).is_ok() {
        return None;
    }
    // A colon may stand in both, and in `C:\`.
    let mut splits =
        text.match_indices(':').filter_map(|(at, _)| Some((text.get(..at)?, text.get(at + 1..)?)));
    let is_archive =
        |path: &Path| path.is_file() && FileBytes::open(path).is_ok_and(|bytes| Archive::is_one(&bytes));
    let (archive, member) =
        splits.find(|(archive, member)| !member.is_empty() && is_archive(Path::new(archive)))?;
    Some((PathBuf::from(archive), member.to_owned()))
}

/// Opens a member of an archive.
///
/// # Errors
/// [`ParseError::Io`] with what went wrong.
pub fn open_member(archive: &Path, name: &str) -> Result<FileBytes, ParseError> {
    let shown = archive.display().to_string();
    let read = Archive::read(FileBytes::open(archive)?).map_err(|reason| unreadable(&shown, reason))?;
    let content = read.content_of(name).map_err(|reason| unreadable(&shown, reason))?;
    Ok(FileBytes::from(content.into_owned()))
}

/// What is in an archive that nobody named a member of; other bytes as they are. `tell` gets what is lost of it.
///
/// # Errors
/// [`ParseError::Io`] if it is damaged, or has several files that may be meant.
pub fn open_only(shown: &str, bytes: FileBytes, tell: impl Fn(Notice<'_>)) -> Result<FileBytes, ParseError> {
    if !Archive::is_one(&bytes) {
        return Ok(bytes);
    }
    let archive = Archive::read(bytes).map_err(|reason| unreadable(shown, reason))?;
    let several = || {
        let example = archive.members.iter().map(|member| member.name.as_str());
        let example = example.clone().find(|name| name.contains(".pb")).or(example.clone().next());
        match example {
            Some(example) => format!(
                "this is an archive; name one of its members, as {shown}:{example}; it has {}",
                archive.names()
            ),
            None => "this is an archive without files".to_owned(),
        }
    };
    let only = archive.only().ok_or_else(|| unreadable(shown, several()))?;
    if let Some(damage) = archive.damage() {
        tell(Notice::Lost(&format!("{shown}: {damage}")));
    }
    let content = archive.content(only).map_err(|reason| unreadable(shown, reason))?.into_owned();
    Ok(FileBytes::from(content))
}

fn unreadable(context: &str, reason: String) -> ParseError {
    let source = std::io::Error::new(std::io::ErrorKind::InvalidData, reason);
    ParseError::Io { context: context.to_owned(), source }
}

#[cfg(test)]
mod tests;
