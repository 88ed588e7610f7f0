//! What the time of slow instances is made of, beside that of typical ones.
//!
//! ```text
//! 11 slow, mean 71.4 ms       ▆▆▆ running ▆▆▆▆▆▆▆▆▆ GC ▆▆
//! 394 typical, mean 1.60 ms   ▆▆ running ▆▆ system call ▆    a click on a part, or on its row, dims the others
//! who does what                 slow ▆▆▆▆▆  typical ▏  share  and lists those that have it
//! catalog.(*Index).RebuildEvery computes in …                 the chosen one in full, its nouns as links
//! slowest      goroutine   duration   of it                   a click shows it with its path in the lanes
//! ```

use std::borrow::Cow;

use eframe::egui::{Align, Frame, Layout, Margin, Rect, Ui, UiBuilder, pos2, vec2};
use goscope_analysis::symbol::short_name;
use goscope_analysis::trace::answers::why::Answer;
use goscope_analysis::trace::model::TraceModel;
use goscope_parsers::printable;
use goscope_parsers::trace::StringId;

use super::header::header_ui;
use crate::gui::command::Command;
use crate::gui::hue::hue_of_path;
use crate::gui::parts::placeholder::{nothing_yet_ui, sentence_ui as centered_sentence_ui};
use crate::gui::parts::sentence::{follow_instance, sentence_ui};
use crate::gui::theme;
use crate::gui::view::ViewContext;
use crate::gui::widgets::inside;
use crate::gui::widgets::stacked_bars::{BarPart, StackedBar, stacked_bars_ui};
use crate::gui::widgets::value_table::{
    Cell, ColumnLook, TableLook, column, marked_table_ui, value_table_ui,
};
use crate::query::trace::answers::slowest::{CauseChoice, Slowest, SlowestQuery};
use crate::query::trace::answers::why::WhyAnswer;
use crate::query::trace::answers::why_sentence::{cause_sentence, class_text};
use crate::text;

const VALUE_WIDTH: f32 = 72.0;
/// Parts of a bar; more are too thin to be seen.
const MOST_PARTS: usize = 64;
/// How much of its color is left of what is not the chosen part.
const DIMMED: f32 = 0.22;
/// Room for the way back from a chosen part.
const BUTTON_WIDTH: f32 = 72.0;
/// Rows of the upper table that are seen before it scrolls, if there is room.
const MAX_ROWS_SEEN: usize = 8;

const ROW_COLUMNS: &[ColumnLook] = &[
    column("who does what", "On the critical path. Click to list the slowest that have it", None, false),
    column("slow", "Mean of the slow ones", Some(VALUE_WIDTH), false),
    column("typical", "Mean of the typical ones", Some(VALUE_WIDTH), false),
    column("share", "Share of the time of the slow ones", Some(60.0), false),
    column("in", "Slow ones that have it", Some(52.0), false),
];

const LIST_COLUMNS: &[ColumnLook] = &[
    column("slowest", "Click to show it in the lanes, with its critical path above them", None, false),
    column("goroutine", "The goroutine that it belongs to", Some(VALUE_WIDTH), false),
    column("start", "Since the start of the trace", Some(VALUE_WIDTH), false),
    column("duration", "From start to end", Some(VALUE_WIDTH), false),
    column("of it", "The chosen part of its time; else the part that is most", Some(VALUE_WIDTH), false),
];

pub(super) fn why_ui(ui: &mut Ui, ctx: &ViewContext<'_>, model: &TraceModel) {
    let why = ctx.lens().trace.why();
    let cause = ctx.lens().trace.cause.clone();
    let shown = ctx.ask("why", &why);
    let slowest = ctx.ask("slowest", &SlowestQuery { why, cause });
    let population = shown.answer.as_ref().and_then(|answer| answer.population.as_ref());
    header_ui(ui, ctx, population, &slowest.status);
    let (Some(answer), Some(slowest)) = (&shown.answer, &slowest.answer) else {
        let status = if shown.answer.is_none() { &shown.status } else { &slowest.status };
        nothing_yet_ui(ui, status, "Following critical paths");
        return;
    };
    if answer.why.wall.is_empty() {
        centered_sentence_ui(ui, "There is nothing here whose slow ones could be compared.");
        return;
    }
    let view = Answers { ctx, model, answer, slowest };
    view.bars_ui(ui);
    view.tables_ui(ui);
}

