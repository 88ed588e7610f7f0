//! Handles: what reports call a thing by, and all commands find it by.
//!
//! | handle | names |
//! |---|---|
//! | `g:412` | a goroutine, by its number |
//! | `g:412@1200ns..1400ns` | a stretch of time on it, such as a request |
//! | `task:51` | a user task, by its number |
//! | `region:17` | a user region, by its place in this file |
//! | `func:main.worker` | the goroutines that run a function |
//! | `lock:main.find` | the lock that is taken there |
//! | `1.2s`, `1.2s..1.4s` | a moment, a range of time, from the first event |
//!
//! They mean the same whenever the file is read, so that what one report prints can be given to another one.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use goscope_analysis::trace::answers::instances::{AnswerInstance, AnswerOf};
use goscope_analysis::trace::answers::population::{One, Population};
use goscope_analysis::trace::goroutines::GoroutineFilter;
use goscope_analysis::trace::model::TraceModel;
use goscope_analysis::trace::regions::is_complete;
use goscope_analysis::trace::tasks::Elapsed;
use goscope_parsers::trace::{GoId, Time};
use thiserror::Error;

use super::times::{Times, moment};
use crate::text::column;

/// The name of a thing in a trace.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Handle {
    /// An instance.
    One(One),
    /// Goroutines that run this function.
    Function(String),
    /// The lock that is taken in this function.
    Lock(String),
    /// A moment or a range of time.
    Times(Times),
}

/// What a handle names in a trace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named {
    /// The number of the goroutine that it is on.
    pub goroutine: Option<i64>,
    /// The function that its goroutines run.
    pub function: Option<String>,
    /// The function that takes the lock.
    pub lock: Option<String>,
    /// When it is, on the clock of the trace.
    pub range: Option<Range<Time>>,
    /// The instances that answers are about.
    pub population: Option<Population>,
    /// What the trace does not have of it, in a sentence.
    pub note: Option<String>,
}

/// Why a handle names nothing.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NoSuchThing {
    /// The trace does not have it.
    #[error("there is no {0} in this trace")]
    NotThere(String),
    /// It has none of them at all.
    #[error("there are no {0}s in this trace, so no {1}")]
    NoneAtAll(&'static str, String),
    /// The time is not in the trace.
    #[error("{0} is not in this trace, which ends at {1}")]
    NotThen(String, String),
}

impl Named {
    /// The goroutines that it names; `None` for a time, a lock or nothing.
    pub fn goroutines(&self) -> Option<GoroutineFilter> {
        let names_some = self.goroutine.is_some() || self.function.is_some();
        let (goid, function) = (self.goroutine, self.function.clone());
        names_some.then(|| GoroutineFilter { goid, function, ..GoroutineFilter::default() })
    }
}

impl Handle {
    /// The handle of an instance.
    pub fn of(model: &TraceModel, instance: &AnswerInstance) -> Self {
        let goid = model.tables().goid(instance.owner);
        Self::One(match instance.of {
            AnswerOf::Task(task) => One::Task(model.tables().task_number(task)),
            AnswerOf::Region(row) => One::Region(row),
            AnswerOf::Goroutine => One::Goroutine(goid),
            AnswerOf::Request => return Self::of_stretch(model, instance.owner, &instance.range()),
        })
    }

    /// The handle of a stretch of time on a goroutine.
    pub fn of_stretch(model: &TraceModel, goroutine: GoId, range: &Range<Time>) -> Self {
        let since_start = |time: Time| time.saturating_sub(model.range().start);
        let (begin_nanos, end_nanos) = (since_start(range.start), since_start(range.end));
        Self::One(One::Stretch { goroutine: model.tables().goid(goroutine), begin_nanos, end_nanos })
    }

    /// What it names in a trace.
    ///
    /// # Errors
    /// If the trace does not have it.
    pub fn find(&self, model: &TraceModel) -> Result<Named, NoSuchThing> {
        match self {
            Self::One(one) => one_in(model, *one),
            Self::Function(function) => {
                let mut names = model.goroutine_ids().map(|id| model.start_function(id));
                if !names.any(|name| model.tables().string(name) == function.as_bytes()) {
                    return Err(NoSuchThing::NotThere(format!("goroutine that runs {function}")));
                }
                let population = Some(Population::Goroutines(function.clone()));
                Ok(Named { function: Some(function.clone()), population, ..Named::default() })
            }
            Self::Lock(function) => Ok(Named { lock: Some(function.clone()), ..Named::default() }),
            Self::Times(times) => {
                let (wanted, trace) = (times.after(model.range().start), model.range());
                // The moment of the last event is in the trace, too.
                if wanted.start > trace.end {
                    let nanos = trace.end.saturating_sub(trace.start);
                    let begin = column::moment(times.begin_nanos);
                    return Err(NoSuchThing::NotThen(begin, column::moment(nanos)));
                }
                let begin = wanted.start.min(trace.end.saturating_sub(1));
                Ok(Named { range: Some(begin..wanted.end.min(trace.end)), ..Named::default() })
            }
        }
    }
}

