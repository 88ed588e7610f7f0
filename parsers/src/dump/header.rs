//! The first line of a goroutine: number, state, minutes, labels.

/// What a header says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Header<'a> {
    pub(super) id: u64,
    /// Without flags.
    pub(super) state: &'a str,
    pub(super) is_leaked: bool,
    pub(super) is_durable: bool,
    pub(super) minutes: u32,
    pub(super) is_locked: bool,
    pub(super) bubble: u32,
    /// Whether it names the thread (`gp=… m=…`), as level 2 does since Go 1.22.
    pub(super) has_thread: bool,
    /// Text between the brackets of labels; of Go 1.26 or of 1.27.
    pub(super) labels: &'a str,
    /// Whether the labels stand as Go 1.27 writes them.
    pub(super) are_labels_outside: bool,
}

/// Whether a line begins as a header does: `goroutine 12 [`, or `goroutine 12 gp=`.
pub(super) fn begins_header(line: &[u8]) -> bool {
    let Some(rest) = line.strip_prefix(b"goroutine ") else { return false };
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let rest = rest.get(digits..).unwrap_or(&[]);
    digits > 0 && (rest.starts_with(b" [") || rest.starts_with(b" gp="))
}

/// Reads a header; `None` if it is none, or is cut off.
pub(super) fn parse_header(line: &str) -> Option<Header<'_>> {
    let rest = line.strip_prefix("goroutine ")?;
    let (id, rest) = rest.split_once(' ')?;
    let id = id.parse().ok()?;
    let (has_thread, status) = match rest.strip_prefix("gp=") {
        // ` gp=0xc0 m=3 mp=0xc1 [`: no bracket before the state.
        Some(thread) => (true, thread.split_once(" [")?.1),
        None => (false, rest.strip_prefix('[')?),
    };
    let (status, labels) = split_status(status.trim_end())?;
    let (status, inner) = match find_outside_quotes(status, " labels:{") {
        Some(at) => {
            let inner = status[at..].strip_prefix(" labels:{")?;
            (&status[..at], inner.strip_suffix('}').unwrap_or(inner))
        }
        None => (status, ""),
    };
    let mut header = Header {
        id,
        state: "",
        is_leaked: false,
        is_durable: false,
        minutes: 0,
        is_locked: false,
        bubble: 0,
        has_thread,
        labels: labels.unwrap_or(inner),
        are_labels_outside: labels.is_some(),
    };
    let mut parts = status.split(", ");
    header.set_state(parts.next().unwrap_or_default());
    parts.for_each(|part| header.set_attribute(part));
    Some(header)
}

impl<'a> Header<'a> {
    fn set_state(&mut self, mut state: &'a str) {
        loop {
            if let Some(rest) = state.strip_suffix(" (scan)") {
                state = rest;
            } else if let Some(rest) = state.strip_suffix(" (leaked)") {
                (state, self.is_leaked) = (rest, true);
            } else if let Some(rest) = state.strip_suffix(" (durable)") {
                (state, self.is_durable) = (rest, true);
            } else {
                break;
            }
        }
        self.state = state;
    }

    fn set_attribute(&mut self, part: &str) {
        let group = part.strip_prefix("synctest bubble ").or_else(|| part.strip_prefix("synctest group "));
        if part == "locked to thread" {
            self.is_locked = true;
        } else if let Some(bubble) = group {
            self.bubble = bubble.parse().unwrap_or(0);
        } else if let Some(minutes) = part.strip_suffix(" minutes").or_else(|| part.strip_suffix(" minute")) {
            self.minutes = minutes.parse().unwrap_or(0);
        }
    }
}

/// Divides `chan receive] {a: b}:` into the state and, since Go 1.27, the labels. The bracket that closes the state is
/// the first one outside quotes behind which the line ends or labels stand up to its end.
fn split_status(text: &str) -> Option<(&str, Option<&str>)> {
    let mut from = 0;
    while let Some(at) = find_outside_quotes(text.get(from..)?, "]") {
        let (status, rest) = (&text[..from + at], &text[from + at + 1..]);
        if rest == ":" {
            return Some((status, None));
        }
        if let Some(labels) = rest.strip_prefix(" {").and_then(|rest| rest.strip_suffix("}:")) {
            return Some((status, Some(labels)));
        }
        from += at + 1;
    }
    None
}

