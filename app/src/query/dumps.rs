//! Goroutine dumps: which one is shown, its groups, and what it says, alone or after those before it.

use std::sync::Arc;

use goscope_analysis::dump::{
    Certainty, DumpFacts, DumpFilter, Finding, FindingKind, Group, Grouping, Growth, Snapshot, findings,
    groups, select, snapshot_findings,
};
use goscope_parsers::dump::{Dump, DumpFile, DumpKind, Tables};

use crate::dump_input::DumpText;
use crate::live::{VariableLimits, VariableQuestion, variable_questions};
use crate::query::goroutines::trace_times::InTrace;

/// What is asked of texts with dumps.
#[derive(Clone, Debug, Default)]
pub struct DumpsQuery {
    /// What makes goroutines equal.
    pub grouping: Grouping,
    /// Which are looked at.
    pub filter: DumpFilter,
    /// Which dump of a text is shown, counted from 1; `None` for the last one.
    pub dump: Option<usize>,
}

/// Seconds between two snapshots from which their times are believed.
const LEAST_SECONDS: f64 = 5.0;

/// The answer: texts with their dumps and groups, and the findings.
#[derive(Debug)]
pub struct Dumps {
    /// In the order of time.
    pub texts: Vec<DumpGroups>,
    /// The most important first.
    pub findings: Vec<Finding>,
    /// Groups over the snapshots, those that grew most first; empty for one dump.
    pub growth: Vec<Growth>,
    /// How many dumps were compared.
    pub n_snapshots: usize,
    /// Which these are: a text, and a dump of it.
    pub snapshots: Vec<(usize, usize)>,
    /// Whether leaks can be told.
    pub can_tell_leaks: bool,
    /// Of each group that is shown, what a trace of the same run says; empty without one.
    pub in_trace: Vec<InTrace>,
    /// What is odd, a sentence each.
    pub warnings: Vec<String>,
}

/// One text.
#[derive(Debug)]
pub struct DumpGroups {
    /// The text.
    pub text: Arc<DumpText>,
    /// Of each dump, its groups.
    pub groups: Vec<Vec<Group>>,
    /// Of each dump, how many goroutines the filter takes.
    pub n_selected: Vec<usize>,
    /// The dump that is shown; `None` for a text without any.
    pub shown: Option<usize>,
}

impl Dumps {
    /// A dump that was compared.
    pub fn snapshot(&self, at: usize) -> Option<(&DumpGroups, &Dump)> {
        let &(text, dump) = self.snapshots.get(at)?;
        let text = self.texts.get(text)?;
        Some((text, text.file().dumps.get(dump)?))
    }
}

impl DumpGroups {
    /// The dumps of the text.
    pub fn file(&self) -> &DumpFile {
        &self.text.file
    }

    /// What the ids of its dumps stand for.
    pub fn tables(&self) -> &Tables {
        &self.text.file.tables
    }

    /// The dump that is shown, with its groups.
    pub fn shown(&self) -> Option<(&Dump, &[Group])> {
        let shown = self.shown?;
        Some((&self.text.file.dumps[shown], &self.groups[shown]))
    }
}

