//! Measures what a frame of the trace workspace costs: logic and layout of the real views, without a GPU.
//!
//! `cargo bench -p goscope --bench frames -- small.trace big.trace` opens each trace, zooms from all of it down to a
//! microsecond and out again with every kind of lane, pans, scrolls, hovers and brushes on the way, and prints p50,
//! p99 and the worst frame. Figures are CPU time of the window's thread where the system tells it (Linux), so that
//! neither workers nor other programs count; elsewhere time on the clock.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use eframe::egui::{
    Context, Event, Modifiers, MouseWheelSource, MouseWheelUnit, PointerButton, Pos2, RawInput, Rect, Theme,
    TouchPhase, Vec2, pos2, vec2,
};
use goscope::document::Source;
use goscope::gui::app::App;
use goscope::gui::command::{Command, Motion};
use goscope::gui::layout::{Layout, Node};
use goscope::gui::preferences::ThemeChoice;
use goscope::gui::store::Store;
use goscope::gui::workspace::ContentKind;
use goscope::query::trace::selection::{LaneKind, TimeRange};

const SIZE: Vec2 = vec2(1920.0, 1080.0);

/// A point of the lanes, of the overview and of the tables, in the layout that a trace opens with.
const ON_LANES: Pos2 = pos2(800.0, 480.0);
const ON_OVERVIEW: Pos2 = pos2(600.0, 140.0);
const ON_TABLES: Pos2 = pos2(1400.0, 950.0);

/// Closer than this there is nothing new to see.
const CLOSEST_NANOS: i64 = 1_000;

fn main() -> anyhow::Result<()> {
    let paths: Vec<PathBuf> =
        std::env::args().skip(1).filter(|word| !word.starts_with("--")).map(Into::into).collect();
    if paths.is_empty() {
        say("no traces given: cargo bench -p goscope --bench frames -- FILE...");
    }
    paths.iter().try_for_each(|path| measure(path))
}

fn measure(path: &Path) -> anyhow::Result<()> {
    let ctx = Context::default();
    let app = App::new(&ctx, Store::Nowhere);
    app.send(Command::ChooseTheme(ThemeChoice::Dark));
    app.send(Command::OpenSource(Source::File(path.to_owned())));
    let mut window = Window { app, ctx, seconds: 0.0, times: Vec::new() };
    let begun = Instant::now();
    window.settle();
    let bytes = std::fs::metadata(path)?.len();
    say(&format!("\n{} ({} MB): open after {:.2?}", path.display(), bytes / 1_000_000, begun.elapsed()));
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

struct Window {
    app: App,
    ctx: Context,
    seconds: f64,
    times: Vec<Duration>,
}

impl Window {
    /// Draws a frame and remembers what it cost.
    fn frame(&mut self, events: Vec<Event>) {
        self.seconds += 1.0 / 60.0;
        let input = RawInput {
            screen_rect: Some(Rect::from_min_size(Pos2::ZERO, SIZE)),
            time: Some(self.seconds),
            system_theme: Some(Theme::Dark),
            events,
            ..RawInput::default()
        };
        let mut frame = eframe::Frame::_new_kittest();
        let app = &mut self.app;
        let clock = Clock::start();
        let mut output = self.ctx.run_ui(input, |ui| {
            eframe::App::logic(app, &ui.ctx().clone(), &mut frame);
            eframe::App::ui(app, ui, &mut frame);
        });
        self.times.push(clock.elapsed());
        output.textures_delta.clear();
    }

    fn settle(&mut self) {
        let mut n_idle = 0;
        while n_idle < 3 {
            self.frame(Vec::new());
            n_idle = if self.app.is_idle() { n_idle + 1 } else { 0 };
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// What frames cost while `steps` are played.
    fn timed(&mut self, steps: impl FnOnce(&mut Self)) -> Vec<Duration> {
        self.times.clear();
        steps(self);
        std::mem::take(&mut self.times)
    }

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

    fn turn_wheel(&mut self, n_frames: usize, delta: Vec2, modifiers: Modifiers) {
        for _ in 0..n_frames {
            self.frame(vec![Event::MouseWheel {
                unit: MouseWheelUnit::Line,
                delta,
                phase: TouchPhase::Move,
                source: MouseWheelSource::Wheel,
                modifiers,
            }]);
        }
    }

    fn drag(&mut self, from: Pos2, to: Pos2, n_frames: u16) {
        self.frame(vec![Event::PointerMoved(from), button(from, true)]);
        for step in 1..=n_frames {
            let part = f32::from(step) / f32::from(n_frames);
            self.frame(vec![Event::PointerMoved(from + (to - from) * part)]);
        }
        self.frame(vec![button(to, false)]);
    }

    fn click(&mut self, at: Pos2) {
        self.frame(vec![Event::PointerMoved(at), button(at, true)]);
        self.frame(vec![button(at, false)]);
        // So that the next click is no double click.
        self.seconds += 1.0;
    }
}

fn button(pos: Pos2, pressed: bool) -> Event {
    Event::PointerButton { pos, button: PointerButton::Primary, pressed, modifiers: Modifiers::NONE }
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

/// Time that this thread spent on a core, or where that cannot be known, time that passed.
struct Clock {
    cpu_nanos: Option<u64>,
    begun: Instant,
}

impl Clock {
    fn start() -> Self {
        Self { cpu_nanos: cpu_nanos(), begun: Instant::now() }
    }

    fn elapsed(&self) -> Duration {
        let passed = self.begun.elapsed();
        match (self.cpu_nanos, cpu_nanos()) {
            (Some(from), Some(until)) => Duration::from_nanos(until - from),
            _ => passed,
        }
    }
}

fn cpu_nanos() -> Option<u64> {
    // The kernel brings the number up to date when the thread lets go of its core.
    std::thread::yield_now();
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split(' ').next()?.parse().ok()
}

fn report(what: &str, times: &mut [Duration]) {
    times.sort_unstable();
    let Some(last) = times.len().checked_sub(1) else { return };
    let at = |part: usize| times[(times.len() * part / 100).min(last)].as_secs_f64() * 1e3;
    let (p50, p99, worst) = (at(50), at(99), at(100));
    let count = times.len();
    say(&format!("  {what:32} {count:6} frames   p50 {p50:8.2} ms   p99 {p99:8.2} ms   max {worst:8.2} ms"));
}

#[expect(clippy::print_stdout, reason = "this benchmark is a report")]
fn say(line: &str) {
    println!("{line}");
}
