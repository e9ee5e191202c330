//! Maps between pixel grids: the eight orientations and a shift, exact in integers.

use vfx_core::Region;

/// `out = flip(transpose(in)) + shift`: first columns and rows are exchanged, then each axis may be mirrored, then shifted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct GridMap {
    /// Columns become rows.
    pub transpose: bool,
    /// Columns run backwards.
    pub flip_x: bool,
    /// Rows run backwards.
    pub flip_y: bool,
    /// Added to the column, after all else.
    pub dx: i64,
    /// Added to the row.
    pub dy: i64,
}

impl GridMap {
    /// A shift alone.
    pub fn shift(dx: i64, dy: i64) -> Self {
        Self {
            dx,
            dy,
            ..Self::default()
        }
    }
    /// An orientation that takes `from` to a region of the same origin as `to_origin`.
    pub fn orient(
        transpose: bool,
        flip_x: bool,
        flip_y: bool,
        from: &Region,
        to_origin: (i64, i64),
    ) -> Self {
        let m = Self {
            transpose,
            flip_x,
            flip_y,
            dx: 0,
            dy: 0,
        };
        let r = m.apply(from);
        Self {
            dx: to_origin.0 - r.x0,
            dy: to_origin.1 - r.y0,
            ..m
        }
    }
    /// Whether rows and columns keep their order.
    pub fn is_shift(&self) -> bool {
        !(self.transpose || self.flip_x || self.flip_y)
    }
    /// Where a region goes.
    pub fn apply(&self, r: &Region) -> Region {
        let r = if self.transpose {
            Region::new(r.y0, r.x0, r.y1, r.x1)
        } else {
            *r
        };
        // Half open intervals mirror to [-x1 + 1, -x0 + 1).
        let (x0, x1) = if self.flip_x {
            (1 - r.x1, 1 - r.x0)
        } else {
            (r.x0, r.x1)
        };
        let (y0, y1) = if self.flip_y {
            (1 - r.y1, 1 - r.y0)
        } else {
            (r.y0, r.y1)
        };
        Region { x0, y0, x1, y1 }.offset(self.dx, self.dy)
    }
    /// The map back.
    pub fn inverse(&self) -> Self {
        let s = |flip: bool, d: i64| if flip { d } else { -d };
        // in = transpose(flip(out - shift)): flips commute with the transposition by changing axes.
        let (fx, fy) = (self.flip_x, self.flip_y);
        let (dx, dy) = (s(fx, self.dx), s(fy, self.dy));
        if self.transpose {
            Self {
                transpose: true,
                flip_x: fy,
                flip_y: fx,
                dx: dy,
                dy: dx,
            }
        } else {
            Self {
                transpose: false,
                flip_x: fx,
                flip_y: fy,
                dx,
                dy,
            }
        }
    }
    /// First this, then `next`.
    pub fn then(&self, next: &Self) -> Self {
        let (fx, fy, dx, dy) = if next.transpose {
            (self.flip_y, self.flip_x, self.dy, self.dx)
        } else {
            (self.flip_x, self.flip_y, self.dx, self.dy)
        };
        let sign = |f: bool, d: i64| if f { -d } else { d };
        Self {
            transpose: self.transpose ^ next.transpose,
            flip_x: fx ^ next.flip_x,
            flip_y: fy ^ next.flip_y,
            dx: sign(next.flip_x, dx) + next.dx,
            dy: sign(next.flip_y, dy) + next.dy,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grid_maps_invert_and_compose() {
        let r = Region::new(-3, 5, 4, 9);
        let mut all = Vec::new();
        for i in 0..8 {
            all.push(GridMap {
                transpose: i & 1 > 0,
                flip_x: i & 2 > 0,
                flip_y: i & 4 > 0,
                dx: 7,
                dy: -2,
            });
        }
        for a in &all {
            assert_eq!(a.inverse().apply(&a.apply(&r)), r, "{a:?}");
            for b in &all {
                assert_eq!(a.then(b).apply(&r), b.apply(&a.apply(&r)), "{a:?} {b:?}");
            }
        }
        let m = GridMap::orient(true, true, false, &r, (0, 0));
        assert_eq!(m.apply(&r), Region::sized(0, 0, 4, 7));
    }
}
