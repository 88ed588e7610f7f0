//! A whole file of the tested program, at the line to which something led; of coverage with how often each line ran.

use eframe::egui::{
    Align, Align2, Button, Color32, Label, Layout, Painter, Rect, RichText, Role, ScrollArea, Sense, Stroke,
    Ui, UiBuilder, WidgetInfo, pos2, vec2,
};

use super::editor::{editor_choice_ui, line_events};
use crate::derived::Status;
use crate::gui::command::Command;
use crate::gui::parts::placeholder::{computing_mark_ui, nothing_yet_ui, sentence_ui};
use crate::gui::theme;
use crate::gui::view::ViewContext;
use crate::gui::widgets::icon::paint_clipped_text;
use crate::gui::widgets::inside;
use crate::gui::workspace::ContentKind;
use crate::query::goroutines::function_groups::FunctionGroupsQuery;
use crate::query::testing::code::{Code, CodeLine, CodePlace, CodeQuery};
use crate::text;
use goscope_analysis::coverage::LineCoverage;

/// Right edge of the numbers of lines, and left edge of their text.
const LINE_RIGHT: f32 = 48.0;
const TEXT_LEFT: f32 = 60.0;
/// Width of the counts before them, and of the hatch in it.
const COUNT_WIDTH: f32 = 52.0;
const HATCH_WIDTH: f32 = 8.0;

/// Shows the file of the place that the lens names.
pub(super) fn code_ui(ui: &mut Ui, ctx: &ViewContext<'_>, scrolled_to: &mut Option<CodePlace>) {
    let testing = &ctx.lens().testing;
    let coverage = (ctx.tab.content.kind() == ContentKind::Coverage).then(|| testing.coverage());
    let first = || {
        if let Some(function) = function_of_dump(ctx) {
            return ctx.ask("place of a function", &function).answer?.place.clone();
        }
        let facts = ctx.ask("coverage", coverage.as_ref()?).answer?;
        facts.largest.as_ref().map(|(_, place)| place.clone())
    };
    let Some(place) = &testing.place.clone().or_else(first) else {
        let what = match ctx.tab.content.kind() {
            ContentKind::Coverage => "a file or a function",
            ContentKind::Dumps => "the place of a frame",
            _ => "a place in what a test printed",
        };
        sentence_ui(ui, &format!("Select {what} to see its source."));
        return;
    };
    let shown = ctx.ask("code", &CodeQuery::of(place, coverage));
    let Some(code) = shown.answer else {
        nothing_yet_ui(ui, &shown.status, "Looking for the source");
        return;
    };
    header_ui(ui, ctx, (&code, place), &shown.status);
    match &code.place {
        Ok(_) => rows_ui(ui, ctx, (&code, place), scrolled_to),
        Err(reason) => sentence_ui(ui, &format!("{reason}.")),
    }
}

/// What is asked for the place of the function that is chosen in a goroutine dump.
fn function_of_dump(ctx: &ViewContext<'_>) -> Option<FunctionGroupsQuery> {
    if ctx.tab.content.kind() != ContentKind::Dumps {
        return None;
    }
    let function = ctx.lens().selection.as_ref()?.frame()?.name.clone();
    Some(FunctionGroupsQuery { of: ctx.dumps_query(), function })
}

/// Which file, and the way to an editor.
fn header_ui(ui: &mut Ui, ctx: &ViewContext<'_>, (code, place): (&Code, &CodePlace), status: &Status) {
    let tokens = theme::tokens(ui);
    let size = vec2(ui.available_width(), theme::TOOL_BAR_HEIGHT);
    let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
    let inner = rect.shrink2(vec2(theme::GAP, 0.0));
    let right = UiBuilder::new().max_rect(inner).layout(Layout::right_to_left(Align::Center));
    let taken = inside(ui, right, |ui| {
        editor_choice_ui(ui, ctx);
        let button = ui.add_enabled(code.place.is_ok(), Button::new("Open in editor"));
        let button = button.on_disabled_hover_text("The file is not on this machine");
        if let (Ok(path), true) = (&code.place, button.clicked()) {
            ctx.send(Command::OpenInEditor(path.clone(), place.line.into()));
        }
        uncovered_ui(ui, ctx, (code, place));
        ui.min_rect().left()
    });
    let left = inner.with_max_x(taken - theme::GAP);
    let left = UiBuilder::new().max_rect(left).layout(Layout::left_to_right(Align::Center));
    inside(ui, left, |ui| {
        ui.label(RichText::new("Source").strong().color(tokens.text));
        if *status == Status::Computing {
            computing_mark_ui(ui);
        }
        let name = format!("{}:{}", code.name, place.line);
        let label = RichText::new(&name).font(theme::mono_small()).color(tokens.text_quiet);
        let path = code.place.as_ref().map_or_else(|_| name, |path| path.display().to_string());
        ui.add(Label::new(label).truncate()).on_hover_text(path);
    });
}

