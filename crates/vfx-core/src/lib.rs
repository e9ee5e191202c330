//! The pixel model of vfx-rs, and the contracts between files, engine and user.
//!
//! An image is a set of planar channels over a [`Region`]: an [`ImageSpec`] says which, [`Planes`] and
//! [`PlaneMut`] hold the samples, an [`ImageSource`] gives them and an [`ImageSink`] takes them. Nothing here does
//! I/O, colour or threads; everything else in the project speaks in these types.

mod aligned;
mod attributes;
mod budget;
mod channel;
mod control;
mod deep;
mod error;
mod limits;
mod plane;
mod region;
mod sample;
mod sink;
mod source;
mod spec;

pub use aligned::AlignedBuf;
pub use attributes::{Attribute, Attributes, Origin, TimeCode, Value};
pub use budget::{Budget, parse_bytes};
pub use channel::{Channel, ChannelSet};
pub use control::{Cancel, Damage, Progress, Report, Reporter};
pub use deep::{DeepPixels, DeepPlane, DeepSink, DeepSource};
pub use error::IoError;
pub use limits::Limits;
pub use plane::{PlaneMut, PlaneRef, Planes, PlanesMut, PlanesRef};
pub use region::Region;
pub use sample::{SampleFormat, SampleType};
pub use sink::{ChunkEncoder, ChunkLayout, ChunkOrder, EncodedChunk, ImageSink, Written};
pub use source::{Access, ImageSource};
pub use spec::{Alpha, ImageSpec, Orientation};
