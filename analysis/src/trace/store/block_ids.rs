//! Gives a block that was made in a piece of the trace the ids of the trace, and spans that only the past could tell of.

use std::sync::Arc;

use goscope_parsers::trace::{GoId, PieceIds};
use rayon::prelude::*;

use crate::trace::store::block::{Block, ExtraSpan, sums};
use crate::trace::store::packed::Packed;
use crate::trace::store::wakers::{WakerRows, Wakers};
use crate::trace::words::cause::CauseId;

/// What the ids in a block of a piece stand for.
#[derive(Debug)]
pub(crate) struct BlockIds {
    pub(crate) ids: Arc<PieceIds>,
    pub(crate) causes: Arc<Vec<CauseId>>,
    /// Spans of goroutines from before that only the past could tell of.
    pub(crate) extra: Vec<ExtraSpan>,
}

/// Gives all blocks ids of the trace.
pub(crate) fn with_ids_of_trace(mut blocks: Vec<Block>, ids: &[Option<BlockIds>]) -> Vec<Block> {
    blocks.par_iter_mut().zip(ids).for_each(|(block, ids)| {
        if let Some(BlockIds { ids, causes, extra }) = ids {
            block.take_ids(ids, causes, extra);
        }
    });
    blocks
}

impl Block {
    /// Puts ids of the trace in the place of those of a piece, then adds spans in segments before all others.
    fn take_ids(&mut self, ids: &PieceIds, causes: &[CauseId], extra: &[ExtraSpan]) {
        for kind in &mut self.dictionary {
            (kind.cause, kind.proc) = (causes[kind.cause.index()], ids.proc(kind.proc));
        }
        self.segment_goroutines.iter_mut().for_each(|id| *id = ids.goroutine(*id));
        self.wakers.map(|id| ids.goroutine(id));
        if !extra.is_empty() {
            self.prepend(extra);
        }
    }

    fn prepend(&mut self, extra: &[ExtraSpan]) {
        let count = extra.len() as u32;
        let kinds: Vec<u32> = extra.iter().map(|span| self.add_kind(span)).collect();
        let kinds = [kinds, self.kinds.to_vec()].concat();
        let starts = [extra.iter().map(|span| span.start).collect(), self.starts.to_vec()].concat();
        let wakers: Vec<GoId> = (0..self.len()).map(|at| self.wakers.at(at)).collect();
        let wakers = [vec![GoId::NONE; extra.len()], wakers].concat();
        self.wakers = Wakers::new(wakers.into_iter(), extra.len() + self.len(), &mut WakerRows::default());
        self.segment_goroutines.splice(0..0, extra.iter().map(|span| span.goroutine));
        self.segment_begins.iter_mut().for_each(|begin| *begin += count);
        self.segment_begins.splice(0..0, 0..count);
        let spans = starts.iter().copied().zip(kinds.iter().copied());
        (self.sums, self.disordered) = sums(spans, &self.dictionary, &self.segment_begins);
        (self.starts, self.kinds) = (Packed::new(&starts), Packed::new(&kinds));
    }

    fn add_kind(&mut self, span: &ExtraSpan) -> u32 {
        let known = self.dictionary.iter().position(|kind| *kind == span.kind);
        let row = known.unwrap_or_else(|| {
            self.dictionary.push(span.kind);
            self.dictionary.len() - 1
        });
        row as u32
    }
}
