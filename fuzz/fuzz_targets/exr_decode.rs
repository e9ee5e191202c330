#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    // A refusal is as good as samples.
    let _ = vfx_fuzz::exr::checks::exercise(data.to_vec());
});
