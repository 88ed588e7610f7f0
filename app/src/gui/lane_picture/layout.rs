//! Which rows are seen and what is in them: laid out once for a time, a size and a set of rows.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, Weak};

use eframe::egui::Vec2;
use goscope_analysis::trace::model::TraceModel;

use super::chosen::{KeptLane, chosen_lane, selected_span};
use super::flows::{Flow, KeptFlows, arrows};
use super::input::{LayoutInput, Viewport};
use super::items::{ItemKind, LaneItem, add_group_items, add_items, cycles, owner_of, pauses};
use super::names::lane_label;
use super::rows::{FIXED, RowKind, Rows};
use super::scroll::Scroll;
use super::sub_lanes::{SubLane, SubLanes, Unfolded, sub_lane_label, sub_lane_note};
use super::tiles::Tiles;
use crate::document::DocumentId;
use crate::gui::selection::Item;
use crate::gui::theme;
use crate::gui::trace_lens::TraceLens;
use crate::gui::widgets::lane_arrows::{ArrowLook, LaneArrow};
use crate::gui::widgets::lane_shapes::{Fit, GroupState, LaneRow, RowStyle};
use crate::query::trace::group_areas::GroupAreas;
use crate::query::trace::selection::{LaneKind, TimeRange};
use crate::text;
use goscope_analysis::trace::questions::lane_groups::{Lane, LaneGroup, LaneName, Lanes};

/// Lanes of which is remembered whether they can be unfolded.
const MAX_KNOWN: usize = 10_000;

/// What a layout was made for; another one is needed when any of it changes.
#[derive(Clone, Debug, PartialEq)]
struct Key {
    rows_version: u64,
    first_row: usize,
    n_rows: usize,
    range: TimeRange,
    size: Vec2,
    has_overlay: bool,
    selection: Option<Item>,
    areas: SameAreas,
}

/// Compares answers by who they are. Held weakly, so that none that comes later can be taken for one that is gone.
#[derive(Clone, Debug, Default)]
struct SameAreas(Weak<GroupAreas>);

impl PartialEq for SameAreas {
    fn eq(&self, other: &Self) -> bool {
        self.0.ptr_eq(&other.0)
    }
}

/// What one layout needs for all its rows.
struct Pass<'a> {
    input: &'a LayoutInput<'a>,
    viewport: Viewport,
    rows: &'a Rows,
    chosen: Option<Lane>,
    /// The unfolded lane whose rows come next.
    unfolded: Option<Unfolded>,
}

/// The items of one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RowItems {
    /// The row, counted from the first that is seen.
    pub(crate) row: usize,
    /// The items.
    pub(crate) items: Range<usize>,
    pub(crate) content: RowContent,
}

/// What the items of a row are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RowContent {
    /// Those of a lane.
    Lane {
        /// Whether the lane fits the filter.
        fits: bool,
        /// Whether the filter is about single spans of it, too.
        is_filtered: bool,
    },
    /// Those of a row below an unfolded lane.
    Below,
}

/// Scroll, and what the last layout gave.
#[derive(Debug, Default)]
pub(crate) struct LaneLayout {
    scroll: Scroll,
    rows_of_lens: Option<(Arc<Rows>, u64)>,
    tiles: Tiles,
    key: Option<Key>,
    /// Counts the layouts.
    version: u64,
    rows: Vec<LaneRow>,
    items: Vec<LaneItem>,
    /// Which items are in which row.
    row_items: Vec<RowItems>,
    arrows: Vec<LaneArrow>,
    overlay: Vec<LaneItem>,
    selected: Option<usize>,
    /// Boxes of the chosen function.
    related: Vec<usize>,
    /// The selection that has been brought into view.
    followed: (Option<Item>, LaneKind, Vec<i64>),
    /// Lanes of a trace of which it is known whether they can be unfolded.
    unfoldable: (Option<DocumentId>, HashMap<Lane, bool>),
    chosen: KeptLane,
    /// Rows that are to be brought into view.
    reveal: Option<Range<usize>>,
    chosen_flows: KeptFlows,
    hovered_flows: RefCell<KeptFlows>,
}

impl LaneLayout {
    /// Another number for each layout.
    pub(crate) fn version(&self) -> u64 {
        self.version
    }

    pub(crate) fn rows(&self) -> &[LaneRow] {
        &self.rows
    }

    pub(crate) fn items(&self) -> &[LaneItem] {
        &self.items
    }

    pub(crate) fn row_items(&self) -> &[RowItems] {
        &self.row_items
    }

    pub(crate) fn arrows(&self) -> &[LaneArrow] {
        &self.arrows
    }

    /// GC cycles and pauses that are laid over all lanes.
    pub(crate) fn overlay(&self) -> &[LaneItem] {
        &self.overlay
    }

    pub(crate) fn selected(&self) -> Option<usize> {
        self.selected
    }

    pub(crate) fn related(&self) -> &[usize] {
        &self.related
    }

    pub(crate) fn scroll(&self) -> Scroll {
        self.scroll
    }

    pub(crate) fn scroll_by(&mut self, points: f32, n_rows: usize, height: f32) {
        self.scroll.by(points, n_rows, height);
    }

