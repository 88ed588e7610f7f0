//! `goscope info`: what a file is.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::slice;
use std::sync::Arc;

use goscope_analysis::profile::info::{ProfileInfo, ProfileKind, SampleTypeInfo, profile_info};
use goscope_analysis::profile::query::StackQuery;
use goscope_analysis::value::ValueFormat;
use goscope_parsers::pprof::ParseOptions;
use goscope_parsers::trace::{TraceReader, rfc3339_utc, trace_info_from_reader};
use goscope_parsers::{FileBytes, FileKind, detect, printable};
use serde::Serialize;

use super::archive_info;
use super::bundle_info;
use super::dump_info;
use super::failure::Failure;
use super::input::InputArgs;
use super::output::OutputArgs;
use super::session_info::{self, session_in};
use super::testing_info::{is_of_tests, testing_info};
use super::trace_info;
use crate::archive::Archive;
use crate::document::{Document, Source};
use crate::dump_input::read_if_dump;
use crate::input_bytes::shown_name;
use crate::query::starting_points::WhereToBegin;
use crate::query::trace::answers::finding_sentence::finding_sentence;
use crate::query::trace::answers::findings::FindingsQuery;
use crate::query::{Documents, answer};

/// Arguments of `goscope info`.
#[derive(Debug, clap::Args)]
pub(super) struct InfoArgs {
    /// File to read
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Print JSON with raw integers (docs/json.md)
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// Prints the facts about a file, with the limits that every command has unless it is told otherwise.
pub(super) fn tell(file: &Path) -> Result<(), Failure> {
    let input = InputArgs { max_inflated_bytes: ParseOptions::default().max_inflated_bytes };
    run(&InfoArgs { file: file.to_owned(), json: false, input, output: OutputArgs { output: None } })
}

/// Prints the facts.
pub(super) fn run(args: &InfoArgs) -> Result<(), Failure> {
    let file = shown_name(&args.file);
    if let Some(bundle) = bundle_info::bundle_at(&args.file)? {
        match args.json {
            true => args.output.write_json(&bundle_info::json(&file, &bundle))?,
            false => args.output.write_text(&lines_text(&bundle_info::lines(&file, &bundle)))?,
        }
        return bundle_info::check_whole(&file, &bundle);
    }
    let archive = Archive::at(&args.file).map_err(|error| Failure::from_parse(error, &args.file))?;
    if let Some(archive) = archive.filter(|archive| archive.only().is_none()) {
        match args.json {
            true => args.output.write_json(&archive_info::json(&file, &archive))?,
            false => args.output.write_text(&lines_text(&archive_info::lines(&file, &archive)))?,
        }
        return if archive.damage().is_some() { Err(Failure::Gate(3)) } else { Ok(()) };
    }
    if args.file.is_dir() {
        return tell_of_tests(args, &file, "folder of GOCOVERDIR");
    }
    let bytes = args.input.open(&args.file)?;
    if let Some(session) = session_in(&args.file, &bytes)? {
        return match args.json {
            true => args.output.write_json(&session_info::json(&file, &session)),
            false => args.output.write_text(&lines_text(&session_info::lines(&file, &session))),
        };
    }
    let dump = read_if_dump(&args.file, &bytes, args.input.max_inflated_bytes, None);
    if let Some(text) = dump.transpose().map_err(|error| Failure::from_parse(error, &args.file))? {
        let text = Arc::new(text);
        return match args.json {
            true => args.output.write_json(&dump_info::json(&text)),
            false => args.output.write_text(&lines_text(&dump_info::lines(&text))),
        };
    }
    let kind = detect(&bytes).map_err(|error| Failure::from_parse(error, &args.file))?.kind;
    if let FileKind::Trace { .. } = kind {
        let info = args.input.read_trace(&args.file, &bytes, trace_info_from_reader)?;
        if args.json {
            return args.output.write_json(&trace_info::json(&file, &info));
        }
        let mut lines = trace_info::lines(&file, &info);
        lines.push(("finding", first_finding(args, &bytes)?));
        return args.output.write_text(&lines_text(&lines));
    }
    if is_of_tests(kind) {
        return tell_of_tests(args, &file, kind.name());
    }
    let profile = args.input.profile_in(&args.file, &bytes)?;
    let info = profile_info(&profile);
    let begin = WhereToBegin::of(&profile, &StackQuery::default())?;
    if args.json {
        return args.output.write_json(&json(&file, kind.name(), (&info, &begin)));
    }
    let mut lines = lines(&file, kind.name(), &info);
    lines.push(("where", begin.sentence()));
    args.output.write_text(&lines_text(&lines))
}

fn tell_of_tests(args: &InfoArgs, file: &str, format: &str) -> Result<(), Failure> {
    let info = testing_info(&args.file, file, format)?;
    match args.json {
        true => args.output.write_json(&info.json),
        false => args.output.write_text(&lines_text(&info.lines)),
    }
}

/// Bytes up to which a trace is looked at for findings: that takes some times as long as to count its events.
const MOST_BYTES: usize = 4 << 20;

/// The finding that stands first, or how to get it.
fn first_finding(args: &InfoArgs, bytes: &FileBytes) -> Result<String, Failure> {
    if bytes.len() > MOST_BYTES {
        return Ok("goscope trace findings says what stands out".to_owned());
    }
    let source = Source::File(args.file.clone());
    let load = |reader: TraceReader<'_>| Document::load_model(source, reader);
    let document = Arc::new(args.input.read_trace(&args.file, bytes, load)?);
    let documents = Documents::of_tab(slice::from_ref(&document));
    let findings = answer(&FindingsQuery::default(), documents)?;
    let model = documents.model()?;
    let more = findings.len().saturating_sub(1);
    Ok(match findings.first() {
        None => "nothing stands out".to_owned(),
        Some(first) if more == 0 => finding_sentence(model, first).text(),
        Some(first) => {
            format!("{} ({more} more: goscope trace findings)", finding_sentence(model, first).text())
        }
    })
}

/// Facts as text, one per line, with the names in a column; comments and names of a program stay on their line.
fn lines_text(lines: &[(&str, String)]) -> String {
    lines.iter().fold(String::new(), |mut text, (label, value)| {
        let _ = writeln!(text, "{label:<10} {}", printable(value));
        text
    })
}

/// A time in ns since 1970 as RFC 3339 in UTC.
fn utc_text(time_nanos: i64) -> String {
    let (seconds, nanos) = (time_nanos.div_euclid(1_000_000_000), time_nanos.rem_euclid(1_000_000_000));
    rfc3339_utc(seconds, u32::try_from(nanos).unwrap_or(0))
}

fn kind_name(kind: ProfileKind) -> &'static str {
    match kind {
        ProfileKind::Cpu => "cpu",
        ProfileKind::Heap => "heap",
        ProfileKind::Allocs => "allocs",
        ProfileKind::Goroutine => "goroutine",
        ProfileKind::GoroutineLeak => "goroutineleak",
        ProfileKind::ThreadCreate => "threadcreate",
        ProfileKind::Contention => "mutex or block",
        ProfileKind::Other => "other",
    }
}

