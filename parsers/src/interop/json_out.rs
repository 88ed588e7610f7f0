//! JSON on its way out, piece by piece: tables as long as a profile are never in memory as text.

use std::fmt::Display;
use std::io::{self, Write};

/// Writes a text in quotes.
pub(super) fn put_text(text: &str, out: &mut dyn Write) -> io::Result<()> {
    crate::write_json(out, text)
}

/// Writes a list of what is printed as it is in JSON.
pub(super) fn put_list<T: Display>(items: impl Iterator<Item = T>, out: &mut dyn Write) -> io::Result<()> {
    put_each(items, out, |item, out| write!(out, "{item}"))
}

/// Writes a list, each item by a function.
pub(super) fn put_each<T>(
    items: impl Iterator<Item = T>,
    out: &mut dyn Write,
    mut put: impl FnMut(T, &mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    out.write_all(b"[")?;
    for (at, item) in items.enumerate() {
        if at > 0 {
            out.write_all(b",")?;
        }
        put(item, out)?;
    }
    out.write_all(b"]")
}

/// A number, or `null` for what is not known.
pub(super) fn known(number: i64) -> String {
    if number > 0 { number.to_string() } else { "null".to_owned() }
}
