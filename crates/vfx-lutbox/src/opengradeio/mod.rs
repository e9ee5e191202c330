//! OpenGradeIO: BSON documents over TCP, one reply a request, port 8089.
//!
//! Source: the reverse-engineered wire format of the earlier LUT box. A message is one BSON document; its own length is the only
//! framing. Malformed content in a well-framed document is refused and the connection stays; a bad length is refused and closes it.

pub mod client;
mod early;
mod message;
pub(crate) mod server;

pub use early::in_pieces;
pub use message::{Command, failure, parse, success};

/// The port of the protocol.
pub const PORT: u16 = 8089;
