//! What `goscope trace cohort` found, in one sentence.
//!
//! ```text
//! tasks catalog: log tenant north: 11 of 11 slow ones, 31 of 394 typical ones (p 1.2e-9)
//! ```

use goscope_analysis::trace::answers::population::Population;
use goscope_analysis::trace::model::TraceModel;

use super::cohort::{Cohort, Feature, FeatureRow};
use super::sentence::{Link, Sentence};
use crate::text;

/// The sentence about a cohort with at least one slow instance.
pub fn cohort_sentence(model: &TraceModel, population: &Population, cohort: &Cohort) -> Sentence {
    let subject = Sentence::default().noun(population.text(), Link::Population(population.clone()));
    let Cohort { slow, typical, features, looked_at, .. } = cohort;
    if *typical == 0 {
        return subject.plain(": slow ones cannot be told from typical ones");
    }
    let Some(row) = features.first() else {
        let looked_at = text::counted(*looked_at, "feature");
        let nothing =
            format!(": of {looked_at}, none tells the {slow} slow ones from {typical} typical ones");
        return subject.plain(nothing);
    };
    let (name, value) = row.feature.text(model, population);
    let subject = subject.plain(format!(": {}", text::name(&name)));
    let subject = match row.feature {
        _ if value.is_empty() => subject,
        Feature::Waker(_) => subject.plain(" ").function(&value),
        _ => subject.plain(format!(" {}", text::name(&value))),
    };
    let [of_slow, of_typical] = counts(cohort, row);
    subject.plain(format!(": {of_slow} slow ones, {of_typical} typical ones (p {:.1e})", row.p))
}

/// How many have it: `11 of 12`; of what is a number, the mean: `3.4 for`.
fn counts(cohort: &Cohort, row: &FeatureRow) -> [String; 2] {
    match row.feature {
        Feature::Burst => [row.slow, row.typical].map(|mean| format!("{mean:.1} for")),
        _ => [format!("{} of {}", row.slow, cohort.slow), format!("{} of {}", row.typical, cohort.typical)],
    }
}
