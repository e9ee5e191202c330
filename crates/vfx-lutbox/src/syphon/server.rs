//! One Syphon server: a name, two surfaces that take turns, and the clients that are told.
//!
//! A LUT is written into the surface that clients do not have, then they are told its number and that there is a frame; so nobody
//! reads a LUT that is half written.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use objc2_core_foundation::{
    CFArray, CFDictionary, CFNumber, CFRetained, CFString, CFType, CFUUID,
};

use super::pixels::Form;
use super::port::{Observer, Payload, Port, post, send};
use super::protocol::{
    APP_KEY, Clients, IO_SURFACE, NAME_KEY, NEW_FRAME, Notice, RETIRE, Request, SURFACE_KEY,
    SURFACES_KEY, UPDATE_NAME, UPDATE_SURFACE, UUID_KEY, UUID_PREFIX, VERSION_KEY, notice_name,
};
use super::surface::{Surface, failed};
use crate::LutBoxError;

fn lock<T>(m: &Mutex<T>) -> MutexGuard<'_, T> {
    m.lock().unwrap_or_else(PoisonError::into_inner)
}

#[derive(Default)]
struct State {
    clients: Clients,
    /// The surface that clients have, and the one before.
    surfaces: [Option<Surface>; 2],
}

struct Shared {
    form: Form,
    name: String,
    uuid: String,
    state: Mutex<State>,
}

/// A server; retires when dropped.
pub(super) struct Server {
    shared: Arc<Shared>,
    // They end before the clients are told.
    port: Option<Port>,
    observer: Option<Observer>,
}

fn new_uuid() -> Result<String, LutBoxError> {
    let uuid = CFUUID::new(None).and_then(|u| CFUUID::new_string(None, Some(&u)));
    let uuid = uuid.ok_or_else(|| failed("CFUUIDCreate", "no UUID"))?;
    Ok(format!("{UUID_PREFIX}{uuid}"))
}

impl Server {
    /// Announces a server of a stream.
    pub fn new(form: Form, stream: &str) -> Result<Self, LutBoxError> {
        let shared = Arc::new(Shared {
            form,
            name: form.server_name(stream),
            uuid: new_uuid()?,
            state: Mutex::default(),
        });
        let weak = Arc::downgrade(&shared);
        let receive = move |message: i32, client: String| {
            if let Some((s, request)) = weak.upgrade().zip(Request::from_number(message)) {
                s.request(request, &client);
            }
        };
        let port = Port::new(&shared.uuid, Arc::new(receive))?;
        let weak: Weak<Shared> = Arc::downgrade(&shared);
        let hear = move || {
            if let Some(s) = weak.upgrade() {
                s.notify(Notice::Announce);
            }
        };
        let asked = notice_name(form, Notice::AnnounceRequest);
        let observer = Observer::new(&asked, Arc::new(hear));
        shared.notify(Notice::Announce);
        Ok(Self {
            shared,
            port: Some(port),
            observer: Some(observer),
        })
    }

    /// Shows a LUT: rows of `width` texels.
    pub fn frame(
        &self,
        size: [usize; 2],
        texels: &[[f32; 4]],
        width: usize,
    ) -> Result<(), LutBoxError> {
        let s = &self.shared;
        let mut state = lock(&s.state);
        let old = state.surfaces[1].take();
        let surface = match old.filter(|o| o.size() == size) {
            Some(o) => o,
            None => Surface::new(s.form, size)?,
        };
        surface.write(texels, width)?;
        let id = surface.id();
        state.surfaces[1] = state.surfaces[0].replace(surface);
        s.tell(&mut state.clients, UPDATE_SURFACE, &Payload::Number(id));
        s.tell(&mut state.clients, NEW_FRAME, &Payload::Nothing);
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.observer = None;
        self.port = None;
        let mut state = lock(&self.shared.state);
        self.shared
            .tell(&mut state.clients, RETIRE, &Payload::Nothing);
        self.shared.notify(Notice::Retire);
    }
}

impl Shared {
    /// To all clients of frames; those whose port is gone are forgotten.
    fn tell(&self, clients: &mut Clients, message: i32, payload: &Payload<'_>) {
        for client in clients.frames.clone() {
            if !send(&client, message, payload) {
                clients.forget(&client);
            }
        }
    }

    fn request(&self, request: Request, client: &str) {
        let mut state = lock(&self.state);
        if !state.clients.apply(request, client) {
            return;
        }
        let alive = match (request, &state.surfaces[0]) {
            (Request::AddForInfo, _) => send(client, UPDATE_NAME, &Payload::Text(&self.name)),
            (_, Some(surface)) => {
                send(client, UPDATE_SURFACE, &Payload::Number(surface.id()))
                    && send(client, NEW_FRAME, &Payload::Nothing)
            }
            (_, None) => true,
        };
        if !alive {
            state.clients.forget(client);
        }
    }

    fn notify(&self, notice: Notice) {
        post(
            &notice_name(self.form, notice),
            &self.uuid,
            self.description().as_opaque(),
        );
    }

    fn description(&self) -> CFRetained<CFDictionary<CFString, CFType>> {
        let text = CFString::from_str;
        let (version, name, uuid) = (CFNumber::new_i32(0), text(&self.name), text(&self.uuid));
        let program = std::env::current_exe().unwrap_or_default();
        let program = program.file_stem().unwrap_or_default().to_string_lossy();
        let program = text(&program);
        let kind = CFDictionary::from_slices(&[&*text(SURFACE_KEY)], &[&*text(IO_SURFACE)]);
        let kinds = CFArray::from_objects(&[&*kind]);
        let keys = [VERSION_KEY, NAME_KEY, UUID_KEY, APP_KEY, SURFACES_KEY].map(text);
        let keys: Vec<&CFString> = keys.iter().map(|k| &**k).collect();
        let values: [&CFType; 5] = [&version, &name, &uuid, &program, kinds.as_opaque()];
        CFDictionary::from_slices(&keys, &values)
    }
}
