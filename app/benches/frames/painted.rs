//! Frames of a real window, with painting: what each costs the program, and the time on the clock from the begin of one frame to
//! that of the next, while nothing waits for the screen.
//!
//! The clock counts how a finished picture gets to the screen, too: a virtual display reads it back from the GPU and copies it,
//! which can take longer than all else. So a window with nothing in it is measured first.
//!
//! A trace is zoomed from its whole length down to a microsecond and out again, with each kind of lane, and panned on the way;
//! a profile is zoomed and panned once. Without a GPU it is the processor that paints (`LIBGL_ALWAYS_SOFTWARE=1`, under
//! `xvfb-run`), on all its cores; the name of what paints is printed.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use eframe::egui::{Context, Event, Modifiers, MouseWheelSource, MouseWheelUnit, RawInput, TouchPhase, Ui};
use eframe::egui::{Vec2, ViewportBuilder, ViewportCommand, pos2, vec2};
use eframe::glow::{self, HasContext as _};
use goscope::document::Source;
use goscope::gui::app::App;
use goscope::gui::command::{Command, Motion};
use goscope::gui::preferences::ThemeChoice;
use goscope::gui::store::Store;
use goscope::query::trace::selection::LaneKind;
use goscope::session::workspace::ContentKind;

use super::window::{report, say};

const SIZE: Vec2 = vec2(1280.0, 800.0);
/// Frames of a file in which nothing happens, before.
const STILL_FRAMES: usize = 100;
/// Frames of one way, in or out, unless its end is reached before.
const MOST_FRAMES_A_WAY: usize = 250;
/// Where zooming in ends.
const CLOSEST_NANOS: i64 = 1_000;
/// 120 frames a second.
const TARGET: Duration = Duration::from_nanos(1_000_000_000 / 120);

/// One measured frame.
struct Frame {
    /// What it showed.
    name: String,
    /// What it cost until all was handed to the GPU.
    handed_over: Duration,
    /// Until the next one began.
    clock: Duration,
}

/// A window with nothing in it.
struct Empty {
    begun: Option<Instant>,
    frames: Arc<Mutex<Vec<Duration>>>,
}

impl eframe::App for Empty {
    fn ui(&mut self, ui: &mut Ui, _: &mut eframe::Frame) {
        let now = Instant::now();
        if let Some(begun) = self.begun.replace(now)
            && let Ok(mut frames) = self.frames.lock()
        {
            frames.push(now - begun);
            if frames.len() == STILL_FRAMES {
                ui.ctx().send_viewport_cmd(ViewportCommand::Close);
            }
        }
        ui.ctx().request_repaint();
    }
}

fn options() -> eframe::NativeOptions {
    let viewport = ViewportBuilder::default().with_title("goscope frames").with_inner_size(SIZE);
    let mut options = eframe::NativeOptions { viewport, ..eframe::NativeOptions::default() };
    options.glow_options.vsync = false;
    options
}

/// Prints what it takes to show a picture with nothing in it.
pub(super) fn measure_empty() -> anyhow::Result<()> {
    let frames: Arc<Mutex<Vec<Duration>>> = Arc::default();
    let app = Empty { begun: None, frames: Arc::clone(&frames) };
    let window = eframe::run_native("goscope frames", options(), Box::new(|_| Ok(Box::new(app))));
    window.map_err(|error| anyhow::anyhow!("{error}"))?;
    let mut times = frames.lock().map_err(|error| anyhow::anyhow!("a frame panicked: {error}"))?;
    report("an empty window, on the clock", &mut times);
    Ok(())
}

/// Opens a window on a file, and prints what its frames cost.
pub(super) fn measure(path: &Path) -> anyhow::Result<()> {
    let frames: Arc<Mutex<Vec<Frame>>> = Arc::default();
    let shared = Arc::clone(&frames);
    let path: PathBuf = path.to_owned();
    say(&format!("\n{}, painted, {} x {} points", path.display(), SIZE.x, SIZE.y));
    let begun = Instant::now();
    let window = eframe::run_native(
        "goscope frames",
        options(),
        Box::new(move |creation| {
            say_who_paints(creation.gl.as_deref());
            let app = App::new(&creation.egui_ctx, Store::Nowhere);
            app.send(Command::ChooseTheme(ThemeChoice::Dark));
            app.send(Command::OpenSource(Source::File(path)));
            Ok(Box::new(Painted {
                app,
                way: Way::Still,
                n_frames: 0,
                kinds_to_come: None,
                begun: None,
                frames: shared,
            }))
        }),
    );
    window.map_err(|error| anyhow::anyhow!("{error}"))?;
    let frames = frames.lock().map_err(|error| anyhow::anyhow!("a frame panicked: {error}"))?;
    report_all(&frames);
    say(&format!("  all of it took {:.2?}", begun.elapsed()));
    Ok(())
}

fn say_who_paints(gl: Option<&glow::Context>) {
    let Some(gl) = gl else { return };
    let version = gl.version();
    say(&format!("  painted by OpenGL {}.{} {}", version.major, version.minor, version.vendor_info));
}

