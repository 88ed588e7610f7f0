//! What the tasks of a trace log, as labels: for each category its messages, how many tasks have them, how long these took. A
//! click on a message shows their lanes.

use eframe::egui::{Align2, Rect, RichText, Role, ScrollArea, Sense, StrokeKind, Ui, WidgetInfo, pos2, vec2};
use goscope_analysis::trace::instances::InstanceKind;
use goscope_analysis::trace::model::TraceModel;
use goscope_analysis::trace::names::given_name;
use goscope_analysis::trace::questions::lane_filter::label_word;
use goscope_analysis::trace::task_labels::{TaskLabelKey, TaskSums};

use crate::derived::Status;
use crate::gui::command::Command;
use crate::gui::parts::placeholder::{computing_mark_ui, nothing_yet_ui, sentence_ui};
use crate::gui::theme;
use crate::gui::view::ViewContext;
use crate::gui::widgets::icon::paint_clipped_text;
use crate::gui::widgets::meter::paint_meter;
use crate::gui::widgets::view_bar_ui;
use crate::query::label_pivot::LabelLine;
use crate::query::trace::selection::LaneKind;
use crate::query::trace::task_labels::{LabeledTasks, TaskLabelsQuery};
use crate::query::trace::tasks::TasksQuery;
use crate::text;

/// Numbers beside a line, the most important first: where there is little room, the others are left out.
const COLUMNS: [&str; 4] = ["of time", "p99", "p50", "tasks"];
const COLUMN_WIDTH: f32 = 72.0;
/// Room that a message always has.
const NAME_WIDTH: f32 = 120.0;

/// The labels of the tasks in the selected time, of the chosen type if one is chosen.
pub(super) fn labels_ui(ui: &mut Ui, ctx: &ViewContext<'_>) {
    let Some(model) = ctx.trace() else { return };
    let lens = &ctx.lens().trace;
    let name = match &lens.about {
        InstanceKind::Tasks(name) => name.clone(),
        _ => None,
    };
    let tasks = TasksQuery { range: lens.range, name: name.clone(), ..TasksQuery::default() };
    let shown = ctx.ask("labels of tasks", &TaskLabelsQuery { tasks, key: None });
    let Some(found) = &shown.answer else {
        nothing_yet_ui(ui, &shown.status, "Adding up labels");
        return;
    };
    ui.spacing_mut().item_spacing.y = 0.0;
    let n_columns = n_columns(ui.available_width());
    header_ui(ui, (found, name.as_deref()), &shown.status, n_columns);
    if found.labels.keys.is_empty() {
        sentence_ui(
            ui,
            if found.n_tasks == 0 {
                "No tasks in the selected time. A program creates them with trace.NewTask."
            } else {
                "These tasks have no labels. A program sets them with trace.Log(ctx, \"tenant\", \"north\")."
            },
        );
        return;
    }
    let list = List { ctx, model, found, n_columns };
    let area = ScrollArea::vertical().id_salt("labels of tasks").auto_shrink(false);
    area.show_rows(ui, theme::ROW_HEIGHT, found.lines.len(), |ui, rows| {
        for line in &found.lines[rows] {
            list.line_ui(ui, *line);
        }
    });
}

/// How many numbers there is room for.
fn n_columns(width: f32) -> usize {
    (((width - NAME_WIDTH) / COLUMN_WIDTH).max(1.0) as usize).min(COLUMNS.len())
}

fn header_ui(ui: &mut Ui, (found, name): (&LabeledTasks, Option<&str>), status: &Status, n_columns: usize) {
    let tokens = theme::tokens(ui);
    let left = |ui: &mut Ui| {
        ui.label(RichText::new("Labels").strong().color(tokens.text));
        let tasks = text::counted(found.n_tasks, "task");
        let of = name.map_or(tasks.clone(), |name| format!("{tasks} {name}"));
        ui.label(RichText::new(of).font(theme::small()).color(tokens.text_quiet));
        if *status == Status::Computing {
            computing_mark_ui(ui);
        }
    };
    view_bar_ui(ui, left, |_| {});
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), theme::ROW_HEIGHT), Sense::hover());
    for (at, title) in COLUMNS.iter().take(n_columns).enumerate() {
        let right = column_rect(rect, at).right();
        let font = theme::small();
        ui.painter().text(pos2(right, rect.center().y), Align2::RIGHT_CENTER, title, font, tokens.text_quiet);
    }
}

/// The place of a number in a line; they count from the right.
fn column_rect(line: Rect, at: usize) -> Rect {
    let right = line.right() - theme::GAP - COLUMN_WIDTH * at as f32;
    Rect::from_min_max(pos2(right - COLUMN_WIDTH + theme::GAP, line.top()), pos2(right, line.bottom()))
}

