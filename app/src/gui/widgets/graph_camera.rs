//! Which part of a graph is seen: the buttons for it, and where the camera stands while the same graph is shown.

use std::sync::Arc;

use eframe::egui::{Ui, Vec2};

use super::graph_canvas::Camera;

/// What a button does to the camera.
#[derive(Clone, Copy, Debug)]
pub enum CameraChange {
    /// Closer, or farther.
    Zoom(f32),
    /// All of the graph.
    Fit,
}

/// The buttons, from right to left.
pub fn camera_buttons_ui(ui: &mut Ui) -> Option<CameraChange> {
    let mut change = None;
    for (text, tooltip, asked) in [
        ("Fit graph", "Shows all of it", CameraChange::Fit),
        ("+", "Closer; also ctrl-wheel", CameraChange::Zoom(1.25)),
        ("−", "Farther; also ctrl-wheel", CameraChange::Zoom(0.8)),
    ] {
        if ui.button(text).on_hover_text(tooltip).clicked() {
            change = Some(asked);
        }
    }
    change
}

/// Where the camera was left, and over which graph.
#[derive(Debug)]
pub struct CameraState<G> {
    camera: Option<Camera>,
    shown: Option<Arc<G>>,
}

impl<G> Default for CameraState<G> {
    fn default() -> Self {
        Self { camera: None, shown: None }
    }
}

impl<G> CameraState<G> {
    /// Where the user left the camera, or for another graph where it is first; changed by a button.
    pub fn camera(
        &mut self,
        graph: &Arc<G>,
        first: impl FnOnce() -> Camera,
        change: Option<CameraChange>,
        (picture, canvas): (Vec2, Vec2),
    ) -> Camera {
        let is_same = self.shown.as_ref().is_some_and(|shown| Arc::ptr_eq(shown, graph));
        let camera = match self.camera.filter(|_| is_same) {
            Some(camera) => camera,
            None => {
                self.shown = Some(Arc::clone(graph));
                first()
            }
        };
        match change {
            Some(CameraChange::Fit) => Camera::fitting(picture, canvas),
            Some(CameraChange::Zoom(factor)) => camera.zoomed(factor, canvas / 2.0),
            None => camera,
        }
    }

    /// It stands here now.
    pub const fn set(&mut self, camera: Camera) {
        self.camera = Some(camera);
    }
}
