//! Reads a trace for a report: event by event, or into the model.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::slice;
use std::sync::Arc;

use anyhow::anyhow;
use goscope_analysis::trace::answers::instances::AnswerInstance;
use goscope_analysis::trace::answers::population::One;
use goscope_analysis::trace::model::TraceModel;
use goscope_parsers::pprof::Profile;
use goscope_parsers::trace::{Event, GoId, Problem, StackId, StringId, Tables, Time, TraceReader};
use goscope_parsers::{FileBytes, ParseError};

use super::about::{Narrow, range_arg};
use super::json::HeadJson;
use super::problems::warn_of_loss;
use super::time_range::{TracePart, functions_of};
use crate::cli::failure::{Failure, warn};
use crate::cli::input::InputArgs;
use crate::document::{Document, Source};
use crate::input_bytes::shown_name;
use crate::query::trace::handle::{Handle, Named};
use crate::query::trace::selection;
use crate::query::trace::times::Times;
use crate::query::{Documents, Given, Question, answer};

/// Options of every report about a trace.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct ReadArgs {
    /// Trace to read
    #[arg(value_name = "FILE")]
    pub(super) file: PathBuf,
    /// Only about this: g:412, task:51, region:17, func:main.worker, g:412@1.2s..1.3s, 1.2s or 1.2s..1.4s
    #[arg(value_name = "HANDLE")]
    about: Option<Handle>,
    /// Report on this part of the trace only, e.g. 1.2s..1.4s, 500ms.. (from its first event) or task:51
    #[arg(long, value_name = "A..B", value_parser = range_arg)]
    range: Option<Handle>,
    #[command(flatten)]
    pub(super) input: InputArgs,
    /// What the file holds, if it has been opened already: a pipe can be read only once.
    #[arg(skip)]
    opened: Option<Arc<FileBytes>>,
}

/// A trace after reading it event by event.
pub(super) struct TraceFacts {
    pub(super) tables: Tables,
    pub(super) problems: Vec<Problem>,
    pub(super) lost_share: f64,
    /// The part that the report covers.
    pub(super) part: TracePart,
    /// What the trace does not have of what was asked for.
    note: Option<String>,
}

impl ReadArgs {
    /// Options to read a file that has been opened, or a part of it.
    pub(super) fn of_opened(
        file: &Path,
        bytes: FileBytes,
        (about, range): (Option<Handle>, Option<Handle>),
        input: &InputArgs,
    ) -> Self {
        Self { file: file.to_owned(), about, range, input: input.clone(), opened: Some(Arc::new(bytes)) }
    }

    /// Whether the report is about a part of the trace.
    pub(super) const fn is_narrowed(&self) -> bool {
        self.about.is_some() || self.range.is_some()
    }

    /// The handle that the report is about.
    pub(super) const fn about(&self) -> Option<&Handle> {
        self.about.as_ref()
    }

    /// The bytes of the trace.
    fn open(&self) -> Result<Arc<FileBytes>, Failure> {
        self.opened.clone().map_or_else(|| self.input.open(&self.file).map(Arc::new), Ok)
    }

    /// Reads all events, for a report that can be narrowed to a time.
    pub(super) fn read(&self, visit: impl FnMut(&Event, &Tables)) -> Result<TraceFacts, Failure> {
        self.check(Narrow::Time)?;
        let file = self.open()?;
        let (times, note) = self.times(&file)?;
        self.read_in(&file, times, note, visit)
    }

    fn read_in(
        &self,
        file: &FileBytes,
        times: Option<Times>,
        note: Option<String>,
        visit: impl FnMut(&Event, &Tables),
    ) -> Result<TraceFacts, Failure> {
        let facts =
            self.input.read_trace(&self.file, file, |reader| TraceFacts::read(reader, times, visit))?;
        facts.map(|facts| TraceFacts { note, ..facts }).ok_or_else(|| self.nothing_there())
    }

    /// Reads all events, after it is known in which time they count.
    pub(super) fn read_after<V: FnMut(&Event, &Tables)>(
        &self,
        visit: impl FnOnce(Option<Times>) -> V,
    ) -> Result<TraceFacts, Failure> {
        let file = self.open()?;
        let (times, note) = self.times(&file)?;
        self.read_in(&file, times, note, visit(times))
    }

    /// The time that the options name, for reports that read event by event: of a task, region or goroutine it takes a
    /// reading of its own to find it. And what the trace does not have of that.
    pub(super) fn times(&self, file: &FileBytes) -> Result<(Option<Times>, Option<String>), Failure> {
        let handle = match self.range.as_ref().or(self.about.as_ref()) {
            None | Some(Handle::Function(_)) => return Ok((None, None)),
            Some(Handle::Times(times)) => return Ok((Some(*times), None)),
            Some(handle) => handle,
        };
        let document = self.document(file)?;
        let model = Documents::of_tab(slice::from_ref(&document)).model()?;
        let named = self.find(handle, model)?;
        Ok((named.range.map(|range| since_start(model, &range)), named.note))
    }

