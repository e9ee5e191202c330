//! A lattice of 2 to 128 entries an edge as it came in: R, G, B in `f32`, any finite value, bits kept; alpha is not kept.
//!
//! The axis order of the source stays as it is, so that receiving is one sequential pass fused with the check for NaN and
//! infinities; the transposition happens once, when a layout is written into the shared memory.

use crate::LutBoxError;

/// Smallest edge.
pub const MIN_EDGE: usize = 2;
/// Largest edge: the strip of 128 is 16384 texels wide, the limit of textures.
pub const MAX_EDGE: usize = 128;

/// Which axis varies fastest in memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AxisOrder {
    /// Red slowest, blue fastest: the order of the earlier LUT box.
    #[default]
    BlueFastest,
    /// Red fastest, blue slowest: the order of `.cube` files.
    RedFastest,
}

impl AxisOrder {
    /// Name on command lines and in messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::BlueFastest => "bgr-fastest",
            Self::RedFastest => "rgb-fastest",
        }
    }

    /// The order of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::BlueFastest, Self::RedFastest]
            .into_iter()
            .find(|o| o.name() == name)
    }

    /// Distances between neighbours along R, G and B.
    pub fn strides(self, edge: usize) -> [usize; 3] {
        match self {
            Self::BlueFastest => [edge * edge, edge, 1],
            Self::RedFastest => [1, edge, edge * edge],
        }
    }
}

/// A three-dimensional LUT.
#[derive(Clone, Debug, PartialEq)]
pub struct Cube {
    edge: usize,
    order: AxisOrder,
    entries: Vec<[f32; 3]>,
}

/// The edge of a payload of `bytes` bytes, `texel` bytes an entry.
///
/// # Errors
///
/// If that is no cube of 2 to 128.
pub fn edge_of(bytes: usize, texel: usize) -> Result<usize, LutBoxError> {
    (MIN_EDGE..=MAX_EDGE)
        .find(|n| n * n * n * texel == bytes)
        .ok_or(LutBoxError::LutSize { bytes })
}

/// All bits of the exponent: NaN or infinity.
const EXPONENT: u32 = 0x7f80_0000;

impl Cube {
    /// Entries in `order`.
    ///
    /// # Errors
    ///
    /// If there are not the cube of 2 to 128 of them, or one is not finite.
    pub fn new(order: AxisOrder, entries: Vec<[f32; 3]>) -> Result<Self, LutBoxError> {
        let edge = edge_of(entries.len() * 12, 12)?;
        let cube = Self {
            edge,
            order,
            entries,
        };
        let bad = |e: &[f32; 3]| e.iter().fold(false, |b, v| b | !v.is_finite());
        if cube.entries.iter().fold(false, |b, e| b | bad(e)) {
            return Err(cube.first_bad());
        }
        Ok(cube)
    }

    /// Little-endian R, G, B, A floats; alpha is dropped unread.
    ///
    /// # Errors
    ///
    /// As [`Cube::new`].
    pub fn from_rgba_le(order: AxisOrder, bytes: &[u8]) -> Result<Self, LutBoxError> {
        let edge = edge_of(bytes.len(), 16)?;
        let mut bad = false;
        let word = |t: &[u8; 16], i: usize| {
            u32::from_le_bytes([t[i * 4], t[i * 4 + 1], t[i * 4 + 2], t[i * 4 + 3]])
        };
        let entries = bytes
            .as_chunks::<16>()
            .0
            .iter()
            .map(|t| {
                let [r, g, b] = [word(t, 0), word(t, 1), word(t, 2)];
                bad |= (r & EXPONENT == EXPONENT)
                    | (g & EXPONENT == EXPONENT)
                    | (b & EXPONENT == EXPONENT);
                [r, g, b].map(f32::from_bits)
            })
            .collect();
        let cube = Self {
            edge,
            order,
            entries,
        };
        if bad { Err(cube.first_bad()) } else { Ok(cube) }
    }

    /// Little-endian R, G, B floats.
    ///
    /// # Errors
    ///
    /// As [`Cube::new`].
    pub fn from_rgb_le(order: AxisOrder, bytes: &[u8]) -> Result<Self, LutBoxError> {
        edge_of(bytes.len(), 12)?;
        let float = |b: &[u8]| f32::from_le_bytes([b[0], b[1], b[2], b[3]]);
        let entries = bytes
            .as_chunks::<12>()
            .0
            .iter()
            .map(|t| [float(&t[0..]), float(&t[4..]), float(&t[8..])]);
        Self::new(order, entries.collect())
    }

    /// Every entry is its own position.
    ///
    /// # Panics
    ///
    /// If `edge` is outside 2 to 128.
    pub fn identity(edge: usize) -> Self {
        assert!((MIN_EDGE..=MAX_EDGE).contains(&edge), "edge {edge}");
        let at = |i: usize| i as f32 / (edge - 1) as f32;
        let entries = (0..edge * edge * edge)
            .map(|i| [at(i % edge), at(i / edge % edge), at(i / edge / edge)]);
        Self {
            edge,
            order: AxisOrder::RedFastest,
            entries: entries.collect(),
        }
    }

    /// Entries along one axis.
    pub fn edge(&self) -> usize {
        self.edge
    }

    /// The order of [`Cube::entries`].
    pub fn order(&self) -> AxisOrder {
        self.order
    }

    /// R, G, B of every entry.
    pub fn entries(&self) -> &[[f32; 3]] {
        &self.entries
    }

    /// The entry of a lattice point.
    pub fn at(&self, r: usize, g: usize, b: usize) -> [f32; 3] {
        let [sr, sg, sb] = self.order.strides(self.edge);
        self.entries[r * sr + g * sg + b * sb]
    }

    /// The entries, red fastest.
    pub fn red_fastest(&self) -> Vec<[f32; 3]> {
        let n = self.edge;
        if self.order == AxisOrder::RedFastest {
            return self.entries.clone();
        }
        (0..n * n * n)
            .map(|i| self.at(i % n, i / n % n, i / n / n))
            .collect()
    }

    /// Bytes of memory that the entries hold.
    pub fn bytes(&self) -> usize {
        self.entries.len() * 12
    }

    fn first_bad(&self) -> LutBoxError {
        let bad = |e: &[f32; 3]| e.iter().any(|v| !v.is_finite());
        let i = self.entries.iter().position(bad).unwrap_or(0);
        let n = self.edge;
        let (slow, mid, fast) = (i / n / n, i / n % n, i % n);
        let (r, b) = match self.order {
            AxisOrder::BlueFastest => (slow, fast),
            AxisOrder::RedFastest => (fast, slow),
        };
        LutBoxError::NotFinite { r, g: mid, b }
    }
}
