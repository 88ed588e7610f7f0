//! Folded stacks: lines `root;caller;leaf 12`, as flame graph tools exchange them.
//!
//! One sample a line, one location a name. Empty lines and lines that begin with `#` are skipped, and so is a
//! byte-order mark. Dialects, told by a first look over all lines:
//!
//! ```text
//! main;load 12            samples/count
//! main;load 12 14         before/count after/count: every line ends in two numbers, as difffolded.pl writes them
//! main;load 12.5          samples/millionths: some number has a fraction, so that all are counted in millionths
//! ```

use std::collections::HashMap;

use super::builder::ProfileBuilder;
use super::lines::{Lines, is_space_or_comment};
use super::profile::{Line, LocationId, Profile};
use crate::error::ParseError;
use crate::progress::Progress;

/// Parts of one that a number with a fraction is counted in.
const MILLIONTHS: i64 = 1_000_000;

/// Reads folded stacks.
///
/// # Errors
/// [`ParseError::Text`] for a line without a number at its end, or with one too large for 64 bits.
pub(super) fn parse_folded(
    text: &[u8],
    progress: Option<&Progress>,
    warnings: &mut Vec<String>,
) -> Result<Profile, ParseError> {
    let dialect = Dialect::of(text, progress, warnings)?;
    let unit = if dialect.parts_of_one == 1 { "count" } else { "millionths" };
    let types = [("before", unit), ("after", unit)];
    let types = if dialect.has_two_counts { &types[..] } else { &[("samples", unit)] };
    let mut builder = ProfileBuilder::new(types);
    // Keyed by untrusted text, hence std's keyed hash. One look-up a frame.
    let mut locations: HashMap<String, LocationId> = HashMap::new();
    let (mut stack, mut values) = (Vec::new(), Vec::new());
    let mut lines = Lines::new(text, progress);
    while let Some(line) = lines.next()? {
        if is_space_or_comment(&line) {
            continue;
        }
        let row = Row::parse(&line, dialect.has_two_counts);
        values.clear();
        for count in row.before.into_iter().chain([row.count]) {
            values.push(dialect.value(count).map_err(|what| lines.error(what))?);
        }
        stack.clear();
        // Folded stacks begin with the root, profiles with the leaf.
        for name in row.frames.rsplit(';').filter(|name| !name.is_empty()) {
            let location = match locations.get(name) {
                Some(&location) => location,
                None => {
                    let location = location_of(&mut builder, name);
                    locations.insert(name.to_owned(), location);
                    location
                }
            };
            stack.push(location);
        }
        builder.sample(&values, &stack, &[]);
    }
    Ok(builder.finish())
}

/// What a line says.
struct Row<'a> {
    frames: &'a str,
    /// The number before the last one, where there is one.
    before: Option<&'a str>,
    count: &'a str,
}

impl<'a> Row<'a> {
    /// Takes numbers off the end of a line: two if there are two and `takes_two` says so.
    fn parse(line: &'a str, takes_two: bool) -> Self {
        let (rest, count) = split_last_word(line);
        if takes_two {
            let (frames, before) = split_last_word(rest);
            if !frames.is_empty() && number(before).is_some() {
                return Self { frames, before: Some(before), count };
            }
        }
        Self { frames: rest, before: None, count }
    }
}

/// The last word of a line and what is before it, without the white space between them.
fn split_last_word(line: &str) -> (&str, &str) {
    let line = line.trim();
    let (rest, word) = line.rsplit_once([' ', '\t']).unwrap_or(("", line));
    (rest.trim_end(), word)
}

/// How the numbers at the ends of the lines are meant.
struct Dialect {
    has_two_counts: bool,
    /// 1 for whole numbers.
    parts_of_one: i64,
}

impl Dialect {
    /// Looks over all lines.
    fn of(text: &[u8], progress: Option<&Progress>, warnings: &mut Vec<String>) -> Result<Self, ParseError> {
        let mut lines = Lines::new(text, progress);
        let (mut n_rows, mut n_with_two) = (0_u64, 0_u64);
        let mut first_with_two = None;
        let mut has_fraction = false;
        while let Some(line) = lines.next()? {
            if is_space_or_comment(&line) {
                continue;
            }
            let row = Row::parse(&line, true);
            n_rows += 1;
            has_fraction |= is_fraction(row.count);
            if let Some(before) = row.before {
                n_with_two += 1;
                has_fraction |= is_fraction(before);
                first_with_two.get_or_insert_with(|| format!("{before} {}", row.count));
            }
        }
        let has_two_counts = n_with_two == n_rows && n_rows > 0;
        if let Some(numbers) = first_with_two.filter(|_| !has_two_counts) {
            warnings.push(format!(
                "{n_with_two} of {n_rows} lines end in two numbers ({numbers:?}): the first is read as part of a name, since only \
                 a file where every line has two is a comparison"
            ));
        }
        Ok(Self { has_two_counts, parts_of_one: if has_fraction { MILLIONTHS } else { 1 } })
    }

    /// The value of a number.
    fn value(&self, text: &str) -> Result<i64, String> {
        let too_large = || format!("{text} is too large a number");
        match number(text) {
            None => Err(format!("{text:?} is not a number after a stack and a space")),
            Some(Number::Whole(count)) => count.checked_mul(self.parts_of_one).ok_or_else(too_large),
            Some(Number::Real(count)) => {
                let parts = (count * self.parts_of_one as f64).round();
                // 2^63, which is no i64 any more.
                if parts.abs() < 9_223_372_036_854_775_808.0 { Ok(parts as i64) } else { Err(too_large()) }
            }
        }
    }
}

enum Number {
    Whole(i64),
    /// With a fraction or an exponent, or larger than an i64 can be.
    Real(f64),
}

/// A number as flame graph tools write it; no word like `inf` or `nan`.
fn number(text: &str) -> Option<Number> {
    if let Ok(whole) = text.parse() {
        return Some(Number::Whole(whole));
    }
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    text.parse().ok().filter(|real: &f64| is_number && real.is_finite()).map(Number::Real)
}

fn is_fraction(text: &str) -> bool {
    matches!(number(text), Some(Number::Real(real)) if real.fract() != 0.0)
}

/// A location of a function that is only a name.
fn location_of(builder: &mut ProfileBuilder, name: &str) -> LocationId {
    let function = builder.function(name, "", 0);
    builder.location(None, 0, &[Line { function, ..Line::default() }])
}
