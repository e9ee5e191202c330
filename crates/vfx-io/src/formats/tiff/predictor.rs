//! Differences of neighbouring samples: horizontal (predictor 2) and of float bytes (predictor 3), undone and applied.
//!
//! In and out: one row of a chunk, `n` samples a pixel, native byte order for predictor 2; predictor 3 stores the bytes of
//! big-endian floats plane by plane, whatever the file's order. Exact in both directions, wrapping. Source: TIFF 6.0
//! section 14; Adobe TIFF Technical Note 3 (2005).

use bytemuck::Pod;

/// A number that differences wrap in.
pub trait Wrap: Pod {
    fn plus(self, o: Self) -> Self;
    fn minus(self, o: Self) -> Self;
}
macro_rules! wrap {
    ($($t:ty),*) => {$(impl Wrap for $t {
        #[inline]
        fn plus(self, o: Self) -> Self { self.wrapping_add(o) }
        #[inline]
        fn minus(self, o: Self) -> Self { self.wrapping_sub(o) }
    })*};
}
wrap!(u8, u16, u32, u64);

fn undo_n<T: Wrap, const N: usize>(row: &mut [T]) {
    let mut sum = [T::zeroed(); N];
    for p in row.as_chunks_mut::<N>().0 {
        for (s, v) in sum.iter_mut().zip(p) {
            *s = s.plus(*v);
            *v = *s;
        }
    }
}

/// Sums up a row of differences.
pub fn undo<T: Wrap>(row: &mut [T], n: usize) {
    match n {
        1 => undo_n::<T, 1>(row),
        2 => undo_n::<T, 2>(row),
        3 => undo_n::<T, 3>(row),
        4 => undo_n::<T, 4>(row),
        _ => {
            for i in n..row.len() {
                row[i] = row[i].plus(row[i - n]);
            }
        }
    }
}

/// Turns a row into differences: from its end on, in blocks that vectorise.
pub fn apply<T: Wrap>(row: &mut [T], n: usize) {
    const BLOCK: usize = 64;
    let mut before = [T::zeroed(); BLOCK];
    let mut end = row.len();
    while end > n {
        let from = end.saturating_sub(BLOCK).max(n);
        let before = &mut before[..end - from];
        before.copy_from_slice(&row[from - n..end - n]);
        for (v, b) in row[from..end].iter_mut().zip(before) {
            *v = v.minus(*b);
        }
        end = from;
    }
}

/// Puts the floats of a row together again; `size` bytes each, `tmp` any buffer.
pub fn undo_float(row: &mut [u8], n: usize, size: usize, tmp: &mut Vec<u8>) {
    undo(row, n);
    tmp.clear();
    tmp.extend_from_slice(row);
    let count = row.len() / size;
    let at = |k: usize| {
        if cfg!(target_endian = "big") {
            k
        } else {
            size - 1 - k
        }
    };
    match size {
        2 => {
            let (hi, lo) = tmp.split_at(count);
            for ((v, h), l) in row.as_chunks_mut::<2>().0.iter_mut().zip(hi).zip(lo) {
                *v = u16::from_be_bytes([*h, *l]).to_ne_bytes();
            }
        }
        4 => {
            let (a, rest) = tmp.split_at(count);
            let (b, rest) = rest.split_at(count);
            let (c, d) = rest.split_at(count);
            let v = row.as_chunks_mut::<4>().0.iter_mut();
            for ((((v, a), b), c), d) in v.zip(a).zip(b).zip(c).zip(d) {
                *v = u32::from_be_bytes([*a, *b, *c, *d]).to_ne_bytes();
            }
        }
        _ => {
            for (i, v) in row.chunks_exact_mut(size).enumerate() {
                for k in 0..size {
                    v[at(k)] = tmp[k * count + i];
                }
            }
        }
    }
}

/// Takes the floats of a row apart and into differences.
pub fn apply_float(row: &mut [u8], n: usize, size: usize, tmp: &mut Vec<u8>) {
    tmp.clear();
    tmp.extend_from_slice(row);
    let count = row.len() / size;
    for k in 0..size {
        let at = if cfg!(target_endian = "big") {
            k
        } else {
            size - 1 - k
        };
        let plane = &mut row[k * count..(k + 1) * count];
        for (o, v) in plane.iter_mut().zip(tmp.chunks_exact(size)) {
            *o = v[at];
        }
    }
    apply(row, n);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn predictors_round_trip() {
        let bytes: Vec<u8> = (0..240u32).map(|i| (i * i * 7 >> 3) as u8).collect();
        for n in 1..=6 {
            let mut row = bytes.clone();
            apply(&mut row, n);
            undo(&mut row, n);
            assert_eq!(row, bytes);
            for size in [2, 3, 4, 8] {
                let mut tmp = Vec::new();
                apply_float(&mut row, n, size, &mut tmp);
                undo_float(&mut row, n, size, &mut tmp);
                assert_eq!(row, bytes, "{n} samples of {size} bytes");
            }
        }
    }
}
