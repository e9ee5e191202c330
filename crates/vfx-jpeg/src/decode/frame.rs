//! The frame header (SOF, T.81 B.2.2) and the geometry that follows from it.

use crate::error::JpegError;

/// One component as the frame declares it, with its sizes. For lossless frames a block is one sample.
#[derive(Clone, Debug)]
pub(crate) struct Component {
    pub id: u8,
    pub h: usize,
    pub v: usize,
    pub tq: usize,
    /// Samples that count, before scaling.
    pub width: usize,
    pub height: usize,
    /// Blocks that hold those samples: the extent of a non-interleaved scan.
    pub blocks_w: usize,
    pub blocks_h: usize,
    /// Blocks including the padding of interleaved scans.
    pub padded_w: usize,
    pub padded_h: usize,
}

/// A frame: process, size, components.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    pub progressive: bool,
    pub arithmetic: bool,
    pub lossless: bool,
    pub precision: u32,
    pub width: usize,
    pub height: usize,
    pub hmax: usize,
    pub vmax: usize,
    pub mcus_x: usize,
    pub mcus_y: usize,
    pub components: Vec<Component>,
}

impl Frame {
    /// Reads the body of an SOF segment; a height of 0 stays 0 until a DNL segment tells it.
    pub fn parse(sof: u8, body: &[u8], offset: u64) -> Result<Frame, JpegError> {
        let corrupt = |what| JpegError::Corrupt { what, offset };
        let (&[precision, y1, y0, x1, x0, n], rest) = body
            .split_first_chunk::<6>()
            .ok_or(corrupt("frame header too short"))?;
        if n == 0 || rest.len() < 3 * usize::from(n) {
            return Err(corrupt("frame header too short for its components"));
        }
        let lossless = matches!(sof, 0xc3 | 0xcb);
        let fits = match sof {
            0xc0 => precision == 8,
            0xc3 | 0xcb => (2..=16).contains(&precision),
            _ => precision == 8 || precision == 12,
        };
        if !fits {
            return Err(JpegError::Unsupported {
                what: "this sample precision",
            });
        }
        let width = usize::from(u16::from_be_bytes([x1, x0]));
        if width == 0 {
            return Err(corrupt("width is zero"));
        }
        let mut frame = Frame {
            progressive: matches!(sof, 0xc2 | 0xca),
            arithmetic: sof >= 0xc9,
            lossless,
            precision: u32::from(precision),
            width,
            height: usize::from(u16::from_be_bytes([y1, y0])),
            hmax: 1,
            vmax: 1,
            mcus_x: 0,
            mcus_y: 0,
            components: Vec::with_capacity(usize::from(n)),
        };
        for c in rest.chunks_exact(3).take(usize::from(n)) {
            let (h, v) = (usize::from(c[1] >> 4), usize::from(c[1] & 15));
            if !(1..=4).contains(&h) || !(1..=4).contains(&v) {
                return Err(corrupt("sampling factor outside 1 to 4"));
            }
            frame.components.push(Component {
                id: c[0],
                h,
                v,
                tq: usize::from(c[2] & 3),
                width: 0,
                height: 0,
                blocks_w: 0,
                blocks_h: 0,
                padded_w: 0,
                padded_h: 0,
            });
        }
        if let [only] = frame.components.as_mut_slice() {
            // One component is never subsampled, whatever its factors say: they only shape an MCU that does not exist.
            (only.h, only.v) = (1, 1);
        }
        frame.hmax = frame.components.iter().map(|c| c.h).max().unwrap_or(1);
        frame.vmax = frame.components.iter().map(|c| c.v).max().unwrap_or(1);
        if frame.height != 0 {
            frame.layout();
        }
        Ok(frame)
    }

    /// Samples a block side.
    pub fn unit(&self) -> usize {
        if self.lossless { 1 } else { 8 }
    }

    /// Derives block counts once the height is known.
    pub fn layout(&mut self) {
        let unit = self.unit();
        self.mcus_x = self.width.div_ceil(unit * self.hmax);
        self.mcus_y = self.height.div_ceil(unit * self.vmax);
        for c in &mut self.components {
            c.width = (self.width * c.h).div_ceil(self.hmax);
            c.height = (self.height * c.v).div_ceil(self.vmax);
            c.blocks_w = c.width.div_ceil(unit);
            c.blocks_h = c.height.div_ceil(unit);
            c.padded_w = self.mcus_x * c.h;
            c.padded_h = self.mcus_y * c.v;
        }
    }

    /// Blocks of all components, padding included.
    pub fn blocks(&self) -> u64 {
        self.components
            .iter()
            .map(|c| c.padded_w as u64 * c.padded_h as u64)
            .sum()
    }
}
