//! Marker codes and fixed orders of ITU-T T.81.

#![allow(dead_code, reason = "decoder and encoder use different halves")]

/// Zig-zag position to natural position (T.81 figure A.6).
pub(crate) const ZIGZAG: [u8; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20,
    13, 6, 7, 14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59,
    52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
];

/// Start of image.
pub(crate) const SOI: u8 = 0xd8;
/// End of image.
pub(crate) const EOI: u8 = 0xd9;
/// Start of scan.
pub(crate) const SOS: u8 = 0xda;
/// Quantisation tables.
pub(crate) const DQT: u8 = 0xdb;
/// Number of lines.
pub(crate) const DNL: u8 = 0xdc;
/// Restart interval.
pub(crate) const DRI: u8 = 0xdd;
/// Huffman tables.
pub(crate) const DHT: u8 = 0xc4;
/// Arithmetic conditioning.
pub(crate) const DAC: u8 = 0xcc;
/// Comment.
pub(crate) const COM: u8 = 0xfe;
/// First application segment.
pub(crate) const APP0: u8 = 0xe0;
/// First restart marker.
pub(crate) const RST0: u8 = 0xd0;
