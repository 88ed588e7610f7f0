//! From a tree to placed, colored and labeled boxes, kept until something they depend on changes.

use std::collections::HashMap;
use std::sync::{Arc, Weak};

use eframe::egui::{Color32, Vec2};
use goscope_analysis::profile::call_tree::NodeId;
use goscope_analysis::profile::frame::FrameId;
use goscope_analysis::symbol::{function_name, short_name};
use goscope_flamegraph::flame_tree::level_of;
use goscope_flamegraph::layout::{BoxKind, FlameBox, SiblingOrder, Viewport, visible_boxes};
use goscope_flamegraph::palette::{Theme, change_color};

use super::geometry::Geometry;
use crate::gui::theme;
use crate::gui::widgets::flame_canvas::{CanvasBox, Label, MIN_TEXT_WIDTH};
use crate::query::call_tree::TreeKind;
use crate::query::search::Found;
use crate::query::tree::Tree;

/// Boxes narrower than this merge with their neighbors.
const MIN_BOX_PX: f64 = 1.5;
/// How much of its color a box keeps that a search did not find.
const UNFOUND: f32 = 0.4;
/// How much of its color a caller of the zoomed box keeps.
const ABOVE_ZOOM: f32 = 0.55;
/// Rows of callers that stay in sight above a zoomed box.
const ROWS_ABOVE_ZOOM: u32 = 2;
/// Names that are kept.
const MAX_LABELS: usize = 50_000;

/// The boxes of the last frame, and how far the picture is scrolled.
#[derive(Debug, Default)]
pub(super) struct FlameState {
    key: Option<Key>,
    flame_boxes: Vec<FlameBox>,
    boxes: Vec<CanvasBox>,
    /// Names by frame, made once: a zoom shows the same frames again and again.
    labels: HashMap<Option<FrameId>, Label>,
    n_rows: u32,
    scroll: f32,
    height: f32,
    reveal_row: Option<u32>,
    /// The row nearest to the root that is drawn; scrolling counts from it.
    first_row: u32,
}

/// What boxes depend on. Tree and search are held weakly: it costs no memory that matters, and none that comes later can
/// stand at their address and be taken for them.
#[derive(Clone, Debug)]
struct Key {
    tree: Weak<Tree>,
    found: Weak<Found>,
    zoom: NodeId,
    range: (f64, f64),
    width: f32,
    rows: (u32, u32),
    theme: Theme,
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        let place = |key: &Self| (key.zoom, key.range, key.width, key.rows, key.theme);
        self.tree.ptr_eq(&other.tree) && self.found.ptr_eq(&other.found) && place(self) == place(other)
    }
}

impl FlameState {
    /// Makes the boxes for what is seen, unless those of the last frame still do.
    pub(super) fn lay_out(
        &mut self,
        geometry: &Geometry,
        first_row: u32,
        found: Option<&Arc<Found>>,
        (size, theme): (Vec2, Theme),
    ) {
        let shape = geometry.tree.shape();
        self.height = size.y;
        self.first_row = first_row;
        self.n_rows = geometry.tree.depths.n_rows(shape, geometry.zoom).saturating_sub(first_row);
        let is_new_zoom = self.key.as_ref().is_none_or(|key| key.zoom != geometry.zoom);
        if is_new_zoom {
            let row = level_of(shape, geometry.zoom).saturating_sub(ROWS_ABOVE_ZOOM + first_row);
            self.scroll = row as f32 * theme::FLAME_ROW_HEIGHT;
        }
        if let Some(row) = self.reveal_row.take() {
            self.bring_into_view(row.saturating_sub(first_row));
        }
        self.scroll_by(0.0);
        let key = Key {
            tree: Arc::downgrade(&geometry.tree),
            found: found.map_or_else(Weak::new, Arc::downgrade),
            zoom: geometry.zoom,
            range: geometry.range,
            width: size.x,
            rows: self.seen_rows(),
            theme,
        };
        if self.key.as_ref() != Some(&key) {
            self.place_boxes(geometry, found.map(Arc::as_ref), &key);
            self.key = Some(key);
        }
    }

    /// The boxes as they are drawn.
    pub(super) fn boxes(&self) -> &[CanvasBox] {
        &self.boxes
    }

    /// The same boxes as they were laid out, by the same index.
    pub(super) fn flame_boxes(&self) -> &[FlameBox] {
        &self.flame_boxes
    }

    /// Rows of the whole picture.
    pub(super) fn n_rows(&self) -> u32 {
        self.n_rows
    }

    /// How far it is scrolled.
    pub(super) fn scroll(&self) -> f32 {
        self.scroll
    }

    /// Scrolls, as far as there are rows.
    pub(super) fn scroll_by(&mut self, points: f32) {
        let rows_height = self.n_rows as f32 * theme::FLAME_ROW_HEIGHT;
        let most = (rows_height - self.height).max(0.0);
        self.scroll = (self.scroll + points).clamp(0.0, most);
    }

    /// Brings a row into view with the next frame, when it is known how the picture is zoomed then.
    pub(super) fn reveal(&mut self, row: u32) {
        self.reveal_row = Some(row);
    }

