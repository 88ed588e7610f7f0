//! Lines of a stack: function with arguments, file with line, creator.

use super::tables::{Word, hash_of};

/// A line `pkg.Function(args)`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Call<'a> {
    pub(super) function: &'a [u8],
    /// Text between the last brackets.
    pub(super) arguments: &'a [u8],
}

impl Call<'_> {
    /// Whether the frame is inlined: no arguments are known.
    pub(super) fn is_inlined(&self) -> bool {
        self.arguments == b"..."
    }
}

/// Divides a line into the function and its arguments: the last group of brackets, as names hold brackets, too.
pub(super) fn parse_call(line: &[u8]) -> Option<Call<'_>> {
    let inner = line.strip_suffix(b")")?;
    let mut depth = 1_u32;
    for (at, &byte) in inner.iter().enumerate().rev() {
        depth = match byte {
            b')' => depth + 1,
            b'(' => depth - 1,
            _ => continue,
        };
        if depth == 0 {
            let function = &inner[..at];
            let is_name = !function.is_empty() && !function.contains(&b' ');
            // Type arguments are printed as `[...]`, but those of a closure of the compiler may have spaces.
            let is_name = is_name || function.contains(&b'[') && !function.starts_with(b" ");
            return is_name.then_some(Call { function, arguments: &inner[at + 1..] });
        }
    }
    None
}

/// A line `\tfile.go:12 +0x1f …`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Place<'a> {
    pub(super) file: &'a [u8],
    pub(super) line: u32,
    /// Whether something stands behind the line number.
    pub(super) has_offset: bool,
}

/// Reads file and line. A path may hold `:` and spaces: the last `:` with a number counts.
pub(super) fn parse_place(line: &[u8]) -> Option<Place<'_>> {
    let text = line.trim_ascii();
    let at = text.iter().rposition(|&byte| byte == b':')?;
    let (file, rest) = (&text[..at], &text[at + 1..]);
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let rest_is_sound = matches!(rest.get(digits), None | Some(b' '));
    // `??:0` has line 0; a number that no file has is none.
    let number = std::str::from_utf8(&rest[..digits]).ok()?.parse().ok()?;
    (!file.is_empty() && digits > 0 && rest_is_sound).then_some(Place {
        file,
        line: number,
        has_offset: digits < rest.len(),
    })
}

/// The function and the goroutine of `created by main.main in goroutine 1`.
pub(super) fn parse_creator(line: &[u8]) -> Option<(&[u8], u64)> {
    let text = line.strip_prefix(b"created by ")?.trim_ascii();
    const DIVIDER: &[u8] = b" in goroutine ";
    let at = text.windows(DIVIDER.len()).rposition(|window| window == DIVIDER);
    let Some(at) = at else { return Some((text, 0)) };
    let id = std::str::from_utf8(&text[at + DIVIDER.len()..]).ok().and_then(|id| id.parse().ok());
    Some((&text[..at], id.unwrap_or(0)))
}

/// How many frames `...12 frames elided...` leaves out; 0 where it does not say.
pub(super) fn parse_elided(line: &[u8]) -> Option<u32> {
    let inner = line.strip_prefix(b"...")?.strip_suffix(b"...")?;
    let count = inner.strip_suffix(b" frames elided")?;
    if count == b"additional" {
        return Some(0);
    }
    std::str::from_utf8(count).ok()?.parse().ok()
}

/// The least value that may be an address: nothing is mapped below.
const MIN_ADDRESS: u64 = 0x1_0000;

/// Adds the words of arguments that may be addresses, and a hash of the text to `hash`.
pub(super) fn take_arguments(arguments: &[u8], frame: u16, words: &mut Vec<Word>, hash: &mut u64) {
    *hash = hash_of(&(*hash, arguments));
    let mut position = 0_u16;
    let mut at = 0;
    while at < arguments.len() {
        let begin = at;
        while at < arguments.len() && !matches!(arguments[at], b',' | b'{' | b'}' | b' ') {
            at += 1;
        }
        let word = &arguments[begin..at];
        at += 1;
        if word.is_empty() {
            continue;
        }
        if let Some(value) = address(word) {
            words.push(Word { value, frame, position });
        }
        position = position.saturating_add(1);
    }
}

