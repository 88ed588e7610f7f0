//! What a view is called in commands, layouts and saved files. Its title is only text for people: it can change
//! without any of them noticing.

use serde::{Deserialize, Serialize};

/// Makes the enum, the list of all of it and the titles from one list. The aliases are what the first versions of
/// goscope saved: titles.
macro_rules! view_ids {
    ($($(#[$about:meta])* $id:ident => $title:literal,)*) => {
        /// The name of a view.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum ViewId {
            $($(#[$about])* $id,)*
        }

        impl ViewId {
            /// All of them, in the order in which they are listed.
            pub const ALL: &'static [Self] = &[$(Self::$id,)*];

            /// What the window calls the view.
            pub const fn title(self) -> &'static str {
                match self {
                    $(Self::$id => $title,)*
                }
            }
        }
    };
}

view_ids! {
    /// Boxes for calls, as wide as what they cost.
    #[serde(alias = "Flame graph")]
    FlameGraph => "Flame graph",
    /// One row a function.
    #[serde(alias = "Functions")]
    Functions => "Functions",
    /// One row a function of either side of a comparison.
    #[serde(alias = "Changes")]
    Changes => "Changes",
    /// The chosen function in numbers and words.
    #[serde(alias = "Details")]
    Details => "Details",
    /// The chosen function line by line.
    #[serde(alias = "Source")]
    Source => "Source",
    /// Functions and who calls whom.
    #[serde(alias = "Call graph")]
    CallGraph => "Call graph",
    /// A trace at a glance.
    #[serde(alias = "Overview")]
    Overview => "Overview",
    /// Goroutines, Ps, threads or tasks over time.
    #[serde(alias = "Lanes")]
    Lanes => "Lanes",
    /// The chosen span, goroutine or task.
    #[serde(alias = "Span")]
    Span => "Span",
    /// Where the time of goroutines, tasks or regions went.
    #[serde(alias = "Breakdown")]
    Breakdown => "Breakdown",
    /// Goroutines by state, Ps and heap over time.
    #[serde(alias = "Counters")]
    Counters => "Counters",
    /// One row a goroutine.
    #[serde(alias = "Goroutines")]
    Goroutines => "Goroutines",
    /// One row a user task.
    #[serde(alias = "Tasks")]
    Tasks => "Tasks",
    /// One row a user region.
    #[serde(alias = "Regions")]
    Regions => "Regions",
    /// One row a GC cycle.
    #[serde(alias = "GC cycles")]
    GcCycles => "GC cycles",
    /// One row a stop-the-world pause.
    #[serde(alias = "Pauses")]
    Pauses => "Pauses",
    /// The curve of minimum mutator utilization.
    #[serde(alias = "MMU")]
    Mmu => "MMU",
    /// What is wrong with a trace.
    #[serde(alias = "Problems")]
    TraceProblems => "Problems",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_is_saved_as_its_own_word_and_titles_of_the_first_versions_are_understood() {
        let words = serde_json::to_string(ViewId::ALL).expect("words");
        assert_eq!(
            words,
            r#"["flame_graph","functions","changes","details","source","call_graph","overview","lanes","span","#
                .to_owned()
                + r#""breakdown","counters","goroutines","tasks","regions","gc_cycles","pauses","mmu","trace_problems"]"#
        );
        assert_eq!(serde_json::from_str::<Vec<ViewId>>(&words).expect("views"), ViewId::ALL);
        let titles = r#"["Flame graph", "GC cycles", "MMU", "Problems"]"#;
        let views = [ViewId::FlameGraph, ViewId::GcCycles, ViewId::Mmu, ViewId::TraceProblems];
        assert_eq!(serde_json::from_str::<Vec<ViewId>>(titles).expect("views"), views);
    }
}
