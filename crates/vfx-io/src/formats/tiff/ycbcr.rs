//! YCbCr images outside JPEG: data units of subsampled chroma to 8-bit RGB.
//!
//! In: units of `h x v` luma samples, then Cb and Cr, row by row. Out: interleaved 8-bit RGB, chroma repeated over its unit
//! (as libtiff does, whatever YCbCrPositioning says), rounded. Source: TIFF 6.0 section 21 (matrix from the luma
//! coefficients, ReferenceBlackWhite). Cost: a table a component, one float sum a channel.

use super::ifd::{Ifd, Reader};
use super::layout::{Layout, Number};
use super::{malformed, tag, unsupported};
use vfx_core::IoError;

/// Chroma subsampling and the numbers of the matrix.
#[derive(Clone, PartialEq, Debug)]
pub struct Ycbcr {
    h: usize,
    v: usize,
    luma: [f32; 3],
    /// Black and white of Y, Cb, Cr.
    reference: [f32; 6],
}

impl Ycbcr {
    pub fn parse(r: &Reader<'_>, d: &Ifd, layout: &Layout) -> Result<Self, IoError> {
        if layout.bits != 8
            || layout.samples != 3
            || layout.separate
            || layout.number != Number::Unsigned
        {
            return Err(unsupported("this layout of YCbCr"));
        }
        let sub = match d.get(tag::YCBCR_SUBSAMPLING) {
            Some(e) => r.uints(e)?,
            None => vec![2, 2],
        };
        let [h @ (1 | 2 | 4), v @ (1 | 2 | 4), ..] = sub[..] else {
            return Err(malformed(
                "directory",
                format!("chroma subsampling {sub:?}"),
            ));
        };
        if (h, v) != (1, 1) && layout.predictor != super::layout::Predictor::None {
            return Err(unsupported("a predictor over subsampled chroma"));
        }
        let floats = |t| d.get(t).and_then(|e| r.floats(e));
        let luma = floats(tag::YCBCR_COEFFICIENTS)
            .and_then(|f| f.first_chunk::<3>().copied())
            .filter(|l| l[1] > 0.0 && l.iter().all(|v| v.is_finite()))
            .unwrap_or([0.299, 0.587, 0.114]);
        let reference = floats(tag::REFERENCE_BLACK_WHITE)
            .and_then(|f| f.first_chunk::<6>().copied())
            .filter(|f| (0..3).all(|i| f[2 * i + 1] > f[2 * i] && f[2 * i].is_finite()))
            .unwrap_or([0.0, 255.0, 128.0, 255.0, 128.0, 255.0]);
        Ok(Self {
            h: h as usize,
            v: v as usize,
            luma,
            reference,
        })
    }

    fn unit(&self) -> usize {
        self.h * self.v + 2
    }

    /// Stored bytes of a chunk of this size.
    pub fn chunk_bytes(&self, width: usize, rows: usize) -> usize {
        (width.div_ceil(self.h) * self.unit()).saturating_mul(rows.div_ceil(self.v))
    }

    /// Converts stored units to rows of `width` pixels.
    pub fn to_rgb(&self, units: &[u8], width: usize, rgb: &mut [u8]) {
        let across = width.div_ceil(self.h);
        let [lr, lg, lb] = self.luma;
        let scale = |i: usize, full: f32| {
            let (black, white) = (self.reference[2 * i], self.reference[2 * i + 1]);
            std::array::from_fn::<f32, 256, _>(|c| (c as f32 - black) * full / (white - black))
        };
        let (y_of, cb_of, cr_of) = (scale(0, 255.0), scale(1, 127.0), scale(2, 127.0));
        for (y, row) in rgb.chunks_exact_mut(width * 3).enumerate() {
            let line = &units[(y / self.v) * across * self.unit()..];
            for (x, p) in row.as_chunks_mut::<3>().0.iter_mut().enumerate() {
                let u = &line[(x / self.h) * self.unit()..][..self.unit()];
                let luma = y_of[usize::from(u[(y % self.v) * self.h + x % self.h])];
                let (cb, cr) = (
                    cb_of[usize::from(u[self.unit() - 2])],
                    cr_of[usize::from(u[self.unit() - 1])],
                );
                let r = luma + cr * (2.0 - 2.0 * lr);
                let b = luma + cb * (2.0 - 2.0 * lb);
                let g = (luma - lb * b - lr * r) / lg;
                *p = [r, g, b].map(|v| (v + 0.5) as u8);
            }
        }
    }
}
