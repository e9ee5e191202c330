//! Piecewise quadratics of one number with straight ends: the curves of every grading, both directions.
//!
//! A segment is `y = c + b d + a d^2` with `d = x - k`; it is found by a binary search in register tables of 16 entries, or
//! by counting comparisons and one row fetch where there are more than 15 knots. The inverse finds the segment by its y and
//! takes `d = 2 (y - c) / (b + sqrt(b^2 + 4 a (y - c)))`, which is exact on straight segments too. NaN stays NaN; infinities
//! follow the end slopes (NaN where a slope is 0, as in OpenColorIO forwards).

use vfx_kernel::{Math, Table};

/// Slopes below this are flat: OpenColorIO then answers with the knot.
const FLAT: f32 = 1e-5;

/// Segments a register table holds.
const SMALL: usize = 16;

/// One segment: `y = c + b d + a d^2`, `d = x - k`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Segment {
    pub k: f32,
    pub a: f32,
    pub b: f32,
    pub c: f32,
}

/// A curve, forwards or backwards.
#[derive(Clone, Debug)]
pub(crate) struct Pieces {
    /// Between segment i and i + 1; infinite beyond the last.
    breaks: [f32; SMALL],
    segments: Segments,
    count: usize,
    /// First and last break: between them lie the quadratics.
    lo: f32,
    hi: f32,
    inverse: bool,
    many: Option<Many>,
}

#[derive(Clone, Debug, Default)]
struct Segments {
    k: [f32; SMALL],
    a: [f32; SMALL],
    b: [f32; SMALL],
    c: [f32; SMALL],
}

/// More than fit a register.
#[derive(Clone, Debug)]
struct Many {
    breaks: Vec<f32>,
    rows: Table,
}

impl Pieces {
    /// The curve through `knots` (increasing), with one quadratic between each pair, straight outside.
    pub fn new(knots: &[f32], quadratics: &[Segment], inverse: bool) -> Self {
        debug_assert_eq!(knots.len(), quadratics.len() + 1);
        let first = quadratics[0];
        let last = quadratics[quadratics.len() - 1];
        let end = knots[knots.len() - 1];
        let d = end - last.k;
        let end_y = (last.a * d + last.b) * d + last.c;
        let flat = |slope: f32| {
            if inverse && slope.abs() < FLAT {
                0.0
            } else {
                slope
            }
        };
        let mut all = vec![Segment {
            k: knots[0],
            a: 0.0,
            b: flat(first.b),
            c: first.c,
        }];
        all.extend_from_slice(quadratics);
        all.push(Segment {
            k: end,
            a: 0.0,
            b: flat(2.0 * last.a * d + last.b),
            c: end_y,
        });
        let breaks: Vec<f32> = if inverse {
            all[1..].iter().map(|s| s.c).collect()
        } else {
            knots.to_vec()
        };
        let mut out = Self {
            breaks: [f32::INFINITY; SMALL],
            segments: Segments::default(),
            count: all.len(),
            lo: breaks[0],
            hi: breaks[breaks.len() - 1],
            inverse,
            many: None,
        };
        if all.len() <= SMALL {
            out.breaks[..breaks.len()].copy_from_slice(&breaks);
            for i in 0..SMALL {
                let s = all[i.min(all.len() - 1)];
                let t = &mut out.segments;
                (t.k[i], t.a[i], t.b[i], t.c[i]) = (s.k, s.a, s.b, s.c);
            }
        } else {
            let rows = all.iter().map(|s| [s.k, s.a, s.b, s.c]).collect::<Vec<_>>();
            out.many = Some(Many {
                breaks,
                rows: Table::new("curve", rows.len(), rows),
            });
        }
        out
    }

    /// First and last break: x of the end knots, or y of them if inverse.
    pub fn domain(&self) -> (f32, f32) {
        (self.lo, self.hi)
    }

    /// The segment of `x`: k, a, b, c.
    #[inline(always)]
    fn segment<M: Math>(&self, m: M, x: M::F) -> [M::F; 4] {
        let (zero, one) = (m.k(0.0), m.k(1.0));
        if let Some(many) = &self.many {
            let mut i = zero;
            let mut n = 0;
            while n < many.breaks.len() {
                i = m.add(i, m.select(m.ge(x, m.k(many.breaks[n])), one, zero));
                n += 1;
            }
            return m.fetch(&many.rows, i);
        }
        let mut i = zero;
        if self.count > 8 {
            i = m.select(m.ge(x, m.k(self.breaks[7])), m.k(8.0), zero);
        }
        if self.count > 4 {
            let b = m.small(&self.breaks, m.add(i, m.k(3.0)));
            i = m.add(i, m.select(m.ge(x, b), m.k(4.0), zero));
        }
        let b = m.small(&self.breaks, m.add(i, m.k(1.0)));
        i = m.add(i, m.select(m.ge(x, b), m.k(2.0), zero));
        let b = m.small(&self.breaks, i);
        i = m.add(i, m.select(m.ge(x, b), one, zero));
        let t = &self.segments;
        [
            m.small(&t.k, i),
            m.small(&t.a, i),
            m.small(&t.b, i),
            m.small(&t.c, i),
        ]
    }

    /// The value of the curve at `x`, or where the curve has the value `x` if inverse.
    #[inline(always)]
    pub fn at<M: Math>(&self, m: M, x: M::F) -> M::F {
        let [k, a, b, c] = self.segment(m, x);
        // Infinities meet the straight ends only, whose a is 0.
        let inside = m.clamp(x, self.lo, self.hi);
        if self.inverse {
            let s = m.sub(inside, c);
            let root = m.fma(m.mul(a, m.k(4.0)), s, m.mul(b, b));
            let den = m.add(b, m.sqrt(m.max(root, m.k(0.0))));
            let s = m.sub(x, c);
            let d = m.div(m.add(s, s), den);
            m.add(k, m.select(m.lt(m.abs(den), m.k(FLAT)), m.k(0.0), d))
        } else {
            let t = m.sub(inside, k);
            m.fma(m.mul(a, t), t, m.fma(b, m.sub(x, k), c))
        }
    }
}
