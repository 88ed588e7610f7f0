//! Findings: what stands out in a trace, most severe first, each with its evidence.
//!
//! ```text
//! groups      tasks of a type, else regions of a name, else requests to an endpoint: what their time went to
//! locks       convoys, writers that block readers, locks held while blocked
//! herds       many woken for nothing       fan_out   one branch is late       deadlines, finalizer
//! process     stopped, without a CPU, garbage
//! ```
//!
//! Each kind says when it fires and why so. Nothing fires on a healthy program: thresholds leave out what happens once,
//! at the start, or takes little of anybody's time.

mod deadlines;
mod examples;
mod fan_out;
mod finalizer;
mod finding;
mod group;
mod groups;
mod herds;
mod lock_chains;
mod locks;
mod process;

use std::cmp::Reverse;
use std::ops::Range;

use goscope_parsers::trace::Time;

pub use self::finding::{About, Example, Finding, FindingId, Severity};
use super::facts::Facts;
use super::scheduler::{running_only, scheduler_with};
use crate::trace::model::TraceModel;

/// All findings of a trace or a range of its time: the most severe first, then those with the most time behind them.
pub fn findings(model: &TraceModel, range: Option<&Range<Time>>) -> Vec<Finding> {
    let facts = Facts::new(model);
    let sites = facts.lock_sites();
    let scheduler = running_only(&facts, range);
    let mut found = groups::findings(&facts, sites, range);
    // Who has the Ps while others are ready is known of the whole process, and takes long to find out.
    if found.iter().any(|it| it.id == FindingId::CpuStarved) {
        let by = scheduler_with(&facts, range).by.first().map(|row| row.function);
        found.iter_mut().filter(|it| it.id == FindingId::CpuStarved).for_each(|it| it.by = by);
    }
    found.extend(process::findings(&scheduler));
    found.extend(locks::findings(&facts, sites, range));
    found.extend(herds::findings(&facts, range));
    found.extend(finalizer::findings(&facts, range));
    found.sort_by_key(|it| (Reverse(it.id.severity()), Reverse(it.nanos), it.id, it.about.clone()));
    found
}
