//! What each label accounts for: keys, values, and what has no label. A click on a value keeps its samples; beside it, they
//! are dropped or compared with those of another value; a key makes its values the outermost frames. In a trace it is
//! tasks that have labels: see `labels/tasks.rs`.

mod tasks;

use eframe::egui::{
    Align2, Id, Rect, RichText, Role, ScrollArea, Sense, StrokeKind, Ui, WidgetInfo, pos2, vec2,
};
use goscope_analysis::profile::query::LabelFilter;

use crate::derived::Status;
use crate::document::Source;
use crate::gui::command::Command;
use crate::gui::parts::placeholder::{computing_mark_ui, nothing_yet_ui, sentence_ui};
use crate::gui::theme;
use crate::gui::view::{View, ViewContext};
use crate::gui::view_id::ViewId;
use crate::gui::widgets::icon::paint_clipped_text;
use crate::gui::widgets::meter::paint_meter;
use crate::gui::widgets::view_bar_ui;
use crate::gui::workspace::{Content, FilterChip};
use crate::query::label_pivot::{LabelLine, LabelPivotQuery, Labels, PivotKey};
use crate::text::{self, ValueText};

/// Room for a value and its share, and for the share alone where there is little.
const NUMBERS_WIDTH: f32 = 140.0;
const SHARE_WIDTH: f32 = 62.0;
/// The width from which there is room for both.
const WIDE: f32 = 420.0;
/// Room for the words beside a line.
const NOT_WIDTH: f32 = 30.0;
const COMPARE_WIDTH: f32 = 58.0;

/// The view.
pub struct LabelsView;

/// What another value is to be compared with.
#[derive(Debug, Default)]
pub struct LabelsState {
    base: Option<Choice>,
}

/// The samples of one line.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Choice {
    /// `endpoint = /cart`.
    name: String,
    filter: LabelFilter,
}

impl View for LabelsView {
    type State = LabelsState;

    fn id(&self) -> ViewId {
        ViewId::Labels
    }

    fn ui(&self, ui: &mut Ui, ctx: &ViewContext<'_>, state: &mut LabelsState) {
        if ctx.trace().is_some() {
            return tasks::labels_ui(ui, ctx);
        }
        let shown = ctx.ask("labels", &LabelPivotQuery { stacks: ctx.lens().stack_query() });
        let Some(labels) = shown.answer else {
            nothing_yet_ui(ui, &shown.status, "Adding up labels");
            return;
        };
        header_ui(ui, &labels, &shown.status, state);
        if labels.pivot.keys.is_empty() {
            let text = if ctx.is_filtered() {
                "No sample that is left has a label."
            } else {
                "No sample has a label. Programs set them with pprof.Do."
            };
            sentence_ui(ui, text);
            return;
        }
        let list = List { ctx, labels: &labels, format: ValueText::column(&labels.unit, &labels.shown_unit) };
        ui.spacing_mut().item_spacing.y = 0.0;
        let area = ScrollArea::vertical().id_salt("labels").auto_shrink(false);
        area.show_rows(ui, theme::ROW_HEIGHT, labels.lines.len(), |ui, rows| {
            for line in &labels.lines[rows] {
                list.line_ui(ui, *line, state);
            }
        });
    }
}

fn header_ui(ui: &mut Ui, labels: &Labels, status: &Status, state: &mut LabelsState) {
    let tokens = theme::tokens(ui);
    let base = state.base.clone();
    let left = |ui: &mut Ui| {
        match &base {
            None => {
                ui.label(RichText::new("Labels").strong().color(tokens.text));
                let n_keys = text::counted(labels.pivot.keys.len(), "key");
                ui.label(RichText::new(n_keys).font(theme::mono_small()).color(tokens.text_faint));
            }
            Some(base) => {
                let text = format!("Compare {} with which value?", base.name);
                ui.label(RichText::new(text).color(tokens.text));
            }
        }
        if *status == Status::Computing {
            computing_mark_ui(ui);
        }
    };
    let right = |ui: &mut Ui| {
        if base.is_some() && ui.small_button("Cancel").clicked() {
            state.base = None;
        }
    };
    view_bar_ui(ui, left, right);
}

