//! The tone scale of ACES 2.0 and the constants of its chroma compression.
//!
//! Luminance in nits, peak luminance 1..10,000 nits. Constants and names: `aces-output` CTL 2.0, Lib.Academy.Tonescale and
//! Lib.Academy.OutputTransform.

use super::cam::{Cam, REFERENCE_LUMINANCE};

/// Chroma compression.
const CHROMA_COMPRESS: f32 = 2.4;
const CHROMA_COMPRESS_FACT: f32 = 3.3;
const CHROMA_EXPAND: f32 = 1.3;
const CHROMA_EXPAND_FACT: f32 = 0.69;
const CHROMA_EXPAND_THR: f32 = 0.5;

/// The constants for one peak luminance.
#[derive(Clone, Debug)]
pub(crate) struct Tone {
    /// Peak luminance, nits.
    pub peak: f32,
    /// Contrast of the surround.
    pub g: f32,
    /// Toe.
    pub t_1: f32,
    /// Luminance of mid grey over the reference luminance.
    pub c_t: f32,
    /// Scale of the input, nits.
    pub s_2: f32,
    /// Scale of the output.
    pub m_2: f32,
    /// Largest scene value the search for corners needs.
    pub forward_limit: f32,
    /// Largest output over the reference luminance that is inverted.
    pub inverse_limit: f32,
    /// log10(peak / 100).
    pub log_peak: f32,
    /// J of the peak luminance.
    pub j_max: f32,
    /// Chroma: expansion of what is desaturated.
    pub sat: f32,
    /// Chroma: threshold of it.
    pub sat_thr: f32,
    /// Chroma: compression.
    pub compr: f32,
    /// Chroma: scale of the norm.
    pub norm_scale: f32,
}

impl Tone {
    /// For `n` nits.
    pub fn new(n: f32, input: &Cam) -> Self {
        let n_r = REFERENCE_LUMINANCE;
        let g = 1.15;
        let (c, c_d, w_g, t_1) = (0.18, 10.013, 0.14, 0.04);
        let (hit_min, hit_max) = (128.0, 896.0);
        let r_hit = hit_min + (hit_max - hit_min) * ((n / n_r).ln() / (10000.0f32 / 100.0).ln());
        let m_0 = n / n_r;
        let m_1 = 0.5 * (m_0 + (m_0 * (m_0 + 4.0 * t_1)).sqrt());
        let u = ((r_hit / m_1) / ((r_hit / m_1) + 1.0)).powf(g);
        let m = m_1 / u;
        let w_i = (n / 100.0).ln() / 2.0f32.ln();
        let c_t = c_d / n_r * (1.0 + w_i * w_g);
        let g_ip = 0.5 * (c_t + (c_t * (c_t + 4.0 * t_1)).sqrt());
        let root = (g_ip / m).powf(1.0 / g);
        let g_ipp2 = -(m_1 * root) / (root - 1.0);
        let w_2 = c / g_ipp2;
        let u_2 = ((r_hit / m_1) / ((r_hit / m_1) + w_2)).powf(g);
        let log_peak = (n / n_r).log10();
        Self {
            peak: n,
            g,
            t_1,
            c_t,
            s_2: w_2 * m_1 * REFERENCE_LUMINANCE,
            m_2: m_1 / u_2,
            forward_limit: 8.0 * r_hit,
            inverse_limit: n / (u_2 * n_r),
            log_peak,
            j_max: input.lightness(n),
            sat: (CHROMA_EXPAND - (CHROMA_EXPAND * CHROMA_EXPAND_FACT) * log_peak).max(0.2),
            sat_thr: CHROMA_EXPAND_THR / n,
            compr: CHROMA_COMPRESS + (CHROMA_COMPRESS * CHROMA_COMPRESS_FACT) * log_peak,
            norm_scale: (0.03379 * n).powf(0.30596) - 0.45135,
        }
    }
}
