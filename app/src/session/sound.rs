//! What a session may hold beyond its form: anybody may have written the file, and the window relies on it.

use super::layout::{Layout, Node};
use super::note::Note;
use super::saved::SavedTab;
use super::selection::Item;
use super::view_id::ViewId;
use super::workspace::Lens;
use crate::query::trace::answers::path::PathChoice;
use crate::query::trace::selection::TimeRange;

/// Longer than any trace: 36 years, so that sums of a few times fit into 64 bits.
const MOST_NANOS: i64 = 1 << 60;

/// Shares of the room are compared with each other; a drag makes none that is smaller or larger.
const SHARES: std::ops::RangeInclusive<f32> = 1e-4..=1e4;

/// Widths and heights of parts that keep theirs: from what a hand can hit to more than any screen has.
const POINTS: std::ops::RangeInclusive<f32> = 16.0..=16_384.0;

/// Checks a tab.
///
/// # Errors
/// What is wrong with it, as the end of a sentence.
pub(super) fn check_tab(tab: &SavedTab) -> Result<(), String> {
    check_lens(&tab.lens)?;
    check_layout(&tab.layout)
}

/// Checks a lens.
///
/// # Errors
/// What is wrong with it, as the end of a sentence.
pub fn check_lens(lens: &Lens) -> Result<(), String> {
    let (from, to) = lens.zoom.range;
    // A gesture may leave it a little outside.
    let is_zoom = from < to && from >= -1.0 && to <= 2.0;
    let is_seen = |range: &TimeRange| {
        0 <= range.start_nanos && range.start_nanos < range.end_nanos && range.end_nanos <= MOST_NANOS
    };
    let is_selection = match &lens.selection {
        Some(Item::Span(_, nanos)) => (0..=MOST_NANOS).contains(nanos),
        _ => true,
    };
    let is_path = match &lens.trace.path {
        Some(PathChoice::Stretch { range, .. }) => is_seen(range),
        Some(PathChoice::Task(_)) | None => true,
    };
    let mut drawn = lens.store.ranges().into_iter().flatten();
    let are_times = drawn.all(|range| 0 <= range.start_nanos && range.start_nanos < range.end_nanos);
    let checks = [
        (are_times, "a time of the store does not end after its start"),
        (is_zoom, "the zoom is no part of the flame graph"),
        (lens.trace.range.as_ref().is_none_or(is_seen), "the range of time does not end after its start"),
        (is_selection, "the selected span is at no time of a trace"),
        (is_path, "the critical path is at no time of a trace"),
    ];
    match checks.into_iter().find(|(is_sound, _)| !is_sound) {
        Some((_, what)) => Err(what.to_owned()),
        None => Ok(()),
    }
}

/// Checks a note.
///
/// # Errors
/// What is wrong with it, as the end of a sentence.
pub(super) fn check_note(note: &Note) -> Result<(), String> {
    let is_sound = note.on.nanos().is_none_or(|nanos| (0..=MOST_NANOS).contains(&nanos));
    if is_sound { Ok(()) } else { Err("a note is at no time of a trace".to_owned()) }
}

fn check_layout(layout: &Layout) -> Result<(), String> {
    let mut views = Vec::new();
    check_node(&layout.root, &mut views)?;
    let n_views = views.len();
    views.sort();
    views.dedup();
    if views.len() < n_views { Err("the layout holds a view twice".to_owned()) } else { Ok(()) }
}

fn check_node(node: &Node, views: &mut Vec<ViewId>) -> Result<(), String> {
    let wrong = |what: &str| Err(format!("the layout {what}"));
    match node {
        Node::View(view) => views.push(*view),
        Node::Row(parts) | Node::Column(parts) if parts.is_empty() => return wrong("has an empty part"),
        Node::Stack { parts, .. } if parts.is_empty() => return wrong("has an empty part"),
        Node::Row(parts) | Node::Column(parts) => {
            for part in parts {
                if !SHARES.contains(&part.share) || !part.points.is_none_or(|points| POINTS.contains(&points))
                {
                    return wrong("gives a part no sensible share of the room");
                }
                check_node(&part.node, views)?;
            }
        }
        Node::Stack { parts, front } => {
            if *front >= parts.len() {
                return wrong("has no such part in front");
            }
            parts.iter().try_for_each(|part| check_node(part, views))?;
        }
    }
    Ok(())
}
