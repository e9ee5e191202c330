//! vfx-rs: one engine for stills, sequences and video.
