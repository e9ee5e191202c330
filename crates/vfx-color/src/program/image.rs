//! Images through a program: interleaved or planar samples of any type in and out, a block of 1024 pixels at a time.
//!
//! A block is read into four planes (native samples to `f32`, alpha association undone if it is associated), runs through
//! every kernel while it lies in the first cache, and is written back. Integers are full scale = 1.0; results clamp to the
//! integer range, NaN becomes 0. Three-channel pixels get alpha 1.0. No allocation per block, no threads: callers bring rows.

use vfx_kernel::interleave::{deinterleave, interleave};
use vfx_kernel::{Samples, SamplesMut, from_f32, to_f32};

use super::ColorProgram;

/// Pixels of a block: four planes of it are 16 KiB.
pub(crate) const BLOCK: usize = 1024;

/// How alpha is associated with the colours of an image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Alpha {
    /// Colours are as they are: nothing is divided or multiplied.
    #[default]
    Straight,
    /// Colours were multiplied by alpha: they are divided before the program and multiplied after it. Where alpha is 0, or
    /// so small that its reciprocal overflows, colours pass the program undivided and are not multiplied (they are light
    /// without coverage).
    Premultiplied,
}

/// What the samples of an image are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Layout {
    /// Samples a pixel: 3 (R, G, B) or 4 (R, G, B, A).
    pub channels: usize,
    /// Significant bits of integer input.
    pub bits_in: u8,
    /// Significant bits of integer output.
    pub bits_out: u8,
    /// Association in the input.
    pub alpha_in: Alpha,
    /// Association in the output.
    pub alpha_out: Alpha,
}

impl Layout {
    /// Four channels, straight, all bits of 8-bit samples.
    pub const RGBA8: Self = Self::rgba(8);
    /// Four channels, straight, all bits of 16-bit samples.
    pub const RGBA16: Self = Self::rgba(16);
    /// Four channels, straight, floats or half floats.
    pub const RGBA: Self = Self::rgba(16);

    /// Four straight channels of `bits` significant bits in and out (ignored for floats).
    pub const fn rgba(bits: u8) -> Self {
        Self {
            channels: 4,
            bits_in: bits,
            bits_out: bits,
            alpha_in: Alpha::Straight,
            alpha_out: Alpha::Straight,
        }
    }

    /// Three channels of `bits` significant bits in and out (ignored for floats).
    pub const fn rgb(bits: u8) -> Self {
        Self {
            channels: 3,
            ..Self::rgba(bits)
        }
    }
}

/// Four planes of a block.
pub(crate) type Block = [[f32; BLOCK]; 4];

pub(crate) fn new_block() -> Box<Block> {
    Box::new([[0.0; BLOCK]; 4])
}

impl ColorProgram {
    /// Runs on four planes of one length, in place. Any length; straight alpha.
    ///
    /// # Panics
    ///
    /// If the lengths differ.
    pub fn apply_planes(&self, planes: [&mut [f32]; 4]) {
        let [mut r, mut g, mut b, mut a] = planes;
        let len = r.len();
        assert!(
            g.len() == len && b.len() == len && a.len() == len,
            "planes of one length"
        );
        while !r.is_empty() {
            let n = r.len().min(BLOCK);
            let (r0, r1) = r.split_at_mut(n);
            let (g0, g1) = g.split_at_mut(n);
            let (b0, b1) = b.split_at_mut(n);
            let (a0, a1) = a.split_at_mut(n);
            self.run_block([r0, g0, b0, a0]);
            (r, g, b, a) = (r1, g1, b1, a1);
        }
    }

    /// Runs on interleaved `f32` R, G, B, A in place; straight alpha.
    ///
    /// # Panics
    ///
    /// If the length is no multiple of 4.
    pub fn apply_rgba(&self, pixels: &mut [f32]) {
        self.apply_in_place(SamplesMut::F32(pixels), &Layout::RGBA);
    }

    /// Runs on interleaved `f32` R, G, B in place, with alpha 1.0.
    ///
    /// # Panics
    ///
    /// If the length is no multiple of 3.
    pub fn apply_rgb(&self, pixels: &mut [f32]) {
        self.apply_in_place(SamplesMut::F32(pixels), &Layout::rgb(16));
    }

    /// Runs on interleaved pixels in place: samples keep their type.
    ///
    /// # Panics
    ///
    /// If the length is no multiple of the channels, or bits do not fit the type.
    pub fn apply_in_place(&self, mut pixels: SamplesMut<'_>, layout: &Layout) {
        check(layout, pixels.len());
        let mut block = new_block();
        let mut flat = Flat::new();
        let step = BLOCK * layout.channels;
        let mut from = 0;
        while from < pixels.len() {
            let to = (from + step).min(pixels.len());
            let mut part = pixels.range(from, to);
            let n = (to - from) / layout.channels;
            read(&shared(&part), layout, &mut block, &mut flat, n);
            self.associated(&mut block, n, layout);
            write(&mut part, layout, &mut block, &mut flat, n);
            from = to;
        }
    }

