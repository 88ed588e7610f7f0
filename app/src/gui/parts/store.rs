//! What the views and bars of a store have in common: what is asked about, and the commands that ask the same.

use eframe::egui::{Button, Color32, RichText, Ui};

use crate::document::{Document, Source};
use crate::gui::command::Command;
use crate::gui::selection::Item;
use crate::gui::theme;
use crate::gui::view::ViewContext;
use crate::query::store::chosen::ChosenQuery;
use crate::text::{self, shell_word};

/// What the sides are called where they are drawn.
pub const NAMES: [&str; 2] = ["A", "B"];

/// The color of each side: the base is quiet, what is compared with it stands out.
pub fn side_colors(ui: &Ui) -> [Color32; 2] {
    let tokens = theme::tokens(ui);
    [tokens.text_quiet, tokens.accent]
}

/// The profiles that are looked at.
pub fn chosen_of(ctx: &ViewContext<'_>) -> ChosenQuery {
    ChosenQuery { selector: ctx.lens().store.selector.clone() }
}

/// The function that is chosen, if one is.
pub fn function_of(ctx: &ViewContext<'_>) -> Option<String> {
    let frame = ctx.lens().selection.as_ref().and_then(Item::frame)?;
    (!frame.name.is_empty()).then(|| frame.name.clone())
}

/// A selection of the store as a file that opens as one profile.
pub fn selection_source(ctx: &ViewContext<'_>, selector: &str) -> Option<Source> {
    let store = ctx.documents.first().ok().and_then(Document::store)?;
    Some(Source::File(store.input(selector)))
}

/// A selection of the store as a word of a command line; without a password.
pub fn selection_word(ctx: &ViewContext<'_>, selector: &str) -> Option<String> {
    let word = selection_source(ctx, selector)?.word()?;
    Some(shell_word(word.strip_suffix('?').unwrap_or(&word)).into_owned())
}

/// The button that copies a command; `line` makes it.
pub fn copy_command_ui(ui: &mut Ui, ctx: &ViewContext<'_>, name: &str, line: impl Fn() -> Option<String>) {
    let copy = quiet_button_ui(ui, "Copy as command", &format!("Copies {name}"));
    if copy && let Some(line) = line() {
        ctx.send(Command::CopyText(line));
    }
}

/// A button without an edge; whether it was clicked.
pub fn quiet_button_ui(ui: &mut Ui, name: &str, tooltip: &str) -> bool {
    let text = RichText::new(name).color(theme::tokens(ui).text_quiet);
    ui.add(Button::new(text).frame_when_inactive(false)).on_hover_text(tooltip).clicked()
}

/// A stretch of time in few letters: `2026-11-25 10:00 – 10:30 UTC`.
pub fn range_text(start_nanos: i64, end_nanos: i64) -> String {
    let [start, end] = [start_nanos, end_nanos].map(text::utc);
    match (start.split_once(' '), end.split_once(' ')) {
        (Some((day, from)), Some((other, to))) => {
            let from = from.trim_end_matches(" UTC");
            let to = if day == other { to.to_owned() } else { format!("{other} {to}") };
            format!("{day} {from} – {to}")
        }
        _ => format!("{start} – {end}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stretch_within_a_day_says_the_day_once() {
        const HOUR: i64 = 3_600_000_000_000;
        assert_eq!(range_text(0, HOUR), "1970-01-01 00:00 – 01:00 UTC");
        assert_eq!(range_text(23 * HOUR, 25 * HOUR), "1970-01-01 23:00 – 1970-01-02 01:00 UTC");
    }
}
