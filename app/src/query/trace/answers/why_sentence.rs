//! What `goscope trace why` found, in one sentence.
//!
//! ```text
//! checkout: 66.7 ms against 435 µs. 98% of the difference: main.(*Index).rebuild computes in main.parse
//! while it waits in main.(*Index).snapshot for sync.(*RWMutex).RLock, which main.(*Index).publish releases
//! ```

use goscope_analysis::trace::answers::critical_path::PathClass;
use goscope_analysis::trace::answers::population::Population;
use goscope_analysis::trace::answers::requests::endpoint_text;
use goscope_analysis::trace::model::TraceModel;
use goscope_analysis::trace::names::given_name;
use goscope_parsers::trace::StringId;

use super::sentence::{Link, Sentence};
use super::why::{Answer, Why, WhyAnswer};
use crate::text;

/// The sentence; `None` if there is nothing to say, because there is no instance.
pub fn why_sentence(model: &TraceModel, answer: &WhyAnswer) -> Option<Sentence> {
    let WhyAnswer { population, why } = answer;
    let population = population.as_ref().filter(|_| !why.wall.is_empty())?;
    let subject = Sentence::default().noun(population.text(), Link::Population(population.clone()));
    let first = why.answers.first()?;
    let slow = text::duration(why.slow_mean().round() as i64);
    if why.typical.0 == 0 {
        let share = whole_percent(why.slow_share_of(first));
        let average = if why.wall.count() == 1 { "" } else { " on average" };
        let sentence = subject.plain(format!(": {slow}{average}. {share} of that: "));
        return Some(cause(model, sentence, first));
    }
    let typical = text::duration(why.typical_mean().round() as i64);
    if !why.has_tail() {
        let share = whole_percent(why.slow_share_of(first));
        let slowest =
            format!(": the slowest take {slow}, typical ones {typical}: no tail. {share} of the slowest: ");
        return Some(cause(model, subject.plain(slowest), first));
    }
    let share = whole_percent(why.gap_share_of(first).unwrap_or(0.0));
    let sentence = subject.plain(format!(": {slow} against {typical}. {share} of the difference: "));
    Some(cause(model, sentence, first))
}

fn whole_percent(share: f64) -> String {
    format!("{:.0}%", share * 100.0)
}

/// A part of the time as a sentence of its own: who does what where, and what the instance waits in meanwhile.
pub fn cause_sentence(model: &TraceModel, answer: &Answer) -> Sentence {
    cause(model, Sentence::default(), answer)
}

/// What the sentence rests on: how long they take, how many are slow, and by which rule.
pub fn why_evidence(answer: &WhyAnswer) -> Option<Sentence> {
    let WhyAnswer { population, why } = answer;
    let population = population.as_ref().filter(|_| !why.wall.is_empty())?;
    let nanos = |nanos: u64| text::duration(i64::try_from(nanos).unwrap_or(i64::MAX));
    let count = |count: u64| usize::try_from(count).unwrap_or(usize::MAX);
    let p = why.wall.percentiles();
    let numbers = [("p50", p.p50), ("p90", p.p90), ("p99", p.p99), ("max", p.max)];
    let numbers = numbers.map(|(name, length)| format!("{name} {}", nanos(length))).join(" · ");
    let counted = text::counted(count(why.wall.count()), population.noun());
    let slow = match why.cohorts.rule {
        "none" => "too few to tell slow from typical".to_owned(),
        rule => format!(
            "{} slow from {} (rule: {rule}), {} typical",
            text::count(count(why.slow.0)),
            nanos(why.cohorts.slow_from_nanos),
            text::count(count(why.typical.0))
        ),
    };
    Some(
        Sentence::default()
            .noun(counted, Link::Population(population.clone()))
            .plain(format!(": {numbers} · {slow}")),
    )
}

/// Goes on with who does what where, and what the instance waits in meanwhile.
pub(super) fn cause(model: &TraceModel, sentence: Sentence, answer: &Answer) -> Sentence {
    let name = |id: StringId| model.tables().string_lossy(id).into_owned();
    let mut sentence = match answer.key.role {
        None => sentence.plain("its own goroutine "),
        Some(StringId::NONE) => sentence.plain("another goroutine "),
        Some(role) => sentence.function(&name(role)).plain(" "),
    };
    // The same wait twice would say nothing: that nobody knows who makes it wait is said once.
    let is_unknown_wait = answer.key.class == PathClass::Waiting && answer.key.role.is_none();
    if is_unknown_wait && !answer.waiter_path.is_empty() {
        return unknown_wait(model, sentence.plain("waits in "), answer);
    }
    sentence = sentence.plain(answer.key.class.verb());
    if answer.function == StringId::NONE {
        // Without any stack the path ends in the function of the goroutine, which has no name.
        let differs = answer.path.is_empty();
        sentence =
            sentence.plain(if differs { ", most of it in no one function" } else { ": no stack says where" });
    }
    if answer.function != StringId::NONE && answer.key.role != Some(answer.function) {
        sentence = sentence.plain(" in ").function(&name(answer.function));
    }
    if let Some(&innermost) = answer.waiter_path.last() {
        sentence = sentence.plain(" while it waits in ").function(&name(answer.waiter));
        if innermost != answer.waiter {
            sentence = sentence.plain(" for ").function(&name(innermost));
        }
        // Of a lock it is whoever held it; of a wait group, one of those who are waited for.
        let is_lock = name(innermost).starts_with("sync.") && name(innermost).contains("Mutex");
        if is_lock && answer.waker != StringId::NONE && answer.waker != answer.function {
            sentence = sentence.plain(", which ").function(&name(answer.waker)).plain(" releases");
        }
    }
    if let Some(behind) = answer.key.behind {
        let tasks = Population::Tasks(Some(name(behind)));
        let noun = given_name(model.tables(), behind);
        sentence = sentence.plain(", behind other ").noun(noun, Link::Population(tasks)).plain(" tasks");
    }
    if answer.is_inferred {
        sentence = sentence.plain(" (the holder of the lock was concluded for a part of it)");
    }
    sentence
}

