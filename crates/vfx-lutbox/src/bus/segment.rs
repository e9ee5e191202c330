//! The memory of one channel: mapping, sequence locks, writer and reader side.
//!
//! Header of 4096 bytes, native endian (offsets below), then the slots, each on a page: texels, then on the next page room for the rows
//! of a shaper (untouched pages cost nothing). The writer fills the slot that is oldest: sequence odd, content, sequence even, then the
//! generation. A reader that finds the sequence odd or changed after its copy tries again. The checksum is CRC-32 (IEEE 802.3), which
//! zlib computes everywhere. A segment without texels guards texels that lie elsewhere, in memory of a GPU.
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

use crate::{Layout, Lut, LutBoxError, MAX_ROWS, Shaper};

const MAGIC: u32 = u32::from_le_bytes(*b"VGLB");
const VERSION: u32 = 2;
const PAGE: usize = 4096;
const SLOTS: usize = 2;
/// Copies from a GPU take longer: a third slot gives them one more update of time.
pub(super) const GPU_SLOTS: usize = 3;
const SHAPER_BYTES: usize = MAX_ROWS * 16;

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
const SLOT_ROWS: usize = 28;
const SLOT_AXIS: usize = 32;
const SLOT_MIN: usize = 36;
const SLOT_MAX: usize = 48;

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

/// Whether the texels lie in the segment or elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Here,
    Gpu,
}

impl Place {
    fn slots(self) -> usize {
        match self {
            Self::Here => SLOTS,
            Self::Gpu => GPU_SLOTS,
        }
    }
}

/// Bytes of texels and of a whole slot.
fn slot_bytes(edge: usize, place: Place) -> (usize, usize) {
    let texels = match place {
        Place::Here => edge.pow(3) * 16,
        Place::Gpu => 0,
    };
    (texels, texels.next_multiple_of(PAGE) + SHAPER_BYTES)
}

/// The writer's side.
#[derive(Debug)]
pub(super) struct Segment {
    fd: OwnedFd,
    map: Map,
    edge: usize,
    layout: Layout,
    place: Place,
}

impl Segment {
    pub fn create(layout: Layout, edge: usize, place: Place) -> Result<Self, LutBoxError> {
        let size = layout.size(edge)?;
        let (texels, stride) = slot_bytes(edge, place);
        let bytes = PAGE + place.slots() * stride;
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
        put(OFF_SLOTS, place.slots());
        let wide = |at: usize, v: usize| map.u64(at).store(v as u64, Ordering::Relaxed);
        wide(OFF_SLOT_BYTES, texels);
        wide(OFF_SLOT_STRIDE, stride);
        map.u32(OFF_MAGIC).store(MAGIC, Ordering::Release);
        Ok(Self {
            fd,
            map,
            edge,
            layout,
            place,
        })
    }

    pub fn edge(&self) -> usize {
        self.edge
    }

    pub fn layout(&self) -> Layout {
        self.layout
    }

    pub fn bytes(&self) -> u64 {
        self.map.bytes as u64
    }

    pub fn descriptor(&self) -> Result<OwnedFd, LutBoxError> {
        self.fd.try_clone().map_err(LutBoxError::io("descriptor"))
    }

    fn data(&mut self, slot: usize, at: usize, count: usize) -> &mut [[f32; 4]] {
        let start = PAGE + slot * slot_bytes(self.edge, self.place).1 + at;
        assert!(start + count * 16 <= self.map.bytes);
        // SAFETY: inside the mapping, aligned to a page, and this process writes it only here, under `&mut self`; other processes
        // map it read-only and discard what they copied when the sequence changed.
        unsafe {
            let start = self.map.start.add(start);
            std::slice::from_raw_parts_mut(start.as_ptr().cast::<[f32; 4]>(), count)
        }
    }

    /// Makes `lut` visible.
    pub fn write(&mut self, lut: &Lut, generation: u64) {
        assert_eq!((lut.cube.edge(), self.place), (self.edge, Place::Here));
        let filled = self.publish(lut.shaper.as_ref(), generation, |s, slot| {
            let (layout, count) = (s.layout, s.edge.pow(3));
            let data = s.data(slot, 0, count);
            let mut crc = crc32fast::Hasher::new();
            layout.for_rows(&lut.cube, |at, rows| {
                crc.update(bytes_of(rows));
                copy_past_caches(rows, &mut data[at..at + rows.len()]);
            });
            fence_copies();
            Ok::<_, std::convert::Infallible>(crc.finalize())
        });
        match filled {
            Ok(()) => {}
            Err(never) => match never {},
        }
    }

