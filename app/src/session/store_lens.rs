//! What of a store a tab looks at: which profiles, and which times are compared. Plain data, saved and undone with the rest of the
//! workspace.

use serde::{Deserialize, Serialize};

use crate::query::comparison::Side;
use crate::query::trace::selection::TimeRange;

/// What of a store is looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct StoreLens {
    /// Which profiles: a selector, as `service=shop&version=1.4`; `None` for the service and kind that it has most of.
    pub selector: Option<String>,
    /// The time that is compared with, in ns since 1970.
    pub base: Option<TimeRange>,
    /// The time that is compared.
    pub head: Option<TimeRange>,
}

impl StoreLens {
    /// The times of both sides, that of the base first.
    pub const fn ranges(&self) -> [Option<TimeRange>; 2] {
        [self.base, self.head]
    }

    /// Takes a time that was drawn: the first is the base, the second the head; a third begins anew.
    pub const fn draw(&mut self, range: TimeRange) {
        match (self.base, self.head) {
            (Some(_), None) => self.head = Some(range),
            _ => (self.base, self.head) = (Some(range), None),
        }
    }

    /// Forgets the time of a side; the other one is the base then.
    pub const fn forget(&mut self, side: Side) {
        match side {
            Side::Base => (self.base, self.head) = (self.head, None),
            Side::Head => self.head = None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn range(start_nanos: i64) -> TimeRange {
        TimeRange { start_nanos, end_nanos: start_nanos + 1 }
    }

    #[test]
    fn two_times_are_drawn_and_a_third_begins_anew() {
        let mut lens = StoreLens::default();
        lens.draw(range(1));
        lens.draw(range(5));
        assert_eq!(lens.ranges(), [Some(range(1)), Some(range(5))]);
        lens.forget(Side::Base);
        assert_eq!(lens.ranges(), [Some(range(5)), None]);
        lens.draw(range(7));
        lens.draw(range(9));
        assert_eq!(lens.ranges(), [Some(range(9)), None]);
    }
}
