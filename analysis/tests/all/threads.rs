//! One law for all profiles: what is read and answered is the same for any number of threads, bit by bit.
//!
//! Real profiles (`samples/`, the corpus) and made-up ones of many samples, each as it is, cut and damaged, are read
//! and asked on 1, 2, 3 and 8 threads. What cannot be read must fail with the same sentence.

use goscope_analysis::profile::call_tree::{CallTree, call_tree, inverted_tree};
use goscope_analysis::profile::diff::{
    DiffScale, DiffTable, DiffTree, compare, diff_rows, diff_tree, inverted_diff_tree,
};
use goscope_analysis::profile::query::StackQuery;
use goscope_analysis::profile::stacks::select_each;
use goscope_analysis::report::{ReportOptions, dot_text, proto, top_text, traces_text, tree_text};
use goscope_parsers::pprof::{
    Line, ParseOptions, Profile, ProfileBuilder, encode_profile, parse_profile, write_profile_gzip,
};
use goscope_parsers::{FileBytes, inflate_all};
use goscope_test_support::Random;
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::oracle::profile_paths;

/// All that is compared.
#[derive(Debug, PartialEq)]
struct Answers {
    profile: Profile,
    texts: String,
    /// `-proto`, compressed.
    proto: Vec<u8>,
    trees: [CallTree; 2],
    /// Of the profile with itself; `None` where no sample type is to be compared.
    diff: Option<(DiffTable, [DiffTree; 2])>,
}

fn answers(bytes: &[u8]) -> Result<Answers, String> {
    let profile = parse_profile(bytes, &ParseOptions::default()).map_err(|error| error.to_string())?;
    let stacks = select_each(&[&profile, &profile], &StackQuery::default());
    let stacks = stacks.map_err(|error| error.to_string())?;
    let (base, head) = stacks.split_at(1);
    let diff = compare(base, head, DiffScale::Totals).ok().map(|comparison| {
        (diff_rows(&comparison), [diff_tree(&comparison), inverted_diff_tree(&comparison)])
    });
    let mut written = Vec::new();
    let (filtered, _) = proto(&profile, &ReportOptions::default()).map_err(|error| error.to_string())?;
    write_profile_gzip(&filtered, &mut written).expect("a vector takes everything");
    drop(filtered);
    let trees = [call_tree(&stacks[0]), inverted_tree(&stacks[0])];
    drop(stacks);
    Ok(Answers { texts: texts(&profile), proto: written, trees, diff, profile })
}

fn texts(profile: &Profile) -> String {
    let mut texts = String::new();
    for report in [top_text, tree_text, dot_text, traces_text] {
        if let Err(error) = report(profile, &ReportOptions::default(), &mut texts) {
            texts += &error.to_string();
        }
    }
    texts
}

fn pools() -> Vec<ThreadPool> {
    let pool = |n_threads| ThreadPoolBuilder::new().num_threads(n_threads).build().expect("threads");
    [1, 2, 3, 8].map(pool).into()
}

/// Asks on every number of threads; panics where an answer differs from that of one thread. Says whether the bytes can
/// be read at all.
fn check(pools: &[ThreadPool], what: &str, bytes: &[u8]) -> bool {
    let (one, others) = pools.split_first().expect("several pools");
    let expected = one.install(|| answers(bytes));
    for pool in others {
        let n_threads = pool.current_num_threads();
        // Not `assert_eq`: a profile of a megabyte says nothing on a terminal.
        assert!(pool.install(|| answers(bytes)) == expected, "{what}: {n_threads} threads differ from one");
    }
    expected.is_ok()
}

/// The bytes as they are, cut and damaged in several places: of the file, and of what it inflates to.
fn check_damaged(pools: &[ThreadPool], what: &str, file: &[u8]) {
    assert!(check(pools, what, file), "{what} can be read");
    let content = inflate_all(file, 1 << 30).expect("it inflates").into_owned();
    for (layer, bytes) in [("content", &*content), ("file", file)] {
        for part in 1..8 {
            let at = bytes.len() * part / 8;
            check(pools, &format!("{what}, {layer} cut at {at}"), &bytes[..at]);
            let mut damaged = bytes.to_vec();
            damaged[at] ^= 0x15;
            check(pools, &format!("{what}, {layer} damaged at {at}"), &damaged);
        }
    }
}

#[test]
fn real_profiles_have_the_same_answers_for_any_number_of_threads() {
    let pools = pools();
    let mut n_readable = 0;
    for path in profile_paths() {
        let file = FileBytes::open(&path).expect("a file that can be read");
        if check(&pools, &path.display().to_string(), &file) {
            check_damaged(&pools, &path.display().to_string(), &file);
            n_readable += 1;
        }
    }
    assert!(n_readable > 10, "only {n_readable} profiles could be read");
}

#[test]
fn large_profiles_have_the_same_answers_for_any_number_of_threads() {
    let pools = pools();
    for kind in [Kind::Usual, Kind::Labeled, Kind::FarIds] {
        let plain = encode_profile(&made_up(kind));
        assert!(check(&pools, &format!("{kind:?}, plain"), &plain));
        let mut file = Vec::new();
        write_profile_gzip(&made_up(kind), &mut file).expect("a vector takes everything");
        assert!(file.len() > 256 << 10, "{kind:?}: large enough to be read by several threads");
        check_damaged(&pools, &format!("{kind:?}"), &file);
    }
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Usual,
    /// Labels of both kinds, and values of both signs.
    Labeled,
    /// Location ids that are no rows, some too large for 32 bits.
    FarIds,
}

/// A profile of enough samples for every part of the work to be cut into pieces: recursion, inlined functions, samples
/// without a stack.
fn made_up(kind: Kind) -> Profile {
    const N_FUNCTIONS: u64 = 400;
    let mut builder = ProfileBuilder::new(&[("samples", "count"), ("cpu", "nanoseconds")]);
    let mut random = Random(1);
    let functions: Vec<_> =
        (0..N_FUNCTIONS).map(|n| builder.function(&format!("p{}.f{n}", n % 17), "p.go", 1)).collect();
    let mut locations = Vec::new();
    for address in 1..=3 * N_FUNCTIONS {
        let n_lines = [1, 1, 1, 2, 3][random.below(5)];
        let lines: Vec<Line> = (0..n_lines)
            .map(|_| Line { function: functions[random.below(functions.len())], ..Line::default() })
            .collect();
        locations.push(builder.location(None, address, &lines));
    }
    let labels = [builder.string_label("path", "/a"), builder.numeric_label("size", 7, "bytes")];
    for sample in 0..15_000 {
        let depth = random.below(40);
        let stack: Vec<_> = (0..depth)
            // The outermost callers are few, so that stacks share them.
            .map(|at| locations[random.below(if at * 2 > depth { 3 } else { locations.len() })])
            .collect();
        let (sign, labels) = match kind {
            Kind::Labeled if sample > 3000 => (1 - 2 * (sample % 2), &labels[..random.below(3)]),
            _ => (1, &[] as &[_]),
        };
        let value = sign * random.below(9) as i64;
        builder.sample(&[value, 10_000_000 * value], &stack, labels);
    }
    let mut profile = builder.finish();
    if let Kind::FarIds = kind {
        let scattered = std::mem::take(&mut profile.locations);
        for (location, n) in scattered.iter().zip(1..) {
            let id = if n % 7 == 0 { u64::MAX - n } else { 5 * n };
            let (address, lines) = (scattered.address(location), scattered.lines(location));
            profile.locations.push(id, address, None, false, lines);
        }
    }
    profile
}
