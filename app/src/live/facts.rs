//! What is known of a program that a debugger holds, besides its goroutines.

use std::time::Duration;

use goscope_remote::delve::{FrameVariables, Hit, Leaves, Server};

/// What a debugger said beside the list of goroutines.
#[derive(Clone, Debug)]
pub struct LiveFacts {
    /// Who answered.
    pub server: Server,
    /// Whether the program ran before.
    pub was_running: bool,
    /// How long it stood still because of goscope.
    pub stood_still: Duration,
    /// How it was left.
    pub leaves: Leaves,
    /// The breakpoint that was reached, if one was asked for.
    pub hit: Option<Hit>,
    /// Variables of some goroutines.
    pub variables: Vec<GoroutineVariables>,
    /// What could not be read, a sentence each.
    pub notes: Vec<String>,
}

/// Variables of some frames of a goroutine.
#[derive(Clone, Debug)]
pub struct GoroutineVariables {
    /// Its number.
    pub goroutine: u64,
    /// Innermost first.
    pub frames: Vec<FrameVariables>,
}

impl LiveFacts {
    /// `dlv 1.27.2; the program stood still for 0.41 s and runs on`.
    pub fn sentence(&self) -> String {
        let version = &self.server.delve_version;
        if self.server.is_core {
            return format!("dlv {version}");
        }
        let reached = self.hit.as_ref().map_or(String::new(), |hit| {
            let file = hit.place.file.rsplit(['/', '\\']).next().unwrap_or_default();
            let Hit { goroutine, place, waited } = hit;
            format!(
                "; goroutine {goroutine} reached {} ({file}:{}) after {:.2} s",
                place.function,
                place.line,
                waited.as_secs_f64()
            )
        });
        let left = left_text(&self.leaves, self.was_running, self.server.is_attached);
        if self.was_running {
            let seconds = self.stood_still.as_secs_f64();
            return format!("dlv {version}{reached}; the program stood still for {seconds:.2} s and {left}");
        }
        format!("dlv {version}{reached}; the program stood still before and {left}")
    }
}

/// How the program was left: `runs on`.
pub(super) fn left_text(leaves: &Leaves, was_running: bool, is_attached: bool) -> String {
    match leaves {
        Leaves::Running => "runs on".to_owned(),
        Leaves::Detached => "runs on without dlv".to_owned(),
        Leaves::Stopped if was_running => "stands still now, because something else stopped it".to_owned(),
        Leaves::Stopped if is_attached => "still does so (--detach lets it run)".to_owned(),
        Leaves::Stopped => "still does so".to_owned(),
        Leaves::Exited => "has ended".to_owned(),
        Leaves::Core => "is a core file".to_owned(),
        Leaves::Unknown(sentence) => format!("may be in any state: {sentence}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_the_program_was_left_is_told() {
        let facts = |was_running, leaves| LiveFacts {
            server: Server { delve_version: "1.27.2".to_owned(), is_attached: true, ..Server::default() },
            was_running,
            stood_still: Duration::from_millis(412),
            leaves,
            hit: None,
            variables: Vec::new(),
            notes: Vec::new(),
        };
        let all = [
            facts(true, Leaves::Running),
            facts(true, Leaves::Detached),
            facts(true, Leaves::Stopped),
            facts(false, Leaves::Stopped),
            facts(true, Leaves::Unknown("the connection is lost".to_owned())),
        ];
        let sentences: Vec<String> = all.iter().map(LiveFacts::sentence).collect();
        insta::assert_snapshot!(sentences.join("\n"), @"
        dlv 1.27.2; the program stood still for 0.41 s and runs on
        dlv 1.27.2; the program stood still for 0.41 s and runs on without dlv
        dlv 1.27.2; the program stood still for 0.41 s and stands still now, because something else stopped it
        dlv 1.27.2; the program stood still before and still does so (--detach lets it run)
        dlv 1.27.2; the program stood still for 0.41 s and may be in any state: the connection is lost
        ");
    }
}
