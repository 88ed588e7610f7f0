//! What lanes are looked for: words as they are typed into the filter of the lanes, and what they mean in a trace.
//!
//! `worker state:sync longer:10ms`: bare words are part of a function's name, or a number; the others are listed in
//! [`FILTER_HELP`].

use goscope_parsers::trace::{GoId, StringId};

use crate::trace::model::TraceModel;
use crate::trace::timeline::{Grid, LaneOwner, PieceContent};
use crate::trace::words::cause::CauseId;
use crate::trace::words::class::SpanClass;

/// The words that a filter knows, each with what it means.
pub const FILTER_HELP: [(&str, &str); 6] = [
    ("func:worker", "goroutines whose function has this in its name"),
    ("g:412", "the goroutine with this number"),
    ("state:sync", "running, runnable, sync, channel, network, syscall, gc, waiting"),
    ("reason:select", "spans that block for a reason with this in it"),
    ("longer:10ms", "spans that take at least this long"),
    ("label:checkout", "logs, regions or tasks with this in their text"),
];

/// What happens to lanes that do not match a filter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum FilterMode {
    /// They are left out.
    #[default]
    Only,
    /// They are dimmed.
    Highlight,
}

/// A filter; what is empty or none restricts nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct LaneFilter {
    /// Part of a function's name, or a number.
    pub text: String,
    /// Part of a function's name.
    pub function: String,
    /// The number of a goroutine.
    pub goid: Option<i64>,
    /// Part of a message, or of the name of a region or task.
    pub label: String,
    /// A span of this class.
    pub class: Option<SpanClass>,
    /// A span with this as part of its reason.
    pub reason: String,
    /// A span at least this long.
    pub longer_nanos: u64,
}

impl LaneFilter {
    /// Reads a filter as it is typed; what makes no sense is left out and named in the second part.
    pub fn parse(text: &str) -> (Self, Option<String>) {
        let (mut filter, mut problem) = (Self::default(), None);
        for word in words(text) {
            if let Err(reason) = filter.add(&word) {
                problem = Some(reason);
            }
        }
        (filter, problem)
    }

    fn add(&mut self, word: &str) -> Result<(), String> {
        let (key, value) = word.split_once(':').unwrap_or(("", word));
        match key {
            "func" => value.clone_into(&mut self.function),
            "label" => value.clone_into(&mut self.label),
            "reason" => value.clone_into(&mut self.reason),
            "g" => {
                let goid = value.parse().ok().ok_or_else(|| format!("{value} is no number"))?;
                self.goid = Some(goid);
            }
            "state" => {
                let class = class_named(value).ok_or_else(|| format!("no state {value}"))?;
                self.class = Some(class);
            }
            "longer" => {
                self.longer_nanos = nanos_of(value).ok_or_else(|| format!("{value} is no duration"))?;
            }
            // A name may have a colon in it.
            _ => {
                let gap = if self.text.is_empty() { "" } else { " " };
                self.text = format!("{}{gap}{word}", self.text);
            }
        }
        Ok(())
    }

    /// Whether it restricts nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether it is about spans, and not only about whole lanes.
    pub fn is_about_spans(&self) -> bool {
        self.class.is_some() || !self.reason.is_empty() || self.longer_nanos > 0
    }
}

/// The word of a filter that finds lanes with a message; `None` if the message has nothing that one could look for.
pub fn label_word(message: &str) -> Option<String> {
    // A word cannot have a quote in it.
    let longest = message.split('"').max_by_key(|part| part.len()).filter(|part| !part.trim().is_empty())?;
    let word = format!("label:{longest}");
    Some(if word.contains(char::is_whitespace) { format!("\"{word}\"") } else { word })
}

