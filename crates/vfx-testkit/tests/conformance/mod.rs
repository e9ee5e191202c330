//! The parts of the conformance test.

pub mod judge;
pub mod oracle;
pub mod table;
