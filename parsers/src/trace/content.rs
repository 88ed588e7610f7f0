//! The bytes of a trace out of a file that may be compressed, possibly cut off in the middle.
//!
//! Of a damaged gzip or zstd file the sound part is read like a trace that was cut off; what was lost is one more
//! [`Problem`] of its reader. (A *profile* in such a file is refused, as pprof does: it has no sound part.) Whether
//! there is a trace at all the first bytes decide, and no more is inflated than can be read: see [`Extent`].

use std::borrow::Cow;
use std::ops::Deref;

use super::extent::Extent;
use super::options::TraceOptions;
use super::problem::{Fault, Problem};
use super::reader::TraceReader;
use crate::inflate::inflate_sound_part;
use crate::{FileBytes, ParseError, Progress};

/// The content of a file that holds a trace. Of a plain file, it stays where it is mapped.
///
/// ```no_run
/// use goscope_parsers::FileBytes;
/// use goscope_parsers::trace::{TraceContent, TraceOptions};
///
/// let file = FileBytes::open("trace.out.gz")?;
/// let content = TraceContent::new(&file, 8 << 30, None)?;
/// let mut reader = content.reader(&TraceOptions::default())?;
/// while let Some(chunk) = reader.next_chunk() {
///     println!("{} events", chunk.events.len());
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct TraceContent<'a> {
    bytes: Cow<'a, [u8]>,
    /// What the bytes are mapped from, if they are.
    file: Option<&'a FileBytes>,
    /// Why there are not more bytes.
    cut: Option<Problem>,
}

impl<'a> TraceContent<'a> {
    /// Inflates the file if it is compressed. `progress` is only asked whether to stop.
    ///
    /// # Errors
    /// [`ParseError::Inflate`] if nothing can be inflated, [`ParseError::InflateLimit`] past `max_inflated_bytes`,
    /// [`ParseError::Cancelled`]; as [`TraceReader::new`] if a compressed file does not begin as a trace does.
    pub fn new(
        file: &'a FileBytes,
        max_inflated_bytes: u64,
        progress: Option<&Progress>,
    ) -> Result<Self, ParseError> {
        Ok(Self { file: Some(file), ..Self::from_bytes(file, max_inflated_bytes, progress)? })
    }

    /// As [`new`](Self::new), of a file that is in memory.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn from_bytes(
        bytes: &'a [u8],
        max_inflated_bytes: u64,
        progress: Option<&Progress>,
    ) -> Result<Self, ParseError> {
        let mut extent = Extent::default();
        let wants_more = |content: &[u8]| extent.wants_more(content);
        let Some(part) = inflate_sound_part(bytes, max_inflated_bytes, progress, wants_more)? else {
            return Ok(Self { bytes: Cow::Borrowed(bytes), file: None, cut: None });
        };
        let cut =
            |what: String, lost_bytes| Fault::malformed(part.content.len(), what).into_problem(0, lost_bytes);
        let cut = match (part.damage, extent.broken_at()) {
            (Some((damage, unused_bytes)), _) => Some(cut(damage.to_string(), unused_bytes)),
            (None, Some(at)) if part.unwanted_bytes > 0 => {
                let what = format!("the trace breaks off at byte {at}; what follows was not inflated");
                Some(cut(what, part.unwanted_bytes))
            }
            (None, _) => None,
        };
        Ok(Self { bytes: Cow::Owned(part.content), file: None, cut })
    }

    /// Begins to read the trace. Parts of a mapped file that have been read are given back to the system; damage of
    /// the compressed layer is the first of the reader's problems.
    ///
    /// # Errors
    /// As [`TraceReader::new`], and [`ParseError::Cancelled`].
    pub fn reader(&'a self, options: &TraceOptions<'a>) -> Result<TraceReader<'a>, ParseError> {
        let release = match &self.bytes {
            Cow::Borrowed(_) => self.file,
            Cow::Owned(_) => None,
        };
        let mut reader = TraceReader::with_options(&self.bytes, &TraceOptions { release, ..*options })?;
        reader.add_problem(self.cut.clone());
        Ok(reader)
    }

    /// Why the bytes are not all that there were: the compressed layer is damaged behind them.
    pub fn cut(&self) -> Option<&Problem> {
        self.cut.as_ref()
    }
}

impl Deref for TraceContent<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}
