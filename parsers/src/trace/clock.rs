//! From the units of the trace clock to nanoseconds, and from nanoseconds to the clock on the wall.

use super::event::Time;

/// How a generation's clock runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Clock {
    /// Nanoseconds per unit; 64 exactly on most systems.
    nanos_per_unit: f64,
    /// The same, where it is a small whole number: then integers give what Go's floats give, faster.
    whole: u64,
}

/// Units below this times at most 64 are exact in an f64 too, so that integers may stand in (104 days after boot).
const EXACT_UNITS: u64 = 1 << 47;

/// Distances that are tried: where fractions are spread evenly, one of as many as a unit has nanoseconds fits.
const MOST_DELTA: u64 = 4096;

impl Clock {
    /// The clock of a trace with `frequency` units a second.
    pub(crate) fn from_frequency(frequency: u64) -> Self {
        // The order of the two divisions is Go's: the result must be the same to the last bit.
        let nanos_per_unit = 1.0 / (frequency as f64 / 1e9);
        let is_whole = nanos_per_unit.fract() == 0.0 && (1.0..=64.0).contains(&nanos_per_unit);
        Self { nanos_per_unit, whole: if is_whole { nanos_per_unit as u64 } else { 0 } }
    }

    /// Nanoseconds per unit.
    pub fn nanos_per_unit(&self) -> f64 {
        self.nanos_per_unit
    }

    /// Whole nanoseconds of a number of units, cut off (not rounded) as Go does for every single delta.
    #[inline(always)]
    pub(crate) fn nanos(&self, units: u64) -> Time {
        if self.whole != 0 && units < EXACT_UNITS {
            return (units * self.whole) as Time;
        }
        self.nanos_by_float(units)
    }

    /// The number of units that gives so many nanoseconds; `None` if none does.
    pub(crate) fn units(&self, nanos: Time) -> Option<u64> {
        if nanos < 0 {
            return None;
        }
        let near = (nanos as f64 / self.nanos_per_unit).round() as u64;
        // The smallest number first: of those whose fractions are cut off to the same.
        (near.saturating_sub(1)..=near.saturating_add(1)).find(|&units| self.nanos(units) == nanos)
    }

    /// A base and a distance from it, both in units, that give a time to the nanosecond, if two numbers can: each is cut
    /// off by itself, and a time may be the sum of many. Else less than a unit before it.
    pub(crate) fn base_and_delta(&self, time: Time) -> (u64, u64) {
        let exact = (0..MOST_DELTA).find_map(|delta| {
            let base = self.units(time.wrapping_sub(self.nanos(delta)))?;
            Some((base, delta))
        });
        exact.unwrap_or(((time.max(0) as f64 / self.nanos_per_unit) as u64, 0))
    }

    #[inline]
    fn nanos_by_float(&self, units: u64) -> Time {
        let nanos = units as f64 * self.nanos_per_unit;
        // What does not fit becomes i64::MIN on amd64, where Go's reader runs most; Rust would saturate.
        if nanos < 9_223_372_036_854_775_808.0 { nanos as Time } else { Time::MIN }
    }
}

/// A reading of several clocks at the same moment (once a generation, since Go 1.25).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockSnapshot {
    /// The trace's clock.
    pub trace_time: Time,
    /// The system's monotonic clock, in nanoseconds.
    pub mono_nanos: u64,
    /// The wall clock: seconds since 1970-01-01 UTC.
    pub wall_seconds: i64,
    /// The wall clock: nanoseconds of the second.
    pub wall_nanos: u32,
}

impl ClockSnapshot {
    /// Normalizes what the file says: hostile files have more than a second of nanoseconds.
    pub(crate) fn new(trace_time: Time, mono_nanos: u64, seconds: u64, nanos: u64) -> Self {
        let nanos = nanos as i64;
        let wall_seconds = (seconds as i64).wrapping_add(nanos.div_euclid(1_000_000_000));
        let wall_nanos = nanos.rem_euclid(1_000_000_000) as u32;
        Self { trace_time, mono_nanos, wall_seconds, wall_nanos }
    }

