//! One file or folder a format.

pub mod null;