/// Words; quotes keep spaces together.
fn words(text: &str) -> Vec<String> {
    let (mut words, mut word, mut is_quoted) = (Vec::new(), String::new(), false);
    for letter in text.chars() {
        match letter {
            '"' => is_quoted = !is_quoted,
            letter if letter.is_whitespace() && !is_quoted => words.push(std::mem::take(&mut word)),
            letter => word.push(letter),
        }
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

/// The name of a class in filters.
pub const fn class_word(class: SpanClass) -> &'static str {
    match class {
        SpanClass::Unknown => "unknown",
        SpanClass::Runnable => "runnable",
        SpanClass::Running => "running",
        SpanClass::Waiting => "waiting",
        SpanClass::Syscall => "syscall",
        SpanClass::Sync => "sync",
        SpanClass::Channel => "channel",
        SpanClass::Network => "network",
        SpanClass::Gc => "gc",
    }
}

fn class_named(word: &str) -> Option<SpanClass> {
    SpanClass::ALL.into_iter().find(|&class| class_word(class).eq_ignore_ascii_case(word))
}

/// `10ms`, `1.5s`, `200us`, `7µs`, `40` (nanoseconds).
fn nanos_of(text: &str) -> Option<u64> {
    let digits = text.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let scale = match unit.trim() {
        "" | "ns" => 1.0,
        "us" | "µs" | "μs" => 1e3,
        "ms" => 1e6,
        "s" => 1e9,
        "m" => 60e9,
        _ => return None,
    };
    number.parse::<f64>().ok().map(|number| (number * scale).round() as u64)
}

/// A filter made ready for one trace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SpanTest {
    /// By cause, whether it fits.
    causes: Vec<bool>,
    /// By class, whether a cause of it fits.
    classes: [bool; SpanClass::COUNT],
    longer_nanos: u64,
}

impl SpanTest {
    pub(super) fn new(model: &TraceModel, filter: &LaneFilter) -> Self {
        let tables = model.tables();
        let mut test = Self { longer_nanos: filter.longer_nanos, ..Self::default() };
        let ids = (0..model.causes().len()).map(|id| CauseId(id as u32));
        for (id, cause) in ids.zip(model.causes()) {
            let class = model.lanes().class_of(id);
            let has_reason =
                filter.reason.is_empty() || tables.string_lossy(cause.reason).contains(&filter.reason);
            let fits = has_reason && filter.class.is_none_or(|wanted| wanted == class);
            test.causes.push(fits);
            test.classes[class.index()] |= fits;
        }
        test
    }

    /// Whether a span fits.
    pub fn fits(&self, cause: CauseId, nanos: u64) -> bool {
        nanos >= self.longer_nanos && self.causes.get(cause.index()).copied().unwrap_or(false)
    }

    /// Whether spans of a class that are at most so long may fit.
    pub fn may_fit(&self, class: SpanClass, most_nanos: u64) -> bool {
        most_nanos >= self.longer_nanos && self.classes[class.index()]
    }

    /// Whether a goroutine has a span that fits.
    fn is_in(&self, model: &TraceModel, id: GoId) -> bool {
        let nanos = model.lanes().class_nanos(id);
        let nanos: u64 = SpanClass::ALL
            .into_iter()
            .filter(|class| self.classes[class.index()])
            .map(|class| nanos[class.index()])
            .sum();
        if nanos < self.longer_nanos.max(1) {
            return false;
        }
        if self.longer_nanos == 0 {
            return model.spans(id).any(|span| self.fits(span.cause, span.duration_nanos()));
        }
        // What is at least as long as a column of the grid is a piece of its own.
        let Some(life) = model.goroutine(id).map(|goroutine| goroutine.life()) else { return false };
        let column_nanos = i64::try_from(self.longer_nanos).unwrap_or(i64::MAX);
        let first = life.start.div_euclid(column_nanos);
        let len = life.end.div_euclid(column_nanos) - first + 1;
        let grid = Grid { column_nanos, first, len: u32::try_from(len).unwrap_or(u32::MAX) };
        let found = model.lanes().pieces(LaneOwner::Goroutine(id), &grid);
        found.entering.iter().chain(&found.pieces).any(|piece| match piece.content {
            PieceContent::Span(_, cause) => {
                self.fits(cause, piece.end.saturating_sub(piece.start).unsigned_abs())
            }
            PieceContent::Sum { .. } => false,
        })
    }
}

/// Says of goroutines whether they fit a filter.
pub(super) struct GoroutineTest<'m> {
    model: &'m TraceModel,
    filter: &'m LaneFilter,
    spans: Option<SpanTest>,
    /// In order; `None` if labels do not matter.
    labeled: Option<Vec<GoId>>,
}

