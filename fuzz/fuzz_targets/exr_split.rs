#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let seed = data
        .iter()
        .rev()
        .take(8)
        .fold(0, |v, b| v << 8 | u64::from(*b));
    vfx_fuzz::exr::checks::split(data, seed);
});
