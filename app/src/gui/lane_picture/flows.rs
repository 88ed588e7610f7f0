//! Who unblocked whom around a span, as arrows between lanes: for what is chosen and for what is under the pointer.
//!
//! ```text
//! lanes of goroutines                      lanes of Ps and threads
//! G 52  ██ running ██                      P 1  ██ G 52 ██
//!             │ at the moment                      ╲ from that moment
//! G 18  wait ─▼ runnable │ running         P 3  █ G 7 █▶ G 18 ██   until it runs
//! ```

use goscope_analysis::trace::cause::SpanState;
use goscope_analysis::trace::model::{Span, SpanId, TraceModel};
use goscope_parsers::trace::{GoId, Time};

use super::input::LayoutInput;
use super::names::goroutine_name;
use super::rows::Rows;
use crate::document::DocumentId;
use crate::gui::widgets::lane_arrows::{ArrowEnd, ArrowLook, LaneArrow, OwnEnd};
use crate::query::trace::selection::LaneKind;
use crate::query::trace::span_facts::waker_of;
use goscope_analysis::trace::questions::lane_groups::Lane;

/// Arrows from a span to those that it unblocked: more are a blur.
pub(crate) const MAX_FLOWS: usize = 100;

/// One goroutine unblocks another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Flow {
    pub(crate) from: FlowEnd,
    pub(crate) to: FlowEnd,
    /// Which of them the span is that was asked about.
    pub(crate) own: OwnEnd,
}

/// Who, in which lane, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FlowEnd {
    pub(crate) goroutine: GoId,
    lane: Lane,
    time: Time,
}

/// The flows of a span, kept because the same is asked about in every frame.
#[derive(Debug, Default)]
pub(crate) struct KeptFlows {
    of: Option<(DocumentId, SpanId, LaneKind)>,
    flows: Vec<Flow>,
}

impl KeptFlows {
    /// The flows of a span between the lanes that are shown.
    pub(crate) fn of(&mut self, input: &LayoutInput<'_>, span: &Span) -> &[Flow] {
        let of = Some((input.document, span.id, input.kind));
        if self.of != of {
            *self = Self { of, flows: flows(input.model(), input.kind, span) };
        }
        &self.flows
    }
}

fn flows(model: &TraceModel, kind: LaneKind, span: &Span) -> Vec<Flow> {
    let range = if span.state.is_executing() { span.start..span.end.saturating_add(1) } else { 0..0 };
    let woken = model.woken_by(span.goroutine, range, MAX_FLOWS);
    let outgoing = woken.iter().filter_map(|woken| flow(model, kind, (span, woken), OwnEnd::From));
    outgoing.chain(incoming(model, kind, span)).collect()
}

/// Who unblocked a span, or on a P or thread who made its goroutine run.
fn incoming(model: &TraceModel, kind: LaneKind, span: &Span) -> Option<Flow> {
    let woken = match (kind, span.state) {
        (LaneKind::Goroutines, SpanState::Runnable) => *span,
        (LaneKind::Goroutines, _) => model.next_span(span)?,
        _ => model.span_at(span.goroutine, span.start.saturating_sub(1))?,
    };
    let is_woken = woken.state == SpanState::Runnable && woken.waker.is_some();
    let waker = waker_of(model, &woken).filter(|_| is_woken)?;
    flow(model, kind, (&waker, &woken), OwnEnd::To)
}

/// From a span to one that became runnable in it.
fn flow(model: &TraceModel, kind: LaneKind, (waker, woken): (&Span, &Span), own: OwnEnd) -> Option<Flow> {
    let moment = woken.start;
    let end = |span: &Span, time: Time| {
        let lane = lane_of_span(model, kind, span, time)?;
        Some(FlowEnd { goroutine: span.goroutine, lane, time })
    };
    let to = match kind {
        LaneKind::Goroutines => end(woken, moment)?,
        _ => {
            let run = model.next_span(woken).filter(|run| run.state.is_executing())?;
            end(&run, run.start)?
        }
    };
    Some(Flow { from: end(waker, moment)?, to, own })
}

/// The lane that a span is in at a time: on Ps and threads only what runs is in any.
pub(crate) fn lane_of_span(model: &TraceModel, kind: LaneKind, span: &Span, time: Time) -> Option<Lane> {
    let proc = Some(span.proc).filter(|proc| proc.is_some() && span.state.is_executing());
    match kind {
        LaneKind::Goroutines => Some(Lane::Goroutine(span.goroutine)),
        LaneKind::Procs => proc.map(Lane::Proc),
        LaneKind::Threads => proc.and_then(|proc| model.lanes().thread_running(proc, time)).map(Lane::Thread),
        LaneKind::Tasks => None,
    }
}

/// Flows as arrows between rows.
pub(crate) fn arrows(
    input: &LayoutInput<'_>,
    (rows, first_row): (&Rows, usize),
    flows: &[Flow],
    look: ArrowLook,
) -> Vec<LaneArrow> {
    let end = |end: &FlowEnd| {
        let row = rows.row_of(end.lane);
        // What is in a closed group comes from the name of the group.
        let place = row.or_else(|| rows.row_of_group(end.lane));
        ArrowEnd {
            row: place.map_or(f32::MAX, |row| row as f32 - first_row as f32),
            x: input.x_of(end.time),
            name: goroutine_name(input.model(), end.goroutine).into(),
            is_in_lane: row.is_some(),
        }
    };
    flows
        .iter()
        .map(|flow| LaneArrow { from: end(&flow.from), to: end(&flow.to), own: flow.own, look })
        .collect()
}
