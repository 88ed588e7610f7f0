//! What an explanation says, in words.

use std::sync::Arc;

use super::answer::{Answer, Culprit, Reason};
use super::explanation::{Explanation, SideFigures};
use super::notes::ExplainNote;
use super::owner::Part;
use super::rows::{BEYOND, Change, Row};
use crate::symbol::short_name;

/// Functions that a sentence about one side names.
const MOST_NAMED: usize = 3;

/// From which part of an operation on a function is named.
const WORTH_NAMING: f64 = 0.05;

/// The unit of all times of an explanation: so that the largest has six digits at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PerOpUnit {
    /// `ns/op`.
    Nanos,
    /// `µs/op`.
    Micros,
    /// `ms/op`.
    Millis,
}

impl PerOpUnit {
    /// For times up to this one, in ns.
    pub fn for_up_to(nanos: f64) -> Self {
        match nanos.abs() {
            nanos if nanos < 1e6 => Self::Nanos,
            nanos if nanos < 1e9 => Self::Micros,
            _ => Self::Millis,
        }
    }

    /// What it is called.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nanos => "ns/op",
            Self::Micros => "µs/op",
            Self::Millis => "ms/op",
        }
    }

    /// A time in ns as a number in this unit: `2,283`; below 100 with a digit after the point.
    pub fn number(self, nanos: f64) -> String {
        let value = nanos / self.nanos();
        if value == 0.0 {
            return "0".to_owned();
        }
        if value.abs() < 99.95 { format!("{value:.1}") } else { grouped(value) }
    }

    /// A time in ns in this unit, with its sign: `+2,283`.
    pub fn signed(self, nanos: f64) -> String {
        let sign = if nanos < 0.0 { "−" } else { "+" };
        format!("{sign}{}", self.number(nanos.abs()))
    }

    const fn nanos(self) -> f64 {
        match self {
            Self::Nanos => 1.0,
            Self::Micros => 1e3,
            Self::Millis => 1e6,
        }
    }
}

/// A whole number with commas between thousands.
fn grouped(value: f64) -> String {
    let digits = format!("{:.0}", value.abs());
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if value <= -0.5 { format!("-{text}") } else { text }
}

impl Explanation {
    /// The unit of its times.
    pub fn unit(&self) -> PerOpUnit {
        let sides = self.base.iter().chain([&self.head]);
        let times = sides.flat_map(|side| {
            let wall = side.wall.as_ref().map(|wall| wall.mean);
            [side.cpu_per_op.map(|cpu| cpu.per_op), wall]
        });
        PerOpUnit::for_up_to(times.flatten().fold(0.0, f64::max))
    }

    /// The answer in one sentence.
    pub fn line(&self) -> String {
        let (name, unit) = (self.title(), self.unit());
        let change = self.change.unwrap_or_default();
        match &self.answer {
            Answer::Costs => self.costs_line(),
            Answer::Changed { culprits } => {
                format!("{name} is {}: {}", self.slower(), self.names(culprits))
            }
            Answer::InNoFunction => format!(
                "{name} is {}, but no function by itself changed beyond chance; {}",
                self.slower(),
                "more samples would tell which did (a higher -benchtime or -count)"
            ),
            Answer::Alike => format!(
                "cannot tell: {name} is {}, all its functions alike, as on a slower or busier machine; \
                 run both sides in turns on a quiet one",
                self.slower()
            ),
            Answer::Same { .. } if !self.is_exact => format!(
                "cannot tell: the printed times of {name} do not differ beyond chance, and how often it ran in the \
                 profile is not known; record both sides with the same -benchtime=Kx"
            ),
            Answer::Same { shifted } => {
                let shifted = match shifted.as_slice() {
                    [] => String::new(),
                    some => format!(", but {}", self.names(&some[..some.len().min(MOST_NAMED)])),
                };
                let reach = unit.number(change.sigma * BEYOND);
                format!(
                    "{name} takes the same CPU time: {} {}{shifted}; {reach} {} more would have shown",
                    with_sigma(unit, change),
                    unit.name(),
                    unit.name()
                )
            }
            Answer::Waits => {
                let delta = self.wall_change().unwrap_or_default();
                let (more, longer) = if delta < 0.0 { ("faster", "less") } else { ("slower", "longer") };
                format!(
                    "{name} is {} {} {more} by the clock, but not in CPU time ({} {}): it waits {longer}, and an execution \
                     trace says for what (go test -trace)",
                    unit.number(delta.abs()),
                    unit.name(),
                    with_sigma(unit, change),
                    unit.name()
                )
            }
            Answer::CannotTell(reason) => format!("cannot tell: {}", self.reason(reason)),
        }
    }

