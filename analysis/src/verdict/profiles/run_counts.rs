//! A run, as numbers by function: all that a comparison needs of a profile, which can be dropped then.

use std::borrow::Cow;
use std::sync::Arc;

use goscope_parsers::pprof::{Function, LocationId, Profile};
use rustc_hash::FxHashMap;

use super::counted::Columns;
use super::hot_stacks::{HotStacks, RARE};
use super::names::{compared_name, is_own_code, is_preemption};
use crate::statistics::allocations::Estimate;
use crate::verdict::incomparable::Incomparable;
use crate::verdict::run::{RunContext, RunInfo};

/// A function of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RunFunction {
    /// The name under which it is compared.
    pub(super) name: Arc<str>,
    /// Its source file.
    pub(super) file: Arc<str>,
    /// The line where it begins; 0 if not known.
    pub(super) line: i64,
    /// Whether it is the program's own code.
    pub(super) is_own: bool,
}

/// A run as numbers by function. Cheap to keep beside many others.
#[derive(Clone, Debug)]
pub struct RunCounts {
    pub(super) info: RunInfo,
    pub(super) columns: Columns,
    /// Sorted by name.
    pub(super) functions: Vec<RunFunction>,
    /// What each function adds up to, alone.
    pub(super) flat: Vec<Estimate>,
    /// The same with all that it calls.
    pub(super) cum: Vec<Estimate>,
    /// Sum of the depths at which it stands, by events: what is called stands deeper than its caller.
    pub(super) depth: Vec<f64>,
    pub(super) total: Estimate,
    pub(super) stacks: HotStacks,
}

impl RunCounts {
    /// Counts a profile. `sample_type` is a name or an index as in queries; `None` for the profile's default.
    ///
    /// # Errors
    /// The profile has no such sample type, or holds negative values.
    pub fn of(
        profile: &Profile,
        sample_type: Option<&str>,
        context: RunContext,
    ) -> Result<Self, Incomparable> {
        let columns = Columns::of(profile, sample_type)
            .map_err(|error| Incomparable::Query { run: context.name.clone(), error })?;
        let Some(values) = values(profile, &columns) else {
            return Err(Incomparable::Negative { run: context.name });
        };
        let names = Names::of(profile);
        let n_functions = names.functions.len();
        let mut counts = Self {
            info: info(profile, context),
            columns,
            functions: names.functions,
            flat: vec![Estimate::default(); n_functions],
            cum: Vec::new(),
            depth: Vec::new(),
            total: Estimate::default(),
            stacks: HotStacks::default(),
        };
        let stacks = Walk { profile, locations: &names.locations, is_preemption: &names.is_preemption };
        counts.add_up(&stacks, &values);
        counts.keep_stacks(&stacks, &values);
        counts.info.samples = counts.total.sampled;
        counts.info.total = counts.total.value;
        Ok(counts)
    }

    /// What the run is.
    pub fn info(&self) -> &RunInfo {
        &self.info
    }

    /// Type of the values: `cpu`.
    pub fn kind(&self) -> &str {
        &self.columns.kind
    }

    /// Unit of the values: `nanoseconds`.
    pub fn unit(&self) -> &str {
        &self.columns.unit
    }

    /// The weight that tells rare functions: events, or values where events are not known.
    fn weight(&self, estimate: Estimate) -> f64 {
        if self.columns.has_counts() { estimate.sampled } else { estimate.value }
    }

    fn add_up(&mut self, stacks: &Walk<'_>, values: &[(u32, Estimate)]) {
        let mut cells = vec![Cell::default(); self.functions.len()];
        let mut stack = Vec::new();
        for (stamp, &(sample, value)) in (1_u32..).zip(values) {
            stacks.read(sample as usize, &mut stack);
            self.total += value;
            let weight = self.weight(value);
            for (depth, &function) in stack.iter().enumerate() {
                let cell = &mut cells[function as usize];
                if cell.stamp != stamp {
                    cell.stamp = stamp;
                    cell.cum += value;
                    cell.depth += weight * depth as f64;
                }
            }
            if let Some(&leaf) = stack.last() {
                self.flat[leaf as usize] += value;
            }
        }
        self.cum = cells.iter().map(|cell| cell.cum).collect();
        self.depth = cells.iter().map(|cell| cell.depth).collect();
    }

    fn keep_stacks(&mut self, stacks: &Walk<'_>, values: &[(u32, Estimate)]) {
        let least = self.weight(self.total) * RARE;
        let is_hot: Vec<bool> = self.cum.iter().map(|&cum| self.weight(cum) >= least).collect();
        let (mut stack, mut hot) = (Vec::new(), Vec::new());
        for &(sample, value) in values {
            stacks.read(sample as usize, &mut stack);
            hot.clear();
            let leaf = stack.len().saturating_sub(1);
            let kept =
                stack.iter().enumerate().filter(|&(at, &function)| at == leaf || is_hot[function as usize]);
            hot.extend(kept.map(|(_, &function)| function));
            hot.dedup();
            self.stacks.add(&hot, value);
        }
        self.stacks.finish();
    }
}

/// What a function adds up to while samples are read: all in one place of memory, for it is met in no order.
#[derive(Clone, Copy, Default)]
struct Cell {
    cum: Estimate,
    depth: f64,
    /// The last sample that the function was in: recursion counts once.
    stamp: u32,
}

/// The samples that are not nothing, with what they add; `None` if one is negative.
fn values(profile: &Profile, columns: &Columns) -> Option<Vec<(u32, Estimate)>> {
    let mut values = Vec::with_capacity(profile.samples.len());
    for sample in 0..profile.samples.len() {
        let value = columns.estimate(profile, sample)?;
        if value.value != 0.0 || value.sampled != 0.0 {
            values.push((u32::try_from(sample).ok()?, value));
        }
    }
    Some(values)
}