fn lines(file: &str, format: &str, info: &ProfileInfo) -> Vec<(&'static str, String)> {
    let mut lines: Vec<(&str, String)> = vec![
        ("file", file.to_owned()),
        ("format", format.to_owned()),
        ("kind", kind_name(info.kind).to_owned()),
    ];
    for (index, sample_type) in info.sample_types.iter().enumerate() {
        let total = total_text(sample_type);
        let default = if index == info.default_sample_type { ", shown first" } else { "" };
        let label = if index == 0 { "types" } else { "" };
        lines.push((label, format!("{} ({}), total {total}{default}", sample_type.kind, sample_type.unit)));
    }
    let nanos = ValueFormat::auto("nanoseconds");
    if info.time_nanos != 0 {
        lines.push(("taken", utc_text(info.time_nanos)));
    }
    if info.duration_nanos != 0 {
        lines.push(("duration", nanos.text(info.duration_nanos)));
    }
    if info.period != 0 {
        let period = ValueFormat::auto(&info.period_unit).text(info.period);
        lines.push(("period", format!("{period} of {}", info.period_type)));
    }
    let depth = info.mean_depth_hundredths as f64 / 100.0;
    lines
        .push(("samples", format!("{} (mean depth {depth:.1}, at most {})", info.n_samples, info.max_depth)));
    let counts = [info.n_locations, info.n_functions, info.n_mappings];
    lines.push((
        "tables",
        format!("{} locations, {} functions, {} mappings", counts[0], counts[1], counts[2]),
    ));
    lines.extend(
        info.label_keys.iter().map(|(key, n_samples)| ("label", format!("{key} on {n_samples} samples"))),
    );
    let texts = [("binary", &info.binary), ("build id", &info.build_id), ("doc", &info.doc_url)];
    lines.extend(
        texts.into_iter().filter(|(_, text)| !text.is_empty()).map(|(label, text)| (label, text.clone())),
    );
    lines.extend(info.comments.iter().map(|comment| ("comment", comment.clone())));
    lines
}