/// Where `needle` stands first outside Go's double quotes.
fn find_outside_quotes(text: &str, needle: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut is_quoted = false;
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if is_quoted => at += 1,
            b'"' => is_quoted = !is_quoted,
            _ if !is_quoted && bytes[at..].starts_with(needle.as_bytes()) => return Some(at),
            _ => {}
        }
        at += 1;
    }
    None
}

/// Keys and values of `a: b, "c d": "e"`; both forms, bare and quoted.
pub(super) fn parse_labels(mut text: &str) -> Vec<(String, String)> {
    let mut labels = Vec::new();
    while !text.is_empty() {
        let Some((key, rest)) = label_word(text, ": ") else { break };
        let Some((value, rest)) = label_word(rest, ", ") else { break };
        labels.push((key, value));
        text = rest;
    }
    labels
}

/// One key or value, and what stands behind the divider; a bare one ends where the divider stands, or the text.
fn label_word<'a>(text: &'a str, divider: &str) -> Option<(String, &'a str)> {
    if text.starts_with('"') {
        let mut end = 1;
        let bytes = text.as_bytes();
        while *bytes.get(end)? != b'"' {
            end += 1 + usize::from(bytes[end] == b'\\');
        }
        let word = super::escaped::unescape(bytes.get(1..end)?);
        let rest = text.get(end + 1..)?;
        return Some((
            String::from_utf8_lossy(&word).into_owned(),
            rest.strip_prefix(divider).unwrap_or(rest),
        ));
    }
    let (word, rest) = match text.split_once(divider) {
        Some(parts) => parts,
        // `key:` of an empty value at the end.
        None => (text.strip_suffix(divider.trim_end()).unwrap_or(text), ""),
    };
    Some((word.to_owned(), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_of_all_versions() {
        let shown = |line: &str| match parse_header(line) {
            None => "none".to_owned(),
            Some(header) => {
                let flags = [
                    (header.is_leaked, "leaked"),
                    (header.is_durable, "durable"),
                    (header.is_locked, "locked"),
                    (header.has_thread, "thread"),
                ];
                let flags: Vec<&str> = flags.iter().filter(|flag| flag.0).map(|flag| flag.1).collect();
                let labels = parse_labels(header.labels);
                format!(
                    "{} [{}] {} min, bubble {} {flags:?} {labels:?}",
                    header.id, header.state, header.minutes, header.bubble
                )
            }
        };
        let lines = [
            "goroutine 1 [running]:",
            "goroutine 7 [chan receive, 2 minutes, locked to thread]:",
            "goroutine 7 [chan send (nil chan) (scan), 12 minutes]:",
            "goroutine 7 [select (no cases) (leaked)]:",
            "goroutine 3 gp=0xc000006a80 m=nil [GC sweep wait]:",
            "goroutine 1 gp=0xc0000061c0 m=0 mp=0x58f180 [running]:",
            "goroutine 14 [chan send (nil chan) (durable), synctest bubble 1 labels:{\"role\": \"waiter one\"}]:",
            "goroutine 50 [chan receive] {endpoint: /cart, tenant: \"a \\\"b\\\"\\n\\u00a7\"}:",
            "goroutine 50 [chan receive] {tenant: \"x=y{z}]:\", tier: gold}:",
            "goroutine 50 [select, 3 minutes] {a: , b: c}:",
            "goroutine 9 [a state of tomorrow]:",
            "goroutine 9 [runni",
            "goroutine x [running]:",
            "goroutine profile: total 3",
        ];
        let table: Vec<String> = lines.iter().map(|line| shown(line)).collect();
        insta::assert_snapshot!(table.join("\n"), @r#"
        1 [running] 0 min, bubble 0 [] []
        7 [chan receive] 2 min, bubble 0 ["locked"] []
        7 [chan send (nil chan)] 12 min, bubble 0 [] []
        7 [select (no cases)] 0 min, bubble 0 ["leaked"] []
        3 [GC sweep wait] 0 min, bubble 0 ["thread"] []
        1 [running] 0 min, bubble 0 ["thread"] []
        14 [chan send (nil chan)] 0 min, bubble 1 ["durable"] [("role", "waiter one")]
        50 [chan receive] 0 min, bubble 0 [] [("endpoint", "/cart"), ("tenant", "a \"b\"\n§")]
        50 [chan receive] 0 min, bubble 0 [] [("tenant", "x=y{z}]:"), ("tier", "gold")]
        50 [select] 3 min, bubble 0 [] [("a", ""), ("b", "c")]
        9 [a state of tomorrow] 0 min, bubble 0 [] []
        none
        none
        none
        "#);
    }
}
