//! Deep images: any number of samples a pixel.
//!
//! A [`DeepSource`] gives regions as [`DeepPixels`]: offsets, and one typed plane a channel. Samples are in the file's order, which need not be sorted by
//! depth; colour is associated with alpha. Operations on deep images are sources made of sources, so nothing is ever held but the region asked for.

use crate::{
    ChannelSet, ChunkLayout, EncodedChunk, ImageSpec, IoError, Region, SampleFormat, SampleType,
    Written,
};

/// The samples of one channel, of all pixels of a region one after the other.
#[derive(Clone, PartialEq, Debug)]
pub enum DeepPlane {
    /// IEEE half, as bits.
    F16(Vec<u16>),
    /// IEEE single.
    F32(Vec<f32>),
    /// 32-bit integers, mostly ids.
    U32(Vec<u32>),
}

impl DeepPlane {
    /// No samples of a format; integers of any width become `U32`.
    pub fn empty(format: SampleFormat) -> Self {
        match format.sample {
            SampleType::F16 => Self::F16(Vec::new()),
            SampleType::F32 => Self::F32(Vec::new()),
            _ => Self::U32(Vec::new()),
        }
    }
    /// Samples.
    pub fn len(&self) -> usize {
        match self {
            Self::F16(v) => v.len(),
            Self::F32(v) => v.len(),
            Self::U32(v) => v.len(),
        }
    }
    /// No samples.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// Bytes of a sample.
    pub fn sample_size(&self) -> usize {
        if matches!(self, Self::F16(_)) { 2 } else { 4 }
    }
    /// Appends samples of another plane of the same type.
    ///
    /// # Panics
    /// When the types differ or the range is not inside `from`.
    pub fn extend_from(&mut self, from: &Self, range: std::ops::Range<usize>) {
        match (self, from) {
            (Self::F16(to), Self::F16(from)) => to.extend_from_slice(&from[range]),
            (Self::F32(to), Self::F32(from)) => to.extend_from_slice(&from[range]),
            (Self::U32(to), Self::U32(from)) => to.extend_from_slice(&from[range]),
            _ => panic!("planes of different types"),
        }
    }
}

/// The samples of a region: those of pixel `i`, counted row by row, are `offsets[i]..offsets[i + 1]` of every plane.
#[derive(Clone, PartialEq, Debug)]
pub struct DeepPixels {
    /// The pixels.
    pub region: Region,
    /// One more than there are pixels, from 0.
    pub offsets: Vec<usize>,
    /// One a channel asked for.
    pub planes: Vec<DeepPlane>,
}

impl DeepPixels {
    /// A region without samples, to be filled pixel by pixel.
    pub fn start(region: Region, planes: Vec<DeepPlane>) -> Self {
        let mut offsets = Vec::with_capacity(usize::try_from(region.pixels()).unwrap_or(0) + 1);
        offsets.push(0);
        Self {
            region,
            offsets,
            planes,
        }
    }
    /// Ends a pixel whose samples were appended to the planes.
    pub fn end_pixel(&mut self) {
        let n = self.planes.first().map_or(0, DeepPlane::len);
        self.offsets.push(n);
    }
    /// Samples of all pixels together.
    pub fn total(&self) -> usize {
        self.offsets.last().copied().unwrap_or(0)
    }
    /// The number of a pixel inside the region, `None` outside.
    pub fn index(&self, x: i64, y: i64) -> Option<usize> {
        let r = &self.region;
        let inside = x >= r.x0 && x < r.x1 && y >= r.y0 && y < r.y1;
        inside.then(|| (y - r.y0) as usize * r.width() + (x - r.x0) as usize)
    }
    /// Where the samples of a pixel are; none outside the region.
    pub fn samples(&self, x: i64, y: i64) -> std::ops::Range<usize> {
        match self.index(x, y) {
            Some(i) => self.offsets[i]..self.offsets[i + 1],
            None => 0..0,
        }
    }
}

/// A deep image. Any thread, any order, as [`crate::ImageSource`].
pub trait DeepSource: Send + Sync {
    /// What the image is; the channels' types are f16, f32 or u32.
    fn spec(&self) -> &ImageSpec;
    /// Columns and rows of what is decoded together, a grid from the data window's origin.
    fn chunk(&self) -> (usize, usize);
    /// The samples of a region inside the data window, one plane for each of `channels`.
    ///
    /// # Errors
    /// What the file does not give. Damage that can be read around is reported, not returned, unless strict.
    fn read(&self, region: Region, channels: &ChannelSet) -> Result<DeepPixels, IoError>;
}

/// A deep file being written under a temporary name. Dropped before `finish` it leaves nothing behind.
pub trait DeepSink: Send + Sync {
    /// What each image is.
    fn specs(&self) -> &[ImageSpec];
    /// How image `image` is cut.
    fn layout(&self, image: usize) -> ChunkLayout;
    /// Compresses a chunk, on any thread; `pixels` are its region with a plane for every channel of the spec.
    ///
    /// # Errors
    /// What cannot be encoded.
    fn encode(
        &self,
        image: usize,
        index: usize,
        pixels: &DeepPixels,
    ) -> Result<EncodedChunk, IoError>;
    /// Takes a chunk; images in order, chunks in the layout's order.
    ///
    /// # Errors
    /// What the operating system refuses.
    fn commit(&mut self, image: usize, chunk: EncodedChunk) -> Result<(), IoError>;
    /// Completes the file and gives it its name.
    ///
    /// # Errors
    /// As for `commit`; an earlier file of that name is then untouched.
    fn finish(self: Box<Self>) -> Result<Written, IoError>;
}
