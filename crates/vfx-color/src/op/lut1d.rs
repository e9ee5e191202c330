//! One-dimensional tables: over 0..1 or over all half floats, forwards and inverted exactly.
//!
//! Forwards the index clamps to the table (NaN to its start; with a half domain NaN reads the entry of the half NaN) and
//! entries are interpolated: linear, cubic (Catmull-Rom) or nearest. The inverse first makes the table monotonic, leaves the
//! flat ends out, then searches: its values clamp to the range of the table, NaN to its start. Half domains are inverted on
//! each side of zero. DW3 keeps the hue: the middle channel is placed between the others as it was. Rules are OpenColorIO's
//! (Lut1DOpData::initializeFromForward, Lut1DOpCPU).

use half::f16;
use vfx_kernel::rgba::Segments;
use vfx_kernel::text::{Emitter, Val};
use vfx_kernel::{Math, Table};

use super::channels::{Channels, Rgb};
use super::{Direction, HueAdjust, Interpolation, Lut1D};
use crate::ColorError;
use crate::program::{Formula, Kernel};

/// Entries of a half domain.
const HALFS: usize = 65_536;
/// OpenColorIO's limit.
const MAX_ENTRIES: usize = 1 << 20;
/// The code of the largest half, of 1.0 and of NaN.
const HALF_MAX: usize = 0x7bff;
const HALF_ONE: usize = 0x3c00;
const HALF_NAN: f32 = 32256.0;
/// The position in the table is rounded to f32: its error times the steepest step.
const TOLERANCE: f64 = 1e-5;

impl Lut1D {
    /// Checks the size.
    ///
    /// # Errors
    ///
    /// If there are fewer than 2 or more than 1,048,576 entries, or not 65,536 with a half domain.
    pub fn validate(&self) -> Result<(), ColorError> {
        let n = self.entries.len();
        if n > MAX_ENTRIES {
            return Err(ColorError::Limit {
                what: "entries of a 1D LUT",
                found: n as u64,
                limit: MAX_ENTRIES as u64,
            });
        }
        if n < 2 || self.half_domain && n != HALFS {
            return Err(ColorError::Parameter {
                op: "1D LUT",
                parameter: "length",
                found: n.to_string(),
                expected: if self.half_domain {
                    "65536"
                } else {
                    "2 or more"
                },
            });
        }
        Ok(())
    }

    /// The three channels are the same.
    pub fn is_grey(&self) -> bool {
        self.entries
            .iter()
            .all(|e| e[0].to_bits() == e[1].to_bits() && e[0].to_bits() == e[2].to_bits())
    }

    /// Entries are where linear interpolation of the domain puts them, within 1e-5.
    pub fn is_identity(&self) -> bool {
        if self.half_domain {
            return self.entries.iter().enumerate().all(|(i, e)| {
                let x = f16::from_bits(i as u16).to_f32();
                !x.is_finite() || e.iter().all(|v| *v == x)
            });
        }
        let n = (self.entries.len() - 1) as f64;
        self.entries.iter().enumerate().all(|(i, e)| {
            e.iter()
                .all(|v| (f64::from(*v) - i as f64 / n).abs() < 1e-5)
        })
    }

    fn column(&self, c: usize) -> Vec<f32> {
        self.entries.iter().map(|e| e[c]).collect()
    }
}

pub(crate) fn kernel(lut: &Lut1D, direction: Direction) -> Result<Box<dyn Kernel>, ColorError> {
    lut.validate()?;
    let grey = lut.is_grey();
    let channels = if grey { 1 } else { 3 };
    Ok(if direction == Direction::Forward {
        let tables = (0..channels).map(|c| forward_table(lut, c)).collect();
        let forward = Forward {
            tables,
            last: (lut.entries.len() - 1) as f32,
            half: lut.half_domain,
            nearest: lut.interpolation == Interpolation::Nearest && !lut.half_domain,
            cubic: lut.interpolation == Interpolation::Cubic,
        };
        let straight = !forward.half && !forward.nearest && !forward.cubic;
        if straight && lut.hue_adjust == HueAdjust::None {
            return Ok(Box::new(Straight::new(Rgb(forward))));
        }
        hued(forward, lut.hue_adjust)
    } else if lut.half_domain {
        let sides = (0..channels).map(|c| half_sides(lut.column(c))).collect();
        hued(HalfInverse { sides }, lut.hue_adjust)
    } else {
        let sides = (0..channels).map(|c| full_side(lut.column(c))).collect();
        hued(Inverse { sides }, lut.hue_adjust)
    })
}

