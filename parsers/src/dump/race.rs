//! Reports of the race detector: two accesses, and where their goroutines come from.

use super::frame::{parse_call, parse_place};
use super::model::{DumpFile, RaceAccess, RaceFrame, RaceGoroutine, RaceReport};

/// The line that begins a report.
pub(super) const RACE_HEAD: &[u8] = b"WARNING: DATA RACE";
/// The line before and behind a report.
pub(super) const RACE_RULE: &[u8] = b"==================";

/// A report while its lines come.
#[derive(Debug)]
pub(super) struct OpenRace {
    report: RaceReport,
    section: Section,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Section {
    Access,
    Goroutine,
    Other,
}

impl OpenRace {
    pub(super) fn new(line: u64) -> Self {
        Self { report: RaceReport { line, ..RaceReport::default() }, section: Section::Other }
    }

    /// Takes the next line; `false` if it is none of a report.
    pub(super) fn line(&mut self, line: &[u8]) -> bool {
        if line.trim_ascii().is_empty() {
            return true;
        }
        let text = String::from_utf8_lossy(line);
        if line.starts_with(b"  ") {
            return self.frame_line(line);
        }
        if let Some(access) = parse_access(&text) {
            if self.report.address.is_empty() {
                self.report.address = access.1;
            }
            self.report.accesses.push(access.0);
            self.section = Section::Access;
            return true;
        }
        if let Some(goroutine) = parse_goroutine(&text) {
            self.report.goroutines.push(goroutine);
            self.section = Section::Goroutine;
            return true;
        }
        // `Global var X of size N at 0x.. declared at f.go:12`, `[failed to restore the stack]`, and what is to come.
        let is_known = text.starts_with('[') || text.starts_with("Global var ") || text.starts_with("Mutex ");
        if is_known {
            self.section = Section::Other;
        }
        is_known
    }

    fn frame_line(&mut self, line: &[u8]) -> bool {
        let frames = match self.section {
            Section::Access => self.report.accesses.last_mut().map(|access| &mut access.frames),
            Section::Goroutine => {
                self.report.goroutines.last_mut().map(|goroutine| &mut goroutine.created_at)
            }
            Section::Other => None,
        };
        let Some(frames) = frames else { return true };
        let text = line.trim_ascii();
        if let Some(call) = parse_call(text) {
            let function = String::from_utf8_lossy(call.function).into_owned();
            frames.push(RaceFrame { function, file: String::new(), line: 0 });
        } else if let (Some(place), Some(frame)) = (parse_place(text), frames.last_mut()) {
            (frame.file, frame.line) = (String::from_utf8_lossy(place.file).into_owned(), place.line);
        }
        true
    }

    /// The report ends.
    pub(super) fn close(self, out: &mut DumpFile) {
        out.races.push(self.report);
    }
}

/// `Previous write at 0x00c00009a048 by goroutine 8:`, with its address.
fn parse_access(text: &str) -> Option<(RaceAccess, String)> {
    let (what, rest) = text.split_once(" at 0x")?;
    let (address, who) = rest.split_once(" by ")?;
    let lower = what.to_ascii_lowercase();
    let (is_previous, kind) = match lower.strip_prefix("previous ") {
        Some(kind) => (true, kind),
        None => (false, &*lower),
    };
    if !matches!(kind, "read" | "write" | "atomic read" | "atomic write") {
        return None;
    }
    let who = who.trim_end_matches(':');
    let goroutine = who.strip_prefix("goroutine ").and_then(|id| id.parse().ok()).unwrap_or(0);
    let access = RaceAccess { kind: kind.to_owned(), is_previous, goroutine, frames: Vec::new() };
    Some((access, format!("0x{address}")))
}

/// `Goroutine 9 (running) created at:`.
fn parse_goroutine(text: &str) -> Option<RaceGoroutine> {
    let (id, rest) = text.strip_prefix("Goroutine ")?.split_once(" (")?;
    let (status, _) = rest.split_once(") created at:")?;
    Some(RaceGoroutine { id: id.parse().ok()?, status: status.to_owned(), created_at: Vec::new() })
}
