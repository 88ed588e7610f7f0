//! Keys, wheel and drag on the lanes, turned into a new range of time; and the jump to who unblocked a span.

use goscope_analysis::trace::model::{Span, TraceModel};
use goscope_analysis::trace::tasks::Elapsed;

use crate::gui::command::{Command, Flight, Motion};
use crate::gui::lane_picture::chosen::selected_span;
use crate::gui::selection::Item;
use crate::gui::view::ViewContext;
use crate::gui::widgets::lane_canvas::LaneEvents;
use crate::gui::widgets::time_axis::TimeScale;
use crate::query::trace::selection::TimeRange;
use crate::query::trace::span_facts::waker_of;
use goscope_analysis::trace::questions::lane_groups::{Lane, LaneName};

/// How much closer or farther a key goes.
const KEY_ZOOM: f64 = 1.5;
/// How far a key goes, as a part of what is seen.
const KEY_PAN: f64 = 0.2;

/// Takes the steps that are about lanes and carries them out; `hovered` is the lane under the pointer.
pub(super) fn take(ctx: &ViewContext<'_>, model: &TraceModel, (range, hovered): (TimeRange, Option<Lane>)) {
    ctx.motions.borrow_mut().retain(|&motion| {
        let is_ours = motion.is_about_time();
        if motion == Motion::ToggleLane {
            toggle_lane(ctx, model, hovered);
        } else if is_ours {
            apply(ctx, model, range, motion);
        }
        !is_ours
    });
}

/// The lane under the pointer, or that of what is chosen.
fn toggle_lane(ctx: &ViewContext<'_>, model: &TraceModel, hovered: Option<Lane>) {
    let chosen = || ctx.lens().selection.as_ref().and_then(Item::goroutine);
    let name =
        hovered.and_then(|lane| LaneName::of(model, lane)).or_else(|| chosen().map(LaneName::Goroutine));
    if let Some(name) = name {
        ctx.send(Command::ToggleLane(name));
    }
}

fn apply(ctx: &ViewContext<'_>, model: &TraceModel, range: TimeRange, motion: Motion) {
    let show =
        |range: TimeRange| ctx.send(Command::ShowTimeSmoothly(range.inside(TimeRange::of(model).end_nanos)));
    match motion {
        Motion::ZoomIn => show(range.zoomed(KEY_ZOOM, 0.5)),
        Motion::ZoomOut => show(range.zoomed(1.0 / KEY_ZOOM, 0.5)),
        Motion::PanLeft => show(range.moved(-KEY_PAN)),
        Motion::PanRight => show(range.moved(KEY_PAN)),
        Motion::FitSelection => fit(ctx, model),
        Motion::ToUnblocker => jump_to_unblocker(ctx, model, range),
        _ => {}
    }
}

fn fit(ctx: &ViewContext<'_>, model: &TraceModel) {
    let time = match &ctx.lens().selection {
        Some(Item::Span(..)) => {
            selected_span(model, ctx.lens().selection.as_ref()).map(|span| span.start..span.end)
        }
        Some(Item::Goroutine(goid)) => {
            let id = model.goroutine_by_number(*goid);
            id.and_then(|id| model.goroutine(id)).map(|goroutine| goroutine.life())
        }
        Some(Item::Task(number)) => {
            let task = model.task_by_number(*number).and_then(|id| model.task(id));
            task.map(|task| Elapsed::of(task, model)).map(|elapsed| elapsed.begin..elapsed.end)
        }
        _ => None,
    };
    if let Some(time) = time {
        ctx.send(Command::ShowTime(Some(TimeRange::around(model, &time))));
    }
}

/// A flight to a span, keeping the time that is seen if the span is in it.
pub(super) fn flight_to(model: &TraceModel, span: &Span, seen: TimeRange) -> Flight {
    let since_start = |time: i64| time.saturating_sub(model.range().start);
    let (start, end) = (since_start(span.start), since_start(span.end));
    let is_seen = start < seen.end_nanos && end > seen.start_nanos;
    let range = if is_seen { seen } else { TimeRange::around(model, &(span.start..span.end)) };
    let group = model.tables().string_lossy(model.start_function(span.goroutine)).into_owned();
    let item = Item::Span(model.tables().goid(span.goroutine), start);
    Flight { item, range, group: Some(group) }
}

fn jump_to_unblocker(ctx: &ViewContext<'_>, model: &TraceModel, range: TimeRange) {
    if let Some(waker) =
        selected_span(model, ctx.lens().selection.as_ref()).and_then(|span| waker_of(model, &span))
    {
        ctx.send(Command::FlyTo(flight_to(model, &waker, range)));
    }
}

/// The content follows the hand; the wheel with ctrl goes closer to what is under the pointer.
pub(super) fn apply_wheel_and_drag(
    ctx: &ViewContext<'_>,
    trace_nanos: i64,
    range: TimeRange,
    events: &LaneEvents,
    scale: &TimeScale,
) {
    let width = f64::from((scale.right - scale.left).max(1.0));
    let moved = -f64::from(events.dragged.x + events.scrolled.x) / width;
    let mut seen = if moved == 0.0 { range } else { range.moved(moved) };
    if let Some((factor, x)) = events.zoomed {
        seen = seen.zoomed(f64::from(factor), (f64::from(x - scale.left) / width).clamp(0.0, 1.0));
    }
    let seen = seen.inside(trace_nanos);
    if seen != range {
        ctx.send(Command::ShowTimeSmoothly(seen));
    }
}
