//! Findings in sentences.

use goscope_analysis::trace::model::TraceModel;
use goscope_parsers::trace::StringId;

use super::findings::{About, Finding, FindingId};
use super::sentence::{Link, Sentence};
use super::why_sentence::cause;
use crate::text;

/// What was found, in one sentence.
pub fn finding_sentence(model: &TraceModel, finding: &Finding) -> Sentence {
    let words = Words { model, finding };
    match finding.id {
        FindingId::LockHeldWhileBlocked => words.held_while_blocked(),
        FindingId::LockConvoy => words.convoy(),
        FindingId::WriterBlocksReaders => words.writer(),
        FindingId::ThunderingHerd => words.herd(),
        FindingId::FanOutStraggler => words.straggler(),
        FindingId::CauseChanges => words.cause_changes(),
        FindingId::DeadlineExceeded => words.deadline(),
        FindingId::SlowFinalizer => words.finalizer(),
        FindingId::SlowTail => words.slow_tail(),
        FindingId::Throttled | FindingId::RunningWithoutCpu | FindingId::GcPressure => words.process(),
        _ => words.group(),
    }
}

struct Words<'f> {
    model: &'f TraceModel,
    finding: &'f Finding,
}

impl Words<'_> {
    fn name(&self, id: StringId) -> String {
        self.model.tables().string_lossy(id).into_owned()
    }

    fn about(&self) -> Sentence {
        match &self.finding.about {
            About::Group(population) => {
                Sentence::default().noun(population.text(), Link::Population(population.clone()))
            }
            About::Function(name) => Sentence::default().function(&self.name(*name)),
            About::Process => Sentence::new("the process"),
        }
    }

    fn share(&self) -> String {
        format!("{:.0}%", self.finding.share * 100.0)
    }

    fn nanos(&self) -> String {
        text::duration(i64::try_from(self.finding.nanos).unwrap_or(i64::MAX))
    }

    fn count(&self, what: &str) -> String {
        text::counted(usize::try_from(self.finding.count).unwrap_or(usize::MAX), what)
    }

    /// Goes on with where it happens.
    fn place(&self, sentence: Sentence) -> Sentence {
        match self.finding.function {
            Some(function) => sentence.plain(", mostly in ").function(&self.name(function)),
            None => sentence,
        }
    }

    fn group(&self) -> Sentence {
        let what = match self.finding.id {
            FindingId::CpuStarved => "ready to run while all Ps are busy",
            FindingId::Queueing => "spent behind other instances of the program's work",
            FindingId::GcAssist => "spent on the collector's work, because they allocate",
            FindingId::LostP => "spent waiting for a P after system calls",
            FindingId::WakeupDelay => "spent waiting for an idle P to wake",
            FindingId::SlowSyscall => "spent in system calls of 5 ms and more",
            FindingId::SlowNetwork => "spent waiting 5 ms and more for the network",
            _ => "spent waiting for a goroutine that sleeps",
        };
        let part =
            self.about().plain(format!(": {} of their time is {what} ({})", self.share(), self.nanos()));
        let sentence = self.place(part);
        match self.finding.by {
            Some(by) if self.finding.id == FindingId::CpuStarved => {
                sentence.plain("; the Ps are held mostly by ").function(&self.name(by))
            }
            Some(by) if Some(by) != self.finding.function => {
                sentence.plain(", on goroutines of ").function(&self.name(by))
            }
            _ => sentence,
        }
    }

    fn held_while_blocked(&self) -> Sentence {
        let sentence = self.about().plain(format!(
            " holds a lock while it is blocked: {} of others for {}",
            self.count("wait"),
            self.nanos()
        ));
        self.place(sentence)
    }

    fn convoy(&self) -> Sentence {
        self.about().plain(format!(
            ": goroutines queue for its lock {} of the time and hand it on to each other: {}, {} in all",
            self.share(),
            self.count("wait"),
            self.nanos()
        ))
    }

    fn writer(&self) -> Sentence {
        let sentence = self.about().plain(format!(
            " waits to write for a slow reader, and {} of other readers behind it for {}",
            self.count("wait"),
            self.nanos()
        ));
        match self.finding.reader_writer {
            Some((reader, _)) => sentence.plain("; the slow reader is ").function(&self.name(reader)),
            None => sentence,
        }
    }

    fn herd(&self) -> Sentence {
        self.about().plain(format!(
            " wakes many goroutines at once, {} times, and {} of them find nothing to do",
            text::count(usize::try_from(self.finding.count).unwrap_or(usize::MAX)),
            self.share()
        ))
    }

    fn straggler(&self) -> Sentence {
        let sentence = self.about().plain(format!(": in {} of them one branch is late", self.share()));
        match self.finding.branch {
            Some(branch) => sentence.plain(", mostly ").function(&self.name(branch)),
            None => sentence,
        }
    }

    fn cause_changes(&self) -> Sentence {
        let sentence = self.about().plain(": slow ones have another cause in the second half of the trace");
        let sentence = match self.finding.by {
            Some(first) => sentence.plain(": ").function(&self.name(first)).plain(" first"),
            None => sentence,
        };
        match self.finding.function {
            Some(second) => sentence.plain(", then ").function(&self.name(second)),
            None => sentence,
        }
    }

    fn deadline(&self) -> Sentence {
        let sentence = self.about().plain(format!(": {} ended by a deadline", self.count("wait")));
        self.place(sentence)
    }

    fn slow_tail(&self) -> Sentence {
        let slow = self.count("slow one");
        let sentence =
            self.about().plain(format!(": {slow}; {} of the difference to typical ones: ", self.share()));
        match &self.finding.answer {
            Some(answer) => cause(self.model, sentence, answer),
            None => sentence,
        }
    }

    fn finalizer(&self) -> Sentence {
        self.about().plain(format!(
            " blocks the goroutine that runs all finalizers: {} in {}",
            self.nanos(),
            self.count("call")
        ))
    }

    fn process(&self) -> Sentence {
        match self.finding.id {
            FindingId::Throttled => self.about().plain(format!(
                " as a whole is stopped {} times, {} in all ({}): a CPU quota, SIGSTOP, a paused machine or a busy host",
                self.finding.count,
                self.nanos(),
                self.share()
            )),
            FindingId::RunningWithoutCpu => self.about().plain(format!(
                " gets a CPU for only {} of the time that its goroutines run: there are more Ps than CPUs",
                self.share()
            )),
            _ => self.about().plain(format!(
                " spends {} of its busy time on garbage collection ({})",
                self.share(),
                self.nanos()
            )),
        }
    }
}
