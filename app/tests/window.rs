//! The real program in a real window on a virtual display, driven by real keys.
//!
//! Needs Xvfb, xdotool and scrot. Where they are missing the test says that it is skipped, unless
//! `GOSCOPE_REQUIRE_DISPLAY` is set (as in CI): then their absence is a failure.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use image::RgbaImage;

/// A process that dies with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

struct Display {
    name: String,
    folder: tempfile::TempDir,
    _server: Running,
}

fn has(program: &str) -> bool {
    let found =
        Command::new("sh").args(["-c", &format!("command -v {program}")]).stdout(Stdio::null()).status();
    found.is_ok_and(|status| status.success())
}

static N_DISPLAYS: AtomicU32 = AtomicU32::new(0);

/// Starts a display of its own, or says why there is none.
#[expect(clippy::print_stderr, reason = "a skipped test has to be seen")]
fn start_display(width: u32, height: u32) -> Option<Display> {
    let missing: Vec<&str> =
        ["Xvfb", "xdotool", "scrot"].into_iter().filter(|program| !has(program)).collect();
    if !missing.is_empty() {
        assert!(
            std::env::var_os("GOSCOPE_REQUIRE_DISPLAY").is_none(),
            "GOSCOPE_REQUIRE_DISPLAY is set, but there is no {missing:?}"
        );
        eprintln!("skipped: the real window needs {missing:?}");
        return None;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    // Tests of one process, and processes beside each other, have displays of their own.
    let number = 100 + std::process::id() % 800 + 1000 * N_DISPLAYS.fetch_add(1, Ordering::Relaxed);
    let name = format!(":{number}");
    let screen = format!("{width}x{height}x24");
    let server = Command::new("Xvfb")
        .args([&name, "-screen", "0", &screen, "-nolisten", "tcp"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("Xvfb starts");
    let socket = PathBuf::from(format!("/tmp/.X11-unix/X{number}"));
    wait_until("Xvfb to listen", || socket.exists().then_some(()));
    Some(Display { name, folder, _server: Running(server) })
}

/// Polls until `check` gives a value; a virtual display on a busy machine is slow, but not this slow.
fn wait_until<T>(what: &str, mut check: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(value) = check() {
            return value;
        }
        assert!(start.elapsed() < Duration::from_secs(60), "waited in vain for {what}");
        sleep(Duration::from_millis(100));
    }
}

impl Display {
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .env("DISPLAY", &self.name)
            .env_remove("WAYLAND_DISPLAY")
            .env("LIBGL_ALWAYS_SOFTWARE", "1")
            .env("HOME", self.folder.path())
            .env("XDG_CONFIG_HOME", self.folder.path())
            .stdout(Stdio::null());
        command
    }

    fn xdotool(&self, arguments: &[&str]) -> bool {
        self.command("xdotool")
            .args(arguments)
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    }

    /// Opens a sample in a window that fills the screen.
    fn open(&self, name: &str) -> Running {
        let mut program = self.command(env!("CARGO_BIN_EXE_goscope"));
        let window = program.arg(sample(name)).stderr(Stdio::inherit()).spawn().expect("goscope starts");
        let window = Running(window);
        // Nobody manages windows on this display, so place and focus have to be given; that fails until the window
        // is seen.
        let search = ["search", "--onlyvisible", "--name", "goscope"];
        let size = ["windowsize", "1280", "800", "windowmove", "0", "0", "windowfocus"];
        let arguments: Vec<&str> = search.into_iter().chain(size).collect();
        wait_until("the window to take the focus", || self.xdotool(&arguments).then_some(()));
        sleep(Duration::from_secs(1));
        window
    }

    /// Presses a key and waits for what it does.
    fn key(&self, key: &str) -> RgbaImage {
        assert!(self.xdotool(&["key", key]), "{key}");
        self.settled_screenshot()
    }

    /// What a hand does with the mouse. Drawn by the processor a frame takes its time, and two events in one frame
    /// are less than a hand does.
    fn mouse(&self, events: &[&str]) -> RgbaImage {
        for event in events {
            assert!(self.xdotool(&event.split(' ').collect::<Vec<_>>()), "{event}");
            sleep(Duration::from_millis(250));
        }
        self.settled_screenshot()
    }

    fn screenshot(&self) -> RgbaImage {
        let path = self.folder.path().join("screen.png");
        let status = self.command("scrot").arg("--overwrite").arg(&path).status().expect("scrot runs");
        assert!(status.success(), "scrot takes a picture");
        image::open(&path).expect("a PNG").to_rgba8()
    }

    /// Waits until two pictures in a row are the same and not of one color.
    fn settled_screenshot(&self) -> RgbaImage {
        let mut previous = self.screenshot();
        wait_until("a steady picture", || {
            sleep(Duration::from_millis(300));
            let current = self.screenshot();
            let is_steady = current == previous && n_colors(&current) > 16;
            previous = current;
            is_steady.then(|| previous.clone())
        })
    }
}

fn n_colors(picture: &RgbaImage) -> usize {
    picture.pixels().map(|pixel| pixel.0).collect::<std::collections::HashSet<_>>().len()
}

/// Share of pixels that differ.
fn share_changed(before: &RgbaImage, after: &RgbaImage) -> f64 {
    let n_changed = before.pixels().zip(after.pixels()).filter(|(old, new)| old != new).count();
    n_changed as f64 / before.pixels().len() as f64
}

/// A part of the screen: left, top, right, bottom.
type Area = [u32; 4];

/// Share of pixels of a part of the screen that differ.
fn share_changed_in(area: Area, before: &RgbaImage, after: &RgbaImage) -> f64 {
    let part = |picture: &RgbaImage| {
        let [left, top, right, bottom] = area;
        image::imageops::crop_imm(picture, left, top, right - left, bottom - top).to_image()
    };
    share_changed(&part(before), &part(after))
}

fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../samples").join(name)
}

