//! From a profile and options to the stacks that a report is about: label frames first, then filters, in pprof's order.

use std::borrow::Cow;

use goscope_parsers::pprof::{Mapping, Profile, StringId};

use super::numbers::Numbers;
use super::options::{Kind, ReportOptions, Warnings};
use crate::profile::filter::no_match;
use crate::profile::frame::Granularity;
use crate::profile::label_frames::{LabelFrames, with_label_frames};
use crate::profile::query::{QueryError, StackQuery};
use crate::profile::stacks::{Extras, Stacks, select_with};
use crate::profile::tag_filter::ignored_units;

/// The profile that a report is about: the given one, or a copy with label frames.
pub(super) struct Subject<'p> {
    profile: Cow<'p, Profile>,
    warnings: Warnings,
}

impl<'p> Subject<'p> {
    pub(super) fn new(profile: &'p Profile, options: &ReportOptions) -> Result<Self, QueryError> {
        let keys = |list: &Option<String>| -> Vec<String> {
            let keys = list.iter().flat_map(|list| list.split(','));
            keys.filter(|key| !key.is_empty()).map(str::to_owned).collect()
        };
        let profile = without_addresses(profile);
        let (root, leaf) = (keys(&options.labels.root), keys(&options.labels.leaf));
        let is_set = |list: &Option<String>| list.as_ref().is_some_and(|list| !list.is_empty());
        let mut warnings = ignored_units(&profile);
        if root.is_empty() && leaf.is_empty() {
            let unmatched = [("TagRoot", &options.labels.root), ("TagLeaf", &options.labels.leaf)];
            warnings
                .extend(unmatched.iter().filter(|(_, list)| is_set(list)).map(|(name, _)| no_match(name)));
            return Ok(Self { profile, warnings });
        }
        let LabelFrames { profile, has_root, has_leaf } =
            with_label_frames(&profile, &root, &leaf, &options.unit)?;
        if is_set(&options.labels.root) && !has_root {
            warnings.push(no_match("TagRoot"));
        }
        if is_set(&options.labels.leaf) && !has_leaf {
            warnings.push(no_match("TagLeaf"));
        }
        Ok(Self { profile: Cow::Owned(profile), warnings })
    }

    /// The stacks as this kind of report sees them.
    pub(super) fn stacks(&self, options: &ReportOptions, kind: Kind) -> Result<Stacks<'_>, QueryError> {
        if options.divide_by == 0.0 {
            return Err(QueryError::ZeroDivisor);
        }
        let query = StackQuery {
            granularity: match kind {
                Kind::List => Granularity::Lines,
                Kind::Callgrind | Kind::Proto => Granularity::Addresses,
                _ => options.query.granularity,
            },
            ..options.query.clone()
        };
        let extras = Extras {
            mean: options.mean,
            total_is_relative: options.relative_percentages,
            by_column: options.show_columns,
            without_frames: kind == Kind::Proto,
            by_object: matches!(kind, Kind::List | Kind::Callgrind),
            // Samples one by one are printed without cleaning up their paths.
            paths: (!matches!(kind, Kind::Traces | Kind::Proto)).then_some(&options.paths),
            tag_show: options.labels.show.as_deref(),
            tag_hide: options.labels.hide.as_deref(),
        };
        select_with(&self.profile, &query, extras)
    }

    /// The profile, without having copied it if it is the given one.
    pub(super) fn into_profile(self) -> Cow<'p, Profile> {
        self.profile
    }

    /// The warnings of the subject and of its stacks.
    pub(super) fn warnings(&self, stacks: &Stacks<'_>) -> Warnings {
        self.warnings.iter().chain(stacks.warnings()).cloned().collect()
    }
}

/// Mappings without the names that pprof takes for addresses which a profile was fetched from: those with a scheme,
/// unless there is a build id.
fn without_addresses(profile: &Profile) -> Cow<'_, Profile> {
    let is_address = |mapping: &Mapping| {
        profile.text(mapping.build_id).is_empty() && has_scheme(&profile.text(mapping.filename))
    };
    let mut result = Cow::Borrowed(profile);
    for (index, _) in profile.mappings.iter().enumerate().filter(|(_, mapping)| is_address(mapping)) {
        result.to_mut().mappings[index].filename = StringId(0);
    }
    result
}

fn has_scheme(text: &str) -> bool {
    let Some((scheme, _)) = text.split_once(':') else { return false };
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

/// How values of these stacks print, in the unit that the options ask for.
pub(super) fn numbers(stacks: &Stacks<'_>, options: &ReportOptions) -> Numbers {
    Numbers::new(stacks.unit(), &options.unit, options.divide_by, options.percentages)
}

#[cfg(test)]
mod tests {
    use super::has_scheme;

    #[test]
    fn names_with_a_scheme_are_addresses() {
        assert!(has_scheme("http://host/debug/pprof"));
        assert!(!has_scheme("/bin/a:b"));
    }
}
