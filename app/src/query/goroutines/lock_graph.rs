//! Who waits for whom in the dump that is shown, as a graph that is laid out: goroutines that wait left of the lock that they
//! wait for, and right of it those that probably hold it. A goroutine that holds a lock and waits for another one is one box, so that
//! a cycle is a circle.

use std::collections::BTreeMap;
use std::sync::Arc;

use goscope_analysis::dump::{LockFacts, locks, user_frame};
use goscope_analysis::symbol::short_name;
use goscope_analysis::trace::class::SpanClass;
use goscope_flamegraph::graph_layout::{BoxSize, GraphPicture, Link as Line, PlacedBox, graph_picture};
use goscope_parsers::dump::{Dump, StackId, Tables};

use super::answer::DumpsAnswerQuery;
use super::chosen::{looked_at, number_of};
use super::names::place_of;
use super::state_class::class_of;
use crate::query::box_text::{box_size, cut_name};
use crate::query::documents::Documents;
use crate::query::dumps::Dumps;
use crate::query::question::{Question, QuestionError};
use crate::query::trace::answers::sentence::Link;
use crate::text;

/// Locks that are drawn: those that are stuck, then those with the most waiters.
pub const MOST_DRAWN: usize = 24;
/// Goroutines that are drawn of those that may hold one lock.
const MOST_HOLDERS: usize = 3;
/// Stacks of those that wait for one lock and hold none; the rest is one box.
const MOST_STACKS: usize = 3;
/// Size of the letters.
pub const FONT_SIZE: f32 = 12.0;

/// Asks for the graph.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LockGraphQuery {
    /// Of which dump.
    pub of: DumpsAnswerQuery,
}

/// The graph with its picture.
#[derive(Debug, Default)]
pub struct LockGraph {
    /// Locks and goroutines.
    pub boxes: Vec<LockBox>,
    /// Who waits, and who holds.
    pub lines: Vec<LockLink>,
    /// Places of both.
    pub picture: GraphPicture,
}

/// A box.
#[derive(Debug)]
pub struct LockBox {
    /// Its size.
    pub size: BoxSize,
    /// Lines of text.
    pub lines: Vec<String>,
    /// What it is, in a sentence.
    pub label: String,
    /// What the goroutines do; `None` for a lock.
    pub class: Option<SpanClass>,
    /// Whether it is in a cycle, or behind one.
    pub is_stuck: bool,
    /// Where it leads.
    pub link: Link,
    /// The numbers of its goroutines, in ascending order.
    numbers: Vec<i64>,
}

/// A line from who waits to what for, or from a lock to who holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LockLink {
    /// The box where it starts.
    pub from: usize,
    /// The box where it ends.
    pub to: usize,
    /// Whether it says who holds a lock, which is never certain.
    pub is_hold: bool,
    /// Whether it is part of a cycle, or behind one.
    pub is_stuck: bool,
}

impl LockBox {
    /// Whether a goroutine is one of those in it.
    pub fn has(&self, number: i64) -> bool {
        self.numbers.binary_search(&number).is_ok()
    }
}

impl Question for LockGraphQuery {
    type Answer = LockGraph;
    type Input = DumpsAnswerQuery;

    fn input(&self) -> DumpsAnswerQuery {
        self.of.clone()
    }

    fn answer(&self, _: Documents<'_>, dumps: Arc<Dumps>) -> Result<LockGraph, QuestionError> {
        let Some(shown) = looked_at(&dumps, None) else { return Ok(LockGraph::default()) };
        Ok(lock_graph(shown.dump, shown.text.tables()))
    }
}

fn lock_graph(dump: &Dump, tables: &Tables) -> LockGraph {
    let all = locks(dump, tables);
    let drawn = &all[..all.len().min(MOST_DRAWN)];
    let mut builder = Builder { dump, tables, graph: LockGraph::default(), of_row: BTreeMap::new() };
    // Those that hold one have a box of their own, also where they wait.
    for lock in drawn {
        for &row in lock.holders.iter().take(MOST_HOLDERS) {
            builder.goroutine(row, lock.is_stuck);
        }
    }
    drawn.iter().for_each(|lock| builder.add(lock));
    let mut graph = builder.graph;
    tell_lines(&mut graph);
    let sizes: Vec<BoxSize> = graph.boxes.iter().map(|it| turned_size(it.size)).collect();
    let links: Vec<Line> =
        graph.lines.iter().map(|line| Line { from: line.from, to: line.to, weight: 1.0 }).collect();
    graph.picture = turned(graph_picture(&sizes, &links));
    graph
}

const fn turned_size(size: BoxSize) -> BoxSize {
    BoxSize { width: size.height, height: size.width }
}

