//! Syphon sender of macOS: each channel is announced three times, because clients of Syphon take every surface for 8-bit BGRA.
//!
//! Own code after the announcements, messages and surfaces of Syphon (Syphon-Framework b834acd); no framework is linked. The forms
//! are in [`pixels`]: packed floats and an 8-bit preview for any client, RGBA floats under announcements of our own for clients that
//! know them. Compiled for macOS, not run there. The parts without calls of macOS are compiled and tested everywhere.

pub mod pixels;
pub mod protocol;

#[cfg(target_os = "macos")]
mod output;
#[cfg(target_os = "macos")]
mod port;
#[cfg(target_os = "macos")]
mod server;
#[cfg(target_os = "macos")]
mod surface;

#[cfg(target_os = "macos")]
pub use output::{Syphon, wait};
