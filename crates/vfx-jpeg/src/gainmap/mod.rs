//! Gain maps: a second picture in the file that says how much brighter each pixel is on a display that can (Ultra HDR).
//!
//! The base picture is what any reader shows. `log2` gains between two bounds, raised to a power, make up the map; a display
//! with some headroom above white applies a part of them: `hdr = (base + offset) * 2^(weight * gain) - other offset`, in
//! linear light. Sources: Ultra HDR image format 1.1, ISO 21496-1, Adobe gain map 1.0 (`hdrgm`), CIPA DC-007 (MPF). Linear
//! values have the base's primaries, 1.0 is its white. Apple's own earlier format is not read.

mod index;
mod info;
mod read;
mod write;
mod xmp;

pub use info::GainMapInfo;
pub use read::{GainMap, HdrImage, decode_hdr, gain_map};
pub use write::{HdrConfig, encode_hdr};

/// IEC 61966-2-1: code to linear light; mirrored below zero, continued above one.
pub fn srgb_to_linear(v: f32) -> f32 {
    let a = v.abs();
    let linear = if a <= 0.040_45 {
        a / 12.92
    } else {
        ((a + 0.055) / 1.055).powf(2.4)
    };
    linear.copysign(v)
}

/// Linear light to code.
pub fn linear_to_srgb(v: f32) -> f32 {
    let a = v.abs();
    let code = if a <= 0.003_130_8 {
        a * 12.92
    } else {
        1.055 * a.powf(1.0 / 2.4) - 0.055
    };
    code.copysign(v)
}
