//! Filters by name, applied to locations: which lines of a location stay, and what a location does to a stack.
//!
//! pprof edits the lines of its locations filter by filter, and each filter sees what the one before left. All of
//! that depends on the location alone, so it is done once for every location, in pprof's order, and leaves a few
//! bits; a sample's fate is then read off the bits of its stack in one pass (`stacks`). Regular expressions meet
//! every string once. Source: google/pprof `profile/filter.go`, `profile/prune.go` as in Go 1.26 and 1.27.

use goscope_parsers::pprof::{Line, LocationId, MappingId, Profile, StringId};
use regex::bytes::Regex;

use super::query::{Filters, QueryError};
use crate::regex_dialect;

/// What a location does to the stacks that hold it, as bits.
pub(super) mod flag {
    /// Cuts itself and all below it (`drop_frames`, its outermost function matches).
    pub(crate) const DROP: u8 = 1;
    /// Cuts all below it (`drop_frames`, an inlined function matches).
    pub(crate) const DROP_BENEATH: u8 = 1 << 1;
    /// Lets the sample pass `focus`.
    pub(crate) const FOCUS: u8 = 1 << 2;
    /// Drops the sample.
    pub(crate) const IGNORE: u8 = 1 << 3;
    /// Has no line left: it is not part of the stack.
    pub(crate) const HIDDEN: u8 = 1 << 4;
    /// All above it is cut.
    pub(crate) const SHOW_FROM: u8 = 1 << 5;
    /// All below it is cut.
    pub(crate) const PRUNE_FROM: u8 = 1 << 6;
}

/// The lines of every location that the filters so far have left.
#[derive(Clone, Debug)]
pub(super) struct KeptLines<'p> {
    profile: &'p Profile,
    /// Where the lines of each location begin in `is_kept`; one entry more than locations.
    first: Vec<u32>,
    is_kept: Vec<bool>,
}

impl<'p> KeptLines<'p> {
    fn all(profile: &'p Profile) -> Self {
        let mut first = Vec::with_capacity(profile.locations.len() + 1);
        let mut n_lines = 0;
        first.push(0);
        for location in profile.locations.iter() {
            n_lines += profile.locations.lines(location).len();
            first.push(u32::try_from(n_lines).expect("fewer than 2^32 lines fit into memory"));
        }
        Self { profile, first, is_kept: vec![true; n_lines] }
    }

    /// The lines left of a location, innermost function first.
    pub(super) fn lines(&self, location: LocationId) -> impl DoubleEndedIterator<Item = &'p Line> {
        let first = self.first[location.index()] as usize;
        let lines = self.profile.locations.lines(location);
        lines.iter().enumerate().filter(move |(index, _)| self.is_kept[first + index]).map(|(_, line)| line)
    }

    fn has_none(&self, location: LocationId) -> bool {
        !self.kept(location).contains(&true)
    }

    fn kept(&self, location: LocationId) -> &[bool] {
        &self.is_kept[self.first[location.index()] as usize..self.first[location.index() + 1] as usize]
    }

    fn kept_mut(&mut self, location: LocationId) -> &mut [bool] {
        &mut self.is_kept[self.first[location.index()] as usize..self.first[location.index() + 1] as usize]
    }

    /// Drops the lines of a location for which `stays` is false.
    fn retain(&mut self, location: LocationId, mut stays: impl FnMut(&Line) -> bool) {
        let lines = self.profile.locations.lines(location);
        for (kept, line) in self.kept_mut(location).iter_mut().zip(lines) {
            *kept = *kept && stays(line);
        }
    }

    /// Index (among all lines of the location, innermost first) of the innermost kept line that matches.
    fn innermost(&self, location: LocationId, mut matches: impl FnMut(&Line) -> bool) -> Option<usize> {
        let lines = self.profile.locations.lines(location);
        (0..lines.len()).find(|&index| self.kept(location)[index] && matches(&lines[index]))
    }

    /// The same of the outermost one.
    fn outermost(&self, location: LocationId, mut matches: impl FnMut(&Line) -> bool) -> Option<usize> {
        let lines = self.profile.locations.lines(location);
        (0..lines.len()).rev().find(|&index| self.kept(location)[index] && matches(&lines[index]))
    }
}

