//! How the C library's allocator gives memory back.
//!
//! glibc raises the size from which on blocks are mapped by themselves each time one of them is freed, up to 32 MB. Strips
//! and decoded chunks then come from arenas that are never trimmed: a turned 2.7 GB picture under `--memory 64M` on two
//! threads held 129 MB instead of 30 MB. A fixed size keeps what is freed from staying.
#![allow(unsafe_code, reason = "one call of the C library")]

/// Blocks from here on go back to the system when they are freed.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const MAPPED_FROM: libc::c_int = 1 << 20;

/// Fixes the size from which on blocks are mapped by themselves, unless the environment does.
pub fn give_back_large_blocks() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    if std::env::var_os("MALLOC_MMAP_THRESHOLD_").is_none() {
        // SAFETY: mallopt takes two integers and is called before any thread is started.
        unsafe { libc::mallopt(libc::M_MMAP_THRESHOLD, MAPPED_FROM) };
    }
}
