//! Where the views of a tab stand: plain data that is saved, one layout for each kind of tab.
//!
//! ```text
//! Row ─┬ Column ─┬ View FlameGraph       parts share the room of their row or column
//!      │         └ View Functions
//!      └ View Details                   a Stack shows one of its parts, under a bar with their names
//! ```

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::content_kind::ContentKind;
use super::view_id::ViewId;

/// How wide what is told of the chosen thing is, in points.
const SIDE: f32 = 320.0;
/// The same where it shows tables or stacks.
const WIDE_SIDE: f32 = 440.0;
/// How high the overview of a trace is, in points.
const OVERVIEW: f32 = 92.0;

/// The arrangement of all views of a tab.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Layout {
    /// The outermost part.
    pub root: Node,
    /// Hidden views; they come back where they were.
    #[serde(default)]
    pub hidden: BTreeSet<ViewId>,
}

/// A part of the window: a view, or several parts beside, above or behind each other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Node {
    /// A view.
    View(ViewId),
    /// Parts side by side.
    Row(Vec<Part>),
    /// Parts one under the other.
    Column(Vec<Part>),
    /// Parts one behind the other.
    Stack {
        /// The parts, in the order of their names.
        parts: Vec<Self>,
        /// The one that is seen.
        front: usize,
    },
}

/// A part of a row or column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// How much room it gets, compared with its neighbors.
    pub share: f32,
    /// A part that keeps its size when the window changes: its width in a row, its height in a column, in points.
    /// [`sizes`] says when it gets less.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub points: Option<f32>,
    /// What it is.
    pub node: Node,
}

/// What a part of a row or column asks for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wish {
    /// See [`Part::share`].
    pub share: f32,
    /// See [`Part::points`].
    pub points: Option<f32>,
}

/// A part that keeps its size never takes more of the room than this, or than the share that it was given.
const MOST_OF_THE_ROOM: f32 = 1.0 / 3.0;

/// The sizes, in points, of parts that stand side by side in `room` points. Parts that keep their size get it first, as
/// far as the room allows, and the others share what is left.
pub fn sizes(wishes: &[Wish], room: f32) -> Vec<f32> {
    let kept: Vec<f32> = wishes.iter().filter_map(|wish| wish.points).collect();
    if kept.len() == wishes.len() {
        return in_proportion(&kept, room);
    }
    let shares: Vec<f32> = wishes.iter().map(|wish| wish.share).collect();
    let by_share = in_proportion(&shares, room);
    let fits = |(wish, by_share): (&Wish, &f32)| {
        wish.points.map(|points| points.min(by_share.max(room * MOST_OF_THE_ROOM)))
    };
    let kept: Vec<Option<f32>> = wishes.iter().zip(&by_share).map(fits).collect();
    // The others keep what their shares come to, or a third, however many keep their size.
    let others = by_share.iter().zip(&kept).filter(|(_, kept)| kept.is_none()).map(|(size, _)| size);
    let least_rest = others.sum::<f32>().min(room * MOST_OF_THE_ROOM);
    let taken: f32 = kept.iter().flatten().sum();
    let squeeze = ((room - least_rest) / taken.max(1.0)).min(1.0);
    let rest = in_proportion(
        &shares.iter().zip(&kept).map(|(share, kept)| kept.map_or(*share, |_| 0.0)).collect::<Vec<f32>>(),
        room - taken * squeeze,
    );
    kept.iter().zip(rest).map(|(kept, rest)| kept.map_or(rest, |points| points * squeeze)).collect()
}

fn in_proportion(parts: &[f32], room: f32) -> Vec<f32> {
    let sum: f32 = parts.iter().sum();
    parts.iter().map(|part| room * part / sum.max(f32::MIN_POSITIVE)).collect()
}

impl Layout {
    /// How a tab of this kind looks when nothing was moved.
    pub fn of(kind: ContentKind) -> Self {
        let table = match kind {
            ContentKind::Profile => ViewId::Functions,
            ContentKind::Diff => ViewId::Changes,
            ContentKind::Trace => return Self::of_trace(),
            ContentKind::Tests => return Self::of_tests(),
            ContentKind::Coverage => return Self::of_coverage(),
            ContentKind::Benchmarks => return Self::of_benchmarks(),
            ContentKind::Dumps => return Self::of_dumps(),
            ContentKind::Store => return Self::of_store(),
        };
        let pictures = row([(0.5, Node::View(ViewId::FlameGraph)), (0.5, Node::View(ViewId::CallGraph))]);
        let lists = row([(0.5, Node::View(table)), (0.5, Node::View(ViewId::Source))]);
        let main = column([(0.6, pictures), (0.4, lists)]);
        // Call graph, source and labels have their places, but are not in the way of who does not ask for them.
        let mut hidden: BTreeSet<ViewId> = [ViewId::CallGraph, ViewId::Source].into();
        let mut side = Node::View(ViewId::Details);
        if kind == ContentKind::Profile {
            side = column([(0.5, side), (0.5, Node::View(ViewId::Labels))]);
            hidden.insert(ViewId::Labels);
        }
        Self { root: with_side((0.75, main), (0.25, side), SIDE), hidden }
    }

