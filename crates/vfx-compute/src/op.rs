//! What an operation tells the engine, and how it is run.
//!
//! All arithmetic is planar f32: integers arrive as fractions of full scale, floats as they are (NaN, Inf and values beyond 0..1
//! included). Operations hold their parameters and tables; one object serves all workers.

use crate::{Block, BlockMut};
use std::ops::Range;

/// What lies beyond the data window of an operation's input.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Border {
    /// The nearest pixel of the window.
    Clamp,
    /// Zero in every channel.
    Black,
}

/// A change of every pixel by itself, in place.
pub trait Pointwise: Send + Sync {
    /// What `--explain` calls it.
    fn name(&self) -> String;
    /// Whether a channel's result depends on another channel.
    fn mixes(&self) -> bool {
        false
    }
    /// Changes one row of some columns. `rows[i]` is channel `first + i`; with [`Pointwise::mixes`] all channels are there.
    fn apply(&self, first: usize, rows: &mut [&mut [f32]]);
}

/// An operation whose demand is an interval of rows and of columns that never moves backwards as the output advances.
pub trait Op: Send + Sync {
    /// What `--explain` calls it.
    fn name(&self) -> String;
    /// Whether a channel's result depends on another channel, or channels are counted differently in and out.
    fn mixes(&self) -> bool {
        false
    }
    /// What lies beyond the inputs' data windows.
    fn border(&self) -> Border {
        Border::Clamp
    }
    /// Input rows for a nonempty range of output rows; may reach beyond the input's window.
    fn rows(&self, input: usize, out: Range<i64>) -> Range<i64>;
    /// Input columns for a nonempty range of output columns.
    fn cols(&self, input: usize, out: Range<i64>) -> Range<i64>;
    /// Makes `out` from blocks that cover [`Op::rows`] x [`Op::cols`] of its region. Channel `first + i` is plane `i` of every block
    /// unless the operation mixes, when every block has all channels of its image.
    fn run(&self, first: usize, inputs: &[Block<'_>], out: &mut BlockMut<'_>);
}
