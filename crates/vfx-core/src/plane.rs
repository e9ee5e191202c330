//! Views of planes: rows of samples in somebody's memory, one channel each.
//!
//! A view is bytes, a row stride and a sample type; typed rows are checked casts, so codecs may use either. Rows of
//! owned [`Planes`] start on 64-byte boundaries.

use crate::{AlignedBuf, SampleType};
use bytemuck::Pod;

/// A writable plane: `height` rows of `width` samples, `stride` bytes from row to row.
#[derive(Debug)]
pub struct PlaneMut<'a> {
    bytes: &'a mut [u8],
    stride: usize,
    width: usize,
    height: usize,
    sample: SampleType,
}

/// A readable plane, of the same shape.
#[derive(Debug, Clone, Copy)]
pub struct PlaneRef<'a> {
    bytes: &'a [u8],
    stride: usize,
    width: usize,
    height: usize,
    sample: SampleType,
}

/// What a source fills: one view a channel asked for.
pub type PlanesMut<'a> = [PlaneMut<'a>];
/// What an encoder reads: one view a channel.
pub type PlanesRef<'a> = [PlaneRef<'a>];

fn check(len: usize, stride: usize, width: usize, height: usize, sample: SampleType) {
    let row = width * sample.size();
    assert!(
        stride.is_multiple_of(sample.size()) && stride >= row,
        "stride {stride} under a row of {row} bytes"
    );
    let need = if height == 0 {
        0
    } else {
        (height - 1) * stride + row
    };
    assert!(len >= need, "plane of {len} bytes where {need} are needed");
}

impl<'a> PlaneMut<'a> {
    /// A view over bytes.
    ///
    /// # Panics
    /// When the bytes are too few for the shape, or the stride no multiple of the sample: a bug of the caller.
    pub fn new(
        bytes: &'a mut [u8],
        stride: usize,
        width: usize,
        height: usize,
        sample: SampleType,
    ) -> Self {
        check(bytes.len(), stride, width, height, sample);
        Self {
            bytes,
            stride,
            width,
            height,
            sample,
        }
    }
    /// A view over samples; `stride` in samples.
    pub fn typed<T: Pod>(
        data: &'a mut [T],
        stride: usize,
        width: usize,
        height: usize,
        sample: SampleType,
    ) -> Self {
        assert_eq!(size_of::<T>(), sample.size());
        Self::new(
            bytemuck::cast_slice_mut(data),
            stride * size_of::<T>(),
            width,
            height,
            sample,
        )
    }
    /// Columns.
    pub fn width(&self) -> usize {
        self.width
    }
    /// Rows.
    pub fn height(&self) -> usize {
        self.height
    }
    /// Type of the samples.
    pub fn sample(&self) -> SampleType {
        self.sample
    }
    /// Bytes from a row to the next.
    pub fn stride(&self) -> usize {
        self.stride
    }
    /// All bytes, from the first sample on.
    pub fn bytes(&mut self) -> &mut [u8] {
        self.bytes
    }
    /// The bytes of row `y`.
    pub fn row_bytes(&mut self, y: usize) -> &mut [u8] {
        &mut self.bytes[y * self.stride..][..self.width * self.sample.size()]
    }
    /// The samples of row `y`; `T` must have the size of the sample type.
    pub fn row<T: Pod>(&mut self, y: usize) -> &mut [T] {
        assert_eq!(size_of::<T>(), self.sample.size());
        bytemuck::cast_slice_mut(self.row_bytes(y))
    }
    /// All samples from column `x` of row `y` on, and how many lie from a row to the next, for kernels that take several rows.
    pub fn samples_from<T: Pod>(&mut self, x: usize, y: usize) -> (&mut [T], usize) {
        let size = self.sample.size();
        assert_eq!(size_of::<T>(), size);
        let bytes = &mut self.bytes[y * self.stride + x * size..];
        let whole = bytes.len() / size * size;
        (
            bytemuck::cast_slice_mut(&mut bytes[..whole]),
            self.stride / size,
        )
    }
    /// The same plane for a shorter time.
    pub fn reborrow(&mut self) -> PlaneMut<'_> {
        PlaneMut {
            bytes: self.bytes,
            stride: self.stride,
            width: self.width,
            height: self.height,
            sample: self.sample,
        }
    }
    /// The part of `width` x `height` samples at column `x`, row `y`.
    pub fn window(&mut self, x: usize, y: usize, width: usize, height: usize) -> PlaneMut<'_> {
        assert!(x + width <= self.width && y + height <= self.height);
        let at = if width == 0 || height == 0 {
            0
        } else {
            y * self.stride + x * self.sample.size()
        };
        PlaneMut::new(
            &mut self.bytes[at..],
            self.stride,
            width,
            height,
            self.sample,
        )
    }
    /// Reads what was written.
    pub fn as_ref(&self) -> PlaneRef<'_> {
        PlaneRef {
            bytes: self.bytes,
            stride: self.stride,
            width: self.width,
            height: self.height,
            sample: self.sample,
        }
    }
    /// Fills the plane with zero bits.
    pub fn clear(&mut self) {
        for y in 0..self.height {
            self.row_bytes(y).fill(0);
        }
    }
    /// Copies a plane of the same shape and sample size, bit for bit.
    pub fn copy_from(&mut self, src: &PlaneRef<'_>) {
        assert_eq!(
            (self.width, self.height, self.sample.size()),
            (src.width, src.height, src.sample.size())
        );
        for y in 0..self.height {
            self.row_bytes(y).copy_from_slice(src.row_bytes(y));
        }
    }
}

