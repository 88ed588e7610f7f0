//! The source of the chosen function with flat and cum beside every line; the lines alone where there is no text.
//!
//! Text is found and read by a worker. A line opens in an editor by double click or its menu. Of results of tests it is the
//! whole file in which something was found.

mod code;
mod editor;

use eframe::egui::{
    Align, Align2, Button, Layout, Rect, RichText, Role, ScrollArea, Sense, Ui, UiBuilder, WidgetInfo, pos2,
    vec2,
};

use self::editor::{editor_choice_ui, line_events};
use crate::derived::Status;
use crate::gui::command::Command;
use crate::gui::parts::placeholder::{computing_mark_ui, nothing_yet_ui, sentence_ui};
use crate::gui::selection::Item;
use crate::gui::theme;
use crate::gui::view::{View, ViewContext};
use crate::gui::view_id::ViewId;
use crate::gui::widgets::icon::paint_clipped_text;
use crate::gui::widgets::inside;
use crate::gui::workspace::ContentKind;
use crate::query::source::{SourceFacts, SourceFile, SourceQuery, SourceRow};
use crate::query::testing::code::CodePlace;
use crate::text::{self, ValueText};

/// The view.
pub struct SourceView;

/// Right edges of the columns: own value, value with callees, number of the line.
const FLAT_RIGHT: f32 = 84.0;
const CUM_RIGHT: f32 = 168.0;
const LINE_RIGHT: f32 = 220.0;
const TEXT_LEFT: f32 = 232.0;

/// How far a level of inlining is moved to the right.
const INDENT: f32 = 16.0;

/// What passes in it: the selection that it has brought into view.
#[derive(Debug, Default)]
pub struct SourceState {
    scrolled_to: Option<Item>,
    /// Likewise the place of a file that is shown whole.
    scrolled_to_place: Option<CodePlace>,
}

impl SourceState {
    /// Whether another function was chosen since the last frame.
    fn is_newly_shown(&mut self, ctx: &ViewContext<'_>) -> bool {
        let is_new = self.scrolled_to != ctx.lens().selection;
        self.scrolled_to.clone_from(&ctx.lens().selection);
        is_new
    }
}

impl View for SourceView {
    type State = SourceState;

    fn id(&self) -> ViewId {
        ViewId::Source
    }

    fn ui(&self, ui: &mut Ui, ctx: &ViewContext<'_>, state: &mut SourceState) {
        let kind = ctx.tab.content.kind();
        if !kind.has_stacks() && ctx.explain_query().is_none() || kind == ContentKind::Dumps {
            return code::code_ui(ui, ctx, &mut state.scrolled_to_place);
        }
        let documents = match ctx.code_documents() {
            Ok(documents) => documents,
            Err(status) => {
                nothing_yet_ui(ui, &status, ctx.making());
                return;
            }
        };
        let ctx = &ctx.about(documents.get());
        let Some(key) =
            ctx.lens().selection.as_ref().and_then(Item::frame).filter(|key| !key.name.is_empty())
        else {
            sentence_ui(ui, "Select a function to see its source.");
            return;
        };
        let question = SourceQuery { stacks: ctx.lens().stack_query(), frame: key.frame() };
        let shown = ctx.ask("source", &question);
        let Some(facts) = shown.answer else {
            nothing_yet_ui(ui, &shown.status, "Looking for the source");
            return;
        };
        header_ui(ui, ctx, &facts, &shown.status);
        if facts.files.is_empty() {
            sentence_ui(ui, "Nothing of this function is left. Switch off a filter.");
            return;
        }
        rows_ui(ui, ctx, &facts, state);
    }
}

