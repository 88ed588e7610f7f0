//! `-weblist`: the listing of `-list` as a web page of its own, which needs nothing from elsewhere.

use std::io::{self, Write};

const HEAD: &str = "\
<!DOCTYPE html>
<html lang=\"en\">
<head>
<meta charset=\"utf-8\">
<meta name=\"viewport\" content=\"width=device-width\">
<style>
:root { color-scheme: light dark; font-family: system-ui, sans-serif; }
pre { font: 13px/1.5 ui-monospace, monospace; tab-size: 4; margin: 0 0 1.5em; overflow-x: auto; }
pre b { background: color-mix(in srgb, orange 25%, transparent); font-weight: inherit; }
summary { font-weight: 600; cursor: pointer; margin: 0.5em 0; }
</style>
";

/// Writes the page: one foldable section a function, lines with a value marked.
pub(super) fn write_page(pattern: &str, listing: &str, out: &mut dyn Write) -> io::Result<()> {
    write!(out, "{HEAD}<title>{}</title>\n</head>\n<body>\n", escaped(pattern))?;
    let mut is_open = false;
    for line in listing.lines() {
        if let Some(title) = line.strip_prefix("ROUTINE ======================== ") {
            let end = if is_open { "</pre></details>\n" } else { "" };
            write!(out, "{end}<details open><summary>{}</summary><pre>", escaped(title))?;
            is_open = true;
        } else if !is_open {
            writeln!(out, "<p>{}</p>", escaped(line))?;
        } else if has_value(line) {
            writeln!(out, "<b>{}</b>", escaped(line))?;
        } else {
            writeln!(out, "{}", escaped(line))?;
        }
    }
    let end = if is_open { "</pre></details>\n" } else { "" };
    write!(out, "{end}</body>\n</html>\n")
}

/// Whether flat or cum of a line is something: nothing is a dot.
fn has_value(line: &str) -> bool {
    let mut words = line.split_whitespace();
    let values = [words.next(), words.next()];
    !line.contains("(flat, cum)")
        && values.iter().flatten().any(|word| word.starts_with(|c: char| c.is_ascii_digit() || c == '-'))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::write_page;

    #[test]
    fn text_of_the_source_stays_text() {
        let listing = "Total: 1s\nROUTINE ======================== main.f in a.go\n  1s 1s (flat, cum) 100% of Total\n         .         1s      3:if a<b && c {\n         .          .      4:}\n";
        let mut page = Vec::new();
        write_page("f\"<script>", listing, &mut page).expect("writing to memory");
        let page = String::from_utf8(page).expect("text");
        assert!(!page.contains("<script>"));
        let body = page.split("<body>").nth(1).expect("a body");
        insta::assert_snapshot!(body.trim(), @r#"
        <p>Total: 1s</p>
        <details open><summary>main.f in a.go</summary><pre>  1s 1s (flat, cum) 100% of Total
        <b>         .         1s      3:if a&lt;b &amp;&amp; c {</b>
                 .          .      4:}
        </pre></details>
        </body>
        </html>
        "#);
    }
}
