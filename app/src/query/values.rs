//! What answers say about their numbers: in which unit they are printed, the same for all, so that they compare at a
//! glance; and what is odd about the question.

use goscope_analysis::profile::stacks::Stacks;

/// Filters that matched nothing in a comparison: of the first profile that has any. A filter that matches one side
/// only is a finding, not a mistake, and one sentence for each filter is enough.
pub(super) fn warnings_of_sides(base: &[Stacks<'_>], head: &[Stacks<'_>]) -> Vec<String> {
    let mut all = base.iter().chain(head).map(Stacks::warnings);
    all.find(|warnings| !warnings.is_empty()).unwrap_or_default().to_vec()
}

/// The least magnitude of a row that is not 0: of flat, else of cum.
pub(super) fn smallest_value(rows: impl Iterator<Item = (i64, i64)>) -> i64 {
    let magnitudes = rows.map(|(flat, cum)| if flat == 0 { cum.unsigned_abs() } else { flat.unsigned_abs() });
    magnitudes
        .filter(|&magnitude| magnitude > 0)
        .min()
        .and_then(|least| i64::try_from(least).ok())
        .unwrap_or(0)
}
