//! The two plots of a time line, one over the other on one axis: the share of the function, and how many profiles there are.

use eframe::egui::{
    Align, FontSelection, Layout, Rangef, Rect, RichText, Role, Ui, UiBuilder, WidgetInfo, WidgetText, pos2,
    vec2,
};
use egui_plot::{
    AxisHints, Bar, BarChart, GridMark, Line, LineStyle, PlotPoints, PlotResponse, PlotUi, Points, VLine,
};

use super::drawn::{drawn_time, paint_sides};
use crate::gui::parts::store::range_text;
use crate::gui::theme::{self, Tokens};
use crate::gui::widgets::clock_axis::clock_marks;
use crate::gui::widgets::inside;
use crate::gui::widgets::still_plot::still_plot;
use crate::gui::widgets::time_axis::TimeScale;
use crate::query::store::time_line::TimeLine;
use crate::query::trace::selection::TimeRange;
use crate::text;

/// Room for the numbers at the left, the same for all plots so that their times are in line.
pub(super) const NUMBERS_WIDTH: f32 = 56.0;
/// Height of the plot with the numbers of profiles, with its axis.
const BARS_HEIGHT: f32 = 80.0;
/// Least distance between two times on the axis, in points.
const MARK_DISTANCE: f32 = 72.0;
/// Least distance of the last time from the right edge.
const LAST_MARK: f32 = 20.0;
/// Least distance between two numbers at the left, in points.
const NUMBER_DISTANCE: f32 = 28.0;

/// Shows the plots; gives the time that was drawn on one of them.
pub(super) fn plots_ui(ui: &mut Ui, ranges: [Option<TimeRange>; 2], line: &TimeLine) -> Option<TimeRange> {
    let tokens = theme::tokens(ui);
    let mut drawn = None;
    let has_shares = line.function.is_some();
    // Where there is room for one plot, it is the one that the title names.
    let has_bars = !has_shares || ui.available_height() > 2.0 * BARS_HEIGHT;
    if has_shares {
        let height = ui.available_height() - if has_bars { BARS_HEIGHT } else { 0.0 };
        let numbers = Numbers::Percent;
        let look = PlotLook { name: "Share of the function", height, has_axis: !has_bars, numbers };
        let most = line.shares.iter().map(|point| point.spent.share()).fold(0.0, f64::max);
        let most = if most == 0.0 { 1.0 } else { most };
        let plot = plot_ui(ui, line, &look, most, |plot| shares(plot, line, tokens));
        if let Some(problem) = &line.problem {
            problem_ui(ui, plot.response.rect, problem);
        }
        drawn = drawn.or(over_plot_ui(ui, &plot, ranges, line, true));
    }
    if !has_bars {
        return drawn;
    }
    let height = if has_shares { BARS_HEIGHT } else { ui.available_height() };
    let look = PlotLook { name: "Number of profiles", height, has_axis: true, numbers: Numbers::Count };
    let most = line.bars.iter().map(|(_, n_profiles)| *n_profiles).max().unwrap_or(1);
    let plot = plot_ui(ui, line, &look, most as f64, |plot| bars(plot, line, tokens));
    drawn.or(over_plot_ui(ui, &plot, ranges, line, !has_shares))
}

/// The drawn times, what a drag chooses, and what is said on hover.
fn over_plot_ui(
    ui: &Ui,
    plot: &PlotResponse<()>,
    ranges: [Option<TimeRange>; 2],
    line: &TimeLine,
    names: bool,
) -> Option<TimeRange> {
    let rect = plot.response.rect;
    let scale = scale_of(line.range, rect);
    paint_sides(ui, rect, &scale, ranges, names);
    let drawn = drawn_time(ui, &plot.response, &scale, (line.step_nanos, line.range));
    if let Some(pos) = plot.response.hover_pos().filter(|_| !plot.response.dragged()) {
        plot.response.clone().on_hover_text_at_pointer(text_at(line, scale.nanos(pos.x)));
    }
    drawn
}

/// A stretch of time in the room of a plot.
pub(super) const fn scale_of(range: TimeRange, rect: Rect) -> TimeScale {
    let (left, right) = (rect.min.x, rect.max.x);
    TimeScale { start_nanos: range.start_nanos, end_nanos: range.end_nanos, left, right }
}

