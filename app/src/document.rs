//! One loaded file: immutable, shared, named by an id. Questions are asked of it.

mod testing;

use self::testing::Written;
pub use self::testing::{CoverageDocument, TestsDocument};

use std::borrow::Cow;
use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use goscope_analysis::profile::info::{overflow_warnings, profile_kind};
use goscope_analysis::profile::part::labeled_part;
use goscope_analysis::profile::query::LabelFilter;
use goscope_analysis::test_results::TestRun;
use goscope_analysis::trace::gc::{GcCycles, GcLog};
use goscope_analysis::trace::load::{model_beside, model_of, read_of};
use goscope_analysis::trace::model::TraceModel;
use goscope_analysis::trace::mutator_log::MutatorLog;
use goscope_analysis::trace::stw::{Pause, StwLog};
use goscope_analysis::verdict::profiles::RunCounts;
use goscope_parsers::bench::BenchOutput;
use goscope_parsers::pprof::{ParseOptions, Profile, parse_with_warnings};
use goscope_parsers::trace::{Event, Family, Tables, TraceContent, TraceOptions, TraceReader};
use goscope_parsers::{FileKind, ParseError, Progress, detect, printable};
use serde::{Deserialize, Serialize};

use crate::allocator::give_back;
use crate::dump_input::{DumpText, read_if_dump, read_opened_live};
use crate::input_bytes::{SAMPLE_PREFIX, Wishes, address, open_input, sample_named, shown_name};
use crate::live::LiveInput;
use crate::notice::Notice;
use crate::samples;
use crate::store_document::{StoreDocument, shown_store, store_title, whole_store};

/// Names a loaded document. A file that is loaded again gets a new id, so that old answers are not taken for new ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DocumentId(u32);

impl DocumentId {
    fn next() -> Self {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        Self(COUNTER.fetch_add(1, Ordering::Relaxed))
    }
}

/// Where a document comes from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Source {
    /// A file of the user.
    File(PathBuf),
    /// A sample inside the binary, by name.
    Sample(String),
    /// The samples of a profile that match all of these filters by label.
    Part(Box<Self>, Vec<LabelFilter>),
}

impl Source {
    /// What a name on a command line stands for.
    pub fn named(name: PathBuf) -> Self {
        match sample_named(&name) {
            Some(sample) => Self::Sample(sample.name.to_owned()),
            None => Self::File(name),
        }
    }

    /// The name that stands for it on a command line; of an address without what may be secret. `None` for a file whose
    /// name is no text.
    pub fn word(&self) -> Option<String> {
        match self {
            Self::File(path) => match address(path) {
                Some(address) => Some(address.without_secrets().to_string()),
                None => shown_store(path).or_else(|| path.to_str().map(str::to_owned)),
            },
            Self::Sample(name) => Some(format!("{SAMPLE_PREFIX}{name}")),
            // A part is said by options beside the file's name.
            Self::Part(..) => None,
        }
    }

    /// Its name in the window, with what would be obeyed there escaped.
    pub fn name(&self) -> String {
        printable(&self.raw_name()).into_owned()
    }

    fn raw_name(&self) -> String {
        match self {
            Self::File(path) => {
                if let Some(title) = store_title(path) {
                    return title;
                }
                let shown = shown_name(path);
                let name = Path::new(&shown).file_name().map(|name| name.to_string_lossy().into_owned());
                name.unwrap_or(shown)
            }
            Self::Sample(name) => name.clone(),
            Self::Part(whole, labels) => format!("{} [{}]", whole.raw_name(), labels_text(labels)),
        }
    }

    /// Its place, for a tooltip.
    pub fn place(&self) -> String {
        match self {
            Self::File(path) => {
                printable(&shown_store(path).unwrap_or_else(|| shown_name(path))).into_owned()
            }
            Self::Sample(_) => "sample inside goscope".to_owned(),
            Self::Part(whole, labels) => {
                format!("{} [{}]", whole.place(), printable(&labels_text(labels)))
            }
        }
    }

