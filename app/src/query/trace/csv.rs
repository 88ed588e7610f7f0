//! A table of a trace as CSV (RFC 4180): names in full, raw integers with their unit in the title.

use std::borrow::Cow;
use std::fmt::Write as _;

use goscope_analysis::trace::model::TraceModel;

use super::{TraceRows, ValueKind};

impl TraceRows {
    /// All rows, in their order, below the titles.
    pub fn csv(&self, model: &TraceModel, name_title: &str) -> String {
        let mut text = quoted(name_title).into_owned();
        for column in self.columns {
            let unit = match column.kind {
                ValueKind::Duration | ValueKind::Moment => " (ns)",
                ValueKind::Bytes => " (bytes)",
                ValueKind::Count | ValueKind::Number => "",
            };
            let _ = write!(text, ",{}", quoted(&format!("{}{unit}", column.title)));
        }
        text.push_str("\r\n");
        for row in 0..self.len() {
            text.push_str(&quoted(&model.tables().string_lossy(self.names[row])));
            for column in 0..self.columns.len() {
                let _ = write!(text, ",{}", self.value(row, column));
            }
            text.push_str("\r\n");
        }
        text
    }
}

/// A field, in quotes where it needs them.
fn quoted(field: &str) -> Cow<'_, str> {
    if field.contains(['"', ',', '\r', '\n']) {
        Cow::Owned(format!("\"{}\"", field.replace('"', "\"\"")))
    } else {
        Cow::Borrowed(field)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_with_commas_and_quotes_are_quoted() {
        assert_eq!(quoted("net/http.(*conn).serve"), "net/http.(*conn).serve");
        assert_eq!(quoted("a,b"), "\"a,b\"");
        assert_eq!(quoted("say \"go\"\n"), "\"say \"\"go\"\"\n\"");
    }
}
