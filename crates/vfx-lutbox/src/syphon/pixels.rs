//! Texels as the bytes of a surface: packed floats, RGBA floats, 8-bit preview.
//!
//! Packed: 8-bit BGRA, four pixels a texel (R, G, B, A in this order along x); the bytes of a pixel in memory, B first, are those of the
//! little-endian `f32`. A client that samples it without filter, colour management and premultiplication has the bits:
//! `uintBitsToFloat(B | G << 8 | R << 16 | A << 24)` of the 8-bit codes. Preview: clamped to 0 to 1 and rounded to 8 bits.

use crate::LutBoxError;

/// Largest side of a texture.
pub const MAX_SIDE: usize = 16384;

/// What a surface holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// One `f32` in each BGRA pixel; lossless.
    Packed,
    /// 8-bit BGRA: to look at, not to grade with.
    Preview,
    /// `kCVPixelFormatType_128RGBAFloat`; lossless.
    Float,
}

/// All forms.
pub const FORMS: [Form; 3] = [Form::Packed, Form::Preview, Form::Float];

const fn four(code: [u8; 4]) -> u32 {
    u32::from_be_bytes(code)
}

impl Form {
    /// Name of the server of a stream.
    pub fn server_name(self, stream: &str) -> String {
        match self {
            Self::Packed => format!("{stream} (packed float)"),
            Self::Preview => format!("{stream} (8-bit preview)"),
            Self::Float => stream.to_owned(),
        }
    }

    /// `kIOSurfacePixelFormat`.
    pub fn pixel_format(self) -> u32 {
        match self {
            Self::Packed | Self::Preview => four(*b"BGRA"),
            Self::Float => four(*b"RGfA"),
        }
    }

    /// `kIOSurfaceBytesPerElement`.
    pub fn element_bytes(self) -> usize {
        match self {
            Self::Packed | Self::Preview => 4,
            Self::Float => 16,
        }
    }

    /// Width and height of the surface of a texture; a volume lies as its slices one below the other.
    ///
    /// # Errors
    ///
    /// If a side is larger than textures may be: packed strips hold edges to 64.
    pub fn surface_size(
        self,
        [width, height, depth]: [usize; 3],
    ) -> Result<[usize; 2], LutBoxError> {
        let width = if self == Self::Packed {
            width * 4
        } else {
            width
        };
        let size = [width, height * depth];
        if size.iter().any(|s| *s > MAX_SIDE) {
            return Err(LutBoxError::Limit {
                what: "texels along a side of a surface",
                limit: MAX_SIDE as u64,
            });
        }
        Ok(size)
    }

    /// Writes one row of texels to the bytes of a surface's row.
    ///
    /// # Panics
    ///
    /// If the row is shorter than the texels need.
    pub fn write_row(self, texels: &[[f32; 4]], row: &mut [u8]) {
        match self {
            Self::Packed | Self::Float => {
                let row = &mut row[..texels.len() * 16];
                for (to, v) in row
                    .as_chunks_mut::<4>()
                    .0
                    .iter_mut()
                    .zip(texels.as_flattened())
                {
                    *to = v.to_le_bytes();
                }
            }
            Self::Preview => {
                // Entries are finite.
                let code = |v: f32| (v.clamp(0.0, 1.0) * 255.0 + 0.5) as u8;
                let row = &mut row[..texels.len() * 4];
                for (to, t) in row.as_chunks_mut::<4>().0.iter_mut().zip(texels) {
                    *to = [code(t[2]), code(t[1]), code(t[0]), code(t[3])];
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Cube, Layout};

    #[test]
    fn packed_pixels_are_the_bytes_of_the_floats() {
        let texels = [[1.0, -0.0, 1e30, 1.0], [f32::from_bits(1), 0.5, -2.0, 1.0]];
        let mut row = [0xee; 2 * 16 + 3];
        Form::Packed.write_row(&texels, &mut row);
        assert_eq!(row[..4], [0, 0, 0x80, 0x3f]);
        assert_eq!(row[32..], [0xee; 3]);
        // What the shader of the documentation computes from pixels read as BGRA.
        for (pixel, v) in row.chunks_exact(4).zip(texels.as_flattened()) {
            let [b, g, r, a] = [pixel[0], pixel[1], pixel[2], pixel[3]].map(u32::from);
            assert_eq!(b | g << 8 | r << 16 | a << 24, v.to_bits());
        }
    }

    #[test]
    fn preview_is_clamped_bgra() {
        let mut row = [0; 8];
        Form::Preview.write_row(&[[1.5, 0.5, -3.0, 1.0], [0.0, 0.25, 1.0, 1.0]], &mut row);
        assert_eq!(row, [0, 128, 255, 255, 255, 64, 0, 255]);
    }

    #[test]
    fn surfaces_hold_the_edges_that_textures_allow() {
        let strip = |n: usize| Layout::OriginalStrip.size(n).unwrap();
        for (n, width) in [(32, 4096), (33, 4356), (64, 16384)] {
            assert_eq!(Form::Packed.surface_size(strip(n)).unwrap(), [width, n]);
        }
        assert!(Form::Packed.surface_size(strip(65)).is_err());
        assert_eq!(Form::Float.surface_size(strip(128)).unwrap(), [16384, 128]);
        let volume = Layout::Volume.size(33).unwrap();
        assert_eq!(Form::Packed.surface_size(volume).unwrap(), [132, 1089]);
        assert_eq!(Form::Float.pixel_format(), 0x5247_6641);
    }

    #[test]
    fn float_rows_are_the_texels() {
        let texels = Layout::UnrealStrip.texels(&Cube::identity(5));
        let mut bytes = vec![0; texels.len() * 16];
        for (t, row) in texels.chunks(25).zip(bytes.chunks_mut(25 * 16)) {
            Form::Float.write_row(t, row);
        }
        let expected: Vec<u8> = texels
            .as_flattened()
            .iter()
            .flat_map(|v| v.to_le_bytes())
            .collect();
        assert_eq!(bytes, expected);
    }
}