/// Goes on with a wait of which the trace does not tell for whom: who holds a lock is not in it.
fn unknown_wait(model: &TraceModel, sentence: Sentence, answer: &Answer) -> Sentence {
    let name = |id: StringId| model.tables().string_lossy(id).into_owned();
    let mut sentence = sentence.function(&name(answer.waiter));
    if let Some(&innermost) = answer.waiter_path.last().filter(|innermost| **innermost != answer.waiter) {
        sentence = sentence.plain(" for ").function(&name(innermost));
    }
    sentence = sentence.plain(", and the trace does not tell for whom");
    if answer.waker == StringId::NONE {
        return sentence;
    }
    sentence.plain("; ").function(&name(answer.waker)).plain(" lets it go on")
}

/// What a part of the time is, in a table: `main.worker: computes`.
pub fn answer_text(model: &TraceModel, answer: &Answer) -> String {
    let who = answer.key.role.map_or("own".to_owned(), |role| {
        let name = model.tables().string_lossy(role).into_owned();
        if name.is_empty() { "(no stack was seen)".to_owned() } else { name }
    });
    let behind = answer.key.behind.map(|name| format!(", behind {}", given_name(model.tables(), name)));
    format!("{who}: {}{}", class_text(answer.key.class), behind.unwrap_or_default())
}

/// A class in a table.
pub const fn class_text(class: PathClass) -> &'static str {
    match class {
        PathClass::Running => "running",
        PathClass::GcAssist => "GC assist",
        PathClass::GcWait => "waits for the GC",
        PathClass::StopTheWorld => "world stopped",
        PathClass::Starved => "no P free",
        PathClass::LostP => "no P free after a system call",
        PathClass::Wakeup => "wake-up",
        PathClass::Throttled => "process stopped",
        PathClass::Syscall => "system call",
        PathClass::Network => "network",
        PathClass::Timer => "timer",
        PathClass::Waiting => "waiting, nobody known",
        PathClass::Unknown => "not in the trace",
    }
}

/// The name of an instance's kind: task type, region, endpoint or function.
pub fn instance_name(model: &TraceModel, population: &Population, name: StringId) -> String {
    match population {
        Population::Requests(_) => endpoint_text(model, name),
        _ => given_name(model.tables(), name),
    }
}

/// What is said where no instance is complete; `is_part`: in the part of the trace that is looked at.
pub fn nothing_complete(population: &Population, incomplete: u64, is_part: bool) -> String {
    let what = population.text();
    match (population, incomplete) {
        (Population::One(_), 1) => {
            format!("{what} begins or ends outside of the trace: how long it took is not known")
        }
        _ if is_part => format!("none of {what} that are complete lies in this part of the trace"),
        (_, 0) => format!("there are no {what} in this trace"),
        _ => format!("none of {what} is complete: {incomplete} begin or end outside of the trace"),
    }
}

/// Whether paths were cut off, and instances left out, in sentences.
pub fn why_notes(answer: &WhyAnswer) -> Vec<String> {
    let Why { incomplete, cut_off, cohorts, .. } = &answer.why;
    let noun = answer.population.as_ref().map_or("instance", Population::noun);
    let mut notes = Vec::new();
    if *incomplete > 0 {
        let is_one = *incomplete == 1;
        let (verb, them) = if is_one { ("begins or ends", "it is") } else { ("begin or end", "they are") };
        let counted = text::counted(usize::try_from(*incomplete).unwrap_or(usize::MAX), noun);
        notes.push(format!("{counted} {verb} outside of the trace: {them} left out."));
    }
    if *cut_off > 0 {
        let counted = text::counted(usize::try_from(*cut_off).unwrap_or(usize::MAX), "path");
        notes.push(format!("{counted} had over 100,000 segments; the earliest part counts as waiting."));
    }
    let is_one = matches!(answer.population, Some(Population::One(_)));
    if cohorts.rule == "none" && !answer.why.wall.is_empty() && !is_one {
        notes.push("Fewer than four: slow ones cannot be told from typical ones.".to_owned());
    }
    notes
}
