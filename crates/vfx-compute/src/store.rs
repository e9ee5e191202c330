//! The one tile store: decoded tiles of files, and scratch that spills.
//!
//! Tiles are held in memory up to the budget, least recently used first out. A tile that can be decoded again is dropped; one
//! that cannot is written to an unlinked temporary file in the scratch folder. A tile being loaded is loaded once: others wait.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use vfx_core::{Budget, IoError, Planes, SampleType};

type Key = (u64, usize);

/// Tiles under one budget, shared by everything that runs together.
#[derive(Debug)]
pub struct TileStore {
    budget: usize,
    scratch: PathBuf,
    state: Mutex<State>,
    loaded: Condvar,
    next: AtomicU64,
}

#[derive(Debug, Default)]
struct State {
    entries: HashMap<Key, Entry>,
    /// Held tiles by last use.
    order: BTreeMap<u64, Key>,
    tick: u64,
    used: usize,
    peak: usize,
    file: Option<Arc<File>>,
    file_end: u64,
    spilled: u64,
    /// Planes given up by evicted tiles, for the next ones: freeing and allocating them in turn fragments the heap.
    free: Vec<Planes>,
    types: Vec<Arc<[SampleType]>>,
}

#[derive(Debug)]
enum Entry {
    Loading,
    Held {
        planes: Arc<Planes>,
        tick: u64,
        scratch: bool,
        place: Option<u64>,
    },
    Spilled {
        place: u64,
        width: usize,
        height: usize,
        samples: Arc<[SampleType]>,
    },
}

impl TileStore {
    /// An empty store with two fifths of a budget's memory: workers have the rest.
    pub fn new(budget: &Budget) -> Self {
        Self {
            budget: budget.memory / 5 * 2,
            scratch: budget.scratch.clone(),
            state: Mutex::default(),
            loaded: Condvar::new(),
            next: AtomicU64::new(1),
        }
    }
    /// A name for the tiles of one image.
    pub(crate) fn image(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }
    /// Bytes in memory at most so far, and bytes ever spilled.
    pub fn usage(&self) -> (usize, u64) {
        let s = self.lock();
        (s.peak, s.spilled)
    }
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("tile store lock")
    }
    /// Planes for a tile, with any content: used ones where there are some.
    pub(crate) fn planes(&self, width: usize, height: usize, samples: &[SampleType]) -> Planes {
        let mut s = self.lock();
        let fits = |p: &Planes| {
            (p.width(), p.height(), p.len()) == (width, height, samples.len())
                && p.views().iter().zip(samples).all(|(v, t)| v.sample() == *t)
        };
        match s.free.iter().rposition(fits) {
            Some(i) => s.free.swap_remove(i),
            None => {
                drop(s);
                Planes::new(width, height, samples.iter().copied())
            }
        }
    }
    /// Keeps a tile that cannot be made again.
    pub(crate) fn put(&self, key: Key, planes: Planes) -> Result<(), IoError> {
        let mut s = self.lock();
        self.hold(&mut s, key, Arc::new(planes), true, None)
    }
    /// A tile, loaded by `load` if it is not there.
    pub(crate) fn get(
        &self,
        key: Key,
        load: impl FnOnce() -> Result<Planes, IoError>,
    ) -> Result<Arc<Planes>, IoError> {
        let mut s = self.lock();
        loop {
            match s.entries.get(&key) {
                Some(Entry::Loading) => s = self.loaded.wait(s).expect("tile store lock"),
                Some(Entry::Held { planes, tick, .. }) => {
                    let (planes, tick) = (planes.clone(), *tick);
                    s.touch(key, tick);
                    return Ok(planes);
                }
                Some(Entry::Spilled {
                    place,
                    width,
                    height,
                    samples,
                }) => {
                    let (place, width, height, samples) =
                        (*place, *width, *height, samples.clone());
                    let file = s.file.clone().expect("spilled tiles have a file");
                    drop(s);
                    let mut planes = self.planes(width, height, &samples);
                    transfer(&mut planes, |bytes, at| {
                        file.read_exact_at(bytes, place + at)
                    })
                    .map_err(IoError::os("read scratch"))?;
                    let planes = Arc::new(planes);
                    s = self.lock();
                    if matches!(s.entries.get(&key), Some(Entry::Spilled { .. })) {
                        self.hold(&mut s, key, planes.clone(), true, Some(place))?;
                    }
                    return Ok(planes);
                }
                None => break,
            }
        }
        s.entries.insert(key, Entry::Loading);
        drop(s);
        let made = load();
        let mut s = self.lock();
        s.entries.remove(&key);
        self.loaded.notify_all();
        let planes = Arc::new(made?);
        self.hold(&mut s, key, planes.clone(), false, None)?;
        Ok(planes)
    }
    /// Forgets tiles of an image whose number is below `end`.
    pub(crate) fn retire(&self, image: u64, numbers: impl IntoIterator<Item = usize>) {
        let mut s = self.lock();
        for n in numbers {
            if matches!(s.entries.get(&(image, n)), Some(Entry::Held { .. }))
                && let Some(Entry::Held { planes, tick, .. }) = s.entries.remove(&(image, n))
            {
                s.used -= planes.bytes();
                s.order.remove(&tick);
                s.recycle(planes);
            }
        }
    }
    /// Forgets an image.
    pub(crate) fn forget(&self, image: u64) {
        let numbers: Vec<usize> = self
            .lock()
            .entries
            .keys()
            .filter(|k| k.0 == image)
            .map(|k| k.1)
            .collect();
        self.retire(image, numbers);
        self.lock()
            .entries
            .retain(|k, e| k.0 != image || matches!(e, Entry::Loading));
    }
    fn hold(
        &self,
        s: &mut State,
        key: Key,
        planes: Arc<Planes>,
        scratch: bool,
        place: Option<u64>,
    ) -> Result<(), IoError> {
        s.tick += 1;
        s.used += planes.bytes();
        s.peak = s.peak.max(s.used);
        let tick = s.tick;
        s.order.insert(tick, key);
        s.entries.insert(
            key,
            Entry::Held {
                planes,
                tick,
                scratch,
                place,
            },
        );
        while s.used > self.budget {
            // The newest stays, whatever its size: somebody is about to use it.
            let Some((&oldest, &victim)) = s.order.iter().next().filter(|(t, _)| **t != tick)
            else {
                break;
            };
            self.evict(s, oldest, victim)?;
        }
        Ok(())
    }
    fn evict(&self, s: &mut State, tick: u64, key: Key) -> Result<(), IoError> {
        s.order.remove(&tick);
        let Some(Entry::Held {
            planes,
            scratch,
            place,
            ..
        }) = s.entries.remove(&key)
        else {
            return Ok(());
        };
        s.used -= planes.bytes();
        if !scratch {
            s.recycle(planes);
            return Ok(());
        }
        let samples = s.interned(&planes);
        let at = match place {
            Some(at) => at,
            None => {
                if s.file.is_none() {
                    s.file = Some(Arc::new(
                        tempfile::tempfile_in(&self.scratch)
                            .map_err(IoError::os("create scratch"))?,
                    ));
                }
                let (file, at) = (s.file.clone().expect("made above"), s.file_end);
                let mut offset = at;
                for v in planes.views() {
                    let row = v.width() * v.sample().size();
                    // Rows without gaps go in one write.
                    let (count, bytes) = if row == v.stride() {
                        (1, row * v.height())
                    } else {
                        (v.height(), row)
                    };
                    for y in 0..count {
                        let from = y * v.stride();
                        file.write_all_at(&v.bytes()[from..from + bytes], offset)
                            .map_err(IoError::os("write scratch"))?;
                        offset += bytes as u64;
                    }
                }
                s.spilled += offset - at;
                s.file_end = offset;
                at
            }
        };
        s.entries.insert(
            key,
            Entry::Spilled {
                place: at,
                width: planes.width(),
                height: planes.height(),
                samples,
            },
        );
        s.recycle(planes);
        Ok(())
    }
}

