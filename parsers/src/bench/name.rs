//! The name of a benchmark: `Encode/format=json/small-8` is a base, parts, and GOMAXPROCS.

/// A name without the word `Benchmark`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BenchName<'a>(pub &'a [u8]);

impl<'a> BenchName<'a> {
    /// Up to the first `/`; where there is none, without the number of processors.
    pub fn base(self) -> &'a [u8] {
        match self.0.iter().position(|byte| *byte == b'/') {
            Some(slash) => &self.0[..slash],
            None => self.split_processors().0,
        }
    }

    /// The parts after the base, each with its `/`, at last the number of processors with its `-`. The base and they,
    /// one after the other, are the name.
    pub fn parts(self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let (rest, processors) = self.split_processors();
        let base = rest.iter().position(|byte| *byte == b'/').unwrap_or(rest.len());
        let mut rest = &rest[base..];
        let parts = std::iter::from_fn(move || {
            let end = rest.get(1..)?.iter().position(|byte| *byte == b'/').map_or(rest.len(), |end| end + 1);
            let (part, later) = rest.split_at(end);
            rest = later;
            Some(part)
        });
        parts.chain((!processors.is_empty()).then_some(processors))
    }

    /// The base, where the number of processors may follow at once: what [`Self::parts`] are put after.
    pub fn head(self) -> &'a [u8] {
        let (rest, _) = self.split_processors();
        &rest[..rest.iter().position(|byte| *byte == b'/').unwrap_or(rest.len())]
    }

    /// The value of a part `/key=value`, by the key with its `/`. Of `/gomaxprocs` it is the number at the end, if there
    /// is one.
    pub fn value(self, key: &[u8]) -> Option<&'a [u8]> {
        let processors = self.split_processors().1;
        if key == b"/gomaxprocs" && !processors.is_empty() {
            return Some(&processors[1..]);
        }
        self.parts().find_map(|part| part.strip_prefix(key)?.strip_prefix(b"="))
    }

    /// The name without, and the number of processors with its `-`; empty if there is none.
    fn split_processors(self) -> (&'a [u8], &'a [u8]) {
        let digits = self.0.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
        let end = self.0.len() - digits;
        if digits > 0 && end > 0 && self.0[end - 1] == b'-' {
            return self.0.split_at(end - 1);
        }
        (self.0, &[])
    }
}

#[cfg(test)]
mod tests {
    use super::BenchName;

    fn shown(name: &str) -> String {
        let name = BenchName(name.as_bytes());
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let parts: Vec<String> = name.parts().map(text).collect();
        format!("{} | {}", text(name.base()), parts.join(" "))
    }

    #[test]
    fn a_name_is_a_base_parts_and_processors() {
        assert_eq!(shown("Encode"), "Encode | ");
        assert_eq!(shown("Encode-8"), "Encode | -8");
        assert_eq!(shown("Encode/format=json/small-8"), "Encode | /format=json /small -8");
        assert_eq!(shown("Encode-8/x"), "Encode-8 | /x");
        assert_eq!(shown("Encode-"), "Encode- | ");
        assert_eq!(shown("Encode//x-0"), "Encode | / /x -0");
        assert_eq!(shown("-4"), " | -4");
        assert_eq!(shown("4"), "4 | ");
    }

    #[test]
    fn keys_have_values() {
        let name = BenchName(b"Encode/format=json/gomaxprocs=2/format=csv-8");
        assert_eq!(name.value(b"/format"), Some(&b"json"[..]));
        assert_eq!(name.value(b"/gomaxprocs"), Some(&b"8"[..]));
        assert_eq!(name.value(b"/form"), None);
        assert_eq!(BenchName(b"Encode/gomaxprocs=2").value(b"/gomaxprocs"), Some(&b"2"[..]));
    }
}
