//! How the numbers of one report are printed: divided, in one unit or each in its own.

use super::options::Percentages;
use crate::value::{format_value, percentage, scale, signed_percentage, unit_for};

/// Unit and divisor of all numbers of a report.
#[derive(Clone, Debug)]
pub(super) struct Numbers {
    /// Unit of the values.
    pub(super) unit: String,
    /// Unit in which they are printed; `auto` and `minimum` for each its own.
    pub(super) shown_unit: String,
    /// What values are multiplied by before; 1 leaves them alone.
    ratio: f64,
    percentages: Percentages,
}

/// Whether the unit must suit whole numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decimals {
    Shown,
    Cut,
}

impl Numbers {
    pub(super) fn new(unit: &str, shown_unit: &str, divide_by: f64, percentages: Percentages) -> Self {
        let ratio = 1.0 / divide_by;
        // pprof ignores negative ones.
        let ratio = if ratio > 0.0 { ratio } else { 1.0 };
        Self { unit: unit.to_owned(), shown_unit: shown_unit.to_owned(), ratio, percentages }
    }

    pub(super) fn text(&self, value: i64) -> String {
        format_value(self.divided(value), &self.unit, &self.shown_unit)
    }

    /// The share of a total, in a column of fixed width.
    pub(super) fn share(&self, value: i64, total: i64) -> String {
        match self.percentages {
            Percentages::Unsigned => percentage(value, total),
            Percentages::Signed => signed_percentage(value, total),
        }
    }

    /// A value in source listings: a dot for zero.
    pub(super) fn text_or_dot(&self, value: i64) -> String {
        if value == 0 { ".".to_owned() } else { self.text(value) }
    }

    /// A value in the printed unit, without its decimals. Not divided: pprof does not either.
    pub(super) fn whole(&self, value: i64) -> i64 {
        scale(value, &self.unit, &self.shown_unit).0 as i64
    }

    pub(super) fn divided(&self, value: i64) -> i64 {
        if self.ratio == 1.0 { value } else { (value as f64 * self.ratio) as i64 }
    }

    /// Replaces `minimum` by one unit that suits all nodes, given as (flat, cum), and the total.
    pub(super) fn settle(&mut self, nodes: impl Iterator<Item = (i64, i64)>, total: i64, decimals: Decimals) {
        if self.shown_unit != "minimum" {
            return;
        }
        let mut has_nodes = false;
        let mut smallest = 0_i64;
        for (flat, cum) in nodes {
            has_nodes = true;
            let magnitude = if flat == 0 { cum.wrapping_abs() } else { flat.wrapping_abs() };
            if magnitude > 0 && (smallest == 0 || magnitude < smallest) {
                smallest = magnitude;
            }
        }
        if !has_nodes {
            return;
        }
        let smallest = if smallest == 0 { total } else { smallest };
        let (smallest, total) = (self.divided(smallest), self.divided(total));
        // Where decimals are cut, a larger unit would turn the smallest value into 0.
        let total = if decimals == Decimals::Cut { smallest } else { total };
        self.shown_unit = unit_for(smallest, total, &self.unit);
    }
}
