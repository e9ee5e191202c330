//! Writing DWA chunks.
//!
//! Strips of eight lines become non-linear halves, blocks beyond the edge mirror the picture. Chunks have version 2. AC coefficients are Huffman coded; few
//! of them, as in tiles, are deflated when that is shorter.

use libdeflater::{CompressionLvl, Compressor};

use super::blocks::{RUN, TRANSPOSED};
use super::curve::{self, Table};
use super::dct::{forward, from_rgb};
use super::quantize::{Tolerances, quantize, tolerances};
use super::rules::{self, Plan, Scheme};
use super::{AC_DEFLATE, AC_HUFFMAN, AREA, FIELDS, HEADER_BYTES, SIDE, VERSION, blocks_of};
use crate::codec::huffman::Encoder;
use crate::codec::{EncodeScratch, predictor, rle};
use crate::header::SampleType;
use crate::plane::PlaneRef;
use crate::pool::at_least;
use crate::shape::{ChunkShape, Span};
use crate::simd::{Kernel, Lanes, with_lanes};

/// The level when none is given, as in OpenEXR.
pub(in crate::codec) const DEFAULT_LEVEL: f32 = 45.0;
/// Deflate level of the sections that OpenEXR packs with zlib's best.
const BEST_DEFLATE: i32 = 9;
/// Up to so many AC words the Huffman table may cost more than deflate.
const FEW_WORDS: usize = 1 << 14;

/// Words are copied so many at a time.
const STEP: usize = 16;

/// Reusable memory of writing.
pub(in crate::codec) struct DwaEncode {
    huffman: Encoder,
    best: Compressor,
    tolerances: [Tolerances; 2],
    ac: Vec<u16>,
    dc: Vec<u16>,
    strips: [Vec<u16>; 3],
    bytes: Vec<u8>,
    packed: Vec<u8>,
}

impl DwaEncode {
    fn new(level: f32) -> Self {
        Self {
            huffman: Encoder::default(),
            best: Compressor::new(CompressionLvl::new(BEST_DEFLATE).unwrap_or_default()),
            tolerances: tolerances(level),
            ac: Vec::new(),
            dc: Vec::new(),
            strips: Default::default(),
            bytes: Vec::new(),
            packed: Vec::new(),
        }
    }
}

/// A channel and where it comes from.
type Source<'a> = (&'a Span, PlaneRef<'a>);

fn row<'a>((span, plane): Source<'a>, y: usize) -> &'a [u8] {
    &plane.bytes[y * plane.stride..][..span.row_bytes]
}

