//! Between samples and what the wavelet transforms: the component transforms and the conversion of numbers.
//!
//! Decoded samples are the bits of half (16) or of float and uint (32), as signed integers; floats of the irreversible path span 1 over their range. Float
//! operations are in the order of OpenJPH's vector code (rounding to even).
//! Source: ITU-T T.800 annex G (RCT, ICT, level shift), T.801 K.1 (NLT types 2 to 4).

use super::coefficient::Coefficient;
use super::error::Fault;
use super::markers::{Component, Nonlinearity};
use super::transfer;
use crate::simd;

/// Samples that may be transformed together with those of two other components.
pub(super) trait Colour: Sized {
    /// Y, Cb, Cr to R, G, B.
    fn to_rgb(rows: [&[Self]; 3], out: [&mut [Self]; 3]);
    /// R, G, B to Y, Cb, Cr, in place.
    fn from_rgb(rows: [&mut [Self]; 3]);
    /// Sample of the file, as its low bits; not for tables.
    fn to_bits(&self, conversion: &Conversion) -> u32;
    /// Stores a row's samples, which have so many bytes.
    fn store(row: &[Self], conversion: &Conversion, out: &mut [u8], bytes: usize);
}

/// How the integers of a component become bits of a file's sample.
#[derive(Debug, Clone)]
pub(super) enum Conversion {
    /// Added.
    Shift(u32),
    /// Negative numbers: this less the complement.
    SignMagnitude(u32),
    /// Floats, scaled and limited.
    Scaled {
        bits: u32,
        signed: bool,
        sign_magnitude: bool,
    },
    /// Floats, scaled and limited, then out of the transfer function that OpenEXR 3.5.0 and 3.5.1 applied outside the codestream.
    Legacy { bits: u32, signed: bool },
    /// Floats, through a table.
    Table(Box<Curve>),
}

/// A table ready for look-up.
#[derive(Debug, Clone)]
pub(super) struct Curve {
    first: f32,
    last: f32,
    step: f32,
    a_step: f32,
    /// Value of each point and its distance to the next.
    points: Vec<[f32; 2]>,
    scale: f32,
    half: f32,
    signed: bool,
    sign_magnitude: bool,
}

impl Conversion {
    pub fn new(component: &Component, legacy: bool) -> Result<Self, Fault> {
        let half = 1u32 << (component.bits.min(32) - 1);
        if component.bits > 32 {
            return Err(Fault::invalid("bit depth", component.bits));
        }
        let reversible = component.coding.reversible;
        let sign_magnitude = component.nonlinearity == Nonlinearity::SignMagnitude;
        Ok(match &component.nonlinearity {
            Nonlinearity::Table { .. } if reversible => {
                return Err(Fault::invalid("table with the reversible wavelet", 0u32));
            }
            Nonlinearity::Table {
                sign_magnitude,
                table,
            } => {
                let unit = 1.0 / f64::from(u32::MAX);
                let first = (f64::from(table.domain.0) * unit) as f32;
                let last = (f64::from(table.domain.1) * unit) as f32;
                let intervals = (table.points.len() - 1) as f32;
                let scale = (1u64 << table.bits) as f32;
                let value = |p: &u32| *p as f32 * (1.0 / scale);
                let points = table
                    .points
                    .iter()
                    .zip(table.points.iter().skip(1).chain(table.points.last()))
                    .map(|(p, next)| [value(p), value(next) - value(p)])
                    .collect();
                Self::Table(Box::new(Curve {
                    first,
                    last,
                    step: (last - first) / intervals,
                    a_step: intervals / (last - first),
                    points,
                    scale,
                    half: scale * 0.5,
                    signed: table.signed,
                    sign_magnitude: *sign_magnitude,
                }))
            }
            _ if !reversible && legacy => Self::Legacy {
                bits: component.bits,
                signed: component.signed,
            },
            _ if !reversible => Self::Scaled {
                bits: component.bits,
                signed: component.signed,
                sign_magnitude,
            },
            Nonlinearity::SignMagnitude if component.signed => Self::SignMagnitude(half),
            Nonlinearity::SignMagnitude => {
                return Err(Fault::invalid(
                    "sign and magnitude of unsigned samples",
                    0u32,
                ));
            }
            Nonlinearity::None => Self::Shift(if component.signed { 0 } else { half }),
        })
    }
}

#[inline(always)]
fn rct_back<C: Coefficient>(rows: [&[C]; 3], out: [&mut [C]; 3]) {
    let [y, cb, cr] = rows;
    let [r, g, b] = out;
    for (((((r, g), b), &y), &cb), &cr) in r.iter_mut().zip(g).zip(b).zip(y).zip(cb).zip(cr) {
        let green = y.sub(cb.add(cr).shr(2));
        *g = green;
        *r = cr.add(green);
        *b = cb.add(green);
    }
}

