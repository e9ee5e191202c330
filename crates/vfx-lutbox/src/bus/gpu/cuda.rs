//! Texels in CUDA memory: one allocation of the virtual memory management, all slots in it, exported as a POSIX descriptor.
//!
//! The driver library (`libcuda.so.1`) is found at run time; nothing links to it. Uploads are synchronous copies followed by a wait for
//! the device, so the guarding segment's sequence lock orders the processes. Source: CUDA driver API 11.2 and later, `cuMemCreate`.
#![allow(unsafe_code, reason = "the interface of the CUDA driver")]

use std::ffi::{CStr, c_char, c_int, c_uint, c_void};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::sync::Arc;

use serde_json::{Value, json};

use super::{DeviceUuid, SLOTS, Texels, failed, uuid_text};
use crate::LutBoxError;

type Code = c_int;
type Pointer = u64;
type Handle = u64;
type Context = *mut c_void;

const PINNED: c_int = 1;
const POSIX_FD: c_int = 1;
const ON_DEVICE: c_int = 1;
const READ_WRITE: c_int = 3;
const GRANULARITY_MINIMUM: c_int = 0;
/// Slots of a segment.
const MAX_SOURCES: usize = 2;
/// Slots begin at multiples of this, the alignment of texture memory.
const SLOT_ALIGN: usize = 512;

#[repr(C)]
#[derive(Clone, Copy)]
struct Location {
    kind: c_int,
    id: c_int,
}

/// `CUmemAllocationProp`.
#[repr(C)]
struct Properties {
    kind: c_int,
    handle_types: c_int,
    location: Location,
    win32: *mut c_void,
    flags: [u8; 8],
}

/// `CUmemAccessDesc`.
#[repr(C)]
struct Access {
    location: Location,
    flags: c_int,
}

macro_rules! driver {
    ($($name:ident: $symbol:literal ($($arg:ty),*);)*) => {
        /// The functions used of the driver.
        struct Driver {
            $($name: unsafe extern "C" fn($($arg),*) -> Code,)*
            error_name: unsafe extern "C" fn(Code, *mut *const c_char) -> Code,
            _library: libloading::Library,
        }

        impl Driver {
            fn load() -> Result<Self, LutBoxError> {
                // SAFETY: the system's driver library is trusted; the signatures are those of cuda.h for these names.
                unsafe {
                    let library = libloading::Library::new("libcuda.so.1");
                    let library = library.map_err(|e| failed("CUDA driver", e))?;
                    Ok(Self {
                        $($name: *library.get($symbol).map_err(|e| failed("CUDA driver", e))?,)*
                        error_name: *library
                            .get(b"cuGetErrorName\0")
                            .map_err(|e| failed("CUDA driver", e))?,
                        _library: library,
                    })
                }
            }
        }
    };
}

driver! {
    init: b"cuInit\0" (c_uint);
    count: b"cuDeviceGetCount\0" (*mut c_int);
    device: b"cuDeviceGet\0" (*mut c_int, c_int);
    uuid: b"cuDeviceGetUuid\0" (*mut DeviceUuid, c_int);
    device_name: b"cuDeviceGetName\0" (*mut c_char, c_int, c_int);
    retain: b"cuDevicePrimaryCtxRetain\0" (*mut Context, c_int);
    release: b"cuDevicePrimaryCtxRelease_v2\0" (c_int);
    set_current: b"cuCtxSetCurrent\0" (Context);
    synchronize: b"cuCtxSynchronize\0" ();
    granularity: b"cuMemGetAllocationGranularity\0" (*mut usize, *const Properties, c_int);
    create: b"cuMemCreate\0" (*mut Handle, usize, *const Properties, u64);
    destroy: b"cuMemRelease\0" (Handle);
    export: b"cuMemExportToShareableHandle\0" (*mut c_void, Handle, c_int, u64);
    import: b"cuMemImportFromShareableHandle\0" (*mut Handle, *mut c_void, c_int);
    reserve: b"cuMemAddressReserve\0" (*mut Pointer, usize, usize, Pointer, u64);
    free: b"cuMemAddressFree\0" (Pointer, usize);
    map: b"cuMemMap\0" (Pointer, usize, usize, Handle, u64);
    unmap: b"cuMemUnmap\0" (Pointer, usize);
    access: b"cuMemSetAccess\0" (Pointer, usize, *const Access, usize);
    to_device: b"cuMemcpyHtoD_v2\0" (Pointer, *const c_void, usize);
    to_host: b"cuMemcpyDtoH_v2\0" (*mut c_void, Pointer, usize);
    pin: b"cuMemHostRegister_v2\0" (*mut c_void, usize, c_uint);
    unpin: b"cuMemHostUnregister\0" (*mut c_void);
}

