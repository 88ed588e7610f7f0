//! The views of a tab as tiles that can be dragged by their upper edge, resized, stacked and hidden.
//!
//! The workspace holds the arrangement as plain data ([`Layout`]); the tree that egui_tiles draws is made from it
//! and, when the user has moved something, read back into it. How large its parts are is decided in `sides` before each
//! frame: egui_tiles itself knows only shares.

mod sides;

use std::collections::BTreeSet;

use eframe::egui::style::ScrollAnimation;
use eframe::egui::{
    Color32, Context, CursorIcon, Frame, Id, Popup, Rect, Response, Role, Sense, Stroke, Ui, Visuals,
    WidgetInfo, WidgetText, vec2,
};
use egui_tiles::{
    Behavior, Container, EditAction, Linear, LinearDir, SimplificationOptions, Tabs, Tile, TileId,
    Tiles as TileTable, Tree, UiResponse,
};

use self::sides::{GAP, Sizes};
use super::command::{Command, Export};
use super::layout::{Layout, Node, Part};
use super::theme;
use super::view::ViewContext;
use super::view_id::ViewId;
use super::view_states::ViewStates;
use super::views::view;

/// What can be dragged: the upper edge of a tile, where its title is.
const HANDLE_HEIGHT: f32 = theme::VIEW_HEADER_HEIGHT;

/// The tiles of one tab, and the layout that they show.
#[derive(Debug)]
pub struct Tiles {
    tree: Tree<ViewId>,
    sizes: Sizes,
    shown: Layout,
    /// The views that were in front of their stacks in the frame before.
    fronts: BTreeSet<ViewId>,
}

impl Tiles {
    /// Tiles that show a layout.
    pub fn new(id: u32, layout: &Layout) -> Self {
        let mut made = Made { tiles: TileTable::default(), sizes: Sizes::default(), layout };
        let root = made.insert(&layout.root);
        Self {
            tree: Tree::new(tree_id(id), root, made.tiles),
            sizes: made.sizes,
            shown: layout.clone(),
            fronts: BTreeSet::new(),
        }
    }

    /// Draws the views of a tab, following `layout` unless the user is moving something right now.
    pub fn ui(&mut self, ui: &mut Ui, ctx: &ViewContext<'_>, layout: &Layout, states: &mut ViewStates) {
        if self.shown != *layout {
            *self = Self::new(ctx.tab.id.0, layout);
        }
        self.sizes.give(&mut self.tree, ui.available_size_before_wrap());
        let fronts = self.fronts();
        let new_fronts = &fronts - &self.fronts;
        self.fronts = fronts;
        let mut behavior = TileBehavior { ctx, states, new_fronts, was_edited: false, was_moved: false };
        self.tree.ui(&mut behavior, ui);
        let TileBehavior { was_edited, was_moved, .. } = behavior;
        if was_edited && let Some(root) = self.tree.root().and_then(|root| self.node_of(root)) {
            let layout = Layout { root, hidden: self.shown.hidden.clone() };
            if layout != self.shown {
                self.shown = layout.clone();
                ctx.send(Command::Arrange(ctx.tab.content.kind(), layout));
            }
            if was_moved {
                // What keeps its size is known by its tile, and tiles are made and dropped when one is moved.
                *self = Self::new(ctx.tab.id.0, &self.shown.clone());
            }
        }
    }

    /// The views that are in front of a stack.
    fn fronts(&self) -> BTreeSet<ViewId> {
        let tabs = self.tree.tiles.tiles().filter_map(|tile| match tile {
            Tile::Container(Container::Tabs(tabs)) => tabs.active,
            _ => None,
        });
        let view = |tile| match self.tree.tiles.get(tile) {
            Some(&Tile::Pane(view)) => Some(view),
            _ => None,
        };
        tabs.filter_map(view).collect()
    }

