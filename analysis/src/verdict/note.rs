//! What the reader must know to trust a verdict: what it cannot see, and what speaks against the comparison.

/// Names that a note lists.
const MOST_NAMES: usize = 10;

/// How much a note weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NoteKind {
    /// How the numbers are meant.
    Info,
    /// What this comparison cannot see.
    Blind,
    /// The sides differ in more than the code: the change may not be the code's.
    Warning,
}

/// One note. None changes the verdict by itself.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Note {
    /// Shares do not see a slowdown of everything.
    SharesAreBlind,
    /// Per second, a closed loop at full load always costs the same.
    PerSecondIsBlind,
    /// One run a side.
    OneRun,
    /// Fewer runs a side than a gate should have.
    FewRuns {
        /// Runs of the smaller side.
        runs: usize,
    },
    /// A snapshot of the heap: which garbage collection it shows is chance.
    Snapshot,
    /// The delay of block profiles is goroutines × time: its total cannot regress.
    DelayIsConserved,
    /// The sides differ in something that profiles or the user say.
    Differs {
        /// What: `Go version`, `sample rate`.
        what: &'static str,
        /// That of the base.
        base: String,
        /// That of the head.
        head: String,
    },
    /// The runs of one side come from several builds.
    SeveralBuilds {
        /// Which side: `base` or `head`.
        side: &'static str,
        /// How many builds, by their ids.
        builds: usize,
    },
    /// Both sides ran one build, by its id: what differs is not the code.
    OneBuild,
    /// The median duration differs by more than a factor of 2.
    Durations {
        /// Median of the base, in seconds.
        base: f64,
        /// Median of the head, in seconds.
        head: f64,
    },
    /// Samples per second differ by more than a factor of 1.5.
    SampleRates {
        /// Mean of the base, per second.
        base: f64,
        /// Mean of the head, per second.
        head: f64,
    },
    /// All runs of one side were recorded before those of the other: what drifts with time looks like a change.
    NotInterleaved {
        /// Whether the base is the newer side, which may mean that the sides are swapped.
        is_base_newer: bool,
    },
    /// One run is far from the others of its side.
    Outlier {
        /// The run.
        run: String,
        /// The function in which it is farthest off.
        function: String,
        /// Its standardized residual.
        residual: f64,
    },
    /// More CPU time than the cores that were said to be there can give.
    TooMuchCpu {
        /// The run.
        run: String,
        /// CPU time / duration.
        cores: f64,
        /// `GOMAXPROCS`.
        gomaxprocs: u32,
    },
    /// Samples were lost: the profile holds less CPU time than the process used. Tight loops then look larger.
    LostSamples {
        /// The run.
        run: String,
        /// The part that was delivered.
        delivered: f64,
    },
    /// Two runs hold the same numbers, and nothing says whether they are one.
    SameNumbers {
        /// One of them.
        first: String,
        /// The other one.
        other: String,
    },
    /// Functions that grew were allowed to.
    Allowed {
        /// Their names.
        functions: Vec<String>,
    },
    /// Work moved between two functions of one caller.
    Moved {
        /// Where it was.
        from: String,
        /// Where it is.
        to: String,
    },
    /// One trace a side: nothing is known of how much runs differ.
    WithinRecordings {
        /// Traces on both sides together.
        recordings: usize,
    },
    /// What is compared of traces: times of each instance, for totals of blocked time are goroutines × time.
    PerInstance,
    /// A part of the events of a trace is lost, and with it instances.
    LostEvents {
        /// The run.
        run: String,
        /// The part that is lost.
        share: f64,
    },
    /// A benchmark did not run to its end.
    BenchmarkProblem {
        /// On which side: `base` or `head`.
        side: &'static str,
        /// The benchmark, or its package.
        name: String,
        /// What happened: `failed`.
        what: &'static str,
    },
    /// Benchmarks that only one side has.
    OnlyOn {
        /// Which: `base` or `head`.
        side: &'static str,
        /// The benchmarks.
        names: Vec<String>,
    },
    /// A count of samples was made from values and the period, for there is no column of counts.
    CountsFromPeriod,
}

