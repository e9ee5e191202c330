//! Image operations on the streaming graph: one file an operation, one line in [`OPS`].
//!
//! Every operation is a function from images to an image plus its kernel; nothing is computed here. Spellings and meanings are
//! oiiotool's. [`OPS`] declares names, arguments and modifiers as data: command line, help and documentation are made from it.

mod args;
mod error;
mod registry;

pub use args::{Args, Geometry, Param, ParamKind};
pub use error::OpError;
pub use registry::{OPS, OpSpec, find};
