//! What a comparison is asked: how runs are put on one scale, and what fails a gate.

use std::hash::{Hash, Hasher};

/// A number that options are made of: 0.05 is 5%. Equal if the bits are, so that options can be keys.
#[derive(Clone, Copy, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Fraction(pub f64);

impl PartialEq for Fraction {
    fn eq(&self, other: &Self) -> bool {
        self.0.to_bits() == other.0.to_bits()
    }
}

impl Eq for Fraction {}

impl Hash for Fraction {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.to_bits().hash(state);
    }
}

/// How the values of runs are put on one scale.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Normalization {
    /// As a part of the run's total. Cannot see a slowdown of everything.
    #[default]
    Share,
    /// Per unit of work, of which each run has its number ([`super::RunContext::units`]).
    PerUnit {
        /// What a unit is called, in the singular: `request`, `op`.
        unit: String,
    },
    /// Per second that the run was recorded. Says something under a fixed rate of requests only.
    PerSecond,
    /// Per second of CPU time. For a CPU profile that is its share, and judged as such.
    PerCpuSecond,
}

impl Normalization {
    /// Whether values are parts of a total, not rates.
    pub const fn is_share(&self) -> bool {
        matches!(self, Self::Share)
    }

    /// What a value is of or per: `share`, `per request`, `per second`, `per CPU second`.
    pub fn text(&self) -> String {
        match self {
            Self::Share => "share".to_owned(),
            Self::PerUnit { unit } => format!("per {unit}"),
            Self::PerSecond => "per second".to_owned(),
            Self::PerCpuSecond => "per CPU second".to_owned(),
        }
    }
}

/// Which value of a function decides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum By {
    /// With all that it calls. Inlining does not move it.
    #[default]
    Cum,
    /// Its own alone.
    Flat,
}

/// What fails a gate.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Gate {
    /// The smallest estimated growth that fails: 0.05 is +5%. It must be significant as well.
    pub fail_on: Fraction,
    /// If set, a growth fails only where it is significantly *more* than this. A true growth of just as much then fails
    /// with a chance of `alpha` alone.
    pub fail_on_at_least: Option<Fraction>,
    /// Functions below this share of the total are not judged, nor those above 98%.
    pub min_share: Fraction,
    /// The chance of any false alarm in a comparison, over all functions together.
    pub alpha: Fraction,
    /// The part of the changes shown in the table that may be false.
    pub max_false_discoveries: Fraction,
    /// Which value of a function decides.
    pub by: By,
    /// Regular expression: only functions whose name matches are judged. Fewer tests show smaller changes.
    pub focus: Option<String>,
    /// Regular expression: functions whose name matches are not judged.
    pub ignore: Option<String>,
    /// Regular expression: functions whose growth is known and fails nothing, nor does what their callers grew by it.
    pub allow: Option<String>,
    /// Regular expression of own code, in which culprits are sought; `None` for the main module.
    pub own: Option<String>,
    /// Whether "undecided" and work that only moved fail as well.
    pub strict: bool,
}

impl Default for Gate {
    fn default() -> Self {
        Self {
            fail_on: Fraction(0.05),
            fail_on_at_least: None,
            min_share: Fraction(0.01),
            alpha: Fraction(0.01),
            max_false_discoveries: Fraction(0.05),
            by: By::Cum,
            focus: None,
            ignore: None,
            allow: None,
            own: None,
            strict: false,
        }
    }
}

/// What a comparison is asked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Options {
    /// How the values of runs are put on one scale.
    pub normalization: Normalization,
    /// What fails.
    pub gate: Gate,
}
