//! Message ports and announcements: what Syphon's servers and clients say to each other.
#![allow(unsafe_code, reason = "calls of Core Foundation and Foundation")]

use std::ffi::c_void;
use std::sync::Arc;

use objc2::ClassType;
use objc2::rc::Retained;
use objc2::runtime::AnyObject;
use objc2_core_foundation::{
    CFData, CFDictionary, CFMessagePort, CFMessagePortContext, CFNotificationCenter,
    CFNotificationSuspensionBehavior, CFRetained, CFRunLoop, CFRunLoopSource, CFString,
    kCFMessagePortIsInvalid, kCFMessagePortSuccess, kCFRunLoopCommonModes,
};
use objc2_foundation::{NSData, NSKeyedArchiver, NSKeyedUnarchiver, NSNumber, NSString};

use super::surface::failed;
use crate::LutBoxError;

/// Syphon itself waits 60 s; here a frame is sent by the thread that publishes, which no client may hold up.
const SEND_SECONDS: f64 = 0.1;

/// What a message carries.
pub(super) enum Payload<'a> {
    Nothing,
    Text(&'a str),
    Number(u32),
}

fn archive(object: &AnyObject) -> Option<CFRetained<CFData>> {
    // SAFETY: strings and numbers support secure coding.
    let data = unsafe {
        NSKeyedArchiver::archivedDataWithRootObject_requiringSecureCoding_error(object, true)
    };
    Some(CFData::from_bytes(&data.ok()?.to_vec()))
}

fn unarchive(data: &CFData) -> Option<String> {
    let data = NSData::with_bytes(&data.to_vec());
    // SAFETY: the class is that of the result.
    let object: Retained<AnyObject> = unsafe {
        NSKeyedUnarchiver::unarchivedObjectOfClass_fromData_error(NSString::class(), &data)
    }
    .ok()?;
    let text = object.downcast::<NSString>().ok()?;
    Some(text.to_string())
}

/// Sends a message to the port of a client; whether the port is still there.
pub(super) fn send(client: &str, message: i32, payload: &Payload<'_>) -> bool {
    let name = CFString::from_str(client);
    let Some(port) = CFMessagePort::new_remote(None, Some(&name)) else {
        return false;
    };
    let data = match payload {
        Payload::Nothing => None,
        Payload::Text(t) => archive(&NSString::from_str(t)),
        Payload::Number(n) => archive(&NSNumber::numberWithUnsignedInt(*n)),
    };
    // SAFETY: no reply is waited for, so there is none to be returned.
    let status = unsafe {
        let none = std::ptr::null_mut();
        port.send_request(message, data.as_deref(), SEND_SECONDS, 0.0, None, none)
    };
    port.invalidate();
    // A client that is slow misses this message and gets the next.
    status == kCFMessagePortSuccess || status != kCFMessagePortIsInvalid
}

type Receive = dyn Fn(i32, String) + Send + Sync;

/// A local port whose messages `receive` gets on the main run loop; ends when dropped.
pub(super) struct Port {
    port: CFRetained<CFMessagePort>,
    source: CFRetained<CFRunLoopSource>,
}

// SAFETY: ports and run loop sources may be invalidated from any thread; nothing else is done with them.
unsafe impl Send for Port {}
// SAFETY: as above.
unsafe impl Sync for Port {}

unsafe extern "C-unwind" fn arrived(
    _port: *mut CFMessagePort,
    message: i32,
    data: *const CFData,
    info: *mut c_void,
) -> *const CFData {
    // SAFETY: `info` is the boxed closure of `Port::new`, alive until the port releases it; `data` is null or valid for the call.
    unsafe {
        let receive = &*info.cast::<Arc<Receive>>().cast_const();
        if let Some(client) = data.as_ref().and_then(unarchive) {
            receive(message, client);
        }
    }
    std::ptr::null()
}

