//! The reports about traces as a script meets them: arguments in; text, JSON and exit codes out.

use std::io::Write as _;

use serde_json::Value;

use crate::program::{failure, goscope, json, latency, sample, stdout};

#[test]
fn pauses_in_a_range_are_a_part_of_all() {
    let all = json(&["trace", "stw", "--json", &latency()]);
    assert_eq!(all["schema"], "goscope.trace_stw/1");
    assert_eq!(all["pauses"].as_array().map(Vec::len), Some(49));
    let part = json(&["trace", "stw", "--json", "--range", "300ms..400ms", &latency()]);
    assert_eq!(part["range_begin_nanos"], 300_000_000);
    let begins: Vec<i64> = part["pauses"]
        .as_array()
        .expect("rows")
        .iter()
        .filter_map(|row| row["begin_nanos"].as_i64())
        .collect();
    assert!(
        !begins.is_empty() && begins.iter().all(|at| (300_000_000..400_000_000).contains(at)),
        "{begins:?}"
    );
    let text = stdout(&["trace", "stw", "--longest", "1", &latency()]);
    assert!(text.starts_with("49 stop-the-world pauses, stopped for 47.94ms (1.33%) of 3.60s\n"), "{text}");
    assert_eq!(text.lines().count(), 9, "{text}");
}

#[test]
fn cycles_have_their_pauses_and_heaps() {
    let gc = json(&["trace", "gc", "--json", &latency()]);
    assert_eq!(gc["cycles"].as_array().map(Vec::len), Some(24));
    let first = &gc["cycles"][0];
    assert_eq!(first["pauses_nanos"], serde_json::json!([791_424, 80_384]));
    assert!(first["heap_before_bytes"].as_u64() > first["heap_after_bytes"].as_u64());
}

#[test]
fn mmu_of_one_window_and_its_worst_place() {
    let mmu = json(&["trace", "mmu", "--json", "--window", "10ms", "--worst", "1", &latency()]);
    let (least, worst) = (&mmu["windows"][0]["mmu"], &mmu["worst"][0]["utilization"]);
    assert!((least.as_f64().expect("a number") - worst.as_f64().expect("a number")).abs() < 1e-12);
    let like_go = json(&["trace", "mmu", "--json", "--like-go", "--window", "1s", &latency()]);
    let ours = json(&["trace", "mmu", "--json", "--window", "1s", &latency()]);
    assert!(like_go["windows"][0]["mmu"].as_f64() < ours["windows"][0]["mmu"].as_f64());
}

#[test]
fn a_profile_of_a_trace_is_read_again_and_drawn() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("search.pb.gz").display().to_string();
    stdout(&["trace", "profile", &latency(), "--kind", "sync", "--region", "search", "-o", &file]);
    let top = json(&["top", "--json", "--cum", "--no-trim", &file]);
    let row =
        |name: &str| top["rows"].as_array().expect("rows").iter().find(|row| row["name"] == name).cloned();
    let snapshot = row("example.com/shop/catalog.(*Index).snapshot").expect("a row");
    assert_eq!(snapshot["cum"], top["total"], "all waiting in searches is for the lock of the index");
    let svg = stdout(&["svg", &latency(), "--kind", "sync", "--region", "search"]);
    assert!(svg.contains("catalog.(*Index).snapshot"));
}

#[test]
fn who_waits_for_whom_and_critical_paths_are_drawn() {
    let svg = stdout(&["svg", &latency(), "--kind", "blame"]);
    for name in ["sync: woken by", "sync.(*RWMutex).Unlock", "catalog.(*Index).rebuildIndex"] {
        assert!(svg.contains(name), "{name}");
    }
    let svg = stdout(&["svg", &latency(), "--kind", "path", "--region", "search"]);
    assert!(svg.contains("waits for example.com/shop/catalog.(*Index).RebuildEvery"));
    let both = ["svg", "--kind", "path", "--region", "search", "--goroutine-func", "main.main", &latency()];
    assert!(failure(2, &both).contains("give one of --region and --goroutine-func"));
    let unknown = failure(2, &["svg", "--kind", "blame", "--region", "nap", &latency()]);
    assert!(unknown.contains("no region in this trace is called \"nap\""), "{unknown}");
}

#[test]
fn what_cannot_be_answered_is_said() {
    assert!(failure(2, &["trace", "stw", "--range", "1..2", &latency()]).contains("needs a unit"));
    assert!(failure(4, &["trace", "stw", "--range", "1m..", &latency()]).contains("no event"));
    assert!(failure(4, &["svg", "--kind", "cpu", &latency()]).contains("CPU profiler"));
    let unknown = failure(2, &["svg", "--kind", "wall", "--goroutine-func", "main.no", &latency()]);
    assert!(unknown.contains("no goroutine in this trace starts in \"main.no\""), "{unknown}");
    assert!(failure(2, &["svg", &latency()]).contains("--kind"));
    assert!(failure(2, &["svg", "--kind", "cpu", &sample("pprof/cpu.pb.gz")]).contains("profile"));
    assert!(failure(3, &["trace", "gc", &sample("pprof/cpu.pb.gz")]).contains("cpu.pb.gz"));
}

