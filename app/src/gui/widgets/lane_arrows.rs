//! Arrows between lanes. What an arrow comes from or goes to may be far away: then it ends at the edge of what is
//! seen, with the name of who is there.

use std::sync::Arc;

use eframe::egui::{
    Align, Align2, Color32, FontId, Id, Painter, Pos2, Rect, Role, Sense, Stroke, StrokeKind, Ui, Vec2,
    WidgetInfo, pos2, vec2,
};

use crate::gui::theme::{self, Tokens};

/// How long an arrow is that goes to another time, in points.
const STUB: f32 = 18.0;
/// How far from an edge arrows end.
const INSET: f32 = 3.0;
/// Letters of a name at most.
const MAX_LETTERS: usize = 44;
/// Most arrows that are known to screen readers.
const MAX_NODES: usize = 24;

/// An arrow from one row to another.
#[derive(Clone, Debug, PartialEq)]
pub struct LaneArrow {
    /// Where it begins.
    pub from: ArrowEnd,
    /// Where it ends.
    pub to: ArrowEnd,
    /// Which of them it is drawn for.
    pub own: OwnEnd,
    /// How it looks.
    pub look: ArrowLook,
}

/// An end of an arrow.
#[derive(Clone, Debug, PartialEq)]
pub struct ArrowEnd {
    /// The row, counted from the first one that is seen; may be outside of what is seen.
    pub row: f32,
    /// Points from the left of the lanes; may be outside.
    pub x: f32,
    /// Who is there.
    pub name: Arc<str>,
    /// Whether the row is its lane, and not that of a closed group that it is in.
    pub is_in_lane: bool,
}

/// Which end of an arrow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OwnEnd {
    /// Where it begins.
    From,
    /// Where it ends.
    To,
}

/// How an arrow looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArrowLook {
    /// Of what is chosen.
    Chosen,
    /// Of what is under the pointer.
    Hovered,
}

/// Where arrows are drawn.
pub struct ArrowPlace {
    /// The lanes without their names.
    pub lanes: Rect,
    /// Upper edge of row 0.
    pub top: f32,
}

/// A name at an edge, and how many others would stand there, too.
struct EdgeName {
    rect: Rect,
    text: String,
    n_more: usize,
}

/// Where an arrow is drawn, and the names at its ends.
struct Line {
    from: Pos2,
    to: Pos2,
    /// Name, where it stands, and which of its corners is there.
    names: Vec<(Arc<str>, Pos2, Align2)>,
}

impl ArrowPlace {
    /// Paints arrows; the last ones lie on top.
    pub fn paint(&self, ui: &Ui, painter: &Painter, arrows: &[LaneArrow]) {
        let tokens = theme::tokens(ui);
        let mut names = Vec::new();
        for (line, look) in arrows.iter().filter_map(|arrow| Some((self.line(arrow)?, arrow.look))) {
            let stroke = match look {
                ArrowLook::Chosen => Stroke::new(1.5, tokens.accent),
                ArrowLook::Hovered => Stroke::new(1.0, tokens.text),
            };
            paint_line(painter, &line, stroke, tokens.sunken);
            for (name, at, align) in &line.names {
                self.add_name(painter, &mut names, name, (*at, *align));
            }
        }
        for name in &names {
            paint_name(painter, tokens, name);
        }
    }

