//! Whose JSON this is, by the keys at its beginning: what comes first is enough, and may be cut off anywhere.

/// Formats in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum JsonKind {
    Speedscope,
    Firefox,
    CpuProfile,
    Otlp,
    /// Events of a trace; nothing that goscope reads.
    Chrome,
}

/// Keys that are looked at: more than any format has before the one that tells.
const MAX_KEYS: usize = 200;

/// Tells the format of a text that begins with an object or a list of them.
pub(crate) fn json_kind(text: &str) -> Option<JsonKind> {
    let keys = keys(text);
    let has = |depth: usize, name: &str| keys.iter().any(|key| key.depth == depth && key.name == name);
    if text.trim_start().starts_with('[') {
        return (has(2, "ph") && (has(2, "ts") || has(2, "pid"))).then_some(JsonKind::Chrome);
    }
    let is_speedscope = keys.iter().any(|key| key.name == "$schema" && key.value.contains("speedscope"));
    if is_speedscope
        || has(1, "shared") && has(2, "frames")
        || has(1, "activeProfileIndex") && has(1, "profiles")
    {
        return Some(JsonKind::Speedscope);
    }
    if has(1, "traceEvents") {
        return Some(JsonKind::Chrome);
    }
    if has(1, "resourceProfiles") || has(1, "dictionary") && has(2, "stringTable") {
        return Some(JsonKind::Otlp);
    }
    if has(1, "nodes") && keys.iter().any(|key| key.name == "callFrame") {
        return Some(JsonKind::CpuProfile);
    }
    let is_firefox =
        has(2, "preprocessedProfileVersion") || has(1, "meta") && has(1, "threads") || has(2, "stackwalk");
    is_firefox.then_some(JsonKind::Firefox)
}

/// A key, how deep in objects and lists it stands, and what comes right behind it.
struct Key<'t> {
    depth: usize,
    name: &'t str,
    value: &'t str,
}

/// The first keys of a text. Strings are those before a colon; no string is unescaped.
fn keys(text: &str) -> Vec<Key<'_>> {
    let bytes = text.as_bytes();
    let mut keys = Vec::new();
    let (mut depth, mut at) = (0_usize, 0);
    while at < bytes.len() && keys.len() < MAX_KEYS {
        match bytes[at] {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            b'"' => {
                let end = string_end(bytes, at + 1);
                let after = text.get(end + 1..).unwrap_or("").trim_start();
                if let Some(value) = after.strip_prefix(':') {
                    let value = value.trim_start();
                    let shown = value.char_indices().nth(100).map_or(value, |(cut, _)| &value[..cut]);
                    keys.push(Key { depth, name: text.get(at + 1..end).unwrap_or(""), value: shown });
                }
                at = end;
            }
            _ => {}
        }
        at += 1;
    }
    keys
}

/// Where the string that begins at `at` ends.
fn string_end(bytes: &[u8], mut at: usize) -> usize {
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'"' => return at,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_keys_tell_the_format() {
        let cases = [
            (
                r#"{"$schema": "https://www.speedscope.app/file-format-schema.json", "sha"#,
                Some(JsonKind::Speedscope),
            ),
            (r#"{"version":"1","shared":{"frames":[{"name":"f"#, Some(JsonKind::Speedscope)),
            (r#"{"meta":{"interval":1,"preprocessedProfileVersion":55"#, Some(JsonKind::Firefox)),
            (r#"{"meta":{"version":24,"interval":1,"stackwalk":1"#, Some(JsonKind::Firefox)),
            (r#"{"nodes":[{"id":1,"callFrame":{"functionName":"(ro"#, Some(JsonKind::CpuProfile)),
            (r#"{"resourceProfiles":[]}"#, Some(JsonKind::Otlp)),
            (r#"{"dictionary":{"mappingTable":[{}],"stringTable":["#, Some(JsonKind::Otlp)),
            (r#"{"displayTimeUnit":"ns","traceEvents":[{"ph"#, Some(JsonKind::Chrome)),
            (r#"[{"name":"f","ph":"X","ts":1"#, Some(JsonKind::Chrome)),
            (r#"{"a \" \"nodes\":": {"b\\": 1}}"#, None),
            ("[1, 2]", None),
            ("{", None),
            ("", None),
        ];
        for (text, kind) in cases {
            assert_eq!(json_kind(text), kind, "{text}");
        }
    }
}
