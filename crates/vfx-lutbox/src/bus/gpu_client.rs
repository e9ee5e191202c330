//! The consumers of texels in GPU memory: a Vulkan and a CUDA program of another process.
//!
//! [`Offer`] is what the box hands over: descriptors, their description, and the guard that says which slot is newest and whether it
//! was overwritten. A program with a device of its own imports the descriptors itself, copies or samples inside [`Offer::guarded`];
//! [`VulkanReader`] and [`CudaReader`] do so with a device they open, and copy to the host.

use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::client::{ask, receive};
use super::gpu::{DeviceUuid, Transport, cuda, uuid_text, vulkan};
use super::segment::{Place, SlotInfo, View};
use super::server::{OP_CUDA, OP_VULKAN};
use crate::LutBoxError;

/// Texels of a channel in GPU memory, not yet imported.
#[derive(Debug)]
pub struct Offer {
    guard: View,
    /// Of the memory: one a slot (Vulkan), or one (CUDA).
    pub descriptors: Vec<OwnedFd>,
    /// Sizes, types and device of the memory.
    pub description: Value,
    size: [usize; 3],
}

impl Offer {
    /// Asks the box behind `socket`; without a device it picks one.
    ///
    /// # Errors
    ///
    /// If nobody answers, the channel does not exist, or the box has no such memory.
    pub fn ask(
        socket: &Path,
        channel: &str,
        transport: Transport,
        device: Option<DeviceUuid>,
    ) -> Result<Self, LutBoxError> {
        let op = match transport {
            Transport::Vulkan => OP_VULKAN,
            Transport::Cuda => OP_CUDA,
        };
        let device = device.map_or(String::new(), |u| format!("\n{}", uuid_text(&u)));
        let mut reply = receive(ask(socket, op, &format!("{channel}{device}"))?)?;
        match reply.status {
            0 if !reply.descriptors.is_empty() => {}
            1 => {
                return Err(LutBoxError::NoChannel {
                    channel: channel.into(),
                });
            }
            3 => return Err(LutBoxError::Refused { cause: reply.text }),
            _ => {
                return Err(LutBoxError::Segment {
                    reason: "no descriptor in the reply",
                });
            }
        }
        let guard = View::open(&reply.descriptors.remove(0), Place::Gpu)?;
        let size = guard.size().map(|s| s as usize);
        let texels = size.iter().try_fold(1usize, |p, s| p.checked_mul(*s));
        if texels != Some(guard.edge().pow(3)) {
            return Err(LutBoxError::Segment {
                reason: "size does not fit the edge",
            });
        }
        let description = serde_json::from_str(&reply.text);
        Ok(Self {
            guard,
            descriptors: reply.descriptors,
            description: description.map_err(|_| LutBoxError::Segment {
                reason: "description is no JSON",
            })?,
            size,
        })
    }

    /// Lets `use_slot` take the newest slot, again if it was overwritten meanwhile.
    ///
    /// # Errors
    ///
    /// What `use_slot` gives, or if the writer overtook every attempt.
    pub fn guarded(
        &self,
        mut use_slot: impl FnMut(usize) -> Result<(), LutBoxError>,
    ) -> Result<SlotInfo, LutBoxError> {
        self.guard.read_with(|_, slot| use_slot(slot))
    }

    /// Counts publications; one atomic load.
    pub fn count(&self) -> u64 {
        self.guard.count()
    }

    /// The channel got another size or ended: ask again.
    pub fn retired(&self) -> bool {
        self.guard.retired()
    }

    /// Sleeps until the count is no longer `seen`, or the time is over.
    pub fn wait(&self, seen: u64, timeout: Duration) {
        self.guard.wait(seen, timeout);
    }
}

/// Names what differs between the two readers.
trait Import: Sized {
    const TRANSPORT: Transport;
    type Device;
    fn import(device: &Arc<Self::Device>, offer: &mut Offer) -> Result<Self, LutBoxError>;
    fn download(&mut self, slot: usize, out: &mut Vec<[f32; 4]>) -> Result<(), LutBoxError>;
}

