//! Every word of the SIMD instance against the f64 instance, at every level.

use super::{F64, Math};
use crate::level::at_every_level;
use crate::pointwise::{Pointwise1, Pointwise2, map1, map1_in_place, map2};
use crate::{Table, level};

macro_rules! op1 {
    ($name:ident, |$m:ident, $x:ident| $body:expr) => {
        struct $name;
        impl Pointwise1 for $name {
            #[inline(always)]
            fn run<M: Math>(&self, $m: M, $x: M::F) -> M::F {
                $body
            }
        }
    };
}
macro_rules! op2 {
    ($name:ident, |$m:ident, $a:ident, $b:ident| $body:expr) => {
        struct $name;
        impl Pointwise2 for $name {
            #[inline(always)]
            fn run<M: Math>(&self, $m: M, $a: M::F, $b: M::F) -> M::F {
                $body
            }
        }
    };
}

op1!(Exp2, |m, x| m.exp2(x));
op1!(Log2, |m, x| m.log2(x));
op1!(Exp2Normal, |m, x| m.exp2_normal(x));
op1!(Log2Normal, |m, x| m.log2_normal(x));
op1!(Sin, |m, x| m.sin(x));
op1!(Cos, |m, x| m.cos(x));
op2!(Atan2, |m, a, b| m.atan2(a, b));
op2!(PowBy, |m, a, b| m.pow_by(a, b));

fn reference1(op: &impl Pointwise1, x: f32) -> f64 {
    op.run(F64, f64::from(x))
}

fn reference2(op: &impl Pointwise2, a: f32, b: f32) -> f64 {
    op.run(F64, f64::from(a), f64::from(b))
}

/// Error of `got` in units of the last place of the exact value.
fn ulps(got: f32, exact: f64) -> f64 {
    let rounded = exact as f32;
    if got.is_nan() || rounded.is_nan() {
        return if got.is_nan() && rounded.is_nan() {
            0.0
        } else {
            f64::INFINITY
        };
    }
    if rounded.is_infinite() || got.is_infinite() {
        // The largest finite float may stand for the first overflow and the other way round.
        let (a, b) = (
            got.clamp(f32::MIN, f32::MAX),
            rounded.clamp(f32::MIN, f32::MAX),
        );
        return f64::from(a.to_bits().abs_diff(b.to_bits()));
    }
    let exponent = (exact.abs().log2().floor()).max(-126.0);
    (f64::from(got) - exact).abs() / (exponent - 23.0).exp2()
}

fn apply1(op: &impl Pointwise1, x: &[f32]) -> Vec<f32> {
    let mut y = vec![0.0; x.len()];
    map1(op, x, &mut y);
    y
}

fn apply2(op: &impl Pointwise2, a: &[f32], b: &[f32]) -> Vec<f32> {
    let mut y = a.to_vec();
    map2(op, &mut y, b);
    y
}

/// Floats by their bits, evenly: every exponent, subnormals too.
fn all_positive(step: usize) -> Vec<f32> {
    (1..0x7f80_0000u32)
        .step_by(step)
        .map(f32::from_bits)
        .collect()
}

fn linear(lo: f32, hi: f32, n: usize) -> Vec<f32> {
    (0..n)
        .map(|i| lo + (hi - lo) * i as f32 / (n - 1) as f32)
        .collect()
}

fn worst(op: &impl Pointwise1, x: &[f32]) -> (f64, f32) {
    let y = apply1(op, x);
    let mut worst = (0.0, 0.0);
    for (x, y) in x.iter().zip(y) {
        let e = ulps(y, reference1(op, *x));
        if e > worst.0 {
            worst = (e, *x);
        }
    }
    worst
}

#[test]
fn normal_forms_have_the_bits_of_the_others() {
    let same = |a: &[f32], b: &[f32]| a.iter().zip(b).all(|(a, b)| a.to_bits() == b.to_bits());
    let normal: Vec<f32> = all_positive(9973)
        .into_iter()
        .filter(|x| x.is_normal())
        .collect();
    let powers = linear(-125.0, 127.0, 100_001);
    at_every_level(|name| {
        assert!(
            same(&apply1(&Log2Normal, &normal), &apply1(&Log2, &normal)),
            "{name}"
        );
        assert!(
            same(&apply1(&Exp2Normal, &powers), &apply1(&Exp2, &powers)),
            "{name}"
        );
        let zero = apply1(&Log2Normal, &[0.0])[0];
        assert!(zero <= -126.0, "{name}: {zero}");
        for (y, most) in apply1(&Exp2Normal, &[-130.0, -1e30]).iter().zip([1e-37; 2]) {
            assert!((0.0..most).contains(y), "{name}: {y}");
        }
        let large = apply1(&Exp2Normal, &[128.0, 1e30]);
        assert!(large.iter().all(|y| *y > 1e38), "{name}: {large:?}");
    });
}

