//! Frames of the workspace of a dump with 100,000 goroutines: every view scrolled, hovered, zoomed and panned, a group of all
//! of them, a filter that is typed.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use eframe::egui::{Event, Modifiers, Pos2, pos2, vec2};
use goscope::gui::command::Command;
use goscope::gui::view_id::ViewId;
use goscope_analysis::dump::{Grouping, OuterFrame};

use super::window::{Window, report, say};

const N_GOROUTINES: usize = 100_000;
/// Stacks that differ, and locks that goroutines wait for.
const N_STACKS: usize = 300;
const N_LOCKS: usize = 50;
/// Frames of a stack.
const N_FRAMES: usize = 6;

/// A point of the table of groups, of what is below it, and of the chosen group, in the layout that a dump opens with.
const ON_GROUPS: Pos2 = pos2(500.0, 350.0);
const BELOW: Pos2 = pos2(500.0, 850.0);
const ON_GROUP: Pos2 = pos2(1500.0, 550.0);

/// Prints what frames of a dump cost.
pub(super) fn measure() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("goroutines.txt");
    std::fs::write(&path, made_up())?;
    let mut window = Window::open(&path)?;
    say(&format!("  {N_GOROUTINES} goroutines, {N_STACKS} stacks, {N_LOCKS} locks"));
    let mut all = Vec::new();
    let mut done = |name: &str, mut times: Vec<Duration>| {
        report(name, &mut times);
        all.append(&mut times);
    };
    done("groups", window.scrolled(ON_GROUPS));
    window.ask(Command::SelectGoroutine(500, None));
    done("a group", window.scrolled(ON_GROUP));
    window.ask(Command::ChooseGrouping(Grouping::Creator));
    window.ask(Command::SelectGoroutine(500, None));
    done("a group of nearly all", window.scrolled(ON_GROUP));
    window.ask(Command::ChooseGrouping(Grouping::Lines));
    for (name, outer) in [("flame graph", OuterFrame::None), ("flame graph by state", OuterFrame::State)] {
        window.ask(Command::ShowView(ViewId::FlameGraph));
        window.ask(Command::ChooseOuterFrame(outer));
        done(name, window.zoomed(BELOW));
    }
    window.ask(Command::ShowView(ViewId::Locks));
    done("locks as a list", window.scrolled(BELOW));
    window.ask(Command::DrawLocks(true));
    done("locks as a graph", window.zoomed(BELOW));
    done("filters", window.filtered());
    report("all", &mut all);
    window.filters_until_shown();
    Ok(())
}

impl Window {
    fn ask(&mut self, command: Command) {
        self.app.send(command);
        self.settle();
    }

    /// Scrolls there and back, and moves the pointer over what is there.
    fn scrolled(&mut self, at: Pos2) -> Vec<Duration> {
        self.timed(|window| {
            window.frame(vec![Event::PointerMoved(at)]);
            window.turn_wheel(120, vec2(0.0, -40.0), Modifiers::NONE);
            for step in 0..40_u8 {
                window.frame(vec![Event::PointerMoved(at + vec2(2.0, 3.0) * f32::from(step))]);
            }
            window.turn_wheel(60, vec2(0.0, 40.0), Modifiers::NONE);
            window.click(at);
            window.settle();
        })
    }

    /// Zooms in and out, drags and hovers.
    fn zoomed(&mut self, at: Pos2) -> Vec<Duration> {
        self.timed(|window| {
            window.frame(vec![Event::PointerMoved(at)]);
            for direction in [1.0, -1.0] {
                window.turn_wheel(40, vec2(0.0, direction), Modifiers::COMMAND);
                window.drag(at, at - vec2(240.0, 60.0), 20);
                for step in 0..40_u8 {
                    window.frame(vec![Event::PointerMoved(at + vec2(9.0, 2.0) * f32::from(step))]);
                }
            }
        })
    }

    /// Frames while workers find out what filters leave.
    fn filtered(&mut self) -> Vec<Duration> {
        self.timed(|window| {
            for letters in 1..="worker12".len() {
                window.app.send(Command::FilterTable("worker12"[..letters].to_owned()));
                window.settle();
            }
            window.ask(Command::FilterTable(String::new()));
            window.ask(Command::KeepState("select".to_owned()));
            window.ask(Command::KeepWaiting(3));
            window.ask(Command::ClearChips);
        })
    }

    /// How long filters take until all views show what they leave, on the clock.
    fn filters_until_shown(&mut self) {
        for (name, command) in [
            ("until a state is shown", Command::KeepState("select".to_owned())),
            ("until all of it is shown", Command::ClearChips),
        ] {
            let begun = Instant::now();
            self.app.send(command);
            self.settle();
            report(name, &mut [begun.elapsed()]);
        }
    }
}

/// A dump as `debug=2` writes it, 60 MB.
fn made_up() -> String {
    let mut text = "goroutine 1 [running]:\nmain.main()\n\t/w/shop/main.go:10 +0x1d\n\n".to_owned();
    for id in 2..=N_GOROUTINES {
        let stack = id % N_STACKS;
        let lock = (stack < N_LOCKS).then(|| 0xc000_0000 + stack * 64);
        let state = match (lock, id % 2) {
            (Some(_), _) => "sync.Mutex.Lock",
            (None, 0) => "chan receive",
            _ => "select",
        };
        let _ = writeln!(text, "goroutine {id} [{state}, {} minutes]:", 1 + id % 7);
        if let Some(lock) = lock {
            let _ = writeln!(
                text,
                "internal/sync.(*Mutex).lockSlow({lock:#x})\n\t/usr/local/go/src/internal/sync/mutex.go:149 +0x15d"
            );
        }
        for depth in 0..N_FRAMES {
            // Outer frames are shared by more and more stacks.
            let kind = stack >> depth;
            let _ = writeln!(
                text,
                "example.com/shop/part{depth}.(*worker{kind}).step(0xc000{id:06x})\n\t/w/shop/part{depth}/worker.go:{} +0x85",
                20 + kind
            );
        }
        text +=
            "created by example.com/shop/queue.Start in goroutine 1\n\t/w/shop/queue/start.go:60 +0x9a\n\n";
    }
    text
}
