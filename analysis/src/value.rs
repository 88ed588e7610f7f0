//! Units of profile values: how to scale and print nanoseconds, bytes and counts as pprof does.
//!
//! The one idea: a unit belongs to a family (bytes, time, GCU) that knows its larger and smaller units; whatever
//! is in no family is printed verbatim. Source: google/pprof `internal/measurement`, as in Go 1.26 and 1.27.

/// One unit of a family.
#[derive(Clone, Copy, Debug)]
struct Unit {
    /// How it is printed.
    name: &'static str,
    /// What it may be called, lower-case and without a plural `s`.
    aliases: &'static [&'static str],
    /// How many base units it has.
    factor: f64,
}

const fn unit(name: &'static str, aliases: &'static [&'static str], factor: f64) -> Unit {
    Unit { name, aliases, factor }
}

/// Units that can be converted into each other, smallest first.
struct UnitFamily {
    units: &'static [Unit],
    /// Index of the unit for zero and for values that the wanted unit does not fit.
    default: usize,
}

const KIB: f64 = 1024.0;

/// How whole ones of a family of counts are called; not printed.
const WHOLE: &str = "count";

const FAMILIES: [UnitFamily; 4] = [
    UnitFamily {
        units: &[
            unit("B", &["b", "byte"], 1.0),
            unit("kB", &["kb", "kbyte", "kilobyte"], KIB),
            unit("MB", &["mb", "mbyte", "megabyte"], KIB * KIB),
            unit("GB", &["gb", "gbyte", "gigabyte"], KIB * KIB * KIB),
            unit("TB", &["tb", "tbyte", "terabyte"], KIB * KIB * KIB * KIB),
            unit("PB", &["pb", "pbyte", "petabyte"], KIB * KIB * KIB * KIB * KIB),
        ],
        default: 0,
    },
    UnitFamily {
        units: &[
            unit("ns", &["ns", "nanosecond"], 1.0),
            unit("us", &["μs", "us", "microsecond"], 1e3),
            unit("ms", &["ms", "millisecond"], 1e6),
            unit("s", &["s", "sec", "second"], 1e9),
            unit("hrs", &["hour", "hr"], 3600e9),
        ],
        default: 3,
    },
    UnitFamily {
        units: &[
            unit("n*GCU", &["nanogcu"], 1e-9),
            unit("u*GCU", &["microgcu"], 1e-6),
            unit("m*GCU", &["milligcu"], 1e-3),
            unit("GCU", &["gcu"], 1.0),
            unit("k*GCU", &["kilogcu"], 1e3),
            unit("M*GCU", &["megagcu"], 1e6),
            unit("G*GCU", &["gigagcu"], 1e9),
            unit("T*GCU", &["teragcu"], 1e12),
            unit("P*GCU", &["petagcu"], 1e15),
        ],
        default: 3,
    },
    // Not pprof's, whose counts are whole: folded stacks with fractions are counted in millionths.
    UnitFamily { units: &[unit("millionths", &["millionth"], 1e-6), unit(WHOLE, &[WHOLE], 1.0)], default: 1 },
];

impl UnitFamily {
    /// The unit called `name`, whatever its case and with or without a plural `s`.
    fn find(&self, name: &str) -> Option<&'static Unit> {
        let mut name = name.to_lowercase();
        // Counted in bytes: "μs" loses its s and is then in no family (an oddity of pprof).
        if name.len() > 2 && name.ends_with('s') {
            name.pop();
        }
        self.units.iter().find(|unit| unit.aliases.contains(&name.as_str()))
    }

    /// The largest unit in which the value is at least 1.
    fn auto(&self, base_value: f64) -> &'static Unit {
        let fitting = self.units.iter().rev().find(|unit| base_value / unit.factor >= 1.0);
        fitting.unwrap_or(&self.units[self.default])
    }

    fn convert(&self, value: i64, from: &Unit, to: &str) -> (f64, &'static str) {
        let base_value = value as f64 * from.factor;
        let to = match to {
            "minimum" | "auto" => self.auto(base_value),
            _ => self.find(to).unwrap_or(&self.units[self.default]),
        };
        // Nobody reads millionths; whoever wants a number without a fraction takes the value itself.
        let to =
            if self.units.iter().any(|unit| unit.name == WHOLE) { &self.units[self.default] } else { to };
        (base_value / to.factor, to.name)
    }
}

