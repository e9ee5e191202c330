//! Memory asked for before it is read: the next block of an image while the present one is computed.
//!
//! A block that is read into planes, computed and written back leaves the memory idle while it is computed; hardware
//! prefetchers stop at the end of what was read. Spread over the computation the requests cost nothing that can be measured;
//! all at once they take as long as the memory does.

#![allow(unsafe_code, reason = "an instruction that reads nothing")]

/// Bytes of a cache line.
const LINE: usize = 64;

/// Asks for the line at `address`, which may be any: nothing is read that a program could see.
#[inline(always)]
pub fn prefetch<T>(address: *const T) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: prefetches of invalid addresses are dropped without a fault; SSE is in the x86-64 baseline.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(address.cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = address;
}

/// A stretch of memory to be asked for in several steps.
#[derive(Debug)]
pub struct Ahead {
    next: *const u8,
    lines: usize,
    share: usize,
}

impl Ahead {
    /// `bytes` from `start` on, in `steps` steps.
    pub fn new<T>(start: *const T, bytes: usize, steps: usize) -> Self {
        let lines = bytes.div_ceil(LINE);
        Self {
            next: start.cast(),
            lines,
            share: lines.div_ceil(steps.max(1)),
        }
    }

    /// Asks for the next share.
    pub fn step(&mut self) {
        let count = self.share.min(self.lines);
        for i in 0..count {
            prefetch(self.next.wrapping_add(LINE * i));
        }
        self.next = self.next.wrapping_add(LINE * count);
        self.lines -= count;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ahead_ends_after_its_steps() {
        let data = [0u8; 1000];
        let mut ahead = Ahead::new(data.as_ptr(), data.len(), 3);
        for left in [10, 4, 0, 0] {
            ahead.step();
            assert_eq!(ahead.lines, left);
        }
        // Any address, any length.
        Ahead::new(std::ptr::null::<u8>(), 0, 0).step();
        Ahead::new(std::ptr::without_provenance::<u8>(usize::MAX), 200, 1).step();
    }
}
