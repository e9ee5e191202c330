#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| _ = vfx_fuzz::exr::checks::exercise(data.to_vec()));
