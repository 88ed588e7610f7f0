//! What people meet: other programs' files, files that ended early, slips on the command line, bombs.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use goscope_test_support::{GoTool, corpus, go_tool};
use tempfile::TempDir;

use crate::profile::pprof_text;
use crate::program::{failure, goscope, json, sample, stdout};

/// A file of some content in a folder of its own.
struct Made {
    folder: TempDir,
    name: &'static str,
}

impl Made {
    fn new(name: &'static str, content: impl AsRef<[u8]>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join(name), content).expect("a file");
        Self { folder, name }
    }

    fn path(&self) -> String {
        self.folder.path().join(self.name).display().to_string()
    }
}

/// What a command says on standard error, which must succeed.
#[track_caller]
fn warnings(arguments: &[&str]) -> String {
    let output = goscope(arguments);
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {message}");
    message
}

fn with_stdin(arguments: &[&str], input: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_goscope"))
        .args(arguments)
        .stdin(fs::File::open(input).expect("a file"))
        .output()
        .expect("goscope starts")
}

#[test]
fn profiles_of_other_programs_print_as_gos_own_tool_prints_them() {
    let Some(reports) = corpus("reports") else { return };
    for name in ["cpp-threadz.txt", "java-contentionz.bin"] {
        let file = reports.join(name).display().to_string();
        for report in ["-top", "-raw", "-traces"] {
            let ours = stdout(&["pprof", report, &file]);
            if let Some(tool) = go_tool(GoTool::Pprof) {
                assert_eq!(Some(ours), pprof_text(tool, &[report, &file]), "{report} {name}");
            }
        }
    }
    let total =
        |name: &str| json(&["top", "--json", &reports.join(name).display().to_string()])["total"].clone();
    assert_eq!(total("cpp-threadz.txt"), 4);
    assert_eq!(total("java-contentionz.bin"), 1900);
    assert_eq!(total("goroutine-6.txt"), 6);
}

#[test]
fn fractions_are_shown_as_they_are_written() {
    let file = Made::new("x.folded", "main;load 12.5\nmain;save 3.25\n");
    let top = stdout(&["top", &file.path()]);
    assert!(top.contains("Showing nodes accounting for 15.75, 100% of 15.75 total"), "{top}");
    assert!(stdout(&["info", &file.path()]).contains("total 15.75"));
    assert!(stdout(&["tree", &file.path()]).contains("12.50"));
    assert_eq!(stdout(&["convert", "--to", "folded", &file.path()]), "main;load 12.5\nmain;save 3.25\n");
}

#[test]
fn two_columns_are_two_types() {
    let file = Made::new("x.folded", "main;load 12 14\nmain;save 3 1\n");
    let info = json(&["info", "--json", &file.path()]);
    let types = info["sample_types"].as_array().expect("types");
    let types: Vec<_> = types.iter().map(|of| (of["type"].as_str(), of["total"].as_i64())).collect();
    assert_eq!(types, [(Some("before"), Some(15)), (Some("after"), Some(15))]);
    assert!(!stdout(&["top", "-s", "before", &file.path()]).contains("load 12"));
}

#[test]
fn a_file_that_ended_early_is_warned_of_by_every_report() {
    let cut = Made::new("g.txt", "goroutine profile: total 6\n1 @ 0x401000 0x410000\n");
    let expected = "g.txt: the header says 6, the rows add up to 1: the file may have been cut off";
    for arguments in
        [&["top"][..], &["info"], &["tree"], &["svg"], &["convert", "--to", "folded"], &["pprof", "-top"]]
    {
        let said = warnings(&[arguments, &[&cut.path()]].concat());
        assert!(said.contains(expected), "{arguments:?}: {said}");
    }
}

#[test]
fn sums_past_64_bits_are_said() {
    let Some(reports) = corpus("reports") else { return };
    let file = reports.join("overflow.pb.gz").display().to_string();
    let info = stdout(&["info", &file]);
    assert!(info.contains("total 18446744073709551614 nanoseconds (more than 64 bits hold)"), "{info}");
    assert!(!info.contains("-2ns"), "{info}");
    for arguments in [&["top"][..], &["info"], &["tree"], &["svg"], &["pprof", "-top"]] {
        let said = warnings(&[arguments, &[&file]].concat());
        assert!(said.contains("add up to 18446744073709551614"), "{arguments:?}: {said}");
    }
}

