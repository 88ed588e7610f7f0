//! What is saved is read again as it was, and whatever else is read is refused in one sentence.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::session::made_up;
use crate::session::saved::changed;
use crate::session::selection::{FrameKey, Item};
use crate::session::workspace::Lens;

const FOLDER: &str = "/w/shop";

fn text(session: &SavedSession) -> String {
    session_text(session, Path::new(FOLDER)).expect("it can be saved")
}

fn read(text: &str) -> Result<SavedSession, FormatError> {
    session_of(text.as_bytes(), Path::new(FOLDER))
}

#[track_caller]
fn refused(text: &str) -> String {
    read(text).map(|_| ()).expect_err("it is refused").to_string()
}

fn tab(content: Content) -> SavedTab {
    let kind = content.kind();
    SavedTab { content, lens: Lens::of(kind), layout: Layout::of(kind), is_in_front: false }
}

fn file(path: &str) -> Source {
    Source::File(path.into())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_session_is_read_as_it_was_saved(session in made_up::session()) {
        prop_assert_eq!(read(&text(&session)), Ok(session));
    }

    #[test]
    fn a_lens_is_read_as_it_was_written(lens in made_up::lens(), kind in made_up::kind()) {
        let value = lens_to_json(&lens, kind).expect("JSON");
        prop_assert_eq!(lens_from_json(&value, kind), Ok(lens));
    }

    #[test]
    fn hostile_bytes_are_refused_or_read(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = session_of(&bytes, Path::new(FOLDER));
    }

    #[test]
    fn a_damaged_session_is_refused_or_read(
        session in made_up::session(),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
        is_cut in any::<bool>(),
    ) {
        let mut bytes = text(&session).into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if is_cut {
            bytes.truncate(at);
        }
        if let Err(error) = session_of(&bytes, Path::new(FOLDER)) {
            prop_assert!(!error.to_string().contains('\n'), "one sentence: {error}");
        }
    }
}