impl<'m> GoroutineTest<'m> {
    pub(super) fn new(model: &'m TraceModel, filter: &'m LaneFilter) -> Self {
        let spans = filter.is_about_spans().then(|| SpanTest::new(model, filter));
        let labeled = (!filter.label.is_empty()).then(|| labeled(model, &filter.label));
        Self { model, filter, spans, labeled }
    }

    /// Whether the name of a function fits.
    pub(super) fn fits_function(&self, function: &str) -> (bool, bool) {
        (function.contains(&self.filter.text), function.contains(&self.filter.function))
    }

    /// Whether a goroutine fits; `function` says whether its function fits the bare words and `func:`.
    pub(super) fn fits(&self, id: GoId, function: (bool, bool)) -> bool {
        let goid = self.model.tables().goid(id);
        let has_text = function.0 || self.filter.text.parse() == Ok(goid);
        has_text
            && function.1
            && self.filter.goid.is_none_or(|wanted| wanted == goid)
            && self.labeled.as_ref().is_none_or(|labeled| labeled.binary_search(&id).is_ok())
            && self.spans.as_ref().is_none_or(|spans| spans.is_in(self.model, id))
    }
}

/// Goroutines with a message, region or task that has a text in it, in order.
fn labeled(model: &TraceModel, text: &str) -> Vec<GoId> {
    let tables = model.tables();
    let has = |id: StringId| tables.string_lossy(id).contains(text);
    let logs = model.logs().iter().filter(|log| has(log.message) || has(log.category));
    let regions = model.regions().iter().filter(|region| has(region.name));
    let tasks = model.task_ids().filter_map(|id| model.task(id)).filter(|task| has(task.name));
    let mut ids: Vec<GoId> = logs.map(|log| log.goroutine).chain(regions.map(|row| row.goroutine)).collect();
    ids.extend(tasks.flat_map(|task| [task.begin_goroutine, task.end_goroutine]));
    ids.sort_unstable();
    ids.dedup();
    ids
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_found_by_its_word_also_with_spaces_and_quotes() {
        for (message, label) in [
            ("north", "north"),
            ("carrier too late", "carrier too late"),
            ("say \"good morning\" twice", "good morning"),
            ("http://shop/cart", "http://shop/cart"),
        ] {
            let word = label_word(message).expect("a word");
            let (filter, problem) = LaneFilter::parse(&word);
            assert_eq!((filter.label.as_str(), problem), (label, None), "{word}");
        }
        assert_eq!(label_word("\" \""), None);
    }

    #[test]
    fn words_say_what_is_looked_for() {
        let (filter, problem) =
            LaneFilter::parse(r#"worker g:7 state:sync reason:"chan receive" longer:1.5ms"#);
        assert_eq!(problem, None);
        assert_eq!(filter.text, "worker");
        assert_eq!(filter.goid, Some(7));
        assert_eq!(filter.class, Some(SpanClass::Sync));
        assert_eq!(filter.reason, "chan receive");
        assert_eq!(filter.longer_nanos, 1_500_000);
        assert!(filter.is_about_spans());
        assert!(LaneFilter::parse("  ").0.is_empty());
    }

    #[test]
    fn a_colon_in_a_name_and_bare_words_are_text() {
        assert_eq!(LaneFilter::parse("a:b  c").0.text, "a:b c");
        assert!(!LaneFilter::parse("main.worker label:x").0.is_about_spans());
    }

    #[test]
    fn what_makes_no_sense_is_named() {
        assert_eq!(LaneFilter::parse("longer:soon").1.as_deref(), Some("soon is no duration"));
        assert_eq!(LaneFilter::parse("state:blue").1.as_deref(), Some("no state blue"));
        assert_eq!(LaneFilter::parse("g:x").1.as_deref(), Some("x is no number"));
    }

    #[test]
    fn durations_have_units() {
        let nanos = ["7", "7ns", "2us", "2µs", "3ms", "1s", "2m", "x", "3 parsecs"].map(nanos_of);
        let all = [7, 7, 2_000, 2_000, 3_000_000, 1_000_000_000, 120_000_000_000].map(Some);
        assert_eq!(nanos, [&all[..], &[None, None]].concat()[..]);
    }
}