#[test]
fn the_window_opens_on_a_sample_and_answers_keys() {
    let Some(display) = start_display(1280, 800) else { return };
    let mut window = display.open("pprof/cpu.pb.gz");
    let opened = display.settled_screenshot();
    assert!(n_colors(&opened) > 100, "a flame graph has many colors, the screen has {}", n_colors(&opened));

    assert!(display.xdotool(&["key", "question"]));
    let with_key_sheet = display.settled_screenshot();
    assert!(share_changed(&opened, &with_key_sheet) > 0.05, "`?` shows the key sheet");

    assert!(display.xdotool(&["key", "Escape"]));
    let closed = display.settled_screenshot();
    assert!(share_changed(&opened, &closed) < 0.02, "Esc closes it");
    assert!(window.0.try_wait().expect("a child").is_none(), "the program is alive");
}

const OVERVIEW: Area = [0, 78, 1270, 150];
const LANES: Area = [210, 230, 996, 458];
const DETAILS: Area = [1004, 170, 1276, 456];
const FLAME_GRAPH: Area = [0, 494, 636, 776];
const BREAKDOWN: Area = [642, 494, 1276, 776];

/// A corner where the pointer is over nothing.
const AWAY: &str = "mousemove 640 798";

#[test]
fn a_trace_is_brushed_zoomed_and_followed_to_who_held_the_lock_by_hand() {
    let Some(display) = start_display(1280, 800) else { return };
    let mut window = display.open("trace/latency-go1.27.trace");
    let opened = display.mouse(&[AWAY]);
    assert!(n_colors(&opened) > 100, "lanes and flame graph have many colors");

    let brush = ["mousemove 90 120", "mousedown 1", "mousemove 120 121", "mousemove 160 122", "mouseup 1"];
    let brushed = display.mouse(&[&brush[..], &[AWAY]].concat());
    for (name, area) in
        [("overview", OVERVIEW), ("lanes", LANES), ("flame graph", FLAME_GRAPH), ("breakdown", BREAKDOWN)]
    {
        let share = share_changed_in(area, &opened, &brushed);
        assert!(share > 0.02, "a brush changes the {name}: {share}");
    }

    let zoomed =
        display.mouse(&["mousemove 600 330", "keydown ctrl", "click 4", "click 4", "keyup ctrl", AWAY]);
    assert!(share_changed_in(LANES, &brushed, &zoomed) > 0.02, "ctrl-wheel goes closer");
    let moved = display.key("d");
    assert!(share_changed_in(LANES, &zoomed, &moved) > 0.02, "D goes on in time");

    // A double click on the overview shows all of the time again.
    let whole = display.mouse(&["mousemove 700 120", "click --repeat 2 --delay 60 1", AWAY]);
    assert!(share_changed_in(LANES, &opened, &whole) < 0.01, "all of the time is shown");

    // The long red span: a request that waits for a lock.
    let chosen = display.mouse(&["mousemove 288 301", "mousedown 1", "mouseup 1", AWAY]);
    assert!(share_changed_in(DETAILS, &whole, &chosen) > 0.02, "a click on a span tells about it");
    let jumped = display.key("u");
    assert!(share_changed_in(DETAILS, &chosen, &jumped) > 0.01, "U jumps to who unblocked it");
    let back = display.key("ctrl+z");
    assert!(share_changed_in(DETAILS, &chosen, &back) < 0.01, "ctrl-Z goes back");
    assert!(window.0.try_wait().expect("a child").is_none(), "the program is alive");
}

#[test]
fn without_a_display_the_program_says_so_in_one_sentence() {
    let output = Command::new(env!("CARGO_BIN_EXE_goscope"))
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .env_remove("WAYLAND_SOCKET")
        .arg(sample("pprof/cpu.pb.gz"))
        .output()
        .expect("goscope starts");
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{message}");
    assert!(message.contains("display"), "{message}");
    assert!(!message.contains("panicked"), "{message}");
    assert_eq!(message.lines().count(), 1, "{message}");
}
