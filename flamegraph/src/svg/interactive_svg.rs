//! Makes inferno's picture of numbers a picture of functions.
//!
//! ```text
//! <g><title>17 (..)</title><rect … fill="rgb(…)" …/><text x=".." y="..">17</text></g>
//!           ▼ name (values)                ▼ color                        ▼ as much of the name as fits
//! ```
//!
//! The box and what inferno's script keeps in its attributes stay as they are. The script takes a box's name from its
//! title: all before the last opening parenthesis.

use std::borrow::Cow;
use std::io::{self, Write};

use goscope_parsers::printable;

use super::picture::{FONT_SIZE, FONT_WIDTH, MARGIN_PX, Picture, width_px};
use super::policy::policy;
use super::stacks::REST;
use crate::palette::{Rgb, text_on};

/// What a box shows.
pub(super) struct Look {
    pub(super) name: String,
    /// Values, without parentheses.
    pub(super) facts: String,
    pub(super) fill: Rgb,
}

/// Added to inferno's script.
const LABELS: &str = include_str!("labels.js");

/// Added to inferno's style sheet: the fonts that systems bring for code, and quieter controls.
pub(super) fn style(picture: &Picture<'_>) -> String {
    let theme = picture.options.theme;
    let (ground, text, quiet) = (theme.ground(), theme.text(), theme.quiet_text());
    format!(
        "
svg:root {{ background:{ground}; }}
text {{ font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,\"DejaVu Sans Mono\",\"Liberation Mono\",monospace; }}
#title {{ font-weight:600; }}
#subtitle {{ fill:{quiet}; }}
#search {{ opacity:0.75; }}
#frames {{ fill:{text}; }}
#frames text {{ pointer-events:none; }}
#frames rect {{ stroke:{ground}; stroke-width:0.5; }}
#frames > *:hover {{ stroke:none; }}
#frames > *:hover rect {{ stroke:{text}; stroke-width:1; }}
.parent {{ opacity:0.6; }}
"
    )
}

/// Writes inferno's picture with the looks of its numbers; the root is number `None`.
pub(super) fn write_dressed(
    bare: &str,
    picture: &Picture<'_>,
    look: impl Fn(Option<usize>) -> Option<Look>,
    out: &mut impl Write,
) -> io::Result<()> {
    let (head, frames) = split(bare, "<svg id=\"frames\"")?;
    let (style_sheet, rest) = split(head, "</style>")?;
    let (script, rest) = split(rest, "</script>")?;
    if picture.options.is_interactive {
        let script = format!("{script}<![CDATA[{LABELS}]]>");
        let (_, text) = split(&script, ">")?;
        write!(out, "{style_sheet}{}</style>{}", style(picture), policy(Some(text)))?;
        write!(out, "{script}</script>{rest}<svg id=\"frames\"")?;
    } else {
        let (_, element) = split(style_sheet, "<svg ")?;
        let element = element.replace("onload=\"init(evt)\" ", "");
        let (before_script, _) = split(script, "<script")?;
        let no_controls = "#search, #unzoom, #matched, #details { display:none; }\n";
        write!(out, "<svg {element}{}{no_controls}</style>", style(picture))?;
        write!(out, "{before_script}{rest}<svg id=\"frames\"")?;
    }
    let (attributes, mut groups) = split(frames, ">")?;
    writeln!(out, "{attributes}>")?;
    while let Some(group) = groups.strip_prefix("<g>") {
        let (group, after) = split(group, "</g>")?;
        write_group(group, picture, &look, out)?;
        groups = after;
    }
    write!(out, "{groups}")
}

fn write_group(
    group: &str,
    picture: &Picture<'_>,
    look: &impl Fn(Option<usize>) -> Option<Look>,
    out: &mut impl Write,
) -> io::Result<()> {
    let (title, rest) = split(group, "</title>")?;
    let (number, _) = split(title.trim_start_matches("<title>"), " ")?;
    if number == REST {
        return Ok(());
    }
    let number =
        if number == "all" { None } else { Some(number.parse().ok().ok_or_else(|| unknown_form(number))?) };
    let Look { name, facts, fill } = look(number).ok_or_else(|| unknown_form(title))?;
    let (box_start, rest) = split(rest, "fill=\"")?;
    let (_, rest) = split(rest, "\"")?;
    let (box_end, text) = split(rest, "<text")?;
    let (text_attributes, _) = split(text, ">")?;
    let name = shown_text(&name);
    let label = fitting_label(&name, box_width_px(box_start, picture)?);
    let text_fill = text_on(fill);
    let text_fill = if text_fill == picture.options.theme.text() {
        String::new()
    } else {
        format!(" fill=\"{text_fill}\"")
    };
    writeln!(
        out,
        "<g><title>{} ({facts})</title>{box_start}fill=\"{fill}\"{box_end}<text{text_attributes}{text_fill}>{}</text></g>",
        escaped(&name),
        escaped(&label),
    )
}

/// Width of a box before any script runs.
fn box_width_px(rect: &str, picture: &Picture<'_>) -> io::Result<f64> {
    let (_, width) = split(rect, " width=\"")?;
    let (percent, _) = split(width, "%")?;
    let percent: f64 = percent.parse().ok().ok_or_else(|| unknown_form(rect))?;
    Ok(percent / 100.0 * f64::from(width_px(picture.options) - 2 * MARGIN_PX))
}

/// As much of a Go name as fits: all of it, without directories, without package, the method alone, its start.
/// `labels.js` has the same rule, so that nothing jumps when the script takes over.
pub(super) fn fitting_label(name: &str, width_px: f64) -> Cow<'_, str> {
    let room = ((width_px - 6.0) / (FONT_SIZE as f64 * FONT_WIDTH)).max(0.0) as usize;
    let path_end = name.find(['[', '(', '<', '{', ' ']).unwrap_or(name.len());
    let short = &name[name[..path_end].rfind('/').map_or(0, |slash| slash + 1)..];
    let within = short.split_once('.').map_or(short, |(_, within)| within);
    let method = within.rsplit_once(").").map_or(within, |(_, method)| method);
    let is_fitting = |candidate: &&str| candidate.chars().count() <= room;
    if let Some(label) = [name, short, within, method].into_iter().find(is_fitting) {
        return Cow::Borrowed(label);
    }
    if room < 3 {
        return Cow::Borrowed("");
    }
    Cow::Owned(method.chars().take(room - 1).chain(['…']).collect())
}

/// A picture with the title that says that there is nothing to draw.
pub(super) fn write_empty(picture: &Picture<'_>, mut out: impl Write) -> io::Result<()> {
    let options = picture.options;
    if options.is_interactive {
        writeln!(out, "<?xml version=\"1.0\" standalone=\"no\"?>")?;
    }
    write_head(picture, 10 * FONT_SIZE, &mut out)?;
    let nothing = "Nothing to draw: there are no samples with a value.";
    write_line(7, FONT_SIZE, options.theme.text(), nothing, &mut out)?;
    writeln!(out, "</svg>")?;
    out.flush()
}

/// The beginning of a picture that is drawn without inferno: its ground, its title, and the line under it.
pub(super) fn write_head(picture: &Picture<'_>, height: usize, out: &mut impl Write) -> io::Result<()> {
    let options = picture.options;
    let (width, theme) = (width_px(options), options.theme);
    writeln!(
        out,
        "<svg version=\"1.1\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" xmlns=\"http://www.w3.org/2000/svg\">"
    )?;
    writeln!(out, "<style>{}</style>", style(picture))?;
    // In a page it is the page that has one.
    if options.is_interactive {
        writeln!(out, "{}", policy(None))?;
    }
    writeln!(out, "<rect width=\"100%\" height=\"100%\" fill=\"{}\"/>", theme.ground())?;
    write_line(2, FONT_SIZE + 5, theme.text(), &options.title, out)?;
    write_line(4, FONT_SIZE, theme.quiet_text(), &picture.subtitle(), out)
}

/// A line of text in the middle, so many lines below the top.
fn write_line(lines: usize, size: usize, fill: Rgb, text: &str, out: &mut impl Write) -> io::Result<()> {
    let (y, text) = (lines * FONT_SIZE, shown_text(text));
    let text = escaped(&text);
    writeln!(
        out,
        "<text x=\"50%\" y=\"{y}\" text-anchor=\"middle\" font-size=\"{size}\" fill=\"{fill}\">{text}</text>"
    )
}

/// The text with what XML cannot hold, or a browser would obey, escaped or replaced.
pub(super) fn shown_text(text: &str) -> String {
    printable(text).replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}")
}

pub(super) fn escaped(text: &str) -> Cow<'_, str> {
    if !text.contains(['&', '<', '>']) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;"))
}

fn split<'a>(text: &'a str, mark: &str) -> io::Result<(&'a str, &'a str)> {
    text.split_once(mark).ok_or_else(|| unknown_form(mark))
}

/// Only another version of inferno can cause it.
fn unknown_form(what: &str) -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        format!("the SVG writer met an unknown form of picture at `{what}`"),
    )
}
