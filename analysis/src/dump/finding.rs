//! What stands out in dumps: one kind, one certainty, one sentence.

/// A finding.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// What it is.
    pub kind: FindingKind,
    /// How sure it is.
    pub certainty: Certainty,
    /// The sentence.
    pub text: String,
    /// What each goroutine of it does, a sentence each; empty where the first sentence says all.
    pub evidence: Vec<String>,
    /// What to do next; empty if there is nothing to add.
    pub advice: String,
    /// Goroutines of the last dump that it is about; of many, some.
    pub ids: Vec<u64>,
    /// How many there were in each snapshot; empty for a finding of one dump.
    pub counts: Vec<usize>,
    /// How many more there are each minute, if the times are known.
    pub rate_per_minute: Option<f64>,
    /// Goroutines that wait for each other, in order; empty if they do not.
    pub cycle: Vec<u64>,
    /// The address of the lock, if it is known.
    pub lock: Option<u64>,
}

impl Finding {
    pub(super) fn new(kind: FindingKind, certainty: Certainty, text: String) -> Self {
        Self {
            kind,
            certainty,
            text,
            evidence: Vec::new(),
            advice: String::new(),
            ids: Vec::new(),
            counts: Vec::new(),
            rate_per_minute: None,
            cycle: Vec::new(),
            lock: None,
        }
    }
}

/// The kinds, in the order in which they are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FindingKind {
    /// Goroutines wait for each other, or for what never comes.
    Deadlock,
    /// The program died: panic, fatal error.
    Crash,
    /// Two goroutines use the same memory without order.
    Race,
    /// Goroutines that nothing can wake, as the collector proved.
    Leaked,
    /// A group grows and none of it ends.
    Leak,
    /// Many wait for a lock whose holder is at work.
    Convoy,
    /// A nil channel, or a `select` without cases.
    NeverWakes,
    /// A group grows with the work.
    Load,
    /// Many wait at one line, or for long: may be meant.
    Many,
}

impl FindingKind {
    /// The word in `--json`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Deadlock => "deadlock",
            Self::Crash => "crash",
            Self::Race => "race",
            Self::Leaked => "leaked",
            Self::Leak => "leak",
            Self::Convoy => "convoy",
            Self::NeverWakes => "never_wakes",
            Self::Load => "load",
            Self::Many => "many",
        }
    }

    /// What it is called in text.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Race => "data race",
            Self::Convoy => "lock queue",
            Self::NeverWakes => "never wakes",
            Self::Many => "worth a look",
            other => other.word(),
        }
    }
}

/// How sure a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Certainty {
    /// The runtime says so, or it follows from what it says.
    Certain,
    /// All that is seen fits, and nothing else does.
    Likely,
    /// A reason to look.
    Hint,
}

impl Certainty {
    /// The word in `--json` and in text.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Certain => "certain",
            Self::Likely => "likely",
            Self::Hint => "hint",
        }
    }
}