impl Note {
    /// How much it weighs.
    pub const fn kind(&self) -> NoteKind {
        match self {
            Self::SharesAreBlind | Self::PerSecondIsBlind | Self::DelayIsConserved => NoteKind::Blind,
            Self::Allowed { .. }
            | Self::Moved { .. }
            | Self::CountsFromPeriod
            | Self::OneBuild
            | Self::OnlyOn { .. }
            | Self::PerInstance
            | Self::Snapshot => NoteKind::Info,
            _ => NoteKind::Warning,
        }
    }

    /// The note as a sentence.
    pub fn text(&self) -> String {
        match self {
            Self::SharesAreBlind => {
                "Shares cannot see a slowdown of everything; --per compares the cost of a unit of work.".to_owned()
            }
            Self::PerSecondIsBlind => "Per second says something under a fixed rate of requests only: at full load, \
                                       slower code serves fewer."
                .to_owned(),
            Self::OneRun => "One run a side: only large changes can be shown.".to_owned(),
            Self::FewRuns { runs } => {
                format!("{runs} runs on the smaller side: a gate should have 3 or more, recorded in turns.")
            }
            Self::Snapshot => {
                "A snapshot of the heap: which garbage collection it shows is chance, so only 5 or more runs a side are \
                 judged."
                    .to_owned()
            }
            Self::DelayIsConserved => {
                "The delay of a block profile is goroutines × time: its total cannot regress, only its split."
                    .to_owned()
            }
            Self::Differs { what, base, head } => format!("The sides differ in {what}: base {base}, head {head}."),
            Self::SeveralBuilds { side, builds } => {
                format!("The runs of the {side} come from {builds} builds (by their build ids): which one is compared?")
            }
            Self::OneBuild => {
                "Both sides ran the same build (by its build id): what differs is the input or the machine, not the code."
                    .to_owned()
            }
            Self::Durations { base, head } => {
                format!("The runs differ in length: base {base:.1} s, head {head:.1} s (median).")
            }
            Self::SampleRates { base, head } => {
                format!("The sides were not equally busy: base {base:.0} samples a second, head {head:.0}.")
            }
            Self::NotInterleaved { is_base_newer: false } => {
                "All of the base was recorded before the head: what drifts with time looks like a change; record in turns."
                    .to_owned()
            }
            Self::NotInterleaved { is_base_newer: true } => {
                "All of the base was recorded after the head: are the sides swapped? Record in turns.".to_owned()
            }
            Self::Outlier { run, function, residual } => {
                format!("{run} is far from the other runs of its side: {residual:.1} standard deviations in {function}.")
            }
            Self::TooMuchCpu { run, cores, gomaxprocs } => {
                format!("{run} holds {cores:.1} cores' CPU time, but GOMAXPROCS was {gomaxprocs}.")
            }
            Self::LostSamples { run, delivered } => format!(
                "{run} holds {:.0}% of the CPU time that the process used: samples were lost, tight loops look larger.",
                delivered * 100.0
            ),
            Self::SameNumbers { first, other } => {
                format!("{first} and {other} hold the same numbers: are they the same run?")
            }
            Self::Allowed { functions } => format!("Grew, as is allowed: {}.", functions.join(", ")),
            Self::Moved { from, to } => format!("Work moved from {from} to {to}."),
            Self::WithinRecordings { recordings } => format!(
                "What is said holds within these {} recordings: how much one run differs from the next is not known, and \
                 medians often double with the load of the machine. Several traces a side can be judged.",
                if *recordings == 2 { "two".to_owned() } else { recordings.to_string() }
            ),
            Self::PerInstance => "Times are those of each task, region or goroutine that begins and ends in the trace; \
                                  the total of blocked time is goroutines × time and is not compared."
                .to_owned(),
            Self::LostEvents { run, share } => {
                format!("{run} lacks {:.0}% of its events, and the instances in them.", share * 100.0)
            }
            Self::BenchmarkProblem { side, name, what } => format!("In the {side} {name} {what}."),
            Self::OnlyOn { side, names } => {
                let shown = names.iter().take(MOST_NAMES).cloned().collect::<Vec<_>>().join(", ");
                let more = names.len().saturating_sub(MOST_NAMES);
                let more = if more > 0 { format!(" and {more} more") } else { String::new() };
                format!("Only in the {side}, not compared: {shown}{more}.")
            }
            Self::CountsFromPeriod => {
                "There is no column of sample counts: they are the values divided by the period.".to_owned()
            }
        }
    }
}
