//! Who pays for the garbage collector, and who causes it.

use std::collections::BTreeMap;
use std::sync::Arc;

use goscope_analysis::trace::answers::gc_bill::gc_bill;
pub use goscope_analysis::trace::answers::gc_bill::{BillRow, FEW_RISES, GcBill};
use goscope_analysis::trace::answers::population::{One, Population};
use goscope_analysis::trace::answers::requests::endpoint_text;
use goscope_analysis::trace::model::TraceModel;
use goscope_analysis::trace::names::given_name;
use goscope_parsers::pprof::Profile;

use super::sentence::{Link, Sentence};
use crate::query::documents::Documents;
use crate::query::question::{Question, QuestionError};
use crate::query::trace::selection::TimeRange;
use crate::query::trace::subject::on_clock;
use crate::text;

/// Asks who pays for the collector.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct GcBillQuery {
    /// The instances; `None` for what the trace has: tasks, else regions, else requests, else goroutines by function.
    pub population: Option<Population>,
    /// When; `None` for the whole trace.
    pub range: Option<TimeRange>,
    /// What a profile of the heap of the same run says.
    pub profile: Option<Arc<AllocSites>>,
}

/// Where a program allocates, by a profile of its heap: of the whole run, whoever did it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct AllocSites {
    /// Functions of stacks, innermost first, with the bytes that were allocated there.
    stacks: Vec<(Vec<String>, u64)>,
}

/// A function that allocates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllocSite {
    /// The innermost function outside of the runtime.
    pub function: String,
    /// Bytes.
    pub bytes: u64,
}

impl AllocSites {
    /// The sites of a heap or allocation profile; `None` if it is none.
    pub fn new(profile: &Profile) -> Option<Self> {
        let kinds = &profile.sample_types;
        let column = kinds.iter().position(|column| profile.text(column.kind) == "alloc_space")?;
        let mut bytes: BTreeMap<Vec<String>, u64> = BTreeMap::new();
        for sample in 0..profile.samples.len() {
            let lines = profile.samples.stack(sample).iter().flat_map(|at| profile.locations.lines(*at));
            let functions = lines.filter_map(|line| profile.functions.get(line.function.index()));
            let functions = functions.map(|function| profile.text(function.name).into_owned()).collect();
            *bytes.entry(functions).or_default() +=
                u64::try_from(profile.samples.value(sample, column)).unwrap_or(0);
        }
        Some(Self { stacks: bytes.into_iter().filter(|(_, bytes)| *bytes > 0).collect() })
    }

    /// All bytes.
    pub fn bytes(&self) -> u64 {
        self.stacks.iter().map(|(_, bytes)| bytes).sum()
    }

    /// Who allocates, most first; only what is called by a function, if one is given.
    pub fn sites(&self, below: Option<&str>) -> Vec<AllocSite> {
        let mut by: BTreeMap<&str, u64> = BTreeMap::new();
        for (functions, bytes) in &self.stacks {
            if below.is_some_and(|wanted| !functions.iter().any(|function| function == wanted)) {
                continue;
            }
            let is_runtime = |function: &&String| function.starts_with("runtime.");
            let site = functions.iter().find(|function| !is_runtime(function)).or(functions.first());
            *by.entry(site.map_or("", String::as_str)).or_default() += bytes;
        }
        let site = |(function, bytes): (&str, u64)| AllocSite { function: function.to_owned(), bytes };
        let mut sites: Vec<AllocSite> = by.into_iter().map(site).collect();
        sites.sort_by_key(|site| std::cmp::Reverse(site.bytes));
        sites
    }
}

/// Who pays.
#[derive(Clone, Debug)]
pub struct GcBillAnswer {
    /// The instances that were looked at; `None`: goroutines by function.
    pub population: Option<Population>,
    /// The answer.
    pub bill: GcBill,
    /// What the profile says, if there is one.
    pub profile: Option<Arc<AllocSites>>,
}

impl Question for GcBillQuery {
    type Answer = GcBillAnswer;
    type Input = ();

    fn input(&self) {}

    fn answer(&self, documents: Documents<'_>, (): ()) -> Result<GcBillAnswer, QuestionError> {
        let model = documents.model()?;
        let population = self.population.clone().or_else(|| Population::of_trace(model));
        let range = self.range.map(|range| on_clock(model, Some(range)));
        let bill = gc_bill(model, population.as_ref(), range.as_ref());
        Ok(GcBillAnswer { bill, population, profile: self.profile.clone() })
    }
}

