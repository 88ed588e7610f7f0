//! The samples that are built into the program.

/// A small profile inside the binary.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// Its name in the window and in [`crate::document::Source::Sample`].
    pub name: &'static str,
    /// A short description.
    pub about: &'static str,
    /// The file.
    pub bytes: &'static [u8],
}

/// A sample of `samples/`, by its path there.
macro_rules! sample {
    ($folder:literal, $name:literal, $about:literal) => {
        Sample {
            name: $name,
            about: $about,
            bytes: include_bytes!(concat!("../../samples/", $folder, "/", $name)),
        }
    };
}

/// The sample profiles, in the order of the start screen.
pub const SAMPLES: &[Sample] = &[
    sample!("pprof", "cpu-labels.pb.gz", "Where a small web shop spends its CPU time, with labels"),
    sample!("pprof", "heap.pb.gz", "What it holds in memory"),
    sample!("pprof", "goroutine.pb.gz", "Where its goroutines are, most of them leaked"),
    sample!("pprof", "mutex.pb.gz", "Where they wait for each other"),
];

/// The sample traces.
pub const TRACES: &[Sample] =
    &[sample!("trace", "latency-go1.27.trace", "A trace: why one request in a hundred is slow")];

/// Two samples to compare: the shop before and after it became slower.
pub const PAIR: [Sample; 2] = [
    sample!("diff", "base1.cpu.pb.gz", "The shop before it became slower"),
    sample!("diff", "head1.cpu.pb.gz", "The shop after it became slower"),
];

/// The sample with this name.
pub fn sample(name: &str) -> Option<&'static Sample> {
    SAMPLES.iter().chain(TRACES).chain(&PAIR).find(|sample| sample.name == name)
}
