//! What the tests of formats share: noise pictures, round trips through a file, damaged copies, corpora.
//!
//! Everything is seeded; files live in temporary folders.

use crate::registry::Format;
use crate::{Input, OpenOptions, WriteOptions};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use vfx_core::{
    ChannelSet, ChunkOrder, ImageSink, ImageSource, ImageSpec, IoError, Limits, PlaneRef, Planes,
    Region, Report, SampleType, Written,
};

/// A small generator (Steele's splitmix), enough for noise.
pub(crate) struct Noise(pub(crate) u64);

impl Noise {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
    pub(crate) fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }
}

/// Planes of a spec: slow ramps with noise, so that compressors have something to do.
pub(crate) fn picture(spec: &ImageSpec, seed: u64) -> Planes {
    let mut noise = Noise(seed);
    let mut planes = Planes::for_channels(spec.width(), spec.height(), &spec.channels);
    for (c, channel) in spec.channels.iter().enumerate() {
        let full = u64::from(channel.format.full_scale());
        let mut plane = planes.plane_mut(c);
        for y in 0..spec.height() {
            let mut code = |x: usize| {
                let ramp = (x + y * 2 + c * 40) as u64 * (full / 200 + 1) + noise.next() % 3;
                ramp % (full + 1)
            };
            match channel.format.sample {
                SampleType::U8 => (plane.row::<u8>(y).iter_mut().enumerate())
                    .for_each(|(x, o)| *o = code(x) as u8),
                SampleType::U16 => (plane.row::<u16>(y).iter_mut().enumerate())
                    .for_each(|(x, o)| *o = code(x) as u16),
                SampleType::U32 => (plane.row::<u32>(y).iter_mut().enumerate())
                    .for_each(|(x, o)| *o = code(x) as u32),
                SampleType::F16 => (plane.row::<half::f16>(y).iter_mut().enumerate())
                    .for_each(|(x, o)| *o = half::f16::from_f32((x + y) as f32 * 0.37)),
                SampleType::F32 => (plane.row::<f32>(y).iter_mut().enumerate())
                    .for_each(|(x, o)| *o = ((x + c) as f32 - 3.3) * (y as f32 + 0.1)),
            }
        }
    }
    planes
}

/// Opens a file as this format and reads all of its first image; what was reported comes with it.
pub(crate) fn read(
    format: &Format,
    path: &Path,
    strict: bool,
) -> Result<(ImageSpec, Planes, Vec<Report>), IoError> {
    let reports = Arc::new(Mutex::new(Vec::new()));
    let options = OpenOptions {
        limits: Limits {
            max_whole_bytes: 256 << 20,
            ..Limits::default()
        },
        strict,
        reporter: reports.clone(),
    };
    let parts = format.open.expect("a reader")(Input::open(path)?, &options)?;
    let source = parts[0].levels[0].clone();
    options.limits.check_spec(source.spec())?;
    Limits::check("test pixels", source.spec().data_window.pixels(), 2 << 20)?;
    let planes = read_region(&*source, source.spec().data_window)?;
    let reports = reports.lock().expect("report lock").clone();
    Ok((source.spec().clone(), planes, reports))
}

/// Every channel of a region.
pub(crate) fn read_region(source: &dyn ImageSource, region: Region) -> Result<Planes, IoError> {
    let spec = source.spec();
    let mut planes = Planes::for_channels(region.width(), region.height(), &spec.channels);
    let all = ChannelSet::all(spec.channels.len());
    source.read(region, &all, &mut planes.views_mut())?;
    Ok(planes)
}

/// Writes planes of `spec` to `path`; the sink must want the types that are given.
pub(crate) fn write(
    format: &Format,
    path: &Path,
    spec: &ImageSpec,
    planes: &Planes,
    options: &WriteOptions,
) -> Result<(), IoError> {
    let sink = format.create.expect("a writer")(path, std::slice::from_ref(spec), options)?;
    let written = write_all(sink, [(spec, planes)])?;
    assert_eq!(
        written.bytes,
        std::fs::metadata(path).expect("the file").len()
    );
    Ok(())
}

/// Writes images to a sink, which must want the types that are given, chunks encoded backwards, as workers might.
pub(crate) fn write_all<'a>(
    mut sink: Box<dyn ImageSink>,
    images: impl IntoIterator<Item = (&'a ImageSpec, &'a Planes)>,
) -> Result<Written, IoError> {
    for (image, (spec, planes)) in images.into_iter().enumerate() {
        let wanted: Vec<PlaneRef<'_>> = sink.specs()[image]
            .channels
            .iter()
            .map(|c| {
                let i = spec
                    .channel_index(&c.name)
                    .expect("a channel that was given");
                assert_eq!(c.format, spec.channels[i].format, "type of {}", c.name);
                planes.plane(i)
            })
            .collect();
        let (layout, encoder) = (sink.layout(image), sink.encoder(image));
        let mut chunks: Vec<_> = (0..layout.len())
            .rev()
            .map(|i| {
                let r = layout.region(i);
                let (x, y) = (r.x0 - layout.window.x0, r.y0 - layout.window.y0);
                let views: Vec<_> = wanted
                    .iter()
                    .map(|p| p.window(x as usize, y as usize, r.width(), r.height()))
                    .collect();
                encoder.encode(i, &views)
            })
            .collect::<Result<_, _>>()?;
        if layout.order == ChunkOrder::Increasing {
            chunks.reverse();
        }
        for chunk in chunks {
            sink.commit(image, chunk)?;
        }
    }
    sink.finish()
}

