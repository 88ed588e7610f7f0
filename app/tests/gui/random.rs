//! Whatever hands do to the window, it lives on: clicks, drags, wheels, keys, texts and commands at random, on every sample,
//! each run from a seed that is said, so that it can be run again.
//!
//! `GOSCOPE_INTERACTIONS=10000` does so many on each sample; a usual run does a few hundred. `GOSCOPE_SEED=N` chooses the
//! first seed. Seeds that once found a fault are kept and always run.

use std::io::Write as _;

use eframe::egui::{
    Event, Key, Modifiers, MouseWheelSource, MouseWheelUnit, PointerButton, Pos2, TouchPhase, Vec2, pos2,
    vec2,
};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use goscope::document::Source;
use goscope::gui::command::Command;
use goscope::gui::command_list::LISTED;
use goscope::gui::library::Dialogs;
use goscope::samples::{PAIR, SAMPLES, TRACES};

use crate::support::elsewhere::has_run_elsewhere;
use crate::support::window::{Window, send, settle, testing, window};

/// Interactions on each sample in a usual run, and after how many the window must come to rest.
const USUAL: usize = 300;
const REST: usize = 100;

/// Seeds that once found a fault, with the sample and how many interactions it took at most: arrows in lanes that are
/// narrower than the room that arrows keep from their edges.
const KEPT_SEEDS: [(&str, u64, usize); 1] = [("cpu-labels.pb.gz", 1, 700)];

const SIZES: [Vec2; 4] = [vec2(1280.0, 800.0), vec2(760.0, 480.0), vec2(320.0, 200.0), vec2(2560.0, 1440.0)];

const KEYS: [Key; 34] = [
    Key::A,
    Key::B,
    Key::C,
    Key::D,
    Key::E,
    Key::F,
    Key::G,
    Key::I,
    Key::J,
    Key::K,
    Key::L,
    Key::M,
    Key::N,
    Key::O,
    Key::P,
    Key::S,
    Key::T,
    Key::U,
    Key::W,
    Key::Y,
    Key::Z,
    Key::Num0,
    Key::Home,
    Key::Slash,
    Key::Questionmark,
    Key::Escape,
    Key::Enter,
    Key::Tab,
    Key::Backspace,
    Key::ArrowUp,
    Key::ArrowDown,
    Key::ArrowLeft,
    Key::ArrowRight,
    Key::F1,
];

const TEXTS: [&str; 12] =
    ["runtime", "main.", "(", "state:sync", "longer:1ms", "g:52", "…é", "/", "~/", "finding", "^$|", "7"];

/// SplitMix64: the same numbers from a seed, everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % n as u64).unwrap_or_default()
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    fn unit(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1_u64 << 24) as f32
    }

    fn place(&mut self, size: Vec2) -> Pos2 {
        pos2(self.unit() * size.x, self.unit() * size.y)
    }
}

fn button(window: &Window, pos: Pos2, button: PointerButton, pressed: bool, modifiers: Modifiers) {
    window.event(Event::PointerButton { pos, button, pressed, modifiers });
}

/// Does something, and draws a frame.
fn interact(window: &mut Window, random: &mut Random, size: &mut Vec2) {
    let pos = random.place(*size);
    let modifiers = random.of(&[Modifiers::NONE, Modifiers::NONE, Modifiers::SHIFT, Modifiers::COMMAND]);
    match random.below(20) {
        0..=6 => {
            let which = random.of(&[
                PointerButton::Primary,
                PointerButton::Primary,
                PointerButton::Primary,
                PointerButton::Secondary,
                PointerButton::Middle,
            ]);
            window.event(Event::PointerMoved(pos));
            for _ in 0..=random.below(2) {
                button(window, pos, which, true, modifiers);
                button(window, pos, which, false, modifiers);
            }
        }
        7 | 8 => {
            window.event(Event::PointerMoved(pos));
            button(window, pos, PointerButton::Primary, true, modifiers);
            window.step();
            let to = random.place(*size);
            window.event(Event::PointerMoved(to));
            window.step();
            button(window, to, PointerButton::Primary, false, modifiers);
        }
        9..=11 => {
            let delta = vec2(random.unit() - 0.5, random.unit() - 0.5) * 400.0;
            window.event(Event::PointerMoved(pos));
            let (unit, phase) = (MouseWheelUnit::Point, TouchPhase::Move);
            window.event(Event::MouseWheel {
                unit,
                delta,
                phase,
                source: MouseWheelSource::Unknown,
                modifiers,
            });
        }
        12..=14 => window.key_press_modifiers(modifiers, random.of(&KEYS)),
        15 => window.event(Event::Text(random.of(&TEXTS).to_owned())),
        16 => window.event(Event::PointerMoved(pos)),
        17 | 18 => {
            let command = &LISTED[random.below(LISTED.len())].command;
            window.state().send(command.clone());
        }
        _ => {
            *size = random.of(&SIZES);
            window.set_size(*size);
        }
    }
    window.step();
}

