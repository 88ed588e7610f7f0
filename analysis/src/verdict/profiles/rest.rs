//! What is left of the runs when the samples below some functions are taken away, and who calls whom in them.

use super::judge::Numbers;
use super::table::{RowId, Table, in_unit};
use crate::statistics::allocations::Estimate;
use crate::verdict::options::By;

/// The hypotheses, and which samples are left to them.
#[derive(Clone, Debug)]
pub(super) struct Rest<'t, 'r> {
    table: &'t Table<'r>,
    unit_ratios: &'t [f64],
    /// Whether runs are divided by their total, which shrinks with what is taken away.
    is_share: bool,
    /// By run and stack: whether it was taken away. Empty where none was: then stacks need not even be made.
    taken: Vec<Vec<bool>>,
    pub(super) numbers: Numbers,
    rows: &'t [RowId],
}

/// One step in the stacks of a caller: what it does itself, or one function that it calls.
#[derive(Clone, Debug)]
pub(super) struct Step {
    /// The function that is called; `None` for the caller's own code.
    pub(super) function: Option<u32>,
    /// What it adds up to, by run.
    pub(super) runs: Vec<Estimate>,
}

impl<'t, 'r> Rest<'t, 'r> {
    /// Everything. `total` is one more hypothesis.
    pub(super) fn all(
        table: &'t Table<'r>,
        unit_ratios: &'t [f64],
        rows: &'t [RowId],
        total: Option<Vec<Estimate>>,
        exposure: Vec<f64>,
        levels: Option<Vec<f64>>,
        is_share: bool,
    ) -> Self {
        let taken = vec![Vec::new(); table.n_runs()];
        let mut numbers = Numbers {
            exposure,
            rows: rows.iter().map(|&row| table.row(row).to_vec()).collect(),
            has_total: total.is_some(),
            levels,
        };
        numbers.rows.extend(total);
        Self { table, unit_ratios, is_share, taken, numbers, rows }
    }

    /// The same without the samples that a function is in.
    pub(super) fn without(&self, function: usize) -> Self {
        let mut rest = self.clone();
        self.table.make_stacks();
        // The rows of each function, to be found from stacks.
        let mut cum_of = vec![usize::MAX; self.table.functions.len()];
        let mut flat_of = cum_of.clone();
        for (at, row) in self.rows.iter().enumerate() {
            let of = if row.by() == By::Cum { &mut cum_of } else { &mut flat_of };
            of[row.function()] = at;
        }
        for at in 0..self.table.n_runs() {
            rest.take_from_run(at, function, [&cum_of, &flat_of]);
        }
        // Sums of fractions do not cancel exactly.
        for cell in rest.numbers.rows.iter_mut().flatten() {
            let is_nothing = cell.value.abs() < 1e-6 && cell.sampled.abs() < 0.5;
            *cell = if is_nothing { Estimate::default() } else { *cell };
        }
        rest
    }

    fn take_from_run(&mut self, at: usize, function: usize, [cum_of, flat_of]: [&[usize]; 2]) {
        let (run, stacks) = (self.table.runs[at], self.table.runs[at].stacks());
        let of_run = &self.table.of_run[at];
        let total = self.rows.len();
        self.taken[at].resize(stacks.len(), false);
        let mut stamps = vec![0_u32; self.table.functions.len()];
        for (stamp, row) in (1_u32..).zip(0..stacks.len()) {
            let stack = stacks.stack(row);
            let holds = stack.iter().any(|&local| of_run[local as usize] as usize == function);
            if self.taken[at][row] || !holds {
                continue;
            }
            self.taken[at][row] = true;
            let value = in_unit(stacks.value(row), self.unit_ratios[at]);
            let rows = &mut self.numbers.rows;
            let mut take = |hypothesis: usize| {
                if let Some(cells) = rows.get_mut(hypothesis) {
                    cells[at] -= value;
                }
            };
            for &local in stack {
                let function = of_run[local as usize] as usize;
                if stamps[function] != stamp {
                    stamps[function] = stamp;
                    take(cum_of[function]);
                }
            }
            // The total is the last hypothesis, where it is one.
            take(total);
            if let Some(&leaf) = stack.last() {
                take(flat_of[of_run[leaf as usize] as usize]);
            }
            if self.is_share {
                let weight = if run.columns.is_counted_plainly() { value.sampled } else { value.value };
                self.numbers.exposure[at] = (self.numbers.exposure[at] - weight).max(0.0);
            }
        }
    }

    /// What a function does in the samples that are left: by itself, and by what it calls directly. Rare functions between
    /// are passed over.
    pub(super) fn steps_below(&self, function: usize) -> Vec<Step> {
        self.steps(|stack, add| {
            let places = (0..stack.len()).filter(|&place| stack[place] as usize == function);
            for place in places {
                match stack.get(place + 1) {
                    Some(&callee) if callee as usize != function => add(Some(callee)),
                    Some(_) => {}
                    None => add(None),
                }
            }
        })
    }

    /// The functions that call a function directly.
    pub(super) fn callers(&self, function: usize) -> Vec<Step> {
        self.steps(|stack, add| {
            for pair in stack.windows(2).filter(|pair| pair[1] as usize == function && pair[0] != pair[1]) {
                add(Some(pair[0]));
            }
        })
    }

    /// Sums over all stacks that are left, of what `visit` finds in each; each once a stack. Sorted by function.
    fn steps(&self, visit: impl Fn(&[u32], &mut dyn FnMut(Option<u32>))) -> Vec<Step> {
        let n_runs = self.table.n_runs();
        let mut found: std::collections::BTreeMap<Option<u32>, Vec<Estimate>> =
            std::collections::BTreeMap::new();
        let (mut stack, mut seen) = (Vec::new(), Vec::new());
        for (at, run) in self.table.runs.iter().enumerate() {
            let stacks = run.stacks();
            let is_taken = |row: usize| self.taken[at].get(row).is_some_and(|&is_taken| is_taken);
            for row in (0..stacks.len()).filter(|&row| !is_taken(row)) {
                stack.clear();
                stack.extend(stacks.stack(row).iter().map(|&local| self.table.of_run[at][local as usize]));
                seen.clear();
                visit(&stack, &mut |function| seen.push(function));
                seen.sort_unstable();
                seen.dedup();
                let value = in_unit(stacks.value(row), self.unit_ratios[at]);
                for function in &seen {
                    found.entry(*function).or_insert_with(|| vec![Estimate::default(); n_runs])[at] += value;
                }
            }
        }
        found.into_iter().map(|(function, runs)| Step { function, runs }).collect()
    }

    /// Whether a function is in a stack below another one.
    pub(super) fn is_below(&self, function: usize, caller: usize) -> bool {
        self.table.runs.iter().zip(&self.table.of_run).any(|(run, of_run)| {
            let stacks = run.stacks();
            (0..stacks.len()).any(|row| {
                let mut stack = stacks.stack(row).iter().map(|&local| of_run[local as usize] as usize);
                stack.any(|found| found == caller) && stack.any(|found| found == function)
            })
        })
    }
}
