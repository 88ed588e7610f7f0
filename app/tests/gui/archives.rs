//! Archives that are dropped on the window: what is in them becomes tabs.

use std::path::Path;
use std::process::Command as Program;

use goscope_test_support::sample;

use crate::support::window::{settle, texts, window};

/// A compressed tar file of samples.
fn archive(folder: &Path, samples: &[&str]) -> std::path::PathBuf {
    let archive = folder.join("runs.tar.gz");
    let made = Program::new("tar").arg("-czf").arg(&archive).arg("-C").arg(sample("")).args(samples).status();
    assert!(made.expect("tar starts").success());
    archive
}

#[test]
fn several_files_of_an_archive_become_tabs_and_one_is_itself() {
    let folder = tempfile::tempdir().expect("a folder");
    let several = archive(folder.path(), &["README.md", "pprof/heap.pb.gz", "trace/latency-go1.27.trace"]);
    let mut window = window();
    window.state().receive(vec![several.clone()]);
    settle(&mut window);
    let tabs = &window.state().workspace().tabs;
    let names: Vec<String> =
        tabs.iter().flat_map(|tab| tab.content.sources()).map(|source| source.place()).collect();
    let member = |name: &str| format!("{}:{name}", several.display());
    assert_eq!(names, [member("trace/latency-go1.27.trace"), member("pprof/heap.pb.gz")]);
    assert!(texts(&window).contains("heap.pb.gz"), "the first one is in front: {}", texts(&window));

    let one = archive(folder.path(), &["README.md", "pprof/cpu.pb.gz"]);
    window.state().receive(vec![one]);
    settle(&mut window);
    assert_eq!(window.state().workspace().tabs.len(), 3);
    assert!(texts(&window).contains("runs.tar.gz"), "{}", texts(&window));
}
