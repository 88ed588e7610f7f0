//! Any text in every small language that people type: filters of profiles and lanes, patterns, selectors of stores, moments,
//! diffs of git. No filter makes more of a profile.

use std::sync::LazyLock;

use goscope_analysis::coverage::parse_hunks;
use goscope_analysis::profile::query::{Filters, StackQuery};
use goscope_analysis::profile::stacks::select;
use goscope_analysis::regex_dialect::compile;
use goscope_analysis::trace::questions::lane_filter::LaneFilter;
use goscope_parsers::pprof::{Line, Profile, ProfileBuilder};
use goscope_store::{Place, Selector, moment, rfc3339, terms};

/// Two stacks with labels of text and numbers.
static PROFILE: LazyLock<Profile> = LazyLock::new(|| {
    let mut of = ProfileBuilder::new(&[("samples", "count"), ("cpu", "nanoseconds")]);
    let name = |of: &mut ProfileBuilder, name| {
        let function = of.function(name, "main.go", 1);
        of.location(None, 0, &[Line { function, line: 3, column: 0 }])
    };
    let (main, serve) = (name(&mut of, "main.main"), name(&mut of, "main.(*Shop[go.shape.int]).serve"));
    let labels = [of.string_label("user", "anna"), of.numeric_label("bytes", 4096, "bytes")];
    of.sample(&[1, 10], &[serve, main], &labels);
    of.sample(&[2, 20], &[main], &[]);
    of.finish()
});

pub(crate) fn run(data: &[u8]) {
    let Some((&which, rest)) = data.split_first() else { return };
    let Ok(text) = std::str::from_utf8(rest) else { return };
    let given = Some(text.to_owned());
    let filters = match which % 8 {
        0 => return store(text),
        1 => Filters { tag_focus: given, ..Filters::default() },
        2 => Filters { tag_ignore: given, ..Filters::default() },
        3 => Filters { focus: given, ..Filters::default() },
        4 => Filters { show_from: given.clone(), hide: given, ..Filters::default() },
        5 => Filters { ignore: given.clone(), show: given, ..Filters::default() },
        6 => {
            let _ = LaneFilter::parse(text);
            let _ = compile(text);
            return;
        }
        _ => {
            parse_hunks(text);
            return;
        }
    };
    if let Ok(stacks) = select(&PROFILE, &StackQuery { filters, ..StackQuery::default() }) {
        assert!(stacks.total().unsigned_abs() <= 30);
    }
}

/// Selectors, moments, and the names of stores.
fn store(text: &str) {
    if let Some(nanos) = moment(text) {
        assert_eq!(moment(&rfc3339(nanos)), Some(nanos), "{text:?}");
    }
    if let Some((place, _)) = Place::of_input(text) {
        assert!(Place::of_input(&place.input_text()).is_some(), "{text:?}");
    }
    let Ok(selector) = Selector::parse(text, 1_800_000_000_000_000_000) else { return };
    let with = selector.with("service", text);
    let again =
        Selector::parse(&with.to_string(), 1_800_000_000_000_000_000).expect("what is written is read");
    assert_eq!(again.to_string(), with.to_string());
    terms::terms(text).for_each(|term| assert!(term.contains(terms::key_of(term))));
}
