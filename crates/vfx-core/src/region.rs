//! Rectangles of pixels: half open, any origin, never overflowing.
//!
//! Coordinates are `i64`, wide enough that every window a 32-bit file can state, and every halo around it, is exact.

use std::fmt;

/// The pixels with `x0 <= x < x1` and `y0 <= y < y1`; empty when either interval is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Region {
    /// First column.
    pub x0: i64,
    /// First row.
    pub y0: i64,
    /// Column after the last.
    pub x1: i64,
    /// Row after the last.
    pub y1: i64,
}

impl Region {
    /// From corners; `x1`, `y1` are exclusive. Crossed corners give an empty region at `(x0, y0)`.
    pub fn new(x0: i64, y0: i64, x1: i64, y1: i64) -> Self {
        Self {
            x0,
            y0,
            x1: x1.max(x0),
            y1: y1.max(y0),
        }
    }
    /// From an origin and a size in pixels; the far corner saturates.
    pub fn sized(x: i64, y: i64, width: usize, height: usize) -> Self {
        let far = |o: i64, n: usize| o.saturating_add(i64::try_from(n).unwrap_or(i64::MAX));
        Self {
            x0: x,
            y0: y,
            x1: far(x, width),
            y1: far(y, height),
        }
    }
    /// Columns.
    pub fn width(&self) -> usize {
        usize::try_from(self.x1.saturating_sub(self.x0)).unwrap_or(0)
    }
    /// Rows.
    pub fn height(&self) -> usize {
        usize::try_from(self.y1.saturating_sub(self.y0)).unwrap_or(0)
    }
    /// Pixels.
    pub fn pixels(&self) -> u64 {
        (self.width() as u64).saturating_mul(self.height() as u64)
    }
    /// No pixels at all.
    pub fn is_empty(&self) -> bool {
        self.width() == 0 || self.height() == 0
    }
    /// The pixels of both; empty (at the later origin) when they do not meet.
    pub fn intersect(&self, o: &Self) -> Self {
        Self::new(
            self.x0.max(o.x0),
            self.y0.max(o.y0),
            self.x1.min(o.x1),
            self.y1.min(o.y1),
        )
    }
    /// The smallest region that holds both; an empty one adds nothing.
    pub fn union(&self, o: &Self) -> Self {
        match (self.is_empty(), o.is_empty()) {
            (true, _) => *o,
            (_, true) => *self,
            _ => Self::new(
                self.x0.min(o.x0),
                self.y0.min(o.y0),
                self.x1.max(o.x1),
                self.y1.max(o.y1),
            ),
        }
    }
    /// Whether every pixel of `o` lies inside; an empty region lies inside any.
    pub fn contains(&self, o: &Self) -> bool {
        o.is_empty() || (o.x0 >= self.x0 && o.x1 <= self.x1 && o.y0 >= self.y0 && o.y1 <= self.y1)
    }
    /// The same size elsewhere.
    pub fn offset(&self, dx: i64, dy: i64) -> Self {
        let add = i64::saturating_add;
        Self {
            x0: add(self.x0, dx),
            y0: add(self.y0, dy),
            x1: add(self.x1, dx),
            y1: add(self.y1, dy),
        }
    }
    /// Wider by `dx` columns and `dy` rows on each side.
    pub fn grow(&self, dx: i64, dy: i64) -> Self {
        Self::new(
            self.x0.saturating_sub(dx),
            self.y0.saturating_sub(dy),
            self.x1.saturating_add(dx),
            self.y1.saturating_add(dy),
        )
    }
}

impl fmt::Display for Region {
    /// oiiotool's geometry: `WxH+X+Y`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}x{}{:+}{:+}",
            self.width(),
            self.height(),
            self.x0,
            self.y0
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn region_edges() {
        let far = Region::new(i32::MIN.into(), -5, i64::from(i32::MAX) + 1, 5);
        assert_eq!(far.width() as u64, 1 << 32);
        assert_eq!(far.to_string(), "4294967296x10-2147483648-5");
        assert!(Region::new(3, 3, 1, 9).is_empty());
        assert!(
            Region::new(0, 0, 4, 4)
                .intersect(&Region::new(4, 0, 8, 4))
                .is_empty()
        );
        assert_eq!(
            Region::default().union(&Region::new(-2, -2, 1, 1)),
            Region::new(-2, -2, 1, 1)
        );
        assert_eq!(Region::sized(i64::MAX, 0, 9, 1).width(), 0);
        assert_eq!(
            Region::new(-1, -1, 1, 1).grow(2, 0),
            Region::new(-3, -1, 3, 1)
        );
    }
}