    /// Overview and lanes above, flame graph and answers below; breakdown of the selection and tables behind these.
    fn of_trace() -> Self {
        // Short names: all of them fit on half of a small screen.
        let numbers = [
            ViewId::Answers,
            ViewId::Breakdown,
            ViewId::Counters,
            ViewId::HeatMap,
            ViewId::Goroutines,
            ViewId::Tasks,
            ViewId::Labels,
            ViewId::Regions,
            ViewId::GcCycles,
            ViewId::Pauses,
        ];
        let numbers = numbers.into_iter().chain([ViewId::Mmu, ViewId::TraceProblems]);
        let stack = Node::Stack { parts: numbers.map(Node::View).collect(), front: 0 };
        let lower = row([(0.5, Node::View(ViewId::FlameGraph)), (0.5, stack)]);
        let upper = with_side((0.78, Node::View(ViewId::Lanes)), (0.22, Node::View(ViewId::Span)), SIDE);
        let mut root = vec![part(0.13, Node::View(ViewId::Overview)), part(0.42, upper), part(0.45, lower)];
        root[0].points = Some(OVERVIEW);
        Self { root: Node::Column(root), hidden: [ViewId::HeatMap, ViewId::Labels].into() }
    }

    /// Tests, beside them the chosen one; the source comes below when something leads to it.
    fn of_tests() -> Self {
        let main = column([(0.5, Node::View(ViewId::Tests)), (0.5, Node::View(ViewId::Source))]);
        Self { root: row([(0.52, main), (0.48, Node::View(ViewId::Test))]), hidden: [ViewId::Source].into() }
    }

    /// The tree and what did not run, beside them the source.
    fn of_coverage() -> Self {
        let lines = [ViewId::Uncovered, ViewId::Changed, ViewId::HotUncovered].map(Node::View).into();
        let lines = Node::Stack { parts: lines, front: 0 };
        let lists = column([(0.6, Node::View(ViewId::Coverage)), (0.4, lines)]);
        let root = row([(0.46, lists), (0.54, Node::View(ViewId::Source))]);
        Self { root, hidden: BTreeSet::new() }
    }

    /// Benchmarks, beside them the chosen one; its functions come below when there is a profile of it.
    fn of_benchmarks() -> Self {
        let functions = [ViewId::Explained, ViewId::FlameGraph, ViewId::Source];
        let stack = Node::Stack { parts: functions.map(Node::View).into(), front: 0 };
        let main = column([(0.5, Node::View(ViewId::Benchmarks)), (0.5, stack)]);
        let side = (0.3, Node::View(ViewId::Benchmark));
        Self { root: with_side((0.7, main), side, WIDE_SIDE), hidden: functions.into() }
    }

    /// Groups, below them their flame graph; beside them the chosen group and what stands out.
    fn of_dumps() -> Self {
        let pictures = [ViewId::FlameGraph, ViewId::Locks, ViewId::Source].map(Node::View).into();
        let pictures = Node::Stack { parts: pictures, front: 0 };
        let main = column([(0.5, Node::View(ViewId::Groups)), (0.5, pictures)]);
        let side = column([(0.62, Node::View(ViewId::Group)), (0.38, Node::View(ViewId::Findings))]);
        Self { root: with_side((0.62, main), (0.38, side), WIDE_SIDE), hidden: BTreeSet::new() }
    }

    /// The time line, below it what there is and which functions take most of what is chosen.
    fn of_store() -> Self {
        let tables = row([(0.5, Node::View(ViewId::Services)), (0.5, Node::View(ViewId::TopFunctions))]);
        let root = column([(0.52, Node::View(ViewId::TimeLine)), (0.48, tables)]);
        Self { root, hidden: BTreeSet::new() }
    }

    /// Whether a view is there and not hidden.
    pub fn shows(&self, view: ViewId) -> bool {
        !self.hidden.contains(&view) && self.root.holds(view)
    }

    /// Whether a view has a place, hidden or not.
    pub fn knows(&self, view: ViewId) -> bool {
        self.root.holds(view)
    }

    /// Brings a view to where it is seen.
    pub fn show(&mut self, view: ViewId) {
        if !self.shows(view) {
            self.toggle(view);
        }
        self.root.bring_to_front(view);
    }

    /// Hides a view or brings it back; one that the layout has lost returns at the right edge.
    pub fn toggle(&mut self, view: ViewId) {
        if self.shows(view) {
            self.hidden.insert(view);
            return;
        }
        self.hidden.remove(&view);
        if !self.root.holds(view) {
            let rest = std::mem::replace(&mut self.root, Node::View(view));
            self.root = with_side((0.75, rest), (0.25, Node::View(view)), SIDE);
        }
    }
}

