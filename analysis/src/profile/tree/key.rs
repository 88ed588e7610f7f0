//! Keys: as many frames as fit into one word, outermost in the highest bits.
//!
//! ```text
//! 64 bits = | code of frame 1 | frame 2 | frame 3 | frame 4 |      16 bits each with up to 65,535 frames
//! ```
//!
//! The code of a frame is its place in the order of names plus one; 0 is the end of the stack. So keys are exact, no
//! hash, and their numerical order is the order of names, ended stacks first.

use crate::profile::frame::FrameId;

/// The code of the end of a stack.
pub(super) const END: u32 = 0;

/// The code of the frame with this place in the order of names.
pub(super) fn code(rank: u32) -> FrameId {
    FrameId(rank + 1)
}

/// How codes are packed into keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Packing {
    bits: u32,
    /// Codes a key.
    pub(super) len: usize,
}

impl Packing {
    /// The densest packing for so many frames.
    pub(super) fn of(n_frames: usize) -> Self {
        let bits = (usize::BITS - n_frames.leading_zeros()).max(1);
        // More than 8 levels at once do not pay: keys of small groups differ early.
        Self { bits, len: (64 / bits as usize).min(8) }
    }

    /// A key with one more code at position `index`.
    #[inline]
    pub(super) fn with(self, key: u64, index: usize, code: u32) -> u64 {
        key | u64::from(code) << self.shift(index)
    }

    /// The code at position `index`.
    #[inline]
    pub(super) fn code(self, key: u64, index: usize) -> u32 {
        let mask = (1_u64 << self.bits) - 1;
        u32::try_from(key >> self.shift(index) & mask).expect("codes have at most 32 bits")
    }

    #[inline]
    fn shift(self, index: usize) -> u32 {
        64 - self.bits * (index as u32 + 1)
    }
}

/// Translates codes back to frames.
pub(super) struct Coder {
    frame_of_rank: Vec<FrameId>,
}

impl Coder {
    /// `ranks` holds the place of every frame in the order of names, each once.
    pub(super) fn new(ranks: &[u32]) -> Self {
        let mut frame_of_rank = vec![FrameId(0); ranks.len()];
        for (frame, &rank) in (0..).map(FrameId).zip(ranks) {
            frame_of_rank[rank as usize] = frame;
        }
        Self { frame_of_rank }
    }

    /// The frame of a code; any for the end of a stack (the root has no frame).
    #[inline]
    pub(super) fn frame(&self, code: u32) -> FrameId {
        if code == END { FrameId(0) } else { self.frame_of_rank[code as usize - 1] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_come_back_from_keys_whatever_the_number_of_frames() {
        for n_frames in [0, 1, 255, 256, 65_535, 65_536, 1 << 21, (1 << 32) - 1] {
            let packing = Packing::of(n_frames);
            let last = u32::try_from(n_frames).expect("at most 2^32 - 1 frames");
            let codes: Vec<u32> = (0..packing.len as u32).map(|index| last - index.min(last)).collect();
            let key = codes.iter().enumerate().fold(0, |key, (index, &code)| packing.with(key, index, code));
            let read: Vec<u32> = (0..packing.len).map(|index| packing.code(key, index)).collect();
            assert_eq!(read, codes, "{n_frames} frames");
        }
    }
}
