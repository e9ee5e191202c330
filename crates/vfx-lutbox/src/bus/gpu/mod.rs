//! Texels in GPU memory beside the shared segment: the same LUT where a GPU program can bind it without an upload.
//!
//! A mirror is three slots of texels in memory of one transport and one device, exported as descriptors, and a segment without texels
//! that guards them: same header, same sequence locks, same shaper. It is made when the first consumer asks and filled by the thread
//! that publishes, after the shared memory. A device that fails loses its mirror; consumers see it retired and may ask again.

pub mod cuda;
pub mod vulkan;

use std::collections::BTreeMap;
use std::os::fd::OwnedFd;
use std::sync::Arc;

use serde_json::Value;

use super::segment::{GPU_SLOTS, Place, Segment};
use crate::{Layout, LutBoxError, Shaper};

/// Slots of texels.
pub(super) const SLOTS: usize = GPU_SLOTS;
/// Mirrors of one channel: transports times devices.
const MAX_MIRRORS: usize = 8;

/// How GPU memory is handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Transport {
    /// Images as opaque descriptors (`VK_KHR_external_memory_fd`).
    Vulkan,
    /// One allocation of CUDA's virtual memory management.
    Cuda,
}

/// A device by its UUID, as `VkPhysicalDeviceIDProperties` and `cuDeviceGetUuid` give it.
pub type DeviceUuid = [u8; 16];

/// Hexadecimal digits of a UUID.
pub fn uuid_text(uuid: &DeviceUuid) -> String {
    uuid.iter().map(|b| format!("{b:02x}")).collect()
}

/// The UUID of 32 hexadecimal digits.
pub fn uuid_from(text: &str) -> Option<DeviceUuid> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let mut out = [0; 16];
    if pairs.len() != 16 || !rest.is_empty() {
        return None;
    }
    for (o, [a, b]) in out.iter_mut().zip(pairs) {
        let hex = |b: u8| char::from(b).to_digit(16);
        *o = (hex(*a)? * 16 + hex(*b)?) as u8;
    }
    Some(out)
}

/// A failure of a GPU interface.
pub(super) fn failed(call: &'static str, code: impl std::fmt::Display) -> LutBoxError {
    LutBoxError::Gpu {
        call,
        code: code.to_string(),
    }
}

/// Texels in memory of a GPU, [`SLOTS`] times.
pub(super) trait Texels: Send + std::fmt::Debug {
    /// Descriptors to send, new ones at every call.
    fn descriptors(&self) -> Result<Vec<OwnedFd>, LutBoxError>;
    /// What the importer needs to know.
    fn describe(&self) -> Value;
    /// Writes a slot; when it returns, other processes can read it.
    fn upload(&mut self, slot: usize, texels: &[[f32; 4]]) -> Result<(), LutBoxError>;
}

#[derive(Debug)]
struct Mirror {
    transport: Transport,
    uuid: Option<DeviceUuid>,
    control: Segment,
    texels: Box<dyn Texels>,
}

/// The mirrors of one channel and size.
#[derive(Debug, Default)]
pub(super) struct Mirrors(Vec<Mirror>);

/// What a consumer is given.
#[derive(Debug)]
pub(super) struct Handover {
    /// The guarding segment, then the texels.
    pub descriptors: Vec<OwnedFd>,
    pub bytes: u64,
    pub description: String,
}

/// Devices in use, opened once.
#[derive(Debug, Default)]
pub(super) struct Devices {
    vulkan: BTreeMap<Option<DeviceUuid>, Arc<vulkan::Device>>,
    cuda: BTreeMap<Option<DeviceUuid>, Arc<cuda::Device>>,
}

impl Devices {
    fn texels(
        &mut self,
        transport: Transport,
        uuid: Option<DeviceUuid>,
        size: [usize; 3],
    ) -> Result<Box<dyn Texels>, LutBoxError> {
        match transport {
            Transport::Vulkan => {
                let device = match self.vulkan.get(&uuid) {
                    Some(d) => d.clone(),
                    None => {
                        let d = Arc::new(vulkan::Device::open(uuid)?);
                        self.vulkan.insert(uuid, d.clone());
                        d
                    }
                };
                Ok(Box::new(vulkan::Images::create(device, size)?))
            }
            Transport::Cuda => {
                let device = match self.cuda.get(&uuid) {
                    Some(d) => d.clone(),
                    None => {
                        let d = Arc::new(cuda::Device::open(uuid)?);
                        self.cuda.insert(uuid, d.clone());
                        d
                    }
                };
                Ok(Box::new(cuda::Memory::create(device, size)?))
            }
        }
    }
}

impl Mirrors {
    /// The newest LUT, written to `segment`, goes to every mirror.
    pub fn refresh(&mut self, segment: &mut Segment, shaper: Option<&Shaper>) {
        if self.0.is_empty() {
            return;
        }
        let (texels, generation, crc) = segment.newest();
        self.0.retain_mut(|m| {
            let shown = m.show(texels, shaper, generation, crc);
            if let Err(e) = &shown {
                eprintln!("lutbox: {:?} texels ended: {e}", m.transport);
                m.control.retire();
            }
            shown.is_ok()
        });
    }

    pub fn retire(&mut self) {
        for m in &mut self.0 {
            m.control.retire();
        }
        self.0.clear();
    }

    /// The mirror of a transport and device, made if there is none.
    pub fn open(
        &mut self,
        devices: &mut Devices,
        segment: &mut Segment,
        shaper: Option<&Shaper>,
        transport: Transport,
        uuid: Option<DeviceUuid>,
    ) -> Result<Handover, LutBoxError> {
        let same = |m: &Mirror| m.transport == transport && m.uuid == uuid;
        let at = match self.0.iter().position(same) {
            Some(at) => at,
            None => {
                if self.0.len() >= MAX_MIRRORS {
                    return Err(LutBoxError::Limit {
                        what: "GPU devices of a channel",
                        limit: MAX_MIRRORS as u64,
                    });
                }
                let layout: Layout = segment.layout();
                let edge = segment.edge();
                let mut new = Mirror {
                    transport,
                    uuid,
                    control: Segment::create(layout, edge, Place::Gpu)?,
                    texels: devices.texels(transport, uuid, layout.size(edge)?)?,
                };
                let (texels, generation, crc) = segment.newest();
                new.show(texels, shaper, generation, crc)?;
                self.0.push(new);
                self.0.len() - 1
            }
        };
        let m = &self.0[at];
        let mut descriptors = vec![m.control.descriptor()?];
        descriptors.extend(m.texels.descriptors()?);
        Ok(Handover {
            descriptors,
            bytes: m.control.bytes(),
            description: m.texels.describe().to_string(),
        })
    }
}

impl Mirror {
    fn show(
        &mut self,
        texels: &[[f32; 4]],
        shaper: Option<&Shaper>,
        generation: u64,
        crc: u32,
    ) -> Result<(), LutBoxError> {
        let memory = &mut self.texels;
        self.control.publish(shaper, generation, |_, slot| {
            memory.upload(slot, texels)?;
            Ok(crc)
        })
    }
}