/// To the lines that did not run before and behind those that are shown.
fn uncovered_ui(ui: &mut Ui, ctx: &ViewContext<'_>, (code, place): (&Code, &CodePlace)) {
    if code.uncovered.is_empty() {
        return;
    }
    let n_before = code.uncovered.partition_point(|[first, _]| *first < place.line);
    let is_here = code.uncovered.get(n_before).is_some_and(|[first, _]| *first == place.line);
    let next = code.uncovered.get(n_before + usize::from(is_here));
    let previous = n_before.checked_sub(1).and_then(|at| code.uncovered.get(at));
    for (sign, name, target) in
        [("›", "Next lines that did not run", next), ("‹", "Previous lines that did not run", previous)]
    {
        let button = ui.add_enabled(target.is_some(), Button::new(sign).frame_when_inactive(false));
        button.widget_info(|| WidgetInfo::labeled(Role::Button, target.is_some(), name));
        if let (Some([first, _]), true) = (target, button.clicked()) {
            ctx.send(Command::ShowPlace(CodePlace { line: *first, ..place.clone() }));
        }
        button.on_hover_text(name);
    }
}

fn rows_ui(
    ui: &mut Ui,
    ctx: &ViewContext<'_>,
    (code, place): (&Code, &CodePlace),
    scrolled_to: &mut Option<CodePlace>,
) {
    ui.spacing_mut().item_spacing = vec2(0.0, 0.0);
    let mut area = ScrollArea::vertical().id_salt("code").auto_shrink(false);
    if scrolled_to.as_ref() != Some(place) {
        *scrolled_to = Some(place.clone());
        let above = ui.available_height() / 3.0;
        let offset = place.line.saturating_sub(1) as f32 * theme::ROW_HEIGHT - above;
        area = area.vertical_scroll_offset(offset.max(0.0));
    }
    area.show_rows(ui, theme::ROW_HEIGHT, code.lines.len(), |ui, range| {
        for (line, number) in code.lines[range.clone()].iter().zip(range.start + 1..) {
            line_ui(ui, ctx, (code, place), (line, number));
        }
    });
}

fn line_ui(
    ui: &mut Ui,
    ctx: &ViewContext<'_>,
    (code, place): (&Code, &CodePlace),
    (line, number): (&CodeLine, usize),
) {
    let is_chosen = number == place.line as usize;
    let tokens = theme::tokens(ui);
    let size = vec2(ui.available_width(), theme::ROW_HEIGHT);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| {
        let ran = line.counts.map_or_else(String::new, |counts| format!("{}, ", ran_text(&counts)));
        let text = format!("Line {number}, {ran}{}", line.text.trim());
        WidgetInfo::selected(Role::ListItem, true, is_chosen, text)
    });
    let painter = ui.painter();
    let has_counts = code.most > 0 || !code.uncovered.is_empty();
    if let Some(counts) = &line.counts {
        gutter_ui(ui, rect, counts, (code.most, is_chosen));
    }
    let shift = if has_counts { COUNT_WIDTH } else { 0.0 };
    if is_chosen {
        painter.rect_filled(rect.with_min_x(rect.left() + shift), 0.0, tokens.accent_soft);
    } else if response.hovered() || response.has_focus() {
        painter.rect_filled(
            rect.with_min_x(rect.left() + shift),
            0.0,
            tokens.row_hovered.gamma_multiply(0.6),
        );
    }
    let at = pos2(rect.left() + shift + LINE_RIGHT, rect.center().y);
    painter.text(at, Align2::RIGHT_CENTER, number.to_string(), theme::mono(), tokens.text_faint);
    let text_rect = Rect::from_min_max(pos2(rect.left() + shift + TEXT_LEFT, rect.top()), rect.max);
    let cannot_run = has_counts && line.counts.is_none();
    let ink = if cannot_run { tokens.text_quiet } else { tokens.text };
    paint_clipped_text(painter, text_rect, Align2::LEFT_CENTER, &line.text, (theme::mono(), ink));
    underline_ui(ui, text_rect, line);
    if let Ok(path) = &code.place {
        line_events(ctx, &response, (Some(path), &place.file), i64::try_from(number).unwrap_or(i64::MAX));
    }
    if let Some(counts) = &line.counts {
        response.on_hover_text(ran_text(counts));
    }
}

