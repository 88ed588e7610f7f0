//! What each filter leaves of a few stacks; the cases are those that decide pprof's numbers.

use insta::assert_snapshot;

use super::*;
use crate::profile::frame::Granularity;
use crate::profile::query::{Filters, Inlines};
use crate::testing::{profile, stacks_text};

fn check_query(query: &StackQuery, text: &str) -> String {
    let profile = profile(text);
    match select(&profile, query) {
        Ok(stacks) => {
            let warnings: String = stacks.warnings().iter().map(|warning| format!("{warning}\n")).collect();
            format!("{}total {}\n{warnings}", stacks_text(&stacks), stacks.total())
        }
        Err(error) => error.to_string(),
    }
}

/// Sets one filter by pprof's name of it.
fn check(filters: &[(&str, &str)], text: &str) -> String {
    let mut all = Filters::default();
    for (name, value) in filters {
        let filter = match *name {
            "focus" => &mut all.focus,
            "ignore" => &mut all.ignore,
            "hide" => &mut all.hide,
            "show" => &mut all.show,
            "show_from" => &mut all.show_from,
            "prune_from" => &mut all.prune_from,
            "tagfocus" => &mut all.tag_focus,
            "tagignore" => &mut all.tag_ignore,
            other => panic!("no filter {other}"),
        };
        *filter = Some((*value).to_owned());
    }
    check_query(&StackQuery { filters: all, ..StackQuery::default() }, text)
}

const STACKS: &str = "
    main@main.go;serve@srv.go+handle@srv.go;read@io.go 5
    main@main.go;parse@parse.go 3
    main@main.go 2
    - 1";