/// The list as it is drawn.
struct List<'a> {
    ctx: &'a ViewContext<'a>,
    model: &'a TraceModel,
    found: &'a LabeledTasks,
    n_columns: usize,
}

impl List<'_> {
    fn line_ui(&self, ui: &mut Ui, line: LabelLine) {
        let keys = &self.found.labels.keys;
        match line {
            LabelLine::Key(key) => self.key_ui(ui, &keys[key]),
            LabelLine::Value(key, value) => {
                let value = &keys[key].values[value];
                let message = self.model.tables().string_lossy(value.message);
                let text = given_name(self.model.tables(), value.message);
                self.tasks_ui(ui, (&keys[key], &text), &value.tasks, label_word(&message));
            }
            LabelLine::Without(key) => self.tasks_ui(ui, (&keys[key], "no label"), &keys[key].without, None),
        }
    }

    fn key_ui(&self, ui: &mut Ui, key: &TaskLabelKey) {
        let tokens = theme::tokens(ui);
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), theme::ROW_HEIGHT), Sense::hover());
        let name = self.model.tables().printable(key.category);
        let place = rect.shrink2(vec2(theme::GAP, 0.0));
        paint_clipped_text(ui.painter(), place, Align2::LEFT_CENTER, &name, (theme::body(), tokens.text));
    }

    fn tasks_ui(
        &self,
        ui: &mut Ui,
        (key, value): (&TaskLabelKey, &str),
        tasks: &TaskSums,
        filter: Option<String>,
    ) {
        let tokens = theme::tokens(ui);
        let sense = if filter.is_some() { Sense::click() } else { Sense::hover() };
        let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), theme::ROW_HEIGHT), sense);
        let is_shown = filter.as_ref().is_some_and(|filter| *filter == self.ctx.lens().trace.lane_filter);
        let name = format!("{} = {value}", self.model.tables().printable(key.category));
        let texts = self.texts(tasks);
        let n_tasks = text::counted(usize::try_from(tasks.count).unwrap_or(usize::MAX), "task");
        let spoken = format!("{name}: {n_tasks}, p50 {}, p99 {}, {} of time", texts[2], texts[1], texts[0]);
        response.widget_info(|| WidgetInfo::selected(Role::Button, true, is_shown, &spoken));
        if is_shown || filter.is_some() && (response.hovered() || response.has_focus()) {
            ui.painter().rect_filled(rect, 0.0, tokens.row_hovered);
        }
        if response.has_focus() {
            ui.painter().rect_stroke(rect, 0.0, (1.0, tokens.accent), StrokeKind::Inside);
        }
        paint_meter(ui, column_rect(rect, 0), self.part(tasks));
        for (at, text) in texts.iter().take(self.n_columns).enumerate() {
            let place = column_rect(rect, at);
            let at = pos2(place.right(), rect.center().y);
            ui.painter().text(at, Align2::RIGHT_CENTER, text, theme::mono(), tokens.text);
        }
        let right = column_rect(rect, self.n_columns - 1).left() - theme::GRID;
        let place = Rect::from_min_max(rect.min + vec2(2.0 * theme::GAP, 0.0), pos2(right, rect.bottom()));
        let color = if filter.is_some() { tokens.text } else { tokens.text_quiet };
        paint_clipped_text(ui.painter(), place, Align2::LEFT_CENTER, value, (theme::mono(), color));
        let longest = text::duration(i64::try_from(tasks.durations.max_nanos()).unwrap_or(i64::MAX));
        let numbers = format!(
            "{name}\n{n_tasks}, {} of the time of all\np50 {}, p99 {}, longest {longest}",
            texts[0], texts[2], texts[1]
        );
        let Some(filter) = filter else {
            response.on_hover_text(numbers);
            return;
        };
        let what = if is_shown { "Click to show all lanes" } else { "Click to show their lanes" };
        if response.on_hover_text(format!("{numbers}\n{what}")).clicked() {
            self.ctx.send(Command::ChooseLanes(LaneKind::Tasks));
            self.ctx.send(Command::FilterLanes(if is_shown { String::new() } else { filter }));
        }
    }

    /// What the columns say.
    fn texts(&self, tasks: &TaskSums) -> [String; 4] {
        let p = tasks.durations.percentiles();
        let length = |nanos: u64| match tasks.durations.count() {
            0 => "–".to_owned(),
            _ => text::duration(i64::try_from(nanos).unwrap_or(i64::MAX)),
        };
        let share = text::percent(f64::from(self.part(tasks)));
        let count = text::count(usize::try_from(tasks.count).unwrap_or(usize::MAX));
        [share, length(p.p99), length(p.p50), count]
    }

    /// The part of the time of all tasks.
    fn part(&self, tasks: &TaskSums) -> f32 {
        (tasks.durations.total_nanos() as f64 / (self.found.total_nanos as f64).max(1.0)) as f32
    }
}