    /// `BenchmarkDedupe/orders=500`; the function alone where several results have it.
    pub fn title(&self) -> String {
        let sides = self.base.iter().chain([&self.head]);
        let mut names: Vec<&Arc<str>> = sides.flat_map(|side| &side.names).collect();
        names.dedup();
        let [name] = names[..] else { return self.key.to_string() };
        // The number of processors at its end.
        let digits = name.trim_end_matches(|letter: char| letter.is_ascii_digit());
        let name = digits.strip_suffix('-').filter(|_| digits.len() < name.len()).unwrap_or(name);
        format!("Benchmark{name}")
    }

    /// `2,135 ± 310 ns/op slower`.
    fn slower(&self) -> String {
        let change = self.change.unwrap_or_default();
        let unit = self.unit();
        let way = if change.delta < 0.0 { "faster" } else { "slower" };
        let about = if self.is_exact { "" } else { "≈" };
        let size = Change { delta: change.delta.abs(), ..change };
        let error = if size.sigma > 0.0 { format!(" ± {}", unit.number(size.sigma)) } else { String::new() };
        format!("{about}{}{error} {} {way}", unit.number(size.delta), unit.name())
    }

    fn names(&self, culprits: &[Culprit]) -> String {
        let unit = self.unit();
        let about = if self.is_exact { "" } else { "≈" };
        let one = |culprit: &Culprit| {
            let library = culprit.library.as_ref().map(|it| format!(", most of it in {}", short_name(it)));
            format!(
                "{} {about}{} {}{}",
                short_name(&culprit.function),
                with_sigma(unit, culprit.change),
                unit.name(),
                library.unwrap_or_default()
            )
        };
        let named: Vec<String> = culprits.iter().map(one).collect();
        named.join("; ")
    }

    fn costs_line(&self) -> String {
        let (name, unit) = (self.title(), self.unit());
        let time = match (&self.head.cpu_per_op, &self.head.wall) {
            (Some(cpu), _) => format!(
                "{} ± {} {} of CPU time",
                unit.number(cpu.per_op),
                unit.number(cpu.sigma),
                unit.name()
            ),
            (None, Some(wall)) => format!("{} {} by the clock", unit.number(wall.mean), unit.name()),
            (None, None) => "an unknown time".to_owned(),
        };
        let total = self.head.samples.max(1.0);
        let share = |row: &&Row| row.head.samples / total >= WORTH_NAMING;
        let rows = self.rows.iter().filter(|row| row.part == Part::Operation).filter(share);
        let one =
            |row: &Row| format!("{} {:.0}%", short_name(&row.function), row.head.samples / total * 100.0);
        let named: Vec<String> = rows.take(MOST_NAMED).map(one).collect();
        format!("{name} takes {time}: {}", named.join(", "))
    }

    /// By how much the printed times differ.
    fn wall_change(&self) -> Option<f64> {
        let before = self.base.as_ref()?.wall.as_ref()?;
        Some(self.head.wall.as_ref()?.mean - before.mean)
    }