    /// Reads a part of the tree back.
    fn node_of(&self, id: TileId) -> Option<Node> {
        let children = |ids: &[TileId]| -> Vec<(TileId, Node)> {
            ids.iter().filter_map(|&child| Some((child, self.node_of(child)?))).collect()
        };
        let linear = |linear: &Linear| -> Vec<Part> {
            let parts = children(&linear.children).into_iter();
            parts.map(|(child, node)| self.sizes.part(id, linear, child, node)).collect()
        };
        match self.tree.tiles.get(id)? {
            Tile::Pane(view) => Some(Node::View(*view)),
            Tile::Container(Container::Linear(parts)) => match (parts.dir, linear(parts)) {
                // One that was left alone needs no row: egui_tiles takes it away in the next frame.
                (_, mut alone) if alone.len() <= 1 => alone.pop().map(|part| part.node),
                (LinearDir::Horizontal, parts) => Some(Node::Row(parts)),
                (LinearDir::Vertical, parts) => Some(Node::Column(parts)),
            },
            Tile::Container(Container::Tabs(tabs)) => {
                let parts = children(&tabs.children);
                let front = parts.iter().position(|&(child, _)| Some(child) == tabs.active).unwrap_or(0);
                Some(Node::Stack { parts: parts.into_iter().map(|(_, node)| node).collect(), front })
            }
            Tile::Container(Container::Grid(grid)) => {
                let ids: Vec<TileId> = grid.children().copied().collect();
                let parts = children(&ids).into_iter();
                Some(Node::Row(parts.map(|(_, node)| Part { share: 1.0, points: None, node }).collect()))
            }
        }
    }
}

/// What egui remembers of a drag is kept under this name.
fn tree_id(id: u32) -> Id {
    Id::unique("tiles").with(id)
}

/// A tree that is being made of a layout.
struct Made<'a> {
    tiles: TileTable<ViewId>,
    sizes: Sizes,
    layout: &'a Layout,
}

impl Made<'_> {
    /// Adds a part and what is in it.
    fn insert(&mut self, node: &Node) -> TileId {
        match node {
            Node::View(view) => {
                let id = self.tiles.insert_pane(*view);
                self.tiles.set_visible(id, !self.layout.hidden.contains(view));
                id
            }
            Node::Row(parts) => self.insert_linear(LinearDir::Horizontal, parts),
            Node::Column(parts) => self.insert_linear(LinearDir::Vertical, parts),
            Node::Stack { parts, front } => {
                let children: Vec<TileId> = parts.iter().map(|part| self.insert(part)).collect();
                let mut tabs = Tabs::new(children.clone());
                tabs.active = children.get(*front).copied().or(tabs.active);
                self.tiles.insert_container(tabs)
            }
        }
    }

    fn insert_linear(&mut self, dir: LinearDir, parts: &[Part]) -> TileId {
        let children: Vec<TileId> = parts.iter().map(|part| self.insert(&part.node)).collect();
        let mut linear = Linear::new(dir, children.clone());
        for (&id, part) in children.iter().zip(parts) {
            linear.shares.set_share(id, part.share);
        }
        let id = self.tiles.insert_container(linear);
        self.sizes.remember(id, children.into_iter().zip(parts));
        id
    }
}

struct TileBehavior<'a, 'v> {
    ctx: &'a ViewContext<'v>,
    states: &'a mut ViewStates,
    /// Views that were not in front of their stack in the frame before.
    new_fronts: BTreeSet<ViewId>,
    was_edited: bool,
    /// Whether a tile was dropped elsewhere.
    was_moved: bool,
}

impl Behavior<ViewId> for TileBehavior<'_, '_> {
    fn pane_ui(&mut self, ui: &mut Ui, _tile: TileId, id: &mut ViewId) -> UiResponse {
        let view = view(*id);
        let tokens = theme::tokens(ui);
        let (fill, margin) = view.frame(tokens);
        let place = ui.available_rect_before_wrap();
        ui.ctx().data_mut(|data| data.insert_temp(place_id(*id), place));
        let response = handle_ui(ui, *id, self.ctx);
        Frame::new().fill(fill).inner_margin(margin).show(ui, |ui| {
            ui.set_min_size(ui.available_size());
            ui.push_id((*id, self.ctx.tab.id.0), |ui| view.ui(ui, self.ctx, self.states));
        });
        response
    }

    fn tab_title_for_pane(&mut self, view: &ViewId) -> WidgetText {
        view.title().into()
    }

    /// A view is hidden with the middle button or from its menu: a cross in each would leave no room for names.
    fn on_tab_button(&mut self, tiles: &mut TileTable<ViewId>, tile: TileId, button: Response) -> Response {
        if let Some(&Tile::Pane(view)) = tiles.get(tile) {
            tile_menu_ui(&button, view, self.ctx);
            if button.middle_clicked() {
                self.ctx.send(Command::ToggleView(view));
            }
            // Once: whoever scrolls the names after that looks for another.
            if self.new_fronts.contains(&view) {
                button.scroll_to_me_animation(None, ScrollAnimation::none());
            }
        }
        button
    }

