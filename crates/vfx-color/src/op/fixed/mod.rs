//! The fixed functions: one folder, one file a family, each style forward and inverse from one formula.
//!
//! Parameters are checked as OpenColorIO 2.6 does (count, bounds, order of breaks) and rounded to `f32` as it does. Alpha passes
//! unchanged. Each file states its domain and what NaN and infinities become.

mod aces1;
mod aces2;
mod cie;
mod curves;
mod gamut_comp;
mod hsv;
mod validate;

use super::{Direction, FixedFunction, FixedStyle as S, GradingStyle};
use crate::ColorError;
use crate::program::Kernel;

/// The kernel of a fixed function.
///
/// # Errors
///
/// If the parameters are not those of the style.
pub(crate) fn kernel(o: &FixedFunction) -> Result<Box<dyn Kernel>, ColorError> {
    o.validate()?;
    let p: Vec<f32> = o.params.iter().map(|v| *v as f32).collect();
    let inverse = o.direction == Direction::Inverse;
    Ok(match o.style {
        S::AcesRedMod03 => aces1::red_mod(120.0, 0.85, true, inverse),
        S::AcesRedMod10 => aces1::red_mod(135.0, 0.82, false, inverse),
        S::AcesGlow03 => aces1::glow(0.075, 0.1, inverse),
        S::AcesGlow10 => aces1::glow(0.05, 0.08, inverse),
        S::AcesDarkToDim10 => aces1::dark_to_dim(inverse),
        S::Rec2100Surround => aces1::surround(p[0], inverse),
        S::AcesGamutComp13 => gamut_comp::kernel(&p, inverse),
        S::RgbToHsv => hsv::hsv(inverse),
        S::RgbToHsyLin => hsv::hsy(GradingStyle::Linear, inverse),
        S::RgbToHsyLog => hsv::hsy(GradingStyle::Log, inverse),
        S::RgbToHsyVid => hsv::hsy(GradingStyle::Video, inverse),
        S::XyzToXyy => cie::xyy(inverse),
        S::XyzToUvy => cie::uvy(inverse),
        S::XyzToLuv => cie::luv(inverse),
        S::LinToPq => curves::pq(inverse),
        S::LinToGammaLog => curves::gamma_log(&o.params, inverse),
        S::LinToDoubleLog => curves::double_log(&o.params, inverse),
        S::AcesOutputTransform20
        | S::AcesRgbToJmh20
        | S::AcesTonescaleCompress20
        | S::AcesGamutCompress20
        | S::AcesRgbToHmj20 => aces2::kernel(o.style, &p, o.direction),
    })
}
