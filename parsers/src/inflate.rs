//! The compressed layer around a file: gzip or zstd, opened once, in chunks, never past a limit.
//!
//! A second layer inside the first is not opened, as in pprof. [`crate::chunks`] decides which thread inflates.

use std::borrow::Cow;
use std::io::Read as _;

use flate2::bufread::MultiGzDecoder;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use crate::error::ParseError;
use crate::progress::Progress;

/// How the bytes of a file are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    None,
    /// RFC 1952, one or more members.
    Gzip,
    /// RFC 8878, one or more frames.
    Zstd,
}

impl Compression {
    /// What the first bytes say.
    pub fn of(bytes: &[u8]) -> Self {
        match bytes {
            [0x1f, 0x8b, ..] => Self::Gzip,
            // Skippable frames (0x184D2A5?) may come before the first frame with data.
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Self::Zstd,
            _ => Self::None,
        }
    }

    /// The name as people write it: `gzip`, `zstd`, or nothing.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }
}

/// The content of `bytes`: inflated if they are compressed, themselves if not.
///
/// # Errors
/// [`ParseError::Inflate`] for damaged data, [`ParseError::InflateLimit`] past `max_inflated_bytes`.
pub fn inflate_all(bytes: &[u8], max_inflated_bytes: u64) -> Result<Cow<'_, [u8]>, ParseError> {
    let Some(mut inflater) = Inflater::new(bytes, max_inflated_bytes) else {
        return Ok(Cow::Borrowed(bytes));
    };
    let mut content = Vec::new();
    let mut chunk = vec![0; 64 << 10];
    loop {
        match inflater.fill(&mut chunk)? {
            0 => return Ok(Cow::Owned(content)),
            filled => content.extend_from_slice(chunk.get(..filled).unwrap_or(&[])),
        }
    }
}

/// What could be inflated of compressed bytes, and what stopped it.
#[derive(Debug)]
pub(crate) struct SoundPart {
    pub(crate) content: Vec<u8>,
    /// The damage, and how many bytes of the file were not used because of it.
    pub(crate) damage: Option<(ParseError, u64)>,
    /// Bytes of the file that nobody wanted to have inflated.
    pub(crate) unwanted_bytes: u64,
}

/// Inflates as far as the data is sound and `wants_more`, which sees all that came out so far; `None` if `bytes` are
/// not compressed.
///
/// # Errors
/// [`ParseError::Inflate`] if nothing comes out, [`ParseError::InflateLimit`] past `max_inflated_bytes`,
/// [`ParseError::Cancelled`] if `progress` says so; what `wants_more` says.
pub(crate) fn inflate_sound_part(
    bytes: &[u8],
    max_inflated_bytes: u64,
    progress: Option<&Progress>,
    mut wants_more: impl FnMut(&[u8]) -> Result<bool, ParseError>,
) -> Result<Option<SoundPart>, ParseError> {
    let Some(mut inflater) = Inflater::new(bytes, max_inflated_bytes) else { return Ok(None) };
    let mut content = Vec::new();
    let mut chunk = vec![0; 64 << 10];
    loop {
        match inflater.read(&mut chunk) {
            Ok(0) => return Ok(Some(SoundPart { content, damage: None, unwanted_bytes: 0 })),
            Ok(read) => content.extend_from_slice(chunk.get(..read).unwrap_or(&[])),
            Err(damage @ ParseError::Inflate { .. }) if !content.is_empty() => {
                let unused_bytes = bytes.len() as u64 - inflater.consumed_bytes();
                return Ok(Some(SoundPart {
                    content,
                    damage: Some((damage, unused_bytes)),
                    unwanted_bytes: 0,
                }));
            }
            Err(error) => return Err(error),
        }
        if progress.is_some_and(Progress::is_cancelled) {
            return Err(ParseError::Cancelled);
        }
        if !wants_more(&content)? {
            let unwanted_bytes = bytes.len() as u64 - inflater.consumed_bytes();
            return Ok(Some(SoundPart { content, damage: None, unwanted_bytes }));
        }
    }
}

/// As much of the content of `bytes` as is sound, and what is wrong with the rest; `bytes` themselves if they are not
/// compressed.
///
/// # Errors
/// [`ParseError::Inflate`] if nothing comes out, [`ParseError::InflateLimit`] past `max_inflated_bytes`.
pub fn inflate_sound(
    bytes: &[u8],
    max_inflated_bytes: u64,
) -> Result<(Cow<'_, [u8]>, Option<ParseError>), ParseError> {
    let part = inflate_sound_part(bytes, max_inflated_bytes, None, |_| Ok(true))?;
    Ok(part.map_or((Cow::Borrowed(bytes), None), |part| {
        (Cow::Owned(part.content), part.damage.map(|(damage, _)| damage))
    }))
}

