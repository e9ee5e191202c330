//! The linear-to-logarithm pair that linear gradings work in: log2 of the value over 0.18, straight near black.
//!
//! Constants are OpenColorIO's (GradingToneOpCPU, GradingRGBCurveOpCPU). Below the break the line goes on through negatives.
//! NaN stays NaN below the line (comparison false takes the line), infinities stay.

use vfx_kernel::Math;

const X_BREAK: f32 = 0.004_131_837_5;
const SHIFT: f32 = -0.000_157_849_85;
const GAIN: f32 = 363.034_6;
const OFFSET: f32 = -7.0;
const Y_BREAK: f32 = -5.5;

#[inline(always)]
pub(crate) fn lin_to_log<M: Math>(m: M, x: M::F) -> M::F {
    let line = m.fma(x, m.k(GAIN), m.k(OFFSET));
    let log = m.log2(m.mul(m.add(x, m.k(SHIFT)), m.k(1.0 / (0.18 + SHIFT))));
    m.select(m.gt(x, m.k(X_BREAK)), log, line)
}

#[inline(always)]
pub(crate) fn log_to_lin<M: Math>(m: M, x: M::F) -> M::F {
    let line = m.mul(m.sub(x, m.k(OFFSET)), m.k(1.0 / GAIN));
    let lin = m.fma(m.exp2(x), m.k(0.18 + SHIFT), m.k(-SHIFT));
    m.select(m.gt(x, m.k(Y_BREAK)), lin, line)
}
