//! What `goscope trace blame` found, in one sentence.
//!
//! ```text
//! tasks request: 72% of 612 ms waited: main.(*store).lookup waits for main.(*store).persist, which is in a system call
//! in main.writeSnapshot
//! ```

use goscope_analysis::trace::model::TraceModel;
use goscope_analysis::trace::names;
use goscope_parsers::trace::{StackId, StringId};

use super::blame::{BlameAnswer, BlameRow, BlameScope, WakerKind};
use super::sentence::{Link, Sentence};
use crate::text;

/// The sentence; `None` if nobody waited.
pub fn blame_sentence(model: &TraceModel, answer: &BlameAnswer) -> Option<Sentence> {
    let row = answer.blame.rows.first()?;
    let subject = match &answer.scope {
        _ if answer.lock.is_some() => {
            Sentence::new("the lock in ").function(answer.lock.as_deref().unwrap_or_default())
        }
        BlameScope::Of(population) => {
            Sentence::default().noun(population.text(), Link::Population(population.clone()))
        }
        BlameScope::All => Sentence::new("all goroutines"),
        BlameScope::Sync => Sentence::new("locks and wait groups"),
    };
    let total = text::duration(i64::try_from(answer.blame.total_nanos).unwrap_or(i64::MAX));
    let share = row.nanos as f64 / answer.blame.total_nanos.max(1) as f64 * 100.0;
    let name = |id: StringId| model.tables().string_lossy(id).into_owned();
    let mut sentence = subject
        .plain(format!(": {share:.0}% of {total} waited: "))
        .function(&user_function(model, row.key.waiter_stack))
        .plain(" waits for ");
    let no_stack = ": no stack says where";
    let is_known = row.key.waiter_stack != StackId::NONE;
    sentence = match row.key.waker_kind {
        WakerKind::Goroutine if waker_text(model, row).is_empty() => sentence.plain("another goroutine"),
        WakerKind::Goroutine => sentence.function(&waker_text(model, row)),
        WakerKind::Network => sentence.plain("the network"),
        WakerKind::Timer => sentence.plain("a timer"),
        WakerKind::Gc => sentence.plain("the garbage collector"),
        WakerKind::Waiting => sentence.plain("nobody known"),
    };
    let Some(cause) = row.causes.first().filter(|_| row.key.waker_kind == WakerKind::Goroutine) else {
        return Some(if is_known { sentence } else { sentence.plain(no_stack) });
    };
    sentence = sentence.plain(format!(", which {}", cause.class.verb()));
    if cause.function != StringId::NONE {
        sentence = sentence.plain(" in ").function(&name(cause.function));
    }
    Some(if is_known { sentence } else { sentence.plain(no_stack) })
}

/// Who woke the goroutines of a row: the function it did so from, else the one it runs.
pub fn waker_text(model: &TraceModel, row: &BlameRow) -> String {
    let from = user_function(model, row.key.waker_stack);
    if from.is_empty() {
        model.tables().string_lossy(row.key.waker_goroutine_function).into_owned()
    } else {
        from
    }
}

/// The innermost function of a stack outside of the standard library; else the innermost; empty for no stack.
pub fn user_function(model: &TraceModel, stack: StackId) -> String {
    model.tables().string_lossy(names::user_function(model.tables(), stack)).into_owned()
}
