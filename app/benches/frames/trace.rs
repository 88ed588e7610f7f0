//! Frames of the trace workspace: with every kind of lane from all of the trace down to a microsecond and out again; pans,
//! scrolls, hovers and brushes on the way.

use std::path::Path;
use std::time::{Duration, Instant};

use eframe::egui::{Event, Modifiers, Pos2, pos2, vec2};
use goscope::gui::command::{Command, Motion};
use goscope::gui::layout::{Layout, Node};
use goscope::gui::workspace::ContentKind;
use goscope::query::trace::selection::{LaneKind, TimeRange};

use super::window::{Window, report};

/// A point of the lanes, of the overview and of the tables, in the layout that a trace opens with.
const ON_LANES: Pos2 = pos2(800.0, 480.0);
const ON_OVERVIEW: Pos2 = pos2(600.0, 140.0);
const ON_TABLES: Pos2 = pos2(1400.0, 950.0);

/// Closer than this there is nothing new to see.
const CLOSEST_NANOS: i64 = 1_000;

/// Prints what frames of a trace cost.
pub(super) fn measure(path: &Path) -> anyhow::Result<()> {
    let mut window = Window::open(path)?;
    let mut all = Vec::new();
    for kind in LaneKind::ALL {
        window.app.send(Command::ChooseLanes(kind));
        window.settle();
        let mut times = window.zoom_in_and_out();
        report(&format!("lanes: {}", kind.text()), &mut times);
        all.append(&mut times);
    }
    window.app.send(Command::ChooseLanes(LaneKind::Goroutines));
    window.settle();
    for (name, times) in
        [("overview", window.brush()), ("tables", window.tables()), ("selection", window.select())]
    {
        let mut times = times;
        report(name, &mut times);
        all.append(&mut times);
    }
    report("all", &mut all);
    window.selections_until_shown();
    Ok(())
}

impl Window {
    fn range(&self) -> Option<TimeRange> {
        self.app.workspace().active_tab().and_then(|tab| tab.lens.trace.range)
    }

    fn zoom_in_and_out(&mut self) -> Vec<Duration> {
        self.app.send(Command::ShowTime(None));
        self.settle();
        self.timed(|window| {
            window.frame(vec![Event::PointerMoved(ON_LANES)]);
            while window.range().is_none_or(|range| range.length() > CLOSEST_NANOS) {
                window.look_around();
                window.turn_wheel(6, vec2(0.0, 1.0), Modifiers::COMMAND);
            }
            while window.range().is_some_and(|range| range.start_nanos > 0) {
                window.turn_wheel(3, vec2(0.0, -1.0), Modifiers::COMMAND);
            }
            window.app.send(Command::ShowTime(None));
            window.frame(Vec::new());
        })
    }

    /// Pans with keys and by hand, scrolls through the lanes and moves the pointer over them.
    fn look_around(&mut self) {
        for motion in [Motion::PanRight, Motion::PanRight, Motion::PanLeft] {
            self.app.send(Command::Move(motion));
            self.frame(Vec::new());
            self.frame(Vec::new());
        }
        self.drag(ON_LANES, ON_LANES - vec2(240.0, 0.0), 8);
        self.turn_wheel(4, vec2(0.0, -6.0), Modifiers::NONE);
        for step in 0..6_u8 {
            self.frame(vec![Event::PointerMoved(ON_LANES + vec2(9.0, 5.0) * f32::from(step))]);
        }
        self.turn_wheel(4, vec2(0.0, 4.0), Modifiers::NONE);
        self.frame(vec![Event::PointerMoved(ON_LANES)]);
    }

    fn brush(&mut self) -> Vec<Duration> {
        self.timed(|window| {
            window.drag(ON_OVERVIEW, ON_OVERVIEW + vec2(200.0, 0.0), 20);
            window.drag(ON_OVERVIEW + vec2(100.0, 0.0), ON_OVERVIEW + vec2(700.0, 0.0), 60);
            window.drag(ON_OVERVIEW + vec2(700.0, 0.0), ON_OVERVIEW, 40);
            window.app.send(Command::ShowTime(None));
            window.frame(Vec::new());
        })
    }

    /// Every view of the stack of tables in front for a while, scrolled and hovered.
    fn tables(&mut self) -> Vec<Duration> {
        let mut times = Vec::new();
        for front in 0.. {
            let mut layout = Layout::of(ContentKind::Trace);
            if !bring_to_front(&mut layout.root, front) {
                break;
            }
            self.app.send(Command::Arrange(ContentKind::Trace, layout));
            self.settle();
            times.extend(self.timed(|window| {
                window.frame(vec![Event::PointerMoved(ON_TABLES)]);
                window.turn_wheel(30, vec2(0.0, -40.0), Modifiers::NONE);
                for step in 0..20_u8 {
                    window.frame(vec![Event::PointerMoved(ON_TABLES - vec2(5.0, 4.0) * f32::from(step))]);
                }
            }));
        }
        times
    }

    /// Chooses spans in the lanes, jumps to who unblocked them and pans while their arrows are shown.
    fn select(&mut self) -> Vec<Duration> {
        self.app.send(Command::ShowTime(None));
        self.settle();
        self.timed(|window| {
            window.frame(vec![Event::PointerMoved(ON_LANES)]);
            window.turn_wheel(60, vec2(0.0, 1.0), Modifiers::COMMAND);
            for step in 0..10_u8 {
                window.click(ON_LANES + vec2(37.0, 9.0) * f32::from(step));
                window.app.send(Command::JumpToUnblocker);
                for _ in 0..3 {
                    window.frame(Vec::new());
                }
                window.drag(ON_LANES, ON_LANES - vec2(90.0, 0.0), 5);
            }
        })
    }

    /// How long a new range of time takes until all panels show it, on the clock.
    fn selections_until_shown(&mut self) {
        self.app.send(Command::ShowTime(None));
        self.settle();
        let Some(whole) = self.range_of_whole() else { return };
        for part in [0.001, 0.01, 0.1, 0.5] {
            let mut times: Vec<Duration> = (0..5).map(|step| self.select_range(whole, part, step)).collect();
            report(&format!("until {} % of the time is shown", part * 100.0), &mut times);
        }
    }

    fn range_of_whole(&mut self) -> Option<i64> {
        self.app.send(Command::ShowTime(Some(TimeRange { start_nanos: 0, end_nanos: 1 << 50 })));
        self.settle();
        // The first key brings the range back into the trace.
        self.app.send(Command::Move(Motion::PanLeft));
        self.settle();
        self.range().map(|range| range.length())
    }

    fn select_range(&mut self, whole: i64, part: f64, step: u8) -> Duration {
        let length = (whole as f64 * part) as i64;
        let start_nanos = (whole - length) / 6 * i64::from(step);
        let begun = Instant::now();
        self.app.send(Command::ShowTime(Some(TimeRange { start_nanos, end_nanos: start_nanos + length })));
        self.frame(Vec::new());
        self.frame(Vec::new());
        while !self.app.is_idle() {
            self.frame(Vec::new());
            std::thread::sleep(Duration::from_micros(500));
        }
        begun.elapsed()
    }
}

/// Brings one part of the (only) stack to the front; `false` if it has no so many.
fn bring_to_front(node: &mut Node, wanted: usize) -> bool {
    match node {
        Node::View(_) => false,
        Node::Row(parts) | Node::Column(parts) => {
            parts.iter_mut().any(|part| bring_to_front(&mut part.node, wanted))
        }
        Node::Stack { parts, front } => {
            *front = wanted;
            wanted < parts.len()
        }
    }
}
