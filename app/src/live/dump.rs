//! Goroutines as delve lists them, as a dump: groups, filters and findings are the same as of a text.

use goscope_parsers::dump::{DumpFile, DumpKind, ListedFrame, ListedGoroutine, Word, dump_of_list};
use goscope_remote::delve::{Frame, Goroutine};

/// The dump. Type arguments of generic functions become `[...]`, as the runtime prints them, so that live goroutines can be
/// compared with those of a text.
pub(super) fn dump_of(goroutines: &[Goroutine], is_core: bool, is_truncated: bool) -> DumpFile {
    let names: Vec<Vec<String>> = goroutines
        .iter()
        .map(|goroutine| frames(goroutine).map(|frame| plain_name(&frame.function)).collect())
        .collect();
    let listed: Vec<ListedGoroutine<'_>> =
        goroutines.iter().zip(&names).map(|(goroutine, names)| listed(goroutine, names)).collect();
    let kind = if is_core { DumpKind::Core } else { DumpKind::Delve };
    dump_of_list(kind, &listed, is_truncated)
}

/// Those of the stack, then the creator.
fn frames(goroutine: &Goroutine) -> impl Iterator<Item = &Frame> {
    goroutine.frames.iter().chain(&goroutine.creator)
}

fn listed<'a>(goroutine: &'a Goroutine, names: &'a [String]) -> ListedGoroutine<'a> {
    let mut listed: Vec<ListedFrame<'a>> = frames(goroutine)
        .zip(names)
        .map(|(frame, function)| ListedFrame { function, file: &frame.file, line: frame.line })
        .collect();
    let creator = goroutine.creator.as_ref().and_then(|_| listed.pop());
    ListedGoroutine {
        id: goroutine.id,
        state: &goroutine.state,
        is_leaked: goroutine.is_leaked,
        minutes: goroutine.minutes,
        frames: listed,
        is_cut: goroutine.is_cut,
        creator,
        labels: goroutine.labels.iter().map(|(key, value)| (&**key, &**value)).collect(),
        words: goroutine
            .arguments
            .iter()
            .map(|argument| Word {
                value: argument.value,
                frame: argument.frame,
                position: argument.position,
            })
            .collect(),
    }
}

/// `main.(*box[...]).lock` of `main.(*box[go.shape.int]).lock`.
fn plain_name(name: &str) -> String {
    let mut plain = String::with_capacity(name.len());
    let mut depth = 0_u32;
    for char in name.chars() {
        match char {
            '[' => {
                if depth == 0 {
                    plain.push_str("[...]");
                }
                depth += 1;
            }
            ']' if depth > 0 => depth -= 1,
            _ if depth == 0 => plain.push(char),
            _ => {}
        }
    }
    // A bracket that nothing closes is no list of types.
    if depth == 0 { plain } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::plain_name;

    #[test]
    fn type_arguments_are_as_the_runtime_prints_them() {
        let names = ["main.main", "main.(*box[go.shape.int]).lock", "a.f[map[string]int,b[c]].func1", "a.f["];
        assert_eq!(names.map(plain_name).join(" "), "main.main main.(*box[...]).lock a.f[...].func1 a.f[");
    }
}
