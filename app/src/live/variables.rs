//! Of which goroutines variables are asked for.

use goscope_analysis::dump::{DumpFilter, Group, Grouping, groups, select};
use goscope_analysis::symbol::{FrameKind, kind_of};
use goscope_parsers::dump::{DumpFile, FrameId, Tables};

use super::take::VariableQuestion;

/// Of how much variables are asked for.
#[derive(Clone, Copy, Debug)]
pub struct VariableLimits {
    /// Groups.
    pub groups: usize,
    /// Frames of each.
    pub frames: usize,
    /// Whether frames of the runtime and of libraries count, too.
    pub is_full: bool,
}

/// The first goroutine of each of the first groups, in the innermost frames of the program's own code, or in all of them.
pub fn variable_questions(
    file: &DumpFile,
    filter: &DumpFilter,
    grouping: &Grouping,
    limits: VariableLimits,
) -> Vec<VariableQuestion> {
    let Some(dump) = file.dumps.last() else { return Vec::new() };
    let rows = select(dump, &file.tables, filter);
    let groups = groups(dump, &file.tables, grouping, &rows);
    let question = |group: &Group| {
        let goroutine = group.goroutines(dump).next()?;
        let frames = file.tables.stack(goroutine.stack).frames;
        let is_asked = |&(_, &frame): &(usize, &FrameId)| {
            limits.is_full || kind_of(file.tables.function(frame)) == FrameKind::User
        };
        // The mark where frames are missing is none.
        let known = frames.iter().enumerate().filter(|(_, frame)| **frame != Tables::ELIDED);
        let frames: Vec<usize> = known.filter(is_asked).map(|(index, _)| index).take(limits.frames).collect();
        (!frames.is_empty()).then_some(VariableQuestion { goroutine: goroutine.id, frames })
    };
    groups.iter().take(limits.groups).filter_map(question).collect()
}
