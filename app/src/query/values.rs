//! In which unit the numbers of one answer are printed: the same for all, so that they compare at a glance.

/// The least magnitude of a row that is not 0: of flat, else of cum.
pub(super) fn smallest_value(rows: impl Iterator<Item = (i64, i64)>) -> i64 {
    let magnitudes = rows.map(|(flat, cum)| if flat == 0 { cum.unsigned_abs() } else { flat.unsigned_abs() });
    magnitudes
        .filter(|&magnitude| magnitude > 0)
        .min()
        .and_then(|least| i64::try_from(least).ok())
        .unwrap_or(0)
}