fn hued<F: Channels + 'static>(f: F, hue: HueAdjust) -> Box<dyn Kernel> {
    match hue {
        HueAdjust::None => Box::new(Rgb(f)),
        HueAdjust::Dw3 => Box::new(Hue(f)),
    }
}

/// A linearly interpolated table that may also run on interleaved pixels.
#[derive(Debug)]
struct Straight {
    planes: Rgb<Forward>,
    segments: Segments,
}

impl Straight {
    fn new(planes: Rgb<Forward>) -> Self {
        let tables = &planes.0.tables;
        let rows = |c: usize| tables[c.min(tables.len() - 1)].entries();
        let segments = Segments::new([rows(0), rows(1), rows(2)]);
        Self { planes, segments }
    }
}

impl Kernel for Straight {
    fn name(&self) -> &'static str {
        Formula::name(&self.planes)
    }
    fn run_planes(&self, planes: [&mut [f32]; 4]) {
        self.planes.run_planes(planes);
    }
    fn run_rgba(&self, pixels: &mut [f32]) -> bool {
        self.segments.run(pixels)
    }
    fn is_table(&self) -> bool {
        true
    }
    fn eval(&self, pixel: [f64; 4]) -> [f64; 4] {
        Kernel::eval(&self.planes, pixel)
    }
    fn text(&self, m: &Emitter, pixel: [Val; 4]) -> Option<[Val; 4]> {
        self.planes.text(m, pixel)
    }
    fn tolerance(&self) -> f64 {
        Formula::tolerance(&self.planes)
    }
    fn separable(&self) -> bool {
        true
    }
    fn cost(&self) -> f32 {
        Kernel::cost(&self.planes)
    }
}

/// The DW3 hue adjustment around a function a channel.
#[derive(Debug)]
struct Hue<F>(F);

impl<F: Channels> Formula for Hue<F> {
    fn name(&self) -> &'static str {
        "1D LUT, DW3"
    }
    #[inline(always)]
    fn run<M: Math>(&self, m: M, c: [M::F; 3]) -> [M::F; 3] {
        let [r, g, b] = c;
        let o = [
            self.0.one(m, r, 0),
            self.0.one(m, g, 1),
            self.0.one(m, b, 2),
        ];
        let (rg, gb, rb) = (m.gt(r, g), m.gt(g, b), m.gt(r, b));
        let max_r = m.and(rg, rb);
        let max_g = m.and(m.not(rg), gb);
        let min_g = m.and(rg, m.not(gb));
        let min_b = m.and(gb, rb);
        let pick = |c: [M::F; 3]| {
            let max = m.select(max_r, c[0], m.select(max_g, c[1], c[2]));
            let min = m.select(min_g, c[1], m.select(min_b, c[2], c[0]));
            (max, min)
        };
        let (max, min) = pick(c);
        let (new_max, new_min) = pick(o);
        let mid_r = m.and(m.not(max_r), m.or(min_g, min_b));
        let max_or_min_g = m.or(max_g, min_g);
        let mid = m.select(mid_r, r, m.select(m.not(max_or_min_g), g, b));
        let chroma = m.sub(max, min);
        let hue = m.div(m.sub(mid, min), chroma);
        let hue = m.select(m.eq(chroma, m.k(0.0)), m.k(0.0), hue);
        let placed = m.fma(hue, m.sub(new_max, new_min), new_min);
        let mid_g = m.and(m.not(mid_r), m.not(max_or_min_g));
        let mid_b = m.and(m.not(mid_r), m.not(mid_g));
        [
            m.select(mid_r, placed, o[0]),
            m.select(mid_g, placed, o[1]),
            m.select(mid_b, placed, o[2]),
        ]
    }
    fn tolerance(&self) -> f64 {
        1e-4
    }
}

