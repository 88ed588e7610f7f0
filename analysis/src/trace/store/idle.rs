//! Goroutines that were there all the time and did next to nothing: accept loops, signal handlers, workers without work.
//!
//! ```text
//! trace           ├──────────────────────────────────────────┤
//! idle         ───────── waiting ─────────┬─ waiting ───────────    ran, or wanted to, for a thousandth of it at most
//! not idle        ┌ begun in it            ─── waiting ─────────    whoever came may wait for what matters
//! ```
//!
//! It is the whole trace that counts, not what one looks at: a request that waits for a lock is not idle, however close
//! one looks.

use goscope_parsers::trace::GoId;
use rayon::prelude::*;

use crate::trace::store::data::TraceData;
use crate::trace::words::cause::SpanState;
use crate::trace::words::time::nanos_between;

/// The part of the trace that an idle goroutine may run at most is one in so many.
const BUSY_PART: u64 = 1000;

/// The goroutines that are idle, by id.
pub(crate) fn idle_goroutines(data: &TraceData) -> Vec<GoId> {
    let ids: Vec<GoId> = data.goroutine_ids().collect();
    ids.into_par_iter().filter(|&id| is_idle(data, id)).collect()
}

fn is_idle(data: &TraceData, id: GoId) -> bool {
    let range = data.range();
    let Some(goroutine) = data.goroutine(id) else { return false };
    if goroutine.is_created || goroutine.is_ended {
        return false;
    }
    let most = nanos_between(range.start, range.end) / BUSY_PART;
    let mut busy = 0_u64;
    // A goroutine that runs is known after few of its spans.
    data.spans(id).all(|span| {
        let waits = matches!(span.state, SpanState::Waiting | SpanState::Unknown);
        busy = busy.saturating_add(if waits { 0 } else { span.duration_nanos() });
        busy <= most
    })
}

#[cfg(test)]
mod tests {
    use crate::testing::trace;

    #[test]
    fn who_was_there_all_the_time_and_waited_is_idle() {
        let model = trace(
            "G1 main.accept: 0 was waiting, 99999 runnable, 99999 running P0, 100000 waiting \"network\" @ net.Accept\n\
             G2 main.parked: 0 was waiting\n\
             G3 main.busy: 0 was waiting, 10 runnable, 20 running P0, 500 waiting \"select\" @ main.busy\n\
             G4 main.starved: 0 was runnable\n\
             G5 main.leaked: 50 runnable by G3, 51 running P0, 60 waiting \"chan receive\" @ main.leaked\n\
             end: 100001\n",
        );
        let idle = model.idle_goroutines().iter().map(|&id| model.tables().goid(id));
        assert_eq!(idle.collect::<Vec<i64>>(), [1, 2]);
    }
}
