//! What lanes show beside spans: CPU samples, what is in an unfolded lane, and arrows to who unblocked whom.

use eframe::egui::{Pos2, Vec2, vec2};
use goscope::document::Document;
use goscope::gui::command::Flight;
use goscope_analysis::trace::model::TraceModel;
use goscope_analysis::trace::questions::lane_groups::LaneName;
use goscope_parsers::Progress;
use goscope_parsers::trace::TaskId;

use super::*;

/// A trace for which the CPU profiler ran, too.
fn sampled() -> Source {
    Source::File(sample("trace/shop-go1.27.trace"))
}

fn latency() -> Source {
    Source::Sample(TRACE.to_owned())
}

fn window_of(source: Source) -> Window {
    let mut window = window_at(ThemeChoice::Dark, 1.0);
    send(&mut window, Command::OpenSource(source));
    window
}

/// Width of the names left of the lanes.
const NAMES: f32 = 208.0;

fn with_model<R>(source: &Source, look: impl FnOnce(&TraceModel) -> R) -> R {
    let document = Document::load(source, &Progress::new()).expect("a sample");
    look(&document.trace().expect("a trace").model)
}

/// The goroutine with the most CPU samples.
fn busiest() -> i64 {
    with_model(&sampled(), |model| {
        let count = |id| model.samples().iter().filter(|sample| sample.goroutine == id).count();
        let id = model.goroutine_ids().max_by_key(|&id| count(id)).expect("goroutines");
        model.tables().goid(id)
    })
}

/// The labels of everything that is a button or an image.
fn spoken(window: &Window) -> Vec<String> {
    let nodes = [Role::Button, Role::Image].into_iter().flat_map(|role| window.query_all_by_role(role));
    nodes.filter_map(|node| node.accesskit_node().label()).collect()
}

fn hover(window: &mut Window, at: Pos2) {
    window.hover_at(at - Vec2::splat(1.0));
    window.step();
    window.hover_at(at);
    settle(window);
    // Tooltips wait until the pointer rests.
    for _ in 0..40 {
        window.step();
    }
}

/// Arrows, as they speak of themselves.
fn arrows(window: &Window) -> Vec<String> {
    let images = window.query_all_by_role(Role::Image).filter_map(|node| node.accesskit_node().label());
    images.filter(|label| label.contains(" unblocks ")).collect()
}

/// The window with the span chosen that waited longest for a lock, and the label of its arrow.
fn with_blocked_span() -> (Window, String) {
    let mut window = window_of(latency());
    let (goid, start) = blocked_span(TRACE);
    send(&mut window, Command::Select(Item::Span(goid, start)));
    press(&mut window, Modifiers::NONE, Key::F);
    (window, format!("G 52 catalog.(*Index).RebuildEvery unblocks G {goid} http.(*conn).serve"))
}

#[test]
fn an_arrow_comes_from_who_unblocked_the_chosen_span() {
    let (mut window, arrow) = with_blocked_span();
    assert_eq!(arrows(&window).as_slice(), std::slice::from_ref(&arrow));
    press(&mut window, Modifiers::NONE, Key::U);
    assert!(arrows(&window).contains(&arrow), "it goes to whom it unblocked: {:?}", arrows(&window));
    send(&mut window, Command::Escape);
    assert!(arrows(&window).is_empty());
}

#[test]
fn an_arrow_ends_at_the_group_that_is_closed() {
    let (mut window, arrow) = with_blocked_span();
    let before = window.query_all_by_label(&arrow).next().expect("the arrow").rect();
    click(&mut window, "Lane catalog.(*Index).RebuildEvery");
    assert!(!goroutine_lanes(&window).contains(&"G 52".to_owned()));
    let after = window.query_all_by_label(&arrow).next().expect("the arrow").rect();
    assert_eq!(before, after, "where it points to");
}

#[test]
fn what_is_under_the_pointer_has_arrows_too() {
    let (mut window, arrow) = with_blocked_span();
    send(&mut window, Command::Escape);
    assert!(arrows(&window).is_empty());
    let goid = blocked_span(TRACE).0;
    let label = format!("G {goid} http.(*conn).serve, waiting: sync");
    let span = window.query_all_by_label_contains(&label).next().expect("the span").rect();
    hover(&mut window, span.center());
    assert_eq!(arrows(&window), [arrow]);
    assert!(
        window.query_by_label("unblocked by G 52 catalog.(*Index).RebuildEvery").is_some(),
        "the tooltip says the same"
    );
    let elsewhere = canvas(&window).left_top() + vec2(300.0, 5.0);
    hover(&mut window, elsewhere);
    assert!(arrows(&window).is_empty());
}