fn info(profile: &Profile, context: RunContext) -> RunInfo {
    let binary = profile.mappings.first().map(|mapping| profile.text(mapping.filename).into_owned());
    RunInfo {
        context,
        time_nanos: profile.time_nanos,
        duration_nanos: profile.duration_nanos.max(0),
        period: profile.period,
        binary: binary.unwrap_or_default(),
        ..RunInfo::default()
    }
}

/// The functions of a profile by the names under which they are compared.
struct Names {
    functions: Vec<RunFunction>,
    /// The functions of each location, outermost first.
    locations: Lists,
    is_preemption: Vec<bool>,
}

/// Lists one after the other.
#[derive(Default)]
struct Lists {
    items: Vec<u32>,
    ends: Vec<u32>,
}

impl Lists {
    #[inline]
    fn of(&self, location: LocationId) -> &[u32] {
        let row = location.index();
        let start = row.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
        &self.items[start..self.ends[row] as usize]
    }
}

impl Names {
    fn of(profile: &Profile) -> Self {
        let mut ids: FxHashMap<Cow<'_, str>, u32> = FxHashMap::default();
        let mut first: Vec<RunFunction> = Vec::new();
        let mut of_function: Vec<u32> = Vec::with_capacity(profile.functions.len());
        let names: Vec<Cow<'_, str>> =
            profile.functions.iter().map(|function| name_of(profile, function)).collect();
        for (function, name) in profile.functions.iter().zip(&names) {
            let file = profile.text(function.filename);
            let new = u32::try_from(first.len()).expect("functions have u32 ids");
            let id = *ids.entry(compared_name(name)).or_insert(new);
            if id == new {
                first.push(run_function(&compared_name(name), &file, function.start_line));
            } else {
                first[id as usize].meet(&file, function.start_line);
            }
            of_function.push(id);
        }
        let mut locations = Lists::default();
        for location in profile.locations.iter() {
            let lines = profile.locations.lines(location);
            if lines.is_empty() {
                let name = object_name(profile, location);
                let new = u32::try_from(first.len()).expect("functions have u32 ids");
                let id = *ids.entry(Cow::Owned(name.clone())).or_insert(new);
                if id == new {
                    first.push(run_function(&name, "", 0));
                }
                locations.items.push(id);
            }
            locations.items.extend(lines.iter().rev().map(|line| of_function[line.function.index()]));
            locations.ends.push(u32::try_from(locations.items.len()).expect("fewer than 2^32 lines"));
        }
        Self::sorted(first, locations)
    }

    /// Numbers the functions in the order of their names, whatever their order in the file.
    fn sorted(functions: Vec<RunFunction>, mut locations: Lists) -> Self {
        let mut order: Vec<u32> =
            (0..u32::try_from(functions.len()).expect("functions have u32 ids")).collect();
        order.sort_unstable_by(|&a, &b| functions[a as usize].name.cmp(&functions[b as usize].name));
        let mut rank = vec![0_u32; functions.len()];
        for (place, &id) in (0_u32..).zip(&order) {
            rank[id as usize] = place;
        }
        locations.items.iter_mut().for_each(|id| *id = rank[*id as usize]);
        let mut functions: Vec<Option<RunFunction>> = functions.into_iter().map(Some).collect();
        let functions: Vec<RunFunction> =
            order.iter().filter_map(|&id| functions[id as usize].take()).collect();
        let is_preemption = functions.iter().map(|function| is_preemption(&function.name)).collect();
        Self { functions, locations, is_preemption }
    }
}

fn name_of<'p>(profile: &'p Profile, function: &Function) -> Cow<'p, str> {
    let name = profile.text(function.name);
    if name.is_empty() { profile.text(function.system_name) } else { name }
}

/// What stands for a location without a function: addresses differ between builds, so its binary.
fn object_name(profile: &Profile, location: LocationId) -> String {
    let mapping = profile.locations.mapping(location).and_then(|id| profile.mappings.get(id.index()));
    let path = mapping.map(|mapping| profile.text(mapping.filename)).unwrap_or_default();
    match path.rsplit('/').next().filter(|name| !name.is_empty()) {
        Some(name) => format!("[{name}]"),
        None => "<unknown>".to_owned(),
    }
}

fn run_function(name: &str, file: &str, line: i64) -> RunFunction {
    RunFunction { name: name.into(), file: file.into(), line: line.max(0), is_own: is_own_code(name, file) }
}

impl RunFunction {
    /// Meets another function of the same name: the first place counts, whatever the order of the file.
    fn meet(&mut self, file: &str, line: i64) {
        if (file, line.max(0)) < (&*self.file, self.line) {
            (self.file, self.line) = (file.into(), line.max(0));
            self.is_own = is_own_code(&self.name, file);
        }
    }
}

/// Reads stacks as functions.
struct Walk<'p> {
    profile: &'p Profile,
    locations: &'p Lists,
    is_preemption: &'p [bool],
}

impl Walk<'_> {
    /// The functions of a sample, outermost first, without a preemption at the leaf.
    #[inline]
    fn read(&self, sample: usize, stack: &mut Vec<u32>) {
        stack.clear();
        for &location in self.profile.samples.stack(sample).iter().rev() {
            stack.extend_from_slice(self.locations.of(location));
        }
        while stack.len() > 1 && stack.last().is_some_and(|&leaf| self.is_preemption[leaf as usize]) {
            stack.pop();
        }
    }
}