    /// Whether a part of the picture is still rougher than it will be.
    pub(crate) fn is_rough(&self) -> bool {
        !self.tiles.is_complete()
    }

    /// The rows of lanes as the lens looks at them; made anew only when something about them changes.
    pub(crate) fn rows_for(&mut self, model: &TraceModel, lanes: &Arc<Lanes>, lens: &TraceLens) -> Arc<Rows> {
        let version = match &self.rows_of_lens {
            Some((rows, _)) if rows.are_of(lanes, lens) => return Arc::clone(rows),
            Some((_, version)) => version + 1,
            None => 0,
        };
        let before = self.rows_of_lens.take();
        let find =
            |name: LaneName| lanes.lane_named(model, name).map(|lane| (lane, SubLanes::of(model, lane)));
        let rows = Arc::new(Rows::new(lanes, lens, &find));
        // What is unfolded in other lanes, or was so when the trace was opened, stays where it is.
        let before = before.filter(|(before, _)| before.lanes_are(lanes));
        self.reveal = before.and_then(|(before, _)| rows.newly_unfolded(&before));
        self.rows_of_lens = Some((Arc::clone(&rows), version));
        rows
    }

    /// Lays out what is seen, unless it is laid out already.
    pub(crate) fn lay_out(&mut self, input: &LayoutInput<'_>, rows: &Rows) {
        self.follow_selection(input, rows);
        if let Some(revealed) = self.reveal.take() {
            self.scroll.reveal(&revealed, input.size.y);
        }
        self.scroll.by(0.0, rows.len(), input.size.y);
        let key = self.key_of(input, rows);
        if self.key.as_ref() == Some(&key) && self.tiles.is_complete() {
            return;
        }
        self.version += 1;
        self.tiles.begin_frame(Some(input.document));
        self.rows.clear();
        self.items.clear();
        self.row_items.clear();
        let chosen = self.chosen.of(input);
        let mut pass = Pass { input, viewport: input.viewport(), rows, chosen, unfolded: None };
        let seen = key.first_row..(key.first_row + key.n_rows).min(rows.len());
        let owners = seen.clone().filter_map(|row| match rows.at(row) {
            Some(RowKind::Lane(lane, ..)) => owner_of(lane),
            _ => None,
        });
        self.tiles.prepare(input.model(), owners, (&pass.viewport.range, pass.viewport.level));
        for row in seen {
            self.lay_out_row(&mut pass, row);
        }
        let selected = selected_span(input.model(), input.selection);
        // Found if it is drawn alone.
        let is_it = |item: &LaneItem| matches!(item.kind, ItemKind::Span(span, ..) if selected.is_some_and(|selected| selected.id == span));
        self.selected = self.items.iter().position(is_it);
        self.related = self.find_related(input);
        self.arrows = match selected {
            // From who unblocked it, and to whom it unblocked, wherever they are.
            Some(span) => {
                let flows = self.chosen_flows.of(input, &span);
                arrows(input, (rows, key.first_row), flows, ArrowLook::Chosen)
            }
            None => Vec::new(),
        };
        self.overlay.clear();
        if input.has_overlay {
            self.overlay.extend(cycles(input.trace, &pass.viewport));
            self.overlay.extend(pauses(input.trace, &pass.viewport));
        }
        self.key = Some(key);
    }

    fn key_of(&self, input: &LayoutInput<'_>, rows: &Rows) -> Key {
        let matters = |item: &&Item| item.frame().is_none() || rows.has_sub_lanes();
        Key {
            rows_version: self.rows_of_lens.as_ref().map_or(0, |(_, version)| *version),
            first_row: self.scroll.first_row(),
            n_rows: (input.size.y / theme::LANE_HEIGHT) as usize + 2,
            range: input.range,
            size: input.size,
            has_overlay: input.has_overlay,
            selection: input.selection.filter(matters).cloned(),
            areas: SameAreas(input.areas.map_or_else(Weak::new, Arc::downgrade)),
        }
    }

    /// Scrolls to the lane of what was chosen elsewhere.
    fn follow_selection(&mut self, input: &LayoutInput<'_>, rows: &Rows) {
        let (item, kind, first) = &self.followed;
        // Lanes that were pulled together have another place than before.
        let is_followed =
            item.as_ref() == input.selection && *kind == input.kind && *first == rows.lanes().first;
        // While other lanes are looked for, there is no place to go to.
        if is_followed || rows.lanes().kind != input.kind {
            return;
        }
        self.followed = (input.selection.cloned(), input.kind, rows.lanes().first.clone());
        if let Some(row) = chosen_lane(input).and_then(|lane| rows.row_of(lane)) {
            self.scroll.center(row, input.size.y);
        }
    }