impl Import for vulkan::Images {
    const TRANSPORT: Transport = Transport::Vulkan;
    type Device = vulkan::Device;
    fn import(device: &Arc<Self::Device>, offer: &mut Offer) -> Result<Self, LutBoxError> {
        let descriptors = std::mem::take(&mut offer.descriptors);
        Self::import(device.clone(), offer.size, &offer.description, descriptors)
    }
    fn download(&mut self, slot: usize, out: &mut Vec<[f32; 4]>) -> Result<(), LutBoxError> {
        self.download(slot, out)
    }
}

impl Import for cuda::Memory {
    const TRANSPORT: Transport = Transport::Cuda;
    type Device = cuda::Device;
    fn import(device: &Arc<Self::Device>, offer: &mut Offer) -> Result<Self, LutBoxError> {
        let descriptor = offer.descriptors.pop().ok_or(LutBoxError::Segment {
            reason: "no descriptor of the memory",
        })?;
        Self::import(device.clone(), offer.size, &offer.description, &descriptor)
    }
    fn download(&mut self, slot: usize, out: &mut Vec<[f32; 4]>) -> Result<(), LutBoxError> {
        self.download(slot, out)
    }
}

#[derive(Debug)]
struct GpuReader<M: Import> {
    socket: PathBuf,
    channel: String,
    device: Arc<M::Device>,
    uuid: DeviceUuid,
    offer: Offer,
    memory: M,
}

impl<M: Import> GpuReader<M> {
    fn open(
        socket: &Path,
        channel: &str,
        device: Arc<M::Device>,
        uuid: DeviceUuid,
    ) -> Result<Self, LutBoxError> {
        let mut offer = Offer::ask(socket, channel, M::TRANSPORT, Some(uuid))?;
        Ok(Self {
            memory: M::import(&device, &mut offer)?,
            socket: socket.to_owned(),
            channel: channel.to_owned(),
            device,
            uuid,
            offer,
        })
    }

    fn read(&mut self, out: &mut Vec<[f32; 4]>) -> Result<SlotInfo, LutBoxError> {
        if self.offer.retired() {
            *self = Self::open(&self.socket, &self.channel, self.device.clone(), self.uuid)?;
        }
        let memory = &mut self.memory;
        self.offer.guarded(|slot| memory.download(slot, out))
    }
}

macro_rules! reader {
    ($name:ident, $memory:ty, $device:ty, $what:literal) => {
        #[doc = concat!("One channel, read from ", $what, ".")]
        #[derive(Debug)]
        pub struct $name(GpuReader<$memory>);

        impl $name {
            /// Opens `channel` of the box behind `socket` on a device, the best one if none is given.
            ///
            /// # Errors
            ///
            /// If there is no such device, nobody answers, or the memory cannot be imported.
            pub fn open(
                socket: &Path,
                channel: &str,
                device: Option<DeviceUuid>,
            ) -> Result<Self, LutBoxError> {
                let device = Arc::new(<$device>::open(device)?);
                let uuid = *device.uuid();
                GpuReader::open(socket, channel, device, uuid).map(Self)
            }

            /// Copies the newest whole LUT to the host.
            ///
            /// # Errors
            ///
            /// If the channel ended, the device failed, or the writer overtook every attempt.
            pub fn read(&mut self, out: &mut Vec<[f32; 4]>) -> Result<SlotInfo, LutBoxError> {
                self.0.read(out)
            }

            /// The device's name.
            pub fn device(&self) -> &str {
                self.0.device.name()
            }

            /// What was handed over.
            pub fn offer(&self) -> &Offer {
                &self.0.offer
            }
        }
    };
}

reader!(
    VulkanReader,
    vulkan::Images,
    vulkan::Device,
    "Vulkan images"
);
reader!(CudaReader, cuda::Memory, cuda::Device, "CUDA memory");
