//! Names and numbers of Syphon's announcements and messages.
//!
//! A server announces itself by distributed notifications whose object is its UUID; clients register at the message port of that name
//! and are told of frames at the port of theirs. Payloads are keyed archives.

use super::pixels::Form;

/// Prefix of UUIDs.
pub const UUID_PREFIX: &str = "info.v002.Syphon.";
/// `SyphonServerDescriptionDictionaryVersionKey`: its value is 0.
pub const VERSION_KEY: &str = "SyphonServerDescriptionDictionaryVersionKey";
/// The server's name.
pub const NAME_KEY: &str = "SyphonServerDescriptionNameKey";
/// The server's UUID.
pub const UUID_KEY: &str = "SyphonServerDescriptionUUIDKey";
/// The program's name.
pub const APP_KEY: &str = "SyphonServerDescriptionAppNameKey";
/// An array of dictionaries, one a kind of surface.
pub const SURFACES_KEY: &str = "SyphonServerDescriptionSurfacesKey";
/// Key of the kind of surface.
pub const SURFACE_KEY: &str = "SyphonSurfaceType";
/// The kind of surface.
pub const IO_SURFACE: &str = "SyphonSurfaceTypeIOSurface";

/// What a notification says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// A server is there.
    Announce,
    /// Its name changed.
    Update,
    /// It left.
    Retire,
    /// A client asks every server to announce itself.
    AnnounceRequest,
}

/// Name of a notification. RGBA floats have names of their own, so that only clients that know them see those servers.
pub fn notice_name(form: Form, notice: Notice) -> String {
    let family = match form {
        Form::Packed | Form::Preview => "info.v002.Syphon",
        Form::Float => "vfx.vglb.SyphonFloat",
    };
    let event = match notice {
        Notice::Announce => "ServerAnnounce",
        Notice::Update => "ServerUpdate",
        Notice::Retire => "ServerRetire",
        Notice::AnnounceRequest => "ServerAnnounceRequest",
    };
    format!("{family}.{event}")
}

/// What a client asks for; its payload is the client's UUID.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// Tell me the server's name.
    AddForInfo,
    /// Tell me of frames.
    AddForFrames,
    /// No longer the name.
    RemoveForInfo,
    /// No longer frames.
    RemoveForFrames,
}

impl Request {
    /// The request of a message's number.
    pub fn from_number(number: i32) -> Option<Self> {
        Some(match number {
            0 => Self::AddForInfo,
            1 => Self::AddForFrames,
            2 => Self::RemoveForInfo,
            3 => Self::RemoveForFrames,
            _ => return None,
        })
    }
}

/// Message to a client: the name of the server, a string.
pub const UPDATE_NAME: i32 = 0;
/// Message to a client: a new frame, no payload.
pub const NEW_FRAME: i32 = 1;
/// Message to a client: the number of the surface, an unsigned 32-bit number.
pub const UPDATE_SURFACE: i32 = 2;
/// Message to a client: the server leaves, no payload.
pub const RETIRE: i32 = 3;

/// Who wants to be told what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Clients {
    /// UUIDs of those that want the name.
    pub info: Vec<String>,
    /// UUIDs of those that want frames.
    pub frames: Vec<String>,
}

/// Clients of one server, at most.
const MAX_CLIENTS: usize = 64;

impl Clients {
    /// Does what a client asks for; whether it is new, and must be told the state.
    pub fn apply(&mut self, request: Request, client: &str) -> bool {
        let list = match request {
            Request::AddForInfo | Request::RemoveForInfo => &mut self.info,
            Request::AddForFrames | Request::RemoveForFrames => &mut self.frames,
        };
        let add = matches!(request, Request::AddForInfo | Request::AddForFrames);
        if !add {
            list.retain(|c| c != client);
        } else if list.len() < MAX_CLIENTS && !list.iter().any(|c| c == client) {
            list.push(client.to_owned());
            return true;
        }
        false
    }

    /// Forgets a client whose port is gone.
    pub fn forget(&mut self, client: &str) {
        self.info.retain(|c| c != client);
        self.frames.retain(|c| c != client);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn float_servers_have_announcements_of_their_own() {
        let name = |f| notice_name(f, Notice::Announce);
        assert_eq!(name(Form::Packed), "info.v002.Syphon.ServerAnnounce");
        assert_eq!(name(Form::Preview), name(Form::Packed));
        assert_ne!(name(Form::Float), name(Form::Packed));
    }

    #[test]
    fn clients_come_and_go_by_their_requests() {
        let mut c = Clients::default();
        let number = |n| Request::from_number(n).unwrap();
        assert!(c.apply(number(0), "a") && c.apply(number(1), "a") && !c.apply(number(1), "a"));
        assert_eq!((c.info.len(), c.frames.len()), (1, 1));
        assert!(!c.apply(number(2), "a"));
        assert_eq!((c.info.len(), c.frames.len()), (0, 1));
        c.forget("a");
        assert_eq!(c, Clients::default());
        for i in 0..1000 {
            c.apply(number(1), &i.to_string());
        }
        assert_eq!(c.frames.len(), MAX_CLIENTS);
        assert_eq!(Request::from_number(4), None);
    }
}