    /// The newest texels with their generation and checksum; only where they lie in the segment.
    pub fn newest(&mut self) -> (&[[f32; 4]], u64, u32) {
        assert_eq!(self.place, Place::Here);
        let count = self.map.u64(OFF_GENERATION).load(Ordering::Relaxed);
        let slot = (count % SLOTS as u64) as usize;
        let generation = self.map.u64(self.map.slot(slot, SLOT_GENERATION));
        let crc = self.map.u32(self.map.slot(slot, SLOT_CRC));
        let (generation, crc) = (
            generation.load(Ordering::Relaxed),
            crc.load(Ordering::Relaxed),
        );
        let texels = self.edge.pow(3);
        (self.data(slot, 0, texels), generation, crc)
    }

    /// Fills the oldest slot and makes it the newest; `fill` writes the texels, wherever they lie, and returns their checksum.
    pub fn publish<E>(
        &mut self,
        shaper: Option<&Shaper>,
        generation: u64,
        fill: impl FnOnce(&mut Self, usize) -> Result<u32, E>,
    ) -> Result<(), E> {
        let newest = self.map.u64(OFF_GENERATION).load(Ordering::Relaxed);
        let count = newest + 1;
        let slot = (count % self.place.slots() as u64) as usize;
        let seq = self.map.slot(slot, SLOT_SEQ);
        let odd = self.map.u64(seq).load(Ordering::Relaxed) | 1;
        self.map.u64(seq).store(odd, Ordering::Relaxed);
        fence(Ordering::Release);
        // A failure leaves the slot odd: nobody reads it, and the newest stays the newest.
        let crc = fill(self, slot)?;
        let rows = shaper.map_or(0, |s| s.entries().len());
        if let Some(s) = shaper {
            let at = slot_bytes(self.edge, self.place).1 - SHAPER_BYTES;
            for (t, e) in self.data(slot, at, rows).iter_mut().zip(s.entries()) {
                *t = [e[0], e[1], e[2], 1.0];
            }
        }
        let field = |f| self.map.slot(slot, f);
        let narrow = |f, v| self.map.u32(field(f)).store(v, Ordering::Relaxed);
        narrow(SLOT_CRC, crc);
        narrow(SLOT_ROWS, rows as u32);
        narrow(SLOT_AXIS, shaper.map_or(0, |s| s.axis().code()));
        for c in 0..3 {
            let bits = |v: Option<[f32; 3]>| v.map_or(0, |v| v[c].to_bits());
            narrow(SLOT_MIN + 4 * c, bits(shaper.map(Shaper::min)));
            narrow(SLOT_MAX + 4 * c, bits(shaper.map(Shaper::max)));
        }
        let put = |f, v| self.map.u64(field(f)).store(v, Ordering::Relaxed);
        put(SLOT_GENERATION, generation);
        put(SLOT_TIME, monotonic_ns());
        self.map.u64(seq).store(odd + 1, Ordering::Release);
        self.map.u64(OFF_GENERATION).store(count, Ordering::Release);
        self.ring();
        Ok(())
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

/// Texels as they lie in memory.
fn bytes_of(texels: &[[f32; 4]]) -> &[u8] {
    // SAFETY: any float is four initialised bytes.
    unsafe {
        std::slice::from_raw_parts(texels.as_ptr().cast::<u8>(), std::mem::size_of_val(texels))
    }
}

/// Copies texels without reading what they replace into the caches; [`fence_copies`] must follow before others are told of them.
fn copy_past_caches(from: &[[f32; 4]], to: &mut [[f32; 4]]) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_mm_loadu_ps, _mm_stream_ps};
        assert!(to.as_ptr().addr().is_multiple_of(16));
        for (t, f) in to.iter_mut().zip(from) {
            // SAFETY: SSE2 is part of x86-64; `t` is 16 bytes, aligned as the first of them is.
            unsafe { _mm_stream_ps(t.as_mut_ptr(), _mm_loadu_ps(f.as_ptr())) };
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    to.copy_from_slice(from);
}

/// Orders what [`copy_past_caches`] wrote before all that follows.
fn fence_copies() {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: SSE is part of x86-64; the instruction touches no memory.
    unsafe {
        std::arch::x86_64::_mm_sfence();
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
    /// Rows of the shaper before the lattice, 0 without one.
    pub shaper_rows: u32,
    /// What the rows are even in: 0 the input, 1 its base-2 logarithm.
    pub shaper_axis: u32,
    /// Bits of the inputs of the first row, R, G, B.
    pub shaper_min: [u32; 3],
    /// Bits of the inputs of the last row.
    pub shaper_max: [u32; 3],
}

/// The reader's side.
#[derive(Debug)]
pub(super) struct View {
    map: Map,
    edge: usize,
    place: Place,
}

/// Copies that may be overwritten before a reader gives up; each costs one copy of the LUT.
const ATTEMPTS: usize = 1000;

impl View {
    /// Maps a received descriptor, checking everything it claims.
    pub fn open(fd: &OwnedFd, place: Place) -> Result<Self, LutBoxError> {
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
            && bytes >= PAGE + place.slots() * slot_bytes(edge, place).1
            && map.u32(OFF_SLOTS).load(Ordering::Relaxed) as usize == place.slots();
        if !fits {
            return Err(wrong("edge does not fit"));
        }
        Ok(Self { map, edge, place })
    }

    pub fn edge(&self) -> usize {
        self.edge
    }

    /// Width, height, depth in texels, as the header claims.
    pub fn size(&self) -> [u32; 3] {
        let at = |i: usize| self.map.u32(OFF_SIZE + 4 * i).load(Ordering::Relaxed);
        [at(0), at(1), at(2)]
    }

    pub fn retired(&self) -> bool {
        self.map.u32(OFF_RETIRED).load(Ordering::Acquire) != 0
    }

    /// Publications so far; cheap, for polling.
    pub fn count(&self) -> u64 {
        self.map.u64(OFF_GENERATION).load(Ordering::Acquire)
    }

    /// Copies the newest whole LUT, and the rows of its shaper if `rows` is given.
    pub fn read(
        &self,
        out: &mut Vec<[f32; 4]>,
        mut rows: Option<&mut Vec<[f32; 4]>>,
    ) -> Result<SlotInfo, LutBoxError> {
        assert_eq!(self.place, Place::Here);
        out.resize(self.edge.pow(3), [0.0; 4]);
        let (texels, stride) = slot_bytes(self.edge, self.place);
        let shaper = texels.next_multiple_of(PAGE);
        self.read_with(|info, slot| {
            let start = PAGE + slot * stride;
            self.copy(start, out);
            if let Some(rows) = rows.as_deref_mut() {
                rows.resize((info.shaper_rows as usize).min(MAX_ROWS), [0.0; 4]);
                self.copy(start + shaper, rows);
            }
            Ok(())
        })
    }

    /// Copies from the mapping. The writer may overwrite the source meanwhile; the caller then discards the copy.
    fn copy(&self, from: usize, to: &mut [[f32; 4]]) {
        assert!(from + to.len() * 16 <= self.map.bytes);
        // SAFETY: source inside the mapping, destination as long; any bits are a float.
        unsafe {
            let start = self.map.start.add(from);
            std::ptr::copy_nonoverlapping(start.as_ptr().cast(), to.as_mut_ptr(), to.len());
        }
    }

    /// Lets `copy` take the newest slot until nobody wrote it meanwhile.
    pub fn read_with(
        &self,
        mut copy: impl FnMut(&SlotInfo, usize) -> Result<(), LutBoxError>,
    ) -> Result<SlotInfo, LutBoxError> {
        let slots = self.place.slots() as u64;
        for _ in 0..ATTEMPTS {
            let slot = (self.count() % slots) as usize;
            let seq = self.map.u64(self.map.slot(slot, SLOT_SEQ));
            let before = seq.load(Ordering::Acquire);
            if before == 0 || before & 1 == 1 {
                std::hint::spin_loop();
                continue;
            }
            let info = self.info(slot);
            copy(&info, slot)?;
            fence(Ordering::Acquire);
            if seq.load(Ordering::Relaxed) == before {
                return Ok(info);
            }
        }
        Err(LutBoxError::Segment {
            reason: "overwritten during every attempt",
        })
    }

    fn info(&self, slot: usize) -> SlotInfo {
        let field = |f| self.map.slot(slot, f);
        let wide = |f| self.map.u64(field(f)).load(Ordering::Relaxed);
        let narrow = |at| self.map.u32(at).load(Ordering::Relaxed);
        SlotInfo {
            edge: self.edge,
            size: [0, 1, 2].map(|i| narrow(OFF_SIZE + 4 * i)),
            layout: narrow(OFF_LAYOUT),
            generation: wide(SLOT_GENERATION),
            monotonic_ns: wide(SLOT_TIME),
            crc32: narrow(field(SLOT_CRC)),
            shaper_rows: narrow(field(SLOT_ROWS)),
            shaper_axis: narrow(field(SLOT_AXIS)),
            shaper_min: [0, 1, 2].map(|c| narrow(field(SLOT_MIN + 4 * c))),
            shaper_max: [0, 1, 2].map(|c| narrow(field(SLOT_MAX + 4 * c))),
        }
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
