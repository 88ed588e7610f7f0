//! What explains a benchmark, in sentences.

use crate::query::testing::explained::Explained;
use crate::report::explanation::shown::side_line;

/// The answer, what the sides rest on, and what is to be known.
pub fn facts(explained: &Explained) -> Vec<String> {
    let explanation = &explained.explanation;
    let unit = explanation.unit();
    let mut facts = vec![explanation.line()];
    if let Some(base) = &explanation.base {
        facts.push(side_line(unit, "base", base));
    }
    let name = if explanation.base.is_some() { "head" } else { "" };
    facts.push(side_line(unit, name, &explanation.head));
    facts.extend(explanation.notes.iter().map(|note| note.text(unit)));
    if let Some(side) = explained.lacks {
        facts.push(format!("there is no CPU profile of the {side}: add it to see what changed"));
    }
    facts
}