fn report_all(frames: &[Frame]) {
    let mut names: Vec<&str> = Vec::new();
    for Frame { name, .. } in frames {
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    for name in names {
        let mut times: Vec<Duration> =
            frames.iter().filter(|frame| frame.name == name).map(|frame| frame.handed_over).collect();
        report(name, &mut times);
    }
    let moved = || frames.iter().filter(|frame| frame.name != STILL);
    for (name, time) in [
        ("all that move", Frame::handed_over as fn(&Frame) -> Duration),
        ("the same on the clock", Frame::clock),
    ] {
        report(name, &mut moved().map(time).collect::<Vec<_>>());
        let late = moved().filter(|frame| time(frame) > TARGET).count();
        say(&format!("  {late} of {} took longer than 8.33 ms (120 frames a second)", moved().count()));
    }
}

impl Frame {
    const fn handed_over(&self) -> Duration {
        self.handed_over
    }

    const fn clock(&self) -> Duration {
        self.clock
    }
}

const STILL: &str = "nothing happens";

/// What happens in a frame.
#[derive(Clone, Copy, PartialEq)]
enum Way {
    Still,
    In,
    Out,
}

struct Painted {
    app: App,
    way: Way,
    /// Frames of this way so far.
    n_frames: usize,
    /// Kinds of lanes that have not been zoomed yet; `None` until it is known whether the file has any.
    kinds_to_come: Option<Vec<LaneKind>>,
    /// When the frame before began; `None` while something is loaded.
    begun: Option<Instant>,
    frames: Arc<Mutex<Vec<Frame>>>,
}

impl eframe::App for Painted {
    fn logic(&mut self, ctx: &Context, frame: &mut eframe::Frame) {
        self.count(ctx, frame);
        eframe::App::logic(&mut self.app, ctx, frame);
    }

    fn ui(&mut self, ui: &mut Ui, frame: &mut eframe::Frame) {
        eframe::App::ui(&mut self.app, ui, frame);
        ui.ctx().request_repaint();
    }

    fn raw_input_hook(&mut self, _: &Context, input: &mut RawInput) {
        if self.way == Way::Still || self.begun.is_none() {
            return;
        }
        input.events.push(Event::PointerMoved(pos2(600.0, 420.0)));
        input.events.push(Event::MouseWheel {
            unit: MouseWheelUnit::Line,
            delta: vec2(0.0, if self.way == Way::In { 1.0 } else { -1.0 }),
            phase: TouchPhase::Move,
            source: MouseWheelSource::Wheel,
            modifiers: Modifiers::COMMAND,
        });
        if self.n_frames.is_multiple_of(4) {
            self.app.send(Command::Move(Motion::PanRight));
        }
    }
}

impl Painted {
    /// Keeps what the frame before cost, and turns to what comes next.
    fn count(&mut self, ctx: &Context, frame: &eframe::Frame) {
        let now = Instant::now();
        let Some(begun) = self.begun.replace(now) else {
            // Frames in which something is loaded do not count.
            if !self.app.is_idle() {
                self.begun = None;
            }
            return;
        };
        let name = self.name();
        if let Ok(mut frames) = self.frames.lock() {
            // The usage is that of the frame before, without what showing it took.
            let handed_over = frame.info().cpu_usage.map_or(Duration::ZERO, Duration::from_secs_f32);
            frames.push(Frame { name, handed_over, clock: now - begun });
        }
        self.n_frames += 1;
        if self.is_at_end_of_way() {
            self.n_frames = 0;
            self.turn(ctx);
        }
    }

    fn shown_nanos(&self) -> Option<i64> {
        self.app.workspace().active_tab()?.lens.trace.range.map(|range| range.length())
    }

    fn is_trace(&self) -> bool {
        self.app.workspace().active_tab().is_some_and(|tab| tab.content.kind() == ContentKind::Trace)
    }

    /// What is measured now.
    fn name(&self) -> String {
        if self.way == Way::Still {
            return STILL.to_owned();
        }
        if !self.is_trace() {
            return "zoomed and panned".to_owned();
        }
        let shown = match self.shown_nanos() {
            None => "all or nearly all",
            Some(100_000_000..) => "100 ms and more",
            Some(1_000_000..) => "1 to 100 ms",
            Some(10_000..) => "10 us to 1 ms",
            Some(_) => "less than 10 us",
        };
        let kind = self.app.workspace().active_tab().map_or("", |tab| tab.lens.trace.lanes.text());
        format!("{kind}: {shown}")
    }

    fn is_at_end_of_way(&self) -> bool {
        match self.way {
            Way::Still => self.n_frames == STILL_FRAMES,
            Way::In => {
                self.n_frames == MOST_FRAMES_A_WAY
                    || self.shown_nanos().is_some_and(|nanos| nanos <= CLOSEST_NANOS)
            }
            Way::Out => self.n_frames == MOST_FRAMES_A_WAY,
        }
    }

    fn turn(&mut self, ctx: &Context) {
        self.way = match self.way {
            Way::Still => Way::In,
            Way::In => Way::Out,
            Way::Out => return self.turn_to_next_kind(ctx),
        };
        if self.kinds_to_come.is_none() {
            self.kinds_to_come = Some(if self.is_trace() { LaneKind::ALL[1..].to_vec() } else { Vec::new() });
        }
    }

    fn turn_to_next_kind(&mut self, ctx: &Context) {
        let next = self.kinds_to_come.as_mut().filter(|kinds| !kinds.is_empty()).map(|kinds| kinds.remove(0));
        let Some(kind) = next else { return ctx.send_viewport_cmd(ViewportCommand::Close) };
        self.app.send(Command::ShowTime(None));
        self.app.send(Command::ChooseLanes(kind));
        (self.way, self.begun) = (Way::In, None);
    }
}