    /// The wall clock's reading at `time`, as (seconds since 1970, nanoseconds of the second).
    pub fn wall_at(&self, time: Time) -> (i64, u32) {
        let nanos = i128::from(self.wall_seconds) * 1_000_000_000
            + i128::from(self.wall_nanos)
            + (i128::from(time) - i128::from(self.trace_time));
        let seconds = nanos.div_euclid(1_000_000_000);
        (seconds as i64, nanos.rem_euclid(1_000_000_000) as u32)
    }
}

/// A moment as RFC 3339 in UTC, with as many digits of the second as it has (`2026-01-02T03:04:05.06Z`).
pub fn rfc3339_utc(seconds: i64, nanos: u32) -> String {
    let days = seconds.div_euclid(86_400);
    let second_of_day = seconds.rem_euclid(86_400);
    let (year, month, day) = date_from_days(days);
    let (hour, minute, second) = (second_of_day / 3600, second_of_day / 60 % 60, second_of_day % 60);
    let fraction = if nanos == 0 { String::new() } else { format!(".{nanos:09}") };
    let fraction = fraction.trim_end_matches('0');
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}Z")
}

/// Year, month and day of a day counted from 1970-01-01 (the usual era arithmetic: 400 years are 146,097 days).
fn date_from_days(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn whole_factors_give_what_floats_give(units in 0_u64..1 << 48) {
            for frequency in [15_625_000, 31_250_000, 1_000_000_000] {
                let clock = Clock::from_frequency(frequency);
                prop_assert_eq!(clock.nanos(units), clock.nanos_by_float(units));
            }
        }
    }

    proptest! {
        #[test]
        fn sums_of_units_are_found_again(
            base in 1_000_000_u64..1 << 40,
            deltas in prop::collection::vec(0_u64..1 << 20, 0..50),
            frequency in prop_oneof![Just(15_625_000), Just(11_718_749), Just(333_333_333), Just(1_000_000_000)],
        ) {
            let clock = Clock::from_frequency(frequency);
            let time = deltas.iter().fold(clock.nanos(base), |time, &delta| time + clock.nanos(delta));
            let (base, delta) = clock.base_and_delta(time);
            let early = time - (clock.nanos(base) + clock.nanos(delta));
            let most = if clock.nanos_per_unit().fract() == 0.0 { 0.0 } else { clock.nanos_per_unit() + 1.0 };
            prop_assert!(early >= 0 && early as f64 <= most, "{} ns early", early);
            for delta in deltas {
                let units = clock.units(clock.nanos(delta));
                prop_assert_eq!(units.map(|units| clock.nanos(units)), Some(clock.nanos(delta)));
            }
        }
    }

    #[test]
    fn every_delta_is_cut_off_on_its_own() {
        assert_eq!(Clock::from_frequency(333_333_333).nanos(7), 21);
        assert_eq!(Clock::from_frequency(15_625_000).nanos(3), 192);
        assert_eq!(Clock::from_frequency(0).nanos(3), Time::MIN);
    }

    #[test]
    fn wall_times_are_printed_as_rfc_3339() {
        assert_eq!(rfc3339_utc(0, 0), "1970-01-01T00:00:00Z");
        assert_eq!(rfc3339_utc(951_827_696, 60_000_000), "2000-02-29T12:34:56.06Z");
        assert_eq!(rfc3339_utc(-1, 1), "1969-12-31T23:59:59.000000001Z");
    }

    #[test]
    fn a_snapshot_carries_trace_times_to_the_wall() {
        let snapshot = ClockSnapshot::new(1_000, 5, 100, 999_999_999);
        assert_eq!(snapshot.wall_at(1_002), (101, 1));
        assert_eq!(snapshot.wall_at(0), (100, 999_998_999));
    }
}
