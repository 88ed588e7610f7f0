//! The call graph laid out: functions, places of their boxes, and texts.

use goscope_analysis::profile::call_graph::{CallGraph, GraphLimits, GraphNode, call_graph};
use goscope_analysis::profile::query::StackQuery;
use goscope_analysis::symbol;
use goscope_flamegraph::graph_layout::{BoxSize, GraphPicture, Link, graph_picture};

use super::box_text::{box_size, cut_name};
use super::documents::Documents;
use super::question::{Question, QuestionError};
use crate::text::{self, ValueText};

/// Font size of a box without own value, and how much larger that of the largest value is.
const FONT_SIZE: f32 = 12.0;
const FONT_GROWTH: f32 = 12.0;

/// The call graph, laid out; in a diff, that of the head.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CallGraphQuery {
    /// The stacks to read.
    pub stacks: StackQuery,
}

/// The graph with its picture.
#[derive(Debug)]
pub struct GraphFacts {
    /// Functions and calls.
    pub graph: CallGraph,
    /// Places of boxes and lines.
    pub picture: GraphPicture,
    /// The boxes, in the order of the functions.
    pub boxes: Vec<GraphBox>,
    /// The labels of the calls, in their order.
    pub weights: Vec<String>,
}

/// A box.
#[derive(Clone, Debug, PartialEq)]
pub struct GraphBox {
    /// Its size.
    pub size: BoxSize,
    /// Font size, larger for a larger own value.
    pub font_size: f32,
    /// Lines of text.
    pub lines: Vec<String>,
}

impl Question for CallGraphQuery {
    type Answer = GraphFacts;
    type Input = ();

    fn input(&self) {}

    fn answer(&self, documents: Documents<'_>, (): ()) -> Result<GraphFacts, QuestionError> {
        let profile = &documents.profile_in_front()?.profile;
        Ok(graph_facts(call_graph(profile, &self.stacks, &GraphLimits::default())?))
    }
}

fn graph_facts(graph: CallGraph) -> GraphFacts {
    // Boxes are read one by one: in one unit for all, one of half a minute would be `24320.07 ms`.
    let format = ValueText::alone(&graph.unit);
    let text = |value: i64| format.text(value);
    let largest = graph.nodes.iter().map(|node| node.flat.unsigned_abs()).max().unwrap_or(0);
    let boxes: Vec<GraphBox> =
        graph.nodes.iter().map(|node| graph_box(node, &text, graph.total, largest)).collect();
    let sizes: Vec<BoxSize> = boxes.iter().map(|look| look.size).collect();
    let links: Vec<Link> = graph
        .calls
        .iter()
        .map(|call| Link { from: call.caller, to: call.callee, weight: call.weight as f64 })
        .collect();
    let weights = graph.calls.iter().map(|call| text(call.weight)).collect();
    GraphFacts { picture: graph_picture(&sizes, &links), boxes, weights, graph }
}

fn graph_box(node: &GraphNode, value_text: &impl Fn(i64) -> String, total: i64, largest: u64) -> GraphBox {
    let share = if largest == 0 { 0.0 } else { node.flat.unsigned_abs() as f32 / largest as f32 };
    // As in pprof's picture: not in proportion, so that small ones stay legible.
    let font_size = FONT_SIZE + (FONT_GROWTH * share.sqrt()).round();
    let name = node.frame.printable_name();
    let with_share = |value: i64| format!("{} ({})", value_text(value), text::share(value, total));
    let mut lines = vec![cut_name(&symbol::short_name(&name))];
    if node.flat != 0 {
        lines.push(with_share(node.flat));
    }
    if node.cum != node.flat {
        lines.push(format!("of {}", with_share(node.cum)));
    }
    let size = box_size(&lines, font_size);
    GraphBox { size, font_size, lines }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use goscope_analysis::testing::profile;

    use super::*;
    use crate::document::{Document, Source};
    use crate::query::question::answer;

    #[test]
    fn boxes_say_name_flat_and_cum_and_grow_with_flat() {
        let samples = "types: cpu/nanoseconds\nmain.main;main.hot 90000000\nmain.main 10000000";
        let document = Document::from_profile(Source::Sample(String::new()), profile(samples));
        let query = CallGraphQuery { stacks: StackQuery::default() };
        let facts = answer(&query, Documents::of_tab(&[Arc::new(document)])).expect("an answer");
        let text: Vec<String> = facts.boxes.iter().map(|look| look.lines.join(", ")).collect();
        assert_eq!(text, ["main.hot, 90.0 ms (90.0%)", "main.main, 10.0 ms (10.0%), of 100 ms (100%)"]);
        assert_eq!(facts.weights, ["90.0 ms"]);
        assert!(facts.boxes[0].font_size > facts.boxes[1].font_size);
        assert!(facts.picture.boxes[1].y < facts.picture.boxes[0].y, "the caller stands above");
    }
}