#[inline(always)]
fn rct<C: Coefficient>(rows: [&mut [C]; 3]) {
    let [r, g, b] = rows;
    for ((r, g), b) in r.iter_mut().zip(g).zip(b) {
        let (red, green, blue) = (*r, *g, *b);
        *r = red.add(green).add(green).add(blue).shr(2);
        *g = blue.sub(green);
        *b = red.sub(green);
    }
}

macro_rules! integers {
    ($type:ty) => {
        impl Colour for $type {
            fn to_rgb(rows: [&[Self]; 3], out: [&mut [Self]; 3]) {
                simd::widest(
                    #[inline(always)]
                    || rct_back(rows, out),
                );
            }
            fn from_rgb(rows: [&mut [Self]; 3]) {
                simd::widest(
                    #[inline(always)]
                    || rct(rows),
                );
            }
            #[inline(always)]
            fn to_bits(&self, conversion: &Conversion) -> u32 {
                let v = *self as u32;
                match conversion {
                    Conversion::SignMagnitude(half) => sign_magnitude(v as i32, *half),
                    Conversion::Shift(half) => v.wrapping_add(*half),
                    _ => v,
                }
            }
            fn store(row: &[Self], conversion: &Conversion, out: &mut [u8], bytes: usize) {
                store_integers(row, conversion, out, bytes);
            }
        }
    };
}

integers!(i32);
integers!(i64);

/// Negative `v` becomes `-v - 1 - half`, with the sign bit `half`; its own inverse.
#[inline(always)]
pub(super) fn sign_magnitude(v: i32, half: u32) -> u32 {
    let negative = v >> 31;
    ((v ^ negative) as u32).wrapping_sub(half & negative as u32)
}

/// Luma weights of red, green and blue.
const LUMA: [f32; 3] = [0.299, 0.587, 0.114];

impl Colour for f32 {
    fn to_rgb(rows: [&[Self]; 3], out: [&mut [Self]; 3]) {
        let [red, green, blue] = LUMA.map(f64::from);
        let to_red = (2.0 * (1.0 - red)) as f32;
        let to_blue = (2.0 * (1.0 - blue)) as f32;
        let red_to_green = (2.0 * red * (1.0 - red) / green) as f32;
        let blue_to_green = (2.0 * blue * (1.0 - blue) / green) as f32;
        simd::widest(
            #[inline(always)]
            || {
                let [y, cb, cr] = rows;
                let [r, g, b] = out;
                for (((((r, g), b), &y), &cb), &cr) in
                    r.iter_mut().zip(g).zip(b).zip(y).zip(cb).zip(cr)
                {
                    *g = y - red_to_green * cr - blue_to_green * cb;
                    *r = y + to_red * cr;
                    *b = y + to_blue * cb;
                }
            },
        );
    }

    fn from_rgb(rows: [&mut [Self]; 3]) {
        let [red, green, blue] = LUMA;
        let of_blue = (0.5 / (1.0 - f64::from(blue))) as f32;
        let of_red = (0.5 / (1.0 - f64::from(red))) as f32;
        simd::widest(
            #[inline(always)]
            || {
                let [r, g, b] = rows;
                for ((r, g), b) in r.iter_mut().zip(g).zip(b) {
                    let y = red * *r + green * *g + blue * *b;
                    let (cb, cr) = (of_blue * (*b - y), of_red * (*r - y));
                    (*r, *g, *b) = (y, cb, cr);
                }
            },
        );
    }

    #[inline(always)]
    fn to_bits(&self, conversion: &Conversion) -> u32 {
        match conversion {
            Conversion::Scaled {
                bits,
                signed,
                sign_magnitude: fold,
            } => {
                let half = 1u32 << (bits - 1);
                let v = scaled(*self, *bits);
                if !signed {
                    (v as u32).wrapping_add(half)
                } else if *fold {
                    sign_magnitude(v, half)
                } else {
                    v as u32
                }
            }
            Conversion::Legacy { bits, signed } => {
                let v = scaled(*self, *bits);
                if *signed {
                    transfer::legacy_bits(v, *bits)
                } else {
                    transfer::legacy_bits((v as u32).wrapping_add(1 << (bits - 1)) as i32, *bits)
                }
            }
            _ => 0,
        }
    }

    fn store(row: &[Self], conversion: &Conversion, out: &mut [u8], bytes: usize) {
        store_floats(row, conversion, out, bytes);
    }
}

/// A float that spans 1 over a signed range, as its integer.
#[inline(always)]
fn scaled(value: f32, bits: u32) -> i32 {
    let scale = (1u64 << bits) as f32;
    let limit = scale * 0.5;
    let t = (value * scale).max(-limit);
    if t < limit {
        t.round_ties_even() as i32
    } else {
        ((1u32 << (bits - 1)) - 1) as i32
    }
}

/// Samples that go through a table together.
const LANES: usize = 64;

