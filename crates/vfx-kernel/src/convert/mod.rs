//! Sample conversions over contiguous rows: integers of 1 to 32 significant bits, half floats, floats.
//!
//! Integers are normalised: full scale 2^n - 1 is 1.0, whatever the size of the type. To float: v / (2^n - 1), correctly
//! rounded for n <= 24 (32-bit samples go through `f64`: within 0.5 ulp + 2^-29); values above full scale come out above 1.
//! To integer: NaN becomes 0, then clamped to 0..1, times full scale, rounded half to even (the product is rounded to `f32`
//! first for `u8` and `u16`, exact in `f64` for `u32`). To half: round to nearest even, overflow to infinity, subnormals
//! kept; a NaN stays a (quiet) NaN with the top of its payload. Equal type and bits: a copy, bit by bit.

mod half_float;
mod integer;
mod rescale;

#[cfg(test)]
mod tests;

use half::f16;

/// A row of samples to read.
#[derive(Clone, Copy, Debug)]
pub enum Samples<'a> {
    /// Unsigned integers of up to 8 bits.
    U8(&'a [u8]),
    /// Unsigned integers of up to 16 bits.
    U16(&'a [u16]),
    /// Unsigned integers of up to 32 bits.
    U32(&'a [u32]),
    /// Half floats.
    F16(&'a [f16]),
    /// Floats.
    F32(&'a [f32]),
}

/// A row of samples to write.
#[derive(Debug)]
pub enum SamplesMut<'a> {
    /// Unsigned integers of up to 8 bits.
    U8(&'a mut [u8]),
    /// Unsigned integers of up to 16 bits.
    U16(&'a mut [u16]),
    /// Unsigned integers of up to 32 bits.
    U32(&'a mut [u32]),
    /// Half floats.
    F16(&'a mut [f16]),
    /// Floats.
    F32(&'a mut [f32]),
}

impl<'a> Samples<'a> {
    /// Number of samples.
    pub fn len(&self) -> usize {
        match self {
            Self::U8(v) => v.len(),
            Self::U16(v) => v.len(),
            Self::U32(v) => v.len(),
            Self::F16(v) => v.len(),
            Self::F32(v) => v.len(),
        }
    }

    /// No samples.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Samples `from..to`.
    pub fn range(&self, from: usize, to: usize) -> Samples<'a> {
        match *self {
            Self::U8(v) => Self::U8(&v[from..to]),
            Self::U16(v) => Self::U16(&v[from..to]),
            Self::U32(v) => Self::U32(&v[from..to]),
            Self::F16(v) => Self::F16(&v[from..to]),
            Self::F32(v) => Self::F32(&v[from..to]),
        }
    }
}

impl SamplesMut<'_> {
    /// Number of samples.
    pub fn len(&self) -> usize {
        match self {
            Self::U8(v) => v.len(),
            Self::U16(v) => v.len(),
            Self::U32(v) => v.len(),
            Self::F16(v) => v.len(),
            Self::F32(v) => v.len(),
        }
    }

    /// No samples.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Samples `from..to`.
    pub fn range(&mut self, from: usize, to: usize) -> SamplesMut<'_> {
        match self {
            Self::U8(v) => SamplesMut::U8(&mut v[from..to]),
            Self::U16(v) => SamplesMut::U16(&mut v[from..to]),
            Self::U32(v) => SamplesMut::U32(&mut v[from..to]),
            Self::F16(v) => SamplesMut::F16(&mut v[from..to]),
            Self::F32(v) => SamplesMut::F32(&mut v[from..to]),
        }
    }
}

/// 2^bits - 1.
///
/// # Panics
///
/// If `bits` is 0 or more than `limit`, the size of the type.
#[inline]
fn full_scale(bits: u8, limit: u8) -> u32 {
    assert!(
        bits >= 1 && bits <= limit,
        "{bits} significant bits do not fit the type's {limit}"
    );
    u32::MAX >> (32 - bits)
}

/// Samples to floats; `bits` is the number of significant bits of integers and ignored for floats.
///
/// ```
/// use vfx_kernel::{Samples, to_f32};
///
/// let mut floats = [0.0; 3];
/// to_f32(Samples::U16(&[0, 512, 1023]), 10, &mut floats);
/// assert_eq!(floats, [0.0, 512.0 / 1023.0, 1.0]);
/// ```
///
/// # Panics
///
/// If the lengths differ, or `bits` does not fit the type.
pub fn to_f32(src: Samples<'_>, bits: u8, dst: &mut [f32]) {
    assert_eq!(src.len(), dst.len(), "rows of one length");
    match src {
        Samples::U8(v) => integer::from_u8(v, full_scale(bits, 8), dst),
        Samples::U16(v) => integer::from_u16(v, full_scale(bits, 16), dst),
        Samples::U32(v) => integer::from_u32(v, full_scale(bits, 32), dst),
        Samples::F16(v) => half_float::widen(bytemuck::cast_slice(v), dst),
        Samples::F32(v) => dst.copy_from_slice(v),
    }
}

/// Floats to samples; `bits` is the number of significant bits of integers and ignored for floats.
///
/// # Panics
///
/// If the lengths differ, or `bits` does not fit the type.
pub fn from_f32(src: &[f32], dst: SamplesMut<'_>, bits: u8) {
    assert_eq!(src.len(), dst.len(), "rows of one length");
    match dst {
        SamplesMut::U8(v) => integer::to_u8(src, full_scale(bits, 8), v),
        SamplesMut::U16(v) => integer::to_u16(src, full_scale(bits, 16), v),
        SamplesMut::U32(v) => integer::to_u32(src, full_scale(bits, 32), v),
        SamplesMut::F16(v) => half_float::narrow(src, bytemuck::cast_slice_mut(v)),
        SamplesMut::F32(v) => v.copy_from_slice(src),
    }
}

/// Any samples to any others, rounded once: integers to integers are round(v * max_out / max_in) exactly (there are no ties),
/// values above full scale counting as full scale.
///
/// ```
/// use vfx_kernel::{Samples, SamplesMut, convert};
///
/// let mut wide = [0; 2];
/// convert(Samples::U8(&[1, 255]), 8, SamplesMut::U16(&mut wide), 16);
/// assert_eq!(wide, [257, 65535]);
/// ```
///
/// # Panics
///
/// If the lengths differ, or a number of bits does not fit its type.
pub fn convert(src: Samples<'_>, src_bits: u8, mut dst: SamplesMut<'_>, dst_bits: u8) {
    assert_eq!(src.len(), dst.len(), "rows of one length");
    macro_rules! integers {
        ($($a:ident $a_bits:literal $b:ident $b_bits:literal;)*) => {
            match (&src, &mut dst) {
                $((Samples::$a(a), SamplesMut::$b(b)) => {
                    let (from, to) = (full_scale(src_bits, $a_bits), full_scale(dst_bits, $b_bits));
                    return rescale::rescale(*a, from, *b, to);
                })*
                (Samples::F16(a), SamplesMut::F16(b)) => return b.copy_from_slice(a),
                (_, SamplesMut::F32(b)) => return to_f32(src, src_bits, b),
                (Samples::F32(a), _) => return from_f32(a, dst, dst_bits),
                _ => {}
            }
        };
    }
    integers! {
        U8 8 U8 8; U8 8 U16 16; U8 8 U32 32;
        U16 16 U8 8; U16 16 U16 16; U16 16 U32 32;
        U32 32 U8 8; U32 32 U16 16; U32 32 U32 32;
    }
    // A half on one side and an integer on the other: through floats, a block at a time.
    let mut block = [0.0f32; 512];
    let len = src.len();
    let mut from = 0;
    while from < len {
        let to = (from + block.len()).min(len);
        let floats = &mut block[..to - from];
        let part = src.range(from, to);
        to_f32(part, src_bits, floats);
        if matches!(dst, SamplesMut::F16(_)) {
            integer::avoid_half_ties(part, src_bits, floats);
        }
        from_f32(floats, dst.range(from, to), dst_bits);
        from = to;
    }
}
