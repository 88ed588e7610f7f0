//! How much room texts take in the boxes of a graph, which are laid out without a window.

use goscope_flamegraph::graph_layout::BoxSize;

/// Width of a letter in a fixed-width font, and height of a line, in units of the font size.
const LETTER_WIDTH: f32 = 0.602;
const LINE_HEIGHT: f32 = 1.3;

/// Padding between the edge of a box and its text.
const PADDING: f32 = 8.0;

/// The most letters of a name in a box.
const MAX_LETTERS: usize = 60;

/// The size of a box with these lines.
pub(super) fn box_size(lines: &[String], font_size: f32) -> BoxSize {
    let n_letters = lines.iter().map(|line| line.chars().count()).max().unwrap_or(0);
    BoxSize {
        width: n_letters as f32 * LETTER_WIDTH * font_size + 2.0 * PADDING,
        height: lines.len() as f32 * LINE_HEIGHT * font_size + PADDING,
    }
}

/// Shortens a name by its middle, since its end says most.
pub(super) fn cut_name(name: &str) -> String {
    let n_letters = name.chars().count();
    if n_letters <= MAX_LETTERS {
        return name.to_owned();
    }
    let start: String = name.chars().take(MAX_LETTERS / 3).collect();
    let end: String = name.chars().skip(n_letters - MAX_LETTERS * 2 / 3).collect();
    format!("{start}…{end}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_lose_their_middle() {
        let name = "a".repeat(1000) + "End";
        assert!(cut_name(&name).chars().count() <= MAX_LETTERS + 1 && cut_name(&name).ends_with("End"));
        assert_eq!(cut_name("main.main"), "main.main");
    }
}
