//! Channels as Syphon servers, one a form.
//!
//! Messages of clients and announcement requests arrive on the main run loop: the program's main thread calls [`wait`] while it waits
//! for its end.
#![allow(
    unsafe_code,
    reason = "the default mode of run loops is a constant of the framework"
)]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use objc2_core_foundation::{CFRunLoop, kCFRunLoopDefaultMode};

use super::pixels::{FORMS, Form};
use super::server::Server;
use crate::output::{Output, Publication};
use crate::{ChannelId, Layout, LutBoxError};

/// Lets the main run loop work for `time`; to be called by the main thread.
pub fn wait(time: Duration) {
    // SAFETY: a constant of the framework.
    CFRunLoop::run_in_mode(unsafe { kCFRunLoopDefaultMode }, time.as_secs_f64(), false);
}

#[derive(Default)]
struct Shown {
    servers: Vec<(Form, Server)>,
    texels: Vec<[f32; 4]>,
}

/// Publishes channels to Syphon.
pub struct Syphon {
    layout: Layout,
    channels: Mutex<BTreeMap<ChannelId, Arc<Mutex<Shown>>>>,
}

impl std::fmt::Debug for Syphon {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Syphon")
            .field("layout", &self.layout)
            .finish_non_exhaustive()
    }
}

fn lock<T>(m: &Mutex<T>) -> MutexGuard<'_, T> {
    m.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Syphon {
    /// Servers whose textures have `layout`.
    pub fn new(layout: Layout) -> Self {
        Self {
            layout,
            channels: Mutex::default(),
        }
    }
}

impl Output for Syphon {
    fn publish(&self, p: &Publication<'_>) -> Result<(), LutBoxError> {
        let edge = p.lut.cube.edge();
        let size = self.layout.size(edge)?;
        let shown = lock(&self.channels)
            .entry(p.id.clone())
            .or_default()
            .clone();
        let mut shown = lock(&shown);
        let Shown { servers, texels } = &mut *shown;
        texels.resize(edge.pow(3), [0.0; 4]);
        self.layout.write(&p.lut.cube, texels);
        for form in FORMS {
            let surface = match form.surface_size(size) {
                Ok(s) => s,
                // A form that cannot hold this edge leaves rather than show another LUT; the floats hold every edge.
                Err(_) if form != Form::Float => {
                    servers.retain(|(f, _)| *f != form);
                    continue;
                }
                Err(e) => return Err(e),
            };
            let found = servers.iter().position(|(f, _)| *f == form);
            let at = match found {
                Some(i) => i,
                None => {
                    servers.push((form, Server::new(form, &p.id.stream())?));
                    servers.len() - 1
                }
            };
            servers[at].1.frame(surface, texels, size[0])?;
        }
        Ok(())
    }

    fn retire(&self, id: &ChannelId) {
        lock(&self.channels).remove(id);
    }
}