/// Two profiles with the same types in another order, 50 ms and 30 ms.
fn two_orders() -> Option<[String; 2]> {
    let reports = corpus("reports")?;
    Some(["cpu-first.pb.gz", "samples-first.pb.gz"].map(|name| reports.join(name).display().to_string()))
}

#[test]
fn types_in_another_order_are_matched_by_name() {
    let Some([base, head]) = two_orders() else { return };
    let totals = |arguments: &[&str]| {
        let diff = json(&[&["diff", "--json"], arguments].concat());
        (diff["sample_type"].clone(), diff["base_total"].as_i64(), diff["head_total"].as_i64())
    };
    assert_eq!(totals(&[&base, &head]), ("samples".into(), Some(5), Some(3)));
    assert_eq!(totals(&[&head, &base]), ("cpu".into(), Some(30_000_000), Some(50_000_000)));
    assert_eq!(totals(&["-s", "cpu", &base, &head]), ("cpu".into(), Some(50_000_000), Some(30_000_000)));
    assert_eq!(totals(&["-s", "0", &base, &head]), ("samples".into(), Some(5), Some(3)));
    assert_eq!(totals(&["--base", &base, &head, "--head", &head, &base]).1, Some(8));
    assert!(stdout(&["diff", "--svg", &base, &head]).contains("samples"));
}

#[test]
fn allocations_and_heap_of_one_program_are_compared_in_one_type() {
    let (allocs, heap) = (sample("pprof/allocs.pb.gz"), sample("pprof/heap.pb.gz"));
    for (base, head) in [(&allocs, &heap), (&heap, &allocs)] {
        let diff = json(&["diff", "--json", base, head]);
        // What `go tool pprof -top -diff_base` shows for either order.
        assert_eq!(diff["sample_type"], "alloc_space");
        assert_eq!(diff["base_total"], diff["head_total"]);
    }
}

#[test]
fn a_dash_is_standard_input_for_every_report() {
    let (profile, trace) = (sample("pprof/cpu.pb.gz"), sample("trace/latency-go1.27.trace"));
    for (arguments, file) in [
        (&["top", "-"][..], &profile),
        (&["info", "-"], &profile),
        (&["tree", "-"], &profile),
        (&["svg", "-"], &profile),
        (&["convert", "--to", "folded", "-"], &profile),
        (&["pprof", "-top", "-"], &profile),
        (&["info", "-"], &trace),
        (&["trace", "stw", "-"], &trace),
        (&["trace", "footprint", "-"], &trace),
        (&["svg", "--kind", "sync", "-"], &trace),
    ] {
        let named: Vec<&str> = arguments.iter().map(|word| if *word == "-" { file } else { *word }).collect();
        let output = with_stdin(arguments, file);
        assert_eq!(
            output.status.code(),
            Some(0),
            "{arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        let name = Path::new(file).file_name().expect("a name").to_string_lossy().into_owned();
        let piped = String::from_utf8(output.stdout).expect("text");
        let plain = stdout(&named).replace(&**file, "-").replace(&name, "-");
        assert_eq!(piped.replace(&name, "-"), plain, "{arguments:?}");
    }
    let twice = with_stdin(&["diff", "-", "-"], &profile);
    assert_eq!(twice.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&twice.stderr).contains("can be read once"));
}

#[test]
fn a_word_that_is_neither_file_nor_command_is_said_before_a_window_opens() {
    let unknown = failure(2, &["xyzzy"]);
    assert_eq!(
        unknown,
        "goscope: there is no file or command \"xyzzy\"; `goscope --help` lists the commands\n"
    );
    let slip = failure(2, &["topp"]);
    assert_eq!(slip, "goscope: there is no file or command \"topp\"; did you mean `goscope top`?\n");
    let slip = failure(2, &["ifno", "cpu.pb.gz"]);
    assert!(slip.contains("did you mean `goscope info`?"), "{slip}");
}