pub(super) fn encode(
    shape: &ChunkShape,
    planes: &[PlaneRef<'_>],
    scratch: &mut EncodeScratch,
    out: &mut [u8],
) -> Option<usize> {
    let level = scratch.dwa_level;
    let deflater = &mut scratch.deflater;
    let dwa = scratch.dwa.get_or_insert_with(|| DwaEncode::new(level));
    let (plan, rules) = rules::write(&shape.spans);
    let sources: Vec<Source<'_>> = shape.spans.iter().zip(planes.iter().copied()).collect();
    let of = |scheme| {
        let all = sources.iter().zip(&plan.schemes);
        all.filter(move |(_, s)| **s == scheme)
            .map(|(source, _)| *source)
    };

    let mut sizes = [0u64; FIELDS];
    sizes[0] = VERSION;
    let mut at = HEADER_BYTES + 2 + rules.len();
    let head = out.get_mut(HEADER_BYTES..at)?;
    head[..2].copy_from_slice(&(rules.len() as u16 + 2).to_le_bytes());
    head[2..].copy_from_slice(&rules);

    dwa.bytes.clear();
    for source in of(Scheme::Deflate) {
        (0..source.0.rows).for_each(|y| dwa.bytes.extend_from_slice(row(source, y)));
    }
    if !dwa.bytes.is_empty() {
        let used = dwa
            .best
            .zlib_compress(&dwa.bytes, out.get_mut(at..)?)
            .ok()?;
        (sizes[1], sizes[2]) = (dwa.bytes.len() as u64, used as u64);
        at += used;
    }

    let (ac, dc) = dwa.coefficients(&plan, &sources);
    if ac > 0 {
        let words = &dwa.ac[..ac];
        let mut coded = dwa
            .huffman
            .encode(words, out.get_mut(at..)?)
            .map(|used| (used, AC_HUFFMAN));
        if ac <= FEW_WORDS {
            let bytes = at_least(&mut dwa.bytes, 2 * ac);
            put_words(words, bytes);
            let packed = at_least(&mut dwa.packed, coded.map_or(bytes.len() + 64, |c| c.0));
            if let Ok(used) = dwa.best.zlib_compress(bytes, packed) {
                out.get_mut(at..at + used)?.copy_from_slice(&packed[..used]);
                coded = Some((used, AC_DEFLATE));
            }
        }
        let (used, coding) = coded?;
        (sizes[3], sizes[8], sizes[10]) = (used as u64, ac as u64, coding);
        at += used;
    }
    if dc > 0 {
        let bytes = at_least(&mut dwa.bytes, 2 * dc);
        put_words(&dwa.dc[..dc], bytes);
        let split = at_least(&mut dwa.packed, 2 * dc);
        predictor::split_bytes(bytes, split);
        let used = deflater.zlib_compress(split, out.get_mut(at..)?).ok()?;
        (sizes[4], sizes[9]) = (used as u64, dc as u64);
        at += used;
    }

    dwa.bytes.clear();
    for source in of(Scheme::Runs) {
        for byte in 0..source.0.sample {
            for y in 0..source.0.rows {
                let samples = row(source, y).chunks_exact(source.0.sample);
                dwa.bytes.extend(samples.map(|s| s[byte]));
            }
        }
    }
    if !dwa.bytes.is_empty() {
        let packed = at_least(&mut dwa.packed, 2 * dwa.bytes.len() + 2);
        let codes = rle::pack(&dwa.bytes, packed)?;
        let used = dwa
            .best
            .zlib_compress(&packed[..codes], out.get_mut(at..)?)
            .ok()?;
        (sizes[5], sizes[6], sizes[7]) = (used as u64, codes as u64, dwa.bytes.len() as u64);
        at += used;
    }
    for (field, size) in out.chunks_exact_mut(8).zip(sizes) {
        field.copy_from_slice(&size.to_le_bytes());
    }
    Some(at)
}

fn put_words(words: &[u16], bytes: &mut [u8]) {
    for (out, w) in bytes.chunks_exact_mut(2).zip(words) {
        out.copy_from_slice(&w.to_le_bytes());
    }
}

impl DwaEncode {
    /// Transforms all lossy channels: color sets, then the others in order; returns the numbers of AC and DC words.
    fn coefficients(&mut self, plan: &Plan, sources: &[Source<'_>]) -> (usize, usize) {
        let (mut ac, mut dc) = (0, 0);
        let mut add = |set: &[Source<'_>]| {
            let (across, down) = blocks_of(set[0].0);
            let count = across * down;
            let words = &mut at_least(&mut self.ac, ac + count * set.len() * AREA + STEP)[ac..];
            let dc_words = &mut at_least(&mut self.dc, dc + count * set.len())[dc..];
            let curve = (set.len() == 3 || !set[0].0.linear).then(curve::to_non_linear);
            for strip in &mut self.strips[..set.len()] {
                strip.resize(across * AREA, 0);
            }
            let mut used = 0;
            for strip_row in 0..down {
                let job = Strip {
                    set,
                    curve,
                    strip_row,
                    strips: &mut self.strips,
                    tolerances: &self.tolerances,
                    ac: &mut words[used..],
                    dc: &mut dc_words[strip_row * across..],
                    count,
                };
                used += match set.len() {
                    3 => with_lanes(Channels::<'_, '_, 3>(job)),
                    _ => with_lanes(Channels::<'_, '_, 1>(job)),
                };
            }
            ac += used;
            dc += count * set.len();
        };
        let mut done = vec![false; sources.len()];
        for set in &plan.sets {
            add(&set.map(|c| sources[c]));
            set.iter().for_each(|&c| done[c] = true);
        }
        for c in (0..sources.len()).filter(|&c| plan.schemes[c] == Scheme::Lossy) {
            if !done[c] {
                add(&[sources[c]]);
            }
        }
        (ac, dc)
    }
}

/// One row of blocks of the channels of a set.
struct Strip<'s, 'p> {
    set: &'s [Source<'p>],
    curve: Option<&'static Table>,
    strip_row: usize,
    strips: &'s mut [Vec<u16>; 3],
    tolerances: &'s [Tolerances; 2],
    ac: &'s mut [u16],
    /// The first channel's words of this row; the next channel's are `count` further.
    dc: &'s mut [u16],
    count: usize,
}

/// A strip of a known number of channels.
struct Channels<'s, 'p, const C: usize>(Strip<'s, 'p>);

impl<const C: usize> Kernel for Channels<'_, '_, C> {
    type Output = usize;

    /// Returns the AC words written.
    #[inline(always)]
    fn run<L: Lanes>(self) -> usize {
        let job = self.0;
        let (across, _) = blocks_of(job.set[0].0);
        let stride = across * SIDE;
        for (source, strip) in job.set.iter().zip(&mut *job.strips) {
            fill::<L>(*source, job.strip_row, job.curve, strip, stride);
        }
        let mut used = 0;
        for x in 0..across {
            let mut samples = [[L::splat(0.0); SIDE]; C];
            for (samples, strip) in samples.iter_mut().zip(&*job.strips) {
                for (y, row) in samples.iter_mut().enumerate() {
                    let from = &strip[y * stride + x * SIDE..];
                    *row = L::from_half(from.first_chunk().expect("a row of the block"));
                }
            }
            if C == 3 {
                #[allow(clippy::needless_range_loop, reason = "one row of each plane")]
                for y in 0..SIDE {
                    let ybr = from_rgb([samples[0][y], samples[1 % C][y], samples[2 % C][y]]);
                    for c in 0..C {
                        samples[c][y] = ybr[c % 3];
                    }
                }
            }
            for (c, samples) in samples.iter().enumerate() {
                let words = quantize::<L>(&forward(*samples), &job.tolerances[c.min(1)]);
                job.dc[c * job.count + x] = words[0];
                let out = job.ac[used..]
                    .first_chunk_mut()
                    .expect("a word a coefficient");
                used += pack(&words, out);
            }
        }
        used
    }
}

/// Fills a strip with eight rows of non-linear halves, mirrored at the right and lower edge.
#[inline(always)]
fn fill<L: Lanes>(
    (span, plane): Source<'_>,
    strip_row: usize,
    curve: Option<&Table>,
    strip: &mut [u16],
    stride: usize,
) {
    let width = span.row_bytes / span.sample;
    for (y, out) in strip.chunks_exact_mut(stride).enumerate() {
        let y = mirrored(strip_row * SIDE + y, span.rows);
        let bytes = row((span, plane), y);
        if span.sample_type == SampleType::Float {
            let mut eights = bytes.chunks_exact(4 * SIDE);
            let mut to = out.chunks_exact_mut(SIDE);
            for (eight, to) in eights.by_ref().zip(to.by_ref()) {
                let mut v = [0.0; SIDE];
                for (v, b) in v.iter_mut().zip(eight.chunks_exact(4)) {
                    *v = clamp(b);
                }
                to.copy_from_slice(&L::load(&v).to_half());
            }
            let from = bytes.len() / (4 * SIDE) * SIDE;
            for (to, b) in out[from..]
                .iter_mut()
                .zip(eights.remainder().chunks_exact(4))
            {
                *to = half::f16::from_f32(clamp(b)).to_bits();
            }
            if let Some(table) = curve {
                out[..width]
                    .iter_mut()
                    .for_each(|h| *h = table[usize::from(*h)]);
            }
        } else {
            for (to, b) in out.iter_mut().zip(bytes.chunks_exact(2)) {
                let h = u16::from_le_bytes([b[0], b[1]]);
                *to = curve.map_or(h, |table| table[usize::from(h)]);
            }
        }
        for x in width..stride {
            out[x] = out[mirrored(x, width)];
        }
    }
}

/// A float within the range of half; NaN stays.
#[inline(always)]
fn clamp(bytes: &[u8]) -> f32 {
    let v = f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
    v.clamp(-65504.0, 65504.0)
}

/// Position within `0..size` of one at most seven beyond it.
#[inline(always)]
fn mirrored(at: usize, size: usize) -> usize {
    if at < size {
        at
    } else {
        (2 * size).checked_sub(at + 1).unwrap_or(size - 1)
    }
}

/// Zigzag order with runs of zeros; returns the words written.
#[inline(always)]
fn pack(block: &[u16; AREA], out: &mut [u16; AREA + STEP]) -> usize {
    let mut zigzag = [0u16; AREA + STEP];
    let mut set = 0u64;
    for (i, &from) in TRANSPOSED.iter().enumerate() {
        let word = block[from & (AREA - 1)];
        zigzag[i] = word;
        set |= u64::from(word != 0) << i;
    }
    let (mut i, mut n) = (1, 0);
    while i < AREA {
        let words = (!(set >> i)).trailing_zeros() as usize;
        let words = words.min(AREA - i);
        for k in (0..words).step_by(STEP) {
            out[n + k..][..STEP].copy_from_slice(&zigzag[i + k..][..STEP]);
        }
        (i, n) = (i + words, n + words);
        if i == AREA {
            break;
        }
        let zeros = ((set >> i).trailing_zeros() as usize).min(AREA - i);
        out[n] = match zeros {
            1 => 0,
            _ if i + zeros == AREA => RUN,
            _ => RUN | zeros as u16,
        };
        (i, n) = (i + zeros, n + 1);
    }
    n
}
