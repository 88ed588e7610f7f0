//! Which functions a benchmark spends its time in, or what made it slower: the answer of `goscope bench explain` on the files
//! of a tab, and the operation of the benchmark as profiles for flame graphs.

use std::sync::Arc;

use goscope_analysis::explain::{BenchmarkKey, Explanation, Recording, SideFigures, explain};
use goscope_parsers::bench::{BenchName, BenchOutput};

use super::bench_rows::{BenchRows, ComparedRowsQuery, SideRowsQuery};
use super::bench_verdict::BenchSide;
use crate::document::Document;
use crate::query::bench_files::BenchFiles;
use crate::query::documents::Documents;
use crate::query::judged::Judged;
use crate::query::question::{Question, QuestionError};
use crate::query::side_format::SideScale;
use crate::report::explanation::shown::{Shown, shown_rows, side_line};

/// Asks what explains a benchmark.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ExplainQuery {
    /// The name of its results: `Encode/json-8`; `None` for the one that changed most of those that were profiled, or of one
    /// side the first.
    pub benchmark: Option<String>,
    /// How two sides are compared; `None` of one side.
    pub compared: Option<ComparedRowsQuery>,
}

/// What explains a benchmark.
#[derive(Debug)]
pub struct Explained {
    /// The name of its results.
    pub name: String,
    /// The answer. Of two sides of which only one was profiled, it is about that one.
    pub explanation: Explanation,
    /// The rows of the table: made here and not in a frame, for a profile may have thousands of functions.
    pub rows: Vec<Shown>,
    /// The answer, what the sides rest on, and what is to be known, a sentence each.
    pub facts: Vec<String>,
}

/// Functions that are listed; the others are one row.
const MAX_ROWS: usize = 40;

impl Explained {
    /// `lacks` is the side that has no profile, of two.
    fn new(name: String, explanation: Explanation, lacks: Option<&'static str>) -> Self {
        let rows = shown_rows(&explanation, MAX_ROWS);
        let facts = facts(&explanation, lacks);
        Self { name, explanation, rows, facts }
    }
}

fn facts(explanation: &Explanation, lacks: Option<&'static str>) -> Vec<String> {
    let unit = explanation.unit();
    let mut facts = vec![explanation.line()];
    if let Some(base) = &explanation.base {
        facts.push(side_line(unit, "base", base));
    }
    let name = if explanation.base.is_some() { "head" } else { "" };
    facts.push(side_line(unit, name, &explanation.head));
    facts.extend(explanation.notes.iter().map(|note| note.text(unit)));
    facts.extend(
        lacks.map(|side| format!("there is no CPU profile of the {side}: add it to see what changed")),
    );
    facts
}

impl Question for ExplainQuery {
    type Answer = Explained;
    type Input = (Option<ComparedRowsQuery>, Option<SideRowsQuery>);

    fn input(&self) -> Self::Input {
        let alone = self.compared.is_none().then(SideRowsQuery::default);
        (self.compared.clone(), alone)
    }

    fn answer(
        &self,
        documents: Documents<'_>,
        (compared, alone): (Option<Arc<BenchRows<Judged>>>, Option<Arc<BenchRows<BenchSide>>>),
    ) -> Result<Explained, QuestionError> {
        let [base, head] = documents.bench_files()?;
        let in_order: Vec<&str> = match (&compared, &alone) {
            (Some(rows), _) => rows.order.iter().map(|at| &*rows.of.verdict.rows[*at].name).collect(),
            (None, Some(rows)) => rows.order.iter().map(|at| &*rows.of.benchmarks[*at].name).collect(),
            (None, None) => Vec::new(),
        };
        let name = match &self.benchmark {
            Some(name) => name.clone(),
            None => worth_a_look(&in_order, &[&base, &head]),
        };
        let recorded = [recorded(&base, &name)?, recorded(&head, &name)?];
        let [before, after] =
            [&base, &head].map(|files| files.has_profiles().then(|| files.recording(&name)));
        let key = key_of(&name, recorded.iter().flatten());
        let is_compared = compared.is_some();
        let (explanation, lacks) = match (&before, &after) {
            (Some(before), Some(after)) => (explain(Some(before), after, &key), None),
            (None, Some(after)) => (explain(None, after, &key), Some("base")),
            (Some(before), None) => (explain(None, before, &key), Some("head")),
            (None, None) => return Err(QuestionError::NoProfile),
        };
        Ok(Explained::new(name, explanation, lacks.filter(|_| is_compared)))
    }
}

