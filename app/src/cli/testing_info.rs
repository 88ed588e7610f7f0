//! What `goscope info` says about what `go test` writes: benchmarks, results of tests, coverage.

use std::path::Path;
use std::slice;
use std::sync::Arc;

use goscope_parsers::bench::BenchOutput;
use goscope_parsers::{FileKind, Progress};
use serde_json::{Value, json};

use super::failure::Failure;
use crate::document::{Document, Source};
use crate::query::testing::bench_verdict::BenchSummaryQuery;
use crate::query::testing::coverage::CoverageTreeQuery;
use crate::query::testing::test_answer::TestAnswerQuery;
use crate::query::{Documents, answer};
use crate::text::counted;

/// Whether a file of this kind is one of them.
pub(super) const fn is_of_tests(kind: FileKind) -> bool {
    matches!(kind, FileKind::Benchmark | FileKind::TestEvents | FileKind::TestText | FileKind::Coverage)
}

/// Facts for people, one a line, and for scripts.
pub(super) struct TestingInfo {
    pub(super) lines: Vec<(&'static str, String)>,
    pub(super) json: Value,
}

/// Reads a file, or a folder that `GOCOVERDIR` named.
pub(super) fn testing_info(path: &Path, file: &str, format: &str) -> Result<TestingInfo, Failure> {
    let document = Document::load(&Source::File(path.to_owned()), &Progress::new())
        .map_err(|error| Failure::from_parse(error, path))?;
    let document = Arc::new(document);
    let mut info = if document.coverage().is_some() {
        coverage(&document)?
    } else if document.tests().is_some() {
        tests(&document)?
    } else {
        benchmarks(&document)?
    };
    info.lines.splice(0..0, [("file", file.to_owned()), ("format", format.to_owned())]);
    info.json["file"] = file.into();
    info.json["format"] = format.into();
    Ok(info)
}

fn benchmarks(document: &Arc<Document>) -> Result<TestingInfo, Failure> {
    let side = answer(&BenchSummaryQuery, Documents::of_tab(slice::from_ref(document)))?;
    let output = document.benchmarks();
    let n_results = output.map_or(0, |output| output.results.len());
    let config = output.map(config).unwrap_or_default();
    let mut units: Vec<&str> = Vec::new();
    for it in &side.benchmarks {
        if !units.contains(&&*it.unit) {
            units.push(&it.unit);
        }
    }
    let mut lines = vec![("results", n_results.to_string()), ("units", units.join(", "))];
    lines.extend(config.iter().map(|(key, value)| (*key, value.clone())));
    lines.extend(side.problems.iter().map(|(name, what)| ("problem", format!("{name} {what}"))));
    lines.push(("answer", side.sentence.clone()));
    let json = json!({
        "schema": "goscope.bench_info/1", "results": n_results, "units": units,
        "config": config.into_iter().collect::<std::collections::BTreeMap<_, _>>(),
        "problems": side.problems.iter().map(|(name, what)| format!("{name} {what}")).collect::<Vec<_>>(),
        "answer": side.sentence,
    });
    Ok(TestingInfo { lines, json })
}

/// Where they ran; each key that all results agree about, and packages.
fn config(output: &BenchOutput) -> Vec<(&'static str, String)> {
    let keys = ["goos", "goarch", "pkg", "cpu"].into_iter();
    let known = keys.filter_map(|key| {
        let mut values: Vec<&str> = output.results.iter().filter_map(|result| result.config(key)).collect();
        values.dedup();
        match values.as_slice() {
            [] => None,
            [one] => Some((key, (*one).to_owned())),
            [one, rest @ ..] => Some((key, format!("{one} and {} more", rest.len()))),
        }
    });
    known.collect()
}

fn tests(document: &Arc<Document>) -> Result<TestingInfo, Failure> {
    let documents = Documents::of_tab(slice::from_ref(document));
    let (said, run) = (answer(&TestAnswerQuery, documents)?, documents.tests()?);
    let counts = run.counts();
    let n_results = document.benchmarks().map_or(0, |output| output.results.len());
    let mut lines = vec![("packages", run.packages.len().to_string())];
    if n_results > 0 {
        lines.push(("benchmarks", counted(n_results, "result")));
    }
    lines.push(("answer", said.sentence.clone()));
    lines.extend(said.first.iter().map(|(_, line)| ("first", line.clone())));
    let json = json!({
        "schema": "goscope.test_info/1", "packages": run.packages.len(), "benchmark_results": n_results,
        "passed": counts.passed, "failed": counts.failed, "flaky": counts.flaky, "skipped": counts.skipped,
        "answer": said.sentence,
    });
    Ok(TestingInfo { lines, json })
}

fn coverage(document: &Arc<Document>) -> Result<TestingInfo, Failure> {
    let facts = answer(&CoverageTreeQuery::default(), Documents::of_tab(slice::from_ref(document)))?;
    let profile = &facts.coverage.profile;
    let statements = facts.tree.statements;
    let warnings = document.coverage().map(|coverage| coverage.warnings.as_slice()).unwrap_or_default();
    let mode = facts.tree.mode.word().to_owned();
    let mut lines = vec![
        ("mode", mode.clone()),
        ("files", profile.files.len().to_string()),
        ("statements", format!("{} of {} covered", statements.covered, statements.total)),
    ];
    lines.extend(warnings.iter().map(|warning| ("warning", warning.clone())));
    lines.extend(facts.missing.iter().map(|missing| ("source", missing.clone())));
    lines.push(("answer", facts.sentence.clone()));
    let json = json!({
        "schema": "goscope.coverage_info/1", "mode": mode, "files": profile.files.len(),
        "statements": statements.total, "covered": statements.covered, "warnings": warnings,
        "answer": facts.sentence,
    });
    Ok(TestingInfo { lines, json })
}
