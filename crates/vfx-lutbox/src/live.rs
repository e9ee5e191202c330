//! A channel of this machine where a colour file is expected: `lutbox:CHANNEL`.
//!
//! What the channel publishes at that moment, read from the local bus (Linux); a program that wants to follow it asks again.

use std::path::Path;

use vfx_color::{ColorError, Op};

use crate::LutBoxError;

/// What the name of a channel begins with where a file could stand.
pub const SCHEME: &str = "lutbox:";

/// The operations of the channel that `path` names, `None` if it names none. The socket is `$XDG_RUNTIME_DIR/vglb.sock`, or
/// `$VFX_LUTBOX_SOCKET`.
///
/// # Errors
///
/// If nobody answers, or there is no such channel.
pub fn live_ops(path: &Path) -> Option<Result<Vec<Op>, ColorError>> {
    let channel = path.to_str()?.strip_prefix(SCHEME)?;
    Some(read(channel).map_err(|e| match e {
        LutBoxError::NoChannel { channel } => ColorError::Unknown {
            kind: "LUT box channel",
            name: channel,
        },
        e => ColorError::Io {
            path: path.to_owned(),
            source: std::io::Error::other(e),
        },
    }))
}

#[cfg(target_os = "linux")]
fn read(channel: &str) -> Result<Vec<Op>, LutBoxError> {
    let given = std::env::var_os("VFX_LUTBOX_SOCKET").map(Into::into);
    let socket = given.or_else(crate::bus::default_socket);
    let socket = socket.ok_or(LutBoxError::Segment {
        reason: "no socket: neither VFX_LUTBOX_SOCKET nor XDG_RUNTIME_DIR is set",
    })?;
    Ok(crate::bus::Reader::open(&socket, channel)?.lut()?.0.ops())
}

#[cfg(not(target_os = "linux"))]
fn read(_channel: &str) -> Result<Vec<Op>, LutBoxError> {
    Err(LutBoxError::Segment {
        reason: "the local bus exists on Linux only",
    })
}
