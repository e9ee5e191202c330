//! Image operations on the streaming graph: one file an operation, one line in [`OPS`].
//!
//! Every operation is a function from images to an image plus its kernel; nothing is computed here. Spellings and meanings are
//! oiiotool's. [`OPS`] declares names, arguments and modifiers as data: command line, help and documentation are made from it.

mod args;
pub mod arithmetic;
pub mod channels;
pub mod color;
mod compare;
pub mod convolve;
pub mod deep;
pub mod filter;
pub mod geometry;
pub mod resize;

mod error;
mod registry;
mod stats;

pub use args::{Args, Geometry, Param, ParamKind};
pub use compare::{Comparison, Thresholds, Worst, compare, difference};
pub use error::OpError;
pub use registry::{OPS, OpSpec, find};
pub use stats::{Bins, ChannelStats, ImageStats, measure, measure_with};