/// The list as it is drawn.
struct List<'a> {
    ctx: &'a ViewContext<'a>,
    labels: &'a Labels,
    format: ValueText,
}

impl List<'_> {
    fn line_ui(&self, ui: &mut Ui, line: LabelLine, state: &mut LabelsState) {
        let keys = &self.labels.pivot.keys;
        match line {
            LabelLine::Key(key) => self.key_ui(ui, &keys[key]),
            LabelLine::Value(key, value) => {
                let key = &keys[key];
                let value = &key.values[value];
                let filter = |text: &String| LabelFilter { keeps: true, text: text.clone() };
                let filter = value.filter.as_ref().map(filter);
                self.value_ui(ui, (&key.key, &value.text), (value.weight, filter), state);
            }
            LabelLine::Without(key) => {
                let key = &keys[key];
                let filter = |text: &String| LabelFilter { keeps: false, text: text.clone() };
                let filter = key.filter.as_ref().map(filter);
                self.value_ui(ui, (&key.key, "no label"), (key.without, filter), state);
            }
        }
    }

    fn key_ui(&self, ui: &mut Ui, key: &PivotKey) {
        let tokens = theme::tokens(ui);
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), theme::ROW_HEIGHT), Sense::hover());
        let name = Rect::from_min_max(
            rect.min + vec2(theme::GAP, 0.0),
            pos2(rect.right() - COMPARE_WIDTH - theme::GAP, rect.bottom()),
        );
        paint_clipped_text(ui.painter(), name, Align2::LEFT_CENTER, &key.key, (theme::body(), tokens.text));
        let is_grouped = self.ctx.lens().group_by.as_ref() == Some(&key.key);
        let (word, target) = if is_grouped { ("ungroup", None) } else { ("group by", Some(key.key.clone())) };
        let place =
            Rect::from_min_max(pos2(rect.right() - COMPARE_WIDTH - theme::GRID, rect.top()), rect.max);
        let tooltip = "Makes the values of this label the outermost frames of all stacks";
        if word_ui(ui, place, word, &format!("Group by {}", key.key), tooltip) {
            self.ctx.send(Command::GroupBy(target));
        }
    }

    /// A line of samples: a click keeps them, words beside it drop or compare them.
    fn value_ui(
        &self,
        ui: &mut Ui,
        (key, value): (&str, &str),
        (weight, filter): (i64, Option<LabelFilter>),
        state: &mut LabelsState,
    ) {
        let tokens = theme::tokens(ui);
        let name = format!("{key} = {value}");
        let sense = if filter.is_some() { Sense::click() } else { Sense::hover() };
        let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), theme::ROW_HEIGHT), sense);
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Keep {name}")));
        if filter.is_some() && (response.hovered() || response.has_focus()) {
            ui.painter().rect_filled(rect, 0.0, tokens.row_hovered);
        }
        if response.has_focus() {
            ui.painter().rect_stroke(rect, 0.0, (1.0, tokens.accent), StrokeKind::Inside);
        }
        let buttons_left = rect.right() - NOT_WIDTH - COMPARE_WIDTH - theme::GRID;
        let is_wide = rect.width() >= WIDE;
        let numbers_width = if is_wide { NUMBERS_WIDTH } else { SHARE_WIDTH };
        let numbers = Rect::from_min_max(
            pos2(buttons_left - numbers_width, rect.top() + 2.0),
            pos2(buttons_left - theme::GAP, rect.bottom() - 2.0),
        );
        paint_meter(ui, numbers, text::fraction(weight, self.labels.pivot.total));
        let share = text::share(weight, self.labels.pivot.total);
        let value_text = self.format.text(weight);
        let texts = [(numbers.right() - 2.0, &share), (numbers.right() - SHARE_WIDTH, &value_text)];
        for (right, text) in texts.into_iter().take(if is_wide { 2 } else { 1 }) {
            let at = pos2(right, rect.center().y);
            ui.painter().text(at, Align2::RIGHT_CENTER, text, theme::mono(), tokens.text);
        }
        let place = Rect::from_min_max(
            rect.min + vec2(2.0 * theme::GAP, 0.0),
            pos2(numbers.left() - theme::GRID, rect.bottom()),
        );
        let color = if filter.is_some() { tokens.text } else { tokens.text_quiet };
        paint_clipped_text(ui.painter(), place, Align2::LEFT_CENTER, value, (theme::mono(), color));
        let Some(filter) = filter else {
            response.on_hover_text(format!("{name}\n{value_text}, {share}\nNo label filter says just this"));
            return;
        };
        let choice = Choice { name, filter };
        let tooltip = format!("{}\n{value_text}, {share}\nClick to keep only these samples", choice.name);
        if response.on_hover_text(tooltip).clicked() {
            self.take(choice.clone(), state);
        }
        self.buttons_ui(ui, pos2(buttons_left, rect.top()), &choice, state);
    }

    fn buttons_ui(
        &self,
        ui: &mut Ui,
        left_top: eframe::egui::Pos2,
        choice: &Choice,
        state: &mut LabelsState,
    ) {
        let drop = Rect::from_min_size(left_top, vec2(NOT_WIDTH, theme::ROW_HEIGHT));
        let name = &choice.name;
        if word_ui(ui, drop, "not", &format!("Drop {name}"), "Drops these samples") {
            let filter = LabelFilter { keeps: !choice.filter.keeps, text: choice.filter.text.clone() };
            self.ctx.send(Command::AddChip(FilterChip::of_label(filter, chip_text(choice))));
        }
        let compare = Rect::from_min_size(drop.right_top(), vec2(COMPARE_WIDTH, theme::ROW_HEIGHT));
        let tooltip = "Compares these samples, as the base, with those of another value";
        if word_ui(ui, compare, "compare", &format!("Compare {name}"), tooltip) {
            self.compare(choice, state);
        }
    }

    /// Keeps the samples, or compares them if another line waits for that.
    fn take(&self, choice: Choice, state: &mut LabelsState) {
        if state.base.is_some() {
            return self.compare(&choice, state);
        }
        let text = chip_text(&choice);
        let is_kept = choice.filter.keeps;
        let chip = FilterChip::of_label(choice.filter, text);
        self.ctx.send(if is_kept { Command::KeepLabel(chip) } else { Command::AddChip(chip) });
    }

    fn compare(&self, choice: &Choice, state: &mut LabelsState) {
        let Content::Profile(source) = &self.ctx.tab.content else { return };
        match state.base.take() {
            Some(base) if base != *choice => {
                let part = |choice: &Choice| {
                    let mut labels = self.ctx.lens().filters().labels;
                    labels.push(choice.filter.clone());
                    Source::Part(Box::new(source.clone()), labels)
                };
                self.ctx.send(Command::Compare(part(&base), part(choice)));
            }
            Some(_) => {}
            None => state.base = Some(choice.clone()),
        }
    }
}

/// What a chip says of a line: of the samples without a label, what the others have.
fn chip_text(choice: &Choice) -> String {
    match choice.name.strip_suffix(" = no label") {
        Some(key) if !choice.filter.keeps => format!("any {key}"),
        _ => choice.name.clone(),
    }
}

/// A word that can be clicked; screen readers call it by `name`.
fn word_ui(ui: &Ui, rect: Rect, word: &str, name: &str, tooltip: &str) -> bool {
    let tokens = theme::tokens(ui);
    let response = ui.interact(rect, Id::unique(("label word", name)), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
    let color = if response.hovered() || response.has_focus() { tokens.accent } else { tokens.text_faint };
    ui.painter().text(rect.center(), Align2::CENTER_CENTER, word, theme::small(), color);
    response.on_hover_text(tooltip).clicked()
}