    fn on_edit(&mut self, action: EditAction) {
        self.was_edited |= action != EditAction::TileDragged;
        self.was_moved |= action == EditAction::TileDropped;
    }

    fn simplification_options(&self) -> SimplificationOptions {
        SimplificationOptions { all_panes_must_have_tabs: false, ..SimplificationOptions::default() }
    }

    fn tab_title_spacing(&self, _visuals: &Visuals) -> f32 {
        6.0
    }

    fn tab_bar_height(&self, _style: &eframe::egui::Style) -> f32 {
        theme::VIEW_HEADER_HEIGHT
    }

    fn gap_width(&self, _style: &eframe::egui::Style) -> f32 {
        GAP
    }

    fn min_size(&self) -> f32 {
        96.0
    }

    fn tab_bar_color(&self, visuals: &Visuals) -> Color32 {
        theme::tokens_of(visuals.dark_mode).raised
    }

    fn tab_bg_color(
        &self,
        visuals: &Visuals,
        _tiles: &TileTable<ViewId>,
        _tile: TileId,
        state: &egui_tiles::TabState,
    ) -> Color32 {
        if state.active {
            theme::tokens_of(visuals.dark_mode).accent_soft
        } else {
            theme::tokens_of(visuals.dark_mode).raised
        }
    }

    fn tab_outline_stroke(
        &self,
        _visuals: &Visuals,
        _tiles: &TileTable<ViewId>,
        _tile: TileId,
        _state: &egui_tiles::TabState,
    ) -> Stroke {
        Stroke::NONE
    }

    fn resize_stroke(&self, style: &eframe::egui::Style, state: egui_tiles::ResizeState) -> Stroke {
        let tokens = theme::tokens_of(style.visuals.dark_mode);
        match state {
            egui_tiles::ResizeState::Idle => Stroke::new(1.0, tokens.line),
            _ => Stroke::new(2.0, tokens.accent),
        }
    }
}

fn place_id(view: ViewId) -> Id {
    Id::unique("place of a view").with(view)
}

/// Where a view was drawn last, in points.
pub fn place_of(ctx: &Context, view: ViewId) -> Option<Rect> {
    ctx.data(|data| data.get_temp(place_id(view)))
}

/// The upper edge of a tile: dragging it moves the tile, its menu hides the view.
fn handle_ui(ui: &mut Ui, view: ViewId, ctx: &ViewContext<'_>) -> UiResponse {
    let place = ui.available_rect_before_wrap();
    let handle = Rect::from_min_size(place.min, vec2(place.width(), HANDLE_HEIGHT));
    // Without the focus: what can be done here, the list of commands does, too.
    let response = ui.interact(handle, ui.scope_id().with("handle"), Sense::CLICK | Sense::DRAG);
    response.widget_info(|| WidgetInfo::labeled(Role::TitleBar, true, format!("Tile {}", view.title())));
    tile_menu_ui(&response, view, ctx);
    if response.dragged() {
        ui.ctx().set_cursor_icon(CursorIcon::Grabbing);
    }
    if response.drag_started() { UiResponse::DragStarted } else { UiResponse::None }
}

fn tile_menu_ui(response: &Response, view: ViewId, ctx: &ViewContext<'_>) {
    Popup::context_menu(response).show(|ui| {
        if ui.button(format!("Hide {}", view.title().to_lowercase())).clicked() {
            ctx.send(Command::ToggleView(view));
        }
        let copy = ui.button("Copy as command");
        if copy
            .on_hover_text("Copies the command that opens the window as it is now, with this view")
            .clicked()
        {
            ctx.send(Command::CopyWindowCommand(Some(view)));
        }
        if ui.button("Export picture as PNG…").clicked() {
            ctx.send(Command::Export(Export::Picture(Some(view))));
        }
        if view == ViewId::FlameGraph && ui.button("Export as SVG…").clicked() {
            ctx.send(Command::Export(Export::FlameGraph));
        }
        if ui.button("Reset layout").clicked() {
            ctx.send(Command::ResetLayout);
        }
    });
}
