//! Every color, distance and letter size of the window, light and dark, and nothing but them.
//!
//! One neutral ground, one accent. Distances are multiples of 4 px, letters come in five sizes. Nothing outside
//! this file names a color: views ask [`tokens`] for the role they need.

mod state_hue;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use eframe::egui::style::{ScrollAnimation, ScrollStyle, Selection, TextCursorStyle, WidgetVisuals, Widgets};
use eframe::egui::{
    Color32, Context, CornerRadius, FontFamily, FontId, Margin, Shadow, Stroke, Style, TextStyle, Theme,
    ThemePreference, Ui, Visuals, vec2,
};

pub use self::state_hue::StateHue;

/// One step of the grid.
pub const GRID: f32 = 4.0;
/// Distance between things that belong together.
pub const GAP: f32 = 2.0 * GRID;
/// Distance between groups, and the margin of panels.
pub const MARGIN: f32 = 3.0 * GRID;
/// Distance between sections.
pub const SECTION: f32 = 6.0 * GRID;
/// Height of buttons, inputs and chips.
pub const CONTROL_HEIGHT: f32 = 6.0 * GRID;
/// Height of the bar with tabs and search.
pub const TOP_BAR_HEIGHT: f32 = 10.0 * GRID;
/// Height of the bars under it.
pub const TOOL_BAR_HEIGHT: f32 = 9.0 * GRID;
/// Height of the line at the bottom.
pub const STATUS_BAR_HEIGHT: f32 = 6.0 * GRID;
/// Height of the line above a view that names it.
pub const VIEW_HEADER_HEIGHT: f32 = 7.0 * GRID;
/// Height of a table row.
pub const ROW_HEIGHT: f32 = 5.0 * GRID;
/// Height of a flame graph box with the line under it.
pub const FLAME_ROW_HEIGHT: f32 = 5.0 * GRID;
/// Height of a lane of a trace with the gap under it.
pub const LANE_HEIGHT: f32 = 5.0 * GRID;
/// Width of the names left of the lanes.
pub const LANE_LABEL_WIDTH: f32 = 52.0 * GRID;
/// Side of an icon.
pub const ICON_SIZE: f32 = 4.0 * GRID;
/// Rounding of controls.
pub const RADIUS: u8 = 4;
/// Rounding of windows and menus.
pub const RADIUS_LARGE: u8 = 8;
/// How long anything may move, in seconds; nothing moves longer.
pub const MOTION_SECONDS: f32 = 0.12;

/// Letters for secondary facts.
pub const TEXT_SMALL: f32 = 11.0;
/// Letters of everything else.
pub const TEXT_BODY: f32 = 13.0;
/// Letters of names and numbers (a monospace looks larger than it is).
pub const TEXT_MONO: f32 = 12.0;
/// Letters of headings.
pub const TEXT_HEADING: f32 = 15.0;
/// Letters of the one large thing on a screen.
pub const TEXT_DISPLAY: f32 = 26.0;

/// The colors by role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tokens {
    /// Behind everything.
    pub ground: Color32,
    /// Bars and side panels.
    pub raised: Color32,
    /// Menus, tooltips and dialogs.
    pub floating: Color32,
    /// Inputs, and the canvas of a flame graph.
    pub sunken: Color32,
    /// Between panels and rows.
    pub line: Color32,
    /// Around controls.
    pub outline: Color32,
    /// Text to read.
    pub text: Color32,
    /// Text to find when looked for.
    pub text_quiet: Color32,
    /// Hints, units, what is switched off.
    pub text_faint: Color32,
    /// What can be acted on, what is chosen.
    pub accent: Color32,
    /// Text on the accent.
    pub on_accent: Color32,
    /// Ground of what is chosen.
    pub accent_soft: Color32,
    /// Bars behind numbers.
    pub meter: Color32,
    /// Ground of a control.
    pub control: Color32,
    /// Ground of a control under the pointer.
    pub control_hovered: Color32,
    /// Ground of a control that is pressed.
    pub control_pressed: Color32,
    /// Row under the pointer.
    pub row_hovered: Color32,
    /// Something went wrong.
    pub danger: Color32,
    /// Ground of a message about it.
    pub danger_soft: Color32,
    /// Frame around what a search found.
    pub found: Color32,
    /// More than before, in a comparison (red-blue scales stay apart for color-blind eyes).
    pub increase: Color32,
    /// Less than before.
    pub decrease: Color32,
    /// Over the window behind a dialog.
    pub veil: Color32,
    /// Under menus and dialogs.
    pub shadow: Color32,
    /// Frame around the box under the pointer.
    pub box_hovered: Color32,
    /// Frame around the chosen box.
    pub box_selected: Color32,
}

