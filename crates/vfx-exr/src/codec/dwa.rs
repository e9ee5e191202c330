//! DWAA and DWAB: quantised DCT of color, run lengths of opacity, deflate of the rest. Lossy.
//!
//! A chunk of 32 or 256 lines: eleven 64-bit sizes, the channel rules, then four sections: deflated rows of other channels; AC coefficients in Huffman
//! or deflate coding; DC coefficients, deflated differences; deflated runs of byte planes. Values pass through a perceptual curve and are halves throughout.
//! Only what is asked for is transformed, but all coefficients before it must be walked.
//! Source: `internal_dwa*.h` of OpenEXRCore. Cost: entropy decoding is half of reading, the transform and the quantiser most of writing.

mod blocks;
mod curve;
mod dct;
mod encode;
mod quantize;
mod rules;

use super::huffman::Decoder;
use super::{Codec, DecodeScratch, predictor, rle};
use crate::compression::Compression;
use crate::error::Corruption;
use crate::header::SampleType;
use crate::plane::PlaneMut;
use crate::pool::at_least;
use crate::shape::{ChunkShape, Span};
pub(super) use encode::{DEFAULT_LEVEL, DwaEncode};
use rules::{Plan, Scheme};

/// 128-byte runs in a deflate stream.
const MAX_EXPANSION: usize = 128 * 1032;

pub(super) const DWAA: Codec = Codec {
    compression: Compression::Dwaa,
    max_expansion: MAX_EXPANSION,
    decode,
    encode: Some(encode::encode),
};
pub(super) const DWAB: Codec = Codec {
    compression: Compression::Dwab,
    max_expansion: MAX_EXPANSION,
    decode,
    encode: Some(encode::encode),
};

/// Samples along either side of a block.
const SIDE: usize = 8;
/// Coefficients of a block.
const AREA: usize = 64;
/// Version, ten sizes and the coding of the AC section.
const FIELDS: usize = 11;
const HEADER_BYTES: usize = 8 * FIELDS;
/// Values of the last field.
const AC_HUFFMAN: u64 = 0;
const AC_DEFLATE: u64 = 1;
/// The newest version.
const VERSION: u64 = 2;

/// Reusable memory of reading.
#[derive(Default)]
pub(super) struct DwaDecode {
    huffman: Decoder,
    /// Run-length coded AC coefficients in zigzag order.
    ac: Vec<u16>,
    dc: Vec<u16>,
    dc_bytes: Vec<u8>,
    deflated: Vec<u8>,
    packed_runs: Vec<u8>,
    runs: Vec<u8>,
    blocks: blocks::Rows,
}

fn bad(what: &'static str, found: usize) -> Corruption {
    Corruption::Table { what, found }
}

fn short(what: &'static str, expected: usize, found: usize) -> Corruption {
    Corruption::PackedSize {
        what,
        expected,
        found,
    }
}

/// Blocks across and down.
fn blocks_of(span: &Span) -> (usize, usize) {
    let width = span.row_bytes / span.sample;
    (width.div_ceil(SIDE), span.rows.div_ceil(SIDE))
}

/// The sizes that begin a chunk, in their order.
struct Sizes {
    version: u64,
    other_raw: usize,
    other: usize,
    ac: usize,
    dc: usize,
    runs: usize,
    runs_unpacked: usize,
    runs_raw: usize,
    ac_count: usize,
    dc_count: usize,
    ac_coding: u64,
}

impl Sizes {
    fn parse(packed: &[u8]) -> Result<(Self, &[u8]), Corruption> {
        let (head, rest) = packed.split_at_checked(HEADER_BYTES).ok_or(short(
            "DWA sizes",
            HEADER_BYTES,
            packed.len(),
        ))?;
        let field = |i: usize| {
            let bytes = head[8 * i..][..8].try_into().expect("eight bytes");
            u64::from_le_bytes(bytes)
        };
        // No size of a chunk that OpenEXR reads has the top bits set; saturation keeps the checks simple.
        let size = |i: usize| usize::try_from(field(i)).unwrap_or(usize::MAX);
        let sizes = Self {
            version: field(0),
            other_raw: size(1),
            other: size(2),
            ac: size(3),
            dc: size(4),
            runs: size(5),
            runs_unpacked: size(6),
            runs_raw: size(7),
            ac_count: size(8),
            dc_count: size(9),
            ac_coding: field(10),
        };
        Ok((sizes, rest))
    }
}

