//! Which of the open regions of a goroutine an end closes.
//!
//! In a sane program that is always the innermost one. A program that ends them out of order, or on another goroutine,
//! costs only the regions concerned their certainty.

use goscope_parsers::trace::{StringId, TaskId, innermost_open};

/// The task and the name of a region; `None` for the nameless one that a goroutine inherits from its creator.
pub(crate) type RegionKey = Option<(TaskId, StringId)>;

/// The place, among the open regions of a goroutine (innermost last), of the one that an end closes: the innermost
/// with its task and name. With nothing open but what it inherited, that one, as in Go's summary. `None`: the end
/// of a region that began before the trace, or elsewhere.
pub(crate) fn closed_by<T>(
    open: &[T],
    key_of: impl Fn(&T) -> RegionKey,
    (task, name): (TaskId, StringId),
) -> Option<usize> {
    let own = innermost_open(open, |region| key_of(region) == Some((task, name)));
    own.or_else(|| open.len().checked_sub(1).filter(|&last| key_of(&open[last]).is_none()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_closes_the_innermost_region_of_its_task_and_name() {
        let region = |task, name| Some((TaskId(task), StringId(name)));
        let closed =
            |open: &[RegionKey], task, name| closed_by(open, |key| *key, (TaskId(task), StringId(name)));
        let open = [None, region(1, 7), region(2, 7), region(1, 7), region(1, 8)];
        assert_eq!(closed(&open, 1, 8), Some(4));
        assert_eq!(closed(&open, 1, 7), Some(3), "out of order");
        assert_eq!(closed(&open, 2, 7), Some(2));
        assert_eq!(closed(&open, 3, 7), None, "of a task that has none open");
        assert_eq!(closed(&[None], 3, 7), Some(0), "what it inherited");
        assert_eq!(closed(&[], 3, 7), None);
    }
}
