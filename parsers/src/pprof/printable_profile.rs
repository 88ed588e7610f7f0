//! A profile whose names can be shown on a terminal.

use std::borrow::Cow;

use super::profile::{Profile, StringId, StringTable};
use crate::printable::{is_unprintable, printable, printable_lines};

impl Profile {
    /// The profile with what a terminal would obey escaped in all its texts, as [`printable`](crate::printable) does it; comments keep
    /// their line breaks. The profile itself, at the cost of looking at its texts, where there is nothing to escape: that is
    /// every profile of a Go program.
    ///
    /// Reports for people are made of it, so that no report can forget a name.
    pub fn printable(&self) -> Cow<'_, Self> {
        let is_shown = |bytes: &[u8]| {
            bytes.iter().all(|byte| (b' '..0x7f).contains(byte))
                || !String::from_utf8_lossy(bytes).contains(is_unprintable)
        };
        if self.strings.iter().all(|(_, bytes)| is_shown(bytes)) {
            return Cow::Borrowed(self);
        }
        let mut strings = StringTable::without_rows();
        for (_, bytes) in self.strings.iter() {
            match is_shown(bytes) {
                true => strings.push(bytes),
                false => strings.push(printable(&String::from_utf8_lossy(bytes)).as_bytes()),
            };
        }
        let comments = self.comments.iter().map(|&comment| lines_of(self, comment, &mut strings)).collect();
        Cow::Owned(Self { strings, comments, ..self.clone() })
    }
}

/// A comment as it was but for its lines, in the new table.
fn lines_of(profile: &Profile, comment: StringId, strings: &mut StringTable) -> StringId {
    match profile.text(comment) {
        text if text.contains(['\n', '\t']) => strings.push(printable_lines(&text).as_bytes()),
        _ => comment,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pprof::ProfileBuilder;

    fn with_comment(text: &str) -> Profile {
        let mut builder = ProfileBuilder::new(&[("cpu", "nanoseconds")]);
        let comment = builder.string(text);
        builder.header().comments.push(comment);
        builder.function("a\x1b[31m", text, 1);
        builder.finish()
    }

    #[test]
    fn names_are_escaped_and_comments_keep_their_lines() {
        let profile = with_comment("one\n\ttwo\r\x07");
        let shown = profile.printable();
        let comments: Vec<_> = shown.comments.iter().map(|&comment| shown.text(comment)).collect();
        assert_eq!(comments, ["one\n\ttwo\\r\\x07"]);
        let function = shown.functions.first().expect("a function");
        assert_eq!(
            [shown.text(function.name), shown.text(function.filename)],
            ["a\\x1b[31m", "one\\n\\ttwo\\r\\x07"]
        );
    }

    #[test]
    fn a_profile_of_ordinary_names_is_itself() {
        let mut profile = with_comment("größe 世界");
        assert!(matches!(profile.printable(), Cow::Owned(_)));
        profile.strings = StringTable::default();
        profile.strings.push("main.größe".as_bytes());
        assert!(matches!(profile.printable(), Cow::Borrowed(_)));
    }
}
