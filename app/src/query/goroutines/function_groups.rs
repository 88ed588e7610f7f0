//! The groups whose stacks hold a function.

use std::sync::Arc;

use goscope_analysis::dump::Group;

use super::answer::DumpsAnswerQuery;
use super::chosen::{looked_at, number_of};
use super::names::place_of;
use crate::query::documents::Documents;
use crate::query::dumps::Dumps;
use crate::query::question::{Question, QuestionError};
use crate::query::testing::code::CodePlace;
use crate::query::trace::answers::sentence::{Link, Sentence};
use crate::report::goroutines::text::group_title;
use crate::text;

/// Groups that are listed.
const MOST_GROUPS: usize = 100;

/// Asks for the groups.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FunctionGroupsQuery {
    /// Of which dump.
    pub of: DumpsAnswerQuery,
    /// The function, or what the flame graph writes in its place.
    pub function: String,
}

/// The groups.
#[derive(Debug, Default)]
pub struct FunctionGroups {
    /// Goroutines that stand in the function or in something that it called.
    pub n_goroutines: usize,
    /// Groups of them.
    pub n_groups: usize,
    /// A sentence each, those with the most goroutines first.
    pub groups: Vec<Sentence>,
    /// The line at which the largest of them stands in it.
    pub place: Option<CodePlace>,
}

impl Question for FunctionGroupsQuery {
    type Answer = FunctionGroups;
    type Input = DumpsAnswerQuery;

    fn input(&self) -> DumpsAnswerQuery {
        self.of.clone()
    }

    fn answer(&self, _: Documents<'_>, dumps: Arc<Dumps>) -> Result<FunctionGroups, QuestionError> {
        let Some(shown) = looked_at(&dumps, None) else { return Ok(FunctionGroups::default()) };
        let tables = shown.text.tables();
        let created = self.function.strip_prefix("created by ");
        let has = |group: &&Group| {
            let stack = tables.stack(group.stack);
            let is_creator =
                created.is_some_and(|name| stack.creator.is_some_and(|frame| tables.function(frame) == name));
            let is_state = group.state.is_some_and(|state| *tables.state(state).name == *self.function);
            is_creator
                || is_state
                || stack.frames.iter().any(|&frame| tables.function(frame) == self.function)
        };
        let mut groups: Vec<&Group> = shown.groups.iter().filter(has).collect();
        groups.sort_by_key(|group| std::cmp::Reverse(group.count()));
        let sentence = |group: &&Group| {
            let first = group.goroutines(shown.dump).next().map_or(0, |row| number_of(row.id));
            let title = format!("{} × {}", text::count(group.count()), group_title(group, tables));
            let sentence = Sentence::default().noun(title, Link::Goroutine(first));
            match goscope_analysis::dump::user_frame(tables, group.stack) {
                Some(frame) => sentence.plain(" in ").function(tables.function(frame)),
                None => sentence,
            }
        };
        let place = groups.iter().find_map(|group| {
            let frames = tables.stack(group.stack).frames;
            let frame = frames.iter().find(|frame| tables.function(**frame) == self.function)?;
            Some(place_of(tables, *frame))
        });
        Ok(FunctionGroups {
            place,
            n_goroutines: groups.iter().map(|group| group.count()).sum(),
            n_groups: groups.len(),
            groups: groups.iter().take(MOST_GROUPS).map(sentence).collect(),
        })
    }
}
