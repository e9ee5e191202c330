//! The virtual LUT box: a grading program sends its look over the network, every GPU program on the machine sees it as a float
//! texture.
//!
//! [`LutBox::start`] opens the inputs of a [`Config`]: OpenGradeIO (BSON over TCP), HTTP, the disguise CDL endpoints, the ColorBox
//! WebSocket and a watched folder. Each writes a channel of [`Channels`], which keeps the last good LUT and CDL, combines them and
//! publishes the result to every [`Output`]: on Linux the `bus`, sealed shared memory that consumers map; on Windows [`spout`]; on
//! macOS [`syphon`]. Layouts of the textures are in [`layout`], shaders that sample them in [`shader`].

pub mod bson;
#[cfg(target_os = "linux")]
pub mod bus;
mod capture;
mod cdl;
mod channel;
mod colorbox;
mod cube;
mod error;
pub mod files;
mod grade;
mod http;
pub mod layout;
mod live;
mod lut;
mod metrics;
mod net;
pub mod opengradeio;
mod output;
pub mod probe;
mod service;
pub mod shader;
mod shaper;
pub mod snapshot;
pub mod spout;
mod store;
pub mod syphon;
mod watch;

/// Parsers that only sockets reach, for fuzzing; no part of the interface.
#[doc(hidden)]
pub mod parsers {
    /// Whether an HTTP request is whole and well-formed.
    pub fn http(bytes: &[u8]) -> bool {
        crate::http::well_formed(bytes)
    }

    /// Whether a ColorBox message is taken.
    pub fn colorbox(bytes: &[u8]) -> bool {
        crate::colorbox::well_formed(bytes)
    }
}

pub use cdl::CdlValues;
pub use channel::{ChannelId, ChannelState, Channels, MAX_CHANNELS};
pub use cube::{AxisOrder, Cube, MAX_EDGE, MIN_EDGE};
pub use error::LutBoxError;
pub use grade::{Curves, Parts, bake};
pub use layout::Layout;
pub use live::{SCHEME, live_ops};
pub use lut::{BAKED_EDGE, Lut};
pub use metrics::Metrics;
pub use net::Cidr;
pub use output::{Output, Publication};
pub use service::{Config, LutBox};
pub use shaper::{Axis, MAX_ROWS, Shaper};
pub use store::{Store, default_folder};
