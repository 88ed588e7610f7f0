//! Runs as dots, and a change with its interval as a bar around "no change": small ones for the cell of a table, and a
//! larger strip plot with its numbers.

use eframe::egui::{Align2, Color32, Painter, Pos2, Rect, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use crate::gui::theme::{self, Tokens};

/// Half the height of a bar of an interval.
const HALF_BAR: f32 = 3.0;
/// Radius of a dot in a table.
const SMALL_DOT: f32 = 2.0;
/// Radius of a dot in the strip plot.
const DOT: f32 = 3.0;
/// Height of the lane of a side in the strip plot.
const LANE: f32 = 24.0;
/// Width of the names left of the lanes.
const NAMES: f32 = 40.0;

/// What is drawn in a cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Mark {
    /// A change and where the true one is, each as a part of the half width: −1 … 1 around "no change".
    Interval {
        /// Lower end.
        low: f32,
        /// The estimate.
        estimate: f32,
        /// Upper end.
        high: f32,
    },
    /// The runs of both sides.
    Runs([RunDots; 2]),
    /// The runs of one side.
    Side(RunDots),
}

/// The runs of a side, from left to right in 0 … 1.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunDots {
    /// The values.
    pub runs: Vec<f32>,
    /// Their mean, or their median.
    pub mean: f32,
}

impl Mark {
    /// The ratios of an interval as a mark; what is beyond `reach`, a logarithm, is cut.
    pub fn interval((low, estimate, high): (f64, f64, f64), reach: f64) -> Self {
        let at = |ratio: f64| (ratio.ln() / reach).clamp(-1.0, 1.0) as f32;
        Self::Interval { low: at(low), estimate: at(estimate), high: at(high) }
    }

    /// The values of one side as a mark.
    pub fn side(runs: &[f64], mean: f64) -> Self {
        let [side, _] = match Self::runs([(runs, mean), (&[], mean)]) {
            Self::Runs(sides) => sides,
            _ => Default::default(),
        };
        Self::Side(side)
    }

    /// The values of runs as a mark.
    pub fn runs(values: [(&[f64], f64); 2]) -> Self {
        let range = Range::of(values.iter().flat_map(|(runs, mean)| runs.iter().chain([mean])).copied());
        Self::Runs(values.map(|(runs, mean)| RunDots {
            runs: runs.iter().map(|&run| range.at(run)).collect(),
            mean: range.at(mean),
        }))
    }
}

/// The range of values that a drawing shows.
#[derive(Clone, Copy, Debug)]
struct Range {
    low: f64,
    high: f64,
}

impl Range {
    fn of(values: impl Iterator<Item = f64>) -> Self {
        let finite = values.filter(|value| value.is_finite());
        let (low, high) = finite
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
        Self { low, high }
    }

    /// Where a value is, in 0 … 1; in the middle if all are the same.
    fn at(self, value: f64) -> f32 {
        let width = self.high - self.low;
        if width > 0.0 { ((value - self.low) / width).clamp(0.0, 1.0) as f32 } else { 0.5 }
    }
}

/// Paints a mark in the room of a cell.
pub fn paint_mark(ui: &Ui, rect: Rect, mark: &Mark, color: Color32) {
    let (painter, tokens) = (ui.painter(), theme::tokens(ui));
    match mark {
        Mark::Interval { low, estimate, high } => {
            let at = |part: f32| rect.center().x + part * rect.width() / 2.0;
            let (middle, top, bottom) = (rect.center().y, rect.top() + 2.0, rect.bottom() - 2.0);
            painter.vline(rect.center().x, top..=bottom, Stroke::new(1.0, tokens.outline));
            paint_bar(painter, (at(*low), at(*high)), middle, color);
            painter.vline(at(*estimate), middle - 5.0..=middle + 5.0, Stroke::new(2.0, color));
        }
        Mark::Side(side) => {
            let inner = rect.shrink2(vec2(SMALL_DOT, 0.0));
            paint_dots(painter, inner, (side, rect.center().y), color);
        }
        Mark::Runs(sides) => {
            let lanes = [rect.center().y - 4.0, rect.center().y + 4.0];
            let inner = rect.shrink2(vec2(SMALL_DOT, 0.0));
            for ((side, y), color) in sides.iter().zip(lanes).zip([tokens.text_quiet, color]) {
                paint_dots(painter, inner, (side, y), color);
            }
        }
    }
}

fn paint_dots(painter: &Painter, inner: Rect, (side, y): (&RunDots, f32), color: Color32) {
    let at = |part: f32| inner.left() + part * inner.width();
    painter.vline(at(side.mean), y - 3.5..=y + 3.5, Stroke::new(1.0, color));
    for &run in &side.runs {
        painter.circle_filled(pos2(at(run), y), SMALL_DOT, color.gamma_multiply(0.75));
    }
}

