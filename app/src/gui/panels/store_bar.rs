//! The bar over a store: service, version and kind to choose from, and the whole selection as text.

use eframe::egui::{Align2, ComboBox, Id, Key, RichText, TextEdit, Ui};

use crate::gui::command::Command;
use crate::gui::parts::store::{chosen_of, quiet_button_ui};
use crate::gui::theme;
use crate::gui::view::ViewContext;
use crate::gui::widgets::{bar_inside_ui, edged_field_ui};
use crate::query::store::facets::FacetsQuery;
use crate::query::store::words::{FACETS, has_term, has_time, with_value, without_keys, without_time};
use crate::text;

/// Values that a list offers; of more, one is typed.
const MOST_VALUES: usize = 100;
/// Width of a list, in points.
const LIST_WIDTH: f32 = 104.0;
/// What each list is called while nothing is chosen in it.
const ALL: [&str; 3] = ["all services", "all versions", "all kinds"];

/// Shows the bar.
pub(super) fn store_bar_ui(ui: &mut Ui, ctx: &ViewContext<'_>) {
    let chosen = ctx.ask("bar", &chosen_of(ctx)).answer;
    let typed = ctx.lens().store.selector.clone();
    let resolved = typed.or_else(|| chosen.map(|chosen| chosen.selector.clone())).unwrap_or_default();
    let left = |ui: &mut Ui| {
        ui.spacing_mut().item_spacing.x = theme::GRID;
        lists_ui(ui, ctx, &resolved);
        field_ui(ui, ctx, &resolved);
    };
    let right = |ui: &mut Ui| {
        if has_time(&resolved) && quiet_button_ui(ui, "All times", "Profiles of any time again") {
            ctx.send(Command::ChooseProfiles(Some(without_time(&resolved))));
        }
        if ctx.lens().store.selector.is_some()
            && quiet_button_ui(ui, "Reset", "The service and kind that there is most of again")
        {
            ctx.send(Command::ChooseProfiles(None));
        }
    };
    bar_inside_ui(ui, ui.max_rect(), left, right);
}

fn lists_ui(ui: &mut Ui, ctx: &ViewContext<'_>, selector: &str) {
    let typed = ctx.lens().store.selector.as_deref().unwrap_or_default();
    let question = FacetsQuery { selector: without_keys(typed, &FACETS) };
    let Some(facets) = ctx.ask("bar facets", &question).answer else { return };
    for ((values, key), all) in facets.values.iter().zip(FACETS).zip(ALL) {
        let values = values.get(..MOST_VALUES).unwrap_or(values);
        let shown = values.iter().find(|(_, term)| has_term(selector, term));
        let title = shown.map_or_else(|| all.to_owned(), |(value, _)| named(value));
        let list = ComboBox::from_id_salt(key).selected_text(title).width(LIST_WIDTH).truncate();
        let inner = list.show_ui(ui, |ui| {
            if ui.selectable_label(shown.is_none(), all).clicked() {
                ctx.send(Command::ChooseProfiles(Some(with_value(selector, key, None))));
            }
            for (value, term) in values {
                if ui.selectable_label(has_term(selector, term), named(value)).clicked() {
                    ctx.send(Command::ChooseProfiles(Some(with_value(selector, key, Some(value)))));
                }
            }
        });
        inner.response.accessible_name(capitalized(key)).on_hover_text(format!("Profiles of which {key}"));
    }
}

fn named(value: &str) -> String {
    if value.is_empty() { "none".to_owned() } else { text::name(value) }
}

fn capitalized(key: &str) -> String {
    let (first, rest) = key.split_at(key.len().min(1));
    first.to_uppercase() + rest
}

/// The selection as text: what is typed holds once it is entered, so that half a word is no mistake.
fn field_ui(ui: &mut Ui, ctx: &ViewContext<'_>, selector: &str) {
    let id = Id::unique(("selection", ctx.tab.id.0));
    let draft = ui.data(|data| data.get_temp::<String>(id));
    let mut text = draft.unwrap_or_else(|| selector.to_owned());
    let hint = RichText::new("pod=a&since=1h").color(theme::tokens(ui).text_faint);
    let edit = TextEdit::singleline(&mut text).hint_text(hint).font(theme::mono()).align(Align2::LEFT_CENTER);
    let edit = edit.desired_width((ui.available_width() - 2.0 * theme::GAP).max(80.0));
    let response = edged_field_ui(ui, edit).accessible_name("Selection");
    let tooltip = "Which profiles: service=, version=, kind=, type=, from=, to=, since=1h, and any label, as pod=a or \
                   region~=^eu; Enter takes it";
    let response = response.on_hover_text(tooltip);
    if response.has_focus() {
        ui.data_mut(|data| data.insert_temp(id, text));
        return;
    }
    if response.lost_focus() {
        ui.data_mut(|data| data.remove::<String>(id));
        let is_left = ui.input(|input| input.key_pressed(Key::Escape));
        let text = text.trim();
        if !is_left && text != selector {
            ctx.send(Command::ChooseProfiles(Some(text.to_owned())));
        }
    }
}