    /// Makes arrows known to screen readers.
    pub fn add_nodes(&self, ui: &Ui, id: Id, arrows: &[LaneArrow]) {
        let seen = arrows.iter().filter_map(|arrow| Some((arrow, self.line(arrow)?)));
        for (index, (arrow, line)) in seen.take(MAX_NODES).enumerate() {
            let rect = Rect::from_center_size(line.to, Vec2::splat(4.0));
            let response = ui.interact(rect, id.with(("arrow", index)), Sense::HOVER);
            let label = format!("{} unblocks {}", arrow.from.name, arrow.to.name);
            response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &label));
        }
    }

    fn line(&self, arrow: &LaneArrow) -> Option<Line> {
        // Within one lane it runs below the texts.
        let is_level = arrow.from.row.to_bits() == arrow.to.row.to_bits();
        let lower = vec2(0.0, if is_level { theme::LANE_HEIGHT * 0.35 } else { 0.0 });
        let (from, to) = (self.point(&arrow.from) + lower, self.point(&arrow.to) + lower);
        let x = self.lanes.x_range();
        if (from.x < x.min && to.x < x.min) || (from.x > x.max && to.x > x.max) {
            return self.stub(arrow);
        }
        let y = self.lanes.y_range();
        if (from.y < y.min && to.y < y.min) || (from.y > y.max && to.y > y.max) {
            return None;
        }
        let mut names = Vec::new();
        for (end, at) in [(&arrow.from, from), (&arrow.to, to)] {
            let at = pos2(self.inside(at).x, at.y);
            if at.y < y.min {
                names.push((Arc::clone(&end.name), pos2(at.x + 6.0, y.min + INSET), Align2::LEFT_TOP));
            } else if at.y > y.max {
                names.push((Arc::clone(&end.name), pos2(at.x + 6.0, y.max - INSET), Align2::LEFT_BOTTOM));
            } else if !end.is_in_lane {
                names.push((Arc::clone(&end.name), pos2(at.x + 6.0, at.y), Align2::LEFT_CENTER));
            }
        }
        Some(Line { from: self.inside(from), to: self.inside(to), names })
    }

    /// What happens at a time that is not seen: from the lane to the edge of the time.
    fn stub(&self, arrow: &LaneArrow) -> Option<Line> {
        let (own, other) = match arrow.own {
            OwnEnd::From => (&arrow.from, &arrow.to),
            OwnEnd::To => (&arrow.to, &arrow.from),
        };
        let at = self.point(own);
        if !self.lanes.y_range().contains(at.y) {
            return None;
        }
        let is_later = at.x > self.lanes.right();
        let (edge, side) = if is_later { (self.lanes.right(), -1.0) } else { (self.lanes.left(), 1.0) };
        let near = pos2(edge + side * INSET, at.y);
        let far = near + vec2(side * STUB, 0.0);
        let align = if is_later { Align2::RIGHT_CENTER } else { Align2::LEFT_CENTER };
        let name = (Arc::clone(&other.name), far + vec2(side * 4.0, 0.0), align);
        // It points to where the other is, or comes from there.
        let (from, to) = if arrow.own == OwnEnd::From { (far, near) } else { (near, far) };
        Some(Line { from, to, names: vec![name] })
    }

    fn point(&self, end: &ArrowEnd) -> Pos2 {
        let y = self.top + (end.row + 0.5) * theme::LANE_HEIGHT;
        pos2(self.lanes.left() + end.x, y)
    }

    fn inside(&self, at: Pos2) -> Pos2 {
        let room = self.lanes.shrink(INSET);
        // In a window that is narrower than the names of the lanes there is no inside.
        if room.is_negative() { self.lanes.center() } else { room.clamp(at) }
    }

    /// Keeps a name inside of the lanes; of several at one place one is written, with the number of the others.
    fn add_name(
        &self,
        painter: &Painter,
        names: &mut Vec<EdgeName>,
        name: &str,
        (at, align): (Pos2, Align2),
    ) {
        let text = shortened(name);
        let size = painter.layout_no_wrap(text.clone(), font(), theme::DARK.text).size();
        // Room for a number behind it.
        let room = size + vec2(40.0, 4.0);
        let lanes = self.lanes.shrink(INSET);
        let rect = align.anchor_size(at, room);
        // Where there is no room right of an arrow, left of it.
        let is_cut = align.x() == Align::Min && rect.right() > lanes.right();
        let rect = if is_cut { rect.translate(vec2(-12.0 - size.x - 8.0, 0.0)) } else { rect };
        let moved = vec2(
            (lanes.right() - rect.right()).min(0.0).max(lanes.left() - rect.left()),
            (lanes.bottom() - rect.bottom()).min(0.0).max(lanes.top() - rect.top()),
        );
        let rect = rect.translate(moved);
        match names.iter_mut().find(|other| other.rect.intersects(rect)) {
            Some(other) if other.text == text => {}
            Some(other) => other.n_more += 1,
            None => names.push(EdgeName { rect, text, n_more: 0 }),
        }
    }
}

