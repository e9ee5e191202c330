//! JPEG, push driven both ways: bytes or rows as they come, previews, `f32` precision, bounded memory.
//!
//! [`Decoder`] takes any split of the file and gives rows or planes; [`Encoder`] takes any number of rows and gives bytes.
//! Quantisation follows the public description of jpegli. [`transform`] changes files without loss;
//! [`decode_hdr`] and [`encode_hdr`] know gain maps.
//!
//! # Issues of other codecs
//! Each has a test of that name (`tests/decode_damage.rs`, `tests/peer_issues.rs`), or a reason why there is none.
//!
//! | project | numbers |
//! | --- | --- |
//! | zune-image | 12, 162, 176, 202, 219, 243, 257, 270, 273, 291, 300, 312, 347, 391, 451 |
//! | zune-jpeg | 14 |
//! | jpeg-decoder | 2 |
//! | jpeg-encoder | 2 |
//! | zenjpeg | 4, 92; 142 is about a build dependency |
//! | google/jpegli | 248 |
//! | libjxl | 2094, 2655, 3570; 3741 does not apply: it decodes scans in lockstep from a file that can be read anywhere, and a push decoder has each byte once |
//! | image | 1154, 1989 |

mod decode;
mod encode;
mod error;
mod gainmap;
mod marker;
mod transform;
mod transpose;

pub use decode::{
    Channels, ColourSpace, ComponentInfo, Decoder, Header, Image, Index, Limits, Metadata,
    Options as DecodeOptions, Pixels, PlaneImage, Report, Sample, SampleKind, SampleType, Scale,
    Status, decode, decode_planes,
};
pub use encode::{
    ColorModel, Config, Density, Encoder, InputFormat, Mode, PlanarRows, Rows, Sampling, Scan,
    Script, quality_to_distance,
};
pub use error::JpegError;
pub use gainmap::{
    GainMap, GainMapInfo, HdrConfig, HdrImage, decode_hdr, encode_hdr, gain_map, linear_to_srgb,
    srgb_to_linear,
};
pub use transform::{Crop, TransformOptions, Turn, transform};

/// The examples of the README are tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
