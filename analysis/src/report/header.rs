//! The lines above a report: what the profile is, which filters are set, how much is shown.

use goscope_parsers::pprof::Profile;
use goscope_parsers::printable;

use super::numbers::Numbers;
use super::options::ReportOptions;
use crate::profile::source_paths::base_name;
use crate::profile::stacks::Stacks;
use crate::profile::top::cutoff;
use crate::value::{format_value, percentage, scale};

/// How much of a profile a report shows.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Shown {
    /// Sum of the flat values of the rows.
    pub(super) flat: i64,
    pub(super) n_rows: usize,
    /// Rows before the list was cut to its wanted length.
    pub(super) n_before_limit: usize,
    /// Rows and calls that were cut off because they are too small, and the shares of the total below which they are.
    pub(super) n_dropped: usize,
    pub(super) node_fraction: f64,
    pub(super) n_dropped_edges: usize,
    pub(super) edge_fraction: f64,
}

/// Whether a report always says what the profile is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Header {
    /// Unless asked not to.
    Text,
    /// Always, and how to read it: the legend of a graph.
    Legend,
}

/// All lines above the table.
pub(super) fn report_labels(
    stacks: &Stacks<'_>,
    options: &ReportOptions,
    numbers: &Numbers,
    shown: &Shown,
    header: Header,
) -> Vec<String> {
    let mut labels = Vec::new();
    if header == Header::Legend || !options.compact_labels {
        labels = profile_labels(stacks, numbers);
    }
    labels.extend(filter_labels(stacks, options));
    labels.push(format!(
        "Showing nodes accounting for {}, {} of {} total",
        numbers.text(shown.flat),
        numbers.share(shown.flat, stacks.total()).trim(),
        numbers.text(stacks.total())
    ));
    if stacks.total() != 0 {
        labels.extend(shown_labels(stacks.total(), numbers, shown));
    }
    if header == Header::Legend {
        labels.push("\nSee https://git.io/JfYMW for how to read the graph".to_owned());
    }
    labels
}

/// What has been cut off.
fn shown_labels(total: i64, numbers: &Numbers, shown: &Shown) -> Vec<String> {
    let mut labels = Vec::new();
    let mut dropped = |n_dropped: usize, fraction: f64, [one, several, by]: [&str; 3]| {
        if n_dropped > 0 {
            let what = if n_dropped > 1 { several } else { one };
            // Of the total, although they were cut at a share of what is left after filters (an oddity of pprof).
            let cutoff = numbers.text(cutoff(total, fraction));
            labels.push(format!("Dropped {n_dropped} {what} ({by} <= {cutoff})"));
        }
    };
    dropped(shown.n_dropped, shown.node_fraction, ["node", "nodes", "cum"]);
    dropped(shown.n_dropped_edges, shown.edge_fraction, ["edge", "edges", "freq"]);
    if shown.n_rows > 0 && shown.n_rows < shown.n_before_limit {
        labels.push(format!("Showing top {} nodes out of {}", shown.n_rows, shown.n_before_limit));
    }
    labels
}

/// What the profile is: binary, comments, type, time and duration.
pub(super) fn profile_labels(stacks: &Stacks<'_>, numbers: &Numbers) -> Vec<String> {
    let profile = stacks.profile();
    let mut labels = binary_labels(profile);
    let comments = profile.comments.iter().map(|&comment| profile.text(comment).into_owned());
    labels.extend(comments.filter(|comment| !comment.starts_with('#')));
    if !stacks.kind().is_empty() {
        labels.push(format!("Type: {}", stacks.kind()));
    }
    let doc_url = profile.text(profile.doc_url);
    if !doc_url.is_empty() {
        labels.push(format!("Doc: {doc_url}"));
    }
    if profile.time_nanos != 0 {
        labels.push(format!("Time: {} UTC", civil_time(profile.time_nanos)));
    }
    if profile.duration_nanos != 0 {
        let duration = format_value(profile.duration_nanos, "nanoseconds", "auto");
        let share = share_of_duration(stacks);
        labels
            .push(format!("Duration: {duration}, Total samples = {} {share}", numbers.text(stacks.total())));
    }
    labels
}

