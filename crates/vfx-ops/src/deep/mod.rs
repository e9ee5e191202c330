//! Operations on deep images: sources made of sources, pixel by pixel.
//!
//! [`Select`] crops and picks channels, [`Merge`] puts two images together, [`Holdout`] removes what another image hides, [`Flatten`] composites to an ordinary
//! image source. All are lazy: a read asks its inputs for the same region and holds nothing else. Colour is associated with alpha; arithmetic is f64, so that ids
//! and depths survive. Source: OpenEXR, "Interpreting OpenEXR Deep Pixels"; spellings and choices are oiiotool's.

mod flatten;
mod holdout;
mod merge;
mod pixel;
mod roles;
mod select;
mod tidy;

pub use flatten::Flatten;
pub use holdout::Holdout;
pub use merge::Merge;
pub use select::Select;

use crate::OpError;
use crate::registry::OpSpec;

const FLAT: &str = "takes deep images, and this one is flat";

/// The registry's line of `flatten`; flat images stay as they are.
pub const FLATTEN: OpSpec = OpSpec {
    name: "flatten",
    doc: "composite a deep image's samples",
    example: "--flatten",
    images: 1,
    args: &[],
    modifiers: &[],
    build: |images, _| Ok(images[0].clone()),
};

/// The registry's line of `deepmerge`.
pub const DEEPMERGE: OpSpec = OpSpec {
    name: "deepmerge",
    doc: "the samples of two deep images, tidied, nothing behind what is opaque",
    example: "--deepmerge",
    images: 2,
    args: &[],
    modifiers: &[],
    build: |_, _| {
        Err(OpError::Images {
            op: "deepmerge",
            problem: FLAT.into(),
        })
    },
};

/// The registry's line of `deepholdout`.
pub const DEEPHOLDOUT: OpSpec = OpSpec {
    name: "deepholdout",
    doc: "the samples of the first deep image that lie before what is opaque in the second",
    example: "--deepholdout",
    images: 2,
    args: &[],
    modifiers: &[],
    build: |_, _| {
        Err(OpError::Images {
            op: "deepholdout",
            problem: FLAT.into(),
        })
    },
};
