//! The memory map at the end of an old profile: which binary an address belongs to.
//!
//! The forms of a line are those of `/proc/PID/maps` and a short one, `START-END FILE (@OFFSET) BUILDID`. The rules
//! by which ranges are joined, moved to the front and given to addresses are pprof's, oddities included.

use crate::error::ParseError;
use crate::pprof::lines::Lines;
use crate::pprof::profile::MappingId;

/// More executable ranges than any process has; a bound for hostile files, as every address looks at all of them.
const MAX_RANGES: usize = 4096;

/// Substitutions that are remembered, and the longest line that they may make.
const MAX_SUBSTITUTIONS: usize = 64;
const MAX_LINE_BYTES: usize = 64 << 10;

/// A piece of a binary in memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct MappedRange {
    pub(super) start: u64,
    pub(super) limit: u64,
    pub(super) offset: u64,
    pub(super) file: String,
    pub(super) build_id: String,
}

/// Whether the memory map begins after this line.
pub(super) fn is_memory_map_start(line: &str) -> bool {
    line.contains("--- Memory map: ---") || line.contains("MAPPED_LIBRARIES:")
}

/// Reads the lines of a memory map to the end. Lines that are none are skipped.
pub(super) fn parse_memory_map(lines: &mut Lines<'_>) -> Result<Vec<MappedRange>, ParseError> {
    let mut ranges = Vec::new();
    // `build=/path` lets later lines say `$build`.
    let mut substitutions: Vec<(String, String)> = Vec::new();
    while let Some(line) = lines.next()? {
        let mut line = without_log_prefix(&line).to_owned();
        for (name, value) in &substitutions {
            let added = line.matches(&**name).count().saturating_mul(value.len());
            if added > 0 && line.len().saturating_add(added) < MAX_LINE_BYTES {
                line = line.replace(&**name, value);
            }
        }
        match parse_range(&line) {
            Some(Entry::Executable(range)) => ranges.push(range),
            Some(Entry::Other) => {}
            None => {
                if let Some((name, value)) = line.split_once('=')
                    && substitutions.len() < MAX_SUBSTITUTIONS
                {
                    substitutions.push((format!("${}", name.trim()), value.trim().to_owned()));
                }
            }
        }
        if ranges.len() > MAX_RANGES {
            return Err(lines.error(format!("more than {MAX_RANGES} executable mappings")));
        }
    }
    Ok(main_binary_first(join_adjacent(ranges)))
}

/// The line without `file:line] ` of a log in front.
fn without_log_prefix(line: &str) -> &str {
    let Some((prefix, rest)) = line.split_once(']') else { return line };
    let is_prefix = !prefix.contains('[')
        && prefix.rsplit_once(':').is_some_and(|(file, number)| {
            !file.is_empty() && !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
        });
    match rest.strip_prefix(|first: char| first.is_ascii_whitespace()) {
        Some(message) if is_prefix => message,
        _ => line,
    }
}

enum Entry {
    Executable(MappedRange),
    /// A mapping of data.
    Other,
}

/// `START-END PERM OFFSET DEVICE INODE FILE` or `START-END [PERM] FILE (@OFFSET) BUILDID`.
fn parse_range(line: &str) -> Option<Entry> {
    let (start, rest) = hex_prefix(line.trim_start())?;
    let rest = rest.strip_prefix(|separator: char| separator == '-' || separator.is_ascii_whitespace())?;
    let (limit, rest) = hex_prefix(rest.trim_start())?;
    let mut words = rest.strip_prefix(':').unwrap_or(rest).split_ascii_whitespace().peekable();
    let is_permission = |word: &&str| word.bytes().all(|byte| b"-rwxp".contains(&byte));
    if words.next_if(is_permission).is_some_and(|permission| !permission.contains('x')) {
        return Some(Entry::Other);
    }
    let words: Vec<&str> = words.collect();
    let (offset, file, build_id) = match *words {
        [offset, device, inode, ref rest @ ..] if is_hex(offset) && is_device(device) && is_number(inode) => {
            (offset, rest.first().copied().unwrap_or(""), "")
        }
        [device, inode, ref rest @ ..] if is_device(device) && is_number(inode) => {
            ("", rest.first().copied().unwrap_or(""), "")
        }
        [file, ref rest @ ..] => {
            let offset = rest.first().and_then(|word| word.strip_prefix("(@")?.strip_suffix(')'));
            let build_id = rest.get(usize::from(offset.is_some())).copied().filter(|word| is_hex(word));
            (offset.unwrap_or(""), file, build_id.unwrap_or(""))
        }
        [] => ("", "", ""),
    };
    let offset = if offset.is_empty() { 0 } else { u64::from_str_radix(offset, 16).ok()? };
    let (file, build_id) = (file.to_owned(), build_id.to_owned());
    Some(Entry::Executable(MappedRange { start, limit, offset, file, build_id }))
}

