//! `goscope tags --json`, and comparisons of parts of a profile by label.

use std::fs::File;

use goscope_analysis::testing::profile;
use goscope_parsers::pprof::write_profile_gzip;
use insta::assert_snapshot;

use crate::program::{failure, json, latency, sample, stdout};

/// A profile whose labels are easy to add up, as a file.
fn labeled(folder: &tempfile::TempDir) -> String {
    let text = "types: samples/count
main;serve;json 50 | endpoint=/cart bytes=4096
main;serve;gzip 10 | endpoint=/cart
main;serve;sql 25 | endpoint=/pay
main;gc 15";
    let path = folder.path().join("shop.pb.gz");
    write_profile_gzip(&profile(text), File::create(&path).expect("a file")).expect("a profile");
    path.display().to_string()
}

#[test]
fn the_pivot_says_what_each_value_and_no_label_accounts_for() {
    let folder = tempfile::tempdir().unwrap();
    assert_snapshot!(stdout(&["tags", "--json", &labeled(&folder)]), @r#"
    {
      "schema": "goscope.tags/1",
      "sample_type": "samples",
      "unit": "count",
      "total": 100,
      "selected": 100,
      "keys": [
        {
          "key": "bytes",
          "with_key": 50,
          "without": 50,
          "filter": "bytes=4096bytes:4096bytes",
          "values": [
            {
              "text": "4kB",
              "value": 50,
              "filter": "bytes=4096bytes:4096bytes"
            }
          ]
        },
        {
          "key": "endpoint",
          "with_key": 85,
          "without": 15,
          "filter": "endpoint=",
          "values": [
            {
              "text": "/cart",
              "value": 60,
              "filter": "endpoint=^/cart$"
            },
            {
              "text": "/pay",
              "value": 25,
              "filter": "endpoint=^/pay$"
            }
          ]
        }
      ]
    }
    "#);
}

#[test]
fn a_filter_of_the_pivot_keeps_what_it_accounts_for() {
    let file = sample("pprof/cpu-labels.pb.gz");
    let pivot = json(&["tags", "--json", &file]);
    let keys = pivot["keys"].as_array().expect("keys");
    assert!(!keys.is_empty());
    for value in keys.iter().flat_map(|key| key["values"].as_array().expect("values")) {
        let filter = value["filter"].as_str().expect("a filter");
        let rest = json(&["tags", "--json", "--tagfocus", filter, &file]);
        assert_eq!(rest["selected"], value["value"], "{filter}");
    }
}

#[test]
fn parts_of_one_file_are_compared() {
    let folder = tempfile::tempdir().unwrap();
    let file = labeled(&folder);
    let parts = ["--base-tagfocus", "endpoint=^/cart$", "--head-tagfocus", "endpoint=^/pay$"];
    let arguments = [&["diff", "--totals", &file, &file], &parts[..]].concat();
    let text = stdout(&arguments).replace(&folder.path().display().to_string(), "");
    assert_snapshot!(text, @r"
    Type: samples
    Base: /shop.pb.gz [endpoint=^/cart$]
    Head: /shop.pb.gz [endpoint=^/pay$]
    Total: 60 to 25, -35 (-58.3%)
     base flat  head flat     change        % |   base cum   head cum     change        %
            50          0        -50     gone |         50          0        -50     gone  json
             0         25        +25      new |          0         25        +25      new  sql
            10          0        -10     gone |         10          0        -10     gone  gzip
             0          0          0        – |         60         25        -35   -58.3%  main
             0          0          0        – |         60         25        -35   -58.3%  serve
    ");
    let verdict = json(&[&["diff", "--json", &file, &file], &parts[..]].concat());
    assert_eq!((&verdict["base_total"], &verdict["head_total"]), (&60.into(), &25.into()));
    let rest = ["--base-tagignore", "endpoint=^/cart$", "--base-tagfocus", "endpoint="];
    let verdict = json(&[&["diff", "--json", &file, &file], &rest[..]].concat());
    assert_eq!(verdict["base_total"], 25, "several filters of a side must all hold");
}

#[test]
fn what_has_no_labels_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let file = labeled(&folder);
    let latency = latency();
    assert_snapshot!(failure(2, &["diff", &latency, &latency, "--base-tagfocus", "a"]), @"goscope: only samples of profiles have labels: leave out --base-tag… and --head-tag…");
    let message = failure(2, &["diff", &file, &file, "--base-tagfocus", "a=("]);
    assert!(message.starts_with("goscope: tagfocus: \"(\" is not a regular expression"), "{message}");
}