/// Which function, and the way to an editor.
fn header_ui(ui: &mut Ui, ctx: &ViewContext<'_>, facts: &SourceFacts, status: &Status) {
    let tokens = theme::tokens(ui);
    let size = vec2(ui.available_width(), theme::TOOL_BAR_HEIGHT);
    let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
    let inner = rect.shrink2(vec2(theme::GAP, 0.0));
    let right = UiBuilder::new().max_rect(inner).layout(Layout::right_to_left(Align::Center));
    let mut left_rect = inner;
    inside(ui, right, |ui| {
        editor_choice_ui(ui, ctx);
        let found =
            facts.files.iter().find_map(|file| Some((file.place.as_ref().ok()?, file.hottest_line())));
        let button = ui.add_enabled(found.is_some(), Button::new("Open in editor"));
        let button = button.on_disabled_hover_text("The file is not on this machine");
        if let Some((place, line)) = found.filter(|_| button.clicked()) {
            ctx.send(Command::OpenInEditor(place.clone(), line));
        }
        left_rect.max.x = ui.min_rect().left() - theme::GAP;
    });
    let left = UiBuilder::new().max_rect(left_rect).layout(Layout::left_to_right(Align::Center));
    inside(ui, left, |ui| {
        ui.label(RichText::new("Source").strong().color(tokens.text));
        if *status == Status::Computing {
            computing_mark_ui(ui);
        }
        let name = RichText::new(&facts.name).font(theme::mono_small()).color(tokens.text_quiet);
        ui.add(eframe::egui::Label::new(name).truncate());
    });
}

/// What a line of the view shows.
enum Shown<'a> {
    File(&'a SourceFile),
    Mismatch(&'a str),
    Row(&'a SourceFile, &'a SourceRow),
}

/// How many lines stand over the rows of a file: its name, and what is wrong with its text.
fn n_head(file: &SourceFile) -> usize {
    1 + usize::from(file.mismatch.is_some())
}

/// The line at an index: every file has one line for itself, or two, then its rows.
fn shown_at(facts: &SourceFacts, index: usize) -> Option<Shown<'_>> {
    let mut rest = index;
    for file in &facts.files {
        match (rest.checked_sub(n_head(file)), &file.mismatch) {
            (None, Some(mismatch)) if rest == 1 => return Some(Shown::Mismatch(mismatch)),
            (None, _) => return Some(Shown::File(file)),
            (Some(row), _) if row < file.rows.len() => return Some(Shown::Row(file, &file.rows[row])),
            (Some(row), _) => rest = row - file.rows.len(),
        }
    }
    None
}

fn rows_ui(ui: &mut Ui, ctx: &ViewContext<'_>, facts: &SourceFacts, state: &mut SourceState) {
    ui.spacing_mut().item_spacing = vec2(0.0, 0.0);
    let n_rows = facts.files.iter().map(|file| file.rows.len() + n_head(file)).sum();
    let mut area = ScrollArea::vertical().id_salt("source").auto_shrink(false);
    if state.is_newly_shown(ctx) {
        // The line that costs most, with some of what is above it.
        let hottest = facts.files.first().map_or(0, |file| {
            let line = file.hottest_line();
            file.rows.iter().position(|row| row.depth == 0 && row.line == line).unwrap_or(0)
        });
        let above = ui.available_height() / 3.0;
        area = area.vertical_scroll_offset((hottest as f32 * theme::ROW_HEIGHT - above).max(0.0));
    }
    area.show_rows(ui, theme::ROW_HEIGHT, n_rows, |ui, range| {
        for index in range {
            match shown_at(facts, index) {
                Some(Shown::File(file)) => file_ui(ui, facts, file),
                Some(Shown::Mismatch(mismatch)) => mismatch_ui(ui, mismatch),
                Some(Shown::Row(file, row)) => row_ui(ui, ctx, facts, file, row),
                None => {}
            }
        }
    });
}

/// The line that says that the text is another one than was profiled.
fn mismatch_ui(ui: &mut Ui, mismatch: &str) {
    let tokens = theme::tokens(ui);
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), theme::ROW_HEIGHT), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Alert, true, mismatch));
    ui.painter().rect_filled(rect, 0.0, tokens.sunken);
    let text_rect = rect.shrink2(vec2(theme::GAP, 0.0));
    let look = (theme::small(), tokens.found);
    if paint_clipped_text(ui.painter(), text_rect, Align2::LEFT_CENTER, mismatch, look) {
        response.on_hover_text(mismatch);
    }
}

