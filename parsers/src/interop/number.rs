//! Numbers as JSON has them: whole or not, plain or in quotes; and what they are in the units of a profile.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, Visitor};

/// A number. Whole ones keep all of their digits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Number {
    Whole(i64),
    Real(f64),
}

impl Default for Number {
    fn default() -> Self {
        Self::Whole(0)
    }
}

impl Number {
    /// The number times `scale`, rounded; `None` if 64 bits do not hold it.
    pub(super) fn scaled(self, scale: i64) -> Option<i64> {
        match self {
            Self::Whole(number) => number.checked_mul(scale),
            Self::Real(number) => {
                let number = (number * scale as f64).round();
                // 2^63, which is no i64 any more.
                (number.abs() < 9_223_372_036_854_775_808.0).then_some(number as i64)
            }
        }
    }

    /// Whether it has a fraction.
    pub(super) fn is_fraction(self) -> bool {
        matches!(self, Self::Real(number) if number.fract() != 0.0)
    }

    /// The number as a row of a table; `None` if it is none.
    pub(super) fn index(self) -> Option<u32> {
        self.scaled(1).filter(|_| !self.is_fraction()).and_then(|number| u32::try_from(number).ok())
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visit;
        impl Visitor<'_> for Visit {
            type Value = Number;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number")
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Number, E> {
                Ok(Number::Whole(number))
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Number, E> {
                Ok(i64::try_from(number).map_or(Number::Real(number as f64), Number::Whole))
            }

            fn visit_f64<E: Error>(self, number: f64) -> Result<Number, E> {
                Ok(Number::Real(number))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Number, E> {
                let whole = text.parse().ok().map(Number::Whole);
                let number = whole.or_else(|| text.parse().ok().map(Number::Real));
                number.ok_or_else(|| E::custom(format_args!("{text:?} is no number")))
            }

            fn visit_unit<E: Error>(self) -> Result<Number, E> {
                Ok(Number::default())
            }
        }
        deserializer.deserialize_any(Visit)
    }
}

/// A unit of another format: its name in a profile, and how many of that it is. Times become nanoseconds, which keeps
/// their fractions.
pub(super) fn unit(name: &str) -> (&'static str, i64) {
    match name {
        "nanoseconds" => ("nanoseconds", 1),
        "microseconds" => ("nanoseconds", 1_000),
        "milliseconds" => ("nanoseconds", 1_000_000),
        "seconds" => ("nanoseconds", 1_000_000_000),
        "bytes" => ("bytes", 1),
        _ => ("count", 1),
    }
}