fn binary_labels(profile: &Profile) -> Vec<String> {
    let mut labels = Vec::new();
    let Some(mapping) = profile.mappings.first() else { return labels };
    let (file, build_id) = (profile.text(mapping.filename), profile.text(mapping.build_id));
    if !file.is_empty() {
        labels.push(format!("File: {}", base_name(&file)));
    }
    if !build_id.is_empty() {
        labels.push(format!("Build ID: {build_id}"));
    }
    labels
}

/// How much of the duration the total is, if it is a time.
fn share_of_duration(stacks: &Stacks<'_>) -> String {
    let (nanos, unit) = scale(stacks.total(), stacks.unit(), "nanoseconds");
    if unit != "ns" || nanos == 0.0 {
        return String::new();
    }
    format!("({})", percentage(nanos as i64, stacks.profile().duration_nanos))
}

/// The filters that are set; pprof never lists `prune_from`, `tagroot` and `tagleaf`.
fn filter_labels(stacks: &Stacks<'_>, options: &ReportOptions) -> Vec<String> {
    let by_stack = stacks.query().filters.active().filter(|&(name, _)| name != "prune_from");
    let by_key = [("tagshow", &options.labels.show), ("taghide", &options.labels.hide)];
    let by_key = by_key.into_iter().filter_map(|(name, value)| Some((name, value.as_deref()?)));
    let listed = by_stack.chain(by_key.filter(|(_, value)| !value.is_empty()));
    let lines: Vec<String> = listed
        .map(|(name, value)| format!("   {}", shortened(&printable(&format!("{name}={value}")))))
        .collect();
    if lines.is_empty() {
        lines
    } else {
        std::iter::once("Active filters:".to_owned()).chain(lines).collect()
    }
}

/// At most 80 bytes.
fn shortened(text: &str) -> String {
    const LIMIT: usize = 80;
    if text.len() <= LIMIT {
        return text.to_owned();
    }
    format!("{}…", &text[..text.floor_char_boundary(LIMIT)])
}

/// `2006-01-02 15:04:05` in UTC of a time in ns since 1970.
pub(super) fn civil_time(nanos: i64) -> String {
    const DAY_SECONDS: i64 = 86_400;
    let seconds = nanos.div_euclid(1_000_000_000);
    let (year, month, day) = civil_date(seconds.div_euclid(DAY_SECONDS));
    let second = seconds.rem_euclid(DAY_SECONDS);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
}

/// Year, month and day of a day counted from 1970-01-01. Years are counted from March, so that the leap day is the
/// last of its year, in eras of 400 years.
fn civil_date(days: i64) -> (i64, i64, i64) {
    const ERA_DAYS: i64 = 146_097;
    let shifted = days + 719_468;
    let era = shifted.div_euclid(ERA_DAYS);
    let day_of_era = shifted.rem_euclid(ERA_DAYS);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_print_as_dates_in_utc() {
        assert_eq!(civil_time(1), "1970-01-01 00:00:00");
        assert_eq!(civil_time(-1), "1969-12-31 23:59:59");
        assert_eq!(civil_time(951_782_400_000_000_000), "2000-02-29 00:00:00");
        assert_eq!(civil_time(1_632_307_136_123_456_789), "2021-09-22 10:38:56");
        assert_eq!(civil_time(i64::MAX), "2262-04-11 23:47:16");
        assert_eq!(civil_time(i64::MIN), "1677-09-21 00:12:43");
    }

    #[test]
    fn binaries_are_named_without_their_directory() {
        assert_eq!(base_name("/usr/bin/app"), "app");
        assert_eq!(base_name("app/"), "app");
        assert_eq!(base_name("//"), "/");
    }

    #[test]
    fn long_filters_are_cut_at_eighty_bytes() {
        assert_eq!(shortened(&"x".repeat(80)), "x".repeat(80));
        assert_eq!(shortened(&"x".repeat(81)), format!("{}…", "x".repeat(80)));
    }
}
