//! Integers in OTLP's JSON: 64-bit ones are texts, and readers take numbers, too.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};

/// Any integer.
struct Wide(i128);

impl<'de> Deserialize<'de> for Wide {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visit;
        impl Visitor<'_> for Visit {
            type Value = Wide;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an integer")
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Wide, E> {
                Ok(Wide(number.into()))
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Wide, E> {
                Ok(Wide(number.into()))
            }

            fn visit_f64<E: Error>(self, number: f64) -> Result<Wide, E> {
                match number.fract() == 0.0 && number.abs() < 1e19 {
                    true => Ok(Wide(number as i128)),
                    false => Err(E::custom(format_args!("{number} is no integer"))),
                }
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Wide, E> {
                text.parse().ok().map(Wide).ok_or_else(|| E::custom(format_args!("{text:?} is no integer")))
            }

            fn visit_unit<E: Error>(self) -> Result<Wide, E> {
                Ok(Wide(0))
            }
        }
        deserializer.deserialize_any(Visit)
    }
}

fn narrow<T: TryFrom<i128>, E: Error>(number: &Wide) -> Result<T, E> {
    T::try_from(number.0).ok().ok_or_else(|| E::custom(format_args!("{} is out of range", number.0)))
}

/// Reads an integer.
pub(super) fn integer<'de, D: Deserializer<'de>, T: TryFrom<i128>>(deserializer: D) -> Result<T, D::Error> {
    narrow(&Wide::deserialize(deserializer)?)
}

/// Reads an integer where there is one.
pub(super) fn some_integer<'de, D: Deserializer<'de>, T: TryFrom<i128>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    integer(deserializer).map(Some)
}

/// Reads a list of integers.
pub(super) fn integers<'de, D: Deserializer<'de>, T: TryFrom<i128>>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    struct Visit<T>(PhantomData<T>);
    impl<'de, T: TryFrom<i128>> Visitor<'de> for Visit<T> {
        type Value = Vec<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list of integers")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<T>, A::Error> {
            let mut integers = Vec::new();
            while let Some(number) = list.next_element::<Wide>()? {
                integers.push(narrow(&number)?);
            }
            Ok(integers)
        }
    }
    deserializer.deserialize_seq(Visit(PhantomData))
}
