//! Generators, comparers and peers for tests and benches; never part of the product.
//!
//! [`Synthetic`] makes pictures of any shape and size, [`read_whole`] and [`first_difference`] compare pixels bit by bit,
//! [`peers`] runs the programs that ours is measured against, [`measure`] watches a child process, and [`mutate`] damages
//! files and reads them. [`workspace`] says where test data lies.

pub mod compare;
pub mod generate;
pub mod measure;
pub mod mutate;
pub mod peers;
pub mod random;
pub mod workspace;

pub use compare::{Difference, first_difference, read_region, read_whole};
pub use generate::Synthetic;
pub use random::XorShift;
