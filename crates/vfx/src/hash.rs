//! A fingerprint of an image's pixels.
//!
//! SHA-1 over the native samples, channels interleaved, rows from the top, little endian: what `oiiotool --hash` prints, for
//! images whose samples OpenImageIO hands out as they are. It differs there for straight alpha (OpenImageIO multiplies while
//! reading). Integers that fill no 8, 16 or 32 bits are widened to full scale first, as OpenImageIO does.

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
        if !c.format.is_float() {
            c.format = SampleFormat::unsigned(c.format.size() as u8 * 8);
        }
    }
    let digest = Arc::new(Mutex::new(Some(Sha1::new())));
    if !spec.data_window.is_empty() && !spec.channels.is_empty() {
        let sink = Box::new(HashSink {
            specs: vec![spec],
            digest: digest.clone(),
        });
        job.run(std::slice::from_ref(image), sink)?;
    }
    let done = digest.lock().expect("hash lock").take();
    Ok(done.expect("a digest is taken once").finish())
}

struct HashSink {
    specs: Vec<ImageSpec>,
    digest: Arc<Mutex<Option<Sha1>>>,
}

struct Interleave;

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
    fn encoder(&self, _: usize) -> Arc<dyn ChunkEncoder> {
        Arc::new(Interleave)
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
        for p in planes.iter() {
            let n = p.sample().size();
            for (y, out) in bytes.chunks_exact_mut(w * pixel).enumerate() {
                let samples = p.row_bytes(y).chunks_exact(n);
                for (out, s) in out.chunks_exact_mut(pixel).zip(samples) {
                    out[at..at + n].copy_from_slice(s);
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