#[test]
fn lanes_of_ps_have_arrows_from_who_made_a_goroutine_run() {
    let (mut window, _) = with_blocked_span();
    let (goid, run) = with_model(&latency(), |model| {
        let (goid, start) = blocked_span(TRACE);
        let id = model.goroutine_by_number(goid).expect("the goroutine");
        let wait = model.span_at(id, start + model.range().start).expect("the wait");
        let run = model.next_span(&model.next_span(&wait).expect("runnable")).expect("running");
        (goid, run.start - model.range().start)
    });
    for kind in [LaneKind::Procs, LaneKind::Threads] {
        send(&mut window, Command::ChooseLanes(kind));
        send(&mut window, Command::Select(Item::Span(goid, run)));
        let arrow = format!("G 52 catalog.(*Index).RebuildEvery unblocks G {goid} http.(*conn).serve");
        assert!(arrows(&window).contains(&arrow), "{kind:?}: {:?}", arrows(&window));
    }
}

/// Where a moment of a lane is, in ns since the trace began.
fn place_of(window: &Window, lane: &str, nanos: i64) -> Pos2 {
    let canvas = canvas(window);
    let range = seen(window).expect("a part of the trace");
    let part = (nanos - range.start_nanos) as f32 / range.length() as f32;
    let left = canvas.left() + NAMES;
    let row = window.get_by_label(&format!("Lane {lane}")).rect();
    Pos2::new(left + part * (canvas.right() - left), row.bottom() - 4.0)
}

#[test]
fn a_sample_is_a_mark_on_the_lane_of_its_p_and_says_its_stack() {
    let (time, proc, function) = with_model(&sampled(), |model| {
        let tables = model.tables();
        let is_wanted = |sample: &&goscope_analysis::trace::rows::SampleRow| {
            sample.proc.is_some() && tables.stack(sample.stack).len() > 3
        };
        let sample = model.samples().iter().find(is_wanted).expect("samples on a P");
        let frame = tables.frame(tables.stack(sample.stack)[0]);
        let name = tables.string_lossy(frame.function).into_owned();
        (sample.time - model.range().start, tables.proc_number(sample.proc), name)
    });
    let mut window = window_of(sampled());
    send(&mut window, Command::ChooseLanes(LaneKind::Procs));
    send(
        &mut window,
        Command::ShowTime(Some(TimeRange { start_nanos: time - 2_000, end_nanos: time + 2_000 })),
    );
    let at = place_of(&window, &format!("P {proc}"), time);
    hover(&mut window, at + vec2(0.5, 0.0));
    assert!(window.query_by_label("CPU sample").is_some(), "a tooltip on the mark");
    let last = function.rsplit('/').next().expect("a name");
    assert!(window.query_all_by_label_contains(last).next().is_some(), "the innermost function {function}");
}

/// The window with the lane of the busiest goroutine unfolded, seen at the time of its samples.
fn unfolded() -> (Window, i64) {
    let goid = busiest();
    let mut window = window_of(sampled());
    send(&mut window, Command::Select(Item::Goroutine(goid)));
    click(&mut window, &format!("Unfold G {goid}"));
    (window, goid)
}

fn unfolded_lanes(window: &Window) -> Vec<LaneName> {
    lens(window).trace.unfolded.iter().copied().collect()
}

/// Boxes of stacks, as they speak of themselves.
fn boxes(window: &Window) -> Vec<String> {
    spoken(window).into_iter().filter(|label| label.contains("CPU sample")).collect()
}

#[test]
fn a_lane_is_unfolded_by_its_triangle_and_folded_again() {
    let (mut window, goid) = unfolded();
    assert_eq!(unfolded_lanes(&window), [LaneName::Goroutine(goid)]);
    let label = window.query_by_label("CPU samples").expect("what was unfolded is brought into view");
    assert!(canvas(&window).contains_rect(label.rect()));
    let below = lane_names(&window);
    click(&mut window, &format!("Fold G {goid}"));
    assert_eq!(unfolded_lanes(&window), []);
    assert!(window.query_by_label("CPU samples").is_none());
    assert!(lane_names(&window).len() > below.len(), "lanes below have moved up again");
    send(&mut window, Command::Undo);
    assert_eq!(lane_names(&window), below);
    send(&mut window, Command::Redo);
    assert_eq!(unfolded_lanes(&window), []);
}