/// How often a line ran, in words.
fn ran_text(counts: &LineCoverage) -> String {
    let times = |count: i64| match count {
        1 => "once".to_owned(),
        count => format!("{} times", text::count(usize::try_from(count).unwrap_or(0))),
    };
    match (counts.is_covered(), counts.is_partly_covered()) {
        (false, _) => "did not run".to_owned(),
        (true, true) => format!("ran {}, in part", times(counts.most)),
        (true, false) => format!("ran {}", times(counts.most)),
    }
}

/// The count of a line, on a ground that says the same: warm for what did not run, hatched for what ran in part, blue for what
/// ran, the more often the stronger. Blue and orange stay apart for color-blind eyes.
fn gutter_ui(ui: &Ui, rect: Rect, counts: &LineCoverage, (most, is_chosen): (i64, bool)) {
    let (painter, tokens) = (ui.painter(), theme::tokens(ui));
    let gutter = rect.with_max_x(rect.left() + COUNT_WIDTH);
    if counts.is_covered() {
        let ground = theme::faded(tokens.decrease, tokens.raised, heat(counts.most, most));
        painter.rect_filled(gutter, 0.0, ground);
        if counts.is_partly_covered() {
            hatch_ui(painter, gutter, tokens.increase);
        }
    } else {
        painter.rect_filled(gutter, 0.0, theme::faded(tokens.increase, tokens.raised, 0.35));
        if !is_chosen {
            let behind = rect.with_min_x(gutter.right());
            painter.rect_filled(behind, 0.0, tokens.danger_soft.gamma_multiply(0.5));
        }
    }
    let count = text::short_count(counts.most.max(0).unsigned_abs());
    let at = pos2(gutter.right() - theme::GRID, rect.center().y);
    painter.text(at, Align2::RIGHT_CENTER, count, theme::mono_small(), tokens.text);
}

/// How much of the color the ground of a count has: by the logarithm of the count.
fn heat(count: i64, most: i64) -> f32 {
    const LEAST: f32 = 0.12;
    const MOST: f32 = 0.45;
    if most <= 1 {
        return (LEAST + MOST) / 2.0;
    }
    let part = ((count.max(1) as f64).ln() / (most as f64).ln()) as f32;
    LEAST + (MOST - LEAST) * part.clamp(0.0, 1.0)
}

/// Slanted lines at the left edge of a gutter.
fn hatch_ui(painter: &Painter, gutter: Rect, color: Color32) {
    let strip = gutter.with_max_x(gutter.left() + HATCH_WIDTH);
    let painter = painter.with_clip_rect(strip.intersect(painter.clip_rect()));
    let mut y = strip.top() - HATCH_WIDTH;
    while y < strip.bottom() {
        let line = [pos2(strip.left(), y + HATCH_WIDTH), pos2(strip.right(), y)];
        painter.line_segment(line, Stroke::new(1.5, color));
        y += 4.0;
    }
}

/// Underlines what of a line did not run.
fn underline_ui(ui: &Ui, text_rect: Rect, line: &CodeLine) {
    let tokens = theme::tokens(ui);
    let width =
        |text: &str| ui.painter().layout_no_wrap(text.to_owned(), theme::mono(), tokens.text).size().x;
    for range in &line.not_run {
        let (Some(before), Some(part)) = (line.text.get(..range.start), line.text.get(range.clone())) else {
            continue;
        };
        let left = text_rect.left() + width(before);
        let right = (left + width(part)).min(text_rect.right());
        if left < right {
            ui.painter().hline(left..=right, text_rect.bottom() - 2.0, Stroke::new(1.5, tokens.increase));
        }
    }
}