/// The dark palette.
pub const DARK: Tokens = Tokens {
    ground: Color32::from_rgb(0x15, 0x17, 0x1b),
    raised: Color32::from_rgb(0x1b, 0x1e, 0x23),
    floating: Color32::from_rgb(0x26, 0x2a, 0x31),
    sunken: Color32::from_rgb(0x12, 0x14, 0x17),
    line: Color32::from_rgb(0x2c, 0x31, 0x38),
    outline: Color32::from_rgb(0x3a, 0x40, 0x49),
    text: Color32::from_rgb(0xe6, 0xe9, 0xed),
    text_quiet: Color32::from_rgb(0xa9, 0xb1, 0xbb),
    text_faint: Color32::from_rgb(0x8b, 0x94, 0x9f),
    accent: Color32::from_rgb(0x4f, 0xb8, 0xe3),
    on_accent: Color32::from_rgb(0x08, 0x1a, 0x22),
    accent_soft: Color32::from_rgb(0x1d, 0x3a, 0x49),
    meter: Color32::from_rgb(0x2a, 0x45, 0x54),
    control: Color32::from_rgb(0x26, 0x2a, 0x31),
    control_hovered: Color32::from_rgb(0x2f, 0x34, 0x3c),
    control_pressed: Color32::from_rgb(0x21, 0x25, 0x2b),
    row_hovered: Color32::from_rgb(0x21, 0x25, 0x2b),
    danger: Color32::from_rgb(0xf2, 0x83, 0x6b),
    danger_soft: Color32::from_rgb(0x3a, 0x24, 0x20),
    found: Color32::from_rgb(0xff, 0xd1, 0x66),
    increase: Color32::from_rgb(0xf0, 0x8a, 0x5d),
    decrease: Color32::from_rgb(0x6c, 0xa8, 0xf0),
    veil: Color32::from_black_alpha(0x78),
    shadow: Color32::from_black_alpha(0x70),
    box_hovered: Color32::from_rgb(0xff, 0xff, 0xff),
    box_selected: Color32::from_rgb(0x4f, 0xb8, 0xe3),
};

/// The light palette.
pub const LIGHT: Tokens = Tokens {
    ground: Color32::from_rgb(0xf5, 0xf6, 0xf8),
    raised: Color32::from_rgb(0xff, 0xff, 0xff),
    floating: Color32::from_rgb(0xff, 0xff, 0xff),
    sunken: Color32::from_rgb(0xff, 0xff, 0xff),
    line: Color32::from_rgb(0xe1, 0xe5, 0xea),
    outline: Color32::from_rgb(0xc6, 0xcd, 0xd5),
    text: Color32::from_rgb(0x1a, 0x1f, 0x25),
    text_quiet: Color32::from_rgb(0x4f, 0x59, 0x65),
    text_faint: Color32::from_rgb(0x66, 0x70, 0x7b),
    accent: Color32::from_rgb(0x0a, 0x6f, 0x9b),
    on_accent: Color32::from_rgb(0xff, 0xff, 0xff),
    accent_soft: Color32::from_rgb(0xd6, 0xec, 0xf6),
    meter: Color32::from_rgb(0xcf, 0xe4, 0xee),
    control: Color32::from_rgb(0xec, 0xef, 0xf2),
    control_hovered: Color32::from_rgb(0xe2, 0xe7, 0xec),
    control_pressed: Color32::from_rgb(0xd8, 0xde, 0xe5),
    row_hovered: Color32::from_rgb(0xee, 0xf1, 0xf4),
    danger: Color32::from_rgb(0xb3, 0x3a, 0x1f),
    danger_soft: Color32::from_rgb(0xfb, 0xe9, 0xe4),
    found: Color32::from_rgb(0xb0, 0x4c, 0x00),
    increase: Color32::from_rgb(0xb0, 0x45, 0x19),
    decrease: Color32::from_rgb(0x1f, 0x5f, 0xb8),
    veil: Color32::from_black_alpha(0x38),
    shadow: Color32::from_black_alpha(0x28),
    box_hovered: Color32::from_rgb(0x1a, 0x1f, 0x25),
    box_selected: Color32::from_rgb(0x0a, 0x6f, 0x9b),
};

/// The colors of the theme that `ui` is drawn in.
pub fn tokens(ui: &Ui) -> &'static Tokens {
    tokens_of(ui.visuals().dark_mode)
}

/// The colors of the dark or of the light theme.
pub const fn tokens_of(dark_mode: bool) -> &'static Tokens {
    if dark_mode { &DARK } else { &LIGHT }
}

/// The flame graph palette that goes with the theme of `ui`.
pub fn flame_theme(ui: &Ui) -> goscope_flamegraph::palette::Theme {
    if ui.visuals().dark_mode {
        goscope_flamegraph::palette::Theme::Dark
    } else {
        goscope_flamegraph::palette::Theme::Light
    }
}

/// A color of the flame graph palette on the screen.
pub const fn color_from_rgb(rgb: goscope_flamegraph::palette::Rgb) -> Color32 {
    Color32::from_rgb(rgb.r, rgb.g, rgb.b)
}

/// `color` moved towards `ground`: what a search did not find, what is above the zoomed frame.
pub fn faded(color: Color32, ground: Color32, keep: f32) -> Color32 {
    ground.lerp_to_gamma(color, keep)
}

/// Over the window while a file is held over it.
pub const fn veil(visuals: &Visuals) -> Color32 {
    tokens_of(visuals.dark_mode).veil
}

