//! A dialog that narrows a list while one types and picks from it with the keyboard.

use eframe::egui::{
    Align2, Area, Context, Frame, Id, Key, Margin, Modal, Modifiers, Order, Rect, RichText, Role, ScrollArea,
    Sense, Stroke, TextEdit, Ui, WidgetInfo, pos2, vec2,
};

use eframe::egui::text::{CCursor, CCursorRange};
use eframe::egui::text_edit::TextEditState;

use super::icon::paint_clipped_text;
use crate::gui::theme;

/// One line to pick.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What is searched and shown.
    pub text: String,
    /// Shown after it, quieter.
    pub hint: String,
    /// Shown at the right end: keys, or what kind of thing it is.
    pub tag: String,
}

/// What the dialog remembers while it is open.
#[derive(Clone, Debug, Default)]
pub struct PickerState {
    /// What was typed.
    pub text: String,
    cursor: usize,
    /// Whether the caret must go to the end: the text was not typed.
    is_set: bool,
}

impl PickerState {
    /// As if this had been typed.
    pub fn with_text(text: impl Into<String>) -> Self {
        Self { text: text.into(), cursor: 0, is_set: true }
    }
}

/// How the dialog ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Picked {
    /// With the entry of this index.
    Entry(usize),
    /// With nothing.
    Nothing,
}

const WIDTH: f32 = 560.0;
const MAX_ROWS: f32 = 12.0;
const ROW_HEIGHT: f32 = 7.0 * theme::GRID;

/// Shows the dialog; `None` while it stays open.
pub fn picker_ui(
    ctx: &Context,
    name: &str,
    hint: &str,
    entries: &[Entry],
    state: &mut PickerState,
) -> Option<Picked> {
    let area =
        Area::new(Id::unique(name)).order(Order::Foreground).anchor(Align2::CENTER_TOP, vec2(0.0, 72.0));
    let frame = Frame::popup(&ctx.global_style()).inner_margin(Margin::same(8));
    let veil = theme::veil(&ctx.global_style().visuals);
    let modal = Modal::new(Id::unique(("picker", name))).area(area).frame(frame).backdrop_color(veil);
    let response = modal.show(ctx, |ui| {
        ui.set_width(WIDTH);
        // Before the text field gets them: up and down belong to the list.
        let keys = ui.input_mut(|input| Keys {
            up: input.consume_key(Modifiers::NONE, Key::ArrowUp),
            down: input.consume_key(Modifiers::NONE, Key::ArrowDown),
            enter: input.consume_key(Modifiers::NONE, Key::Enter),
        });
        field_ui(ui, name, hint, state);
        let matches = matching(entries, &state.text);
        move_cursor(state, &keys, matches.len());
        let clicked = list_ui(ui, entries, &matches, state.cursor, keys.up || keys.down);
        let entered = keys.enter.then(|| matches.get(state.cursor).copied()).flatten();
        clicked.or(entered)
    });
    match response.inner {
        Some(index) => Some(Picked::Entry(index)),
        None => response.should_close().then_some(Picked::Nothing),
    }
}

struct Keys {
    up: bool,
    down: bool,
    enter: bool,
}

fn move_cursor(state: &mut PickerState, keys: &Keys, n_matches: usize) {
    let last = n_matches.saturating_sub(1);
    state.cursor = state.cursor.min(last);
    if keys.down {
        state.cursor = if state.cursor == last { 0 } else { state.cursor + 1 };
    }
    if keys.up {
        state.cursor = state.cursor.checked_sub(1).unwrap_or(last);
    }
}

fn field_ui(ui: &mut Ui, name: &str, hint: &str, state: &mut PickerState) {
    let before = state.text.clone();
    let hint = RichText::new(hint).color(theme::tokens(ui).text_faint);
    let edit = TextEdit::singleline(&mut state.text)
        .hint_text(hint)
        .desired_width(f32::INFINITY)
        .margin(Margin::symmetric(8, 6));
    let response = ui.add(edit).accessible_name(name);
    if !response.has_focus() {
        response.request_focus();
    }
    if std::mem::take(&mut state.is_set) {
        let mut caret = TextEditState::load(ui.ctx(), response.id).unwrap_or_default();
        let end = CCursor::new(state.text.chars().count());
        caret.cursor.set_char_range(Some(CCursorRange::one(end)));
        caret.store(ui.ctx(), response.id);
    }
    if before != state.text {
        state.cursor = 0;
    }
    ui.add_space(theme::GRID);
}