/// The front of `rest`, which loses it.
fn section<'a>(
    rest: &mut &'a [u8],
    what: &'static str,
    size: usize,
) -> Result<&'a [u8], Corruption> {
    let (front, back) = rest
        .split_at_checked(size)
        .ok_or(short(what, size, rest.len()))?;
    *rest = back;
    Ok(front)
}

fn inflate(
    inflater: &mut libdeflater::Decompressor,
    packed: &[u8],
    out: &mut [u8],
) -> Result<(), Corruption> {
    let found = inflater
        .zlib_decompress(packed, out)
        .map_err(|_| Corruption::Inflate)?;
    if found != out.len() {
        return Err(Corruption::UnpackedSize {
            expected: out.len(),
            found,
        });
    }
    Ok(())
}

fn decode(
    shape: &ChunkShape,
    packed: &[u8],
    scratch: &mut DecodeScratch,
    planes: &mut [PlaneMut<'_>],
) -> Result<(), Corruption> {
    let DecodeScratch { inflater, dwa, .. } = scratch;
    let dwa = dwa.get_or_insert_default();
    let (sizes, mut rest) = Sizes::parse(packed)?;
    let plan = match sizes.version {
        0 | 1 => rules::legacy(&shape.spans),
        VERSION => {
            let length = section(&mut rest, "length of the channel rules", 2)?;
            let length = usize::from(u16::from_le_bytes([length[0], length[1]]));
            let length = length
                .checked_sub(2)
                .ok_or(bad("length of the channel rules", length))?;
            rules::read(&shape.spans, section(&mut rest, "channel rules", length)?)?
        }
        v => return Err(bad("DWA version", usize::try_from(v).unwrap_or(usize::MAX))),
    };
    let other = section(&mut rest, "deflated channels", sizes.other)?;
    let ac = section(&mut rest, "AC coefficients", sizes.ac)?;
    let dc = section(&mut rest, "DC coefficients", sizes.dc)?;
    let runs = section(&mut rest, "runs", sizes.runs)?;
    let raw_bytes = |scheme| {
        let of = shape.spans.iter().zip(&plan.schemes);
        of.filter(|(_, s)| **s == scheme)
            .map(|(span, _)| span.row_bytes * span.rows)
            .sum::<usize>()
    };
    let wanted = |scheme| {
        let mut of = shape.spans.iter().zip(&plan.schemes);
        of.any(|(span, s)| *s == scheme && span.plane.is_some())
    };

    check_raw(sizes.other_raw, sizes.other, raw_bytes(Scheme::Deflate))?;
    if sizes.other > 0 && wanted(Scheme::Deflate) {
        inflate(
            inflater,
            other,
            at_least(&mut dwa.deflated, sizes.other_raw),
        )?;
        copy_rows(shape, &plan, &dwa.deflated, planes);
    }
    check_raw(sizes.runs_raw, sizes.runs, raw_bytes(Scheme::Runs))?;
    if sizes.runs_raw > 0 && wanted(Scheme::Runs) {
        // A code that stands for one byte takes two.
        if sizes.runs_unpacked > 2 * sizes.runs_raw {
            return Err(bad("bytes of runs", sizes.runs_unpacked));
        }
        let codes = at_least(&mut dwa.packed_runs, sizes.runs_unpacked);
        inflate(inflater, runs, codes)?;
        let raw = at_least(&mut dwa.runs, sizes.runs_raw);
        rle::expand(codes, raw)?;
        join_planes(shape, &plan, raw, planes);
    }
    if !wanted(Scheme::Lossy) {
        return Ok(());
    }

    let lossy = plan.schemes.iter().filter(|s| **s == Scheme::Lossy).count();
    let most = shape
        .spans
        .iter()
        .map(blocks_of)
        .fold((0, 0), |m, b| (m.0.max(b.0), m.1.max(b.1)));
    let most = most.0 * most.1 * lossy;
    if sizes.ac_count > most * AREA || sizes.dc_count > most {
        return Err(bad(
            "number of coefficients",
            sizes.ac_count.max(sizes.dc_count),
        ));
    }
    let mut ac_count = 0;
    if sizes.ac > 0 {
        ac_count = sizes.ac_count;
        match sizes.ac_coding {
            AC_HUFFMAN => {
                let words = at_least(&mut dwa.ac, ac_count);
                dwa.huffman.decode(ac, words, true)?;
            }
            AC_DEFLATE => {
                let bytes = at_least(&mut dwa.dc_bytes, 2 * ac_count);
                inflate(inflater, ac, bytes)?;
                words(bytes, at_least(&mut dwa.ac, ac_count));
            }
            v => return Err(bad("AC coding", usize::try_from(v).unwrap_or(usize::MAX))),
        }
    }
    if sizes.dc > 0 {
        let split = at_least(&mut dwa.deflated, 2 * sizes.dc_count);
        inflate(inflater, dc, split)?;
        let bytes = at_least(&mut dwa.dc_bytes, 2 * sizes.dc_count);
        predictor::merge_bytes(split, bytes);
        words(bytes, at_least(&mut dwa.dc, sizes.dc_count));
    } else if sizes.dc_count != 0 {
        return Err(bad("DC coefficients without data", sizes.dc_count));
    }
    let mut input = blocks::Input {
        ac: &dwa.ac[..ac_count],
        dc: &dwa.dc[..sizes.dc_count],
    };
    let mut done = vec![false; shape.spans.len()];
    for set in &plan.sets {
        if set.iter().any(|&c| plan.schemes[c] != Scheme::Lossy) {
            return Err(bad("colour set with a channel that is not lossy", set[0]));
        }
        dwa.blocks.decode(shape, set, &mut input, planes)?;
        set.iter().for_each(|&c| done[c] = true);
    }
    for c in (0..shape.spans.len()).filter(|&c| plan.schemes[c] == Scheme::Lossy) {
        if !done[c] {
            dwa.blocks.decode(shape, &[c], &mut input, planes)?;
        }
    }
    Ok(())
}

/// A section unpacks to what its channels need, at most to twice as much.
fn check_raw(declared: usize, packed: usize, needed: usize) -> Result<(), Corruption> {
    let fits = if needed == 0 {
        declared == 0 && packed == 0
    } else {
        declared >= needed && declared <= 2 * needed && packed > 0
    };
    if fits {
        Ok(())
    } else {
        Err(Corruption::UnpackedSize {
            expected: needed,
            found: declared,
        })
    }
}

fn words(bytes: &[u8], out: &mut [u16]) {
    for (pair, word) in bytes.chunks_exact(2).zip(out) {
        *word = u16::from_le_bytes([pair[0], pair[1]]);
    }
}

/// Channels of a scheme in order, with where each begins in the section.
fn members<'a>(
    shape: &'a ChunkShape,
    plan: &'a Plan,
    scheme: Scheme,
) -> impl Iterator<Item = (&'a Span, usize)> {
    let mut at = 0;
    let of = shape.spans.iter().zip(&plan.schemes);
    of.filter(move |(_, s)| **s == scheme)
        .map(move |(span, _)| {
            let from = at;
            at += span.row_bytes * span.rows;
            (span, from)
        })
}