#[test]
fn a_key_unfolds_the_lane_under_the_pointer_or_the_chosen_one() {
    let goid = busiest();
    let mut window = window_of(sampled());
    send(&mut window, Command::Select(Item::Goroutine(goid)));
    press(&mut window, Modifiers::NONE, Key::E);
    assert_eq!(unfolded_lanes(&window), [LaneName::Goroutine(goid)]);
    send(&mut window, Command::ChooseLanes(LaneKind::Procs));
    let row = window.get_by_label("Lane P 5").rect();
    hover(&mut window, row.center() + vec2(300.0, 0.0));
    press(&mut window, Modifiers::NONE, Key::E);
    assert_eq!(unfolded_lanes(&window), [LaneName::Goroutine(goid), LaneName::Proc(5)]);
    let before = lane_names(&window).len();
    click(&mut window, "Lane P 5");
    assert_eq!(unfolded_lanes(&window), [LaneName::Goroutine(goid)]);
    assert!(lane_names(&window).len() > before);
}

/// The first sample of the busiest goroutine that lies in a long enough span, with its outermost function.
fn long_sample(goid: i64) -> (i64, String) {
    with_model(&sampled(), |model| {
        let id = model.goroutine_by_number(goid).expect("the goroutine");
        let samples = model.samples().iter().filter(|sample| sample.goroutine == id);
        let length = |time: i64| model.span_at(id, time).map_or(0, |span| span.end - span.start);
        let sample = samples.max_by_key(|sample| length(sample.time)).expect("a sample");
        let tables = model.tables();
        let outermost = tables.stack(sample.stack).last().expect("a stack");
        let name = tables.string_lossy(tables.frame(*outermost).function).into_owned();
        (sample.time - model.range().start, name)
    })
}

#[test]
fn stacks_of_samples_are_boxes_below_the_lane_and_a_click_chooses_the_function() {
    let (mut window, goid) = unfolded();
    let (time, outermost) = long_sample(goid);
    let range = TimeRange { start_nanos: time - 20_000, end_nanos: time + 20_000 };
    send(&mut window, Command::ShowTime(Some(range)));
    let found = boxes(&window);
    assert!(found.iter().any(|label| label.starts_with(&outermost)), "{outermost} in {found:?}");
    let is_seen = |label: &&String| {
        let rect = window.query_all_by_label(label).next().expect("the box").rect();
        // Not at the very edge, where a click moves it.
        canvas(&window).shrink2(vec2(0.0, 20.0)).contains_rect(rect)
            && !label.starts_with("different functions")
    };
    let inner = found.iter().rfind(is_seen).expect("boxes").clone();
    let name = inner.split(", ").next().expect("a name").to_owned();
    window.query_all_by_label(&inner).next().expect("the box").click();
    settle(&mut window);
    let Some(Item::Function(frame)) = &lens(&window).selection else { panic!("no function is chosen") };
    assert!(frame.name.ends_with(&name), "{} after a click on {name}", frame.name);
    // The goroutine is unfolded still, so that one sees what has been chosen.
    assert_eq!(boxes(&window), found);
}

/// No chip says that the range is the whole.
#[test]
fn a_range_that_is_the_whole_trace_narrows_nothing() {
    let mut window = window_of(latency());
    let whole = with_model(&latency(), TimeRange::of);
    send(&mut window, Command::ShowTime(Some(TimeRange { end_nanos: whole.end_nanos / 2, ..whole })));
    assert_eq!(lens(&window).trace.range.map(|range| range.end_nanos), Some(whole.end_nanos / 2));
    send(&mut window, Command::ShowTime(Some(whole)));
    assert_eq!(lens(&window).trace.range, None);
    let item = Item::Task(1);
    let flight =
        Flight { item, range: TimeRange { start_nanos: -5, end_nanos: whole.end_nanos + 5 }, group: None };
    send(&mut window, Command::FlyTo(flight));
    assert_eq!(lens(&window).trace.range, None);
}

#[test]
fn a_box_says_that_it_is_sampled() {
    let (mut window, goid) = unfolded();
    let (time, outermost) = long_sample(goid);
    let range = TimeRange { start_nanos: time - 20_000, end_nanos: time + 20_000 };
    send(&mut window, Command::ShowTime(Some(range)));
    let label = boxes(&window).into_iter().find(|label| label.starts_with(&outermost)).expect("a box");
    let at = window.query_all_by_label(&label).next().expect("the box").rect().center();
    hover(&mut window, at);
    assert!(window.query_all_by_label_contains("sampled: ").next().is_some());
}

