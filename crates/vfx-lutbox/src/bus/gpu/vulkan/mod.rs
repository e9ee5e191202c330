//! Texels as Vulkan images: R32G32B32A32_SFLOAT, optimal tiling, one dedicated exportable allocation a slot.
//!
//! Images stay in layout GENERAL; every use acquires them from `VK_QUEUE_FAMILY_EXTERNAL` and releases them to it, and is waited for,
//! so the guarding segment's sequence lock orders the processes without external semaphores.
//! Source: Vulkan 1.1, `VK_KHR_external_memory_fd`. 2D images for strips and Hald, 3D ones for volumes.
#![allow(unsafe_code, reason = "Vulkan's interface")]

mod device;
mod host;

use std::os::fd::{AsRawFd, FromRawFd, IntoRawFd, OwnedFd};
use std::sync::Arc;

use ash::vk;
use serde_json::{Value, json};

pub use device::Device;
use device::vk_error;
use host::HostSource;

use super::{SLOTS, Texels, failed, uuid_text};
use crate::LutBoxError;

const FORMAT: vk::Format = vk::Format::R32G32B32A32_SFLOAT;
const HANDLE: vk::ExternalMemoryHandleTypeFlags = vk::ExternalMemoryHandleTypeFlags::OPAQUE_FD;

/// Slots of a segment.
const MAX_SOURCES: usize = 2;

/// An image with its dedicated memory.
struct Image {
    image: vk::Image,
    memory: vk::DeviceMemory,
    bytes: u64,
    kind: u32,
}

/// Where the memory of an image comes from.
enum Origin {
    Export,
    /// Descriptor, allocation size, memory type.
    Import(OwnedFd, u64, u32),
}

const USAGE: vk::ImageUsageFlags = vk::ImageUsageFlags::from_raw(
    vk::ImageUsageFlags::TRANSFER_SRC.as_raw()
        | vk::ImageUsageFlags::TRANSFER_DST.as_raw()
        | vk::ImageUsageFlags::SAMPLED.as_raw(),
);

fn image_type(size: [usize; 3]) -> vk::ImageType {
    if size[2] > 1 {
        vk::ImageType::TYPE_3D
    } else {
        vk::ImageType::TYPE_2D
    }
}

fn extent(size: [usize; 3]) -> vk::Extent3D {
    let [width, height, depth] = size.map(|s| s as u32);
    vk::Extent3D {
        width,
        height,
        depth,
    }
}

impl Image {
    fn new(d: &Device, size: [usize; 3], origin: Origin) -> Result<Self, LutBoxError> {
        let mut external = vk::ExternalMemoryImageCreateInfo::default().handle_types(HANDLE);
        let info = vk::ImageCreateInfo::default()
            .image_type(image_type(size))
            .format(FORMAT)
            .extent(extent(size))
            .mip_levels(1)
            .array_layers(1)
            .samples(vk::SampleCountFlags::TYPE_1)
            .tiling(vk::ImageTiling::OPTIMAL)
            .usage(USAGE)
            .push_next(&mut external);
        // SAFETY: the device is alive; create infos and their chains outlive the calls; what fails half-way is destroyed.
        unsafe {
            let image = d.device.create_image(&info, None);
            let image = image.map_err(vk_error("vkCreateImage"))?;
            let bound = memory(d, image, origin).and_then(|(memory, bytes, kind)| {
                match d.device.bind_image_memory(image, memory, 0) {
                    Ok(()) => Ok((memory, bytes, kind)),
                    Err(e) => {
                        d.device.free_memory(memory, None);
                        Err(vk_error("vkBindImageMemory")(e))
                    }
                }
            });
            match bound {
                Ok((memory, bytes, kind)) => Ok(Self {
                    image,
                    memory,
                    bytes,
                    kind,
                }),
                Err(e) => {
                    d.device.destroy_image(image, None);
                    Err(e)
                }
            }
        }
    }

    fn export(&self, d: &Device) -> Result<OwnedFd, LutBoxError> {
        let info = vk::MemoryGetFdInfoKHR::default()
            .memory(self.memory)
            .handle_type(HANDLE);
        // SAFETY: the memory was allocated for export of this kind; the descriptor is new and ours.
        unsafe {
            let fd = d.external.get_memory_fd(&info);
            Ok(OwnedFd::from_raw_fd(
                fd.map_err(vk_error("vkGetMemoryFdKHR"))?,
            ))
        }
    }

