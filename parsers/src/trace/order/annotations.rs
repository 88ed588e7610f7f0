//! The rules for what changes no state of the scheduler: tasks, regions, logs, labels, metrics, experiments.
//!
//! None of them ever waits; most need a thread, a P and a running goroutine.

use super::super::cursor::WireEvent;
use super::super::event::{EventKind, Experimental, Metric, StackId, StringId, TaskId};
use super::super::problem::{Fault, Faulty};
use super::super::spec::wire;
use super::Order;
use super::context::{Context, Delivery, May, Must, Step};
use super::state::OpenTask;

impl Order {
    /// **ProcsChange**(n): GOMAXPROCS is set, or re-emitted at the start of a generation.
    pub(super) fn procs_change(
        &mut self,
        event: &mut WireEvent<'_>,
        context: &Context,
        out: &mut Delivery<'_>,
    ) -> Faulty<Step> {
        let [value, stack] = event.take()?;
        context.need_all()?;
        let stack = out.stack(stack)?;
        out.push(event.time, *context, stack, EventKind::Metric { metric: Metric::GoMaxProcs, value });
        Ok(Step::Advanced)
    }

    /// **HeapAlloc**, **HeapGoal**(bytes): need no goroutine.
    pub(super) fn heap_metric(
        &mut self,
        event: &mut WireEvent<'_>,
        context: &Context,
        out: &mut Delivery<'_>,
    ) -> Faulty<Step> {
        let [value] = event.take()?;
        context.need(Must, Must, May)?;
        let metric = if event.kind == wire::HEAP_ALLOC { Metric::HeapAlloc } else { Metric::HeapGoal };
        out.push(event.time, *context, StackId::NONE, EventKind::Metric { metric, value });
        Ok(Step::Advanced)
    }

    /// **GoLabel**(label): the running goroutine gets a label.
    pub(super) fn go_label(
        &mut self,
        event: &mut WireEvent<'_>,
        context: &Context,
        out: &mut Delivery<'_>,
    ) -> Faulty<Step> {
        let [label] = event.take()?;
        context.need_all()?;
        let label = out.string(label)?;
        out.push(event.time, *context, StackId::NONE, EventKind::Label { label });
        Ok(Step::Advanced)
    }

    /// **UserTaskBegin**(task, parent, name). Error: the task is open already. Parent 0 means none here (in
    /// regions and logs, task 0 is the background task). Ids may be used again after the end.
    pub(super) fn user_task_begin(
        &mut self,
        event: &mut WireEvent<'_>,
        context: &Context,
        out: &mut Delivery<'_>,
    ) -> Faulty<Step> {
        let [number, parent, name, stack] = event.take()?;
        let task = out.tables.task_id(number);
        let parent = if parent == 0 { TaskId::NONE } else { out.tables.task_id(parent) };
        if task.index() >= self.tasks.len() {
            self.tasks.resize(task.index() + 1, None);
        }
        if self.tasks[task.index()].is_some() {
            return Err(Fault::order(format!("task {number} begins a second time")));
        }
        let name = out.string(name)?;
        self.tasks[task.index()] = Some(OpenTask { parent, name });
        context.need_all()?;
        let stack = out.stack(stack)?;
        out.push(event.time, *context, stack, EventKind::TaskBegin { task, parent, name });
        Ok(Step::Advanced)
    }

    /// **UserTaskEnd**(task): takes parent and name from the begin, even of an earlier generation. An end
    /// without begin is normal: the task is older than the trace.
    pub(super) fn user_task_end(
        &mut self,
        event: &mut WireEvent<'_>,
        context: &Context,
        out: &mut Delivery<'_>,
    ) -> Faulty<Step> {
        let [number, stack] = event.take()?;
        let task = out.tables.task_id(number);
        let open = self.tasks.get_mut(task.index()).and_then(Option::take);
        let OpenTask { parent, name } =
            open.unwrap_or(OpenTask { parent: TaskId::NONE, name: StringId::NONE });
        context.need_all()?;
        let stack = out.stack(stack)?;
        out.push(event.time, *context, stack, EventKind::TaskEnd { task, parent, name });
        Ok(Step::Advanced)
    }

    /// **UserRegionBegin**(task, name): opens a region on the running goroutine.
    pub(super) fn user_region_begin(
        &mut self,
        event: &mut WireEvent<'_>,
        context: &Context,
        out: &mut Delivery<'_>,
    ) -> Faulty<Step> {
        let [task, name, stack] = event.take()?;
        context.need_all()?;
        let (task, name) = (out.tables.task_id(task), out.string(name)?);
        let Some(own) = self.goroutines.open_at(context.slot) else {
            return Err(Fault::order("a region begins on a goroutine that does not exist"));
        };
        own.regions.push((task, name));
        let stack = out.stack(stack)?;
        out.push(event.time, *context, stack, EventKind::RegionBegin { task, name });
        Ok(Step::Advanced)
    }

    /// **UserRegionEnd**(task, name): closes the innermost region of the running goroutine. Error: task or name
    /// (as text: its id may differ between generations) are not those of the begin. With no region open it is
    /// fine: the region is older than the trace.
    pub(super) fn user_region_end(
        &mut self,
        event: &mut WireEvent<'_>,
        context: &Context,
        out: &mut Delivery<'_>,
    ) -> Faulty<Step> {
        let [number, name, stack] = event.take()?;
        context.need_all()?;
        let (task, name) = (out.tables.task_id(number), out.string(name)?);
        let Some(own) = self.goroutines.open_at(context.slot) else {
            return Err(Fault::order("a region ends on a goroutine that does not exist"));
        };
        if let Some(innermost) = own.regions.pop()
            && innermost != (task, name)
        {
            let name = out.tables.string_lossy(name);
            let open = out.tables.string_lossy(innermost.1);
            return Err(Fault::order(format!(
                "region {name:?} of task {number} ends while the innermost open region is {open:?}"
            )));
        }
        let stack = out.stack(stack)?;
        out.push(event.time, *context, stack, EventKind::RegionEnd { task, name });
        Ok(Step::Advanced)
    }

    /// **UserLog**(task, category, message).
    pub(super) fn user_log(
        &mut self,
        event: &mut WireEvent<'_>,
        context: &Context,
        out: &mut Delivery<'_>,
    ) -> Faulty<Step> {
        let [task, category, message, stack] = event.take()?;
        context.need_all()?;
        let stack = out.stack(stack)?;
        let (category, message) = (out.string(category)?, out.string(message)?);
        let task = out.tables.task_id(task);
        out.push(event.time, *context, stack, EventKind::Log { task, category, message });
        Ok(Step::Advanced)
    }

    /// The events of the AllocFree experiment: any context that has a thread.
    pub(super) fn experimental(
        &mut self,
        event: &mut WireEvent<'_>,
        context: &Context,
        out: &mut Delivery<'_>,
    ) -> Faulty<Step> {
        let Some(kind) = Experimental::from_wire(event.kind) else {
            return Err(Fault::order(format!("unknown experimental event {}", event.kind)));
        };
        let args = match kind.arg_names().len() {
            1 => [event.take::<1>()?[0], 0, 0],
            2 => event.take::<2>().map(|[id, arg]| [id, arg, 0])?,
            _ => event.take::<3>()?,
        };
        context.need(Must, May, May)?;
        let args = out.tables.add_wide_args(args);
        out.push(event.time, *context, StackId::NONE, EventKind::Experimental { event: kind, args });
        Ok(Step::Advanced)
    }
}