impl Driver {
    fn check(&self, call: &'static str, code: Code) -> Result<(), LutBoxError> {
        if code == 0 {
            return Ok(());
        }
        let mut text = std::ptr::null();
        // SAFETY: the driver returns a pointer to a constant string, or an error.
        let name = unsafe {
            if (self.error_name)(code, &mut text) == 0 && !text.is_null() {
                CStr::from_ptr(text).to_string_lossy().into_owned()
            } else {
                format!("error {code}")
            }
        };
        Err(failed(call, name))
    }
}

/// A device with its primary context.
pub struct Device {
    driver: Driver,
    context: Context,
    device: c_int,
    uuid: DeviceUuid,
    name: String,
}

// SAFETY: the driver's functions may be called from any thread; the context is made current in the calling thread before each use.
unsafe impl Send for Device {}
// SAFETY: as above.
unsafe impl Sync for Device {}

impl std::fmt::Debug for Device {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Device")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        // SAFETY: retained once in `open`; memory holds an `Arc` of the device.
        let _ = unsafe { (self.driver.release)(self.device) };
    }
}

impl Device {
    /// The device of a UUID, or the first.
    ///
    /// # Errors
    ///
    /// If there is no driver, or no such device.
    pub fn open(uuid: Option<DeviceUuid>) -> Result<Self, LutBoxError> {
        let d = Driver::load()?;
        // SAFETY: pointers are to locals of the types that the functions fill.
        unsafe {
            d.check("cuInit", (d.init)(0))?;
            let mut count = 0;
            d.check("cuDeviceGetCount", (d.count)(&mut count))?;
            for i in 0..count {
                let mut device = 0;
                d.check("cuDeviceGet", (d.device)(&mut device, i))?;
                let mut id = [0; 16];
                d.check("cuDeviceGetUuid", (d.uuid)(&mut id, device))?;
                if uuid.is_some_and(|u| u != id) {
                    continue;
                }
                let mut text = [0 as c_char; 256];
                d.check(
                    "cuDeviceGetName",
                    (d.device_name)(text.as_mut_ptr(), 255, device),
                )?;
                let name = CStr::from_ptr(text.as_ptr()).to_string_lossy().into_owned();
                let mut context = std::ptr::null_mut();
                d.check("cuDevicePrimaryCtxRetain", (d.retain)(&mut context, device))?;
                return Ok(Self {
                    driver: d,
                    context,
                    device,
                    uuid: id,
                    name,
                });
            }
        }
        Err(failed("CUDA", "no such device"))
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its UUID.
    pub fn uuid(&self) -> &DeviceUuid {
        &self.uuid
    }

    fn enter(&self) -> Result<(), LutBoxError> {
        // SAFETY: the context lives as long as `self`.
        let code = unsafe { (self.driver.set_current)(self.context) };
        self.driver.check("cuCtxSetCurrent", code)
    }

    fn location(&self) -> Location {
        Location {
            kind: ON_DEVICE,
            id: self.device,
        }
    }

    fn properties(&self) -> Properties {
        Properties {
            kind: PINNED,
            handle_types: POSIX_FD,
            location: self.location(),
            win32: std::ptr::null_mut(),
            flags: [0; 8],
        }
    }
}

/// The slots of one LUT in device memory, on the writer's or the reader's side.
#[derive(Debug)]
pub struct Memory {
    device: Arc<Device>,
    handle: Handle,
    start: Pointer,
    bytes: usize,
    texels: usize,
    stride: usize,
    /// Sources of uploads, and whether this memory pinned them.
    sources: Vec<(usize, bool)>,
}

impl Drop for Memory {
    fn drop(&mut self) {
        if self.device.enter().is_err() {
            return;
        }
        let d = &self.device.driver;
        for (start, _) in self.sources.iter().filter(|s| s.1) {
            // SAFETY: pinned once, in `upload`.
            let _ = unsafe { (d.unpin)(*start as *mut c_void) };
        }
        // SAFETY: mapped in `mapped` with these values; nothing runs on it, every copy is waited for.
        unsafe {
            let _ = (d.unmap)(self.start, self.bytes);
            let _ = (d.free)(self.start, self.bytes);
            let _ = (d.destroy)(self.handle);
        }
    }
}

impl Memory {
    /// Memory to export.
    pub(super) fn create(device: Arc<Device>, size: [usize; 3]) -> Result<Self, LutBoxError> {
        device.enter()?;
        let texels: usize = size.iter().product();
        let stride = (texels * 16).next_multiple_of(SLOT_ALIGN);
        let (d, properties) = (&device.driver, device.properties());
        let (mut step, mut handle) = (0usize, 0);
        // SAFETY: pointers are to locals of the types that the functions read and fill.
        let bytes = unsafe {
            let code = (d.granularity)(&mut step, &properties, GRANULARITY_MINIMUM);
            d.check("cuMemGetAllocationGranularity", code)?;
            let bytes = (stride * SLOTS).next_multiple_of(step.max(1));
            let code = (d.create)(&mut handle, bytes, &properties, 0);
            d.check("cuMemCreate", code)?;
            bytes
        };
        Self::mapped(device, handle, bytes, texels, stride)
    }

