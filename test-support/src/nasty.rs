//! Names that programs, files and people may have, each made to break out of one kind of output.

/// What a line that a name begins would begin with: none may.
pub const INJECTED: &str = "INJECTED";

/// All of them. No two are equal, and none is empty.
pub const NASTY: &[&str] = &[
    // HTML and SVG: elements, ends of elements, attributes, comments, entities, addresses that are programs.
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "</title></style></script></svg></pre></td><b>INJECTED</b>",
    "\" onmouseover=\"alert(1)",
    "' onmouseover='alert(1)",
    "]]><script>alert(1)</script>",
    "<![CDATA[x]]>",
    "--><script>alert(1)</script><!--",
    "<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>",
    "<?xml version=\"1.0\"?>",
    "&lt;b&gt;&amp;&#x3c;&bogus;&",
    "javascript:alert(1)",
    // A terminal: colors, titles, links, the clipboard; one-byte controls; what rewrites a line.
    "\x1b[31mred\x1b[0m",
    "\x1b]0;title\x07",
    "\x1b]8;;http://evil.example\x1b\\link\x1b]8;;\x1b\\",
    "\x1b]52;c;ZXZpbA==\x07",
    "\u{9b}31mred\u{9d}0;title\u{9c}",
    "safe\rINJECTED",
    "back\x08\x08\x08\x08space",
    "nul\0del\x7fbell\x07tab\tvt\x0bff\x0c",
    "first\nINJECTED second line",
    "first\r\nINJECTED\r\n\r\nthird",
    "next\u{85}INJECTED line\u{2028}paragraph\u{2029}INJECTED",
    // The direction of writing, letters that nothing draws, code points that are none.
    "user\u{202e}gnp.exe\u{202c}",
    "a\u{2066}b\u{2067}c\u{2068}d\u{2069}e\u{200e}f\u{200f}g\u{61c}h\u{202a}i\u{202d}",
    "\u{feff}mark\u{fff9}note\u{fffb}\u{e0041}tag",
    "none\u{fffe}such\u{ffff}",
    // Spreadsheets: formulas, in their own cell and out of a quoted one.
    "=HYPERLINK(\"http://evil.example\",\"x\")",
    "=cmd|' /C calc'!A0",
    "+1+cmd|' /C calc'!A0",
    "-1+cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "\t=1+1",
    "\r=1+1",
    "x\",\"=1+1",
    "a,b;c\"d\"",
    // Markdown: cells, code, links, pictures, headings, lists, mentions, raw HTML.
    "a | b | c",
    "| --- | --- |",
    "`code` ``two`` ```three```",
    "```\nINJECTED after a fence\n```",
    "[x](javascript:alert(1))",
    "![x](http://evil.example/x.png)",
    "[x]: http://evil.example",
    "<http://evil.example>",
    "http://evil.example/a",
    "www.evil.example",
    "someone@evil.example",
    "@everyone and #1",
    "# heading",
    "- item",
    "1. item",
    "> quote",
    "**bold** _it_ ~~gone~~",
    "ends with \\",
    "\\| \\` \\<b>",
    "</details><h1>INJECTED</h1>",
    // Shells and command lines.
    "$(touch INJECTED)",
    "`touch INJECTED`",
    "; touch INJECTED;",
    "&& touch INJECTED || true",
    "'; touch INJECTED; '",
    "\"; touch INJECTED; \"",
    "> INJECTED",
    "$HOME ~ * ? [a-z] {a,b} !! \\",
    "~root",
    "=ls",
    "--output=INJECTED",
    "-oINJECTED",
    "+!touch INJECTED",
    "%n%s%x%1$s",
    "{{7*7}} ${7*7}",
    // Formats in which profiles are written: Graphviz, callgrind, folded stacks, lcov, go test.
    "\"]; INJECTED [label=\"",
    "\\N\\G\\l\\r\\L",
    "fn=(1) INJECTED\ncalls=1 1\n1 1000000",
    "a;b 12",
    "ends with a number 99",
    "end_of_record\nSF:INJECTED\nDA:1,1",
    "--- FAIL: TestINJECTED (0.00s)\nFAIL",
    "../../../etc/passwd",
    "(regexp[that{does*not+compile",
    // A person's own language is no attack: it is shown as it is.
    "größe 世界 👩‍👧 שלום",
];

/// Those that fit on a line, for inputs whose form is lines.
pub fn on_a_line() -> impl Iterator<Item = &'static str> {
    NASTY.iter().copied().filter(|name| !name.contains(['\n', '\r']))
}

#[test]
fn no_name_is_there_twice() {
    let mut sorted = NASTY.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    assert_eq!(sorted.len(), NASTY.len());
    assert!(NASTY.iter().all(|name| !name.is_empty()));
}
