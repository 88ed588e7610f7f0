//! Reads an output as its readers do and says what a name could do in it; nothing, if all is well.

use std::collections::BTreeSet;

use goscope_test_support::nasty::{INJECTED, NASTY};
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// Text on a terminal: nothing in it is obeyed, and no name begins a line.
pub(super) fn terminal(bytes: &[u8]) -> Vec<String> {
    let Ok(text) = std::str::from_utf8(bytes) else { return vec!["is no UTF-8".to_owned()] };
    let mut faults = controls(text);
    faults.extend(injected_lines(text));
    faults
}

/// Texts of several lines on a terminal: nothing in them is obeyed.
pub(super) fn lines_of_text(bytes: &[u8]) -> Vec<String> {
    std::str::from_utf8(bytes).map_or_else(|_| vec!["is no UTF-8".to_owned()], controls)
}

/// Characters that a terminal obeys, each once with where it is first.
fn controls(text: &str) -> Vec<String> {
    let is_obeyed = |char: char| match char {
        '\n' | '\t' => false,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => true,
        '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}' => true,
        char => char.is_control(),
    };
    let mut found = BTreeSet::new();
    let mut faults = Vec::new();
    for line in text.split('\n') {
        for char in line.chars().filter(|&char| is_obeyed(char)) {
            if found.insert(char) {
                faults.push(format!("{char:?} in {:?}", line.chars().take(100).collect::<String>()));
            }
        }
    }
    // One of them says it all.
    faults.truncate(2);
    faults
}

fn injected_lines(text: &str) -> Option<String> {
    let line = text.lines().find(|line| line.trim_start().starts_with(INJECTED))?;
    Some(format!("a name begins a line: {line:?}"))
}

/// JSON: one value, in which names are as they are, and which a terminal shows as text.
pub(super) fn json(bytes: &[u8]) -> Vec<String> {
    if let Err(error) = serde_json::from_slice::<serde_json::Value>(bytes) {
        return vec![format!("is no JSON: {error}")];
    }
    controls(&String::from_utf8_lossy(bytes))
}

/// XML: sound, and no element comes from a name.
pub(super) fn xml(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    let options = roxmltree::ParsingOptions { allow_dtd: true, ..Default::default() };
    let document = match roxmltree::Document::parse_with_options(&text, options) {
        Ok(document) => document,
        Err(error) => return vec![format!("is no XML: {error}")],
    };
    let mut faults = elements_and_attributes(&document);
    faults.extend(controls(&text));
    faults
}

/// Elements and attributes that goscope writes; those of a name are not among them, by their name or by their value.
fn elements_and_attributes(document: &roxmltree::Document<'_>) -> Vec<String> {
    const FORBIDDEN: [&str; 9] =
        ["img", "b", "h1", "foreignObject", "iframe", "image", "use", "object", "embed"];
    let mut faults = Vec::new();
    for node in document.descendants().filter(roxmltree::Node::is_element) {
        let name = node.tag_name().name();
        if FORBIDDEN.contains(&name) {
            faults.push(format!("there is an element <{name}>"));
        }
        for attribute in node.attributes() {
            let (key, value) = (attribute.name(), attribute.value());
            if key.starts_with("on") && !(name == "svg" && key == "onload" && value == "init(evt)") {
                faults.push(format!("<{name}> has {key}={value:?}"));
            }
            if key == "href" || key == "src" {
                faults.push(format!("<{name}> has {key}={value:?}"));
            }
        }
    }
    let scripts = document.descendants().filter(|node| node.tag_name().name() == "script");
    faults.extend(
        scripts.filter_map(|node| node.text()).filter(|text| text.contains("alert(1)")).map(str::to_owned),
    );
    faults
}

