//! Goroutines that somebody else listed, a debugger, as a dump: the same tables, without a text.

use super::model::{Dump, DumpFile, DumpKind, Goroutine};
use super::tables::{FrameId, LabelsId, Tables, Word, hash_of};

/// A frame as it was listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ListedFrame<'a> {
    /// The function as dumps name it.
    pub function: &'a str,
    /// The file.
    pub file: &'a str,
    /// The line.
    pub line: u32,
}

/// A goroutine as it was listed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListedGoroutine<'a> {
    /// Its number.
    pub id: u64,
    /// Its state as the runtime prints it.
    pub state: &'a str,
    /// Whether the collector found that nothing can wake it.
    pub is_leaked: bool,
    /// Minutes since it last ran, at least.
    pub minutes: u32,
    /// Innermost first.
    pub frames: Vec<ListedFrame<'a>>,
    /// Whether frames are missing behind the last one.
    pub is_cut: bool,
    /// The `go` statement.
    pub creator: Option<ListedFrame<'a>>,
    /// Keys and values.
    pub labels: Vec<(&'a str, &'a str)>,
    /// Arguments that are addresses.
    pub words: Vec<Word>,
}

/// One dump of goroutines that were listed; no dump if there are none.
pub fn dump_of_list(kind: DumpKind, goroutines: &[ListedGoroutine<'_>], is_truncated: bool) -> DumpFile {
    let mut file = DumpFile::default();
    let rows: Vec<Goroutine> = goroutines.iter().map(|listed| row(&mut file.tables, listed)).collect();
    if !rows.is_empty() {
        file.dumps.push(Dump {
            line: 1,
            last_line: 1,
            kind,
            reason: String::new(),
            time: String::new(),
            source: String::new(),
            is_truncated,
            goroutines: rows,
        });
    }
    file
}

fn row(tables: &mut Tables, listed: &ListedGoroutine<'_>) -> Goroutine {
    let mut frames: Vec<FrameId> = listed.frames.iter().map(|&frame| frame_id(tables, frame)).collect();
    if listed.is_cut {
        frames.push(Tables::ELIDED);
    }
    let creator = listed.creator.map(|frame| frame_id(tables, frame));
    let pair = |tables: &mut Tables, (key, value): (&str, &str)| {
        (tables.add_string(key.as_bytes()), tables.add_string(value.as_bytes()))
    };
    let pairs: Vec<_> = listed.labels.iter().map(|&label| pair(tables, label)).collect();
    Goroutine {
        id: listed.id,
        parent: 0,
        arguments: hash_of(&listed.words),
        state: tables.add_state(listed.state, listed.is_leaked, false),
        stack: tables.add_stack(&frames, creator, 0),
        minutes: listed.minutes,
        bubble: 0,
        labels: if pairs.is_empty() { LabelsId::default() } else { tables.add_labels(&pairs) },
        words: tables.add_words(&listed.words),
        is_locked: false,
    }
}

fn frame_id(tables: &mut Tables, frame: ListedFrame<'_>) -> FrameId {
    tables.add_frame(frame.function.as_bytes(), frame.file.as_bytes(), frame.line, false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_listed_is_in_the_tables() {
        let frame = ListedFrame { function: "main.worker", file: "/src/main.go", line: 54 };
        let listed = ListedGoroutine {
            id: 7,
            state: "chan receive",
            minutes: 2,
            frames: vec![frame],
            is_cut: true,
            creator: Some(ListedFrame { function: "main.main", file: "/src/main.go", line: 20 }),
            labels: vec![("tenant", "acme")],
            words: vec![Word { value: 0xc000, frame: 0, position: 0 }],
            ..ListedGoroutine::default()
        };
        let file =
            dump_of_list(DumpKind::Delve, &[listed.clone(), ListedGoroutine { id: 8, ..listed }], false);
        let rows = &file.dumps[0].goroutines;
        assert_eq!(
            (rows[0].stack, rows[0].state, rows[0].labels),
            (rows[1].stack, rows[1].state, rows[1].labels)
        );
        let stack = file.tables.stack(rows[0].stack);
        assert_eq!((stack.frames.len(), stack.frames[1]), (2, Tables::ELIDED));
        assert_eq!(file.tables.function(stack.frames[0]), "main.worker");
        assert_eq!(file.tables.labels(rows[0].labels).collect::<Vec<_>>(), [("tenant", "acme")]);
        assert_eq!(file.tables.words(rows[0].words).len(), 1);
        assert!(dump_of_list(DumpKind::Core, &[], false).dumps.is_empty());
    }
}
