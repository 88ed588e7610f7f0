//! What functions add up to: one pass over all stacks, most of the time that a run takes to be counted.
//!
//! Functions are met in no order, so that what is kept of one while samples are read decides how much of it the caches
//! hold. Where each event is worth the same, as in CPU profiles, counts alone are kept.

use super::counted::Columns;
use super::walk::Walk;
use crate::statistics::allocations::Estimate;

/// What functions add up to, by their numbers in the profile.
pub(super) struct Sums {
    pub(super) functions: Vec<FunctionSum>,
    pub(super) total: Estimate,
}

/// What one function adds up to.
#[derive(Clone, Copy, Default)]
pub(super) struct FunctionSum {
    pub(super) flat: Estimate,
    pub(super) cum: Estimate,
    /// Sum of its depths in stacks, by events, or by values where those are not known.
    pub(super) depth: f64,
    /// Whether any sample holds it.
    pub(super) is_seen: bool,
}

impl Sums {
    /// Adds up all samples; `None` if a value is negative.
    pub(super) fn of(walk: &Walk<'_>, columns: &Columns, n_functions: usize) -> Option<Self> {
        if let Some(worth) = columns.common_worth(walk.profile) {
            let events =
                |sample: usize| columns.estimate(walk.profile, sample).map(|value| value.sampled as u32);
            let (cells, flat, total) = add_up::<Counts>(walk, n_functions, events)?;
            let depths = depths(walk, &cells, |sample| events(sample).map_or(0.0, f64::from));
            let estimate = |events: u32| Estimate {
                sampled: f64::from(events),
                value: f64::from(events) * worth,
                ..Estimate::default()
            };
            let function = |((cell, flat), depth): ((&Counts, &u32), f64)| FunctionSum {
                flat: estimate(*flat),
                cum: estimate(cell.events),
                depth: depth * f64::from(cell.events),
                is_seen: cell.stamp != 0,
            };
            let functions = cells.iter().zip(&flat).zip(depths).map(function).collect();
            return Some(Self { functions, total: estimate(total) });
        }
        let has_counts = columns.has_counts();
        let weight = |value: Estimate| if has_counts { value.sampled } else { value.value };
        let value_of = |sample: usize| columns.estimate(walk.profile, sample);
        let (cells, flat, total) = add_up::<Estimates>(walk, n_functions, value_of)?;
        let depths = depths(walk, &cells, |sample| value_of(sample).map_or(0.0, weight));
        let function = |((cell, &flat), depth): ((&Estimates, &Estimate), f64)| FunctionSum {
            flat,
            cum: cell.cum,
            depth: depth * weight(cell.cum),
            is_seen: cell.stamp != 0,
        };
        let functions = cells.iter().zip(&flat).zip(depths).map(function).collect();
        Some(Self { functions, total })
    }
}

/// Samples that depths are measured in.
const DEPTH_SAMPLES: usize = 1 << 14;

/// The mean depth of each function, by weight, in samples from all over the profile; of a function that none of them holds,
/// its depth in the last sample that does. Functions that all have the same samples keep their order.
fn depths<C: Cell>(walk: &Walk<'_>, cells: &[C], weight_of: impl Fn(usize) -> f64) -> Vec<f64> {
    #[derive(Clone, Copy, Default)]
    struct Depth {
        sum: f64,
        weight: f64,
        stamp: u32,
    }
    let n_samples = walk.profile.samples.len();
    let mut found = vec![Depth::default(); cells.len()];
    let stride = n_samples.div_ceil(DEPTH_SAMPLES).max(1);
    for (stamp, sample) in (1_u32..).zip((0..n_samples).step_by(stride)) {
        let weight = weight_of(sample);
        walk.each(sample, |depth, function| {
            let found = &mut found[function];
            if found.stamp != stamp {
                found.stamp = stamp;
                found.sum += weight * depth as f64;
                found.weight += weight;
            }
        });
    }
    let mean = |(function, found): (usize, Depth)| {
        if found.weight > 0.0 {
            return found.sum / found.weight;
        }
        let last = cells[function].stamp().checked_sub(1);
        let mut first = None;
        last.map(|sample| {
            walk.each(sample as usize, |depth, other| {
                if other == function {
                    first.get_or_insert(depth);
                }
            })
        });
        first.unwrap_or(0) as f64
    };
    found.into_iter().enumerate().map(mean).collect()
}

/// What is kept of a function while samples are read: all in one place of memory.
trait Cell: Copy + Default {
    /// What a sample adds.
    type Value: Copy + Default;

    fn is_nothing(value: Self::Value) -> bool;
    fn sum(a: Self::Value, b: Self::Value) -> Self::Value;
    /// Adds a sample with this number, unless it was added already: recursion counts once.
    fn meet(&mut self, stamp: u32, value: Self::Value);
    /// The number of the last sample that was added; 0 if none was.
    fn stamp(&self) -> u32;
}

/// The cells of all functions, what each adds up to alone, and what all do.
type Added<C> = (Vec<C>, Vec<<C as Cell>::Value>, <C as Cell>::Value);

/// The cells of all functions, what each adds up to alone, and what all do; `None` if a sample has no value.
fn add_up<C: Cell>(
    walk: &Walk<'_>,
    n_functions: usize,
    value_of: impl Fn(usize) -> Option<C::Value>,
) -> Option<Added<C>> {
    let mut cells = vec![C::default(); n_functions];
    let mut flat = vec![C::Value::default(); n_functions];
    let mut total = C::Value::default();
    for (stamp, sample) in (1_u32..).zip(0..walk.profile.samples.len()) {
        let value = value_of(sample)?;
        if C::is_nothing(value) {
            continue;
        }
        total = C::sum(total, value);
        if let Some(leaf) = walk.each(sample, |_, function| cells[function].meet(stamp, value)) {
            flat[leaf] = C::sum(flat[leaf], value);
        }
    }
    Some((cells, flat, total))
}

/// Events of the same worth.
#[derive(Clone, Copy, Default)]
struct Counts {
    stamp: u32,
    events: u32,
}

impl Cell for Counts {
    type Value = u32;

    fn is_nothing(value: u32) -> bool {
        value == 0
    }

    fn sum(a: u32, b: u32) -> u32 {
        // All events together fit: that was seen to.
        a.wrapping_add(b)
    }

    #[inline]
    fn meet(&mut self, stamp: u32, value: u32) {
        if self.stamp != stamp {
            *self = Self { stamp, events: self.events.wrapping_add(value) };
        }
    }

    fn stamp(&self) -> u32 {
        self.stamp
    }
}

/// Values of any kind.
#[derive(Clone, Copy, Default)]
struct Estimates {
    cum: Estimate,
    stamp: u32,
}

impl Cell for Estimates {
    type Value = Estimate;

    fn is_nothing(value: Estimate) -> bool {
        value.is_nothing()
    }

    fn sum(mut a: Estimate, b: Estimate) -> Estimate {
        a += b;
        a
    }

    #[inline]
    fn meet(&mut self, stamp: u32, value: Estimate) {
        if self.stamp != stamp {
            self.stamp = stamp;
            self.cum += value;
        }
    }

    fn stamp(&self) -> u32 {
        self.stamp
    }
}
