//! The samples of a profile that label filters keep, as a profile: what one endpoint or one tenant cost, to be looked at or
//! compared like any other.

use goscope_parsers::pprof::Profile;

use super::filtered::filtered_profile;
use super::label_frames::with_label_frames;
use super::query::{Filters, LabelFilter, QueryError, StackQuery};
use super::stacks::select;

/// A profile of the samples that match all filters, and what the user should know: one sentence for every filter that
/// matched nothing.
///
/// # Errors
/// A filter is invalid.
pub fn labeled_part(profile: &Profile, labels: &[LabelFilter]) -> Result<(Profile, Vec<String>), QueryError> {
    let filters = Filters { labels: labels.to_vec(), ..Filters::default() };
    let stacks = select(profile, &StackQuery { filters, ..StackQuery::default() })?;
    Ok((filtered_profile(&stacks), stacks.warnings().to_vec()))
}

/// A profile in which the values of a label are the outermost frames of all stacks: pprof's `-tagroot`.
///
/// # Errors
/// The frames that the profile wants dropped are no regular expression.
pub fn grouped_by_label(profile: &Profile, key: &str) -> Result<Profile, QueryError> {
    Ok(with_label_frames(profile, &[key.to_owned()], &[], "auto")?.profile)
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::profile::call_tree::call_tree;
    use crate::testing::{profile, tree_text};

    const LABELED: &str = "main;a 5 | endpoint=/cart tenant=x\nmain;b 2 | endpoint=/pay tenant=x\nmain;c 1";

    fn tree(profile: &Profile) -> String {
        tree_text(&call_tree(&select(profile, &StackQuery::default()).expect("no filters")))
    }

    #[test]
    fn a_part_matches_every_filter_that_keeps_and_none_that_drops() {
        let filter = |keeps, text: &str| LabelFilter { keeps, text: text.to_owned() };
        let part = |labels: &[LabelFilter]| {
            let (part, warnings) = labeled_part(&profile(LABELED), labels).expect("good filters");
            format!("{}{}", tree(&part), warnings.join("\n"))
        };
        assert_snapshot!(part(&[filter(true, "tenant=^x$"), filter(false, "endpoint=^/pay$")]), @r"
        (root) 0 5
          main 0 5
            a 5 5
        ");
        assert_snapshot!(part(&[filter(true, "tenant=^x$"), filter(true, "endpoint=^/no$")]), @r"
        (root) 0 0
        TagFocus expression matched no samples
        ");
    }

    #[test]
    fn the_values_of_a_label_become_the_outermost_frames() {
        let grouped = grouped_by_label(&profile(LABELED), "endpoint").expect("a profile");
        assert_snapshot!(tree(&grouped), @r"
        (root) 0 8
          /cart 0 5
            main 0 5
              a 5 5
          /pay 0 2
            main 0 2
              b 2 2
          <unknown> 0 1
            main 0 1
              c 1 1
        ");
    }
}
