//! What must hold for any bytes: a function for each target, which panics where it does not.
//!
//! ```text
//! fuzz/run.sh ──► main.rs under libFuzzer ──┬─► one of TARGETS ──► a panic is a finding
//! tests/seeds.rs, on any Rust ──────────────┘
//! ```
//!
//! One program holds all targets, since most of what they take to build and link they have in common.

mod bench;
mod coverage;
mod cut;
mod dump;
#[cfg(feature = "app")]
mod export;
mod interop;
mod made_profile;
mod made_trace;
mod model;
mod pieces;
mod profile;
mod queries;
#[cfg(feature = "app")]
mod session;
mod store;
mod test_events;
mod trace;

/// A target: panics where its bytes show a fault.
pub type Run = fn(&[u8]);

/// All targets by their names.
pub const TARGETS: &[(&str, Run)] = &[
    ("bench", bench::run),
    ("coverage", coverage::run),
    ("cut", cut::run),
    ("dump", dump::run),
    #[cfg(feature = "app")]
    ("export", export::run),
    ("interop", interop::run),
    ("made_profile", made_profile::run),
    ("made_trace", made_trace::run),
    ("model", model::run),
    ("pieces", pieces::run),
    ("profile", profile::run),
    ("queries", queries::run),
    #[cfg(feature = "app")]
    ("session", session::run),
    ("store", store::run),
    ("test_events", test_events::run),
    ("trace", trace::run),
];

/// The target of a name.
pub fn target(name: &str) -> Option<Run> {
    TARGETS.iter().find(|(known, _)| *known == name).map(|&(_, run)| run)
}
