//! Notes: what somebody wrote about a function, a goroutine, a span, a task, or a moment of a trace. A note without text is
//! a pin.

use goscope_analysis::symbol::short_name;
use serde::{Deserialize, Serialize};

use super::selection::{FrameKey, Item};
use crate::text;

/// A note.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Note {
    /// What it is about.
    pub on: NoteOn,
    /// What was written, on one or more lines; empty for a pin.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
}

/// What a note is about, by what means the same in every session.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum NoteOn {
    /// A function, by its full name.
    Function(String),
    /// A goroutine, by its number.
    Goroutine(i64),
    /// A span of a goroutine: its number, and when the span began, in ns since the trace began.
    Span(i64, i64),
    /// A user task, by its number.
    Task(u64),
    /// A moment, in ns since the trace began.
    Moment(i64),
}

impl NoteOn {
    /// What is chosen; `None` for the root of a call tree, for functions without a name, for tests and benchmarks.
    pub fn of(item: &Item) -> Option<Self> {
        match item {
            Item::Goroutine(goid) => Some(Self::Goroutine(*goid)),
            Item::Span(goid, nanos) => Some(Self::Span(*goid, *nanos)),
            Item::Task(number) => Some(Self::Task(*number)),
            Item::Function(_) | Item::CallPath(_) => item
                .frame()
                .filter(|frame| !frame.name.is_empty())
                .map(|frame| Self::Function(frame.name.clone())),
            Item::Test(..) | Item::Benchmark(..) => None,
        }
    }

    /// What is chosen to show it; `None` for a moment.
    pub fn item(&self) -> Option<Item> {
        match self {
            Self::Function(name) => {
                Some(Item::Function(FrameKey { name: name.clone(), ..FrameKey::default() }))
            }
            Self::Goroutine(goid) => Some(Item::Goroutine(*goid)),
            Self::Span(goid, nanos) => Some(Item::Span(*goid, *nanos)),
            Self::Task(number) => Some(Item::Task(*number)),
            Self::Moment(_) => None,
        }
    }

    /// The function that it is about.
    pub fn function(&self) -> Option<&str> {
        match self {
            Self::Function(name) => Some(name),
            _ => None,
        }
    }

    /// When it is, in ns since the trace began; `None` for what is at no one time.
    pub const fn nanos(&self) -> Option<i64> {
        match self {
            Self::Span(_, nanos) | Self::Moment(nanos) => Some(*nanos),
            Self::Function(_) | Self::Goroutine(_) | Self::Task(_) => None,
        }
    }

    /// What the window calls it.
    pub fn title(&self) -> String {
        match self {
            Self::Function(name) => short_name(name).into_owned(),
            Self::Goroutine(goid) => format!("goroutine {goid}"),
            Self::Span(goid, nanos) => format!("goroutine {goid} at {}", text::duration(*nanos)),
            Self::Task(number) => format!("task {number}"),
            Self::Moment(nanos) => format!("at {}", text::duration(*nanos)),
        }
    }
}

impl Note {
    /// Its first line, or what it is without one.
    pub fn headline(&self) -> &str {
        self.text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("pinned")
    }
}

/// The note about something.
pub fn note_on<'n>(notes: &'n [Note], on: &NoteOn) -> Option<&'n Note> {
    notes.iter().find(|note| note.on == *on)
}

/// Writes a note, in the place of the one about the same.
pub fn set_note(notes: &mut Vec<Note>, note: Note) {
    match notes.iter_mut().find(|other| other.on == note.on) {
        Some(other) => *other = note,
        None => notes.push(note),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_one_note_about_a_thing() {
        let mut notes = Vec::new();
        let note = |on: NoteOn, text: &str| Note { on, text: text.to_owned() };
        set_note(&mut notes, note(NoteOn::Goroutine(7), "waits"));
        set_note(&mut notes, note(NoteOn::Moment(5), ""));
        set_note(&mut notes, note(NoteOn::Goroutine(7), "\n waits for G 9\nalways"));
        let headlines: Vec<_> = notes.iter().map(|note| (note.on.title(), note.headline())).collect();
        let expected = [("goroutine 7".to_owned(), "waits for G 9"), ("at 5 ns".to_owned(), "pinned")];
        assert_eq!(headlines, expected);
        assert_eq!(note_on(&notes, &NoteOn::Task(1)), None);
    }

    #[test]
    fn what_is_chosen_can_have_a_note() {
        let key = |name: &str| FrameKey { name: name.to_owned(), line: 7, ..FrameKey::default() };
        let path = Item::CallPath(vec![key("main.main"), key("main.f")]);
        assert_eq!(NoteOn::of(&path), Some(NoteOn::Function("main.f".to_owned())));
        assert_eq!(NoteOn::of(&Item::CallPath(Vec::new())), None);
        assert_eq!(NoteOn::of(&Item::Function(FrameKey::default())), None);
        for on in
            [NoteOn::Goroutine(1), NoteOn::Span(1, 5), NoteOn::Task(2), NoteOn::Function("main.f".to_owned())]
        {
            assert_eq!(on.item().as_ref().and_then(NoteOn::of), Some(on));
        }
    }
}
