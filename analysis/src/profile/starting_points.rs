//! Where to begin in a profile: the functions of own code that cost most, and the packages in which stacks end.
//!
//! ```text
//! main;serve;report;strings.Contains;memeqbody 30        functions  report 35, serve 4
//! main;serve;report 5                                    packages   runtime 30, main 9
//! main;serve 4
//! ```
//!
//! A function costs what the library and the runtime do for it, too: each sample belongs to the innermost frame of own
//! code on its stack.

use std::cmp::Reverse;

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::frame::{FrameId, FrameTable};
use super::own_code::OwnCode;
use super::stacks::Stacks;
use crate::symbol::{is_dependency, is_own_code, package_of};

/// Where to begin.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StartingPoints {
    /// Functions of own code with what is done for them, the largest first, ties by name.
    pub functions: Vec<(FrameId, i64)>,
    /// Packages with the value of the samples that end in them, the largest first, ties by name; empty for frames that
    /// have none.
    pub packages: Vec<(String, i64)>,
    /// What no own code is on the stack of.
    pub without_own: i64,
    /// The sum of all.
    pub sum: i64,
}

/// Values of a chunk: by own function (`None` for none), and by the frame in which stacks end.
#[derive(Default)]
struct Sums {
    own: FxHashMap<Option<FrameId>, i64>,
    leaves: FxHashMap<FrameId, i64>,
    sum: i64,
}

/// Finds where to begin, of all stacks.
pub fn starting_points(stacks: &Stacks<'_>) -> StartingPoints {
    let frames = stacks.frames();
    let of_dependencies = functions_of_dependencies(stacks);
    let own_code = OwnCode::new(frames, |frame| {
        is_own_code(&frame.name, &frame.file) && !of_dependencies.contains(&*frame.name)
    });
    let of_chunk = |range: std::ops::Range<usize>| {
        let (mut sums, mut stack) = (Sums::default(), Vec::new());
        for index in range {
            stacks.read_stack(index, &mut stack);
            let weight = stacks.weight(index);
            let (own, leaf) = own_code.ends(&stack);
            add(&mut sums.own, own, weight);
            if let Some(leaf) = leaf {
                add(&mut sums.leaves, leaf, weight);
            }
            sums.sum = sums.sum.wrapping_add(weight);
        }
        sums
    };
    let sums = stacks.chunks().into_par_iter().map(of_chunk).reduce(Sums::default, Sums::with);
    sums.sorted(frames)
}

impl Sums {
    fn with(mut self, other: Self) -> Self {
        add_all(&mut self.own, other.own);
        add_all(&mut self.leaves, other.leaves);
        self.sum = self.sum.wrapping_add(other.sum);
        self
    }

    fn sorted(self, frames: &FrameTable) -> StartingPoints {
        let ranks = frames.name_ranks();
        let without_own = self.own.get(&None).copied().unwrap_or_default();
        let own = self.own.into_iter().filter_map(|(frame, value)| Some((frame?, value)));
        let mut functions: Vec<(FrameId, i64)> = own.filter(|&(_, value)| value != 0).collect();
        functions.sort_unstable_by_key(|&(frame, value)| {
            (Reverse(value.unsigned_abs()), ranks[frame.index()], frame)
        });
        let mut by_package: FxHashMap<&str, i64> = FxHashMap::default();
        #[expect(clippy::iter_over_hash_type, reason = "sums do not depend on the order")]
        for (frame, value) in self.leaves {
            add(&mut by_package, package_of(&frames.frame(frame).name), value);
        }
        let named = by_package.into_iter().map(|(package, value)| (package.to_owned(), value));
        let mut packages: Vec<(String, i64)> = named.filter(|&(_, value)| value != 0).collect();
        packages.sort_unstable_by(|a, b| {
            (Reverse(a.1.unsigned_abs()), &a.0).cmp(&(Reverse(b.1.unsigned_abs()), &b.0))
        });
        StartingPoints { functions, packages, without_own, sum: self.sum }
    }
}

fn add_all<K: Eq + std::hash::Hash>(into: &mut FxHashMap<K, i64>, from: FxHashMap<K, i64>) {
    #[expect(clippy::iter_over_hash_type, reason = "sums do not depend on the order")]
    for (key, value) in from {
        add(into, key, value);
    }
}

/// Sums past 64 bits wrap around, as all values of a profile do; whoever reads it says so.
fn add<K: Eq + std::hash::Hash>(into: &mut FxHashMap<K, i64>, key: K, value: i64) {
    let sum = into.entry(key).or_default();
    *sum = sum.wrapping_add(value);
}

/// The functions that lie in the module cache or in `vendor/`: frames that stand for a function know no file.
fn functions_of_dependencies<'p>(stacks: &Stacks<'p>) -> FxHashSet<std::borrow::Cow<'p, str>> {
    let profile = stacks.profile();
    let of_dependency = profile.functions.iter().filter_map(|function| {
        let name = profile.text(function.name);
        is_dependency(&profile.text(function.filename)).then_some(name)
    });
    of_dependency.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::query::StackQuery;
    use crate::profile::stacks::select;
    use crate::testing::profile;

    fn text(folded: &str) -> String {
        let profile = profile(folded);
        let stacks = select(&profile, &StackQuery::default()).expect("a query without filters");
        let points = starting_points(&stacks);
        let name = |frame: FrameId| stacks.frames().frame(frame).name.clone();
        let functions: Vec<String> =
            points.functions.iter().map(|&(frame, value)| format!("{} {value}", name(frame))).collect();
        let packages: Vec<String> =
            points.packages.iter().map(|(package, value)| format!("{package:?} {value}")).collect();
        format!(
            "functions: {}\npackages: {}\nwithout: {} of {}",
            functions.join(", "),
            packages.join(", "),
            points.without_own,
            points.sum
        )
    }

    #[test]
    fn a_function_costs_what_the_library_does_for_it() {
        insta::assert_snapshot!(text("
            main.main;main.serve;shop/report.export;strings.Contains;runtime.memeqbody 30
            main.main;main.serve;shop/report.export;runtime.asyncPreempt 5
            main.main;main.serve 4
            runtime.gcBgMarkWorker;runtime.gcDrain 7"), @r#"
        functions: shop/report.export 35, main.serve 4
        packages: "runtime" 37, "shop/report" 5, "main" 4
        without: 7 of 46
        "#);
    }

    #[test]
    fn without_own_code_there_are_packages_alone() {
        insta::assert_snapshot!(text("runtime.main;runtime.gcDrain 7\n0x4711 3"), @r#"
        functions: 
        packages: "runtime" 7, "" 3
        without: 10 of 10
        "#);
    }
}