/// What the filters make of the locations.
#[derive(Clone, Debug)]
pub(super) struct LocationFilter<'p> {
    pub(super) lines: KeptLines<'p>,
    /// Whether any filter is set.
    pub(super) is_set: bool,
    /// Bits of [`flag`] for every location; empty if no filter is set.
    pub(super) flags: Vec<u8>,
    /// Whether any of focus, ignore, hide and show is set.
    pub(super) has_name_filter: bool,
    /// Whether `show_from` is set.
    pub(super) has_show_from: bool,
    /// One sentence for every filter that matched nothing, in pprof's order and words.
    pub(super) warnings: Vec<String>,
}

/// Applies all name filters, the profile's own `drop_frames` included, to all locations.
pub(super) fn filter_locations<'p>(
    profile: &'p Profile,
    filters: &Filters,
) -> Result<LocationFilter<'p>, QueryError> {
    let names = NameFilters::compile(filters)?;
    let drop_frames = DropFrames::compile(profile);
    let mut result = LocationFilter {
        lines: KeptLines::all(profile),
        is_set: drop_frames.is_some() || !names.is_empty(),
        flags: Vec::new(),
        has_name_filter: names.has_any(),
        has_show_from: names.show_from.is_some(),
        warnings: Vec::new(),
    };
    if !result.is_set {
        return Ok(result);
    }
    result.flags = vec![0; profile.locations.len()];
    if let Some(mut drop_frames) = drop_frames {
        drop_frames.apply(&mut result.lines, &mut result.flags);
    }
    apply_names(profile, &names, &mut result);
    Ok(result)
}

struct NameFilters {
    focus: Option<Regex>,
    ignore: Option<Regex>,
    hide: Option<Regex>,
    show: Option<Regex>,
    show_from: Option<Regex>,
    prune_from: Option<Regex>,
}

impl NameFilters {
    fn compile(filters: &Filters) -> Result<Self, QueryError> {
        Ok(Self {
            focus: compile("focus", filters.focus.as_deref())?,
            ignore: compile("ignore", filters.ignore.as_deref())?,
            hide: compile("hide", filters.hide.as_deref())?,
            show: compile("show", filters.show.as_deref())?,
            show_from: compile("show_from", filters.show_from.as_deref())?,
            prune_from: compile("prune_from", filters.prune_from.as_deref())?,
        })
    }

    fn has_any(&self) -> bool {
        self.focus.is_some() || self.ignore.is_some() || self.hide.is_some() || self.show.is_some()
    }

    fn is_empty(&self) -> bool {
        !self.has_any() && self.show_from.is_none() && self.prune_from.is_none()
    }
}

/// A filter's expression; `None` if it is not set.
pub(crate) fn compile(option: &'static str, pattern: Option<&str>) -> Result<Option<Regex>, QueryError> {
    let Some(pattern) = pattern.filter(|pattern| !pattern.is_empty()) else { return Ok(None) };
    let compiled = regex_dialect::compile(pattern);
    compiled.map(Some).map_err(|reason| QueryError::Pattern { option, pattern: pattern.to_owned(), reason })
}

/// Which strings a regular expression matches: each is tried once, when first asked for.
struct Matcher<'p, 'r> {
    profile: &'p Profile,
    regex: &'r Regex,
    /// 0 not asked yet, 1 no, 2 yes.
    known: Vec<u8>,
}

impl<'p, 'r> Matcher<'p, 'r> {
    fn new(profile: &'p Profile, regex: &'r Regex) -> Self {
        Self { profile, regex, known: vec![0; profile.strings.len()] }
    }

    fn string(&mut self, string: StringId) -> bool {
        let known = &mut self.known[string.index()];
        if *known == 0 {
            *known = 1 + u8::from(self.regex.is_match(self.profile.text(string).as_bytes()));
        }
        *known == 2
    }

    /// By function name or file name.
    fn line(&mut self, line: &Line) -> bool {
        let function = self.profile.functions[line.function.index()];
        self.string(function.name) || self.string(function.filename)
    }

    fn mapping(&mut self, mapping: Option<MappingId>) -> bool {
        mapping.is_some_and(|mapping| self.string(self.profile.mappings[mapping.index()].filename))
    }

