//! The parts of the metadata test.

pub mod table;
pub mod values;