fn one_in(model: &TraceModel, one: One) -> Result<Named, NoSuchThing> {
    let population = Some(Population::One(one));
    let goid = |id: GoId| id.is_some().then(|| model.tables().goid(id));
    let cut = |what: &str| format!("the trace does not have all of {what}: this is about what it has");
    match one {
        One::Task(number) => {
            let what = format!("task {number}");
            let id = model.task_by_number(number).and_then(|id| model.task(id));
            let task = id.ok_or_else(|| missing(model.task_ids().next().is_some(), "task", what.clone()))?;
            let elapsed = Elapsed::of(task, model);
            let note = (!elapsed.is_complete).then(|| cut(&what));
            let (goroutine, range) = (goid(task.begin_goroutine), Some(elapsed.begin..elapsed.end));
            Ok(Named { goroutine, range, population, note, ..Named::default() })
        }
        One::Region(row) => {
            let what = format!("region {row}");
            let region = model.regions().get(row as usize);
            let region =
                region.ok_or_else(|| missing(!model.regions().is_empty(), "region", what.clone()))?;
            let note = (!is_complete(region)).then(|| cut(&what));
            let (goroutine, range) = (goid(region.goroutine), Some(region.begin..region.end));
            Ok(Named { goroutine, range, population, note, ..Named::default() })
        }
        One::Goroutine(number) => {
            let what = format!("goroutine {number}");
            let life = model.goroutine_by_number(number).and_then(|id| model.goroutine(id));
            let life = life.ok_or_else(|| NoSuchThing::NotThere(what.clone()))?;
            let note = (!(life.is_created && life.is_ended)).then(|| cut(&what));
            let range = Some(life.creation..life.end);
            Ok(Named { goroutine: Some(number), range, population, note, ..Named::default() })
        }
        One::Stretch { goroutine, begin_nanos, end_nanos } => {
            let what = format!("goroutine {goroutine}");
            let life = model.goroutine_by_number(goroutine).and_then(|id| model.goroutine(id));
            let life = life.ok_or_else(|| NoSuchThing::NotThere(what.clone()))?;
            let at = |nanos: i64| model.range().start.saturating_add(nanos);
            let range = at(begin_nanos).max(life.creation)..at(end_nanos).min(life.end);
            if range.is_empty() {
                let until = match end_nanos {
                    i64::MAX => "on".to_owned(),
                    _ => format!("to {}", column::moment(end_nanos)),
                };
                let when = format!("{what} from {} {until}", column::moment(begin_nanos));
                return Err(NoSuchThing::NotThere(when));
            }
            Ok(Named { goroutine: Some(goroutine), range: Some(range), population, ..Named::default() })
        }
    }
}

/// `has_any`: whether the trace has others of the kind.
fn missing(has_any: bool, kind: &'static str, what: String) -> NoSuchThing {
    if has_any { NoSuchThing::NotThere(what) } else { NoSuchThing::NoneAtAll(kind, what) }
}

/// What handles look like.
const FORMS: &str = "g:412, task:51, region:17, func:main.worker, lock:main.find, 1.2s or 1.2s..1.4s";

impl FromStr for Handle {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Some((word, name)) = text.split_once(':') else { return times_in(text).map(Self::Times) };
        let is_no = |what: &str| format!("{text:?} is no {what}");
        match word {
            "g" => goroutine_in(name).map(Self::One).map_err(|what| is_no(&what)),
            "task" => {
                name.parse().map(|number| Self::One(One::Task(number))).or(Err(is_no("task, as task:51")))
            }
            "region" => {
                name.parse().map(|row| Self::One(One::Region(row))).or(Err(is_no("region, as region:17")))
            }
            "func" if !name.is_empty() => Ok(Self::Function(name.to_owned())),
            "lock" if !name.is_empty() => Ok(Self::Lock(name.to_owned())),
            _ => Err(is_no(&format!("handle: {FORMS}"))),
        }
    }
}

/// A moment or a range of time. Only what begins as a number was meant for one.
fn times_in(text: &str) -> Result<Times, String> {
    if !text.starts_with(|letter: char| letter.is_ascii_digit() || letter == '.') {
        return Err(format!("{text:?} is no handle: {FORMS}"));
    }
    if text.contains("..") { text.parse() } else { moment(text) }
}

/// A goroutine, or a stretch of time on it: `412`, `412@1200ns..1400ns`; else what it is not.
fn goroutine_in(name: &str) -> Result<One, String> {
    let (goid, times) = name.split_once('@').map_or((name, None), |(goid, times)| (goid, Some(times)));
    let goroutine = goid.parse().or(Err("goroutine, as g:412"))?;
    let Some(times) = times else { return Ok(One::Goroutine(goroutine)) };
    let Times { begin_nanos, end_nanos } =
        times.parse().map_err(|why: String| format!("stretch of a goroutine: {why}"))?;
    Ok(One::Stretch { goroutine, begin_nanos, end_nanos: end_nanos.unwrap_or(i64::MAX) })
}

