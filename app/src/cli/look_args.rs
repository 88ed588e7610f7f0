//! The options that say how the window shows a file, with the names that the other commands have for the same. "Copy as
//! command" writes them (`session/link.rs`).

use anyhow::anyhow;
use clap::ArgAction;
use clap::builder::PossibleValuesParser;
use goscope_analysis::profile::direction::Direction;
use goscope_analysis::trace::instances::InstanceKind;
use serde_json::{Map, Value};

use super::args::{GranularityArg, IdleArg};
use super::failure::Failure;
use super::handle_args::{function_arg, goroutine_arg, range_arg};
use crate::query::trace::handle::Handle;
use crate::query::trace::selection::Only;
use crate::query::trace::times::duration_nanos;
use crate::session::content_kind::ContentKind;
use crate::session::lens_json::lens_from_json;
use crate::session::link::BY_CUM;
use crate::session::look::{FLAMES, Look, item_named, view_named, view_words};
use crate::session::selection::Item;
use crate::session::sound::check_lens;
use crate::session::workspace::{FilterChip, FilterKind, Lens};

/// The view, what is selected, and everything that has no option of its own.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "How the window shows it")]
pub(super) struct PlaceArgs {
    /// The view that is brought to the front
    #[arg(long, value_name = "VIEW", value_parser = PossibleValuesParser::new(view_words()), hide_short_help = true)]
    view: Option<String>,
    /// What is selected: func:main.f, and in a trace g:412, task:51, or the span of a goroutine as g:412@1200ns..
    #[arg(long, value_name = "HANDLE", value_parser = item_named, hide_short_help = true)]
    select: Option<Item>,
    /// Everything else, as "Copy as command" in the window writes it
    #[arg(long, value_name = "JSON", hide_short_help = true)]
    state: Option<String>,
}

/// How the window shows one file.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "How the window shows it")]
pub(super) struct LookArgs {
    #[command(flatten)]
    place: PlaceArgs,
    /// Sample type by name
    #[arg(long, short = 's', visible_alias = "sample_index", value_name = "TYPE", hide_short_help = true)]
    sample_index: Option<String>,
    /// What counts as one row or box
    #[arg(long, short, value_enum, value_name = "BY", hide_short_help = true)]
    granularity: Option<GranularityArg>,
    /// Start from the innermost functions and show their callers
    #[arg(long, hide_short_help = true)]
    inverted: bool,
    /// Sort by cumulative instead of flat value
    #[arg(long, hide_short_help = true)]
    cum: bool,
    /// Keep only samples with a matching frame; may be given several times, as the other filters
    #[arg(long, value_name = "REGEX", action = ArgAction::Append, hide_short_help = true)]
    focus: Vec<String>,
    /// Drop samples with a matching frame
    #[arg(long, value_name = "REGEX", action = ArgAction::Append, hide_short_help = true)]
    ignore: Vec<String>,
    /// Remove matching frames; their value moves to the caller
    #[arg(long, value_name = "REGEX", action = ArgAction::Append, hide_short_help = true)]
    hide: Vec<String>,
    /// Keep only matching frames
    #[arg(long, value_name = "REGEX", action = ArgAction::Append, hide_short_help = true)]
    show: Vec<String>,
    /// Cut everything above the outermost matching frame
    #[arg(long, visible_alias = "show_from", value_name = "REGEX", action = ArgAction::Append, hide_short_help = true)]
    show_from: Vec<String>,
    /// Keep only samples with a matching label
    #[arg(long, visible_alias = "tag-focus", value_name = "LABEL", action = ArgAction::Append, hide_short_help = true)]
    tagfocus: Vec<String>,
    /// Drop samples with a matching label
    #[arg(long, visible_alias = "tag-ignore", value_name = "LABEL", action = ArgAction::Append, hide_short_help = true)]
    tagignore: Vec<String>,
    /// Of a trace: the time that is shown, as 1.2s..1.4s or the handle of what has a time
    #[arg(long, value_name = "A..B", value_parser = range_arg, hide_short_help = true)]
    range: Option<Handle>,
    /// Of a trace: only goroutines that run this function
    #[arg(long, visible_alias = "goroutine_func", value_name = "FUNCTION", value_parser = function_arg, conflicts_with = "goroutine", hide_short_help = true)]
    goroutine_func: Option<String>,
    /// Of a trace: only the goroutine with this number
    #[arg(long, value_name = "NUMBER", value_parser = goroutine_arg, hide_short_help = true)]
    goroutine: Option<i64>,
    /// Of a trace: flame graph, breakdown and answers are about tasks of this type; `*` for all
    #[arg(long, value_name = "TYPE", conflicts_with = "region", hide_short_help = true)]
    task: Option<String>,
    /// Of a trace: they are about regions with this name; `*` for all
    #[arg(long, value_name = "NAME", hide_short_help = true)]
    region: Option<String>,
    /// Of a trace: only what took at least this long, e.g. 20ms
    #[arg(long, value_name = "DURATION", value_parser = duration_nanos, hide_short_help = true)]
    min: Option<i64>,
    /// Of a trace: only what took at most this long
    #[arg(long, value_name = "DURATION", value_parser = duration_nanos, hide_short_help = true)]
    max: Option<i64>,
    /// Of a trace: what the flame graph counts
    #[arg(long, value_name = "KIND", value_parser = PossibleValuesParser::new(FLAMES.map(|(word, _)| word)), hide_short_help = true)]
    kind: Option<String>,
    /// Of a trace: whether flame graph and breakdown have goroutines that only waited, `hide` if nothing is said
    #[arg(long, value_enum, value_name = "WHETHER", hide_short_help = true)]
    idle: Option<IdleArg>,
}

