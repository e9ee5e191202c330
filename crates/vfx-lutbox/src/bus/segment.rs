//! The memory of one channel: mapping, sequence locks, writer and reader side.
//!
//! Header of 4096 bytes, native endian (offsets below), then two slots, each on a page. The writer fills the slot that is not newest:
//! sequence odd, texels, sequence even, then the generation. A reader that finds the sequence odd or changed after its copy tries
//! again. The checksum is CRC-32 (IEEE 802.3), which zlib computes everywhere.
#![allow(
    unsafe_code,
    reason = "shared memory: mapping, atomics and copies in it"
)]

use std::os::fd::{AsFd, OwnedFd};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering, fence};
use std::time::Duration;

use rustix::fs::{MemfdFlags, SealFlags};
use rustix::mm::{MapFlags, ProtFlags};
use rustix::thread::futex;

use crate::{Cube, Layout, LutBoxError};

const MAGIC: u32 = u32::from_le_bytes(*b"VGLB");
const VERSION: u32 = 1;
const PAGE: usize = 4096;
const SLOTS: usize = 2;

const OFF_MAGIC: usize = 0;
const OFF_VERSION: usize = 4;
const OFF_EDGE: usize = 8;
const OFF_LAYOUT: usize = 12;
const OFF_SIZE: usize = 16;
const OFF_SLOTS: usize = 28;
const OFF_SLOT_BYTES: usize = 32;
const OFF_SLOT_STRIDE: usize = 40;
const OFF_GENERATION: usize = 48;
const OFF_RETIRED: usize = 56;
/// Futex word: changes with every publication and with retirement.
const OFF_BELL: usize = 60;
const OFF_SLOT: usize = 64;
const SLOT_HEADER: usize = 64;
const SLOT_SEQ: usize = 0;
const SLOT_GENERATION: usize = 8;
const SLOT_TIME: usize = 16;
const SLOT_CRC: usize = 24;

/// A mapping that unmaps itself.
#[derive(Debug)]
struct Map {
    start: NonNull<u8>,
    bytes: usize,
}

// SAFETY: the memory is shared between processes anyway; all concurrent access is by atomics or guarded by sequence locks.
unsafe impl Send for Map {}

impl Drop for Map {
    fn drop(&mut self) {
        // SAFETY: `start` and `bytes` come from mmap and nothing borrows the mapping beyond `self`.
        let _ = unsafe { rustix::mm::munmap(self.start.as_ptr().cast(), self.bytes) };
    }
}

impl Map {
    fn new(fd: impl AsFd, bytes: usize, prot: ProtFlags) -> Result<Self, LutBoxError> {
        // SAFETY: a new mapping at an address of the kernel's choice; the descriptor's size is sealed or checked by the caller.
        let p =
            unsafe { rustix::mm::mmap(std::ptr::null_mut(), bytes, prot, MapFlags::SHARED, fd, 0) };
        let p = p.map_err(|e| LutBoxError::io("map")(e.into()))?;
        let start = NonNull::new(p.cast()).ok_or(LutBoxError::Segment {
            reason: "mapped at zero",
        })?;
        Ok(Self { start, bytes })
    }

    fn u32(&self, at: usize) -> &AtomicU32 {
        assert!(at + 4 <= PAGE && at.is_multiple_of(4));
        // SAFETY: inside the header page, aligned, mapped as long as `self`.
        unsafe { AtomicU32::from_ptr(self.start.as_ptr().add(at).cast()) }
    }

    fn u64(&self, at: usize) -> &AtomicU64 {
        assert!(at + 8 <= PAGE && at.is_multiple_of(8));
        // SAFETY: inside the header page, aligned, mapped as long as `self`.
        unsafe { AtomicU64::from_ptr(self.start.as_ptr().add(at).cast()) }
    }

    fn slot(&self, slot: usize, field: usize) -> usize {
        OFF_SLOT + slot * SLOT_HEADER + field
    }
}

fn stride_of(edge: usize) -> usize {
    (edge.pow(3) * 16).next_multiple_of(PAGE)
}

/// The writer's side.
#[derive(Debug)]
pub(super) struct Segment {
    fd: OwnedFd,
    map: Map,
    edge: usize,
    layout: Layout,
}

