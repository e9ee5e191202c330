//! The lazy image graph and the engine that runs it in bounded memory.
//!
//! An [`Image`] says what is wanted; nothing is computed until a [`Job`] writes it to a sink. The planner then folds
//! crops, flips and channel selections into the reads, fuses pointwise runs, picks the geometry (band > strip > cell) from the
//! budget, and workers take bands end to end: read, compute in f32, convert, encode. Results do not depend on geometry,
//! thread count or budget; [`naive`] computes the same graph on whole images and is what tests compare with.

mod block;
mod commit;
mod gather;
mod graph;
mod leaf;
mod lower;
mod made;
mod map;
pub mod naive;
mod op;
mod plan;
mod run;
mod sample;
mod schedule;
mod store;
mod stored;
mod worker;

pub use block::{Block, BlockMut};
pub use graph::{ChannelPick, Image};
pub use map::GridMap;
pub use op::{Border, Op, Pointwise};
pub use plan::{Explanation, Geometry, PlanError, Strategy};
pub use run::{Job, Outcome};
pub use store::TileStore;