impl Node {
    /// Brings a view before those that it shares its room with; whether it is here.
    fn bring_to_front(&mut self, view: ViewId) -> bool {
        match self {
            Self::View(id) => *id == view,
            Self::Row(parts) | Self::Column(parts) => {
                parts.iter_mut().any(|part| part.node.bring_to_front(view))
            }
            Self::Stack { parts, front } => {
                let found = parts.iter_mut().position(|part| part.bring_to_front(view));
                *front = found.unwrap_or(*front);
                found.is_some()
            }
        }
    }

    fn holds(&self, view: ViewId) -> bool {
        match self {
            Self::View(id) => *id == view,
            Self::Row(parts) | Self::Column(parts) => parts.iter().any(|part| part.node.holds(view)),
            Self::Stack { parts, .. } => parts.iter().any(|part| part.holds(view)),
        }
    }
}

const fn part(share: f32, node: Node) -> Part {
    Part { share, points: None, node }
}

fn row<const N: usize>(parts: [(f32, Node); N]) -> Node {
    Node::Row(parts.map(|(share, node)| part(share, node)).into())
}

/// A row whose last part is so many points wide in every window.
fn with_side(main: (f32, Node), side: (f32, Node), points: f32) -> Node {
    Node::Row(vec![part(main.0, main.1), Part { points: Some(points), ..part(side.0, side.1) }])
}

fn column<const N: usize>(parts: [(f32, Node); N]) -> Node {
    Node::Column(parts.map(|(share, node)| part(share, node)).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_is_put_away_and_comes_back_where_it_was() {
        let before = Layout::of(ContentKind::Profile);
        let mut layout = before.clone();
        layout.toggle(ViewId::Details);
        assert!(!layout.shows(ViewId::Details));
        layout.toggle(ViewId::Details);
        assert_eq!(layout, before);
    }

    #[test]
    fn a_view_behind_others_is_brought_to_the_front_also_if_it_was_put_away() {
        let mut layout = Layout::of(ContentKind::Trace);
        let front = |layout: &Layout| {
            let Node::Column(parts) = &layout.root else { panic!("{layout:?}") };
            let Some(Part { node: Node::Row(lower), .. }) = parts.last() else { panic!("{layout:?}") };
            let Some(Part { node: Node::Stack { parts, front }, .. }) = lower.last() else {
                panic!("{layout:?}")
            };
            parts[*front].clone()
        };
        layout.toggle(ViewId::Pauses);
        for id in [ViewId::Counters, ViewId::Pauses] {
            layout.show(id);
            assert_eq!(front(&layout), Node::View(id));
        }
        assert_eq!(layout.hidden, BTreeSet::from([ViewId::HeatMap, ViewId::Labels]), "as at first");
    }

    #[test]
    fn a_view_that_a_saved_layout_does_not_know_comes_to_the_right_edge() {
        let mut layout = Layout { root: Node::View(ViewId::FlameGraph), hidden: BTreeSet::new() };
        layout.toggle(ViewId::Details);
        assert_eq!(
            layout.root,
            with_side((0.75, Node::View(ViewId::FlameGraph)), (0.25, Node::View(ViewId::Details)), SIDE)
        );
    }

    #[test]
    fn a_layout_is_saved_and_read_again() {
        let mut layout = Layout::of(ContentKind::Diff);
        layout.toggle(ViewId::Changes);
        let text = serde_json::to_string(&layout).unwrap();
        assert_eq!(serde_json::from_str::<Layout>(&text).unwrap(), layout);
    }

    #[test]
    fn a_side_keeps_its_points_and_the_middle_takes_the_rest() {
        let side = |points| Wish { share: 0.25, points: Some(points) };
        let main = Wish { share: 0.75, points: None };
        let widths = |room| sizes(&[main, side(320.0)], room);
        assert_eq!(widths(2560.0), [2240.0, 320.0]);
        assert_eq!(widths(1280.0), [960.0, 320.0]);
        assert_eq!(widths(960.0), [640.0, 320.0]);
        // A small window: a third, as long as nobody has dragged the border.
        assert_eq!(widths(600.0), [400.0, 200.0]);
        let dragged = Wish { share: 0.5, points: Some(380.0) };
        assert_eq!(sizes(&[Wish { share: 0.5, points: None }, dragged], 600.0), [300.0, 300.0]);
        assert_eq!(sizes(&[Wish { share: 0.5, points: None }, dragged], 1280.0), [900.0, 380.0]);
    }

    #[test]
    fn sides_alone_share_all_of_the_room_and_several_leave_the_middle_a_third() {
        let side = |points| Wish { share: 0.25, points: Some(points) };
        assert_eq!(sizes(&[side(300.0), side(100.0)], 800.0), [600.0, 200.0]);
        let middle = Wish { share: 0.5, points: None };
        assert_eq!(sizes(&[side(300.0), middle, side(300.0)], 600.0), [200.0, 200.0, 200.0]);
        assert_eq!(sizes(&[side(300.0), middle, side(300.0)], 1600.0), [300.0, 1000.0, 300.0]);
        assert_eq!(sizes(&[], 800.0), [0.0; 0]);
    }
}