impl Segment {
    pub fn create(layout: Layout, edge: usize) -> Result<Self, LutBoxError> {
        let size = layout.size(edge)?;
        let bytes = PAGE + SLOTS * stride_of(edge);
        let os = |what| move |e: rustix::io::Errno| LutBoxError::io(what)(e.into());
        let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
        let fd = rustix::fs::memfd_create("vglb", flags).map_err(os("memfd"))?;
        rustix::fs::ftruncate(&fd, bytes as u64).map_err(os("memfd size"))?;
        let map = Map::new(&fd, bytes, ProtFlags::READ | ProtFlags::WRITE)?;
        let seals = SealFlags::SHRINK | SealFlags::GROW | SealFlags::FUTURE_WRITE | SealFlags::SEAL;
        rustix::fs::fcntl_add_seals(&fd, seals).map_err(os("memfd seals"))?;
        let put = |at: usize, v: usize| map.u32(at).store(v as u32, Ordering::Relaxed);
        put(OFF_VERSION, VERSION as usize);
        put(OFF_EDGE, edge);
        put(OFF_LAYOUT, layout.code() as usize);
        for (i, s) in size.into_iter().enumerate() {
            put(OFF_SIZE + 4 * i, s);
        }
        put(OFF_SLOTS, SLOTS);
        let wide = |at: usize, v: usize| map.u64(at).store(v as u64, Ordering::Relaxed);
        wide(OFF_SLOT_BYTES, edge.pow(3) * 16);
        wide(OFF_SLOT_STRIDE, stride_of(edge));
        map.u32(OFF_MAGIC).store(MAGIC, Ordering::Release);
        Ok(Self {
            fd,
            map,
            edge,
            layout,
        })
    }

    pub fn edge(&self) -> usize {
        self.edge
    }

    pub fn bytes(&self) -> u64 {
        self.map.bytes as u64
    }

    pub fn descriptor(&self) -> Result<OwnedFd, LutBoxError> {
        self.fd.try_clone().map_err(LutBoxError::io("descriptor"))
    }

    /// Makes `cube` visible.
    pub fn write(&mut self, cube: &Cube, generation: u64) {
        assert_eq!(cube.edge(), self.edge);
        let newest = self.map.u64(OFF_GENERATION).load(Ordering::Relaxed);
        let count = newest + 1;
        let slot = (count % SLOTS as u64) as usize;
        let seq = self.map.u64(self.map.slot(slot, SLOT_SEQ));
        let odd = seq.load(Ordering::Relaxed) | 1;
        seq.store(odd, Ordering::Relaxed);
        fence(Ordering::Release);
        let texels = self.edge.pow(3);
        // SAFETY: the slot lies inside the mapping, is aligned to a page, and this process writes it only here, under `&mut self`;
        // other processes map it read-only and discard what they copied when the sequence changed.
        let data = unsafe {
            let start = self.map.start.add(PAGE + slot * stride_of(self.edge));
            std::slice::from_raw_parts_mut(start.as_ptr().cast::<[f32; 4]>(), texels)
        };
        self.layout.write(cube, data);
        // SAFETY: any float is four initialised bytes.
        let raw = unsafe { std::slice::from_raw_parts(data.as_ptr().cast::<u8>(), texels * 16) };
        let crc = crc32fast::hash(raw);
        let field = |f| self.map.slot(slot, f);
        self.map.u32(field(SLOT_CRC)).store(crc, Ordering::Relaxed);
        let put = |f, v| self.map.u64(field(f)).store(v, Ordering::Relaxed);
        put(SLOT_GENERATION, generation);
        put(SLOT_TIME, monotonic_ns());
        seq.store(odd + 1, Ordering::Release);
        self.map.u64(OFF_GENERATION).store(count, Ordering::Release);
        self.ring();
    }

    /// Tells consumers to ask for a new segment.
    pub fn retire(&mut self) {
        self.map.u32(OFF_RETIRED).store(1, Ordering::Release);
        self.ring();
    }

    fn ring(&self) {
        let bell = self.map.u32(OFF_BELL);
        bell.fetch_add(1, Ordering::Release);
        // Waking nobody is no failure.
        let _ = futex::wake(bell, futex::Flags::empty(), i32::MAX as u32);
    }
}

/// Nanoseconds of the monotonic clock.
pub(crate) fn monotonic_ns() -> u64 {
    let t = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    t.tv_sec as u64 * 1_000_000_000 + t.tv_nsec as u64
}

/// What a slot says about itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlotInfo {
    /// Entries along one axis.
    pub edge: usize,
    /// Width, height, depth in texels.
    pub size: [u32; 3],
    /// Code of the layout.
    pub layout: u32,
    /// Publications of the channel.
    pub generation: u64,
    /// When it became visible, monotonic clock.
    pub monotonic_ns: u64,
    /// CRC-32 of the texels.
    pub crc32: u32,
}

