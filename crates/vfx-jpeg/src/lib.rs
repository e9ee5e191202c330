//! JPEG, push driven both ways: bytes or rows as they come, previews, `f32` precision, bounded memory.
//!
//! [`Decoder`] takes any split of the file and gives rows or planes; [`Encoder`] takes any number of rows and gives bytes.
//! Quantisation follows the public description of jpegli.

mod decode;
mod encode;
mod error;
mod marker;
mod transform;

pub use decode::{
    Channels, ColourSpace, ComponentInfo, Decoder, Header, Image, Limits, Metadata, Options as DecodeOptions, Pixels, PlaneImage, Report,
    Sample, SampleKind, SampleType, Scale, Status, decode, decode_planes,
};
pub use encode::{
    ColorModel, Config, Density, Encoder, InputFormat, Mode, PlanarRows, Rows, Sampling, Scan, Script, quality_to_distance,
};
pub use error::JpegError;
pub use transform::{Crop, TransformOptions, Turn, transform};