/// The picture with its layers from left to right: chains of locks are longer than wide, and there is more room that way.
fn turned(picture: GraphPicture) -> GraphPicture {
    let place = |it: PlacedBox| PlacedBox { x: it.y, y: it.x, ..it };
    let line = |points: Vec<(f32, f32)>| points.into_iter().map(|(x, y)| (y, x)).collect();
    GraphPicture {
        boxes: picture.boxes.into_iter().map(place).collect(),
        lines: picture.lines.into_iter().map(line).collect(),
        width: picture.height,
        height: picture.width,
    }
}

/// Adds to what is said of each box what its lines show.
fn tell_lines(graph: &mut LockGraph) {
    let name = |it: &LockBox| match it.class {
        Some(_) => it.lines[0].clone(),
        None => it.lines.join(" "),
    };
    let names: Vec<String> = graph.boxes.iter().map(name).collect();
    for line in &graph.lines {
        let (from, to) = (&names[line.from], &names[line.to]);
        let (of_from, of_to) = if line.is_hold {
            (format!("probably held by {to}"), format!("probably holds {from}"))
        } else {
            (format!("waits for {to}"), format!("awaited by {from}"))
        };
        for (at, said) in [(line.from, of_from), (line.to, of_to)] {
            graph.boxes[at].label += "; ";
            graph.boxes[at].label += &said;
        }
    }
}

struct Builder<'a> {
    dump: &'a Dump,
    tables: &'a Tables,
    graph: LockGraph,
    /// The boxes of single goroutines that hold a lock.
    of_row: BTreeMap<u32, usize>,
}

