//! How a cube lies in a float texture: R, G, B, A in `f32`, alpha 1, first row uploaded first.
//!
//! Every layout is a permutation of the lattice axes in memory (outer, middle, inner), so one loop writes them all; only width and
//! height differ. Strips are `N`² wide and `N` high; the square Hald needs `N` = L² and is L³ on a side.

use crate::{Cube, LutBoxError};

/// A texture layout.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Layout {
    /// `x = b * N + g`, `y = r`: the earlier LUT box.
    #[default]
    OriginalStrip,
    /// `x = b * N + r`, `y = g`: Unreal and most game engines.
    UnrealStrip,
    /// The image of ImageMagick's Hald CLUT: red fastest, row after row of a square.
    SquareHald,
    /// A 3D texture: red along x, green along y, blue along z.
    Volume,
}

/// Rows that are written together.
const ROWS: usize = 8;

/// All layouts.
pub const LAYOUTS: [Layout; 4] = [
    Layout::OriginalStrip,
    Layout::UnrealStrip,
    Layout::SquareHald,
    Layout::Volume,
];

impl Layout {
    /// Name on command lines.
    pub fn name(self) -> &'static str {
        match self {
            Self::OriginalStrip => "original-strip",
            Self::UnrealStrip => "unreal-strip",
            Self::SquareHald => "square-hald",
            Self::Volume => "3d",
        }
    }

    /// The layout of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        LAYOUTS.into_iter().find(|l| l.name() == name)
    }

    /// Number in shared headers.
    pub fn code(self) -> u32 {
        match self {
            Self::OriginalStrip => 0,
            Self::UnrealStrip => 1,
            Self::SquareHald => 2,
            Self::Volume => 3,
        }
    }

    /// The edge of LUTs that are made here: 33, or 64 where the layout needs a square number.
    pub fn usual_edge(self) -> usize {
        match self {
            Self::SquareHald => 64,
            Self::OriginalStrip | Self::UnrealStrip | Self::Volume => 33,
        }
    }

    /// Width, height and depth in texels.
    ///
    /// # Errors
    ///
    /// If the square Hald has no whole side.
    pub fn size(self, edge: usize) -> Result<[usize; 3], LutBoxError> {
        Ok(match self {
            Self::OriginalStrip | Self::UnrealStrip => [edge * edge, edge, 1],
            Self::Volume => [edge; 3],
            Self::SquareHald => {
                let level = edge.isqrt();
                if level * level != edge {
                    return Err(LutBoxError::Layout {
                        layout: self.name(),
                        edge,
                    });
                }
                [edge * level, edge * level, 1]
            }
        })
    }

    /// Lattice axes (0 red, 1 green, 2 blue), slowest in memory first.
    fn axes(self) -> [usize; 3] {
        match self {
            Self::OriginalStrip => [0, 2, 1],
            Self::UnrealStrip => [1, 2, 0],
            Self::SquareHald | Self::Volume => [2, 1, 0],
        }
    }

    /// Writes the texels of `cube`.
    ///
    /// # Panics
    ///
    /// If `texels` is shorter than `edge`³.
    pub fn write(self, cube: &Cube, texels: &mut [[f32; 4]]) {
        self.for_rows(cube, |at, rows| {
            texels[at..at + rows.len()].copy_from_slice(rows);
        });
    }

    /// Gives `seen` the texels in their order, a few rows at a time in a buffer that stays in the nearest cache, with the number of
    /// the first.
    ///
    /// A layout whose rows run along a slow axis of the source is read [`ROWS`] rows at a time, so that each cache line of the
    /// source is read once: 64³ in 0.25 ms instead of 0.5 ms.
    pub(crate) fn for_rows(self, cube: &Cube, mut seen: impl FnMut(usize, &[[f32; 4]])) {
        let n = cube.edge();
        let strides = cube.order().strides(n);
        let [outer, middle, inner] = self.axes().map(|a| strides[a]);
        let entries = cube.entries();
        let texel = |e: &[f32; 3]| [e[0], e[1], e[2], 1.0];
        let mut buffer = vec![[0.0; 4]; ROWS * n];
        for i in 0..n {
            for first in (0..n).step_by(ROWS) {
                let count = ROWS.min(n - first);
                let rows = &mut buffer[..count * n];
                let source = &entries[i * outer + first * middle..];
                if middle == 1 && count == ROWS {
                    let mut rest = &mut *rows;
                    let mut at: [&mut [[f32; 4]]; ROWS] = std::array::from_fn(|_| {
                        let (row, others) = std::mem::take(&mut rest).split_at_mut(n);
                        rest = others;
                        row
                    });
                    for (k, from) in source.chunks(inner).take(n).enumerate() {
                        let from: &[[f32; 3]; ROWS] = from.first_chunk().expect("a row of entries");
                        for (row, e) in at.iter_mut().zip(from) {
                            row[k] = texel(e);
                        }
                    }
                } else {
                    for (j, row) in rows.chunks_exact_mut(n).enumerate() {
                        let from = source[j * middle..].iter().step_by(inner);
                        for (t, e) in row.iter_mut().zip(from) {
                            *t = texel(e);
                        }
                    }
                }
                seen((i * n + first) * n, rows);
            }
        }
    }

    /// The cube that lies in `texels`.
    ///
    /// # Errors
    ///
    /// If their number is no cube, or a value is not finite.
    pub fn cube(self, texels: &[[f32; 4]]) -> Result<Cube, LutBoxError> {
        let n = crate::cube::edge_of(texels.len() * 16, 16)?;
        let strides = crate::AxisOrder::RedFastest.strides(n);
        let [outer, middle, inner] = self.axes().map(|a| strides[a]);
        let mut entries = vec![[0.0; 3]; texels.len()];
        for (t, texel) in texels.iter().enumerate() {
            let at = t / (n * n) * outer + t / n % n * middle + t % n * inner;
            entries[at] = [texel[0], texel[1], texel[2]];
        }
        Cube::new(crate::AxisOrder::RedFastest, entries)
    }

    /// The texels of `cube` in a new buffer.
    pub fn texels(self, cube: &Cube) -> Vec<[f32; 4]> {
        let mut out = vec![[0.0; 4]; cube.edge().pow(3)];
        self.write(cube, &mut out);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::AxisOrder;

    fn numbered(n: usize) -> Cube {
        let at = |i: usize| [(i % n) as f32, (i / n % n) as f32, (i / n / n) as f32];
        Cube::new(AxisOrder::RedFastest, (0..n.pow(3)).map(at).collect()).unwrap()
    }

    #[test]
    fn usual_edge_fits_every_layout() {
        for layout in LAYOUTS {
            assert!(
                layout.size(layout.usual_edge()).is_ok(),
                "{}",
                layout.name()
            );
        }
    }

    #[test]
    fn texel_positions_are_those_of_the_definitions() {
        let both = |n| {
            let red = numbered(n);
            let at = |i: usize| red.at(i / n / n, i / n % n, i % n);
            let blue = Cube::new(AxisOrder::BlueFastest, (0..n.pow(3)).map(at).collect());
            [(n, red.clone()), (n, blue.unwrap())]
        };
        for (n, cube) in [2, 4, 9, 16, 33].into_iter().flat_map(both) {
            let level = n.isqrt();
            for layout in LAYOUTS {
                let Ok([w, _, _]) = layout.size(n) else {
                    assert!(layout == Layout::SquareHald && [2, 33].contains(&n));
                    continue;
                };
                let texels = layout.texels(&cube);
                for i in 0..n.pow(3) {
                    let (r, g, b) = (i % n, i / n % n, i / n / n);
                    let (x, y) = match layout {
                        Layout::OriginalStrip => (b * n + g, r),
                        Layout::UnrealStrip => (b * n + r, g),
                        Layout::SquareHald => ((g % level) * n + r, b * level + g / level),
                        Layout::Volume => (r, b * n + g),
                    };
                    assert_eq!(texels[y * w + x], [r as f32, g as f32, b as f32, 1.0]);
                }
                let back = layout.cube(&texels).unwrap();
                assert_eq!(back.red_fastest(), cube.red_fastest());
            }
        }
    }
}