#[test]
fn regions_are_below_the_lane_too() {
    let (goid, time, name) = with_model(&sampled(), |model| {
        let tables = model.tables();
        let regions = model.regions().iter().filter(|region| region.depth == 1);
        let region = regions.max_by_key(|region| region.end - region.begin).expect("nested regions");
        let name = tables.string_lossy(region.name).into_owned();
        let start = model.range().start;
        let range = TimeRange { start_nanos: region.begin - start, end_nanos: region.end - start };
        (tables.goid(region.goroutine), range, name)
    });
    let mut window = window_of(sampled());
    send(&mut window, Command::Select(Item::Goroutine(goid)));
    send(&mut window, Command::ShowTime(Some(time)));
    press(&mut window, Modifiers::NONE, Key::E);
    let found = spoken(&window);
    assert!(found.iter().any(|label| label.starts_with(&format!("region {name}"))), "{name} in {found:?}");
}

#[test]
fn logs_are_below_the_lane_with_their_text() {
    let (goid, time, text) = with_model(&sampled(), |model| {
        let tables = model.tables();
        let log = model.logs().first().expect("logs");
        let nanos = log.time - model.range().start;
        let time = TimeRange { start_nanos: nanos - 1_000, end_nanos: nanos + 2_000 };
        (tables.goid(log.goroutine), time, tables.string_lossy(log.message).into_owned())
    });
    let mut window = window_of(sampled());
    send(&mut window, Command::FilterLanes(format!("g:{goid}")));
    send(&mut window, Command::ShowTime(Some(time)));
    click(&mut window, &format!("Unfold G {goid}"));
    assert!(window.query_by_label("logs").is_some());
    let found = spoken(&window);
    assert!(found.iter().any(|label| label.ends_with(&text)), "{text} in {found:?}");
}

#[test]
fn a_lane_without_anything_says_so() {
    let mut window = window_of(latency());
    let seen = goroutine_lanes(&window);
    let goid = with_model(&latency(), |model| {
        let mut numbers = seen.iter().filter_map(|name| name.strip_prefix("G ")?.parse().ok());
        let is_bare = |&goid: &i64| {
            let id = model.goroutine_by_number(goid).expect("the goroutine of a lane");
            model.lanes().region_levels(id) == 0 && model.lanes().log_count(id) == 0
        };
        numbers.find(is_bare).expect("a goroutine without regions")
    });
    send(&mut window, Command::Select(Item::Goroutine(goid)));
    assert!(window.query_by_label(&format!("Unfold G {goid}")).is_none());
    press(&mut window, Modifiers::NONE, Key::E);
    assert_eq!(unfolded_lanes(&window), [LaneName::Goroutine(goid)]);
    assert!(window.query_all_by_label_contains("This trace has no CPU samples").next().is_some());
}

#[test]
fn a_click_on_the_lane_of_a_task_chooses_it_and_a_task_chosen_elsewhere_is_scrolled_to() {
    let mut window = window_of(latency());
    send(&mut window, Command::ChooseLanes(LaneKind::Tasks));
    let names = lane_names(&window);
    assert!(names.iter().any(|name| name == "(begun before the trace)"), "{names:?}");
    let group = "catalog";
    click(&mut window, &format!("Lane {group}"));
    let names = lane_names(&window);
    let task = names.iter().find(|name| name.starts_with("task ")).expect("a task");
    click(&mut window, &format!("Lane {task}"));
    let Some(Item::Task(number)) = lens(&window).selection else { panic!("{:?}", lens(&window).selection) };
    assert_eq!(format!("task {number}"), *task);
    let last = with_model(&latency(), |model| {
        let name = |id| model.task(id).map(|task| model.tables().string_lossy(task.name).into_owned());
        let is_wanted = |&id: &TaskId| id != TaskId::BACKGROUND && name(id).as_deref() == Some(group);
        let ids = model.task_ids().filter(is_wanted);
        ids.map(|id| model.tables().task_number(id)).find(|number| !names.contains(&format!("task {number}")))
    });
    let last = last.expect("more tasks than fit");
    send(&mut window, Command::Select(Item::Task(last)));
    assert!(window.query_by_label(&format!("Lane task {last}")).is_some(), "task {last}");
}
