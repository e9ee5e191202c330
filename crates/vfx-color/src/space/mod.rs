//! Primaries, white points, chromatic adaptation and transfer functions: the facts of colour spaces, each with its source.
//!
//! Everything is `f64` data and closed formulas; [`TransferFunction::ops`] and [`conversion`] turn it into operations. Encoded
//! values are full range (code value over the largest code value), linear ones relative to the curve's own reference (see
//! each entry); matrices work on column vectors.

mod adaptation;
pub(crate) mod curve;
mod primaries;
pub(crate) mod registry;

pub use adaptation::{
    Adaptation, adaptation, conversion, from_xyz_d65, rgb_to_xyz, to_xyz_d65, white_xyz, xyz_to_rgb,
};
pub(crate) use adaptation::{apply, inverse};
pub use curve::{Form, LinearScale, LogForm, TransferFunction};
pub use primaries::{PRIMARIES, Primaries, find_primaries};
pub use registry::{TRANSFER_FUNCTIONS, find_transfer_function};

pub mod gamut {
    //! The primaries by name.
    pub use super::primaries::named::*;
}

pub(crate) type Matrix3 = [[f64; 3]; 3];
