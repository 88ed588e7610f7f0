//! The text of `-raw`: the tables of the profile as they are, after filters.

use std::fmt::{self, Write as _};

use goscope_parsers::pprof::{Label, LocationId, Mapping, Profile};
use rayon::prelude::*;

use super::header::civil_time;
use super::label_text::{LabelGroups, joined, label_groups};
use super::options::{ReportOptions, Warnings};
use super::proto::report_profile;
use super::put;
use crate::profile::query::QueryError;

/// Samples rendered by one thread at once.
const PIECE: usize = 4096;

/// Header, samples, locations and mappings.
///
/// # Errors
/// A filter or sample type that does not fit, or the sink's failure.
pub fn raw_text(
    profile: &Profile,
    options: &ReportOptions,
    out: &mut dyn fmt::Write,
) -> Result<Warnings, QueryError> {
    let (profile, warnings) = report_profile(profile, options)?;
    put_header(&profile, out)?;
    let n_at_once = PIECE * rayon::current_num_threads() * 2;
    for start in (0..profile.samples.len()).step_by(n_at_once) {
        let end = profile.samples.len().min(start + n_at_once);
        let pieces: Vec<usize> = (start..end).step_by(PIECE).collect();
        let texts = pieces.into_par_iter().map(|start| {
            let mut text = String::new();
            (start..end.min(start + PIECE)).for_each(|sample| push_sample(&mut text, &profile, sample));
            text
        });
        for text in texts.collect::<Vec<_>>() {
            out.write_str(&text).map_err(QueryError::Write)?;
        }
    }
    put(out, format_args!("Locations\n"))?;
    for location in profile.locations.iter() {
        put_location(&profile, location, out)?;
    }
    put(out, format_args!("Mappings\n"))?;
    for mapping in &profile.mappings {
        put_mapping(&profile, mapping, out)?;
    }
    Ok(warnings)
}

fn put_header(profile: &Profile, out: &mut dyn fmt::Write) -> Result<(), QueryError> {
    for &comment in &profile.comments {
        put(out, format_args!("Comment: {}\n", profile.text(comment)))?;
    }
    let doc_url = profile.text(profile.doc_url);
    if !doc_url.is_empty() {
        put(out, format_args!("Doc: {doc_url}\n"))?;
    }
    let period_type = profile.period_type.unwrap_or_default();
    let (kind, unit) = (profile.text(period_type.kind), profile.text(period_type.unit));
    put(out, format_args!("PeriodType: {kind} {unit}\nPeriod: {}\n", profile.period))?;
    if profile.time_nanos != 0 {
        let time = civil_time(profile.time_nanos);
        put(out, format_args!("Time: {time}{} +0000 UTC\n", fraction(profile.time_nanos)))?;
    }
    if profile.duration_nanos != 0 {
        // Four characters of the text and no more (an oddity of pprof).
        let duration: String = duration_text(profile.duration_nanos).chars().take(4).collect();
        put(out, format_args!("Duration: {duration}\n"))?;
    }
    let default = profile.text(profile.default_sample_type);
    let types = profile.sample_types.iter().map(|value_type| {
        let (kind, unit) = (profile.text(value_type.kind), profile.text(value_type.unit));
        format!("{kind}/{unit}{} ", if kind == default { "[dflt]" } else { "" })
    });
    put(out, format_args!("Samples:\n{}\n", types.collect::<String>().trim()))
}

/// The fraction of a second of a time, as short as possible.
fn fraction(nanos: i64) -> String {
    let fraction = nanos.rem_euclid(1_000_000_000);
    if fraction == 0 { String::new() } else { format!(".{fraction:09}").trim_end_matches('0').to_owned() }
}

/// A duration as Go prints it: `1h2m3.5s`, `1.5ms`, `42ns`.
fn duration_text(nanos: i64) -> String {
    let sign = if nanos < 0 { "-" } else { "" };
    let nanos = nanos.unsigned_abs();
    let decimal = |whole: u64, part: u64, width: usize| {
        if part == 0 {
            whole.to_string()
        } else {
            format!("{whole}.{}", format!("{part:0width$}").trim_end_matches('0'))
        }
    };
    if nanos < 1_000_000_000 {
        let text = match nanos {
            0..1_000 => format!("{nanos}ns"),
            1_000..1_000_000 => format!("{}µs", decimal(nanos / 1_000, nanos % 1_000, 3)),
            _ => format!("{}ms", decimal(nanos / 1_000_000, nanos % 1_000_000, 6)),
        };
        return format!("{sign}{text}");
    }
    let seconds = nanos / 1_000_000_000;
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    let rest = format!("{}s", decimal(seconds % 60, nanos % 1_000_000_000, 9));
    match (hours, minutes) {
        (0, 0) => format!("{sign}{rest}"),
        (0, _) => format!("{sign}{minutes}m{rest}"),
        _ => format!("{sign}{hours}h{minutes}m{rest}"),
    }
}

