//! Shared memory as the source of copies, so that the device reads it without a copy by the processor (`VK_EXT_external_memory_host`).
//!
//! The caller keeps the memory mapped for as long as the source lives. A device that cannot do it says so by having none.
#![allow(unsafe_code, reason = "Vulkan's interface")]

use ash::vk;

use super::device::Device;

const HANDLE: vk::ExternalMemoryHandleTypeFlags =
    vk::ExternalMemoryHandleTypeFlags::HOST_ALLOCATION_EXT;

/// A buffer over memory of this process.
pub(super) struct HostSource {
    /// Where the memory begins.
    pub start: usize,
    /// The buffer; null where the device refused.
    pub buffer: vk::Buffer,
    memory: vk::DeviceMemory,
}

impl HostSource {
    /// A source over `texels`; the pages they begin and end in are imported whole.
    pub fn new(d: &Device, texels: &[[f32; 4]]) -> Self {
        let start = texels.as_ptr() as usize;
        let bytes = size_of_val(texels) as u64;
        let made = Self::import(d, start, bytes);
        let (buffer, memory) = made.unwrap_or((vk::Buffer::null(), vk::DeviceMemory::null()));
        Self {
            start,
            buffer,
            memory,
        }
    }

    fn import(d: &Device, start: usize, bytes: u64) -> Option<(vk::Buffer, vk::DeviceMemory)> {
        let (host, step) = d.host.as_ref()?;
        // Slots of a segment are whole pages.
        if *step > 4096 || !(start as u64).is_multiple_of(*step) {
            return None;
        }
        let whole = bytes.next_multiple_of(*step);
        let pointer = start as *mut std::ffi::c_void;
        let mut external = vk::ExternalMemoryBufferCreateInfo::default().handle_types(HANDLE);
        let info = vk::BufferCreateInfo::default()
            .size(bytes)
            .usage(vk::BufferUsageFlags::TRANSFER_SRC)
            .push_next(&mut external);
        // SAFETY: the device is alive; the pointer is mapped for `whole` bytes by the contract of `new`; create infos outlive the
        // calls; what fails half-way is destroyed.
        unsafe {
            let mut properties = vk::MemoryHostPointerPropertiesEXT::default();
            let get = host.fp().get_memory_host_pointer_properties_ext;
            let status = get(host.device(), HANDLE, pointer, &raw mut properties);
            if status != vk::Result::SUCCESS {
                return None;
            }
            let buffer = d.device.create_buffer(&info, None).ok()?;
            let need = d.device.get_buffer_memory_requirements(buffer);
            let bits = need.memory_type_bits & properties.memory_type_bits;
            let coherent =
                vk::MemoryPropertyFlags::HOST_VISIBLE | vk::MemoryPropertyFlags::HOST_COHERENT;
            let kind = d.memory_type(bits, coherent);
            let kind = kind.ok().filter(|_| need.size <= whole);
            let memory = kind.and_then(|kind| {
                let mut import = vk::ImportMemoryHostPointerInfoEXT::default()
                    .handle_type(HANDLE)
                    .host_pointer(pointer);
                let info = vk::MemoryAllocateInfo::default()
                    .allocation_size(whole)
                    .memory_type_index(kind)
                    .push_next(&mut import);
                let memory = d.device.allocate_memory(&info, None).ok()?;
                let bound = d.device.bind_buffer_memory(buffer, memory, 0);
                if bound.is_err() {
                    d.device.free_memory(memory, None);
                }
                bound.ok().map(|()| memory)
            });
            if memory.is_none() {
                d.device.destroy_buffer(buffer, None);
            }
            memory.map(|m| (buffer, m))
        }
    }

    /// Gives the buffer back.
    ///
    /// # Safety
    ///
    /// `d` is the device it was made with, which no longer uses it; called once.
    pub unsafe fn destroy(&self, d: &Device) {
        // SAFETY: by the contract; null handles are allowed.
        unsafe {
            d.device.destroy_buffer(self.buffer, None);
            d.device.free_memory(self.memory, None);
        }
    }
}
