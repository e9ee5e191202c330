//! RGB to XYZ and chromatic adaptation, as 3 x 3 matrices on column vectors.
//!
//! XYZ has Y = 1 for white (R = G = B = 1). RGB to XYZ is the normalised primary matrix of SMPTE RP 177-1993; adaptation is a
//! scaling in a cone space between two whites (von Kries), complete, no degree of adaptation. In f64 throughout.

use super::{Matrix3, Primaries};

/// XYZ of D65 (x 0.3127, y 0.3290).
pub(crate) const D65_XY: [f64; 2] = [0.3127, 0.3290];

/// The cone space in which whites are scaled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Adaptation {
    /// No adaptation: whites stay as they are.
    None,
    /// Scaling of X, Y and Z themselves ("wrong von Kries").
    XyzScaling,
    /// Hunt-Pointer-Estevez cones for equal energy (Hunt, "The Reproduction of Colour", 6th ed., 2004).
    VonKries,
    /// Bradford (Lam 1985; the matrix of ICC.1:2022 annex E).
    Bradford,
    /// CIECAM02's (CIE 159:2004).
    Cat02,
    /// CIECAM16's (CIE 248:2022; Li et al. 2017).
    Cat16,
}

impl Adaptation {
    /// XYZ to cone responses.
    pub fn cone_response(self) -> Matrix3 {
        match self {
            Self::None | Self::XyzScaling => IDENTITY,
            Self::VonKries => [
                [0.40024, 0.70760, -0.08081],
                [-0.22630, 1.16532, 0.04570],
                [0.0, 0.0, 0.91822],
            ],
            Self::Bradford => [
                [0.8951, 0.2664, -0.1614],
                [-0.7502, 1.7135, 0.0367],
                [0.0389, -0.0685, 1.0296],
            ],
            Self::Cat02 => [
                [0.7328, 0.4296, -0.1624],
                [-0.7036, 1.6975, 0.0061],
                [0.0030, 0.0136, 0.9834],
            ],
            Self::Cat16 => [
                [0.401288, 0.650173, -0.051461],
                [-0.250268, 1.204414, 0.045854],
                [-0.002079, 0.048952, 0.953127],
            ],
        }
    }
}

pub(crate) const IDENTITY: Matrix3 = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];

/// `a * b`.
pub(crate) fn product(a: &Matrix3, b: &Matrix3) -> Matrix3 {
    let mut out = [[0.0; 3]; 3];
    for (r, row) in out.iter_mut().enumerate() {
        for (c, v) in row.iter_mut().enumerate() {
            *v = a[r][0] * b[0][c] + a[r][1] * b[1][c] + a[r][2] * b[2][c];
        }
    }
    out
}

/// `m * v`.
pub(crate) fn apply(m: &Matrix3, v: [f64; 3]) -> [f64; 3] {
    m.map(|row| row[0] * v[0] + row[1] * v[1] + row[2] * v[2])
}

/// The inverse, by cofactors; the matrices here are well conditioned.
pub(crate) fn inverse(m: &Matrix3) -> Matrix3 {
    let minor = |a: usize, b: usize, c: usize, d: usize| m[a][c] * m[b][d] - m[a][d] * m[b][c];
    let adjugate = [
        [minor(1, 2, 1, 2), -minor(0, 2, 1, 2), minor(0, 1, 1, 2)],
        [-minor(1, 2, 0, 2), minor(0, 2, 0, 2), -minor(0, 1, 0, 2)],
        [minor(1, 2, 0, 1), -minor(0, 2, 0, 1), minor(0, 1, 0, 1)],
    ];
    let determinant =
        m[0][0] * adjugate[0][0] + m[0][1] * adjugate[1][0] + m[0][2] * adjugate[2][0];
    adjugate.map(|row| row.map(|v| v / determinant))
}

/// XYZ, Y = 1, of chromaticities x, y.
pub fn white_xyz(xy: [f64; 2]) -> [f64; 3] {
    [xy[0] / xy[1], 1.0, (1.0 - xy[0] - xy[1]) / xy[1]]
}

