//! The rules for what changes no state of the scheduler: tasks, regions, logs, labels, metrics, experiments.
//!
//! None of them ever waits; most need a thread, a P and a running goroutine. A *misuse* is a rule that the program
//! broke and on which no other event depends: the event is delivered, and an error says what was wrong with it, after
//! which [`salvage`](super::super::salvage) goes on. As Go does, `LikeGo` delivers nothing then.

use super::super::cursor::WireEvent;
use super::super::event::{EventKind, Experimental, Metric, StackId, StringId, TaskId};
use super::super::misuse::{Annotation, close_region};
use super::super::problem::{Fault, Faulty, Strictness};
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

    /// **UserTaskBegin**(task, parent, name). Misuse: the task is open already. Parent 0 means none here (in
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
        let name = out.string(name)?;
        let is_piece = self.claims.is_some();
        let was_open = !is_piece && self.tasks[task.index()].replace(OpenTask { parent, name }).is_some();
        context.need_all()?;
        let stack = out.stack(stack)?;
        if was_open && out.strictness == Strictness::LikeGo {
            return Err(Fault::order(format!("task {number} begins a second time")));
        }
        out.push(event.time, *context, stack, EventKind::TaskBegin { task, parent, name });
        self.put_off(out);
        if was_open {
            let task = Annotation::new(out.tables, (task, name), context.goroutine, stack);
            return Err(task.task_begins_again());
        }
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
        self.put_off(out);
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
        if self.claims.is_none() {
            own.regions.push((task, name));
        }
        let stack = out.stack(stack)?;
        out.push(event.time, *context, stack, EventKind::RegionBegin { task, name });
        self.put_off(out);
        Ok(Step::Advanced)
    }

    /// **UserRegionEnd**(task, name): closes the innermost region of the running goroutine. Misuse: task or name
    /// (as text: its id may differ between generations) are not those of the begin; then the innermost region
    /// that has them is closed, if any has. With no region open it is fine: the region is older than the trace.
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
        let misused = close_region(&mut own.regions, (task, name));
        let stack = out.stack(stack)?;
        if let Some(((_, innermost), _)) = misused
            && out.strictness == Strictness::LikeGo
        {
            let (name, open) = (out.tables.string_lossy(name), out.tables.string_lossy(innermost));
            return Err(Fault::order(format!(
                "region {name:?} of task {number} ends while the innermost open region is {open:?}"
            )));
        }
        out.push(event.time, *context, stack, EventKind::RegionEnd { task, name });
        self.put_off(out);
        match misused {
            None => Ok(Step::Advanced),
            Some(((_, innermost), is_open)) => {
                let innermost = out.tables.string_lossy(innermost);
                let region = Annotation::new(out.tables, (task, name), context.goroutine, stack);
                Err(region.region_ends(&innermost, is_open))
            }
        }
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
        self.put_off(out);
        Ok(Step::Advanced)
    }

    /// In a piece, the rules of annotations are applied when the past is known.
    #[inline(always)]
    fn put_off(&mut self, out: &Delivery<'_>) {
        if let Some(claims) = &mut self.claims {
            claims.annotation(out.events);
        }
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
