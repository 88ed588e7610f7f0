//! The labels of the samples of every node, for pictures: texts as one line a set, and the numbers named `bytes`.

use std::borrow::Cow;
use std::collections::BTreeMap;

use goscope_parsers::pprof::{Label, Profile};
use rustc_hash::FxHashMap;

use crate::profile::stacks::{BASE_KEY, Stacks, mean};
use crate::profile::tag_filter::{LabelUnits, is_number};
use crate::value::format_value;

/// What the samples of a node say of one label.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tag {
    /// All texts of the sample as `key:value`, joined by `\n` as dot writes a line end; or the number with its unit.
    pub(crate) name: String,
    /// Unit of the number; empty for texts.
    pub(crate) unit: String,
    pub(crate) value: i64,
    pub(crate) flat: i64,
    pub(crate) cum: i64,
    pub(crate) flat_divisor: i64,
    pub(crate) cum_divisor: i64,
}

impl Tag {
    pub(crate) fn flat_value(&self) -> i64 {
        mean((self.flat, self.flat_divisor))
    }

    pub(crate) fn cum_value(&self) -> i64 {
        mean((self.cum, self.cum_divisor))
    }
}

/// The labels of a node.
#[derive(Clone, Debug, Default)]
pub(crate) struct NodeTags {
    pub(crate) texts: Vec<Tag>,
    /// By the texts that the samples have beside the number; "" for none.
    pub(crate) numbers: BTreeMap<String, Vec<Tag>>,
}

/// How many boxes the labels of a node ask for.
pub(super) fn count_tags(tags: &NodeTags) -> usize {
    let numbers = tags.numbers.values().flatten();
    tags.texts.iter().chain(numbers).filter(|tag| tag.flat != 0).count()
}

/// Takes labels away whose flat and cum are both below the cutoff.
pub(super) fn trim_tags(tags: &mut [NodeTags], cutoff: i64) {
    let stays = |tag: &Tag| tag.flat.wrapping_abs() >= cutoff || tag.cum.wrapping_abs() >= cutoff;
    for node in tags {
        node.texts.retain(stays);
        node.numbers.values_mut().for_each(|numbers| numbers.retain(stays));
    }
}

/// What labels a sample has: rows of tables in [`TagSums`].
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct LabelSet {
    /// Row of the joined texts; 0 for none.
    texts: u32,
    /// Rows of the numbers.
    numbers: Vec<u32>,
}

/// Adds up labels by node.
pub(super) struct TagSums<'p> {
    profile: &'p Profile,
    units: LabelUnits,
    texts: Vec<String>,
    text_rows: FxHashMap<String, u32>,
    /// Name, unit and first value of every number that prints differently.
    numbers: Vec<(String, String, i64)>,
    number_rows: FxHashMap<String, u32>,
    known: FxHashMap<Vec<Label>, u32>,
    sets: Vec<LabelSet>,
    /// By node, texts and number (0 for the texts themselves, else one more than its row).
    sums: FxHashMap<(u32, u32, u32), TagSum>,
}

/// The four sums of a [`Tag`].
#[derive(Clone, Copy, Default)]
struct TagSum {
    flat: i64,
    cum: i64,
    flat_divisor: i64,
    cum_divisor: i64,
}

/// Whether a sum is of samples that end in the node, or hold it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Flat,
    Cum,
}

impl<'p> TagSums<'p> {
    pub(super) fn new(profile: &'p Profile) -> Self {
        Self {
            profile,
            units: LabelUnits::of(profile),
            texts: vec![String::new()],
            text_rows: std::iter::once((String::new(), 0)).collect(),
            numbers: Vec::new(),
            number_rows: FxHashMap::default(),
            known: FxHashMap::default(),
            sets: Vec::new(),
            sums: FxHashMap::default(),
        }
    }

