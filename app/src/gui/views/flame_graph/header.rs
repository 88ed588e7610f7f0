//! The line over a flame graph: what it counts, the way down to the zoomed frame, what colors mean.

use eframe::egui::{Button, Rect, RichText, Role, Sense, Ui, WidgetInfo, pos2, vec2};
use goscope_analysis::dump::OuterFrame;
use goscope_analysis::profile::call_tree::NodeId;
use goscope_analysis::value::are_compatible;
use goscope_flamegraph::palette::change_color;

use super::layout::short_title;
use crate::derived::Status;
use crate::gui::command::Command;
use crate::gui::parts::placeholder::computing_mark_ui;
use crate::gui::theme;
use crate::gui::view::ViewContext;
use crate::gui::widgets::bar_inside_ui;
use crate::gui::widgets::segmented::choice_ui;
use crate::gui::workspace::{Content, ContentKind, Zoom};
use crate::query::side_format::SideFormat;
use crate::query::trace::answers::kind::answer_flame_command;
use crate::query::trace::selection::Flame;
use crate::query::tree::Tree;
use crate::text;

/// The way down to the zoomed frame, each step a way back.
pub(super) fn header_ui(
    ui: &mut Ui,
    ctx: &ViewContext<'_>,
    (tree, format): (&Tree, &SideFormat),
    status: &Status,
) {
    let (rect, _) =
        ui.allocate_exact_size(vec2(ui.available_width(), theme::VIEW_HEADER_HEIGHT), Sense::hover());
    let left = |ui: &mut Ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        flame_kind_ui(ui, ctx);
        breadcrumbs_ui(ui, ctx, tree, format);
        if *status == Status::Computing {
            computing_mark_ui(ui);
        }
    };
    let right = |ui: &mut Ui| {
        if tree.base(NodeId::ROOT).is_some() {
            legend_ui(ui, &tree.unit);
        }
        copy_command_ui(ui, ctx);
    };
    bar_inside_ui(ui, rect.shrink2(vec2(theme::GAP, 2.0)), left, right);
}

/// The command that says what the flame graph of an answer shows.
pub(super) fn copy_command_ui(ui: &mut Ui, ctx: &ViewContext<'_>) {
    let (Content::Trace(source), Flame::Answer(kind)) = (&ctx.tab.content, ctx.lens().trace.flame) else {
        return;
    };
    let population = ctx.lens().trace.why().population;
    let command = answer_flame_command(kind, source, population.as_ref());
    let button = ui.add(Button::new("Copy as command").small());
    if button.on_hover_text(&command).clicked() {
        ctx.send(Command::CopyText(command));
    }
}

/// What the flame graph of a trace or of a benchmark counts.
pub(super) fn flame_kind_ui(ui: &mut Ui, ctx: &ViewContext<'_>) {
    match ctx.tab.content.kind() {
        ContentKind::Trace => {}
        ContentKind::Dumps => return outer_frame_ui(ui, ctx),
        ContentKind::Benchmarks => {
            let text = RichText::new("time per operation").font(theme::small());
            ui.label(text.color(theme::tokens(ui).text_quiet));
            return;
        }
        _ => return,
    }
    let names: Vec<String> = Flame::all().map(|flame| flame.text().to_owned()).collect();
    let shown = Flame::all().position(|flame| flame == ctx.lens().trace.flame).unwrap_or(0);
    let chosen = choice_ui(ui, "Flame graph of", &names, shown);
    if let Some(flame) = chosen.and_then(|index| Flame::all().nth(index)) {
        ctx.send(Command::ChooseFlame(flame));
    }
}

/// What stands outside of the outermost frames of the stacks of a dump.
fn outer_frame_ui(ui: &mut Ui, ctx: &ViewContext<'_>) {
    const CHOICES: [(OuterFrame, &str); 3] =
        [(OuterFrame::None, "stacks"), (OuterFrame::State, "by state"), (OuterFrame::Creator, "by creator")];
    let names = CHOICES.map(|(_, name)| name.to_owned());
    let shown = CHOICES.iter().position(|(outer, _)| *outer == ctx.lens().dump.outer).unwrap_or(0);
    if let Some(index) = choice_ui(ui, "Outermost frames", &names, shown) {
        ctx.send(Command::ChooseOuterFrame(CHOICES[index].0));
    }
}

