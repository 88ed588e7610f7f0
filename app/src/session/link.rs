//! The command line that opens the window as a tab looks now: the words that the other commands have for it, and all that
//! they have no word for as JSON in `--state`.
//!
//! `cli/look_args.rs` reads them; what is written here is read there as the same.

use goscope_analysis::profile::direction::Direction;
use goscope_analysis::profile::frame::Granularity;
use goscope_analysis::trace::instances::InstanceKind;

use super::content_kind::ContentKind;
use super::lens_json::lens_to_json;
use super::look::{FLAMES, item_word, view_word};
use super::view_id::ViewId;
use super::workspace::{Content, FilterChip, FilterKind, Lens, Sort};
use crate::document::Source;
use crate::query::comparison::{Comparison, Scale, command_line};
use crate::query::rows::RowKey;
use crate::query::trace::answers::kind::AnswerKind;
use crate::query::trace::selection::{Flame, Only};
use crate::query::trace::times::MOST_EXACT_NANOS;
use crate::text::shell_word;

/// The words that are collected, and what of the lens has no word yet.
struct Words {
    words: Vec<String>,
    rest: Lens,
}

/// The line for a shell that opens the window so, with this view where it is seen; `None` if the name of a file is no
/// text. Notes are not part of it.
pub fn window_command(content: &Content, lens: &Lens, view: Option<ViewId>) -> Option<String> {
    let kind = content.kind();
    let rest = Lens { notes: Vec::new(), ..lens.clone() };
    let mut words = Words { words: Vec::new(), rest };
    if let Some(view) = view {
        words.add("--view", view_word(view, lens.trace.answer));
        if view == ViewId::Answers {
            words.rest.trace.answer = AnswerKind::default();
        }
    }
    words.take_selection();
    let begin = match content {
        Content::Profile(source)
        | Content::Trace(source)
        | Content::Tests(source)
        | Content::Coverage(source)
        | Content::Store(source) => {
            words.take_all(kind);
            format!("goscope {}", shell_word(&file_word(source)?))
        }
        Content::Benchmarks(comparison) => {
            words.take_all(kind);
            benchmarks_command(content, comparison)?
        }
        Content::Dumps(comparison) if comparison.head.is_empty() => {
            words.take_all(kind);
            format!("goscope {}", shell_word(&file_word(content.one()?)?))
        }
        Content::Dumps(comparison) => {
            format!("{} --window", command_line(comparison, &Scale::default(), None)?)
        }
        Content::Diff(comparison) => {
            words.rest.sample_type = None;
            words.rest.scale = Scale::default();
            format!("{} --window", command_line(comparison, &lens.scale, lens.sample_type.as_deref())?)
        }
    };
    let state = lens_to_json(&words.rest, kind).ok()?;
    if state.as_object().is_some_and(|fields| !fields.is_empty()) {
        words.add("--state", &state.to_string());
    }
    let words = words.words.iter().map(|word| shell_word(word).into_owned());
    Some([begin].into_iter().chain(words).collect::<Vec<_>>().join(" "))
}

/// One file is opened, two sides are compared; several files of one side have no command.
fn benchmarks_command(content: &Content, comparison: &Comparison) -> Option<String> {
    if comparison.head.is_empty() {
        return Some(format!("goscope {}", shell_word(&file_word(content.one()?)?)));
    }
    let line = command_line(comparison, &Scale::default(), None)?;
    let unit = comparison.notes.unit.as_ref();
    let unit = unit.map_or_else(String::new, |unit| format!(" --unit {}", shell_word(unit)));
    Some(format!("{line}{unit} --window"))
}

/// A file whose name looks like an option is named from its folder.
fn file_word(source: &Source) -> Option<String> {
    let word = source.word()?;
    Some(if word.starts_with('-') && word.len() > 1 { format!("./{word}") } else { word })
}

impl Words {
    /// Adds an option with its value.
    fn add(&mut self, option: &str, value: &str) {
        if value.starts_with('-') {
            self.words.push(format!("{option}={value}"));
        } else {
            self.words.extend([option.to_owned(), value.to_owned()]);
        }
    }

