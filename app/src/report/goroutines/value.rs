//! A value as Go would write it, as far as it was read.

use goscope_remote::delve::{Variable, VariableKind};

/// How deep parts of parts are written.
const MAX_DEPTH: usize = 3;
/// The longest text; the rest is an ellipsis.
const MAX_BYTES: usize = 4096;

/// The value: `&main.order{ID: 7, Items: []string{"a", "b"}}`. On one line; what it has of control characters is escaped.
pub(super) fn value_text(variable: &Variable) -> String {
    let mut text = String::new();
    write_value(variable, MAX_DEPTH, &mut text);
    goscope_parsers::printable(&text).into_owned()
}

fn write_value(variable: &Variable, depth: usize, text: &mut String) {
    let Variable { type_name, value, len, children, .. } = variable;
    if !variable.unreadable.is_empty() {
        return text.push_str(&unreadable_text(&variable.unreadable));
    }
    if text.len() > MAX_BYTES {
        return text.push('\u{2026}');
    }
    let has_parts = matches!(variable.kind, VariableKind::Struct | VariableKind::List | VariableKind::Map);
    if depth == 0 && has_parts && mutex_text(variable).is_none() {
        return text.push_str(&format!("{type_name}{{\u{2026}}}"));
    }
    match variable.kind {
        VariableKind::Basic if value.is_empty() => text.push_str(&format!("{type_name}(?)")),
        VariableKind::Basic => text.push_str(value),
        VariableKind::Text => write_string(value, *len, text),
        VariableKind::Pointer => write_pointer(variable, depth, text),
        VariableKind::Interface => match children.first() {
            Some(inside) if inside.type_name.is_empty() && inside.children.is_empty() => text.push_str("nil"),
            Some(inside) if depth > 0 => write_value(inside, depth - 1, text),
            Some(_) => text.push('\u{2026}'),
            None => text.push_str("nil"),
        },
        VariableKind::Channel => text.push_str(&channel_text(variable)),
        VariableKind::Struct => match mutex_text(variable) {
            Some(state) => text.push_str(&format!("{type_name}{{{state}}}")),
            None => write_struct(variable, depth, text),
        },
        VariableKind::List => {
            text.push_str(&format!("{type_name}{{"));
            write_all(children.iter().map(|child| (None, child)), depth, text);
            write_rest(*len, children.len(), text);
        }
        VariableKind::Map => {
            text.push_str(&format!("{type_name}{{"));
            let pairs = children.chunks_exact(2).map(|pair| (Some(Key::Value(&pair[0])), &pair[1]));
            write_all(pairs, depth, text);
            write_rest(*len, children.len() / 2, text);
        }
    }
}

/// What stands before a part.
enum Key<'a> {
    Name(&'a str),
    Value(&'a Variable),
}

fn write_all<'a>(
    parts: impl Iterator<Item = (Option<Key<'a>>, &'a Variable)>,
    depth: usize,
    text: &mut String,
) {
    for (at, (key, part)) in parts.enumerate() {
        if at > 0 {
            text.push_str(", ");
        }
        if text.len() > MAX_BYTES {
            return text.push('\u{2026}');
        }
        match key {
            None => {}
            Some(Key::Name(name)) => text.push_str(&format!("{name}: ")),
            Some(Key::Value(key)) => {
                write_value(key, depth.saturating_sub(1), text);
                text.push_str(": ");
            }
        }
        write_value(part, depth.saturating_sub(1), text);
    }
}

/// How many more elements there are, and the bracket.
fn write_rest(len: u64, shown: usize, text: &mut String) {
    let more = len.saturating_sub(shown as u64);
    match (more, shown) {
        (0, _) => {}
        (more, 0) => text.push_str(&format!("\u{2026} {more}")),
        (more, _) => text.push_str(&format!(", \u{2026} {more} more")),
    }
    text.push('}');
}

fn write_struct(variable: &Variable, depth: usize, text: &mut String) {
    text.push_str(&format!("{}{{", variable.type_name));
    if variable.children.is_empty() && variable.len > 0 {
        text.push('\u{2026}');
    }
    // Fields without a name are there for their alignment, or so that vet complains about copies.
    let fields = variable.children.iter().filter(|field| field.name != "_");
    write_all(fields.map(|field| (Some(Key::Name(&field.name)), field)), depth, text);
    text.push('}');
}

fn write_pointer(variable: &Variable, depth: usize, text: &mut String) {
    let address: u64 = variable.value.parse().unwrap_or(0);
    let inside = variable.children.first().filter(|inside| {
        let is_read = !inside.children.is_empty() || !inside.value.is_empty() || inside.len == 0;
        is_read && inside.unreadable.is_empty()
    });
    match inside {
        _ if address == 0 => text.push_str("nil"),
        Some(inside) if inside.kind == VariableKind::Struct || !inside.value.is_empty() => {
            text.push('&');
            write_value(inside, depth.saturating_sub(1), text);
        }
        _ => text.push_str(&format!("({})({address:#x})", variable.type_name)),
    }
}

fn write_string(value: &str, len: u64, text: &mut String) {
    text.push('"');
    for char in value.chars() {
        match char {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\t' => text.push_str("\\t"),
            char => text.push(char),
        }
    }
    text.push('"');
    let more = len.saturating_sub(value.len() as u64);
    if more > 0 {
        text.push_str(&format!(" \u{2026} {more} more bytes"));
    }
}