    /// The folder a file is in.
    pub fn folder(&self) -> String {
        match self {
            Self::File(path) if shown_store(path).is_some() => String::new(),
            Self::File(path) => {
                let shown = address(path).map(|_| PathBuf::from(shown_name(path)));
                let path = shown.as_deref().unwrap_or(path);
                let folder = path.parent().map(|folder| folder.to_string_lossy()).unwrap_or_default();
                printable(&folder).into_owned()
            }
            Self::Sample(_) => String::new(),
            Self::Part(whole, _) => whole.folder(),
        }
    }

    /// Whether it is a store, or a selection of one, by its name.
    pub fn is_of_store(&self) -> bool {
        matches!(self, Self::File(path) if shown_store(path).is_some())
    }

    /// The file or sample that it is, or is a part of.
    pub fn whole(&self) -> &Self {
        match self {
            Self::Part(whole, _) => whole.whole(),
            Self::File(_) | Self::Sample(_) => self,
        }
    }

    /// The path of the file; of a sample its name.
    fn path(&self) -> &Path {
        match self {
            Self::File(path) => path,
            Self::Sample(name) => Path::new(name),
            Self::Part(whole, _) => whole.path(),
        }
    }

    /// The filters by label that make it a part; empty of a whole one.
    pub fn labels(&self) -> &[LabelFilter] {
        match self {
            Self::Part(_, labels) => labels,
            Self::File(_) | Self::Sample(_) => &[],
        }
    }
}

/// What some filters by label keep, in words.
fn labels_text(labels: &[LabelFilter]) -> String {
    let text = |filter: &LabelFilter| format!("{}{}", if filter.keeps { "" } else { "not " }, filter.text);
    labels.iter().map(text).collect::<Vec<_>>().join(", ")
}

/// A loaded file.
#[derive(Debug)]
pub struct Document {
    /// Its name in queries.
    pub id: DocumentId,
    /// The document it was made from, or its own id if it was read from a file. An answer about one
    /// member of a family may stay on the screen until the next one is ready.
    pub family: DocumentId,
    /// Where it comes from.
    pub source: Source,
    /// Its content.
    pub kind: DocumentKind,
}

/// The content of a file.
#[derive(Debug)]
pub enum DocumentKind {
    /// A pprof profile.
    Profile(Box<ProfileDocument>),
    /// An execution trace.
    Trace(Box<TraceDocument>),
    /// The model of a trace alone, for questions that need nothing else.
    Model(Box<TraceModel>),
    /// A profile that was counted for a verdict: one of several runs.
    Run(Arc<RunCounts>),
    /// Results of tests, and of the benchmarks that ran with them.
    Tests(Box<TestsDocument>),
    /// Results of benchmarks.
    Benchmarks(Box<BenchOutput>),
    /// What tests covered.
    Coverage(Box<CoverageDocument>),
    /// Goroutine dumps, panics, race reports.
    Dump(Arc<DumpText>),
    /// Many profiles, of which it is known only where they are.
    Store(Box<StoreDocument>),
}

impl From<Written> for DocumentKind {
    fn from(written: Written) -> Self {
        match written {
            Written::Tests(tests) => Self::Tests(Box::new(tests)),
            Written::Benchmarks(output) => Self::Benchmarks(Box::new(output)),
            Written::Coverage(coverage) => Self::Coverage(Box::new(coverage)),
        }
    }
}

/// A trace with everything the window needs.
#[derive(Debug)]
pub struct TraceDocument {
    /// Goroutines, Ps, threads and everything else, in columns.
    pub model: TraceModel,
    /// Stop-the-world (STW) pauses.
    pub pauses: Vec<Pause>,
    /// Cycles of the garbage collector.
    pub gc: GcCycles,
    /// The share of the Ps that the garbage collector took, over time.
    pub mutators: MutatorLog,
}

