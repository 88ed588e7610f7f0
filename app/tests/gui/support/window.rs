//! A window that tests drive by label, click and key, without a display.

use std::time::{Duration, Instant};

use eframe::egui::{self, Key, Modifiers, Pos2, Vec2, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use goscope::document::{Document, Source};
use goscope::gui::app::App;
use goscope::gui::command::Command;
use goscope::gui::preferences::ThemeChoice;
use goscope::gui::store::Store;
use goscope::gui::view_id::ViewId;
use goscope::gui::workspace::Lens;
use goscope_analysis::trace::model::Span;

use super::fleet::fleet;
use super::software_renderer::SoftwareRenderer;

/// The sample trace that tests look at: a shop in which one request in a hundred is slow.
pub(crate) const TRACE: &str = "latency-go1.27.trace";

pub(crate) type Window = Harness<'static, App>;

pub(crate) const SIZE: Vec2 = vec2(1280.0, 800.0);

pub(crate) fn window() -> Window {
    window_at(ThemeChoice::Dark, 1.0)
}

pub(crate) fn window_at(theme: ThemeChoice, pixels_per_point: f32) -> Window {
    let mut window = Harness::builder()
        .with_size(SIZE)
        .with_pixels_per_point(pixels_per_point)
        .with_render_cursor(false)
        .renderer(SoftwareRenderer::default())
        .build_eframe(|creation| App::new(&creation.egui_ctx, Store::Nowhere));
    // What is exported by chance goes nowhere, and asks nobody.
    window.state_mut().save_into(std::env::temp_dir().join("goscope tests write nothing here"));
    window.state().send(Command::ChooseTheme(theme));
    settle(&mut window);
    window
}

/// A window with a sample open in it.
pub(crate) fn window_with(sample: &str) -> Window {
    let mut window = window();
    window.state().send(Command::OpenSource(Source::Sample(sample.to_owned())));
    settle(&mut window);
    window
}

/// What `go test` writes, and goroutine dumps, with the commands that open it.
pub(crate) fn testing() -> Vec<(&'static str, Command)> {
    let open =
        |name: &'static str| (name, Command::OpenSource(Source::File(goscope_test_support::sample(name))));
    let [base, head] =
        ["bench/base.txt", "bench/head.txt"].map(|name| Source::File(goscope_test_support::sample(name)));
    let compare = ("benchmarks of two sides", Command::Compare(base, head));
    let [earlier, later] =
        ["dumps/leak1.txt", "dumps/leak3.txt"].map(|name| Source::File(goscope_test_support::sample(name)));
    vec![
        open("testing/results.json"),
        open("testing/cover.out"),
        open("bench/base.txt"),
        compare,
        open("dumps/deadlock.txt"),
        open("dumps/queue.txt"),
        open("dumps/crash.cri.log"),
        ("dumps of two moments", Command::Compare(earlier, later)),
        ("a store", Command::OpenSource(Source::File(fleet().to_owned()))),
    ]
}

/// Draws frames until nothing is loading, computed or asked for any more.
#[track_caller]
pub(crate) fn settle(window: &mut Window) {
    let deadline = Instant::now() + Duration::from_secs(60);
    let mut n_idle = 0;
    while n_idle < 3 {
        window.step();
        n_idle = if window.state().is_idle() { n_idle + 1 } else { 0 };
        if n_idle == 0 {
            std::thread::sleep(Duration::from_millis(2));
        }
        assert!(Instant::now() < deadline, "the window does not come to rest");
    }
    window.check_accessibility();
}

#[track_caller]
pub(crate) fn send(window: &mut Window, command: Command) {
    window.state().send(command);
    settle(window);
}

#[track_caller]
pub(crate) fn click(window: &mut Window, label: &str) {
    window.get_by_label(label).click();
    settle(window);
}

/// Clicks twice, both within one frame: between two frames of a test there is more time than a double click may take.
pub(crate) fn double_click(window: &mut Window, label: &str) {
    let pos = window.get_by_label(label).rect().center();
    window.hover_at(pos);
    window.step();
    let button = |pressed| egui::Event::PointerButton {
        pos,
        button: egui::PointerButton::Primary,
        pressed,
        modifiers: Modifiers::NONE,
    };
    window.input_mut().events.extend([true, false, true, false].map(button));
    window.step();
    settle(window);
}

pub(crate) fn press(window: &mut Window, modifiers: Modifiers, key: Key) {
    window.key_press_modifiers(modifiers, key);
    settle(window);
}

/// Brings every view that can show what is in front to where it is seen, one after the other.
#[track_caller]
pub(crate) fn show_every_view(window: &mut Window) {
    let kind = window.state().workspace().active_tab().expect("a tab is open").content.kind();
    for &view in ViewId::ALL.iter().filter(|view| view.shows(kind)) {
        send(window, Command::ShowView(view));
        assert!(window.state().preferences().layout(kind).shows(view), "{view:?}");
    }
}

pub(crate) fn lens(window: &Window) -> &Lens {
    &window.state().workspace().active_tab().expect("a tab is open").lens
}

/// The name of the function with the largest flat value: the first row of the table.
pub(crate) fn first_row(window: &Window) -> String {
    let row = window.query_all_by_role(egui::Role::Row).next().expect("the table has rows");
    row.accesskit_node().label().expect("rows have names")
}

pub(crate) fn click_first_row(window: &mut Window) {
    window.query_all_by_role(egui::Role::Row).next().expect("the table has rows").click();
    settle(window);
}

/// Drags what is at `from` to `to`, as a hand would: press, a few moves, release.
pub(crate) fn drag(window: &mut Window, from: Pos2, to: Pos2) {
    window.hover_at(from);
    window.step();
    window.drag_at(from);
    window.step();
    for step in 1..=4 {
        window.hover_at(from + (to - from) * (step as f32 / 4.0));
        window.step();
    }
    window.drop_at(to);
    settle(window);
}

/// A span of a goroutine that waited for a lock and was woken by another one.
pub(crate) fn blocked_span(sample: &str) -> (i64, i64) {
    let source = Source::Sample(sample.to_owned());
    let document = Document::load(&source, &goscope_parsers::Progress::new()).expect("a sample");
    let model = &document.trace().expect("a trace").model;
    let spans = model.goroutine_ids().flat_map(|id| model.spans(id));
    let is_wanted = |span: &Span| {
        let reason = model.tables().string_lossy(model.cause(span.cause).reason);
        let woken = model.next_span(span);
        reason.starts_with("sync") && woken.is_some_and(|woken| woken.waker.is_some())
    };
    let span = spans.filter(is_wanted).max_by_key(Span::duration_nanos).expect("somebody waited for a lock");
    (model.tables().goid(span.goroutine), span.start - model.range().start)
}

/// All texts of the last frame.
pub(crate) fn texts(window: &Window) -> String {
    fn collect(shape: &eframe::egui::Shape, found: &mut String) {
        match shape {
            eframe::egui::Shape::Vec(shapes) => shapes.iter().for_each(|shape| collect(shape, found)),
            eframe::egui::Shape::Text(text) => {
                *found += text.galley.text();
                *found += "\n";
            }
            _ => {}
        }
    }
    let mut found = String::new();
    window.output().shapes.iter().for_each(|shape| collect(&shape.shape, &mut found));
    found
}
