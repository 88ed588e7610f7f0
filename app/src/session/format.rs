//! The file that a session is saved in, `*.goscope`: JSON of a version, described field by field in `docs/sessions.md`.
//!
//! It holds no data of the files, and no secrets: of an address it keeps neither name nor password, and of its parameters
//! those that Go's handlers take.

use std::path::{Path, PathBuf};

use goscope_analysis::profile::query::LabelFilter;
use goscope_analysis::verdict::Gate;
use goscope_store::Place;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use thiserror::Error;

use super::content_kind::ContentKind;
use super::layout::Layout;
use super::lens_json::{lens_from_json, lens_to_json, short, unknown_field};
use super::note::{Note, set_note};
use super::places::{real_path, saved_path};
use super::saved::{SavedSession, SavedTab};
use super::sound::{check_note, check_tab};
use super::workspace::{Content, Lens};
use crate::document::Source;
use crate::file_mark::FileMark;
use crate::input_bytes::address;
use crate::live::LiveInput;
use crate::query::comparison::Comparison;
use crate::run_notes::RunNotes;
use crate::store_document::{named, shown_store};

/// The version that is written, and the last one that is read.
pub const VERSION: u64 = 1;

/// The end of the name of a session's file.
pub const EXTENSION: &str = "goscope";

/// The field by which a session is known.
const MARK: &str = "goscope_session";

/// A session is small; what is larger is something else.
const MOST_BYTES: usize = 16 << 20;

/// Why a file holds no session, as the end of a sentence that begins with its name.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum FormatError {
    /// It is something else.
    #[error("is no session of goscope: {0}")]
    Other(String),
    /// It is of a version to come.
    #[error(
        "was saved by a newer goscope (format {0}, this one reads up to {VERSION}): update goscope to open it"
    )]
    Newer(u64),
    /// It says something that this version does not know, or that cannot be.
    #[error("cannot be opened as a session: {0}")]
    Wrong(String),
}

/// Whether a file is a session, by its name.
pub fn is_session_name(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == EXTENSION)
}

