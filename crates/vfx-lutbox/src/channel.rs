//! Channels: independent grades by name, each with its last good LUT, its CDL, and what they make together.
//!
//! One lock a channel: the holder updates the inputs, computes and publishes, so readers see whole LUTs in the order of arrival. An
//! update that finds a newer one waiting leaves the publication to it (coalescing), so that a flood queues nothing. What is published
//! is in `grade`; without a CDL, curves and inverse the received bits pass unchanged.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::grade::{self, Curves, Parts};
use crate::output::{Output, Publication};
use crate::store::Store;
use crate::{CdlValues, Layout, Lut, LutBoxError, Shaper};

/// Channels of one service, at most.
pub const MAX_CHANNELS: usize = 32;
const MAX_INSTANCE: usize = 64;

/// The name of a channel: the client's `instance` with unusual characters percent-escaped, or `@default`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChannelId(String);

impl ChannelId {
    /// The channel of clients that name none. `@` is escaped in instances, so no instance collides with it.
    pub const DEFAULT: &'static str = "@default";

    /// The channel of an `instance`.
    ///
    /// # Errors
    ///
    /// If the trimmed name is empty or longer than 64 bytes.
    pub fn from_instance(instance: Option<&str>) -> Result<Self, LutBoxError> {
        let Some(name) = instance.map(str::trim) else {
            return Ok(Self(Self::DEFAULT.into()));
        };
        if name.is_empty() || name.len() > MAX_INSTANCE {
            let found = format!("{} bytes", name.len());
            return Err(LutBoxError::message("instance", found, "1 to 64 bytes"));
        }
        let mut out = String::with_capacity(name.len());
        for b in name.bytes() {
            if b.is_ascii_alphanumeric() || b" ._-".contains(&b) {
                out.push(char::from(b));
            } else {
                out.push_str(&format!("%{b:02X}"));
            }
        }
        Ok(Self(out))
    }

    /// The channel that a user names: `@default`, or an instance.
    ///
    /// # Errors
    ///
    /// As [`ChannelId::from_instance`].
    pub fn from_user(name: &str) -> Result<Self, LutBoxError> {
        Self::from_instance(Some(name).filter(|n| *n != Self::DEFAULT))
    }

    /// An already escaped name.
    pub(crate) fn from_stored(name: &str) -> Option<Self> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b" ._-%".contains(&b);
        let fits = name == Self::DEFAULT
            || (!name.is_empty() && name.len() <= 3 * MAX_INSTANCE && name.bytes().all(plain));
        fits.then(|| Self(name.to_owned()))
    }

    /// The escaped name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name under which textures are announced.
    pub fn stream(&self) -> String {
        if self.0 == Self::DEFAULT {
            "OpenGradeIO-LUT".into()
        } else {
            format!("vglb-lut-{}", self.0)
        }
    }
}

/// What a channel holds.
#[derive(Clone, Debug)]
pub struct ChannelState {
    /// The last good LUT; none before the first.
    pub lut: Option<Arc<Lut>>,
    /// The CDL before it.
    pub cdl: CdlValues,
    /// Curves: two before the LUT, two after it.
    pub curves: Curves,
    /// Publish the inverse.
    pub invert: bool,
    /// Publications so far.
    pub generation: u64,
    /// Edge of what is published.
    pub edge: usize,
}

#[derive(Debug)]
struct Channel {
    id: ChannelId,
    /// Updates that have asked for the lock.
    waiting: AtomicU64,
    state: Mutex<ChannelState>,
    /// When something was published last; held together with `state`.
    published: Mutex<Option<Instant>>,
}

/// The channels and where they are published.
#[derive(Debug)]
pub struct Channels {
    map: Mutex<BTreeMap<ChannelId, Arc<Channel>>>,
    outputs: Vec<Box<dyn Output>>,
    store: Option<Store>,
    edge: usize,
}

const COALESCE: Duration = Duration::from_millis(2);

