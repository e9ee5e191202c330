//! One file or folder a format.

pub mod dpx;
pub mod exr;
pub mod hdr;
mod interleaved;
pub mod jpeg;
pub mod null;
pub mod png;
pub mod pnm;
pub mod tiff;
#[cfg(test)]
mod trial;
