//! Cubes as images: the lattice of all input colours, to be treated by other programs, and the cube in what comes back.
//!
//! Entries run red fastest, then green, then blue, along rows of `edge`^2 pixels or of the greatest width. Pixels after the
//! last entry are black. The same layout as OpenColorIO's `ociolutimage`. Samples are `f32`, R, G, B.

use crate::{Error, Image, Session};
use std::sync::{Arc, Mutex};
use vfx_color::op::{Interpolation, Lut3D};
use vfx_color::{ColorError, Direction, Op};
use vfx_core::{
    Access, ChannelSet, ChunkEncoder, ChunkLayout, ChunkOrder, EncodedChunk, ImageSink,
    ImageSource, ImageSpec, IoError, PlanesMut, PlanesRef, Region, SampleFormat, Written,
};
use vfx_ocio::OcioError;

/// Entries along one edge of a cube.
const MAX_EDGE: usize = 129;
/// Rows of a strip.
const STRIP: usize = 64;

/// Columns and rows of a lattice image.
#[must_use]
pub fn lattice_size(edge: usize, max_width: usize) -> (usize, usize) {
    let width = (edge * edge).min(max_width.max(1));
    (width, edge.pow(3).div_ceil(width))
}

fn checked(edge: usize) -> Result<usize, Error> {
    if (2..=MAX_EDGE).contains(&edge) {
        return Ok(edge);
    }
    Err(OcioError::from(ColorError::Limit {
        what: "edge of a cube",
        found: edge as u64,
        limit: MAX_EDGE as u64,
    })
    .into())
}

/// The image of an identity cube.
///
/// # Errors
/// If the edge is not 2 to 129.
pub fn lattice(edge: usize, max_width: usize, session: &Session) -> Result<Image, Error> {
    let (width, height) = lattice_size(checked(edge)?, max_width);
    let channels = ImageSpec::default_channels(3, SampleFormat::F32);
    let source = Lattice {
        spec: ImageSpec::new(width, height, channels),
        edge,
    };
    let graph = vfx_compute::Image::from_source(Arc::new(source));
    Ok(Image::from_graph(graph, session))
}

struct Lattice {
    spec: ImageSpec,
    edge: usize,
}

impl ImageSource for Lattice {
    fn spec(&self) -> &ImageSpec {
        &self.spec
    }
    fn access(&self) -> Access {
        Access::Random {
            chunk: (self.spec.width(), 1),
            partial: true,
        }
    }
    fn read(
        &self,
        region: Region,
        channels: &ChannelSet,
        out: &mut PlanesMut<'_>,
    ) -> Result<(), IoError> {
        let (n, last) = (self.edge as i64, (self.edge - 1) as f32);
        for (plane, &c) in out.iter_mut().zip(&channels.0) {
            for (row, y) in (region.y0..region.y1).enumerate() {
                for (v, x) in plane.row::<f32>(row).iter_mut().zip(region.x0..) {
                    let i = y * self.spec.width() as i64 + x;
                    *v = if i < n.pow(3) {
                        (i / n.pow(c as u32) % n) as f32 / last
                    } else {
                        0.0
                    };
                }
            }
        }
        Ok(())
    }
}

/// The cube in an image of a lattice.
///
/// # Errors
/// If the image has another size or no R, G and B, or what reading gives.
pub fn cube_of(image: &Image, edge: usize, max_width: usize) -> Result<Op, Error> {
    let (width, height) = lattice_size(checked(edge)?, max_width);
    let found = (image.spec().width(), image.spec().height());
    if found != (width, height) {
        return Err(Error::Lattice {
            found,
            expected: (width, height),
            edge,
        });
    }
    let rgb = image.select(&["R", "G", "B"])?.format(SampleFormat::F32);
    let samples = Arc::new(Mutex::new(Vec::new()));
    let sink = Box::new(Collect {
        specs: vec![rgb.spec().clone()],
        samples: samples.clone(),
    });
    rgb.session()
        .job()
        .run(vec![(vec![rgb.graph().clone()], sink)])?;
    let samples = std::mem::take(&mut *samples.lock().expect("sample lock"));
    let float = |b: &[u8]| f32::from_le_bytes([b[0], b[1], b[2], b[3]]);
    let entries = samples
        .chunks_exact(12)
        .take(edge.pow(3))
        .map(|p| [float(&p[..4]), float(&p[4..8]), float(&p[8..])])
        .collect();
    let lut = Lut3D {
        edge,
        entries,
        interpolation: Interpolation::Tetrahedral,
    };
    Ok(Op::Lut3D(Arc::new(lut), Direction::Forward))
}

/// Keeps what comes, channels interleaved, rows from the top.
struct Collect {
    specs: Vec<ImageSpec>,
    samples: Arc<Mutex<Vec<u8>>>,
}

struct Interleave;

impl ImageSink for Collect {
    fn specs(&self) -> &[ImageSpec] {
        &self.specs
    }
    fn layout(&self, image: usize) -> ChunkLayout {
        ChunkLayout {
            window: self.specs[image].data_window,
            chunk: (self.specs[image].width(), STRIP),
            order: ChunkOrder::Increasing,
        }
    }
    fn encoder(&self, _: usize) -> Arc<dyn ChunkEncoder> {
        Arc::new(Interleave)
    }
    fn commit(&mut self, _: usize, chunk: EncodedChunk) -> Result<(), IoError> {
        let mut samples = self.samples.lock().expect("sample lock");
        samples.extend_from_slice(&chunk.bytes);
        Ok(())
    }
    fn finish(self: Box<Self>) -> Result<Written, IoError> {
        Ok(Written::default())
    }
}

impl ChunkEncoder for Interleave {
    fn encode(&self, index: usize, planes: &PlanesRef<'_>) -> Result<EncodedChunk, IoError> {
        let (w, h) = planes.first().map_or((0, 0), |p| (p.width(), p.height()));
        let mut bytes = Vec::with_capacity(w * h * planes.len() * 4);
        for y in 0..h {
            let rows: Vec<_> = planes.iter().map(|p| p.row_bytes(y)).collect();
            for x in 0..w {
                for row in &rows {
                    bytes.extend_from_slice(&row[4 * x..4 * x + 4]);
                }
            }
        }
        Ok(EncodedChunk {
            index,
            bytes,
            extra: 0,
        })
    }
}