/// Rows of the polynomial between an entry and the next: value, then factors of u, u^2, u^3.
fn forward_table(lut: &Lut1D, c: usize) -> Table {
    let v = lut.column(c);
    let n = v.len();
    let cubic = lut.interpolation == Interpolation::Cubic;
    let row = |i: usize| {
        let next = if lut.half_domain {
            // No step beyond the largest finite half of each sign, none out of the NaNs.
            if i & 0x7fff >= HALF_MAX { i } else { i + 1 }
        } else {
            (i + 1).min(n - 1)
        };
        let (a, b) = (v[i], v[next]);
        let d = if next == i { 0.0 } else { b - a };
        if !cubic || next == i {
            return [a, d, 0.0, 0.0];
        }
        let first = if lut.half_domain { i & 0x8000 } else { 0 };
        let before = if i > first { v[i - 1] } else { 2.0 * a - b };
        let end = if lut.half_domain {
            i & 0x8000 | HALF_MAX
        } else {
            n - 1
        };
        let after = if next < end { v[next + 1] } else { 2.0 * b - a };
        let (m0, m1) = (0.5 * (b - before), 0.5 * (after - a));
        [a, m0, 3.0 * d - 2.0 * m0 - m1, m0 + m1 - 2.0 * d]
    };
    Table::new("lut1d", n, (0..n).map(row).collect())
}

#[derive(Debug)]
struct Forward {
    tables: Vec<Table>,
    last: f32,
    half: bool,
    nearest: bool,
    cubic: bool,
}

/// The code of a half at or below the magnitude of `x`, sign included, and the way to the next.
#[inline(always)]
fn half_code<M: Math>(m: M, x: M::F) -> (M::F, M::F) {
    let zero = m.k(0.0);
    let a = m.clamp(m.abs(x), 0.0, 65504.0);
    // 2^-14: below lie the subnormal halves, one each 2^-24.
    let normal = m.k(6.103_515_6e-5);
    let (i, u) = m.cell(m.max(a, normal), 10);
    let i = m.sub(i, m.k(112.0 * 1024.0));
    let tiny = m.mul(a, m.k(16_777_216.0));
    let tiny_i = m.floor(tiny);
    let is_tiny = m.lt(a, normal);
    let i = m.select(is_tiny, tiny_i, i);
    let u = m.select(is_tiny, m.sub(tiny, tiny_i), u);
    // The sign of zero is lost by comparisons: copysign keeps it.
    let negative = m.lt(m.copysign(m.k(1.0), x), zero);
    let i = m.select(negative, m.add(i, m.k(32768.0)), i);
    let ordered = m.eq(x, x);
    (
        m.select(ordered, i, m.k(HALF_NAN)),
        m.select(ordered, u, zero),
    )
}

impl Channels for Forward {
    fn tolerance(&self) -> f64 {
        TOLERANCE
    }
    fn name(&self) -> &'static str {
        if self.half {
            "1D LUT, half domain"
        } else {
            "1D LUT"
        }
    }

    #[inline(always)]
    fn one<M: Math>(&self, m: M, x: M::F, c: usize) -> M::F {
        let table = &self.tables[c.min(self.tables.len() - 1)];
        let (i, u) = if self.half {
            half_code(m, x)
        } else {
            let p = m.clamp(m.mul(x, m.k(self.last)), 0.0, self.last);
            if self.nearest {
                return m.fetch(table, m.floor(m.add(p, m.k(0.5))))[0];
            }
            let i = m.floor(p);
            (i, m.sub(p, i))
        };
        let row = m.fetch(table, i);
        if self.cubic {
            let y = m.fma(row[3], u, row[2]);
            return m.fma(m.fma(y, u, row[1]), u, row[0]);
        }
        m.fma(row[1], u, row[0])
    }
}

/// One monotonic stretch: values rise from row to row.
#[derive(Debug)]
struct Side {
    /// Value, x, slope of x over value; padded with infinite values to a power of two.
    rows: Table,
    /// Half of the number of rows.
    step: u32,
    /// -1 where the table falls.
    sign: f32,
    lo: f32,
    hi: f32,
    /// The value at zero, where half domains are split.
    bisect: f32,
}

impl Side {
    /// `values` rise; `x` are their places.
    fn new(values: &[f32], x: &[f32], sign: f32, bisect: f32) -> Self {
        let n = values.len();
        let len = n.max(2).next_power_of_two();
        let rows = (0..len)
            .map(|i| {
                if i + 1 < n {
                    let (v, w) = (f64::from(values[i]), f64::from(values[i + 1]));
                    let dx = f64::from(x[i + 1]) - f64::from(x[i]);
                    let slope = if w > v { dx / (w - v) } else { 0.0 };
                    [values[i], x[i], slope as f32, 0.0]
                } else if i == 0 {
                    [values[0], x[0], 0.0, 0.0]
                } else {
                    [f32::INFINITY, 0.0, 0.0, 0.0]
                }
            })
            .collect();
        Self {
            rows: Table::new("lut1d_inverse", len, rows),
            step: len as u32 / 2,
            sign,
            lo: values[0],
            hi: values[n - 1],
            bisect,
        }
    }

