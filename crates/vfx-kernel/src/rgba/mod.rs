//! Kernels on interleaved R, G, B, A floats, where splitting them into planes would cost more than the work itself.
//!
//! A matrix is bound by memory: four pixels a register, each channel broadcast inside its 128-bit block. Tables are bound by
//! loads: rows of a 3D table are pixels already, so that weighted rows give pixels without transposing them, and entries of
//! three 1D tables are loaded in the order of the channels. Any length; levels without the instructions return `false` (the
//! caller has a planar form) or go one pixel at a time.

#[cfg(target_arch = "x86_64")]
mod batch;
mod cells;
mod codes;
mod corners;
mod halves;
mod matrix;
mod segments;
#[cfg(test)]
mod tests;

pub use cells::{InCell, trilinear_halves, trilinear_rgba};
pub use codes::{colours_of_words, matrix_of_halves, words_of_words};
pub use corners::{Corners, blend_halves, blend_rgba, blend_rows};
pub use halves::{halves_to_planes, planes_to_halves};
pub use matrix::{Columns, matrix};
pub use segments::Segments;
