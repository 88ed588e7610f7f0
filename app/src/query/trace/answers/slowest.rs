//! The slowest instances, or those of them that have a part of the time that was chosen.

use std::collections::BTreeMap;
use std::sync::Arc;

use goscope_analysis::trace::answers::instances::AnswerOf;
use goscope_analysis::trace::answers::why::{AnswerKey, PathOfInstance, key_of};
use goscope_analysis::trace::model::TraceModel;
use goscope_analysis::trace::names::given_name;
use serde::{Deserialize, Serialize};

use super::path::InstancePlace;
use super::why::{WhyAnswer, WhyQuery};
use super::why_sentence::{class_text, instance_name};
use crate::query::documents::Documents;
use crate::query::question::{Question, QuestionError};

/// A part of what the time went to, in words, so that it means the same in every trace.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CauseChoice {
    /// What was done.
    pub class: String,
    /// The function that those run who did it; `None` for the instances themselves.
    pub goroutine_function: Option<String>,
    /// The type of the tasks that they worked for, if they are others.
    pub behind: Option<String>,
}

impl CauseChoice {
    /// The words for a part.
    pub fn of(model: &TraceModel, key: AnswerKey) -> Self {
        let text = |id| model.tables().string_lossy(id).into_owned();
        Self {
            class: key.class.name().to_owned(),
            goroutine_function: key.role.map(text),
            behind: key.behind.map(text),
        }
    }
}

/// Asks for the slowest instances.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct SlowestQuery {
    /// Of which.
    pub why: WhyQuery,
    /// Only those that have some of this.
    pub cause: Option<CauseChoice>,
}

/// The slowest instances, slowest first.
#[derive(Clone, Debug, Default)]
pub struct Slowest {
    /// The part that was chosen: its place among the answers, and its key; `None` if there is none like it.
    pub chosen: Option<(usize, AnswerKey)>,
    /// The instances.
    pub instances: Vec<SlowInstance>,
}

/// One of the slowest instances.
#[derive(Clone, Debug)]
pub struct SlowInstance {
    /// Where it is found.
    pub place: InstancePlace,
    /// Its name.
    pub name: String,
    /// How long it took, in ns.
    pub nanos: u64,
    /// How much of that is the part that was chosen, in ns; else the part that is most.
    pub part_nanos: u64,
    /// What that part is.
    pub part: String,
}

impl Question for SlowestQuery {
    type Answer = Slowest;
    type Input = WhyQuery;

    fn input(&self) -> WhyQuery {
        self.why.clone()
    }

    fn answer(&self, documents: Documents<'_>, why: Arc<WhyAnswer>) -> Result<Slowest, QuestionError> {
        let model = documents.model()?;
        let is_it =
            |key: AnswerKey| self.cause.as_ref().is_some_and(|cause| CauseChoice::of(model, key) == *cause);
        let answers = why.why.answers.iter().enumerate();
        let chosen = answers.map(|(at, answer)| (at, answer.key)).find(|&(_, key)| is_it(key));
        let instances = why.why.slowest.iter();
        let instances = instances.filter_map(|path| slow_instance(model, &why, path, chosen.map(|it| it.1)));
        Ok(Slowest { chosen, instances: instances.collect() })
    }
}

/// `None` if it has nothing of what was chosen.
fn slow_instance(
    model: &TraceModel,
    why: &WhyAnswer,
    path: &PathOfInstance,
    chosen: Option<AnswerKey>,
) -> Option<SlowInstance> {
    let it = &path.instance;
    let mut nanos: BTreeMap<AnswerKey, u64> = BTreeMap::default();
    for segment in &path.segments {
        *nanos.entry(key_of(model, segment, it.owner)).or_default() += segment.nanos();
    }
    let (key, part_nanos) = match chosen {
        Some(key) => (key, *nanos.get(&key)?),
        None => nanos.into_iter().max_by_key(|&(key, nanos)| (nanos, std::cmp::Reverse(key)))?,
    };
    let name = match &why.population {
        Some(population) => instance_name(model, population, it.name),
        None => given_name(model.tables(), it.name),
    };
    let name = match it.of {
        AnswerOf::Task(task) => format!("{name} #{}", model.tables().task_number(task)),
        _ => name,
    };
    let part = class_text(key.class).to_owned();
    Some(SlowInstance { place: InstancePlace::of(model, it), name, nanos: it.nanos(), part_nanos, part })
}