impl PlaceArgs {
    /// How a tab is looked at; `None` if nothing is said.
    pub(super) fn look(&self, kind: ContentKind) -> Result<Option<Look>, Failure> {
        if self.view.is_none() && self.select.is_none() && self.state.is_none() {
            return Ok(None);
        }
        let wrong = |what: String| Failure::Usage(anyhow!("--state {what}"));
        let state = match &self.state {
            Some(text) => {
                serde_json::from_str(text).map_err(|error| wrong(format!("is not JSON ({error})")))?
            }
            None => Value::Object(Map::new()),
        };
        let mut lens = lens_from_json(&state, kind)
            .and_then(|lens| check_lens(&lens).map(|()| lens))
            .map_err(|what| wrong(format!("cannot be used: {what}")))?;
        if let Some(item) = &self.select {
            lens.selection = Some(item.clone());
        }
        let named = self.view.as_deref().and_then(view_named);
        if let Some((_, Some(answer))) = named {
            lens.trace.answer = answer;
        }
        Ok(Some(Look { view: named.map(|(view, _)| view), lens, range: None }))
    }
}

impl LookArgs {
    /// How a file is looked at; `None` if nothing is said.
    pub(super) fn look(&self) -> Result<Option<Look>, Failure> {
        // A profile and a trace look alike at first.
        let place = self.place.look(ContentKind::Trace)?;
        let is_given = place.is_some();
        let mut look = place.unwrap_or_default();
        let before = look.clone();
        self.add_to(&mut look.lens);
        look.range.clone_from(&self.range);
        Ok((is_given || look != before).then_some(look))
    }

    fn add_to(&self, lens: &mut Lens) {
        lens.sample_type = self.sample_index.clone().or(lens.sample_type.take());
        lens.granularity = self.granularity.map_or(lens.granularity, Into::into);
        if self.inverted {
            lens.direction = Direction::Inverted;
        }
        if self.cum {
            lens.sort = BY_CUM;
        }
        let filters = [
            (FilterKind::Focus, &self.focus),
            (FilterKind::Ignore, &self.ignore),
            (FilterKind::Hide, &self.hide),
            (FilterKind::Show, &self.show),
            (FilterKind::ShowFrom, &self.show_from),
            (FilterKind::TagFocus, &self.tagfocus),
            (FilterKind::TagIgnore, &self.tagignore),
        ];
        for (kind, patterns) in filters {
            lens.chips.extend(patterns.iter().map(|pattern| FilterChip::given(kind, pattern)));
        }
        self.add_to_trace(lens);
    }

