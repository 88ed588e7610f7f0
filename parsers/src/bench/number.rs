//! Numbers as Go's strconv reads them.

/// Why something is no number, in strconv's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// It is none.
    #[error("invalid syntax")]
    Syntax,
    /// It is none that fits.
    #[error("value out of range")]
    Range,
}

/// Go's `strconv.Atoi` of 64 bits.
///
/// # Errors
/// As Go.
pub(super) fn parse_go_int(text: &[u8]) -> Result<i64, NumberError> {
    let digits = text.strip_prefix(b"+").or_else(|| text.strip_prefix(b"-")).unwrap_or(text);
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return Err(NumberError::Syntax);
    }
    let text = std::str::from_utf8(text).unwrap_or_default();
    // Only too many digits are left to be wrong.
    text.parse().map_err(|_not_in_64_bits| NumberError::Range)
}

/// Go's `strconv.ParseFloat` of 64 bits: decimal and hexadecimal, with `_` between digits, `Inf`, `Infinity` and `NaN`.
///
/// # Errors
/// As Go: a finite number that is too large is out of range.
pub fn parse_go_float(text: &[u8]) -> Result<f64, NumberError> {
    let (is_negative, digits) = match text {
        [b'+', rest @ ..] => (false, rest),
        [b'-', rest @ ..] => (true, rest),
        _ => (false, text),
    };
    let sign = |value: f64| if is_negative { -value } else { value };
    let is_word = |word: &[u8]| digits.eq_ignore_ascii_case(word);
    if is_word(b"inf") || is_word(b"infinity") {
        return Ok(sign(f64::INFINITY));
    }
    if text.eq_ignore_ascii_case(b"nan") {
        return Ok(f64::NAN);
    }
    let has_underscore = digits.contains(&b'_');
    if has_underscore && !are_underscores_right(digits) {
        return Err(NumberError::Syntax);
    }
    let plain: Vec<u8>;
    let digits = if has_underscore {
        plain = digits.iter().copied().filter(|byte| *byte != b'_').collect();
        &plain
    } else {
        digits
    };
    let value = match digits {
        [b'0', b'x' | b'X', hexadecimal @ ..] => hexadecimal_float(hexadecimal)?,
        _ => decimal_float(digits)?,
    };
    if value.is_infinite() { Err(NumberError::Range) } else { Ok(sign(value)) }
}

/// Whether each `_` stands between digits, or between the base's prefix and a digit.
fn are_underscores_right(digits: &[u8]) -> bool {
    let is_hexadecimal = matches!(digits, [b'0', b'x' | b'X', ..]);
    let (mut before, rest) = match digits {
        [b'0', b'b' | b'B' | b'o' | b'O' | b'x' | b'X', rest @ ..] => (b'0', rest),
        _ => (b'^', digits),
    };
    for byte in rest {
        let is_digit = byte.is_ascii_digit() || is_hexadecimal && byte.is_ascii_hexdigit();
        let class = if is_digit {
            b'0'
        } else if *byte == b'_' {
            b'_'
        } else {
            b'!'
        };
        if class == b'_' && before != b'0' || class == b'!' && before == b'_' {
            return false;
        }
        before = class;
    }
    before != b'_'
}

fn decimal_float(digits: &[u8]) -> Result<f64, NumberError> {
    let is_possible =
        digits.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-'));
    let begins = matches!(digits.first(), Some(b'0'..=b'9' | b'.'));
    let text =
        std::str::from_utf8(digits).ok().filter(|_| is_possible && begins).ok_or(NumberError::Syntax)?;
    text.parse().map_err(|_no_number| NumberError::Syntax)
}

/// Bits of a number's fraction, and one above.
const FRACTION_BITS: u32 = 53;

