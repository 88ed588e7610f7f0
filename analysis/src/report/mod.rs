//! Reports as text, byte for byte what `go tool pprof -symbolize=none` prints (times in UTC).

mod header;
mod top;

pub use top::top_text;

use crate::profile::top::SortOrder;

/// How a report is cut, sorted and printed.
#[derive(Clone, Debug, PartialEq)]
pub struct ReportOptions {
    /// Order of the rows.
    pub sort: SortOrder,
    /// At most so many rows; 0 for all.
    pub node_count: usize,
    /// Rows with a cum below this share go (pprof's default is 0.005).
    pub node_fraction: f64,
    /// Calls below this share do not count for `(inline)` (pprof's default is 0.001).
    pub edge_fraction: f64,
    /// Unit of all numbers; `minimum` chooses one that suits all, `auto` one for each.
    pub unit: String,
}

impl Default for ReportOptions {
    /// pprof's defaults of `-top`.
    fn default() -> Self {
        Self {
            sort: SortOrder::Flat,
            node_count: 0,
            node_fraction: 0.005,
            edge_fraction: 0.001,
            unit: "minimum".to_owned(),
        }
    }
}

impl ReportOptions {
    /// pprof's `-trim=false`: nothing is cut off, whatever the other options say.
    pub fn untrimmed(self) -> Self {
        Self { node_count: 0, node_fraction: 0.0, edge_fraction: 0.0, ..self }
    }
}
