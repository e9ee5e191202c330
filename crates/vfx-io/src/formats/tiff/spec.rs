//! A directory's tags to an [`ImageSpec`]: channels, windows, alpha, colour space.
//!
//! Names and defaults are OpenImageIO's: the position is in resolution units, the Pixar tags give the display window,
//! the ratio of the resolutions is the pixel aspect.

use super::ifd::{Ifd, Reader};
use super::layout::{Color, Layout};
use super::tag::{self, photometric};
use super::{COMPRESSION, FORMAT_NAME, malformed, metadata};
use vfx_core::{
    Alpha, Channel, ImageSpec, IoError, Orientation, Origin, Region, SampleFormat, Value,
};

/// The spec of a directory.
pub fn of(r: &Reader<'_>, d: &Ifd, layout: &Layout) -> Result<ImageSpec, IoError> {
    let mut spec = ImageSpec::new(layout.width, layout.height, Vec::new());
    (spec.channels, spec.alpha) = channels(r, d, layout)?;
    let number = |t| d.get(t).and_then(|e| r.number(e)).filter(|v| v.is_finite());
    let (x, y) = (
        number(tag::X_POSITION).unwrap_or(0.0) * number(tag::X_RESOLUTION).unwrap_or(1.0),
        number(tag::Y_POSITION).unwrap_or(0.0) * number(tag::Y_RESOLUTION).unwrap_or(1.0),
    );
    let fits = |v: f64| v.abs() < f64::from(1 << 30);
    if fits(x) && fits(y) {
        let (x, y) = (x.round() as i64, y.round() as i64);
        spec.data_window = spec.data_window.offset(x, y);
        spec.display_window = spec.data_window;
    }
    if let (Some(w @ 1..=0x7fff_ffff), Some(h @ 1..=0x7fff_ffff)) = (
        r.lenient(d, tag::IMAGE_FULL_WIDTH),
        r.lenient(d, tag::IMAGE_FULL_LENGTH),
    ) {
        spec.display_window = Region::sized(0, 0, w as usize, h as usize);
    }
    if let Some(o @ 1..=8) = r.lenient(d, tag::ORIENTATION) {
        spec.orientation = Orientation(o as u8);
    }
    if let (Some(x), Some(y)) = (number(tag::X_RESOLUTION), number(tag::Y_RESOLUTION)) {
        let aspect = (y / x) as f32;
        if x > 0.0 && y > 0.0 && aspect.is_finite() && aspect > 0.0 {
            spec.pixel_aspect = aspect;
        }
    }
    metadata::read(r, d, &mut spec);
    let compression = Value::String(layout.compression.name().into());
    spec.attributes
        .set(COMPRESSION, compression, Origin::Format(FORMAT_NAME));
    if let Some(name) = spec.attributes.text("PageName") {
        spec.name = name.into();
    }
    // Exif: anything but "uncalibrated" is sRGB; without it nothing is known.
    if spec
        .attributes
        .number("Exif:ColorSpace")
        .is_some_and(|v| v as i64 & 0xffff != 0xffff)
    {
        spec.color_space = Some("srgb_rec709_scene".into());
    }
    Ok(spec)
}

fn channels(r: &Reader<'_>, d: &Ifd, layout: &Layout) -> Result<(Vec<Channel>, Alpha), IoError> {
    let format = match layout.color {
        Color::Palette(_) => SampleFormat::U8,
        _ => layout.format(),
    };
    let n = match layout.color {
        Color::Palette(_) => layout.samples + 2,
        Color::Cmyk => layout.samples - 1,
        _ => layout.samples,
    };
    let mut out = ImageSpec::default_channels(n, format);
    if layout.photometric == photometric::SEPARATED && layout.color == Color::Direct {
        let names = d.get(333).and_then(|e| r.bytes(e).ok()).unwrap_or_default();
        let mut names = names
            .split(|b| *b == 0)
            .filter(|n| !n.is_empty())
            .map(|n| String::from_utf8_lossy(n).into_owned());
        for (i, c) in out.iter_mut().enumerate() {
            c.name = names.next().unwrap_or_else(|| format!("ink{i}"));
        }
    }
    let color = match layout.photometric {
        photometric::MIN_IS_WHITE | photometric::MIN_IS_BLACK | photometric::MASK => 1,
        photometric::SEPARATED if layout.color == Color::Direct => 4,
        _ => 3,
    };
    let mut alpha = Alpha::Associated;
    if n > color {
        // Only what ExtraSamples calls alpha is alpha; without the tag the fourth channel of RGBA is taken for it.
        let found = layout
            .extra
            .iter()
            .take(n - color)
            .position(|e| matches!(e, 1 | 2));
        for (i, c) in out.iter_mut().enumerate().skip(color) {
            let is_alpha = match found {
                Some(f) => i == color + f,
                None => c.name == "A" && layout.extra.get(i - color).is_none(),
            };
            if is_alpha {
                c.name = "A".into();
            } else if c.name == "A" || i >= color && matches!(c.name.as_str(), "R" | "G" | "B") {
                c.name = format!("channel{i}");
            }
        }
        if color == 1 {
            out[0].name = "Y".into();
        }
        if found.is_some_and(|f| layout.extra[f] == 2) {
            alpha = Alpha::Unassociated;
        }
    }
    if out.is_empty() {
        return Err(malformed("directory", "no channels"));
    }
    Ok((out, alpha))
}
