//! The page at `/debug/pprof/`: which profiles a program has, and how much is in them.

/// A profile that a program has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its name, which is its handler.
    pub name: String,
    /// What the page counts: goroutines, threads, stacks.
    pub count: Option<u64>,
}

/// The most profiles that are taken from a page: Go has ten, programs add few.
const MOST_LISTED: usize = 100;

/// The profiles that a page lists; none if it is no page of `net/http/pprof`.
///
/// ```text
/// <tr><td>42</td><td><a href='goroutine?debug=1'>goroutine</a></td></tr>
/// ```
pub fn listed(page: &str) -> Vec<Listed> {
    let rows = page.split("<tr>").skip(1);
    rows.filter_map(row).take(MOST_LISTED).collect()
}

fn row(row: &str) -> Option<Listed> {
    let (before, rest) = row.split_once("href=")?;
    let quote = rest.chars().next().filter(|char| matches!(char, '\'' | '"'))?;
    let href = rest.get(1..)?.split(quote).next()?;
    let name = href.split('?').next()?;
    let is_name = |char: char| char.is_ascii_alphanumeric() || matches!(char, '.' | '_' | '-' | '/');
    if name.is_empty()
        || name.len() > 200
        || !name.chars().all(is_name)
        || name.split('/').any(|part| part == "..")
    {
        return None;
    }
    let count = before.split("<td>").nth(1).and_then(|cell| cell.split('<').next());
    Some(Listed { name: name.to_owned(), count: count.and_then(|count| count.trim().parse().ok()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_of_go_is_read() {
        // Go 1.26, shortened.
        let page = "<html>\n<head>\n<title>/debug/pprof/</title>\n</head>\n<body>\n/debug/pprof/<br>\n<table>\n\
            <thead><td>Count</td><td>Profile</td></thead>\n\
            <tr><td>15</td><td><a href='allocs?debug=1'>allocs</a></td></tr>\n\
            <tr><td>4</td><td><a href='goroutine?debug=1'>goroutine</a></td></tr>\n\
            <tr><td>0</td><td><a href='profile?debug=1'>profile</a></td></tr>\n</table>\n\
            <a href=\"goroutine?debug=2\">full goroutine stack dump</a>\n<tr><td>1</td><td><a href='../x?debug=1'>";
        let found = listed(page);
        let shown: Vec<String> =
            found.iter().map(|profile| format!("{} {:?}", profile.name, profile.count)).collect();
        assert_eq!(shown, ["allocs Some(15)", "goroutine Some(4)", "profile Some(0)"]);
        assert!(listed("<html><body>hello</body></html>").is_empty());
        assert!(listed("<tr>href=").is_empty());
        assert!(listed("<tr>href='é").is_empty());
    }
}