/// What is between the loops of [`Curve::run`], made once a row.
struct Places {
    parts: [f32; LANES],
    places: [u32; LANES],
    found: [[f32; 2]; LANES],
    bits: [u32; LANES],
}

impl Curve {
    /// Three loops, of which the outer ones are vectorised: places in the table, look-up, interpolation.
    #[inline(always)]
    fn run(&self, values: &[f32; LANES], between: &mut Places) {
        let Places {
            parts,
            places,
            found,
            bits,
        } = between;
        let points = &self.points[..];
        let last = (points.len() - 1) as u32;
        for ((part, place), v) in parts.iter_mut().zip(&mut *places).zip(values) {
            // NaN becomes the first; comparisons, for one instruction each.
            let t = v + 0.5;
            let t = if t > self.first { t } else { self.first };
            let t = if t < self.last { t } else { self.last };
            let k = ((t - self.first) * self.a_step).floor();
            let start = self.first + k * self.step;
            *part = (t - start) * self.a_step;
            // The sum holds a whole number up to 2^23 in its mantissa: a conversion without range checks.
            *place = ((k + 8_388_608.0).to_bits() & 0x7f_ffff).min(last);
        }
        // Each point is one load and one store; the loop after this takes them apart.
        for (point, place) in found.iter_mut().zip(&*places) {
            *point = points[*place as usize];
        }
        let (scale, half) = (self.scale, if self.signed { self.half } else { 0.0 });
        let fold = if self.sign_magnitude {
            self.half as u32
        } else {
            0
        };
        let numbers = parts.iter().zip(&*found);
        if scale <= 65536.0 {
            for (out, (part, [low, difference])) in bits.iter_mut().zip(numbers) {
                let z = low + part * difference;
                // Rounds to even below 2^22, again in the mantissa.
                let v = (z * scale - half + 12_582_912.0)
                    .to_bits()
                    .wrapping_sub(0x4b40_0000);
                *out = folded(v as i32, fold);
            }
        } else {
            for (out, (part, [low, difference])) in bits.iter_mut().zip(numbers) {
                let z = low + part * difference;
                *out = folded((z * scale - half).round_ties_even() as i32, fold);
            }
        }
    }
}

/// Sign and magnitude, unless `half` is 0.
#[inline(always)]
fn folded(v: i32, half: u32) -> u32 {
    if half == 0 {
        v as u32
    } else {
        sign_magnitude(v, half)
    }
}

/// Stores the low bytes of a row's integers.
fn store_integers<T: Colour>(row: &[T], conversion: &Conversion, out: &mut [u8], bytes: usize) {
    simd::widest(
        #[inline(always)]
        || match conversion {
            // One loop a conversion, so that each can be vectorised.
            Conversion::SignMagnitude(half) => {
                let conversion = Conversion::SignMagnitude(*half);
                store_row(row, &conversion, out, bytes);
            }
            Conversion::Shift(half) => {
                let conversion = Conversion::Shift(*half);
                store_row(row, &conversion, out, bytes);
            }
            other => store_row(row, other, out, bytes),
        },
    );
}

/// Stores a row of floats.
fn store_floats(row: &[f32], conversion: &Conversion, out: &mut [u8], bytes: usize) {
    let Conversion::Table(curve) = conversion else {
        return simd::widest(
            #[inline(always)]
            || store_row(row, conversion, out, bytes),
        );
    };
    simd::widest(
        #[inline(always)]
        || {
            let mut between = Places {
                parts: [0.0; LANES],
                places: [0; LANES],
                found: [[0.0; 2]; LANES],
                bits: [0; LANES],
            };
            let (blocks, rest) = row.as_chunks::<LANES>();
            let mut padded = [0.0; LANES];
            padded[..rest.len()].copy_from_slice(rest);
            let blocks = blocks.iter().chain(std::iter::once(&padded));
            for (block, out) in blocks.zip(out.chunks_mut(LANES * bytes)) {
                curve.run(block, &mut between);
                if bytes == 2 {
                    for (out, v) in out.as_chunks_mut().0.iter_mut().zip(&between.bits) {
                        *out = (*v as u16).to_le_bytes();
                    }
                } else {
                    for (out, v) in out.as_chunks_mut().0.iter_mut().zip(&between.bits) {
                        *out = v.to_le_bytes();
                    }
                }
            }
        },
    );
}

#[inline(always)]
fn store_row<T: Colour>(row: &[T], conversion: &Conversion, out: &mut [u8], bytes: usize) {
    if bytes == 2 {
        for (out, v) in out.chunks_exact_mut(2).zip(row) {
            out.copy_from_slice(&(v.to_bits(conversion) as u16).to_le_bytes());
        }
    } else {
        for (out, v) in out.chunks_exact_mut(4).zip(row) {
            out.copy_from_slice(&v.to_bits(conversion).to_le_bytes());
        }
    }
}
