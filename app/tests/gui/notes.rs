//! Notes: written, shown, marked, listed, undone, and never lost without a word.

use eframe::egui::{Event, Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use goscope::document::Source;
use goscope::gui::command::Command;
use goscope::gui::selection::{FrameKey, Item};
use goscope::query::trace::selection::TimeRange;
use goscope::session::note::{Note, NoteOn};

use crate::support::window::{
    TRACE, Window, blocked_span, click, lens, press, send, settle, window, window_with,
};

fn note(on: NoteOn, text: &str) -> Note {
    Note { on, text: text.to_owned() }
}

fn type_in(window: &mut Window, text: &str) {
    window.event(Event::Text(text.to_owned()));
    settle(window);
}

#[test]
fn a_note_is_written_shown_edited_and_undone() {
    let mut window = window_with(TRACE);
    send(&mut window, Command::Select(Item::Goroutine(52)));
    press(&mut window, Modifiers::NONE, Key::M);
    assert!(window.query_by_label("Note: goroutine 52").is_some(), "the editor is open");
    type_in(&mut window, "holds the lock");
    click(&mut window, "Save note");
    assert_eq!(lens(&window).notes, [note(NoteOn::Goroutine(52), "holds the lock")]);
    assert!(window.query_by_label("holds the lock").is_some(), "the inspector shows it");

    click(&mut window, "Edit note");
    type_in(&mut window, "!");
    press(&mut window, Modifiers::COMMAND, Key::Enter);
    assert_eq!(lens(&window).notes, [note(NoteOn::Goroutine(52), "holds the lock!")]);

    send(&mut window, Command::Undo);
    assert_eq!(lens(&window).notes[0].text, "holds the lock");
    send(&mut window, Command::Undo);
    assert!(lens(&window).notes.is_empty());
    send(&mut window, Command::Redo);
    assert_eq!(lens(&window).notes.len(), 1);

    click(&mut window, "Edit note");
    click(&mut window, "Delete note");
    assert!(lens(&window).notes.is_empty());
    // Escape writes nothing.
    press(&mut window, Modifiers::NONE, Key::M);
    type_in(&mut window, "never mind");
    press(&mut window, Modifiers::NONE, Key::Escape);
    assert!(window.query_by_label("Note: goroutine 52").is_none() && lens(&window).notes.is_empty());
}

#[test]
fn a_function_and_a_moment_have_notes() {
    let mut window = window_with("cpu-labels.pb.gz");
    let main = FrameKey { name: "main.main".to_owned(), ..FrameKey::default() };
    send(&mut window, Command::Select(Item::CallPath(vec![main])));
    send(&mut window, Command::EditNote(None));
    click(&mut window, "Save note");
    assert_eq!(lens(&window).notes, [note(NoteOn::Function("main.main".to_owned()), "")]);
    assert!(window.query_by_label("Pinned").is_some());

    send(&mut window, Command::OpenSource(Source::Sample(TRACE.to_owned())));
    let range = TimeRange { start_nanos: 100_000_000, end_nanos: 300_000_000 };
    send(&mut window, Command::ShowTime(Some(range)));
    send(&mut window, Command::EditNote(None));
    type_in(&mut window, "here");
    click(&mut window, "Save note");
    assert_eq!(lens(&window).notes, [note(NoteOn::Moment(200_000_000), "here")]);
}

#[test]
fn the_list_of_notes_flies_to_each() {
    let mut window = window_with(TRACE);
    let (goid, nanos) = blocked_span(TRACE);
    let notes = [
        note(NoteOn::Span(goid, nanos), "waits here"),
        note(NoteOn::Task(125), "a slow one"),
        note(NoteOn::Moment(451_000_000), "a pause?"),
        note(NoteOn::Goroutine(goid), "a worker"),
        note(NoteOn::Function("main.main".to_owned()), "begins here"),
    ];
    for note in &notes {
        send(&mut window, Command::SetNote(note.clone()));
    }
    for note in &notes {
        send(&mut window, Command::ShowTime(None));
        send(&mut window, Command::ShowNotes);
        click(&mut window, &note.text);
        assert!(window.query_by_label("Notes").is_none(), "the list is closed");
        let (selection, range) = (lens(&window).selection.clone(), lens(&window).trace.range);
        match &note.on {
            NoteOn::Moment(nanos) => {
                let range = range.expect("some of the time");
                assert!(range.start_nanos < *nanos && *nanos < range.end_nanos, "{range:?}");
            }
            on => assert_eq!(selection, on.item(), "{note:?}"),
        }
        if let NoteOn::Span(_, nanos) = note.on {
            let range = range.expect("some of the time");
            assert!(range.start_nanos <= nanos && nanos < range.end_nanos, "{range:?}");
        }
    }
    assert!(window.state().problems().is_empty());
}

#[test]
fn what_has_a_note_is_marked() {
    for (sample, on) in
        [("cpu-labels.pb.gz", NoteOn::Function("main.main".to_owned())), (TRACE, NoteOn::Moment(451_000_000))]
    {
        let mut window = window_with(sample);
        let before = window.render().expect("a picture");
        send(&mut window, Command::SetNote(note(on, "look")));
        let after = window.render().expect("a picture");
        let n_changed = before.pixels().zip(after.pixels()).filter(|(before, after)| before != after).count();
        assert!((4..2_000).contains(&n_changed), "{sample}: {n_changed} pixels");
    }
}

#[test]
fn notes_of_a_closed_tab_come_back_with_it_and_are_saved() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("shop.goscope");
    let mut window = window_with(TRACE);
    send(&mut window, Command::SetNote(note(NoteOn::Goroutine(52), "a worker")));
    send(&mut window, Command::CloseActiveTab);
    send(&mut window, Command::OpenSource(Source::Sample("heap.pb.gz".to_owned())));
    send(&mut window, Command::SetNote(note(NoteOn::Function("main.main".to_owned()), "one\ntwo")));
    send(&mut window, Command::SaveSessionTo(file.clone()));
    send(&mut window, Command::OpenSource(Source::Sample(TRACE.to_owned())));
    assert_eq!(lens(&window).notes, [note(NoteOn::Goroutine(52), "a worker")]);

    let mut other = self::window();
    send(&mut other, Command::OpenSource(Source::File(file)));
    assert_eq!(lens(&other).notes, [note(NoteOn::Function("main.main".to_owned()), "one\ntwo")]);
    send(&mut other, Command::OpenSource(Source::Sample(TRACE.to_owned())));
    assert_eq!(lens(&other).notes, [note(NoteOn::Goroutine(52), "a worker")]);
}

#[test]
fn a_session_with_notes_is_put_aside_before_the_next_one_is_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let kept = folder.path().join("last.goscope");
    for sample in [TRACE, "heap.pb.gz"] {
        let mut window = window();
        window.state_mut().keep_session_in(kept.clone());
        send(&mut window, Command::OpenSource(Source::Sample(sample.to_owned())));
        send(&mut window, Command::SetNote(note(NoteOn::Function("main.main".to_owned()), sample)));
        eframe::App::on_exit(window.state_mut(), None);
    }
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).expect("it is kept");
    assert!(read("before.goscope").contains(TRACE) && !read("before.goscope").contains("heap.pb.gz"));
    assert!(read("last.goscope").contains("heap.pb.gz"));
}
