//! Benchmark tables of whatever bytes: some table or none, never a panic, the same for any number of threads.

use goscope_analysis::bench::{Benchstat, BenchstatOptions, csv, text};
use proptest::prelude::*;

/// Text that lines of benchmarks are made of, and what breaks them.
fn piece() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "BenchmarkA/n=1-8",
        "BenchmarkB",
        "Benchmark",
        " 10 ",
        "\t",
        "\n",
        "\r\n",
        " ",
        "5 ns/op",
        "0 B/op",
        "-3 x",
        "1e300 MB/s",
        "+Inf y",
        "NaN ns/op",
        "0x1p4 bytes",
        "5e-324 z",
        "Unit ns/op assume=exact\n",
        "goos: linux\n",
        "pkg: a\n",
        "pkg:\n",
        "note: é\n",
        "\u{a0}",
        "99999999999999999999",
        "PASS\n",
        "/x=2k",
        "=",
        "-",
        "´",
    ])
}

fn printed(files: &[String], options: &BenchstatOptions) -> Option<(Vec<u8>, Vec<u8>)> {
    let mut benchstat = Benchstat::new(options).ok()?;
    for (at, file) in files.iter().enumerate() {
        benchstat.add(format!("f{at}").as_bytes(), file.as_bytes(), |_, _| {}).ok()?;
    }
    let tables = benchstat.finish();
    Some((text(&tables), csv(&tables).0))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_lines_make_tables(
        files in prop::collection::vec(prop::collection::vec(piece(), 0..60).prop_map(|it| it.concat()), 1..4),
        row in prop::sample::select(vec![".fullname", ".name", "/n@num", "pkg,.name", ""]),
        column in prop::sample::select(vec![".file", "/n", "goos .file", ""]),
    ) {
        let options = BenchstatOptions { row: row.to_owned(), column: column.to_owned(), ..BenchstatOptions::default() };
        let once = printed(&files, &options);
        prop_assert!(once.is_some());
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a pool");
        prop_assert_eq!(once, pool.install(|| printed(&files, &options)));
    }

    #[test]
    fn any_query_is_read_or_refused(query in "[a-z.:/()@,*\"\\\\ORAND-]{0,24}") {
        for at in 0..5 {
            let mut options = BenchstatOptions::default();
            *[&mut options.filter, &mut options.table, &mut options.row, &mut options.column, &mut options.ignore][at] =
                query.clone();
            if let Err(error) = Benchstat::new(&options) {
                prop_assert!(error.to_string().contains("syntax error"), "{}", error);
            }
        }
    }

    #[test]
    fn any_bytes_make_tables(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let lines = [b"BenchmarkA 1 5 ns/op ", &bytes[..]].concat();
        let mut benchstat = Benchstat::new(&BenchstatOptions::default()).expect("options");
        let _ = benchstat.add(&bytes, &lines, |_, _| {});
        text(&benchstat.finish());
    }
}
