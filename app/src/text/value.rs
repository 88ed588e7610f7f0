//! Values of a profile as the window shows them: a space before the unit, commas in counts, in a sentence three
//! digits, in a column all in one unit. The command line prints pprof's own texts instead.

use goscope_analysis::value::{conversion_ratio, scale};

use super::number::{bytes_signed, count_signed};
use super::time::duration;

/// How the values of one unit are shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValueText {
    from_unit: String,
    /// The unit of the whole column; `None` where each value is read alone.
    column_unit: Option<String>,
}

impl ValueText {
    /// Each value in the unit that suits it, with three digits: `1.20 s`, `34.5 MB`, `1,500`.
    pub fn alone(unit: &str) -> Self {
        Self { from_unit: unit.to_owned(), column_unit: None }
    }

    /// All values in one unit with two decimals, so that a column can be compared at a glance: `0.62 s`, `11.04 s`.
    ///
    /// Where no unit suits all, `auto`, they are shown alone.
    pub fn column(unit: &str, shown_unit: &str) -> Self {
        if shown_unit == "auto" {
            return Self::alone(unit);
        }
        Self { from_unit: unit.to_owned(), column_unit: Some(shown_unit.to_owned()) }
    }

    /// The value with its unit; zero has none.
    pub fn text(&self, value: i64) -> String {
        if value == 0 {
            return "0".to_owned();
        }
        match &self.column_unit {
            Some(shown) => self.in_column(value, shown),
            None => self.by_itself(value),
        }
    }

    /// The value with its sign, also where it is positive: for differences.
    pub fn signed_text(&self, value: i64) -> String {
        let text = self.text(value);
        if value > 0 { format!("+{text}") } else { text }
    }

    fn in_column(&self, value: i64, shown_unit: &str) -> String {
        let (number, unit) = scale(value, &self.from_unit, shown_unit);
        match unit.as_str() {
            "" if number.fract() == 0.0 => count_signed(value),
            "" => format!("{number:.2}"),
            // There is nothing below these.
            "B" | "ns" => format!("{number:.0} {unit}"),
            _ => format!("{number:.2} {}", shown_name(&unit)),
        }
    }

    fn by_itself(&self, value: i64) -> String {
        if let Some(nanos) = whole(value, &self.from_unit, "nanoseconds") {
            return duration(nanos);
        }
        if let Some(bytes) = whole(value, &self.from_unit, "bytes") {
            return bytes_signed(bytes);
        }
        let (number, unit) = scale(value, &self.from_unit, "auto");
        match unit.as_str() {
            "" if number.fract() == 0.0 => count_signed(value),
            _ => format!("{number:.2} {unit}").trim_end().to_owned(),
        }
    }
}

/// The value in whole ones of the smallest unit of its family; `None` if it is of another.
fn whole(value: i64, unit: &str, smallest: &str) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "saturates, as it should")]
    conversion_ratio(unit, smallest).map(|ratio| (value as f64 * ratio).round() as i64)
}

/// pprof's name of a unit, as people write it.
fn shown_name(unit: &str) -> &str {
    match unit {
        "us" => "µs",
        "hrs" => "h",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_alone_has_three_digits_and_its_own_unit() {
        let rows = [
            (1_120_000_000, "nanoseconds"),
            (252_710_000, "nanoseconds"),
            (-1_500, "ns"),
            (9, "seconds"),
            (5_082_860_000_000, "ns"),
            (24_117_248, "bytes"),
            (1_000, "bytes"),
            (3, "MB"),
            (1_559_766, "count"),
            (1_559_766, "objects"),
            (1_500_000, "millionths"),
            (2_500, "gcus"),
            (0, "bytes"),
            (i64::MIN, "nanoseconds"),
        ];
        let texts: Vec<String> =
            rows.iter().map(|&(value, unit)| ValueText::alone(unit).text(value)).collect();
        let expected = [
            "1.12 s",
            "253 ms",
            "-1.50 µs",
            "9.00 s",
            "1 h 24 min",
            "23.0 MB",
            "1,000 B",
            "3.00 MB",
            "1,559,766",
            "1,559,766",
            "1.50",
            "2.50 k*GCU",
            "0",
            "-2562047 h 47 min",
        ];
        assert_eq!(texts, expected);
    }

    #[test]
    fn the_values_of_a_column_have_one_unit_and_two_decimals() {
        let seconds = ValueText::column("nanoseconds", "s");
        assert_eq!(
            [620_000_000, 11_040_000_000, 4_000_000, 0].map(|it| seconds.text(it)),
            ["0.62 s", "11.04 s", "0.00 s", "0"]
        );
        assert_eq!(ValueText::column("ns", "us").text(1_500), "1.50 µs");
        assert_eq!(ValueText::column("ns", "ns").text(1_500), "1500 ns");
        assert_eq!(ValueText::column("bytes", "kB").text(1_536), "1.50 kB");
        assert_eq!(ValueText::column("count", "count").text(1_559_766), "1,559,766");
        assert_eq!(seconds.signed_text(620_000_000), "+0.62 s");
        assert_eq!(seconds.signed_text(-620_000_000), "-0.62 s");
    }
}
