//! Captures from running programs that the window has asked for: one at a time, on a thread of its own, whose files become tabs.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use goscope_remote::Target;

use crate::capture::board::Board;
use crate::capture::keep::Captured;
use crate::capture::once::{plan_all, take_all};
use crate::capture::take::Member;
use crate::capture::wish::{What, Wish, usual_rules};
use crate::document::Source;
use crate::input_bytes::address;
use crate::jobs::{JobEnd, Jobs};

type Outcome = Result<Captured, String>;

/// Captures, and what was captured with which wish.
pub struct Captures {
    jobs: Jobs<Outcome>,
    running: Option<Running>,
    /// How the files that are there can be had again.
    wishes: BTreeMap<Source, Wish>,
}

/// A capture that has not ended.
struct Running {
    wish: Wish,
    board: Arc<Board>,
    /// What it is compared with.
    base: Option<Source>,
}

/// What became of a capture.
#[derive(Debug, Default)]
pub struct CaptureEnd {
    /// Files to open, the first in front.
    pub sources: Vec<Source>,
    /// Two of them to compare.
    pub pair: Option<(Source, Source)>,
    /// What failed and what to know, a sentence each.
    pub sentences: Vec<String>,
    /// Of which program.
    pub place: String,
}

impl Captures {
    /// None; `wake` is called when one has ended.
    pub fn new(wake: impl Fn() + Send + Sync + 'static) -> Self {
        Self { jobs: Jobs::new("capture", 1, wake), running: None, wishes: BTreeMap::new() }
    }

    /// Whether one is running.
    pub const fn is_busy(&self) -> bool {
        self.running.is_some()
    }

    /// Begins one.
    ///
    /// # Errors
    /// A sentence: the target is none, or another capture is running.
    pub fn start(&mut self, wish: Wish, base: Option<Source>) -> Result<(), String> {
        if self.is_busy() {
            return Err("another capture is running; wait for its end, or stop it".to_owned());
        }
        let request = wish.request()?;
        let board = Arc::new(Board::default());
        let shared = Arc::clone(&board);
        self.running = Some(Running { wish, board, base });
        self.jobs.spawn_waiting("capture", move || {
            let rules = usual_rules();
            let planning = plan_all(&request, &rules, &shared);
            take_all(&request, planning, &rules, &shared).map_err(|error| error.to_string())
        });
        Ok(())
    }

    /// Takes again what a file holds, to compare both.
    ///
    /// # Errors
    /// A sentence: nobody knows where it came from, or another capture is running.
    pub fn start_again(&mut self, source: &Source, folder: PathBuf) -> Result<(), String> {
        let of_address = || match source {
            // As it was written: shown, an address is without its password.
            Source::File(path) => address(path).map(|_| Wish {
                target: path.display().to_string(),
                what: What::Bundle,
                seconds: 30,
                folder,
            }),
            _ => None,
        };
        let wish = self.wishes.get(source).cloned().or_else(of_address);
        let wish = wish.ok_or("this file was not captured here: capture from the program first")?;
        self.start(wish, Some(source.clone()))
    }

    /// Ends the one that is running; what is whole is kept.
    pub fn stop(&self) {
        if let Some(running) = &self.running {
            running.board.stop();
        }
    }

    /// What is being fetched, in a line.
    pub fn line(&self) -> Option<String> {
        let Running { wish, board, .. } = self.running.as_ref()?;
        let line = board.line();
        let what = if board.is_stopped() { "Ending the capture from" } else { "Capturing from" };
        let place = wish.place();
        Some(if line.is_empty() { format!("{what} {place}") } else { format!("{what} {place}: {line}") })
    }

    /// What became of one that has ended since the last call.
    pub fn take(&mut self) -> Option<CaptureEnd> {
        let (_, end) = self.jobs.drain().pop()?;
        let Running { wish, base, .. } = self.running.take()?;
        let place = wish.place();
        let captured = match end {
            JobEnd::Done(Ok(captured)) => captured,
            JobEnd::Done(Err(sentence)) => {
                return Some(CaptureEnd { sentences: vec![sentence], place, ..CaptureEnd::default() });
            }
            JobEnd::Panicked(message) => {
                let sentence = format!("goscope has a bug here ({message}); please report it");
                return Some(CaptureEnd { sentences: vec![sentence], place, ..CaptureEnd::default() });
            }
            JobEnd::Canceled => return None,
        };
        let mut sources = Vec::new();
        for member in captured.to_look_at() {
            let source = Source::File(captured.place_of(member));
            let again = again(&wish, member);
            self.wishes.extend(again.map(|wish| (source.clone(), wish)));
            sources.push(source);
        }
        let pair = base.and_then(|base| Some((base, sources.first()?.clone())));
        Some(CaptureEnd { sources, pair, sentences: captured.sentences(), place })
    }
}

/// What takes this member alone again.
fn again(wish: &Wish, member: &Member) -> Option<Wish> {
    let is_exact = Target::parse(wish.target.trim(), goscope_remote::USUAL_BASE).ok()?.is_exact();
    if is_exact {
        return Some(wish.clone());
    }
    Some(Wish { what: What::of_kind(&member.kind)?, ..wish.clone() })
}
