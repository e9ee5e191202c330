//! The decoder: bytes in any pieces, rows out as they become complete.
//!
//! A sequential file with all components in one scan streams: memory is one iMCU row of samples. Everything else keeps its
//! coefficients (or lossless samples) and gives rows when the last scan is there, and previews before.

mod arithmetic;
mod bias;
mod bits;
mod checkpoint;
mod coefficients;
mod colour;
#[cfg(target_arch = "x86_64")]
mod colour_avx2;
mod drive;
mod float;
mod frame;
mod header;
mod huffman;
mod idct_islow;
mod idct_reduced;
mod input;
mod integer;
mod level;
mod lossless;
mod metadata;
mod options;
mod output;
mod parallel;
mod pipeline;
mod planes;
mod progressive;
mod raster;
#[cfg(test)]
mod reference;
mod report;
mod scan;
mod seek;
mod segments;
mod sequential;
mod smoothing;
mod tables;
mod upsample;
mod whole;

pub use checkpoint::Index;
pub(crate) use coefficients::Coefficients;
pub use colour::ColourSpace;
pub use drive::{Decoder, Status};
pub(crate) use frame::Frame;
pub use header::{ComponentInfo, Header};
pub use metadata::Metadata;
pub(crate) use options::Options as DecodeOptions;
pub use options::{Channels, Limits, Options, SampleKind, Scale};
pub use output::{Sample, SampleType};
pub use planes::{PlaneImage, decode_planes};
pub use report::Report;
pub use whole::{Image, Pixels, decode};
