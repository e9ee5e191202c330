//! A channel as a picture or a text: what is published, in the layout of the textures.
//!
//! PNG of 16 bits and the 8-bit preview clamp to 0 to 1 (the preview's file says in a text chunk that it is one); EXR holds the `f32`
//! to the bit; `cube` and `clf` hold the shaper too, pictures the lattice alone. A volume lies as its slices one below the other.

use crate::{Layout, Lut, LutBoxError, files};

/// Content type of texts.
pub const TEXT: &str = "text/plain; charset=utf-8";

/// What a snapshot can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Picture {
    /// 16-bit PNG, 0 to 1.
    Png,
    /// 8-bit PNG, 0 to 1: to look at, not to grade with.
    Preview,
    /// OpenEXR, `f32`.
    Exr,
    /// `.cube`.
    Cube,
    /// Common LUT Format.
    Clf,
    /// The texels, little-endian RGBA `f32`.
    Raw,
}

const NAMES: [(&str, Picture); 6] = [
    ("png", Picture::Png),
    ("preview.png", Picture::Preview),
    ("exr", Picture::Exr),
    ("cube", Picture::Cube),
    ("clf", Picture::Clf),
    ("f32", Picture::Raw),
];

impl Picture {
    /// The format of an extension; `preview.png` is the 8-bit one.
    pub fn from_name(name: &str) -> Option<Self> {
        NAMES.iter().find(|(n, _)| *n == name).map(|f| f.1)
    }

    /// Its content type.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Png | Self::Preview => "image/png",
            Self::Exr => "image/x-exr",
            Self::Cube => TEXT,
            Self::Clf => "application/xml",
            Self::Raw => "application/octet-stream",
        }
    }

    /// The bytes of a file.
    ///
    /// # Errors
    ///
    /// If the format cannot hold the LUT.
    pub fn encode(self, lut: &Lut, layout: Layout) -> Result<Vec<u8>, LutBoxError> {
        let [width, height, depth] = layout.size(lut.cube.edge())?;
        let size = (width, height * depth);
        let texels = || layout.texels(&lut.cube);
        match self {
            Self::Cube => Ok(files::text(lut, "cube")?.into_bytes()),
            Self::Clf => Ok(files::text(lut, "clf")?.into_bytes()),
            Self::Raw => {
                let floats = texels();
                let bytes = floats.as_flattened().iter();
                Ok(bytes.flat_map(|v| v.to_le_bytes()).collect())
            }
            Self::Png => png(&texels(), size, false),
            Self::Preview => png(&texels(), size, true),
            Self::Exr => exr(&texels(), size),
        }
    }
}

fn made(format: &'static str, source: impl std::fmt::Display) -> LutBoxError {
    LutBoxError::File {
        format,
        line: 0,
        reason: source.to_string(),
    }
}

fn png(
    texels: &[[f32; 4]],
    (width, height): (usize, usize),
    eight: bool,
) -> Result<Vec<u8>, LutBoxError> {
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, width as u32, height as u32);
    encoder.set_color(png::ColorType::Rgb);
    let rgb = texels.iter().flat_map(|t| [t[0], t[1], t[2]]);
    // Entries are finite; the cast saturates.
    let code = |v: f32, top: f32| (v.clamp(0.0, 1.0) * top + 0.5) as u16;
    let samples: Vec<u8> = if eight {
        let note = "8-bit preview, clamped to 0 to 1; not for grading".to_owned();
        let noted = encoder.add_text_chunk("Comment".into(), note);
        noted.map_err(|e| made("PNG", e))?;
        encoder.set_depth(png::BitDepth::Eight);
        rgb.map(|v| code(v, 255.0) as u8).collect()
    } else {
        encoder.set_depth(png::BitDepth::Sixteen);
        rgb.flat_map(|v| code(v, 65535.0).to_be_bytes()).collect()
    };
    let mut writer = encoder.write_header().map_err(|e| made("PNG", e))?;
    let written = writer.write_image_data(&samples);
    written.map_err(|e| made("PNG", e))?;
    writer.finish().map_err(|e| made("PNG", e))?;
    Ok(out)
}

#[cfg(not(feature = "exr"))]
fn exr(_: &[[f32; 4]], _: (usize, usize)) -> Result<Vec<u8>, LutBoxError> {
    Err(made("OpenEXR", "this program is built without it"))
}

#[cfg(feature = "exr")]
fn exr(texels: &[[f32; 4]], (width, height): (usize, usize)) -> Result<Vec<u8>, LutBoxError> {
    use std::io::Cursor;
    use vfx_exr::{Box2i, Channel, Compression, Header, PlaneRef, SampleType, Writer};

    let failed = |e: vfx_exr::Error| made("OpenEXR", e);
    let window = Box2i::from_size(width as u32, height as u32);
    // By name, as files hold them.
    let planes = [("B", 2), ("G", 1), ("R", 0)];
    let channels = planes.map(|(n, _)| Channel::new(n, SampleType::Float));
    let header = Header::new(window, channels.to_vec(), Compression::Zip);
    let mut writer = Writer::create(Cursor::new(Vec::new()), vec![header]).map_err(failed)?;
    let bytes = planes
        .map(|(_, c)| -> Vec<u8> { texels.iter().flat_map(|t| t[c].to_le_bytes()).collect() });
    let Some(encoder) = writer.encoder(0) else {
        unreachable!("the one part was just declared");
    };
    let order: Vec<_> = encoder.file_order().collect();
    for index in order {
        let top = encoder
            .chunk_region(index)
            .map_or(0, |place| place.region.min.1 as usize);
        let stride = width * 4;
        let rows = bytes.each_ref().map(|b| PlaneRef {
            bytes: &b[top * stride..],
            stride,
        });
        let chunk = encoder.encode(index, &rows).map_err(failed)?;
        writer.commit(chunk).map_err(failed)?;
    }
    Ok(writer.finish().map_err(failed)?.into_inner())
}