    /// By any kept line or by the binary.
    fn location(&mut self, lines: &KeptLines<'_>, location: LocationId) -> bool {
        lines.lines(location).any(|line| self.line(line))
            || self.mapping(self.profile.locations.mapping(location))
    }
}

fn apply_names(profile: &Profile, names: &NameFilters, result: &mut LocationFilter<'_>) {
    if result.has_name_filter {
        mark_focus_and_ignore(profile, names, result);
        if let Some(regex) = &names.hide {
            hide_lines(profile, regex, result);
        }
        if let Some(regex) = &names.show {
            show_lines(profile, regex, result);
        }
    }
    if let Some(regex) = &names.show_from {
        mark_show_from(profile, regex, result);
    }
    if let Some(regex) = &names.prune_from {
        mark_prune_from(profile, regex, result);
    }
}

impl LocationFilter<'_> {
    fn warn_unless(&mut self, has_match: bool, filter: &str) {
        if !has_match {
            self.warnings.push(no_match(filter));
        }
    }
}

/// What pprof says of a filter that matched nothing.
pub(crate) fn no_match(filter: &str) -> String {
    format!("{filter} expression matched no samples")
}

/// A location that matches both is ignored; without a focus every other location is focused.
fn mark_focus_and_ignore(profile: &Profile, names: &NameFilters, result: &mut LocationFilter<'_>) {
    let mut focus = names.focus.as_ref().map(|regex| Matcher::new(profile, regex));
    let mut ignore = names.ignore.as_ref().map(|regex| Matcher::new(profile, regex));
    let mut seen = 0;
    for location in profile.locations.iter() {
        let flags = &mut result.flags[location.index()];
        if ignore.as_mut().is_some_and(|ignore| ignore.location(&result.lines, location)) {
            *flags |= flag::IGNORE;
        } else if focus.as_mut().is_none_or(|focus| focus.location(&result.lines, location)) {
            *flags |= flag::FOCUS;
        }
        seen |= *flags;
    }
    result.warn_unless(focus.is_none() || seen & flag::FOCUS != 0, "Focus");
    result.warn_unless(ignore.is_none() || seen & flag::IGNORE != 0, "Ignore");
}

/// Takes matching lines away; a match of the binary takes the whole location.
fn hide_lines(profile: &Profile, regex: &Regex, result: &mut LocationFilter<'_>) {
    let mut matcher = Matcher::new(profile, regex);
    let mut has_match = false;
    for location in profile.locations.iter() {
        if !matcher.location(&result.lines, location) {
            continue;
        }
        has_match = true;
        if matcher.mapping(profile.locations.mapping(location)) {
            result.lines.retain(location, |_| false);
        } else {
            result.lines.retain(location, |line| !matcher.line(line));
        }
        if result.lines.has_none(location) {
            result.flags[location.index()] |= flag::HIDDEN;
        }
    }
    result.warn_unless(has_match, "Hide");
}

/// Leaves matching lines only; a match of the binary leaves all. A location without symbols always goes.
fn show_lines(profile: &Profile, regex: &Regex, result: &mut LocationFilter<'_>) {
    let mut matcher = Matcher::new(profile, regex);
    let mut has_match = false;
    for location in profile.locations.iter() {
        if !matcher.mapping(profile.locations.mapping(location)) {
            result.lines.retain(location, |line| matcher.line(line));
        }
        if result.lines.has_none(location) {
            result.flags[location.index()] |= flag::HIDDEN;
        } else {
            has_match = true;
        }
    }
    result.warn_unless(has_match, "Show");
}

/// Marks matching locations and takes away the lines above their outermost match.
fn mark_show_from(profile: &Profile, regex: &Regex, result: &mut LocationFilter<'_>) {
    let mut matcher = Matcher::new(profile, regex);
    let mut has_match = false;
    for location in profile.locations.iter() {
        if !matcher.mapping(profile.locations.mapping(location)) {
            let Some(outermost) = result.lines.outermost(location, |line| matcher.line(line)) else {
                continue;
            };
            result.lines.kept_mut(location)[outermost + 1..].fill(false);
        }
        result.flags[location.index()] |= flag::SHOW_FROM;
        has_match = true;
    }
    result.warn_unless(has_match, "ShowFrom");
}