#[test]
fn a_cut_trace_gives_its_numbers_and_a_warning() {
    let output = goscope(&["trace", "stw", &sample("trace/truncated-go1.27.trace")]);
    assert_eq!(output.status.code(), Some(0));
    assert!(!output.stdout.is_empty() && !output.stderr.is_empty());
}

#[test]
fn of_a_cut_gzip_around_a_trace_the_sound_part_is_reported_with_the_loss() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("cut.trace.gz");
    let trace = std::fs::read(latency()).expect("the sample");
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&trace).expect("memory takes all");
    let gzip = gzip.finish().expect("memory takes all");
    std::fs::write(&path, &gzip[..gzip.len() / 2]).expect("written");
    let path = path.display().to_string();
    for report in ["stw", "gc", "events", "footprint"] {
        let output = goscope(&["trace", report, &path]);
        assert_eq!(output.status.code(), Some(0), "{report}");
        assert!(!output.stdout.is_empty(), "{report} has the numbers of what is there");
        let warnings = String::from_utf8(output.stderr).expect("text");
        assert!(warnings.contains("gzip"), "{report} says what is damaged: {warnings}");
    }
    let info = json(&["info", "--json", &path]);
    assert!(info["lost_share"].as_f64().is_some_and(|share| share > 0.0), "{info}");
}

#[test]
fn groups_of_goroutines_have_sums_and_percentiles() {
    let all = json(&["trace", "summary", "--json", &latency()]);
    assert_eq!(all["schema"], "goscope.trace_summary/1");
    let groups = all["groups"].as_array().expect("groups");
    let count: u64 = groups.iter().filter_map(|group| group["count"].as_u64()).sum();
    assert_eq!(count, 1042);
    let serving = groups.iter().find(|group| group["function"] == "net/http.(*conn).serve").expect("one");
    let total = &serving["measures"][0];
    assert_eq!((&total["measure"], &total["count"]), (&"total".into(), &2.into()));
    let text = stdout(&["trace", "summary", &latency()]);
    assert!(text.starts_with("1042 goroutines of 17 functions in 3.60s\n"), "{text}");
    let arguments = ["trace", "summary", "--percentiles", "--goroutine-func", "main.main", &latency()];
    let one = stdout(&arguments);
    assert!(one.starts_with("1 goroutine of 1 function in 3.60s\n\nmain.main (1)\n"), "{one}");
    let system = json(&["trace", "summary", "--json", "--system", &latency()]);
    assert!(system["groups"].as_array().expect("groups").len() > groups.len());
}

#[test]
fn a_goroutine_is_shown_with_its_relations() {
    let one = json(&["trace", "goroutines", "--json", "-g", "52", &latency()]);
    assert_eq!(one["count"], 1);
    let row = &one["goroutines"][0];
    assert_eq!(row["function"], "example.com/shop/catalog.(*Index).RebuildEvery");
    let states = ["running", "runnable", "waiting", "syscall", "syscall_blocked", "unknown"];
    let nanos = states.map(|state| row[format!("{state}_nanos")].as_u64().expect("nanoseconds"));
    assert_eq!(nanos.iter().sum::<u64>(), row["total_nanos"].as_u64().expect("nanoseconds"));
    assert_eq!(one["created_by"], Value::Array(Vec::new()), "it is older than the trace");
    let few = json(&["trace", "goroutines", "--json", "--sort", "running", "--limit", "3", &latency()]);
    assert_eq!(few["goroutines"].as_array().map(Vec::len), Some(3));
    assert_eq!(few["count"], 1042);
    assert_eq!(few["goroutines"][0]["goroutine"], 52, "nobody runs longer");
    let blocked = ["trace", "goroutines", "--state", "syscall-blocked", "--range", "1s..1.1s", &latency()];
    assert!(stdout(&blocked).contains("os/signal.loop"));
}

