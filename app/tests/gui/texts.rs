//! No two texts of the window are painted over each other, and none is cut without a sign, at any size that people use.
//!
//! All texts of a frame are collected where egui has laid them out. A text may leave its clip below and above, where a
//! list scrolls, but not at its sides: what is too long ends in an ellipsis.

use std::sync::Arc;

use eframe::egui::{Rect, Role, Shape, Vec2, vec2};
use egui_kittest::Node;
use egui_kittest::kittest::Queryable as _;
use goscope::document::{Document, Source};
use goscope::gui::command::{Command, Flight};
use goscope::gui::selection::Item;
use goscope::gui::view_id::ViewId;
use goscope::query::trace::answers::headlines::HeadlinesQuery;
use goscope::query::trace::answers::path::InstancePlace;
use goscope::query::{Documents, answer};
use goscope::samples::{PAIR, SAMPLES, TRACES};

use crate::support::views::all_views;
use crate::support::window::{Window, send, settle, testing, window};

/// In points: a small laptop with a split screen, a small window, the usual one, a large screen.
const SIZES: [Vec2; 4] = [vec2(760.0, 480.0), vec2(900.0, 600.0), vec2(1280.0, 800.0), vec2(2560.0, 1440.0)];

/// Letters may touch by this much, in points: boxes of texts are a little larger than the letters.
const TOUCH: f32 = 1.5;

/// Height of the tabs of views, in points.
const TAB_HEIGHT: f32 = 28.0;

/// A text of a frame.
#[derive(Clone, Debug)]
struct Text {
    text: String,
    /// Where it is laid out, and the part of that which is seen.
    whole: Rect,
    seen: Rect,
    clip: Rect,
}

fn collect(shape: &Shape, clip: Rect, found: &mut Vec<Text>) {
    match shape {
        Shape::Vec(shapes) => shapes.iter().for_each(|shape| collect(shape, clip, found)),
        Shape::Text(text) if text.opacity_factor > 0.0 => {
            // Row by row: a paragraph may begin where another text ends.
            for row in &text.galley.rows {
                let whole = row.visuals.mesh_bounds.translate(row.pos.to_vec2() + text.pos.to_vec2());
                let seen = whole.intersect(clip);
                let words = row.text();
                if seen.width() > TOUCH && seen.height() > TOUCH && !words.trim().is_empty() {
                    found.push(Text { text: words, whole, seen, clip });
                }
            }
        }
        _ => {}
    }
}

/// Where things scroll sideways, so that those at the edges are cut: a picture that is moved in both directions, and
/// rows of tabs.
fn moving_parts(window: &Window) -> Vec<Rect> {
    let canvas = window.query_by_role_and_label(Role::Group, "Call graph of the profile");
    let tabs = window.query_all_by_role(Role::Tab);
    let views = ViewId::ALL.iter().flat_map(|view| window.query_all_by_label(view.title()));
    let is_tab = |node: &Node<'_>| (node.rect().height() - TAB_HEIGHT).abs() < 1.0;
    let parts = canvas.into_iter().chain(tabs).chain(views.filter(is_tab));
    parts.map(|node| node.rect().expand(1.0)).collect()
}

/// What is wrong with the texts of the last frame.
fn faults(window: &Window) -> Vec<String> {
    let moving = moving_parts(window);
    let mut texts = Vec::new();
    for shape in &window.output().shapes {
        collect(&shape.shape, shape.clip_rect, &mut texts);
    }
    let mut faults = Vec::new();
    for (at, one) in texts.iter().enumerate() {
        let is_cut =
            one.whole.left() < one.clip.left() - TOUCH || one.whole.right() > one.clip.right() + TOUCH;
        if is_cut && !moving.iter().any(|part| part.contains_rect(one.seen)) {
            faults.push(format!("{:?} leaves its place: {:?} of {:?}", one.text, one.whole, one.clip));
        }
        let over = texts[..at].iter().filter(|other| other.seen.intersects(one.seen.shrink(TOUCH)));
        faults.extend(over.map(|other| format!("{:?} over {:?} at {:?}", one.text, other.text, one.seen)));
    }
    faults
}

/// Where the slowest instance of a sample trace is, whose critical path is looked at.
fn slowest(name: &str) -> Option<InstancePlace> {
    TRACES.iter().find(|trace| trace.name == name)?;
    let source = Source::Sample(name.to_owned());
    let document = Document::load(&source, &goscope_parsers::Progress::new()).expect("a sample");
    let documents = [Arc::new(document)];
    let headlines = answer(&HeadlinesQuery::default(), Documents::of_tab(&documents)).expect("headlines");
    Some(headlines.items.first()?.look.as_ref()?.place.clone())
}

fn look_in_all_sizes(window: &mut Window, name: &str, faulty: &mut Vec<String>) {
    for scale in [1.0, 2.0] {
        window.set_pixels_per_point(scale);
        // The scale changes the size of the window, and that one frame later.
        window.run_steps(2);
        for size in SIZES {
            window.set_size(size);
            settle(window);
            let found = faults(window);
            faulty.extend(found.iter().map(|fault| format!("{name} {size:?} ×{scale}: {fault}")));
        }
    }
}

/// Looks at every view of what is in front, in each size and scale.
fn look_around(window: &mut Window, name: &str, faulty: &mut Vec<String>) {
    let mut commands = all_views(window);
    if let Some(place) = slowest(name) {
        let item = Item::Span(place.goroutine, place.mark_nanos);
        let flight = Flight { item, range: place.range, group: None };
        commands.push(Command::FollowPath(place.choice, flight));
    }
    for command in commands {
        let what = format!("{command:?}");
        send(window, Command::ResetLayout);
        send(window, command);
        look_in_all_sizes(window, &format!("{name} {what}"), faulty);
    }
    send(window, Command::ResetLayout);
}

#[test]
fn no_text_is_painted_over_another_or_cut_at_its_sides() {
    let mut window = window();
    let mut faulty = Vec::new();
    look_in_all_sizes(&mut window, "start", &mut faulty);
    let open = |sample: &str| Command::OpenSource(Source::Sample(sample.to_owned()));
    let pair = PAIR.map(|sample| Source::Sample(sample.name.to_owned()));
    let [base, head] = pair;
    let mut opened: Vec<(String, Command)> =
        SAMPLES.iter().chain(TRACES).map(|sample| (sample.name.to_owned(), open(sample.name))).collect();
    opened.push(("comparison".to_owned(), Command::Compare(base, head)));
    opened.extend(testing().into_iter().map(|(name, open)| (name.to_owned(), open)));
    for (name, command) in opened {
        send(&mut window, command);
        look_around(&mut window, &name, &mut faulty);
        send(&mut window, Command::CloseActiveTab);
    }
    let n_faults = faulty.len();
    faulty.truncate(40);
    assert!(faulty.is_empty(), "{n_faults} faults, the first:\n{}", faulty.join("\n"));
}
