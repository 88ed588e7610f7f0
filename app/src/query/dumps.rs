//! Goroutine dumps: which one is shown, its groups, and what it says, alone or after those before it.

use goscope_analysis::dump::{
    Certainty, DumpFacts, DumpFilter, Finding, FindingKind, Group, Grouping, Growth, Snapshot, findings,
    groups, select, snapshot_findings,
};
use goscope_analysis::symbol::{FrameKind, kind_of};
use goscope_parsers::dump::{Dump, DumpFile, DumpKind, FrameId, Tables};

use crate::dump_input::DumpText;
use crate::live::VariableQuestion;

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

/// Of how much variables are asked for.
#[derive(Clone, Copy, Debug)]
pub struct VariableLimits {
    /// Groups.
    pub groups: usize,
    /// Frames of each.
    pub frames: usize,
    /// Whether frames of the runtime and of libraries count, too.
    pub is_full: bool,
}

/// Seconds between two snapshots from which their times are believed.
const LEAST_SECONDS: f64 = 5.0;

/// The answer: texts with their dumps and groups, and the findings.
#[derive(Debug)]
pub struct Dumps<'a> {
    /// In the order of time.
    pub texts: Vec<DumpGroups<'a>>,
    /// The most important first.
    pub findings: Vec<Finding>,
    /// Groups over the snapshots, those that grew most first; empty for one dump.
    pub growth: Vec<Growth>,
    /// How many dumps were compared.
    pub n_snapshots: usize,
    /// Whether leaks can be told.
    pub can_tell_leaks: bool,
    /// What is odd, a sentence each.
    pub warnings: Vec<String>,
}

/// One text.
#[derive(Debug)]
pub struct DumpGroups<'a> {
    /// The text.
    pub text: &'a DumpText,
    /// Of each dump, its groups.
    pub groups: Vec<Vec<Group>>,
    /// Of each dump, how many goroutines the filter takes.
    pub n_selected: Vec<usize>,
    /// The dump that is shown; `None` for a text without any.
    pub shown: Option<usize>,
}

impl<'a> DumpGroups<'a> {
    /// The dumps of the text.
    pub fn file(&self) -> &'a DumpFile {
        &self.text.file
    }

    /// What the ids of its dumps stand for.
    pub fn tables(&self) -> &'a Tables {
        &self.text.file.tables
    }

    /// The dump that is shown, with its groups.
    pub fn shown(&self) -> Option<(&'a Dump, &[Group])> {
        let shown = self.shown?;
        Some((&self.text.file.dumps[shown], &self.groups[shown]))
    }
}

