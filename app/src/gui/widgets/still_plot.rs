//! A plot that stays where it is: what is drawn on it is chosen elsewhere, so it neither scrolls, zooms nor labels the pointer.

use egui_plot::Plot;

/// A plot of this height without any movement of its own. Axes, grids and bounds are the caller's.
pub fn still_plot(name: &'static str, height: f32) -> Plot<'static> {
    Plot::new(name)
        .height(height.max(1.0))
        .allow_scroll(false)
        .allow_drag(false)
        .allow_zoom(false)
        .allow_boxed_zoom(false)
        .allow_double_click_reset(false)
        .allow_axis_zoom_drag(false)
        .show_background(false)
        .show_x(false)
        .show_y(false)
        .label_formatter(|_| None)
}
