//! The unix socket that hands out segments: one request, one reply with a descriptor in `SCM_RIGHTS`.
//!
//! Request: magic `VGLB`, version 2, operation (1 open, 2 list, 3 Vulkan, 4 CUDA), length of the name, all `u32`, then the name; for a
//! GPU it may end in a line feed and the device's UUID in hexadecimal. Reply: magic, version, status (0 done, 1 no such channel, 2 bad
//! request, 3 no such memory), length of a text, all `u32`, `u64` bytes of the segment, then the text: the names, a line each; the
//! memory's description in JSON; the cause of status 3. Mode 0600 and the peer's user must be ours.

use std::io::{IoSlice, Read, Write};
use std::mem::MaybeUninit;
use std::os::fd::AsFd;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags};

use super::gpu::{self, Handover, Transport};
use super::{Bus, OwnedFd};
use crate::service::Shared;
use crate::{ChannelId, LutBoxError};

pub(super) const MAGIC: [u8; 4] = *b"VGLB";
pub(super) const VERSION: u32 = 2;
pub(super) const OP_OPEN: u32 = 1;
pub(super) const OP_LIST: u32 = 2;
pub(super) const OP_VULKAN: u32 = 3;
pub(super) const OP_CUDA: u32 = 4;
/// A guarding segment and a descriptor a slot.
pub(super) const MAX_DESCRIPTORS: usize = 1 + gpu::SLOTS;
pub(super) const MAX_NAME: usize = 256;
const TIME: Duration = Duration::from_secs(2);
const MAX_PEERS: usize = 64;

/// Listens until the service stops.
pub(crate) fn serve(shared: Arc<Shared>, bus: Arc<Bus>, path: &Path) -> Result<(), LutBoxError> {
    // A socket nobody answers is a leftover of a crash; one that answers belongs to a running box.
    if path.exists() && UnixStream::connect(path).is_err() {
        std::fs::remove_file(path).map_err(LutBoxError::path(path))?;
    }
    let listener = UnixListener::bind(path).map_err(LutBoxError::path(path))?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))
        .map_err(LutBoxError::path(path))?;
    listener
        .set_nonblocking(true)
        .map_err(LutBoxError::path(path))?;
    let place = path.to_owned();
    let s = shared.clone();
    shared.spawn("lutbox-bus", move || {
        let peers = Arc::new(AtomicUsize::new(0));
        while !s.stopping() {
            let Ok((stream, _)) = listener.accept() else {
                std::thread::sleep(Duration::from_millis(10));
                continue;
            };
            if peers.fetch_add(1, Ordering::AcqRel) >= MAX_PEERS {
                peers.fetch_sub(1, Ordering::AcqRel);
                continue;
            }
            let (bus, count) = (bus.clone(), peers.clone());
            s.spawn_detached("lutbox-peer", move || {
                // A peer that breaks the protocol is left; the error is its own.
                let _ = answer(&bus, stream);
                count.fetch_sub(1, Ordering::AcqRel);
            });
        }
        // Leaving the name behind is harmless: the next start removes it.
        let _ = std::fs::remove_file(&place);
    })
}

fn answer(bus: &Bus, mut stream: UnixStream) -> std::io::Result<()> {
    let peer = rustix::net::sockopt::socket_peercred(&stream)?;
    if peer.uid != rustix::process::getuid() {
        return Ok(());
    }
    stream.set_nonblocking(false)?;
    stream.set_read_timeout(Some(TIME))?;
    stream.set_write_timeout(Some(TIME))?;
    let mut head = [0; 16];
    stream.read_exact(&mut head)?;
    let word = |i: usize| u32::from_le_bytes([head[i], head[i + 1], head[i + 2], head[i + 3]]);
    let n = word(12) as usize;
    if head[..4] != MAGIC || word(4) != VERSION || n > MAX_NAME {
        return stream.write_all(&reply(2, 0, ""));
    }
    let mut name = vec![0; n];
    stream.read_exact(&mut name)?;
    if word(8) == OP_LIST {
        return stream.write_all(&reply(0, 0, &bus.names().join("\n")));
    }
    let text = str::from_utf8(&name).unwrap_or("");
    let (name, device) = match text.split_once('\n') {
        Some((name, device)) => (name, Some(gpu::uuid_from(device))),
        None => (text, None),
    };
    let bad = || reply(2, 0, "");
    let Ok(id) = ChannelId::from_user(name) else {
        return stream.write_all(&bad());
    };
    let transport = match word(8) {
        OP_OPEN => {
            return match bus.descriptor(&id) {
                Ok((fd, bytes)) => send(&stream, &[fd], bytes, ""),
                Err(_) => stream.write_all(&reply(1, 0, "")),
            };
        }
        OP_VULKAN => Transport::Vulkan,
        OP_CUDA => Transport::Cuda,
        _ => return stream.write_all(&bad()),
    };
    if device == Some(None) {
        return stream.write_all(&bad());
    }
    match bus.handover(&id, transport, device.flatten()) {
        Ok(Handover {
            descriptors,
            bytes,
            description,
        }) => send(&stream, &descriptors, bytes, &description),
        Err(LutBoxError::NoChannel { .. }) => stream.write_all(&reply(1, 0, "")),
        Err(e) => stream.write_all(&reply(3, 0, &e.to_string())),
    }
}

/// A reply with descriptors.
fn send(
    stream: &UnixStream,
    descriptors: &[OwnedFd],
    bytes: u64,
    text: &str,
) -> std::io::Result<()> {
    let fds: Vec<_> = descriptors.iter().map(AsFd::as_fd).collect();
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MAX_DESCRIPTORS))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    control.push(SendAncillaryMessage::ScmRights(&fds));
    let body = reply(0, bytes, text);
    rustix::net::sendmsg(
        stream,
        &[IoSlice::new(&body)],
        &mut control,
        SendFlags::NOSIGNAL,
    )?;
    Ok(())
}

fn reply(status: u32, bytes: u64, text: &str) -> Vec<u8> {
    let mut out = MAGIC.to_vec();
    for v in [VERSION, status, text.len() as u32] {
        out.extend_from_slice(&v.to_le_bytes());
    }
    out.extend_from_slice(&bytes.to_le_bytes());
    out.extend_from_slice(text.as_bytes());
    out
}
