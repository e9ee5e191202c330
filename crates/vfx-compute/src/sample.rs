//! Rows of samples to f32 and back, by the types of planes.

use vfx_core::{PlaneMut, PlaneRef, SampleFormat, SampleType};
use vfx_kernel::convert::{self, Samples, SamplesMut};

fn samples<'a>(p: &PlaneRef<'a>, y: usize, x: usize, n: usize) -> Samples<'a> {
    match p.sample() {
        SampleType::U8 => Samples::U8(&p.row::<u8>(y)[x..x + n]),
        SampleType::U16 => Samples::U16(&p.row::<u16>(y)[x..x + n]),
        SampleType::U32 => Samples::U32(&p.row::<u32>(y)[x..x + n]),
        SampleType::F16 => Samples::F16(&p.row::<half::f16>(y)[x..x + n]),
        SampleType::F32 => Samples::F32(&p.row::<f32>(y)[x..x + n]),
    }
}

fn samples_mut<'a>(p: &'a mut PlaneMut<'_>, y: usize, x: usize, n: usize) -> SamplesMut<'a> {
    match p.sample() {
        SampleType::U8 => SamplesMut::U8(&mut p.row::<u8>(y)[x..x + n]),
        SampleType::U16 => SamplesMut::U16(&mut p.row::<u16>(y)[x..x + n]),
        SampleType::U32 => SamplesMut::U32(&mut p.row::<u32>(y)[x..x + n]),
        SampleType::F16 => SamplesMut::F16(&mut p.row::<half::f16>(y)[x..x + n]),
        SampleType::F32 => SamplesMut::F32(&mut p.row::<f32>(y)[x..x + n]),
    }
}

/// `n` samples of row `y` from column `x` on, as f32.
pub(crate) fn load(p: &PlaneRef<'_>, bits: u8, y: usize, x: usize, out: &mut [f32]) {
    convert::to_f32(samples(p, y, x, out.len()), bits, out);
}

/// f32 into row `y` from column `x` on.
pub(crate) fn store(src: &[f32], p: &mut PlaneMut<'_>, bits: u8, y: usize, x: usize) {
    let n = src.len();
    convert::from_f32(src, samples_mut(p, y, x, n), bits);
}

/// A row from one format to another without a float between where none is needed.
pub(crate) fn convert_row(
    src: &PlaneRef<'_>,
    from: SampleFormat,
    sy: usize,
    dst: &mut PlaneMut<'_>,
    to: SampleFormat,
    dy: usize,
) {
    let n = src.width();
    if from == to {
        dst.row_bytes(dy).copy_from_slice(src.row_bytes(sy));
    } else {
        convert::convert(
            samples(src, sy, 0, n),
            from.bits,
            samples_mut(dst, dy, 0, n),
            to.bits,
        );
    }
}