fn lock<T>(m: &Mutex<T>) -> MutexGuard<'_, T> {
    // State changes only after everything that can fail; a panic elsewhere leaves it whole.
    m.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Channels {
    /// Channels that publish to `outputs`, with what `store` remembers.
    pub fn new(outputs: Vec<Box<dyn Output>>, store: Option<Store>) -> Self {
        Self::with_edge(outputs, store, Layout::default().usual_edge())
    }

    /// As [`Channels::new`]; a channel that has a CDL and no LUT publishes a lattice of `edge` entries an edge.
    pub fn with_edge(outputs: Vec<Box<dyn Output>>, store: Option<Store>, edge: usize) -> Self {
        let remembered = store.as_ref().map(Store::load_all).unwrap_or_default();
        let out = Self {
            map: Mutex::default(),
            outputs,
            store,
            edge,
        };
        for r in remembered {
            // A channel that cannot be published any more is left out; its file stays.
            let _ = out.update(&r.id, false, |s| {
                s.lut = r.lut;
                s.cdl = r.cdl;
                s.curves = r.curves;
                s.invert = r.invert;
            });
        }
        out
    }

    /// A new LUT.
    ///
    /// # Errors
    ///
    /// If there are too many channels or it cannot be published; the last good one stays.
    pub fn set_lut(&self, id: &ChannelId, lut: impl Into<Arc<Lut>>) -> Result<(), LutBoxError> {
        let lut = lut.into();
        self.update(id, true, move |s| s.lut = Some(lut))
    }

    /// A new CDL.
    ///
    /// # Errors
    ///
    /// As [`Channels::set_lut`].
    pub fn set_cdl(&self, id: &ChannelId, cdl: CdlValues) -> Result<(), LutBoxError> {
        self.update(id, true, move |s| s.cdl = cdl)
    }

    /// A new curve, or none: 1 and 2 stand before the lattice, 3 and 4 after it. The first is the shaper of HDR input.
    ///
    /// # Errors
    ///
    /// As [`Channels::set_lut`], and if there is no such curve.
    pub fn set_curve(
        &self,
        id: &ChannelId,
        number: usize,
        curve: Option<Shaper>,
    ) -> Result<(), LutBoxError> {
        if !(1..=4).contains(&number) {
            return Err(LutBoxError::message("curve", number.to_string(), "1 to 4"));
        }
        let curve = curve.map(Arc::new);
        self.update(id, true, move |s| s.curves[number - 1] = curve)
    }

    /// Publish the inverse of the grade, or the grade.
    ///
    /// # Errors
    ///
    /// As [`Channels::set_lut`].
    pub fn set_invert(&self, id: &ChannelId, invert: bool) -> Result<(), LutBoxError> {
        self.update(id, true, move |s| s.invert = invert)
    }

    /// Forgets a channel and its file; consumers are told that it ended.
    ///
    /// # Errors
    ///
    /// If there is none, or its file cannot be removed.
    pub fn remove(&self, id: &ChannelId) -> Result<(), LutBoxError> {
        let found = lock(&self.map).remove(id);
        found.ok_or_else(|| LutBoxError::NoChannel {
            channel: id.0.clone(),
        })?;
        for o in &self.outputs {
            o.retire(id);
        }
        self.store.as_ref().map_or(Ok(()), |s| s.remove(id))
    }

    /// Names and states.
    pub fn list(&self) -> Vec<(ChannelId, ChannelState)> {
        let all: Vec<_> = lock(&self.map).values().cloned().collect();
        all.iter()
            .map(|c| (c.id.clone(), lock(&c.state).clone()))
            .collect()
    }

    /// The state of one channel.
    pub fn get(&self, id: &ChannelId) -> Option<ChannelState> {
        let channel = lock(&self.map).get(id).cloned()?;
        Some(lock(&channel.state).clone())
    }

    /// What is published now.
    ///
    /// # Errors
    ///
    /// If there is no such channel.
    pub fn published(&self, id: &ChannelId) -> Result<Arc<Lut>, LutBoxError> {
        let state = self.get(id).ok_or_else(|| LutBoxError::NoChannel {
            channel: id.0.clone(),
        })?;
        self.combined(&state)
    }

    fn channel(&self, id: &ChannelId) -> Result<(Arc<Channel>, bool), LutBoxError> {
        let mut map = lock(&self.map);
        if let Some(c) = map.get(id) {
            return Ok((c.clone(), false));
        }
        if map.len() >= MAX_CHANNELS {
            return Err(LutBoxError::Limit {
                what: "channels",
                limit: MAX_CHANNELS as u64,
            });
        }
        let state = ChannelState {
            lut: None,
            cdl: CdlValues::default(),
            curves: Curves::default(),
            invert: false,
            generation: 0,
            edge: self.edge,
        };
        let channel = Arc::new(Channel {
            id: id.clone(),
            waiting: AtomicU64::new(0),
            state: Mutex::new(state),
            published: Mutex::new(None),
        });
        map.insert(id.clone(), channel.clone());
        Ok((channel, true))
    }

    fn update(
        &self,
        id: &ChannelId,
        remember: bool,
        change: impl FnOnce(&mut ChannelState),
    ) -> Result<(), LutBoxError> {
        let (channel, new) = self.channel(id)?;
        let ticket = channel.waiting.fetch_add(1, Ordering::AcqRel) + 1;
        let mut state = lock(&channel.state);
        let mut next = state.clone();
        change(&mut next);
        let recent = lock(&channel.published).is_some_and(|t| t.elapsed() < COALESCE);
        if recent && channel.waiting.load(Ordering::Acquire) != ticket {
            // A newer update waits for this lock and will publish both. Only shortly after a publication: an endless queue
            // must not keep everything back.
            *state = next;
            return Ok(());
        }
        let result = self.publish(id, &mut next);
        if result.is_ok() {
            *lock(&channel.published) = Some(Instant::now());
        }
        match &result {
            Ok(()) => {
                *state = next;
                if let (Some(store), true) = (&self.store, remember) {
                    store.remember(id, &state);
                }
            }
            Err(_) if new => {
                drop(state);
                lock(&self.map).remove(id);
            }
            Err(_) => {}
        }
        result
    }

    fn publish(&self, id: &ChannelId, state: &mut ChannelState) -> Result<(), LutBoxError> {
        let lut = self.combined(state)?;
        state.generation += 1;
        state.edge = lut.cube.edge();
        let publication = Publication {
            id,
            lut: &lut,
            generation: state.generation,
        };
        for o in &self.outputs {
            o.publish(&publication)?;
        }
        Ok(())
    }

    /// Ends every output.
    pub fn close(&self) {
        for (id, _) in self.list() {
            for o in &self.outputs {
                o.retire(&id);
            }
        }
        if let Some(s) = &self.store {
            s.flush();
        }
    }

    fn combined(&self, state: &ChannelState) -> Result<Arc<Lut>, LutBoxError> {
        let plain =
            state.cdl.is_neutral() && !state.invert && state.curves.iter().all(Option::is_none);
        match &state.lut {
            Some(lut) if plain => Ok(lut.clone()),
            lut => {
                let parts = Parts {
                    lut: lut.as_deref(),
                    curves: &state.curves,
                    cdl: &state.cdl,
                    invert: state.invert,
                    edge: self.edge,
                };
                grade::bake(&parts).map(Arc::new)
            }
        }
    }
}
