//! What the caller may choose: output layout, sample type, limits, strictness.

use std::sync::Arc;

use super::checkpoint::Index;

/// The colour channels of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Channels {
    /// Gray for one component, RGB for three, CMYK for four, else the components as they are.
    #[default]
    Native,
    /// One channel: luma of YCbCr, Rec. 601 weights of RGB.
    Gray,
    /// Three channels. CMYK becomes RGB by `(1 - c)(1 - k)` after Adobe's inversion is undone: not colour managed.
    Rgb,
    /// Three channels and an opaque alpha.
    Rgba,
    /// Four channels as stored (Adobe files store inverted inks, see [`crate::Header::inks_inverted`]).
    Cmyk,
    /// Every component upsampled, without any colour conversion.
    Components,
}

/// The numbers of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum SampleKind {
    /// Integers at the precision of the file: `u8` up to 8 bit, else `u16` with values below `2^precision`. Exact integer
    /// arithmetic (libjpeg's `islow` and triangle upsampling).
    #[default]
    Native,
    /// `u8`, full range whatever the precision of the file.
    U8,
    /// `u16`, 0 to 65535 whatever the precision of the file, from the float pipeline (lossless files: exact scaling).
    U16,
    /// `f32`, 0 to 1 for the code values of the file; over- and undershoot of the transform is kept.
    F32,
}

/// Output size as a fraction of the stored size, by a smaller inverse transform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Scale {
    /// Stored size.
    #[default]
    Full,
    /// A half, rounded up.
    Half,
    /// A quarter, rounded up.
    Quarter,
    /// An eighth, rounded up: the DC coefficients.
    Eighth,
}

impl Scale {
    /// Samples a block side.
    pub(crate) fn block(self) -> usize {
        match self {
            Scale::Full => 8,
            Scale::Half => 4,
            Scale::Quarter => 2,
            Scale::Eighth => 1,
        }
    }
}

/// Bounds checked before memory is taken or work is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Width times height.
    pub pixels: u64,
    /// Bytes of coefficients and buffers.
    pub memory: u64,
    /// Scans in a file.
    pub scans: u32,
    /// Blocks visited over all scans (EOB runs included), against files that cost far more time than bytes.
    pub block_visits: u64,
    /// Bytes of metadata kept.
    pub metadata: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            pixels: 1 << 29,
            memory: 4 << 30,
            scans: 500,
            block_visits: 1 << 28,
            metadata: 256 << 20,
        }
    }
}

/// How to decode.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// Output channels.
    pub channels: Channels,
    /// Output numbers.
    pub samples: SampleKind,
    /// Output size.
    pub scale: Scale,
    /// Triangle upsampling of chroma (else each sample is repeated).
    pub fancy_upsampling: bool,
    /// In the float pipeline, move coefficients towards zero as their distribution suggests (jpegli's dequantisation bias).
    pub dequantisation_bias: bool,
    /// Estimate missing coefficients of unfinished progressive images from neighbouring DC values.
    pub block_smoothing: bool,
    /// Any damage is an error, instead of an entry in the report.
    pub strict: bool,
    /// `write` stops after each scan of a multi-scan file with [`crate::Status::Scan`].
    pub stop_at_scans: bool,
    /// Remember, a row of MCUs at a time, how to go on from there (about 80 bytes each), for [`crate::Decoder::seek`] to go back
    /// and for [`Options::index`]. Only files that stream have use for it.
    pub checkpoints: bool,
    /// Checkpoints of an earlier pass over the same file.
    pub index: Option<Arc<Index>>,
    /// Threads that [`crate::decode`] may use; same pixels. Restart markers or an index let it work on bands of rows; without
    /// them two threads share a scan that has all components. Files of several scans are decoded on one.
    pub threads: usize,
    /// Bounds.
    pub limits: Limits,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            channels: Channels::Native,
            samples: SampleKind::Native,
            scale: Scale::Full,
            fancy_upsampling: true,
            dequantisation_bias: false,
            block_smoothing: true,
            strict: false,
            stop_at_scans: false,
            checkpoints: false,
            index: None,
            threads: 1,
            limits: Limits::default(),
        }
    }
}
