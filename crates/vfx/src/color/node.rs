//! A colour program as one pointwise node over the R, G and B of every layer.
//!
//! Where alpha is associated, colours are divided by it before and multiplied after (as oiiotool's `--colorconvert` does),
//! except where it is 0: light without coverage keeps its value. Grey images are taken as R = G = B. Blocks of 1024 samples
//! are copied to the stack and back: 16 KB that stay in the first cache.

use crate::Image;
use std::sync::Arc;
use vfx_color::ColorProgram;
use vfx_compute::Pointwise;
use vfx_core::{Alpha, ImageSpec};

/// Samples of a step: scratch planes of constants stay on the stack.
const STEP: usize = 1024;

/// Runs a program over the colour channels of an image.
#[must_use]
pub fn convert(image: &Image, program: Arc<ColorProgram>, keep_premultiplied: bool) -> Image {
    let spec = image.spec();
    let associated = spec.alpha == Alpha::Associated && !keep_premultiplied;
    let layers = layers(spec);
    if layers.is_empty() || program.ops().is_empty() {
        return image.flattened();
    }
    let node = Colour {
        program,
        layers,
        associated,
    };
    image.with(image.graph().pointwise(Arc::new(node)))
}

/// The colour channels of a layer: R, G, B (or grey three times) and alpha.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Layer {
    rgb: [usize; 3],
    alpha: Option<usize>,
}

/// Every layer that has R, G and B, or a single channel of grey; data is left alone.
fn layers(spec: &ImageSpec) -> Vec<Layer> {
    let at = |layer: &str, name: &str| {
        let full = if layer.is_empty() {
            name.to_owned()
        } else {
            format!("{layer}.{name}")
        };
        spec.channel_index(&full)
    };
    let mut out = Vec::new();
    for c in &spec.channels {
        let (layer, leaf) = c.name.rsplit_once('.').unwrap_or(("", &c.name));
        if c.is_data() {
            continue;
        }
        let main = if layer.is_empty() {
            spec.alpha_index()
        } else {
            None
        };
        let alpha = at(layer, "A").or(main);
        if leaf == "R" {
            if let (Some(r), Some(g), Some(b)) = (at(layer, "R"), at(layer, "G"), at(layer, "B")) {
                out.push(Layer {
                    rgb: [r, g, b],
                    alpha,
                });
            }
        } else if leaf == "Y"
            && at(layer, "RY").is_none()
            && let Some(y) = at(layer, "Y")
        {
            out.push(Layer { rgb: [y; 3], alpha });
        }
    }
    out
}

/// A program as a node of the graph.
struct Colour {
    program: Arc<ColorProgram>,
    layers: Vec<Layer>,
    /// Colours are multiplied by alpha.
    associated: bool,
}

impl Pointwise for Colour {
    fn name(&self) -> String {
        format!("colour ({} operations)", self.program.ops().len())
    }

    fn mixes(&self) -> bool {
        true
    }

    fn apply(&self, _: usize, rows: &mut [&mut [f32]]) {
        let width = rows.first().map_or(0, |r| r.len());
        for layer in &self.layers {
            for start in (0..width).step_by(STEP) {
                self.block(layer, rows, start, STEP.min(width - start));
            }
        }
    }
}

impl Colour {
    /// One step of one row: copied to the stack, converted, copied back. 16 KB that stay in the first cache.
    fn block(&self, layer: &Layer, rows: &mut [&mut [f32]], start: usize, len: usize) {
        let range = start..start + len;
        let mut planes = [[1.0f32; STEP]; 4];
        for (plane, channel) in planes.iter_mut().zip(layer.rgb) {
            plane[..len].copy_from_slice(&rows[channel][range.clone()]);
        }
        if let Some(a) = layer.alpha {
            planes[3][..len].copy_from_slice(&rows[a][range.clone()]);
        }
        let divide = self.associated && layer.alpha.is_some();
        let mut weight = [1.0f32; STEP];
        if divide {
            weight = planes[3];
            for plane in &mut planes[..3] {
                for (v, a) in plane[..len].iter_mut().zip(&weight) {
                    *v = if *a == 0.0 { *v } else { *v / *a };
                }
            }
        }
        let [r, g, b, a] = &mut planes;
        self.program
            .apply_planes([&mut r[..len], &mut g[..len], &mut b[..len], &mut a[..len]]);
        if divide {
            // Alpha itself may have been changed by a matrix; colours take the alpha that is written.
            let after = planes[3];
            for plane in &mut planes[..3] {
                for ((v, before), now) in plane[..len].iter_mut().zip(&weight).zip(&after) {
                    *v = if *before == 0.0 { *v } else { *v * *now };
                }
            }
        }
        let grey = layer.rgb[0] == layer.rgb[1];
        for (plane, channel) in planes.iter().zip(layer.rgb).take(if grey { 1 } else { 3 }) {
            rows[channel][range.clone()].copy_from_slice(&plane[..len]);
        }
        if let Some(a) = layer.alpha {
            rows[a][range].copy_from_slice(&planes[3][..len]);
        }
    }
}
