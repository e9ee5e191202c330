//! Writing an HDR picture: a base that any reader shows, and a map that brings the rest back.
//!
//! Gains are taken against the base as it will be decoded, so that its coding errors are made good by the map as far as the
//! map's own precision goes. Both metadata forms and both indices are written, as readers in the field know one or the other.

use super::index::{MPF_NAME, directory, index, insertion};
use super::info::{GainMapInfo, ISO_NAME};
use super::{linear_to_srgb, srgb_to_linear};
use crate::decode::{Channels, DecodeOptions, SampleKind, decode};
use crate::encode::{ColorModel, Config, Encoder, InputFormat, Sampling};
use crate::error::JpegError;
use crate::marker::APP0;

/// Where the default tone map leaves linear light alone.
const KNEE: f32 = 0.6;
/// Rec. 709 luminance.
const LUMA: [f32; 3] = [0.2126, 0.7152, 0.0722];

/// How to write.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct HdrConfig {
    /// The base picture: YCbCr of RGB rows.
    pub base: Config,
    /// Distance of the map.
    pub map_distance: f32,
    /// Pixels of the base a pixel of the map, in each direction; 1 to 8.
    pub map_scale: usize,
    /// Gains of each colour instead of one.
    pub map_colour: bool,
}

impl Default for HdrConfig {
    fn default() -> Self {
        Self {
            base: Config::default(),
            map_distance: 0.5,
            map_scale: 2,
            map_colour: true,
        }
    }
}

/// Linear light 0 to 1 of linear light that may be brighter: as it is up to a knee, then rolled off to the peak.
fn tone_map(hdr: &[f32], peak: f32) -> Vec<f32> {
    if peak <= 1.0 {
        return hdr.iter().map(|v| v.clamp(0.0, 1.0)).collect();
    }
    let slope = (peak - KNEE) / (1.0 - KNEE);
    let s = 1.0 / (slope - 1.0);
    let mut out = Vec::with_capacity(hdr.len());
    for p in hdr.as_chunks::<3>().0 {
        let brightest = p.iter().fold(0.0f32, |a, v| a.max(*v));
        let scale = if brightest <= KNEE {
            1.0
        } else {
            let t = (brightest - KNEE) / (peak - KNEE);
            (KNEE + (1.0 - KNEE) * t * (1.0 + s) / (t + s)) / brightest
        };
        out.extend(p.map(|v| (v * scale).clamp(0.0, 1.0)));
    }
    out
}

/// One file of `width` x `height` pixels of linear R, G, B in which 1.0 is the white of the base. `sdr` is the base in linear
/// light where a grade exists; without it highlights are rolled off. Numbers that are none count as black.
///
/// # Errors
/// [`JpegError::Parameter`] for lengths that do not fit or a configuration that makes no sense, and as [`Encoder`] has them.
pub fn encode_hdr(
    width: u32,
    height: u32,
    hdr: &[f32],
    sdr: Option<&[f32]>,
    config: &HdrConfig,
) -> Result<Vec<u8>, JpegError> {
    let wrong = |parameter, reason| Err(JpegError::Parameter { parameter, reason });
    let (w, h) = (width as usize, height as usize);
    if hdr.len() != w.saturating_mul(h).saturating_mul(3)
        || sdr.is_some_and(|s| s.len() != hdr.len())
    {
        return wrong("rows", "not three numbers a pixel");
    }
    if config.base.input != InputFormat::Rgb || config.base.color != ColorModel::YCbCr {
        return wrong("base", "must be YCbCr of RGB rows");
    }
    if !(1..=8).contains(&config.map_scale) {
        return wrong("map_scale", "must be within 1 and 8");
    }
    let hdr: Vec<f32> = hdr
        .iter()
        .map(|v| if v.is_finite() { v.max(0.0) } else { 0.0 })
        .collect();
    let peak = hdr.iter().fold(1.0f32, |a, v| a.max(*v)).min(65_536.0);
    let toned;
    let linear = match sdr {
        Some(sdr) => sdr,
        None => {
            toned = tone_map(&hdr, peak);
            &toned
        }
    };
    let codes: Vec<f32> = linear
        .iter()
        .map(|v| linear_to_srgb(v.clamp(0.0, 1.0)))
        .collect();
    // Once without the index, to learn what will be seen.
    let base = encode(w, h, config.base.clone(), &codes)?;
    let map = map(&base, (w, h), &hdr, config)?;

    let mut with_directory = config.base.clone();
    with_directory.xmp = add_description(&config.base.xmp, &directory(map.len()))?;
    let base = encode(w, h, with_directory, &codes)?;
    let at = insertion(&base);
    let mut file = base[..at].to_vec();
    // The versions alone say that a map follows.
    segment(&mut file, &[ISO_NAME, &[0; 4]]);
    let index_len = index(0, 0, 0).len();
    let tiff = file.len() + 4 + MPF_NAME.len();
    let primary = tiff + index_len + (base.len() - at);
    segment(
        &mut file,
        &[MPF_NAME, &index(primary, primary - tiff, map.len())],
    );
    file.extend_from_slice(&base[at..]);
    debug_assert_eq!(file.len(), primary);
    file.extend(map);
    Ok(file)
}

