//! How a store is named on a command line.
//!
//! ```text
//! DIR                                     store:DIR?service=shop&since=1h
//! clickhouse://[USER[:PASSWORD]@]HOST:8123/DATABASE?service=shop       clickhouses:// over TLS
//! ```

use std::path::PathBuf;

/// Where a store is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A folder.
    Folder(PathBuf),
    /// A database of ClickHouse: the address as it was written, without what follows a `?`.
    ClickHouse(String),
}

/// What stands before the folder of a store where it is an input of a report.
const PREFIX: &str = "store:";

/// What addresses of ClickHouse begin with.
const SCHEMES: [&str; 2] = ["clickhouse://", "clickhouses://"];

impl Place {
    /// The place that a command about stores is given.
    pub fn named(name: &str) -> Self {
        let name = name.strip_prefix(PREFIX).unwrap_or(name);
        if is_clickhouse(name) {
            Self::ClickHouse(name.to_owned())
        } else {
            Self::Folder(PathBuf::from(name))
        }
    }

    /// The place and the selector in an input of a report; `None` for what is no store.
    pub fn of_input(name: &str) -> Option<(Self, &str)> {
        if let Some(rest) = name.strip_prefix(PREFIX) {
            let (place, selector) = rest.split_once('?').unwrap_or((rest, ""));
            return Some((Self::named(place), selector));
        }
        if !is_clickhouse(name) {
            return None;
        }
        let (place, selector) = name.split_once('?').unwrap_or((name, ""));
        Some((Self::ClickHouse(place.to_owned()), selector))
    }

    /// The text that names it in an input, before the `?`, with all that is needed to open it.
    pub fn input_text(&self) -> String {
        match self {
            Self::Folder(folder) => format!("{PREFIX}{}", folder.display()),
            Self::ClickHouse(address) => address.clone(),
        }
    }

    /// The same as messages and titles show it: without a name and password.
    pub fn shown(&self) -> String {
        let text = self.input_text();
        match (self, text.split_once("://"), text.rsplit_once('@')) {
            (Self::ClickHouse(_), Some((scheme, _)), Some((_, rest))) => format!("{scheme}://{rest}"),
            _ => text,
        }
    }
}

fn is_clickhouse(name: &str) -> bool {
    SCHEMES.iter().any(|scheme| name.starts_with(scheme))
}
