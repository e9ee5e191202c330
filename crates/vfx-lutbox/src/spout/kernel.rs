//! The named objects of Windows that Spout is made of: shared memory with a mutex, a mutex, a counting semaphore.
//!
//! ANSI names without a namespace, default security. Every wait is 67 ms, as in Spout; an abandoned mutex (its holder crashed) counts
//! as locked. Shared memory is copied out and back while its mutex is held, so a program that ignores the mutex changes no borrow.
#![allow(unsafe_code, reason = "calls of the Windows API")]

use std::ffi::CString;
use std::marker::PhantomData;

use windows::Win32::Foundation::{
    CloseHandle, ERROR_ALREADY_EXISTS, ERROR_SUCCESS, GetLastError, HANDLE, INVALID_HANDLE_VALUE,
    SetLastError, WAIT_ABANDONED, WAIT_OBJECT_0,
};
use windows::Win32::System::Memory::{
    CreateFileMappingA, FILE_MAP_ALL_ACCESS, MEMORY_BASIC_INFORMATION, MEMORY_MAPPED_VIEW_ADDRESS,
    MapViewOfFile, OpenFileMappingA, PAGE_READWRITE, UnmapViewOfFile, VirtualQuery,
};
use windows::Win32::System::Registry::{HKEY_CURRENT_USER, RRF_RT_REG_DWORD, RegGetValueA};
use windows::Win32::System::Threading::{
    CreateMutexA, CreateSemaphoreA, ReleaseMutex, ReleaseSemaphore, WaitForSingleObject,
};
use windows::core::{PCSTR, s};

use super::names::DEFAULT_MAX_SENDERS;
use crate::LutBoxError;

/// How long Spout waits for anybody.
const WAIT_MS: u32 = 67;

pub(super) fn failed(what: &'static str) -> impl Fn(windows::core::Error) -> LutBoxError {
    move |e| LutBoxError::io(what)(e.into())
}

fn c_name(name: &str) -> Result<CString, LutBoxError> {
    CString::new(name).map_err(|_| LutBoxError::message("object name", "a NUL", "none"))
}

fn ansi(name: &CString) -> PCSTR {
    PCSTR(name.as_ptr().cast())
}

/// A kernel object that is closed when dropped.
#[derive(Debug)]
struct Handle(HANDLE);

// SAFETY: handles are numbers of the process, usable from every thread.
unsafe impl Send for Handle {}
// SAFETY: as above; the objects behind them synchronise themselves.
unsafe impl Sync for Handle {}

impl Drop for Handle {
    fn drop(&mut self) {
        // SAFETY: ours, closed once. A failure would mean that it is closed already.
        let _ = unsafe { CloseHandle(self.0) };
    }
}

/// A named mutex.
#[derive(Debug)]
pub(super) struct Mutex(Handle);

/// The lock, given back when dropped, by the thread that took it.
pub(super) struct Lock<'a>(&'a Mutex, PhantomData<*const ()>);

impl Mutex {
    pub fn create(name: &str) -> Result<Self, LutBoxError> {
        let name = c_name(name)?;
        // SAFETY: the name is NUL-terminated and outlives the call.
        let handle = unsafe { CreateMutexA(None, false, ansi(&name)) };
        handle.map(|h| Self(Handle(h))).map_err(failed("mutex"))
    }

    /// Waits at most 67 ms.
    pub fn lock(&self) -> Result<Lock<'_>, LutBoxError> {
        // SAFETY: the handle is alive.
        let wait = unsafe { WaitForSingleObject(self.0.0, WAIT_MS) };
        if wait == WAIT_OBJECT_0 || wait == WAIT_ABANDONED {
            return Ok(Lock(self, PhantomData));
        }
        let held = std::io::Error::new(std::io::ErrorKind::TimedOut, "held by another program");
        Err(LutBoxError::io("mutex of Spout")(held))
    }
}

impl Drop for Lock<'_> {
    fn drop(&mut self) {
        // SAFETY: this thread owns it: the lock cannot be sent to another.
        let _ = unsafe { ReleaseMutex(self.0.0.0) };
    }
}

/// Shared memory of a name, with its mutex.
#[derive(Debug)]
pub(super) struct Map {
    // In the order of release.
    view: View,
    _mapping: Handle,
    mutex: Mutex,
    /// Whether this call made it.
    pub new: bool,
}

#[derive(Debug)]
struct View {
    start: MEMORY_MAPPED_VIEW_ADDRESS,
    bytes: usize,
}

// SAFETY: the mapping is of the process; it is accessed by copies alone.
unsafe impl Send for View {}
// SAFETY: as above.
unsafe impl Sync for View {}

impl Drop for View {
    fn drop(&mut self) {
        // SAFETY: ours, unmapped once.
        let _ = unsafe { UnmapViewOfFile(self.start) };
    }
}

impl Map {
    /// Opens the map, or makes it with `bytes` bytes of zeros; an existing one keeps its size.
    pub fn create(name: &str, bytes: usize) -> Result<Self, LutBoxError> {
        let mutex = Mutex::create(&format!("{name}_mutex"))?;
        let name = c_name(name)?;
        let page_file = INVALID_HANDLE_VALUE;
        // SAFETY: the name is NUL-terminated and outlives the call.
        let (handle, existed) = unsafe {
            SetLastError(ERROR_SUCCESS);
            let h = CreateFileMappingA(
                page_file,
                None,
                PAGE_READWRITE,
                0,
                bytes as u32,
                ansi(&name),
            );
            (h, GetLastError() == ERROR_ALREADY_EXISTS)
        };
        let mapping = Handle(handle.map_err(failed("shared memory"))?);
        Self::of(mapping, mutex, !existed)
    }

