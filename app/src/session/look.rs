//! How a tab is looked at first, as a command line says it; and the words in which views, items and flame graphs are named
//! there.

use std::path::PathBuf;

use goscope_analysis::trace::answers::flame::AnswerFlame;
use goscope_analysis::trace::answers::population::One;

use super::saved::SavedSession;
use super::selection::{FrameKey, Item};
use super::view_id::ViewId;
use super::workspace::Lens;
use crate::document::Source;
use crate::query::comparison::{Comparison, Scale};
use crate::query::trace::answers::kind::AnswerKind;
use crate::query::trace::handle::Handle;
use crate::query::trace::selection::{Flame, FlameKind};
use crate::query::trace::times::MOST_EXACT_NANOS;

/// What the window opens with.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Opening {
    /// Each in a tab of its own; two profiles are compared as well.
    pub what: Vec<Opened>,
    /// How the tab in front is looked at; `None` for as usual.
    pub look: Option<Look>,
}

/// One of the things that the window opens with.
#[derive(Clone, Debug, PartialEq)]
pub enum Opened {
    /// A file, an address or a sample.
    Source(Source),
    /// A session, and the file that it was read from.
    Session(PathBuf, Box<SavedSession>),
    /// The runs of two sides, how they are put on one scale, and the name of the sample type.
    Comparison(Box<Comparison>, Scale, Option<String>),
}

/// How a tab is looked at.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Look {
    /// The view that is brought to where it is seen.
    pub view: Option<ViewId>,
    /// Everything else but the time.
    pub lens: Lens,
    /// The time of a trace: a range, or something that has one.
    pub range: Option<Handle>,
}

/// The word for a view on a command line; of the answers it is the one that is shown, by its subcommand.
pub const fn view_word(view: ViewId, answer: AnswerKind) -> &'static str {
    match view {
        ViewId::FlameGraph => "flame-graph",
        ViewId::Functions => "functions",
        ViewId::Changes => "changes",
        ViewId::Details => "details",
        ViewId::Source => "source",
        ViewId::CallGraph => "call-graph",
        ViewId::Overview => "overview",
        ViewId::Lanes => "lanes",
        ViewId::Span => "span",
        ViewId::Breakdown => "breakdown",
        ViewId::Counters => "counters",
        ViewId::Goroutines => "goroutines",
        ViewId::Tasks => "tasks",
        ViewId::Regions => "regions",
        ViewId::GcCycles => "gc-cycles",
        ViewId::Pauses => "pauses",
        ViewId::Mmu => "mmu",
        ViewId::Answers => answer.subcommand(),
        ViewId::TraceProblems => "problems",
        ViewId::Labels => "labels",
        ViewId::HeatMap => "heat-map",
        ViewId::Tests => "tests",
        ViewId::Test => "test",
        ViewId::Coverage => "coverage",
        ViewId::Uncovered => "not-covered",
        ViewId::HotUncovered => "hot-not-covered",
        ViewId::Benchmarks => "benchmarks",
        ViewId::Benchmark => "benchmark",
        ViewId::Explained => "by-function",
        ViewId::Changed => "changed",
        ViewId::Groups => "groups",
        ViewId::Group => "group",
        ViewId::Findings => "findings",
        ViewId::Locks => "locks",
        ViewId::Services => "services",
        ViewId::TimeLine => "time-line",
        ViewId::TopFunctions => "top-functions",
    }
}

/// All words for views.
pub fn view_words() -> Vec<&'static str> {
    let answers = AnswerKind::ALL.map(|answer| view_word(ViewId::Answers, answer));
    let views = ViewId::ALL.iter().filter(|view| **view != ViewId::Answers);
    views.map(|view| view_word(*view, AnswerKind::default())).chain(answers).collect()
}

/// The view that a word names, and the answer if it is one.
pub fn view_named(word: &str) -> Option<(ViewId, Option<AnswerKind>)> {
    let answer = AnswerKind::ALL.into_iter().find(|answer| answer.subcommand() == word);
    if answer.is_some() {
        return Some((ViewId::Answers, answer));
    }
    let is_it =
        |view: &&ViewId| **view != ViewId::Answers && view_word(**view, AnswerKind::default()) == word;
    ViewId::ALL.iter().find(is_it).map(|view| (*view, None))
}