#[test]
fn without_filters_all_samples_stay() {
    assert_snapshot!(check(&[], STACKS), @r"
    main;serve;handle;read 5
    main;parse 3
    main 2
     1
    total 11
    ");
}

#[test]
fn focus_keeps_samples_with_a_matching_function_or_file() {
    assert_snapshot!(check(&[("focus", "read|^parse")], STACKS), @r"
    main;serve;handle;read 5
    main;parse 3
    total 11
    ");
    assert_snapshot!(check(&[("focus", "srv.go")], STACKS), @r"
    main;serve;handle;read 5
    total 11
    ");
    assert_snapshot!(check(&[("focus", "^/lib/")], "main;[0x10 /lib/c.so] 1\nmain 2"), @r"
    main;[c.so] 1
    total 3
    ");
}

#[test]
fn ignore_wins_over_focus() {
    assert_snapshot!(check(&[("focus", "main"), ("ignore", "parse")], STACKS), @r"
    main;serve;handle;read 5
    main 2
    total 11
    ");
}

#[test]
fn ignore_alone_drops_samples_without_a_stack_too() {
    assert_snapshot!(check(&[("ignore", "handle")], STACKS), @r"
    main;parse 3
    main 2
    total 11
    ");
}

#[test]
fn hide_gives_the_value_of_a_leaf_to_its_caller() {
    assert_snapshot!(check(&[("hide", "read|handle")], STACKS), @r"
    main;serve 5
    main;parse 3
    main 2
    total 11
    ");
}

#[test]
fn hide_by_binary_removes_whole_locations() {
    assert_snapshot!(check(&[("hide", "libc")], "main;f+g[0x10 /lib/libc.so];h 1\nmain;[0x20 /lib/libc.so] 2"), @r"
    main;h 1
    main 2
    total 3
    ");
}

#[test]
fn unsymbolized_locations_can_be_hidden_by_binary_only() {
    assert_snapshot!(check(&[("hide", "0000")], "main;[0x10 /lib/libc.so] 1"), @r"
    main;[libc.so] 1
    total 1
    Hide expression matched no samples
    ");
}

#[test]
fn show_keeps_matching_frames_only() {
    assert_snapshot!(check(&[("show", "serve|parse")], STACKS), @r"
    serve 5
    parse 3
    total 11
    ");
    assert_snapshot!(check(&[("show", "libc")], "main;f[0x10 /lib/libc.so] 1\nmain;[0x20 /lib/libc.so] 2"), @r"
    f 1
    total 3
    ");
}

#[test]
fn show_from_cuts_above_the_outermost_match() {
    assert_snapshot!(check(&[("show_from", "handle|parse")], STACKS), @r"
    handle;read 5
    parse 3
    total 11
    ");
    assert_snapshot!(check(&[("show_from", "f")], "main;f;g;f;h 1\nmain;g 2"), @r"
    f;g;f;h 1
    total 3
    ");
}

#[test]
fn show_from_cuts_the_lines_above_a_match_wherever_the_location_stands() {
    // The second f+g is below the first match, yet loses f: pprof edits locations, not stacks.
    assert_snapshot!(check(&[("show_from", "^g$")], "main;g;f+g;h 1"), @r"
    g;g;h 1
    total 1
    ");
}

#[test]
fn hide_runs_before_show_from() {
    assert_snapshot!(check(&[("hide", "serve|handle"), ("show_from", "serve")], STACKS), @r"
    total 11
    ShowFrom expression matched no samples
    ");
}

#[test]
fn prune_from_cuts_below_the_innermost_match() {
    assert_snapshot!(check(&[("prune_from", "serve|parse")], STACKS), @r"
    main;serve 5
    main;parse 3
    main 2
     1
    total 11
    ");
    assert_snapshot!(check(&[("prune_from", "^f$")], "main;f;g;f+k;h 1"), @r"
    main;f;g;f 1
    total 1
    ");
}

#[test]
fn prune_from_does_not_see_go_methods() {
    assert_snapshot!(check(&[("prune_from", "Push")], "main;main.(*List).Push;grow 1"), @r"
    main;main.(*List).Push;grow 1
    total 1
    ");
}

#[test]
fn filters_that_match_nothing_say_so() {
    let filters = ["focus", "ignore", "hide", "show", "show_from", "tagfocus", "tagignore"];
    assert_snapshot!(check(&filters.map(|name| (name, "nothing")), STACKS), @r"
    total 11
    Focus expression matched no samples
    Ignore expression matched no samples
    Hide expression matched no samples
    Show expression matched no samples
    ShowFrom expression matched no samples
    TagFocus expression matched no samples
    TagIgnore expression matched no samples
    ");
}

#[test]
fn a_wrong_pattern_names_its_option() {
    assert_snapshot!(check(&[("hide", "a(b")], STACKS), @r#"hide: "a(b" is not a regular expression: unclosed group"#);
    assert_snapshot!(check(&[("tagfocus", "k=a,b[")], STACKS), @r#"tagfocus: "b[" is not a regular expression: unclosed character class"#);
}

const DROPPING: &str = "drop_frames: malloc|new.*\nkeep_frames: newton";

#[test]
fn drop_frames_cuts_the_match_and_all_below_it() {
    assert_snapshot!(check(&[], &format!("{DROPPING}\nmain;malloc;brk 1\nmain;newton 2\nmain;newobj;newton 3")), @r"
    main 1
    main;newton 2
    main 3
    total 6
    ");
}

#[test]
fn drop_frames_spares_matches_above_the_first_other_frame() {
    assert_snapshot!(check(&[], &format!("{DROPPING}\nmalloc;main;f 1\nmalloc;newobj 2\nmalloc;main;malloc;f 3")), @r"
    malloc;main;f 1
    malloc;newobj 2
    malloc;main 3
    total 6
    ");
}

#[test]
fn drop_frames_cuts_inlined_frames_out_of_their_location() {
    assert_snapshot!(check(&[], &format!("{DROPPING}\nmain;f+malloc+g;h 1")), @r"
    main;f 1
    total 1
    ");
}

#[test]
fn a_wrong_drop_frames_is_passed_over() {
    assert_snapshot!(check(&[], "drop_frames: a(\nmain;a 1"), @r"
    main;a 1
    total 1
    ");
}

const LABELED: &str = "
    a 1 | endpoint=/cart tenant=x bytes=32kB
    b 2 | endpoint=/pay tenant=x bytes=64
    c 4 | endpoint=/cart tenant=y size=5
    d 8";

#[test]
fn tagfocus_without_a_key_matches_key_and_value_as_one_text() {
    assert_snapshot!(check(&[("tagfocus", "endpoint:/cart")], LABELED), @r"
    a 1
    c 4
    total 15
    ");
    assert_snapshot!(check(&[("tagfocus", "^/cart$")], LABELED), @r"
    total 15
    TagFocus expression matched no samples
    ");
}

#[test]
fn tagfocus_without_a_key_wants_all_patterns() {
    assert_snapshot!(check(&[("tagfocus", "/cart,tenant:y")], LABELED), @r"
    c 4
    total 15
    ");
}

#[test]
fn tagfocus_with_a_key_wants_any_pattern() {
    assert_snapshot!(check(&[("tagfocus", "endpoint=^/cart$,^/pay$")], LABELED), @r"
    a 1
    b 2
    c 4
    total 15
    ");
    assert_snapshot!(check(&[("tagfocus", "tenant=y,z")], LABELED), @r"
    c 4
    total 15
    ");
}

#[test]
fn tagignore_wins_over_tagfocus() {
    assert_snapshot!(check(&[("tagfocus", "tenant=."), ("tagignore", "pay")], LABELED), @r"
    a 1
    c 4
    total 15
    ");
}

#[test]
fn tag_ranges_compare_numbers_of_the_same_kind_of_unit() {
    // The unit of bytes is kB, the first one seen: 64 counts as 64 kB.
    assert_snapshot!(check(&[("tagfocus", "bytes=:40kb")], LABELED), @r"
    a 1
    total 15
    tagfocus:Interpreted ':40kb' as range, not regexp
    ");
    assert_snapshot!(check(&[("tagfocus", "33kb:1mb")], LABELED), @r"
    b 2
    total 15
    tagfocus:Interpreted '33kb:1mb' as range, not regexp
    ");
    assert_snapshot!(check(&[("tagfocus", "32768:")], LABELED), @r"
    total 15
    tagfocus:Interpreted '32768:' as range, not regexp
    TagFocus expression matched no samples
    ");
    assert_snapshot!(check(&[("tagfocus", "size=5size")], LABELED), @r"
    c 4
    total 15
    tagfocus:Interpreted '5size' as range, not regexp
    ");
    assert_snapshot!(check(&[("tagignore", "1b:")], LABELED), @r"
    d 8
    total 15
    tagignore:Interpreted '1b:' as range, not regexp
    ");
}

#[test]
fn a_range_of_two_kinds_of_units_is_a_pattern() {
    assert_snapshot!(check(&[("tagfocus", "5:9kb")], "a 1 | k=x:5:9kb\nb 2 | k=5kB"), @r"
    a 1
    total 3
    ");
}

#[test]
fn inlined_frames_can_be_left_out() {
    let query = StackQuery { inlines: Inlines::Hide, ..StackQuery::default() };
    assert_snapshot!(check_query(&query, STACKS), @r"
    main;serve;read 5
    main;parse 3
    main 2
     1
    total 11
    ");
}

#[test]
fn names_match_before_inlined_frames_are_left_out() {
    let filters = Filters { focus: Some("handle".to_owned()), ..Filters::default() };
    let query = StackQuery { inlines: Inlines::Hide, filters, ..StackQuery::default() };
    assert_snapshot!(check_query(&query, STACKS), @r"
    main;serve;read 5
    total 11
    ");
}

#[test]
fn the_granularity_says_what_a_frame_is() {
    let text = "main@./src//main.go:3:7#1[0x1010 /bin/app];f@a/../f.go:9+g@g.go:2[0x1020 /bin/app];[0x30 /lib/c.so] 1";
    let by = |granularity| check_query(&StackQuery { granularity, ..StackQuery::default() }, text);
    assert_snapshot!(by(Granularity::Functions), @r"
    main;f;g;[c.so] 1
    total 1
    ");
    assert_snapshot!(by(Granularity::FileFunctions), @r"
    main src/main.go;f f.go;g g.go;[c.so] 1
    total 1
    ");
    assert_snapshot!(by(Granularity::Files), @r"
    src/main.go;f.go;g.go;[c.so] 1
    total 1
    ");
    assert_snapshot!(by(Granularity::Lines), @r"
    main src/main.go:3;f f.go:9;g g.go:2;[c.so] 1
    total 1
    ");
    assert_snapshot!(by(Granularity::Addresses), @r"
    0000000000001010 main src/main.go:3:7;0000000000001020 f f.go:9;0000000000001020 g g.go:2;0000000000000030 [c.so] 1
    total 1
    ");
}

#[test]
fn unsymbolized_locations_of_one_binary_are_one_function() {
    let profile = profile("[0x10 /lib/a.so] 1\n[0x20 /lib/a.so] 2\n[0x10 /lib/b.so] 4\n[0x99] 8");
    let stacks = select(&profile, &StackQuery::default()).expect("a query without filters");
    let names: Vec<String> = stacks.frames().iter().map(|(_, frame)| frame.printable_name()).collect();
    assert_eq!(names, ["[a.so]", "[b.so]", "<unknown>"]);
}

const TYPES: &str = "types: samples/count cpu/nanoseconds objects/count\nmain 1 20 300";

#[track_caller]
fn check_type(sample_type: Option<&str>, header: &str, value: i64) {
    let profile = profile(&format!("{header}\n{TYPES}"));
    let query = StackQuery { sample_type: sample_type.map(str::to_owned), ..StackQuery::default() };
    assert_eq!(select(&profile, &query).expect("a type that exists").total(), value);
}

#[test]
fn the_sample_type_is_a_name_an_index_or_the_default() {
    check_type(None, "", 300);
    check_type(Some(""), "", 300);
    check_type(None, "default: cpu", 20);
    check_type(None, "default: nothing", 300);
    check_type(Some("0"), "default: cpu", 1);
    check_type(Some("cpu"), "", 20);
    check_type(Some("inuse_objects"), "", 300);
}

#[test]
fn an_unknown_sample_type_lists_those_there_are() {
    let check = |wanted: &str| {
        check_query(&StackQuery { sample_type: Some(wanted.to_owned()), ..StackQuery::default() }, TYPES)
    };
    assert_snapshot!(check("alloc_space"), @r#"sample_index "alloc_space" must be one of: samples, cpu, objects"#);
    assert_snapshot!(check("3"), @"sample_index 3 is outside the range [0..2]; the types are: samples, cpu, objects");
    assert_snapshot!(check("-1"), @"sample_index -1 is outside the range [0..2]; the types are: samples, cpu, objects");
    assert_eq!(select(&Profile::default(), &StackQuery::default()).err(), Some(QueryError::NoSampleTypes));
}

#[test]
fn the_total_is_that_of_the_base_where_there_is_one() {
    assert_snapshot!(check(&[], "main -7 | pprof::base=true\nmain 4"), @r"
    main -7
    main 4
    total 7
    ");
}

#[test]
fn the_total_counts_magnitudes_and_dropped_samples() {
    assert_snapshot!(check(&[("focus", "a")], "a -7\nb 4\n- 2"), @r"
    a -7
    total 13
    ");
}

#[test]
fn selection_does_not_depend_on_the_number_of_threads() {
    let line = |index: usize| format!("main;f{};g{} {index} | k={}", index % 7, index % 11, index % 5);
    let profile = profile(&(0..3 * CHUNK).map(line).collect::<Vec<_>>().join("\n"));
    let filters = Filters {
        focus: Some("f[1-4]".to_owned()),
        show_from: Some("f".to_owned()),
        tag_ignore: Some("k=3".to_owned()),
        ..Filters::default()
    };
    let query = StackQuery { filters, ..StackQuery::default() };
    let on_threads = |n_threads| {
        let pool =
            rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().expect("threads can be started");
        pool.install(|| stacks_text(&select(&profile, &query).expect("good filters")))
    };
    let one = on_threads(1);
    assert!(one.starts_with("f1;g1 1\nf2;g2 2\nf4;g4 4\n"), "{}", &one[..60]);
    assert_eq!(one, on_threads(3));
}
