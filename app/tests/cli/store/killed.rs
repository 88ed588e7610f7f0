//! A writer that is killed at any moment loses nothing that was in the store, and nothing is counted twice.

use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use goscope_test_support::{Random, sample};
use tempfile::tempdir;

use super::printed;

/// How often a writer is killed.
const KILLS: usize = 200;

/// Starts a command in a folder and kills it after a while; whether it had ended before.
fn killed_after(folder: &Path, arguments: &[String], wait: Duration) -> bool {
    let mut child = Command::new(env!("CARGO_BIN_EXE_goscope"))
        .args(arguments)
        .current_dir(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("goscope starts");
    let begun = Instant::now();
    while begun.elapsed() < wait {
        if child.try_wait().expect("its state").is_some() {
            return true;
        }
        thread::sleep(Duration::from_micros(200));
    }
    let has_ended = child.try_wait().expect("its state").is_some();
    let _ = child.kill();
    let _ = child.wait();
    has_ended
}

/// Profiles and the sum of all their CPU time, which `ls` gives from their rows, and the samples themselves.
fn content(folder: &Path) -> (usize, i64) {
    let listed = printed(folder, &["store", "ls", "profiles?kind=cpu", "--profiles", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&listed).expect("JSON");
    let rows = json["rows"].as_array().expect("rows");
    let total: i64 = rows.iter().map(|row| row["profile"]["totals"][1].as_i64().expect("a total")).sum();
    if rows.is_empty() {
        return (0, 0);
    }
    let top = printed(folder, &["top", "--json", "store:profiles?service=*&kind=cpu"]);
    let json: serde_json::Value = serde_json::from_str(&top).expect("JSON");
    assert_eq!(json["total"].as_i64(), Some(total), "rows of profiles and their samples agree");
    (rows.len(), total)
}

#[test]
fn a_writer_that_is_killed_loses_and_doubles_nothing() {
    let folder = tempdir().expect("a folder");
    let names = ["diff/base1", "diff/base2", "diff/base3", "diff/head1", "diff/head2", "diff/head3"];
    let mut files: Vec<String> =
        names.iter().map(|name| sample(&format!("{name}.cpu.pb.gz")).display().to_string()).collect();
    files.push(sample("pprof/cpu.pb.gz").display().to_string());
    files.push(sample("pprof/heap.pb.gz").display().to_string());
    let add =
        |files: &[String]| [&["store".to_owned(), "add".to_owned(), "profiles".to_owned()], files].concat();
    let compact = ["store", "compact", "profiles"].map(str::to_owned);

    // How long the whole takes here.
    let begun = Instant::now();
    let all: Vec<String> = add(&files);
    printed(folder.path(), &all.iter().map(String::as_str).collect::<Vec<_>>());
    let whole = begun.elapsed();
    let (n_profiles, total) = content(folder.path());
    assert_eq!(n_profiles, 7);

    let mut random = Random(200);
    let (mut n_killed, mut known) = (0, (0, 0));
    let mut n_stores = 0;
    while n_killed < KILLS {
        if random.below(12) == 0 || n_stores == 0 {
            std::fs::remove_dir_all(folder.path().join("profiles")).expect("removed");
            (known, n_stores) = ((0, 0), n_stores + 1);
        }
        let some = &files[random.below(files.len())..];
        let has_store = folder.path().join("profiles/goscope-store.json").exists();
        let arguments = if has_store && random.below(4) == 0 { compact.to_vec() } else { add(some) };
        let wait = whole.mul_f64(random.below(1000) as f64 / 1000.0);
        n_killed += usize::from(!killed_after(folder.path(), &arguments, wait));
        if folder.path().join("profiles/goscope-store.json").exists() {
            let now = content(folder.path());
            assert!(now.0 >= known.0 && now.1 >= known.1 && now.1 <= total, "{known:?} before, {now:?} now");
            known = now;
        }
    }
    printed(folder.path(), &all.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(content(folder.path()), (n_profiles, total));
    // Nothing of those that were killed is left.
    printed(folder.path(), &["store", "compact", "profiles"]);
    let parts = goscope_test_support::files_below(&folder.path().join("profiles"), &[""]);
    let unfinished: Vec<_> = parts
        .iter()
        .filter(|path| path.to_string_lossy().contains("/.goscope-") && !path.ends_with(".goscope-lock"))
        .collect();
    assert!(unfinished.is_empty(), "{unfinished:?}");
    assert!(n_stores > 3, "{n_stores} stores were begun");
}
