//! OpenEXR codec: positional, streaming, safe.
//!
//! [`Reader`] opens a file through [`ReadAt`] and serves any rectangle of any part, level and channels from any thread; [`Writer`] appends chunks that [`Encoder`]s
//! compress on the caller's threads. Scan line and tiled parts, all level modes, multi-part, subsampled channels, every attribute type; unknown attributes survive.
//! Deep parts are read and written as [`DeepSamples`]. Which compressions work: [`Compression::can_read`], [`Compression::can_write`].
//! Everything read is checked against [`Limits`] and the file's size before memory is taken; no input panics.
//! Source: the OpenEXR 3.5 file layout and, where it is silent, OpenEXRCore.

mod attribute;
mod codec;
mod compression;
mod deep;
mod encoder;
mod error;
mod header;
mod header_read;
mod header_write;
mod id_manifest;
mod layout;
mod limits;
mod offsets;
mod plane;
mod pool;
mod reader;
mod shape;
mod simd;
mod source;
mod window;
mod writer;

pub use attribute::{Attribute, AttributeValue};
pub use compression::Compression;
pub use deep::DeepSamples;
pub use encoder::{ChunkIndex, EncodedChunk, Encoder};
pub use error::{Corruption, Damage, Error};
pub use header::{
    Channel, Header, LevelMode, LevelRounding, LineOrder, PartType, SampleType, Tiles,
};
pub use id_manifest::{ID_MANIFEST_TYPE, IdEntry, IdGroup, IdLifetime, IdManifest};
pub use layout::{ChunkRegion, Level};
pub use limits::Limits;
pub use plane::{PlaneMut, PlaneRef};
pub use reader::Reader;
pub use source::ReadAt;
pub use window::{Box2i, SampledGrid};
pub use writer::Writer;
