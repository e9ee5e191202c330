//! The static Huffman coding of 16-bit words that PIZ and DWA share.
//!
//! A table of code lengths, then the words with one extra symbol for runs. Source: `internal_huf.c` of OpenEXRCore.

mod code;
mod decoder;
mod encoder;

pub(super) use decoder::Decoder;
pub(super) use encoder::Encoder;
