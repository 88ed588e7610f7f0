//! The band over a store: which profiles are looked at, and the times that were drawn, which can be opened and compared.

use eframe::egui::{Button, Color32, Label, RichText, Role, Sense, Ui, WidgetInfo, vec2};

use crate::derived::Status;
use crate::gui::command::{Command, Opening};
use crate::gui::parts::store::{
    NAMES, chosen_of, copy_command_ui, quiet_button_ui, range_text, selection_source, selection_word,
    side_colors,
};
use crate::gui::theme;
use crate::gui::view::ViewContext;
use crate::gui::widgets::band::{band_sentence_ui, band_ui};
use crate::gui::widgets::bar_inside_ui;
use crate::gui::widgets::icon::{Icon, icon_button};
use crate::gui::workspace::ContentKind;
use crate::query::comparison::Side;
use crate::query::store::chosen::Chosen;
use crate::query::store::losses::LossesQuery;
use crate::query::store::sides::{Sides, SidesQuery, StoreSide};
use crate::query::store::top::StoreTopQuery;
use crate::query::store::words::within;
use crate::query::trace::selection::TimeRange;
use crate::text;

/// Shows the band, if the tab is about a store.
pub fn store_band_ui(ui: &mut Ui, ctx: &ViewContext<'_>) {
    if ctx.tab.content.kind() != ContentKind::Store {
        return;
    }
    let tokens = theme::tokens(ui);
    let shown = ctx.ask("store band", &chosen_of(ctx));
    let is_failed = matches!(shown.status, Status::Failed(_));
    let (ground, mark) =
        if is_failed { (tokens.danger_soft, tokens.danger) } else { (tokens.raised, tokens.accent) };
    band_ui(ui, "store", (ground, mark), |ui| match (&shown.status, shown.answer.as_deref()) {
        (Status::Failed(reason), _) => band_sentence_ui(ui, &format!("{reason}."), |_| ()),
        (_, Some(chosen)) => {
            band_sentence_ui(ui, &format!("{}.", chosen.sentence), |ui| open_ui(ui, ctx, chosen));
            times_ui(ui, ctx);
            losses_ui(ui, ctx);
        }
        (_, None) => band_sentence_ui(ui, "Listing profiles…", |_| ()),
    });
}

/// What of the store could not be read, if anything: the first in the line, all when it is pointed at.
fn losses_ui(ui: &mut Ui, ctx: &ViewContext<'_>) {
    let shown = ctx.ask("losses", &LossesQuery { top: StoreTopQuery { chosen: chosen_of(ctx) } });
    let Some(losses) = shown.answer.as_deref().filter(|losses| !losses.sentences.is_empty()) else { return };
    let tokens = theme::tokens(ui);
    let text = RichText::new(&losses.summary).font(theme::small()).color(tokens.danger);
    let size = vec2(ui.available_width(), theme::CONTROL_HEIGHT);
    let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
    let left = |ui: &mut Ui| {
        let response = ui.add(Label::new(text).truncate());
        response.widget_info(|| WidgetInfo::labeled(Role::Status, true, &losses.summary));
        response.on_hover_text(losses.sentences.join("\n"));
    };
    bar_inside_ui(ui, rect.shrink2(vec2(theme::GAP, 0.0)), left, |_| ());
}

/// What can be done with all profiles that are looked at.
fn open_ui(ui: &mut Ui, ctx: &ViewContext<'_>, chosen: &Chosen) {
    copy_command_ui(ui, ctx, "the goscope svg that draws the flame graph of these profiles", || {
        let word = selection_word(ctx, &chosen.selector)?;
        Some(format!("goscope svg {word} -o profile.svg"))
    });
    if quiet_button_ui(ui, "Open as flame graph", "Opens all of these profiles as one, in a tab")
        && let Some(source) = selection_source(ctx, &chosen.selector)
    {
        ctx.send(Command::OpenSource(source));
    }
}