fn font() -> FontId {
    theme::mono_small()
}

fn shortened(name: &str) -> String {
    if name.chars().count() <= MAX_LETTERS {
        return name.to_owned();
    }
    name.chars().take(MAX_LETTERS - 1).chain(['…']).collect()
}

fn paint_line(painter: &Painter, line: &Line, stroke: Stroke, ground: Color32) {
    let Line { from, to, .. } = *line;
    let direction = (to - from).normalized();
    let (back, side) = (direction * 7.0, direction.rot90() * 3.5);
    // A halo keeps it apart from spans of any color.
    let halo = Stroke::new(stroke.width + 2.5, ground);
    for stroke in [halo, stroke] {
        painter.line_segment([from, to], stroke);
        for wing in [side, -side] {
            painter.line_segment([to, to - back + wing], stroke);
        }
    }
}

fn paint_name(painter: &Painter, tokens: &Tokens, name: &EdgeName) {
    let text = match name.n_more {
        0 => name.text.clone(),
        more => format!("{} +{more}", name.text),
    };
    let galley = painter.layout_no_wrap(text, font(), tokens.text);
    let ground = Rect::from_min_size(name.rect.min, galley.size() + vec2(8.0, 4.0));
    painter.rect(ground, 3.0, tokens.floating, Stroke::new(1.0, tokens.outline), StrokeKind::Inside);
    painter.galley(ground.min + vec2(4.0, 2.0), galley, tokens.text);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> ArrowPlace {
        ArrowPlace { lanes: Rect::from_min_max(pos2(100.0, 0.0), pos2(500.0, 200.0)), top: 0.0 }
    }

    fn end(row: f32, x: f32) -> ArrowEnd {
        ArrowEnd { row, x, name: format!("row {row}").into(), is_in_lane: true }
    }

    fn arrow(from: ArrowEnd, to: ArrowEnd) -> LaneArrow {
        LaneArrow { from, to, own: OwnEnd::To, look: ArrowLook::Chosen }
    }

    #[test]
    fn between_lanes_that_are_seen_there_is_a_line_without_names() {
        let line = place().line(&arrow(end(1.0, 50.0), end(4.0, 50.0))).expect("a line");
        assert_eq!((line.from, line.to), (pos2(150.0, 30.0), pos2(150.0, 90.0)));
        assert!(line.names.is_empty());
    }

    #[test]
    fn from_far_below_an_arrow_comes_from_the_edge_with_a_name() {
        let line = place().line(&arrow(end(5_000.0, 50.0), end(4.0, 50.0))).expect("a line");
        assert_eq!((line.from.y, line.to.y), (200.0 - INSET, 90.0));
        let [(name, at, align)] = line.names.as_slice() else { panic!("one name") };
        assert_eq!((&**name, *align), ("row 5000", Align2::LEFT_BOTTOM));
        assert!(at.y <= 200.0);
    }

    #[test]
    fn what_happens_later_is_a_short_arrow_at_the_right_edge() {
        let line = place().line(&arrow(end(1.0, 416.0), end(4.0, 416.0))).expect("a line");
        assert_eq!((line.from, line.to), (pos2(497.0, 90.0), pos2(497.0 - STUB, 90.0)));
        assert_eq!(&*line.names[0].0, "row 1", "it says who is there");
    }

    #[test]
    fn within_one_lane_an_arrow_runs_below_the_texts() {
        let line = place().line(&arrow(end(1.0, 50.0), end(1.0, 90.0))).expect("a line");
        assert_eq!((line.from, line.to), (pos2(150.0, 37.0), pos2(190.0, 37.0)));
    }

    #[test]
    fn what_neither_begins_nor_ends_in_sight_is_not_drawn() {
        assert!(place().line(&arrow(end(50.0, 50.0), end(60.0, 50.0))).is_none());
        assert!(place().line(&arrow(end(5.0, -16.0), end(60.0, -16.0))).is_none());
    }
}
