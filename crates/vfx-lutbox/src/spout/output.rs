//! Channels as Spout senders.
//!
//! Direct3D 11 and kernel objects have no home thread, so the thread that publishes writes, under the sender's lock; one more thread
//! sends every LUT again at the heartbeat, for receivers that came late. A lost device is opened again by the next of either, from
//! the texels kept here (16 bytes an entry).

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use super::info::{RGBA32F, SenderInfo};
use super::surface::{Graphics, Texture};
use super::{Options, Registration};
use crate::output::{Output, Publication};
use crate::{ChannelId, Layout, LutBoxError};

fn lock<T>(m: &Mutex<T>) -> MutexGuard<'_, T> {
    m.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A sender, and what it shows.
#[derive(Debug)]
struct Sender {
    // Before the texture, so that the name goes first.
    registration: Option<Registration>,
    texture: Option<Texture>,
    size: [u32; 2],
    texels: Vec<[f32; 4]>,
}

#[derive(Debug)]
struct Shared {
    options: Options,
    graphics: Mutex<Option<Arc<Graphics>>>,
    senders: Mutex<BTreeMap<ChannelId, Arc<Mutex<Sender>>>>,
    stop: (Mutex<bool>, Condvar),
}

/// Publishes channels to Spout.
#[derive(Debug)]
pub struct Spout {
    layout: Layout,
    shared: Arc<Shared>,
    heart: Option<JoinHandle<()>>,
}

impl Spout {
    /// Senders whose textures have `layout`.
    ///
    /// # Errors
    ///
    /// If there is no such adapter, or no Direct3D 11.
    pub fn new(layout: Layout, options: Options) -> Result<Self, LutBoxError> {
        let graphics = Graphics::open(&options)?;
        let period = options.heartbeat;
        let shared = Arc::new(Shared {
            options,
            graphics: Mutex::new(Some(graphics)),
            senders: Mutex::default(),
            stop: (Mutex::new(false), Condvar::new()),
        });
        let mut heart = None;
        if !period.is_zero() {
            let shared = shared.clone();
            let beat = std::thread::Builder::new().name("lutbox-spout".into());
            let beat = beat.spawn(move || {
                let (stop, bell) = &shared.stop;
                let mut stopped = lock(stop);
                while !*stopped {
                    let woken = bell.wait_timeout(stopped, period);
                    stopped = woken.unwrap_or_else(PoisonError::into_inner).0;
                    if !*stopped {
                        drop(stopped);
                        shared.beat();
                        stopped = lock(stop);
                    }
                }
            });
            heart = Some(beat.map_err(LutBoxError::io("thread"))?);
        }
        Ok(Self {
            layout,
            shared,
            heart,
        })
    }

    /// What the texture of a channel holds, copied back from the device, and the name of its sender.
    ///
    /// # Errors
    ///
    /// If there is no such sender.
    pub fn read_back(&self, id: &ChannelId) -> Result<(String, Vec<[f32; 4]>), LutBoxError> {
        let sender = lock(&self.shared.senders).get(id).cloned();
        let none = || LutBoxError::NoChannel {
            channel: id.as_str().into(),
        };
        let sender = sender.ok_or_else(none)?;
        let sender = lock(&sender);
        let parts = sender.registration.as_ref().zip(sender.texture.as_ref());
        let (registration, texture) = parts.ok_or_else(none)?;
        Ok((registration.name().to_owned(), texture.download()?))
    }
}

impl Drop for Spout {
    fn drop(&mut self) {
        *lock(&self.shared.stop.0) = true;
        self.shared.stop.1.notify_all();
        if let Some(heart) = self.heart.take() {
            // A panic has been printed by its thread.
            let _ = heart.join();
        }
    }
}

impl Shared {
    /// Every sender once more. What fails is tried again at the next beat.
    fn beat(&self) {
        let all: Vec<_> = lock(&self.senders).values().cloned().collect();
        for sender in all {
            let mut sender = lock(&sender);
            if let Some(name) = sender.registration.as_ref().map(|r| r.name().to_owned()) {
                let _ = self.send(&mut sender, &name);
            }
        }
    }

    fn graphics(&self) -> Result<Arc<Graphics>, LutBoxError> {
        let mut current = lock(&self.graphics);
        if let Some(g) = current.as_ref().filter(|g| g.check().is_ok()) {
            return Ok(g.clone());
        }
        *current = None;
        let new = Graphics::open(&self.options)?;
        Ok(current.insert(new).clone())
    }

    /// Texture, name, block, frame, in this order.
    fn send(&self, s: &mut Sender, name: &str) -> Result<(), LutBoxError> {
        if !s.texture.as_ref().is_some_and(|t| t.serves(s.size)) {
            let texture = Texture::new(self.graphics()?, s.size, self.options.without_handle)?;
            let program = std::env::current_exe().unwrap_or_default();
            let info = SenderInfo {
                share_handle: texture.share_handle(),
                width: s.size[0],
                height: s.size[1],
                format: RGBA32F,
                usage: 0,
                description: program.to_string_lossy().into_owned(),
                partner: 0,
            };
            match &s.registration {
                Some(r) => r.describe(&info)?,
                None => s.registration = Some(Registration::new(name, &info)?),
            }
            s.texture = Some(texture);
        }
        match (&s.registration, &s.texture) {
            (Some(r), Some(t)) => r.frame(|| t.upload(&s.texels)),
            _ => unreachable!("both were just made"),
        }
    }
}

impl Output for Spout {
    fn publish(&self, p: &Publication<'_>) -> Result<(), LutBoxError> {
        let edge = p.lut.cube.edge();
        let [width, height, depth] = self.layout.size(edge)?;
        let sender = lock(&self.shared.senders).get(p.id).cloned();
        let new = sender.is_none();
        let sender = sender.unwrap_or_else(|| {
            Arc::new(Mutex::new(Sender {
                registration: None,
                texture: None,
                size: [0; 2],
                texels: Vec::new(),
            }))
        });
        let mut s = lock(&sender);
        s.size = [width as u32, (height * depth) as u32];
        s.texels.resize(edge.pow(3), [0.0; 4]);
        self.layout.write(&p.lut.cube, &mut s.texels);
        self.shared.send(&mut s, &p.id.stream())?;
        drop(s);
        if new {
            lock(&self.shared.senders).insert(p.id.clone(), sender);
        }
        Ok(())
    }

    fn retire(&self, id: &ChannelId) {
        lock(&self.shared.senders).remove(id);
    }
}