    fn bring_into_view(&mut self, row: u32) {
        let top = row as f32 * theme::FLAME_ROW_HEIGHT;
        let lowest = top + 2.0 * theme::FLAME_ROW_HEIGHT - self.height;
        let highest = (top - theme::FLAME_ROW_HEIGHT).max(0.0);
        self.scroll = self.scroll.min(highest).max(lowest.min(highest));
    }

    fn seen_rows(&self) -> (u32, u32) {
        let first = (self.scroll / theme::FLAME_ROW_HEIGHT).floor();
        let n_seen = (self.height / theme::FLAME_ROW_HEIGHT).ceil() + 1.0;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "not negative, and few rows"
        )]
        (self.first_row + first as u32, self.first_row + (first + n_seen) as u32)
    }

    fn place_boxes(&mut self, geometry: &Geometry, found: Option<&Found>, key: &Key) {
        let viewport = Viewport {
            zoom: geometry.zoom,
            window: geometry.range.0..geometry.range.1,
            width_px: f64::from(key.width),
            rows: key.rows.0..key.rows.1,
            min_box_px: MIN_BOX_PX,
            order: SiblingOrder::Weight,
        };
        self.flame_boxes = geometry.tree.with_widths(|tree| visible_boxes(tree, &viewport));
        let zoom_row = level_of(geometry.tree.shape(), geometry.zoom);
        if self.key.as_ref().is_none_or(|before| !before.tree.ptr_eq(&key.tree))
            || self.labels.len() > MAX_LABELS
        {
            self.labels.clear();
        }
        let labels = &mut self.labels;
        let mut painter = BoxPainter {
            tree: &geometry.tree,
            found,
            theme: key.theme,
            zoom_row,
            first_row: self.first_row,
            labels,
        };
        self.boxes =
            self.flame_boxes.iter().map(|flame_box| painter.canvas_box(flame_box, &viewport)).collect();
    }
}

/// Turns a box of the layout into one of the canvas.
struct BoxPainter<'a> {
    tree: &'a Tree,
    found: Option<&'a Found>,
    theme: Theme,
    zoom_row: u32,
    first_row: u32,
    labels: &'a mut HashMap<Option<FrameId>, Label>,
}

impl BoxPainter<'_> {
    fn canvas_box(&mut self, flame_box: &FlameBox, viewport: &Viewport) -> CanvasBox {
        let (left, right) = (viewport.px_from_x(flame_box.x0), viewport.px_from_x(flame_box.x1));
        let is_above = flame_box.row < self.zoom_row;
        // Callers of the zoomed box are as wide as the window, whatever part of that box is seen.
        let (left, right) = if flame_box.row <= self.zoom_row && viewport.window != (0.0..1.0) {
            (left.min(0.0), right.max(viewport.width_px))
        } else {
            (left, right)
        };
        let is_merged = flame_box.kind != BoxKind::Node;
        let (fill, ink) = self.colors(flame_box, is_merged, is_above);
        let seen_width = right.min(viewport.width_px) - left.max(0.0);
        let has_label = !is_merged && seen_width >= f64::from(MIN_TEXT_WIDTH);
        #[expect(clippy::cast_possible_truncation, reason = "parts of a screen's width")]
        CanvasBox {
            x0: (left / viewport.width_px) as f32,
            x1: (right / viewport.width_px) as f32,
            row: flame_box.row - self.first_row,
            node: flame_box.node.0,
            fill,
            ink,
            label: has_label.then(|| self.label(flame_box.node)),
            is_merged,
        }
    }

    fn colors(&self, flame_box: &FlameBox, is_merged: bool, is_above: bool) -> (Color32, Color32) {
        let theme = self.theme;
        let ground = theme::color_from_rgb(theme.ground());
        let ink = theme::color_from_rgb(theme.text());
        let fill = match (self.tree.shape().frame(flame_box.node), &self.tree.kind) {
            _ if is_merged => theme.merged(),
            (None, _) => theme.root(),
            (Some(frame), TreeKind::Single(_)) => self.tree.colors.color(frame, theme),
            (Some(_), TreeKind::Diff(_)) => change_color(self.tree.change_part(flame_box.node), theme),
        };
        let fill = theme::color_from_rgb(fill);
        let is_found = match (self.found, self.tree.shape().frame(flame_box.node)) {
            (None, _) => true,
            (Some(found), Some(frame)) => !is_merged && found.mask.contains(frame),
            (Some(_), None) => false,
        };
        if !is_found {
            return (theme::faded(fill, ground, UNFOUND), theme::faded(ink, ground, 0.65));
        }
        if self.found.is_some() {
            return (theme::color_from_rgb(theme.search()), ink);
        }
        if is_above {
            return (theme::faded(fill, ground, ABOVE_ZOOM), theme::faded(ink, ground, 0.75));
        }
        (fill, ink)
    }

    fn label(&mut self, node: NodeId) -> Label {
        let tree = self.tree;
        let new_label = || {
            let full = tree.title(node);
            let short = short_title(&full);
            let bare = function_name(&full).into_owned();
            Label { full: full.into(), short: short.into(), bare: bare.into() }
        };
        self.labels.entry(tree.shape().frame(node)).or_insert_with(new_label).clone()
    }
}

/// A name without the directories of its package.
pub(super) fn short_title(title: &str) -> String {
    short_name(title).into_owned()
}
