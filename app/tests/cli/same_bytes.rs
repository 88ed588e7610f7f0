//! Every report on every sample gives the same bytes, whatever the number of threads and cores, the language, the time zone, the
//! width of the terminal and the wish for colors.
//!
//! Each report is made once with one thread in the C locale in UTC, and then in surroundings that take turns.
//! `GOSCOPE_SAME_RUNS=20` makes that many others instead of two.

use std::process::{Command, Output, Stdio};

use goscope_test_support::sample;

use crate::commands::readers;

/// Variables that a library may look at behind our back.
const SURROUNDINGS: [&[(&str, &str)]; 7] = [
    &[("RAYON_NUM_THREADS", "2"), ("LANG", "C.UTF-8"), ("TZ", "Asia/Kolkata"), ("COLUMNS", "40")],
    &[("RAYON_NUM_THREADS", "8"), ("LC_ALL", "de_DE.UTF-8"), ("TZ", "America/St_Johns"), ("NO_COLOR", "1")],
    &[("RAYON_NUM_THREADS", "3"), ("LC_ALL", "tr_TR.UTF-8"), ("TZ", "Pacific/Apia"), ("CLICOLOR_FORCE", "1")],
    &[("RAYON_NUM_THREADS", "1"), ("LC_NUMERIC", "fr_FR.UTF-8"), ("COLUMNS", "0"), ("TERM", "dumb")],
    &[("RAYON_NUM_THREADS", "5"), ("LANG", "ar_EG.UTF-8"), ("TZ", ":no/such/zone"), ("COLUMNS", "500")],
    &[("RAYON_NUM_THREADS", "16"), ("LC_ALL", ""), ("LANG", ""), ("TZ", ""), ("FORCE_COLOR", "3")],
    // One core of those that there are, which is what counts where the number of threads is not given.
    &[("ONE_CORE", "1"), ("LC_ALL", "POSIX"), ("TERM", "xterm-256color"), ("LINES", "3")],
];

fn run(arguments: &[String], surroundings: &[(&str, &str)]) -> Output {
    let program = env!("CARGO_BIN_EXE_goscope");
    let mut command = match surroundings[0].0 {
        "ONE_CORE" => Command::new("taskset"),
        _ => Command::new(program),
    };
    if surroundings[0].0 == "ONE_CORE" {
        command.args(["-c", "0", program]);
    }
    command.args(arguments).stdin(Stdio::null());
    for name in
        ["DISPLAY", "WAYLAND_DISPLAY", "LANG", "LC_ALL", "TZ", "COLUMNS", "NO_COLOR", "RAYON_NUM_THREADS"]
    {
        command.env_remove(name);
    }
    command.envs(surroundings.iter().copied()).output().expect("it starts")
}

#[test]
fn every_report_on_every_sample() {
    let n_others: usize =
        std::env::var("GOSCOPE_SAME_RUNS").ok().and_then(|text| text.parse().ok()).unwrap_or(2);
    let base = [("RAYON_NUM_THREADS", "1"), ("LC_ALL", "C"), ("TZ", "UTC")];
    let (mut n_reports, mut n_bytes) = (0, 0);
    for reader in readers() {
        for name in reader.samples() {
            let arguments = reader.arguments(&sample(name).display().to_string());
            let expected = run(&arguments, &base);
            for other in 0..n_others {
                let surroundings = SURROUNDINGS[(n_reports * n_others + other) % SURROUNDINGS.len()];
                let got = run(&arguments, surroundings);
                let what = format!("goscope {arguments:?} with {surroundings:?}");
                assert_eq!(got.status.code(), expected.status.code(), "{what}");
                assert!(got.stderr == expected.stderr, "{what}: {}", String::from_utf8_lossy(&got.stderr));
                assert!(got.stdout == expected.stdout, "{what} gives other bytes");
            }
            n_reports += 1;
            n_bytes += expected.stdout.len();
        }
    }
    assert!(n_reports > 300 && n_bytes > 1 << 20, "{n_reports} reports, {n_bytes} bytes");
    println!("{n_reports} reports, {n_bytes} bytes, {n_others} other runs each");
}