    fn take_all(&mut self, kind: ContentKind) {
        self.take_stacks();
        self.take_filters();
        if kind == ContentKind::Trace {
            self.take_times();
            self.take_whose();
        }
    }

    fn take_selection(&mut self) {
        if let Some(word) = self.rest.selection.as_ref().and_then(item_word) {
            self.add("--select", &word);
            self.rest.selection = None;
        }
    }

    /// Sample type, granularity, direction, order.
    fn take_stacks(&mut self) {
        if let Some(name) = self.rest.sample_type.take() {
            self.add("--sample-index", &name);
        }
        let granularity = std::mem::take(&mut self.rest.granularity);
        if granularity != Granularity::default() {
            self.add("--granularity", granularity_word(granularity));
        }
        if std::mem::take(&mut self.rest.direction) == Direction::Inverted {
            self.words.push("--inverted".to_owned());
        }
        if self.rest.sort == BY_CUM {
            self.rest.sort = Sort::default();
            self.words.push("--cum".to_owned());
        }
    }

    /// Filters that are on. Those that are off change nothing now, so they are no words.
    fn take_filters(&mut self) {
        let chips = std::mem::take(&mut self.rest.chips);
        let (words, rest): (Vec<FilterChip>, Vec<FilterChip>) =
            chips.into_iter().partition(|chip| *chip == FilterChip::given(chip.kind, &chip.pattern));
        self.rest.chips = rest;
        for kind in FilterKind::ALL {
            for chip in words.iter().filter(|chip| chip.kind == kind) {
                self.add(filter_option(kind), &chip.pattern);
            }
        }
    }

    /// The range, and how long things took.
    fn take_times(&mut self) {
        let trace = &mut self.rest.trace;
        let is_exact = |nanos: u64| nanos <= MOST_EXACT_NANOS.unsigned_abs();
        let range = trace.range.take_if(|range| {
            0 <= range.start_nanos
                && range.start_nanos < range.end_nanos
                && is_exact(range.end_nanos.unsigned_abs())
        });
        let length = trace
            .length
            .take_if(|(from, to)| is_exact(*from) && (is_exact(*to) || (*to == u64::MAX && *from > 0)));
        if let Some(range) = range {
            let text = format!("{}ns..{}ns", range.start_nanos, range.end_nanos);
            self.add("--range", &text);
        }
        if let Some((from, to)) = length {
            self.add("--min", &format!("{from}ns"));
            if to != u64::MAX {
                self.add("--max", &format!("{to}ns"));
            }
        }
    }

    /// Which goroutines, whose time, what the flame graph counts.
    fn take_whose(&mut self) {
        let trace = &mut self.rest.trace;
        let only = trace.only.take_if(|only| match only {
            Only::Function(name) => !name.is_empty() && !name.starts_with("func:"),
            Only::Goroutine(_) => true,
        });
        let about = match &trace.about {
            InstanceKind::Goroutines => None,
            InstanceKind::Tasks(name) => Some(("--task", name.clone())),
            InstanceKind::Regions(name) => Some(("--region", name.clone())),
        };
        let about = about.filter(|(_, name)| name.as_deref() != Some("*"));
        if about.is_some() {
            trace.about = InstanceKind::default();
        }
        let flame = std::mem::take(&mut trace.flame);
        let with_idle = std::mem::take(&mut trace.with_idle);
        match only {
            Some(Only::Function(name)) => self.add("--goroutine-func", &name),
            Some(Only::Goroutine(goid)) => self.add("--goroutine", &goid.to_string()),
            None => {}
        }
        if let Some((option, name)) = about {
            self.add(option, name.as_deref().unwrap_or("*"));
        }
        if flame != Flame::default()
            && let Some((word, _)) = FLAMES.iter().find(|(_, other)| *other == flame)
        {
            self.add("--kind", word);
        }
        if with_idle {
            self.add("--idle", "show");
        }
    }
}

/// The order that `--cum` stands for.
pub const BY_CUM: Sort = Sort { column: RowKey::Cum, is_descending: true };