/// As it is typed.
impl fmt::Display for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(One::Task(number)) => write!(f, "task:{number}"),
            Self::One(One::Region(row)) => write!(f, "region:{row}"),
            Self::One(One::Goroutine(goid)) => write!(f, "g:{goid}"),
            // To the end of the goroutine.
            Self::One(One::Stretch { goroutine, begin_nanos, end_nanos: i64::MAX }) => {
                write!(f, "g:{goroutine}@{begin_nanos}ns..")
            }
            Self::One(One::Stretch { goroutine, begin_nanos, end_nanos }) => {
                write!(f, "g:{goroutine}@{begin_nanos}ns..{end_nanos}ns")
            }
            Self::Function(name) => write!(f, "func:{name}"),
            Self::Lock(name) => write!(f, "lock:{name}"),
            Self::Times(times) => times.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use goscope_analysis::testing::trace;

    use super::*;

    #[test]
    fn a_handle_is_read_as_it_is_written() {
        for text in [
            "g:412",
            "g:7@1200ns..1400ns",
            "g:7@1200ns..",
            "task:51",
            "region:17",
            "func:main.(*Shop).serve",
            "lock:main.find",
            "1200ns",
            "1200ns..1400ns",
            "1200ns..",
        ] {
            assert_eq!(text.parse::<Handle>().map(|handle| handle.to_string()).as_deref(), Ok(text));
        }
        assert_eq!("1.2us..".parse::<Handle>().map(|it| it.to_string()).as_deref(), Ok("1200ns.."));
    }

    #[test]
    fn what_is_no_handle_is_said() {
        let wrong = |text: &str| text.parse::<Handle>().unwrap_err();
        assert_eq!(wrong("g:main"), "\"g:main\" is no goroutine, as g:412");
        assert_eq!(wrong("task:x"), "\"task:x\" is no task, as task:51");
        assert_eq!(wrong("12"), "\"12\" needs a unit: ns, us, ms, s or m");
        assert_eq!(wrong("2s..1s"), "the end of the range is not after its begin");
        assert!(wrong("checkout").starts_with("\"checkout\" is no handle: g:412, task:51"));
        assert!(wrong("p:1").starts_with("\"p:1\" is no handle: g:412"));
        assert!(wrong("g:7@2s").starts_with("\"g:7@2s\" is no stretch of a goroutine: a range is"));
    }

    const SHOP: &str = r#"
        G1 main.main: 0 was running P0
        G2 main.serve: 10 runnable by G1, 12 running P1, 90 end
        task 5 "checkout" G2: 20..80
        task 6 "checkout" G2: 30..
        region "find" G2 task 5: 40..50
        end: 100
    "#;

    #[test]
    fn a_handle_names_a_goroutine_a_time_and_what_answers_are_about() {
        let model = trace(SHOP);
        let found = |text: &str| {
            let named = text.parse::<Handle>().expect("a handle").find(&model);
            named.map(|it| (it.goroutine, it.range, it.note.is_some())).map_err(|error| error.to_string())
        };
        assert_eq!(found("task:5"), Ok((Some(2), Some(20..80), false)));
        assert_eq!(found("task:6"), Ok((Some(2), Some(30..100), true)));
        assert_eq!(found("region:0"), Ok((Some(2), Some(40..50), false)));
        assert_eq!(found("g:2"), Ok((Some(2), Some(10..90), false)));
        assert_eq!(found("g:1"), Ok((Some(1), Some(0..100), true)));
        assert_eq!(found("g:2@15ns..1s"), Ok((Some(2), Some(15..90), false)));
        assert_eq!(found("func:main.serve"), Ok((None, None, false)));
        assert_eq!(found("30ns"), Ok((None, Some(30..31), false)));
        assert_eq!(found("100ns"), Ok((None, Some(99..100), false)));
        let error = |text: &str| found(text).unwrap_err();
        assert_eq!(error("task:7"), "there is no task 7 in this trace");
        assert_eq!(error("region:1"), "there is no region 1 in this trace");
        assert_eq!(error("g:9"), "there is no goroutine 9 in this trace");
        assert_eq!(error("func:main.nowhere"), "there is no goroutine that runs main.nowhere in this trace");
        assert_eq!(error("1s"), "1.000000s is not in this trace, which ends at 0.000000s");
        assert!(error("g:2@95ns..99ns").starts_with("there is no goroutine 2 from 0.000000s"));
        assert_eq!(error("g:2@95ns.."), "there is no goroutine 2 from 0.000000s on in this trace");
        let bare = trace("G1 main.main: 0 was running P0\nend: 10");
        let named = "task:7".parse::<Handle>().expect("a handle").find(&bare);
        assert_eq!(
            named.map_err(|error| error.to_string()),
            Err("there are no tasks in this trace, so no task 7".to_owned())
        );
    }

    #[test]
    fn an_instance_is_found_by_its_own_handle() {
        let model = trace(SHOP);
        for one in [One::Task(5), One::Region(0), One::Goroutine(2)] {
            let instance = AnswerInstance::of_one(&model, one).expect("it is there");
            assert_eq!(Handle::of(&model, &instance), Handle::One(one));
        }
    }
}