/// The first bytes of the content, at most `max_bytes`: what comes out before any damage.
///
/// # Errors
/// [`ParseError::Inflate`] if nothing comes out.
pub fn inflate_prefix(bytes: &[u8], max_bytes: usize) -> Result<Cow<'_, [u8]>, ParseError> {
    let Some(mut inflater) = Inflater::new(bytes, u64::MAX) else {
        return Ok(Cow::Borrowed(bytes.get(..max_bytes).unwrap_or(bytes)));
    };
    let mut prefix = vec![0; max_bytes];
    let mut len = 0;
    while let Some(room) = prefix.get_mut(len..).filter(|room| !room.is_empty()) {
        match inflater.read(room) {
            Ok(0) => break,
            Ok(read) => len += read,
            Err(error) if len == 0 => return Err(error),
            Err(_) => break,
        }
    }
    prefix.truncate(len);
    Ok(Cow::Owned(prefix))
}

/// Inflates a compressed file piece by piece.
pub(crate) struct Inflater<'a> {
    decoder: Decoder<'a>,
    file_bytes: u64,
    inflated_bytes: u64,
    max_inflated_bytes: u64,
}

enum Decoder<'a> {
    Gzip(Box<MultiGzDecoder<&'a [u8]>>),
    Zstd(Box<ZstdFrames<'a>>),
}

impl<'a> Inflater<'a> {
    /// `None` if the bytes are not compressed.
    pub(crate) fn new(bytes: &'a [u8], max_inflated_bytes: u64) -> Option<Self> {
        let decoder = match Compression::of(bytes) {
            Compression::None => return None,
            Compression::Gzip => Decoder::Gzip(Box::new(MultiGzDecoder::new(bytes))),
            Compression::Zstd => Decoder::Zstd(Box::new(ZstdFrames::new(bytes))),
        };
        Some(Self { decoder, file_bytes: bytes.len() as u64, inflated_bytes: 0, max_inflated_bytes })
    }

    /// Bytes of the compressed file that were used up so far.
    pub(crate) fn consumed_bytes(&self) -> u64 {
        let left = match &self.decoder {
            Decoder::Gzip(decoder) => decoder.get_ref().len(),
            Decoder::Zstd(frames) => frames.rest.len(),
        };
        self.file_bytes - left as u64
    }

    /// Fills `chunk` as far as the data goes and returns how far; 0 at the end.
    pub(crate) fn fill(&mut self, chunk: &mut [u8]) -> Result<usize, ParseError> {
        let mut filled = 0;
        while let Some(room) = chunk.get_mut(filled..).filter(|room| !room.is_empty()) {
            match self.read(room)? {
                0 => break,
                read => filled += read,
            }
        }
        Ok(filled)
    }

    fn read(&mut self, room: &mut [u8]) -> Result<usize, ParseError> {
        let read = match &mut self.decoder {
            Decoder::Gzip(decoder) => decoder.read(room).map_err(|error| error.to_string()),
            Decoder::Zstd(frames) => frames.read(room),
        };
        let read = read.map_err(|reason| ParseError::Inflate {
            format: self.format(),
            inflated_bytes: self.inflated_bytes,
            reason,
        })?;
        self.inflated_bytes += read as u64;
        if self.inflated_bytes > self.max_inflated_bytes {
            let limit_bytes = self.max_inflated_bytes;
            return Err(ParseError::InflateLimit { format: self.format(), limit_bytes });
        }
        Ok(read)
    }

    fn format(&self) -> &'static str {
        match self.decoder {
            Decoder::Gzip(_) => Compression::Gzip.name(),
            Decoder::Zstd(_) => Compression::Zstd.name(),
        }
    }
}

/// All frames of a zstd file one after the other; ruzstd itself stops after one.
struct ZstdFrames<'a> {
    rest: &'a [u8],
    decoder: FrameDecoder,
    is_in_frame: bool,
}

impl<'a> ZstdFrames<'a> {
    fn new(rest: &'a [u8]) -> Self {
        Self { rest, decoder: FrameDecoder::new(), is_in_frame: false }
    }

    fn read(&mut self, room: &mut [u8]) -> Result<usize, String> {
        loop {
            if !self.is_in_frame {
                if self.rest.is_empty() {
                    return Ok(0);
                }
                self.open_frame()?;
                continue;
            }
            while self.decoder.can_collect() == 0 && !self.decoder.is_finished() {
                let one_block = BlockDecodingStrategy::UptoBlocks(1);
                self.decoder.decode_blocks(&mut self.rest, one_block).map_err(|error| error.to_string())?;
            }
            if self.decoder.can_collect() > 0 {
                return self.decoder.read(room).map_err(|error| error.to_string());
            }
            self.close_frame()?;
        }
    }

    fn open_frame(&mut self) -> Result<(), String> {
        match self.decoder.reset(&mut self.rest) {
            Ok(()) => self.is_in_frame = true,
            Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                length, ..
            })) => {
                let skipped = self.rest.split_at_checked(length as usize);
                self.rest = skipped.ok_or("a skippable frame goes on after the end of the file")?.1;
            }
            Err(error) => return Err(error.to_string()),
        }
        Ok(())
    }

    fn close_frame(&mut self) -> Result<(), String> {
        self.is_in_frame = false;
        match (self.decoder.get_checksum_from_data(), self.decoder.get_calculated_checksum()) {
            (Some(stored), Some(calculated)) if stored != calculated => {
                Err(format!("the checksum is {calculated:08x}, the file says {stored:08x}"))
            }
            _ => Ok(()),
        }
    }
}
