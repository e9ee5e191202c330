#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| vfx_fuzz::jpeg::read(data));