#[test]
fn exp2_is_close() {
    at_every_level(|name| {
        let (e, x) = worst(&Exp2, &linear(-126.0, 128.0, 400_001));
        println!("exp2 {name}: {e:.2} ulp at {x}");
        let limit = if name.starts_with("avx") { 1.0 } else { 1.5 };
        assert!(e <= limit, "{name}: {e} ulp at {x}");
        let (e, x) = worst(&Exp2, &linear(-152.0, -126.0, 100_001));
        assert!(e <= 2.0, "{name}, subnormal results: {e} ulp at {x}");
        let (e, x) = worst(&Exp2, &all_positive(9973));
        assert!(e <= limit, "{name}: {e} ulp at {x}");
    });
}

#[test]
fn exp2_special_values() {
    let x = [
        f32::NEG_INFINITY,
        -1e30,
        -200.0,
        -0.0,
        0.0,
        128.0,
        1e30,
        f32::INFINITY,
    ];
    at_every_level(|name| {
        assert_eq!(
            apply1(&Exp2, &x),
            [
                0.0,
                0.0,
                0.0,
                1.0,
                1.0,
                f32::INFINITY,
                f32::INFINITY,
                f32::INFINITY
            ],
            "{name}"
        );
        assert!(apply1(&Exp2, &[f32::NAN])[0].is_nan());
        for n in -149..128 {
            assert_eq!(
                apply1(&Exp2, &[n as f32])[0],
                (f64::from(n).exp2()) as f32,
                "{name} 2^{n}"
            );
        }
    });
}

#[test]
fn log2_is_close() {
    at_every_level(|name| {
        let (e, x) = worst(&Log2, &all_positive(4999));
        println!("log2 {name}: {e:.2} ulp at {x:e}");
        assert!(e <= 2.0, "{name}: {e} ulp at {x:e}");
        let (e, x) = worst(&Log2, &linear(0.4, 2.5, 400_001));
        println!("log2 near 1, {name}: {e:.2} ulp at {x}");
        assert!(e <= 2.0, "{name}: {e} ulp at {x}");
    });
}

#[test]
fn log2_special_values() {
    at_every_level(|name| {
        let y = apply1(&Log2, &[0.0, -0.0, 1.0, f32::INFINITY]);
        assert_eq!(
            y,
            [f32::NEG_INFINITY, f32::NEG_INFINITY, 0.0, f32::INFINITY],
            "{name}"
        );
        for x in [-1.0, -1e-40, f32::NEG_INFINITY, f32::NAN] {
            assert!(apply1(&Log2, &[x])[0].is_nan(), "{name}: log2 {x}");
        }
    });
}

#[test]
fn pow_is_close() {
    struct Pow(f32);
    impl Pointwise1 for Pow {
        #[inline(always)]
        fn run<M: Math>(&self, m: M, x: M::F) -> M::F {
            m.pow(x, self.0)
        }
    }
    let x = all_positive(49_999);
    at_every_level(|name| {
        for e in [2.4, 1.0 / 2.4, 0.9, -1.0, 2.0, 0.42, 8.0, -3.3, 1e-3, 1.0] {
            let y = apply1(&Pow(e), &x);
            let mut worst = 0.0f64;
            for (x, y) in x.iter().zip(y) {
                let exact = reference1(&Pow(e), *x);
                if exact > f64::from(f32::MAX) {
                    assert!(y > 3.4e38, "{name}: {x:e} ^ {e} = {y:e}");
                } else if exact < f64::from(f32::MIN_POSITIVE) {
                    assert!(
                        (f64::from(y) - exact).abs() < 3e-45,
                        "{name}: {x:e} ^ {e} = {y:e}"
                    );
                } else {
                    worst = worst.max((f64::from(y) / exact - 1.0).abs());
                }
            }
            println!("pow {e:.3} {name}: {worst:.2e}");
            assert!(worst <= 3e-7, "{name}: x ^ {e} is {worst:e} off");
        }
    });
}

