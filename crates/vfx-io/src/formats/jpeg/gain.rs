//! Pictures with a gain map (Ultra HDR), through `vfx-jpeg`: as linear light above white when read, and made of it when
//! written.
//!
//! Reading decodes base and map whole and holds 12 bytes a pixel; writing holds the source. Light is linear with 1.0 the
//! base's white, in Rec. 709 primaries, or P3 where the base's profile says so by name. The base is what [`super::FORMAT`]
//! reads; nothing here changes that.

use super::NAME;
use super::read::wrong;
use crate::formats::interleaved::{join, split};
use crate::{Input, OpenOptions, Output};
use std::path::Path;
use std::sync::Arc;
use vfx_core::{
    Access, Channel, ChannelSet, ChunkEncoder, ChunkLayout, ChunkOrder, EncodedChunk, ImageSink,
    ImageSource, ImageSpec, IoError, Origin, PlanesMut, PlanesRef, Region, SampleFormat, Value,
    Written,
};
use vfx_jpeg::{DecodeOptions, HdrConfig, HdrImage};

/// Rows of a strip.
const STRIP_ROWS: usize = 64;

struct Source {
    spec: ImageSpec,
    image: HdrImage,
}

/// A file's picture on a display with this much headroom above white, in stops (`None`: all that the map has); `None` where
/// the file has no gain map.
///
/// # Errors
/// What is wrong with the base picture, or a limit.
pub fn open_hdr(
    input: &Input,
    options: &OpenOptions,
    headroom_stops: Option<f32>,
) -> Result<Option<Arc<dyn ImageSource>>, IoError> {
    let limits = &options.limits;
    vfx_core::Limits::check("max_whole_bytes", input.len(), limits.max_whole_bytes)?;
    let bytes = input.read_up_to(0, usize::try_from(input.len()).unwrap_or(usize::MAX))?;
    let mut decode = DecodeOptions::default();
    decode.strict = options.strict;
    decode.limits.pixels = limits.max_pixels.min(limits.max_whole_bytes / 12);
    decode.limits.memory = limits.max_whole_bytes;
    let image = vfx_jpeg::decode_hdr(&bytes, &decode, headroom_stops).map_err(wrong)?;
    let Some(image) = image else { return Ok(None) };
    let channels = ["R", "G", "B"].map(|n| Channel::new(n, SampleFormat::F32));
    let mut spec = ImageSpec::new(image.width, image.height, channels.into());
    let mut ignored = 1.0;
    super::segments::read(input, options, &mut spec.attributes, &mut ignored)?;
    // The base's profile says what its codes mean, not what this light does.
    spec.attributes.remove("ICCProfile");
    let p3 = image.header.metadata.icc.as_deref().is_some_and(names_p3);
    let space = if p3 {
        "lin_p3d65_scene"
    } else {
        "lin_rec709_scene"
    };
    spec.color_space = Some(space.into());
    if let Some(o) = spec.attributes.number("Orientation")
        && (1.0..=8.0).contains(&o)
    {
        spec.orientation.0 = o as u8;
    }
    Ok(Some(Arc::new(Source { spec, image })))
}

/// Whether a profile's description speaks of P3, in ASCII or UTF-16.
fn names_p3(icc: &[u8]) -> bool {
    icc.windows(2).any(|w| w == b"P3") || icc.windows(4).any(|w| w == b"\0P\x003")
}

impl ImageSource for Source {
    fn spec(&self) -> &ImageSpec {
        &self.spec
    }
    fn access(&self) -> Access {
        Access::Whole
    }
    fn read(
        &self,
        region: Region,
        channels: &ChannelSet,
        out: &mut PlanesMut<'_>,
    ) -> Result<(), IoError> {
        for i in 0..region.height() {
            let at = (region.y0 as usize + i) * self.image.width + region.x0 as usize;
            let row = &self.image.pixels[3 * at..3 * (at + region.width())];
            for (plane, &c) in out.iter_mut().zip(&channels.0) {
                split(row, 3, c, plane.row::<f32>(i), |s| s);
            }
        }
        Ok(())
    }
}

struct Sink {
    specs: Vec<ImageSpec>,
    config: HdrConfig,
    rows: Vec<f32>,
    output: Output,
}

/// Starts a file with a base picture and a gain map; the picture must be linear light with 1.0 as white, R, G and B its first
/// channels of these names. Exif, XMP and the description of `spec` go into the base where `config` has none.
///
/// # Errors
/// A picture that JPEG cannot hold or that has no R, G and B; what the operating system says.
pub fn create_hdr(
    path: &Path,
    spec: &ImageSpec,
    mut config: HdrConfig,
) -> Result<Box<dyn ImageSink>, IoError> {
    let mut own = spec.clone();
    let side = 1..=usize::from(u16::MAX);
    let colour = ["R", "G", "B"].map(|n| spec.channels.iter().any(|c| &*c.name == n));
    if colour != [true; 3] || !side.contains(&spec.width()) || !side.contains(&spec.height()) {
        return Err(IoError::CannotHold {
            format: NAME,
            what: "a gain map of a picture without R, G, B of 1 to 65535 pixels a side".into(),
            remedy: "choose channels R,G,B and resize",
        });
    }
    own.channels = ["R", "G", "B"]
        .map(|n| Channel::new(n, SampleFormat::F32))
        .into();
    let orientation = i64::from(own.orientation.0);
    if orientation != 1 || own.attributes.get("Orientation").is_some() {
        let value = Value::Int(orientation);
        own.attributes.set("Orientation", value, Origin::Exif);
    }
    super::segments::describe(&own, &mut config.base);
    Ok(Box::new(Sink {
        rows: Vec::new(),
        specs: vec![own],
        config,
        output: Output::create(path)?,
    }))
}

struct Interleave;

impl ChunkEncoder for Interleave {
    fn encode(&self, index: usize, planes: &PlanesRef<'_>) -> Result<EncodedChunk, IoError> {
        let (w, h, n) = (planes[0].width(), planes[0].height(), planes.len());
        let mut bytes = vec![0; w * h * n * 4];
        for (y, row) in bytes.chunks_exact_mut(w * n * 4).enumerate() {
            for (c, p) in planes.iter().enumerate() {
                let pixels = row.as_chunks_mut::<4>().0;
                join(p.row::<f32>(y), n, c, pixels, |s: f32| s.to_ne_bytes());
            }
        }
        Ok(EncodedChunk {
            index,
            bytes,
            extra: 0,
        })
    }
}

impl ImageSink for Sink {
    fn specs(&self) -> &[ImageSpec] {
        &self.specs
    }
    fn layout(&self, image: usize) -> ChunkLayout {
        let spec = &self.specs[image];
        ChunkLayout {
            window: spec.data_window,
            chunk: (spec.width(), STRIP_ROWS),
            order: ChunkOrder::Increasing,
        }
    }
    fn encoder(&self, _: usize) -> Arc<dyn ChunkEncoder> {
        Arc::new(Interleave)
    }
    fn commit(&mut self, _: usize, chunk: EncodedChunk) -> Result<(), IoError> {
        let floats = chunk.bytes.as_chunks::<4>().0.iter();
        self.rows.extend(floats.map(|b| f32::from_ne_bytes(*b)));
        Ok(())
    }
    fn finish(mut self: Box<Self>) -> Result<Written, IoError> {
        let spec = &self.specs[0];
        let (w, h) = (spec.width() as u32, spec.height() as u32);
        let bytes = vfx_jpeg::encode_hdr(w, h, &self.rows, None, &self.config).map_err(wrong)?;
        self.output.append(&bytes)?;
        self.output.finish()
    }
}