    fn barrier(&self, from: vk::ImageLayout, families: [u32; 2]) -> vk::ImageMemoryBarrier<'_> {
        let all = vk::AccessFlags::TRANSFER_READ | vk::AccessFlags::TRANSFER_WRITE;
        vk::ImageMemoryBarrier::default()
            .src_access_mask(all)
            .dst_access_mask(all)
            .old_layout(from)
            .new_layout(vk::ImageLayout::GENERAL)
            .src_queue_family_index(families[0])
            .dst_queue_family_index(families[1])
            .image(self.image)
            .subresource_range(vk::ImageSubresourceRange {
                aspect_mask: vk::ImageAspectFlags::COLOR,
                base_mip_level: 0,
                level_count: 1,
                base_array_layer: 0,
                layer_count: 1,
            })
    }
}

/// # Safety
///
/// `image` is of `d`, made for external memory of [`HANDLE`].
unsafe fn memory(
    d: &Device,
    image: vk::Image,
    origin: Origin,
) -> Result<(vk::DeviceMemory, u64, u32), LutBoxError> {
    // SAFETY: the image is alive.
    let need = unsafe { d.device.get_image_memory_requirements(image) };
    let mut dedicated = vk::MemoryDedicatedAllocateInfo::default().image(image);
    let mut export = vk::ExportMemoryAllocateInfo::default().handle_types(HANDLE);
    let mut import = vk::ImportMemoryFdInfoKHR::default().handle_type(HANDLE);
    let local = vk::MemoryPropertyFlags::DEVICE_LOCAL;
    let mut info = vk::MemoryAllocateInfo::default().push_next(&mut dedicated);
    let mut sent = None;
    info = match origin {
        Origin::Export => info
            .allocation_size(need.size)
            .memory_type_index(d.memory_type(need.memory_type_bits, local)?)
            .push_next(&mut export),
        Origin::Import(fd, bytes, kind) => {
            if bytes < need.size || need.memory_type_bits & 1u32.checked_shl(kind).unwrap_or(0) == 0
            {
                return Err(failed("Vulkan", "the allocation does not fit the image"));
            }
            import = import.fd(fd.as_raw_fd());
            sent = Some(fd);
            info.allocation_size(bytes)
                .memory_type_index(kind)
                .push_next(&mut import)
        }
    };
    let (bytes, kind) = (info.allocation_size, info.memory_type_index);
    // SAFETY: the create info and its chain outlive the call; a successful import takes the descriptor over.
    let memory = unsafe { d.device.allocate_memory(&info, None) };
    let memory = memory.map_err(vk_error("vkAllocateMemory"))?;
    if let Some(fd) = sent {
        let _ = fd.into_raw_fd();
    }
    Ok((memory, bytes, kind))
}

/// Host memory that the device copies from and to.
struct Staging {
    buffer: vk::Buffer,
    memory: vk::DeviceMemory,
    start: *mut [f32; 4],
    texels: usize,
}

// SAFETY: the mapping belongs to the staging buffer alone and is used under `&mut`.
unsafe impl Send for Staging {}

impl Staging {
    fn new(d: &Device, texels: usize) -> Result<Self, LutBoxError> {
        let bytes = texels as u64 * 16;
        let usage = vk::BufferUsageFlags::TRANSFER_SRC | vk::BufferUsageFlags::TRANSFER_DST;
        let info = vk::BufferCreateInfo::default().size(bytes).usage(usage);
        let visible =
            vk::MemoryPropertyFlags::HOST_VISIBLE | vk::MemoryPropertyFlags::HOST_COHERENT;
        // SAFETY: the device is alive; create infos outlive the calls; what fails half-way is destroyed.
        unsafe {
            let buffer = d.device.create_buffer(&info, None);
            let buffer = buffer.map_err(vk_error("vkCreateBuffer"))?;
            let need = d.device.get_buffer_memory_requirements(buffer);
            // Cached memory where there is one: the consumer reads from it.
            let cached = visible | vk::MemoryPropertyFlags::HOST_CACHED;
            let kind = d
                .memory_type(need.memory_type_bits, cached)
                .or_else(|_| d.memory_type(need.memory_type_bits, visible));
            let made = kind.and_then(|kind| {
                let info = vk::MemoryAllocateInfo::default()
                    .allocation_size(need.size)
                    .memory_type_index(kind);
                let memory = d.device.allocate_memory(&info, None);
                let memory = memory.map_err(vk_error("vkAllocateMemory"))?;
                let whole = (0, vk::WHOLE_SIZE, vk::MemoryMapFlags::empty());
                let mapped = d
                    .device
                    .bind_buffer_memory(buffer, memory, 0)
                    .and_then(|()| d.device.map_memory(memory, whole.0, whole.1, whole.2));
                mapped.map(|p| (memory, p)).map_err(|e| {
                    d.device.free_memory(memory, None);
                    vk_error("vkMapMemory")(e)
                })
            });
            match made {
                Ok((memory, start)) => Ok(Self {
                    buffer,
                    memory,
                    start: start.cast(),
                    texels,
                }),
                Err(e) => {
                    d.device.destroy_buffer(buffer, None);
                    Err(e)
                }
            }
        }
    }

