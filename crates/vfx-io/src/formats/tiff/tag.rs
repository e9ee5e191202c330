//! Tag numbers and the codes of their values.
//!
//! Source: TIFF 6.0 and its supplements, Adobe Photoshop TIFF technical notes, the Pixar texture tags of libtiff.

pub const NEW_SUBFILE_TYPE: u16 = 254;
pub const IMAGE_WIDTH: u16 = 256;
pub const IMAGE_LENGTH: u16 = 257;
pub const BITS_PER_SAMPLE: u16 = 258;
pub const COMPRESSION: u16 = 259;
pub const PHOTOMETRIC: u16 = 262;
pub const FILL_ORDER: u16 = 266;
pub const STRIP_OFFSETS: u16 = 273;
pub const ORIENTATION: u16 = 274;
pub const SAMPLES_PER_PIXEL: u16 = 277;
pub const ROWS_PER_STRIP: u16 = 278;
pub const STRIP_BYTE_COUNTS: u16 = 279;
pub const X_RESOLUTION: u16 = 282;
pub const Y_RESOLUTION: u16 = 283;
pub const PLANAR_CONFIG: u16 = 284;
pub const X_POSITION: u16 = 286;
pub const Y_POSITION: u16 = 287;
pub const T4_OPTIONS: u16 = 292;
pub const RESOLUTION_UNIT: u16 = 296;
pub const PREDICTOR: u16 = 317;
pub const COLOR_MAP: u16 = 320;
pub const TILE_WIDTH: u16 = 322;
pub const TILE_LENGTH: u16 = 323;
pub const TILE_OFFSETS: u16 = 324;
pub const TILE_BYTE_COUNTS: u16 = 325;
pub const SUB_IFDS: u16 = 330;
pub const INK_SET: u16 = 332;
pub const EXTRA_SAMPLES: u16 = 338;
pub const SAMPLE_FORMAT: u16 = 339;
pub const JPEG_TABLES: u16 = 347;
pub const YCBCR_COEFFICIENTS: u16 = 529;
pub const YCBCR_SUBSAMPLING: u16 = 530;
pub const REFERENCE_BLACK_WHITE: u16 = 532;
pub const XMP: u16 = 700;
pub const IMAGE_FULL_WIDTH: u16 = 33300;
pub const IMAGE_FULL_LENGTH: u16 = 33301;
pub const TEXTURE_FORMAT: u16 = 33302;
pub const IPTC: u16 = 33723;
pub const EXIF_IFD: u16 = 34665;
pub const ICC_PROFILE: u16 = 34675;
pub const GPS_IFD: u16 = 34853;

/// PhotometricInterpretation.
pub mod photometric {
    pub const MIN_IS_WHITE: u16 = 0;
    pub const MIN_IS_BLACK: u16 = 1;
    pub const RGB: u16 = 2;
    pub const PALETTE: u16 = 3;
    pub const MASK: u16 = 4;
    pub const SEPARATED: u16 = 5;
    pub const YCBCR: u16 = 6;
}

/// SampleFormat.
pub mod sample_format {
    pub const UNSIGNED: u16 = 1;
    pub const SIGNED: u16 = 2;
    pub const FLOAT: u16 = 3;
    pub const UNDEFINED: u16 = 4;
}

/// Field types: the number, and bytes of one value.
pub mod field {
    pub const BYTE: u16 = 1;
    pub const ASCII: u16 = 2;
    pub const SHORT: u16 = 3;
    pub const LONG: u16 = 4;
    pub const RATIONAL: u16 = 5;
    pub const UNDEFINED: u16 = 7;
    pub const SRATIONAL: u16 = 10;
    pub const FLOAT: u16 = 11;
    pub const LONG8: u16 = 16;
    pub const IFD8: u16 = 18;

    /// Bytes of one value; `None` for a type that nobody defined.
    pub fn size(kind: u16) -> Option<u64> {
        Some(match kind {
            1 | 2 | 6 | 7 => 1,
            3 | 8 => 2,
            4 | 9 | 11 | 13 => 4,
            5 | 10 | 12 | 16 | 17 | 18 => 8,
            _ => return None,
        })
    }
}