/// Whether two sets of planes hold the same bits.
pub(crate) fn assert_same(a: &Planes, b: &Planes, what: &str) {
    assert_eq!(
        (a.len(), a.width(), a.height()),
        (b.len(), b.width(), b.height()),
        "{what}"
    );
    for c in 0..a.len() {
        for y in 0..a.height() {
            assert!(
                a.plane(c).row_bytes(y) == b.plane(c).row_bytes(y),
                "{what}: plane {c}, row {y}"
            );
        }
    }
}

/// Writes, reads back, and compares whole and by regions in no order.
pub(crate) fn round_trip(
    format: &Format,
    extension: &str,
    spec: &ImageSpec,
    options: &WriteOptions,
) -> ImageSpec {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join(format!("a.{extension}"));
    let planes = picture(spec, 7);
    let what = format!("{extension} {spec:?} {options:?}");
    write(format, &path, spec, &planes, options).unwrap_or_else(|e| panic!("{what}: {e}"));
    let (back, again, reports) =
        read(format, &path, true).unwrap_or_else(|e| panic!("{what}: {e}"));
    assert!(reports.is_empty());
    assert_eq!(
        back.channels.iter().map(|c| c.format).collect::<Vec<_>>(),
        spec.channels.iter().map(|c| c.format).collect::<Vec<_>>(),
        "{what}"
    );
    assert_same(&planes, &again, &what);
    let options = OpenOptions::default();
    let parts = format.open.expect("a reader")(Input::open(&path).expect("the file"), &options);
    let source = parts.expect("read before")[0].levels[0].clone();
    regions_agree(&*source, &again);
    back
}

/// Regions, last rows first and with odd edges, against the whole.
pub(crate) fn regions_agree(source: &dyn ImageSource, whole: &Planes) {
    let window = source.spec().data_window;
    let (w, h) = (window.width() as i64, window.height() as i64);
    for (x0, y0, x1, y1) in [
        (0, h / 2, w, h),
        (w / 3, 0, w, h / 2 + 1),
        (w / 2, h / 3, w / 2 + 1, h / 3 + 1),
        (w - 1, h - 1, w, h),
        (0, 0, 1, 1),
    ] {
        let region = Region::new(x0, y0, x1.min(w), y1.min(h)).offset(window.x0, window.y0);
        let part = read_region(source, region).expect("a region of a sound file");
        for c in 0..part.len() {
            let (x, y) = (x0 as usize, y0 as usize);
            let same = whole.plane(c).window(x, y, region.width(), region.height());
            for y in 0..region.height() {
                assert_eq!(part.plane(c).row_bytes(y), same.row_bytes(y), "{region:?}");
            }
        }
    }
}

/// Files under a folder of the shared corpus whose names end so; none, with a word about it, when it is missing.
pub(crate) fn corpus(folder: &str, endings: &[&str]) -> Vec<PathBuf> {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data")).join(folder);
    if !root.is_dir() {
        eprintln!("SKIPPED: no folder '{}'", root.display());
        return Vec::new();
    }
    let (mut open, mut files) = (vec![root], Vec::new());
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder)
            .expect("a readable folder")
            .flatten()
        {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
            } else if endings.iter().any(|e| path.to_string_lossy().ends_with(e)) {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

/// Reads copies of a file that are cut or have flipped bytes: any result but a panic will do.
pub(crate) fn survives_damage(format: &Format, bytes: &[u8], flips: usize) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("damaged");
    let attempt = |copy: &[u8]| {
        std::fs::write(&path, copy).expect("a file");
        if (format.detect)(&copy[..copy.len().min(512)]) {
            let _ = read(format, &path, false);
            let _ = read(format, &path, true);
        }
    };
    for i in 0..50 {
        attempt(&bytes[..bytes.len() * i / 50]);
    }
    let mut noise = Noise(bytes.len() as u64);
    for _ in 0..flips {
        let mut copy = bytes.to_vec();
        for _ in 0..=noise.below(4) {
            // Headers matter most: half of the flips go there.
            let span = if noise.below(2) == 0 {
                copy.len().min(256)
            } else {
                copy.len()
            };
            let at = noise.below(span);
            copy[at] = noise.next() as u8;
        }
        attempt(&copy);
    }
}
