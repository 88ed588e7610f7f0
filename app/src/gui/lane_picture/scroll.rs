//! How far the rows are scrolled.

use std::ops::Range;

use crate::gui::theme;

/// In points, as a double: with millions of rows, more than single precision can tell apart.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Scroll(f64);

fn lane_height() -> f64 {
    f64::from(theme::LANE_HEIGHT)
}

impl Scroll {
    /// The first row that is seen at least in part.
    pub(crate) fn first_row(self) -> usize {
        (self.0 / lane_height()) as usize
    }

    /// How much of that row is scrolled out.
    pub(crate) fn row_offset(self) -> f32 {
        (self.0 - self.first_row() as f64 * lane_height()) as f32
    }

    /// Scrolls, as far as there are rows below a window of this height.
    pub(crate) fn by(&mut self, points: f32, n_rows: usize, height: f32) {
        let most = (n_rows as f64 * lane_height() - f64::from(height)).max(0.0);
        self.0 = (self.0 + f64::from(points)).clamp(0.0, most);
    }

    /// Brings rows into view, the first of them rather than the last.
    pub(super) fn reveal(&mut self, rows: &Range<usize>, height: f32) {
        let [top, bottom] = [rows.start, rows.end].map(|row| row as f64 * lane_height());
        self.0 = self.0.max(bottom - f64::from(height)).min(top);
    }

    /// Brings a row into the middle unless it is in view.
    pub(super) fn center(&mut self, row: usize, height: f32) {
        let (top, height) = (row as f64 * lane_height(), f64::from(height));
        if top < self.0 || top + lane_height() > self.0 + height {
            self.0 = top - height / 2.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_scrolled_no_farther_than_there_are_any() {
        let mut scroll = Scroll::default();
        scroll.by(-10.0, 100, 200.0);
        assert_eq!((scroll.first_row(), scroll.row_offset()), (0, 0.0));
        scroll.by(1.5 * theme::LANE_HEIGHT, 100, 200.0);
        assert_eq!((scroll.first_row(), scroll.row_offset()), (1, 0.5 * theme::LANE_HEIGHT));
        scroll.by(1e9, 100, 10.0 * theme::LANE_HEIGHT);
        assert_eq!(scroll.first_row(), 90);
    }

    #[test]
    fn a_row_in_view_stays_where_it_is_and_another_comes_to_the_middle() {
        let height = 10.0 * theme::LANE_HEIGHT;
        let mut scroll = Scroll::default();
        scroll.center(9, height);
        assert_eq!(scroll, Scroll::default());
        scroll.center(50, height);
        assert_eq!(scroll.first_row(), 45);
        scroll.reveal(&(54..60), height);
        assert_eq!(scroll.first_row(), 50);
        scroll.reveal(&(20..60), height);
        assert_eq!(scroll.first_row(), 20);
    }
}
