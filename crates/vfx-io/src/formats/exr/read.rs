//! Parts and levels as sources.
//!
//! Damaged and missing chunks are zeros and reported, unless strict. Reads go straight into the caller's planes; the codec
//! pools its scratch itself.

use super::{NAME, attributes, channels, color, error};
use crate::{Input, OpenOptions, Part};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use vfx_core::{
    Access, Alpha, ChannelSet, Damage, DeepSource, ImageSource, ImageSpec, IoError, Orientation,
    PlanesMut, Region,
};
use vfx_exr::{AttributeValue, Box2i, Compression, Header, Level, Limits, PlaneMut, Reader};

struct Source {
    spec: ImageSpec,
    reader: Arc<Reader>,
    part: usize,
    level: (u32, u32),
    /// The file's channel of each of the spec's.
    order: Vec<usize>,
    access: Access,
    input: Input,
    options: OpenOptions,
    /// Chunks that were found damaged.
    damaged: Mutex<BTreeSet<usize>>,
}

/// What two parts must share so that a chunk of one is a chunk of the other. Single-level parts alone, and compressions of
/// several lines: the chunks are then those of the layout, one for one.
pub(super) fn stored_form(header: &Header) -> Option<String> {
    let single = header
        .tiles
        .is_none_or(|t| t.mode == vfx_exr::LevelMode::OneLevel);
    let lines = header.compression.lines_per_chunk() > 1 || header.tiles.is_some();
    (single && lines && !header.is_deep()).then(|| {
        let grid = header.tiles.map(|t| (t.width, t.height));
        let mut channels: Vec<_> = header.channels.iter().map(|c| format!("{c:?}")).collect();
        channels.sort_unstable();
        format!(
            "{NAME} {:?} {:?} {grid:?} {channels:?}",
            header.compression, header.data_window
        )
    })
}

pub(super) fn region(b: &Box2i) -> Region {
    Region::new(
        b.min.0.into(),
        b.min.1.into(),
        i64::from(b.max.0) + 1,
        i64::from(b.max.1) + 1,
    )
}

/// `None` when the region is empty or leaves 32 bits.
pub(super) fn box2i(r: &Region) -> Option<Box2i> {
    let c = |v: i64| i32::try_from(v).ok();
    (!r.is_empty()).then_some(())?;
    Some(Box2i::new(
        (c(r.x0)?, c(r.y0)?),
        (c(r.x1 - 1)?, c(r.y1 - 1)?),
    ))
}

/// The codec's limits by the user's.
#[must_use]
pub fn codec_limits(l: &vfx_core::Limits) -> Limits {
    Limits {
        max_pixels: l.max_pixels,
        max_dimension: u32::try_from(l.max_dimension).unwrap_or(u32::MAX),
        max_channels: l.max_channels,
        max_parts: l.max_parts,
        max_chunk_bytes: l.max_chunk_bytes,
        max_header_bytes: l.max_metadata_bytes,
        max_deep_bytes: l.max_whole_bytes,
        ..Limits::default()
    }
}

/// Reads the headers and offset tables.
pub(super) fn open(input: Input, options: &OpenOptions) -> Result<Vec<Part>, IoError> {
    let limits = codec_limits(&options.limits);
    let reader = Arc::new(Reader::open(input.file().clone(), &limits).map_err(error)?);
    plausible(&reader, input.len())?;
    let parts = reader.headers().iter().enumerate().map(|(part, header)| {
        let order = channels::order(&header.channels);
        let spec = spec(header, &order);
        let levels = reader
            .levels(part)
            .into_iter()
            .filter(|l| l.index.0 == l.index.1)
            .map(|level| {
                Arc::new(Source {
                    spec: level_spec(&spec, &level),
                    reader: reader.clone(),
                    part,
                    level: level.index,
                    order: order.clone(),
                    access: access(header, &level),
                    input: input.clone(),
                    options: options.clone(),
                    damaged: Mutex::default(),
                }) as Arc<dyn ImageSource>
            });
        let deep = header.is_deep().then(|| {
            let source = super::deep::Source::new(
                spec.clone(),
                reader.clone(),
                part,
                order.clone(),
                (input.clone(), options.clone()),
            );
            Arc::new(source) as Arc<dyn DeepSource>
        });
        Part {
            levels: levels.collect(),
            deep,
        }
    });
    let parts: Vec<Part> = parts.collect();
    if parts.iter().any(|p| p.levels.is_empty()) {
        return Err(IoError::malformed(NAME, "header", "a part without levels"));
    }
    Ok(parts)
}

/// Refuses a file that promises much and cannot even hold its offset tables.
fn plausible(reader: &Reader, len: u64) -> Result<(), IoError> {
    let mut tables = 0u64;
    let mut pixels = 0u64;
    for (part, header) in reader.headers().iter().enumerate() {
        tables = tables.saturating_add(reader.chunk_count(part) as u64 * 8);
        let window = &header.data_window;
        pixels = pixels.saturating_add(window.width().saturating_mul(window.height()));
    }
    if pixels > 16 << 20 && tables > len {
        let problem =
            format!("{tables} bytes of chunk offsets are promised, the file has {len} in all");
        return Err(IoError::malformed(NAME, "offset table", problem));
    }
    Ok(())
}

