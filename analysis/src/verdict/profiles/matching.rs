//! Which functions of the runs are the same: by name, and where names of one side alone are left, by place.
//!
//! Numbers of closures shift when one is added above, and an inlined closure is named after the function that it was inlined
//! into. So what is left of a function's closures is paired by file and line; what is then unique on both sides is a pair; all
//! other closures of the function are added up as `outer.func*`. A function that is plainly gone and one that is plainly new
//! at the same place were renamed.

use std::collections::BTreeMap;
use std::sync::Arc;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::kept_functions::RunFunction;
use super::names::outer_function;
use super::run_counts::RunCounts;
use super::union::Union;
use crate::symbol::{self, is_own_code};

/// Lines that code moves by when something is added above.
const NEAR_LINES: u64 = 20;

/// Events below which a function may be missing by chance.
const MIN_EVENTS: f64 = 10.0;

/// A function of both sides.
#[derive(Clone, Debug)]
pub(super) struct Function {
    pub(super) name: Arc<str>,
    /// Its name in the base, if it is another one.
    pub(super) base_name: Option<Arc<str>>,
    pub(super) is_own: bool,
}

/// The functions of all runs, and the number of each function of each run.
#[derive(Debug)]
pub(super) struct Functions {
    /// Sorted by name.
    pub(super) functions: Vec<Function>,
    /// By run and function of the run.
    pub(super) of_run: Vec<Vec<u32>>,
}

/// One name, as the runs have it.
struct Named<'r> {
    function: RunFunction<'r>,
    /// Whether base and head have it.
    sides: [bool; 2],
    /// The part of all values of its side.
    share: f64,
    events: f64,
}

/// Which names are one function: the name of the base by that of the head, or both by a common one.
#[derive(Default)]
struct Renames<'r> {
    pairs: Vec<(&'r str, &'r str)>,
    /// Closures, and what they are added up as.
    sums: FxHashMap<&'r str, Arc<str>>,
}

/// Finds the functions of both sides; the first `n_base` runs are the base's.
pub(super) fn matched(runs: &[&RunCounts], n_base: usize, min_share: f64) -> Functions {
    let union = Union::of(runs);
    let names = named(runs, &union, n_base);
    let renames = renames(&names, min_share);
    let (functions, of_name) = functions(&names, &renames);
    let of_run = union.of_run.into_par_iter().map(|mut of_run| {
        of_run.iter_mut().for_each(|place| *place = of_name[*place as usize]);
        of_run
    });
    Functions { functions, of_run: of_run.collect() }
}

/// What is known of each name, in the order of names.
fn named<'r>(runs: &[&'r RunCounts], union: &Union<'r>, n_base: usize) -> Vec<Named<'r>> {
    let mut found: Vec<Option<Named<'r>>> = Vec::new();
    found.resize_with(union.names.len(), || None);
    for (at, (run, places)) in runs.iter().zip(&union.of_run).enumerate() {
        let side = usize::from(at >= n_base);
        let total = run.total.value.max(f64::MIN_POSITIVE);
        let n_runs = if side == 0 { n_base } else { runs.len() - n_base };
        for ((function, cum), &place) in run.functions.iter().zip(&run.cum).zip(places) {
            let named = found[place as usize].get_or_insert(Named {
                function,
                sides: [false; 2],
                share: 0.0,
                events: 0.0,
            });
            if (function.file, function.line) < (named.function.file, named.function.line) {
                named.function = function;
            }
            // A function of the table that no sample holds is not there.
            named.sides[side] |= cum.value > 0.0;
            named.share += cum.value / total / n_runs as f64;
            named.events += cum.sampled;
        }
    }
    // Each name is that of a function of some run.
    found.into_iter().flatten().collect()
}

