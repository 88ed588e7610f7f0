//! How answers are kept, asked with small questions that need no document.

use std::sync::mpsc::{Receiver, channel};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use goscope_parsers::pprof::Profile;

use super::*;
use crate::document::{Document, Source};
use crate::query::{Given, QuestionError};

const HERE: Slot = Slot { tab: 1, place: "here" };
const THERE: Slot = Slot { tab: 1, place: "there" };

/// Twice a number.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Double(u32);

impl Question for Double {
    type Answer = u32;
    type Input = ();

    fn input(&self) {}

    fn answer(&self, _: Documents<'_>, (): ()) -> Result<u32, QuestionError> {
        Ok(self.0 * 2)
    }
}

/// The same number as a question of another type, whose answer is a text.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Spelled(u32);

impl Question for Spelled {
    type Answer = String;
    type Input = Double;

    fn input(&self) -> Double {
        Double(self.0)
    }

    fn answer(&self, _: Documents<'_>, double: Given<Self>) -> Result<String, QuestionError> {
        Ok(format!("twice {} is {double}", self.0))
    }
}

/// What is made from something that is made from something else.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Shouted(u32);

impl Question for Shouted {
    type Answer = String;
    type Input = Spelled;

    fn input(&self) -> Spelled {
        Spelled(self.0)
    }

    fn answer(&self, _: Documents<'_>, spelled: Given<Self>) -> Result<String, QuestionError> {
        Ok(spelled.to_uppercase())
    }
}

/// Has no answer, or panics instead of giving one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Hopeless {
    panics: bool,
}

impl Question for Hopeless {
    type Answer = u32;
    type Input = ();

    fn input(&self) {}

    fn answer(&self, _: Documents<'_>, (): ()) -> Result<u32, QuestionError> {
        assert!(!self.panics, "a mistake");
        Err(QuestionError::NoTrace)
    }
}

/// Made from what has no answer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct OfHopeless;

impl Question for OfHopeless {
    type Answer = u32;
    type Input = Hopeless;

    fn input(&self) -> Hopeless {
        Hopeless { panics: false }
    }

    fn answer(&self, _: Documents<'_>, number: Given<Self>) -> Result<u32, QuestionError> {
        Ok(*number)
    }
}

/// Keeps its worker busy while the gate is held.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Gated;

static GATE: Mutex<()> = Mutex::new(());

impl Question for Gated {
    type Answer = u32;
    type Input = ();

    fn input(&self) {}

    fn answer(&self, _: Documents<'_>, (): ()) -> Result<u32, QuestionError> {
        drop(GATE.lock().unwrap_or_else(PoisonError::into_inner));
        Ok(0)
    }
}

/// A window of one worker.
struct Window {
    derived: Derived,
    wakes: Receiver<()>,
}

impl Window {
    fn new() -> Self {
        let (wake, wakes) = channel();
        // Nobody listens any more when the test is over.
        let derived = Derived::new(1, move || {
            let _ = wake.send(());
        });
        Self { derived, wakes }
    }

    /// One frame in which one question is asked.
    fn frame<Q: Question>(
        &mut self,
        slot: Slot,
        documents: &[Arc<Document>],
        question: &Q,
    ) -> Shown<Q::Answer> {
        self.derived.begin_frame();
        let shown = self.derived.ask(slot, Documents::of_tab(documents), question);
        self.derived.end_frame();
        shown
    }

    /// Frames until the question has an answer or a reason.
    fn settled<Q: Question>(
        &mut self,
        slot: Slot,
        documents: &[Arc<Document>],
        question: &Q,
    ) -> Shown<Q::Answer> {
        loop {
            let shown = self.frame(slot, documents, question);
            if shown.status != Status::Computing {
                return shown;
            }
            self.wakes.recv_timeout(Duration::from_secs(20)).expect("the worker ends");
        }
    }
}

fn document() -> Arc<Document> {
    Arc::new(Document::from_profile(Source::Sample("a".to_owned()), Profile::default()))
}