    /// Opens the file, for a command that is about a time: which, and what the trace does not have of it.
    pub(super) fn opened_at(&self) -> Result<(Arc<FileBytes>, Times, Option<String>), Failure> {
        self.check(Narrow::Time)?;
        let file = self.open()?;
        let (times, note) = self.times(&file)?;
        Ok((file, times.unwrap_or(Times { begin_nanos: 0, end_nanos: None }), note))
    }

    /// Opens the file for a report that prints its events one by one.
    pub(super) fn opened(&self) -> Result<Opened, Failure> {
        self.check(Narrow::Goroutines)?;
        if let Some(handle @ Handle::Function(_)) = &self.about {
            return Err(
                self.wrong_usage(&format!("{handle}: events can be those of one goroutine, as g:412"))
            );
        }
        let file = self.open()?;
        let Some(handle) = self.about.as_ref().filter(|handle| !matches!(handle, Handle::Times(_))) else {
            let (times, note) = self.times(&file)?;
            return Ok(Opened { file, times, goid: None, note });
        };
        let document = self.document(&file)?;
        let model = Documents::of_tab(slice::from_ref(&document)).model()?;
        let Named { goroutine, range, note, .. } = self.find(handle, model)?;
        let (given, _) = if self.range.is_some() { self.times(&file)? } else { (None, None) };
        let times = given.or(range.map(|range| since_start(model, &range)));
        Ok(Opened { file, times, goid: goroutine, note })
    }

    fn document(&self, file: &FileBytes) -> Result<Arc<Document>, Failure> {
        let source = Source::File(self.file.clone());
        let load = |reader: TraceReader<'_>| Document::load_model(source, reader);
        Ok(Arc::new(self.input.read_trace(&self.file, file, load)?))
    }

    /// Whether a report can be narrowed to what the options name.
    fn check(&self, narrow: Narrow) -> Result<(), Failure> {
        let Some(about) = &self.about else { return Ok(()) };
        narrow.refuse(about).map_err(|why| self.wrong_usage(&why))?;
        let has_time_alone = narrow == Narrow::Time || matches!(about, Handle::Times(_));
        if has_time_alone && self.range.is_some() {
            return Err(self.wrong_usage(&format!("{about} and --range are both a time: give one of them")));
        }
        Ok(())
    }

    fn find(&self, handle: &Handle, model: &TraceModel) -> Result<Named, Failure> {
        handle.find(model).map_err(|error| self.wrong_usage(&error.to_string()))
    }

    /// Reads the model of the trace, to ask questions of it that can be narrowed as said.
    pub(super) fn model(&self, narrow: Narrow) -> Result<ModelFacts, Failure> {
        self.check(narrow)?;
        let file = self.open()?;
        let document = self.document(&file)?;
        let model = Documents::of_tab(slice::from_ref(&document)).model()?;
        let nothing = || {
            warn_of_loss(model.problems(), model.lost_share());
            self.nothing_there()
        };
        if model.range().is_empty() {
            return Err(nothing());
        }
        let find = |handle: &Handle| self.find(handle, model);
        let about = self.about.as_ref().map(find).transpose()?;
        let of_about = about.as_ref().and_then(|named| named.range.clone());
        let is_time = matches!(self.about, Some(Handle::Times(_)));
        let of_about = of_about.filter(|_| is_time || narrow.takes_time());
        let times = match &self.range {
            Some(Handle::Times(times)) => Some(*times),
            Some(handle) => find(handle)?.range.map(|range| since_start(model, &range)),
            None => of_about.map(|range| since_start(model, &range)),
        };
        let part = TracePart::new(model.range(), times).ok_or_else(nothing)?;
        let (about, file) = (about.unwrap_or_default(), self.file.clone());
        Ok(ModelFacts { part, about, file, document })
    }

    /// Reads a profile that is to be put beside the trace.
    pub(super) fn read_profile(&self, path: &Path) -> Result<Profile, Failure> {
        self.input.profile(path)
    }

    fn nothing_there(&self) -> Failure {
        self.no_data("there is no event to look at")
    }

    /// The error that the file has no data for the report.
    pub(super) fn no_data(&self, what: &str) -> Failure {
        Failure::NoData(anyhow!("{}: {what}", shown_name(&self.file)))
    }

    /// The error that the options do not fit the file.
    pub(super) fn wrong_usage(&self, what: &str) -> Failure {
        Failure::Usage(anyhow!("{}: {what}", shown_name(&self.file)))
    }
}

impl TraceFacts {
    /// Reads all events; `None` if there is none in the range.
    pub(super) fn read(
        mut reader: TraceReader<'_>,
        range: Option<Times>,
        mut visit: impl FnMut(&Event, &Tables),
    ) -> Result<Option<Self>, ParseError> {
        let mut trace: Option<Range<Time>> = None;
        while let Some(chunk) = reader.next_chunk() {
            for event in chunk.events {
                visit(event, chunk.tables);
            }
            if let (Some(first), Some(last)) = (chunk.events.first(), chunk.events.last()) {
                trace = Some(trace.map_or(first.time, |trace| trace.start)..last.time);
            }
        }
        if reader.is_cancelled() {
            return Err(ParseError::Cancelled);
        }
        let lost_share = reader.lost_share();
        let (tables, problems) = reader.into_tables();
        let Some(part) = TracePart::new(trace.unwrap_or_default(), range) else {
            warn_of_loss(&problems, lost_share);
            return Ok(None);
        };
        Ok(Some(Self { tables, problems, lost_share, part, note: None }))
    }

