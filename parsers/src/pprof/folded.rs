//! Folded stacks: lines `root;caller;leaf 12`, as flame graph tools exchange them.
//!
//! One sample a line, one location a name; the only sample type is `samples/count`. Empty lines and lines that begin
//! with `#` are skipped.

use std::collections::HashMap;

use super::builder::ProfileBuilder;
use super::lines::{Lines, is_space_or_comment};
use super::profile::{Line, LocationId, Profile};
use crate::error::ParseError;
use crate::progress::Progress;

/// Reads folded stacks.
///
/// # Errors
/// [`ParseError::Text`] for a line without a whole number at its end.
pub(super) fn parse_folded(text: &[u8], progress: Option<&Progress>) -> Result<Profile, ParseError> {
    let mut builder = ProfileBuilder::new(&[("samples", "count")]);
    // Keyed by untrusted text, hence std's keyed hash. One look-up a frame.
    let mut locations: HashMap<String, LocationId> = HashMap::new();
    let mut stack = Vec::new();
    let mut lines = Lines::new(text, progress);
    while let Some(line) = lines.next()? {
        if is_space_or_comment(&line) {
            continue;
        }
        let (frames, count) = line.trim_end().rsplit_once(' ').unwrap_or(("", line.trim()));
        let Ok(count) = count.parse::<i64>() else {
            return Err(lines.error(format!("{count:?} is not a whole number after a stack and a space")));
        };
        stack.clear();
        // Folded stacks begin with the root, profiles with the leaf.
        for name in frames.rsplit(';').filter(|name| !name.is_empty()) {
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
        builder.sample(&[count], &stack, &[]);
    }
    Ok(builder.finish())
}

/// A location of a function that is only a name.
fn location_of(builder: &mut ProfileBuilder, name: &str) -> LocationId {
    let function = builder.function(name, "", 0);
    builder.location(None, 0, &[Line { function, ..Line::default() }])
}
