//! vfx-rs: one engine for stills, sequences and video.
//!
//! The facade: open a file, say what shall become of it, save it. Nothing is computed before [`Image::save`]; then the
//! whole chain runs in one pass, in bounded memory, on all processors.
//!
//! ```no_run
//! # fn main() -> Result<(), vfx::Error> {
//! vfx::Image::open("plate.exr")?
//!     .op("resize", ["50%"])?
//!     .save("proxy.png")?;
//! # Ok(())
//! # }
//! ```
//!
//! A [`Session`] says what a run may use and whom it tells. The parts underneath are the crates [`core`], [`io`],
//! [`compute`] and [`ops`].

pub mod color;
mod deep;
mod error;
pub mod exr;
mod hash;
mod image;
mod save;
mod session;
mod sha1;

pub use error::Error;
pub use hash::pixel_sha1;
pub use image::Image;
pub use save::{Output, SaveOptions, Saved};
pub use session::{File, Session};
pub use vfx_compute as compute;
pub use vfx_core as core;
pub use vfx_io as io;
pub use vfx_ops as ops;
