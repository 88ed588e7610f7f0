//! What a profile counts, by which its values can be judged.

use goscope_parsers::pprof::Profile;

use crate::profile::query::QueryError;
use crate::profile::sample_type_index;
use crate::statistics::allocations::{Estimate, chance, sampled};
use crate::value::{are_compatible, conversion_ratio};

/// How events are read from the values of a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Counted {
    /// A column of counts stands beside the values.
    Samples,
    /// Values are multiples of the period.
    SamplesByPeriod,
    /// Allocations since the start, sampled by bytes.
    Allocations,
    /// What is in use, sampled by bytes: chance decides which garbage collection is shown.
    Snapshot,
    /// Events of contention, or their delay; scaled by a factor that the file does not say.
    Contention,
    /// Counts at one instant.
    Instant,
    /// Values of which no count is known.
    Values,
}

/// Which column is judged, and how.
#[derive(Clone, Debug)]
pub(super) struct Columns {
    pub(super) counted: Counted,
    /// The column of the values.
    value: usize,
    /// The column of counts or objects.
    count: Option<usize>,
    /// The column of bytes, of allocations.
    bytes: Option<usize>,
    /// Bytes between samples, of allocations; the value of a sample where values are multiples of it.
    period: f64,
    pub(super) kind: String,
    pub(super) unit: String,
}

impl Columns {
    /// Finds out what a sample type counts.
    pub(super) fn of(profile: &Profile, sample_type: Option<&str>) -> Result<Self, QueryError> {
        let value = sample_type_index(profile, sample_type)?;
        let kind_of = |at: usize| profile.text(profile.sample_types[at].kind);
        let column = |name: &str| (0..profile.sample_types.len()).find(|&at| kind_of(at) == name);
        let kind = kind_of(value).into_owned();
        let unit = profile.text(profile.sample_types[value].unit).into_owned();
        let mut columns = Self {
            counted: Counted::Values,
            value,
            count: None,
            bytes: None,
            period: profile.period.max(0) as f64,
            kind,
            unit,
        };
        match columns.kind.as_str() {
            "goroutine" | "goroutineleak" | "threadcreate" => columns.counted = Counted::Instant,
            "contentions" | "delay" => columns.counted = Counted::Contention,
            "alloc_objects" | "alloc_space" => {
                columns.by_blocks(Counted::Allocations, column("alloc_objects"), column("alloc_space"));
            }
            "inuse_objects" | "inuse_space" => {
                columns.by_blocks(Counted::Snapshot, column("inuse_objects"), column("inuse_space"));
            }
            "objects" | "space" => {
                columns.by_blocks(Counted::Snapshot, column("objects"), column("space"));
            }
            _ if column("samples").is_some() => {
                columns.count = column("samples");
                columns.counted = Counted::Samples;
            }
            _ => columns.by_period(profile),
        }
        Ok(columns)
    }

    /// Counts sampled blocks, if all that it takes is known.
    fn by_blocks(&mut self, counted: Counted, objects: Option<usize>, bytes: Option<usize>) {
        if self.period > 0.0 && objects.is_some() && bytes.is_some() {
            (self.count, self.bytes) = (objects, bytes);
        }
        self.counted = counted;
    }

    /// Counts samples by the period, if all values are multiples of it.
    fn by_period(&mut self, profile: &Profile) {
        let Some(period_type) = profile.period_type else { return };
        let unit = profile.text(period_type.unit);
        if self.unit.is_empty() || !are_compatible(&unit, &self.unit) {
            return;
        }
        self.period *= conversion_ratio(&unit, &self.unit).unwrap_or(1.0);
        let is_multiple = |sample: usize| {
            let value = profile.samples.value(sample, self.value) as f64;
            self.period > 0.0 && value % self.period == 0.0
        };
        if !profile.samples.is_empty() && (0..profile.samples.len()).all(is_multiple) {
            self.counted = Counted::SamplesByPeriod;
        }
    }

    /// Whether the events behind values are known.
    pub(super) fn has_counts(&self) -> bool {
        match self.counted {
            Counted::Samples | Counted::SamplesByPeriod => true,
            Counted::Allocations | Counted::Snapshot => self.count.is_some(),
            Counted::Contention | Counted::Instant | Counted::Values => false,
        }
    }

    /// Whether shares are parts of the number of events: where each is worth the same.
    pub(super) fn is_counted_plainly(&self) -> bool {
        matches!(self.counted, Counted::Samples | Counted::SamplesByPeriod)
    }

    /// What each event is worth, if it is the same for all: `None` where it is not, or where events are more than `u32`
    /// holds.
    pub(super) fn common_worth(&self, profile: &Profile) -> Option<f64> {
        if !self.is_counted_plainly() {
            return None;
        }
        let (mut worth, mut total) = (None, 0.0);
        for sample in 0..profile.samples.len() {
            let estimate = self.estimate(profile, sample)?;
            if estimate.is_nothing() {
                continue;
            }
            let worth = *worth.get_or_insert(estimate.value / estimate.sampled);
            // Below 2^53 both are whole, and so is their product.
            if estimate.value != estimate.sampled * worth || estimate.sampled.fract() != 0.0 {
                return None;
            }
            total += estimate.sampled;
        }
        (total <= f64::from(u32::MAX)).then_some(worth.unwrap_or(0.0))
    }

    /// Whether the judged values are bytes of blocks, not their number.
    fn is_bytes(&self) -> bool {
        Some(self.value) == self.bytes
    }

    /// What one sample adds; `None` if a value is negative.
    #[inline]
    pub(super) fn estimate(&self, profile: &Profile, sample: usize) -> Option<Estimate> {
        let at = |column: usize| profile.samples.value(sample, column);
        let value = at(self.value);
        if value < 0 {
            return None;
        }
        let value = value as f64;
        let plain = |sampled: f64| Some(Estimate { sampled, value, ..Estimate::default() });
        match (self.counted, self.count, self.bytes) {
            (Counted::Samples, Some(count), _) => {
                let count = at(count);
                if count < 0 { None } else { plain(count as f64) }
            }
            (Counted::SamplesByPeriod, ..) => plain(value / self.period),
            (Counted::Allocations | Counted::Snapshot, Some(objects), Some(bytes)) => {
                self.blocks(profile, sample, [at(objects), at(bytes)])
            }
            _ => plain(0.0),
        }
    }

    /// The sampled blocks of one stack and size.
    fn blocks(&self, profile: &Profile, sample: usize, [objects, bytes]: [i64; 2]) -> Option<Estimate> {
        if objects < 0 || bytes < 0 {
            return None;
        }
        let objects = objects as f64;
        if objects == 0.0 {
            return Some(Estimate::default());
        }
        let labels = profile.samples.labels(sample);
        let label =
            labels.iter().find(|label| label.is_numeric() && profile.strings.bytes(label.key) == b"bytes");
        let size = label.map_or(bytes as f64 / objects, |label| label.num as f64);
        let chance = chance(size, self.period);
        let worth = if self.is_bytes() { size } else { 1.0 };
        // What is shown was sampled; other producers than Go may round otherwise.
        Some(Estimate::of_bucket(sampled(objects, chance).max(1.0), worth, chance))
    }
}
