//! A text field with a magnifying glass, a cross that clears it, and room for a fact about what it found.

use eframe::egui::{
    Align, Align2, Id, Key, Layout, Rect, Response, Sense, StrokeKind, TextEdit, Ui, UiBuilder, pos2, vec2,
};

use super::icon::{Icon, icon_button, paint_icon};
use crate::gui::theme;
use crate::gui::widgets::inside;

/// What happened in the field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchEvents {
    /// The new text, if it changed.
    pub text: Option<String>,
    /// Enter: the next one.
    pub next: bool,
    /// Shift-Enter: the one before.
    pub previous: bool,
    /// Escape: leave the field.
    pub left: bool,
}

/// How the field is called and what it says.
#[derive(Clone, Copy, Debug)]
pub struct SearchLook<'a> {
    /// Stays the same from frame to frame.
    pub id: Id,
    /// Name for screen readers.
    pub name: &'a str,
    /// Shown while it is empty.
    pub hint: &'a str,
    /// Shown at its right end, for example how much was found.
    pub fact: &'a str,
    /// Width in points.
    pub width: f32,
}

/// Shows the field with `text` in it.
pub fn search_box_ui(ui: &mut Ui, look: SearchLook<'_>, text: &str) -> SearchEvents {
    let tokens = theme::tokens(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(look.width, theme::CONTROL_HEIGHT), Sense::hover());
    let has_focus = ui.memory(|memory| memory.has_focus(look.id));
    let line = if has_focus { tokens.accent } else { tokens.outline };
    ui.painter().rect(rect, theme::RADIUS, tokens.sunken, (1.0, line), StrokeKind::Inside);
    paint_icon(ui.painter(), pos2(rect.left() + 14.0, rect.center().y), Icon::Search, tokens.text_faint);

    let mut events = SearchEvents::default();
    let inner =
        Rect::from_min_max(pos2(rect.left() + 28.0, rect.top()), pos2(rect.right() - 2.0, rect.bottom()));
    let builder = UiBuilder::new().max_rect(inner).layout(Layout::right_to_left(Align::Center));
    inside(ui, builder, |ui| {
        ui.spacing_mut().item_spacing.x = theme::GRID;
        if text.is_empty() {
            ui.add_space(theme::GRID);
        } else if icon_button(ui, Icon::Close, &format!("Clear {}", look.name)).clicked() {
            events.text = Some(String::new());
        }
        if !look.fact.is_empty() {
            ui.label(
                eframe::egui::RichText::new(look.fact).font(theme::mono_small()).color(tokens.text_quiet),
            );
        }
        let mut edited = text.to_owned();
        let response = field_ui(ui, look, &mut edited);
        read_keys(ui, &response, &mut events);
        if edited != text {
            events.text = Some(edited);
        }
    });
    events
}

fn field_ui(ui: &mut Ui, look: SearchLook<'_>, text: &mut String) -> Response {
    let tokens = theme::tokens(ui);
    let edit = TextEdit::singleline(text)
        .id(look.id)
        .frame(eframe::egui::Frame::NONE)
        .font(theme::mono())
        .hint_text(eframe::egui::RichText::new(look.hint).font(theme::body()).color(tokens.text_faint))
        .desired_width(ui.available_width())
        .align(Align2::LEFT_CENTER);
    ui.add(edit).accessible_name(look.name)
}

/// Enter takes the focus from a single-line field; a search keeps it, so that Enter can go on to the next match.
fn read_keys(ui: &Ui, response: &Response, events: &mut SearchEvents) {
    if !response.lost_focus() {
        return;
    }
    let (enter, shift, escape) = ui.input(|input| {
        (input.key_pressed(Key::Enter), input.modifiers.shift, input.key_pressed(Key::Escape))
    });
    if enter {
        events.next = !shift;
        events.previous = shift;
        response.request_focus();
    }
    events.left = escape;
}