/// The functions that names stand for, sorted by name, and the function of each name.
fn functions<'r>(names: &[Named<'r>], renames: &'r Renames<'r>) -> (Vec<Function>, Vec<u32>) {
    let head_of: FxHashMap<&str, &str> = renames.pairs.iter().copied().collect();
    let base_of: FxHashMap<&str, &str> = renames.pairs.iter().map(|&(base, head)| (head, base)).collect();
    let target = |name: &'r str| match (renames.sums.get(name), head_of.get(name)) {
        (Some(sum), _) => &**sum,
        (None, Some(head)) => head,
        (None, None) => name,
    };
    let mut targets: Vec<(&str, usize)> =
        names.iter().enumerate().map(|(at, named)| (target(named.function.name), at)).collect();
    // Sorted but for those that were renamed.
    targets.sort();
    let is_own: Vec<bool> =
        names.par_iter().map(|named| is_own_code(named.function.name, named.function.file)).collect();
    let mut functions: Vec<Function> = Vec::with_capacity(names.len());
    let mut of_name = vec![0; names.len()];
    for (name, at) in targets {
        if functions.last().is_none_or(|last| *last.name != *name) {
            let base_name = base_of.get(name).map(|&base| base.into());
            functions.push(Function { name: name.into(), base_name, is_own: false });
        }
        let id = functions.len() - 1;
        functions[id].is_own |= is_own[at];
        of_name[at] = u32::try_from(id).expect("functions have u32 ids");
    }
    (functions, of_name)
}

fn renames<'r>(names: &[Named<'r>], min_share: f64) -> Renames<'r> {
    let mut renames = Renames::default();
    let mut closures: BTreeMap<&str, [Vec<&Named<'r>>; 2]> = BTreeMap::new();
    let mut plain: BTreeMap<(&str, &str), [Vec<&Named<'r>>; 2]> = BTreeMap::new();
    for named in names {
        let side = match named.sides {
            [true, false] => 0,
            [false, true] => 1,
            _ => continue,
        };
        let name = named.function.name;
        if let Some(outer) = outer_function(name) {
            closures.entry(outer).or_default()[side].push(named);
        } else if named.events >= MIN_EVENTS && named.share >= min_share && named.function.line > 0 {
            plain.entry((symbol::package_of(name), named.function.file)).or_default()[side].push(named);
        }
    }
    for (outer, [mut base, mut head]) in closures {
        renames.pairs.extend(pairs_by_line(&mut base, &mut head));
        match (&*base, &*head) {
            ([], _) | (_, []) => {}
            ([base], [head]) => renames.pairs.push((base.function.name, head.function.name)),
            (base, head) => {
                let sum: Arc<str> = format!("{outer}.func*").into();
                let left = base.iter().chain(head);
                renames.sums.extend(left.map(|named| (named.function.name, sum.clone())));
            }
        }
    }
    for [mut base, mut head] in plain.into_values() {
        renames.pairs.extend(pairs_by_line(&mut base, &mut head));
    }
    renames
}

/// Takes the pairs out of both lists that lie nearest to each other in the same file.
fn pairs_by_line<'r>(base: &mut Vec<&Named<'r>>, head: &mut Vec<&Named<'r>>) -> Vec<(&'r str, &'r str)> {
    let mut near: Vec<(u64, &str, &str)> = Vec::new();
    for a in &*base {
        for b in &*head {
            let (a, b) = (a.function, b.function);
            let distance = a.line.abs_diff(b.line);
            if a.line > 0 && b.line > 0 && a.file == b.file && distance <= NEAR_LINES {
                near.push((distance, a.name, b.name));
            }
        }
    }
    near.sort_unstable();
    let mut pairs = Vec::new();
    for (_, a, b) in near {
        let place =
            |list: &[&Named<'_>], name: &str| list.iter().position(|named| named.function.name == name);
        if let (Some(in_base), Some(in_head)) = (place(base, a), place(head, b)) {
            base.remove(in_base);
            head.remove(in_head);
            pairs.push((a, b));
        }
    }
    pairs
}
