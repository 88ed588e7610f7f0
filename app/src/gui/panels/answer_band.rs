//! The answer over a trace: what `goscope trace why` says first, its evidence, and where to look. Nouns are links.

use eframe::egui::{Align, Button, Frame, Layout, Margin, Panel, RichText, Role, Ui, WidgetInfo, vec2};

use crate::derived::Status;
use crate::gui::command::Command;
use crate::gui::parts::sentence::{follow_instance, sentence_ui};
use crate::gui::theme;
use crate::gui::view::ViewContext;
use crate::gui::workspace::Content;
use crate::query::trace::answers::finding_headlines::FindingHeadlinesQuery;
use crate::query::trace::answers::headlines::{Headline, HeadlinesQuery};
use crate::query::trace::answers::kind::AnswerKind;

/// Height of the two lines, in points, so that nothing moves when they come.
const LINES_HEIGHT: f32 = 9.0 * theme::GRID;
/// Room for the buttons, and for those that stay in a narrow window.
const BUTTONS_WIDTH: f32 = 260.0;
const FEW_BUTTONS_WIDTH: f32 = 132.0;
/// The width of the band from which there is room for all.
const WIDE: f32 = 960.0;
/// The height of the window from which there is room for the evidence: below, hovering tells it.
const TALL: f32 = 520.0;
/// Room for what leads to the other answers, if there are any.
const PAGER_WIDTH: f32 = 92.0;

/// Shows the band over a trace; it grows with what it has to say.
pub fn answer_band_ui(ui: &mut Ui, ctx: &ViewContext<'_>) {
    if !matches!(ctx.tab.content, Content::Trace(_)) {
        return;
    }
    let shown = ctx.ask("headlines", &HeadlinesQuery { why: ctx.lens().trace.why() });
    let tokens = theme::tokens(ui);
    let frame = Frame::new().fill(tokens.raised).inner_margin(Margin::symmetric(12, 4));
    let panel = Panel::top("answer").resizable(false).frame(frame);
    panel.show(ui, |ui| match (&shown.status, shown.answer.as_deref()) {
        (Status::Failed(reason), _) => quiet_ui(ui, &format!("No answer: {reason}.")),
        (_, Some(headlines)) => {
            // What else stands out comes behind it, when it has been found.
            let found = ctx.ask("findings", &FindingHeadlinesQuery).answer;
            let found = found.as_deref().map(Vec::as_slice).unwrap_or_default();
            let items: Vec<&Headline> = headlines.items.iter().chain(found).collect();
            match &headlines.nothing {
                Some(nothing) if items.is_empty() => quiet_ui(ui, nothing),
                _ => headlines_ui(ui, ctx, &items),
            }
        }
        (_, None) => {
            ui.set_min_height(LINES_HEIGHT);
            quiet_ui(ui, "Comparing slow ones with typical ones…");
        }
    });
}

fn headlines_ui(ui: &mut Ui, ctx: &ViewContext<'_>, items: &[&Headline]) {
    let wanted = ctx.lens().trace.headline.as_deref();
    // A few dozen at most.
    let at = items.iter().position(|item| Some(item.name.as_str()) == wanted).unwrap_or_default();
    let Some(item) = items.get(at) else { return };
    ui.set_min_height(LINES_HEIGHT);
    let is_wide = ui.available_width() >= WIDE;
    let buttons_width = if is_wide { BUTTONS_WIDTH } else { FEW_BUTTONS_WIDTH };
    let buttons_width = buttons_width + if items.len() > 1 { PAGER_WIDTH } else { 0.0 };
    let room = (ui.available_width() - buttons_width).max(buttons_width);
    ui.horizontal_top(|ui| {
        ui.allocate_ui_with_layout(vec2(room, 0.0), Layout::top_down(Align::Min), |ui| {
            ui.set_width(room);
            lines_ui(ui, ctx, item);
        });
        let size = vec2(ui.available_width(), theme::CONTROL_HEIGHT);
        ui.allocate_ui_with_layout(size, Layout::right_to_left(Align::Center), |ui| {
            if let Some(next) = buttons_ui(ui, ctx, item, (at, items.len()), is_wide) {
                ctx.send(Command::ShowHeadline(items[next].name.clone()));
            }
        });
    });
}

fn lines_ui(ui: &mut Ui, ctx: &ViewContext<'_>, item: &Headline) {
    let tokens = theme::tokens(ui);
    ui.spacing_mut().item_spacing.y = 2.0;
    let sentence = sentence_ui(ui, ctx, &item.sentence, (&theme::body(), tokens.text));
    if ui.ctx().content_rect().height() < TALL {
        sentence.on_hover_ui(|ui| {
            quiet_ui(ui, &item.evidence.text());
            item.notes.iter().for_each(|note| quiet_ui(ui, note));
        });
        return;
    }
    let evidence = sentence_ui(ui, ctx, &item.evidence, (&theme::small(), tokens.text_quiet));
    if !item.notes.is_empty() {
        evidence.on_hover_ui(|ui| item.notes.iter().for_each(|note| quiet_ui(ui, note)));
    }
}

/// From right to left; the sentence to go to, if another one is wanted.
fn buttons_ui(
    ui: &mut Ui,
    ctx: &ViewContext<'_>,
    item: &Headline,
    (at, len): (usize, usize),
    is_wide: bool,
) -> Option<usize> {
    // The view of the answer copies it, too.
    if is_wide && ui.add(Button::new("Copy as command")).on_hover_text(&item.command).clicked() {
        ctx.send(Command::CopyText(item.command.clone()));
    }
    if let Some(look) = &item.look {
        let button = ui.add(Button::new(look.title));
        let tooltip = "Shows it in the lanes, with its critical path above them";
        if button.on_hover_text(tooltip).clicked() {
            follow_instance(ctx, &look.place);
        }
    }
    let title = if item.more == AnswerKind::Why { "Why" } else { item.more.text() };
    if ui.add(Button::new(title)).on_hover_text(item.more.about()).clicked() {
        ctx.send(Command::ChooseAnswer(item.more));
    }
    if len < 2 {
        return None;
    }
    let step = |ui: &mut Ui, sign: &str, name: &str, by: usize| {
        let button = ui.add(Button::new(sign).frame_when_inactive(false)).on_hover_text(name);
        button.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
        button.clicked().then_some((at + by) % len)
    };
    let next = step(ui, "›", "Next answer", 1);
    ui.label(RichText::new(format!("{}/{len}", at + 1)).color(theme::tokens(ui).text_quiet));
    next.or(step(ui, "‹", "Previous answer", len - 1))
}

fn quiet_ui(ui: &mut Ui, text: &str) {
    ui.label(RichText::new(text).color(theme::tokens(ui).text_quiet));
}