impl State {
    /// The sample types of a tile, one list for all tiles that share them.
    fn interned(&mut self, planes: &Planes) -> Arc<[SampleType]> {
        let views = planes.views();
        let same = |t: &Arc<[SampleType]>| {
            t.len() == views.len() && t.iter().zip(&views).all(|(t, v)| *t == v.sample())
        };
        if let Some(t) = self.types.iter().find(|t| same(t)) {
            return t.clone();
        }
        let made: Arc<[SampleType]> = views.iter().map(|v| v.sample()).collect();
        self.types.push(made.clone());
        made
    }
    fn recycle(&mut self, planes: Arc<Planes>) {
        if self.free.len() < 64
            && let Ok(planes) = Arc::try_unwrap(planes)
        {
            self.free.push(planes);
        }
    }
    fn touch(&mut self, key: Key, was: u64) {
        self.order.remove(&was);
        self.tick += 1;
        let now = self.tick;
        self.order.insert(now, key);
        if let Some(Entry::Held { tick, .. }) = self.entries.get_mut(&key) {
            *tick = now;
        }
    }
}

/// Calls `each` with the samples of the planes, piece by piece, and their offset in the packed form.
fn transfer(
    planes: &mut Planes,
    mut each: impl FnMut(&mut [u8], u64) -> std::io::Result<()>,
) -> std::io::Result<()> {
    let mut at = 0;
    for mut v in planes.views_mut() {
        let row = v.width() * v.sample().size();
        let (stride, height) = (v.stride(), v.height());
        let (count, bytes) = if row == stride {
            (1, row * height)
        } else {
            (height, row)
        };
        for y in 0..count {
            let piece = &mut v.bytes()[y * stride..][..bytes];
            each(piece, at)?;
            at += bytes as u64;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn store_spills_and_reads_back() {
        let budget = Budget {
            memory: 64 << 10,
            threads: 1,
            scratch: std::env::temp_dir(),
        };
        let store = TileStore::new(&budget);
        let image = store.image();
        for n in 0..40u8 {
            let mut p = Planes::new(50, 40, [SampleType::U8, SampleType::F32]);
            p.plane_mut(0).row_bytes(7).fill(n);
            p.plane_mut(1).row::<f32>(39).fill(f32::from(n));
            store.put((image, n.into()), p).unwrap();
        }
        let (peak, spilled) = store.usage();
        assert!(peak <= 64 << 10 && spilled > 0, "{peak} {spilled}");
        for n in (0..40u8).rev() {
            let p = store.get((image, n.into()), || unreachable!()).unwrap();
            assert_eq!(p.plane(0).row_bytes(7)[49], n);
            assert_eq!(p.plane(1).row::<f32>(39)[0], f32::from(n));
        }
        store.forget(image);
        assert!(store.get((image, 3), || Err(IoError::Cancelled)).is_err());
    }
}