fn encode(w: usize, h: usize, config: Config, rows: &[f32]) -> Result<Vec<u8>, JpegError> {
    let mut encoder = Encoder::new(w as u32, h as u32, config, Vec::new())?;
    encoder.write_rows(rows)?;
    encoder.finish()
}

/// Puts a description into an XMP packet, or makes one of it.
fn add_description(xmp: &[u8], description: &str) -> Result<Vec<u8>, JpegError> {
    const END: &[u8] = b"</rdf:RDF>";
    if xmp.is_empty() {
        return Ok(format!(
            "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\
             {description}</rdf:RDF></x:xmpmeta>"
        )
        .into_bytes());
    }
    let at = xmp.windows(END.len()).position(|w| w == END);
    let at = at.ok_or(JpegError::Parameter {
        parameter: "xmp",
        reason: "has no RDF block to add to",
    })?;
    let mut out = xmp[..at].to_vec();
    out.extend_from_slice(description.as_bytes());
    out.extend_from_slice(&xmp[at..]);
    Ok(out)
}

fn segment(out: &mut Vec<u8>, parts: &[&[u8]]) {
    let len = 2 + parts.iter().map(|p| p.len()).sum::<usize>();
    out.extend([0xff, APP0 + 2]);
    out.extend((len as u16).to_be_bytes());
    for part in parts {
        out.extend_from_slice(part);
    }
}

/// The map's file, against the base as decoded.
fn map(
    base: &[u8],
    (w, h): (usize, usize),
    hdr: &[f32],
    config: &HdrConfig,
) -> Result<Vec<u8>, JpegError> {
    let mut options = DecodeOptions {
        channels: Channels::Rgb,
        samples: SampleKind::F32,
        ..DecodeOptions::default()
    };
    options.limits.pixels = u64::MAX;
    let (seen, _) = decode(base, options)?;
    let seen = seen.f32s().unwrap_or(&[]);
    let scale = config.map_scale;
    let (mw, mh) = (w.div_ceil(scale), h.div_ceil(scale));
    let n = if config.map_colour { 3 } else { 1 };
    let mut info = GainMapInfo::default();
    let offset = info.offset_base[0];
    // Means of log2 gains over the pixels of each cell.
    let mut gains = vec![0.0f32; mw * mh * n];
    let mut row = vec![0.0f32; mw * n];
    for my in 0..mh {
        row.fill(0.0);
        let rows = my * scale..((my + 1) * scale).min(h);
        for y in rows.clone() {
            let line = 3 * w * y..3 * w * (y + 1);
            let pairs = hdr[line.clone()].as_chunks::<3>().0.iter();
            for (x, (a, b)) in pairs.zip(seen[line].as_chunks::<3>().0).enumerate() {
                let b = b.map(|v| srgb_to_linear(v.clamp(0.0, 1.0)));
                let gain = |a: f32, b: f32| ((a + offset) / (b + offset)).log2();
                if n == 1 {
                    let luma = |p: &[f32; 3]| p[0] * LUMA[0] + p[1] * LUMA[1] + p[2] * LUMA[2];
                    row[x / scale] += gain(luma(a), luma(&b));
                } else {
                    for c in 0..3 {
                        row[x / scale * 3 + c] += gain(a[c], b[c]);
                    }
                }
            }
        }
        for (x, cell) in row.chunks_exact(n).enumerate() {
            let across = ((x + 1) * scale).min(w) - x * scale;
            let count = (across * rows.len()) as f32;
            for (c, sum) in cell.iter().enumerate() {
                gains[(my * mw + x) * n + c] = sum / count;
            }
        }
    }
    for c in 0..n {
        let all = gains.iter().skip(c).step_by(n);
        let (low, high) = all.fold((f32::INFINITY, f32::NEG_INFINITY), |(l, h), v| {
            (l.min(*v), h.max(*v))
        });
        // Bounds as the file will state them, and never equal.
        let round = |v: f32| (v * 4096.0).round() / 4096.0;
        (info.min[c], info.max[c]) = (round(low), round(high.max(low + 1.0 / 1024.0)));
    }
    if n == 1 {
        (info.min, info.max) = ([info.min[0]; 3], [info.max[0]; 3]);
    }
    let most = info.max.iter().fold(1.0f32 / 1024.0, |a, v| a.max(*v));
    info.headroom_alternate = most;
    for (i, v) in gains.iter_mut().enumerate() {
        let c = i % n;
        *v = ((*v - info.min[c]) / (info.max[c] - info.min[c])).clamp(0.0, 1.0);
    }
    let coding = Config {
        input: if n == 1 {
            InputFormat::Gray
        } else {
            InputFormat::Rgb
        },
        color: if n == 1 {
            ColorModel::Gray
        } else {
            ColorModel::YCbCr
        },
        sampling: Sampling::S444,
        distance: config.map_distance,
        xmp: info.to_xmp().into_bytes(),
        threads: config.base.threads,
        ..Config::default()
    };
    let file = encode(mw, mh, coding, &gains)?;
    let at = insertion(&file);
    let mut out = file[..at].to_vec();
    segment(&mut out, &[ISO_NAME, &info.to_iso()]);
    out.extend_from_slice(&file[at..]);
    Ok(out)
}