#[test]
fn pow_special_values() {
    let inf = f32::INFINITY;
    let x = [
        0.0, 0.0, 0.0, inf, inf, inf, 1.0, 2.0, 2.0, 0.5, 0.5, 1.0, -0.0,
    ];
    let e = [
        2.0, -2.0, 0.0, 2.0, -2.0, 0.0, 1e30, inf, -inf, inf, -inf, 0.0, 1.0,
    ];
    let y = [
        0.0, inf, 1.0, inf, 0.0, 1.0, 1.0, inf, 0.0, 0.0, inf, 1.0, 0.0,
    ];
    at_every_level(|name| {
        assert_eq!(apply2(&PowBy, &x, &e), y, "{name}");
        for (x, e) in [(-1.0, 2.0), (f32::NAN, 0.0), (1.0, f32::NAN), (-inf, 1.0)] {
            assert!(apply2(&PowBy, &[x], &[e])[0].is_nan(), "{name}: {x} ^ {e}");
        }
    });
}

#[test]
fn sine_and_cosine_are_close() {
    at_every_level(|name| {
        for x in [
            linear(-10.0, 10.0, 200_001),
            linear(-1e4, 1e4, 200_001),
            vec![0.0, -0.0, 1e-40],
        ] {
            let (s, c) = (apply1(&Sin, &x), apply1(&Cos, &x));
            let mut worst = 0.0f64;
            for i in 0..x.len() {
                worst = worst.max((f64::from(s[i]) - reference1(&Sin, x[i])).abs());
                worst = worst.max((f64::from(c[i]) - reference1(&Cos, x[i])).abs());
            }
            println!("sin, cos {name}: {worst:.2e}");
            assert!(worst <= 1e-7, "{name}: {worst:e}");
        }
        for x in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            assert!(apply1(&Sin, &[x])[0].is_nan() && apply1(&Cos, &[x])[0].is_nan());
        }
    });
}

#[test]
fn atan2_is_close() {
    let inf = f32::INFINITY;
    let special = [0.0, -0.0, 1.0, -1.0, inf, -inf, 1e-30, -3e38];
    let mut y = Vec::new();
    let mut x = Vec::new();
    for a in special {
        for b in special {
            y.push(a);
            x.push(b);
        }
    }
    for i in 0..100_000 {
        let angle = i as f32 * 6.283e-5;
        let radius = 10f32.powi(i % 30 - 15);
        y.push(angle.sin() * radius);
        x.push(angle.cos() * radius);
    }
    at_every_level(|name| {
        let a = apply2(&Atan2, &y, &x);
        let mut worst = 0.0f64;
        for i in 0..a.len() {
            let exact = reference2(&Atan2, y[i], x[i]);
            assert_eq!(
                a[i].is_sign_negative(),
                exact.is_sign_negative(),
                "{name}: {} {}",
                y[i],
                x[i]
            );
            let e = (f64::from(a[i]) - exact).abs() / exact.abs().max(1e-30);
            if exact.abs() > 1e-37 {
                worst = worst.max(e);
            }
        }
        println!("atan2 {name}: {worst:.2e}");
        assert!(worst <= 2e-7, "{name}: {worst:e}");
        assert!(apply2(&Atan2, &[f32::NAN], &[1.0])[0].is_nan());
        assert!(apply2(&Atan2, &[1.0], &[f32::NAN])[0].is_nan());
    });
}