/// What the colors of a comparison mean.
pub(super) fn legend_ui(ui: &mut Ui, unit: &str) {
    const STEPS: [f64; 7] = [1.0, 0.6, 0.3, 0.0, -0.3, -0.6, -1.0];
    let tokens = theme::tokens(ui);
    let palette = theme::flame_theme(ui);
    let word = |ui: &mut Ui, text: &str| {
        ui.label(RichText::new(text).font(theme::small()).color(tokens.text_quiet));
    };
    let is_time = are_compatible(unit, "nanoseconds");
    ui.spacing_mut().item_spacing.x = theme::GRID;
    word(ui, if is_time { "slower" } else { "more" });
    let (rect, response) = ui.allocate_exact_size(vec2(84.0, 10.0), Sense::hover());
    let width = rect.width() / STEPS.len() as f32;
    for (index, part) in STEPS.into_iter().rev().enumerate() {
        let left = rect.left() + width * index as f32;
        let step = Rect::from_min_size(pos2(left, rect.top()), vec2(width, rect.height()));
        ui.painter().rect_filled(step, 0.0, theme::color_from_rgb(change_color(part, palette)));
    }
    response.on_hover_text(
        "By how much a box adds to the change. Grey: no change, or none that can be told from chance.",
    );
    word(ui, if is_time { "faster" } else { "less" });
}

/// What everything that is shown comes to: `all 9.90 s`; of what filters have left, its part of the whole profile too.
pub(super) fn whole_text(tree: &Tree, format: &SideFormat) -> String {
    let cum = tree.cum(NodeId::ROOT);
    let total = format.text(cum);
    match tree.base(NodeId::ROOT) {
        None if cum != tree.total => {
            format!("all {total}, {} of {}", text::share(cum, tree.total), format.text(tree.total))
        }
        None => format!("all {total}"),
        // Of shares both are all.
        Some(_) if format.is_share() => "all".to_owned(),
        Some((_, base)) => format!("all {} → {total}, {}", format.text(base), text::change(base, cum)),
    }
}

fn breadcrumbs_ui(ui: &mut Ui, ctx: &ViewContext<'_>, tree: &Tree, format: &SideFormat) {
    const SHOWN: usize = 4;
    let path = &ctx.lens().zoom.path;
    // The first row says what everything comes to.
    if path.is_empty() {
        return;
    }
    if crumb_ui(ui, &whole_text(tree, format), "Everything", false) {
        ctx.send(Command::ZoomTo(Zoom::default()));
    }
    let hidden = path.len().saturating_sub(SHOWN);
    for (index, frame) in path.iter().enumerate() {
        let is_ellipsis = hidden > 0 && index == hidden - 1;
        if index < hidden && !is_ellipsis {
            continue;
        }
        ui.label(RichText::new("›").color(theme::tokens(ui).text_faint));
        let title = frame.title();
        let short = if is_ellipsis { "…".to_owned() } else { short_title(&title) };
        if crumb_ui(ui, &short, &title, index + 1 == path.len()) {
            ctx.send(Command::ZoomTo(Zoom::to(path[..=index].to_vec())));
        }
    }
}

pub(super) fn crumb_ui(ui: &mut Ui, text: &str, full: &str, is_last: bool) -> bool {
    let tokens = theme::tokens(ui);
    let color = if is_last { tokens.text } else { tokens.text_quiet };
    let text = RichText::new(text).font(theme::mono()).color(color);
    let button = Button::new(text).frame_when_inactive(false).truncate();
    let response = ui.add(button);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Zoom to {full}")));
    response.on_hover_text(full).clicked()
}
