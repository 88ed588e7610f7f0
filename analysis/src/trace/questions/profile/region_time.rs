//! When goroutines were in regions of a name: what `--region` limits a flame graph to.
//!
//! ```text
//! regions of a goroutine   ├── A ──┤   ├───── A ─────┤        also those without begin or end in the trace
//!                                         ├─ A ─┤             nested ones count once, as the outermost
//! range                        [────────────)
//! time in regions              ├───┤   ├────┤
//! ```
//!
//! Unlike [`InstanceKind::Regions`](crate::trace::questions::instances::InstanceKind), which is about how long
//! complete regions took, this is about the time in them that lies in a range.

use std::ops::Range;

use goscope_parsers::trace::Time;

use crate::trace::model::TraceModel;
use crate::trace::questions::goroutine_filter::GoroutineFilter;
use crate::trace::questions::instances::InstanceSet;
use crate::trace::words::instance::{Instance, InstanceOf};
use crate::trace::words::no_such_name::NoSuchName;

/// Refuses a filter that names a function in which no goroutine starts.
///
/// # Errors
/// [`NoSuchName::Function`].
pub fn check_function(model: &TraceModel, filter: &GoroutineFilter) -> Result<(), NoSuchName> {
    let Some(function) = &filter.function else { return Ok(()) };
    let is_there = model.goroutine_ids().any(|id| filter.names(model, id));
    is_there.then_some(()).ok_or_else(|| NoSuchName::Function(function.clone()))
}

/// The time within a range in which goroutines were in regions with a name; only those that a filter names.
///
/// # Errors
/// [`NoSuchName::Region`] if there is no such region in the whole trace.
pub fn time_in_regions(
    model: &TraceModel,
    name: &str,
    filter: &GoroutineFilter,
    range: &Range<Time>,
) -> Result<InstanceSet, NoSuchName> {
    let text = |id| model.tables().string(id);
    let mut outermost: Vec<Instance> = Vec::new();
    // Regions come by goroutine, and of each in order of their begins.
    for (row, region) in model.regions().iter().enumerate() {
        if region.is_inherited || text(region.name) != name.as_bytes() {
            continue;
        }
        match outermost.last_mut() {
            // One that was ended out of order goes on after the one around it.
            Some(last) if last.goroutine == region.goroutine && region.begin < last.end => {
                last.end = last.end.max(region.end);
            }
            _ => outermost.push(Instance {
                of: InstanceOf::Region(row as u32),
                goroutine: region.goroutine,
                begin: region.begin,
                end: region.end,
            }),
        }
    }
    if outermost.is_empty() {
        return Err(NoSuchName::Region(name.to_owned()));
    }
    outermost.retain_mut(|it| {
        (it.begin, it.end) = (it.begin.max(range.start), it.end.min(range.end));
        it.begin < it.end && filter.names(model, it.goroutine)
    });
    Ok(outermost.into())
}
