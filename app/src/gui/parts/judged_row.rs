//! How a row of a verdict looks: the color of what can be said of it, and the words for it.

use eframe::egui::Color32;
use goscope_analysis::verdict::{Row, Significance};

use crate::gui::theme::Tokens;
use crate::report::rows::{NOTHING, ShownRow};

/// What the column of intervals shows.
pub const INTERVAL_TOOLTIP: &str =
    "The change, and where the true one is in 95 of 100 comparisons; the line is no change";

/// What the verdict says of a row, in words.
pub fn said(shown: &ShownRow<'_>) -> String {
    let change = match &*shown.change {
        NOTHING => "nothing can be said",
        change => change,
    };
    let mut facts = vec![format!("{} → {}: {change}", shown.base, shown.head)];
    if !shown.interval.is_empty() {
        facts.push(format!("95%: {}", shown.interval));
    }
    if !shown.q.is_empty() {
        facts.push(format!("q {}", shown.q));
    }
    if !shown.remark.is_empty() {
        facts.push(shown.remark.clone());
    }
    facts.join("\n")
}

/// Warm where it got worse, blue where it got better, grey where nothing can be said.
pub const fn significance_color(row: &Row, tokens: &Tokens) -> Color32 {
    match row.significance {
        Significance::Regressed | Significance::Grew => tokens.increase,
        Significance::Fell if row.is_shift => tokens.text_quiet,
        Significance::Fell => tokens.decrease,
        Significance::Unclear | Significance::Untested(_) => tokens.text_faint,
    }
}