/// Whether bytes are those of a session, or meant to be.
pub fn is_session(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(4096)];
    let is_object = head.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{');
    is_object && head.windows(MARK.len()).any(|word| word == MARK.as_bytes())
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileFormat {
    goscope_session: u64,
    tabs: Vec<TabFormat>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    closed: Vec<ClosedFormat>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ClosedFormat {
    shows: ShownFormat,
    notes: Vec<Value>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TabFormat {
    shows: ShownFormat,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    in_front: bool,
    #[serde(default, skip_serializing_if = "is_empty")]
    lens: Value,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    notes: Vec<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    layout: Option<Value>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ShownFormat {
    Profile(SourceFormat),
    Trace(SourceFormat),
    Tests(SourceFormat),
    Coverage(SourceFormat),
    Store(SourceFormat),
    Benchmarks(Box<ComparisonFormat>),
    Dumps(Box<ComparisonFormat>),
    Comparison(Box<ComparisonFormat>),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ComparisonFormat {
    base: Vec<SourceFormat>,
    head: Vec<SourceFormat>,
    #[serde(default, skip_serializing_if = "is_empty")]
    notes: Value,
    #[serde(default, skip_serializing_if = "is_empty")]
    gate: Value,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum SourceFormat {
    File {
        path: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        bytes: Option<u64>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ends: Option<String>,
    },
    Part {
        of: Box<Self>,
        labels: Vec<LabelFilter>,
    },
    Address {
        url: String,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        stripped: bool,
    },
    Sample(String),
    Store {
        folder: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        selection: Option<String>,
    },
}

fn is_empty(value: &Value) -> bool {
    value.is_null() || value.as_object().is_some_and(Map::is_empty)
}

/// The text of a session's file that will be in `folder`.
///
/// # Errors
/// If the name of a file is no text, as the end of a sentence.
pub fn session_text(session: &SavedSession, folder: &Path) -> Result<String, String> {
    let tabs = session.tabs.iter().map(|tab| tab_format(tab, session, folder));
    let closed = session.closed.iter().map(|(content, notes)| {
        let shows = shown_format(content, session, folder)?;
        Ok(ClosedFormat { shows, notes: notes_format(notes)? })
    });
    let tabs = tabs.collect::<Result<_, String>>()?;
    let file = FileFormat { goscope_session: VERSION, tabs, closed: closed.collect::<Result<_, String>>()? };
    let text = serde_json::to_string_pretty(&file).map_err(|error| error.to_string())?;
    Ok(text + "\n")
}

fn tab_format(tab: &SavedTab, session: &SavedSession, folder: &Path) -> Result<TabFormat, String> {
    let json = |error: serde_json::Error| error.to_string();
    let kind = tab.content.kind();
    let layout = (tab.layout != Layout::of(kind)).then(|| serde_json::to_value(&tab.layout));
    let lens = Lens { notes: Vec::new(), ..tab.lens.clone() };
    Ok(TabFormat {
        shows: shown_format(&tab.content, session, folder)?,
        in_front: tab.is_in_front,
        lens: lens_to_json(&lens, kind).map_err(json)?,
        notes: notes_format(&tab.lens.notes)?,
        layout: layout.transpose().map_err(json)?,
    })
}

fn notes_format(notes: &[Note]) -> Result<Vec<Value>, String> {
    notes.iter().map(|note| serde_json::to_value(note).map_err(|error| error.to_string())).collect()
}

fn shown_format(content: &Content, session: &SavedSession, folder: &Path) -> Result<ShownFormat, String> {
    let json = |error: serde_json::Error| error.to_string();
    let source = |source: &Source| source_format(source, session, folder);
    let several = |sources: &[Source]| sources.iter().map(source).collect::<Result<Vec<_>, _>>();
    Ok(match content {
        Content::Profile(one) => ShownFormat::Profile(source(one)?),
        Content::Trace(one) => ShownFormat::Trace(source(one)?),
        Content::Tests(one) => ShownFormat::Tests(source(one)?),
        Content::Coverage(one) => ShownFormat::Coverage(source(one)?),
        Content::Store(one) => ShownFormat::Store(source(one)?),
        Content::Diff(comparison) | Content::Benchmarks(comparison) | Content::Dumps(comparison) => {
            let format = Box::new(ComparisonFormat {
                base: several(&comparison.base)?,
                head: several(&comparison.head)?,
                notes: differing(&comparison.notes, &RunNotes::default()).map_err(json)?,
                gate: differing(&comparison.gate, &Gate::default()).map_err(json)?,
            });
            match content {
                Content::Benchmarks(_) => ShownFormat::Benchmarks(format),
                Content::Dumps(_) => ShownFormat::Dumps(format),
                _ => ShownFormat::Comparison(format),
            }
        }
    })
}

fn source_format(source: &Source, session: &SavedSession, folder: &Path) -> Result<SourceFormat, String> {
    let path = match source {
        Source::Sample(name) => return Ok(SourceFormat::Sample(name.clone())),
        Source::Part(whole, labels) => {
            let of = Box::new(source_format(whole, session, folder)?);
            return Ok(SourceFormat::Part { of, labels: labels.clone() });
        }
        Source::File(path) => path,
    };
    if let Some(address) = address(path) {
        let kept = address.without_secrets();
        let stripped = kept != address || session.stripped.contains(source);
        return Ok(SourceFormat::Address { url: kept.to_string(), stripped });
    }
    if let (Some(_), Some(name)) = (LiveInput::of(path), path.to_str()) {
        return Ok(SourceFormat::Address { url: name.to_owned(), stripped: false });
    }
    if let Some((place, selection)) = named(path) {
        let was_stripped = session.stripped.contains(source);
        return store_format(&place, selection, was_stripped, (path, folder));
    }
    let saved = saved_path(path, folder)
        .ok_or_else(|| format!("the name of {} is no text, and a session is", path.display()))?;
    let mark = session.marks.get(source).cloned();
    let (bytes, ends) = mark.map_or((None, None), |mark| (Some(mark.bytes), Some(mark.ends)));
    Ok(SourceFormat::File { path: saved, bytes, ends })
}

/// A store, or a selection of it.
fn store_format(
    place: &Place,
    selection: Option<String>,
    was_stripped: bool,
    (path, folder): (&Path, &Path),
) -> Result<SourceFormat, String> {
    match place {
        Place::Folder(root) => {
            let saved = saved_path(root, folder)
                .ok_or_else(|| format!("the name of {} is no text, and a session is", root.display()))?;
            Ok(SourceFormat::Store { folder: saved, selection })
        }
        Place::ClickHouse(_) => {
            let url = shown_store(path).unwrap_or_default();
            let stripped = was_stripped || path.to_str() != Some(&*url);
            Ok(SourceFormat::Address { url, stripped })
        }
    }
}

/// The fields of a value that are not as usual.
fn differing<T: Serialize>(value: &T, usual: &T) -> serde_json::Result<Value> {
    let (mut value, usual) = (serde_json::to_value(value)?, serde_json::to_value(usual)?);
    if let (Value::Object(value), Value::Object(usual)) = (&mut value, usual) {
        value.retain(|name, inner| usual.get(name) != Some(inner));
    }
    Ok(value)
}

/// Reads the file of a session that is in `folder`.
///
/// # Errors
/// Why it holds no session.
pub fn session_of(bytes: &[u8], folder: &Path) -> Result<SavedSession, FormatError> {
    if bytes.len() > MOST_BYTES {
        return Err(FormatError::Other(format!("it is larger than {} MiB", MOST_BYTES >> 20)));
    }
    // The version first: what follows may be of a form that is not known yet.
    let value: Value = serde_json::from_slice(bytes)
        .map_err(|error| FormatError::Other(format!("it is not JSON ({error})")))?;
    match value.get(MARK).map(Value::as_u64) {
        None => return Err(FormatError::Other(format!("it has no field `{MARK}`"))),
        Some(Some(version)) if version > VERSION => return Err(FormatError::Newer(version)),
        Some(Some(1..)) => {}
        Some(_) => return Err(FormatError::Other(format!("its field `{MARK}` is no version"))),
    }
    // From the bytes again, so that a mistake is told with its line.
    let file: FileFormat =
        serde_json::from_slice(bytes).map_err(|error| FormatError::Wrong(short(&error)))?;
    let mut session = SavedSession::default();
    for (at, tab) in file.tabs.into_iter().enumerate() {
        let tab = session
            .tab_of(tab, folder)
            .map_err(|what| FormatError::Wrong(format!("tab {}: {what}", at + 1)))?;
        session.tabs.push(tab);
    }
    for (at, closed) in file.closed.into_iter().enumerate() {
        let wrong = |what: String| FormatError::Wrong(format!("closed tab {}: {what}", at + 1));
        let content = session.content_of(closed.shows, folder).map_err(wrong)?;
        session.closed.push((content, notes_of(&closed.notes).map_err(wrong)?));
    }
    Ok(session)
}

impl SavedSession {
    fn tab_of(&mut self, tab: TabFormat, folder: &Path) -> Result<SavedTab, String> {
        let content = self.content_of(tab.shows, folder)?;
        let kind = content.kind();
        let lens = if tab.lens.is_null() { Value::Object(Map::new()) } else { tab.lens };
        let layout = tab.layout.map_or_else(|| Ok(Layout::of(kind)), |layout| layout_of(&layout))?;
        let mut lens = lens_from_json(&lens, kind)?;
        lens.notes = notes_of(&tab.notes)?;
        let tab = SavedTab { content, lens, layout, is_in_front: tab.in_front };
        check_tab(&tab)?;
        Ok(tab)
    }

    fn content_of(&mut self, shows: ShownFormat, folder: &Path) -> Result<Content, String> {
        Ok(match shows {
            ShownFormat::Profile(one) => Content::Profile(self.source_of(one, folder)),
            ShownFormat::Trace(one) => Content::Trace(self.source_of(one, folder)),
            ShownFormat::Tests(one) => Content::Tests(self.source_of(one, folder)),
            ShownFormat::Coverage(one) => Content::Coverage(self.source_of(one, folder)),
            ShownFormat::Store(one) => Content::Store(self.source_of(one, folder)),
            ShownFormat::Comparison(comparison) => {
                let comparison = self.comparison_of(*comparison, folder)?;
                if comparison.head.is_empty() {
                    return Err("a side of the comparison has no run".to_owned());
                }
                Content::Diff(Box::new(comparison))
            }
            ShownFormat::Benchmarks(comparison) => {
                Content::Benchmarks(Box::new(self.comparison_of(*comparison, folder)?))
            }
            ShownFormat::Dumps(comparison) => {
                Content::Dumps(Box::new(self.comparison_of(*comparison, folder)?))
            }
        })
    }

    fn comparison_of(&mut self, comparison: ComparisonFormat, folder: &Path) -> Result<Comparison, String> {
        let ComparisonFormat { base, head, notes, gate } = comparison;
        let mut side = |sources: Vec<SourceFormat>| -> Vec<Source> {
            sources.into_iter().map(|source| self.source_of(source, folder)).collect()
        };
        let (base, head) = (side(base), side(head));
        if base.is_empty() {
            return Err("a side of the comparison has no run".to_owned());
        }
        let (notes, gate) = (completed(&notes)?, completed(&gate)?);
        Ok(Comparison { base, head, notes, gate })
    }

    fn source_of(&mut self, source: SourceFormat, folder: &Path) -> Source {
        match source {
            SourceFormat::Sample(name) => Source::Sample(name),
            SourceFormat::Part { of, labels } => Source::Part(Box::new(self.source_of(*of, folder)), labels),
            SourceFormat::Address { url, stripped } => {
                // What is no address is a path, and not `-`, which would wait for standard input.
                let path = PathBuf::from(&url);
                let is_name =
                    address(&path).is_some() || LiveInput::of(&path).is_some() || named(&path).is_some();
                let source = Source::File(if is_name { path } else { real_path(&url, folder) });
                if stripped {
                    self.stripped.insert(source.clone());
                }
                source
            }
            SourceFormat::Store { folder: root, selection } => {
                let root = Place::Folder(real_path(&root, folder)).input_text();
                let name = selection.map_or_else(|| root.clone(), |selection| format!("{root}?{selection}"));
                Source::File(name.into())
            }
            SourceFormat::File { path, bytes, ends } => {
                let source = Source::File(real_path(&path, folder));
                if let (Some(bytes), Some(ends)) = (bytes, ends) {
                    self.marks.insert(source.clone(), FileMark { bytes, ends });
                }
                source
            }
        }
    }
}

/// Notes that are sound, one about a thing.
fn notes_of(values: &[Value]) -> Result<Vec<Note>, String> {
    let mut notes = Vec::new();
    for value in values {
        let note: Note = serde_json::from_value(value.clone()).map_err(|error| short(&error))?;
        let known = serde_json::to_value(&note).map_err(|error| error.to_string())?;
        if let Some(name) = unknown_field(value, &known) {
            return Err(format!("unknown field `notes.{name}`"));
        }
        check_note(&note)?;
        set_note(&mut notes, note);
    }
    Ok(notes)
}

fn layout_of(value: &Value) -> Result<Layout, String> {
    let layout: Layout = serde_json::from_value(value.clone()).map_err(|error| short(&error))?;
    let known = serde_json::to_value(&layout).map_err(|error| error.to_string())?;
    match unknown_field(value, &known) {
        Some(name) => Err(format!("unknown field `layout.{name}`")),
        None => Ok(layout),
    }
}

/// A value whose fields are as usual where they are not given.
fn completed<T: Default + Serialize + for<'de> Deserialize<'de>>(given: &Value) -> Result<T, String> {
    let mut whole = serde_json::to_value(T::default()).map_err(|error| error.to_string())?;
    let (Value::Object(fields), Value::Object(given)) = (&mut whole, given) else {
        return if given.is_null() { Ok(T::default()) } else { Err("an object was expected".to_owned()) };
    };
    for (name, value) in given {
        match fields.get_mut(name) {
            Some(field) => *field = value.clone(),
            None => return Err(format!("unknown field `{name}`")),
        }
    }
    serde_json::from_value(whole).map_err(|error| short(&error))
}

/// The kinds of tabs by the words of the format.
pub const fn kind_word(kind: ContentKind) -> &'static str {
    match kind {
        ContentKind::Profile => "profile",
        ContentKind::Trace => "trace",
        ContentKind::Diff => "comparison",
        ContentKind::Tests => "tests",
        ContentKind::Coverage => "coverage",
        ContentKind::Benchmarks => "benchmarks",
        ContentKind::Dumps => "dumps",
        ContentKind::Store => "store",
    }
}

#[cfg(test)]
mod tests;
