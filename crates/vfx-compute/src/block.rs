//! Blocks: worker-owned f32 planes over a region, in absolute pixel coordinates.
//!
//! Rows have [`SLACK`] valid floats beyond their last column, so that kernels may load whole vectors.

use vfx_core::Region;

/// Floats that may be read (not written) after the last column of any row.
pub const SLACK: usize = 64;

/// Planes to read.
#[derive(Debug)]
pub struct Block<'a> {
    /// The pixels that are there.
    pub region: Region,
    /// Floats from a row to the next.
    pub stride: usize,
    /// A plane a channel; its first float is the region's first pixel.
    pub planes: Vec<&'a [f32]>,
}

/// Planes to write.
#[derive(Debug)]
pub struct BlockMut<'a> {
    /// The pixels to make.
    pub region: Region,
    /// Floats from a row to the next.
    pub stride: usize,
    /// A plane a channel; its first float is the region's first pixel.
    pub planes: Vec<&'a mut [f32]>,
}

impl<'a> Block<'a> {
    /// Row `y` of channel `c` from column `x` on, to the end of the row and its slack.
    pub fn row(&self, c: usize, x: i64, y: i64) -> &'a [f32] {
        debug_assert!(
            x >= self.region.x0 && y >= self.region.y0 && y < self.region.y1,
            "{x} {y} {}",
            self.region
        );
        let at = (y - self.region.y0) as usize * self.stride + (x - self.region.x0) as usize;
        let len = (self.region.x1 - x).max(0) as usize + SLACK;
        let plane = self.planes[c];
        &plane[at..(at + len).min(plane.len())]
    }
}

impl BlockMut<'_> {
    /// Row `y` of channel `c`, the region's columns.
    pub fn row(&mut self, c: usize, y: i64) -> &mut [f32] {
        let at = (y - self.region.y0) as usize * self.stride;
        &mut self.planes[c][at..][..self.region.width()]
    }
    /// Row `y` of every channel.
    pub fn rows(&mut self, y: i64) -> Vec<&mut [f32]> {
        let (at, w) = (
            (y - self.region.y0) as usize * self.stride,
            self.region.width(),
        );
        self.planes.iter_mut().map(|p| &mut p[at..][..w]).collect()
    }
}

/// The memory of a block: grown when needed, never shrunk, reused for every cell.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    data: vfx_core::AlignedBuf,
    pub region: Region,
    stride: usize,
    plane: usize,
    channels: usize,
}

impl Scratch {
    /// Floats one plane over such a region takes.
    pub fn plane_floats(width: usize, height: usize) -> usize {
        Self::stride_for(width) * height + SLACK
    }
    fn stride_for(width: usize) -> usize {
        // An odd number of cache lines keeps rows from falling on the same cache sets.
        let lines = (width + 16).div_ceil(16);
        (lines | 1) * 16
    }
    /// Shapes it; the contents are unspecified.
    pub fn shape(&mut self, region: Region, channels: usize) {
        self.region = region;
        self.stride = Self::stride_for(region.width());
        self.plane = Self::plane_floats(region.width(), region.height()).next_multiple_of(16);
        self.channels = channels;
        let bytes = self.plane * channels * 4;
        if self.data.len() < bytes {
            self.data = vfx_core::AlignedBuf::zeroed(bytes);
        }
    }
    /// Every float zero.
    pub fn clear(&mut self) {
        let n = self.plane * self.channels * 4;
        self.data.as_mut_slice()[..n].fill(0);
    }
    pub fn block(&self) -> Block<'_> {
        let all: &[f32] = bytemuck::cast_slice(self.data.as_slice());
        let planes = if self.plane == 0 {
            vec![all; self.channels]
        } else {
            all.chunks_exact(self.plane).take(self.channels).collect()
        };
        Block {
            region: self.region,
            stride: self.stride,
            planes,
        }
    }
    /// The part over `region`, which lies inside.
    pub fn part(&mut self, region: Region) -> BlockMut<'_> {
        let (stride, n) = (self.stride, self.channels);
        let at =
            (region.y0 - self.region.y0) as usize * stride + (region.x0 - self.region.x0) as usize;
        let all: &mut [f32] = bytemuck::cast_slice_mut(self.data.as_mut_slice());
        let planes = all
            .chunks_exact_mut(self.plane.max(1))
            .take(n)
            .map(|p| &mut p[at..])
            .collect();
        BlockMut {
            region,
            stride,
            planes,
        }
    }
    /// Copies `region` from another, which has it.
    pub fn copy_from(
        &mut self,
        from: &Scratch,
        region: Region,
        to_first: usize,
        from_first: usize,
        channels: usize,
    ) {
        let w = region.width();
        for c in 0..channels {
            for y in region.y0..region.y1 {
                let src = from.index(from_first + c, region.x0, y);
                let dst = self.index(to_first + c, region.x0, y);
                let s: &[f32] = &bytemuck::cast_slice(from.data.as_slice())[src..src + w];
                let all: &mut [f32] = bytemuck::cast_slice_mut(self.data.as_mut_slice());
                all[dst..dst + w].copy_from_slice(s);
            }
        }
    }
    fn index(&self, c: usize, x: i64, y: i64) -> usize {
        c * self.plane + (y - self.region.y0) as usize * self.stride + (x - self.region.x0) as usize
    }
    /// Fills what lies outside `window` from its edge, or with zeros.
    pub fn fill_border(&mut self, window: &Region, border: crate::Border) {
        let region = self.region;
        if window.contains(&region) {
            return;
        }
        let inside = region.intersect(window);
        if inside.is_empty() {
            self.clear();
            return;
        }
        let clamp = border == crate::Border::Clamp;
        for c in 0..self.channels {
            let (l, r) = (
                (inside.x0 - region.x0) as usize,
                (inside.x1 - region.x0) as usize,
            );
            for y in inside.y0..inside.y1 {
                let at = self.index(c, region.x0, y);
                let row = &mut bytemuck::cast_slice_mut::<u8, f32>(self.data.as_mut_slice())
                    [at..at + region.width()];
                let (first, last) = if clamp {
                    (row[l], row[r - 1])
                } else {
                    (0.0, 0.0)
                };
                row[..l].fill(first);
                row[r..].fill(last);
            }
            for y in (region.y0..inside.y0).chain(inside.y1..region.y1) {
                let from = self.index(c, region.x0, y.clamp(inside.y0, inside.y1 - 1));
                let at = self.index(c, region.x0, y);
                let all: &mut [f32] = bytemuck::cast_slice_mut(self.data.as_mut_slice());
                if clamp {
                    all.copy_within(from..from + region.width(), at);
                } else {
                    all[at..at + region.width()].fill(0.0);
                }
            }
        }
    }
}