    /// Opens the map of a name, if there is one.
    pub fn open(name: &str) -> Option<Self> {
        let object = c_name(name).ok()?;
        // SAFETY: the name is NUL-terminated and outlives the call.
        let handle = unsafe { OpenFileMappingA(FILE_MAP_ALL_ACCESS.0, false, ansi(&object)) };
        let mapping = Handle(handle.ok()?);
        let mutex = Mutex::create(&format!("{name}_mutex")).ok()?;
        Self::of(mapping, mutex, false).ok()
    }

    fn of(mapping: Handle, mutex: Mutex, new: bool) -> Result<Self, LutBoxError> {
        // SAFETY: the mapping is alive; what `VirtualQuery` fills is as large as it is told.
        let view = unsafe {
            let start = MapViewOfFile(mapping.0, FILE_MAP_ALL_ACCESS, 0, 0, 0);
            if start.Value.is_null() {
                return Err(failed("view of shared memory")(
                    windows::core::Error::from_thread(),
                ));
            }
            let mut about = MEMORY_BASIC_INFORMATION::default();
            let size = size_of::<MEMORY_BASIC_INFORMATION>();
            let filled = VirtualQuery(Some(start.Value), &raw mut about, size);
            let bytes = if filled == 0 { 0 } else { about.RegionSize };
            View { start, bytes }
        };
        Ok(Self {
            view,
            _mapping: mapping,
            mutex,
            new,
        })
    }

    /// Locks, lets `change` work on a copy of the first `bytes` bytes (at most all), and writes them back if it succeeds.
    pub fn update<R>(
        &self,
        bytes: usize,
        change: impl FnOnce(&mut [u8]) -> Result<R, LutBoxError>,
    ) -> Result<R, LutBoxError> {
        let lock = self.mutex.lock()?;
        let mut copy = self.copy(bytes);
        let result = change(&mut copy)?;
        // SAFETY: the copy is no longer than the view, which is mapped for writing.
        unsafe {
            std::ptr::copy_nonoverlapping(copy.as_ptr(), self.view.start.Value.cast(), copy.len());
        }
        drop(lock);
        Ok(result)
    }

    /// A copy of the first `bytes` bytes (at most all), taken under the lock.
    pub fn read(&self, bytes: usize) -> Result<Vec<u8>, LutBoxError> {
        let lock = self.mutex.lock()?;
        let copy = self.copy(bytes);
        drop(lock);
        Ok(copy)
    }

    fn copy(&self, bytes: usize) -> Vec<u8> {
        let mut copy = vec![0; bytes.min(self.view.bytes)];
        // SAFETY: no longer than the view, which is mapped for reading.
        unsafe {
            std::ptr::copy_nonoverlapping(
                self.view.start.Value.cast_const().cast(),
                copy.as_mut_ptr(),
                copy.len(),
            );
        }
        copy
    }
}

/// The frame count of a sender.
#[derive(Debug)]
pub(super) struct FrameCount(Handle);

impl FrameCount {
    /// Opens it, or makes it with a count of 1.
    pub fn create(name: &str) -> Result<Self, LutBoxError> {
        let name = c_name(name)?;
        // SAFETY: the name is NUL-terminated and outlives the call.
        let handle = unsafe { CreateSemaphoreA(None, 1, i32::MAX, ansi(&name)) };
        handle.map(|h| Self(Handle(h))).map_err(failed("semaphore"))
    }

    /// One more frame.
    pub fn add(&self) -> Result<(), LutBoxError> {
        // SAFETY: the handle is alive.
        unsafe {
            // A receiver that looks at the count holds one for a moment; the sum is right either way.
            let one = WaitForSingleObject(self.0.0, 0) == WAIT_OBJECT_0;
            ReleaseSemaphore(self.0.0, if one { 2 } else { 1 }, None).map_err(failed("frame count"))
        }
    }

    /// The frames so far, as a receiver counts them; `None` while another one looks.
    pub fn get(&self) -> Option<u32> {
        let mut before = 0;
        // SAFETY: the handle is alive.
        unsafe {
            if WaitForSingleObject(self.0.0, 0) != WAIT_OBJECT_0 {
                return None;
            }
            ReleaseSemaphore(self.0.0, 1, Some(&raw mut before)).ok()?;
        }
        u32::try_from(before).ok()
    }
}

/// Senders of this machine at most: `MaxSenders` of Spout's key, or 64.
pub(super) fn max_senders() -> usize {
    let (mut value, mut bytes) = (0u32, 4u32);
    // SAFETY: the value is a DWORD of four bytes, as demanded.
    let status = unsafe {
        RegGetValueA(
            HKEY_CURRENT_USER,
            s!("Software\\Leading Edge\\Spout"),
            s!("MaxSenders"),
            RRF_RT_REG_DWORD,
            None,
            Some((&raw mut value).cast()),
            Some(&raw mut bytes),
        )
    };
    match usize::try_from(value) {
        Ok(n @ 1..=4096) if status == ERROR_SUCCESS => n,
        _ => DEFAULT_MAX_SENDERS,
    }
}
