//! The line that says what is being fetched, where standard error is a terminal.

use std::io::IsTerminal as _;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::capture::board::Board;

/// How often the line is drawn.
const REDRAW: Duration = Duration::from_millis(100);

/// Does long work below a line about it.
pub(super) fn watched<T>(board: &Board, work: impl FnOnce() -> T) -> T {
    if !std::io::stderr().is_terminal() {
        return work();
    }
    thread::scope(|scope| {
        let (done, is_done) = mpsc::channel::<()>();
        scope.spawn(move || show(board, &is_done));
        let result = work();
        drop(done);
        result
    })
}

fn show(board: &Board, is_done: &mpsc::Receiver<()>) {
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg}") {
        bar.set_style(style);
    }
    while is_done.recv_timeout(REDRAW) == Err(RecvTimeoutError::Timeout) {
        let ending = if board.is_stopped() { "ending: " } else { "" };
        bar.set_message(format!("{ending}{}", board.line()));
        bar.tick();
    }
    bar.finish_and_clear();
}
