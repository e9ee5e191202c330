//! The SIMD level of this process, found once, and the one macro that enters SIMD code.
//!
//! `VFX_SIMD=avx512|avx2|sse4.2|sse2|fallback` lowers the level (never raises it); `fallback` is the lowest level the build
//! has, on x86-64 the SSE2 baseline. [`with_level`] lowers it for one closure on one thread, which is how tests walk
//! [`levels`]. Levels without fused multiply-add (SSE, fallback) round `fma` twice, so results differ between levels in the
//! last bits; on one level every kernel of this crate gives the same bits for the same sample.

use std::cell::Cell;
use std::sync::OnceLock;

pub use fearless_simd::Level;

/// Names the environment variable that lowers the level.
pub const VARIABLE: &str = "VFX_SIMD";

thread_local! {
    static FORCED: Cell<Option<Level>> = const { Cell::new(None) };
}

/// The level kernels run at: detected once, lowered by `VFX_SIMD` or [`with_level`].
#[inline]
pub fn level() -> Level {
    static LEVEL: OnceLock<Level> = OnceLock::new();
    match FORCED.get() {
        Some(forced) => forced,
        None => *LEVEL.get_or_init(|| {
            let wanted = std::env::var(VARIABLE).unwrap_or_default();
            choose(&wanted.to_ascii_lowercase())
        }),
    }
}

/// Whether kernels run at AVX2 or above.
#[inline]
pub fn has_avx2() -> bool {
    #[cfg(target_arch = "x86_64")]
    return level().as_avx2().is_some();
    #[cfg(not(target_arch = "x86_64"))]
    false
}

/// The level called `wanted` if this machine has it, else the best one.
fn choose(wanted: &str) -> Level {
    let all = levels();
    if matches!(wanted, "fallback" | "scalar" | "none") {
        return all[all.len() - 1];
    }
    let mut found = all[0];
    for level in all {
        if name(level) == wanted || wanted == "sse42" && name(level) == "sse4.2" {
            found = level;
        }
    }
    found
}

/// Every level this machine can run, the best first.
pub fn levels() -> Vec<Level> {
    let best = Level::new();
    let mut all = vec![best];
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    {
        let lower = [
            best.as_avx2().map(Level::Avx2),
            best.as_sse4_2().map(Level::Sse4_2),
            best.as_sse2().map(Level::Sse2),
        ];
        for level in lower.into_iter().flatten() {
            if all.iter().all(|l| name(*l) != name(level)) {
                all.push(level);
            }
        }
    }
    if all.iter().all(|l| name(*l) != name(Level::baseline())) {
        all.push(Level::baseline());
    }
    all
}

/// The name of a level, as `VFX_SIMD` spells it.
pub fn name(level: Level) -> &'static str {
    match level {
        #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
        Level::Avx512(_) => "avx512",
        #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
        Level::Avx2(_) => "avx2",
        #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
        Level::Sse4_2(_) => "sse4.2",
        #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
        Level::Sse2(_) => "sse2",
        #[cfg(target_arch = "aarch64")]
        Level::Neon(_) => "neon",
        other if other.is_fallback() => "fallback",
        _ => "simd128",
    }
}

/// Runs `f` with `level` in place of the detected one, on this thread only (threads that `f` starts do not inherit it).
pub fn with_level<R>(level: Level, f: impl FnOnce() -> R) -> R {
    struct Restore(Option<Level>);
    impl Drop for Restore {
        fn drop(&mut self) {
            FORCED.set(self.0);
        }
    }
    let _restore = Restore(FORCED.replace(Some(level)));
    f()
}

/// Runs `f` once at every level of this machine, handing it the level's name: the loop of every kernel test.
pub fn at_every_level(mut f: impl FnMut(&'static str)) {
    for level in levels() {
        with_level(level, || f(name(level)));
    }
}

/// Enters SIMD code at the current level: `simd!(s => kernel(s, src, dst))`, where `kernel` is generic over
/// `fearless_simd::Simd` and `#[inline(always)]` all the way down.
macro_rules! simd {
    ($s:ident => $body:expr) => {
        fearless_simd::dispatch!($crate::level::level(), $s => $body)
    };
}
pub(crate) use simd;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn level_names_choose_themselves() {
        for level in levels() {
            assert_eq!(name(choose(name(level))), name(level));
        }
        assert_eq!(name(choose("")), name(Level::new()));
        assert_eq!(name(choose("no such level")), name(Level::new()));
    }

    #[test]
    fn level_is_restored_after_a_panic() {
        let lowest = *levels().last().unwrap();
        let before = name(level());
        let caught = std::panic::catch_unwind(|| with_level(lowest, || panic!("expected")));
        assert!(caught.is_err());
        assert_eq!(name(level()), before);
    }
}
