//! Luminance and chroma as R, G and B.
//!
//! `Y` with `RY` = (R - Y) / Y and `BY` = (B - Y) / Y, usually at a quarter of the pixels. Chroma at every second column or row goes through OpenEXR's reconstruction filter
//! (the module `chroma`), any other is replicated, as everywhere in the engine; the weights of luminance are those of the file's chromaticities. Source: OpenEXR technical introduction, "Luminance/chroma images".

use super::chroma::reconstruct;
use vfx_compute::{ChannelPick, Image};
use vfx_core::{Channel, Value};
use vfx_ops::Args;

/// Rec. 709 primaries and D65, where a file states none.
const REC709: [f64; 8] = [0.64, 0.33, 0.30, 0.60, 0.15, 0.06, 0.3127, 0.3290];

/// The image as R, G, B and its other channels; `None` when it has no luminance and chroma.
pub(crate) fn to_rgb(image: &Image) -> Option<Image> {
    let spec = image.spec();
    let find = |name: &str| spec.channel_index(name);
    let (y, ry, by) = (find("Y")?, find("RY")?, find("BY")?);
    let stated = match spec.attributes.value("chromaticities") {
        Some(Value::Floats(v)) => v.iter().map(|&v| f64::from(v)).collect(),
        _ => Vec::new(),
    };
    let [wr, wg, wb] = weights(stated.first_chunk().unwrap_or(&REC709))?;
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
    let rgb = op("ccmatrix", &[product], &[numbers.join(",")])?;
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

/// How much of each primary white's luminance is: the primaries' XYZ at luminance 1, weighted, sum to the white.
fn weights(c: &[f64; 8]) -> Option<[f64; 3]> {
    let xyz = |x: f64, y: f64| [x / y, 1.0, (1.0 - x - y) / y];
    let (r, g, b, w) = (
        xyz(c[0], c[1]),
        xyz(c[2], c[3]),
        xyz(c[4], c[5]),
        xyz(c[6], c[7]),
    );
    let det = |a: [f64; 3], b: [f64; 3], c: [f64; 3]| {
        a[0] * (b[1] * c[2] - b[2] * c[1]) - b[0] * (a[1] * c[2] - a[2] * c[1])
            + c[0] * (a[1] * b[2] - a[2] * b[1])
    };
    let all = det(r, g, b);
    let found = [det(w, g, b) / all, det(r, w, b) / all, det(r, g, w) / all];
    found
        .iter()
        .all(|v| v.is_finite() && *v != 0.0)
        .then_some(found)
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