impl GcBillAnswer {
    /// Where a row allocates by the profile: below the function that it is named after. Nothing of tasks and regions,
    /// which no stack names.
    pub fn sites(&self, model: &TraceModel, row: &BillRow) -> Vec<AllocSite> {
        let has_function = matches!(
            self.population,
            None | Some(
                Population::Requests(_) | Population::Goroutines(_) | Population::One(One::Goroutine(_))
            )
        );
        let profile = self.profile.as_ref().filter(|_| has_function);
        profile.map_or(Vec::new(), |profile| profile.sites(Some(&self.name(model, row))))
    }

    /// What a row is called.
    pub fn name(&self, model: &TraceModel, row: &BillRow) -> String {
        match &self.population {
            Some(Population::Requests(_)) => endpoint_text(model, row.name),
            Some(Population::Tasks(_) | Population::Regions(_) | Population::One(_)) => {
                given_name(model.tables(), row.name)
            }
            Some(Population::Goroutines(_)) | None => model.tables().string_lossy(row.name).into_owned(),
        }
    }
}

/// What cannot be told, in sentences.
pub fn gc_bill_notes(answer: &GcBillAnswer) -> Vec<String> {
    let bill = &answer.bill;
    let mut notes = Vec::new();
    if bill.incomplete > 0 {
        notes.push(format!("{} more begin or end outside of the trace and are left out.", bill.incomplete));
    }
    match bill.rises {
        0 => notes.push("The heap does not grow in the trace: who allocates cannot be told.".to_owned()),
        rises if rises < FEW_RISES => {
            notes.push(format!("Only {rises} rises of the heap were noted: bytes are about right."));
        }
        _ => {}
    }
    notes
}

/// Who allocates most and who pays most, in one sentence; `None` without any row.
pub fn gc_bill_sentence(model: &TraceModel, answer: &GcBillAnswer) -> Option<Sentence> {
    let bill = &answer.bill;
    let most = bill.rows.iter().max_by_key(|row| row.alloc_bytes)?;
    let name = |sentence: Sentence, row: &BillRow| {
        let name = text::name(&answer.name(model, row));
        sentence.noun(name, Link::of_name(model, answer.population.as_ref(), row.name))
    };
    let millis = |nanos: u64| text::duration(i64::try_from(nanos).unwrap_or(i64::MAX));
    let paid = |row: &BillRow| match row.assist_nanos {
        0 => "pays no assists".to_owned(),
        nanos => format!("pays {} of assists", millis(nanos)),
    };
    let mut sentence = if bill.rises == 0 || most.alloc_bytes == 0 {
        Sentence::new("nobody of them is seen to allocate")
    } else {
        let about = if most.rises < FEW_RISES { "about " } else { "" };
        let share = most.alloc_bytes as f64 / bill.alloc_bytes.max(1) as f64 * 100.0;
        let bytes = text::bytes(most.alloc_bytes);
        let allocates = format!(" allocates {about}{share:.0}% of all bytes ({bytes}) and {}", paid(most));
        name(Sentence::default(), most).plain(allocates)
    };
    let payer = bill.rows.iter().find(|row| row.name != most.name);
    if let Some(payer) = payer.filter(|row| row.assist_nanos > 0) {
        sentence = name(sentence.plain("; "), payer).plain(format!(" {}", paid(payer)));
    }
    Some(sentence)
}

#[cfg(test)]
mod tests {
    use goscope_analysis::testing::profile;

    use super::*;

    #[test]
    fn sites_are_the_functions_that_allocate_of_all_or_below_one() {
        let profile = profile(
            "types: alloc_objects/count alloc_space/bytes inuse_space/bytes
             main.serve;main.parse;runtime.makeslice 1 300 0
             main.serve;main.parse 1 100 50
             main.job;bytes.growSlice 1 600 0
             runtime.malg 1 10 10",
        );
        let sites = AllocSites::new(&profile).expect("a heap profile");
        let text = |below| {
            let sites = sites.sites(below).into_iter();
            sites.map(|site| format!("{} {}", site.function, site.bytes)).collect::<Vec<_>>()
        };
        assert_eq!(text(None), ["bytes.growSlice 600", "main.parse 400", "runtime.malg 10"]);
        assert_eq!(text(Some("main.serve")), ["main.parse 400"]);
        assert_eq!(sites.bytes(), 1010);
        assert_eq!(AllocSites::new(&goscope_analysis::testing::profile("main.f 1")), None);
    }
}