/// What is chosen, as a handle; `None` for a place in a call tree, for functions that are told apart by more than their
/// name, and for spans at times that are not read exactly.
pub fn item_word(item: &Item) -> Option<String> {
    Some(match item {
        Item::Goroutine(goid) => Handle::One(One::Goroutine(*goid)).to_string(),
        Item::Task(number) => Handle::One(One::Task(*number)).to_string(),
        // The end of a span is not part of its name.
        Item::Span(goid, nanos) if (0..=MOST_EXACT_NANOS).contains(nanos) => format!("g:{goid}@{nanos}ns.."),
        Item::Function(key) if *key == named(&key.name) && !key.name.is_empty() => {
            Handle::Function(key.name.clone()).to_string()
        }
        // A colon tells the package from the test.
        Item::Test(package, name) if !package.contains(':') && !package.is_empty() => match &**name {
            "" => format!("{TEST_PREFIX}{package}"),
            name => format!("{TEST_PREFIX}{package}:{name}"),
        },
        Item::Function(_) | Item::CallPath(_) | Item::Span(..) | Item::Test(..) | Item::Benchmark(..) => {
            return None;
        }
    })
}

/// What stands before the package of a test.
const TEST_PREFIX: &str = "test:";

/// What a handle chooses.
///
/// # Errors
/// A sentence, if it is no handle or names nothing that can be chosen.
pub fn item_named(word: &str) -> Result<Item, String> {
    if let Some(test) = word.strip_prefix(TEST_PREFIX).filter(|test| !test.is_empty()) {
        let (package, name) = test.split_once(':').unwrap_or((test, ""));
        return Ok(Item::Test(package.to_owned(), name.to_owned()));
    }
    match word.parse()? {
        Handle::One(One::Goroutine(goid)) => Ok(Item::Goroutine(goid)),
        Handle::One(One::Task(number)) => Ok(Item::Task(number)),
        Handle::One(One::Stretch { goroutine, begin_nanos, .. }) => Ok(Item::Span(goroutine, begin_nanos)),
        Handle::Function(name) => Ok(Item::Function(named(&name))),
        Handle::One(One::Region(_)) | Handle::Lock(_) | Handle::Times(_) => Err(format!(
            "{word} cannot be selected: a function (func:main.f), a goroutine (g:412), a span (g:412@1200ns..), a task (task:51) or a test (test:PACKAGE:TestX) can"
        )),
    }
}

fn named(name: &str) -> FrameKey {
    FrameKey { name: name.to_owned(), ..FrameKey::default() }
}

/// The words of `--kind` for what the flame graph of a trace counts.
pub const FLAMES: [(&str, Flame); 6] = [
    ("cpu", Flame::Time(FlameKind::Cpu)),
    ("wall", Flame::Time(FlameKind::Wall)),
    ("block", Flame::Time(FlameKind::Blocked)),
    ("sched", Flame::Time(FlameKind::Sched)),
    ("blame", Flame::Answer(AnswerFlame::Blame)),
    ("path", Flame::Answer(AnswerFlame::CriticalPath)),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_view_has_a_word_that_names_it() {
        for word in view_words() {
            let (view, answer) = view_named(word).expect("a view");
            assert_eq!(view_word(view, answer.unwrap_or_default()), word);
        }
        assert_eq!(
            view_words().join(" "),
            "flame-graph functions changes details source call-graph labels overview lanes span breakdown counters heat-map \
             goroutines tasks regions gc-cycles pauses mmu problems tests test coverage not-covered hot-not-covered \
             benchmarks benchmark by-function changed groups group findings locks services time-line top-functions why cohort signals sched gcbill"
        );
        assert_eq!(view_named("answers"), None);
    }

    #[test]
    fn what_is_chosen_is_a_handle() {
        for word in [
            "g:412",
            "task:51",
            "g:7@1200ns..",
            "func:main.(*Shop).serve",
            "test:example.com/shop",
            "test:example.com/shop/cart:TestTotal/many:1",
        ] {
            assert_eq!(item_word(&item_named(word).expect("an item")).as_deref(), Some(word));
        }
        assert!(
            item_named("lock:main.f").expect_err("no item").starts_with("lock:main.f cannot be selected")
        );
        assert!(item_named("checkout").is_err());
        let place = FrameKey { line: 7, ..named("main.f") };
        assert_eq!(item_word(&Item::Function(place)), None);
    }
}