impl DumpsQuery {
    /// Answers. The same for window and command line; it is pure.
    ///
    /// # Errors
    /// If there is no dump of the number that is asked for.
    pub fn answer(&self, texts: &[Arc<DumpText>]) -> Result<Dumps, String> {
        let mut warnings = Vec::new();
        let order = in_time_order(texts, &mut warnings);
        let texts: Vec<DumpGroups> =
            order.into_iter().map(|text| self.groups_of(text)).collect::<Result<_, _>>()?;
        let (places, snapshots): (Vec<_>, Vec<_>) = self.snapshots(&texts).into_iter().unzip();
        let mut n_snapshots = snapshots.len();
        let (mut growth, mut can_tell_leaks, mut found) = (Vec::new(), false, Vec::new());
        if n_snapshots > 1 {
            let told = snapshot_findings(&snapshots);
            (found, growth, can_tell_leaks) = (told.findings, told.growth, told.can_tell_leaks);
            // Findings are about lines, whatever the table is about.
            if !matches!(self.grouping, Grouping::Lines | Grouping::Exact) {
                growth = goscope_analysis::dump::growth(&snapshots, &self.grouping);
            }
            // Dumps of one log need not be of one program: then nothing was compared, and nothing is odd.
            if texts.len() > 1 {
                warnings.extend(told.warnings);
            } else if !can_tell_leaks {
                (n_snapshots, growth) = (1, Vec::new());
            }
        } else if let Some(last) = texts.last() {
            let facts = DumpFacts { file: last.file(), dump: last.shown().map(|(dump, _)| dump) };
            found = findings(facts);
        }
        if let ([text], None) = (&texts[..], self.dump) {
            found.extend(crashes_of_others(text));
        }
        Ok(Dumps {
            texts,
            findings: found,
            growth,
            n_snapshots,
            snapshots: places,
            can_tell_leaks,
            in_trace: Vec::new(),
            warnings,
        })
    }

    /// Of which goroutines variables are asked for, see [`variable_questions`].
    pub fn variable_questions(&self, file: &DumpFile, limits: VariableLimits) -> Vec<VariableQuestion> {
        variable_questions(file, &self.filter, &self.grouping, limits)
    }

    fn groups_of(&self, text: &Arc<DumpText>) -> Result<DumpGroups, String> {
        let file = &text.file;
        let shown = match self.dump {
            None => file.dumps.len().checked_sub(1),
            Some(number) if (1..=file.dumps.len()).contains(&number) => Some(number - 1),
            Some(number) => {
                let has = file.dumps.len();
                return Err(format!("{}: there is no dump {number}; the text has {has}", text.name));
            }
        };
        let mut groups_of =
            DumpGroups { text: Arc::clone(text), groups: Vec::new(), n_selected: Vec::new(), shown };
        for dump in &file.dumps {
            let rows = select(dump, &file.tables, &self.filter);
            groups_of.n_selected.push(rows.len());
            groups_of.groups.push(groups(dump, &file.tables, &self.grouping, &rows));
        }
        Ok(groups_of)
    }

