//! What a view is called in commands, layouts and saved files. Its title is only text for people: it can change
//! without any of them noticing.

use serde::{Deserialize, Serialize};

use super::content_kind::ContentKind;

const STACKS: &[ContentKind] = &[ContentKind::Profile, ContentKind::Diff, ContentKind::Trace];
const FLAMES: &[ContentKind] = &[
    ContentKind::Profile,
    ContentKind::Diff,
    ContentKind::Trace,
    ContentKind::Benchmarks,
    ContentKind::Dumps,
];
const CODE: &[ContentKind] = &[
    ContentKind::Profile,
    ContentKind::Diff,
    ContentKind::Trace,
    ContentKind::Tests,
    ContentKind::Coverage,
    ContentKind::Benchmarks,
    ContentKind::Dumps,
];
const LABELED: &[ContentKind] = &[ContentKind::Profile, ContentKind::Trace];
const PROFILE: &[ContentKind] = &[ContentKind::Profile];
const DIFF: &[ContentKind] = &[ContentKind::Diff];
const PROFILES: &[ContentKind] = &[ContentKind::Profile, ContentKind::Diff];
const TRACE: &[ContentKind] = &[ContentKind::Trace];
const TESTS: &[ContentKind] = &[ContentKind::Tests];
const COVERAGE: &[ContentKind] = &[ContentKind::Coverage];
const BENCHMARKS: &[ContentKind] = &[ContentKind::Benchmarks];
const DUMPS: &[ContentKind] = &[ContentKind::Dumps];
const STORE: &[ContentKind] = &[ContentKind::Store];

/// Makes the enum, the list of all of it, the titles and what can be shown from one list. The aliases are what the first versions of
/// goscope saved: titles.
macro_rules! view_ids {
    ($($(#[$about:meta])* $id:ident => $title:literal in $kinds:expr,)*) => {
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

            /// The kinds of tabs that it can show.
            pub const fn kinds(self) -> &'static [ContentKind] {
                match self {
                    $(Self::$id => $kinds,)*
                }
            }
        }
    };
}

view_ids! {
    /// Boxes for calls, as wide as what they cost.
    #[serde(alias = "Flame graph")]
    FlameGraph => "Flame graph" in FLAMES,
    /// One row per function.
    #[serde(alias = "Functions")]
    Functions => "Functions" in PROFILE,
    /// One row per function of either side of a comparison.
    #[serde(alias = "Changes")]
    Changes => "Changes" in DIFF,
    /// The chosen function in numbers and words.
    #[serde(alias = "Details")]
    Details => "Details" in PROFILES,
    /// The chosen function, or the file in which something was found, line by line.
    #[serde(alias = "Source")]
    Source => "Source" in CODE,
    /// Functions and who calls whom.
    #[serde(alias = "Call graph")]
    CallGraph => "Call graph" in STACKS,
    /// What each label accounts for, of the samples of a profile, or of the tasks of a trace.
    Labels => "Labels" in LABELED,
    /// A trace at a glance.
    #[serde(alias = "Overview")]
    Overview => "Overview" in TRACE,
    /// Goroutines, Ps, threads or tasks over time.
    #[serde(alias = "Lanes")]
    Lanes => "Lanes" in TRACE,
    /// The chosen span, goroutine or task.
    #[serde(alias = "Span")]
    Span => "Span" in TRACE,
    /// Where the time of goroutines, tasks or regions went.
    #[serde(alias = "Breakdown")]
    Breakdown => "Breakdown" in TRACE,
    /// Goroutines by state, Ps and heap over time.
    #[serde(alias = "Counters")]
    Counters => "Counters" in TRACE,
    /// CPU samples or running Ps, second beside second.
    HeatMap => "Heat map" in TRACE,
    /// One row per goroutine.
    #[serde(alias = "Goroutines")]
    Goroutines => "Goroutines" in TRACE,
    /// One row per user task.
    #[serde(alias = "Tasks")]
    Tasks => "Tasks" in TRACE,
    /// One row per user region.
    #[serde(alias = "Regions")]
    Regions => "Regions" in TRACE,
    /// One row per GC cycle.
    #[serde(alias = "GC cycles")]
    GcCycles => "GC cycles" in TRACE,
    /// One row per stop-the-world pause.
    #[serde(alias = "Pauses")]
    Pauses => "Pauses" in TRACE,
    /// The curve of minimum mutator utilization.
    #[serde(alias = "MMU")]
    Mmu => "MMU" in TRACE,
    /// Why slow ones are slow, what they have in common, signals, scheduler, collector.
    Answers => "Answers" in TRACE,
    /// What is wrong with a trace.
    #[serde(alias = "Problems")]
    TraceProblems => "Problems" in TRACE,
    /// One row per package, test and subtest.
    Tests => "Tests" in TESTS,
    /// The chosen test: what it printed, its runs, how to run it again.
    Test => "Test" in TESTS,
    /// One row per module, package, file and function, with what of it ran.
    Coverage => "Coverage" in COVERAGE,
    /// What did not run, the largest first.
    Uncovered => "Not covered" in COVERAGE,
    /// What costs time in a profile and did not run in tests.
    HotUncovered => "Hot, not covered" in COVERAGE,
    /// One row per benchmark and unit.
    Benchmarks => "Benchmarks" in BENCHMARKS,
    /// The chosen benchmark: every run as a dot, what can be said of it.
    Benchmark => "Benchmark" in BENCHMARKS,
    /// Functions of the chosen benchmark per operation.
    Explained => "By function" in BENCHMARKS,
    /// Lines that changed since a commit and did not run in tests.
    Changed => "Changed, not covered" in COVERAGE,
    /// One row per group of equal goroutines of a dump.
    Groups => "Groups" in DUMPS,
    /// The chosen group: its stack, its goroutines, what they wait for.
    Group => "Group" in DUMPS,
    /// All that stands out in goroutine dumps.
    Findings => "Findings" in DUMPS,
    /// Locks that goroutines wait for, with those that wait and those that hold them.
    Locks => "Locks" in DUMPS,
    /// One row per service, version and kind of profile in a store.
    Services => "Services" in STORE,
    /// The profiles of a store by time, and what part of them a function takes.
    TimeLine => "Time line" in STORE,
    /// One row per function of the profiles of a store that are chosen.
    TopFunctions => "Top functions" in STORE,
}

impl ViewId {
    /// Whether it can show what is in a tab of this kind.
    pub fn shows(self, kind: ContentKind) -> bool {
        self.kinds().contains(&kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_is_saved_as_its_own_word_and_titles_of_the_first_versions_are_understood() {
        let words = serde_json::to_string(ViewId::ALL).expect("words");
        assert_eq!(
            words,
            r#"["flame_graph","functions","changes","details","source","call_graph","labels","overview","lanes","span","#
                .to_owned()
                + r#""breakdown","counters","heat_map","goroutines","tasks","regions","gc_cycles","pauses","mmu","answers","trace_problems","#
                + r#""tests","test","coverage","uncovered","hot_uncovered","benchmarks","benchmark","explained","changed","#
                + r#""groups","group","findings","locks","services","time_line","top_functions"]"#
        );
        assert_eq!(serde_json::from_str::<Vec<ViewId>>(&words).expect("views"), ViewId::ALL);
        let titles = r#"["Flame graph", "GC cycles", "MMU", "Problems"]"#;
        let views = [ViewId::FlameGraph, ViewId::GcCycles, ViewId::Mmu, ViewId::TraceProblems];
        assert_eq!(serde_json::from_str::<Vec<ViewId>>(titles).expect("views"), views);
    }
}