#[test]
fn short_words_agree_with_the_reference() {
    op2!(Sum, |m, a, b| m.sub(m.add(a, b), m.mul(a, b)));
    op2!(Quotient, |m, a, b| m.div(a, b));
    op2!(Min, |m, a, b| m.min(a, b));
    op2!(Max, |m, a, b| m.max(a, b));
    op2!(Signs, |m, a, b| m.copysign(m.neg(m.abs(a)), b));
    op2!(Floors, |m, a, b| m.add(m.floor(a), m.sqrt(m.abs(b))));
    op2!(Compare, |m, a, b| {
        let one = m.k(1.0);
        let zero = m.k(0.0);
        let c = m.or(m.and(m.ge(a, b), m.not(m.eq(a, zero))), m.lt(b, m.k(-2.0)));
        let d = m.or(m.gt(a, one), m.le(b, zero));
        m.add(m.select(c, one, zero), m.select(d, m.k(2.0), zero))
    });
    let values = [
        0.0,
        -0.0,
        1.0,
        -1.0,
        1.5,
        -2.5,
        1e-40,
        3e38,
        f32::INFINITY,
        f32::NEG_INFINITY,
        f32::NAN,
        0.1,
        -7.0,
    ];
    let mut a = Vec::new();
    let mut b = Vec::new();
    for x in values {
        for y in values {
            a.push(x);
            b.push(y);
        }
    }
    fn check(name: &str, what: &str, op: &impl Pointwise2, a: &[f32], b: &[f32]) {
        let y = apply2(op, a, b);
        for i in 0..a.len() {
            let e = ulps(y[i], reference2(op, a[i], b[i]));
            let close = e <= 2.0
                || (f64::from(y[i]) - reference2(op, a[i], b[i])).abs() < 1e-6
                || f64::from(a[i]).abs().max(f64::from(b[i]).abs()) > 1e38 && what == "sum";
            assert!(close, "{name} {what}({}, {}) = {}", a[i], b[i], y[i]);
        }
    }
    at_every_level(|name| {
        check(name, "sum", &Sum, &a, &b);
        check(name, "quotient", &Quotient, &a, &b);
        check(name, "min", &Min, &a, &b);
        check(name, "max", &Max, &a, &b);
        check(name, "signs", &Signs, &a, &b);
        check(name, "floors", &Floors, &a, &b);
        check(name, "compare", &Compare, &a, &b);
    });
}

#[test]
fn fetch_reads_rows_and_stays_inside() {
    struct Fetch(Table);
    impl Pointwise1 for Fetch {
        #[inline(always)]
        fn run<M: Math>(&self, m: M, x: M::F) -> M::F {
            let r = m.fetch(&self.0, x);
            m.fma(
                r[3],
                m.k(1000.0),
                m.fma(r[2], m.k(100.0), m.fma(r[1], m.k(10.0), r[0])),
            )
        }
    }
    let rows = (0..77)
        .map(|i| [i as f32, 0.5, i as f32 * 2.0, 3.0])
        .collect();
    let op = Fetch(Table::new("t", 77, rows));
    let mut x: Vec<f32> = (0..77).rev().map(|i| i as f32).collect();
    x.extend([f32::NAN, f32::INFINITY, f32::NEG_INFINITY, -5.0, 1e9]);
    at_every_level(|name| {
        let y = apply1(&op, &x);
        for (x, y) in x.iter().zip(y) {
            assert_eq!(f64::from(y), reference1(&op, *x), "{name}: row {x}");
        }
    });
}

#[test]
fn cell_splits_octaves() {
    op1!(Index, |m, x| m.cell(x, 5).0);
    op1!(Position, |m, x| m.cell(x, 5).1);
    let x: Vec<f32> = all_positive(99_991)
        .into_iter()
        .filter(|x| x.is_normal())
        .collect();
    at_every_level(|name| {
        let (i, u) = (apply1(&Index, &x), apply1(&Position, &x));
        for k in 0..x.len() {
            let whole = reference1(&Index, x[k]) + reference1(&Position, x[k]);
            assert!((0.0..1.0).contains(&u[k]), "{name}");
            assert!(
                (f64::from(i[k]) + f64::from(u[k]) - whole).abs() < 1e-4,
                "{name}: {}",
                x[k]
            );
        }
    });
}

#[test]
fn pairs_give_the_same_bits() {
    struct Single;
    impl Pointwise1 for Single {
        const PAIRS: bool = false;
        #[inline(always)]
        fn run<M: Math>(&self, m: M, x: M::F) -> M::F {
            m.pow(x, 2.4)
        }
    }
    op1!(Paired, |m, x| m.pow(x, 2.4));
    let x = linear(0.0, 8.0, 1000);
    at_every_level(|name| {
        let (mut a, mut b) = (x.clone(), x.clone());
        map1_in_place(&Single, &mut a);
        map1_in_place(&Paired, &mut b);
        assert_eq!(a, b, "{name}");
    });
    assert!(!level::levels().is_empty());
}