/// R, G, B to X, Y, Z, the white of `p` at Y = 1.
pub fn rgb_to_xyz(p: &Primaries) -> Matrix3 {
    let z = |xy: [f64; 2]| 1.0 - xy[0] - xy[1];
    let columns = [
        [p.red[0], p.green[0], p.blue[0]],
        [p.red[1], p.green[1], p.blue[1]],
        [z(p.red), z(p.green), z(p.blue)],
    ];
    let gains = apply(&inverse(&columns), white_xyz(p.white));
    columns.map(|row| [row[0] * gains[0], row[1] * gains[1], row[2] * gains[2]])
}

/// X, Y, Z to R, G, B.
pub fn xyz_to_rgb(p: &Primaries) -> Matrix3 {
    inverse(&rgb_to_xyz(p))
}

/// XYZ under the white `from` to XYZ under the white `to` (both XYZ, not xy).
pub fn adaptation(from: [f64; 3], to: [f64; 3], method: Adaptation) -> Matrix3 {
    if method == Adaptation::None {
        return IDENTITY;
    }
    let cones = method.cone_response();
    let (a, b) = (apply(&cones, from), apply(&cones, to));
    let scaled = [
        cones[0].map(|v| v * b[0] / a[0]),
        cones[1].map(|v| v * b[1] / a[1]),
        cones[2].map(|v| v * b[2] / a[2]),
    ];
    product(&inverse(&cones), &scaled)
}

/// R, G, B of `from` to R, G, B of `to`, the whites adapted by `method` (not at all if they are equal).
pub fn conversion(from: &Primaries, to: &Primaries, method: Adaptation) -> Matrix3 {
    let xyz = rgb_to_xyz(from);
    let adapted = if from.white == to.white {
        xyz
    } else {
        let m = adaptation(white_xyz(from.white), white_xyz(to.white), method);
        product(&m, &xyz)
    };
    product(&xyz_to_rgb(to), &adapted)
}

/// R, G, B to XYZ under D65.
pub fn to_xyz_d65(from: &Primaries, method: Adaptation) -> Matrix3 {
    let m = adaptation(white_xyz(from.white), white_xyz(D65_XY), method);
    product(&m, &rgb_to_xyz(from))
}

/// XYZ under D65 to R, G, B.
pub fn from_xyz_d65(to: &Primaries, method: Adaptation) -> Matrix3 {
    let m = adaptation(white_xyz(D65_XY), white_xyz(to.white), method);
    product(&xyz_to_rgb(to), &m)
}

#[cfg(test)]
mod tests {
    use super::super::gamut;
    use super::*;

    fn close(a: &Matrix3, b: &Matrix3, tolerance: f64) {
        for (x, y) in a.as_flattened().iter().zip(b.as_flattened()) {
            assert!((x - y).abs() <= tolerance, "{a:?} against {b:?}");
        }
    }

    /// S-2008-001 (SMPTE ST 2065-1:2012), equation of clause 4: ACES2065-1 to XYZ.
    #[test]
    fn primaries_give_the_published_ap0_matrix() {
        close(
            &rgb_to_xyz(&gamut::AP0),
            &[
                [0.952_552_395_9, 0.0, 0.000_093_678_6],
                [0.343_966_449_8, 0.728_166_096_6, -0.072_132_546_4],
                [0.0, 0.0, 1.008_825_184_4],
            ],
            1e-9,
        );
    }

    /// S-2014-004 (ACEScg), clause 4.3: ACES2065-1 to ACEScg.
    #[test]
    fn primaries_give_the_published_ap0_to_ap1_matrix() {
        close(
            &conversion(&gamut::AP0, &gamut::AP1, Adaptation::None),
            &[
                [1.451_439_316_1, -0.236_510_746_9, -0.214_928_569_3],
                [-0.076_553_773_4, 1.176_229_699_8, -0.099_675_926_4],
                [0.008_316_148_4, -0.006_032_449_8, 0.997_716_301_4],
            ],
            1e-9,
        );
    }

    #[test]
    fn adaptation_maps_white_to_white() {
        for method in [
            Adaptation::XyzScaling,
            Adaptation::VonKries,
            Adaptation::Bradford,
            Adaptation::Cat02,
            Adaptation::Cat16,
        ] {
            let (from, to) = (white_xyz([0.32168, 0.33767]), white_xyz(D65_XY));
            let there = adaptation(from, to, method);
            for (a, b) in apply(&there, from).into_iter().zip(to) {
                assert!((a - b).abs() < 1e-14, "{method:?}");
            }
            let back = adaptation(to, from, method);
            close(&product(&back, &there), &IDENTITY, 1e-13);
        }
    }
}
