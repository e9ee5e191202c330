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
        let n = cube.edge();
        let strides = cube.order().strides(n);
        let [outer, middle, inner] = self.axes().map(|a| strides[a]);
        let entries = cube.entries();
        let mut rows = texels[..n * n * n].chunks_exact_mut(n);
        for i in 0..n {
            for j in 0..n {
                let (Some(row), start) = (rows.next(), i * outer + j * middle) else {
                    return;
                };
                for (t, e) in row.iter_mut().zip(entries[start..].iter().step_by(inner)) {
                    *t = [e[0], e[1], e[2], 1.0];
                }
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
    fn texel_positions_are_those_of_the_definitions() {
        for n in [2, 4, 9] {
            let cube = numbered(n);
            let level = n.isqrt();
            for layout in LAYOUTS {
                let Ok([w, _, _]) = layout.size(n) else {
                    assert_eq!((layout, n), (Layout::SquareHald, 2));
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
                assert_eq!(layout.cube(&texels).unwrap(), cube);
            }
        }
    }
}