#[test]
fn a_missing_file_is_said_once() {
    let output = goscope(&["pprof", "-top", &sample("pprof/cpu.pb.gz"), "nosuch"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(said.matches("nosuch").count(), 1, "{said}");
    assert_eq!(said.matches("No such file").count(), 1, "{said}");
    assert_eq!(failure(3, &["pprof", "-top", "nosuch"]).matches("No such file").count(), 1);
}

#[test]
fn an_output_that_cannot_be_written_names_the_folder() {
    let file = sample("pprof/cpu.pb.gz");
    let missing = "cannot write /nosuch/x.svg: there is no folder /nosuch";
    for arguments in [
        &["svg", &file, "-o", "/nosuch/x.svg"][..],
        &["top", &file, "-o", "/nosuch/x.svg"],
        &["diff", "--svg", &file, &file, "-o", "/nosuch/x.svg"],
        &["pprof", "-svg", "-output=/nosuch/x.svg", &file],
        &["trace", "stw", &sample("trace/shop-go1.25.trace"), "-o", "/nosuch/x.svg"],
    ] {
        let output = goscope(arguments);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains(missing) && !said.contains(".tmp"), "{arguments:?}: {said}");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    }
    let no_folder = format!("{file}/x.svg");
    assert!(failure(2, &["svg", &file, "-o", &no_folder]).contains("is no folder"));
}

#[test]
fn what_is_no_profile_is_said_in_the_same_words_by_every_report() {
    let text = Made::new("notes.txt", "java is a language\nand this is text\n");
    let expected = failure(3, &["info", &text.path()]);
    assert!(
        expected.contains("unknown kind of file: it begins with the text \"java is a language\""),
        "{expected}"
    );
    for arguments in [&["top"][..], &["tree"], &["svg"], &["pprof", "-top"], &["convert", "--to", "folded"]] {
        assert_eq!(failure(3, &[arguments, &[&text.path()]].concat()), expected, "{arguments:?}");
    }
}

/// 8 GiB of zeros as gzip: one member of 64 MiB, again and again.
pub(crate) fn gzip_bomb(first: &[u8]) -> Vec<u8> {
    let gzip = |content: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(content).expect("a vector");
        encoder.finish().expect("a vector")
    };
    [gzip(first), gzip(&vec![0; 64 << 20]).repeat(128)].concat()
}

/// The same as zstd: blocks of 128 KiB of one byte.
fn zstd_bomb(first: &[u8]) -> Vec<u8> {
    let header = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58];
    let raw = (u32::try_from(first.len()).expect("a short beginning") << 3).to_le_bytes();
    let same: u32 = (128 << 10) << 3 | 1 << 1;
    let block = [&same.to_le_bytes()[..3], &[0]].concat();
    let last: u32 = 1 << 3 | 1 << 1 | 1;
    [&header[..], &raw[..3], first, &block.repeat(65536), &last.to_le_bytes()[..3], &[0]].concat()
}

#[test]
#[cfg(unix)]
fn bombs_are_told_by_their_beginning() {
    let plausible = b"\x0a\x04\x08\x01\x10\x02";
    for (name, content) in [
        ("zeros.gz", gzip_bomb(b"\0")),
        ("zeros.zst", zstd_bomb(b"\0")),
        ("padded.gz", gzip_bomb(plausible)),
        ("padded.zst", zstd_bomb(plausible)),
    ] {
        let file = Made::new(name, content);
        for arguments in ["top FILE", "info FILE", "svg FILE", "diff FILE FILE", "pprof -top FILE"] {
            let started = Instant::now();
            // 1 GiB of address space: what a few threads and a mapped file take, far below what comes out.
            let command = format!(
                "ulimit -v 1048576; exec '{}' {}",
                env!("CARGO_BIN_EXE_goscope"),
                arguments.replace("FILE", &file.path())
            );
            let output =
                Command::new("sh").args(["-c", &command]).stdin(Stdio::null()).output().expect("a shell");
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), Some(3), "{name}, {arguments}: {said}");
            assert!(said.contains("unknown kind of file") || said.contains("padding"), "{name}: {said}");
            assert!(
                started.elapsed() < Duration::from_secs(20),
                "{name}, {arguments}: {:?}",
                started.elapsed()
            );
        }
    }
}
