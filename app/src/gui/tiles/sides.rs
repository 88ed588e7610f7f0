//! How large the parts of rows and columns are in each frame: some keep their size in points, the others share the rest.
//!
//! egui_tiles divides a row by shares alone. So each frame begins with shares that come to the sizes that the layout
//! asks for, and what the user has dragged since is what differs from them.

use std::collections::HashMap;

use eframe::egui::{Vec2, vec2};
use egui_tiles::{Container, Linear, LinearDir, Tile, TileId, Tiles, Tree};

use crate::gui::layout::{Node, Part, Wish, sizes};
use crate::gui::theme;
use crate::gui::view_id::ViewId;

/// Between two parts, in points.
pub(super) const GAP: f32 = 1.0;

/// What the parts of the tree ask for, and what they got.
#[derive(Debug, Default)]
pub(super) struct Sizes {
    /// By row or column, and part of it.
    given: HashMap<(TileId, TileId), Given>,
}

#[derive(Clone, Copy, Debug)]
struct Given {
    wish: Wish,
    /// The share of the tree in this frame.
    share: f32,
    /// Points of a share of 1 in this frame.
    points: f32,
}

impl Sizes {
    /// Remembers what the parts of a row or column ask for.
    pub(super) fn remember<'a>(&mut self, id: TileId, parts: impl Iterator<Item = (TileId, &'a Part)>) {
        for (child, part) in parts {
            let wish = Wish { share: part.share, points: part.points };
            self.given.insert((id, child), Given { wish, share: part.share, points: 0.0 });
        }
    }

    /// Gives all parts their sizes, in a window of `size` points.
    pub(super) fn give(&mut self, tree: &mut Tree<ViewId>, size: Vec2) {
        if let Some(root) = tree.root() {
            self.give_below(&mut tree.tiles, root, size);
        }
    }

    fn give_below(&mut self, tiles: &mut Tiles<ViewId>, id: TileId, size: Vec2) {
        let children: Vec<(TileId, Vec2)> = match tiles.get(id) {
            Some(Tile::Container(Container::Linear(linear))) => {
                let is_seen = |child: &TileId| tiles.is_visible_in_layout(*child);
                let seen: Vec<TileId> = linear.children.iter().copied().filter(is_seen).collect();
                let (dir, shares) = (linear.dir, self.shares(id, linear, &seen, size));
                let gaps = GAP * seen.len().saturating_sub(1) as f32;
                let sum: f32 = shares.iter().sum();
                let inner = |share: f32| match dir {
                    LinearDir::Horizontal => vec2((size.x - gaps).max(0.0) * share / sum, size.y),
                    LinearDir::Vertical => vec2(size.x, (size.y - gaps).max(0.0) * share / sum),
                };
                let below = seen.iter().zip(&shares).map(|(&child, &share)| (child, inner(share))).collect();
                if let Some(Tile::Container(Container::Linear(linear))) = tiles.get_mut(id) {
                    for (&child, share) in seen.iter().zip(shares) {
                        linear.shares.set_share(child, share);
                    }
                }
                below
            }
            Some(Tile::Container(Container::Tabs(tabs))) => {
                let inner = size - vec2(0.0, theme::VIEW_HEADER_HEIGHT);
                tabs.children.iter().map(|&child| (child, inner)).collect()
            }
            _ => return,
        };
        for (child, size) in children {
            self.give_below(tiles, child, size);
        }
    }

    /// The shares with which the parts of a row or column that are seen get the sizes that they ask for.
    fn shares(&mut self, id: TileId, linear: &Linear, seen: &[TileId], size: Vec2) -> Vec<f32> {
        let room = match linear.dir {
            LinearDir::Horizontal => size.x,
            LinearDir::Vertical => size.y,
        };
        let room = (room - GAP * seen.len().saturating_sub(1) as f32).max(1.0);
        let wishes: Vec<Wish> = seen.iter().map(|&child| self.wish(id, linear, child)).collect();
        // The sum stays, so that parts that are not seen or just came are compared with what they were meant for.
        let sum: f32 = wishes.iter().map(|wish| wish.share).sum();
        let shares: Vec<f32> = sizes(&wishes, room).iter().map(|points| sum * points / room).collect();
        for ((&child, &share), wish) in seen.iter().zip(&shares).zip(wishes) {
            self.given.insert((id, child), Given { wish, share, points: room / sum });
        }
        shares
    }

    /// What a part asks for now: what it was given, unless its border was dragged since.
    fn wish(&self, id: TileId, linear: &Linear, child: TileId) -> Wish {
        let share = linear.shares[child];
        match self.given.get(&(id, child)) {
            Some(given) if given.share == share => given.wish,
            Some(given) => Wish { share, points: given.wish.points.map(|_| share * given.points) },
            None => Wish { share, points: None },
        }
    }

    /// A part as the layout holds it. Rounded, so that a layout compares equal to itself after being saved.
    pub(super) fn part(&self, id: TileId, linear: &Linear, child: TileId, node: Node) -> Part {
        let wish = self.wish(id, linear, child);
        let points = wish.points.map(|points| (points * 10.0).round() / 10.0);
        Part { share: (wish.share * 1e4).round() / 1e4, points, node }
    }
}
