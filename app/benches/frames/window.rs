//! A window without a screen: frames are drawn one after the other, and what each cost is kept.

use std::path::Path;
use std::time::{Duration, Instant};

use eframe::egui::{
    Context, Event, Modifiers, MouseWheelSource, MouseWheelUnit, PointerButton, Pos2, RawInput, Rect, Theme,
    TouchPhase, Vec2, vec2,
};
use goscope::document::Source;
use goscope::gui::app::App;
use goscope::gui::command::Command;
use goscope::gui::preferences::ThemeChoice;
use goscope::gui::store::Store;

const SIZE: Vec2 = vec2(1920.0, 1080.0);

/// The window.
pub(super) struct Window {
    pub(super) app: App,
    ctx: Context,
    seconds: f64,
    times: Vec<Duration>,
}

impl Window {
    /// Opens a file, and says how long it took until it was seen.
    pub(super) fn open(path: &Path) -> anyhow::Result<Self> {
        let ctx = Context::default();
        let app = App::new(&ctx, Store::Nowhere);
        app.send(Command::ChooseTheme(ThemeChoice::Dark));
        app.send(Command::OpenSource(Source::File(path.to_owned())));
        let mut window = Self { app, ctx, seconds: 0.0, times: Vec::new() };
        let begun = Instant::now();
        window.settle();
        let bytes = std::fs::metadata(path)?.len();
        say(&format!("\n{} ({} MB): open after {:.2?}", path.display(), bytes / 1_000_000, begun.elapsed()));
        Ok(window)
    }

    /// Draws a frame and remembers what it cost.
    pub(super) fn frame(&mut self, events: Vec<Event>) {
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

    pub(super) fn settle(&mut self) {
        let mut n_idle = 0;
        while n_idle < 3 {
            self.frame(Vec::new());
            n_idle = if self.app.is_idle() { n_idle + 1 } else { 0 };
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// What frames cost while `steps` are played.
    pub(super) fn timed(&mut self, steps: impl FnOnce(&mut Self)) -> Vec<Duration> {
        self.times.clear();
        steps(self);
        std::mem::take(&mut self.times)
    }

    pub(super) fn turn_wheel(&mut self, n_frames: usize, delta: Vec2, modifiers: Modifiers) {
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

    pub(super) fn drag(&mut self, from: Pos2, to: Pos2, n_frames: u16) {
        self.frame(vec![Event::PointerMoved(from), button(from, true)]);
        for step in 1..=n_frames {
            let part = f32::from(step) / f32::from(n_frames);
            self.frame(vec![Event::PointerMoved(from + (to - from) * part)]);
        }
        self.frame(vec![button(to, false)]);
    }

    pub(super) fn click(&mut self, at: Pos2) {
        self.frame(vec![Event::PointerMoved(at), button(at, true)]);
        self.frame(vec![button(at, false)]);
        // So that the next click is no double click.
        self.seconds += 1.0;
    }
}

fn button(pos: Pos2, pressed: bool) -> Event {
    Event::PointerButton { pos, button: PointerButton::Primary, pressed, modifiers: Modifiers::NONE }
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

pub(super) fn report(what: &str, times: &mut [Duration]) {
    times.sort_unstable();
    let Some(last) = times.len().checked_sub(1) else { return };
    let at = |part: usize| times[(times.len() * part / 100).min(last)].as_secs_f64() * 1e3;
    let (p50, p99, worst) = (at(50), at(99), at(100));
    let count = times.len();
    say(&format!("  {what:32} {count:6} frames   p50 {p50:8.2} ms   p99 {p99:8.2} ms   max {worst:8.2} ms"));
}

#[expect(clippy::print_stdout, reason = "this benchmark is a report")]
pub(super) fn say(line: &str) {
    println!("{line}");
}
