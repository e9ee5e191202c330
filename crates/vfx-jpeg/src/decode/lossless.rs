//! Lossless frames (T.81 annex H): predictors 1 to 7, Huffman or arithmetic differences, point transform.
//!
//! Samples of the whole image are kept, 16 bits each, a row allocated when the scan reaches it; output starts when all scans
//! are there. Restart intervals start a line anew, as H.1.1 asks.

use super::frame::Frame;
use super::huffman::WHOLE;
use super::scan::{Scan, Stop};
use crate::error::JpegError;

/// Samples of one component.
#[derive(Clone, Default)]
pub(crate) struct Samples {
    pub width: usize,
    pub rows: Vec<Vec<u16>>,
    /// Differences of the row in work and of the one above, for arithmetic conditioning.
    differences: [Vec<i32>; 2],
}

/// Lays out empty planes.
pub(crate) fn planes(frame: &Frame, limit: u64) -> Result<Vec<Samples>, JpegError> {
    let bytes = frame.blocks() * 2;
    if bytes > limit {
        return Err(JpegError::Limit {
            what: "sample memory",
            found: bytes,
            limit,
        });
    }
    let planes = frame.components.iter().map(|c| Samples {
        width: c.padded_w,
        rows: vec![Vec::new(); c.padded_h],
        differences: [Vec::new(), Vec::new()],
    });
    Ok(planes.collect())
}

/// Runs MCUs until something stops the scan.
pub(crate) fn run(
    scan: &mut Scan,
    frame: &Frame,
    data: &[u8],
    real: Option<usize>,
    planes: &mut [Samples],
) -> Stop {
    if scan.left == 0 {
        return Stop::Interval;
    }
    let places = std::mem::take(&mut scan.places);
    let stop = loop {
        if !scan.may_run(data, real) {
            break Stop::Data;
        }
        if !scan.insufficient {
            for p in &places {
                let c = &frame.components[p.component];
                let (x, y) = if scan.interleaved {
                    (scan.x * c.h + p.dx, scan.y * c.v + p.dy)
                } else {
                    (scan.x, scan.y)
                };
                // A line is "first" at the start of the image and after each restart.
                let fresh = scan.fresh_row * if scan.interleaved { c.v } else { 1 };
                sample(
                    scan,
                    p,
                    frame.precision,
                    data,
                    &mut planes[p.component],
                    x,
                    y,
                    y == fresh,
                );
            }
            scan.check_end(real);
        }
        if let Some(stop) = scan.step() {
            break stop;
        }
    };
    scan.places = places;
    stop
}

/// Decodes one sample.
#[allow(clippy::too_many_arguments, reason = "the loop's state, spread out")]
fn sample(
    scan: &mut Scan,
    p: &super::scan::Place,
    precision: u32,
    data: &[u8],
    plane: &mut Samples,
    x: usize,
    y: usize,
    first: bool,
) {
    let shift = scan.band.low;
    let w = plane.width;
    if plane.rows[y].is_empty() {
        plane.rows[y] = vec![(1u32 << (precision - 1)) as u16; w];
    }
    if x == 0 {
        plane.differences.swap(0, 1);
        plane.differences[1].clear();
        plane.differences[1].resize(w, 0);
        if first {
            plane.differences[0].clear();
        }
    }
    let at =
        |row: usize, x: usize| i32::from(plane.rows[row].get(x).copied().unwrap_or(0)) >> shift;
    let prediction = if first {
        if x == 0 {
            1 << (precision - shift - 1)
        } else {
            at(y, x - 1)
        }
    } else if x == 0 {
        at(y - 1, 0)
    } else {
        let (a, b, c) = (at(y, x - 1), at(y - 1, x), at(y - 1, x - 1));
        match scan.band.start {
            1 => a,
            2 => b,
            3 => c,
            4 => a + b - c,
            5 => a + ((b - c) >> 1),
            6 => b + ((a - c) >> 1),
            7 => (a + b) >> 1,
            _ => 0,
        }
    };
    let diff = match &mut scan.arithmetic {
        Some(a) => {
            let left = if x > 0 {
                plane.differences[1][x - 1]
            } else {
                0
            };
            let above = plane.differences[0].get(x).copied().unwrap_or(0);
            let bounds = scan.conditioning.dc[p.dc_index];
            a.difference(data, p.dc_index, bounds, left, above)
                .unwrap_or(0)
        }
        None => {
            scan.bits.refill(data);
            match p.dc.as_ref().map_or((0, 0), |dc| scan.bits.symbol(dc)) {
                (WHOLE, _) => -32768,
                (_, diff) => diff,
            }
        }
    };
    plane.differences[1][x] = i32::from(diff as i16);
    plane.rows[y][x] = (((prediction + diff) & 0xffff) << shift) as u16;
}