unsafe extern "C-unwind" fn released(info: *const c_void) {
    // SAFETY: made by `Box::into_raw` in `Port::new`, released once by the port.
    drop(unsafe { Box::from_raw(info.cast_mut().cast::<Arc<Receive>>()) });
}

impl Port {
    pub fn new(name: &str, receive: Arc<Receive>) -> Result<Self, LutBoxError> {
        let info = Box::into_raw(Box::new(receive));
        let mut context = CFMessagePortContext {
            version: 0,
            info: info.cast(),
            retain: None,
            release: Some(released),
            copyDescription: None,
        };
        let mut free_info = 0;
        // SAFETY: the context outlives the call; the callbacks fit its info.
        let port = unsafe {
            CFMessagePort::new_local(
                None,
                Some(&CFString::from_str(name)),
                Some(arrived),
                &raw mut context,
                &raw mut free_info,
            )
        };
        if port.is_none() || free_info != 0 {
            // SAFETY: the port did not take the info over.
            drop(unsafe { Box::from_raw(info) });
        }
        let none = || failed("CFMessagePortCreateLocal", "no port");
        let port = port.filter(|_| free_info == 0).ok_or_else(none)?;
        let source = CFMessagePort::new_run_loop_source(None, Some(&port), 0).ok_or_else(none)?;
        let main = CFRunLoop::main().ok_or_else(none)?;
        // SAFETY: a constant of the framework.
        main.add_source(Some(&source), unsafe { kCFRunLoopCommonModes });
        Ok(Self { port, source })
    }
}

impl Drop for Port {
    fn drop(&mut self) {
        self.source.invalidate();
        self.port.invalidate();
    }
}

/// Posts a distributed notification at once.
pub(super) fn post(name: &str, object: &str, about: &CFDictionary) {
    let Some(center) = CFNotificationCenter::distributed_center() else {
        return;
    };
    let object = CFString::from_str(object);
    // SAFETY: distributed notifications have a string as object and a property list as information.
    unsafe {
        let object: *const CFString = &raw const *object;
        center.post_notification(
            Some(&CFString::from_str(name)),
            object.cast(),
            Some(about),
            true,
        );
    }
}

type Hear = dyn Fn() + Send + Sync;

/// Calls `hear` on the main run loop for every notification of a name; ends when dropped.
pub(super) struct Observer(*mut Arc<Hear>);

// SAFETY: the pointer is a token for the centre; what it points to is `Send` and `Sync`.
unsafe impl Send for Observer {}
// SAFETY: as above.
unsafe impl Sync for Observer {}

unsafe extern "C-unwind" fn heard(
    _center: *mut CFNotificationCenter,
    observer: *mut c_void,
    _name: *const CFString,
    _object: *const c_void,
    _about: *const CFDictionary,
) {
    // SAFETY: the observer of `Observer::new`, which is never freed while a notification may be under way (see `drop`).
    let hear = unsafe { &*observer.cast::<Arc<Hear>>().cast_const() };
    hear();
}

impl Observer {
    pub fn new(name: &str, hear: Arc<Hear>) -> Self {
        let token = Box::into_raw(Box::new(hear));
        if let Some(center) = CFNotificationCenter::distributed_center() {
            // SAFETY: the token lives until after its removal; the callback fits it.
            unsafe {
                center.add_observer(
                    token.cast_const().cast(),
                    Some(heard),
                    Some(&CFString::from_str(name)),
                    std::ptr::null(),
                    CFNotificationSuspensionBehavior::DeliverImmediately,
                );
            }
        }
        Self(token)
    }
}

impl Drop for Observer {
    fn drop(&mut self) {
        if let Some(center) = CFNotificationCenter::distributed_center() {
            // SAFETY: added under this token.
            unsafe { center.remove_every_observer(self.0.cast_const().cast()) };
        }
        // The main thread may be in the callback at this moment: the closure (a weak reference) stays, one a channel and form.
    }
}
