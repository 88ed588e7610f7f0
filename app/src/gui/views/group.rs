//! The chosen group of goroutines: what is to be said of it, its stack with links into the source, its goroutines. Of a chosen
//! function, the groups whose stacks hold it. While nothing is chosen: the group that the first finding is about.

use eframe::egui::{
    Align, Align2, Button, Label, Layout, Rect, RichText, Role, ScrollArea, Sense, Ui, UiBuilder, WidgetInfo,
    pos2, vec2,
};

use crate::gui::command::Command;
use crate::gui::hue::hue_of_class;
use crate::gui::parts::line_menu::line_entries_ui;
use crate::gui::parts::notes::note_ui;
use crate::gui::parts::placeholder::{nothing_yet_ui, sentence_ui as nothing_ui};
use crate::gui::parts::sentence::sentence_ui;
use crate::gui::selection::{FrameKey, Item};
use crate::gui::theme;
use crate::gui::view::{View, ViewContext};
use crate::gui::view_id::ViewId;
use crate::gui::widgets::icon::paint_clipped_text;
use crate::gui::widgets::inside;
use crate::query::goroutines::function_groups::{FunctionGroups, FunctionGroupsQuery};
use crate::query::goroutines::group_facts::{GroupFacts, GroupFactsQuery, MemberLine, StackRow};
use crate::text;

/// The view.
pub struct GroupView;

/// What passes in it.
#[derive(Debug, Default)]
pub struct GroupState {
    /// Whether all frames are shown, also those of the standard library.
    is_whole: bool,
}

/// The widest place of a frame, in points.
const PLACE_WIDTH: f32 = 168.0;
/// The part of the width that it takes where there is little.
const PLACE_PART: f32 = 0.42;
/// Width of the numbers of goroutines, in points.
const NUMBER_WIDTH: f32 = 72.0;

impl View for GroupView {
    type State = GroupState;

    fn id(&self) -> ViewId {
        ViewId::Group
    }

    fn ui(&self, ui: &mut Ui, ctx: &ViewContext<'_>, state: &mut GroupState) {
        let room = ui.available_rect_before_wrap().shrink2(vec2(theme::MARGIN, 0.0));
        inside(ui, UiBuilder::new().max_rect(room), |ui| match ctx.lens().selection.as_ref() {
            Some(item) if item.frame().is_some_and(|frame| !frame.name.is_empty()) => {
                function_ui(ui, ctx, item.frame().map_or("", |frame| &frame.name));
            }
            item => chosen_ui(ui, ctx, item.and_then(Item::goroutine), state),
        });
    }
}

fn chosen_ui(ui: &mut Ui, ctx: &ViewContext<'_>, number: Option<i64>, state: &mut GroupState) {
    let question =
        GroupFactsQuery { of: ctx.dumps_query(), number, looked_at: number.and(ctx.lens().dump.looked_at) };
    let shown = ctx.ask("group", &question);
    let facts = match shown.answer.as_deref() {
        Some(Ok(facts)) => facts,
        Some(Err(why)) => return nothing_ui(ui, why),
        None => return nothing_yet_ui(ui, &shown.status, "Looking at the goroutines"),
    };
    ui.add_space(theme::GAP);
    title_ui(ui, facts);
    note_ui(ui, ctx);
    let tokens = theme::tokens(ui);
    ui.spacing_mut().item_spacing.y = theme::GRID;
    for sentence in &facts.sentences {
        sentence_ui(ui, ctx, sentence, (&theme::body(), tokens.text));
    }
    stack_bar_ui(ui, facts, state);
    let is_whole = state.is_whole;
    let stack = if is_whole { &facts.whole_stack } else { &facts.stack };
    // One list: the frames, variables, a line for the heading, then the goroutines.
    let n_above = stack.len() + facts.variables.len();
    let n_rows = n_above + 1 + facts.members.len();
    ui.spacing_mut().item_spacing.y = 0.0;
    let area = ScrollArea::vertical().id_salt(("group", number, is_whole)).auto_shrink(false);
    area.show_rows(ui, theme::ROW_HEIGHT, n_rows, |ui, range| {
        for index in range {
            ui.push_id(index, |ui| match index.checked_sub(n_above) {
                None => match stack.get(index) {
                    Some(row) => frame_ui(ui, ctx, row),
                    None => variable_ui(ui, &facts.variables[index - stack.len()]),
                },
                Some(0) => heading_ui(ui, facts.members.len()),
                Some(at) => {
                    if let Some(line) = facts.members.line(at - 1) {
                        member_ui(ui, ctx, &line);
                    }
                }
            });
        }
    });
}

