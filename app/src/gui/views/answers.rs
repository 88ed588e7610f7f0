//! What the time of slow instances is made of, beside that of typical ones.
//!
//! ```text
//! Why slow  all tasks                              11 slow: 71.4 ms · 394 typical: 1.60 ms
//! who does what                 slow ▆▆▆▆▆  typical ▏  share     a click lists those that have it
//! catalog.(*Index).RebuildEvery computes in …                    the chosen one in full, its nouns as links
//! slowest      goroutine   duration   of it                      a click shows it with its path in the lanes
//! ```

use std::borrow::Cow;

use eframe::egui::{Color32, Frame, Margin, Rect, RichText, Ui, UiBuilder, pos2};
use goscope_analysis::symbol::short_name;
use goscope_analysis::trace::answers::why::Answer;
use goscope_analysis::trace::model::TraceModel;
use goscope_parsers::printable;
use goscope_parsers::trace::StringId;

use crate::derived::Status;
use crate::gui::command::Command;
use crate::gui::hue::hue_of_path;
use crate::gui::parts::placeholder::{
    computing_mark_ui, nothing_yet_ui, sentence_ui as centered_sentence_ui,
};
use crate::gui::parts::sentence::{follow_instance, sentence_ui};
use crate::gui::theme::{self, StateHue};
use crate::gui::view::{View, ViewContext};
use crate::gui::view_id::ViewId;
use crate::gui::widgets::value_table::{Cell, ColumnLook, TableLook, column, value_table_ui};
use crate::gui::widgets::{inside, view_bar_ui};
use crate::query::trace::answers::slowest::{CauseChoice, Slowest, SlowestQuery};
use crate::query::trace::answers::why::WhyAnswer;
use crate::query::trace::answers::why_sentence::{cause_sentence, class_text};
use crate::text;

const VALUE_WIDTH: f32 = 72.0;
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

/// The view.
pub struct AnswersView;

impl View for AnswersView {
    type State = ();

    fn id(&self) -> ViewId {
        ViewId::Answers
    }

    fn ui(&self, ui: &mut Ui, ctx: &ViewContext<'_>, _: &mut ()) {
        let Some(model) = ctx.trace() else { return };
        let why = ctx.lens().trace.why();
        let cause = ctx.lens().trace.cause.clone();
        let shown = ctx.ask("why", &why);
        let slowest = ctx.ask("slowest", &SlowestQuery { why, cause });
        header_ui(ui, ctx, shown.answer.as_deref(), &slowest.status);
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
        view.ui(ui);
    }
}

fn header_ui(ui: &mut Ui, ctx: &ViewContext<'_>, answer: Option<&WhyAnswer>, status: &Status) {
    let tokens = theme::tokens(ui);
    let left = |ui: &mut Ui| {
        ui.label(RichText::new("Why slow").strong().color(tokens.text));
        if let Some(population) = answer.and_then(|answer| answer.population.as_ref()) {
            ui.label(RichText::new(population.text()).color(tokens.text_quiet));
        }
        if *status == Status::Computing {
            computing_mark_ui(ui);
        }
        if ctx.lens().trace.cause.is_some() && ui.button("All of it").clicked() {
            ctx.send(Command::ChooseCause(None));
        }
    };
    let right = |ui: &mut Ui| {
        if let Some(answer) = answer {
            let text = RichText::new(cohorts_text(answer)).font(theme::mono_small());
            ui.label(text.color(tokens.text_quiet));
        }
    };
    view_bar_ui(ui, left, right);
}

fn cohorts_text(answer: &WhyAnswer) -> String {
    let why = &answer.why;
    let mean = |nanos: f64| text::duration(nanos.round() as i64);
    let count = |count: u64| text::count(usize::try_from(count).unwrap_or(usize::MAX));
    let slow = format!("{} slow, mean {}", count(why.slow.0), mean(why.slow_mean()));
    match why.typical.0 {
        0 => slow,
        typical => format!("{slow}  {} typical, mean {}", count(typical), mean(why.typical_mean())),
    }
}

struct Answers<'a> {
    ctx: &'a ViewContext<'a>,
    model: &'a TraceModel,
    answer: &'a WhyAnswer,
    slowest: &'a Slowest,
}

impl Answers<'_> {
    fn ui(&self, ui: &mut Ui) {
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
        let selected = self.slowest.chosen.map(|(at, _)| at);
        let look = TableLook {
            id_salt: "parts of slow instances",
            columns: ROW_COLUMNS,
            // By what explains the slow ones best, which is no column that can be sorted by.
            sort: (usize::MAX, true),
            n_rows: answers.len(),
            selected,
            scroll_to: None,
        };
        let is_dark = ui.visuals().dark_mode;
        let events = value_table_ui(ui, &look, |row, column| self.row_cell(&answers[row], column, is_dark));
        if let Some(row) = events.clicked {
            let choice = (selected != Some(row)).then(|| CauseChoice::of(self.model, answers[row].key));
            self.ctx.send(Command::ChooseCause(choice));
        }
    }

    fn row_cell(&self, answer: &Answer, column: usize, is_dark: bool) -> Cell<'static> {
        let why = &self.answer.why;
        // Both bars by one measure, so that they can be compared.
        let bar = |mean: f64| (mean / why.slow_mean().max(why.typical_mean()).max(1.0)) as f32;
        let mean = |mean: f64| match mean.round() as i64 {
            0 => "–".to_owned(),
            nanos => text::duration(nanos),
        };
        let (slow, typical) = (why.slow_mean_of(answer), why.typical_mean_of(answer));
        let (text, meter) = match column {
            0 => (self.part_text(answer), None),
            1 => (mean(slow), Some(bar(slow))),
            2 => (mean(typical), Some(bar(typical))),
            3 => (text::percent(why.slow_share_of(answer)), None),
            _ => (format!("{}/{}", answer.slow_instances, why.slow.0), None),
        };
        let color = (column == 0).then(|| part_ink(answer, is_dark)).flatten();
        Cell { text: Cow::Owned(text), color, meter }
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
        let Some(answer) = self.slowest.chosen.and_then(|(at, _)| self.answer.why.answers.get(at)) else {
            return;
        };
        let tokens = theme::tokens(ui);
        let frame = Frame::new().fill(tokens.accent_soft).inner_margin(Margin::symmetric(8, 4));
        frame.show(ui, |ui| {
            ui.set_width(ui.available_width());
            let sentence = cause_sentence(self.model, answer);
            sentence_ui(ui, self.ctx, &sentence, (&theme::body(), tokens.text));
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

/// The color of what is done, where it can be read as text.
fn part_ink(answer: &Answer, is_dark: bool) -> Option<Color32> {
    match hue_of_path(answer.key.class) {
        StateHue::Waiting | StateHue::Unknown => None,
        StateHue::Runnable if !is_dark => None,
        hue => Some(hue.color(is_dark)),
    }
}
