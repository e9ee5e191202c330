//! The oracle: the same graph on whole images, step after step, with no geometry at all.
//!
//! Memory is that of every image of the graph; for tests and small pictures only.

use crate::block::{Block, Scratch};
use crate::lower::{Work, lower};
use crate::schedule::join;
use crate::{Image, sample};
use std::sync::Arc;
use vfx_core::{ImageSource, ImageSpec, IoError, Planes, Region};

struct Held {
    spec: ImageSpec,
    planes: Planes,
}

impl ImageSource for Held {
    fn spec(&self) -> &ImageSpec {
        &self.spec
    }
    fn access(&self) -> vfx_core::Access {
        vfx_core::Access::Whole
    }
    fn read(
        &self,
        r: Region,
        channels: &vfx_core::ChannelSet,
        out: &mut vfx_core::PlanesMut<'_>,
    ) -> Result<(), IoError> {
        let w = self.spec.data_window;
        for (o, &c) in out.iter_mut().zip(&channels.0) {
            o.copy_from(&self.planes.plane(c).window(
                (r.x0 - w.x0) as usize,
                (r.y0 - w.y0) as usize,
                r.width(),
                r.height(),
            ));
        }
        Ok(())
    }
}

/// Computes an image whole, in the formats of `spec`, whose channels are the image's by position.
///
/// # Errors
/// What its sources say.
pub fn render(image: &Image, spec: &ImageSpec) -> Result<Planes, IoError> {
    let mut materialise = |inner: &Image| -> Result<Arc<dyn ImageSource>, IoError> {
        let spec = crate::run::stored_spec(inner);
        Ok(Arc::new(Held {
            planes: render(inner, &spec)?,
            spec,
        }))
    };
    let l = lower(&[image], &mut materialise)?;
    let window = l.steps[l.outputs[0]].window;
    let mut result = Planes::for_channels(window.width(), window.height(), &spec.channels);
    if l.is_copy() {
        let Work::Leaf(leaf) = &l.steps[0].work else {
            unreachable!("a copy is one leaf")
        };
        let mut native = Planes::new(
            window.width(),
            window.height(),
            (0..leaf.picks.len()).map(|c| leaf.format(c).sample),
        );
        leaf.read(window, &mut native.views_mut())?;
        for c in 0..leaf.picks.len() {
            let mut out = result.plane_mut(c);
            for y in 0..window.height() {
                sample::convert_row(
                    &native.plane(c),
                    leaf.format(c),
                    y,
                    &mut out,
                    spec.channels[c].format,
                    y,
                );
            }
        }
        return Ok(result);
    }
    let mut blocks: Vec<Scratch> = Vec::new();
    for (k, step) in l.steps.iter().enumerate() {
        let w = step.window;
        let (mut cols, mut rows) = (w.x0..w.x1, w.y0..w.y1);
        for &(j, input) in &l.consumers[k] {
            let (Work::Op(op), o) = (&l.steps[j].work, l.steps[j].window) else {
                unreachable!("leaves read nothing")
            };
            if !o.is_empty() {
                cols = join(cols, op.cols(input, o.x0..o.x1));
                rows = join(rows, op.rows(input, o.y0..o.y1));
            }
        }
        let mut block = Scratch::default();
        block.shape(
            Region::new(cols.start, rows.start, cols.end, rows.end),
            step.channels,
        );
        block.clear();
        if !w.is_empty() {
            match &step.work {
                Work::Leaf(leaf) => {
                    let mut native = Planes::new(
                        w.width(),
                        w.height(),
                        (0..step.channels).map(|c| leaf.format(c).sample),
                    );
                    leaf.read(w, &mut native.views_mut())?;
                    let mut out = block.part(w);
                    for c in 0..step.channels {
                        for y in w.y0..w.y1 {
                            sample::load(
                                &native.plane(c),
                                leaf.format(c).bits,
                                (y - w.y0) as usize,
                                0,
                                out.row(c, y),
                            );
                        }
                    }
                }
                Work::Op(op) => {
                    for &i in &step.inputs {
                        blocks[i].fill_border(&l.steps[i].window, op.border());
                    }
                    let inputs: Vec<Block<'_>> =
                        step.inputs.iter().map(|&i| blocks[i].block()).collect();
                    op.run(0, &inputs, &mut block.part(w));
                }
            }
            let mut out = block.part(w);
            for y in w.y0..w.y1 {
                for p in &step.post {
                    p.apply(0, &mut out.rows(y));
                }
            }
        }
        blocks.push(block);
    }
    let last = blocks[l.outputs[0]].block();
    for c in 0..spec.channels.len() {
        let mut out = result.plane_mut(c);
        for y in window.y0..window.y1 {
            let row = &last.row(c, window.x0, y)[..window.width()];
            sample::store(
                row,
                &mut out,
                spec.channels[c].format.bits,
                (y - window.y0) as usize,
                0,
            );
        }
    }
    Ok(result)
}