struct Answers<'a> {
    ctx: &'a ViewContext<'a>,
    model: &'a TraceModel,
    answer: &'a WhyAnswer,
    slowest: &'a Slowest,
}

impl Answers<'_> {
    /// The place of the chosen part among the answers.
    fn chosen(&self) -> Option<usize> {
        self.slowest.chosen.map(|(at, _)| at)
    }

    /// Whether another part was chosen.
    fn is_dim(&self, row: usize) -> bool {
        self.chosen().is_some_and(|chosen| chosen != row)
    }

    fn choose(&self, row: usize) {
        let key = self.answer.why.answers[row].key;
        let choice = (self.chosen() != Some(row)).then(|| CauseChoice::of(self.model, key));
        self.ctx.send(Command::ChooseCause(choice));
    }

    /// What slow ones and typical ones are made of, each as a whole.
    fn bars_ui(&self, ui: &mut Ui) {
        let why = &self.answer.why;
        let slow = self.bar(ui, (why.slow.0, "slow", why.slow_mean()), |answer| why.slow_mean_of(answer));
        let typical = (why.typical.0 > 0).then(|| {
            let of = |answer: &Answer| why.typical_mean_of(answer);
            self.bar(ui, (why.typical.0, "typical", why.typical_mean()), of)
        });
        let bars: Vec<StackedBar> = std::iter::once(slow).chain(typical).collect();
        if let Some(row) = stacked_bars_ui(ui, &bars) {
            self.choose(row);
        }
    }

    fn bar(
        &self,
        ui: &Ui,
        (count, kind, whole): (u64, &str, f64),
        mean_of: impl Fn(&Answer) -> f64,
    ) -> StackedBar {
        let (is_dark, tokens) = (ui.visuals().dark_mode, theme::tokens(ui));
        let part = |(row, answer): (usize, &Answer)| {
            let (hue, mean) = (hue_of_path(answer.key.class), mean_of(answer));
            let (color, ink) = (hue.color(is_dark), hue.ink(is_dark));
            let is_dim = self.is_dim(row);
            let faded = (theme::faded(color, tokens.ground, DIMMED), tokens.text_faint);
            BarPart {
                key: row,
                share: (mean / whole.max(1.0)) as f32,
                colors: if is_dim { faded } else { (color, ink) },
                text: class_text(answer.key.class),
                tooltip: format!("{kind}: {}, {}", self.part_text(answer), mean_text(mean)),
            }
        };
        let count = text::count(usize::try_from(count).unwrap_or(usize::MAX));
        let parts = self.answer.why.answers.iter().enumerate().take(MOST_PARTS).map(part).collect();
        StackedBar { name: format!("{count} {kind}, mean {}", mean_text(whole)), parts }
    }

    fn tables_ui(&self, ui: &mut Ui) {
        let left = ui.available_rect_before_wrap();
        let rows = self.answer.why.answers.len().min(MAX_ROWS_SEEN);
        let wanted = theme::CONTROL_HEIGHT + rows as f32 * theme::ROW_HEIGHT + theme::GRID;
        // The chosen part in full takes room of the list.
        let most = if self.slowest.chosen.is_some() { 0.4 } else { 0.5 };
        let middle = left.top() + wanted.min(left.height() * most);
        let upper = Rect::from_min_max(left.min, pos2(left.right(), middle));
        let lower = Rect::from_min_max(pos2(left.left(), middle), left.max);
        inside(ui, UiBuilder::new().max_rect(upper), |ui| self.rows_ui(ui));
        inside(ui, UiBuilder::new().max_rect(lower), |ui| {
            self.chosen_ui(ui);
            self.list_ui(ui);
        });
    }

    fn rows_ui(&self, ui: &mut Ui) {
        let answers = &self.answer.why.answers;
        let selected = self.chosen();
        let look = TableLook {
            id_salt: "parts of slow instances",
            columns: ROW_COLUMNS,
            // By what explains the slow ones best, which is no column that can be sorted by.
            sort: (usize::MAX, true),
            n_rows: answers.len(),
            selected,
            scroll_to: None,
        };
        let (is_dark, tokens) = (ui.visuals().dark_mode, theme::tokens(ui));
        let mark = |row: usize| {
            let color = hue_of_path(answers[row].key.class).color(is_dark);
            Some(if self.is_dim(row) { theme::faded(color, tokens.ground, DIMMED) } else { color })
        };
        let cell = |row: usize, column: usize| self.row_cell((row, &answers[row]), column, tokens);
        let events = marked_table_ui(ui, &look, mark, cell);
        if let Some(row) = events.clicked {
            self.choose(row);
        }
    }

    fn row_cell(
        &self,
        (row, answer): (usize, &Answer),
        column: usize,
        tokens: &theme::Tokens,
    ) -> Cell<'static> {
        let why = &self.answer.why;
        // Both bars by one measure, so that they can be compared.
        let bar = |mean: f64| (mean / why.slow_mean().max(why.typical_mean()).max(1.0)) as f32;
        let (slow, typical) = (why.slow_mean_of(answer), why.typical_mean_of(answer));
        let (text, meter) = match column {
            0 => (self.part_text(answer), None),
            1 => (mean_text(slow), Some(bar(slow))),
            2 => (mean_text(typical), Some(bar(typical))),
            3 => (text::percent(why.slow_share_of(answer)), None),
            _ => (format!("{}/{}", answer.slow_instances, why.slow.0), None),
        };
        let is_dim = self.is_dim(row);
        let color = is_dim.then_some(tokens.text_faint);
        Cell { text: Cow::Owned(text), color, meter: meter.filter(|_| !is_dim), ..Cell::default() }
    }

    /// `running · catalog.build · catalog.(*Index).RebuildEvery`: what it is first, since the column is narrow.
    fn part_text(&self, answer: &Answer) -> String {
        let mut words = vec![class_text(answer.key.class).to_owned()];
        let name = |id: StringId| short_name(&printable(&self.model.tables().string_lossy(id))).into_owned();
        let names = [Some(answer.function), answer.key.role].into_iter().flatten();
        words.extend(names.filter(|id| *id != StringId::NONE).map(name));
        words.dedup();
        if answer.key.role.is_none() {
            words.push("own".to_owned());
        }
        words.extend(answer.key.behind.map(|task| format!("behind {}", name(task))));
        words.join(" · ")
    }

    /// The chosen part in full.
    fn chosen_ui(&self, ui: &mut Ui) {
        let Some(answer) = self.chosen().and_then(|at| self.answer.why.answers.get(at)) else { return };
        let tokens = theme::tokens(ui);
        let frame = Frame::new().fill(tokens.accent_soft).inner_margin(Margin::symmetric(8, 4));
        frame.show(ui, |ui| {
            ui.horizontal_top(|ui| {
                let room = (ui.available_width() - BUTTON_WIDTH).max(BUTTON_WIDTH);
                ui.allocate_ui_with_layout(vec2(room, 0.0), Layout::top_down(Align::Min), |ui| {
                    ui.set_width(room);
                    let sentence = cause_sentence(self.model, answer);
                    sentence_ui(ui, self.ctx, &sentence, (&theme::body(), tokens.text));
                });
                let size = vec2(ui.available_width(), theme::CONTROL_HEIGHT);
                ui.allocate_ui_with_layout(size, Layout::right_to_left(Align::Center), |ui| {
                    if ui.button("All of it").on_hover_text("Looks at all of the time again").clicked() {
                        self.ctx.send(Command::ChooseCause(None));
                    }
                });
            });
        });
    }

    fn list_ui(&self, ui: &mut Ui) {
        let instances = &self.slowest.instances;
        let path = self.ctx.lens().trace.path;
        let look = TableLook {
            id_salt: "slowest with their paths",
            columns: LIST_COLUMNS,
            sort: (3, true),
            n_rows: instances.len(),
            // A few dozen at most.
            selected: instances.iter().position(|it| Some(it.place.choice) == path),
            scroll_to: None,
        };
        let events = value_table_ui(ui, &look, |row, column| {
            let it = &instances[row];
            Cell::plain(match column {
                0 => format!("{} · {}", it.name, it.part),
                1 => it.place.goroutine.to_string(),
                2 => text::duration(it.place.range.start_nanos),
                3 => text::duration(it.nanos as i64),
                _ => text::duration(it.part_nanos as i64),
            })
        });
        if let Some(row) = events.clicked {
            follow_instance(self.ctx, &instances[row].place);
        }
    }
}

/// A mean of durations, in ns.
fn mean_text(nanos: f64) -> String {
    match nanos.round() as i64 {
        0 => "–".to_owned(),
        nanos => text::duration(nanos),
    }
}
