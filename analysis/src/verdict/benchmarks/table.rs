//! The lines of a comparison: each benchmark of a package by each unit, with the values of both sides.

use std::collections::BTreeMap;
use std::sync::Arc;

use goscope_parsers::bench::BenchOutput;
use rustc_hash::FxHashMap;

use crate::verdict::profiles::hypotheses::Patterns;
use crate::verdict::row::Untested;

/// A benchmark of a package by a unit.
#[derive(Clone, Debug)]
pub(super) struct Line {
    /// Empty if the output does not say.
    pub(super) package: Arc<str>,
    pub(super) name: Arc<str>,
    pub(super) unit: Arc<str>,
    /// Values of base and head, as they came.
    pub(super) values: [Vec<f64>; 2],
    /// Whether more is better.
    pub(super) is_more_better: bool,
    /// Whether one value is enough.
    pub(super) is_exact: bool,
    pub(super) untested: Option<Untested>,
}

/// Lines of both sides, and what is on one alone.
#[derive(Clone, Debug, Default)]
pub(super) struct Table {
    /// In order of first appearance.
    pub(super) lines: Vec<Line>,
    /// Benchmarks of the base alone and of the head alone.
    pub(super) unpaired: [Vec<String>; 2],
    /// Whether there is more than one package: then names have theirs.
    pub(super) has_packages: bool,
}

impl Line {
    /// The name as it is shown.
    pub(super) fn title(&self, has_packages: bool) -> Arc<str> {
        if has_packages && !self.package.is_empty() {
            return format!("{}.{}", self.package, self.name).into();
        }
        Arc::clone(&self.name)
    }

    /// Whether each side has one value only, whichever it is, more than twice: it does not depend on chance.
    pub(super) fn is_constant(&self) -> bool {
        let is_one = |values: &Vec<f64>| values.windows(2).all(|pair| pair[0] == pair[1]);
        self.values.iter().all(is_one) && (self.is_exact || self.values.iter().all(|values| values.len() > 2))
    }
}

/// Whether more of a unit is better: what its line says, else by its name, as benchstat's library has it.
fn is_more_better(unit: &str, known: &FxHashMap<(&str, &str), &str>) -> bool {
    match known.get(&(unit, "better")) {
        Some(better) => *better == "higher",
        None => unit.ends_with("/s") || unit.ends_with("/sec"),
    }
}

/// Puts results of both sides side by side.
pub(super) fn table(
    base: &[&BenchOutput],
    head: &[&BenchOutput],
    unit: Option<&str>,
    patterns: &Patterns,
) -> Table {
    let mut known: FxHashMap<(&str, &str), &str> = FxHashMap::default();
    for (unit, key, value) in base.iter().chain(head).flat_map(|output| &output.units) {
        known.entry((unit, key)).or_insert(value);
    }
    let mut places: FxHashMap<(&str, &str, &str), usize> = FxHashMap::default();
    let mut lines: Vec<Line> = Vec::new();
    for (side, outputs) in [base, head].into_iter().enumerate() {
        for result in outputs.iter().flat_map(|output| &output.results) {
            let package = result.config("pkg").unwrap_or_default();
            for (value, unit) in &result.values {
                let place = *places.entry((package, &result.name, unit)).or_insert(lines.len());
                if place == lines.len() {
                    lines.push(Line {
                        package: package.into(),
                        name: Arc::clone(&result.name),
                        unit: Arc::clone(unit),
                        values: [Vec::new(), Vec::new()],
                        is_more_better: is_more_better(unit, &known),
                        is_exact: known.get(&(&**unit, "assume")) == Some(&"exact"),
                        untested: None,
                    });
                }
                lines[place].values[side].push(*value);
            }
        }
    }
    paired(lines, unit, patterns)
}

/// Leaves the lines that both sides have.
fn paired(lines: Vec<Line>, unit: Option<&str>, patterns: &Patterns) -> Table {
    let mut packages: Vec<&str> = lines.iter().map(|line| &*line.package).collect();
    packages.sort_unstable();
    packages.dedup();
    let has_packages = packages.len() > 1;
    let mut seen: BTreeMap<String, [bool; 2]> = BTreeMap::new();
    for line in &lines {
        let sides = seen.entry(line.title(has_packages).to_string()).or_default();
        (0..2).for_each(|side| sides[side] |= !line.values[side].is_empty());
    }
    let alone = |side: usize| {
        let is_alone = |(_, sides): &(&String, &[bool; 2])| sides[side] && !sides[1 - side];
        seen.iter().filter(is_alone).map(|(name, _)| name.clone()).collect()
    };
    let unpaired = [alone(0), alone(1)];
    let mut lines: Vec<Line> =
        lines.into_iter().filter(|line| line.values.iter().all(|values| !values.is_empty())).collect();
    for line in &mut lines {
        let title = line.title(has_packages);
        if !patterns.has(&title) || unit.is_some_and(|unit| *unit != *line.unit) {
            line.untested = Some(Untested::Excluded);
        } else if line.values.iter().flatten().any(|value| value.is_nan()) {
            line.untested = Some(Untested::NoModel);
        }
    }
    Table { lines, unpaired, has_packages }
}
