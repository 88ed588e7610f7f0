//! Sews a piece to all that was read before it: times, generations, states and ids.

use super::annotation_log::PieceAnnotations;
use super::event::{Event, EventKind, GenerationId, Time};
use super::merge::Merge;
use super::order::Sewn;
use super::piece_ids::PieceIds;
use super::speculate::Speculation;
use super::tables::{Continuity, ExperimentalBatch, Generation, Tables};

/// A piece that the reader has taken over.
pub(super) struct Taken<S> {
    /// The first events, with times and ids of the trace.
    pub(super) overlap: Vec<Event>,
    /// What got all others.
    pub(super) sink: S,
    pub(super) ids: PieceIds,
    /// Annotations behind the overlap.
    pub(super) annotations: PieceAnnotations,
    pub(super) syncs_before: u32,
}

/// Sews a piece to all before it; `None`, and nothing is changed, if it does not fit.
pub(super) fn sew<S>(
    merge: &mut Merge<'_>,
    tables: &mut Tables,
    piece: Speculation<'_, S>,
) -> Option<Taken<S>> {
    let Speculation { sink, merge: mut of_piece, tables: local, mut overlap, wide_args, first_time } = piece;
    let end_of_overlap = move_times(&mut overlap, merge.last_time);
    if !merge.is_whole() || first_time.is_some_and(|first| first <= end_of_overlap) {
        return None;
    }
    let Sewn { ids, mut annotations } = merge.order.sew(&mut of_piece.order, &local, tables)?;
    let (syncs_before, generations_before) = (merge.syncs(), tables.generations().len() as u32);
    for generation in local.generations() {
        tables.add_generation(generation_of_trace(generation, &ids));
    }
    tables.set_wide_args(wide_args);
    annotations.n_delivered = with_ids(&mut overlap, &ids, &annotations, (syncs_before, generations_before));
    let last_time = if first_time.is_some() { of_piece.last_time } else { end_of_overlap };
    merge.go_on_behind(&of_piece, last_time);
    Some(Taken { overlap, sink, ids, annotations, syncs_before })
}

/// Moves events that come too early behind those before them; the time of the last.
fn move_times(events: &mut [Event], before: Time) -> Time {
    events.iter_mut().fold(before, |last, event| {
        if event.time <= last {
            event.time = last.wrapping_add(1);
        }
        event.time
    })
}

fn generation_of_trace(generation: &Generation, ids: &PieceIds) -> Generation {
    let experimental = generation.experimental.iter();
    let experimental = experimental
        .map(|batch| ExperimentalBatch { thread: ids.thread(batch.thread), ..batch.clone() })
        .collect();
    Generation { continuity: Continuity::Continues, experimental, ..generation.clone() }
}

/// Gives the events of an overlap ids of the trace; the number of annotations among them.
fn with_ids(
    overlap: &mut [Event],
    ids: &PieceIds,
    annotations: &PieceAnnotations,
    (syncs, generations): (u32, u32),
) -> usize {
    let mut n_annotations = 0;
    let mut annotations = annotations.all(ids);
    for event in overlap {
        let with_ids = ids.event(event);
        *event = match event.kind {
            EventKind::TaskBegin { .. }
            | EventKind::TaskEnd { .. }
            | EventKind::RegionBegin { .. }
            | EventKind::RegionEnd { .. }
            | EventKind::Log { .. } => {
                n_annotations += 1;
                annotations.next().map_or(with_ids, |annotation| Event { kind: annotation.kind, ..with_ids })
            }
            EventKind::Sync { n, generation } => Event {
                kind: EventKind::Sync { n: n + syncs, generation: GenerationId(generation.0 + generations) },
                ..with_ids
            },
            _ => with_ids,
        };
    }
    n_annotations
}
