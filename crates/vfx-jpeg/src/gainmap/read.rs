//! Finding, decoding and applying a gain map.

use super::index::{MPF_NAME, others};
use super::info::{GainMapInfo, ISO_NAME};
use super::srgb_to_linear;
use crate::decode::{Channels, DecodeOptions, Header, SampleKind, decode};
use crate::error::JpegError;

/// A decoded gain map.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct GainMap {
    /// Pixels across.
    pub width: usize,
    /// Pixels down.
    pub height: usize,
    /// 1, or 3 for gains of each colour.
    pub channels: usize,
    /// Codes 0 to 1, interleaved.
    pub codes: Vec<f32>,
    /// What they mean.
    pub info: GainMapInfo,
}

/// Linear light above white.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct HdrImage {
    /// Pixels across.
    pub width: usize,
    /// Pixels down.
    pub height: usize,
    /// R, G, B interleaved, linear, in the base's primaries; 1.0 is its white.
    pub pixels: Vec<f32>,
    /// What was applied.
    pub info: GainMapInfo,
    /// The base picture's header.
    pub header: Header,
}

/// Whether a header speaks of further pictures at all.
fn may_have(header: &Header) -> bool {
    let mpf = |(n, body): &(u8, Vec<u8>)| *n == 2 && body.starts_with(MPF_NAME);
    let m = &header.metadata;
    m.other.iter().any(mpf)
        || m.xmp
            .as_deref()
            .is_some_and(|x| x.windows(7).any(|w| w == b"GainMap"))
}

/// What a picture says of itself as a gain map.
fn info(header: &Header) -> Option<GainMapInfo> {
    let m = &header.metadata;
    let iso = m.other.iter().filter(|(n, _)| *n == 2);
    let mut iso = iso.filter_map(|(_, body)| body.strip_prefix(ISO_NAME));
    iso.find_map(GainMapInfo::from_iso)
        .or_else(|| GainMapInfo::from_xmp(m.xmp.as_deref()?))
}

fn header(bytes: &[u8], options: &DecodeOptions) -> Result<Header, JpegError> {
    let mut decoder = crate::Decoder::new(options.clone());
    for piece in bytes.chunks(4096) {
        decoder.write(piece)?;
        if let Some(h) = decoder.header() {
            return Ok(h.clone());
        }
    }
    decoder.finish()?;
    decoder.header().cloned().ok_or(JpegError::Truncated {
        what: "the header",
        offset: bytes.len() as u64,
    })
}

/// The gain map of a whole file, where it has one that is described and decodes; limits are those of `options`.
///
/// # Errors
/// What the base picture's header has wrong. Other pictures that cannot be read are passed over, as they may be anything.
pub fn gain_map(file: &[u8], options: &DecodeOptions) -> Result<Option<GainMap>, JpegError> {
    let first = header(file, options)?;
    if !may_have(&first) {
        return Ok(None);
    }
    let mut options = options.clone();
    options.samples = SampleKind::F32;
    options.checkpoints = false;
    options.index = None;
    for range in others(file, first.metadata.xmp.as_deref()) {
        let bytes = &file[range];
        let Some(info) = header(bytes, &options).ok().and_then(|h| info(&h)) else {
            continue;
        };
        options.channels = Channels::Native;
        let Ok((image, _)) = decode(bytes, options.clone()) else {
            continue;
        };
        let (width, height, channels) = (image.width, image.height, image.channels);
        if let (Some(codes), 1 | 3) = (image.f32s(), channels) {
            return Ok(Some(GainMap {
                width,
                height,
                channels,
                codes: codes.iter().map(|v| v.clamp(0.0, 1.0)).collect(),
                info,
            }));
        }
    }
    Ok(None)
}

impl GainMap {
    /// Applies the map to row `y` of a base picture of `width` x `height` pixels: linear R, G, B in, linear above white
    /// out. `weight` is [`GainMapInfo::weight`].
    ///
    /// # Panics
    /// Where `row` is not `width` pixels long.
    pub fn apply(&self, row: &mut [f32], y: usize, (width, height): (usize, usize), weight: f32) {
        assert_eq!(row.len(), 3 * width, "a row of the base picture");
        let info = &self.info;
        // Sample centres: the map covers the same area as the base.
        let place = |i: usize, n: usize, size: usize| {
            let p = ((i as f32 + 0.5) * size as f32 / n as f32 - 0.5).clamp(0.0, size as f32 - 1.0);
            (p as usize, (p as usize + 1).min(size - 1), p.fract())
        };
        let (y0, y1, fy) = place(y, height, self.height);
        let n = self.channels;
        let (above, below) = (
            &self.codes[y0 * self.width * n..][..self.width * n],
            &self.codes[y1 * self.width * n..][..self.width * n],
        );
        for (x, pixel) in row.as_chunks_mut::<3>().0.iter_mut().enumerate() {
            let (x0, x1, fx) = place(x, width, self.width);
            for (c, v) in pixel.iter_mut().enumerate() {
                let m = if n == 1 { 0 } else { c };
                let mix = |row: &[f32]| row[x0 * n + m] * (1.0 - fx) + row[x1 * n + m] * fx;
                let code = mix(above) * (1.0 - fy) + mix(below) * fy;
                let code = if info.gamma[c] == 1.0 {
                    code
                } else {
                    code.powf(1.0 / info.gamma[c])
                };
                let gain = info.min[c] + (info.max[c] - info.min[c]) * code;
                *v = (*v + info.offset_base[c]) * (gain * weight).exp2() - info.offset_alternate[c];
            }
        }
    }
}

/// Decodes a whole file with its gain map for a display of `headroom_stops` above white (`None`: all that the map has);
/// `None` where the file has no gain map. The base must be RGB or gray in the sRGB encoding, of any primaries.
///
/// # Errors
/// As [`decode`].
pub fn decode_hdr(
    file: &[u8],
    options: &DecodeOptions,
    headroom_stops: Option<f32>,
) -> Result<Option<HdrImage>, JpegError> {
    let Some(map) = gain_map(file, options)? else {
        return Ok(None);
    };
    let mut options = options.clone();
    options.samples = SampleKind::F32;
    options.channels = Channels::Rgb;
    let (mut image, decoder) = decode(file, options)?;
    let size = (image.width, image.height);
    let weight = headroom_stops.map_or(1.0, |h| map.info.weight(h));
    let crate::Pixels::F32(pixels) = &mut image.pixels else {
        return Ok(None);
    };
    for (y, row) in pixels.chunks_exact_mut(3 * size.0).enumerate() {
        for v in row.iter_mut() {
            *v = srgb_to_linear(v.clamp(0.0, 1.0));
        }
        map.apply(row, y, size, weight);
    }
    let header = decoder.header().cloned().ok_or(JpegError::Truncated {
        what: "the header",
        offset: 0,
    })?;
    Ok(Some(HdrImage {
        width: size.0,
        height: size.1,
        pixels: std::mem::take(pixels),
        info: map.info,
        header,
    }))
}