    /// Prints on standard error what is wrong with the trace.
    pub(super) fn warn(&self) {
        warn(self.note.as_slice());
        warn_of_loss(&self.problems, self.lost_share);
    }

    /// The first fields of the JSON of a report.
    pub(super) fn head(&self, schema: &'static str) -> HeadJson {
        HeadJson::new(schema, &self.part, &self.problems, self.lost_share)
    }

    /// The number of a goroutine; `None` for none.
    pub(super) fn goid(&self, id: GoId) -> Option<i64> {
        id.is_some().then(|| self.tables.goid(id))
    }

    /// The functions of a stack, innermost first.
    pub(super) fn functions(&self, stack: StackId) -> Vec<String> {
        functions_of(&self.tables, stack)
    }
}

/// The model of a trace, and the part of it that the report covers.
pub(super) struct ModelFacts {
    document: Arc<Document>,
    file: PathBuf,
    pub(super) part: TracePart,
    /// What the plain argument names; nothing without it.
    pub(super) about: Named,
}

/// A trace that has been opened, and what of it a report is about.
pub(super) struct Opened {
    pub(super) file: Arc<FileBytes>,
    /// When.
    pub(super) times: Option<Times>,
    /// On which goroutine.
    pub(super) goid: Option<i64>,
    /// What the trace does not have of what was asked for.
    pub(super) note: Option<String>,
}

/// A time of the trace, from its first event.
fn since_start(model: &TraceModel, range: &Range<Time>) -> Times {
    let nanos = |time: Time| time.saturating_sub(model.range().start);
    Times { begin_nanos: nanos(range.start), end_nanos: Some(nanos(range.end)) }
}

impl ModelFacts {
    /// The model.
    pub(super) fn model(&self) -> &TraceModel {
        self.document.model().expect("a trace was read")
    }

    /// The time that was asked for, as questions have it.
    pub(super) fn range(&self) -> Option<selection::TimeRange> {
        let TracePart { trace, range } = &self.part;
        (range != trace).then(|| selection::TimeRange {
            start_nanos: self.part.since_start(range.start),
            end_nanos: self.part.since_start(range.end),
        })
    }

    /// Asks a question of the trace.
    pub(super) fn ask<Q: Question>(&self, question: &Q) -> Result<Q::Answer, Failure> {
        Ok(answer(question, self.documents())?)
    }

    /// Asks a question whose input is known already.
    pub(super) fn ask_with<Q: Question>(&self, question: &Q, input: Given<Q>) -> Result<Q::Answer, Failure> {
        Ok(question.answer(self.documents(), input)?)
    }

    fn documents(&self) -> Documents<'_> {
        Documents::of_tab(slice::from_ref(&self.document))
    }

    /// Prints on standard error what is wrong with the trace.
    pub(super) fn warn(&self) {
        warn(self.about.note.as_slice());
        warn_of_loss(self.model().problems(), self.model().lost_share());
    }

    /// The first fields of the JSON of a report.
    pub(super) fn head(&self, schema: &'static str) -> HeadJson {
        HeadJson::new(schema, &self.part, self.model().problems(), self.model().lost_share())
    }

    /// The text of a string.
    pub(super) fn text(&self, id: StringId) -> String {
        self.model().tables().string_lossy(id).into_owned()
    }

    /// The start function of a goroutine.
    pub(super) fn function(&self, id: GoId) -> String {
        self.text(self.model().start_function(id))
    }

    /// The number of a goroutine; `None` for none.
    pub(super) fn goid(&self, id: GoId) -> Option<i64> {
        id.is_some().then(|| self.model().tables().goid(id))
    }

    /// The functions of a stack, innermost first.
    pub(super) fn functions(&self, stack: StackId) -> Vec<String> {
        functions_of(self.model().tables(), stack)
    }

    /// What other commands find an instance by.
    pub(super) fn handle(&self, instance: &AnswerInstance) -> String {
        Handle::of(self.model(), instance).to_string()
    }

    /// What other commands find one thing by.
    pub(super) fn handle_of(&self, one: One) -> String {
        Handle::One(one).to_string()
    }

    /// What other commands find a stretch of time on a goroutine by.
    pub(super) fn handle_of_stretch(&self, goroutine: GoId, range: &Range<Time>) -> String {
        Handle::of_stretch(self.model(), goroutine, range).to_string()
    }

    /// What a handle in an option names.
    pub(super) fn find(&self, handle: &Handle) -> Result<Named, Failure> {
        let file = shown_name(&self.file);
        handle.find(self.model()).map_err(|error| Failure::Usage(anyhow!("{file}: {error}")))
    }
}