fn list_ui(ui: &mut Ui, entries: &[Entry], matches: &[usize], cursor: usize, follow: bool) -> Option<usize> {
    let mut clicked = None;
    if matches.is_empty() {
        ui.label(RichText::new("Nothing has this in its name.").color(theme::tokens(ui).text_quiet));
        return None;
    }
    ui.spacing_mut().item_spacing.y = 0.0;
    let scroll = ScrollArea::vertical().max_height(MAX_ROWS * ROW_HEIGHT).auto_shrink([false, true]);
    scroll.show_rows(ui, ROW_HEIGHT, matches.len(), |ui, rows| {
        for place in rows {
            let index = matches[place];
            if entry_ui(ui, &entries[index], place == cursor, follow) {
                clicked = Some(index);
            }
        }
    });
    clicked
}

fn entry_ui(ui: &mut Ui, entry: &Entry, is_current: bool, follow: bool) -> bool {
    let tokens = theme::tokens(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW_HEIGHT), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, is_current, &entry.text));
    let painter = ui.painter();
    if is_current || response.hovered() {
        let fill = if is_current { tokens.accent_soft } else { tokens.control_hovered };
        painter.rect_filled(rect, theme::RADIUS, fill);
    }
    let inner = rect.shrink2(vec2(theme::GAP, 0.0));
    let tag = painter.layout_no_wrap(entry.tag.clone(), theme::small(), tokens.text_faint);
    let tag_width = tag.size().x;
    painter.galley(
        pos2(inner.right() - tag_width, inner.center().y - tag.size().y / 2.0),
        tag,
        tokens.text_faint,
    );
    let room = Rect::from_min_max(inner.min, pos2(inner.right() - tag_width - theme::MARGIN, inner.bottom()));
    let name_width = painter.layout_no_wrap(entry.text.clone(), theme::body(), tokens.text).size().x;
    let look = (theme::body(), tokens.text);
    let is_cut = paint_clipped_text(painter, room, Align2::LEFT_CENTER, &entry.text, look);
    let hint_rect = room.with_min_x(room.left() + name_width + theme::MARGIN);
    if hint_rect.width() > 40.0 {
        let look = (theme::small(), tokens.text_faint);
        paint_clipped_text(painter, hint_rect, Align2::LEFT_CENTER, &entry.hint, look);
    }
    if response.has_focus() {
        painter.rect_stroke(
            rect,
            theme::RADIUS,
            Stroke::new(1.0, tokens.accent),
            eframe::egui::StrokeKind::Inside,
        );
    }
    if is_current && follow {
        response.scroll_to_me(None);
    }
    let is_clicked = response.clicked();
    if is_cut {
        response.on_hover_text(&entry.text);
    }
    is_clicked
}

/// Indices of the entries that hold all words, those that begin with the text first.
fn matching(entries: &[Entry], text: &str) -> Vec<usize> {
    let wanted = text.to_lowercase();
    let words: Vec<&str> = wanted.split_whitespace().collect();
    let mut found: Vec<(bool, usize)> = entries
        .iter()
        .enumerate()
        .filter_map(|(index, entry)| {
            let name = entry.text.to_lowercase();
            let all = format!("{name} {}", entry.hint.to_lowercase());
            words.iter().all(|word| all.contains(word)).then(|| (!name.starts_with(wanted.trim()), index))
        })
        .collect();
    found.sort_unstable();
    found.into_iter().map(|(_, index)| index).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_words_must_be_there_and_beginnings_come_first() {
        let entry = |text: &str| Entry { text: text.to_owned(), hint: String::new(), tag: String::new() };
        let entries = ["Close tab", "Next tab", "Table", "Start screen"].map(entry);
        assert_eq!(matching(&entries, "tab"), [2, 0, 1]);
        assert_eq!(matching(&entries, "tab ne"), [1]);
        assert_eq!(matching(&entries, ""), [0, 1, 2, 3]);
        assert!(matching(&entries, "zz").is_empty());
    }
}