/// The family of a unit and the unit in it. A count has none to be converted to.
fn find_unit(name: &str) -> Option<(&'static UnitFamily, &'static Unit)> {
    let found = FAMILIES.iter().find_map(|family| Some((family, family.find(name)?)));
    found.filter(|(_, unit)| unit.name != WHOLE)
}

/// Converts a value; gives the number and the unit to print after it (empty if not worth printing).
///
/// `to_unit` may be `auto` or `minimum`: the largest unit in which the value is at least 1. A unit of another
/// family gives the default unit of the value's own (`kb` on time gives seconds); a value in no family keeps its
/// number and takes `to_unit` verbatim.
pub fn scale(value: i64, from_unit: &str, to_unit: &str) -> (f64, String) {
    if value < 0 && value != i64::MIN {
        let (number, unit) = scale(-value, from_unit, to_unit);
        return (-number, unit);
    }
    if let Some((family, from)) = find_unit(from_unit) {
        let (number, unit) = family.convert(value, from, to_unit);
        return (number, if unit == WHOLE { String::new() } else { unit.to_owned() });
    }
    let unit = match to_unit {
        "count" | "sample" | "unit" | "minimum" | "auto" => "",
        unit => unit,
    };
    (value as f64, unit.to_owned())
}

/// The text of a value in `to_unit` as every pprof report prints it: two decimals, `.00` cut, `0` without a unit.
pub fn format_value(value: i64, from_unit: &str, to_unit: &str) -> String {
    let (number, unit) = scale(value, from_unit, to_unit);
    number_text(number, &unit)
}

fn number_text(number: f64, unit: &str) -> String {
    let text = two_decimals(number);
    let text = text.strip_suffix(".00").unwrap_or(&text);
    if text == "0" || text == "-0" { "0".to_owned() } else { format!("{text}{unit}") }
}

fn two_decimals(number: f64) -> String {
    format!("{number:.2}")
}

/// A share of a total as pprof prints it: at least six characters wide, `%` included, without a sign.
pub fn percentage(value: i64, total: i64) -> String {
    let ratio = if total == 0 { 0.0 } else { (value as f64 / total as f64).abs() * 100.0 };
    if (99.95..=100.05).contains(&ratio) {
        "  100%".to_owned()
    } else if ratio >= 1.0 {
        format!("{:>5}%", two_decimals(ratio))
    } else {
        format!("{:>5}%", two_significant_digits(ratio))
    }
}

/// The same with the sign of the value, one character wider: what became less is seen to be.
pub fn signed_percentage(value: i64, total: i64) -> String {
    let is_less = total != 0 && value != 0 && (value < 0) != (total < 0);
    let share = percentage(value, total);
    let text = if is_less { format!("-{}", share.trim()) } else { share };
    format!("{text:>7}")
}

/// `%.2g` of C and Go for `0 <= ratio < 1`.
fn two_significant_digits(ratio: f64) -> String {
    if ratio == 0.0 {
        return "0".to_owned();
    }
    let scientific = format!("{ratio:.1e}");
    let (digits, exponent) = scientific.split_once('e').expect("the format asks for an exponent");
    let exponent: i32 = exponent.parse().expect("the format writes a decimal exponent");
    let digits = digits.strip_suffix(".0").unwrap_or(digits);
    if exponent < -4 {
        return format!("{digits}e-{:02}", -exponent);
    }
    let decimals = if digits.len() > 1 { 1 - exponent } else { -exponent };
    format!("{ratio:.*}", usize::try_from(decimals.max(0)).unwrap_or(0))
}

/// The unit in which pprof prints all numbers of one report when asked for `minimum`: large enough for the total,
/// small enough that the smallest value does not vanish. `smallest` is the least non-zero |flat| (|cum| where flat
/// is 0) of the shown rows, 0 if there is none.
pub fn common_unit(smallest: i64, total: i64, unit: &str) -> String {
    unit_for(if smallest == 0 { total } else { smallest }, total, unit)
}

