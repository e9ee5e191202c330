//! Reconstruction filters, by oiiotool's names and default widths.
//!
//! A filter is an even function of the distance in output pixels, zero beyond half its width; weights are normalised by their
//! user. Evaluated in f64. Sources: Keys 1981 (cubic family), Mitchell and Netravali 1988, Harris 1978 (Blackman-Harris), Duchon 1979
//! (Lanczos). The two non-separable filters of oiiotool (`radial-lanczos3`, `disk`) are not here.

use std::f64::consts::PI;

/// A separable filter.
#[derive(Clone, Copy, Debug)]
pub struct Filter {
    /// Its name.
    pub name: &'static str,
    /// Full width in output pixels when it is not enlarged.
    pub width: f64,
    /// Its value at a distance, for the default width.
    pub value: fn(f64) -> f64,
}

/// Names for `filter=` modifiers.
pub const NAMES: &[&str] = &[
    "box",
    "triangle",
    "gaussian",
    "sharp-gaussian",
    "catmull-rom",
    "blackman-harris",
    "sinc",
    "lanczos3",
    "mitchell",
    "bspline",
    "cubic",
    "keys",
    "simon",
    "rifman",
];

const FILTERS: &[Filter] = &[
    Filter {
        name: "box",
        width: 1.0,
        value: |x| if x.abs() <= 0.5 { 1.0 } else { 0.0 },
    },
    Filter {
        name: "triangle",
        width: 2.0,
        value: |x| (1.0 - x.abs()).max(0.0),
    },
    Filter {
        name: "gaussian",
        width: 3.0,
        value: |x| gauss(x / 1.5, 2.0),
    },
    Filter {
        name: "sharp-gaussian",
        width: 2.0,
        value: |x| gauss(x, 4.0),
    },
    Filter {
        name: "catmull-rom",
        width: 4.0,
        value: |x| cubic(x, -0.5) * 2.0,
    },
    Filter {
        name: "blackman-harris",
        width: 3.0,
        value: blackman_harris,
    },
    Filter {
        name: "sinc",
        width: 4.0,
        value: |x| if x.abs() <= 2.0 { sinc(x) } else { 0.0 },
    },
    Filter {
        name: "lanczos3",
        width: 6.0,
        value: |x| {
            if x.abs() <= 3.0 {
                sinc(x) * sinc(x / 3.0)
            } else {
                0.0
            }
        },
    },
    Filter {
        name: "mitchell",
        width: 4.0,
        value: mitchell,
    },
    Filter {
        name: "bspline",
        width: 4.0,
        value: bspline,
    },
    Filter {
        name: "cubic",
        width: 4.0,
        value: |x| cubic(x, 0.0),
    },
    Filter {
        name: "keys",
        width: 4.0,
        value: |x| cubic(x, -0.5),
    },
    Filter {
        name: "simon",
        width: 4.0,
        value: |x| cubic(x, -0.75),
    },
    Filter {
        name: "rifman",
        width: 4.0,
        value: |x| cubic(x, -1.0),
    },
];

impl Filter {
    /// The filter of a name.
    pub fn find(name: &str) -> Option<Self> {
        let name = match name {
            "catrom" => "catmull-rom",
            "lanczos" => "lanczos3",
            "b-spline" => "bspline",
            n => n,
        };
        FILTERS.iter().find(|f| f.name == name).copied()
    }
    /// Its value at `x` when stretched to a full width of `width`.
    pub fn at(&self, x: f64, width: f64) -> f64 {
        (self.value)(x * self.width / width)
    }
}

fn gauss(x: f64, k: f64) -> f64 {
    if x.abs() < 1.0 {
        (-k * x * x).exp()
    } else {
        0.0
    }
}

fn sinc(x: f64) -> f64 {
    if x.abs() < 1e-4 {
        1.0
    } else {
        (PI * x).sin() / (PI * x)
    }
}

/// The four-term window of Harris, over a width of 3.
fn blackman_harris(x: f64) -> f64 {
    let t = x / 1.5;
    if t.abs() > 1.0 {
        return 0.0;
    }
    let p = (t + 1.0) * PI;
    0.35875 - 0.48829 * p.cos() + 0.14128 * (2.0 * p).cos() - 0.01168 * (3.0 * p).cos()
}

/// Keys' cubic convolution with slope `a` at 1.
fn cubic(x: f64, a: f64) -> f64 {
    let x = x.abs();
    if x >= 2.0 {
        0.0
    } else if x >= 1.0 {
        a * (((x - 5.0) * x + 8.0) * x - 4.0)
    } else {
        ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0
    }
}

fn mitchell(x: f64) -> f64 {
    let (b, c, x) = (1.0 / 3.0, 1.0 / 3.0, x.abs());
    if x >= 2.0 {
        0.0
    } else if x >= 1.0 {
        ((-b - 6.0 * c) * x.powi(3)
            + (6.0 * b + 30.0 * c) * x * x
            + (-12.0 * b - 48.0 * c) * x
            + (8.0 * b + 24.0 * c))
            / 6.0
    } else {
        ((12.0 - 9.0 * b - 6.0 * c) * x.powi(3)
            + (-18.0 + 12.0 * b + 6.0 * c) * x * x
            + (6.0 - 2.0 * b))
            / 6.0
    }
}

fn bspline(x: f64) -> f64 {
    let x = x.abs();
    if x >= 2.0 {
        0.0
    } else if x >= 1.0 {
        (2.0 - x).powi(3) / 6.0
    } else {
        2.0 / 3.0 - x * x * (1.0 - x / 2.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_are_even_and_end_at_their_width() {
        for name in NAMES {
            let f = Filter::find(name).unwrap();
            for i in 0..200 {
                let x = f64::from(i) * 0.02;
                assert!(
                    (f.at(x, f.width) - f.at(-x, f.width)).abs() < 1e-12,
                    "{name} {x}"
                );
                if x > f.width / 2.0 + 1e-9 {
                    assert!(f.at(x, f.width).abs() < 1e-12, "{name} {x}");
                }
            }
            assert!(f.at(0.0, f.width) > 0.5, "{name}");
        }
        assert!(Filter::find("nearest").is_none());
    }
}
