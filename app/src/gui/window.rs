//! Opens the window, or says in one sentence why there is none.

use std::any::Any;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, bail};
use eframe::egui::{Context, Vec2, ViewportBuilder, ViewportCommand};
use goscope_parsers::printable;

use super::app::App;
use super::fonts::SystemFonts;
use super::store::{Store, last_session};
use crate::document::Source;
use crate::input_bytes::address;
use crate::live::LiveInput;
use crate::session::look::{Opened, Opening};
use crate::store_document::absolute_store;

/// How long the first frame may wait for the system's font.
const FONT_PATIENCE: Duration = Duration::from_millis(150);

/// Set as soon as the window stands: from then on a panic is a bug of ours and shows as one.
static IS_OPEN: AtomicBool = AtomicBool::new(false);

/// Shows the window until it is closed.
///
/// # Errors
/// One sentence where there is no display, or nothing that can draw.
pub fn run(mut opening: Opening) -> anyhow::Result<()> {
    for opened in &mut opening.what {
        match opened {
            Opened::Source(source) => make_absolute(source),
            Opened::Session(path, _) => *path = absolute(std::mem::take(path)),
            Opened::Comparison(comparison, ..) => {
                comparison.base.iter_mut().chain(&mut comparison.head).for_each(make_absolute);
            }
        }
    }
    show(move |app| {
        if let Some(file) = last_session() {
            app.keep_session_in(file);
        }
        app.open(opening);
    })
}

/// Shows the window; `begin` asks it for what it shows first.
fn show(begin: impl FnOnce(&mut App) + 'static) -> anyhow::Result<()> {
    if !has_display() {
        bail!(
            "there is no display to open a window on (DISPLAY and WAYLAND_DISPLAY are not set); \
             the commands work without one, see `goscope --help`"
        );
    }
    let usual_hook = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if IS_OPEN.load(Ordering::Relaxed) && thread::current().name() != Some(SystemFonts::THREAD) {
            usual_hook(info);
        }
    }));
    let fonts = SystemFonts::search();
    let result = panic::catch_unwind(AssertUnwindSafe(|| {
        eframe::run_native(
            "goscope",
            native_options(),
            Box::new(move |creation| {
                let mut app = App::new(&creation.egui_ctx, Store::of_user());
                fonts.install(&creation.egui_ctx, FONT_PATIENCE);
                begin(&mut app);
                close_on_signals(&creation.egui_ctx);
                IS_OPEN.store(true, Ordering::Relaxed);
                Ok(Box::new(app))
            }),
        )
    }));
    // The hook holds the usual one; going back to the default is all that is left to do.
    let _ = panic::take_hook();
    match result {
        Ok(result) => result.map_err(|error| anyhow::anyhow!("{}", reason_of(&error))).context(NO_WINDOW),
        Err(payload) => Err(why_ended(&message_of(payload.as_ref()), IS_OPEN.load(Ordering::Relaxed))),
    }
}

/// Why there is no window any more, or never was one: what the panic said that ended it.
fn why_ended(message: &str, was_open: bool) -> anyhow::Error {
    let error = anyhow::anyhow!("{}", printable(message));
    error.context(if was_open { A_BUG } else { NO_WINDOW })
}

const A_BUG: &str = "a bug of goscope ended the window; please report it with what stands above";

const NO_WINDOW: &str = "the window cannot be shown (it needs a display and OpenGL); the commands work without, see `goscope --help`";

/// Ctrl-C in the terminal, and signals that end a program, close the window as a click does, so that no program in a
/// debugger is left standing still; the second one ends goscope at once.
fn close_on_signals(ctx: &Context) {
    let ctx = ctx.clone();
    let is_closing = AtomicBool::new(false);
    let close = move || {
        if is_closing.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
        ctx.send_viewport_cmd(ViewportCommand::Close);
        ctx.request_repaint();
    };
    // Where nobody can watch, signals end it as they always do.
    let _ = ctrlc::set_handler(close);
}

/// Elsewhere than on Linux and its kin there is always one, or the system says so itself.
pub fn has_display() -> bool {
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(all(unix, not(target_os = "macos")))
        || ["DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET"].into_iter().any(is_set)
}

fn make_absolute(source: &mut Source) {
    if let Source::File(path) = source
        && let Some(store) = absolute_store(path)
    {
        *path = store;
    } else if let Source::File(path) = source
        && path != Path::new("-")
        && address(path).is_none()
        && LiveInput::of(path).is_none()
    {
        *path = absolute(std::mem::take(path));
    }
}

/// A path that means the same when the program is started from another folder.
fn absolute(path: PathBuf) -> PathBuf {
    std::path::absolute(&path).unwrap_or(path)
}

fn native_options() -> eframe::NativeOptions {
    let icon = eframe::icon_data::from_png_bytes(include_bytes!("../../../assets/icon-256.png"));
    let viewport = ViewportBuilder::default()
        .with_title("goscope")
        .with_app_id("goscope")
        .with_inner_size(Vec2::new(1280.0, 800.0))
        .with_min_inner_size(Vec2::new(760.0, 480.0))
        .with_drag_and_drop(true)
        .with_icon(icon.unwrap_or_default());
    // Fonts for missing letters are our own affair: those of eframe end the window where the system has no font at all.
    eframe::NativeOptions { viewport, system_font_fallback: false, ..eframe::NativeOptions::default() }
}

/// What the window system said, without the place in its source where it said so.
fn reason_of(error: &eframe::Error) -> String {
    let text = error.to_string();
    text.rsplit(": ").next().unwrap_or(&text).to_owned()
}

fn message_of(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "the window system failed".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_that_ended_by_a_bug_does_not_blame_the_display() {
        let text = |was_open| format!("{:#}", why_ended("index out of bounds", was_open));
        assert_eq!(
            text(true),
            "a bug of goscope ended the window; please report it with what stands above: index out of bounds"
        );
        assert!(text(false).starts_with("the window cannot be shown (it needs a display and OpenGL)"));
    }
}