/// The times that were drawn, in the line below.
fn times_ui(ui: &mut Ui, ctx: &ViewContext<'_>) {
    let tokens = theme::tokens(ui);
    let ranges = ctx.lens().store.ranges();
    let size = vec2(ui.available_width(), theme::CONTROL_HEIGHT);
    let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
    let rect = rect.shrink2(vec2(theme::GAP, 0.0));
    if ranges == [None, None] {
        let hint = "Drag over the time line to choose a time, and a second one to compare it with the first.";
        let hint = RichText::new(hint).font(theme::small()).color(tokens.text_faint);
        return bar_inside_ui(ui, rect, |ui| _ = ui.add(Label::new(hint).truncate()), |_| ());
    }
    let shown = ctx.ask("sides", &SidesQuery { chosen: chosen_of(ctx), ranges });
    let sides = shown.answer.as_deref();
    let left = |ui: &mut Ui| {
        ui.spacing_mut().item_spacing.x = theme::GAP;
        let colors = side_colors(ui);
        for (at, range) in ranges.into_iter().enumerate() {
            if let Some(range) = range {
                let side = sides.and_then(|sides| sides.sides[at].as_ref());
                side_ui(ui, ctx, (Side::BOTH[at], NAMES[at], colors[at]), (range, side));
            }
        }
    };
    bar_inside_ui(ui, rect, left, |ui| compare_ui(ui, ctx, sides));
}

/// A time, how many profiles are in it, and a cross that forgets it.
fn side_ui(
    ui: &mut Ui,
    ctx: &ViewContext<'_>,
    (which, name, color): (Side, &str, Color32),
    (range, side): (TimeRange, Option<&StoreSide>),
) {
    let tokens = theme::tokens(ui);
    ui.label(RichText::new(name).font(theme::mono()).strong().color(color));
    let mut words = range_text(range.start_nanos, range.end_nanos);
    if let Some(side) = side {
        words += &format!(" · {}", text::counted(side.n_profiles, "profile"));
        if side.n_runs < side.n_profiles {
            words += &format!(" as {}", text::counted(side.n_runs, "run"));
        }
    }
    ui.label(RichText::new(words).font(theme::small()).color(tokens.text));
    if icon_button(ui, Icon::Close, &format!("Forget {name}")).on_hover_text("Forget this time").clicked() {
        ctx.send(Command::ForgetTime(which));
    }
}

/// What can be done with the times: opened, looked at alone, compared.
fn compare_ui(ui: &mut Ui, ctx: &ViewContext<'_>, sides: Option<&Sides>) {
    let Some(sides) = sides else { return };
    match &sides.sides {
        [Some(base), Some(head)] => {
            copy_command_ui(ui, ctx, "the goscope diff that compares the same", || {
                let words = [base, head].map(|side| selection_word(ctx, &side.selector));
                let [Some(base), Some(head)] = words else { return None };
                Some(format!("goscope diff {base} {head}"))
            });
            let is_possible = sides.comparison.is_some();
            let tokens = theme::tokens(ui);
            let button =
                Button::new(RichText::new("Compare A → B").color(tokens.on_accent)).fill(tokens.accent);
            let button = ui.add_enabled(is_possible, button);
            let button = button
                .on_hover_text("Opens the profiles of A as base and those of B as head, with a verdict")
                .on_disabled_hover_text("There is no profile in one of the times");
            if let (true, Some(comparison)) = (button.clicked(), &sides.comparison) {
                let opening = Opening { comparison: comparison.clone(), ..Opening::default() };
                ctx.send(Command::CompareRuns(Box::new(opening)));
            }
        }
        [Some(only), _] if only.n_profiles > 0 => {
            if quiet_button_ui(
                ui,
                "Open A as flame graph",
                "Opens the profiles of this time as one, in a tab",
            ) && let Some(source) = selection_source(ctx, &only.selector)
            {
                ctx.send(Command::OpenSource(source));
            }
            if quiet_button_ui(ui, "Look closer", "Looks at the profiles of this time alone") {
                ctx.send(Command::ChooseProfiles(Some(within(&sides.selector, only.range))));
            }
        }
        _ => {}
    }
}