/// A profile with what every view needs.
#[derive(Debug)]
pub struct ProfileDocument {
    /// The tables.
    pub profile: Arc<Profile>,
    /// Its sample types in order, as `(type, unit)`.
    pub sample_types: Vec<(String, String)>,
    /// The one to show first, as an index.
    pub default_sample_type: usize,
    /// What is odd about the file or its sums, one sentence each.
    pub warnings: Vec<String>,
}

impl ProfileDocument {
    fn new(profile: Arc<Profile>) -> Self {
        let sample_types: Vec<(String, String)> = profile
            .sample_types
            .iter()
            .map(|column| (profile.text(column.kind).into_owned(), profile.text(column.unit).into_owned()))
            .collect();
        let wished = profile.text(profile.default_sample_type);
        let wished = sample_types.iter().position(|(kind, _)| !wished.is_empty() && *kind == wished);
        // pprof's rule: the type that the producer marked, else the last one.
        let default_sample_type = wished.unwrap_or(sample_types.len().saturating_sub(1));
        let warnings = overflow_warnings(&profile);
        Self { profile, sample_types, default_sample_type, warnings }
    }
}

impl Document {
    /// Reads a document.
    ///
    /// # Errors
    /// If the file cannot be parsed, or the sample does not exist.
    pub fn load(source: &Source, progress: &Progress) -> Result<Self, ParseError> {
        match source {
            Source::File(path) if LiveInput::of(path).is_some() => {
                let text = read_opened_live(path, progress).map_err(|sentence| ParseError::Io {
                    context: "no goroutines".to_owned(),
                    source: std::io::Error::other(sentence),
                })?;
                Ok(Self::from_dump(source.clone(), text))
            }
            Source::File(path) if let Some(place) = whole_store(path) => {
                Ok(Self::of(source.clone(), DocumentKind::Store(Box::new(StoreDocument::open(place)?))))
            }
            Source::File(path) if path.is_dir() => {
                Ok(Self::of(source.clone(), testing::folder(path)?.into()))
            }
            Source::File(path) => {
                let lost = RefCell::new(Vec::new());
                // Beside the document nobody needs to be told which file it is about.
                let own_name = format!("{}: ", shown_name(path));
                let tell = |notice: Notice<'_>| {
                    if let Notice::Lost(text) = notice {
                        lost.borrow_mut().push(text.strip_prefix(&own_name).unwrap_or(text).to_owned());
                    }
                };
                let file = open_input(path, &Wishes::default(), tell)?;
                let content = |max_bytes| TraceContent::new(&file, max_bytes, Some(progress));
                let read = Self::read(source, &file, content, progress);
                // Where a part was gone before it was read, zeros stood there: whatever came of it is not what is in it.
                let mut document = file.check_whole().and(read)?;
                if let DocumentKind::Profile(profile) = &mut document.kind {
                    profile.warnings.extend(lost.into_inner());
                }
                Ok(document)
            }
            Source::Sample(name) => {
                let bytes = samples::sample(name).ok_or(ParseError::Empty)?.bytes;
                let content = |max_bytes| TraceContent::from_bytes(bytes, max_bytes, Some(progress));
                Self::read(source, bytes, content, progress)
            }
            Source::Part(whole, labels) => {
                let whole = Self::load(whole, progress)?;
                let Some(profile) = whole.profile() else {
                    return Err(ParseError::NotAProfile { kind: "an execution trace" });
                };
                let (part, warnings) =
                    labeled_part(&profile.profile, labels).map_err(|error| ParseError::Io {
                        context: "no such part".to_owned(),
                        source: std::io::Error::other(error),
                    })?;
                let mut document = Self::from_profile(source.clone(), part);
                if let DocumentKind::Profile(profile) = &mut document.kind {
                    profile.warnings.extend(warnings);
                }
                Ok(document)
            }
        }
    }

    fn read<'a>(
        source: &Source,
        bytes: &[u8],
        trace_content: impl FnOnce(u64) -> Result<TraceContent<'a>, ParseError>,
        progress: &Progress,
    ) -> Result<Self, ParseError> {
        let options = ParseOptions { progress: Some(progress), ..ParseOptions::default() };
        let kind = detect(bytes).ok().map(|detected| detected.kind);
        if let Some(kind) = kind.and_then(|kind| testing::read(kind, bytes, progress)) {
            return Ok(Self::of(source.clone(), kind?.into()));
        }
        let max_bytes = options.max_inflated_bytes;
        if let Some(text) = read_if_dump(source.path(), bytes, max_bytes, Some(progress)) {
            return Ok(Self::from_dump(source.clone(), text?));
        }
        if let Some(FileKind::Trace { .. }) = kind {
            let trace = TraceDocument::read(&trace_content(options.max_inflated_bytes)?, progress)?;
            return Ok(Self::of(source.clone(), DocumentKind::Trace(Box::new(trace))));
        }
        let parsed = parse_with_warnings(bytes, &options)?;
        let mut document = Self::from_profile(source.clone(), parsed.profile);
        if let DocumentKind::Profile(profile) = &mut document.kind {
            profile.warnings.extend(parsed.warnings);
        }
        Ok(document)
    }

    /// Reads a trace into a model, without the folds beside it.
    ///
    /// # Errors
    /// If the trace cannot be parsed.
    pub fn load_model(source: Source, reader: TraceReader<'_>) -> Result<Self, ParseError> {
        let read = read_of(reader)?;
        give_back();
        Ok(Self::of(source, DocumentKind::Model(Box::new(read.into_model()))))
    }

    /// A document with this content.
    fn of(source: Source, kind: DocumentKind) -> Self {
        let id = DocumentId::next();
        Self { id, family: id, source, kind }
    }

    /// A document that holds results of benchmarks.
    pub fn from_benchmarks(source: Source, output: BenchOutput) -> Self {
        Self::of(source, DocumentKind::Benchmarks(Box::new(output)))
    }

    /// A document that holds coverage.
    pub fn from_coverage(source: Source, coverage: CoverageDocument) -> Self {
        Self::of(source, DocumentKind::Coverage(Box::new(coverage)))
    }

    /// A document that holds goroutine dumps.
    pub fn from_dump(source: Source, text: DumpText) -> Self {
        Self::of(source, DocumentKind::Dump(Arc::new(text)))
    }

    /// A document that holds a profile.
    pub fn from_profile(source: Source, profile: Profile) -> Self {
        Self::from_shared(source, Arc::new(profile))
    }

    /// A document of a profile that others hold, too.
    pub fn from_shared(source: Source, profile: Arc<Profile>) -> Self {
        Self::of(source, DocumentKind::Profile(Box::new(ProfileDocument::new(profile))))
    }

    /// The same with names as a person may see them, which are those of all reports: the window draws what is in a profile as it
    /// is. A profile whose names hold nothing that is obeyed is itself.
    #[must_use]
    pub fn shown(mut self) -> Self {
        if let DocumentKind::Profile(profile) = &mut self.kind
            && let Cow::Owned(shown) = profile.profile.printable()
        {
            let warnings = std::mem::take(&mut profile.warnings);
            **profile = ProfileDocument { warnings, ..ProfileDocument::new(Arc::new(shown)) };
        }
        self
    }

    /// A document that holds a run.
    pub fn from_run(source: Source, run: RunCounts) -> Self {
        Self::of(source, DocumentKind::Run(Arc::new(run)))
    }

    /// A document that holds a profile made from another document.
    pub fn derived(from: &Self, profile: Profile) -> Self {
        Self { family: from.family, ..Self::from_profile(from.source.clone(), profile) }
    }

    /// The profile in it, if it holds one.
    pub fn profile(&self) -> Option<&ProfileDocument> {
        match &self.kind {
            DocumentKind::Profile(profile) => Some(profile),
            _ => None,
        }
    }

    /// The results of tests in it, if it holds some.
    pub fn tests(&self) -> Option<&TestRun> {
        match &self.kind {
            DocumentKind::Tests(tests) => Some(&tests.run),
            _ => None,
        }
    }

    /// The results of benchmarks in it, if it holds some.
    pub fn benchmarks(&self) -> Option<&BenchOutput> {
        match &self.kind {
            DocumentKind::Benchmarks(output) => Some(output),
            DocumentKind::Tests(tests) => tests.benchmarks.as_ref(),
            _ => None,
        }
    }

    /// The coverage in it, if it holds one.
    pub fn coverage(&self) -> Option<&CoverageDocument> {
        match &self.kind {
            DocumentKind::Coverage(coverage) => Some(coverage),
            _ => None,
        }
    }

    /// The goroutine dumps in it, if it holds some.
    pub fn dump(&self) -> Option<&Arc<DumpText>> {
        match &self.kind {
            DocumentKind::Dump(text) => Some(text),
            _ => None,
        }
    }

    /// The store, if it is one.
    pub fn store(&self) -> Option<&StoreDocument> {
        match &self.kind {
            DocumentKind::Store(store) => Some(store),
            _ => None,
        }
    }

    /// The trace in it, if it was read with everything beside its model.
    pub fn trace(&self) -> Option<&TraceDocument> {
        match &self.kind {
            DocumentKind::Trace(trace) => Some(trace),
            _ => None,
        }
    }

    /// The model of the trace in it, if it holds one.
    pub fn model(&self) -> Option<&TraceModel> {
        match &self.kind {
            DocumentKind::Trace(trace) => Some(&trace.model),
            DocumentKind::Model(model) => Some(model),
            _ => None,
        }
    }
}