    /// Runs on interleaved pixels of one type into pixels of any other.
    ///
    /// # Panics
    ///
    /// If the lengths differ or are no multiples of the channels, or bits do not fit the types.
    pub fn apply_into(&self, src: Samples<'_>, mut dst: SamplesMut<'_>, layout: &Layout) {
        assert_eq!(src.len(), dst.len(), "images of one size");
        check(layout, src.len());
        let mut block = new_block();
        let mut flat = Flat::new();
        let step = BLOCK * layout.channels;
        let mut from = 0;
        while from < src.len() {
            let to = (from + step).min(src.len());
            let n = (to - from) / layout.channels;
            read(&src.range(from, to), layout, &mut block, &mut flat, n);
            self.associated(&mut block, n, layout);
            write(&mut dst.range(from, to), layout, &mut block, &mut flat, n);
            from = to;
        }
    }

    /// The kernels between the two alpha conversions.
    fn associated(&self, block: &mut Block, n: usize, layout: &Layout) {
        if layout.channels == 4 && layout.alpha_in == Alpha::Premultiplied {
            scale_by_alpha(block, n, |a| a.recip());
        }
        let [r, g, b, a] = block;
        self.run_block([&mut r[..n], &mut g[..n], &mut b[..n], &mut a[..n]]);
        if layout.channels == 4 && layout.alpha_out == Alpha::Premultiplied {
            scale_by_alpha(block, n, |a| a);
        }
    }
}

/// Colours times a function of alpha where alpha can be divided by.
fn scale_by_alpha(block: &mut Block, n: usize, factor: impl Fn(f32) -> f32) {
    let [r, g, b, a] = block;
    for i in 0..n {
        let f = if a[i] != 0.0 && a[i].recip().is_finite() {
            factor(a[i])
        } else {
            1.0
        };
        r[i] *= f;
        g[i] *= f;
        b[i] *= f;
    }
}

fn check(layout: &Layout, len: usize) {
    assert!(
        matches!(layout.channels, 3 | 4),
        "3 or 4 channels, not {}",
        layout.channels
    );
    assert_eq!(len % layout.channels, 0, "whole pixels");
}

/// Interleaved floats of a block, for samples that are not floats.
pub(crate) struct Flat(Box<[f32; 4 * BLOCK]>);

impl Flat {
    pub(crate) fn new() -> Self {
        Self(Box::new([0.0; 4 * BLOCK]))
    }
}

pub(crate) fn shared<'a>(samples: &'a SamplesMut<'_>) -> Samples<'a> {
    match samples {
        SamplesMut::U8(v) => Samples::U8(v),
        SamplesMut::U16(v) => Samples::U16(v),
        SamplesMut::U32(v) => Samples::U32(v),
        SamplesMut::F16(v) => Samples::F16(v),
        SamplesMut::F32(v) => Samples::F32(v),
    }
}

/// `n` pixels into planes.
fn read(src: &Samples<'_>, layout: &Layout, block: &mut Block, flat: &mut Flat, n: usize) {
    let floats = match src {
        Samples::F32(v) => v,
        _ => {
            let floats = &mut flat.0[..n * layout.channels];
            to_f32(*src, layout.bits_in, floats);
            &*floats
        }
    };
    let [r, g, b, a] = block;
    if layout.channels == 4 {
        deinterleave(
            floats,
            4,
            &mut [&mut r[..n], &mut g[..n], &mut b[..n], &mut a[..n]],
        );
    } else {
        deinterleave(floats, 3, &mut [&mut r[..n], &mut g[..n], &mut b[..n]]);
        a[..n].fill(1.0);
    }
}

/// `n` pixels out of planes.
fn write(dst: &mut SamplesMut<'_>, layout: &Layout, block: &mut Block, flat: &mut Flat, n: usize) {
    let [r, g, b, a] = block;
    let mut join = |floats: &mut [f32]| {
        if layout.channels == 4 {
            interleave(&[&r[..n], &g[..n], &b[..n], &a[..n]], 4, floats);
        } else {
            interleave(&[&r[..n], &g[..n], &b[..n]], 3, floats);
        }
    };
    if let SamplesMut::F32(v) = dst {
        join(v);
        return;
    }
    let len = dst.len();
    let floats = &mut flat.0[..len];
    join(floats);
    from_f32(floats, dst.range(0, len), layout.bits_out);
}
