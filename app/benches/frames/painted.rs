//! Frames of a real window, with painting: time on the clock from the begin of one frame to that of the next, while nothing
//! waits for the screen.
//!
//! Without a GPU it is the processor that paints (`LIBGL_ALWAYS_SOFTWARE=1`, under `xvfb-run`), on all its cores.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use eframe::egui::{Context, Event, Modifiers, MouseWheelSource, MouseWheelUnit, RawInput, TouchPhase, Ui};
use eframe::egui::{Vec2, ViewportBuilder, ViewportCommand, pos2, vec2};
use goscope::document::Source;
use goscope::gui::app::App;
use goscope::gui::command::{Command, Motion};
use goscope::gui::preferences::ThemeChoice;
use goscope::gui::store::Store;

use super::window::{report, say};

const SIZE: Vec2 = vec2(1280.0, 800.0);
/// Frames with something new in each of them: wheel steps that zoom in and out, and pans on the way.
const FRAMES: usize = 400;
/// Frames of a file in which nothing happens, before.
const STILL_FRAMES: usize = 100;

/// What frames cost: those in which nothing happens, and the others.
type Times = [Vec<Duration>; 2];

/// Opens a window on a file, and prints what its frames cost.
pub(super) fn measure(path: &Path) -> anyhow::Result<()> {
    let times: Arc<Mutex<Times>> = Arc::default();
    let shared = Arc::clone(&times);
    let viewport = ViewportBuilder::default().with_title("goscope frames").with_inner_size(SIZE);
    let mut options = eframe::NativeOptions { viewport, ..eframe::NativeOptions::default() };
    options.glow_options.vsync = false;
    let path: PathBuf = path.to_owned();
    say(&format!("\n{}, painted, {} x {} points", path.display(), SIZE.x, SIZE.y));
    let begun = Instant::now();
    let window = eframe::run_native(
        "goscope frames",
        options,
        Box::new(move |creation| {
            let app = App::new(&creation.egui_ctx, Store::Nowhere);
            app.send(Command::ChooseTheme(ThemeChoice::Dark));
            app.send(Command::OpenSource(Source::File(path)));
            Ok(Box::new(Painted { app, begun: None, n_frames: 0, times: shared }))
        }),
    );
    window.map_err(|error| anyhow::anyhow!("{error}"))?;
    let [still, moved] = &mut *times.lock().map_err(|error| anyhow::anyhow!("a frame panicked: {error}"))?;
    report("nothing happens", still);
    report("zoomed and panned", moved);
    say(&format!("  all of it took {:.2?}", begun.elapsed()));
    Ok(())
}

struct Painted {
    app: App,
    /// When the frame before began; `None` while the file is loaded.
    begun: Option<Instant>,
    n_frames: usize,
    times: Arc<Mutex<Times>>,
}

impl eframe::App for Painted {
    fn logic(&mut self, ctx: &Context, frame: &mut eframe::Frame) {
        self.count(ctx);
        eframe::App::logic(&mut self.app, ctx, frame);
    }

    fn ui(&mut self, ui: &mut Ui, frame: &mut eframe::Frame) {
        eframe::App::ui(&mut self.app, ui, frame);
        ui.ctx().request_repaint();
    }

    fn raw_input_hook(&mut self, _: &Context, input: &mut RawInput) {
        if self.n_frames < STILL_FRAMES {
            return;
        }
        // In over half of the frames, then out again.
        let is_in = self.n_frames < STILL_FRAMES + FRAMES / 2;
        input.events.push(Event::PointerMoved(pos2(600.0, 420.0)));
        input.events.push(Event::MouseWheel {
            unit: MouseWheelUnit::Line,
            delta: vec2(0.0, if is_in { 0.5 } else { -0.5 }),
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
    fn count(&mut self, ctx: &Context) {
        let now = Instant::now();
        let Some(begun) = self.begun.replace(now) else {
            // Frames in which the file is loaded do not count.
            if !self.app.is_idle() {
                self.begun = None;
            }
            return;
        };
        let which = usize::from(self.n_frames >= STILL_FRAMES);
        if let Ok(mut times) = self.times.lock() {
            times[which].push(now - begun);
        }
        self.n_frames += 1;
        if self.n_frames == STILL_FRAMES + FRAMES {
            ctx.send_viewport_cmd(ViewportCommand::Close);
        }
    }
}