/// Text on that veil, which is dark in both themes.
pub const fn on_veil() -> Color32 {
    DARK.text
}

/// Letters for names and numbers.
pub const fn mono() -> FontId {
    FontId::new(TEXT_MONO, FontFamily::Monospace)
}

/// Small letters for numbers.
pub const fn mono_small() -> FontId {
    FontId::new(TEXT_SMALL, FontFamily::Monospace)
}

/// Letters of everything else.
pub const fn body() -> FontId {
    FontId::new(TEXT_BODY, FontFamily::Proportional)
}

/// Letters for secondary facts.
pub const fn small() -> FontId {
    FontId::new(TEXT_SMALL, FontFamily::Proportional)
}

/// Gives the window both themes; which one is shown follows `preference`.
pub fn install(ctx: &Context, preference: ThemePreference) {
    ctx.set_style_of(Theme::Dark, style(true));
    ctx.set_style_of(Theme::Light, style(false));
    ctx.set_theme(preference);
}

/// Has things move, or appear where they belong.
pub fn set_motion(ctx: &Context, is_still: bool) {
    ctx.all_styles_mut(|style| {
        style.animation_time = if is_still { 0.0 } else { MOTION_SECONDS };
        style.scroll_animation = if is_still { ScrollAnimation::none() } else { ScrollAnimation::default() };
    });
}

fn style(dark_mode: bool) -> Style {
    let tokens = tokens_of(dark_mode);
    let mut style = Style {
        text_styles: text_styles(),
        visuals: visuals(dark_mode, tokens),
        animation_time: MOTION_SECONDS,
        ..Style::default()
    };
    let spacing = &mut style.spacing;
    spacing.item_spacing = vec2(GAP, GRID);
    spacing.button_padding = vec2(GAP, 3.0);
    spacing.interact_size = vec2(CONTROL_HEIGHT, CONTROL_HEIGHT);
    spacing.window_margin = Margin::same(16);
    spacing.menu_margin = Margin::same(4);
    spacing.icon_width = ICON_SIZE;
    spacing.icon_spacing = 6.0;
    spacing.indent = 4.0 * GRID;
    spacing.tooltip_width = 520.0;
    spacing.scroll = ScrollStyle { bar_width: 8.0, ..ScrollStyle::floating() };
    spacing.scroll.fade.strength = 0.0;
    style.interaction.tooltip_delay = 0.35;
    style.interaction.selectable_labels = false;
    style
}

fn text_styles() -> BTreeMap<TextStyle, FontId> {
    [
        (TextStyle::Small, small()),
        (TextStyle::Body, body()),
        (TextStyle::Button, body()),
        (TextStyle::Monospace, mono()),
        (TextStyle::Heading, FontId::new(TEXT_HEADING, FontFamily::Proportional)),
    ]
    .into()
}

fn visuals(dark_mode: bool, tokens: &Tokens) -> Visuals {
    let base = if dark_mode { Visuals::dark() } else { Visuals::light() };
    Visuals {
        override_text_color: None,
        weak_text_color: Some(tokens.text_quiet),
        widgets: widgets(tokens),
        selection: Selection { bg_fill: tokens.accent_soft, stroke: Stroke::new(1.0, tokens.accent) },
        hyperlink_color: tokens.accent,
        faint_bg_color: tokens.row_hovered,
        extreme_bg_color: tokens.sunken,
        text_edit_bg_color: Some(tokens.sunken),
        code_bg_color: tokens.control,
        warn_fg_color: tokens.found,
        error_fg_color: tokens.danger,
        window_corner_radius: CornerRadius::same(RADIUS_LARGE),
        window_fill: tokens.floating,
        window_stroke: Stroke::new(1.0, tokens.outline),
        window_shadow: Shadow { offset: [0, 12], blur: 32, spread: 0, color: tokens.shadow },
        menu_corner_radius: CornerRadius::same(RADIUS_LARGE),
        panel_fill: tokens.ground,
        popup_shadow: Shadow { offset: [0, 4], blur: 12, spread: 0, color: tokens.shadow },
        text_cursor: TextCursorStyle {
            stroke: Stroke::new(1.5, tokens.accent),
            ..TextCursorStyle::default()
        },
        indent_has_left_vline: false,
        disabled_alpha: 0.4,
        ..base
    }
}

fn widgets(tokens: &Tokens) -> Widgets {
    let of = |fill: Color32, stroke: Color32, text: Color32| WidgetVisuals {
        bg_fill: fill,
        weak_bg_fill: fill,
        bg_stroke: Stroke::new(1.0, stroke),
        fg_stroke: Stroke::new(1.0, text),
        corner_radius: CornerRadius::same(RADIUS),
        expansion: 0.0,
    };
    Widgets {
        noninteractive: of(tokens.raised, tokens.line, tokens.text),
        inactive: of(tokens.control, Color32::TRANSPARENT, tokens.text),
        hovered: of(tokens.control_hovered, tokens.outline, tokens.text),
        // Also what has the keyboard: the stroke is the focus ring.
        active: of(tokens.control_pressed, tokens.accent, tokens.text),
        open: of(tokens.control_pressed, tokens.outline, tokens.text),
    }
}
