//! SHA-1 (FIPS 180-4, 6.1), as a stream. A fingerprint that OpenImageIO prints too, not a defence.

/// A running digest.
pub(crate) struct Sha1 {
    state: [u32; 5],
    block: [u8; 64],
    filled: usize,
    bytes: u64,
}

impl Sha1 {
    pub fn new() -> Self {
        Self {
            // FIPS 180-4, 5.3.1.
            state: [
                0x6745_2301,
                0xefcd_ab89,
                0x98ba_dcfe,
                0x1032_5476,
                0xc3d2_e1f0,
            ],
            block: [0; 64],
            filled: 0,
            bytes: 0,
        }
    }
    pub fn update(&mut self, mut data: &[u8]) {
        self.bytes += data.len() as u64;
        if self.filled > 0 {
            let n = data.len().min(64 - self.filled);
            self.block[self.filled..self.filled + n].copy_from_slice(&data[..n]);
            self.filled += n;
            data = &data[n..];
            if self.filled < 64 {
                return;
            }
            let block = self.block;
            self.compress(&block);
            self.filled = 0;
        }
        let (blocks, rest) = data.as_chunks::<64>();
        for b in blocks {
            self.compress(b);
        }
        self.block[..rest.len()].copy_from_slice(rest);
        self.filled = rest.len();
    }
    /// Upper case hexadecimal digits, as OpenImageIO prints them.
    pub fn finish(mut self) -> String {
        let bits = self.bytes * 8;
        self.update(&[0x80]);
        while self.filled != 56 {
            self.update(&[0]);
        }
        self.update(&bits.to_be_bytes());
        self.state.iter().map(|v| format!("{v:08X}")).collect()
    }
    fn compress(&mut self, block: &[u8; 64]) {
        let mut w = [0u32; 80];
        for (w, b) in w.iter_mut().zip(block.as_chunks::<4>().0) {
            *w = u32::from_be_bytes(*b);
        }
        for t in 16..80 {
            w[t] = (w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16]).rotate_left(1);
        }
        let [mut a, mut b, mut c, mut d, mut e] = self.state;
        for (t, w) in w.iter().enumerate() {
            // FIPS 180-4, 4.1.1 and 4.2.1.
            let (f, k) = match t / 20 {
                0 => ((b & c) | (!b & d), 0x5a82_7999),
                1 => (b ^ c ^ d, 0x6ed9_eba1),
                2 => ((b & c) | (b & d) | (c & d), 0x8f1b_bcdc),
                _ => (b ^ c ^ d, 0xca62_c1d6u32),
            };
            let next = a
                .rotate_left(5)
                .wrapping_add(f)
                .wrapping_add(e)
                .wrapping_add(k)
                .wrapping_add(*w);
            (e, d, c, b, a) = (d, c, b.rotate_left(30), a, next);
        }
        for (s, v) in self.state.iter_mut().zip([a, b, c, d, e]) {
            *s = s.wrapping_add(v);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Sha1;

    #[test]
    fn sha1_matches_the_standard() {
        let digest = |parts: &[&[u8]]| {
            let mut s = Sha1::new();
            parts.iter().for_each(|p| s.update(p));
            s.finish()
        };
        assert_eq!(
            digest(&[b"abc"]),
            "A9993E364706816ABA3E25717850C26C9CD0D89D"
        );
        assert_eq!(digest(&[]), "DA39A3EE5E6B4B0D3255BFEF95601890AFD80709");
        let long = b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
        let whole = digest(&[long]);
        assert_eq!(whole, "84983E441C3BD26EBAAE4AA1F95129E5E54670F1");
        assert_eq!(digest(&[&long[..13], &long[13..]]), whole);
    }
}
