//! Any text in every small language that people type: filters of profiles and lanes, patterns, handles, ranges, diffs of
//! git, sessions. What has a written form is read back from it as the same.

#![no_main]

use std::path::Path;
use std::sync::LazyLock;

use goscope::query::trace::handle::Handle;
use goscope::query::trace::times::Times;
use goscope::session::format::{session_of, session_text};
use goscope_analysis::coverage::parse_hunks;
use goscope_analysis::profile::query::{Filters, StackQuery};
use goscope_analysis::profile::stacks::select;
use goscope_analysis::regex_dialect::compile;
use goscope_analysis::trace::questions::lane_filter::LaneFilter;
use goscope_parsers::pprof::{Line, Profile, ProfileBuilder};
use libfuzzer_sys::fuzz_target;

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

fuzz_target!(|data: &[u8]| {
    let Some((&which, rest)) = data.split_first() else { return };
    if which % 8 == 0 {
        let folder = Path::new("/src");
        let Ok(session) = session_of(rest, folder) else { return };
        let text = session_text(&session, folder).expect("what was read is written");
        let again = session_of(text.as_bytes(), folder).expect("what is written is read");
        assert_eq!(session_text(&again, folder).expect("written"), text);
        return;
    }
    let Ok(text) = std::str::from_utf8(rest) else { return };
    let given = Some(text.to_owned());
    let filters = match which % 8 {
        1 => Filters { tag_focus: given, ..Filters::default() },
        2 => Filters { tag_ignore: given, ..Filters::default() },
        3 => Filters { focus: given, ..Filters::default() },
        4 => Filters { show_from: given.clone(), hide: given, ..Filters::default() },
        5 => {
            if let Ok(handle) = text.parse::<Handle>() {
                assert_eq!(handle.to_string().parse::<Handle>(), Ok(handle));
            }
            if let Ok(times) = text.parse::<Times>() {
                assert_eq!(times.to_string().parse::<Times>().ok().is_some(), !times.is_moment());
            }
            return;
        }
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
});
