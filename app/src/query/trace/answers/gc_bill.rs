//! Who pays for the garbage collector, and who causes it.

use goscope_analysis::trace::answers::gc_bill::gc_bill;
pub use goscope_analysis::trace::answers::gc_bill::{BillRow, FEW_RISES, GcBill};
use goscope_analysis::trace::answers::population::Population;
use goscope_analysis::trace::answers::requests::endpoint_text;
use goscope_analysis::trace::model::TraceModel;
use goscope_analysis::trace::names::given_name;

use super::sentence::Sentence;
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
}

/// Who pays.
#[derive(Clone, Debug)]
pub struct GcBillAnswer {
    /// The instances that were looked at; `None`: goroutines by function.
    pub population: Option<Population>,
    /// The answer.
    pub bill: GcBill,
}

impl Question for GcBillQuery {
    type Answer = GcBillAnswer;
    type Input = ();

    fn input(&self) {}

    fn answer(&self, documents: Documents<'_>, (): ()) -> Result<GcBillAnswer, QuestionError> {
        let model = documents.model()?;
        let population = self.population.clone().or_else(|| Population::of_trace(model));
        let range = self.range.map(|range| on_clock(model, Some(range)));
        Ok(GcBillAnswer { bill: gc_bill(model, population.as_ref(), range.as_ref()), population })
    }
}

impl GcBillAnswer {
    /// What a row is called.
    pub fn name(&self, model: &TraceModel, row: &BillRow) -> String {
        match &self.population {
            Some(Population::Requests(_)) => endpoint_text(model, row.name),
            Some(Population::Tasks(_) | Population::Regions(_)) => given_name(model.tables(), row.name),
            Some(Population::Goroutines(_)) | None => model.tables().string_lossy(row.name).into_owned(),
        }
    }
}

/// Who allocates most and who pays most, in one sentence; `None` without any row.
pub fn gc_bill_sentence(model: &TraceModel, answer: &GcBillAnswer) -> Option<Sentence> {
    let bill = &answer.bill;
    let most = bill.rows.iter().max_by_key(|row| row.alloc_bytes)?;
    let name = |row: &BillRow| text::name(&answer.name(model, row));
    let millis = |nanos: u64| text::duration(i64::try_from(nanos).unwrap_or(i64::MAX));
    let paid = |row: &BillRow| match row.assist_nanos {
        0 => "pays no assists".to_owned(),
        nanos => format!("pays {} of assists", millis(nanos)),
    };
    let mut words = if bill.rises == 0 || most.alloc_bytes == 0 {
        "nobody of them is seen to allocate".to_owned()
    } else {
        let about = if most.rises < FEW_RISES { "about " } else { "" };
        let share = most.alloc_bytes as f64 / bill.alloc_bytes.max(1) as f64 * 100.0;
        let bytes = text::bytes(most.alloc_bytes);
        format!("{} allocates {about}{share:.0}% of all bytes ({bytes}) and {}", name(most), paid(most))
    };
    let payer = bill.rows.iter().find(|row| row.name != most.name);
    if let Some(payer) = payer.filter(|row| row.assist_nanos > 0) {
        words.push_str(&format!("; {} {}", name(payer), paid(payer)));
    }
    Some(Sentence::new(words))
}