/// The word of `--granularity`.
const fn granularity_word(granularity: Granularity) -> &'static str {
    match granularity {
        Granularity::Functions => "functions",
        Granularity::FileFunctions => "filefunctions",
        Granularity::Files => "files",
        Granularity::Lines => "lines",
        Granularity::Addresses => "addresses",
    }
}

const fn filter_option(kind: FilterKind) -> &'static str {
    match kind {
        FilterKind::Focus => "--focus",
        FilterKind::Ignore => "--ignore",
        FilterKind::Hide => "--hide",
        FilterKind::Show => "--show",
        FilterKind::ShowFrom => "--show-from",
        FilterKind::TagFocus => "--tagfocus",
        FilterKind::TagIgnore => "--tagignore",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::trace::selection::TimeRange;
    use crate::session::selection::{FrameKey, Item};

    #[test]
    fn a_view_of_a_trace_is_a_command() {
        let mut lens = Lens { selection: Some(Item::Span(52, 1_200)), ..Lens::default() };
        lens.trace.range = Some(TimeRange { start_nanos: 1_000, end_nanos: 2_000 });
        lens.trace.only = Some(Only::Function("main.(*Shop).serve".to_owned()));
        lens.trace.answer = AnswerKind::GcBill;
        let content = Content::Trace(Source::File("a b/trace.out".into()));
        let line = |view| window_command(&content, &lens, view).expect("a command");
        assert_eq!(
            line(Some(ViewId::Answers)),
            "goscope 'a b/trace.out' --view gcbill --select g:52@1200ns.. --range 1000ns..2000ns \
             --goroutine-func 'main.(*Shop).serve'"
        );
        assert_eq!(
            line(Some(ViewId::Lanes)),
            "goscope 'a b/trace.out' --view lanes --select g:52@1200ns.. --range 1000ns..2000ns \
             --goroutine-func 'main.(*Shop).serve' --state '{\"trace\":{\"answer\":\"GcBill\"}}'"
        );
    }

    #[test]
    fn a_view_of_a_profile_is_a_command() {
        let frame = FrameKey { name: "main.it's".to_owned(), ..FrameKey::default() };
        let lens = Lens {
            sample_type: Some("cpu".to_owned()),
            chips: vec![
                FilterChip::of_function(FilterKind::Hide, &frame),
                FilterChip::typed(FilterKind::Focus, "main"),
                FilterChip { is_on: false, ..FilterChip::typed(FilterKind::Ignore, "x") },
            ],
            direction: Direction::Inverted,
            sort: BY_CUM,
            selection: Some(Item::Function(frame)),
            ..Lens::default()
        };
        let content = Content::Profile(Source::Sample("heap.pb.gz".to_owned()));
        assert_eq!(
            window_command(&content, &lens, None).expect("a command"),
            r#"goscope sample:heap.pb.gz --select 'func:main.it'\''s' --sample-index cpu --inverted --cum --focus main --hide '^main\.it'\''s$' --state '{"chips":[{"is_on":false,"kind":"Ignore","label":null,"pattern":"x"}]}'"#
        );
    }

    #[test]
    fn a_comparison_is_the_command_that_compares_with_a_window() {
        let pair = Comparison::of_two(Source::File("old".into()), Source::File("new".into()));
        let mut lens = Lens::of(ContentKind::Diff);
        lens.scale = Scale::PerCpuSecond;
        lens.search = "json".to_owned();
        let line = window_command(&Content::Diff(Box::new(pair)), &lens, Some(ViewId::Changes));
        assert_eq!(
            line.as_deref(),
            Some(
                r#"goscope diff old new --per-cpu-second --window --view changes --state '{"search":"json"}'"#
            )
        );
    }

    #[test]
    fn an_address_is_copied_without_its_secrets() {
        let content = Content::Profile(Source::File("http://me:pw@h/heap?token=x&gc=1".into()));
        let line = window_command(&content, &Lens::default(), None);
        assert_eq!(line.as_deref(), Some("goscope 'http://h/heap?gc=1'"));
    }
}