/// By the fields of the runtime's `hchan`: `chan int, 2 of 10 buffered, senders wait`.
fn channel_text(variable: &Variable) -> String {
    let field = |name: &str| variable.children.iter().find(|field| field.name == name);
    let number = |name: &str| field(name).and_then(|field| field.value.parse::<u64>().ok());
    let waits = |name: &str| {
        let first = field(name).and_then(|queue| queue.children.iter().find(|part| part.name == "first"));
        first.is_some_and(|first| first.value.parse::<u64>().is_ok_and(|address| address != 0))
    };
    let (Some(count), Some(size)) = (number("qcount"), number("dataqsiz")) else {
        return format!("{}(nil)", variable.type_name);
    };
    let mut text = match size {
        0 => format!("{}, unbuffered", variable.type_name),
        _ => format!("{}, {count} of {size} buffered", variable.type_name),
    };
    let is_closed = number("closed").is_some_and(|closed| closed != 0);
    let flags = [(is_closed, "closed"), (waits("sendq"), "senders wait"), (waits("recvq"), "receivers wait")];
    for (_, words) in flags.iter().filter(|(is_set, _)| *is_set) {
        text.push_str(&format!(", {words}"));
    }
    text
}

/// `locked, 2 waiting`: the bits of `sync.Mutex` (sync/mutex.go; in internal/sync since Go 1.24).
fn mutex_text(variable: &Variable) -> Option<String> {
    if !matches!(&*variable.type_name, "sync.Mutex" | "internal/sync.Mutex") {
        return None;
    }
    let field =
        |variable: &Variable, name: &str| variable.children.iter().find(|field| field.name == name).cloned();
    let state = field(variable, "state").or_else(|| field(&field(variable, "mu")?, "state"))?;
    let state: u32 = state.value.parse().ok()?;
    let mut words = vec![if state & 1 != 0 { "locked".to_owned() } else { "unlocked".to_owned() }];
    if state & 4 != 0 {
        words.push("starving".to_owned());
    }
    if state >> 3 > 0 {
        words.push(format!("{} waiting", state >> 3));
    }
    Some(words.join(", "))
}

/// The compiler keeps no value longer than it needs it; delve says so in terms of DWARF.
fn unreadable_text(reason: &str) -> String {
    if reason.contains("loclist entry") || reason.contains("empty OP stack") {
        "(optimized away here)".to_owned()
    } else {
        format!("(not readable: {reason})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(
        name: &str,
        type_name: &str,
        kind: VariableKind,
        value: &str,
        children: Vec<Variable>,
    ) -> Variable {
        let (name, type_name, value) = (name.to_owned(), type_name.to_owned(), value.to_owned());
        let len = if children.is_empty() { value.len() } else { children.len() } as u64;
        Variable { name, type_name, kind, value, len, children, ..Variable::default() }
    }

    fn number(name: &str, value: &str) -> Variable {
        part(name, "int", VariableKind::Basic, value, Vec::new())
    }

    #[test]
    fn values_read_as_go_writes_them() {
        use VariableKind::{Channel, List, Map, Pointer, Struct, Text};
        let text = |value: &str| part("", "string", Text, value, Vec::new());
        let items = Variable { len: 9, ..part("Items", "[]string", List, "", vec![text("a"), text("b")]) };
        let fields =
            vec![number("ID", "7"), part("Name", "string", Text, "re\u{1b}[31md\n\"", vec![]), items];
        let order = part("", "main.order", Struct, "", fields);
        let unread = Variable { len: 3, ..part("", "main.order", Struct, "", Vec::new()) };
        let mutex =
            part("", "internal/sync.Mutex", Struct, "", vec![number("state", "17"), number("sema", "0")]);
        let queue = |name: &str, first: &str| {
            let first = part("first", "*sudog<int>", Pointer, first, Vec::new());
            part(name, "waitq<int>", Struct, "", vec![first])
        };
        let channel = vec![
            number("qcount", "2"),
            number("dataqsiz", "10"),
            number("closed", "0"),
            queue("recvq", "0"),
            queue("sendq", "824"),
        ];
        let away = "could not find loclist entry at 0x1 for address 0x2".to_owned();
        let values = [
            part("o", "*main.order", Pointer, "824", vec![order]),
            part("o", "*main.order", Pointer, "824", vec![unread]),
            part("o", "*main.order", Pointer, "0", vec![]),
            Variable { len: 1, ..part("m", "map[string]int", Map, "", vec![text("k"), number("", "1")]) },
            part("mu", "sync.Mutex", Struct, "", vec![Variable { name: "mu".to_owned(), ..mutex }]),
            part("c", "chan int", Channel, "", channel),
            part("c", "chan int", Channel, "", vec![]),
            Variable { len: 5000, ..text("long") },
            Variable { unreadable: away, ..number("n", "") },
            Variable { unreadable: "bad\u{1b}".to_owned(), ..number("n", "") },
        ];
        let values: Vec<String> = values.iter().map(value_text).collect();
        insta::assert_snapshot!(values.join("\n"), @r#"
        &main.order{ID: 7, Name: "re\x1b[31md\n\"", Items: []string{"a", "b", … 7 more}}
        (*main.order)(0x338)
        nil
        map[string]int{"k": 1}
        sync.Mutex{locked, 2 waiting}
        chan int, 2 of 10 buffered, senders wait
        chan int(nil)
        "long" … 4996 more bytes
        (optimized away here)
        (not readable: bad\x1b)
        "#);
    }

    #[test]
    fn endless_values_have_an_end() {
        let mut deep = number("", "1");
        for _ in 0..100 {
            deep = part("f", "t", VariableKind::Struct, "", vec![deep]);
        }
        assert_eq!(value_text(&deep), "t{f: t{f: t{f: t{\u{2026}}}}}");
        let wide = part("", "[]t", VariableKind::List, "", vec![deep; 100_000]);
        assert!(value_text(&wide).len() < 2 * MAX_BYTES);
    }
}
