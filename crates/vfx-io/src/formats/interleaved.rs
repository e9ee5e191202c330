//! Interleaved pixels into planes and back, and which channels a gray or RGB(A) format takes.
//!
//! Rows are whole pixels of `n` samples; planes hold one of them each. The four usual counts are unrolled, so that the
//! loops vectorise; samples pass through `f` (an endian swap, a scale) on the way. No allocation.

use vfx_core::{Channel, ImageSpec};

/// Copies sample `c` of every pixel of `n` into `out`; stops at the shorter of both.
pub(crate) fn split<S: Copy, T>(
    pixels: &[S],
    n: usize,
    c: usize,
    out: &mut [T],
    f: impl Fn(S) -> T + Copy,
) {
    fn unrolled<S: Copy, T, const N: usize>(p: &[S], c: usize, out: &mut [T], f: impl Fn(S) -> T) {
        assert!(c < N);
        for (o, p) in out.iter_mut().zip(p.as_chunks::<N>().0) {
            *o = f(p[c]);
        }
    }
    match n {
        1 => unrolled::<S, T, 1>(pixels, c, out, f),
        2 => unrolled::<S, T, 2>(pixels, c, out, f),
        3 => unrolled::<S, T, 3>(pixels, c, out, f),
        4 => unrolled::<S, T, 4>(pixels, c, out, f),
        _ => {
            for (o, p) in out.iter_mut().zip(pixels.chunks_exact(n)) {
                *o = f(p[c]);
            }
        }
    }
}

/// Puts a plane's row into sample `c` of every pixel of `n`; stops at the shorter of both.
pub(crate) fn join<S: Copy, T>(
    plane: &[S],
    n: usize,
    c: usize,
    pixels: &mut [T],
    f: impl Fn(S) -> T + Copy,
) {
    fn unrolled<S: Copy, T, const N: usize>(
        plane: &[S],
        c: usize,
        pixels: &mut [T],
        f: impl Fn(S) -> T,
    ) {
        assert!(c < N);
        for (p, &s) in pixels.as_chunks_mut::<N>().0.iter_mut().zip(plane) {
            p[c] = f(s);
        }
    }
    match n {
        1 => unrolled::<S, T, 1>(plane, c, pixels, f),
        2 => unrolled::<S, T, 2>(plane, c, pixels, f),
        3 => unrolled::<S, T, 3>(plane, c, pixels, f),
        4 => unrolled::<S, T, 4>(plane, c, pixels, f),
        _ => {
            for (p, &s) in pixels.chunks_exact_mut(n).zip(plane) {
                p[c] = f(s);
            }
        }
    }
}

/// The channels, by index, that a format of gray and RGB takes of an image: R G B by name (of the unnamed layer, else of
/// any), else Y, else the first; alpha with them where the format has one.
pub(crate) fn colour_channels(spec: &ImageSpec, alpha: bool) -> Vec<usize> {
    let find = |names: &[&str]| {
        let at = |f: &dyn Fn(&Channel) -> bool| spec.channels.iter().position(f);
        at(&|c| names.contains(&c.name.as_str()))
            .or_else(|| at(&|c| names.contains(&c.base_name())))
    };
    let a = find(&["A", "a", "Alpha", "alpha"]);
    let rgb = [
        &["R", "r", "red"],
        &["G", "g", "green"],
        &["B", "b", "blue"],
    ]
    .map(|n| find(n));
    let mut take = match (rgb, find(&["Y", "y", "I", "L"])) {
        ([Some(r), Some(g), Some(b)], _) => vec![r, g, b],
        (_, Some(y)) => vec![y],
        _ => {
            let rest: Vec<usize> = (0..spec.channels.len()).filter(|&i| Some(i) != a).collect();
            let n = if rest.len() >= 3 { 3 } else { 1 };
            rest.into_iter().take(n).collect()
        }
    };
    if take.is_empty() {
        take.extend(a);
    } else if alpha {
        take.extend(a.filter(|a| !take.contains(a)));
    }
    take
}

/// A spec with only these channels, for a sink.
pub(crate) fn restrict(spec: &ImageSpec, take: &[usize]) -> ImageSpec {
    let mut s = spec.clone();
    s.channels = take.iter().map(|&i| spec.channels[i].clone()).collect();
    for c in &mut s.channels {
        c.sampling = (1, 1);
    }
    s
}

#[cfg(test)]
mod tests {
    use super::*;
    use vfx_core::SampleFormat;

    #[test]
    fn interleaving_inverts() {
        for n in 1..7 {
            let planes: Vec<Vec<u16>> = (0..n)
                .map(|c| (0..5).map(|x| (c * 100 + x) as u16).collect())
                .collect();
            let mut pixels = vec![0u16; n * 5];
            for (c, p) in planes.iter().enumerate() {
                join(p, n, c, &mut pixels, |s| s);
            }
            for (c, p) in planes.iter().enumerate() {
                let mut out = vec![0u16; 5];
                split(&pixels, n, c, &mut out, |s| s);
                assert_eq!(&out, p);
            }
        }
    }

    #[test]
    fn colour_channels_go_by_name() {
        let spec = |names: &[&str]| {
            let channels = names
                .iter()
                .map(|n| Channel::new(*n, SampleFormat::U8))
                .collect();
            ImageSpec::new(1, 1, channels)
        };
        assert_eq!(
            colour_channels(&spec(&["A", "B", "G", "R"]), true),
            [3, 2, 1, 0]
        );
        assert_eq!(
            colour_channels(&spec(&["A", "B", "G", "R"]), false),
            [3, 2, 1]
        );
        assert_eq!(
            colour_channels(&spec(&["Z", "d.R", "d.G", "d.B"]), true),
            [1, 2, 3]
        );
        assert_eq!(colour_channels(&spec(&["Z", "Y", "A"]), true), [1, 2]);
        assert_eq!(colour_channels(&spec(&["u", "v"]), true), [0]);
        assert_eq!(colour_channels(&spec(&["A"]), true), [0]);
    }
}
