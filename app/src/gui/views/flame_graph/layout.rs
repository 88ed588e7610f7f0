//! From a tree to placed, colored and labeled boxes, kept until something they depend on changes.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Weak};

use eframe::egui::{Color32, Vec2};
use goscope_analysis::profile::call_tree::NodeId;
use goscope_analysis::profile::frame::FrameId;
use goscope_analysis::symbol::{function_name, short_name};
use goscope_flamegraph::flame_tree::level_of;
use goscope_flamegraph::layout::{
    BoxKind, FlameBox, Folding, SiblingOrder, Viewport, folded_boxes, folded_row, n_folded_rows,
};
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
const UNFOUND: f32 = 0.35;
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
    /// The node to scroll to, of the tree of the last frame.
    reveal: Option<NodeId>,
    /// The frames of the chains that were opened, of the tree of the last frame.
    opened: BTreeSet<NodeId>,
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
    /// What is kept out of folded chains: the chosen box, and how many were opened; `None` if nothing is folded.
    kept: Option<(Option<NodeId>, usize)>,
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        let place = |key: &Self| (key.rows, key.theme);
        self.has_rows_of(other) && place(self) == place(other)
    }
}

impl Key {
    /// What of the tree is asked for.
    fn viewport(&self) -> Viewport {
        Viewport {
            zoom: self.zoom,
            window: self.range.0..self.range.1,
            width_px: f64::from(self.width),
            rows: self.rows.0..self.rows.1,
            min_box_px: MIN_BOX_PX,
            order: SiblingOrder::Weight,
        }
    }

    /// Whether the other picture has as many rows, whatever of them is seen.
    fn has_rows_of(&self, other: &Self) -> bool {
        let place = |key: &Self| (key.zoom, key.range, key.width, key.kept);
        self.tree.ptr_eq(&other.tree) && self.found.ptr_eq(&other.found) && place(self) == place(other)
    }
}

/// What of a tree is drawn.
pub(super) struct Shown<'a> {
    /// The tree, and what is seen of it.
    pub(super) geometry: &'a Geometry,
    /// What the search found in it.
    pub(super) found: Option<&'a Arc<Found>>,
    /// The chosen node.
    pub(super) selected: Option<NodeId>,
    /// The row nearest to the root that is drawn.
    pub(super) first_row: u32,
    /// Whether chains of frames that pass on all they get are one row.
    pub(super) is_folded: bool,
    /// What the box of everything says.
    pub(super) whole: &'a str,
}

impl FlameState {
    /// Makes the boxes for what is seen, unless those of the last frame still do.
    pub(super) fn lay_out(&mut self, shown: &Shown<'_>, (size, theme): (Vec2, Theme)) {
        let geometry = shown.geometry;
        let tree = Arc::downgrade(&geometry.tree);
        self.height = size.y;
        self.first_row = shown.first_row;
        if self.key.as_ref().is_none_or(|before| !before.tree.ptr_eq(&tree)) {
            self.opened.clear();
            self.labels.clear();
            // What was to be seen is a node of the tree before: here it is another one, or none.
            self.reveal = None;
        }
        let mut key = Key {
            tree,
            found: shown.found.map_or_else(Weak::new, Arc::downgrade),
            zoom: geometry.zoom,
            range: geometry.range,
            width: size.x,
            rows: (0, u32::MAX),
            theme,
            kept: shown.is_folded.then_some((shown.selected, self.opened.len())),
        };
        if self.key.as_ref().is_none_or(|before| !before.has_rows_of(&key)) {
            self.n_rows = self.count_rows(shown, &key).saturating_sub(shown.first_row);
        }
        if self.key.as_ref().is_none_or(|before| before.zoom != key.zoom) {
            let row = self.row_of(shown, &key, key.zoom).saturating_sub(ROWS_ABOVE_ZOOM + shown.first_row);
            self.scroll = row as f32 * theme::FLAME_ROW_HEIGHT;
        }
        if let Some(node) = self.reveal.take() {
            self.bring_into_view(self.row_of(shown, &key, node).saturating_sub(shown.first_row));
        }
        self.scroll_by(0.0);
        key.rows = self.seen_rows();
        if self.key.as_ref() != Some(&key) {
            self.place_boxes(shown, &key);
            self.key = Some(key);
        }
    }

    /// How many rows there are, whatever of them is seen.
    fn count_rows(&self, shown: &Shown<'_>, key: &Key) -> u32 {
        let Geometry { tree, zoom, .. } = shown.geometry;
        if !shown.is_folded {
            return tree.depths.n_rows(tree.shape(), *zoom);
        }
        let is_kept = self.is_kept(shown);
        let folding = Folding { is_kept: &is_kept };
        tree.with_widths(|widths| n_folded_rows(widths, &key.viewport(), folding))
    }

    /// The row of a node that is not folded away, counted from the root.
    fn row_of(&self, shown: &Shown<'_>, key: &Key, node: NodeId) -> u32 {
        let tree = &shown.geometry.tree;
        if !shown.is_folded {
            return level_of(tree.shape(), node);
        }
        let is_kept = self.is_kept(shown);
        let folding = Folding { is_kept: &is_kept };
        tree.with_widths(|widths| folded_row(widths, &key.viewport(), folding, node))
    }

