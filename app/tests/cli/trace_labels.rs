//! `goscope trace labels`: what user tasks log, by category and message.

use insta::assert_snapshot;

use crate::program::{failure, json, latency, stdout};

#[test]
fn each_key_has_a_table_of_its_values() {
    assert_snapshot!(stdout(&["trace", "labels", &latency(), "--type", "catalog"]), @r"
    cache: logged by 47 of 472 tasks

    tasks  complete   total  total%       p50       p90       p99       max  value
       47        47  3.89ms    0.3%   57.98us  183.81us  297.60us  297.60us  hit
      425       425   1.12s   99.7%  478.21us    1.71ms   66.72ms  132.61ms  (no label)

    tenant: logged by 472 of 472 tasks

    tasks  complete     total  total%       p50     p90      p99       max  value
      220       220  583.13ms   52.0%  424.96us  1.66ms  79.43ms  132.61ms  north
      175       175  308.60ms   27.5%  478.21us  1.69ms  60.42ms   66.64ms  south
       77        77  230.54ms   20.5%  406.53us  1.42ms  76.23ms   76.23ms  coast
    ");
}

#[test]
fn slow_tasks_say_what_they_log() {
    assert_snapshot!(stdout(&["trace", "labels", &latency(), "--min", "10ms", "--key", "shipping"]), @r"
    shipping: logged by 2 of 15 tasks

    tasks  complete     total  total%      p50       p90       p99       max  value
        2         2   23.94ms    2.8%  11.93ms   12.02ms   12.02ms   12.02ms  carrier too late
       13        13  824.13ms   97.2%  60.42ms  112.46ms  132.61ms  132.61ms  (no label)
    ");
}

#[test]
fn values_beyond_the_limit_are_counted() {
    let text = stdout(&["trace", "labels", &latency(), "--key", "tenant", "--limit", "1"]);
    assert!(text.ends_with("\n2 values more\n"), "{text}");
    let found = json(&["trace", "labels", &latency(), "--key", "tenant", "--limit", "1", "--json"]);
    let key = &found["keys"][0];
    assert_eq!((&key["key"], &key["more"], &found["more"]), (&"tenant".into(), &2.into(), &0.into()));
    assert_eq!(key["values"].as_array().map(Vec::len), Some(1));
    let of_value = key["values"][0]["tasks"].as_u64().expect("a count");
    let listed = stdout(&["trace", "tasks", &latency(), "--containing", "north"]);
    assert!(listed.starts_with(&format!("{of_value} tasks")), "{listed}");
}

#[test]
fn what_is_not_there_is_said() {
    let message = failure(2, &["trace", "labels", &latency(), "--key", "region"]);
    assert!(
        message.contains("no task logs anything as \"region\"; what they log: cache, shipping, tenant"),
        "{message}"
    );
    let message = failure(4, &["trace", "labels", &latency(), "--type", "nothing"]);
    assert!(message.contains("no task fits"), "{message}");
    let message = failure(4, &["trace", "labels", &latency(), "--type", "report", "--max", "1us"]);
    assert!(message.contains("no task fits"), "{message}");
}
