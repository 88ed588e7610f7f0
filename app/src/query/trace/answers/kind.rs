//! The answers of a trace that have a view and a command of their own.

use goscope_analysis::trace::answers::flame::AnswerFlame;
use goscope_analysis::trace::answers::population::Population;
use serde::{Deserialize, Serialize};

use super::command_line::command_line;
use super::findings::FindingId;
use crate::document::Source;

/// An answer of a trace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum AnswerKind {
    /// What the time of slow instances went to, beside that of typical ones.
    #[default]
    Why,
    /// What slow instances have in common that typical ones do not.
    Cohort,
    /// Latency, traffic, errors and saturation.
    Signals,
    /// What goroutines that could run waited for.
    Scheduler,
    /// Who pays for the garbage collector, and who causes it.
    GcBill,
}

impl AnswerKind {
    /// All, in the order of the switch.
    pub const ALL: [Self; 5] = [Self::Why, Self::Cohort, Self::Signals, Self::Scheduler, Self::GcBill];

    /// What the window calls it.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Why => "Why slow",
            Self::Cohort => "In common",
            Self::Signals => "Signals",
            Self::Scheduler => "Scheduler",
            Self::GcBill => "GC bill",
        }
    }

    /// What it says, in a few words.
    pub const fn about(self) -> &'static str {
        match self {
            Self::Why => "What the time of slow ones is made of, beside that of typical ones",
            Self::Cohort => "What slow ones have in common that typical ones do not",
            Self::Signals => "Latency, traffic, errors and saturation",
            Self::Scheduler => "What goroutines that could run waited for, and who had the Ps meanwhile",
            Self::GcBill => "Who pays for the garbage collector, and who allocates",
        }
    }

    /// The subcommand of `goscope trace` that prints it.
    pub const fn subcommand(self) -> &'static str {
        match self {
            Self::Why => "why",
            Self::Cohort => "cohort",
            Self::Signals => "signals",
            Self::Scheduler => "sched",
            Self::GcBill => "gcbill",
        }
    }

    /// The command that prints it. The scheduler serves all goroutines alike.
    pub fn command(self, source: &Source, population: Option<&Population>) -> String {
        command_line(self.subcommand(), source, population.filter(|_| self != Self::Scheduler))
    }

    /// The answer that says more about a finding.
    pub const fn of_finding(finding: FindingId) -> Self {
        match finding {
            FindingId::CpuStarved
            | FindingId::LostP
            | FindingId::WakeupDelay
            | FindingId::Throttled
            | FindingId::RunningWithoutCpu => Self::Scheduler,
            FindingId::GcAssist | FindingId::GcPressure => Self::GcBill,
            _ => Self::Why,
        }
    }
}

/// The command that says what a flame graph of an answer shows.
pub fn answer_flame_command(flame: AnswerFlame, source: &Source, population: Option<&Population>) -> String {
    let subcommand = match flame {
        AnswerFlame::Blame => "blame",
        AnswerFlame::CriticalPath => "why",
    };
    command_line(subcommand, source, population)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_answer_has_its_command() {
        let source = Source::File("t.trace".into());
        let lines = AnswerKind::ALL.map(|kind| kind.command(&source, Some(&Population::Tasks(None))));
        let expected = [
            "goscope trace why t.trace --task '*'",
            "goscope trace cohort t.trace --task '*'",
            "goscope trace signals t.trace --task '*'",
            "goscope trace sched t.trace",
            "goscope trace gcbill t.trace --task '*'",
        ];
        assert_eq!(lines, expected);
        assert_eq!(AnswerKind::GcBill.command(&source, None), "goscope trace gcbill t.trace");
    }
}
