//! The static Huffman coding of 16-bit words that PIZ and DWA share.
//!
//! A table of code lengths, then the words with one extra symbol for runs. Source: `internal_huf.c` of OpenEXRCore.

mod bits;
mod code;
mod decoder;
mod encoder;
mod split;
mod stream;

pub(super) use code::code_depths;
pub(super) use decoder::Decoder;
pub(super) use encoder::Encoder;

#[cfg(test)]
mod tests {
    use super::*;

    /// Words whose codes are short, long, in runs, or of one length.
    fn contents() -> Vec<Vec<u16>> {
        let mut seed = 5u64;
        let mut next = move || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (seed >> 33) as u32
        };
        let n = 200_000;
        let mut skewed = |most: u32| -> Vec<u16> {
            let word = |r: u32, s: u32| (r % (1 << (s % most)).max(1)) as u16;
            (0..n).map(|_| word(next(), next())).collect()
        };
        let mut all = vec![skewed(6), skewed(14), skewed(16)];
        let mut runs = Vec::new();
        while runs.len() < n {
            let (word, length) = (next() as u16 & 15, next() as usize % 600);
            runs.extend(std::iter::repeat_n(word, length));
            runs.extend((0..next() % 50).map(|_| next() as u16 & 0x3ff));
        }
        all.push(runs);
        all.push((0..n).map(|_| next() as u16 & 0xff).collect());
        all.push((0..n).map(|_| next() as u16).collect());
        all.push(vec![7; n]);
        all.push([1, 2, 3].repeat(40));
        all
    }

    #[test]
    fn huffman_round_trips_from_two_places_at_once() {
        let (mut encoder, mut decoder) = (Encoder::default(), Decoder::default());
        for (case, words) in contents().into_iter().enumerate() {
            let mut packed = vec![0; words.len() * 4 + 100_000];
            let n = encoder.encode(&words, &mut packed).unwrap();
            let mut back = vec![0; words.len()];
            decoder.decode(&packed[..n], &mut back, true).unwrap();
            assert!(back == words, "case {case}");
            // The same from one place, as far as is asked.
            for part in [1, 100, words.len() / 3] {
                let mut back = vec![0; part];
                decoder.decode(&packed[..n], &mut back, false).unwrap();
                assert!(back == words[..part], "case {case}, {part} words");
            }
        }
    }

    #[test]
    fn huffman_damage_in_either_half_gives_the_verdict_of_one_decoder() {
        let (mut encoder, mut decoder) = (Encoder::default(), Decoder::default());
        for (case, words) in contents().into_iter().enumerate().take(4) {
            let mut packed = vec![0; words.len() * 4 + 100_000];
            let n = encoder.encode(&words, &mut packed).unwrap();
            for i in 1..40 {
                let mut broken = packed[..n].to_vec();
                let at = n - 1 - i * (n / 41);
                broken[at] ^= 1 << (i % 8);
                let mut together = vec![0; words.len()];
                let whole = decoder.decode(&broken, &mut together, true).is_ok();
                let mut alone = vec![0; words.len()];
                let single = decoder.decode(&broken, &mut alone, false).is_ok();
                // Alone and cut, the last run and leftover bits are not judged.
                assert!(!whole || single && together == alone, "case {case}, {at}");
            }
        }
    }
}