/// Deflated channels: rows as they are.
fn copy_rows(shape: &ChunkShape, plan: &Plan, bytes: &[u8], planes: &mut [PlaneMut<'_>]) {
    for (span, from) in members(shape, plan, Scheme::Deflate) {
        for row in 0..span.rows {
            if let Some(out) = span.dest(planes, span.line(shape.lines.0, row)) {
                let at = from + row * span.row_bytes + span.skip;
                out.copy_from_slice(&bytes[at..at + span.take]);
            }
        }
    }
}

/// Run-length coded channels: a plane for each byte of the samples.
fn join_planes(shape: &ChunkShape, plan: &Plan, bytes: &[u8], planes: &mut [PlaneMut<'_>]) {
    for (span, from) in members(shape, plan, Scheme::Runs) {
        let (width, skip) = (span.row_bytes / span.sample, span.skip / span.sample);
        let part = |byte: usize, row: usize| {
            &bytes[from + (byte * span.rows + row) * width + skip..][..span.take / span.sample]
        };
        for row in 0..span.rows {
            let Some(out) = span.dest(planes, span.line(shape.lines.0, row)) else {
                continue;
            };
            if span.sample == 2 {
                let pairs = part(0, row).iter().zip(part(1, row));
                for (out, (&lo, &hi)) in out.chunks_exact_mut(2).zip(pairs) {
                    out.copy_from_slice(&[lo, hi]);
                }
            } else {
                for byte in 0..span.sample {
                    for (out, &b) in out.chunks_exact_mut(span.sample).zip(part(byte, row)) {
                        out[byte] = b;
                    }
                }
            }
        }
    }
}

/// Whether a channel's samples are floats; unsigned ones have no DCT form.
fn is_float(span: &Span) -> Result<bool, Corruption> {
    match span.sample_type {
        SampleType::Half => Ok(false),
        SampleType::Float => Ok(true),
        SampleType::Uint => Err(bad("lossy channel of integers", span.row_bytes)),
    }
}
