//! The counters of a trace over the time that is seen: goroutines by what they do, Ps, heap and goal. The plots have
//! one time axis and one cursor; a drag over any of them chooses the time that all panels show.

use eframe::egui::{
    Color32, CursorIcon, PointerButton, Rangef, Rect, Response, RichText, Role, Ui, WidgetInfo, vec2,
};
use egui_plot::{AxisHints, GridMark, Legend, Line, PlotPoints, PlotResponse};

use crate::derived::Status;
use crate::gui::command::Command;
use crate::gui::parts::placeholder::{computing_mark_ui, nothing_yet_ui};
use crate::gui::theme::{self, StateHue};
use crate::gui::view::{View, ViewContext};
use crate::gui::view_id::ViewId;
use crate::gui::widgets::still_plot::still_plot;
use crate::gui::widgets::time_axis::{TimeScale, marks};
use crate::gui::widgets::view_bar_ui;
use crate::query::trace::counters::{Counters, CountersQuery};
use crate::query::trace::selection::TimeRange;
use crate::text;

/// Columns of the plots: more than half a wide screen has use for, and few enough to be drawn in any frame.
const N_COLUMNS: usize = 600;
/// Height of a name in the legend, in points.
const LEGEND_LINE: f32 = 18.0;
/// Room for the numbers at the left, the same for all plots so that their times are in line.
const NUMBERS_WIDTH: f32 = 56.0;
/// Least distance between two of them, in points.
const NUMBER_DISTANCE: f32 = 20.0;

/// The view.
pub struct CountersView;

impl View for CountersView {
    type State = ();

    fn id(&self) -> ViewId {
        ViewId::Counters
    }

    fn ui(&self, ui: &mut Ui, ctx: &ViewContext<'_>, _: &mut ()) {
        let Some(model) = ctx.trace() else { return };
        let whole = TimeRange::of(model);
        let question = CountersQuery { range: ctx.lens().trace.range, n_columns: N_COLUMNS };
        let shown = ctx.ask("counters", &question);
        header_ui(ui, &shown.status);
        let Some(counters) = shown.answer else {
            nothing_yet_ui(ui, &shown.status, "Counting");
            return;
        };
        let seen = ctx.lens().trace.range.map_or(whole, |range| range.inside(whole.end_nanos));
        plots_ui(ui, ctx, &counters, (seen, whole));
    }
}

fn header_ui(ui: &mut Ui, status: &Status) {
    let left = |ui: &mut Ui| {
        ui.label(RichText::new("Counters").strong().color(theme::tokens(ui).text));
        if *status == Status::Computing {
            computing_mark_ui(ui);
        }
    };
    let right = |ui: &mut Ui| {
        let hint = RichText::new("drag to select a time range").font(theme::small());
        ui.label(hint.color(theme::tokens(ui).text_faint));
    };
    view_bar_ui(ui, left, right);
}

/// What a plot shows.
struct PlotLook<'a> {
    /// Its name.
    name: &'static str,
    lines: Vec<Line<'a>>,
    numbers: Numbers,
    /// Whether it says the time under it: the last one does.
    has_axis: bool,
}

/// What the numbers at the left are.
#[derive(Clone, Copy)]
enum Numbers {
    Count,
    Bytes,
}

impl Numbers {
    fn text(self, number: f64) -> String {
        match self {
            Self::Count => format!("{number:.0}"),
            Self::Bytes => text::bytes(number as u64),
        }
    }

    /// Round numbers from 0 to `most`: about `n_marks` of them, in steps of 1, 2 or 5 or in powers of two.
    fn marks(self, most: f64, n_marks: f64) -> Vec<GridMark> {
        let at_least = (most / n_marks.max(1.0)).max(1.0);
        let step = match self {
            Self::Bytes => 2_f64.powf(at_least.log2().ceil()),
            Self::Count => {
                let power = 10_f64.powf(at_least.log10().floor());
                let factors = [1.0, 2.0, 5.0].map(|factor| factor * power);
                factors.into_iter().find(|&step| step >= at_least).unwrap_or(10.0 * power)
            }
        };
        let n_steps = (most / step).max(0.0) as usize;
        (0..=n_steps).map(|index| GridMark { value: index as f64 * step, step_size: step }).collect()
    }
}

