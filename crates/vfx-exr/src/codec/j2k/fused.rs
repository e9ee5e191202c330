//! Fused multiply-add for the 9/7 wavelet, where OpenEXR's build uses it.
//!
//! OpenJPH's AVX-512 wavelet is compiled to fused operations, its others are not, so OpenEXR's samples of LJ2K differ in the last bit between machines. The
//! same choice is made here: fused exactly where the processor has AVX-512F.
#![allow(unsafe_code, reason = "a target feature behind run-time detection")]

/// Whether OpenEXR would use fused operations on this machine.
#[inline]
pub(super) fn is_used() -> bool {
    #[cfg(target_arch = "x86_64")]
    {
        is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("fma")
            && is_x86_feature_detected!("avx2")
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        false
    }
}

/// Runs `f` compiled with fused operations; to be called only when they are used.
#[inline(always)]
pub(super) fn run<R>(f: impl FnOnce() -> R) -> R {
    #[cfg(target_arch = "x86_64")]
    if is_used() {
        // SAFETY: the features were found.
        return unsafe { call(f) };
    }
    f()
}

/// A frame with the features, into which `f` is inlined.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,bmi1,bmi2,fma")]
fn call<R>(f: impl FnOnce() -> R) -> R {
    f()
}
