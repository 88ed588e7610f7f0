//! Columns that grow with the trace, with little memory to spare.
//!
//! A vector doubles when it is full, so that up to half of it is empty at the end, and three times as much is in use
//! while it is copied. An eighth more costs some more copies of what is small beside the spans.

/// Makes a column longer.
pub(super) fn resize<T: Clone>(column: &mut Vec<T>, len: usize, value: T) {
    if len > column.capacity() {
        let more = (column.len() / 8).max(len - column.len()).max(1024);
        column.reserve_exact(more);
    }
    column.resize(len, value);
}

/// Adds a row.
#[inline]
pub(super) fn push<T>(column: &mut Vec<T>, row: T) {
    if column.len() == column.capacity() {
        column.reserve_exact((column.len() / 8).max(1024));
    }
    column.push(row);
}