    #[inline(always)]
    fn find<M: Math>(&self, m: M, y: M::F) -> M::F {
        let v = m.clamp(m.mul(y, m.k(self.sign)), self.lo, self.hi);
        let mut i = m.k(0.0);
        let mut step = self.step;
        while step > 0 {
            let next = m.add(i, m.k(step as f32));
            let row = m.fetch(&self.rows, next);
            i = m.select(m.lt(row[0], v), next, i);
            step /= 2;
        }
        let row = m.fetch(&self.rows, i);
        m.fma(m.sub(v, row[0]), row[2], row[1])
    }
}

/// Entries that turn back take the value before them.
fn flatten(values: &mut [f32], mut before: f32, rising: bool) {
    for v in values {
        if rising == (*v > before) {
            before = *v;
        } else {
            *v = before;
        }
    }
}

/// The stretch between the flat ends.
fn inner(values: &[f32]) -> std::ops::RangeInclusive<usize> {
    let mut end = values.len() - 1;
    while end > 0 && values[end - 1] == values[values.len() - 1] {
        end -= 1;
    }
    let mut start = 0;
    while start < end && values[start + 1] == values[0] {
        start += 1;
    }
    start..=end
}

fn full_side(mut v: Vec<f32>) -> Side {
    let n = v.len();
    let rising = v[0] < v[n - 1];
    let first = v[0];
    flatten(&mut v[1..], first, rising);
    let range = inner(&v);
    let sign = if rising { 1.0 } else { -1.0 };
    let values: Vec<f32> = v[range.clone()].iter().map(|x| x * sign).collect();
    let x: Vec<f32> = range.map(|i| (i as f64 / (n - 1) as f64) as f32).collect();
    Side::new(&values, &x, sign, 0.0)
}

/// Positive and negative halves.
fn half_sides(mut v: Vec<f32>) -> [Side; 2] {
    let rising = v[0] < v[HALF_ONE];
    let zero = v[0];
    flatten(&mut v[1..=HALF_MAX + 1], zero, rising);
    flatten(&mut v[0x8000..=0x8000 + HALF_MAX + 1], zero, !rising);
    let side = |from: usize, rising: bool| {
        let part = &v[from..=from + HALF_MAX];
        let range = inner(part);
        let sign = if rising { 1.0 } else { -1.0 };
        let values: Vec<f32> = part[range.clone()].iter().map(|x| x * sign).collect();
        let x: Vec<f32> = range
            .map(|i| f16::from_bits((from + i) as u16).to_f32())
            .collect();
        Side::new(&values, &x, sign, zero)
    };
    [side(0, rising), side(0x8000, !rising)]
}

#[derive(Debug)]
struct Inverse {
    sides: Vec<Side>,
}

impl Channels for Inverse {
    fn tolerance(&self) -> f64 {
        TOLERANCE
    }
    fn name(&self) -> &'static str {
        "1D LUT, inverse"
    }
    #[inline(always)]
    fn one<M: Math>(&self, m: M, x: M::F, c: usize) -> M::F {
        self.sides[c.min(self.sides.len() - 1)].find(m, x)
    }
}

#[derive(Debug)]
struct HalfInverse {
    sides: Vec<[Side; 2]>,
}

impl Channels for HalfInverse {
    fn tolerance(&self) -> f64 {
        TOLERANCE
    }
    fn name(&self) -> &'static str {
        "1D LUT, half domain, inverse"
    }
    #[inline(always)]
    fn one<M: Math>(&self, m: M, x: M::F, c: usize) -> M::F {
        let [plus, minus] = &self.sides[c.min(self.sides.len() - 1)];
        let (a, b) = (plus.find(m, x), minus.find(m, x));
        let above = m.ge(x, m.k(plus.bisect));
        if plus.sign > 0.0 {
            m.select(above, a, b)
        } else {
            m.select(above, b, a)
        }
    }
}
