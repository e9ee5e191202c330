//! The bodies of the fuzz targets on the stable toolchain: random pictures into the encoder, damaged files into the decoder
//! in pieces and into the transforms.

mod decode_data;
#[path = "../../../fuzz/src/jpeg.rs"]
mod jpeg;

use decode_data::files;

/// Cases of each body.
fn cases() -> usize {
    let long = std::env::var_os("VFX_TEST_LONG").is_some();
    if long { 50_000 } else { 400 }
}

struct Random(u32);

impl Random {
    fn next(&mut self) -> usize {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) as usize
    }
    fn bytes(&mut self, n: usize) -> Vec<u8> {
        (0..n).map(|_| self.next() as u8).collect()
    }
}

#[test]
fn fuzz_encode_random_pictures() {
    let mut random = Random(3);
    for case in 0..cases() {
        // Long noise, or a little of it and black.
        let n = if case % 3 == 0 { 20_000 } else { 80 };
        let data = random.bytes(n);
        jpeg::encode(&data);
    }
}

#[test]
fn fuzz_split_and_transform_damaged_files() {
    let corpus: Vec<Vec<u8>> = files("")
        .iter()
        .filter_map(|p| std::fs::read(p).ok())
        .filter(|b| (5..20_000).contains(&b.len()))
        .collect();
    if corpus.is_empty() {
        return;
    }
    let mut random = Random(5);
    for _ in 0..cases() {
        let mut data = random.bytes(16);
        data.extend(&corpus[random.next() % corpus.len()]);
        for _ in 0..random.next() % 4 {
            let at = 16 + random.next() % (data.len() - 16);
            data[at] = random.next() as u8;
        }
        jpeg::split(&data);
        jpeg::transform(&data);
    }
}
