//! The real program in a real window on a virtual display, driven by real keys.
//!
//! Needs Xvfb, xdotool and scrot. Where they are missing the test says that it is skipped, unless
//! `GOSCOPE_REQUIRE_DISPLAY` is set (as in CI): then their absence is a failure.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
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
    let number = 100 + std::process::id() % 800;
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

fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../samples").join(name)
}

#[test]
fn the_window_opens_on_a_sample_and_answers_keys() {
    let Some(display) = start_display(1280, 800) else { return };
    let mut program = display.command(env!("CARGO_BIN_EXE_goscope"));
    let window =
        program.arg(sample("pprof/cpu.pb.gz")).stderr(Stdio::inherit()).spawn().expect("goscope starts");
    let mut window = Running(window);
    // Nobody manages windows on this display, so the focus has to be given; that fails until the window is seen.
    let focus = ["search", "--onlyvisible", "--name", "goscope", "windowfocus"];
    wait_until("the window to take the focus", || display.xdotool(&focus).then_some(()));
    sleep(Duration::from_secs(1));
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