impl DumpsQuery {
    /// Answers. The same for window and command line; it is pure.
    ///
    /// # Errors
    /// If there is no dump of the number that is asked for.
    pub fn answer<'a>(&self, texts: &'a [DumpText]) -> Result<Dumps<'a>, String> {
        let mut warnings = Vec::new();
        let order = in_time_order(texts, &mut warnings);
        let texts: Vec<DumpGroups<'a>> =
            order.into_iter().map(|text| self.groups_of(text)).collect::<Result<_, _>>()?;
        let snapshots = self.snapshots(&texts);
        let mut dumps = Dumps {
            texts,
            findings: Vec::new(),
            growth: Vec::new(),
            n_snapshots: snapshots.len(),
            can_tell_leaks: false,
            warnings,
        };
        if snapshots.len() > 1 {
            let mut found = snapshot_findings(&snapshots);
            dumps.findings = std::mem::take(&mut found.findings);
            dumps.growth = found.growth;
            dumps.can_tell_leaks = found.can_tell_leaks;
            // Dumps of one log need not be of one program: then nothing was compared, and nothing is odd.
            if dumps.texts.len() > 1 {
                dumps.warnings.extend(found.warnings);
            } else if !found.can_tell_leaks {
                (dumps.n_snapshots, dumps.growth) = (1, Vec::new());
            }
        } else if let Some(last) = dumps.texts.last() {
            let facts = DumpFacts { file: last.file(), dump: last.shown().map(|(dump, _)| dump) };
            dumps.findings = findings(facts);
        }
        if let ([text], None) = (&dumps.texts[..], self.dump) {
            dumps.findings.extend(crashes_of_others(text));
        }
        Ok(dumps)
    }

    /// Of which goroutines variables are asked for: the first one of each of the first groups, in the innermost frames of the
    /// program's own code, or in all of them.
    pub fn variable_questions(&self, file: &DumpFile, limits: VariableLimits) -> Vec<VariableQuestion> {
        let Some(dump) = file.dumps.last() else { return Vec::new() };
        let rows = select(dump, &file.tables, &self.filter);
        let groups = groups(dump, &file.tables, &self.grouping, &rows);
        let question = |group: &Group| {
            let goroutine = group.goroutines(dump).next()?;
            let frames = file.tables.stack(goroutine.stack).frames;
            let is_asked = |&(_, &frame): &(usize, &FrameId)| {
                limits.is_full || kind_of(file.tables.function(frame)) == FrameKind::User
            };
            // The mark where frames are missing is none.
            let known = frames.iter().enumerate().filter(|(_, frame)| **frame != Tables::ELIDED);
            let frames: Vec<usize> =
                known.filter(is_asked).map(|(index, _)| index).take(limits.frames).collect();
            (!frames.is_empty()).then_some(VariableQuestion { goroutine: goroutine.id, frames })
        };
        groups.iter().take(limits.groups).filter_map(question).collect()
    }

    fn groups_of<'a>(&self, text: &'a DumpText) -> Result<DumpGroups<'a>, String> {
        let file = &text.file;
        let shown = match self.dump {
            None => file.dumps.len().checked_sub(1),
            Some(number) if (1..=file.dumps.len()).contains(&number) => Some(number - 1),
            Some(number) => {
                let has = file.dumps.len();
                return Err(format!("{}: there is no dump {number}; the text has {has}", text.name));
            }
        };
        let mut groups_of = DumpGroups { text, groups: Vec::new(), n_selected: Vec::new(), shown };
        for dump in &file.dumps {
            let rows = select(dump, &file.tables, &self.filter);
            groups_of.n_selected.push(rows.len());
            groups_of.groups.push(groups(dump, &file.tables, &self.grouping, &rows));
        }
        Ok(groups_of)
    }

    /// The dumps that are compared: the shown one of each text; of a single text all that are of one program.
    fn snapshots<'a>(&self, texts: &[DumpGroups<'a>]) -> Vec<Snapshot<'a>> {
        let snapshot = |text: &DumpGroups<'a>, dump: &'a Dump, seconds: Option<f64>| Snapshot {
            file: text.file(),
            dump,
            tables: text.tables(),
            seconds,
        };
        if let [text] = texts {
            let Some((shown, _)) = text.shown() else { return Vec::new() };
            if self.dump.is_some() {
                return vec![snapshot(text, shown, None)];
            }
            let is_one = |dump: &&Dump| {
                dump.source == shown.source && dump.goroutines.len() > 1 && dump.kind != DumpKind::Thread
            };
            let dumps = text.file().dumps.iter().filter(is_one);
            let list: Vec<_> = dumps.map(|dump| snapshot(text, dump, log_seconds(&dump.time))).collect();
            return if list.is_empty() { vec![snapshot(text, shown, None)] } else { list };
        }
        let with_dumps = texts.iter().filter_map(|text| Some((text, text.shown()?.0)));
        let of_logs =
            texts.iter().all(|text| text.shown().is_some_and(|(dump, _)| log_seconds(&dump.time).is_some()));
        let seconds = |text: &DumpGroups<'_>, dump: &Dump| {
            if of_logs { log_seconds(&dump.time) } else { text.text.written_seconds }
        };
        let mut list: Vec<_> =
            with_dumps.map(|(text, dump)| snapshot(text, dump, seconds(text, dump))).collect();
        // Files that were copied or unpacked were all written at once: their times say nothing.
        let is_apart = |pair: &[Snapshot<'_>]| match (pair[0].seconds, pair[1].seconds) {
            (Some(a), Some(b)) => b - a >= LEAST_SECONDS,
            _ => false,
        };
        if !list.windows(2).all(is_apart) {
            list.iter_mut().for_each(|snapshot| snapshot.seconds = None);
        }
        list
    }
}

/// What the dumps of a text that are not shown died of.
fn crashes_of_others(text: &DumpGroups<'_>) -> Vec<Finding> {
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
fn in_time_order<'a>(texts: &'a [DumpText], warnings: &mut Vec<String>) -> Vec<&'a DumpText> {
    let newest = |text: &DumpText| {
        let dump = text.file.dumps.last()?;
        dump.goroutines.iter().map(|row| row.id).max()
    };
    let mut order: Vec<&DumpText> = texts.iter().collect();
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
