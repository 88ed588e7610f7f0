//! The lines above a report: what the profile is, which filters are set, how much is shown.

use goscope_parsers::pprof::Profile;

use crate::profile::stacks::Stacks;
use crate::profile::top::cutoff;
use crate::value::{format_value, percentage, scale};

/// How numbers of one report are printed.
pub(super) struct Numbers<'a> {
    /// Unit of the values.
    pub(super) unit: &'a str,
    /// Unit in which they are printed, `auto` for each its own.
    pub(super) shown_unit: &'a str,
}

impl Numbers<'_> {
    pub(super) fn text(&self, value: i64) -> String {
        format_value(value, self.unit, self.shown_unit)
    }
}

/// How much of a profile a report shows.
pub(super) struct Shown {
    /// Sum of the flat values of the rows.
    pub(super) flat: i64,
    pub(super) n_rows: usize,
    /// Rows before the list was cut to its wanted length.
    pub(super) n_before_limit: usize,
    /// Rows that were cut off because their cum is too small.
    pub(super) n_dropped: usize,
    /// The share of the total below which they are.
    pub(super) node_fraction: f64,
}

/// All lines above the table.
pub(super) fn report_labels(stacks: &Stacks<'_>, numbers: &Numbers<'_>, shown: &Shown) -> Vec<String> {
    let total = stacks.total();
    let mut labels = profile_labels(stacks, numbers);
    labels.extend(filter_labels(stacks));
    labels.push(format!(
        "Showing nodes accounting for {}, {} of {} total",
        numbers.text(shown.flat),
        percentage(shown.flat, total).trim(),
        numbers.text(total)
    ));
    if total == 0 {
        return labels;
    }
    if shown.n_dropped > 0 {
        // Of the total, although the rows were cut at a share of what is left after filters (an oddity of pprof).
        let cutoff = cutoff(total, shown.node_fraction);
        let nodes = if shown.n_dropped > 1 { "nodes" } else { "node" };
        labels.push(format!("Dropped {} {nodes} (cum <= {})", shown.n_dropped, numbers.text(cutoff)));
    }
    if shown.n_rows > 0 && shown.n_rows < shown.n_before_limit {
        labels.push(format!("Showing top {} nodes out of {}", shown.n_rows, shown.n_before_limit));
    }
    labels
}

/// What the profile is: binary, comments, type, time and duration.
fn profile_labels(stacks: &Stacks<'_>, numbers: &Numbers<'_>) -> Vec<String> {
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
    // pprof takes a name with a scheme for the address that the profile was fetched from.
    let is_address = build_id.is_empty() && has_scheme(&file);
    if !file.is_empty() && !is_address {
        labels.push(format!("File: {}", base_name(&file)));
    }
    if !build_id.is_empty() {
        labels.push(format!("Build ID: {build_id}"));
    }
    labels
}

fn has_scheme(text: &str) -> bool {
    let Some((scheme, _)) = text.split_once(':') else { return false };
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

/// The last element of a path.
fn base_name(path: &str) -> &str {
    let path = path.trim_end_matches('/');
    if path.is_empty() { "/" } else { path.rsplit('/').next().unwrap_or(path) }
}

/// How much of the duration the total is, if it is a time.
fn share_of_duration(stacks: &Stacks<'_>) -> String {
    let (nanos, unit) = scale(stacks.total(), stacks.unit(), "nanoseconds");
    if unit != "ns" || nanos == 0.0 {
        return String::new();
    }
    format!("({})", percentage(nanos as i64, stacks.profile().duration_nanos))
}

/// The filters that are set; pprof never lists `prune_from`.
fn filter_labels(stacks: &Stacks<'_>) -> Vec<String> {
    let filters = &stacks.query().filters;
    let listed = filters.active().filter(|&(name, _)| name != "prune_from");
    let lines: Vec<String> =
        listed.map(|(name, value)| format!("   {}", shortened(&format!("{name}={value}")))).collect();
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
fn civil_time(nanos: i64) -> String {
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
        assert!(has_scheme("http://host/debug/pprof"));
        assert!(!has_scheme("/bin/a:b"));
    }

    #[test]
    fn long_filters_are_cut_at_eighty_bytes() {
        assert_eq!(shortened(&"x".repeat(80)), "x".repeat(80));
        assert_eq!(shortened(&"x".repeat(81)), format!("{}…", "x".repeat(80)));
    }
}
