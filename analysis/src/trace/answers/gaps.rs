//! Times in which the process as a whole did not run, summed up.

use std::ops::Range;

use goscope_parsers::trace::Time;

use crate::trace::model::nanos_between;
use crate::trace::proc_time::SilentGap;
use crate::trace::words::time::overlap_nanos;

/// The times in which the process as a whole did not run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gaps {
    /// How many.
    pub count: u64,
    /// How long they are together, in nanoseconds.
    pub total_nanos: u64,
    /// The middle of their lengths; `None` without any.
    pub median_nanos: Option<u64>,
    /// The middle of the distances between their begins; `None` with less than two.
    pub period_nanos: Option<u64>,
}

impl Gaps {
    pub(super) fn new(gaps: &[SilentGap], range: &Range<Time>) -> Self {
        let begins = gaps.windows(2).map(|pair| nanos_between(pair[0].begin, pair[1].begin));
        Self {
            count: gaps.len() as u64,
            total_nanos: gaps.iter().map(|gap| overlap_nanos(gap.range(), range)).sum(),
            median_nanos: median(gaps.iter().map(SilentGap::nanos).collect()),
            period_nanos: median(begins.collect()),
        }
    }

    /// Whether their distance is a multiple of the period of the kernel's CPU quota, 100 ms, within 5 %.
    pub fn looks_like_quota(&self) -> bool {
        const QUOTA_NANOS: u64 = 100_000_000;
        self.period_nanos.is_some_and(|period| {
            let nearest = (period + QUOTA_NANOS / 2) / QUOTA_NANOS * QUOTA_NANOS;
            nearest > 0 && period.abs_diff(nearest) * 20 <= nearest
        })
    }
}

fn median(mut values: Vec<u64>) -> Option<u64> {
    values.sort_unstable();
    let (below, above) = (values.get(values.len().checked_sub(1)? / 2)?, values.get(values.len() / 2)?);
    Some(below / 2 + above / 2 + (below % 2 + above % 2) / 2)
}
