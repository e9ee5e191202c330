//! Surfaces that other processes look up by their number.
#![allow(unsafe_code, reason = "calls of IOSurface")]
#![allow(deprecated, reason = "clients of Syphon look surfaces up globally")]

use objc2_core_foundation::{CFBoolean, CFDictionary, CFNumber, CFRetained, CFString, CFType};
use objc2_io_surface::{
    IOSurfaceLockOptions, IOSurfaceRef, kIOSurfaceBytesPerElement, kIOSurfaceHeight,
    kIOSurfaceIsGlobal, kIOSurfacePixelFormat, kIOSurfaceWidth,
};

use super::pixels::Form;
use crate::LutBoxError;

pub(super) fn failed(call: &'static str, code: impl std::fmt::Display) -> LutBoxError {
    LutBoxError::Gpu {
        call,
        code: code.to_string(),
    }
}

/// A global IOSurface.
pub(super) struct Surface {
    surface: CFRetained<IOSurfaceRef>,
    form: Form,
    size: [usize; 2],
}

// SAFETY: IOSurface is thread-safe; the reference is used under the server's lock.
unsafe impl Send for Surface {}

impl Surface {
    pub fn new(form: Form, size: [usize; 2]) -> Result<Self, LutBoxError> {
        let number = |n: usize| CFNumber::new_i64(n as i64);
        let [width, height] = size.map(number);
        let element = number(form.element_bytes());
        let format = number(form.pixel_format() as usize);
        let global = CFBoolean::new(true);
        // SAFETY: constants of the framework.
        let keys: [&CFString; 5] = unsafe {
            [
                kIOSurfaceWidth,
                kIOSurfaceHeight,
                kIOSurfaceBytesPerElement,
                kIOSurfacePixelFormat,
                kIOSurfaceIsGlobal,
            ]
        };
        let values: [&CFType; 5] = [&width, &height, &element, &format, global];
        let properties = CFDictionary::from_slices(&keys, &values);
        // SAFETY: the keys have values of the types that IOSurface expects.
        let surface = unsafe { IOSurfaceRef::new(properties.as_opaque()) };
        let surface = surface.ok_or_else(|| failed("IOSurfaceCreate", "no surface"))?;
        Ok(Self {
            surface,
            form,
            size,
        })
    }

    /// Its number.
    pub fn id(&self) -> u32 {
        self.surface.id()
    }

    pub fn size(&self) -> [usize; 2] {
        self.size
    }

    /// Writes the texels, `width` a row of the texture.
    pub fn write(&self, texels: &[[f32; 4]], width: usize) -> Result<(), LutBoxError> {
        let none = IOSurfaceLockOptions(0);
        // SAFETY: no seed is asked for.
        let status = unsafe { self.surface.lock(none, std::ptr::null_mut()) };
        if status != 0 {
            return Err(failed("IOSurfaceLock", status));
        }
        let pitch = self.surface.bytes_per_row();
        let start = self.surface.base_address().as_ptr().cast::<u8>();
        let bytes = self.size[0] * self.form.element_bytes();
        assert!(bytes <= pitch && texels.len() == width * self.size[1]);
        for (y, row) in texels.chunks_exact(width).enumerate() {
            // SAFETY: locked for writing; the surface has `size[1]` rows of `pitch` bytes.
            let to = unsafe { std::slice::from_raw_parts_mut(start.add(y * pitch), bytes) };
            self.form.write_row(row, to);
        }
        // SAFETY: locked above.
        let status = unsafe { self.surface.unlock(none, std::ptr::null_mut()) };
        match status {
            0 => Ok(()),
            s => Err(failed("IOSurfaceUnlock", s)),
        }
    }
}
