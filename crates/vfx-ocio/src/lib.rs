//! OpenColorIO configs: read, checked, written, merged, and turned into the operations of `vfx-color`.
//!
//! [`Config::open`] takes a file (versions 1 and 2 to 2.6), an archive (`.ocioz`) or a built-in config (`ocio://default`).
//! [`Config::conversion`] and [`Config::view_ops`] give the operations between colour spaces and to views of displays.
//! Errors name the line in the config and what was expected there.

mod archive;
pub mod builtin;
mod context;
mod display;
mod error;
mod inverse;
mod looks;
pub mod merge;
pub mod model;
mod names;
mod processor;
mod read;
mod rules;
mod transform;
mod validate;
mod write;
mod yaml;

pub use context::Context;
pub use error::{OcioError, Warning};
pub use looks::{LookToken, parse_looks};
pub use model::Config;
pub use names::{Visibility, in_categories};
pub use transform::{Allocation, FileInterpolation, FileTransform, Transform};
pub use validate::{Finding, Severity};