/// What there is at a moment, in words.
fn text_at(line: &TimeLine, nanos: i64) -> String {
    let step = line.step_nanos.max(1);
    let start = nanos.div_euclid(step).saturating_mul(step);
    let bar = line.bars.binary_search_by_key(&start, |(start, _)| *start).ok();
    let n_profiles = bar.map_or(0, |at| line.bars[at].1);
    let mut words = vec![range_text(start, start.saturating_add(step)), text::counted(n_profiles, "profile")];
    if let Ok(at) = line.shares.binary_search_by_key(&start, |point| point.start_nanos) {
        words.push(format!("{} of the function", text::percent(line.shares[at].spent.share())));
    }
    let is_there = |(first, last): (i64, i64)| first < start.saturating_add(step) && start <= last;
    let there = line.versions.iter().map(|(version, _)| version);
    let there = there.filter(|it| it.first_nanos.is_some_and(|first| is_there((first, it.last_nanos))));
    let names: Vec<String> = there.take(4).map(|version| text::name(&version.name)).collect();
    if !names.is_empty() {
        words.push(format!("version {}", names.join(", ")));
    }
    words.join("\n")
}

/// How a plot looks.
struct PlotLook {
    name: &'static str,
    height: f32,
    /// Whether it says the time under it.
    has_axis: bool,
    numbers: Numbers,
}

/// What the numbers at the left are.
#[derive(Clone, Copy)]
enum Numbers {
    Percent,
    Count,
}

impl Numbers {
    fn text(self, number: f64) -> String {
        match self {
            Self::Percent => text::percent(number),
            Self::Count => text::count(number.max(0.0) as usize),
        }
    }

    /// Round numbers from 0 to `most`, about `n_marks` of them, in steps of 1, 2 or 5.
    fn marks(self, most: f64, n_marks: f64) -> Vec<GridMark> {
        let least = match self {
            Self::Percent => 1e-4,
            Self::Count => 1.0,
        };
        let at_least = (most / n_marks.max(1.0)).max(least);
        let power = 10_f64.powf(at_least.log10().floor());
        let factors = [1.0, 2.0, 5.0].map(|factor| factor * power);
        let step = factors.into_iter().find(|&step| step >= at_least * 0.999).unwrap_or(10.0 * power);
        let n_steps = ((most / step).max(0.0) as usize).min(100);
        (0..=n_steps).map(|index| GridMark { value: index as f64 * step, step_size: step }).collect()
    }
}

