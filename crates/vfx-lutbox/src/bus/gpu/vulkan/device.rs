//! A Vulkan device with one queue and one command buffer: whatever is recorded is submitted and waited for.
//!
//! The loader library is found at run time. Without a UUID the best device is taken: discrete GPUs first, software last.
#![allow(unsafe_code, reason = "Vulkan's interface")]

use std::sync::{Mutex, MutexGuard, PoisonError};

use ash::vk;

use super::super::{DeviceUuid, failed};
use crate::LutBoxError;

/// A copy of a few megabytes that takes longer is a hung device.
const TIMEOUT_NS: u64 = 5_000_000_000;

pub(super) fn vk_error(call: &'static str) -> impl FnOnce(vk::Result) -> LutBoxError {
    move |code| failed(call, code)
}

/// A device with one queue.
pub struct Device {
    _entry: ash::Entry,
    instance: ash::Instance,
    pub(super) device: ash::Device,
    pub(super) external: ash::khr::external_memory_fd::Device,
    /// Import of host memory and the alignment it wants, where there is any.
    pub(super) host: Option<(ash::ext::external_memory_host::Device, u64)>,
    memory: vk::PhysicalDeviceMemoryProperties,
    pub(super) family: u32,
    pub(super) uuid: DeviceUuid,
    pub(super) driver: DeviceUuid,
    pub(super) name: String,
    queue: Mutex<Queue>,
}

struct Queue {
    queue: vk::Queue,
    pool: vk::CommandPool,
    commands: vk::CommandBuffer,
    fence: vk::Fence,
}

impl std::fmt::Debug for Device {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Device")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        let q = self.queue.get_mut().unwrap_or_else(PoisonError::into_inner);
        // SAFETY: nothing made from the device is left (images hold an `Arc` of it), and no submission is pending: each is waited for.
        unsafe {
            let _ = self.device.device_wait_idle();
            self.device.destroy_fence(q.fence, None);
            self.device.destroy_command_pool(q.pool, None);
            self.device.destroy_device(None);
            self.instance.destroy_instance(None);
        }
    }
}

/// Candidate with its rank: discrete GPUs first, software last.
struct Candidate {
    physical: vk::PhysicalDevice,
    uuid: DeviceUuid,
    driver: DeviceUuid,
    name: String,
    rank: u32,
}

fn candidates(instance: &ash::Instance) -> Result<Vec<Candidate>, LutBoxError> {
    // SAFETY: the instance is alive; the property chain outlives the call.
    let all = unsafe { instance.enumerate_physical_devices() };
    let all = all.map_err(vk_error("vkEnumeratePhysicalDevices"))?;
    let mut out: Vec<Candidate> = all
        .into_iter()
        .map(|physical| {
            let mut id = vk::PhysicalDeviceIDProperties::default();
            let mut p = vk::PhysicalDeviceProperties2::default().push_next(&mut id);
            // SAFETY: as above.
            unsafe { instance.get_physical_device_properties2(physical, &mut p) };
            let properties = p.properties;
            let rank = match properties.device_type {
                vk::PhysicalDeviceType::DISCRETE_GPU => 0,
                vk::PhysicalDeviceType::INTEGRATED_GPU => 1,
                vk::PhysicalDeviceType::CPU => 3,
                _ => 2,
            };
            let name = properties.device_name_as_c_str();
            Candidate {
                physical,
                uuid: id.device_uuid,
                driver: id.driver_uuid,
                name: name.map_or(String::new(), |n| n.to_string_lossy().into_owned()),
                rank,
            }
        })
        .collect();
    out.sort_by_key(|c| c.rank);
    Ok(out)
}

impl Device {
    /// The device of a UUID, or the best one.
    ///
    /// # Errors
    ///
    /// If there is no Vulkan, no such device, or it cannot export memory as descriptors.
    pub fn open(uuid: Option<DeviceUuid>) -> Result<Self, LutBoxError> {
        // SAFETY: the system's Vulkan loader is trusted like any library of the system.
        let entry = unsafe { ash::Entry::load() }.map_err(|e| failed("Vulkan loader", e))?;
        let application = vk::ApplicationInfo::default().api_version(vk::API_VERSION_1_1);
        let info = vk::InstanceCreateInfo::default().application_info(&application);
        // SAFETY: the create info is valid and outlives the call.
        let instance = unsafe { entry.create_instance(&info, None) };
        let instance = instance.map_err(vk_error("vkCreateInstance"))?;
        match Self::on(&entry, &instance, uuid) {
            Ok(d) => Ok(d),
            Err(e) => {
                // SAFETY: nothing made from the instance is left, and `entry` still holds the loader.
                unsafe { instance.destroy_instance(None) };
                Err(e)
            }
        }
    }

