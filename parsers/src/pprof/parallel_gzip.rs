//! gzip by pieces on all cores: one member that every reader takes, and the same bytes however many cores there are.
//!
//! ```text
//! header │ piece 0: deflate blocks, empty stored block │ piece 1 … │ last piece: … final block │ CRC-32, length
//! ```
//!
//! The empty block ends a piece on a byte, so pieces can be joined (zlib's sync flush, RFC 1951 3.2.4). A piece does
//! not see the one before: with pieces of about a megabyte the file grows by less than a percent.

use std::io::{self, Write};

use flate2::{Compress, Compression, Crc, FlushCompress, Status};
use rayon::prelude::*;

/// Magic, deflate, no flags, no time, no hint, unknown system (RFC 1952 2.3).
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];

/// Pieces a core has in memory at once.
const PIECES_PER_CORE: usize = 4;

/// A compressed piece, and what the end of the file has to say about it.
struct Piece {
    deflated: Vec<u8>,
    crc: Crc,
    n_bytes: usize,
}

/// Writes `n_pieces` pieces, whose content `fill` appends to a buffer, as one gzip member. `fill` is called once a
/// piece, from several threads.
///
/// # Errors
/// Those of `out`.
pub(super) fn write_gzip(
    n_pieces: usize,
    level: Compression,
    fill: impl Fn(usize, &mut Vec<u8>) + Sync,
    mut out: impl Write,
) -> io::Result<()> {
    out.write_all(&HEADER)?;
    let (mut crc, mut n_bytes) = (Crc::new(), 0_usize);
    let n_at_once = rayon::current_num_threads() * PIECES_PER_CORE;
    for start in (0..n_pieces).step_by(n_at_once) {
        let end = n_pieces.min(start + n_at_once);
        let pieces = (start..end).into_par_iter().map_init(Vec::new, |content, index| {
            content.clear();
            fill(index, content);
            let flush = if index + 1 == n_pieces { FlushCompress::Finish } else { FlushCompress::Sync };
            deflated(content, level, flush)
        });
        for piece in pieces.collect::<io::Result<Vec<Piece>>>()? {
            out.write_all(&piece.deflated)?;
            crc.combine(&piece.crc);
            n_bytes = n_bytes.wrapping_add(piece.n_bytes);
        }
    }
    out.write_all(&crc.sum().to_le_bytes())?;
    // The length modulo 2³², as the format has it.
    out.write_all(&(n_bytes as u32).to_le_bytes())?;
    out.flush()
}

fn deflated(content: &[u8], level: Compression, flush: FlushCompress) -> io::Result<Piece> {
    let mut crc = Crc::new();
    crc.update(content);
    let mut compress = Compress::new(level, false);
    let mut deflated = Vec::with_capacity(content.len() / 3 + 64);
    loop {
        let done = usize::try_from(compress.total_in()).unwrap_or(usize::MAX);
        let rest = content.get(done..).unwrap_or(&[]);
        let status = compress.compress_vec(rest, &mut deflated, flush).map_err(io::Error::other)?;
        // Room that is left over says that a flush is through.
        let is_flushed = flush != FlushCompress::Finish && deflated.len() < deflated.capacity();
        if status == Status::StreamEnd || is_flushed {
            return Ok(Piece { deflated, crc, n_bytes: content.len() });
        }
        deflated.reserve(content.len() / 8 + 64);
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use flate2::read::GzDecoder;

    use super::*;

    /// Miri compresses a kilobyte in seconds.
    const LESS: usize = if cfg!(miri) { 20 } else { 1 };

    fn gzip(pieces: &[Vec<u8>]) -> Vec<u8> {
        let mut out = Vec::new();
        let fill = |index: usize, content: &mut Vec<u8>| content.extend_from_slice(&pieces[index]);
        write_gzip(pieces.len(), Compression::default(), fill, &mut out).expect("writing to memory");
        out
    }

    /// Bytes without any pattern, so that they grow by being compressed.
    fn noise(len: usize) -> Vec<u8> {
        let next = |state: &u32| Some(state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223));
        std::iter::successors(Some(7_u32), next).map(|state| (state >> 24) as u8).take(len).collect()
    }

    #[test]
    fn pieces_come_out_as_one_member() {
        for pieces in [
            vec![Vec::new()],
            vec![b"one piece".to_vec()],
            vec![b"first, ".to_vec(), Vec::new(), b"last".to_vec()],
            vec![noise(100_000 / LESS), vec![b'a'; 300_000 / LESS], noise(3)],
            (0..100 / LESS as u8).map(|index| vec![index; 5000 / LESS]).collect(),
        ] {
            let mut content = Vec::new();
            // This decoder stops after one member.
            GzDecoder::new(&*gzip(&pieces)).read_to_end(&mut content).expect("sound gzip");
            assert!(content == pieces.concat(), "{} pieces", pieces.len());
        }
    }

    #[test]
    fn the_number_of_threads_changes_nothing() {
        let pieces: Vec<Vec<u8>> = (0..40 / LESS).map(|index| noise(1000 / LESS + index)).collect();
        let on = |n_threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().expect("threads");
            pool.install(|| gzip(&pieces))
        };
        assert!(on(1) == on(5));
    }
}
