//! What profiles are grouped by.

use crate::rows::ProfileRow;
use crate::selector::{moment, rfc3339};

/// What profiles are grouped by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum By {
    /// Nothing: all are one.
    #[default]
    All,
    /// The minute that they begin in (UTC).
    Minute,
    /// The hour that they begin in (UTC).
    Hour,
    /// The day that they begin in (UTC).
    Day,
    /// The version.
    Version,
    /// The service.
    Service,
    /// The value of a label of the profile.
    Label(String),
}

impl By {
    /// Reads a name: `hour`, `version`, or that of a label.
    pub fn named(name: &str) -> Self {
        match name {
            "all" => Self::All,
            "minute" => Self::Minute,
            "hour" => Self::Hour,
            "day" => Self::Day,
            "version" => Self::Version,
            "service" => Self::Service,
            label => Self::Label(label.to_owned()),
        }
    }

    /// The name that it is read from.
    pub fn name(&self) -> &str {
        match self {
            Self::All => "all",
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Version => "version",
            Self::Service => "service",
            Self::Label(label) => label,
        }
    }

    /// The length of a piece of time, in ns.
    pub(crate) const fn step_nanos(&self) -> Option<i64> {
        match self {
            Self::Minute => Some(60_000_000_000),
            Self::Hour => Some(3_600_000_000_000),
            Self::Day => Some(86_400_000_000_000),
            _ => None,
        }
    }

    /// The group of a profile: a moment, a version, a value.
    pub(crate) fn group(&self, row: &ProfileRow) -> String {
        if let Some(step) = self.step_nanos() {
            return rfc3339(row.time_nanos.div_euclid(step).saturating_mul(step));
        }
        match self {
            Self::Version => row.version.clone(),
            Self::Service => row.service.clone(),
            Self::Label(key) => row.label(key).unwrap_or_default().to_owned(),
            _ => String::new(),
        }
    }
}

/// The begin of a group that is a moment, in ns since 1970.
pub fn group_nanos(group: &str) -> Option<i64> {
    moment(group)
}
