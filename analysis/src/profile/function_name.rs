//! Which function is meant by what somebody types.

use super::frame::{FrameId, FrameTable};
use super::query::QueryError;
use super::search::{SearchText, matching_frames};
use crate::symbol::short_name;

/// Names that an error lists.
const MAX_SHOWN: usize = 5;

/// The one frame that `wanted` names: by its whole name, else by its name without the directories of its package, else
/// as a regular expression that matches no other.
///
/// # Errors
/// There is none, or more than one, or the text is no regular expression where it has to be one.
pub fn named_frame(frames: &FrameTable, wanted: &str) -> Result<FrameId, QueryError> {
    let of_name = |is_it: &dyn Fn(&str) -> bool| -> Vec<FrameId> {
        frames.iter().filter(|(_, frame)| is_it(&frame.printable_name())).map(|(id, _)| id).collect()
    };
    let exact = of_name(&|name| name == wanted);
    let exact = if exact.is_empty() { of_name(&|name| short_name(name) == wanted) } else { exact };
    let found = if exact.is_empty() {
        let mask = matching_frames(frames, SearchText::Pattern(wanted))?;
        frames.iter().map(|(id, _)| id).filter(|&id| mask.contains(id)).collect()
    } else {
        exact
    };
    match found.as_slice() {
        [one] => Ok(*one),
        [] => Err(QueryError::NoMatch { pattern: wanted.to_owned() }),
        several => {
            let mut names: Vec<String> =
                several.iter().map(|&id| frames.frame(id).printable_name()).collect();
            names.sort();
            let n_matches = names.len();
            if n_matches > MAX_SHOWN {
                names.truncate(MAX_SHOWN);
                names.push("…".to_owned());
            }
            Err(QueryError::Ambiguous { wanted: wanted.to_owned(), shown: names, n_matches })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::frame::Frame;

    fn check(names: &[&str], wanted: &str) -> String {
        let mut frames = FrameTable::default();
        for name in names {
            frames.intern(Frame { name: (*name).to_owned(), ..Frame::default() });
        }
        match named_frame(&frames, wanted) {
            Ok(id) => frames.frame(id).name.clone(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn a_whole_name_comes_before_a_short_one_and_that_before_a_pattern() {
        let names = ["encoding/json.Marshal", "encoding/json.MarshalIndent", "json.Marshal", "main.work"];
        assert_eq!(check(&names, "json.Marshal"), "json.Marshal");
        assert_eq!(check(&names[..2], "json.Marshal"), "encoding/json.Marshal");
        assert_eq!(check(&names, "wor"), "main.work");
        assert_eq!(check(&names, "nothing"), "no matches found for regexp: nothing");
    }

    #[test]
    fn several_matches_are_listed() {
        let names = ["main.f6", "main.f1", "main.f2", "main.f3", "main.f4", "main.f5"];
        insta::assert_snapshot!(check(&names, "f[12]"), @r#""f[12]" matches 2 functions: main.f1, main.f2; give the whole name of one"#);
        insta::assert_snapshot!(
            check(&names, "main"),
            @r#""main" matches 6 functions: main.f1, main.f2, main.f3, main.f4, main.f5, …; give the whole name of one"#
        );
    }
}
