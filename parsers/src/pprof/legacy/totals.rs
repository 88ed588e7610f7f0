//! Signs in a text profile that it ended early. Such a file reads well, only its sums are too small.

/// Compares what the header says with what the rows add up to.
pub(super) fn warn_if_different(header: &[i128], sums: &[i128], warnings: &mut Vec<String>) {
    if header != sums {
        let (header, sums) = (numbers(header), numbers(sums));
        warnings.push(format!(
            "the header says {header}, the rows add up to {sums}: the file may have been cut off"
        ));
    }
}

/// A last line without an end: programs write whole lines, so the rest of it may be missing.
pub(super) fn warn_if_cut(text: &[u8], warnings: &mut Vec<String>) {
    if warnings.is_empty() && text.last().is_some_and(|&byte| byte != b'\n') {
        warnings.push("the last line has no end: the file may have been cut off".to_owned());
    }
}

/// `6`, or `3: 1536` as heap profiles write objects and bytes.
fn numbers(numbers: &[i128]) -> String {
    let texts: Vec<String> = numbers.iter().map(i128::to_string).collect();
    match &*texts {
        [objects, bytes] => format!("{objects}: {bytes}"),
        [objects, bytes, allocated, allocated_bytes] => {
            format!("{objects}: {bytes} [{allocated}: {allocated_bytes}]")
        }
        _ => texts.join(" "),
    }
}