    fn on(
        entry: &ash::Entry,
        instance: &ash::Instance,
        uuid: Option<DeviceUuid>,
    ) -> Result<Self, LutBoxError> {
        let mut all = candidates(instance)?.into_iter();
        let fits = |c: &Candidate| uuid.is_none_or(|u| u == c.uuid);
        let found = all
            .find(fits)
            .ok_or_else(|| failed("Vulkan", "no such device"))?;
        let physical = found.physical;
        // SAFETY: the instance and its physical device are alive; create infos and what they point to outlive the calls.
        unsafe {
            let families = instance.get_physical_device_queue_family_properties(physical);
            let copies = |f: &vk::QueueFamilyProperties| {
                f.queue_flags.intersects(
                    vk::QueueFlags::GRAPHICS | vk::QueueFlags::COMPUTE | vk::QueueFlags::TRANSFER,
                )
            };
            let family = families.iter().position(copies);
            let family = family.ok_or_else(|| failed("Vulkan", "no queue that copies"))? as u32;
            let queues = [vk::DeviceQueueCreateInfo::default()
                .queue_family_index(family)
                .queue_priorities(&[1.0])];
            let step = host_step(instance, physical);
            let mut extensions = vec![ash::khr::external_memory_fd::NAME.as_ptr()];
            if step.is_some() {
                extensions.push(ash::ext::external_memory_host::NAME.as_ptr());
            }
            let info = vk::DeviceCreateInfo::default()
                .queue_create_infos(&queues)
                .enabled_extension_names(&extensions);
            let device = instance.create_device(physical, &info, None);
            let device = device.map_err(vk_error("vkCreateDevice"))?;
            let queue = match queue(&device, family) {
                Ok(q) => q,
                Err(e) => {
                    device.destroy_device(None);
                    return Err(e);
                }
            };
            Ok(Self {
                external: ash::khr::external_memory_fd::Device::new(instance, &device),
                host: step.map(|s| {
                    (
                        ash::ext::external_memory_host::Device::new(instance, &device),
                        s,
                    )
                }),
                memory: instance.get_physical_device_memory_properties(physical),
                _entry: entry.clone(),
                instance: instance.clone(),
                device,
                family,
                uuid: found.uuid,
                driver: found.driver,
                name: found.name,
                queue: Mutex::new(queue),
            })
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its UUID.
    pub fn uuid(&self) -> &DeviceUuid {
        &self.uuid
    }

    pub(super) fn memory_type(
        &self,
        bits: u32,
        flags: vk::MemoryPropertyFlags,
    ) -> Result<u32, LutBoxError> {
        let types = &self.memory.memory_types_as_slice();
        let fits = |i: &usize| bits & (1 << i) != 0 && types[*i].property_flags.contains(flags);
        let found = (0..types.len()).find(fits);
        found
            .map(|i| i as u32)
            .ok_or_else(|| failed("Vulkan", "no memory type that fits"))
    }

    /// Records, submits and waits.
    pub(super) fn run(&self, record: impl FnOnce(vk::CommandBuffer)) -> Result<(), LutBoxError> {
        let q: MutexGuard<'_, Queue> = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        let once = vk::CommandBufferUsageFlags::ONE_TIME_SUBMIT;
        let begin = vk::CommandBufferBeginInfo::default().flags(once);
        let buffers = [q.commands];
        let submit = [vk::SubmitInfo::default().command_buffers(&buffers)];
        let d = &self.device;
        // SAFETY: the lock gives this thread the queue, pool, buffer and fence alone; the buffer is idle because every submission is
        // waited for.
        unsafe {
            d.begin_command_buffer(q.commands, &begin)
                .map_err(vk_error("vkBeginCommandBuffer"))?;
            record(q.commands);
            d.end_command_buffer(q.commands)
                .map_err(vk_error("vkEndCommandBuffer"))?;
            d.reset_fences(&[q.fence])
                .map_err(vk_error("vkResetFences"))?;
            d.queue_submit(q.queue, &submit, q.fence)
                .map_err(vk_error("vkQueueSubmit"))?;
            d.wait_for_fences(&[q.fence], true, TIMEOUT_NS)
                .map_err(vk_error("vkWaitForFences"))
        }
    }
}

/// The alignment of imported host memory, if the device imports any.
///
/// # Safety
///
/// The physical device is of the instance.
unsafe fn host_step(instance: &ash::Instance, physical: vk::PhysicalDevice) -> Option<u64> {
    let mut host = vk::PhysicalDeviceExternalMemoryHostPropertiesEXT::default();
    // SAFETY: by the contract; the property chain outlives the call.
    unsafe {
        let all = instance.enumerate_device_extension_properties(physical);
        let name = ash::ext::external_memory_host::NAME;
        let same =
            |e: &vk::ExtensionProperties| e.extension_name_as_c_str().is_ok_and(|n| n == name);
        if !all.ok()?.iter().any(same) {
            return None;
        }
        let mut p = vk::PhysicalDeviceProperties2::default().push_next(&mut host);
        instance.get_physical_device_properties2(physical, &mut p);
    }
    Some(host.min_imported_host_pointer_alignment.max(1))
}

/// # Safety
///
/// `device` was made with one queue of `family`.
unsafe fn queue(device: &ash::Device, family: u32) -> Result<Queue, LutBoxError> {
    let reset = vk::CommandPoolCreateFlags::RESET_COMMAND_BUFFER;
    let info = vk::CommandPoolCreateInfo::default()
        .flags(reset)
        .queue_family_index(family);
    // SAFETY: the device is alive, the create infos are valid and outlive the calls.
    unsafe {
        let pool = device.create_command_pool(&info, None);
        let pool = pool.map_err(vk_error("vkCreateCommandPool"))?;
        let info = vk::CommandBufferAllocateInfo::default()
            .command_pool(pool)
            .level(vk::CommandBufferLevel::PRIMARY)
            .command_buffer_count(1);
        let made = device
            .allocate_command_buffers(&info)
            .and_then(|c| Ok((c[0], device.create_fence(&Default::default(), None)?)));
        match made {
            Ok((commands, fence)) => Ok(Queue {
                queue: device.get_device_queue(family, 0),
                pool,
                commands,
                fence,
            }),
            Err(e) => {
                device.destroy_command_pool(pool, None);
                Err(vk_error("vkAllocateCommandBuffers")(e))
            }
        }
    }
}
