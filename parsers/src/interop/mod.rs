//! Profiles of other tools: each becomes the one [`Profile`](crate::pprof::Profile), and is written from it.
//!
//! ```text
//! OTLP  speedscope  Firefox  .cpuprofile  perf script ──► Assembly ──► Profile ──► OTLP  speedscope  Firefox
//! ```
//!
//! One file a format. What kind a file is, is told by its content; what a format cannot say is lost, and docs/formats.md lists
//! it. Perfetto is written only: it holds traces, and from no tool that goscope's users record with.

mod assembly;
mod content;
mod cpuprofile;
mod firefox;
mod firefox_writer;
mod json_out;
mod json_shape;
mod merged_stacks;
mod message;
mod number;
mod otlp;
mod perf_script;
mod perfetto;
mod speedscope;
mod speedscope_writer;

pub(crate) use content::Content;
pub(crate) use cpuprofile::parse_cpuprofile;
pub(crate) use firefox::parse_firefox;
pub use firefox_writer::{FrameCategory, write_firefox};
pub(crate) use json_shape::{JsonKind, json_kind};
pub use otlp::write_otlp;
pub(crate) use otlp::{has_otlp_shape, parse_otlp, parse_otlp_json};
pub(crate) use perf_script::{is_perf_head, parse_perf_script};
pub(crate) use perfetto::has_perfetto_shape;
pub use perfetto::{CounterUnit, PerfettoWriter, SampleFrame, TrackEvent, TrackId};
pub(crate) use speedscope::parse_speedscope;
pub use speedscope_writer::write_speedscope;
