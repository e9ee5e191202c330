//! The SIMD level of the decoder: detected once, lowered by `VFX_SIMD=avx2|sse4.2|sse2|fallback` (never raised), which is
//! how tests walk the levels. Every kernel gives the same integers on every level; the float path may differ in last bits
//! where a level lacks fused multiply-add.

use std::sync::OnceLock;

use fearless_simd::Level;

/// The level kernels run at.
#[inline]
pub(crate) fn level() -> Level {
    static LEVEL: OnceLock<Level> = OnceLock::new();
    *LEVEL.get_or_init(|| choose(&std::env::var("VFX_SIMD").unwrap_or_default()))
}

/// The level called `wanted` if this machine has it, else the best one.
fn choose(wanted: &str) -> Level {
    let best = Level::new();
    match wanted {
        "fallback" | "scalar" | "none" => Level::baseline(),
        #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
        "avx2" => best.as_avx2().map_or(best, Level::Avx2),
        #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
        "sse4.2" | "sse42" => best.as_sse4_2().map_or(best, Level::Sse4_2),
        #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
        "sse2" => best.as_sse2().map_or(best, Level::Sse2),
        _ => best,
    }
}

/// Enters SIMD code: `simd!(s => kernel(s, ...))`; the kernel is `#[inline(always)]` all the way down.
macro_rules! simd {
    ($s:ident => $body:expr) => {
        fearless_simd::dispatch!($crate::decode::level::level(), $s => $body)
    };
}
pub(crate) use simd;
