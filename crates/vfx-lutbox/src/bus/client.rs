//! The consumer in Rust: opens a channel by name and reads whole LUTs, through changes of size and restarts of the box.

use std::io::{ErrorKind, IoSliceMut, Read, Write};
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags};

use super::segment::{Place, SlotInfo, View};
use super::server::{MAGIC, MAX_DESCRIPTORS, MAX_NAME, OP_LIST, OP_OPEN, VERSION};
use crate::layout::LAYOUTS;
use crate::{Axis, Lut, LutBoxError, Shaper};

/// One channel, seen from outside.
#[derive(Debug)]
pub struct Reader {
    socket: PathBuf,
    channel: String,
    view: View,
}

const TIME: Duration = Duration::from_secs(2);
/// Names of 32 channels are shorter.
const MAX_TEXT: usize = 64 * 1024;

pub(super) fn ask(socket: &Path, op: u32, name: &str) -> Result<UnixStream, LutBoxError> {
    if name.len() > MAX_NAME {
        return Err(LutBoxError::NoChannel {
            channel: name.into(),
        });
    }
    let mut stream = UnixStream::connect(socket).map_err(|source| match source.kind() {
        ErrorKind::NotFound | ErrorKind::ConnectionRefused => LutBoxError::NoBox {
            socket: socket.to_owned(),
            source,
        },
        _ => LutBoxError::path(socket)(source),
    })?;
    let mut request = MAGIC.to_vec();
    for v in [VERSION, op, name.len() as u32] {
        request.extend_from_slice(&v.to_le_bytes());
    }
    request.extend_from_slice(name.as_bytes());
    stream
        .set_read_timeout(Some(TIME))
        .and_then(|()| stream.write_all(&request))
        .map_err(LutBoxError::path(socket))?;
    Ok(stream)
}

/// The channels of the box behind `socket`.
///
/// # Errors
///
/// If nobody answers there.
pub(super) fn list(socket: &Path) -> Result<Vec<String>, LutBoxError> {
    let text = receive(ask(socket, OP_LIST, "")?)?.text;
    Ok(text.lines().map(str::to_owned).collect())
}

/// A reply: status, text, descriptors.
pub(super) struct Reply {
    pub status: u8,
    pub text: String,
    pub descriptors: Vec<OwnedFd>,
}

pub(super) fn receive(mut stream: UnixStream) -> Result<Reply, LutBoxError> {
    let mut head = [0; 24];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MAX_DESCRIPTORS))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let got = rustix::net::recvmsg(
        &stream,
        &mut [IoSliceMut::new(&mut head)],
        &mut control,
        RecvFlags::CMSG_CLOEXEC,
    );
    let got = got.map_err(|e| LutBoxError::io("receive a descriptor")(e.into()))?;
    let descriptors = control
        .drain()
        .filter_map(|m| match m {
            RecvAncillaryMessage::ScmRights(fds) => Some(fds),
            _ => None,
        })
        .flatten()
        .collect();
    if got.bytes < head.len() || head[..4] != MAGIC {
        return Err(LutBoxError::Segment {
            reason: "reply is none of a LUT box",
        });
    }
    let n = u32::from_le_bytes([head[12], head[13], head[14], head[15]]) as usize;
    let mut text = vec![0; n.min(MAX_TEXT)];
    stream
        .read_exact(&mut text)
        .map_err(LutBoxError::io("receive a reply"))?;
    Ok(Reply {
        status: head[8],
        text: String::from_utf8_lossy(&text).into_owned(),
        descriptors,
    })
}

fn open(socket: &Path, channel: &str) -> Result<View, LutBoxError> {
    let reply = receive(ask(socket, OP_OPEN, channel)?)?;
    if reply.status == 1 {
        return Err(LutBoxError::NoChannel {
            channel: channel.into(),
        });
    }
    let fd = reply.descriptors.first().ok_or(LutBoxError::Segment {
        reason: "no descriptor in the reply",
    })?;
    View::open(fd, Place::Here)
}

impl Reader {
    /// Opens `channel` of the box behind `socket`.
    ///
    /// # Errors
    ///
    /// If nobody answers, the channel does not exist, or the segment is damaged.
    pub fn open(socket: &Path, channel: &str) -> Result<Self, LutBoxError> {
        Ok(Self {
            socket: socket.to_owned(),
            channel: channel.to_owned(),
            view: open(socket, channel)?,
        })
    }

    /// The channels of the box behind `socket`.
    ///
    /// # Errors
    ///
    /// If nobody answers there.
    pub fn channels(socket: &Path) -> Result<Vec<String>, LutBoxError> {
        list(socket)
    }

    /// Copies the newest whole LUT: texels in the bus's layout.
    ///
    /// # Errors
    ///
    /// If the channel ended, or the writer overtook every attempt.
    pub fn read(&mut self, out: &mut Vec<[f32; 4]>) -> Result<SlotInfo, LutBoxError> {
        if self.view.retired() {
            self.view = open(&self.socket, &self.channel)?;
        }
        self.view.read(out, None)
    }

    /// The newest LUT with its shaper.
    ///
    /// # Errors
    ///
    /// As [`Reader::read`], or if the content is damaged.
    pub fn lut(&mut self) -> Result<(Lut, SlotInfo), LutBoxError> {
        if self.view.retired() {
            self.view = open(&self.socket, &self.channel)?;
        }
        let (mut texels, mut rows) = (Vec::new(), Vec::new());
        let info = self.view.read(&mut texels, Some(&mut rows))?;
        let layout = LAYOUTS.into_iter().find(|l| l.code() == info.layout);
        let layout = layout.ok_or(LutBoxError::Segment {
            reason: "unknown layout",
        })?;
        let shaper = if rows.is_empty() {
            None
        } else {
            let axis = [Axis::Linear, Axis::Log2];
            let axis = axis.into_iter().find(|a| a.code() == info.shaper_axis);
            let axis = axis.ok_or(LutBoxError::Segment {
                reason: "unknown axis of the shaper",
            })?;
            let floats = |bits: [u32; 3]| bits.map(f32::from_bits);
            let rows = rows.iter().map(|r| [r[0], r[1], r[2]]).collect();
            let (min, max) = (floats(info.shaper_min), floats(info.shaper_max));
            Some(Shaper::new(axis, min, max, rows)?)
        };
        let cube = layout.cube(&texels)?;
        Ok((Lut { shaper, cube }, info))
    }

    /// Counts publications in the present segment; one atomic load.
    pub fn count(&self) -> u64 {
        self.view.count()
    }

    /// The channel got another size or ended; the next [`Reader::read`] opens it again.
    pub fn retired(&self) -> bool {
        self.view.retired()
    }

    /// Sleeps until the count is no longer `seen`, or the time is over.
    pub fn wait(&self, seen: u64, timeout: Duration) {
        self.view.wait(seen, timeout);
    }
}