/// What the window wants to know of a trace beside its model.
#[derive(Default)]
struct Folds {
    pauses: StwLog,
    gc: GcLog,
    mutators: MutatorLog,
}

impl Folds {
    fn events(&mut self, events: &[Event], tables: &Tables) {
        for event in events {
            self.pauses.event(event, tables);
            self.gc.event(event, tables);
            self.mutators.event(event, tables);
        }
    }
}

impl TraceDocument {
    /// Reads a trace.
    fn read(content: &TraceContent<'_>, progress: &Progress) -> Result<Self, ParseError> {
        let reader = content.reader(&TraceOptions { progress: Some(progress), ..TraceOptions::default() })?;
        let mut folds = Folds::default();
        let model = match reader.version().family() {
            // Its events are all in memory, and its builder works beside its reader.
            Family::V1 => model_beside(reader, |events, tables| folds.events(events, tables))?,
            Family::V2 => Self::read_twice(content, reader, &mut folds, progress)?,
        };
        // Made here and not when they are first drawn, in a frame.
        model.prepare();
        let Folds { pauses, gc, mutators } = folds;
        Ok(Self { model, pauses: pauses.finish(), gc: gc.finish(), mutators })
    }

    /// Folds want events in order, and the model is built from pieces out of order: so one thread reads for them beside
    /// all others. Both get the same ids.
    fn read_twice(
        content: &TraceContent<'_>,
        reader: TraceReader<'_>,
        folds: &mut Folds,
        progress: &Progress,
    ) -> Result<TraceModel, ParseError> {
        let mut ordered = content.reader(&TraceOptions::default())?;
        std::thread::scope(|scope| {
            let reading = scope.spawn(move || {
                while !progress.is_cancelled()
                    && let Some(chunk) = ordered.next_chunk()
                {
                    folds.events(chunk.events, chunk.tables);
                }
            });
            let model = model_of(reader);
            reading.join().map_err(|panic| std::panic::resume_unwind(panic))?;
            model
        })
    }
}

impl ProfileDocument {
    /// Index of the sample type with this name, else of the default.
    pub fn sample_type_index(&self, name: Option<&str>) -> usize {
        name.and_then(|name| self.sample_types.iter().position(|(kind, _)| kind == name))
            .unwrap_or(self.default_sample_type)
    }

    /// The kind of profile, judged by its sample types.
    pub fn title(&self) -> &'static str {
        profile_kind(&self.profile).title()
    }
}
