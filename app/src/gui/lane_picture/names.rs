//! What lanes and goroutines are called.

use goscope_analysis::symbol::short_name;
use goscope_analysis::trace::model::TraceModel;
use goscope_parsers::trace::GoId;

use goscope_analysis::trace::questions::lane_groups::Lane;

/// The name of a lane.
pub(crate) fn lane_label(model: &TraceModel, lane: Lane) -> String {
    let tables = model.tables();
    match lane {
        Lane::Gc => "GC".to_owned(),
        Lane::StoppedWorlds => "STW pauses".to_owned(),
        Lane::Goroutine(id) => format!("G {}", tables.goid(id)),
        Lane::Proc(id) => format!("P {}", tables.proc_number(id)),
        Lane::Thread(id) => format!("thread {}", tables.thread_number(id)),
        Lane::Task(id) => format!("task {}", tables.task_number(id)),
    }
}

/// The number and the function of a goroutine: `G 412 main.worker`.
pub(crate) fn goroutine_name(model: &TraceModel, id: GoId) -> String {
    let tables = model.tables();
    format!("G {} {}", tables.goid(id), short_name(&tables.printable(model.start_function(id))))
}