    fn lay_out_row(&mut self, pass: &mut Pass<'_>, row: usize) {
        let at = row - self.scroll.first_row();
        match pass.rows.at(row) {
            Some(RowKind::Group(group, index, state)) => {
                let group_row = group_row(group, state);
                let fits = group_row.fit == Fit::Fits;
                self.rows.push(group_row);
                let from = self.items.len();
                if let (Some(areas), Some(&first)) = (pass.input.areas, group.lanes.first()) {
                    add_group_items(areas, (index, first), &pass.viewport.range, &mut self.items);
                }
                let content = RowContent::Lane { fits, is_filtered: false };
                self.row_items.push(RowItems { row: at, items: from..self.items.len(), content });
            }
            Some(RowKind::Lane(lane, fits, state)) => {
                let lane_row = self.lane_row(pass, lane, fits, state);
                self.rows.push(lane_row);
                let from = self.items.len();
                add_items(pass.input.trace, lane, (&pass.viewport, &mut self.tiles), &mut self.items);
                let is_filtered = pass.rows.lanes().spans.is_some() && !FIXED.contains(&lane);
                let content = RowContent::Lane { fits, is_filtered };
                self.row_items.push(RowItems { row: at, items: from..self.items.len(), content });
            }
            Some(RowKind::Sub(lane, sub)) => {
                self.rows.push(sub_row(pass.input.model(), lane, sub));
                let from = self.items.len();
                self.add_sub_items(pass, lane, sub);
                let content = RowContent::Below;
                self.row_items.push(RowItems { row: at, items: from..self.items.len(), content });
            }
            None => {}
        }
    }

    fn lane_row(&mut self, pass: &Pass<'_>, lane: Lane, fits: bool, state: GroupState) -> LaneRow {
        let is_fixed = FIXED.contains(&lane);
        let can_unfold = state == GroupState::Open || self.has_sub_lanes(pass.input, lane);
        LaneRow {
            label: lane_label(pass.input.model(), lane).into(),
            kind: if is_fixed { RowStyle::Fixed } else { RowStyle::Lane(can_unfold.then_some(state)) },
            is_selected: pass.chosen == Some(lane),
            fit: if fits { Fit::Fits } else { Fit::Dimmed },
            ..LaneRow::default()
        }
    }

    /// Whether there is anything to show below a lane: asked in every layout, and looked for once.
    fn has_sub_lanes(&mut self, input: &LayoutInput<'_>, lane: Lane) -> bool {
        if self.unfoldable.0 != Some(input.document) || self.unfoldable.1.len() > MAX_KNOWN {
            self.unfoldable = (Some(input.document), HashMap::new());
        }
        *self.unfoldable.1.entry(lane).or_insert_with(|| !SubLanes::of(input.model(), lane).is_empty())
    }

    fn add_sub_items(&mut self, pass: &mut Pass<'_>, lane: Lane, sub: SubLane) {
        let model = pass.input.model();
        let unfolded = match pass.unfolded.take() {
            Some(unfolded) if unfolded.is_of(lane) => unfolded,
            _ => Unfolded::new(model, lane, &pass.viewport),
        };
        unfolded.add_items(model, sub, &pass.viewport, &mut self.items);
        pass.unfolded = Some(unfolded);
    }

    /// Boxes of the chosen function.
    fn find_related(&self, input: &LayoutInput<'_>) -> Vec<usize> {
        let Some(name) = input.selection.and_then(Item::frame).map(|frame| &frame.name) else {
            return Vec::new();
        };
        let is_it = |item: &LaneItem| match item.kind {
            ItemKind::Stack { function: Some(function), .. } => {
                input.model().tables().string(function) == name.as_bytes()
            }
            _ => false,
        };
        let items = self.items.iter().enumerate();
        items.filter(|(_, item)| is_it(item)).map(|(index, _)| index).collect()
    }

    /// Who unblocked what is under the pointer, and whom that unblocked.
    pub(crate) fn flows_of_hovered(&self, input: &LayoutInput<'_>, index: usize) -> Vec<Flow> {
        let ItemKind::Span(id, ..) = self.items[index].kind else { return Vec::new() };
        let Some(span) = input.model().span(id) else { return Vec::new() };
        self.hovered_flows.borrow_mut().of(input, &span).to_vec()
    }

    /// The same as arrows; none if it is chosen, so that there are some already.
    pub(crate) fn arrows_of_hovered(
        &self,
        input: &LayoutInput<'_>,
        rows: &Rows,
        index: usize,
    ) -> Vec<LaneArrow> {
        if self.selected == Some(index) {
            return Vec::new();
        }
        let place = (rows, self.scroll.first_row());
        arrows(input, place, &self.flows_of_hovered(input, index), ArrowLook::Hovered)
    }
}

fn group_row(group: &LaneGroup, state: GroupState) -> LaneRow {
    let fits = group.fits.iter().any(|fits| *fits) || group.fits.is_empty();
    LaneRow {
        label: group.title.as_str().into(),
        detail: text::count(group.lanes.len()).into(),
        kind: RowStyle::Group(state),
        fit: if fits { Fit::Fits } else { Fit::Dimmed },
        ..LaneRow::default()
    }
}

fn sub_row(model: &TraceModel, lane: Lane, sub: SubLane) -> LaneRow {
    let (label, detail) = sub_lane_label(model, lane, sub);
    LaneRow {
        label: label.into(),
        detail: detail.into(),
        note: sub_lane_note(model, lane, sub).into(),
        kind: RowStyle::Sub,
        ..LaneRow::default()
    }
}
