//! Numbers with the prefixes that make them short.

use goscope_parsers::bench::UnitClass;

use super::go_number::fixed;

/// A prefix and digits after the point that some numbers have in common.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Scale {
    digits: usize,
    factor: f64,
    prefix: &'static str,
}

/// A prefix, its factor, and from which numbers on it has one, two, three digits after the point: where such a number
/// would be printed as 100.0, 10.00, 1.000.
struct Prefix {
    prefix: &'static str,
    factor: f64,
    thresholds: [f64; 3],
}

const fn prefix(prefix: &'static str, factor: f64, thresholds: [f64; 3]) -> Prefix {
    Prefix { prefix, factor, thresholds }
}

const DECIMAL: [Prefix; 8] = [
    prefix("T", 1e12, [99.995e12, 9.9995e12, 0.99995e12]),
    prefix("G", 1e9, [99.995e9, 9.9995e9, 0.99995e9]),
    prefix("M", 1e6, [99.995e6, 9.9995e6, 0.99995e6]),
    prefix("k", 1e3, [99.995e3, 9.9995e3, 0.99995e3]),
    prefix("", 1.0, [99.995, 9.9995, 0.99995]),
    prefix("m", 1e-3, [99.995e-3, 9.9995e-3, 0.99995e-3]),
    prefix("µ", 1e-6, [99.995e-6, 9.9995e-6, 0.99995e-6]),
    prefix("n", 1e-9, [99.995e-9, 9.9995e-9, 0.99995e-9]),
];

const fn binary(name: &'static str, factor: f64) -> Prefix {
    prefix(name, factor, [99.995 * factor, 9.9995 * factor, 0.99995 * factor])
}

/// No fractions: "1 /KiB/s" would confuse. 1000 to 1023 KiB stay KiB.
const BINARY: [Prefix; 5] = [
    binary("Ti", (1_u64 << 40) as f64),
    binary("Gi", (1_u64 << 30) as f64),
    binary("Mi", (1_u64 << 20) as f64),
    binary("Ki", (1_u64 << 10) as f64),
    binary("", 1.0),
];

/// From which parts of the smallest prefix on there are three, four, … digits after the point.
const SMALL: [f64; 8] =
    [9.9995e-1, 9.9995e-2, 9.9995e-3, 9.9995e-4, 9.9995e-5, 9.9995e-6, 9.9995e-7, 9.9995e-8];

impl Scale {
    /// At least three digits for each number: the one next to 0 decides.
    pub(super) fn common(numbers: impl Iterator<Item = f64>, class: UnitClass) -> Self {
        let least = numbers.map(f64::abs).fold(0.0, |least: f64, number| {
            if number != 0.0 && (least == 0.0 || number < least) { number } else { least }
        });
        if least == 0.0 {
            return Self { digits: 3, factor: 1.0, prefix: "" };
        }
        let prefixes: &[Prefix] = match class {
            UnitClass::Decimal => &DECIMAL,
            UnitClass::Binary => &BINARY,
        };
        let digits_of = |it: &Prefix| it.thresholds.iter().position(|limit| least >= *limit);
        let found = prefixes.iter().find_map(|it| Some((it, digits_of(it)? + 1)));
        let last = &prefixes[prefixes.len() - 1];
        let (found, digits) = found.unwrap_or_else(|| {
            let part = least / last.factor;
            let place = SMALL.iter().position(|limit| part >= *limit).unwrap_or(SMALL.len() - 1);
            (last, place + 3)
        });
        Self { digits, factor: found.factor, prefix: found.prefix }
    }

    /// A number with the prefix.
    pub(super) fn text(self, number: f64) -> String {
        fixed(number / self.factor, self.digits) + self.prefix
    }
}

/// A value of a unit as people read it: `52.10 ns`, `1.500 KiB`, `17.00`.
pub fn format_value(value: f64, unit: &str) -> String {
    let number = Scale::common([value].into_iter(), UnitClass::of(unit.as_bytes())).text(value);
    let split = number.find(|rune: char| rune.is_alphabetic() || rune == 'µ').unwrap_or(number.len());
    let (digits, prefix) = number.split_at(split);
    let word = unit.split(['/', '-', '*', ' ']).next().unwrap_or_default();
    match word {
        "sec" => format!("{digits} {prefix}s"),
        "B" | "bytes" => format!("{digits} {prefix}B"),
        _ => number,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_their_units() {
        assert_eq!(format_value(52.1e-9, "sec/op"), "52.10 ns");
        assert_eq!(format_value(1536.0, "B/op"), "1.500 KiB");
        assert_eq!(format_value(3e8, "B/s"), "286.1 MiB");
        assert_eq!(format_value(17.0, "allocs/op"), "17.00");
    }

    #[test]
    fn numbers_have_three_digits() {
        let decimal = |number: f64| Scale::common([number].into_iter(), UnitClass::Decimal).text(number);
        let binary = |number: f64| Scale::common([number].into_iter(), UnitClass::Binary).text(number);
        let shown: Vec<String> = [0.0, 1.5576e-6, 4.126e-9, 0.0012e-9, 99.995, 99.994, 1e15, -5e3]
            .into_iter()
            .map(decimal)
            .collect();
        assert_eq!(shown, ["0.000", "1.558µ", "4.126n", "0.001200n", "100.0", "99.99", "1000.0T", "-5.000k"]);
        let shown: Vec<String> = [221.0, 1023.0, 1024.0, 0.5, 1.5e13].into_iter().map(binary).collect();
        assert_eq!(shown, ["221.0", "1023.0", "1.000Ki", "0.5000", "13.64Ti"]);
    }
}