fn push_sample(text: &mut String, profile: &Profile, sample: usize) {
    const IS_TEXT: &str = "writing to a string cannot fail";
    for value in profile.samples.values(sample) {
        write!(text, " {value:>10}").expect(IS_TEXT);
    }
    text.push_str(": ");
    for &location in profile.samples.stack(sample) {
        write!(text, "{} ", profile.locations.id(location)).expect(IS_TEXT);
    }
    text.push('\n');
    let labels = profile.samples.labels(sample);
    if labels.is_empty() {
        return;
    }
    let LabelGroups { texts, numbers } = label_groups(profile, labels.iter());
    for groups in [texts, numbers].into_iter().filter(|groups| !groups.is_empty()) {
        let mut keys: Vec<String> =
            groups.iter().map(|(key, labels)| format!("{key}:[{}]", values(profile, labels))).collect();
        keys.sort_unstable();
        writeln!(text, "                {}", keys.join(" ")).expect(IS_TEXT);
    }
}

/// The values of one key; numbers with their units if any of them has one.
fn values(profile: &Profile, labels: &[Label]) -> String {
    let has_units = labels.iter().any(|label| label.num_unit.0 != 0);
    joined(labels, |label| {
        if !label.is_numeric() {
            profile.text(label.str).into_owned()
        } else if has_units {
            format!("{} {}", label.num, profile.text(label.num_unit))
        } else {
            label.num.to_string()
        }
    })
}

fn put_location(profile: &Profile, location: LocationId, out: &mut dyn fmt::Write) -> Result<(), QueryError> {
    let locations = &profile.locations;
    put(out, format_args!("{:>6}: {:#x} ", locations.id(location), locations.address(location)))?;
    if let Some(mapping) = locations.mapping(location) {
        put(out, format_args!("M={} ", profile.mappings[mapping.index()].id))?;
    }
    if locations.is_folded(location) {
        put(out, format_args!("[F] "))?;
    }
    let lines = locations.lines(location);
    if lines.is_empty() {
        return put(out, format_args!("\n"));
    }
    for (index, line) in lines.iter().enumerate() {
        let function = &profile.functions[line.function.index()];
        let (name, system_name) = (profile.text(function.name), profile.text(function.system_name));
        let indent = if index == 0 { "" } else { "             " };
        let (file, start) = (profile.text(function.filename), function.start_line);
        put(out, format_args!("{indent}{name} {file}:{}:{} s={start}", line.line, line.column))?;
        if name == system_name {
            put(out, format_args!("\n"))?;
        } else {
            put(out, format_args!("({system_name})\n"))?;
        }
    }
    Ok(())
}

fn put_mapping(profile: &Profile, mapping: &Mapping, out: &mut dyn fmt::Write) -> Result<(), QueryError> {
    let flags = [
        (mapping.flags.has_functions, "[FN]"),
        (mapping.flags.has_filenames, "[FL]"),
        (mapping.flags.has_line_numbers, "[LN]"),
        (mapping.flags.has_inline_frames, "[IN]"),
    ];
    let flags: String = flags.iter().filter(|(is_set, _)| *is_set).map(|&(_, text)| text).collect();
    put(
        out,
        format_args!(
            "{}: {:#x}/{:#x}/{:#x} {} {} {flags}\n",
            mapping.id,
            mapping.memory_start,
            mapping.memory_limit,
            mapping.file_offset,
            profile.text(mapping.filename),
            profile.text(mapping.build_id),
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_print_as_go_prints_them() {
        for (nanos, text) in [
            (0, "0ns"),
            (999, "999ns"),
            (1_500, "1.5µs"),
            (2_000_000, "2ms"),
            (1_000_000_000, "1s"),
            (199_500_000_000, "3m19.5s"),
            (3_600_000_000_000, "1h0m0s"),
            (-61_000_000_000, "-1m1s"),
        ] {
            assert_eq!(duration_text(nanos), text);
        }
    }
}