/// An SVG picture: sound, its names are text, and its script is goscope's.
pub(super) fn svg(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    let options = roxmltree::ParsingOptions { allow_dtd: true, ..Default::default() };
    let document = match roxmltree::Document::parse_with_options(&text, options) {
        Ok(document) => document,
        Err(error) => return vec![format!("is no SVG: {error}")],
    };
    let mut faults = elements_and_attributes(&document);
    faults.extend(controls(&text));
    let is_frame = |node: &roxmltree::Node<'_, '_>| node.tag_name().name() == "title";
    let titles: String = document.descendants().filter(is_frame).filter_map(|node| node.text()).collect();
    if !NASTY.iter().any(|name| titles.contains(name)) {
        faults.push("no frame has a nasty name".to_owned());
    }
    faults
}

/// A page: every element and every attribute is one of goscope's own, with a value of goscope's own.
pub(super) fn html(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    let mut faults = controls(&text);
    // What the browser has seen when the first name comes.
    let policy = text.find("Content-Security-Policy").unwrap_or(usize::MAX);
    if policy > text.find("<title>").unwrap_or(0) {
        faults.push("the page has no policy before its first name".to_owned());
    }
    let mut rest = &*text;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        let Some(end) = rest.find('>') else { return vec!["an element does not end".to_owned()] };
        let (tag, after) = (&rest[..end], &rest[end + 1..]);
        faults.extend(tag_fault(tag));
        rest = after;
        // Style is no markup; the parser of the browser leaves it at its end.
        if tag == "style" {
            rest = rest.find("</style>").map_or("", |at| &rest[at..]);
        }
    }
    faults.truncate(5);
    faults
}

fn tag_fault(tag: &str) -> Option<String> {
    // inferno's own remarks.
    if tag.starts_with("!--Flame graph stack visualization.") || tag == "!--NOTES: drawn by goscope--" {
        return None;
    }
    const ELEMENTS: &str = " !DOCTYPE html head meta title style body h1 h2 p ul ol li nav a section header small div details \
         summary span i u b s table thead tbody tr th td caption figure svg g rect text meter path line polygon defs linearGradient stop ";
    const ATTRIBUTES: &str = " lang charset http-equiv content name class style id href max value open html width height \
         viewBox xmlns xmlns:xlink xmlns:fg version x y fill font-size text-anchor opacity rx ry total_samples transform fg:x fg:w d points id y1 y2 x1 x2 stop-color offset type ";
    let fault = || Some(format!("there is <{tag}>"));
    let tag_body = tag.trim_start_matches('/').trim_end_matches('/');
    let (element, attributes) = tag_body.split_once(' ').unwrap_or((tag_body, ""));
    if !ELEMENTS.contains(&format!(" {element} ")) {
        return fault();
    }
    let mut rest = attributes.trim();
    while !rest.is_empty() {
        let key_end = rest.find(['=', ' ']).unwrap_or(rest.len());
        let key = &rest[..key_end];
        if !ATTRIBUTES.contains(&format!(" {key} ")) {
            return fault();
        }
        rest = &rest[key_end..];
        if let Some(value) = rest.strip_prefix("=\"") {
            let Some((value, after)) = value.split_once('"') else { return fault() };
            let is_away = key == "href" && !value.starts_with("#f");
            if is_away || value.contains("alert") || value.contains("evil") {
                return fault();
            }
            rest = after;
        }
        rest = rest.trim_start();
    }
    None
}

/// Markdown: tables keep their cells, and there is no link, no picture, no markup but goscope's.
pub(super) fn markdown(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    let mut faults = controls(&text);
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_FOOTNOTES;
    let (mut is_code, mut plain) = (false, String::new());
    for event in Parser::new_ext(&text, options) {
        match event {
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                faults.push(format!("there is a link to {dest_url:?}"));
            }
            Event::Start(Tag::CodeBlock(_)) => is_code = true,
            Event::End(TagEnd::CodeBlock) => is_code = false,
            Event::Start(Tag::Heading { .. } | Tag::BlockQuote(_) | Tag::Strong | Tag::Emphasis) => {}
            Event::Html(html) | Event::InlineHtml(html) => {
                faults.extend(raw_html(&html));
                plain.push('\u{fffc}');
            }
            Event::Text(text) if !is_code => plain.push_str(&text),
            Event::Code(_) => plain.push('\u{fffc}'),
            Event::End(_) | Event::SoftBreak | Event::HardBreak => plain.push('\n'),
            _ => {}
        }
    }
    // What GitHub makes links of by itself, outside of code.
    for address in ["http://evil", "www.evil", "@everyone", "someone@evil", " #1"] {
        if plain.contains(address) {
            let at = plain.lines().find(|line| line.contains(address)).unwrap_or_default();
            faults.push(format!("{address} becomes a link in {at:?}"));
        }
    }
    faults.extend(table_faults(&text));
    faults.truncate(5);
    faults
}

