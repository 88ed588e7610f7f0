//! One target, named by `GOSCOPE_FUZZ_TARGET`: under libFuzzer where it is built for it, else once over files.

#![expect(unexpected_cfgs, reason = "fuzz/build.sh sets it")]
#![cfg_attr(fuzzing, no_main)]

use std::sync::LazyLock;

use goscope_fuzz::{Run, TARGETS, target};

static TARGET: LazyLock<Run> = LazyLock::new(|| {
    let name = std::env::var("GOSCOPE_FUZZ_TARGET").unwrap_or_default();
    let names = || TARGETS.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    target(&name).unwrap_or_else(|| panic!("GOSCOPE_FUZZ_TARGET is none of {}", names()))
});

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| TARGET(data));

#[cfg(not(fuzzing))]
fn main() {
    for path in std::env::args_os().skip(1) {
        TARGET(&std::fs::read(path).expect("a file"));
    }
}
