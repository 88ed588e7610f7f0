//! A profile to speedscope's JSON: a profile for each sample type, in their order.
//!
//! Frames are functions, with the line where each starts: speedscope tells frames apart by their lines too, and one function
//! would be many. Equal stacks are one sample, in the order of its left-heavy view.

use std::io::{self, Write};

use super::json_out::{put_each, put_list, put_text};
use super::merged_stacks::{FrameIdentity, MergedFrame, MergedStacks};
use crate::pprof::{Profile, ValueType};

/// Where speedscope says what its files hold.
const SCHEMA: &str = "https://www.speedscope.app/file-format-schema.json";

/// Writes a profile for speedscope. Numbers above 2^53 lose digits when it reads them.
///
/// # Errors
/// Those of `out`.
pub fn write_speedscope(profile: &Profile, out: &mut dyn Write) -> io::Result<()> {
    let stacks = MergedStacks::of(profile, FrameIdentity::Function);
    write!(
        out,
        "{{\"$schema\":\"{SCHEMA}\",\"exporter\":\"goscope\",\"activeProfileIndex\":{}",
        default(profile)
    )?;
    out.write_all(b",\"shared\":{\"frames\":")?;
    put_each(stacks.frames.iter(), out, put_frame)?;
    out.write_all(b"},\n\"profiles\":")?;
    put_each(profile.sample_types.iter().enumerate(), out, |(column, &sample_type), out| {
        put_profile(profile, &stacks, column, sample_type, out)
    })?;
    out.write_all(b"}\n")
}

/// The column that is shown first.
fn default(profile: &Profile) -> usize {
    let wanted = profile.text(profile.default_sample_type);
    let types = &profile.sample_types;
    let default = types.iter().position(|row| !wanted.is_empty() && profile.text(row.kind) == wanted);
    default.unwrap_or(types.len().saturating_sub(1))
}

fn put_frame(frame: &MergedFrame, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(b"{\"name\":")?;
    put_text(&frame.name, out)?;
    if !frame.file.is_empty() {
        out.write_all(b",\"file\":")?;
        put_text(&frame.file, out)?;
    }
    if frame.start_line > 0 {
        write!(out, ",\"line\":{}", frame.start_line)?;
    }
    out.write_all(b"}")
}

/// A unit as speedscope knows it: everything that is neither time nor bytes is a count.
fn unit(name: &str) -> &str {
    match name {
        "nanoseconds" | "microseconds" | "milliseconds" | "seconds" | "bytes" => name,
        _ => "none",
    }
}

fn put_profile(
    profile: &Profile,
    stacks: &MergedStacks,
    column: usize,
    sample_type: ValueType,
    out: &mut dyn Write,
) -> io::Result<()> {
    let nodes: Vec<u32> =
        stacks.left_heavy(column).into_iter().filter(|&node| stacks.value(node, column) != 0).collect();
    let rootless = Some(stacks.rootless(column)).filter(|&value| value != 0);
    let values = || rootless.into_iter().chain(nodes.iter().map(|&node| stacks.value(node, column)));
    let end: i128 = values().map(|value| i128::from(value.unsigned_abs())).sum();
    out.write_all(b"\n{\"type\":\"sampled\",\"name\":")?;
    put_text(&profile.text(sample_type.kind), out)?;
    let unit_name = profile.text(sample_type.unit);
    write!(out, ",\"unit\":\"{}\",\"startValue\":0,\"endValue\":{end},\"samples\":", unit(&unit_name))?;
    let samples = rootless.map(|_| None).into_iter().chain(nodes.iter().map(|&node| Some(node)));
    let mut frames = Vec::new();
    put_each(samples, out, |node, out| {
        frames.clear();
        let mut next = node;
        while let Some(node) = next {
            let node = stacks.nodes[node as usize];
            frames.push(node.frame);
            next = node.parent;
        }
        put_list(frames.iter().rev(), out)
    })?;
    out.write_all(b",\"weights\":")?;
    put_list(values(), out)?;
    out.write_all(b"}")
}
