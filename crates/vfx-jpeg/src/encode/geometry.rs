//! Sizes of a picture in blocks and MCUs, and what each component is.

use super::config::{ColorModel, Config};

/// One component of the frame.
#[derive(Clone, Debug)]
pub(super) struct Component {
    /// Identifier in the file.
    pub id: u8,
    /// Horizontal sampling factor.
    pub h: usize,
    /// Vertical sampling factor.
    pub v: usize,
    /// Quantisation table.
    pub table: usize,
    /// Blocks a row and column that hold picture.
    pub wide: usize,
    /// Block rows that hold picture.
    pub high: usize,
    /// Blocks a row in whole MCUs.
    pub padded_wide: usize,
    /// Block rows in whole MCUs.
    pub padded_high: usize,
}

/// The frame.
#[derive(Clone, Debug)]
pub(super) struct Geometry {
    pub width: usize,
    pub height: usize,
    /// Largest sampling factors.
    pub max_h: usize,
    pub max_v: usize,
    pub mcus_wide: usize,
    pub mcus_high: usize,
    pub components: Vec<Component>,
    /// The component that drives the adaptive field.
    pub guide: usize,
}

impl Geometry {
    pub fn new(width: u32, height: u32, config: &Config) -> Self {
        let (width, height) = (width as usize, height as usize);
        let (lh, lv) = config.sampling.luma();
        let model = config.color;
        let count = model.components();
        let factors: Vec<(usize, usize)> = (0..count)
            .map(|c| match (model, c) {
                (ColorModel::YCbCr, 0) | (ColorModel::Ycck, 0 | 3) => (lh, lv),
                (ColorModel::Xyb, 0 | 1) => (2, 2),
                _ => (1, 1),
            })
            .collect();
        let max_h = factors.iter().map(|f| f.0).max().unwrap_or(1);
        let max_v = factors.iter().map(|f| f.1).max().unwrap_or(1);
        let (mcus_wide, mcus_high) = (width.div_ceil(8 * max_h), height.div_ceil(8 * max_v));
        let components = factors
            .iter()
            .enumerate()
            .map(|(c, &(h, v))| Component {
                id: match model {
                    ColorModel::Rgb | ColorModel::Xyb => b"RGB"[c],
                    ColorModel::Cmyk => b"CMYK"[c],
                    _ => c as u8 + 1,
                },
                h,
                v,
                table: match model {
                    ColorModel::YCbCr | ColorModel::Xyb => c,
                    ColorModel::Ycck => usize::from(c == 1 || c == 2),
                    _ => 0,
                },
                wide: (width * h).div_ceil(max_h).div_ceil(8),
                high: (height * v).div_ceil(max_v).div_ceil(8),
                padded_wide: mcus_wide * h,
                padded_high: mcus_high * v,
            })
            .collect();
        Self {
            width,
            height,
            max_h,
            max_v,
            mcus_wide,
            mcus_high,
            components,
            guide: usize::from(matches!(model, ColorModel::Rgb | ColorModel::Xyb)),
        }
    }

    /// Whether any component is smaller than another.
    pub fn subsampled(&self) -> bool {
        self.max_h > 1 || self.max_v > 1
    }

    /// Rows of the picture in one strip of MCUs.
    pub fn strip_rows(&self) -> usize {
        8 * self.max_v
    }
}