/// The digits after `0x`: `1.8p-3`. The exponent must be there.
fn hexadecimal_float(text: &[u8]) -> Result<f64, NumberError> {
    let power = text.iter().position(|byte| matches!(byte, b'p' | b'P')).ok_or(NumberError::Syntax)?;
    let (digits, exponent) = (&text[..power], &text[power + 1..]);
    let (mut fraction, mut shift, mut has_point, mut is_inexact, mut count) = (0_u64, 0_i64, false, false, 0);
    for byte in digits {
        if *byte == b'.' && !has_point {
            has_point = true;
            continue;
        }
        let digit = char::from(*byte).to_digit(16).ok_or(NumberError::Syntax)?;
        count += 1;
        shift -= if has_point { 4 } else { 0 };
        if fraction >> 60 == 0 {
            fraction = fraction << 4 | u64::from(digit);
        } else {
            // Digits beyond 64 bits only say on which side of the half the number is.
            is_inexact |= digit != 0;
            shift += 4;
        }
    }
    if count == 0 {
        return Err(NumberError::Syntax);
    }
    let exponent = match parse_go_int(exponent) {
        Ok(exponent) => exponent.clamp(-1_000_000_000, 1_000_000_000),
        Err(NumberError::Range) if exponent.first() == Some(&b'-') => -1_000_000_000,
        Err(NumberError::Range) => 1_000_000_000,
        Err(error) => return Err(error),
    };
    Ok(scaled(fraction, is_inexact, shift + exponent))
}

/// fraction · 2^exponent, rounded to even; something more than the fraction if it is not exact.
fn scaled(mut fraction: u64, is_inexact: bool, mut exponent: i64) -> f64 {
    if fraction == 0 {
        return 0.0;
    }
    let zeros = fraction.leading_zeros();
    fraction <<= zeros;
    exponent -= i64::from(zeros);
    // The value is fraction · 2^exponent with the highest bit set; numbers below 2^-1022 have fewer bits.
    let lowest = (exponent + 64 - i64::from(FRACTION_BITS)).max(-1074);
    let dropped = lowest - exponent;
    if dropped > 64 {
        return 0.0;
    }
    let wide = u128::from(fraction) << 1 | u128::from(is_inexact);
    let dropped = dropped as u32 + 1;
    let (kept, rest, half) = (wide >> dropped, wide & ((1 << dropped) - 1), 1_u128 << (dropped - 1));
    let kept = kept + u128::from(rest > half || rest == half && kept & 1 == 1);
    // Exact: at most 53 bits, times powers of two in steps that neither overflow too early nor become subnormal twice.
    let mut value = kept as f64;
    let mut rest = lowest.min(2_000);
    while rest != 0 {
        let step = rest.clamp(-1_000, 1_000);
        value *= 2_f64.powi(step as i32);
        rest -= step;
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        parse_go_float(text.as_bytes()).map_or_else(|error| error.to_string(), |value| format!("{value:e}"))
    }

    #[test]
    fn floats_are_read_as_go_reads_them() {
        let cases = [
            ("1.5e3", "1.5e3"),
            ("+5", "5e0"),
            ("-.5", "-5e-1"),
            ("5.", "5e0"),
            ("0x1p4", "1.6e1"),
            ("0x1.8p1", "3e0"),
            ("0x.8p0", "5e-1"),
            ("0X_1FFFP-16", "1.249847412109375e-1"),
            ("0x1", "invalid syntax"),
            ("0xp1", "invalid syntax"),
            ("1_000", "1e3"),
            ("1__0", "invalid syntax"),
            ("_1", "invalid syntax"),
            ("1_", "invalid syntax"),
            ("1_.5", "invalid syntax"),
            ("inf", "inf"),
            ("+Infinity", "inf"),
            ("-Inf", "-inf"),
            ("nan", "NaN"),
            ("+nan", "invalid syntax"),
            ("1e400", "value out of range"),
            ("0x1p1024", "value out of range"),
            ("0x1.fffffffffffff7fp1023", "1.7976931348623157e308"),
            ("0x1.fffffffffffff8p1023", "value out of range"),
            ("0x1p-1074", "5e-324"),
            ("0x1p-1075", "0e0"),
            ("0x1.8p-1075", "5e-324"),
            ("0x1p-99999999999999999999", "0e0"),
            ("1e-400", "0e0"),
            ("", "invalid syntax"),
            (".", "invalid syntax"),
            ("5x", "invalid syntax"),
            ("e5", "invalid syntax"),
            ("1e", "invalid syntax"),
            ("--1", "invalid syntax"),
        ];
        for (text, expected) in cases {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn integers_are_read_as_go_reads_them() {
        assert_eq!(parse_go_int(b"+12"), Ok(12));
        assert_eq!(parse_go_int(b"-9223372036854775808"), Ok(i64::MIN));
        assert_eq!(parse_go_int(b"9223372036854775808"), Err(NumberError::Range));
        for text in ["", "+", "1.5", "ten", "1_0"] {
            assert_eq!(parse_go_int(text.as_bytes()), Err(NumberError::Syntax), "{text}");
        }
    }
}
