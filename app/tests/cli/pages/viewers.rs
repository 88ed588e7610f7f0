//! Viewers of other tools, themselves: speedscope in the browser, and the Firefox Profiler's command line. What they show of
//! a profile that goscope wrote is what `goscope top` says of it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use goscope_test_support::{Need, skip};
use serde_json::Value;

use super::browser::Browser;
use crate::program::{json, sample, stdout};

/// How many functions are compared.
const N_ROWS: usize = 10;

/// A function with the time for itself and in all, in nanoseconds.
#[derive(Debug)]
struct Row {
    name: String,
    flat: f64,
    cum: f64,
}

/// The packages that `npm install --prefix FOLDER speedscope @firefox-devtools/profiler-cli` brings.
fn viewer(file: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("GOSCOPE_VIEWERS").map(PathBuf::from);
    let file = folder.map(|folder| folder.join("node_modules").join(file)).filter(|file| file.is_file());
    if file.is_none() {
        skip(Need::Viewers, "GOSCOPE_VIEWERS names no folder with speedscope and the Firefox Profiler");
    }
    file
}

/// What goscope says of the largest functions.
fn top() -> Vec<Row> {
    let top = json(&["top", "--json", "-n", &N_ROWS.to_string(), &sample("pprof/cpu.pb.gz")]);
    let row = |row: &Value| Row {
        name: row["name"].as_str().expect("a name").to_owned(),
        flat: row["flat"].as_f64().expect("a number"),
        cum: row["cum"].as_f64().expect("a number"),
    };
    top["rows"].as_array().expect("rows").iter().map(row).collect()
}

fn converted(folder: &Path, format: &str) -> PathBuf {
    let file = folder.join(format!("cpu.{format}.json"));
    stdout(&["convert", &sample("pprof/cpu.pb.gz"), "--to", format, "-o", &file.display().to_string()]);
    file
}

/// `620.00ms (6.3%)` in nanoseconds.
fn nanos(text: &str) -> Option<f64> {
    let text = text.split_whitespace().next()?;
    let digits = text.trim_end_matches(|char: char| char.is_alphabetic());
    let unit = match text.get(digits.len()..)? {
        "s" => 1e9,
        "ms" => 1e6,
        "µs" => 1e3,
        "ns" => 1.0,
        _ => return None,
    };
    Some(digits.parse::<f64>().ok()? * unit)
}

#[track_caller]
fn assert_shown(shown: &[Row], expected: &[Row]) {
    for row in expected {
        let found = shown.iter().find(|shown| shown.name == row.name);
        let found = found.unwrap_or_else(|| panic!("{} is not among {shown:?}", row.name));
        let is_near = |a: f64, b: f64| (a - b).abs() < 1e6;
        assert!(is_near(found.flat, row.flat) && is_near(found.cum, row.cum), "{found:?}, not {row:?}");
    }
}

#[test]
fn speedscope_shows_what_top_says() {
    let Some(page) = viewer("speedscope/dist/release/index.html") else { return };
    let Some(mut browser) = Browser::start() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let bytes = fs::read(converted(folder.path(), "speedscope")).expect("a file");
    // As its own command line hands a file to its page.
    let script = folder.path().join("profile.js");
    let text: String = bytes.iter().map(|byte| format!("\\x{byte:02x}")).collect();
    fs::write(&script, format!("speedscope.loadFileFromBase64('cpu', btoa('{text}'))")).expect("a script");
    let address = format!("{}#localProfilePath={}&view=sandwich", page.display(), script.display());
    browser.open(Path::new(&address), "light");
    let rows =
        "[...document.querySelectorAll('tr')].map(row => [...row.cells].map(cell => cell.innerText.trim()))";
    let end = Instant::now() + Duration::from_secs(60);
    let shown = loop {
        let found = browser.eval(rows);
        let cells = found.as_array().into_iter().flatten().filter_map(Value::as_array);
        let shown: Vec<Row> = cells.filter_map(|cells| row_of(cells)).collect();
        if shown.len() >= N_ROWS {
            break shown;
        }
        assert!(Instant::now() < end, "speedscope shows {found}");
        browser.pause();
    };
    assert_shown(&shown, &top());
}

/// A row of speedscope's table: total, self, name.
fn row_of(cells: &[Value]) -> Option<Row> {
    let [cum, flat, name] = cells else { return None };
    Some(Row { name: name.as_str()?.to_owned(), flat: nanos(flat.as_str()?)?, cum: nanos(cum.as_str()?)? })
}

#[test]
fn the_firefox_profiler_shows_what_top_says() {
    let Some(program) = viewer("@firefox-devtools/profiler-cli/dist/profiler-cli.js") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let file = converted(folder.path(), "firefox").display().to_string();
    // What it keeps of a session is below the home folder.
    let ask = |arguments: &[&str]| {
        let output = Command::new("node").arg(&program).args(arguments).env("HOME", folder.path()).output();
        String::from_utf8(output.expect("node starts").stdout).expect("text")
    };
    ask(&["load", &file]);
    let end = Instant::now() + Duration::from_secs(60);
    let text = loop {
        let text = ask(&["thread", "functions", "--include-idle", "--limit", "0"]);
        if text.contains("Functions (by self time)") {
            break text;
        }
        // It gives up after half a second, and comes up all the same.
        assert!(Instant::now() < end, "the Firefox Profiler says {text}");
        std::thread::sleep(Duration::from_millis(200));
    };
    ask(&["stop", "--all"]);
    // f-0. compress/flate.(*fastEncL6).encode - self: 62 (6.3%), total: 79 (8.0%); of samples, each 10 ms long
    let row = |line: &str| {
        let (name, rest) = line.trim().split_once(". ")?.1.rsplit_once(" - self: ")?;
        let (flat, cum) = rest.split_once(", total: ")?;
        let samples = |text: &str| text.split_whitespace().next()?.replace(',', "").parse::<f64>().ok();
        Some(Row { name: name.to_owned(), flat: samples(flat)? * 1e7, cum: samples(cum)? * 1e7 })
    };
    let shown: Vec<Row> = text.lines().filter_map(row).collect();
    assert_shown(&shown, &top());
}