impl<'a> PlaneRef<'a> {
    /// A view over bytes; see [`PlaneMut::new`].
    ///
    /// # Panics
    /// When the bytes are too few for the shape.
    pub fn new(
        bytes: &'a [u8],
        stride: usize,
        width: usize,
        height: usize,
        sample: SampleType,
    ) -> Self {
        check(bytes.len(), stride, width, height, sample);
        Self {
            bytes,
            stride,
            width,
            height,
            sample,
        }
    }
    /// A view over samples; `stride` in samples.
    pub fn typed<T: Pod>(
        data: &'a [T],
        stride: usize,
        width: usize,
        height: usize,
        sample: SampleType,
    ) -> Self {
        assert_eq!(size_of::<T>(), sample.size());
        Self::new(
            bytemuck::cast_slice(data),
            stride * size_of::<T>(),
            width,
            height,
            sample,
        )
    }
    /// Columns.
    pub fn width(&self) -> usize {
        self.width
    }
    /// Rows.
    pub fn height(&self) -> usize {
        self.height
    }
    /// Type of the samples.
    pub fn sample(&self) -> SampleType {
        self.sample
    }
    /// Bytes from a row to the next.
    pub fn stride(&self) -> usize {
        self.stride
    }
    /// All bytes, from the first sample on.
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }
    /// The bytes of row `y`.
    pub fn row_bytes(&self, y: usize) -> &'a [u8] {
        &self.bytes[y * self.stride..][..self.width * self.sample.size()]
    }
    /// The samples of row `y`; `T` must have the size of the sample type.
    pub fn row<T: Pod>(&self, y: usize) -> &'a [T] {
        assert_eq!(size_of::<T>(), self.sample.size());
        bytemuck::cast_slice(self.row_bytes(y))
    }
    /// The part of `width` x `height` samples at column `x`, row `y`.
    pub fn window(&self, x: usize, y: usize, width: usize, height: usize) -> PlaneRef<'a> {
        assert!(x + width <= self.width && y + height <= self.height);
        let at = if width == 0 || height == 0 {
            0
        } else {
            y * self.stride + x * self.sample.size()
        };
        PlaneRef::new(&self.bytes[at..], self.stride, width, height, self.sample)
    }
}

/// Owned planes of one size, one sample type each: a decoded picture or a window of one.
#[derive(Debug)]
pub struct Planes {
    width: usize,
    height: usize,
    planes: Vec<(SampleType, usize, AlignedBuf)>,
}

impl Planes {
    /// Zeroed planes.
    pub fn new(width: usize, height: usize, samples: impl IntoIterator<Item = SampleType>) -> Self {
        let planes = samples
            .into_iter()
            .map(|s| {
                let stride = (width * s.size()).next_multiple_of(64);
                (s, stride, AlignedBuf::zeroed(stride * height))
            })
            .collect();
        Self {
            width,
            height,
            planes,
        }
    }
    /// Zeroed planes for the channels of a spec over a `width` x `height` window.
    pub fn for_channels(width: usize, height: usize, channels: &[crate::Channel]) -> Self {
        Self::new(width, height, channels.iter().map(|c| c.format.sample))
    }
    /// Columns.
    pub fn width(&self) -> usize {
        self.width
    }
    /// Rows.
    pub fn height(&self) -> usize {
        self.height
    }
    /// How many planes.
    pub fn len(&self) -> usize {
        self.planes.len()
    }
    /// No planes.
    pub fn is_empty(&self) -> bool {
        self.planes.is_empty()
    }
    /// Bytes held.
    pub fn bytes(&self) -> usize {
        self.planes.iter().map(|p| p.2.len()).sum()
    }
    /// Plane `i`.
    pub fn plane(&self, i: usize) -> PlaneRef<'_> {
        let (sample, stride, buf) = &self.planes[i];
        PlaneRef::new(buf.as_slice(), *stride, self.width, self.height, *sample)
    }
    /// Plane `i`, writable.
    pub fn plane_mut(&mut self, i: usize) -> PlaneMut<'_> {
        let (sample, stride, buf) = &mut self.planes[i];
        PlaneMut::new(
            buf.as_mut_slice(),
            *stride,
            self.width,
            self.height,
            *sample,
        )
    }
    /// All planes.
    pub fn views(&self) -> Vec<PlaneRef<'_>> {
        (0..self.planes.len()).map(|i| self.plane(i)).collect()
    }
    /// All planes, writable.
    pub fn views_mut(&mut self) -> Vec<PlaneMut<'_>> {
        let (w, h) = (self.width, self.height);
        self.planes
            .iter_mut()
            .map(|(s, stride, b)| PlaneMut::new(b.as_mut_slice(), *stride, w, h, *s))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plane_windows_share_rows() {
        let mut p = Planes::new(5, 3, [SampleType::U16, SampleType::F32]);
        p.plane_mut(0)
            .window(1, 1, 2, 2)
            .row::<u16>(1)
            .copy_from_slice(&[7, 9]);
        assert_eq!(p.plane(0).row::<u16>(2), &[0, 7, 9, 0, 0]);
        assert_eq!(p.plane(0).window(1, 2, 2, 1).row::<u16>(0), &[7, 9]);
        assert_eq!(p.plane(1).row::<f32>(0).len(), 5);
        let empty = Planes::new(0, 4, [SampleType::U8]);
        assert!(empty.plane(0).row_bytes(3).is_empty());
    }
}
