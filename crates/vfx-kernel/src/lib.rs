//! The vocabulary in which every pixel operation is written once.
//!
//! An operation is a function generic over [`math::Math`]; the skeletons of [`pointwise`] run it over planes at the SIMD level
//! found at run time ([`mod@level`]), and the `f64` instance is its oracle. Beside it live the kernels that are no pixel formulas:
//! sample conversions ([`mod@convert`]), planes to interleaved pixels and back ([`interleave`]), separable resampling
//! ([`resample`]), small stencils ([`stencil`]) and statistics of rows ([`reduce`]).
//!
//! Everything works on plain contiguous slices, allocates nothing per sample and starts no threads: callers bring rows, cells
//! and workers. Public functions pick the SIMD level inside; no caller sees lanes.

pub mod cells;
pub mod convert;
pub mod interleave;
mod lane;
pub mod level;
pub mod math;
pub mod ops;
pub mod pointwise;
pub mod prefetch;
pub mod reduce;
pub mod resample;
pub mod rgba;
pub mod stencil;
mod table;
pub mod text;

pub use convert::{Samples, SamplesMut, convert, from_f32, to_f32};
pub use level::level;
pub use math::{F64, Lanes, Math, Normal, Two};
pub use table::Table;
