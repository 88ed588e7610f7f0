//! Units: `ns` and `MB` become `sec` and `B`, so that a prefix can be put before them; bytes have binary prefixes.

/// A unit without a prefix of its own.
#[derive(Clone, Debug, PartialEq)]
pub struct Tidied {
    /// `sec/op` for `ns/op`.
    pub unit: Vec<u8>,
    /// What a value in the old unit is multiplied with to be one in the new.
    pub factor: f64,
}

/// Which prefixes a unit takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnitClass {
    /// Powers of 1000: k, M, G.
    Decimal,
    /// Powers of 1024: Ki, Mi, Gi.
    Binary,
}

impl UnitClass {
    /// Binary, if the unit's numerator has bytes.
    pub fn of(unit: &[u8]) -> Self {
        let is_bytes = |token: &Token| {
            !token.is_denominator && matches!(&unit[token.begin..token.end], b"B" | b"MB" | b"bytes")
        };
        if tokens(unit).iter().any(is_bytes) { Self::Binary } else { Self::Decimal }
    }
}

/// The unit without prefixes.
pub fn tidy(unit: &[u8]) -> Tidied {
    match unit {
        b"ns/op" => return Tidied { unit: b"sec/op".to_vec(), factor: 1e-9 },
        b"MB/s" => return Tidied { unit: b"B/s".to_vec(), factor: 1e6 },
        _ => {}
    }
    let mut tidied = Tidied { unit: Vec::with_capacity(unit.len() + 1), factor: 1.0 };
    let mut copied = 0;
    for Token { begin, end, is_denominator } in tokens(unit) {
        let new: &[u8] = match &unit[begin..end] {
            b"ns" if !is_denominator => {
                // Divided, not multiplied with 1e-9, as benchstat does: the last digits differ.
                tidied.factor /= 1e9;
                b"sec"
            }
            b"MB" if !is_denominator => {
                tidied.factor *= 1e6;
                b"B"
            }
            _ => continue,
        };
        tidied.unit.extend_from_slice(&unit[copied..begin]);
        tidied.unit.extend_from_slice(new);
        copied = end;
    }
    tidied.unit.extend_from_slice(&unit[copied..]);
    tidied
}

/// A word of a unit.
#[derive(Clone, Copy, Debug)]
struct Token {
    begin: usize,
    end: usize,
    is_denominator: bool,
}

/// Words between `*`, `/`, `-` and white space.
fn tokens(unit: &[u8]) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    let (mut is_denominator, mut begin, mut at) = (false, None, 0);
    while let Some((rune, length)) = super::fields::first_rune(&unit[at..]) {
        if matches!(rune, '*' | '/' | '-') || super::fields::is_space(rune) {
            tokens.extend(begin.take().map(|begin| Token { begin, end: at, is_denominator }));
            is_denominator = if rune == '*' { false } else { is_denominator || rune == '/' };
        } else {
            begin = begin.or(Some(at));
        }
        at += length;
    }
    tokens.extend(begin.map(|begin| Token { begin, end: at, is_denominator }));
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(unit: &str) -> String {
        let Tidied { unit, factor } = tidy(unit.as_bytes());
        format!("{} × {factor:e}", String::from_utf8_lossy(&unit))
    }

    #[test]
    fn prefixes_are_taken_out_of_the_numerator() {
        assert_eq!(shown("ns/op"), "sec/op × 1e-9");
        assert_eq!(shown("MB/s"), "B/s × 1e6");
        assert_eq!(shown("p99-ns"), "p99-sec × 1e-9");
        assert_eq!(shown("ns/MB"), "sec/MB × 1e-9");
        assert_eq!(shown("MB*ns"), "B*sec × 1e-3");
        assert_eq!(shown("x/ns*ns"), "x/ns*sec × 1e-9");
        assert_eq!(shown("B/op"), "B/op × 1e0");
        assert_eq!(shown("nsec"), "nsec × 1e0");
    }

    #[test]
    fn bytes_have_binary_prefixes() {
        let class = |unit: &str| UnitClass::of(unit.as_bytes());
        assert_eq!(class("B/op"), UnitClass::Binary);
        assert_eq!(class("heap bytes"), UnitClass::Binary);
        assert_eq!(class("sec/B"), UnitClass::Decimal);
        assert_eq!(class("allocs/op"), UnitClass::Decimal);
    }
}