/// Marks locations with a matching function name and takes away the lines below their innermost match.
fn mark_prune_from(profile: &Profile, regex: &Regex, result: &mut LocationFilter<'_>) {
    let mut matcher = SimpleNameMatcher::new(profile, |name| regex.is_match(name.as_bytes()));
    for location in profile.locations.iter() {
        let Some(innermost) = result.lines.innermost(location, |line| matcher.line(line)) else { continue };
        result.lines.kept_mut(location)[..innermost].fill(false);
        result.flags[location.index()] |= flag::PRUNE_FROM;
    }
}

/// Which functions match by their simplified name: each name is tried once.
struct SimpleNameMatcher<'p, F> {
    profile: &'p Profile,
    matches: F,
    /// 0 not asked yet, 1 no, 2 yes; by the name's string.
    known: Vec<u8>,
}

impl<'p, F: Fn(&str) -> bool> SimpleNameMatcher<'p, F> {
    fn new(profile: &'p Profile, matches: F) -> Self {
        Self { profile, matches, known: vec![0; profile.strings.len()] }
    }

    fn line(&mut self, line: &Line) -> bool {
        let name = self.profile.functions[line.function.index()].name;
        let known = &mut self.known[name.index()];
        if *known == 0 {
            let text = self.profile.text(name);
            *known = 1 + u8::from(!text.is_empty() && (self.matches)(simplified_name(&text)));
        }
        *known == 2
    }
}

/// A function name as `drop_frames` and `prune_from` see it: without a leading dot (PPC64 ELF v1) and cut before its
/// parameters, which is why Go methods (`pkg.(*T).m`) are seen as `pkg.`.
fn simplified_name(name: &str) -> &str {
    const RESERVED: [&str; 2] = ["(anonymous namespace)", "operator()"];
    let name = name.strip_prefix('.').unwrap_or(name);
    let mut at = 0;
    while let Some(offset) = name[at..].find(['(', 'o']) {
        at += offset;
        if let Some(reserved) = RESERVED.iter().find(|reserved| name[at..].starts_with(**reserved)) {
            at += reserved.len();
        } else if name[at..].starts_with('(') {
            return &name[..at];
        } else {
            at += 1;
        }
    }
    name
}

/// The expressions by which a profile itself asks for frames to be cut away.
struct DropFrames {
    drop: Regex,
    keep: Option<Regex>,
}

impl DropFrames {
    /// `None` if the profile asks for nothing, or (as pprof does, silently) if an expression is wrong.
    fn compile(profile: &Profile) -> Option<Self> {
        let anchored = |pattern: StringId| regex_dialect::compile_anchored(&profile.text(pattern));
        if profile.text(profile.drop_frames).is_empty() {
            return None;
        }
        let drop = anchored(profile.drop_frames).ok()?;
        let keep = if profile.text(profile.keep_frames).is_empty() {
            None
        } else {
            Some(anchored(profile.keep_frames).ok()?)
        };
        Some(Self { drop, keep })
    }

    /// Marks locations with a matching function; where inlined functions match, the lines above them stay.
    fn apply(&mut self, lines: &mut KeptLines<'_>, flags: &mut [u8]) {
        let profile = lines.profile;
        let is_dropped = |name: &str| {
            let name = name.as_bytes();
            self.drop.is_match(name) && self.keep.as_ref().is_none_or(|keep| !keep.is_match(name))
        };
        let mut matcher = SimpleNameMatcher::new(profile, is_dropped);
        for location in profile.locations.iter() {
            let Some(outermost) = lines.outermost(location, |line| matcher.line(line)) else { continue };
            if outermost + 1 == profile.locations.lines(location).len() {
                flags[location.index()] |= flag::DROP;
            } else {
                lines.kept_mut(location)[..=outermost].fill(false);
                flags[location.index()] |= flag::DROP_BENEATH;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::simplified_name;

    #[test]
    fn names_are_cut_at_the_first_parenthesis_that_is_not_part_of_a_name() {
        for (name, simple) in [
            ("malloc", "malloc"),
            (".malloc", "malloc"),
            ("main.(*T).m", "main."),
            ("operator()(int)", "operator()"),
            ("(anonymous namespace)::f(int)", "(anonymous namespace)::f"),
            ("a::operator new(unsigned long)", "a::operator new"),
            ("foo", "foo"),
        ] {
            assert_eq!(simplified_name(name), simple, "{name}");
        }
    }
}
