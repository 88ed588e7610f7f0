//! How an SVG flame graph looks, as the user asks for it.

use std::str::FromStr;

use inferno::flamegraph::Palette;

use crate::layout::Orientation;
use crate::palette::Theme;

/// How an SVG flame graph looks.
#[derive(Clone, Debug, PartialEq)]
pub struct SvgOptions {
    /// Heading; empty for none.
    pub title: String,
    /// Line under the heading, before what is always told there: totals, what was left out, what a diff's colors mean.
    pub subtitle: Option<String>,
    /// Unit of the values, as in the profile (`nanoseconds`, `bytes`, `count`).
    pub unit: String,
    /// What is 100 % in a call tree, as `Stacks::total` tells it (filters leave it alone); `None` for the weight of the
    /// root. In a diff each side is 100 % of its own.
    pub total: Option<i64>,
    /// Colors of call trees; diffs are always colored by change.
    pub colors: SvgColors,
    /// Light or dark.
    pub theme: Theme,
    /// Root at the bottom or at the top.
    pub orientation: Orientation,
    /// Boxes narrower than this share of the total, in percent, are left out with all above them; the boxes they
    /// stand on keep their width.
    pub min_width_percent: f64,
    /// Fixed width in pixels; `None` fills the browser window.
    pub width_px: Option<u32>,
    /// Whether the picture is a file of its own, with a script to zoom and search. Else it is an `<svg>` element without
    /// any script, to be put into a page.
    pub is_interactive: bool,
}

impl Default for SvgOptions {
    fn default() -> Self {
        Self {
            title: "Flame graph".to_owned(),
            subtitle: None,
            unit: "count".to_owned(),
            total: None,
            colors: SvgColors::Package,
            theme: Theme::Light,
            orientation: Orientation::Flame,
            min_width_percent: 0.05,
            width_px: None,
            is_interactive: true,
        }
    }
}

/// Where the colors of an SVG come from; parsed from `package` or a palette of inferno (`hot`, `mem`, `io`, …).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SvgColors {
    /// Related hues for the packages of a module, pale for the standard library: [`crate::palette`].
    #[default]
    Package,
    /// A palette of inferno, its shades chosen by the hash of the function name.
    Inferno(Palette),
}

impl SvgColors {
    /// All names that parse, `package` first.
    pub fn names() -> impl Iterator<Item = &'static str> {
        std::iter::once("package").chain(Palette::VARIANTS.iter().copied())
    }
}

impl FromStr for SvgColors {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        if name == "package" {
            return Ok(Self::Package);
        }
        name.parse().map(Self::Inferno).map_err(|_unknown| {
            let names: Vec<&str> = Self::names().collect();
            format!("there is no color palette `{name}`; there are {}", names.join(", "))
        })
    }
}
