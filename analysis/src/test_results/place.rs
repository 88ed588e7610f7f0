//! Where a test says that it failed: the first `file.go:12:` in what it printed; and the places in any line of it.

use std::ops::Range;

/// A place in Go source that a line names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedPlace<'a> {
    /// The file, as the line calls it.
    pub file: &'a str,
    /// The line in it.
    pub line: u32,
    /// Where the name stands, in bytes: `cart_test.go:19`.
    pub at: Range<usize>,
}

/// The first place that a line of output names: `cart_test.go:19`, `/src/shop/cart.go:7`.
pub fn place_in(line: &str) -> Option<NamedPlace<'_>> {
    let mut from = 0;
    loop {
        let end = from + line[from..].find(".go:")? + ".go".len();
        from = end;
        let begin = line[..end].rfind([' ', '\t', '"', '(', '[']).map_or(0, |at| at + 1);
        let digits: &str = line[end + 1..].split(|char: char| !char.is_ascii_digit()).next()?;
        if let Ok(number) = digits.parse()
            && begin + ".go".len() < end
        {
            let at = begin..end + 1 + digits.len();
            return Some(NamedPlace { file: &line[begin..end], line: number, at });
        }
    }
}

/// The file and the line.
pub(super) fn first_place(output: &str) -> Option<(String, u32)> {
    output.lines().find_map(|line| {
        let line = line.trim_start();
        let place = place_in(line).filter(|place| place.at.start == 0)?;
        Some((place.file.to_owned(), place.line))
    })
}

/// Tests that ran when the time was up, with how long they had run: `running tests:` in the output of a timeout.
pub(super) fn running_tests(output: &str) -> Vec<(String, String)> {
    let lines = output.lines().skip_while(|line| line.trim() != "running tests:").skip(1);
    let test = |line: &str| {
        let (name, time) = line.trim().rsplit_once(" (")?;
        Some((name.to_owned(), time.strip_suffix(')')?.to_owned()))
    };
    lines.map_while(test).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_found_wherever_it_stands_in_a_line() {
        let found =
            |line: &str| place_in(line).map(|place| format!("{}|{}|{:?}", place.file, place.line, place.at));
        assert_eq!(found("    cart_test.go:19: Total() = 1").as_deref(), Some("cart_test.go|19|4..19"));
        assert_eq!(found("\t/src/shop/cart.go:7 +0x1d").as_deref(), Some("/src/shop/cart.go|7|1..20"));
        assert_eq!(found("Error Trace:\tx/é.go:3").as_deref(), Some("x/é.go|3|13..22"));
        assert_eq!(found("a.go:x b.go:2").as_deref(), Some("b.go|2|7..13"));
        for line in ["", ".go:1", "a.go", "a.go:", "a.go:99999999999"] {
            assert_eq!(found(line), None, "{line}");
        }
    }

    #[test]
    fn a_test_failed_where_a_line_begins_with_a_place() {
        assert_eq!(first_place("see a.go:1\n  b.go:2: no\n"), Some(("b.go".to_owned(), 2)));
    }
}