/// How many there are and what they do, on the color of the state.
fn title_ui(ui: &mut Ui, facts: &GroupFacts) {
    let tokens = theme::tokens(ui);
    let color = hue_of_class(facts.class).color(ui.visuals().dark_mode);
    ui.horizontal(|ui| {
        let (rect, _) = ui.allocate_exact_size(vec2(theme::GAP, theme::CONTROL_HEIGHT), Sense::hover());
        let bar = Rect::from_center_size(rect.center(), vec2(theme::GRID, rect.height() - theme::GRID));
        ui.painter().rect_filled(bar, 1.0, color);
        let title = RichText::new(&facts.title).heading().color(tokens.text);
        ui.add(Label::new(title).truncate()).on_hover_text(&facts.title);
    });
}

/// The name of the list, and whether it shows all frames.
fn stack_bar_ui(ui: &mut Ui, facts: &GroupFacts, state: &mut GroupState) {
    let tokens = theme::tokens(ui);
    ui.add_space(theme::GRID);
    ui.horizontal(|ui| {
        ui.label(RichText::new("Stack").font(theme::small()).color(tokens.text_faint));
        if facts.stack == facts.whole_stack {
            return;
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let text = if state.is_whole { "Own frames" } else { "All frames" };
            let button = Button::new(RichText::new(text).font(theme::small()).color(tokens.text_quiet));
            let tooltip = "All frames, or without most of those of the runtime and the standard library";
            if ui.add(button.frame_when_inactive(false)).on_hover_text(tooltip).clicked() {
                state.is_whole ^= true;
            }
        });
    });
}

/// A frame: its function chooses it everywhere, its place shows the source.
fn frame_ui(ui: &mut Ui, ctx: &ViewContext<'_>, row: &StackRow) {
    let tokens = theme::tokens(ui);
    let size = vec2(ui.available_width(), theme::ROW_HEIGHT);
    let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
    let place_width = PLACE_WIDTH.min(rect.width() * PLACE_PART);
    let (left, right) = match row.place_text.is_empty() {
        true => (rect, None),
        false => {
            let edge = rect.right() - place_width;
            (rect.with_max_x(edge - theme::GAP), Some(rect.with_min_x(edge)))
        }
    };
    let color = if row.is_own { tokens.text } else { tokens.text_quiet };
    if let Some(function) = &row.function {
        let response = ui.interact(left, ui.scope_id().with("function"), Sense::click());
        response.widget_info(|| WidgetInfo::labeled(Role::Link, true, &row.text));
        hovered_ui(ui, left, &response);
        let short = goscope_analysis::symbol::short_name(&row.text).into_owned();
        paint_clipped_text(ui.painter(), left, Align2::LEFT_CENTER, &short, (theme::mono(), color));
        if response.clicked() {
            let key = FrameKey { name: function.clone(), ..FrameKey::default() };
            ctx.send(Command::Select(Item::Function(key)));
        }
        response.on_hover_text(format!("{}\nClick for all goroutines in it", row.text));
    } else {
        let look = (theme::mono(), tokens.text_faint);
        paint_clipped_text(ui.painter(), left, Align2::LEFT_CENTER, &row.text, look);
    }
    let (Some(right), Some(place)) = (right, &row.place) else { return };
    let response = ui.interact(right, ui.scope_id().with("place"), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Link, true, &row.place_text));
    hovered_ui(ui, right, &response);
    let look = (theme::mono_small(), tokens.accent);
    paint_clipped_text(ui.painter(), right, Align2::RIGHT_CENTER, &row.place_text, look);
    if response.clicked() {
        ctx.send(Command::ShowPlace(place.clone()));
    }
    let name = format!("{}:{}", place.file, place.line);
    response.context_menu(|ui| line_entries_ui(ui, ctx, (&place.file, place.line.into()), &name));
    let full = goscope_parsers::printable(&place.file).into_owned();
    response.on_hover_text(format!("{full}:{}\nClick to show the source", place.line));
}

