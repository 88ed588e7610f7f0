//! A goroutine as a thread: spans and regions become markers, stacks of CPU samples become rows of tables.

use std::collections::HashMap;

use goscope_analysis::trace::model::TraceModel;
use goscope_analysis::trace::rows::SampleRow;
use goscope_analysis::trace::words::cause::SpanState;
use goscope_parsers::trace::{FrameId, GoId, StackId, Time};
use serde_json::json;

use super::columns::{FrameTable, FuncTable, Marker, Markers, Samples, StackTable, Thread};
use crate::export::whose_code::frame_category;

impl Thread {
    pub(super) fn of(model: &TraceModel, goroutine: GoId, samples: &[&SampleRow], process: &str) -> Self {
        let tables = model.tables();
        let mut thread = Builder { model, strings: Strings::default(), tables: CallTables::default() };
        let (markers, samples) = (thread.markers(goroutine), thread.samples(samples));
        let life = model.goroutine(goroutine).map_or(0..0, |goroutine| goroutine.life());
        let function = tables.string_lossy(model.start_function(goroutine));
        let goid = tables.goid(goroutine);
        Self {
            name: format!("G{goid} {function}").trim_end().to_owned(),
            is_main_thread: goid == 1,
            process_type: "default",
            process_name: process.to_owned(),
            process_startup_time: 0.0,
            process_shutdown_time: None,
            register_time: millis(model, life.start),
            unregister_time: millis(model, life.end),
            paused_ranges: [],
            pid: "1",
            tid: goid,
            show_markers_in_timeline: true,
            string_array: thread.strings.all,
            samples,
            markers,
            stack_table: thread.tables.stacks,
            frame_table: thread.tables.frames,
            func_table: thread.tables.functions,
            resource_table: json!({"length": 0, "lib": [], "name": [], "host": [], "type": []}),
            native_symbols: json!({"length": 0, "address": [], "functionSize": [], "libIndex": [], "name": []}),
        }
    }
}

/// Milliseconds since the first event.
fn millis(model: &TraceModel, time: Time) -> f64 {
    time.saturating_sub(model.range().start) as f64 / 1e6
}

#[derive(Default)]
struct Strings {
    all: Vec<String>,
    rows: HashMap<String, usize>,
}

impl Strings {
    fn row(&mut self, text: &str) -> usize {
        if let Some(&row) = self.rows.get(text) {
            return row;
        }
        self.all.push(text.to_owned());
        self.rows.insert(text.to_owned(), self.all.len() - 1);
        self.all.len() - 1
    }
}

#[derive(Default)]
struct CallTables {
    stacks: StackTable,
    frames: FrameTable,
    functions: FuncTable,
    stack_rows: HashMap<(Option<usize>, FrameId), usize>,
    frame_rows: HashMap<FrameId, usize>,
    function_rows: HashMap<(usize, usize), usize>,
}

struct Builder<'m> {
    model: &'m TraceModel,
    strings: Strings,
    tables: CallTables,
}

impl Builder<'_> {
    fn markers(&mut self, goroutine: GoId) -> Markers {
        let model = self.model;
        let tables = model.tables();
        let mut markers = Markers::default();
        for span in model.spans(goroutine) {
            let category = match span.state {
                SpanState::Running => 5,
                SpanState::Runnable => 6,
                SpanState::Waiting => 7,
                SpanState::Syscall | SpanState::SyscallBlocked => 8,
                SpanState::Unknown => continue,
            };
            let cause = model.cause(span.cause);
            let reason = tables.string_lossy(cause.reason).into_owned();
            let data = Marker::State { reason, stack: self.stack_text(cause.stack) };
            self.push(&mut markers, span.state.name(), (span.start, span.end), category, data);
        }
        for region in model.regions_of(goroutine).iter().filter(|region| !region.is_inherited) {
            let task = model
                .task(region.task)
                .map_or_else(String::new, |task| tables.string_lossy(task.name).into_owned());
            let name = tables.string_lossy(region.name);
            self.push(&mut markers, &name, (region.begin, region.end), 0, Marker::Region { task });
        }
        markers
    }

    fn push(
        &mut self,
        markers: &mut Markers,
        name: &str,
        (start, end): (Time, Time),
        category: usize,
        data: Marker,
    ) {
        markers.length += 1;
        markers.category.push(category);
        markers.data.push(data);
        markers.start_time.push(millis(self.model, start));
        markers.end_time.push(millis(self.model, end));
        markers.name.push(self.strings.row(name));
        markers.phase.push(1);
    }

    /// The innermost functions of a stack.
    fn stack_text(&self, stack: StackId) -> String {
        const MOST: usize = 8;
        let tables = self.model.tables();
        let names = tables
            .stack(stack)
            .iter()
            .take(MOST)
            .map(|&frame| tables.string_lossy(tables.frame(frame).function));
        names.collect::<Vec<_>>().join(" < ")
    }

    fn samples(&mut self, samples: &[&SampleRow]) -> Samples {
        let stack = samples.iter().map(|sample| self.stack(sample.stack)).collect();
        let time = samples.iter().map(|sample| millis(self.model, sample.time)).collect();
        Samples { length: samples.len(), weight_type: "samples", weight: None, stack, time }
    }

    /// The row of a stack, root first.
    fn stack(&mut self, stack: StackId) -> Option<usize> {
        let frames = self.model.tables().stack(stack);
        frames.iter().rev().fold(None, |prefix, &frame| Some(self.stack_row(prefix, frame)))
    }

    fn stack_row(&mut self, prefix: Option<usize>, frame: FrameId) -> usize {
        if let Some(&row) = self.tables.stack_rows.get(&(prefix, frame)) {
            return row;
        }
        let frame_row = self.frame_row(frame);
        let stacks = &mut self.tables.stacks;
        let row = stacks.length;
        stacks.length += 1;
        stacks.prefix.push(prefix);
        stacks.frame.push(frame_row);
        stacks.category.push(self.tables.frames.category[frame_row]);
        stacks.subcategory.push(0);
        self.tables.stack_rows.insert((prefix, frame), row);
        row
    }

    fn frame_row(&mut self, id: FrameId) -> usize {
        if let Some(&row) = self.tables.frame_rows.get(&id) {
            return row;
        }
        let texts = self.model.tables();
        let frame = texts.frame(id);
        let (name, file) = (texts.string_lossy(frame.function), texts.string_lossy(frame.file));
        let func = self.function_row(&name, &file);
        let frames = &mut self.tables.frames;
        let row = frames.length;
        frames.length += 1;
        frames.address.push(-1);
        frames.inline_depth.push(0);
        frames.category.push(frame_category(&name, &file) as usize);
        frames.subcategory.push(0);
        frames.func.push(func);
        frames.native_symbol.push(None);
        frames.inner_window_id.push(None);
        frames.line.push(Some(frame.line).filter(|&line| line > 0));
        frames.column.push(None);
        frames.implementation.push(None);
        self.tables.frame_rows.insert(id, row);
        row
    }

    fn function_row(&mut self, name: &str, file: &str) -> usize {
        let key = (self.strings.row(name), self.strings.row(file));
        if let Some(&row) = self.tables.function_rows.get(&key) {
            return row;
        }
        let functions = &mut self.tables.functions;
        let row = functions.length;
        functions.length += 1;
        functions.name.push(key.0);
        functions.is_js.push(false);
        functions.relevant_for_js.push(false);
        functions.resource.push(-1);
        functions.file_name.push(Some(key.1).filter(|_| !file.is_empty()));
        functions.line_number.push(None);
        functions.column_number.push(None);
        self.tables.function_rows.insert(key, row);
        row
    }
}
