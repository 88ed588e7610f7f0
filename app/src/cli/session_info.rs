//! What `goscope info` says of a session: its tabs, and whether their files are there and as they were.

use std::path::Path;

use anyhow::anyhow;
use goscope_parsers::printable;
use serde::Serialize;

use super::failure::Failure;
use crate::document::Source;
use crate::file_mark::FileMark;
use crate::input_bytes::address;
use crate::query::comparison::Side;
use crate::session::format::{VERSION, is_session, is_session_name, kind_word, session_of};
use crate::session::note::Note;
use crate::session::saved::{SavedSession, SavedTab};
use crate::session::workspace::Content;

/// The session in bytes that were read from a file; `None` if it is something else.
pub(super) fn session_in(file: &Path, bytes: &[u8]) -> Result<Option<SavedSession>, Failure> {
    if !is_session_name(file) && !is_session(bytes) {
        return Ok(None);
    }
    let folder = file.parent().unwrap_or(file);
    let session = session_of(bytes, folder);
    session.map(Some).map_err(|error| Failure::Usage(anyhow!("{} {error}", file.display())))
}

/// How a file of a session is now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum FileState {
    /// It is there as it was, or nothing else is known.
    There,
    /// It is not the one that the session was saved with.
    Changed,
    /// It is not there.
    Missing,
    /// It is an address: nobody was asked.
    NotAsked,
}

impl FileState {
    fn of(source: &Source, session: &SavedSession) -> Self {
        let path = match source {
            Source::Sample(name) if crate::samples::sample(name).is_none() => return Self::Missing,
            Source::Sample(_) => return Self::There,
            Source::Part(whole, _) => return Self::of(whole, session),
            Source::File(path) => path,
        };
        if address(path).is_some() {
            return Self::NotAsked;
        }
        match (FileMark::of(path), session.marks.get(source)) {
            (Err(_), _) => Self::Missing,
            (Ok(now), Some(then)) if now != *then => Self::Changed,
            (Ok(_), _) => Self::There,
        }
    }

    const fn text(self) -> &'static str {
        match self {
            Self::There | Self::NotAsked => "",
            Self::Changed => " (has changed since)",
            Self::Missing => " (is missing)",
        }
    }
}

/// What is said of a session, one fact a line.
pub(super) fn lines(file: &str, session: &SavedSession) -> Vec<(&'static str, String)> {
    let mut lines =
        vec![("file", file.to_owned()), ("format", format!("session of goscope, format {VERSION}"))];
    for tab in &session.tabs {
        let in_front = if tab.is_in_front { ", in front" } else { "" };
        let kind = kind_word(tab.content.kind());
        lines.push(("tab", format!("{}: {kind}{in_front}", tab.content.title())));
        for (word, source) in files(&tab.content) {
            lines.push((word, format!("{}{}", place(source), FileState::of(source, session).text())));
        }
        lines.extend(looks(tab));
        lines.extend(tab.lens.notes.iter().map(note_line));
    }
    for (content, notes) in &session.closed {
        lines.push(("closed", content.title()));
        lines.extend(notes.iter().map(note_line));
    }
    lines
}

fn note_line(note: &Note) -> (&'static str, String) {
    ("note", format!("{}: {}", note.on.title(), note.headline()))
}

/// Where a file is; a sample by the name that it has on a command line.
fn place(source: &Source) -> String {
    match source {
        Source::File(_) | Source::Part(..) => source.place(),
        Source::Sample(_) => source.word().unwrap_or_default(),
    }
}

/// The files of a tab, each after the word for what it is in it.
fn files(content: &Content) -> Vec<(&'static str, &Source)> {
    match content {
        Content::Profile(source)
        | Content::Trace(source)
        | Content::Tests(source)
        | Content::Coverage(source)
        | Content::Store(source) => vec![("", source)],
        Content::Diff(comparison) | Content::Benchmarks(comparison) | Content::Dumps(comparison) => {
            let of = |side: Side| comparison.side(side).iter().map(move |source| (side.text(), source));
            Side::BOTH.into_iter().flat_map(of).collect()
        }
    }
}

/// How a tab is looked at, in the words of the command line.
fn looks(tab: &SavedTab) -> Option<(&'static str, String)> {
    let command = crate::session::link::window_command(&tab.content, &tab.lens, None)?;
    let options = command.find(" --").map_or("", |at| command[at..].trim_start());
    let options = options.strip_prefix("--window").unwrap_or(options).trim_start();
    (!options.is_empty()).then(|| ("", printable(options).into_owned()))
}

/// What `--json` prints of a session.
#[derive(Serialize)]
pub(super) struct SessionJson<'a> {
    schema: &'static str,
    file: &'a str,
    format: &'static str,
    version: u64,
    tabs: Vec<TabJson>,
}

#[derive(Serialize)]
struct TabJson {
    kind: &'static str,
    title: String,
    in_front: bool,
    files: Vec<FileJson>,
    command: Option<String>,
    notes: Vec<Note>,
}

#[derive(Serialize)]
struct FileJson {
    side: Option<&'static str>,
    place: String,
    state: FileState,
}

/// The same as JSON.
pub(super) fn json<'a>(file: &'a str, session: &SavedSession) -> SessionJson<'a> {
    let file_json = |(side, source): (&'static str, &Source)| FileJson {
        side: Some(side).filter(|side| !side.is_empty()),
        place: place(source),
        state: FileState::of(source, session),
    };
    let tab = |tab: &SavedTab| TabJson {
        kind: kind_word(tab.content.kind()),
        title: tab.content.title(),
        in_front: tab.is_in_front,
        files: files(&tab.content).into_iter().map(file_json).collect(),
        command: crate::session::link::window_command(&tab.content, &tab.lens, None),
        notes: tab.lens.notes.clone(),
    };
    let tabs = session.tabs.iter().map(tab).collect();
    SessionJson { schema: "goscope.session-info/1", file, format: "session", version: VERSION, tabs }
}
