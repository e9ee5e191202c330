//! Colour science, written once: transfer functions, matrices, LUTs, CDL, grading and ACES as data that is optimised and
//! compiled into one [`ColorProgram`] for every backend.
//!
//! [`Op`] is the data of one operation; [`program`] turns a list of them into blocks of planes, texts or single values.

pub(crate) mod aces2;
pub mod builtin;
mod error;
pub mod file;
pub mod op;
mod optimize;
pub mod program;
pub mod space;
pub mod text;

pub use error::ColorError;
pub use op::{Direction, Op};
pub use optimize::{FLAGS, Flags};
pub use program::{Alpha, ColorProgram, Layout, Optimization, Property};

/// The examples of the README are tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