/// The same for a smallest value that may be 0.
pub(crate) fn unit_for(smallest: i64, total: i64, unit: &str) -> String {
    let (_, small_unit) = scale(smallest, unit, "minimum");
    let (_, large_unit) = scale(total, unit, "minimum");
    let hundredfold = smallest.wrapping_mul(100);
    let chosen = if small_unit != large_unit && hundredfold < total {
        scale(hundredfold, unit, "minimum").1
    } else {
        small_unit
    };
    if chosen.is_empty() { unit.to_owned() } else { chosen }
}

/// Whether values of the two units can be converted into each other.
pub fn are_compatible(a: &str, b: &str) -> bool {
    a == b || FAMILIES.iter().any(|family| family.find(a).is_some() && family.find(b).is_some())
}

/// How many of unit `to` one of unit `from` is; `None` if they cannot be converted into each other.
pub fn conversion_ratio(from: &str, to: &str) -> Option<f64> {
    if from == to {
        return Some(1.0);
    }
    FAMILIES.iter().find_map(|family| Some(family.find(from)?.factor / family.find(to)?.factor))
}

/// How a window or table prints the values of one column: each in its own unit, or all in one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ValueFormat {
    from_unit: String,
    to_unit: String,
}

impl ValueFormat {
    /// Every value in the unit that suits it: `1.20s`, `34.50MB`, `1500`.
    pub fn auto(unit: &str) -> Self {
        Self { from_unit: unit.to_owned(), to_unit: "auto".to_owned() }
    }

    /// All values in one unit, so that a column can be compared at a glance.
    pub fn fixed(unit: &str, shown_unit: &str) -> Self {
        Self { from_unit: unit.to_owned(), to_unit: shown_unit.to_owned() }
    }

    /// The value with two decimals and its unit; counts have no decimals, zero has no unit.
    pub fn text(&self, value: i64) -> String {
        if value == 0 {
            return "0".to_owned();
        }
        let (number, unit) = scale(value, &self.from_unit, &self.to_unit);
        if find_unit(&self.from_unit).is_none() || matches!(unit.as_str(), "B" | "ns") {
            return number_text(number, &unit);
        }
        format!("{}{unit}", two_decimals(number))
    }