/// The first benchmark of which there are samples; otherwise the first.
fn worth_a_look(in_order: &[&str], sides: &[&BenchFiles<'_>]) -> String {
    let has_samples = |files: &&BenchFiles<'_>, name: &str| {
        let recording = files.recording(name);
        recording.benchmarks().iter().any(|benchmark| benchmark.names.iter().any(|it| **it == *name))
    };
    let is_profiled = |files: &&BenchFiles<'_>, name: &str| {
        files.profiled().iter().any(|output| output.results.iter().any(|result| *result.name == *name))
    };
    let found = in_order.iter().find(|name| {
        let mut sides = sides.iter().copied().filter(|files| files.has_profiles());
        sides.any(|files| is_profiled(&files, name) && has_samples(&files, name))
    });
    found.or(in_order.first()).map(|name| (*name).to_owned()).unwrap_or_default()
}

/// The outputs of a side that say how often a benchmark ran under its profiles.
///
/// # Errors
/// If they are of other sub-benchmarks of the same function alone, of which a profile looks the same.
fn recorded<'d>(files: &BenchFiles<'d>, name: &str) -> Result<Vec<&'d BenchOutput>, QuestionError> {
    let outputs = files.profiled();
    let results = || outputs.iter().flat_map(|output| &output.results);
    if files.has_profiles() && !results().any(|result| *result.name == *name) {
        let others = results().filter(|result| function_of(&result.name) == function_of(name));
        let mut others: Vec<String> = others.map(|result| result.name.to_string()).collect();
        others.dedup();
        if !others.is_empty() {
            return Err(QuestionError::ProfilesOfOthers {
                profiled: others.join(", "),
                asked: name.to_owned(),
            });
        }
    }
    Ok(outputs)
}

/// The function of a benchmark, by the name of a result.
fn function_of(name: &str) -> String {
    String::from_utf8_lossy(BenchName(name.as_bytes()).head()).into_owned()
}

/// The function of a benchmark, and its package where an output says it.
fn key_of<'o>(name: &str, outputs: impl Iterator<Item = &'o &'o BenchOutput>) -> BenchmarkKey {
    let mut results = outputs.flat_map(|output| &output.results);
    let result = results.find(|result| *result.name == *name);
    result.map_or_else(
        || BenchmarkKey { package: String::new(), name: function_of(name) },
        BenchmarkKey::of_result,
    )
}

/// Asks for the operation of a benchmark as profiles.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct OperationQuery {
    /// Which benchmark, and how it is explained.
    pub explain: ExplainQuery,
}

/// The samples of a benchmark's operation.
#[derive(Debug)]
pub struct Operation {
    /// Of the base; empty of one side.
    pub base: Vec<Arc<Document>>,
    /// Of the head, or of the only side.
    pub head: Vec<Arc<Document>>,
    /// How values become time per operation.
    pub scale: SideScale,
}

impl Operation {
    /// The profiles of both sides, or of one.
    pub fn documents(&self) -> Documents<'_> {
        if self.base.is_empty() {
            Documents::of_tab(&self.head)
        } else {
            Documents::sides(&self.base, &self.head)
        }
    }
}

impl Question for OperationQuery {
    type Answer = Operation;
    type Input = ExplainQuery;

    fn input(&self) -> ExplainQuery {
        self.explain.clone()
    }

    fn answer(
        &self,
        documents: Documents<'_>,
        explained: Arc<Explained>,
    ) -> Result<Operation, QuestionError> {
        let Explained { name, explanation, .. } = &*explained;
        let profile_of = |side: &[Arc<Document>]| -> Result<Vec<Arc<Document>>, QuestionError> {
            let files = BenchFiles::of(side)?;
            let Some(first) = side.iter().find(|document| document.profile().is_some()) else {
                return Ok(Vec::new());
            };
            let recording: Recording<'_> = files.recording(name);
            let profile = recording.operation_profile(&explanation.key);
            let profile = profile.map_err(|error| QuestionError::Merge(error.to_string()))?;
            Ok(vec![Arc::new(Document::derived(first, profile))])
        };
        let [base, head] = documents.both_sides();
        let (mut base, mut head) = (profile_of(base)?, profile_of(head)?);
        if head.is_empty() {
            std::mem::swap(&mut base, &mut head);
        }
        let factor = |side: &SideFigures| side.per_op_factor;
        let before = explanation.base.as_ref().map(factor);
        let scale = SideScale::per_operation(before, factor(&explanation.head));
        Ok(Operation { base, head, scale })
    }
}
