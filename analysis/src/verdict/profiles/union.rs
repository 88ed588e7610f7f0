//! All names of the runs, each once: runs are sorted by name, so that lists are merged and nothing is hashed.
//!
//! Builds of one program have nearly the same functions. Most runs then add no name, and going through the list beside
//! theirs is all there is to do.

use std::cmp::Ordering;

use rayon::prelude::*;

use super::kept_functions::RunFunctions;
use super::run_counts::RunCounts;

/// The names of all runs.
#[derive(Debug)]
pub(super) struct Union<'r> {
    /// Sorted, each once.
    pub(super) names: Vec<&'r str>,
    /// By run and function of the run: where its name stands.
    pub(super) of_run: Vec<Vec<u32>>,
}

impl<'r> Union<'r> {
    pub(super) fn of(runs: &[&'r RunCounts]) -> Self {
        let lists: Vec<&RunFunctions> = runs.iter().map(|run| &run.functions).collect();
        Self::of_lists(&lists)
    }

    /// Of lists of functions that are sorted by name, each name once.
    fn of_lists(lists: &[&'r RunFunctions]) -> Self {
        let mut names: Vec<&str> = Vec::new();
        for functions in lists {
            let new = missing(&names, functions);
            if !new.is_empty() {
                names = merged(&names, &new);
            }
        }
        let of_run = lists.par_iter().map(|functions| places(&names, functions)).collect();
        Self { names, of_run }
    }
}

/// The names of a run that are not in the list.
fn missing<'r>(names: &[&str], functions: &'r RunFunctions) -> Vec<&'r str> {
    let mut at = 0;
    functions.names().filter(|name| find(names, &mut at, name).is_none()).collect()
}

/// Both lists in one; they have no name in common.
fn merged<'r>(names: &[&'r str], new: &[&'r str]) -> Vec<&'r str> {
    let mut all = Vec::with_capacity(names.len() + new.len());
    let mut names = names.iter().copied().peekable();
    for &name in new {
        while let Some(before) = names.next_if(|&before| before < name) {
            all.push(before);
        }
        all.push(name);
    }
    all.extend(names);
    all
}

/// Where the functions of a run stand in the list, which has them all.
fn places(names: &[&str], functions: &RunFunctions) -> Vec<u32> {
    let mut at = 0;
    let place = |name: &str| {
        let place = find(names, &mut at, name).expect("all names of all runs are in the list");
        u32::try_from(place).expect("functions have u32 ids")
    };
    functions.names().map(place).collect()
}

/// Where a name stands, looked for from `at` on, which then lies at or behind it.
fn find(names: &[&str], at: &mut usize, name: &str) -> Option<usize> {
    while let Some(other) = names.get(*at) {
        match (*other).cmp(name) {
            Ordering::Less => *at += 1,
            Ordering::Equal => {
                *at += 1;
                return Some(*at - 1);
            }
            Ordering::Greater => return None,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn functions(names: &BTreeSet<String>) -> RunFunctions {
        let mut functions = RunFunctions::default();
        let file = functions.add_file("main.go");
        names.iter().for_each(|name| functions.push(name, file, 1));
        functions
    }

    proptest! {
        #[test]
        fn every_name_of_every_run_has_one_place(
            runs in prop::collection::vec(prop::collection::btree_set("[abç]{0,3}", 0..12), 0..5)
        ) {
            let runs: Vec<RunFunctions> = runs.iter().map(functions).collect();
            let lists: Vec<&RunFunctions> = runs.iter().collect();
            let union = Union::of_lists(&lists);
            let expected: BTreeSet<&str> = runs.iter().flat_map(RunFunctions::names).collect();
            prop_assert_eq!(&union.names, &Vec::from_iter(expected));
            for (run, places) in runs.iter().zip(&union.of_run) {
                let names: Vec<&str> = places.iter().map(|&place| union.names[place as usize]).collect();
                prop_assert_eq!(names, Vec::from_iter(run.names()));
            }
        }
    }
}