fn reason<A>(shown: &Shown<A>) -> &str {
    match &shown.status {
        Status::Failed(reason) => reason,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_answer_comes_with_its_type_and_is_kept() {
    let mut window = Window::new();
    assert_eq!(window.settled(HERE, &[], &Double(4)).answer.as_deref(), Some(&8));
    // Equal questions of another type are other questions.
    assert_eq!(window.frame(HERE, &[], &Spelled(4)).status, Status::Computing);
    assert_eq!(window.frame(THERE, &[], &Double(4)).status, Status::Ready);
}

#[test]
fn an_input_of_an_input_is_answered_first() {
    let mut window = Window::new();
    let shown = window.settled(HERE, &[], &Shouted(4));
    assert_eq!(shown.answer.as_deref().map(String::as_str), Some("TWICE 4 IS 8"));
    assert_eq!(window.frame(THERE, &[], &Spelled(4)).status, Status::Ready, "what it was made from is kept");
}

#[test]
fn the_old_picture_stays_until_the_new_one_is_there() {
    let mut window = Window::new();
    let documents = [document()];
    window.settled(HERE, &documents, &Double(1));
    let gate = GATE.lock().unwrap_or_else(PoisonError::into_inner);
    window.frame(THERE, &documents, &Gated);
    let shown = window.frame(HERE, &documents, &Double(2));
    assert_eq!((shown.answer.as_deref(), shown.status), (Some(&2), Status::Computing));
    // Not in a place that showed nothing, nor that of another family, nor an answer of another type.
    assert!(window.frame(THERE, &documents, &Double(3)).answer.is_none());
    assert!(window.frame(HERE, &[document()], &Double(2)).answer.is_none());
    assert!(window.frame(HERE, &documents, &Spelled(7)).answer.is_none());
    drop(gate);
    assert_eq!(window.settled(HERE, &documents, &Double(2)).answer.as_deref(), Some(&4));
}

#[test]
fn what_no_view_asks_for_is_canceled() {
    let mut window = Window::new();
    let gate = GATE.lock().unwrap_or_else(PoisonError::into_inner);
    window.frame(HERE, &[], &Gated);
    window.frame(HERE, &[], &Double(5));
    window.frame(HERE, &[], &Double(6));
    drop(gate);
    assert_eq!(window.settled(HERE, &[], &Double(6)).answer.as_deref(), Some(&12));
    assert_eq!(window.frame(HERE, &[], &Double(5)).status, Status::Computing, "it was never computed");
}

#[test]
fn old_answers_are_dropped_the_oldest_first() {
    let mut window = Window::new();
    for number in 0..=KEPT_ANSWERS as u32 + 1 {
        window.settled(HERE, &[], &Double(number));
    }
    assert_eq!(window.frame(HERE, &[], &Double(1)).status, Status::Ready);
    assert_eq!(window.frame(HERE, &[], &Double(0)).status, Status::Computing);
}

#[test]
fn a_forgotten_document_takes_its_answers_with_it() {
    let mut window = Window::new();
    let (one, other) = ([document()], [document()]);
    window.settled(HERE, &one, &Double(1));
    window.settled(THERE, &other, &Double(1));
    window.derived.forget(one[0].id);
    assert_eq!(window.frame(THERE, &other, &Double(1)).status, Status::Ready);
    let shown = window.frame(HERE, &one, &Double(1));
    assert_eq!((shown.answer, shown.status), (None, Status::Computing));
}

#[test]
fn a_failure_is_a_sentence_also_of_what_is_made_from_it() {
    let mut window = Window::new();
    let shown = window.settled(HERE, &[], &Hopeless { panics: false });
    assert_eq!(reason(&shown), QuestionError::NoTrace.to_string());
    assert_eq!(reason(&window.settled(HERE, &[], &OfHopeless)), QuestionError::NoTrace.to_string());
    let shown = window.settled(HERE, &[], &Hopeless { panics: true });
    assert!(reason(&shown).contains("a mistake"), "{shown:?}");
    assert_eq!(window.settled(HERE, &[], &Double(1)).status, Status::Ready, "the worker lives on");
}