fn plots_ui(ui: &mut Ui, ctx: &ViewContext<'_>, counters: &Counters, (seen, whole): (TimeRange, TimeRange)) {
    let is_dark = ui.visuals().dark_mode;
    let tokens = theme::tokens(ui);
    let series = Series { counters };
    let hue = |hue: StateHue| hue.color(is_dark);
    let looks = [
        PlotLook {
            name: "Running goroutines and Ps",
            lines: vec![
                series.mean("running", &counters.running, hue(StateHue::Running)).fill(0.0).fill_alpha(0.3),
                series.mean("runnable", &counters.runnable, hue(StateHue::Runnable)),
                series.limit("Ps", &counters.procs, tokens.text_faint),
            ],
            numbers: Numbers::Count,
            has_axis: false,
        },
        PlotLook {
            name: "Blocked goroutines",
            lines: vec![
                series.mean("waiting", &counters.waiting, tokens.text_quiet).fill(0.0).fill_alpha(0.2),
                series.mean("in system calls", &counters.in_syscall, hue(StateHue::Syscall)),
            ],
            numbers: Numbers::Count,
            has_axis: false,
        },
        PlotLook {
            name: "Heap",
            lines: vec![
                series.bytes("heap", &counters.heap, tokens.accent).fill(0.0).fill_alpha(0.2),
                series.limit("goal", &counters.heap_goal, tokens.text_faint),
            ],
            numbers: Numbers::Bytes,
            has_axis: true,
        },
    ];
    let n_plots = looks.len() as f32;
    // The axis takes its room from the plot that has it.
    let height = (ui.available_height() - theme::ROW_HEIGHT) / n_plots;
    for look in looks {
        let height = if look.has_axis { ui.available_height() } else { height };
        let plot = plot_ui(ui, look, seen, height);
        let scale = scale_of(seen, plot.response.rect);
        if let Some(chosen) = chosen_time(ui, &plot.response, &scale) {
            ctx.send(match chosen {
                Chosen::Time(range) => Command::ShowTime(Some(range.inside(whole.end_nanos))),
                Chosen::Closer(range) => Command::ShowTimeSmoothly(range.inside(whole.end_nanos)),
                Chosen::All => Command::ShowTime(None),
            });
        }
        if let Some(pos) = plot.response.hover_pos().filter(|_| !plot.response.dragged()) {
            let nanos = scale.nanos(pos.x).saturating_sub(counters.range.start_nanos);
            let part = (nanos as f64 / counters.range.length().max(1) as f64).clamp(0.0, 1.0);
            plot.response.on_hover_text_at_pointer(counters.text_at(part));
        }
    }
}

const fn scale_of(seen: TimeRange, rect: Rect) -> TimeScale {
    let (left, right) = (rect.min.x, rect.max.x);
    TimeScale { start_nanos: seen.start_nanos, end_nanos: seen.end_nanos, left, right }
}

fn plot_ui(ui: &mut Ui, look: PlotLook<'_>, seen: TimeRange, height: f32) -> PlotResponse<()> {
    let tokens = theme::tokens(ui);
    let width = (ui.available_width() - NUMBERS_WIDTH).max(1.0);
    let scale = scale_of(seen, Rect::from_min_size(ui.cursor().min, vec2(width, height)));
    let times = marks(&scale);
    let step = times.windows(2).next().map_or(seen.length(), |pair| pair[1] - pair[0]);
    let time_text =
        move |mark: GridMark, _: &std::ops::RangeInclusive<f64>| text::moment(mark.value as i64, step);
    let numbers = look.numbers;
    let n_marks = f64::from(height / NUMBER_DISTANCE);
    let number_hints = AxisHints::new_y()
        .min_thickness(NUMBERS_WIDTH)
        .label_spacing(Rangef::new(12.0, 20.0))
        .tick_label_font(theme::mono_small())
        .tick_label_color(tokens.text_quiet)
        .formatter(move |mark, _| numbers.text(mark.value));
    let times_axis = AxisHints::new_x()
        .tick_label_font(theme::mono_small())
        .tick_label_color(tokens.text_quiet)
        .formatter(time_text);
    let group = ui.make_persistent_id("counters");
    let name = look.name;
    let plot = still_plot(name, height)
        .show_axes([look.has_axis, true])
        .show_grid([false, true])
        .link_cursor(group, [true, false])
        .custom_y_axes(vec![number_hints])
        .custom_x_axes(vec![times_axis])
        .x_grid_spacer(move |_| grid_marks(&times, step))
        .y_grid_spacer(move |input| numbers.marks(input.bounds.1, n_marks))
        .include_y(0.0)
        .include_y(1.0);
    // In a low plot the names of the lines would stand over each other.
    let has_legend = height > look.lines.len() as f32 * LEGEND_LINE + theme::SECTION;
    let legend = Legend::default().text_style(eframe::egui::TextStyle::Small).background_alpha(0.6);
    let plot = if has_legend { plot.legend(legend) } else { plot };
    let shown = plot.show(ui, |plot| {
        plot.set_plot_bounds_x(seen.start_nanos as f64..=seen.end_nanos as f64);
        look.lines.into_iter().for_each(|line| plot.line(line));
    });
    shown.response.widget_info(|| WidgetInfo::labeled(Role::Canvas, true, name));
    shown
}

