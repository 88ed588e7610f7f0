//! Coverage: text profiles and the binary files of `GOCOVERDIR`, what is wrong with them in Go's words, and bytes that no Go
//! wrote.

use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use goscope_parsers::TextOptions;
use goscope_parsers::coverage::{CounterSums, CoverageProfile, read_counters, read_meta, read_text_profile};
use goscope_test_support::{Random, corpus, files_below};

use crate::support::gzip;

/// Far more than any damaged file of this size needs, even on a busy machine.
const MAX_DURATION: Duration = Duration::from_secs(20);

fn text_of(profile: &CoverageProfile) -> String {
    let mut text = Vec::new();
    profile.write_text(&mut text).expect("a vector takes everything");
    String::from_utf8(text).expect("text")
}

/// What comes of a text: the merged profile, or the error.
fn read(text: impl AsRef<[u8]>) -> String {
    read_text_profile(text.as_ref(), &TextOptions::default())
        .map_or_else(|error| error.to_string(), |profile| text_of(&profile))
}

#[test]
fn blocks_of_several_test_binaries_become_one() {
    insta::assert_snapshot!(read("\
mode: count
b/b.go:3.1,5.2 2 1
a/a.go:10.20,12.3 1 0
a/a.go:3.1,5.2 2 1
b/b.go:3.1,5.2 2 4
a/a.go:3.1,5.2 2 0
a b:c/d.go:1.0,2.0 1 +7\r
"), @r"
    mode: count
    a/a.go:3.1,5.2 2 1
    a/a.go:10.20,12.3 1 0
    a b:c/d.go:1.0,2.0 1 7
    b/b.go:3.1,5.2 2 5
    ");
    insta::assert_snapshot!(read("mode: set\na.go:1.1,2.2 1 2\na.go:1.1,2.2 1 1\n"), @r"
    mode: set
    a.go:1.1,2.2 1 3
    ");
}

#[test]
fn line_ends_that_were_converted_twice_are_no_part_of_the_mode() {
    let lines = "mode: set\na.go:1.1,2.2 1 2\na.go:1.1,2.2 1 1\n";
    assert_eq!(read("mode: set\r\r\na.go:1.1,2.2 1 2\r\na.go:1.1,2.2 1 1\r\n"), read(lines));
}

#[test]
fn compressed_profiles_are_read_as_well() {
    let text = b"mode: set\na.go:1.1,2.2 1 1\n";
    assert_eq!(read(gzip(text)), read(text));
}

#[test]
fn what_is_wrong_is_said_in_gos_words() {
    let errors =
        ["mode: ", "mode: set\na.go:1.1,2.2 1", "mode: set\na.go:1.1,2.2 1 x", "mode: set\n:1.1,2.2 1 1"];
    insta::assert_snapshot!(errors.map(read).join("\n"), @r#"
    malformed coverage profile: bad mode line: mode:  (line 1)
    malformed coverage profile: line "a.go:1.1,2.2 1" doesn't match expected format: couldn't find a   before NumStmt (line 2)
    malformed coverage profile: line "a.go:1.1,2.2 1 x" doesn't match expected format: couldn't parse "Count": strconv.Atoi: parsing "x": invalid syntax (line 2)
    malformed coverage profile: line ":1.1,2.2 1 1" doesn't match expected format: a FileName cannot be blank (line 2)
    "#);
}

/// Errors about the profile itself, which the corpus has from `go tool cover`; others are about source.
#[test]
fn errors_begin_as_those_of_gos_tool() {
    let Some(folder) = corpus("testing/cover/profiles-edge") else { return };
    let mut n_compared = 0;
    for file in files_below(&folder, &[".err"]) {
        let golden = std::fs::read_to_string(&file).expect("a readable file");
        let golden = golden.trim_end().strip_prefix("cover: ").expect("Go's prefix");
        if golden.starts_with("open ") || golden.starts_with("cannot find module") {
            continue;
        }
        let said = read(std::fs::read(file.with_extension("cov")).expect("a profile"));
        let ours = said.strip_prefix("malformed coverage profile: ").unwrap_or(&said);
        assert!(ours.starts_with(golden), "{}: {ours}\nand not {golden}", file.display());
        n_compared += 1;
    }
    assert!(n_compared >= 10, "{n_compared} errors are compared");
}

fn read_folder(folder: &Path) -> CoverageProfile {
    let mut programs: Vec<CounterSums> = files_below(folder, &[""])
        .into_iter()
        .filter(|path| name_of(path).starts_with("covmeta."))
        .map(|path| CounterSums::new(read_meta(&std::fs::read(path).expect("a file")).expect("sound")))
        .collect();
    for path in
        files_below(folder, &[""]).into_iter().filter(|path| name_of(path).starts_with("covcounters."))
    {
        let run = read_counters(&std::fs::read(path).expect("a file")).expect("sound");
        assert!(
            run.arguments.is_empty()
                || run.arguments.iter().any(|(key, value)| &**key == "GOOS" && &**value == "linux")
        );
        let program = programs.iter_mut().find(|program| program.hash() == run.meta_hash);
        program.expect("its program").add(&run);
    }
    let mut profile = CoverageProfile::default();
    for program in programs {
        assert_eq!(program.n_unknown(), 0);
        profile.merge(program.into_profile().expect("consistent")).expect("one mode");
    }
    profile
}

fn name_of(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

#[test]
fn folders_give_what_covdata_textfmt_gives() {
    let Some(folder) = corpus("testing/cover/covdata") else { return };
    let golden = |name: &str| std::fs::read_to_string(folder.join(name)).expect("a golden file");
    for (name, text) in
        [("run1", "run1.cov"), ("merged", "textfmt.cov"), ("sub", "subtract.cov"), ("inter", "intersect.cov")]
    {
        assert_eq!(text_of(&read_folder(&folder.join(name))), golden(text), "{name}");
    }
    let mut both = read_folder(&folder.join("run1"));
    both.merge(read_folder(&folder.join("run2"))).expect("one program");
    assert_eq!(text_of(&both), golden("textfmt.cov"), "two folders");
}

#[test]
fn profiles_of_different_kinds_do_not_mix() {
    let profile = |text: &str| read_text_profile(text.as_bytes(), &TextOptions::default()).expect("sound");
    let mut set = profile("mode: set\na.go:1.1,2.2 1 1\n");
    insta::assert_snapshot!(set.merge(profile("mode: count\n")).expect_err("two modes"), @r#"mode "set" and mode "count" do not mix: one counts how often a block ran, the other one only whether it did"#);
    let mut count = profile("mode: count\na.go:1.1,2.2 1 1\n");
    insta::assert_snapshot!(count.merge(profile("mode: count\na.go:1.1,2.2 2 1\n")).expect_err("other source"), @"inconsistent NumStmt: changed from 1 to 2 (a.go:1.1); the profiles are of different versions of the source");
}

/// Reads damaged bytes as all that they could be.
fn check(name: &str, case: &str, bytes: &[u8]) {
    let start = Instant::now();
    let outcome = catch_unwind(|| {
        let _ = read_text_profile(bytes, &TextOptions::default());
        let counters = read_counters(bytes);
        if let Ok(meta) = read_meta(bytes) {
            let n_units: usize =
                meta.packages.iter().flat_map(|package| &package.functions).map(|of| of.units.len()).sum();
            assert!(n_units <= bytes.len(), "no more blocks than bytes");
            let mut sums = CounterSums::new(meta);
            sums.add(&counters.unwrap_or_default());
            let _ = sums.into_profile();
        }
    });
    assert!(outcome.is_ok(), "{name}, {case}: see above");
    assert!(start.elapsed() < MAX_DURATION, "{name}, {case}: took {:?}", start.elapsed());
}

fn victims() -> Vec<(String, Vec<u8>)> {
    let text = b"mode: atomic\nexample.com/a/a.go:3.1,5.2 2 1\nexample.com/a/a.go:7.1,9.2 1 0\n";
    let mut victims = vec![("made".to_owned(), text.to_vec()), ("gzip".to_owned(), gzip(text))];
    let files: Vec<PathBuf> =
        corpus("testing/cover/covdata").map(|folder| files_below(&folder, &[""])).unwrap_or_default();
    victims.extend(
        files.into_iter().map(|path| (name_of(&path), std::fs::read(&path).expect("a readable file"))),
    );
    victims
}

#[test]
fn damaged_coverage_gives_a_result_or_an_error() {
    for (name, bytes) in &victims() {
        for at in 0..bytes.len() {
            check(name, &format!("cut at {at}"), &bytes[..at]);
        }
        for seed in 0..5_000 {
            let mut random = Random(seed);
            let mut damaged = bytes.clone();
            for _ in 0..=random.below(3) {
                let at = random.below(damaged.len());
                damaged[at] ^= 1 + random.below(255) as u8;
            }
            check(name, &format!("flips of seed {seed}"), &damaged);
        }
    }
}

#[test]
fn a_small_file_does_not_become_a_large_program() {
    let Some(folder) = corpus("testing/cover/covdata/run2") else { return };
    let file = files_below(&folder, &[""])
        .into_iter()
        .find(|path| name_of(path).starts_with("covmeta."))
        .expect("a file");
    let sound = std::fs::read(file).expect("readable");
    // All functions of a package at one place: their blocks would count again and again.
    let package = u64::from_le_bytes(sound[56..64].try_into().expect("eight bytes")) as usize;
    let n_functions =
        u32::from_le_bytes(sound[package + 40..package + 44].try_into().expect("four bytes")) as usize;
    let mut damaged = sound;
    for at in 1..n_functions {
        damaged.copy_within(package + 44..package + 48, package + 44 + 4 * at);
    }
    assert!(n_functions > 1);
    check("overlapping functions", "as it is", &damaged);
}
