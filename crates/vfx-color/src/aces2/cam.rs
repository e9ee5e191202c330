//! The simplified CAM16 of ACES 2.0: RGB to achromatic response and opponent axes (A, a, b), to J, M, h and back.
//!
//! Scalar `f32` for building tables (display-linear RGB, 1.0 = 100 nits; J and M 0..100 and above; h in degrees 0..360). Order
//! of operations is OpenColorIO's, so that tables agree to the bit; the pixel formulas use the same matrices. Constants:
//! `aces-output` CTL 2.0, Lib.Academy.OutputTransform; CAM16 by Li et al., Color Res. Appl. 42 (2017).

use crate::space::{Primaries, rgb_to_xyz, xyz_to_rgb};

pub(crate) type Vec3 = [f32; 3];
pub(crate) type Mat3 = [[f32; 3]; 3];

/// Nits of 1.0.
pub(crate) const REFERENCE_LUMINANCE: f32 = 100.0;
/// Luminance of the adapting field, nits.
const ADAPTING_LUMINANCE: f32 = 100.0;
/// Background, per cent of white.
const BACKGROUND: f32 = 20.0;
/// Dim surround: c and N_c of CIECAM.
const SURROUND_C: f32 = 0.59;
const SURROUND_N: f32 = 0.9;
/// Half-saturation of the cone response.
pub(crate) const CONE_OFFSET: f32 = 0.2713 * REFERENCE_LUMINANCE;
const CONE_SCALE: f32 = 4.0 * REFERENCE_LUMINANCE;
/// Exponent of the cone response.
pub(crate) const CONE_EXPONENT: f32 = 0.42;
/// Largest cone response that is inverted.
pub(crate) const CONE_LIMIT: f32 = 0.99;
/// J of white.
pub(crate) const J_SCALE: f32 = 100.0;

/// The cone space as primaries.
const CAM16: Primaries = Primaries {
    name: "cam16",
    label: "CAM16 cones",
    red: [0.8336, 0.1735],
    green: [2.3854, -1.4659],
    blue: [0.087, -0.125],
    white: [0.333, 0.333],
    source: "ACES 2.0 output transforms, Lib.Academy.OutputTransform",
};

/// The model for one set of primaries.
#[derive(Clone, Debug)]
pub(crate) struct Cam {
    /// RGB to adapted cone signals.
    pub to_cones: Mat3,
    /// And back.
    pub from_cones: Mat3,
    /// Cone responses to A, a, b.
    pub to_aab: Mat3,
    /// And back.
    pub from_aab: Mat3,
    /// Luminance level adaptation over the reference luminance.
    pub f_l_n: f32,
    /// Exponent from A to J (c z).
    pub cz: f32,
    /// 1 / cz.
    pub inv_cz: f32,
    /// Response to white over A of white.
    pub a_w_j: f32,
    /// Its reciprocal.
    pub inv_a_w_j: f32,
}

pub(crate) fn apply(m: &Mat3, v: Vec3) -> Vec3 {
    [
        v[0] * m[0][0] + v[1] * m[0][1] + v[2] * m[0][2],
        v[0] * m[1][0] + v[1] * m[1][1] + v[2] * m[1][2],
        v[0] * m[2][0] + v[1] * m[2][1] + v[2] * m[2][2],
    ]
}

fn product(a: &Mat3, b: &Mat3) -> Mat3 {
    let mut out = [[0.0; 3]; 3];
    for (r, row) in out.iter_mut().enumerate() {
        for (c, v) in row.iter_mut().enumerate() {
            *v = a[r][0] * b[0][c] + a[r][1] * b[1][c] + a[r][2] * b[2][c];
        }
    }
    out
}

fn diagonal(v: Vec3) -> Mat3 {
    [[v[0], 0.0, 0.0], [0.0, v[1], 0.0], [0.0, 0.0, v[2]]]
}

fn single(m: &[[f64; 3]; 3]) -> Mat3 {
    m.map(|row| row.map(|v| v as f32))
}

fn inverse(m: &Mat3) -> Mat3 {
    single(&crate::space::inverse(&m.map(|row| row.map(f64::from))))
}

/// f / (27.13 + f), f = v^0.42, for v >= 0.
pub(crate) fn cone_response(v: f32) -> f32 {
    let f = v.powf(CONE_EXPONENT);
    f / (CONE_OFFSET + f)
}

/// The inverse of [`cone_response`], r at most 0.99.
pub(crate) fn cone_signal(r: f32) -> f32 {
    let r = r.min(CONE_LIMIT);
    let f = (CONE_OFFSET * r) / (1.0 - r);
    f.powf(1.0 / CONE_EXPONENT)
}

fn mirrored(f: fn(f32) -> f32, v: f32) -> f32 {
    f(v.abs()).copysign(v)
}

/// Degrees in 0..360 of an angle of `atan2`.
fn degrees(radians: f32) -> f32 {
    let h = 180.0 * radians / std::f32::consts::PI;
    if h < 0.0 { h + 360.0 } else { h }
}