    fn texels(&mut self) -> &mut [[f32; 4]] {
        // SAFETY: mapped for the buffer's life, aligned by Vulkan to at least 64 bytes; the device does not touch it outside of `run`.
        unsafe { std::slice::from_raw_parts_mut(self.start, self.texels) }
    }
}

/// The slots of one LUT as images, on the writer's or the reader's side.
pub struct Images {
    device: Arc<Device>,
    size: [usize; 3],
    slots: Vec<Image>,
    staging: Staging,
    /// What uploads came from.
    sources: Vec<HostSource>,
    written: [bool; SLOTS],
}

impl std::fmt::Debug for Images {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Images")
            .field("size", &self.size)
            .finish_non_exhaustive()
    }
}

impl Drop for Images {
    fn drop(&mut self) {
        let d = &self.device.device;
        // SAFETY: every use was waited for, so the device holds none of them.
        unsafe {
            for s in &self.sources {
                s.destroy(&self.device);
            }
            for i in &self.slots {
                d.destroy_image(i.image, None);
                d.free_memory(i.memory, None);
            }
            d.destroy_buffer(self.staging.buffer, None);
            d.free_memory(self.staging.memory, None);
        }
    }
}

impl Images {
    fn new(
        device: Arc<Device>,
        size: [usize; 3],
        origins: Vec<Origin>,
    ) -> Result<Self, LutBoxError> {
        let staging = Staging::new(&device, size.iter().product())?;
        let mut out = Self {
            device,
            size,
            slots: Vec::new(),
            staging,
            sources: Vec::new(),
            written: [false; SLOTS],
        };
        for origin in origins {
            let image = Image::new(&out.device, size, origin)?;
            out.slots.push(image);
        }
        Ok(out)
    }

    /// Images to export.
    pub(super) fn create(device: Arc<Device>, size: [usize; 3]) -> Result<Self, LutBoxError> {
        let origins = (0..SLOTS).map(|_| Origin::Export).collect();
        Self::new(device, size, origins)
    }

    /// Images of another process, by what [`Texels::describe`] said there.
    ///
    /// # Errors
    ///
    /// If the description is of another device or does not fit.
    pub fn import(
        device: Arc<Device>,
        size: [usize; 3],
        description: &Value,
        descriptors: Vec<OwnedFd>,
    ) -> Result<Self, LutBoxError> {
        let text = |key: &str| description[key].as_str().unwrap_or_default();
        let ids = [
            (text("device_uuid"), &device.uuid),
            (text("driver_uuid"), &device.driver),
        ];
        if ids.iter().any(|(t, u)| *t != uuid_text(u)) {
            return Err(failed(
                "Vulkan",
                "the images are of another device or driver",
            ));
        }
        let number = |key: &str| description[key].as_u64();
        let (Some(bytes), Some(kind)) = (number("allocation_size"), number("memory_type")) else {
            return Err(failed("Vulkan", "no allocation in the description"));
        };
        if descriptors.len() != SLOTS {
            return Err(failed("Vulkan", "not one descriptor for each slot"));
        }
        let kind = u32::try_from(kind).unwrap_or(u32::MAX);
        let origins = descriptors.into_iter();
        let origins = origins.map(|fd| Origin::Import(fd, bytes, kind)).collect();
        Self::new(device, size, origins)
    }

    fn region(&self) -> vk::BufferImageCopy {
        vk::BufferImageCopy::default()
            .image_subresource(vk::ImageSubresourceLayers {
                aspect_mask: vk::ImageAspectFlags::COLOR,
                mip_level: 0,
                base_array_layer: 0,
                layer_count: 1,
            })
            .image_extent(extent(self.size))
    }

