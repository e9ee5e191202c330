//! Images through a program: interleaved or planar samples of any type in and out, a block of 1024 pixels at a time.
//!
//! A block is read into four planes (native samples to `f32`, alpha association undone if it is associated), runs through
//! every kernel while it lies in the first cache, and is written back; meanwhile the next block is asked for, which for floats
//! saves up to 0.3 ns a pixel. Integers are full scale = 1.0; results clamp to the integer range, NaN becomes 0. Three-channel
//! pixels get alpha 1.0. No allocation per block, no threads: callers bring rows.

use half::f16;
use vfx_kernel::interleave::{deinterleave, interleave};
use vfx_kernel::prefetch::Ahead;
use vfx_kernel::rgba::{halves_to_planes, planes_to_halves};
use vfx_kernel::{Samples, SamplesMut, from_f32, to_f32};

use super::ColorProgram;
use super::codes::{self, CodeTable, Codes, Floats};
use super::kernel::Kernel;

/// Pixels of a block: four planes of it are 16 KiB.
pub(crate) const BLOCK: usize = 1024;

/// Pixels of a block that run through a kernel between two requests for the next block.
const PART: usize = 256;

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

    /// Nothing but the samples' type matters: straight alpha, the same bits in and out.
    fn is_plain(&self) -> bool {
        self.bits_in == self.bits_out
            && (self.channels == 3
                || (self.alpha_in == Alpha::Straight && self.alpha_out == Alpha::Straight))
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
type Block = [[f32; BLOCK]; 4];

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
            self.run_block(0, [r0, g0, b0, a0]);
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
    pub fn apply_in_place(&self, pixels: SamplesMut<'_>, layout: &Layout) {
        check(layout, pixels.len());
        if self.kernels.is_empty() && layout.is_plain() {
            return;
        }
        let program = self.for_samples(&shared(&pixels), layout);
        program.in_place(pixels, layout);
    }

    /// The program that these samples go through.
    fn for_samples(&self, src: &Samples<'_>, layout: &Layout) -> &Self {
        let associated = layout.channels == 4 && layout.alpha_in == Alpha::Premultiplied;
        if Codes::of(src, layout.bits_in).is_some() && !associated {
            self.of_codes()
        } else {
            self
        }
    }

    fn in_place(&self, mut pixels: SamplesMut<'_>, layout: &Layout) {
        if self.codes_in_place(&mut pixels, layout) {
            return;
        }
        let mut scratch = Scratch::new();
        let step = BLOCK * layout.channels;
        let table = self.table(&shared(&pixels), layout);
        if let Some(Table::Colours(floats)) = table
            && let SamplesMut::F16(v) = &mut pixels
            && self.kernels[self.separable].run_coded(floats.of(), v)
        {
            return;
        }
        let mut from = 0;
        while from < pixels.len() {
            let to = (from + step).min(pixels.len());
            let mut ahead = self.ahead(&shared(&pixels), to, step);
            let mut part = pixels.range(from, to);
            if let Some(Table::Colours(floats)) = table {
                self.looked_up(floats, &shared(&part), layout, &mut scratch, &mut ahead);
                from_f32(&scratch.flat[..to - from], part, layout.bits_out);
            } else if !self.whole_block(&mut part, layout, &mut scratch) {
                let start = self.read(&shared(&part), layout, table.as_ref(), &mut scratch);
                self.finish(start, &mut part, layout, &mut scratch, ahead);
            }
            from = to;
        }
    }

    /// Runs on interleaved pixels of one type into pixels of any other.
    ///
    /// # Panics
    ///
    /// If the lengths differ or are no multiples of the channels, or bits do not fit the types.
    pub fn apply_into(&self, src: Samples<'_>, dst: SamplesMut<'_>, layout: &Layout) {
        assert_eq!(src.len(), dst.len(), "images of one size");
        check(layout, src.len());
        self.for_samples(&src, layout).into(src, dst, layout);
    }

    fn into(&self, src: Samples<'_>, mut dst: SamplesMut<'_>, layout: &Layout) {
        let mut scratch = Scratch::new();
        let step = BLOCK * layout.channels;
        let table = self.table(&src, layout);
        let mut from = 0;
        while from < src.len() {
            let to = (from + step).min(src.len());
            let mut ahead = self.ahead(&src, to, step);
            let (part, mut out) = (src.range(from, to), dst.range(from, to));
            if let Some(Table::Colours(floats)) = table {
                self.looked_up(floats, &part, layout, &mut scratch, &mut ahead);
                from_f32(&scratch.flat[..to - from], out, layout.bits_out);
            } else {
                let start = self.read(&part, layout, table.as_ref(), &mut scratch);
                self.finish(start, &mut out, layout, &mut scratch, ahead);
            }
            from = to;
        }
    }

    /// The `step` samples from `from` on, to be asked for while the ones before them are computed.
    fn ahead(&self, src: &Samples<'_>, from: usize, step: usize) -> Ahead {
        let to = src.len().min(from + step);
        let steps = (BLOCK / PART) * self.kernels.len();
        match src.range(from, to) {
            Samples::U8(v) => Ahead::new(v.as_ptr(), size_of_val(v), steps),
            Samples::U16(v) => Ahead::new(v.as_ptr(), size_of_val(v), steps),
            Samples::U32(v) => Ahead::new(v.as_ptr(), size_of_val(v), steps),
            Samples::F16(v) => Ahead::new(v.as_ptr(), size_of_val(v), steps),
            Samples::F32(v) => Ahead::new(v.as_ptr(), size_of_val(v), steps),
        }
    }

    /// The whole image through a table of codes.
    fn codes_in_place(&self, pixels: &mut SamplesMut<'_>, layout: &Layout) -> bool {
        if self.separable < self.kernels.len() || !layout.is_plain() {
            return false;
        }
        let Some(kind) = Codes::of(&shared(pixels), layout.bits_in) else {
            return false;
        };
        if !self.tables.pay(kind, pixels.len()) {
            return false;
        }
        match (self.tables.whole(kind, &self.kernels), pixels) {
            (CodeTable::Bytes(t), SamplesMut::U8(v)) => codes::bytes(t, layout.channels, v),
            (CodeTable::Words(t), SamplesMut::U16(v)) => codes::words(t, layout.channels, v),
            (CodeTable::Words(t), SamplesMut::F16(v)) => {
                codes::words(t, layout.channels, bytemuck::cast_slice_mut(v));
            }
            _ => return false,
        }
        true
    }

    /// A program of one step that takes interleaved pixels as they are.
    fn whole_block(
        &self,
        part: &mut SamplesMut<'_>,
        layout: &Layout,
        scratch: &mut Scratch,
    ) -> bool {
        let [kernel] = &self.kernels[..] else {
            return false;
        };
        if layout.channels != 4 || !layout.is_plain() {
            return false;
        }
        if let SamplesMut::F32(v) = part {
            return kernel.run_rgba(v);
        }
        if let SamplesMut::F16(v) = part
            && kernel.run_halves(v)
        {
            return true;
        }
        let n = part.len();
        let flat = &mut scratch.flat[..n];
        to_f32(shared(part), layout.bits_in, flat);
        if !kernel.run_rgba(flat) {
            return false;
        }
        from_f32(flat, part.range(0, n), layout.bits_out);
        true
    }

    /// The table of the separable start of the program, if that is worth it.
    fn table(&self, src: &Samples<'_>, layout: &Layout) -> Option<Table<'_>> {
        let start = &self.kernels[..self.separable];
        let rest = &self.kernels[self.separable..];
        let associated = layout.channels == 4 && layout.alpha_in == Alpha::Premultiplied;
        let kind = Codes::of(src, layout.bits_in)?;
        let cost: f32 = start.iter().map(|k| k.cost()).sum();
        let interleaved = matches!(rest, [one] if one.run_rgba(&mut []));
        let colours = interleaved && layout.channels == 4 && layout.is_plain();
        let limit = if colours {
            kind.cost_rgba()
        } else {
            kind.cost()
        };
        if start.is_empty() || associated || cost <= limit || !self.tables.pay(kind, src.len()) {
            return None;
        }
        let floats = self.tables.prefix(kind, start);
        Some(if colours {
            Table::Colours(floats)
        } else {
            Table::Planes(floats)
        })
    }

    /// A part through the table and the one kernel after it, as interleaved floats in the scratch memory.
    fn looked_up(
        &self,
        table: &Floats,
        src: &Samples<'_>,
        layout: &Layout,
        scratch: &mut Scratch,
        ahead: &mut Ahead,
    ) {
        let flat = &mut scratch.flat[..src.len()];
        let mut from = 0;
        while from < src.len() {
            let to = (from + 4 * PART).min(src.len());
            let (part, flat) = (src.range(from, to), &mut flat[from..to]);
            ahead.step();
            // Alpha, and colours that the table replaces.
            to_f32(part, layout.bits_in, flat);
            ahead.step();
            match part {
                Samples::U8(v) => codes::colours_of_bytes(table, v, flat),
                Samples::U16(v) => codes::colours_of_words(table, v, flat),
                Samples::F16(v) => codes::colours_of_words(table, bytemuck::cast_slice(v), flat),
                _ => unreachable!("only these have codes"),
            }
            for kernel in &self.kernels[self.separable..] {
                assert!(kernel.run_rgba(flat), "it took interleaved pixels");
            }
            from = to;
        }
    }

    /// A part into planes; the kernel to go on with.
    fn read(
        &self,
        src: &Samples<'_>,
        layout: &Layout,
        table: Option<&Table<'_>>,
        scratch: &mut Scratch,
    ) -> usize {
        let n = src.len() / layout.channels;
        let associated = layout.channels == 4 && layout.alpha_in == Alpha::Premultiplied;
        if let Some(Table::Planes(tables)) = table {
            let [r, g, b, a] = &mut *scratch.block;
            let planes = [&mut r[..n], &mut g[..n], &mut b[..n]];
            let c = layout.channels;
            match src {
                Samples::U8(v) => codes::split_bytes(tables, c, v, planes),
                Samples::U16(v) => codes::split_words(tables, c, v, planes),
                Samples::F16(v) => codes::split_words(tables, c, bytemuck::cast_slice(v), planes),
                _ => unreachable!("only these have codes"),
            }
            if c == 4 {
                alpha(src, layout.bits_in, &mut a[..n]);
            } else {
                a[..n].fill(1.0);
            }
            return self.separable;
        }
        read(src, layout, scratch, n);
        if associated {
            scale_by_alpha(&mut scratch.block, n, f32::recip);
        }
        0
    }

    /// The rest of the program, and the result into `dst`.
    fn finish(
        &self,
        start: usize,
        dst: &mut SamplesMut<'_>,
        layout: &Layout,
        scratch: &mut Scratch,
        mut ahead: Ahead,
    ) {
        let n = dst.len() / layout.channels;
        let associated = layout.channels == 4 && layout.alpha_out == Alpha::Premultiplied;
        let [r, g, b, a] = &mut *scratch.block;
        let (r, g, b, a) = (&mut r[..n], &mut g[..n], &mut b[..n], &mut a[..n]);
        let end = self.kernels.len();
        let run = |kernels: &[Box<dyn Kernel>], planes: [&mut [f32]; 4], ahead: &mut Ahead| {
            let [r, g, b, a] = planes;
            let parts = r.chunks_mut(PART).zip(g.chunks_mut(PART));
            for ((r, g), (b, a)) in parts.zip(b.chunks_mut(PART).zip(a.chunks_mut(PART))) {
                for kernel in kernels {
                    ahead.step();
                    kernel.run_planes([&mut *r, &mut *g, &mut *b, &mut *a]);
                }
            }
        };
        if layout.channels == 4 && !associated && start < end {
            let last = &self.kernels[end - 1];
            run(
                &self.kernels[start..end - 1],
                [&mut *r, &mut *g, &mut *b, &mut *a],
                &mut ahead,
            );
            if let SamplesMut::F32(v) = dst {
                if last.run_last([&mut *r, &mut *g, &mut *b, &mut *a], v) {
                    return;
                }
            } else {
                let flat = &mut scratch.flat[..4 * n];
                if last.run_last([&mut *r, &mut *g, &mut *b, &mut *a], flat) {
                    from_f32(flat, dst.range(0, 4 * n), layout.bits_out);
                    return;
                }
            }
            run(&self.kernels[end - 1..], [r, g, b, a], &mut ahead);
        } else {
            run(&self.kernels[start..], [r, g, b, a], &mut ahead);
        }
        if associated {
            scale_by_alpha(&mut scratch.block, n, |a| a);
        }
        write(dst, layout, scratch, n);
    }
}

/// A table of the separable start of a program.
#[derive(Clone, Copy)]
enum Table<'a> {
    /// The rest runs on planes.
    Planes(&'a Floats),
    /// The rest is one kernel that takes interleaved pixels.
    Colours(&'a Floats),
}

/// Planes and interleaved floats of a block.
struct Scratch {
    block: Box<Block>,
    flat: Box<[f32; 4 * BLOCK]>,
}

impl Scratch {
    fn new() -> Self {
        Self {
            block: Box::new([[0.0; BLOCK]; 4]),
            flat: Box::new([0.0; 4 * BLOCK]),
        }
    }
}

/// Alpha of four-channel samples.
fn alpha(src: &Samples<'_>, bits: u8, out: &mut [f32]) {
    match src {
        Samples::U8(v) => {
            let mut column = [0u8; BLOCK];
            for (c, p) in column.iter_mut().zip(v.chunks_exact(4)) {
                *c = p[3];
            }
            to_f32(Samples::U8(&column[..out.len()]), bits, out);
        }
        Samples::U16(v) => {
            let mut column = [0u16; BLOCK];
            for (c, p) in column.iter_mut().zip(v.chunks_exact(4)) {
                *c = p[3];
            }
            to_f32(Samples::U16(&column[..out.len()]), bits, out);
        }
        Samples::F16(v) => {
            let mut column = [f16::ZERO; BLOCK];
            for (c, p) in column.iter_mut().zip(v.chunks_exact(4)) {
                *c = p[3];
            }
            to_f32(Samples::F16(&column[..out.len()]), bits, out);
        }
        _ => unreachable!("only these have codes"),
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

fn shared<'a>(samples: &'a SamplesMut<'_>) -> Samples<'a> {
    match samples {
        SamplesMut::U8(v) => Samples::U8(v),
        SamplesMut::U16(v) => Samples::U16(v),
        SamplesMut::U32(v) => Samples::U32(v),
        SamplesMut::F16(v) => Samples::F16(v),
        SamplesMut::F32(v) => Samples::F32(v),
    }
}

/// `n` pixels into planes.
fn read(src: &Samples<'_>, layout: &Layout, scratch: &mut Scratch, n: usize) {
    if let Samples::F16(v) = src
        && layout.channels == 4
    {
        let [r, g, b, a] = &mut *scratch.block;
        halves_to_planes(v, [&mut r[..n], &mut g[..n], &mut b[..n], &mut a[..n]]);
        return;
    }
    let floats = match src {
        Samples::F32(v) => v,
        _ => {
            let floats = &mut scratch.flat[..n * layout.channels];
            to_f32(*src, layout.bits_in, floats);
            &*floats
        }
    };
    let [r, g, b, a] = &mut *scratch.block;
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
fn write(dst: &mut SamplesMut<'_>, layout: &Layout, scratch: &mut Scratch, n: usize) {
    let [r, g, b, a] = &*scratch.block;
    let join = |floats: &mut [f32]| {
        if layout.channels == 4 {
            interleave(&[&r[..n], &g[..n], &b[..n], &a[..n]], 4, floats);
        } else {
            interleave(&[&r[..n], &g[..n], &b[..n]], 3, floats);
        }
    };
    match dst {
        SamplesMut::F32(v) => return join(v),
        SamplesMut::F16(v) if layout.channels == 4 => {
            return planes_to_halves([&r[..n], &g[..n], &b[..n], &a[..n]], v);
        }
        _ => {}
    }
    let len = dst.len();
    let floats = &mut scratch.flat[..len];
    join(floats);
    from_f32(floats, dst.range(0, len), layout.bits_out);
}
