//! Verdicts on the hangs and snapshots of the corpus, as its index has them.

use std::fs;
use std::path::Path;

use goscope_analysis::dump::{
    Certainty, DumpFacts, Finding, FindingKind, Snapshot, findings, snapshot_findings,
};
use goscope_parsers::dump::{DumpFile, DumpOptions, read_dumps};
use goscope_test_support::corpus;

fn read(path: &Path) -> DumpFile {
    let bytes = fs::read(path).expect("a dump");
    read_dumps(&bytes, &DumpOptions::default()).expect("sound text")
}

fn of_last(file: &DumpFile) -> Vec<Finding> {
    findings(DumpFacts { file, dump: file.dumps.last() })
}

fn shown(findings: &[Finding]) -> String {
    let lines = findings.iter().map(|finding| {
        let evidence: String = finding.evidence.iter().map(|line| format!("\n    {line}")).collect();
        format!("  {} ({}): {}{evidence}\n", finding.kind.word(), finding.certainty.word(), finding.text)
    });
    lines.collect()
}

/// File and verdict of each row.
fn index(folder: &Path) -> Vec<(String, String)> {
    let text = fs::read_to_string(folder.join("index.tsv")).expect("the index");
    let row = |line: &str| {
        let fields: Vec<&str> = line.split('\t').collect();
        (fields[0].to_owned(), fields[10].to_owned())
    };
    text.lines().skip(1).map(row).collect()
}

#[test]
fn deadlocks_of_the_corpus_are_found_and_convoys_are_none() {
    let Some(folder) = corpus("debugging") else { return };
    let mut wrong = Vec::new();
    let mut n_seen = 0;
    for (name, verdict) in index(&folder) {
        let is_hang = name.starts_with("locks/") || name.starts_with("hang/") && !verdict.starts_with("hang");
        let is_crash = verdict.starts_with("deadlock certain");
        let is_healthy = name.starts_with("leak/healthy");
        if !is_hang && !is_crash && !is_healthy {
            continue;
        }
        n_seen += 1;
        let found = of_last(&read(&folder.join(&name)));
        let want = verdict.starts_with("deadlock");
        let is_deadlock = |finding: &&Finding| finding.kind == FindingKind::Deadlock;
        let certain = found.iter().filter(is_deadlock).any(|finding| finding.certainty == Certainty::Certain);
        let has = found.iter().filter(is_deadlock).count() > 0;
        if has != want || is_crash && !certain {
            wrong.push(format!("{name}: {verdict}\n{}", shown(&found)));
        }
        println!("{name}: {verdict}\n{}", shown(&found));
    }
    assert!(n_seen > 20, "{n_seen} hangs");
    assert!(wrong.is_empty(), "{} of {n_seen} differ:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn leaks_of_the_corpus_are_found_and_load_is_none() {
    let Some(folder) = corpus("debugging/leak") else { return };
    for name in ["leak-a", "leak-b", "healthy-a", "healthy-b"] {
        let files: Vec<DumpFile> =
            (1..=3).map(|number| read(&folder.join(format!("{name}/{number}.txt")))).collect();
        let snapshots: Vec<Snapshot<'_>> = files
            .iter()
            .map(|file| Snapshot { file, dump: &file.dumps[0], tables: &file.tables, seconds: None })
            .collect();
        let found = snapshot_findings(&snapshots);
        println!("{name}\n{}", shown(&found.findings));
        let leaks: Vec<&Finding> = found
            .findings
            .iter()
            .filter(|finding| finding.kind == FindingKind::Leak && finding.certainty != Certainty::Hint)
            .collect();
        if name.starts_with("healthy") {
            assert!(leaks.is_empty(), "{name} is healthy:\n{}", shown(&found.findings));
        } else {
            let all: String = leaks.iter().map(|finding| &*finding.text).collect::<Vec<_>>().join("\n");
            for leak in ["quote.func1", "feed", "refresh.func1"] {
                assert!(all.contains(leak), "{name} leaks {leak}:\n{}", shown(&found.findings));
            }
            assert_eq!(leaks.len(), 3, "{name}:\n{}", shown(&found.findings));
        }
        assert!(found.can_tell_leaks && found.warnings.is_empty(), "{:?}", found.warnings);
    }
}