    /// Acquires a slot from outside, lets `record` copy, and releases it.
    fn with(
        &self,
        slot: usize,
        from: vk::ImageLayout,
        record: impl FnOnce(vk::CommandBuffer, vk::Image),
    ) -> Result<(), LutBoxError> {
        let (d, image) = (&self.device, &self.slots[slot]);
        let outside = vk::QUEUE_FAMILY_EXTERNAL;
        let acquire = if from == vk::ImageLayout::UNDEFINED {
            [vk::QUEUE_FAMILY_IGNORED; 2]
        } else {
            [outside, d.family]
        };
        let all = vk::PipelineStageFlags::ALL_COMMANDS;
        let pass = |c: vk::CommandBuffer, b: vk::ImageMemoryBarrier<'_>| {
            let none = vk::DependencyFlags::empty();
            // The host reads what was copied once the fence is signalled.
            let host = vk::MemoryBarrier::default()
                .src_access_mask(vk::AccessFlags::TRANSFER_WRITE)
                .dst_access_mask(vk::AccessFlags::HOST_READ);
            let to = all | vk::PipelineStageFlags::HOST;
            // SAFETY: the command buffer is being recorded; the image is alive.
            unsafe {
                d.device
                    .cmd_pipeline_barrier(c, all, to, none, &[host], &[], &[b]);
            }
        };
        d.run(|c| {
            pass(c, image.barrier(from, acquire));
            record(c, image.image);
            pass(
                c,
                image.barrier(vk::ImageLayout::GENERAL, [d.family, outside]),
            );
        })
    }

    /// Copies a slot to the host.
    pub fn download(&mut self, slot: usize, out: &mut Vec<[f32; 4]>) -> Result<(), LutBoxError> {
        let (region, buffer) = (self.region(), self.staging.buffer);
        let d = &self.device.device;
        let general = vk::ImageLayout::GENERAL;
        self.with(slot, general, |c, image| {
            // SAFETY: being recorded; the buffer holds as many texels as the image.
            unsafe { d.cmd_copy_image_to_buffer(c, image, general, buffer, &[region]) };
        })?;
        out.clear();
        out.extend_from_slice(self.staging.texels());
        Ok(())
    }
}

impl Texels for Images {
    fn descriptors(&self) -> Result<Vec<OwnedFd>, LutBoxError> {
        self.slots.iter().map(|i| i.export(&self.device)).collect()
    }

    fn describe(&self) -> Value {
        let (d, first) = (&self.device, &self.slots[0]);
        json!({
            "transport": "vulkan", "device": d.name, "device_uuid": uuid_text(&d.uuid),
            "driver_uuid": uuid_text(&d.driver), "allocation_size": first.bytes,
            "memory_type": first.kind, "slots": SLOTS, "handle_type": HANDLE.as_raw(),
            "image_type": image_type(self.size).as_raw(), "format": FORMAT.as_raw(),
            "extent": self.size, "tiling": vk::ImageTiling::OPTIMAL.as_raw(),
            "usage": USAGE.as_raw(), "layout": vk::ImageLayout::GENERAL.as_raw(),
        })
    }

    fn upload(&mut self, slot: usize, texels: &[[f32; 4]]) -> Result<(), LutBoxError> {
        let start = texels.as_ptr() as usize;
        let known = self.sources.iter().position(|s| s.start == start);
        let source = match known {
            Some(i) => self.sources.get(i),
            // The slots of a segment stay mapped until after the mirrors of the segment (`Shown`).
            None if self.sources.len() < MAX_SOURCES => {
                self.sources.push(HostSource::new(&self.device, texels));
                self.sources.last()
            }
            None => None,
        };
        let imported = source
            .map(|s| s.buffer)
            .filter(|b| *b != vk::Buffer::null());
        let buffer = imported.unwrap_or(self.staging.buffer);
        if imported.is_none() {
            self.staging.texels().copy_from_slice(texels);
        }
        let from = if self.written[slot] {
            vk::ImageLayout::GENERAL
        } else {
            vk::ImageLayout::UNDEFINED
        };
        let region = self.region();
        let d = &self.device.device;
        self.with(slot, from, |c, image| {
            let general = vk::ImageLayout::GENERAL;
            // SAFETY: being recorded; the buffer holds as many texels as the image.
            unsafe { d.cmd_copy_buffer_to_image(c, buffer, image, general, &[region]) };
        })?;
        self.written[slot] = true;
        Ok(())
    }
}