    fn add_to_trace(&self, lens: &mut Lens) {
        let trace = &mut lens.trace;
        let function = self.goroutine_func.clone().map(Only::Function);
        trace.only = function.or(self.goroutine.map(Only::Goroutine)).or(trace.only.take());
        let named = |name: &String| (name != "*").then(|| name.clone());
        match (&self.task, &self.region) {
            (Some(task), _) => trace.about = InstanceKind::Tasks(named(task)),
            (_, Some(region)) => trace.about = InstanceKind::Regions(named(region)),
            (None, None) => {}
        }
        if self.min.is_some() || self.max.is_some() {
            let nanos = |bound: Option<i64>, else_: u64| bound.map_or(else_, i64::unsigned_abs);
            trace.length = Some((nanos(self.min, 0), nanos(self.max, u64::MAX)));
        }
        let kind = FLAMES.iter().find(|(word, _)| self.kind.as_deref() == Some(word));
        trace.flame = kind.map_or(trace.flame, |(_, flame)| *flame);
        trace.with_idle = self.idle.map_or(trace.with_idle, |idle| idle == IdleArg::Show);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::cli::opening_of;
    use crate::document::Source;
    use crate::session::link::window_command;
    use crate::session::look::{Look, Opened};
    use crate::session::made_up;
    use crate::session::view_id::ViewId;
    use crate::session::workspace::{Content, FilterKind, Lens};

    /// The words of a line as `sh` takes it apart, for the quotes that `shell_word` makes.
    fn words(line: &str) -> Vec<String> {
        let (mut words, mut word, mut is_quoted, mut is_begun) = (Vec::new(), String::new(), false, false);
        let mut rest = line;
        while let Some(letter) = rest.chars().next() {
            if let Some(made) = rest.strip_prefix("\"$(printf '").filter(|_| !is_quoted) {
                let (format, after) = made.split_once("')\"").expect("its end");
                (word, is_begun, rest) = (word + &printed(format), true, after);
                continue;
            }
            rest = &rest[letter.len_utf8()..];
            match letter {
                '\'' => is_quoted = !is_quoted,
                '\\' if !is_quoted => {
                    let next = rest.chars().next();
                    word.extend(next);
                    rest = &rest[next.map_or(0, char::len_utf8)..];
                }
                ' ' if !is_quoted => {
                    words.extend(std::mem::take(&mut is_begun).then(|| std::mem::take(&mut word)));
                }
                other => word.push(other),
            }
            is_begun |= letter != ' ' || is_quoted;
        }
        words.extend(is_begun.then_some(word));
        words
    }

    /// What `printf` makes of a format without arguments.
    fn printed(format: &str) -> String {
        let (mut bytes, mut rest) = (Vec::new(), format.as_bytes());
        while let Some((&byte, after)) = rest.split_first() {
            let octal = after.get(..3).filter(|digits| digits.iter().all(|it| (b'0'..b'8').contains(it)));
            (bytes, rest) = match (byte, octal, after.first()) {
                (b'\\', Some(digits), _) => {
                    let number = digits.iter().fold(0_u32, |sum, it| sum * 8 + u32::from(it - b'0'));
                    bytes.push(u8::try_from(number).expect("a byte"));
                    (bytes, &after[3..])
                }
                (b'\\' | b'%', None, Some(&next)) => {
                    bytes.push(next);
                    (bytes, &after[1..])
                }
                _ => {
                    bytes.push(byte);
                    (bytes, after)
                }
            };
        }
        String::from_utf8(bytes).expect("UTF-8")
    }

    #[test]
    fn words_are_taken_apart_as_they_were_made() {
        for word in ["a b", "it's", "", "a\x1b[1m'%\\\u{9b}", "\u{2028}7", "--a\x07", "a\r\n", "50% \x07"] {
            assert_eq!(
                words(&format!("x {} y", crate::text::shell_word(word))),
                ["x", word, "y"],
                "{word:?}"
            );
        }
    }

    #[track_caller]
    fn look(line: &str) -> Option<Look> {
        opening_of(words(line).into_iter().map(Into::into)).expect("the window opens").look
    }

    /// Filters of one kind are kept in order; in which order kinds come means nothing.
    fn in_order(mut lens: Lens) -> Lens {
        lens.chips.sort_by_key(|chip| {
            let place = FilterKind::ALL.iter().position(|kind| *kind == chip.kind);
            (!(chip.is_on), place, chip.pattern.clone(), chip.label.clone())
        });
        lens
    }

    /// A range of times is read when the file is there: it may be that of a task.
    fn with_range(look: Look) -> Lens {
        use crate::query::trace::handle::Handle;
        use crate::query::trace::selection::TimeRange;
        let mut lens = look.lens;
        if let Some(Handle::Times(times)) = look.range {
            let end_nanos = times.end_nanos.expect("both ends");
            lens.trace.range = Some(TimeRange { start_nanos: times.begin_nanos, end_nanos });
        }
        lens
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_copied_command_is_read_as_what_was_looked_at(
            lens in made_up::lens(),
            view in proptest::option::of(proptest::sample::select(ViewId::ALL.to_vec())),
            is_trace in any::<bool>(),
        ) {
            let source = Source::File("/a b/c.out".into());
            let content = if is_trace { Content::Trace(source.clone()) } else { Content::Profile(source.clone()) };
            let line = window_command(&content, &lens, view).expect("a command");
            let opening = opening_of(words(&line).into_iter().map(Into::into)).map_err(TestCaseError::fail)?;
            prop_assert_eq!(opening.what, vec![Opened::Source(source)]);
            let look = opening.look.unwrap_or_default();
            prop_assert_eq!(look.view, view);
            prop_assert_eq!(in_order(with_range(look)), in_order(lens), "{}", line);
        }
    }

    #[test]
    fn options_that_others_know_mean_the_same_here() {
        let look = look(
            "goscope t.out --view sched --select task:51 --range task:51 --goroutine g:7 --task '*' --min 20ms --kind block",
        )
        .expect("a look");
        assert_eq!(look.view, Some(ViewId::Answers));
        assert_eq!(look.range.map(|handle| handle.to_string()).as_deref(), Some("task:51"));
        let state =
            crate::session::lens_json::lens_to_json(&look.lens, super::ContentKind::Trace).expect("JSON");
        assert_eq!(
            state.to_string(),
            r#"{"selection":{"Task":51},"trace":{"about":{"Tasks":null},"answer":"Scheduler","flame":"Blocked","length":[20000000,18446744073709551615],"only":{"Goroutine":7}}}"#
        );
    }

    #[test]
    fn what_cannot_be_shown_is_said() {
        let wrong = |line: &str| opening_of(words(line).into_iter().map(Into::into)).expect_err("wrong");
        assert!(wrong("goscope t.out --view cheese").contains("flame-graph"), "the views are listed");
        assert!(wrong("goscope t.out --select lock:main.f").contains("lock:main.f cannot be selected"));
        assert!(wrong("goscope t.out --range func:main.f").contains("func:main.f has no time"));
        let options = "options that say how a file is shown go with one profile or trace";
        assert_eq!(wrong("goscope a b --view lanes"), options);
        assert_eq!(wrong("goscope --cum"), options);
        assert_eq!(
            wrong("goscope a --state '{'"),
            "--state is not JSON (EOF while parsing an object at line 1 column 1)"
        );
        assert_eq!(wrong(r#"goscope a --state '{"x":1}'"#), "--state cannot be used: unknown field `x`");
        assert_eq!(
            wrong(r#"goscope a --state '{"trace":{"range":{"start_nanos":5,"end_nanos":1}}}'"#),
            "--state cannot be used: the range of time does not end after its start"
        );
        assert_eq!(look("goscope a"), None);
    }
}