/// The reader's side.
#[derive(Debug)]
pub(super) struct View {
    map: Map,
    edge: usize,
}

/// Copies that may be overwritten before a reader gives up; each costs one copy of the LUT.
const ATTEMPTS: usize = 1000;

impl View {
    /// Maps a received descriptor, checking everything it claims.
    pub fn open(fd: &OwnedFd) -> Result<Self, LutBoxError> {
        let wrong = |reason| LutBoxError::Segment { reason };
        let stat = rustix::fs::fstat(fd).map_err(|e| LutBoxError::io("fstat")(e.into()))?;
        let seals = rustix::fs::fcntl_get_seals(fd).map_err(|_| wrong("no memfd"))?;
        if !seals.contains(SealFlags::SHRINK) {
            return Err(wrong("size is not sealed"));
        }
        let bytes = usize::try_from(stat.st_size).map_err(|_| wrong("too large"))?;
        if bytes < PAGE {
            return Err(wrong("too short"));
        }
        let map = Map::new(fd, bytes, ProtFlags::READ)?;
        if map.u32(OFF_MAGIC).load(Ordering::Acquire) != MAGIC {
            return Err(wrong("no LUT bus"));
        }
        if map.u32(OFF_VERSION).load(Ordering::Relaxed) != VERSION {
            return Err(wrong("another version"));
        }
        let edge = map.u32(OFF_EDGE).load(Ordering::Relaxed) as usize;
        let fits = (crate::cube::MIN_EDGE..=crate::cube::MAX_EDGE).contains(&edge)
            && bytes >= PAGE + SLOTS * stride_of(edge);
        if !fits {
            return Err(wrong("edge does not fit"));
        }
        Ok(Self { map, edge })
    }

    pub fn retired(&self) -> bool {
        self.map.u32(OFF_RETIRED).load(Ordering::Acquire) != 0
    }

    /// Publications so far; cheap, for polling.
    pub fn count(&self) -> u64 {
        self.map.u64(OFF_GENERATION).load(Ordering::Acquire)
    }

    /// Copies the newest whole LUT.
    pub fn read(&self, out: &mut Vec<[f32; 4]>) -> Result<SlotInfo, LutBoxError> {
        let texels = self.edge.pow(3);
        out.resize(texels, [0.0; 4]);
        for _ in 0..ATTEMPTS {
            let slot = (self.count() % SLOTS as u64) as usize;
            let seq = self.map.u64(self.map.slot(slot, SLOT_SEQ));
            let before = seq.load(Ordering::Acquire);
            if before == 0 || before & 1 == 1 {
                std::hint::spin_loop();
                continue;
            }
            // SAFETY: source inside the mapping, destination as long. The writer may overwrite the source meanwhile; the copy is
            // then discarded because the sequence changed, and any bits are a float.
            unsafe {
                let start = self.map.start.add(PAGE + slot * stride_of(self.edge));
                std::ptr::copy_nonoverlapping(start.as_ptr().cast(), out.as_mut_ptr(), texels);
            }
            let field = |f| self.map.slot(slot, f);
            let wide = |f| self.map.u64(field(f)).load(Ordering::Relaxed);
            let narrow = |at| self.map.u32(at).load(Ordering::Relaxed);
            let info = SlotInfo {
                edge: self.edge,
                size: [0, 1, 2].map(|i| narrow(OFF_SIZE + 4 * i)),
                layout: narrow(OFF_LAYOUT),
                generation: wide(SLOT_GENERATION),
                monotonic_ns: wide(SLOT_TIME),
                crc32: narrow(field(SLOT_CRC)),
            };
            fence(Ordering::Acquire);
            if seq.load(Ordering::Relaxed) == before {
                return Ok(info);
            }
        }
        Err(LutBoxError::Segment {
            reason: "overwritten during every attempt",
        })
    }

    /// Sleeps until the count differs from `seen`, the segment retires, or the time is over.
    pub fn wait(&self, seen: u64, timeout: Duration) {
        let bell = self.map.u32(OFF_BELL);
        let value = bell.load(Ordering::Acquire);
        if self.count() != seen || self.retired() {
            return;
        }
        let limit = futex::Timespec {
            tv_sec: timeout.as_secs() as _,
            tv_nsec: timeout.subsec_nanos().into(),
        };
        // Every outcome means: look again.
        let _ = futex::wait(bell, futex::Flags::empty(), value, Some(&limit));
    }
}
