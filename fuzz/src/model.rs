//! Any bytes as a trace, as the window and all reports have it: what happened lies in the trace, and every answer comes.

use goscope_analysis::trace::answers::findings::findings;
use goscope_analysis::trace::answers::gc_bill::gc_bill;
use goscope_analysis::trace::answers::population::Population;
use goscope_analysis::trace::answers::scheduler::scheduler;
use goscope_analysis::trace::load::trace_model;
use goscope_analysis::trace::model::TraceModel;
use goscope_analysis::trace::questions::goroutines::goroutine_rows;
use goscope_analysis::trace::questions::instances::InstanceFilter;
use goscope_analysis::trace::questions::profile::{FlameKind, flame_profile};
use goscope_analysis::trace::questions::regions::region_types;
use goscope_analysis::trace::questions::tasks::task_types;
use goscope_parsers::Progress;
use goscope_parsers::pprof::encode_profile;

pub(crate) fn run(data: &[u8]) {
    let Ok(model) = trace_model(data, &Progress::new()) else { return };
    check(&model);
}

/// Spans follow each other within the life of their goroutine, and every answer comes.
pub(crate) fn check(model: &TraceModel) {
    model.prepare();
    let range = model.range();
    let ids: Vec<_> = model.goroutine_ids().collect();
    for &id in &ids {
        let mut end = None;
        for span in model.spans(id) {
            assert!(span.start <= span.end, "{span:?}");
            assert!(end.is_none_or(|end| end == span.start), "{span:?}");
            end = Some(span.end);
        }
    }
    assert_eq!(goroutine_rows(model, &ids, &range).len(), ids.len());
    let (population, middle) = (Population::of_trace(model), range.start..range.start.midpoint(range.end));
    for range in [None, Some(&middle)] {
        findings(model, range);
        scheduler(model, range);
        gc_bill(model, population.as_ref(), range);
    }
    let tasks: usize = task_types(model).len() + region_types(model).len();
    assert!(tasks <= model.regions().len() + model.task_ids().count());
    for kind in [FlameKind::Cpu, FlameKind::Wall, FlameKind::Blocked, FlameKind::Sched] {
        encode_profile(&flame_profile(model, &InstanceFilter::default(), kind));
    }
}