impl Builder<'_> {
    fn add(&mut self, lock: &LockFacts) {
        let is_stuck = lock.is_stuck;
        let at = self.lock(lock);
        for &row in lock.holders.iter().take(MOST_HOLDERS) {
            let to = self.goroutine(row, is_stuck);
            self.graph.lines.push(LockLink { from: at, to, is_hold: true, is_stuck });
        }
        let mut stacks: BTreeMap<StackId, Vec<u32>> = BTreeMap::new();
        for &row in &lock.waiters {
            match self.of_row.get(&row) {
                Some(&from) => self.graph.lines.push(LockLink { from, to: at, is_hold: false, is_stuck }),
                None => stacks.entry(self.dump.goroutines[row as usize].stack).or_default().push(row),
            }
        }
        let mut groups: Vec<Vec<u32>> = stacks.into_values().collect();
        groups.sort_by_key(|rows| std::cmp::Reverse(rows.len()));
        let rest: Vec<u32> = groups.drain(groups.len().min(MOST_STACKS)..).flatten().collect();
        for (rows, is_rest) in groups.into_iter().map(|rows| (rows, false)).chain([(rest, true)]) {
            if !rows.is_empty() {
                let from = self.goroutines(&rows, (is_stuck, is_rest));
                self.graph.lines.push(LockLink { from, to: at, is_hold: false, is_stuck });
            }
        }
    }

    fn lock(&mut self, lock: &LockFacts) -> usize {
        let noun = lock.noun.trim_start_matches("an ").trim_start_matches("a ").to_owned();
        let mut lines = vec![noun];
        lines.extend(lock.address.map(|address| format!("{address:#x}")));
        let link = match lock.site {
            Some(site) => Link::Place(place_of(self.tables, site)),
            None => Link::Goroutine(self.number(lock.waiters[0])),
        };
        self.push(lines, (None, lock.is_stuck), link, Vec::new())
    }

    /// The box of one goroutine, made once.
    fn goroutine(&mut self, row: u32, is_stuck: bool) -> usize {
        if let Some(&at) = self.of_row.get(&row) {
            self.graph.boxes[at].is_stuck |= is_stuck;
            return at;
        }
        let at = self.goroutines(&[row], (is_stuck, false));
        self.of_row.insert(row, at);
        at
    }

    /// A box for goroutines with one stack, or for the rest of those that wait.
    fn goroutines(&mut self, rows: &[u32], (is_stuck, is_rest): (bool, bool)) -> usize {
        let first = &self.dump.goroutines[rows[0] as usize];
        let title = match (rows.len(), is_rest) {
            (1, _) => format!("goroutine {}", first.id),
            (count, false) => text::counted(count, "goroutine"),
            (count, true) => format!("{} more goroutines", text::count(count)),
        };
        let state = &self.tables.state(first.state).name;
        let mut lines = vec![title];
        if !is_rest {
            let frame = user_frame(self.tables, first.stack);
            let function = frame.map(|frame| text::name(self.tables.function(frame)));
            lines.extend(function.map(|name| cut_name(&short_name(&name))));
            lines.push(text::name(state));
        }
        let mut numbers: Vec<i64> = rows.iter().map(|&row| self.number(row)).collect();
        let link = Link::Goroutine(numbers[0]);
        numbers.sort_unstable();
        self.push(lines, (Some(class_of(state)), is_stuck), link, numbers)
    }

    fn push(
        &mut self,
        lines: Vec<String>,
        (class, is_stuck): (Option<SpanClass>, bool),
        link: Link,
        numbers: Vec<i64>,
    ) -> usize {
        let (size, label) = (box_size(&lines, FONT_SIZE), lines.join(", "));
        self.graph.boxes.push(LockBox { size, lines, label, class, is_stuck, link, numbers });
        self.graph.boxes.len() - 1
    }

    fn number(&self, row: u32) -> i64 {
        number_of(self.dump.goroutines[row as usize].id)
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;
    use crate::document::{Document, Source};
    use crate::query::question::answer;

    fn graph_of(sample: &str) -> LockGraph {
        let source = Source::File(goscope_test_support::sample(sample));
        let document = Document::load(&source, &goscope_parsers::Progress::new()).expect("a dump");
        let of = DumpsAnswerQuery::default();
        let dumps = answer(&of, Documents::of_tab(&[Arc::new(document)])).expect("an answer");
        let shown = looked_at(&dumps, None).expect("a dump");
        lock_graph(shown.dump, shown.text.tables())
    }

    fn shown(graph: &LockGraph) -> String {
        let mut shown = String::new();
        for it in &graph.boxes {
            let _ = writeln!(shown, "{}{}", if it.is_stuck { "! " } else { "" }, it.label);
        }
        shown
    }

    #[test]
    fn a_cycle_is_a_circle_with_those_that_wait_behind_it() {
        let graph = graph_of("dumps/deadlock.txt");
        insta::assert_snapshot!(shown(&graph), @r"
        ! goroutine 20, main.transfer, sync.Mutex.Lock; probably holds mutex 0xed7f00e020; waits for mutex 0xed7f00e030
        ! goroutine 21, main.transfer, sync.Mutex.Lock; waits for mutex 0xed7f00e020; probably holds mutex 0xed7f00e030
        ! mutex, 0xed7f00e020; probably held by goroutine 20; awaited by goroutine 21; awaited by 3 goroutines
        ! 3 goroutines, main.transfer, sync.Mutex.Lock; waits for mutex 0xed7f00e020
        ! mutex, 0xed7f00e030; probably held by goroutine 21; awaited by goroutine 20
        ");
        assert_eq!(graph.picture.boxes.len(), graph.boxes.len());
        assert!(graph.boxes[0].has(20) || graph.boxes[0].has(21));
    }

    #[test]
    fn a_queue_stands_left_of_its_lock_and_the_holder_right() {
        let graph = graph_of("dumps/queue.txt");
        insta::assert_snapshot!(shown(&graph), @r"
        goroutine 21, main.(*report).write, sleep; probably holds mutex 0x273a7f6860a0
        mutex, 0x273a7f6860a0; probably held by goroutine 21; awaited by 5 goroutines; awaited by goroutine 5
        5 goroutines, main.(*report).write, sync.Mutex.Lock; waits for mutex 0x273a7f6860a0
        goroutine 5, main.(*report).write, sync.Mutex.Lock; waits for mutex 0x273a7f6860a0
        ");
        let layers: Vec<usize> = graph.picture.boxes.iter().map(|place| place.layer).collect();
        assert_eq!(layers, [2, 1, 0, 0], "holder, lock, waiters");
        let [holder, lock, waiters] = [0, 1, 2].map(|at| graph.picture.boxes[at].x);
        assert!(waiters < lock && lock < holder && holder < graph.picture.width);
    }

    #[test]
    fn the_graph_of_a_thousand_locks_is_bounded() {
        let mut text = String::new();
        for lock in 0..1_000_u32 {
            for waiter in 0..2 + lock % 9 {
                let (id, address) = (lock * 100 + waiter + 1, 0xc000_0000_u32 + lock * 64);
                let _ = write!(
                    text,
                    "goroutine {id} [sync.Mutex.Lock]:\ninternal/sync.(*Mutex).lockSlow({address:#x})\n\t/go/src/internal/sync/mutex.go:149 +0x1\nsync.(*Mutex).Lock(...)\n\t/go/src/sync/mutex.go:46\nmain.f{waiter}({address:#x})\n\t/src/main.go:{} +0x1\n\n",
                    10 + waiter
                );
            }
        }
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("locks.txt");
        std::fs::write(&path, text).expect("written");
        let document =
            Document::load(&Source::File(path), &goscope_parsers::Progress::new()).expect("a dump");
        let query = LockGraphQuery { of: DumpsAnswerQuery::default() };
        let dumps = answer(&query.of, Documents::of_tab(&[Arc::new(document)])).expect("an answer");
        let shown = looked_at(&dumps, None).expect("a dump");
        let graph = lock_graph(shown.dump, shown.text.tables());
        let n_locks = graph.boxes.iter().filter(|it| it.class.is_none()).count();
        assert_eq!(n_locks, MOST_DRAWN, "of 1,000");
        assert!(
            graph.boxes.len() <= MOST_DRAWN * (1 + MOST_HOLDERS + MOST_STACKS + 1),
            "{}",
            graph.boxes.len()
        );
        assert!(graph.boxes.iter().any(|it| it.lines == ["7 more goroutines"]), "{:?}", graph.boxes[1]);
    }
}
