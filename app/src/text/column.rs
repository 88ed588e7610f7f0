//! Numbers for columns that align: no space between number and unit, digits as pprof prints them.

use goscope_analysis::value::{ValueFormat, format_value};

/// A duration in the unit that suits it: `18.24ms`.
pub fn duration(nanos: u64) -> String {
    ValueFormat::auto("nanoseconds").text(i64::try_from(nanos).unwrap_or(i64::MAX))
}

/// A sum of durations.
pub fn duration_sum(nanos: u128) -> String {
    duration(u64::try_from(nanos).unwrap_or(u64::MAX))
}

/// A size: `1.50MB`.
pub fn bytes(bytes: u64) -> String {
    format_value(i64::try_from(bytes).unwrap_or(i64::MAX), "bytes", "auto")
}

/// The relative change of a value in percent, however large: `+12.3%`, `+9900%`; else as in prose.
pub fn change(base: i64, head: i64) -> String {
    if base == 0 || head == 0 || base == head {
        return super::change(base, head);
    }
    let percent = (head as f64 - base as f64) / (base as f64).abs() * 100.0;
    if percent.abs() >= 1000.0 { format!("{percent:+.0}%") } else { format!("{percent:+.1}%") }
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
    fn sizes_and_changes_have_no_spaces() {
        assert_eq!([0, 1_536, u64::MAX].map(bytes), ["0", "1.50kB", "8192PB"]);
        assert_eq!([change(1, 100), change(0, 3), change(100, 112)], ["+9900%", "new", "+12.0%"]);
    }

    #[test]
    fn a_part_of_nothing_has_no_share() {
        assert_eq!([percent(1, 8), percent(0, 0)], ["12.5%", "-"]);
    }
}