fn spec(header: &Header, order: &[usize]) -> ImageSpec {
    let list = order
        .iter()
        .map(|&i| channels::to_core(&header.channels[i]))
        .collect();
    let mut spec = ImageSpec::new(0, 0, list);
    spec.data_window = region(&header.data_window);
    spec.display_window = region(&header.display_window);
    spec.name = header.name.clone().unwrap_or_default();
    spec.alpha = Alpha::Associated;
    let aspect = header.pixel_aspect;
    spec.pixel_aspect = if aspect.is_finite() && aspect > 0.0 {
        aspect
    } else {
        1.0
    };
    if let Some(AttributeValue::Int(o @ 1..=8)) = header.attribute("Orientation") {
        spec.orientation = Orientation(*o as u8);
    }
    let text = |name| match header.attribute(name) {
        Some(AttributeValue::String(s)) => Some(s.as_str()),
        _ => None,
    };
    let chromaticities = match header.attribute("chromaticities") {
        Some(AttributeValue::Chromaticities(c)) => Some(c),
        _ => None,
    };
    let aces = matches!(
        header.attribute("acesImageContainerFlag"),
        Some(AttributeValue::Int(1))
    );
    spec.color_space = color::name(text("colorInteropID"), chromaticities, aces);
    spec.attributes = attributes::read(header);
    spec
}

/// A reduced level's spec: its display window shrinks as its data window does.
fn level_spec(full: &ImageSpec, level: &Level) -> ImageSpec {
    let mut spec = full.clone();
    if level.index == (0, 0) {
        return spec;
    }
    let (w, h) = (full.width().max(1) as f64, full.height().max(1) as f64);
    let (sx, sy) = (f64::from(level.width) / w, f64::from(level.height) / h);
    spec.data_window = region(&level.window);
    let d = &full.display_window;
    let scale = |v: i64, s: f64| (v as f64 * s).round() as i64;
    let size = |n: usize, s: f64| ((n as f64 * s).round() as usize).max(1);
    spec.display_window = Region::sized(
        scale(d.x0, sx),
        scale(d.y0, sy),
        size(d.width(), sx),
        size(d.height(), sy),
    );
    spec
}

pub(super) fn access(header: &Header, level: &Level) -> Access {
    match header.tiles.filter(|_| header.is_tiled()) {
        Some(t) => {
            let cap = |n: u32, max: u32| n.min(max).max(1) as usize;
            Access::Random {
                chunk: (cap(t.width, level.width), cap(t.height, level.height)),
                partial: false,
            }
        }
        None => {
            // Chunks of one line are asked for several at a time.
            let lines = header.compression.lines_per_chunk() as usize;
            let lines = if lines == 1 { 16 } else { lines };
            let partial = header.compression == Compression::None;
            Access::Random {
                chunk: (
                    level.width as usize,
                    lines.min(level.height as usize).max(1),
                ),
                partial,
            }
        }
    }
}

impl ImageSource for Source {
    fn spec(&self) -> &ImageSpec {
        &self.spec
    }
    fn access(&self) -> Access {
        self.access
    }
    fn read(
        &self,
        region: Region,
        wanted: &ChannelSet,
        out: &mut PlanesMut<'_>,
    ) -> Result<(), IoError> {
        let Some(window) = box2i(&region).filter(|_| !wanted.is_empty()) else {
            return Ok(());
        };
        // The codec fills each channel once; repeats are copied afterwards.
        let first: Vec<usize> = (0..wanted.len())
            .map(|i| wanted.0.iter().position(|c| *c == wanted.0[i]).unwrap_or(i))
            .collect();
        let unique: Vec<usize> = (0..wanted.len()).filter(|&i| first[i] == i).collect();
        let list: Vec<usize> = unique.iter().map(|&i| self.order[wanted.0[i]]).collect();
        {
            let mut planes: Vec<PlaneMut<'_>> = out
                .iter_mut()
                .enumerate()
                .filter(|(i, _)| first[*i] == *i)
                .map(|(_, p)| {
                    let stride = p.stride();
                    PlaneMut {
                        bytes: p.bytes(),
                        stride,
                    }
                })
                .collect();
            self.fill(region, window, &list, &mut planes)?;
        }
        for i in 0..wanted.len() {
            if first[i] != i {
                let (before, after) = out.split_at_mut(i);
                after[0].copy_from(&before[first[i]].as_ref());
            }
        }
        Ok(())
    }
    fn stored_form(&self) -> Option<String> {
        stored_form(self.reader.headers().get(self.part)?).filter(|_| self.level == (0, 0))
    }
    fn stored_chunk(&self, index: usize) -> Result<Option<Vec<u8>>, IoError> {
        if self.damaged.lock().expect("damage lock").contains(&index) {
            return Ok(None);
        }
        self.reader
            .packed_chunk(self.part, index)
            .map(Some)
            .map_err(error)
    }
}

impl Source {
    fn fill(
        &self,
        region: Region,
        window: Box2i,
        list: &[usize],
        planes: &mut [PlaneMut<'_>],
    ) -> Result<(), IoError> {
        if self.options.strict {
            return self
                .reader
                .read(self.part, self.level, window, list, planes)
                .map_err(error);
        }
        let damage = self
            .reader
            .read_lenient(self.part, self.level, window, list, planes)
            .map_err(error)?;
        for d in damage {
            self.damaged.lock().expect("damage lock").insert(d.chunk);
            report(&self.reader, d, region, &self.input, &self.options)?;
        }
        Ok(())
    }
}

/// Tells of a chunk that could not be read.
pub(super) fn report(
    reader: &Reader,
    d: vfx_exr::Damage,
    region: Region,
    input: &Input,
    options: &OpenOptions,
) -> Result<(), IoError> {
    let place = reader.chunk_region(d.part, d.chunk);
    let pixels = place.map_or(region, |c| self::region(&c.region).intersect(&region));
    let report = Damage {
        place: format!("part {} chunk {}", d.part, d.chunk),
        problem: match std::error::Error::source(&d.reason) {
            Some(s) => s.to_string(),
            None => "the file does not have it".into(),
        },
        region: pixels,
    };
    options.damaged(input, report, error(d.reason))
}
