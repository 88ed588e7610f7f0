//! Numbers and lengths of text as Go's fmt package has them.

/// `%v`: the fewest digits that are this number and no other.
pub(super) fn shortest(number: f64) -> String {
    if !number.is_finite() {
        return not_finite(number, false);
    }
    let text = format!("{number:e}");
    let exponent: i32 = text.split_once('e').and_then(|(_, exponent)| exponent.parse().ok()).unwrap_or(0);
    // Of the shortest digits, strconv decides as if there were six.
    if (-4..6).contains(&exponent) {
        return format!("{number}");
    }
    let (digits, _) = text.split_once('e').unwrap_or((&text, ""));
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.unsigned_abs())
}

/// `%.2f` with so many digits after the point.
pub(super) fn fixed(number: f64, digits: usize) -> String {
    if number.is_finite() { format!("{number:.digits$}") } else { not_finite(number, false) }
}

/// `%+.2f`.
pub(super) fn signed(number: f64) -> String {
    if number.is_finite() { format!("{number:+.2}") } else { not_finite(number, true) }
}

fn not_finite(number: f64, has_sign: bool) -> String {
    let text = match number {
        _ if number.is_nan() && has_sign => "+NaN",
        _ if number.is_nan() => "NaN",
        _ if number > 0.0 => "+Inf",
        _ => "-Inf",
    };
    text.to_owned()
}

/// How many runes some bytes are; each byte that belongs to none is one.
pub(super) fn rune_count(bytes: &[u8]) -> usize {
    bytes.utf8_chunks().map(|chunk| chunk.valid().chars().count() + chunk.invalid().len()).sum()
}

/// A number in raised digits.
pub(super) fn superscript(number: usize) -> String {
    const DIGITS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    let digit = |digit: char| DIGITS[digit.to_digit(10).unwrap_or(0) as usize];
    number.to_string().chars().map(digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_go_writes_them() {
        let numbers = [
            0.0,
            -0.0,
            1.0,
            1.5575e-6,
            0.0001,
            0.00001,
            123456.0,
            1234567.0,
            6.8198397e11,
            f64::NAN,
            f64::INFINITY,
        ];
        let shown: Vec<String> = numbers.into_iter().map(shortest).collect();
        assert_eq!(
            shown.join(" "),
            "0 -0 1 1.5575e-06 0.0001 1e-05 123456 1.234567e+06 6.8198397e+11 NaN +Inf"
        );
        assert_eq!((fixed(2.5, 0), fixed(f64::NAN, 1)), ("2".to_owned(), "NaN".to_owned()));
        assert_eq!((signed(0.004), signed(f64::NAN)), ("+0.00".to_owned(), "+NaN".to_owned()));
    }

    #[test]
    fn runes_are_counted_as_go_counts_them() {
        assert_eq!(rune_count("µ│x".as_bytes()), 3);
        assert_eq!(rune_count(b"\xe2\x82x\xff"), 4);
    }
}
