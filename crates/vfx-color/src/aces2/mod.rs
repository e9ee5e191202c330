//! ACES 2.0 rendering: the appearance model, the tone scale and the tables behind the pixel formulas.
//!
//! The transform works on J, M, h (lightness, colourfulness, hue in degrees) of a simplified CAM16 (Academy, ACES 2.0 output
//! transforms, `aces-output` CTL 2.0; Li et al. 2017). Tables depend on the peak luminance and the limiting primaries only;
//! they are built once a set in about 2 ms and kept ([`Rendering::of`]). Set-up runs in `f32` in OpenColorIO 2.6's order of
//! operations: in `f64` the hull gammas near the yellow corner differ by 2e-4, which costs 7e-5 in the picture; pixel formulas
//! (`formula`) are generic over `Math` and share these constants.

pub(crate) mod cam;
pub(crate) mod formula;
mod hue_rows;
mod hull;
mod knots;
mod tables;
pub(crate) mod tone;

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use vfx_kernel::Table;

use crate::space::{Primaries, gamut};
use cam::Cam;
use tone::Tone;

/// Everything the formulas need, for one peak luminance and one set of limiting primaries.
#[derive(Debug)]
pub(crate) struct Rendering {
    /// Model of the scene side, AP0.
    pub input: Cam,
    /// Model of the display side, the limiting primaries.
    pub limit: Cam,
    /// Tone scale and chroma compression.
    pub tone: Tone,
    /// Gamut compression.
    pub gamut: Gamut,
}

/// Constants and rows of the gamut compression.
#[derive(Debug)]
pub(crate) struct Gamut {
    /// Lightness of mid grey on the display.
    pub mid_j: f32,
    /// Distance of the focus points.
    pub focus_distance: f32,
    /// 1 / gamma of the lower hull.
    pub lower_gamma_inv: f32,
    /// A row a step of hue: reach, its increase to the next step, the knot inside the step, index of the interval before it.
    pub hue: Table,
    /// Steps a degree of `hue`.
    pub steps: f32,
    /// Two rows an interval between knots: `[knot, J, M, 1/gamma]` and `[0, dJ, dM, d(1/gamma)]` a degree.
    pub cusp: Table,
}

/// Peak luminance in nits and limiting primaries, as bits.
type Key = [u32; 9];

impl Rendering {
    /// The rendering for `peak` nits and the limiting primaries `xy` (red, green, blue, white), built at its first use.
    pub fn of(peak: f32, xy: [f32; 8]) -> Arc<Self> {
        static BUILT: LazyLock<Mutex<HashMap<Key, Arc<Rendering>>>> = LazyLock::new(Mutex::default);
        /// Nobody draws with more sets at once; keeps a hostile list of configs from filling the memory (17 kB each).
        const KEPT: usize = 256;

        let mut key = [peak.to_bits(); 9];
        for (k, v) in key[1..].iter_mut().zip(xy) {
            *k = v.to_bits();
        }
        let built = || BUILT.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = built().get(&key) {
            return Arc::clone(found);
        }
        // Built outside the lock: two threads may build the same set, neither waits for another one's.
        let new = Arc::new(Self::build(peak, &limiting(xy)));
        let mut built = built();
        if built.len() >= KEPT {
            built.clear();
        }
        Arc::clone(built.entry(key).or_insert(new))
    }

    fn build(peak: f32, limiting: &Primaries) -> Self {
        let input = Cam::new(&gamut::AP0);
        let reach = Cam::new(&gamut::AP1);
        let limit = Cam::new(limiting);
        let tone = Tone::new(peak, &input);
        let gamut = tables::gamut(&input, &reach, &limit, &tone);
        Self {
            input,
            limit,
            tone,
            gamut,
        }
    }
}

/// Primaries from x, y pairs of red, green, blue and white.
pub(crate) fn limiting(xy: [f32; 8]) -> Primaries {
    let pair = |i: usize| [f64::from(xy[2 * i]), f64::from(xy[2 * i + 1])];
    Primaries {
        name: "limiting",
        label: "limiting primaries",
        red: pair(0),
        green: pair(1),
        blue: pair(2),
        white: pair(3),
        source: "parameters",
    }
}
