//! What the window copies, as a shell takes it.

use eframe::egui::OutputCommand;
use goscope::cli::opening_of;
use goscope::gui::command::Command;
use goscope::session::look::Opening;

use super::window::{Window, settle};

/// What a command copies.
#[track_caller]
pub(crate) fn copied(window: &mut Window, command: Command) -> String {
    window.state().send(command);
    next_copied(window)
}

/// What is copied in the next frames.
#[track_caller]
pub(crate) fn next_copied(window: &mut Window) -> String {
    for _ in 0..4 {
        window.step();
        let copied = window.output().platform_output.commands.iter().find_map(|command| match command {
            OutputCommand::CopyText(text) => Some(text.clone()),
            _ => None,
        });
        if let Some(text) = copied {
            settle(window);
            return text;
        }
    }
    panic!("nothing was copied")
}

/// The words of a line, as `sh` says.
fn words(line: &str) -> Vec<String> {
    let script = format!("for word in {line}; do printf '%s\\0' \"$word\"; done");
    let output = std::process::Command::new("sh").args(["-c", &script]).output().expect("sh is there");
    let text = String::from_utf8(output.stdout).expect("text");
    text.split_terminator('\0').map(str::to_owned).collect()
}

/// What a line opens.
pub(crate) fn opening(line: &str) -> Opening {
    opening_of(words(line).into_iter().map(Into::into)).expect("the window opens")
}
