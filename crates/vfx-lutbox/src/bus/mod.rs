//! The local bus of Linux: one sealed memfd a channel, handed out over a unix socket.
//!
//! A segment is a header page and two slots of `edge`³ RGBA `f32`; each slot has its own sequence lock, so a reader copies the newest
//! whole LUT or tries again, and the writer never waits. Consumers map read-only (`F_SEAL_FUTURE_WRITE`). A change of the edge makes
//! a new segment and marks the old one retired. The format is in `clients/vglb.h`. For consumers that ask, the same texels lie in
//! memory of a GPU too ([`gpu`]).

mod client;
pub mod gpu;
mod gpu_client;
mod segment;
mod server;

use std::collections::BTreeMap;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use client::Reader;
pub use gpu_client::{CudaReader, Offer, VulkanReader};
pub use segment::SlotInfo;
pub(crate) use server::serve;

use crate::output::{Output, Publication};
use crate::{ChannelId, Layout, LutBoxError, Shaper};
use gpu::{DeviceUuid, Devices, Handover, Mirrors, Transport};
use segment::{Place, Segment};

/// The socket in `$XDG_RUNTIME_DIR`.
pub const SOCKET_NAME: &str = "vglb.sock";

/// `$XDG_RUNTIME_DIR/vglb.sock`.
pub fn default_socket() -> Option<std::path::PathBuf> {
    Some(std::path::PathBuf::from(std::env::var_os("XDG_RUNTIME_DIR")?).join(SOCKET_NAME))
}

/// Publishes channels as shared memory.
#[derive(Debug)]
pub struct Bus {
    layout: Layout,
    segments: Mutex<BTreeMap<ChannelId, Arc<Mutex<Shown>>>>,
    devices: Mutex<Devices>,
}

/// What one channel shows: shared memory, and what is mirrored from it.
#[derive(Debug)]
struct Shown {
    // Before the segment, whose memory they may have pinned.
    mirrors: Mirrors,
    segment: Segment,
    shaper: Option<Shaper>,
}

impl Shown {
    fn write(&mut self, p: &Publication<'_>) {
        self.segment.write(p.lut, p.generation);
        self.shaper.clone_from(&p.lut.shaper);
        self.mirrors
            .refresh(&mut self.segment, self.shaper.as_ref());
    }

    fn retire(&mut self) {
        self.segment.retire();
        self.mirrors.retire();
    }
}

fn lock<T>(m: &Mutex<T>) -> MutexGuard<'_, T> {
    m.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Bus {
    /// A bus whose textures have `layout`.
    pub fn new(layout: Layout) -> Self {
        Self {
            layout,
            segments: Mutex::default(),
            devices: Mutex::default(),
        }
    }

    fn shown(&self, id: &ChannelId) -> Result<Arc<Mutex<Shown>>, LutBoxError> {
        let found = lock(&self.segments).get(id).cloned();
        found.ok_or_else(|| LutBoxError::NoChannel {
            channel: id.as_str().into(),
        })
    }

    /// The channel in memory of a GPU.
    fn handover(
        &self,
        id: &ChannelId,
        transport: Transport,
        uuid: Option<DeviceUuid>,
    ) -> Result<Handover, LutBoxError> {
        let shown = self.shown(id)?;
        let mut devices = lock(&self.devices);
        let mut shown = lock(&shown);
        let Shown {
            segment,
            shaper,
            mirrors,
        } = &mut *shown;
        mirrors.open(&mut devices, segment, shaper.as_ref(), transport, uuid)
    }

    /// A descriptor of the channel's segment and its length.
    fn descriptor(&self, id: &ChannelId) -> Result<(OwnedFd, u64), LutBoxError> {
        let shown = self.shown(id)?;
        let segment = &lock(&shown).segment;
        Ok((segment.descriptor()?, segment.bytes()))
    }

    fn names(&self) -> Vec<String> {
        let map = lock(&self.segments);
        map.keys().map(|k| k.as_str().to_owned()).collect()
    }
}

/// The shared form, so that the socket's thread and the channels use one bus.
impl Output for Arc<Bus> {
    fn publish(&self, p: &Publication<'_>) -> Result<(), LutBoxError> {
        let edge = p.lut.cube.edge();
        let found = lock(&self.segments).get(p.id).cloned();
        if let Some(shown) = found {
            let mut shown = lock(&shown);
            if shown.segment.edge() == edge {
                shown.write(p);
                return Ok(());
            }
        }
        let mut new = Shown {
            mirrors: Mirrors::default(),
            segment: Segment::create(self.layout, edge, Place::Here)?,
            shaper: None,
        };
        new.write(p);
        let new = Arc::new(Mutex::new(new));
        if let Some(old) = lock(&self.segments).insert(p.id.clone(), new) {
            lock(&old).retire();
        }
        Ok(())
    }

    fn retire(&self, id: &ChannelId) {
        if let Some(old) = lock(&self.segments).remove(id) {
            lock(&old).retire();
        }
    }
}