    /// The dumps that are compared, each with its text and which dump of it it is: the shown one of each text; of a single
    /// text all that are of one program.
    fn snapshots<'a>(&self, texts: &'a [DumpGroups]) -> Vec<((usize, usize), Snapshot<'a>)> {
        let snapshot = |(at, text): (usize, &'a DumpGroups), dump: usize, seconds: Option<f64>| {
            let file = text.file();
            ((at, dump), Snapshot { file, dump: &file.dumps[dump], tables: text.tables(), seconds })
        };
        if let [text] = texts {
            let Some(shown_at) = text.shown else { return Vec::new() };
            let dumps = &text.file().dumps;
            let shown = &dumps[shown_at];
            if self.dump.is_some() {
                return vec![snapshot((0, text), shown_at, None)];
            }
            let is_one = |dump: &Dump| {
                dump.source == shown.source && dump.goroutines.len() > 1 && dump.kind != DumpKind::Thread
            };
            let of_one = dumps.iter().enumerate().filter(|(_, dump)| is_one(dump));
            let list: Vec<_> =
                of_one.map(|(at, dump)| snapshot((0, text), at, log_seconds(&dump.time))).collect();
            return if list.is_empty() { vec![snapshot((0, text), shown_at, None)] } else { list };
        }
        let of_logs =
            texts.iter().all(|text| text.shown().is_some_and(|(dump, _)| log_seconds(&dump.time).is_some()));
        let seconds = |text: &DumpGroups, dump: usize| {
            let time = &text.file().dumps[dump].time;
            if of_logs { log_seconds(time) } else { text.text.written_seconds }
        };
        let with_dumps = texts.iter().enumerate().filter_map(|(at, text)| Some((at, text, text.shown?)));
        let mut list: Vec<_> =
            with_dumps.map(|(at, text, dump)| snapshot((at, text), dump, seconds(text, dump))).collect();
        // Files that were copied or unpacked were all written at once: their times say nothing.
        let is_apart = |pair: &[((usize, usize), Snapshot<'_>)]| match (pair[0].1.seconds, pair[1].1.seconds)
        {
            (Some(a), Some(b)) => b - a >= LEAST_SECONDS,
            _ => false,
        };
        if !list.windows(2).all(is_apart) {
            list.iter_mut().for_each(|(_, snapshot)| snapshot.seconds = None);
        }
        list
    }
}

/// What the dumps of a text that are not shown died of.
fn crashes_of_others(text: &DumpGroups) -> Vec<Finding> {
    const MOST_DUMPS: usize = 20;
    let file = text.file();
    let others = file.dumps.iter().enumerate().filter(|(index, _)| Some(*index) != text.shown);
    let crashed = others.filter(|(_, dump)| matches!(dump.kind, DumpKind::Panic | DumpKind::Fatal));
    let of_dump = |(index, dump): (usize, &Dump)| {
        let is_crash = |finding: &Finding| {
            let is_kind = matches!(finding.kind, FindingKind::Crash | FindingKind::Deadlock);
            is_kind && finding.certainty == Certainty::Certain
        };
        let found = findings(DumpFacts { file, dump: Some(dump) }).into_iter().find(is_crash)?;
        Some(Finding { text: format!("dump {}: {}", index + 1, found.text), ids: Vec::new(), ..found })
    };
    crashed.take(MOST_DUMPS).filter_map(of_dump).collect()
}

/// Texts in the order of time: goroutines get their numbers one after the other, so the largest one tells.
fn in_time_order<'a>(texts: &'a [Arc<DumpText>], warnings: &mut Vec<String>) -> Vec<&'a Arc<DumpText>> {
    let newest = |text: &Arc<DumpText>| {
        let dump = text.file.dumps.last()?;
        dump.goroutines.iter().map(|row| row.id).max()
    };
    let mut order: Vec<&Arc<DumpText>> = texts.iter().collect();
    if !order.is_sorted_by_key(|text| newest(text)) {
        order.sort_by_key(|text| newest(text));
        let names: Vec<&str> = order.iter().map(|text| &*text.name).collect();
        warnings.push(format!(
            "by the numbers of their goroutines, these dumps were taken in this order: {}",
            names.join(", ")
        ));
    }
    order
}

/// Seconds since 1970 of a time in a log; only with date and zone, as RFC 3339 writes it.
fn log_seconds(time: &str) -> Option<f64> {
    let (date, rest) = time.split_once(['T', ' '])?;
    let mut parts = date.split('-').map(str::parse::<i64>);
    let (year, month, day) = (parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?);
    let clock = rest.strip_suffix('Z')?;
    let mut parts = clock.splitn(3, ':');
    let (hour, minute) = (parts.next()?.parse::<f64>().ok()?, parts.next()?.parse::<f64>().ok()?);
    let second = parts.next()?.parse::<f64>().ok()?;
    // Days since 1970 by Howard Hinnant's algorithm "days_from_civil".
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year - era * 400;
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
    Some(days as f64 * 86_400.0 + hour * 3600.0 + minute * 60.0 + second)
}

#[cfg(test)]
mod tests {
    use super::log_seconds;

    #[test]
    fn times_of_logs() {
        assert_eq!(log_seconds("1970-01-01T00:00:01.5Z"), Some(1.5));
        assert_eq!(log_seconds("2026-01-01T00:00:00Z"), Some(1_767_225_600.0));
        assert_eq!(log_seconds("May 11 10:00:00"), None);
        assert_eq!(log_seconds("2026/05/11 10:00:00"), None);
    }
}
