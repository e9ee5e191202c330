//! A fingerprint of an image's pixels.
//!
//! SHA-1 over the native samples, channels interleaved, rows from the top, little endian: what `oiiotool --hash` prints, for
//! images whose samples OpenImageIO hands out as they are. It differs there for straight alpha (OpenImageIO multiplies while
//! reading). Integers that fill no 8, 16 or 32 bits are widened by repeating their
//! bits, as OpenImageIO does for DPX (its TIFF reader scales and truncates: 10, 12 and 14 bit TIFF differ).

use crate::Error;
use crate::sha1::Sha1;
use std::sync::{Arc, Mutex};
use vfx_compute::{Image, Job};
use vfx_core::{
    ChunkEncoder, ChunkLayout, ChunkOrder, EncodedChunk, ImageSink, ImageSpec, IoError, PlanesRef,
    SampleFormat, Written,
};

/// Bytes of one strip, about.
const STRIP_BYTES: usize = 1 << 20;

/// SHA-1 of the native pixels in hexadecimal.
///
/// # Errors
/// What reading or computing gives.
pub fn pixel_sha1(job: &Job, image: &Image) -> Result<String, Error> {
    let mut spec = image.spec().clone();
    for c in &mut spec.channels {
        c.sampling = (1, 1);
    }
    let digest = Arc::new(Mutex::new(Some(Sha1::new())));
    if !spec.data_window.is_empty() && !spec.channels.is_empty() {
        let sink = Box::new(HashSink {
            specs: vec![spec],
            digest: digest.clone(),
        });
        job.run(vec![(vec![image.clone()], sink)])?;
    }
    let done = digest.lock().expect("hash lock").take();
    Ok(done.expect("a digest is taken once").finish())
}

struct HashSink {
    specs: Vec<ImageSpec>,
    digest: Arc<Mutex<Option<Sha1>>>,
}

/// Formats of the channels.
struct Interleave(Vec<SampleFormat>);

impl ImageSink for HashSink {
    fn specs(&self) -> &[ImageSpec] {
        &self.specs
    }
    fn layout(&self, image: usize) -> ChunkLayout {
        let spec = &self.specs[image];
        let rows = STRIP_BYTES / (spec.width() * spec.pixel_bytes()).max(1);
        ChunkLayout {
            window: spec.data_window,
            chunk: (spec.width(), rows.clamp(1, 64)),
            order: ChunkOrder::Increasing,
        }
    }
    fn encoder(&self, image: usize) -> Arc<dyn ChunkEncoder> {
        let channels = &self.specs[image].channels;
        Arc::new(Interleave(channels.iter().map(|c| c.format).collect()))
    }
    fn commit(&mut self, _: usize, chunk: EncodedChunk) -> Result<(), IoError> {
        if let Some(d) = &mut *self.digest.lock().expect("hash lock") {
            d.update(&chunk.bytes);
        }
        Ok(())
    }
    fn finish(self: Box<Self>) -> Result<Written, IoError> {
        Ok(Written::default())
    }
}

impl ChunkEncoder for Interleave {
    fn encode(&self, index: usize, planes: &PlanesRef<'_>) -> Result<EncodedChunk, IoError> {
        let (w, h) = planes.first().map_or((0, 0), |p| (p.width(), p.height()));
        let pixel: usize = planes.iter().map(|p| p.sample().size()).sum();
        let mut bytes = vec![0; w * h * pixel];
        let mut at = 0;
        for (p, format) in planes.iter().zip(&self.0) {
            let n = p.sample().size();
            let full = n as u32 * 8;
            let narrow = !format.is_float() && u32::from(format.bits) < full;
            for (y, out) in bytes.chunks_exact_mut(w * pixel).enumerate() {
                let samples = p.row_bytes(y).chunks_exact(n);
                for (out, s) in out.chunks_exact_mut(pixel).zip(samples) {
                    out[at..at + n].copy_from_slice(s);
                    if narrow {
                        widen(&mut out[at..at + n], format.bits.into(), full);
                    }
                }
            }
            at += n;
        }
        Ok(EncodedChunk {
            index,
            bytes,
            extra: 0,
        })
    }
}

/// Fills the low bits of a code value with copies of its high ones.
fn widen(sample: &mut [u8], bits: u32, full: u32) {
    let n = sample.len();
    let mut code = [0; 4];
    code[..n].copy_from_slice(sample);
    let mut v = u32::from_le_bytes(code) << (full - bits);
    let mut filled = bits.max(1);
    while filled < full {
        v |= v >> filled;
        filled *= 2;
    }
    sample.copy_from_slice(&v.to_le_bytes()[..n]);
}

#[cfg(test)]
mod tests {
    use super::widen;

    #[test]
    fn hash_widens_by_repeating_bits() {
        let wide = |v: u16, bits| {
            let mut s = v.to_le_bytes();
            widen(&mut s, bits, 16);
            u16::from_le_bytes(s)
        };
        assert_eq!(
            (wide(1023, 10), wide(0, 10), wide(512, 10)),
            (65535, 0, 0x8020)
        );
        let mut one = [1u8];
        widen(&mut one, 1, 8);
        assert_eq!(one, [255]);
    }
}
