//! Reads a trace for a report: event by event, or into the model.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::slice;
use std::sync::Arc;

use anyhow::anyhow;
use goscope_analysis::trace::answers::instances::{AnswerInstance, AnswerOf};
use goscope_analysis::trace::model::TraceModel;
use goscope_parsers::pprof::Profile;
use goscope_parsers::trace::{Event, GoId, Problem, StackId, StringId, Tables, Time, TraceReader};
use goscope_parsers::{FileBytes, ParseError};

use super::json::HeadJson;
use super::problems::warn_of_loss;
use super::time_range::{TimeRange, TracePart, functions_of};
use crate::cli::failure::Failure;
use crate::cli::input::InputArgs;
use crate::document::{Document, Source};
use crate::input_bytes::shown_name;
use crate::query::trace::selection;
use crate::query::{Documents, Given, Question, answer};

/// Options of every report about a trace.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct ReadArgs {
    /// Trace to read
    #[arg(value_name = "FILE")]
    pub(super) file: PathBuf,
    /// Report on this part of the trace only, e.g. 1.2s..1.4s or 500ms.. (from its first event)
    #[arg(long, value_name = "A..B")]
    range: Option<TimeRange>,
    #[command(flatten)]
    input: InputArgs,
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
}

impl ReadArgs {
    /// Options to read a file that has been opened, or a range of it.
    pub(super) fn of_opened(
        file: &Path,
        bytes: FileBytes,
        range: Option<TimeRange>,
        input: &InputArgs,
    ) -> Self {
        Self { file: file.to_owned(), range, input: input.clone(), opened: Some(Arc::new(bytes)) }
    }

    /// The argument of `--range`.
    pub(super) fn range(&self) -> Option<TimeRange> {
        self.range
    }

    /// The bytes of the trace.
    fn open(&self) -> Result<Arc<FileBytes>, Failure> {
        self.opened.clone().map_or_else(|| self.input.open(&self.file).map(Arc::new), Ok)
    }

    /// Reads all events.
    pub(super) fn read(&self, visit: impl FnMut(&Event, &Tables)) -> Result<TraceFacts, Failure> {
        let file = self.open()?;
        self.input
            .read_trace(&self.file, &file, |reader| TraceFacts::read(reader, self.range, visit))?
            .ok_or_else(|| self.nothing_there())
    }

    /// Reads the model of the trace, to ask questions of it.
    pub(super) fn model(&self) -> Result<ModelFacts, Failure> {
        let file = self.open()?;
        let source = Source::File(self.file.clone());
        let load = |reader: TraceReader<'_>| Document::load_model(source, reader);
        let document = Arc::new(self.input.read_trace(&self.file, &file, load)?);
        let model = Documents::of_tab(slice::from_ref(&document)).model()?;
        match TracePart::new(model.range(), self.range) {
            Some(part) => Ok(ModelFacts { part, document }),
            None => {
                warn_of_loss(model.problems(), model.lost_share());
                Err(self.nothing_there())
            }
        }
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
        range: Option<TimeRange>,
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
        Ok(Some(Self { tables, problems, lost_share, part }))
    }

    /// Prints on standard error what is wrong with the trace.
    pub(super) fn warn(&self) {
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
    pub(super) part: TracePart,
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
        match instance.of {
            AnswerOf::Task(task) => format!("task:{}", self.model().tables().task_number(task)),
            AnswerOf::Region(row) => format!("region:{row}"),
            AnswerOf::Request | AnswerOf::Goroutine => {
                format!("g:{}", self.model().tables().goid(instance.owner))
            }
        }
    }
}