#[test]
fn a_latency_breakdown_adds_up_and_names_the_lock() {
    let found = json(&["trace", "latency", "--json", "--task", "catalog", &latency()]);
    assert_eq!(found["wall"]["count"], 472);
    let rows = found["rows"].as_array().expect("rows");
    let total = |side: &str| -> u64 { rows.iter().filter_map(|row| row[side]["total_nanos"].as_u64()).sum() };
    assert_eq!(total("spans"), found["wall"]["total_nanos"].as_u64().expect("nanoseconds"));
    assert_eq!(total("per_instance"), total("spans"));
    assert_eq!((&rows[0]["state"], &rows[0]["reason"]), (&"waiting".into(), &"sync".into()));
    assert_eq!(found["blocked"][0]["freed_by"][0]["count"], 12);
    let slow = json(&["trace", "latency", "--json", "--task", "catalog", "--min", "20ms", &latency()]);
    assert_eq!(slow["wall"]["count"], 12);
    let all = json(&["trace", "latency", "--json", "--region", "*", "--range", "1s..1.5s", &latency()]);
    assert!(all["wall"]["count"].as_u64().is_some_and(|count| count > 100));
    assert!(
        failure(4, &["trace", "latency", "--task", "no", &latency()])
            .contains("no complete tasks \"no\" fit")
    );
    assert!(
        failure(2, &["trace", "latency", "--task", "a", "--region", "b", &latency()]).contains("--region")
    );
    assert!(failure(2, &["trace", "latency", "--min", "5", &latency()]).contains("unit"));
}

#[test]
fn tasks_and_regions_are_listed_filtered_and_looked_into() {
    let types = json(&["trace", "tasks", "--json", &latency()]);
    assert!(types.get("tasks").is_none(), "no filter, no list");
    let slow = json(&["trace", "tasks", "--json", "--min", "20ms", &latency()]);
    assert_eq!(slow["count"], 12);
    assert_eq!(slow["tasks"][0]["id"], 125, "the longest first");
    let one = json(&["trace", "tasks", "--json", "--id", "125", &latency()]);
    assert_eq!(one["task"]["goroutines"], serde_json::json!([18]));
    let events = one["task"]["events"].as_array().expect("events");
    let texts: Vec<&str> = events.iter().filter_map(|event| event["text"].as_str()).collect();
    assert_eq!(texts.first(), Some(&"task begins"));
    assert_eq!(texts.last(), Some(&"task ends"));
    let said = json(&["trace", "tasks", "--json", "--containing", "tenant", "--limit", "1", &latency()]);
    assert_eq!(said["tasks"].as_array().map(Vec::len), Some(1));
    assert!(failure(2, &["trace", "tasks", "--id", "99999", &latency()]).contains("no task 99999"));
    assert!(failure(4, &["trace", "tasks", "--type", "no", &latency()]).contains("no task fits"));

    let regions = json(&["trace", "regions", "--json", "--name", "rebuildIndex", "--list", &latency()]);
    assert_eq!(regions["count"], 6);
    assert_eq!(regions["regions"][0]["goroutine"], 52);
    let own = json(&["trace", "regions", "--json", "-g", "18", "--min", "50ms", &latency()]);
    assert!(own["regions"].as_array().expect("rows").iter().all(|row| row["goroutine"] == 18));
    assert!(failure(4, &["trace", "regions", "--name", "no", &latency()]).contains("no region fits"));
}

#[test]
fn what_is_blocked_at_the_end_are_the_goroutines_that_wait_last() {
    let blocked = json(&["trace", "blocked", "--json", "--limit", "0", &latency()]);
    assert_eq!(blocked["schema"], "goscope.trace_blocked/1");
    let all = json(&["trace", "goroutines", "--json", "--limit", "0", &latency()]);
    let rows = all["goroutines"].as_array().expect("rows");
    let is_waiting = |row: &&Value| row["is_ended"] == false && row["last_state"] == "waiting";
    let waiting: Vec<&Value> = rows.iter().filter(is_waiting).collect();
    assert_eq!(blocked["count"], waiting.len());
    let places = blocked["places"].as_array().expect("places");
    let longest = |place: &Value| place["longest_nanos"].as_u64().expect("a number");
    assert!(places.windows(2).all(|pair| longest(&pair[0]) >= longest(&pair[1])), "{places:?}");
    let first = places.first().expect("something is blocked");
    let row = waiting.iter().find(|row| row["goroutine"] == first["goroutine"]).expect("its row");
    assert!(longest(first) <= row["waiting_nanos"].as_u64().expect("a number"));
    let keys = |place: &Value, keys: [&str; 3]| keys.map(|key| place[key].clone());
    assert_eq!(
        keys(row, ["function", "last_state", "last_reason"]),
        keys(first, ["function", "state", "reason"])
    );
}

#[test]
fn every_report_answers_for_every_sample_trace() {
    let folder = sample("trace");
    for entry in std::fs::read_dir(folder).expect("samples") {
        let path = entry.expect("a file").path().display().to_string();
        for report in ["summary", "goroutines", "latency", "tasks", "regions", "blocked", "stw", "gc", "mmu"]
        {
            let output = goscope(&["trace", report, "--json", &path]);
            let message = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(0), "{report} of {path}: {message}");
            assert_eq!(message.is_empty(), !path.contains("truncated"), "{report} of {path}: {message}");
            let value: Value = serde_json::from_slice(&output.stdout).expect("JSON");
            assert!(value["duration_nanos"].as_u64().is_some_and(|nanos| nanos > 0), "{report} of {path}");
        }
    }
}