fn raw_html(html: &str) -> Option<String> {
    let own = [
        "<details>",
        "</details>",
        "<summary>",
        "</summary>",
        "<!-- -->",
        "<br>",
        "<sub>",
        "</sub>",
        "<code>",
        "</code>",
    ];
    let mut rest = html.trim().to_owned();
    own.iter().for_each(|tag| rest = rest.replace(tag, ""));
    rest.contains('<').then(|| format!("raw HTML: {html:?}"))
}

/// All rows of a table have as many bars that no backslash escapes as its first one.
fn table_faults(text: &str) -> Option<String> {
    let mut columns = None;
    let mut fence: Option<usize> = None;
    for line in text.lines() {
        let n_quotes = line.chars().take_while(|&letter| letter == '`').count();
        if n_quotes >= 3 && fence.is_none_or(|open| n_quotes >= open) {
            fence = if fence.is_none() { Some(n_quotes) } else { None };
        }
        if fence.is_some() || !line.starts_with('|') {
            columns = None;
            continue;
        }
        let (mut n_bars, mut is_escaped) = (0, false);
        for letter in line.chars() {
            n_bars += usize::from(letter == '|' && !is_escaped);
            is_escaped = letter == '\\' && !is_escaped;
        }
        if *columns.get_or_insert(n_bars) != n_bars {
            return Some(format!("a row of a table has other cells than its titles: {line:?}"));
        }
    }
    None
}

/// CSV: every record has as many fields as the titles, and no cell is a formula.
pub(super) fn csv(bytes: &[u8]) -> Vec<String> {
    let mut faults = Vec::new();
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes);
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => return vec![format!("is no CSV: {error}")],
        };
        for cell in &record {
            let is_number = cell.trim_end_matches('%').parse::<f64>().is_ok();
            // What spreadsheets take for a formula.
            if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) && !is_number {
                faults.push(format!("a cell is a formula: {cell:?}"));
            }
        }
    }
    faults.extend(controls(&String::from_utf8_lossy(bytes).replace("\r\n", "\n")));
    faults.truncate(3);
    faults
}

/// Graphviz: outside of quoted strings, there is nothing of a name.
pub(super) fn dot(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    let (mut outside, mut is_quoted, mut is_escaped) = (String::new(), false, false);
    for letter in text.chars() {
        match letter {
            '"' if !is_escaped => is_quoted = !is_quoted,
            letter if !is_quoted => outside.push(letter),
            _ => {}
        }
        is_escaped = is_quoted && letter == '\\' && !is_escaped;
    }
    let mut faults = controls(&text);
    if is_quoted || outside.contains(INJECTED) || outside.contains("alert") {
        faults.push("a name leaves its quotes".to_owned());
    }
    faults
}

/// Lines for another program: no name begins one.
pub(super) fn lines(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    let begun = ["SF:INJECTED", "end_of_record\n", "calls=1 1\n1 1000000"];
    let mut faults = controls(&text);
    faults.extend(injected_lines(&text));
    if let Some(line) =
        text.lines().find(|line| line.starts_with(begun[0]) || line.starts_with("calls=1 1000"))
    {
        faults.push(format!("a name begins a line: {line:?}"));
    }
    faults
}