impl Cam {
    /// The model of linear RGB with these primaries.
    pub fn new(primaries: &Primaries) -> Self {
        let cone_to_aab = [
            [2.0, 1.0, 1.0 / 20.0],
            [1.0, -12.0 / 11.0, 1.0 / 11.0],
            [1.0 / 9.0, 1.0 / 9.0, -2.0 / 9.0],
        ];
        let to_cam16 = single(&xyz_to_rgb(&CAM16));
        let to_xyz = single(&rgb_to_xyz(primaries));
        let white_xyz = apply(&to_xyz, [REFERENCE_LUMINANCE; 3]);
        let white_y = white_xyz[1];
        let white = apply(&to_cam16, white_xyz);

        // CIECAM02 (CIE 159:2004), equation for F_L.
        let k = 1.0 / (5.0 * ADAPTING_LUMINANCE + 1.0);
        let k4: f32 = k * k * k * k;
        let f_l = 0.2 * k4 * (5.0 * ADAPTING_LUMINANCE)
            + 0.1 * (1.0 - k4).powf(2.0) * (5.0 * ADAPTING_LUMINANCE).powf(1.0 / 3.0);
        let f_l_n = f_l / REFERENCE_LUMINANCE;
        let cz = SURROUND_C * (1.48 + (BACKGROUND / REFERENCE_LUMINANCE).sqrt());

        // Von Kries in the cone space, towards the luminance of white.
        let d = white.map(|w| f_l_n * white_y / w);
        let adapted = [d[0] * white[0], d[1] * white[1], d[2] * white[2]];
        let response = adapted.map(|v| mirrored(cone_response, v));

        let scaled = product(&diagonal([CONE_SCALE; 3]), &cone_to_aab);
        let a_w =
            scaled[0][0] * response[0] + scaled[0][1] * response[1] + scaled[0][2] * response[2];
        let a_w_j = cone_response(f_l);

        let rgb_to_cam16 = product(&to_cam16, &to_xyz);
        let to_cones = product(
            &diagonal(d),
            &product(&rgb_to_cam16, &diagonal([REFERENCE_LUMINANCE; 3])),
        );
        let to_aab = [
            scaled[0].map(|v| v / a_w),
            scaled[1].map(|v| v * 43.0 * SURROUND_N),
            scaled[2].map(|v| v * 43.0 * SURROUND_N),
        ];
        Self {
            from_cones: inverse(&to_cones),
            from_aab: inverse(&to_aab),
            to_cones,
            to_aab,
            f_l_n,
            cz,
            inv_cz: 1.0 / cz,
            a_w_j,
            inv_a_w_j: 1.0 / a_w_j,
        }
    }

    /// A, a, b of linear RGB.
    pub fn aab(&self, rgb: Vec3) -> Vec3 {
        let cones = apply(&self.to_cones, rgb);
        apply(&self.to_aab, cones.map(|v| mirrored(cone_response, v)))
    }

    /// Linear RGB of A, a, b.
    pub fn rgb(&self, aab: Vec3) -> Vec3 {
        let cones = apply(&self.from_aab, aab);
        apply(&self.from_cones, cones.map(|v| mirrored(cone_signal, v)))
    }

    /// J, M, h of linear RGB; all 0 where A is not positive.
    pub fn jmh(&self, rgb: Vec3) -> Vec3 {
        let [a, x, y] = self.aab(rgb);
        if a <= 0.0 {
            return [0.0; 3];
        }
        let m = (x * x + y * y).sqrt();
        [J_SCALE * a.powf(self.cz), m, degrees(y.atan2(x))]
    }

    /// The hue of linear RGB, degrees; 0 where A is not positive.
    pub fn hue(&self, rgb: Vec3) -> f32 {
        let [a, x, y] = self.aab(rgb);
        if a <= 0.0 { 0.0 } else { degrees(y.atan2(x)) }
    }

    /// A of J.
    pub fn achromatic(&self, j: f32) -> f32 {
        (j * (1.0 / J_SCALE)).powf(self.inv_cz)
    }

    /// J of the luminance `y`, nits.
    pub fn lightness(&self, y: f32) -> f32 {
        let a = cone_response(y.abs() * self.f_l_n) * self.inv_a_w_j;
        (J_SCALE * a.powf(self.cz)).copysign(y)
    }
}

/// Cosine and sine of a hue in degrees.
pub(crate) fn direction(hue: f32) -> [f32; 2] {
    let radians = std::f32::consts::PI * hue / 180.0;
    [radians.cos(), radians.sin()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::space::gamut;

    #[test]
    fn cam_white_is_achromatic_at_100() {
        for p in [gamut::AP0, gamut::AP1, gamut::REC709, gamut::P3_D60] {
            let [j, m, _] = Cam::new(&p).jmh([1.0; 3]);
            assert!((j - 100.0).abs() < 1e-3 && m < 1e-3, "{}: {j} {m}", p.name);
        }
    }

    #[test]
    fn cam_returns_to_rgb() {
        let cam = Cam::new(&gamut::REC709);
        for rgb in [[0.18, 0.18, 0.18], [1.0, 0.1, 0.0], [0.02, 0.5, 4.0]] {
            let [j, m, h] = cam.jmh(rgb);
            let [c, s] = direction(h);
            let back = cam.rgb([cam.achromatic(j), m * c, m * s]);
            for (a, b) in back.into_iter().zip(rgb) {
                assert!((a - b).abs() < 2e-5 * b.max(1.0), "{rgb:?} {back:?}");
            }
        }
    }
}
