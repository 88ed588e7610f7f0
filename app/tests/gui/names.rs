//! Names are not trusted in the window either: whatever a file calls things, nothing that is drawn or read aloud has a
//! character that is obeyed, and what is copied names them as they are.

use eframe::egui::{MissingGlyphPolicy, Shape};
use egui_kittest::kittest::NodeT as _;
use goscope::document::Source;
use goscope::gui::command::Command;
use goscope::gui::selection::{FrameKey, Item};
use goscope::gui::view_id::ViewId;
use goscope_parsers::printable_lines;
use goscope_test_support::nasty::{INJECTED, NASTY};

use crate::support::copied::{copied, opening};
use crate::support::views::all_views;
use crate::support::window::{Window, send, window};

#[path = "../cli/names/inputs.rs"]
mod inputs;

/// A window that draws boxes for letters that its own fonts do not have, as it does where the system has none either.
fn strange_window() -> Window {
    let window = window();
    window.ctx.set_missing_glyph_policy(MissingGlyphPolicy::Tofu);
    window
}

/// The rows of all texts that are drawn.
fn collect(shape: &Shape, found: &mut Vec<String>) {
    match shape {
        Shape::Vec(shapes) => shapes.iter().for_each(|shape| collect(shape, found)),
        Shape::Text(text) => found.extend(text.galley.rows.iter().map(|row| row.text())),
        _ => {}
    }
}

/// What the last frame draws, and what it says to a screen reader, that would be obeyed.
fn faults(window: &Window) -> Vec<String> {
    let mut drawn = Vec::new();
    window.output().shapes.iter().for_each(|shape| collect(&shape.shape, &mut drawn));
    // Comments of several lines keep their lines and tabs.
    let is_obeyed = |text: &String| printable_lines(text) != text.as_str();
    let drawn = drawn.into_iter().filter(is_obeyed).map(|text| format!("drawn: {text:?}"));
    let nodes = window.root().children_recursive();
    let said = nodes.flat_map(|node| {
        let node = node.accesskit_node();
        [node.label(), node.value(), node.data().description().map(str::to_owned)]
    });
    let said = said.flatten().filter(is_obeyed);
    drawn.chain(said.map(|text| format!("said: {text:?}"))).collect()
}

/// Every view of what is in front, with every kind of lanes and every answer.
fn look_around(window: &mut Window, name: &str, found: &mut Vec<String>) {
    for command in all_views(window) {
        let what = format!("{name} {command:?}");
        send(window, command);
        let faults = faults(window);
        found.extend(
            faults.first().map(|first| format!("{what}: {} faults, the first {first}", faults.len())),
        );
    }
}

#[test]
fn nothing_that_is_drawn_or_said_is_obeyed() {
    let folder = tempfile::tempdir().expect("a folder");
    inputs::write_inputs(folder.path());
    let file = |name: &str| Source::File(folder.path().join(name));
    let names = [
        "base0.pb.gz",
        "shop.trace",
        "dump.txt",
        "race.txt",
        "cover.out",
        "module.out",
        "tests.json",
        "tests.txt",
        "bench-base.txt",
        "profiles",
    ];
    let mut opened: Vec<(&str, Command)> =
        names.into_iter().map(|name| (name, Command::OpenSource(file(name)))).collect();
    for (base, head) in
        [("base0.pb.gz", "head0.pb.gz"), ("dump.txt", "dump-later.txt"), ("bench-base.txt", "bench-head.txt")]
    {
        opened.push((head, Command::Compare(file(base), file(head))));
    }
    // A file that is called so, and one that is not there.
    let own = folder.path().join("a\x1b[31m\u{202e}b.pb.gz");
    std::fs::copy(folder.path().join("base0.pb.gz"), &own).expect("copied");
    opened.push(("a nasty name", Command::OpenSource(Source::File(own.clone()))));
    let mut window = strange_window();
    let mut found = Vec::new();
    for (name, open) in opened {
        send(&mut window, open);
        assert!(window.state().problems().is_empty(), "{name}: {:?}", window.state().problems());
        look_around(&mut window, name, &mut found);
        send(&mut window, Command::CloseActiveTab);
    }
    std::fs::remove_file(&own).expect("removed");
    send(&mut window, Command::OpenSource(Source::File(own)));
    assert_eq!(window.state().problems().len(), 1);
    found.extend(faults(&window));
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn what_is_copied_names_things_as_they_are_and_runs_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    inputs::write_inputs(folder.path());
    let mut window = strange_window();
    send(&mut window, Command::OpenSource(Source::File(folder.path().join("base0.pb.gz"))));
    // No shell has a word with a NUL.
    for name in NASTY.iter().filter(|name| !name.contains('\0')) {
        let item = Item::Function(FrameKey { name: (*name).to_owned(), ..FrameKey::default() });
        send(&mut window, Command::Select(item.clone()));
        let line = copied(&mut window, Command::CopyWindowCommand(Some(ViewId::Functions)));
        assert_eq!(printable_lines(&line), line, "{name:?}");
        let look = opening(&line).look.expect("it says how");
        assert_eq!(look.lens.selection, Some(item), "{line}");
    }
    assert!(!folder.path().join(INJECTED).exists() && !std::path::Path::new(INJECTED).exists());
}
