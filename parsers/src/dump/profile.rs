//! A pprof profile of goroutines as a dump: counts of stacks become rows without number, state and creator.

use super::model::{Dump, DumpFile, DumpKind, Goroutine};
use super::tables::{LabelsId, WordsId};
use crate::pprof::Profile;

/// Rows that are made at most: a profile can claim any number of goroutines.
const MAX_ROWS: usize = 4 << 20;

/// The goroutines of a profile `goroutine` or `goroutineleak`; `None` if it is another one.
pub fn dump_of_profile(profile: &Profile) -> Option<DumpFile> {
    let of_type = |name: &str| {
        profile.sample_types.iter().position(|sample_type| profile.text(sample_type.kind) == name)
    };
    let leaked = of_type("goroutineleak");
    let column = leaked.or_else(|| of_type("goroutine"))?;
    let mut file = DumpFile::default();
    let state = file.tables.add_state("", leaked.is_some(), false);
    let mut rows = Vec::new();
    for sample in 0..profile.samples.len() {
        let count = usize::try_from(profile.samples.value(sample, column)).unwrap_or(0);
        let mut frames = Vec::new();
        for &location in profile.samples.stack(sample) {
            for line in profile.locations.lines(location) {
                let function = &profile.functions[line.function.index()];
                let number = u32::try_from(line.line).unwrap_or(0);
                let (name, path) =
                    (profile.strings.bytes(function.name), profile.strings.bytes(function.filename));
                frames.push(file.tables.add_frame(name, path, number, false));
            }
        }
        let mut pairs = Vec::new();
        for label in profile.samples.labels(sample) {
            let value = profile.text(label.str);
            if !value.is_empty() {
                let key = file.tables.add_string(profile.text(label.key).as_bytes());
                pairs.push((key, file.tables.add_string(value.as_bytes())));
            }
        }
        let row = Goroutine {
            id: 0,
            parent: 0,
            arguments: 0,
            state,
            stack: file.tables.add_stack(&frames, None, 0),
            minutes: 0,
            bubble: 0,
            labels: if pairs.is_empty() { LabelsId::default() } else { file.tables.add_labels(&pairs) },
            words: WordsId::default(),
            is_locked: false,
        };
        let room = MAX_ROWS - rows.len();
        if count > room {
            file.lose(0, b"", "more goroutines than are counted");
        }
        rows.extend(std::iter::repeat_n(row, count.min(room)));
    }
    if !rows.is_empty() {
        file.dumps.push(Dump {
            line: 1,
            last_line: 1,
            kind: DumpKind::Profile,
            reason: String::new(),
            time: String::new(),
            source: String::new(),
            is_truncated: false,
            goroutines: rows,
        });
    }
    Some(file)
}