    /// The row of the set that these labels are.
    pub(super) fn set<'l>(&mut self, labels: impl Iterator<Item = &'l Label>) -> u32 {
        let labels: Vec<Label> = labels.copied().collect();
        if let Some(&row) = self.known.get(&labels) {
            return row;
        }
        let profile = self.profile;
        let bytes = |label: &Label| profile.strings.bytes(label.key);
        let texts = labels.iter().filter(|label| !label.is_numeric() && bytes(label) != BASE_KEY);
        let mut texts: Vec<String> = texts.map(|label| label_text(profile, label)).collect();
        texts.sort_unstable();
        let next = row(self.texts.len());
        let joined = texts.join("\\n");
        let texts = *self.text_rows.entry(joined.clone()).or_insert(next);
        if texts == next {
            self.texts.push(joined);
        }
        let mut numbers = Vec::new();
        for label in labels.iter().filter(|label| is_number(label) && bytes(label) == b"bytes") {
            let unit = self.units.unit(label.key);
            let name = format_value(label.num, unit, "minimum");
            let next = row(self.numbers.len());
            let number = *self.number_rows.entry(name.clone()).or_insert(next);
            if number == next {
                self.numbers.push((name, unit.to_owned(), label.num));
            }
            numbers.push(number);
        }
        let set = row(self.sets.len());
        self.sets.push(LabelSet { texts, numbers });
        self.known.insert(labels, set);
        set
    }

    /// Adds a sample to a node: (weight, divisor).
    pub(super) fn add(&mut self, node: u32, set: u32, value: (i64, i64), part: Part) {
        let LabelSet { texts, numbers } = &self.sets[set as usize];
        let own = (*texts != 0).then_some(0);
        for number in own.into_iter().chain(numbers.iter().map(|number| number + 1)) {
            let tag = self.sums.entry((node, *texts, number)).or_default();
            let (sum, divisor) = match part {
                Part::Flat => (&mut tag.flat, &mut tag.flat_divisor),
                Part::Cum => (&mut tag.cum, &mut tag.cum_divisor),
            };
            *sum = sum.wrapping_add(value.0);
            *divisor = divisor.wrapping_add(value.1);
        }
    }

    pub(super) fn finish(self, n_nodes: usize) -> Vec<NodeTags> {
        let mut tags = vec![NodeTags::default(); n_nodes];
        let mut sums: Vec<((u32, u32, u32), TagSum)> = self.sums.into_iter().collect();
        sums.sort_unstable_by_key(|&(key, _)| key);
        for ((node, texts, number), TagSum { flat, cum, flat_divisor, cum_divisor }) in sums {
            let tag = Tag { flat, cum, flat_divisor, cum_divisor, ..Tag::default() };
            let node = &mut tags[node as usize];
            let texts = &self.texts[texts as usize];
            if number == 0 {
                node.texts.push(Tag { name: texts.clone(), ..tag });
            } else {
                let (name, unit, value) = self.numbers[number as usize - 1].clone();
                node.numbers.entry(texts.clone()).or_default().push(Tag { name, unit, value, ..tag });
            }
        }
        tags
    }
}

fn label_text(profile: &Profile, label: &Label) -> String {
    let (key, value) = (profile.text(label.key), profile.text(label.str));
    format!("{}:{}", quotable(&key), quotable(&value))
}

/// A text as it may stand between dot's quotes. pprof writes it as it is, which is the same unless it holds a quote or ends
/// with a backslash: then it would leave them.
pub(crate) fn quotable(text: &str) -> Cow<'_, str> {
    if !text.contains('"') && !text.ends_with('\\') {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn row(len: usize) -> u32 {
    u32::try_from(len).expect("tables have u32 rows")
}

/// The labels of some nodes of a graph of frames; those of others are empty.
pub(super) fn node_tags(stacks: &Stacks<'_>, n_nodes: usize, wanted: &[u32]) -> Vec<NodeTags> {
    if !stacks.profile().samples.has_labels() {
        return Vec::new();
    }
    let mut is_wanted = vec![false; n_nodes];
    wanted.iter().for_each(|&row| is_wanted[row as usize] = true);
    let mut sums = TagSums::new(stacks.profile());
    let mut stamps = vec![0_usize; n_nodes];
    let mut stack = Vec::new();
    for index in 0..stacks.len() {
        let value = (stacks.weight(index), stacks.divisor(index));
        if value == (0, 0) {
            continue;
        }
        let set = sums.set(stacks.shown_labels(index));
        stacks.read_stack(index, &mut stack);
        for frame in stack.iter().filter(|frame| is_wanted[frame.index()]) {
            if stamps[frame.index()] != index + 1 {
                stamps[frame.index()] = index + 1;
                sums.add(frame.0, set, value, Part::Cum);
            }
        }
        if let Some(leaf) = stack.last().filter(|leaf| is_wanted[leaf.index()]) {
            sums.add(leaf.0, set, value, Part::Flat);
        }
    }
    sums.finish(n_nodes)
}
