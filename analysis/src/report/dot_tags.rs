//! The labels of a node as boxes beside it, at most four: pprof calls them nodelets.

use std::fmt;

use super::numbers::Numbers;
use super::put;
use crate::profile::graph::{NodeTags, Tag};
use crate::profile::query::QueryError;
use crate::value::{format_value, scale};

const MAX_BOXES: usize = 4;

/// Writes the boxes of a node; whether there are any. Nodes with callees show what ends in them, others what they
/// hold, which includes what has been cut off below.
pub(super) fn put_tags(
    tags: &NodeTags,
    node: usize,
    has_callees: bool,
    numbers: &Numbers,
    out: &mut dyn fmt::Write,
) -> Result<bool, QueryError> {
    let boxes = Boxes { by_flat: has_callees, numbers };
    let mut text = String::new();
    let mut texts = tags.texts.clone();
    sort(&mut texts, boxes.by_flat);
    texts.truncate(MAX_BOXES);
    for (index, tag) in texts.iter().enumerate() {
        let weight = if boxes.by_flat { tag.flat_value() } else { tag.cum_value() };
        if weight == 0 {
            continue;
        }
        boxes.push(&mut text, [&format!("N{node}"), &format!("N{node}_{index}")], tag, (weight, ""));
        if let Some(values) = tags.numbers.get(&tag.name) {
            boxes.push_numbers(&mut text, values, &format!("N{node}_{index}"));
        }
    }
    if let Some(values) = tags.numbers.get("") {
        boxes.push_numbers(&mut text, values, &format!("N{node}"));
    }
    put(out, format_args!("{text}"))?;
    Ok(!text.is_empty())
}

struct Boxes<'n> {
    /// Whether what ends in the node counts, and not what it holds.
    by_flat: bool,
    numbers: &'n Numbers,
}

impl Boxes<'_> {
    fn push_numbers(&self, text: &mut String, values: &[Tag], source: &str) {
        for (index, tag) in collapsed(values, self.by_flat).iter().enumerate() {
            let is_flat = self.by_flat || tag.flat_value() == tag.cum_value();
            let weight =
                if is_flat { (tag.flat_value(), "") } else { (tag.cum_value(), " style=\"dotted\"") };
            if weight.0 != 0 {
                // The second N is pprof's.
                self.push(text, [source, &format!("N{source}_{index}")], tag, weight);
            }
        }
    }

    /// A box and the line to it.
    fn push(&self, text: &mut String, [source, name]: [&str; 2], tag: &Tag, (weight, style): (i64, &str)) {
        let weight = self.numbers.text(weight);
        let label = &tag.name;
        text.push_str(&format!(
            "{name} [label = \"{label}\" id=\"{name}\" fontsize=8 shape=box3d tooltip=\"{weight}\"]\n\
             {source} -> {name} [label=\" {weight}\" weight=100 tooltip=\"{weight}\" labeltooltip=\"{weight}\"{style}]\n"
        ));
    }
}

fn sort(tags: &mut [Tag], by_flat: bool) {
    tags.sort_by(|a, b| {
        let cum = if by_flat || a.cum == b.cum {
            std::cmp::Ordering::Equal
        } else {
            b.cum.wrapping_abs().cmp(&a.cum.wrapping_abs())
        };
        let flat = b.flat.wrapping_abs().cmp(&a.flat.wrapping_abs());
        cum.then(flat).then_with(|| a.name.cmp(&b.name))
    });
}

/// At most four: the most important numbers, each with those that are nearest to it.
fn collapsed(values: &[Tag], by_flat: bool) -> Vec<Tag> {
    let mut values = values.to_vec();
    sort(&mut values, by_flat);
    if values.len() <= MAX_BOXES {
        return values;
    }
    let rest = values.split_off(MAX_BOXES);
    let mut groups: Vec<Vec<Tag>> = values.into_iter().map(|tag| vec![tag]).collect();
    for tag in rest {
        let distance = |group: &[Tag]| {
            let center = &group[0];
            (scale(center.value, &center.unit, &tag.unit).0 - tag.value as f64).abs()
        };
        let mut nearest = 0;
        for group in 1..groups.len() {
            if distance(&groups[group]) < distance(&groups[nearest]) {
                nearest = group;
            }
        }
        groups[nearest].push(tag);
    }
    let mut groups: Vec<Tag> = groups.iter().map(|group| range_of(group)).collect();
    sort(&mut groups, by_flat);
    groups
}

/// A group of numbers as one, named by its range.
fn range_of(group: &[Tag]) -> Tag {
    let name = |tag: &Tag| format_value(tag.value, &tag.unit, "auto");
    if let [tag] = group {
        return Tag { name: name(tag), flat: tag.flat_value(), cum: tag.cum_value(), ..Tag::default() };
    }
    let (mut least, mut most) = (&group[0], &group[0]);
    let mut sum = Tag::default();
    for tag in group {
        if (scale(tag.value, &tag.unit, &least.unit).0 as i64) < least.value {
            least = tag;
        }
        if scale(tag.value, &tag.unit, &most.unit).0 as i64 > most.value {
            most = tag;
        }
        sum.flat = sum.flat.wrapping_add(tag.flat);
        sum.cum = sum.cum.wrapping_add(tag.cum);
        sum.flat_divisor = sum.flat_divisor.wrapping_add(tag.flat_divisor);
        sum.cum_divisor = sum.cum_divisor.wrapping_add(tag.cum_divisor);
    }
    let (flat, cum) = (sum.flat_value(), sum.cum_value());
    Tag { name: format!("{}..{}", name(least), name(most)), flat, cum, ..Tag::default() }
}