    /// What has a row of its own whatever it passes on.
    fn is_kept<'a>(&'a self, shown: &'a Shown<'_>) -> impl Fn(NodeId) -> bool + 'a {
        let is_found = |node| {
            let frame = shown.geometry.tree.shape().frame(node);
            frame.is_some_and(|frame| shown.found.is_some_and(|found| found.mask.contains(frame)))
        };
        move |node| Some(node) == shown.selected || self.opened.contains(&node) || is_found(node)
    }

    /// Gives the frames of a folded chain rows of their own.
    pub(super) fn open_trunk(&mut self, tree: &Tree, (first, last): (NodeId, NodeId)) {
        let mut node = last;
        self.opened.insert(first);
        while node != first {
            self.opened.insert(node);
            match tree.shape().parent(node) {
                Some(parent) => node = parent,
                None => break,
            }
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

    /// Brings a box into view with the next frame, when it is known how the picture is zoomed and folded then.
    pub(super) fn reveal(&mut self, node: NodeId) {
        self.reveal = Some(node);
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

    fn place_boxes(&mut self, shown: &Shown<'_>, key: &Key) {
        let tree = &shown.geometry.tree;
        let viewport = key.viewport();
        let is_kept = self.is_kept(shown);
        let folding = shown.is_folded.then_some(Folding { is_kept: &is_kept });
        let flame_boxes = tree.with_widths(|widths| folded_boxes(widths, &viewport, folding));
        let zoom_row = self.row_of(shown, key, key.zoom);
        drop(is_kept);
        if self.labels.len() > MAX_LABELS {
            self.labels.clear();
        }
        let mut painter = BoxPainter {
            tree,
            found: shown.found.map(Arc::as_ref),
            theme: key.theme,
            zoom_row,
            first_row: shown.first_row,
            whole: shown.whole,
            labels: &mut self.labels,
        };
        self.boxes = flame_boxes.iter().map(|flame_box| painter.canvas_box(flame_box, &viewport)).collect();
        self.flame_boxes = flame_boxes;
    }
}

/// Turns a box of the layout into one of the canvas.
struct BoxPainter<'a> {
    tree: &'a Tree,
    found: Option<&'a Found>,
    theme: Theme,
    zoom_row: u32,
    first_row: u32,
    whole: &'a str,
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
        let is_merged = matches!(flame_box.kind, BoxKind::Merged { .. });
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
            label: has_label.then(|| self.label_of(flame_box)),
            is_merged,
            is_found: self.is_found(flame_box) == Some(true),
        }
    }

    /// Whether the search found it; `None` if there is none.
    fn is_found(&self, flame_box: &FlameBox) -> Option<bool> {
        let found = self.found?;
        let is_frame = !matches!(flame_box.kind, BoxKind::Merged { .. });
        let frame = self.tree.shape().frame(flame_box.node);
        Some(is_frame && frame.is_some_and(|frame| found.mask.contains(frame)))
    }

    fn colors(&self, flame_box: &FlameBox, is_merged: bool, is_above: bool) -> (Color32, Color32) {
        let theme = self.theme;
        let ground = theme::color_from_rgb(theme.ground());
        let ink = theme::color_from_rgb(theme.text());
        let fill = match (self.tree.shape().frame(flame_box.node), &self.tree.kind) {
            _ if is_merged => theme.merged(),
            _ if matches!(flame_box.kind, BoxKind::Trunk { .. }) => theme.merged(),
            (None, _) => theme.root(),
            (Some(frame), TreeKind::Single(_)) => self.tree.colors.color(frame, theme),
            (Some(_), TreeKind::Diff(_)) => change_color(self.tree.change_part(flame_box.node), theme),
        };
        let fill = theme::color_from_rgb(fill);
        if self.is_found(flame_box) == Some(false) {
            return (theme::faded(fill, ground, UNFOUND), theme::faded(ink, ground, 0.65));
        }
        if is_above {
            return (theme::faded(fill, ground, ABOVE_ZOOM), theme::faded(ink, ground, 0.75));
        }
        (fill, ink)
    }

    fn label_of(&mut self, flame_box: &FlameBox) -> Label {
        match flame_box.kind {
            BoxKind::Trunk { last, count } => trunk_label(self.tree, (flame_box.node, last), count),
            _ if flame_box.node == NodeId::ROOT => {
                let whole: Arc<str> = self.whole.into();
                Label {
                    full: Arc::clone(&whole),
                    short: Arc::clone(&whole),
                    bare: "all".into(),
                    least: "all".into(),
                }
            }
            BoxKind::Node | BoxKind::Merged { .. } => self.label(flame_box.node),
        }
    }

    fn label(&mut self, node: NodeId) -> Label {
        let tree = self.tree;
        let new_label = || {
            let full = tree.title(node);
            let short = short_title(&full);
            let bare = function_name(&full).into_owned();
            let least = method_alone(&bare).to_owned();
            Label { full: full.into(), short: short.into(), bare: bare.into(), least: least.into() }
        };
        self.labels.entry(tree.shape().frame(node)).or_insert_with(new_label).clone()
    }
}

/// What a folded chain says: how many frames, the first of them and the last.
fn trunk_label(tree: &Tree, (first, last): (NodeId, NodeId), count: u32) -> Label {
    let [first, last] = [first, last].map(|node| tree.title(node));
    let bare = format!("▸ {count} frames");
    Label {
        full: format!("{bare}  {} … {}", short_title(&first), short_title(&last)).into(),
        short: format!("{bare} … {}", function_name(&last)).into(),
        bare: bare.clone().into(),
        least: bare.into(),
    }
}

/// A method without its receiver: `(*state).walkRange` is `walkRange`.
fn method_alone(name: &str) -> &str {
    match name.strip_prefix('(').and_then(|rest| rest.split_once(").")) {
        Some((_, method)) => method,
        None => name,
    }
}

/// A name without the directories of its package.
pub(super) fn short_title(title: &str) -> String {
    short_name(title).into_owned()
}
