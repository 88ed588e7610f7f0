//! One of several: a row of joined buttons of which exactly one is on, or a list that opens.

use eframe::egui::{
    Align2, ComboBox, CornerRadius, Rect, Role, Sense, StrokeKind, Ui, WidgetInfo, pos2, vec2,
};

use crate::gui::theme;

/// Shows the options as a row of buttons if there is room, else as a list; returns the index of one that was just
/// chosen and was not on before.
pub fn choice_ui(ui: &mut Ui, name: &str, options: &[String], shown: usize) -> Option<usize> {
    if widths(ui, options).iter().sum::<f32>() <= ui.available_width() {
        return segmented_ui(ui, name, options, shown);
    }
    let mut chosen = shown;
    let text = options.get(shown).map_or("", String::as_str);
    let width = ui.available_width().min(LIST_WIDTH);
    let inner = ComboBox::from_id_salt(name).selected_text(text).width(width).truncate().show_ui(ui, |ui| {
        for (index, option) in options.iter().enumerate() {
            ui.selectable_value(&mut chosen, index, option);
        }
    });
    inner.response.accessible_name(name).on_hover_text(name);
    (chosen != shown).then_some(chosen)
}

/// Width of the list, in points.
const LIST_WIDTH: f32 = 112.0;

/// The width of each button.
fn widths(ui: &Ui, options: &[String]) -> Vec<f32> {
    let width = |text: &String| {
        let galley = ui.painter().layout_no_wrap(text.clone(), theme::body(), theme::tokens(ui).text);
        galley.size().x.ceil() + 2.0 * theme::GAP
    };
    options.iter().map(width).collect()
}

/// Shows the options; returns the index of one that was just chosen and was not on before.
pub fn segmented_ui(ui: &mut Ui, name: &str, options: &[String], shown: usize) -> Option<usize> {
    let tokens = theme::tokens(ui);
    let font = theme::body();
    let widths = widths(ui, options);
    let height = theme::CONTROL_HEIGHT;
    let (rect, _) = ui.allocate_exact_size(vec2(widths.iter().sum(), height), Sense::hover());
    ui.painter().rect(rect, theme::RADIUS, tokens.control, (1.0, tokens.line), StrokeKind::Inside);

    let mut chosen = None;
    let mut left = rect.left();
    for (index, (text, width)) in options.iter().zip(&widths).enumerate() {
        let cell = Rect::from_min_size(pos2(left, rect.top()), vec2(*width, height));
        left += width;
        let response = ui.interact(cell, ui.scope_id().with((name, index)), Sense::click());
        let is_on = index == shown;
        response.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, is_on, text));
        if is_on || response.hovered() || response.has_focus() {
            let fill = if is_on { tokens.accent_soft } else { tokens.control_hovered };
            let stroke = if response.has_focus() { (1.0, tokens.accent) } else { (0.0, tokens.line) };
            ui.painter().rect(
                cell.shrink(2.0),
                CornerRadius::same(theme::RADIUS - 1),
                fill,
                stroke,
                StrokeKind::Inside,
            );
        }
        let color = if is_on { tokens.accent } else { tokens.text_quiet };
        ui.painter().text(cell.center(), Align2::CENTER_CENTER, text, font.clone(), color);
        if response.clicked() && !is_on {
            chosen = Some(index);
        }
    }
    chosen
}

/// Shows what is chosen, and on a click all options; returns the index of another one that was just chosen.
pub fn list_ui(ui: &mut Ui, name: &str, options: &[String], shown: usize) -> Option<usize> {
    let mut chosen = shown;
    let text = options.get(shown).map_or("", String::as_str);
    let combo = ComboBox::from_id_salt(name).selected_text(text).width(96.0);
    let inner = combo.show_ui(ui, |ui| {
        for (index, option) in options.iter().enumerate() {
            ui.selectable_value(&mut chosen, index, option);
        }
    });
    inner.response.accessible_name(name).on_hover_text(name);
    (chosen != shown).then_some(chosen)
}
