//! Luminance and chroma as R, G and B.
//!
//! `Y` with `RY` = (R - Y) / Y and `BY` = (B - Y) / Y, usually at a quarter of the pixels: then the module `yca` gives the samples of OpenEXR's RGBA interface. Chroma at every
//! second column or row only goes through the reconstruction filter alone (the module `chroma`), any other is replicated, as everywhere in the engine; the weights of
//! luminance are those of the file's chromaticities. Source: OpenEXR technical introduction, "Luminance/chroma images".

use super::chroma::reconstruct;
use super::yca::FromLuminance;
use std::sync::Arc;
use vfx_compute::{ChannelPick, Image};
use vfx_core::{Channel, Value};
use vfx_ops::Args;

/// Rec. 709 primaries and D65, where a file states none.
const REC709: [f32; 8] = [0.64, 0.33, 0.30, 0.60, 0.15, 0.06, 0.3127, 0.3290];

/// The image as R, G, B and its other channels; `None` when it has no luminance and chroma.
pub(crate) fn to_rgb(image: &Image) -> Option<Image> {
    let spec = image.spec();
    let find = |name: &str| spec.channel_index(name);
    let (y, ry, by) = (find("Y")?, find("RY")?, find("BY")?);
    let stated = match spec.attributes.value("chromaticities") {
        Some(Value::Floats(v)) => v.clone(),
        _ => Vec::new(),
    };
    let weights = weights_of(&stated)?;
    let mut whole = spec.clone();
    for c in &mut whole.channels {
        c.sampling = (1, 1);
    }
    let image = image.with_spec(whole.clone());
    let (columns, rows) = spec.channels[ry].sampling;
    let alike = spec.channels[ry].sampling == spec.channels[by].sampling;
    let format = spec.channels[y].format;
    let named = |names: &[&str]| -> Vec<Channel> {
        names.iter().map(|n| Channel::new(*n, format)).collect()
    };
    let op = |name: &str, images: &[Image], args: &[String]| {
        let op = vfx_ops::find(name)?;
        op.apply(images, &Args::new(args.iter().cloned())).ok()
    };
    let pick = |list: [usize; 3]| list.map(ChannelPick::Input).to_vec();
    let window = spec.data_window;
    let quarter = alike && (columns, rows) == (2, 2);
    let rgb = if quarter && window.x0.rem_euclid(2) == 0 && window.y0.rem_euclid(2) == 0 {
        let planes = image.channels(pick([y, ry, by]), named(&["R", "G", "B"]));
        let made = planes.spec().clone();
        Image::op(
            Arc::new(FromLuminance { weights, window }),
            vec![planes],
            made,
        )
    } else {
        let [wr, wg, wb] = weights.map(f64::from);
        // (RY + 1) Y is R, (BY + 1) Y is B; Y itself stays by a factor of 1.
        let mut chroma = image.channels(pick([ry, ry, by]), named(&["R", "G", "B"]));
        if alike {
            chroma = reconstruct(&chroma, columns == 2, rows == 2);
        }
        let mut factor = op("addc", &[chroma], &["1,0,1".into()])?;
        factor = factor.channels(
            vec![
                ChannelPick::Input(0),
                ChannelPick::Constant(1.0),
                ChannelPick::Input(2),
            ],
            named(&["R", "G", "B"]),
        );
        let luma = image.channels(pick([y, y, y]), named(&["R", "G", "B"]));
        let product = op("mul", &[factor, luma], &[])?;
        // Row vectors (R, Y, B): the middle column makes G.
        let matrix = [1.0, -wr / wg, 0.0, 0.0, 1.0 / wg, 0.0, 0.0, -wb / wg, 1.0];
        let numbers: Vec<String> = matrix.iter().map(ToString::to_string).collect();
        op("ccmatrix", &[product], &[numbers.join(",")])?
    };
    let rest: Vec<usize> = (0..spec.channels.len())
        .filter(|c| ![y, ry, by].contains(c))
        .collect();
    if rest.is_empty() {
        return Some(rgb);
    }
    let channels = rest.iter().map(|&c| whole.channels[c].clone()).collect();
    let others = image.channels(
        rest.iter().copied().map(ChannelPick::Input).collect(),
        channels,
    );
    op("chappend", &[rgb, others], &[])
}

/// Those of the chromaticities that a file states, or of Rec. 709.
pub(super) fn weights_of(stated: &[f32]) -> Option<[f32; 3]> {
    weights(stated.first_chunk().unwrap_or(&REC709))
}

/// How much of each primary white's luminance is: the primaries' XYZ, weighted, sum to the white. In single precision and the order of `RGBtoXYZ` of OpenEXR, whose
/// last bits decide roundings.
fn weights(c: &[f32; 8]) -> Option<[f32; 3]> {
    let [rx, ry, gx, gy, bx, by, wx, wy] = *c;
    let (x, z) = (wx / wy, (1.0 - wx - wy) / wy);
    let d = rx * (by - gy) + bx * (gy - ry) + gx * (ry - by);
    let term = |y: f32| (y - 1.0) + y * (x + z);
    let red = (x * (by - gy) - gx * term(by) + bx * term(gy)) / d * ry;
    let green = (x * (ry - by) + rx * term(by) - bx * term(ry)) / d * gy;
    let blue = (x * (gy - ry) - rx * term(gy) + gx * term(ry)) / d * by;
    let sum = red + green + blue;
    let found = [red / sum, green / sum, blue / sum];
    found
        .iter()
        .all(|v| v.is_finite())
        .then_some(found)
        .filter(|v| v[1] != 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn luminance_weights_of_rec709() {
        let w = weights(&REC709).unwrap();
        for (w, known) in w.iter().zip([0.2126, 0.7152, 0.0722]) {
            assert!((w - known).abs() < 1e-3, "{w}");
        }
    }
}