    /// The value with its sign, also where it is positive: for differences.
    pub fn signed_text(&self, value: i64) -> String {
        let text = self.text(value);
        if value > 0 { format!("+{text}") } else { text }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use insta::assert_snapshot;

    #[test]
    fn values_print_in_the_largest_unit_that_fits() {
        let rows = [
            (0, "nanoseconds"),
            (999, "nanoseconds"),
            (1_000, "nanoseconds"),
            (1_234_567, "ns"),
            (90_000_000_000, "nanosecond"),
            (7_200_000_000_000, "ns"),
            (-1_500_000, "ns"),
            (5, "milliseconds"),
            (1023, "bytes"),
            (1024, "Bytes"),
            (1536, "byte"),
            (5, "kB"),
            (1 << 50, "bytes"),
            (12, "count"),
            (1_234_567, "widgets"),
            (3, "gcu"),
            (2500, "gcus"),
            (i64::MIN, "ns"),
        ];
        let text: Vec<String> = rows
            .iter()
            .map(|&(value, unit)| format!("{value} {unit} = {}", format_value(value, unit, "auto")))
            .collect();
        assert_snapshot!(text.join("\n"), @r"
        0 nanoseconds = 0
        999 nanoseconds = 999ns
        1000 nanoseconds = 1us
        1234567 ns = 1.23ms
        90000000000 nanosecond = 90s
        7200000000000 ns = 2hrs
        -1500000 ns = -1.50ms
        5 milliseconds = 5ms
        1023 bytes = 1023B
        1024 Bytes = 1kB
        1536 byte = 1.50kB
        5 kB = 5kB
        1125899906842624 bytes = 1PB
        12 count = 12
        1234567 widgets = 1234567
        3 gcu = 3GCU
        2500 gcus = 2.50k*GCU
        -9223372036854775808 ns = -9223372036.85s
        ");
    }

    #[test]
    fn a_wanted_unit_of_another_family_gives_the_default_unit() {
        assert_eq!(format_value(1_500_000_000, "ns", "kb"), "1.50s");
        assert_eq!(format_value(2048, "bytes", "ms"), "2048B");
        assert_eq!(format_value(2048, "bytes", "kilobytes"), "2kB");
        assert_eq!(format_value(28, "count", "ms"), "28ms");
        assert_eq!(format_value(28, "count", "count"), "28");
    }

    #[test]
    fn the_plural_of_micro_with_a_greek_letter_is_in_no_family() {
        assert_eq!(format_value(5, "μs", "auto"), "5");
    }

    #[test]
    fn percentages_keep_two_significant_digits() {
        let rows = [(0, 1), (1, 0), (1, 1), (9996, 10000), (9994, 10000), (10005, 10000), (10006, 10000)];
        let small = [
            (1, 3),
            (1, 100),
            (1, 101),
            (9_996, 1_000_000),
            (1, 200),
            (1, 1000),
            (15, 100_000),
            (1, 10_000_000),
        ];
        let text: Vec<String> = rows
            .iter()
            .chain(&small)
            .map(|&(value, total)| format!("{value}/{total} |{}|", percentage(value, total)))
            .collect();
        assert_snapshot!(text.join("\n"), @r"
        0/1 |    0%|
        1/0 |    0%|
        1/1 |  100%|
        9996/10000 |  100%|
        9994/10000 |99.94%|
        10005/10000 |  100%|
        10006/10000 |100.06%|
        1/3 |33.33%|
        1/100 | 1.00%|
        1/101 | 0.99%|
        9996/1000000 |    1%|
        1/200 |  0.5%|
        1/1000 |  0.1%|
        15/100000 |0.015%|
        1/10000000 |1e-05%|
        ");
    }

    #[test]
    fn signed_percentages_tell_less_from_more() {
        let rows = [(-1, 2), (1, 2), (0, 5), (5, 5), (-5, 5), (1, -2), (0, 0)];
        let text = rows.map(|(value, total)| signed_percentage(value, total));
        assert_eq!(text, ["-50.00%", " 50.00%", "     0%", "   100%", "  -100%", "-50.00%", "     0%"]);
    }

    #[test]
    fn decreases_print_positive_percentages() {
        assert_eq!(percentage(-1, 2), "50.00%");
        assert_eq!(percentage(3, -2), "150.00%");
    }

    #[test]
    fn ties_round_to_even_as_in_go() {
        assert_eq!(format_value(1_125_000, "ns", "ms"), "1.12ms");
        assert_eq!(format_value(1_375_000, "ns", "ms"), "1.38ms");
        assert_eq!(format_value(1152, "bytes", "kb"), "1.12kB");
    }

    #[test]
    fn a_report_has_one_unit_in_which_the_smallest_value_shows() {
        assert_eq!(common_unit(10_000_000, 730_000_000, "nanoseconds"), "ms");
        assert_eq!(common_unit(10_000_000, 7_300_000_000, "nanoseconds"), "s");
        assert_eq!(common_unit(1, 1_000_000_000, "nanoseconds"), "ns");
        assert_eq!(common_unit(1, 100, "count"), "count");
        assert_eq!(common_unit(0, 2048, "bytes"), "kB");
    }

    #[test]
    fn the_format_of_a_column_keeps_its_decimals() {
        let format = ValueFormat::auto("nanoseconds");
        assert_eq!(format.text(1_200_000_000), "1.20s");
        assert_eq!(format.text(730_000_000), "730.00ms");
        assert_eq!(format.text(17), "17ns");
        assert_eq!(format.signed_text(1_000), "+1.00us");
        assert_eq!(format.signed_text(-1_000), "-1.00us");
        assert_eq!(ValueFormat::auto("count").text(1500), "1500");
        assert_eq!(ValueFormat::fixed("bytes", "MB").text(512 << 10), "0.50MB");
    }

    #[test]
    fn units_convert_within_a_family_only() {
        assert_eq!(conversion_ratio("ms", "ns"), Some(1e6));
        assert_eq!(conversion_ratio("count", "count"), Some(1.0));
        assert_eq!(conversion_ratio("count", "ns"), None);
        assert!(are_compatible("seconds", "us"));
        assert!(!are_compatible("seconds", "bytes"));
    }
}
