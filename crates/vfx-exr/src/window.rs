//! Integer windows: data window, display window, regions.
//!
//! Corners are inclusive pixel coordinates anywhere in `i32`; all sizes are computed in 64 bits, so no window overflows.
//! Subsampled channels hold a value where the absolute coordinate is a multiple of the sampling (negative ones too).

/// A rectangle of pixels with inclusive corners.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Box2i {
    /// Left, top.
    pub min: (i32, i32),
    /// Right, bottom, inside the box.
    pub max: (i32, i32),
}

impl Box2i {
    /// The box with these inclusive corners.
    #[must_use]
    pub fn new(min: (i32, i32), max: (i32, i32)) -> Self {
        Self { min, max }
    }

    /// The box of `width` x `height` pixels at the origin; sizes are cut at `i32::MAX` + 1.
    #[must_use]
    pub fn from_size(width: u32, height: u32) -> Self {
        let last = |n: u32| i32::try_from(i64::from(n) - 1).unwrap_or(i32::MAX);
        Self {
            min: (0, 0),
            max: (last(width), last(height)),
        }
    }

    /// Columns; 0 when empty.
    #[must_use]
    pub fn width(&self) -> u64 {
        (i64::from(self.max.0) - i64::from(self.min.0) + 1)
            .max(0)
            .unsigned_abs()
    }

    /// Rows; 0 when empty.
    #[must_use]
    pub fn height(&self) -> u64 {
        (i64::from(self.max.1) - i64::from(self.min.1) + 1)
            .max(0)
            .unsigned_abs()
    }

    /// Whether the box has no pixel.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.min.0 > self.max.0 || self.min.1 > self.max.1
    }

    /// Whether `other` lies inside.
    #[must_use]
    pub fn contains(&self, other: &Box2i) -> bool {
        self.min.0 <= other.min.0
            && self.min.1 <= other.min.1
            && self.max.0 >= other.max.0
            && self.max.1 >= other.max.1
    }

    /// The common pixels, `None` when there are none.
    #[must_use]
    pub fn intersect(&self, other: &Box2i) -> Option<Box2i> {
        let both = Box2i {
            min: (self.min.0.max(other.min.0), self.min.1.max(other.min.1)),
            max: (self.max.0.min(other.max.0), self.max.1.min(other.max.1)),
        };
        (!both.is_empty()).then_some(both)
    }

    /// The window of a channel's own samples: coordinates divided by the sampling, ceiling below and floor above.
    /// Its width and height are the plane's size (0 when the box misses every sample).
    #[must_use]
    pub fn sampled(&self, sampling: (u32, u32)) -> SampledGrid {
        let (x, width) = sampled_span(self.min.0, self.max.0, sampling.0);
        let (y, height) = sampled_span(self.min.1, self.max.1, sampling.1);
        SampledGrid {
            x,
            y,
            width,
            height,
        }
    }
}

/// A channel's samples inside a box, in units of the sampling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SampledGrid {
    /// First sample column: absolute x divided by the x sampling.
    pub x: i64,
    /// First sample row: absolute y divided by the y sampling.
    pub y: i64,
    /// Samples in a row.
    pub width: u64,
    /// Rows.
    pub height: u64,
}

/// First sample and number of samples in the inclusive span.
fn sampled_span(min: i32, max: i32, sampling: u32) -> (i64, u64) {
    let s = i64::from(sampling.max(1));
    if s == 1 {
        return (
            i64::from(min),
            (i64::from(max) - i64::from(min) + 1).max(0).unsigned_abs(),
        );
    }
    let first = -(-i64::from(min)).div_euclid(s);
    let last = i64::from(max).div_euclid(s);
    (first, (last - first + 1).max(0).unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn box_sizes_at_the_ends_of_i32() {
        let all = Box2i::new((i32::MIN, i32::MIN), (i32::MAX, i32::MAX));
        assert_eq!((all.width(), all.height()), (1 << 32, 1 << 32));
        assert_eq!(Box2i::new((1, 1), (0, 5)).width(), 0);
    }

    #[test]
    fn sampled_grid_uses_absolute_coordinates() {
        let grid = Box2i::new((-3, -4), (3, 4)).sampled((2, 3));
        assert_eq!(
            grid,
            SampledGrid {
                x: -1,
                y: -1,
                width: 3,
                height: 3
            }
        );
        assert_eq!(Box2i::new((1, 1), (1, 1)).sampled((2, 2)).width, 0);
    }
}
