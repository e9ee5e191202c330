#![no_main]
//! The parsers of the LUT box; the first byte picks one.

#[path = "../../crates/vfx-lutbox/tests/support/mod.rs"]
mod support;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if let Some((first, rest)) = data.split_first() {
        support::check(usize::from(*first) % support::PARSERS.len(), rest);
    }
});