/// A hexadecimal number, with or without `0x`, off the front.
fn hex_prefix(text: &str) -> Option<(u64, &str)> {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    let end = digits.find(|digit: char| !digit.is_ascii_hexdigit()).unwrap_or(digits.len());
    let (digits, rest) = digits.split_at_checked(end)?;
    Some((u64::from_str_radix(digits, 16).ok()?, rest))
}

fn is_hex(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn is_number(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_device(word: &str) -> bool {
    word.split_once(':').is_some_and(|(major, minor)| is_hex(major) && is_hex(minor))
}

/// Joins ranges that were one before a part of it got other permissions.
fn join_adjacent(ranges: Vec<MappedRange>) -> Vec<MappedRange> {
    let mut joined: Vec<MappedRange> = Vec::with_capacity(ranges.len());
    for range in ranges {
        match joined.last_mut().filter(|last| are_adjacent(last, &range)) {
            Some(last) => {
                last.limit = range.limit;
                if !range.file.is_empty() {
                    last.file = range.file;
                }
                if !range.build_id.is_empty() {
                    last.build_id = range.build_id;
                }
            }
            None => joined.push(range),
        }
    }
    joined
}

fn are_adjacent(low: &MappedRange, high: &MappedRange) -> bool {
    let may_be_same = |low: &str, high: &str| low.is_empty() || high.is_empty() || low == high;
    let end_offset = low.offset.wrapping_add(low.limit.wrapping_sub(low.start));
    may_be_same(&low.file, &high.file)
        && may_be_same(&low.build_id, &high.build_id)
        && low.limit == high.start
        && (low.offset == 0 || high.offset == 0 || end_offset == high.offset)
}

/// Swaps the first range that is neither a library nor something like `[vdso]` to the front.
fn main_binary_first(mut ranges: Vec<MappedRange>) -> Vec<MappedRange> {
    let is_main = |range: &MappedRange| {
        let file = range.file.replace("(deleted)", "");
        let file = file.trim();
        !file.is_empty() && !file.starts_with('[') && !is_library(file)
    };
    if let Some(main) = ranges.iter().position(is_main) {
        ranges.swap(0, main);
    }
    ranges
}

/// `libc.so`, `libc.so.6`, `libc.so_1`.
fn is_library(file: &str) -> bool {
    let starts_version = |rest: &str| {
        let mut chars = rest.chars();
        matches!(chars.next(), Some('.' | '_')) && chars.next().is_some_and(|digit| digit.is_ascii_digit())
    };
    file.ends_with(".so")
        || file.match_indices(".so").any(|(at, _)| file.get(at + 3..).is_some_and(starts_version))
}

/// Gives addresses their mappings, by the rules and in the order of pprof: a range may grow while it does so.
pub(super) struct MappingFinder<'a> {
    ranges: &'a mut Vec<MappedRange>,
    /// The range for addresses that belong to none.
    fallback: Option<MappingId>,
}

impl<'a> MappingFinder<'a> {
    pub(super) fn new(ranges: &'a mut Vec<MappedRange>) -> Self {
        if let [first, second, ..] = &**ranges
            && first.file.starts_with("/anon_hugepage")
            && first.limit == second.start
        {
            ranges.remove(0);
        }
        // Where the linker puts programs on 64-bit Linux.
        const USUAL_START: u64 = 0x40_0000;
        if let Some(main) = ranges.first_mut()
            && main.start.wrapping_sub(main.offset) == USUAL_START
        {
            (main.start, main.offset) = (USUAL_START, 0);
        }
        Self { ranges, fallback: None }
    }

    /// The mapping of an address; none for address 0.
    pub(super) fn mapping(&mut self, address: u64) -> Option<MappingId> {
        if address == 0 {
            return None;
        }
        let id = |index: usize| u32::try_from(index).ok().map(MappingId);
        if let Some(index) =
            self.ranges.iter().position(|range| (range.start..range.limit).contains(&address))
        {
            return id(index);
        }
        // Some writers leave out the first part of a range that they split.
        let is_before = |range: &MappedRange| {
            range.offset != 0 && (range.start.wrapping_sub(range.offset)..range.start).contains(&address)
        };
        if let Some(index) = self.ranges.iter().position(is_before) {
            let range = self.ranges.get_mut(index)?;
            range.start = range.start.wrapping_sub(range.offset);
            range.offset = 0;
            return id(index);
        }
        if self.fallback.is_none() {
            self.fallback = id(self.ranges.len());
            self.ranges.push(MappedRange { limit: u64::MAX, ..MappedRange::default() });
        }
        self.fallback
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranges(text: &str) -> Vec<MappedRange> {
        parse_memory_map(&mut Lines::new(text.as_bytes(), None)).unwrap()
    }

    #[test]
    fn lines_of_proc_maps_and_short_lines_are_read() {
        let read = ranges(
            "7f00-7f10 r-xp 00000000 08:01 12  /lib/libc.so.6\n\
             source.cc:12] 0040-0080 r-xp 00000010 08:01 34  /bin/server (deleted)\n\
             0080-0090 rw-p 00000000 00:00 0  [heap]\n\
             build=/path/to/binary\n\
             garbage\n\
             0x40000-0x80000 $build (@FF00) abc123\n",
        );
        let shown: Vec<String> = read
            .iter()
            .map(|range| {
                format!(
                    "{:x}-{:x} {:x} {} {}",
                    range.start, range.limit, range.offset, range.file, range.build_id
                )
            })
            .collect();
        insta::assert_snapshot!(shown.join("\n"), @r#"
    40-80 10 /bin/server 
    7f00-7f10 0 /lib/libc.so.6 
    40000-80000 ff00 /path/to/binary abc123
    "#);
    }

    #[test]
    fn ranges_that_were_one_are_joined() {
        let joined = ranges("10-20 r-xp 0 0:0 0 a\n20-30 r-xp 10 0:0 0 a\n30-40 r-xp 999 0:0 0 a\n");
        assert_eq!(joined.iter().map(|range| (range.start, range.limit)).collect::<Vec<_>>(), [(0x10, 0x40)]);
        let apart = ranges("10-20 r-xp 10 0:0 0 a\n20-30 r-xp 99 0:0 0 a\n");
        assert_eq!(apart.len(), 2, "offsets do not fit");
    }

    #[test]
    fn addresses_outside_all_ranges_share_one_that_holds_everything() {
        let mut known = ranges("1000-2000 r-xp 100 0:0 0 a\n");
        let mut finder = MappingFinder::new(&mut known);
        assert_eq!(finder.mapping(0x1800), Some(MappingId(0)));
        assert_eq!(finder.mapping(0), None);
        assert_eq!(finder.mapping(0xf80), Some(MappingId(0)), "within the offset before the start");
        assert_eq!(finder.mapping(0x9999), Some(MappingId(1)));
        assert_eq!(finder.mapping(u64::MAX), Some(MappingId(1)));
        assert_eq!((known[0].start, known[1].limit), (0xf00, u64::MAX));
    }

    #[test]
    fn substitutions_that_feed_on_each_other_do_not_grow_without_bound() {
        let mut text = String::from("a=xxxxxxxxxxxxxxxx\n");
        for letter in 'b'..='z' {
            let before = char::from(letter as u8 - 1);
            text += &format!("{letter}={}\n", format!("${before}").repeat(16));
        }
        text += &format!("{}\n", "$z".repeat(20_000));
        assert!(ranges(&text).is_empty());
    }
}