/// What is random must not end the program, nor lead out of it.
fn is_out_of_bounds(window: &Window) -> bool {
    window.state().workspace().active.is_none() || window.state().workspace().tabs.len() > 3
}

/// A run, which says how to do it again if it ends in a panic.
struct Run<'a> {
    name: &'a str,
    seed: u64,
    n_done: usize,
}

impl Drop for Run<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let Self { name, seed, n_done } = self;
            let text = format!("{name}: GOSCOPE_SEED={seed}, after {n_done} interactions\n");
            let _ = std::io::stderr().write_all(text.as_bytes());
        }
    }
}

fn play(name: &str, open: &Command, seed: u64, n_interactions: usize) {
    let mut run = Run { name, seed, n_done: 0 };
    let mut random = Random(seed);
    let mut window = window();
    // There is nobody to answer them.
    window.state_mut().use_dialogs(Dialogs::Missing);
    let mut size = SIZES[0];
    send(&mut window, open.clone());
    for at in 0..n_interactions {
        interact(&mut window, &mut random, &mut size);
        run.n_done = at + 1;
        if at % REST == REST - 1 {
            window.key_press(Key::Escape);
            settle(&mut window);
            assert_no_bug(&window, name, seed);
            if is_out_of_bounds(&window) {
                while !window.state().workspace().tabs.is_empty() {
                    let tab = window.state().workspace().tabs[0].id;
                    send(&mut window, Command::CloseTab(tab));
                }
                send(&mut window, open.clone());
            }
        }
    }
    settle(&mut window);
    assert_no_bug(&window, name, seed);
}

/// A worker that panics becomes a message: there must be none.
fn assert_no_bug(window: &Window, name: &str, seed: u64) {
    let bugs: Vec<_> = window.state().problems().iter().filter(|it| it.text.contains("has a bug")).collect();
    assert!(bugs.is_empty(), "{name}, seed {seed}: {bugs:?}");
    let shown =
        window.query_all_by_label_contains("has a bug here").filter_map(|it| it.accesskit_node().label());
    let shown: Vec<String> = shown.collect();
    assert!(shown.is_empty(), "{name}, seed {seed}: {shown:?}");
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().expect("a number"))
}

/// The same command for a copy of the file in the working directory.
fn beside_this_test(open: Command) -> Command {
    let copy = |source: Source| match source {
        // Who looks at a store writes nothing into it.
        Source::File(path) if path.is_dir() => Source::File(path),
        Source::File(path) => {
            let name = path.file_name().expect("a name").to_owned();
            let copy = std::env::current_dir().expect("a folder").join(name);
            std::fs::copy(&path, &copy).expect("a copy");
            Source::File(copy)
        }
        other => other,
    };
    match open {
        Command::OpenSource(source) => Command::OpenSource(copy(source)),
        Command::Compare(base, head) => Command::Compare(copy(base), copy(head)),
        other => other,
    }
}

#[test]
fn nothing_that_hands_do_ends_the_window() {
    // Hands save sessions and pictures.
    if has_run_elsewhere("random::nothing_that_hands_do_ends_the_window") {
        return;
    }
    let n_interactions = number("GOSCOPE_INTERACTIONS").map_or(USUAL, |n| n as usize);
    let first = number("GOSCOPE_SEED").unwrap_or(1);
    let sample = |name: &str| Source::Sample(name.to_owned());
    let [base, head] = PAIR.map(|it| sample(it.name));
    let opened = SAMPLES.iter().chain(TRACES).map(|it| (it.name, Command::OpenSource(sample(it.name))));
    // Sessions are saved beside the file in front: not beside those of the project.
    let testing = testing().into_iter().map(|(name, open)| (name, beside_this_test(open)));
    for (name, open) in opened.chain([("comparison", Command::Compare(base, head))]).chain(testing) {
        play(name, &open, first, n_interactions);
        for (_, seed, n_interactions) in KEPT_SEEDS.into_iter().filter(|(kept, ..)| *kept == name) {
            play(name, &open, seed, n_interactions);
        }
    }
}
