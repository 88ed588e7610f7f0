//! Where the files of a store are.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Datelike as _};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::schema::Table;

/// How the names of all parts end.
pub(crate) const SUFFIX: &str = ".parquet";

/// What stands in the name of a folder as it is.
const NOT_IN_NAMES: &AsciiSet = &NON_ALPHANUMERIC.remove(b'.').remove(b'_').remove(b'-');

/// The longest name of a service that is a folder's name; systems have no more than 255 bytes for one.
const MOST_NAME_BYTES: usize = 200;

/// The nanoseconds of a second.
const SECOND_NANOS: i64 = 1_000_000_000;

/// The folder below a table that rows of a day and a service are in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Partition {
    /// As `2026-11-25`.
    pub(crate) date: String,
    /// The name of the service as it stands in the folder's name.
    pub(crate) service: String,
}

impl Partition {
    /// Where the rows of a service at this time are.
    pub(crate) fn of(time_nanos: i64, service: &str) -> Self {
        Self { date: date_of(time_nanos), service: folder_name(service) }
    }

    /// The folder of this partition of a table.
    pub(crate) fn folder(&self, root: &Path, table: Table) -> PathBuf {
        root.join(table.name()).join(format!("date={}", self.date)).join(format!("service={}", self.service))
    }
}

/// The day (UTC) of a moment in ns since 1970. Moments that calendars do not reach are on the first day.
pub(crate) fn date_of(time_nanos: i64) -> String {
    let day = DateTime::from_timestamp(time_nanos.div_euclid(SECOND_NANOS), 0)
        .map(|moment| moment.date_naive())
        .filter(|day| (0..=9999).contains(&day.year()))
        .unwrap_or_default();
    day.to_string()
}

/// The name of a service as that of a folder.
pub(crate) fn folder_name(service: &str) -> String {
    let name = utf8_percent_encode(service, NOT_IN_NAMES).to_string();
    // The whole name is in the rows.
    match name.char_indices().nth(MOST_NAME_BYTES) {
        Some((end, _)) => {
            format!("{}~{}", &name[..end], crate::id::part_name([crate::id::profile_id(service.as_bytes())]))
        }
        None => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_utc() {
        let day = |nanos| date_of(nanos);
        assert_eq!(day(0), "1970-01-01");
        assert_eq!(day(-1), "1969-12-31");
        assert_eq!(day(1_795_651_199_999_999_999), "2026-11-25");
        assert_eq!(day(1_795_651_200_000_000_000), "2026-11-26");
        assert_eq!(day(i64::MAX), "2262-04-11");
    }

    #[test]
    fn names_of_services_are_names_of_folders() {
        assert_eq!(folder_name("shop-1.api_v2"), "shop-1.api_v2");
        assert_eq!(folder_name("../a b/ü"), "..%2Fa%20b%2F%C3%BC");
        let long = folder_name(&"x".repeat(300));
        assert_eq!(long.len(), 217);
        assert_ne!(long, folder_name(&"x".repeat(301)));
    }
}
