//! The real program in a real window on a virtual display, driven by real keys.
//!
//! Needs Xvfb, xdotool and scrot; skipped where they are missing.

#[cfg(target_os = "linux")]
mod soak;

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use goscope_test_support::{Need, has_programs, sample};
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

/// Starts a display of its own, or says why there is none.
fn start_display(width: u32, height: u32) -> Option<Display> {
    if !has_programs(Need::Display, &["Xvfb", "xdotool", "scrot"]) {
        return None;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let screen = format!("{width}x{height}x24");
    // It chooses a number that is free, and says it when it listens. Without -noreset it begins anew, and turns
    // programs away meanwhile, each time that the last program has gone.
    let mut server = Command::new("Xvfb")
        .args(["-displayfd", "1", "-screen", "0", &screen, "-nolisten", "tcp", "-noreset"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("Xvfb starts");
    let mut number = String::new();
    let said = server.stdout.take().expect("a pipe");
    BufReader::new(said).read_line(&mut number).expect("Xvfb says its number");
    let name = format!(":{}", number.trim());
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
        program.arg(sample(name));
        self.fill_with(program)
    }

    /// Starts a program whose window fills the screen.
    fn fill_with(&self, mut program: Command) -> Running {
        let window = Running(program.stderr(Stdio::inherit()).spawn().expect("goscope starts"));
        // Nobody manages windows on this display, so place and focus have to be given; that fails until the window
        // is seen.
        let search = ["search", "--onlyvisible", "--name", "goscope"];
        let size = ["windowsize", "1280", "800", "windowmove", "0", "0", "windowfocus"];
        let arguments: Vec<&str> = search.into_iter().chain(size).collect();
        wait_until("the window to take the focus", || self.xdotool(&arguments).then_some(()));
        sleep(Duration::from_secs(1));
        window
    }

    fn key(&self, key: &str) {
        assert!(self.xdotool(&["key", key]), "{key}");
    }

    /// What a hand does with the mouse. Drawn by the processor a frame takes its time, and two events in one frame
    /// are less than a hand does. At the end the pointer is over nothing.
    fn mouse(&self, events: &[&str]) {
        for event in events.iter().chain(&["mousemove 640 798"]) {
            assert!(self.xdotool(&event.split(' ').collect::<Vec<_>>()), "{event}");
            sleep(Duration::from_millis(250));
        }
    }

    /// Waits until a steady picture is as it should be.
    fn sees(&self, what: &str, is_so: impl Fn(&RgbaImage) -> bool) -> RgbaImage {
        wait_until(what, || Some(self.settled_screenshot()).filter(&is_so))
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

#[test]
fn the_window_opens_on_a_sample_and_answers_keys() {
    let Some(display) = start_display(1280, 800) else { return };
    let mut window = display.open("pprof/cpu.pb.gz");
    let opened = display.settled_screenshot();
    assert!(n_colors(&opened) > 100, "a flame graph has many colors, the screen has {}", n_colors(&opened));

    display.key("question");
    display.sees("the key sheet", |picture| share_changed(&opened, picture) > 0.05);
    display.key("Escape");
    display.sees("the window without it", |picture| share_changed(&opened, picture) < 0.02);
    assert!(window.0.try_wait().expect("a child").is_none(), "the program is alive");
}

/// The library that lists the system's fonts panics in its thread where there are none, and so does everybody who asks it for one
/// later: the bundled fonts have to do.
#[test]
fn without_any_font_of_the_system_names_of_all_scripts_are_drawn() {
    let Some(display) = start_display(1280, 800) else { return };
    let (fonts, stacks) =
        (display.folder.path().join("no-fonts.conf"), display.folder.path().join("names.folded"));
    std::fs::write(&fonts, "<?xml version=\"1.0\"?><fontconfig></fontconfig>").expect("a file");
    std::fs::write(&stacks, "main;処理する 10\nmain;ქართული 20\n").expect("a file");
    let mut program = display.command(env!("CARGO_BIN_EXE_goscope"));
    program.arg(&stacks).env("FONTCONFIG_FILE", &fonts);
    let mut window = display.fill_with(program);
    display.sees("a flame graph", |picture| n_colors(picture) > 16);
    assert!(window.0.try_wait().expect("a child").is_none(), "the program is alive");
}

/// A window is shown when its first frame has been painted. The target is 0.3 s on an idle machine, with an optimized
/// build; `docs/performance-frames.md` has figures. Here it must only be far from what somebody waits for.
#[test]
fn the_first_frame_without_a_file_is_soon_there() {
    let Some(display) = start_display(1280, 800) else { return };
    let times = [(); 3].map(|()| {
        let start = Instant::now();
        let mut program = display.command(env!("CARGO_BIN_EXE_goscope"));
        let _window = Running(program.stderr(Stdio::inherit()).spawn().expect("goscope starts"));
        while !display.xdotool(&["search", "--onlyvisible", "--name", "goscope"]) {
            assert!(start.elapsed() < Duration::from_secs(60), "no window appears");
        }
        start.elapsed()
    });
    let best = times.into_iter().min().unwrap_or_default();
    println!("the first frame without a file: {times:?}");
    assert!(best < Duration::from_secs(3), "{times:?}");
}

const OVERVIEW: Area = [0, 154, 1270, 216];
const LANES: Area = [210, 296, 956, 492];
const DETAILS: Area = [964, 240, 1276, 492];
const FLAME_GRAPH: Area = [0, 494, 636, 776];
const BREAKDOWN: Area = [642, 494, 1276, 776];

#[test]
fn a_trace_is_brushed_zoomed_and_followed_to_who_held_the_lock_by_hand() {
    let Some(display) = start_display(1280, 800) else { return };
    let mut window = display.open("trace/latency-go1.27.trace");
    display.mouse(&[]);
    let answered = display.sees("lanes and flame graph", |picture| n_colors(picture) > 100);
    let differs = |area: Area, from: &RgbaImage, to: &RgbaImage| share_changed_in(area, from, to) > 0.02;
    let is_same = |area: Area, from: &RgbaImage, to: &RgbaImage| share_changed_in(area, from, to) < 0.01;

    // Why slow ones are slow is said of all of the time; the breakdown is of what is brushed.
    display.mouse(&["mousemove 740 510", "click 1"]);
    let opened = display.sees("the breakdown", |picture| differs(BREAKDOWN, &answered, picture));

    display.mouse(&[
        "mousemove 90 190",
        "mousedown 1",
        "mousemove 120 191",
        "mousemove 160 192",
        "mouseup 1",
    ]);
    let brushed = display.sees("all panels of what was brushed", |picture| {
        [OVERVIEW, LANES, FLAME_GRAPH, BREAKDOWN].into_iter().all(|area| differs(area, &opened, picture))
    });

    display.mouse(&["mousemove 600 425", "keydown ctrl", "click 4", "click 4", "keyup ctrl"]);
    let zoomed = display.sees("ctrl-wheel go closer", |picture| differs(LANES, &brushed, picture));
    display.key("d");
    display.sees("D go on in time", |picture| differs(LANES, &zoomed, picture));
    display.mouse(&["mousemove 700 190", "click --repeat 2 --delay 60 1"]);
    let whole = display.sees("all of the time, after a double click on the overview", |picture| {
        is_same(LANES, &opened, picture)
    });

    // The long red span: a request that waits for a lock.
    display.mouse(&["mousemove 288 376", "mousedown 1", "mouseup 1"]);
    let chosen = display.sees("what is known of a span", |picture| differs(DETAILS, &whole, picture));
    display.key("u");
    display.sees("U jump to who unblocked it", |picture| differs(DETAILS, &chosen, picture));
    display.key("ctrl+z");
    display.sees("ctrl-Z go back", |picture| is_same(DETAILS, &chosen, picture));
    assert!(window.0.try_wait().expect("a child").is_none(), "the program is alive");
}

/// Runs the program where there is no display.
fn without_display(files: &[String]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_goscope"))
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .env_remove("WAYLAND_SOCKET")
        .args(files)
        .output()
        .expect("goscope starts");
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn without_a_display_the_program_says_what_the_files_are() {
    let files =
        ["pprof/cpu.pb.gz", "trace/latency-go1.27.trace"].map(|name| sample(name).display().to_string());
    let (code, report, message) = without_display(&files);
    assert_eq!(code, Some(0), "{message}");
    assert!(report.starts_with("file ") && report.contains("kind       cpu\n"), "{report}");
    assert!(report.contains("finding    tasks checkout: 78% of their time"), "{report}");
    assert_eq!(
        message,
        "goscope: there is no display to open a window on: this is what `goscope info` says; `goscope --help` \
         lists the other commands\n"
    );
}

#[test]
fn without_a_display_and_without_files_it_says_so_in_one_sentence() {
    let (code, report, message) = without_display(&[]);
    assert_eq!((code, report.as_str()), (Some(2), ""), "{message}");
    assert!(message.contains("display") && !message.contains("panicked"), "{message}");
    assert_eq!(message.lines().count(), 1, "{message}");
    let (code, _, message) = without_display(&["/no/such/file".to_owned()]);
    assert_eq!(code, Some(2), "{message}");
}
