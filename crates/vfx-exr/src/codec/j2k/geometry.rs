//! How a component is divided: resolutions, subbands, precincts, code blocks.
//!
//! OpenEXR's codestreams have their origin at 0 and one tile, so a size is all that is needed: the low half of `n` samples has `ceil(n / 2)`.
//! Source: ITU-T T.800, B.5 to B.7.

use super::markers::Coding;

/// A subband of a resolution.
#[derive(Debug, Clone)]
pub(super) struct Band {
    /// 0 LL, 1 HL (high across), 2 LH (high down), 3 HH.
    pub kind: usize,
    pub width: usize,
    pub height: usize,
    /// Base-2 logarithms of the block's sides.
    pub block: (u32, u32),
    /// Base-2 logarithms of the precinct's sides, in the band.
    precinct: (u32, u32),
    /// Blocks across and down.
    pub blocks: (usize, usize),
}

impl Band {
    /// First block and number of blocks of a precinct, across and down.
    pub fn of_precinct(&self, x: usize, y: usize) -> [(usize, usize); 2] {
        let range = |at: usize, precinct: u32, block: u32, all: usize| {
            let from = (at << (precinct - block)).min(all);
            let to = ((at + 1) << (precinct - block)).min(all);
            (from, to - from)
        };
        [
            range(x, self.precinct.0, self.block.0, self.blocks.0),
            range(y, self.precinct.1, self.block.1, self.blocks.1),
        ]
    }

    /// Left column and columns of a block, or top row and rows.
    pub fn span(at: usize, log: u32, size: usize) -> (usize, usize) {
        let from = at << log;
        (from, (size - from).min(1 << log))
    }
}

/// A resolution: the bands that it adds, and its precincts.
#[derive(Debug, Clone)]
pub(super) struct Resolution {
    pub width: usize,
    pub height: usize,
    pub bands: Vec<Band>,
    /// Precincts across and down.
    pub precincts: (usize, usize),
    /// Base-2 logarithms of a precinct's sides.
    pub precinct: (u32, u32),
}

/// `n` halved and rounded up so many times.
pub(super) fn halved(n: usize, times: u32) -> usize {
    // Sizes are below 2^32.
    if times >= 32 {
        usize::from(n > 0)
    } else {
        n.div_ceil(1 << times)
    }
}

/// The resolutions of a component from the coarsest.
pub(super) fn resolutions(width: usize, height: usize, coding: &Coding) -> Vec<Resolution> {
    (0..=coding.levels)
        .map(|r| {
            let up = coding.levels - r;
            let (w, h) = (halved(width, up), halved(height, up));
            let precinct = coding.precinct(r);
            let inner = (precinct.0 - u32::from(r > 0), precinct.1 - u32::from(r > 0));
            let block = (coding.block.0.min(inner.0), coding.block.1.min(inner.1));
            let kinds = if r == 0 { 0..1 } else { 1..4 };
            let bands = kinds
                .map(|kind| {
                    let (width, height) = match kind {
                        0 => (w, h),
                        1 => (w / 2, h.div_ceil(2)),
                        2 => (w.div_ceil(2), h / 2),
                        _ => (w / 2, h / 2),
                    };
                    let blocks = if width == 0 || height == 0 {
                        (0, 0)
                    } else {
                        (width.div_ceil(1 << block.0), height.div_ceil(1 << block.1))
                    };
                    Band {
                        kind,
                        width,
                        height,
                        block,
                        precinct: inner,
                        blocks,
                    }
                })
                .collect();
            let precincts = if w == 0 || h == 0 {
                (0, 0)
            } else {
                (w.div_ceil(1 << precinct.0), h.div_ceil(1 << precinct.1))
            };
            Resolution {
                width: w,
                height: h,
                bands,
                precincts,
                precinct,
            }
        })
        .collect()
}

/// Where a packet's data belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Packet {
    pub component: usize,
    pub resolution: usize,
    /// Precinct across and down.
    pub precinct: (usize, usize),
}

/// All packets in the order of a progression (0 LRCP, 1 RLCP, 2 RPCL, 3 PCRL, 4 CPRL); `None` when there are more than `most`. A component is its
/// resolutions and its sampling.
pub(super) fn packets(
    components: &[(&[Resolution], (u32, u32))],
    progression: u8,
    most: usize,
) -> Option<Vec<Packet>> {
    let count: usize = components
        .iter()
        .flat_map(|(resolutions, _)| resolutions.iter())
        .try_fold(0usize, |n, r| {
            n.checked_add(r.precincts.0.checked_mul(r.precincts.1)?)
        })?;
    if count > most {
        return None;
    }
    let mut packets = Vec::with_capacity(count);
    for (component, (resolutions, sampling)) in components.iter().enumerate() {
        for (resolution, r) in resolutions.iter().enumerate() {
            let up = (resolutions.len() - 1 - resolution) as u32;
            let place = |at: usize, log: u32, sampling: u32| {
                (at as u64)
                    .checked_shl(log + up)
                    .unwrap_or(0)
                    .saturating_mul(u64::from(sampling))
            };
            for y in 0..r.precincts.1 {
                for x in 0..r.precincts.0 {
                    let (py, px) = (
                        place(y, r.precinct.1, sampling.1),
                        place(x, r.precinct.0, sampling.0),
                    );
                    let (c, r) = (component as u64, resolution as u64);
                    let key = match progression {
                        0 | 1 => [r, c, 0, 0],
                        2 => [r, py, px, c],
                        3 => [py, px, c, r],
                        _ => [c, py, px, r],
                    };
                    let packet = Packet {
                        component,
                        resolution,
                        precinct: (x, y),
                    };
                    packets.push((key, packet));
                }
            }
        }
    }
    // Stable: precincts of one place stay in raster order.
    packets.sort_by_key(|(key, _)| *key);
    Some(packets.into_iter().map(|(_, p)| p).collect())
}