    fn reason(&self, reason: &Reason) -> String {
        let name = &self.key;
        let of = |side: &str| if side.is_empty() { String::new() } else { format!(" of the {side}") };
        match reason {
            Reason::NotInResults { side } => format!("the results{} have no {name}", of(side)),
            Reason::NotInProfile { side } => format!(
                "the profile{} has no sample of {name}: it is of other runs, or they were too short",
                of(side)
            ),
            Reason::NoTime => format!(
                "the results of {name} have no ns/op, and how often it ran in the profile is not known; record it with \
                 -benchtime=Kx"
            ),
            Reason::FewSamples { side, samples } => format!(
                "the profile{} has {samples:.0} samples of {name}, each 10 ms of CPU time; a hundred tell functions by 10% (a \
                 higher -benchtime or -count)",
                of(side)
            ),
            Reason::Mixed => format!(
                "the sub-benchmarks of {name} share a function, and ran in other proportions on the other side; record \
                 them one by one (-bench '^{name}$/^one$') or with the same -benchtime=Kx"
            ),
        }
    }
}

/// `+2,283 ± 304`.
fn with_sigma(unit: PerOpUnit, change: Change) -> String {
    format!("{} ± {}", unit.signed(change.delta), unit.number(change.sigma))
}

impl SideFigures {
    /// `104 samples, 400,000 iterations (b.Loop)`.
    pub fn basis(&self) -> String {
        use super::iterations::Iterations;
        let samples = format!("{} samples", grouped(self.samples));
        let iterations = |all: f64| format!("{samples}, {} iterations", grouped(all));
        match self.iterations {
            Iterations::Loop(all) => format!("{} (b.Loop)", iterations(all)),
            Iterations::Fixed { all, count } => {
                format!("{} (-benchtime={count}x)", iterations(all))
            }
            Iterations::Once(all) => iterations(all),
            Iterations::Unknown => format!("{samples}, iterations not known"),
        }
    }
}

impl ExplainNote {
    /// The note as a sentence. `unit` is that of the explanation.
    pub fn text(&self, unit: PerOpUnit) -> String {
        let of = |side: &str| if side.is_empty() { String::new() } else { format!("{side}: ") };
        match self {
            Self::Shared { names } => {
                let names: Vec<&str> = names.iter().map(Arc::as_ref).collect();
                format!("{} run one function: a profile does not tell them apart", names.join(" and "))
            }
            Self::Approximate => {
                "≈ is a part of the printed ns/op: how often a b.N loop ran in all is not known when it \
                                  runs for a time; -benchtime=Kx or b.Loop tell"
                    .to_owned()
            }
            Self::Waited { side, ratio } => format!(
                "{}CPU time is {:.0}% of the time by the clock: the rest it waited or was not scheduled, and an execution \
                 trace says for what (go test -trace)",
                of(side),
                ratio * 100.0
            ),
            Self::Parallel { side, ratio } => {
                format!(
                    "{}CPU time is {ratio:.1} times the time by the clock: several cores at once",
                    of(side)
                )
            }
            Self::Background { change } => format!(
                "beside it, the runtime in the background: {} {}",
                with_sigma(unit, *change),
                unit.name()
            ),
            Self::ClockDisagrees { delta, is_opposite } => format!(
                "the printed times differ by {} {}, {}",
                unit.signed(*delta),
                unit.name(),
                if *is_opposite { "the other way" } else { "which is within chance" }
            ),
            Self::Timer => {
                "a timer is stopped in the operation: what runs meanwhile is in the profile and not in ns/op"
                    .to_owned()
            }
            Self::Setup { side, share } => format!(
                "{}{:.0}% of the benchmark's samples are set-up, and not counted to the operation",
                of(side),
                share * 100.0
            ),
            Self::LongerThanProfile { side, results, profiles } => format!(
                "{}the results stand for {:.1} s and the profiles for {:.1} s: they are not of the same runs",
                of(side),
                results / 1e9,
                profiles / 1e9
            ),
            Self::Dispersed { side, factor } => format!(
                "{}runs differ {factor:.1} times as much as sampling alone would have them; ± says so",
                of(side)
            ),
        }
    }
}