fn plot_ui(
    ui: &mut Ui,
    line: &TimeLine,
    look: &PlotLook,
    most: f64,
    add: impl FnOnce(&mut PlotUi<'_>),
) -> PlotResponse<()> {
    let tokens = theme::tokens(ui);
    let width = (ui.available_width() - NUMBERS_WIDTH).max(1.0);
    let (times, step) =
        clock_marks(line.range.start_nanos, line.range.end_nanos, (width / MARK_DISTANCE) as usize);
    // Times are counted from the begin of the line, so that they are as exact as they have to be.
    let start = line.range.start_nanos;
    // A time at the right edge would be cut off.
    let room = (f64::from(LAST_MARK) / f64::from(width) * line.range.length() as f64) as i64;
    let marks: Vec<GridMark> = times
        .iter()
        .filter(|&&nanos| nanos <= line.range.end_nanos - room)
        .map(|&nanos| GridMark { value: (nanos - start) as f64, step_size: step as f64 })
        .collect();
    let numbers = look.numbers;
    let n_marks = f64::from(look.height / NUMBER_DISTANCE);
    let number_axis = AxisHints::new_y()
        .min_thickness(NUMBERS_WIDTH)
        .label_spacing(Rangef::new(8.0, 16.0))
        .tick_label_font(theme::mono_small())
        .tick_label_color(tokens.text_quiet)
        .formatter(move |mark, _| numbers.text(mark.value));
    let time_axis = AxisHints::new_x()
        .tick_label_font(theme::mono_small())
        .tick_label_color(tokens.text_quiet)
        .formatter(move |mark, _| text::clock(start + mark.value.round() as i64, step));
    let group = ui.make_persistent_id("time line");
    let plot = still_plot(look.name, look.height)
        .show_axes([look.has_axis, true])
        .show_grid([false, true])
        .link_cursor(group, [true, false])
        .custom_y_axes(vec![number_axis])
        .custom_x_axes(vec![time_axis])
        .x_grid_spacer(move |_| marks.clone())
        .y_grid_spacer(move |_| numbers.marks(most * 1.1, n_marks));
    let length = line.range.length() as f64;
    let shown = plot.show(ui, |plot| {
        plot.set_plot_bounds_x(0.0..=length);
        // A little below 0, so that what is 0 is seen.
        plot.set_plot_bounds_y(-most * 0.06..=most * 1.12);
        add(plot);
    });
    shown.response.widget_info(|| WidgetInfo::labeled(Role::Canvas, true, look.name));
    shown
}

/// The share as a line that is broken where there are no profiles; the begin of each version but the first is marked.
fn shares(plot: &mut PlotUi<'_>, line: &TimeLine, tokens: &Tokens) {
    let at = |nanos: i64| (nanos - line.range.start_nanos) as f64;
    let begins = line.versions.iter().skip(1).filter_map(|(version, _)| version.first_nanos);
    for begin in begins {
        let mark = VLine::new("version", at(begin)).color(tokens.text_faint).width(1.0);
        plot.vline(mark.style(LineStyle::dashed_dense()).allow_hover(false));
    }
    let half = line.step_nanos as f64 / 2.0;
    let is_next = |a: i64, b: i64| b - a <= line.step_nanos;
    let runs = line.shares.chunk_by(|a, b| is_next(a.start_nanos, b.start_nanos));
    for run in runs {
        let points: PlotPoints<'static> =
            run.iter().map(|point| [at(point.start_nanos) + half, point.spent.share()]).collect();
        let curve = Line::new("share", points).color(tokens.accent).width(1.5).allow_hover(false);
        plot.line(curve.fill(0.0).fill_alpha(0.16));
    }
    let points: PlotPoints<'static> =
        line.shares.iter().map(|point| [at(point.start_nanos) + half, point.spent.share()]).collect();
    plot.points(Points::new("share", points).color(tokens.accent).radius(2.0).allow_hover(false));
}

fn bars(plot: &mut PlotUi<'_>, line: &TimeLine, tokens: &Tokens) {
    let step = line.step_nanos as f64;
    let bar = |&(start, n_profiles): &(i64, usize)| {
        let middle = (start - line.range.start_nanos) as f64 + step / 2.0;
        Bar::new(middle, n_profiles as f64).width(step * 0.8).fill(tokens.meter).stroke((0.0, tokens.meter))
    };
    let chart = BarChart::new("profiles", line.bars.iter().map(bar).collect());
    plot.bar_chart(chart.color(tokens.meter).allow_hover(false));
}

/// Why there is no line, in the middle of where it would be.
fn problem_ui(ui: &mut Ui, rect: Rect, problem: &str) {
    let tokens = theme::tokens(ui);
    let width = (rect.width() - 2.0 * theme::SECTION).clamp(1.0, 520.0);
    let text = RichText::new(format!("{problem}.")).color(tokens.text_quiet);
    let text = WidgetText::from(text).into_galley(
        ui,
        Some(eframe::egui::TextWrapMode::Wrap),
        width,
        FontSelection::Default,
    );
    let corner = pos2(rect.center().x - width / 2.0, rect.center().y - text.size().y / 2.0);
    let place = Rect::from_min_size(corner, vec2(width, text.size().y));
    let builder = UiBuilder::new().max_rect(place).layout(Layout::top_down(Align::Center));
    inside(ui, builder, |ui| ui.label(text));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_at_the_left_are_round() {
        let texts = |numbers: Numbers, most: f64| -> Vec<String> {
            numbers.marks(most, 3.0).iter().map(|mark| numbers.text(mark.value)).collect()
        };
        assert_eq!(texts(Numbers::Count, 8.4).join(" "), "0 5");
        assert_eq!(texts(Numbers::Count, 1.0).join(" "), "0 1");
        assert_eq!(texts(Numbers::Percent, 0.42).len(), 3);
    }
}