#[test]
fn a_session_is_small_and_says_what_it_holds() {
    let mut trace = tab(Content::Trace(file("/w/shop/trace.out")));
    trace.is_in_front = true;
    trace.lens.selection = Some(Item::Span(52, 1_200));
    let frame = FrameKey { name: "main.main".to_owned(), ..FrameKey::default() };
    let mut profile = tab(Content::Profile(file("/w/old/cpu.pb.gz")));
    profile.lens.zoom.path = vec![frame];
    let mut session = SavedSession { tabs: vec![trace, profile], ..SavedSession::default() };
    let mark = FileMark { bytes: 5, ends: "cbf29ce484222325".to_owned() };
    session.marks.insert(file("/w/shop/trace.out"), mark);
    insta::assert_snapshot!(text(&session), @r#"
    {
      "goscope_session": 1,
      "tabs": [
        {
          "shows": {
            "trace": {
              "file": {
                "path": "trace.out",
                "bytes": 5,
                "ends": "cbf29ce484222325"
              }
            }
          },
          "in_front": true,
          "lens": {
            "selection": {
              "Span": [
                52,
                1200
              ]
            }
          }
        },
        {
          "shows": {
            "profile": {
              "file": {
                "path": "../old/cpu.pb.gz"
              }
            }
          },
          "lens": {
            "zoom": {
              "path": [
                {
                  "name": "main.main"
                }
              ]
            }
          }
        }
      ]
    }
    "#);
}

#[test]
fn a_secret_in_an_address_is_not_saved() {
    let address = file("https://me:pa55@host/heap?gc=1&token=t0ken");
    let session = SavedSession { tabs: vec![tab(Content::Profile(address))], ..SavedSession::default() };
    let text = text(&session);
    assert!(!["me", "pa55", "t0ken"].iter().any(|secret| text.contains(secret)), "{text}");
    let read = read(&text).expect("a session");
    let kept = file("https://host/heap?gc=1");
    assert_eq!(read.tabs[0].content, Content::Profile(kept.clone()));
    assert!(read.stripped.contains(&kept));
    // It stays known when it is saved once more.
    assert_eq!(
        super::session_of(
            session_text(&read, Path::new(FOLDER)).expect("text").as_bytes(),
            Path::new(FOLDER)
        ),
        Ok(read)
    );
}

#[test]
fn a_file_that_is_near_is_found_in_another_folder() {
    let tabs = vec![
        tab(Content::Profile(file("/w/shop/runs/1.pb.gz"))),
        tab(Content::Profile(file("/w/old/2.pb.gz"))),
    ];
    let text = text(&SavedSession { tabs, ..SavedSession::default() });
    let moved = session_of(text.as_bytes(), Path::new("/new/place")).expect("a session");
    let sources: Vec<&Source> = moved.sources().into_iter().collect();
    assert_eq!(sources, [&file("/new/old/2.pb.gz"), &file("/new/place/runs/1.pb.gz")]);
}

#[test]
fn what_is_no_session_is_said_in_one_sentence() {
    assert_eq!(
        refused(""),
        "is no session of goscope: it is not JSON (EOF while parsing a value at line 1 column 0)"
    );
    assert_eq!(refused("{}"), "is no session of goscope: it has no field `goscope_session`");
    assert_eq!(refused("[1]"), "is no session of goscope: it has no field `goscope_session`");
    assert_eq!(
        refused(r#"{"goscope_session":"1"}"#),
        "is no session of goscope: its field `goscope_session` is no version"
    );
    assert_eq!(
        refused(r#"{"goscope_session":2,"panes":[]}"#),
        "was saved by a newer goscope (format 2, this one reads up to 1): update goscope to open it"
    );
    assert_eq!(
        refused("{\n\"goscope_session\": 1,\n\"tabs\": [],\n\"cheese\": 1}"),
        "cannot be opened as a session: unknown field `cheese` at line 4 column 8"
    );
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(refused(&deep).contains("recursion limit"));
    let large = format!("{{\"goscope_session\":1,\"tabs\":[]{}}}", " ".repeat(17 << 20));
    assert_eq!(refused(&large), "is no session of goscope: it is larger than 16 MiB");
}

/// The sentence about a session with one tab of a trace that holds this beside what it shows.
#[track_caller]
fn refused_tab(fields: &Value) -> String {
    let mut tab = json!({ "shows": { "trace": { "sample": "t" } } });
    tab.as_object_mut().expect("an object").extend(fields.as_object().expect("an object").clone());
    refused(&json!({ "goscope_session": 1, "tabs": [tab] }).to_string())
        .strip_prefix("cannot be opened as a session: ")
        .expect("its own words")
        .to_owned()
}

#[test]
fn what_cannot_be_is_said_in_one_sentence() {
    let lens = |lens: Value| refused_tab(&json!({ "lens": lens }));
    assert_eq!(lens(json!({ "cheese": 1 })), "tab 1: unknown field `cheese`");
    assert_eq!(lens(json!({ "trace": { "answer": "Cheese" } })), "tab 1: unknown variant `Cheese`");
    let backward = json!({ "start_nanos": i64::MAX, "end_nanos": i64::MIN });
    let ends_first = "tab 1: the range of time does not end after its start";
    assert_eq!(lens(json!({ "trace": { "range": backward } })), ends_first);
    assert_eq!(
        lens(json!({ "trace": { "range": { "start_nanos": 0, "end_nanos": i64::MAX } } })),
        ends_first
    );
    assert_eq!(
        lens(json!({ "selection": { "Span": [1, i64::MIN] } })),
        "tab 1: the selected span is at no time of a trace"
    );
    assert_eq!(
        lens(json!({ "zoom": { "path": [], "range": [1e300, 2e300] } })),
        "tab 1: the zoom is no part of the flame graph"
    );
    let layout = |root: Value| refused_tab(&json!({ "layout": { "root": root, "hidden": [] } }));
    assert_eq!(layout(json!({ "Row": [] })), "tab 1: the layout has an empty part");
    let part = |share: f64| json!({ "share": share, "node": { "View": "lanes" } });
    assert_eq!(
        layout(json!({ "Row": [part(0.0)] })),
        "tab 1: the layout gives a part no sensible share of the room"
    );
    let wide = json!({ "share": 0.5, "points": 1e30, "node": { "View": "lanes" } });
    assert_eq!(
        layout(json!({ "Row": [wide] })),
        "tab 1: the layout gives a part no sensible share of the room"
    );
    assert_eq!(layout(json!({ "Row": [part(1.0), part(1.0)] })), "tab 1: the layout holds a view twice");
    assert_eq!(
        layout(json!({ "Stack": { "parts": [{ "View": "lanes" }], "front": 7 } })),
        "tab 1: the layout has no such part in front"
    );
    assert_eq!(layout(json!({ "View": "crystal_ball" })), "tab 1: unknown variant `crystal_ball`");
    let comparison = json!({ "shows": { "comparison": { "base": [], "head": [{ "sample": "h" }] } } });
    assert_eq!(refused_tab(&comparison), "tab 1: a side of the comparison has no run");
}

/// Standard input must not be waited for because a file says so.
#[test]
fn a_dash_is_a_file() {
    for place in [json!({ "file": { "path": "-" } }), json!({ "address": { "url": "-" } })] {
        let text = json!({ "goscope_session": 1, "tabs": [{ "shows": { "profile": place } }] }).to_string();
        let session = read(&text).expect("a session");
        assert_eq!(session.tabs[0].content, Content::Profile(file("/w/shop/-")));
    }
}

#[test]
fn a_session_is_known_by_its_name_or_its_field() {
    assert!(is_session_name(Path::new("a/b.goscope")) && !is_session_name(Path::new("goscope")));
    assert!(
        is_session(b" {\n \"goscope_session\": 1 }")
            && !is_session(b"{}")
            && !is_session(b"\x1f\x8b goscope_session")
    );
}

#[test]
fn a_changed_file_is_said() {
    let mark = |bytes, ends: &str| FileMark { bytes, ends: ends.to_owned() };
    assert_eq!(changed(&mark(5, "a"), &mark(5, "a")), None);
    assert!(changed(&mark(5, "a"), &mark(6, "a")).expect("a sentence").contains("5 bytes then, 6 bytes now"));
    assert!(changed(&mark(5, "a"), &mark(5, "b")).expect("a sentence").contains("of the same length"));
}