fn paint_bar(painter: &Painter, (left, right): (f32, f32), middle: f32, color: Color32) {
    let bar =
        Rect::from_min_max(pos2(left, middle - HALF_BAR), pos2(right.max(left + 1.0), middle + HALF_BAR));
    painter.rect_filled(bar, 1.0, color.gamma_multiply(0.35));
}

/// What a strip plot shows of a side.
#[derive(Clone, Debug)]
pub struct Strip<'a> {
    /// Its name.
    pub name: &'a str,
    /// The values of its runs, and what each run is called.
    pub runs: Vec<(f64, &'a str)>,
    /// Their mean.
    pub mean: f64,
    /// Where its true mean is; `None` if that is not known.
    pub interval: Option<(f64, f64)>,
    /// Its color.
    pub color: Color32,
}

/// Shows the runs of both sides over one axis. Of the run under the pointer its name and value are said.
pub fn strip_plot_ui(ui: &mut Ui, strips: &[Strip<'_>], text: impl Fn(f64) -> String) {
    let tokens = theme::tokens(ui);
    let height = LANE * strips.len() as f32 + theme::ROW_HEIGHT;
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    let values = strips.iter().flat_map(|strip| {
        let ends = strip.interval.into_iter().flat_map(|(low, high)| [low, high]);
        strip.runs.iter().map(|(value, _)| *value).chain([strip.mean]).chain(ends)
    });
    let range = Range::of(values);
    let room = Rect::from_min_max(rect.min + vec2(NAMES, 0.0), rect.max - vec2(DOT + 2.0, theme::ROW_HEIGHT));
    let at = |value: f64| room.left() + DOT + range.at(value) * (room.width() - 2.0 * DOT);
    let spoken: Vec<String> = strips
        .iter()
        .map(|strip| format!("{}: {} runs, mean {}", strip.name, strip.runs.len(), text(strip.mean)))
        .collect();
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, spoken.join("; ")));
    let painter = ui.painter();
    let mut dots: Vec<(Pos2, String)> = Vec::new();
    for (index, strip) in strips.iter().enumerate() {
        let middle = room.top() + LANE * (index as f32 + 0.5);
        let name = pos2(rect.left(), middle);
        painter.text(name, Align2::LEFT_CENTER, strip.name, theme::body(), tokens.text_quiet);
        painter.hline(room.x_range(), middle, Stroke::new(1.0, tokens.line));
        if let Some((low, high)) = strip.interval {
            paint_bar(painter, (at(low), at(high)), middle, strip.color);
        }
        painter.vline(at(strip.mean), middle - 8.0..=middle + 8.0, Stroke::new(2.0, strip.color));
        for (value, run) in &strip.runs {
            let center = pos2(at(*value), middle);
            painter.circle(center, DOT, strip.color.gamma_multiply(0.6), Stroke::new(1.0, strip.color));
            dots.push((center, format!("{run}: {}", text(*value))));
        }
    }
    axis_ui(painter, rect, room, range, tokens, &text);
    let pointer = response.hover_pos();
    let near = pointer.and_then(|pointer| {
        let within = dots.iter().filter(|(center, _)| center.distance(pointer) <= 2.0 * DOT);
        within.min_by(|(a, _), (b, _)| a.distance(pointer).total_cmp(&b.distance(pointer)))
    });
    if let Some((_, said)) = near {
        response.on_hover_text_at_pointer(said);
    }
}

/// The ends of the axis in numbers.
fn axis_ui(
    painter: &Painter,
    rect: Rect,
    room: Rect,
    range: Range,
    tokens: &Tokens,
    text: &impl Fn(f64) -> String,
) {
    let middle = rect.bottom() - theme::ROW_HEIGHT / 2.0;
    let mut ends = vec![(range.low, room.left(), Align2::LEFT_CENTER)];
    if range.high > range.low {
        ends.push((range.high, room.right(), Align2::RIGHT_CENTER));
    }
    for (value, x, align) in ends {
        painter.text(pos2(x, middle), align, text(value), theme::mono_small(), tokens.text_faint);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_is_cut_at_the_reach_and_no_change_is_in_the_middle() {
        let reach = 2.0_f64.ln();
        let Mark::Interval { low, estimate, high } = Mark::interval((0.5, 1.0, 9.0), reach) else {
            panic!("an interval")
        };
        assert_eq!((low, estimate, high), (-1.0, 0.0, 1.0));
    }

    #[test]
    fn runs_share_one_range_and_equal_ones_stand_in_the_middle() {
        let Mark::Runs([base, head]) = Mark::runs([(&[1.0, 3.0], 2.0), (&[5.0], 5.0)]) else {
            panic!("runs")
        };
        assert_eq!((base.runs, base.mean, head.runs), (vec![0.0, 0.5], 0.25, vec![1.0]));
        let Mark::Runs([one, _]) = Mark::runs([(&[7.0], 7.0), (&[7.0], 7.0)]) else { panic!("runs") };
        assert_eq!(one.runs, [0.5]);
    }
}