/// The value of `0xc000012345`, unless it is too small for an address or may be stale (`?`).
fn address(word: &[u8]) -> Option<u64> {
    let digits = word.strip_prefix(b"0x")?;
    if !(5..=16).contains(&digits.len()) {
        return None;
    }
    let value = digits.iter().try_fold(0_u64, |value, &byte| {
        let digit = (byte as char).to_digit(16)?;
        Some(value << 4 | u64::from(digit))
    })?;
    (value >= MIN_ADDRESS).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_and_their_arguments() {
        let shown = |line: &str| {
            parse_call(line.as_bytes()).map_or_else(
                || "none".to_owned(),
                |call| {
                    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
                    format!("{} | {}", text(call.function), text(call.arguments))
                },
            )
        };
        let lines = [
            "main.main()",
            "main.(*store[...]).waitFor(...)",
            "main.manyArgs(0x7, {0x570345?, 0x5}, {{0x5700d1, 0x1}, ...}, _)",
            "main.(*T).M.func1.2(0xc000012345)",
            "example.com/a%2eb/c.F-range1(0x1)",
            "panic({0x4b3820?, 0x588480?})",
            "handled the request (ok)",
            "non-Go function",
            "(0x1)",
        ];
        let table: Vec<String> = lines.iter().map(|line| shown(line)).collect();
        insta::assert_snapshot!(table.join("\n"), @r"
        main.main | 
        main.(*store[...]).waitFor | ...
        main.manyArgs | 0x7, {0x570345?, 0x5}, {{0x5700d1, 0x1}, ...}, _
        main.(*T).M.func1.2 | 0xc000012345
        example.com/a%2eb/c.F-range1 | 0x1
        panic | {0x4b3820?, 0x588480?}
        none
        none
        none
        ");
    }

    #[test]
    fn files_and_lines() {
        let shown = |line: &str| {
            parse_place(line.as_bytes()).map_or_else(
                || "none".to_owned(),
                |place| {
                    format!("{} {} {}", String::from_utf8_lossy(place.file), place.line, place.has_offset)
                },
            )
        };
        let lines = [
            "\texample.com/x/main.go:182 +0xf57",
            "    C:/Program Files/Go/src/runtime/mfinal.go:272 +0x3f7",
            "\t<autogenerated>:1 +0x26 fp=0x180ef010ad20 sp=0x180ef010ad00 pc=0x4a3b86",
            "\tmain.go:7",
            "\t??:0 +0x1",
            "\truntime/mfinal.go:",
            "\tmain.go:99999999999",
        ];
        let table: Vec<String> = lines.iter().map(|line| shown(line)).collect();
        insta::assert_snapshot!(table.join("\n"), @r"
        example.com/x/main.go 182 true
        C:/Program Files/Go/src/runtime/mfinal.go 272 true
        <autogenerated> 1 true
        main.go 7 false
        ?? 0 true
        none
        none
        ");
    }

    #[test]
    fn words_that_may_be_addresses() {
        let mut words = Vec::new();
        let mut hash = 0;
        take_arguments(
            b"0x7, {0x570345?, 0x5}, {0x27ee2a49e0c8, 0x3, ...}, _, 0xc000010000",
            4,
            &mut words,
            &mut hash,
        );
        let shown: Vec<String> = words
            .iter()
            .map(|word| format!("{:#x} at {} of {}", word.value, word.position, word.frame))
            .collect();
        assert_eq!(shown, ["0x27ee2a49e0c8 at 3 of 4", "0xc000010000 at 7 of 4"]);
    }

    #[test]
    fn creators_and_gaps() {
        assert_eq!(parse_creator(b"created by main.main in goroutine 12"), Some((&b"main.main"[..], 12)));
        assert_eq!(parse_creator(b"created by time.goFunc"), Some((&b"time.goFunc"[..], 0)));
        assert_eq!(parse_elided(b"...41 frames elided..."), Some(41));
        assert_eq!(parse_elided(b"...additional frames elided..."), Some(0));
        assert_eq!(parse_elided(b"..."), None);
    }
}
