//! Numbers for columns that align: no space between number and unit, digits as pprof prints them.

use goscope_analysis::value::ValueFormat;

/// A duration in the unit that suits it: `18.24ms`.
pub fn duration(nanos: u64) -> String {
    ValueFormat::auto("nanoseconds").text(i64::try_from(nanos).unwrap_or(i64::MAX))
}

/// A sum of durations.
pub fn duration_sum(nanos: u128) -> String {
    duration(u64::try_from(nanos).unwrap_or(u64::MAX))
}

/// A time in seconds since the first event: `1.204310s`.
pub fn moment(nanos: i64) -> String {
    format!("{:.6}s", nanos as f64 / 1e9)
}

/// A part of a whole: `12.3%`; `-` for a part of nothing.
pub fn percent(part: u128, whole: u128) -> String {
    if whole == 0 { "-".to_owned() } else { super::percent(part as f64 / whole as f64) }
}

/// `1 task`, `2615 tasks`: for reports, which scripts may read.
pub fn counted(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_pprofs_and_moments_have_microseconds() {
        assert_eq!([0, 431, 18_240_000, 3_600_000_000].map(duration), ["0", "431ns", "18.24ms", "3.60s"]);
        let longest = duration(i64::MAX.cast_unsigned());
        assert_eq!([u128::from(u64::MAX), u128::MAX].map(duration_sum), [longest.clone(), longest]);
        assert_eq!(moment(1_204_310_400), "1.204310s");
    }

    #[test]
    fn a_part_of_nothing_has_no_share() {
        assert_eq!([percent(1, 8), percent(0, 0)], ["12.5%", "-"]);
    }
}