/// The line above a file: its name, and what is wrong with it.
fn file_ui(ui: &mut Ui, facts: &SourceFacts, file: &SourceFile) {
    let tokens = theme::tokens(ui);
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), theme::ROW_HEIGHT), Sense::hover());
    let format = ValueText::column(&facts.unit, &facts.shown_unit);
    let name = if file.file.is_empty() { "no file" } else { &file.file };
    let text = match &file.place {
        Ok(_) => name.to_owned(),
        Err(reason) => format!("{name} – {reason}"),
    };
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, text.clone()));
    let painter = ui.painter();
    painter.rect_filled(rect, 0.0, tokens.sunken);
    for (right, value) in [(FLAT_RIGHT, file.flat), (CUM_RIGHT, file.cum)] {
        let at = pos2(rect.left() + right, rect.center().y);
        painter.text(at, Align2::RIGHT_CENTER, value_text(&format, value), theme::mono(), tokens.text);
    }
    let text_rect = Rect::from_min_max(pos2(rect.left() + TEXT_LEFT, rect.top()), rect.max);
    paint_clipped_text(
        painter,
        text_rect,
        Align2::LEFT_CENTER,
        &text,
        (theme::mono_small(), tokens.text_quiet),
    );
    if let Ok(place) = &file.place {
        response.on_hover_text(place.display().to_string());
    }
}

fn row_ui(ui: &mut Ui, ctx: &ViewContext<'_>, facts: &SourceFacts, file: &SourceFile, row: &SourceRow) {
    let tokens = theme::tokens(ui);
    let size = vec2(ui.available_width(), theme::ROW_HEIGHT);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    let format = ValueText::column(&facts.unit, &facts.shown_unit);
    let [flat, cum] = [row.flat, row.cum].map(|value| value_text(&format, value));
    let kind = if row.depth == 0 { "Line" } else { "Inlined line" };
    response.widget_info(|| {
        let text = format!("{kind} {}, flat {flat}, cum {cum}, {}", row.line, row.text.trim());
        WidgetInfo::labeled(Role::ListItem, true, text)
    });
    let painter = ui.painter();
    if row.cum != 0 && row.depth == 0 {
        let bar = vec2(rect.width() * text::fraction(row.cum, file.cum), rect.height() - 2.0);
        painter.rect_filled(Rect::from_min_size(rect.min + vec2(0.0, 1.0), bar), 0.0, tokens.meter);
    }
    if response.hovered() || response.has_focus() {
        painter.rect_filled(rect, 0.0, tokens.row_hovered.gamma_multiply(0.6));
    }
    let middle = rect.center().y;
    let ink = if row.depth == 0 { tokens.text } else { tokens.text_quiet };
    let line = if row.line > 0 { row.line.to_string() } else { "?".to_owned() };
    for (right, text, color) in
        [(FLAT_RIGHT, &flat, ink), (CUM_RIGHT, &cum, ink), (LINE_RIGHT, &line, tokens.text_faint)]
    {
        painter.text(pos2(rect.left() + right, middle), Align2::RIGHT_CENTER, text, theme::mono(), color);
    }
    let left = rect.left() + TEXT_LEFT + INDENT * row.depth as f32;
    let text_rect = Rect::from_min_max(pos2(left, rect.top()), rect.max);
    let text_ink = if file.mismatch.is_some() { tokens.text_faint } else { ink };
    paint_clipped_text(painter, text_rect, Align2::LEFT_CENTER, &row.text, (theme::mono(), text_ink));
    if row.depth == 0 && row.line > 0 && !file.file.is_empty() {
        line_events(ctx, &response, (file.place.as_deref().ok(), &file.file), row.line);
    }
    if row.cum != 0 {
        response.on_hover_text(format!(
            "flat {flat} ({}), cum {cum} ({})",
            text::share(row.flat, facts.total),
            text::share(row.cum, facts.total)
        ));
    }
}

/// A value, or a dot for none.
fn value_text(format: &ValueText, value: i64) -> String {
    if value == 0 { "·".to_owned() } else { format.text(value) }
}
