//! Where a test says that it failed: the first `file.go:12:` in what it printed.

/// The file and the line.
pub(super) fn first_place(output: &str) -> Option<(String, u32)> {
    output.lines().find_map(|line| {
        let line = line.trim_start();
        let at = line.find(".go:")? + ".go".len();
        let (file, rest) = line.split_at(at);
        let digits: &str = rest.get(1..)?.split(|char: char| !char.is_ascii_digit()).next()?;
        let is_path = !file.contains([' ', '"', '(']);
        let number = digits.parse().ok()?;
        is_path.then(|| (file.to_owned(), number))
    })
}

/// Tests that ran when the time was up, with how long they had run: `running tests:` in the output of a timeout.
pub(super) fn running_tests(output: &str) -> Vec<(String, String)> {
    let lines = output.lines().skip_while(|line| line.trim() != "running tests:").skip(1);
    let test = |line: &str| {
        let (name, time) = line.trim().rsplit_once(" (")?;
        Some((name.to_owned(), time.strip_suffix(')')?.to_owned()))
    };
    lines.map_while(test).collect()
}