fn hovered_ui(ui: &Ui, rect: Rect, response: &eframe::egui::Response) {
    if response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect, theme::RADIUS, theme::tokens(ui).row_hovered);
    }
}

/// A line about variables: cut where there is no room, whole on hover.
fn variable_ui(ui: &mut Ui, line: &str) {
    let size = vec2(ui.available_width(), theme::ROW_HEIGHT);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, line.trim()));
    let look = (theme::mono_small(), theme::tokens(ui).text_quiet);
    if paint_clipped_text(ui.painter(), rect, Align2::LEFT_CENTER, line, look) {
        response.on_hover_text(line.trim());
    }
}

fn heading_ui(ui: &mut Ui, n_goroutines: usize) {
    let size = vec2(ui.available_width(), theme::ROW_HEIGHT);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    let text = text::counted(n_goroutines, "goroutine");
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &text));
    let at = pos2(rect.left(), rect.bottom() - theme::GRID);
    let color = theme::tokens(ui).text_faint;
    ui.painter().text(at, Align2::LEFT_BOTTOM, text, theme::small(), color);
}

/// A goroutine: its number, how long it waits, its labels.
fn member_ui(ui: &mut Ui, ctx: &ViewContext<'_>, line: &MemberLine) {
    let tokens = theme::tokens(ui);
    let size = vec2(ui.available_width(), theme::ROW_HEIGHT);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    let facts = line.facts.join(" · ");
    let is_chosen = ctx.lens().selection == Some(Item::Goroutine(line.number));
    response.widget_info(|| {
        let name = format!("Goroutine {} {facts}", line.number);
        WidgetInfo::selected(Role::ListItem, true, is_chosen, name.trim())
    });
    if is_chosen {
        ui.painter().rect_filled(rect, theme::RADIUS, tokens.accent_soft);
    }
    hovered_ui(ui, rect, &response);
    let painter = ui.painter();
    let number = rect.with_max_x(rect.left() + NUMBER_WIDTH);
    let look = (theme::mono(), tokens.text);
    paint_clipped_text(painter, number, Align2::LEFT_CENTER, &format!("G {}", line.number), look);
    let rest = rect.with_min_x(number.right() + theme::GRID);
    let is_cut = paint_clipped_text(
        painter,
        rest,
        Align2::LEFT_CENTER,
        &facts,
        (theme::mono_small(), tokens.text_quiet),
    );
    if response.clicked() {
        ctx.send(Command::SelectGoroutine(line.number, ctx.lens().dump.looked_at));
    }
    if is_cut {
        response.on_hover_text(&facts);
    }
}

/// The groups whose stacks hold a function.
fn function_ui(ui: &mut Ui, ctx: &ViewContext<'_>, function: &str) {
    let question = FunctionGroupsQuery { of: ctx.dumps_query(), function: function.to_owned() };
    let shown = ctx.ask("groups of a function", &question);
    let Some(found) = &shown.answer else {
        nothing_yet_ui(ui, &shown.status, "Looking at the stacks");
        return;
    };
    if found.n_groups == 0 {
        nothing_ui(ui, "No goroutine stands in this function.");
        return;
    }
    ui.add_space(theme::GAP);
    found_ui(ui, ctx, function, found);
}

fn found_ui(ui: &mut Ui, ctx: &ViewContext<'_>, function: &str, found: &FunctionGroups) {
    let tokens = theme::tokens(ui);
    let shown = text::name(function);
    let name = RichText::new(&shown).font(theme::mono()).strong().color(tokens.text);
    ui.add(Label::new(name).truncate()).on_hover_text(&shown);
    let counts = format!(
        "{} in {}: in it, or in what it called",
        text::counted(found.n_goroutines, "goroutine"),
        text::counted(found.n_groups, "group")
    );
    ui.add(Label::new(RichText::new(counts).color(tokens.text)).wrap());
    ui.add_space(theme::GRID);
    ScrollArea::vertical().id_salt("groups of a function").auto_shrink(false).show(ui, |ui| {
        for sentence in &found.groups {
            sentence_ui(ui, ctx, sentence, (&theme::body(), tokens.text));
        }
    });
}