fn grid_marks(times: &[i64], step_nanos: i64) -> Vec<GridMark> {
    times.iter().map(|&nanos| GridMark { value: nanos as f64, step_size: step_nanos as f64 }).collect()
}

/// Makes lines: the value of a column stands at its middle.
struct Series<'a> {
    counters: &'a Counters,
}

impl Series<'_> {
    fn times(&self, n_columns: usize) -> impl Fn(usize) -> f64 + use<> {
        let range = self.counters.range;
        let column_nanos = range.length() as f64 / n_columns.max(1) as f64;
        move |column| range.start_nanos as f64 + (column as f64 + 0.5) * column_nanos
    }

    fn mean(&self, name: &'static str, values: &[f32], color: Color32) -> Line<'static> {
        let time = self.times(values.len());
        let points: PlotPoints<'static> =
            values.iter().enumerate().map(|(column, &value)| [time(column), f64::from(value)]).collect();
        Line::new(name, points).color(color).width(1.5).allow_hover(false)
    }

    fn bytes(&self, name: &'static str, values: &[Option<u64>], color: Color32) -> Line<'static> {
        let time = self.times(values.len());
        let known = values.iter().enumerate().filter_map(|(column, &value)| Some((column, value?)));
        let points: PlotPoints<'static> = known.map(|(column, value)| [time(column), value as f64]).collect();
        Line::new(name, points).color(color).width(1.5).allow_hover(false)
    }

    /// What the others are measured with.
    fn limit(&self, name: &'static str, values: &[Option<u64>], color: Color32) -> Line<'static> {
        self.bytes(name, values, color).width(1.0)
    }
}

/// What the pointer wants to see.
enum Chosen {
    Time(TimeRange),
    Closer(TimeRange),
    All,
}

/// A drag chooses a time, ctrl-wheel goes closer, a double click shows all.
fn chosen_time(ui: &Ui, response: &Response, scale: &TimeScale) -> Option<Chosen> {
    if response.double_clicked() {
        return Some(Chosen::All);
    }
    let seen = TimeRange { start_nanos: scale.start_nanos, end_nanos: scale.end_nanos };
    if let Some(pos) = response.hover_pos() {
        ui.ctx().set_cursor_icon(CursorIcon::Crosshair);
        let (zoom, scrolled) = ui.input(|input| (input.zoom_delta(), input.smooth_scroll_delta().x));
        let width = (scale.right - scale.left).max(1.0);
        if zoom != 1.0 {
            let at = f64::from((pos.x - scale.left) / width).clamp(0.0, 1.0);
            return Some(Chosen::Closer(seen.zoomed(f64::from(zoom), at)));
        }
        if scrolled != 0.0 {
            return Some(Chosen::Closer(seen.moved(-f64::from(scrolled / width))));
        }
    }
    let id = response.id.with("drag");
    if response.drag_started_by(PointerButton::Primary) {
        let origin = ui.input(|input| input.pointer.press_origin())?;
        ui.data_mut(|data| data.insert_temp(id, scale.nanos(origin.x)));
    }
    let from: i64 = ui.data(|data| data.get_temp(id))?;
    let now = scale.nanos(response.interact_pointer_pos()?.x);
    let (start_nanos, end_nanos) = (from.min(now), from.max(now));
    if response.drag_stopped_by(PointerButton::Primary) {
        ui.data_mut(|data| data.remove::<i64>(id));
        return Some(Chosen::Time(TimeRange { start_nanos, end_nanos }));
    }
    let x = scale.x(start_nanos)..=scale.x(end_nanos);
    let band = Rect::from_x_y_ranges(x, response.rect.y_range()).intersect(response.rect);
    ui.painter().rect_filled(band, 0.0, theme::tokens(ui).accent.gamma_multiply(0.2));
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_at_the_left_are_round() {
        let texts = |numbers: Numbers, most: f64| -> Vec<String> {
            numbers.marks(most, 3.0).iter().map(|mark| numbers.text(mark.value)).collect()
        };
        assert_eq!(texts(Numbers::Count, 8.4), ["0", "5"]);
        assert_eq!(texts(Numbers::Count, 480.0), ["0", "200", "400"]);
        assert_eq!(texts(Numbers::Count, 1.0), ["0", "1"]);
        assert_eq!(texts(Numbers::Bytes, 40e6), ["0 B", "16.0 MB", "32.0 MB"]);
    }
}