/// A total in the unit that suits it; in full if 64 bits do not hold it.
fn total_text(sample_type: &SampleTypeInfo) -> String {
    match i64::try_from(sample_type.total) {
        Ok(total) => ValueFormat::auto(&sample_type.unit).text(total),
        Err(_) => format!("{} {} (more than 64 bits hold)", sample_type.total, sample_type.unit),
    }
}

/// What `--json` prints.
#[derive(Serialize)]
struct InfoJson<'a> {
    schema: &'static str,
    file: &'a str,
    format: &'a str,
    kind: &'static str,
    sample_types: Vec<SampleTypeJson<'a>>,
    samples: usize,
    locations: usize,
    functions: usize,
    mappings: usize,
    max_depth: usize,
    time_nanos: i64,
    duration_nanos: i64,
    period: i64,
    period_type: &'a str,
    period_unit: &'a str,
    binary: &'a str,
    build_id: &'a str,
    doc_url: &'a str,
    comments: &'a [String],
    labels: Vec<LabelJson<'a>>,
    #[serde(rename = "where")]
    begin: WhereJson,
}

#[derive(Serialize)]
struct SampleTypeJson<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    unit: &'a str,
    total: i128,
    default: bool,
}

#[derive(Serialize)]
struct LabelJson<'a> {
    key: &'a str,
    samples: usize,
}

/// Where to begin: what the inspector of the window shows.
#[derive(Serialize)]
struct WhereJson {
    sentence: String,
    sample_type: String,
    unit: String,
    total: i64,
    /// The largest of own code, each with what it calls.
    functions: Vec<ValueJson>,
    /// The largest in which stacks end.
    packages: Vec<ValueJson>,
    without_own: i64,
}

#[derive(Serialize)]
struct ValueJson {
    name: String,
    value: i64,
}

impl WhereJson {
    fn new(begin: &WhereToBegin) -> Self {
        const MOST_ROWS: usize = 20;
        let points = &begin.points;
        let functions = points.functions.iter().take(MOST_ROWS);
        let packages = points.packages.iter().take(MOST_ROWS);
        Self {
            sentence: begin.sentence(),
            sample_type: begin.sample_type.clone(),
            unit: begin.unit.clone(),
            total: points.sum,
            functions: functions
                .map(|&(frame, value)| ValueJson { name: begin.frames.frame(frame).printable_name(), value })
                .collect(),
            packages: packages.map(|(name, value)| ValueJson { name: name.clone(), value: *value }).collect(),
            without_own: points.without_own,
        }
    }
}

fn json<'a>(file: &'a str, format: &'a str, (info, begin): (&'a ProfileInfo, &WhereToBegin)) -> InfoJson<'a> {
    let sample_types = info.sample_types.iter().enumerate().map(|(index, sample_type)| SampleTypeJson {
        kind: &sample_type.kind,
        unit: &sample_type.unit,
        total: sample_type.total,
        default: index == info.default_sample_type,
    });
    InfoJson {
        schema: "goscope.info/1",
        file,
        format,
        kind: kind_name(info.kind),
        sample_types: sample_types.collect(),
        samples: info.n_samples,
        locations: info.n_locations,
        functions: info.n_functions,
        mappings: info.n_mappings,
        max_depth: info.max_depth,
        time_nanos: info.time_nanos,
        duration_nanos: info.duration_nanos,
        period: info.period,
        period_type: &info.period_type,
        period_unit: &info.period_unit,
        binary: &info.binary,
        build_id: &info.build_id,
        doc_url: &info.doc_url,
        comments: &info.comments,
        labels: info.label_keys.iter().map(|(key, samples)| LabelJson { key, samples: *samples }).collect(),
        begin: WhereJson::new(begin),
    }
}