    /// Memory of another process, by what [`Texels::describe`] said there.
    ///
    /// # Errors
    ///
    /// If the description is of another device or does not fit.
    pub fn import(
        device: Arc<Device>,
        size: [usize; 3],
        description: &Value,
        descriptor: &OwnedFd,
    ) -> Result<Self, LutBoxError> {
        if description["device_uuid"].as_str() != Some(&uuid_text(&device.uuid)) {
            return Err(failed("CUDA", "the memory is of another device"));
        }
        let number = |key: &str| {
            let found = description[key].as_u64();
            found.and_then(|v| usize::try_from(v).ok())
        };
        let (Some(bytes), Some(stride)) = (number("allocation_size"), number("slot_stride")) else {
            return Err(failed("CUDA", "no allocation in the description"));
        };
        let texels: usize = size.iter().product();
        if stride < texels * 16 || stride.checked_mul(SLOTS).is_none_or(|n| n > bytes) {
            return Err(failed("CUDA", "the allocation does not fit the LUT"));
        }
        device.enter()?;
        let d = &device.driver;
        let mut handle = 0;
        let fd = descriptor.as_raw_fd() as usize as *mut c_void;
        // SAFETY: the descriptor is open; POSIX handles travel in the pointer's value. The driver keeps its own reference.
        let code = unsafe { (d.import)(&mut handle, fd, POSIX_FD) };
        d.check("cuMemImportFromShareableHandle", code)?;
        Self::mapped(device, handle, bytes, texels, stride)
    }

