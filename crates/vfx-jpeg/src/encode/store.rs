//! Blocks into coefficient planes, and whole pictures into planes on several threads.

use super::config::Config;
use super::dct::SCATTER;
use super::front::{BlockSink, Front};
use super::geometry::Geometry;
use super::input::Rows;
use super::plane::Plane;
use super::simd::simd;

/// Block rows of each component from some strip on; blocks above it are dropped.
pub(super) struct StoreSink<'a> {
    pub planes: Vec<Band<'a>>,
}

/// A band of a plane.
pub(super) struct Band<'a> {
    pub first: usize,
    pub stride: usize,
    pub ac: &'a mut [[i16; 64]],
    pub dc: &'a mut [i16],
}

impl<'a> StoreSink<'a> {
    /// All of the planes.
    pub fn whole(planes: &'a mut [Plane]) -> Self {
        let planes = planes.iter_mut().map(|p| Band {
            first: 0,
            stride: p.stride,
            ac: &mut p.ac,
            dc: &mut p.dc,
        });
        Self {
            planes: planes.collect(),
        }
    }
}

impl BlockSink for StoreSink<'_> {
    #[inline(always)]
    fn mcu(&mut self) {}

    #[inline(always)]
    fn block(&mut self, c: usize, x: usize, y: usize, values: &[i16; 64], mut mask: u64) {
        let plane = &mut self.planes[c];
        let Some(row) = y.checked_sub(plane.first) else {
            return;
        };
        let at = row * plane.stride + x;
        // Strips below the band are context only.
        let (Some(block), Some(dc)) = (plane.ac.get_mut(at), plane.dc.get_mut(at)) else {
            return;
        };
        *dc = values[0];
        block[0] = values[0];
        while mask != 0 {
            let i = mask.trailing_zeros() as usize & 63;
            mask &= mask - 1;
            block[usize::from(SCATTER[i] & 63)] = values[i];
        }
    }
}

/// Codes a whole picture in bands of strips, one thread each. A band starts one strip early and ends one late, for the
/// adaptive field's neighbourhood, so the planes are those of one thread.
pub(super) fn parallel(
    geometry: &Geometry,
    config: &Config,
    tables: &[[u16; 64]],
    rows: &Rows<'_>,
    planes: &mut [Plane],
) {
    let strips = geometry.mcus_high;
    let threads = config.threads.min(strips);
    let mut rest: Vec<_> = planes
        .iter_mut()
        .map(|p| (p.stride, p.v, &mut p.ac[..], &mut p.dc[..]))
        .collect();
    std::thread::scope(|scope| {
        for t in 0..threads {
            let (first, end) = (strips * t / threads, strips * (t + 1) / threads);
            let mut sink = StoreSink { planes: Vec::new() };
            for (stride, v, ac, dc) in &mut rest {
                let blocks = (end - first) * *v * *stride;
                let (ac_band, ac_rest) = std::mem::take(ac).split_at_mut(blocks);
                let (dc_band, dc_rest) = std::mem::take(dc).split_at_mut(blocks);
                (*ac, *dc) = (ac_rest, dc_rest);
                sink.planes.push(Band {
                    first: first * *v,
                    stride: *stride,
                    ac: ac_band,
                    dc: dc_band,
                });
            }
            let mut band = move || {
                let mut front = Front::new(geometry, config, tables);
                let start = first.saturating_sub(1);
                front.start_at(start);
                let size = geometry.strip_rows();
                let stop = ((end + 1) * size).min(geometry.height);
                for y in start * size..stop {
                    let row = rows.row(y, geometry.width, config.input.channels());
                    simd!(s => front.push(s, &row, &mut sink));
                }
            };
            if t + 1 == threads {
                band();
            } else {
                scope.spawn(band);
            }
        }
    });
}