    fn mapped(
        device: Arc<Device>,
        handle: Handle,
        bytes: usize,
        texels: usize,
        stride: usize,
    ) -> Result<Self, LutBoxError> {
        let d = &device.driver;
        let access = Access {
            location: device.location(),
            flags: READ_WRITE,
        };
        let mut start = 0;
        // SAFETY: the handle is alive and holds `bytes`; what fails half-way is given back.
        unsafe {
            let code = (d.reserve)(&mut start, bytes, 0, 0, 0);
            if let Err(e) = d.check("cuMemAddressReserve", code) {
                let _ = (d.destroy)(handle);
                return Err(e);
            }
            let code = (d.map)(start, bytes, 0, handle, 0);
            if let Err(e) = d.check("cuMemMap", code) {
                let _ = (d.free)(start, bytes);
                let _ = (d.destroy)(handle);
                return Err(e);
            }
            let code = (d.access)(start, bytes, &access, 1);
            if let Err(e) = d.check("cuMemSetAccess", code) {
                let _ = (d.unmap)(start, bytes);
                let _ = (d.free)(start, bytes);
                let _ = (d.destroy)(handle);
                return Err(e);
            }
        }
        Ok(Self {
            device,
            handle,
            start,
            bytes,
            texels,
            stride,
            sources: Vec::new(),
        })
    }

    /// Where a slot begins on the device.
    pub fn address(&self, slot: usize) -> u64 {
        self.start + (slot * self.stride) as u64
    }

    /// Copies a slot to the host.
    pub fn download(&mut self, slot: usize, out: &mut Vec<[f32; 4]>) -> Result<(), LutBoxError> {
        self.device.enter()?;
        out.resize(self.texels, [0.0; 4]);
        let d = &self.device.driver;
        assert!(slot < SLOTS);
        // SAFETY: source inside the mapping, destination as long; the copy has ended when the function returns.
        let code = unsafe {
            (d.to_host)(
                out.as_mut_ptr().cast(),
                self.address(slot),
                self.texels * 16,
            )
        };
        d.check("cuMemcpyDtoH", code)
    }
}

impl Texels for Memory {
    fn descriptors(&self) -> Result<Vec<OwnedFd>, LutBoxError> {
        self.device.enter()?;
        let d = &self.device.driver;
        let mut fd: c_int = -1;
        let out = (&raw mut fd).cast();
        // SAFETY: the handle was made for POSIX descriptors; the new descriptor is ours.
        unsafe {
            let code = (d.export)(out, self.handle, POSIX_FD, 0);
            d.check("cuMemExportToShareableHandle", code)?;
            Ok(vec![OwnedFd::from_raw_fd(fd)])
        }
    }

    fn describe(&self) -> Value {
        json!({
            "transport": "cuda", "device": self.device.name,
            "device_uuid": uuid_text(&self.device.uuid), "allocation_size": self.bytes,
            "slot_bytes": self.texels * 16, "slot_stride": self.stride, "slots": SLOTS,
        })
    }

    fn upload(&mut self, slot: usize, texels: &[[f32; 4]]) -> Result<(), LutBoxError> {
        assert!(slot < SLOTS && texels.len() == self.texels);
        self.device.enter()?;
        let d = &self.device.driver;
        let start = texels.as_ptr() as usize;
        if self.sources.len() < MAX_SOURCES && !self.sources.iter().any(|s| s.0 == start) {
            // The device then reads the shared memory itself, without a copy by the processor. Where that is refused, it copies.
            // SAFETY: the slots of a segment stay mapped until after the mirrors of the segment (`Shown`); whole pages are theirs.
            let code = unsafe { (d.pin)(start as *mut c_void, self.texels * 16, 0) };
            self.sources.push((start, code == 0));
        }
        // SAFETY: destination inside the mapping, source as long. A copy from pageable memory may return before the last part has
        // landed: the wait makes it visible to other processes.
        unsafe {
            let from = texels.as_ptr().cast();
            let code = (d.to_device)(self.address(slot), from, self.texels * 16);
            d.check("cuMemcpyHtoD", code)?;
            d.check("cuCtxSynchronize", (d.synchronize)())
        }
    }
}
