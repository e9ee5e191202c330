//! Tables that segments define and scans use: quantisation, Huffman, conditioning; they outlive an image, as abbreviated
//! streams need (T.81 B.5).

use std::sync::Arc;

use super::arithmetic::Conditioning;
use super::huffman::{self, Class, HuffmanTable};
use crate::error::JpegError;
use crate::marker::ZIGZAG;

/// All destinations.
#[derive(Default, Clone)]
pub(crate) struct Tables {
    /// Natural order.
    pub quant: [Option<[u16; 64]>; 4],
    pub dc: [Option<Arc<HuffmanTable>>; 4],
    pub ac: [Option<Arc<HuffmanTable>>; 4],
    pub conditioning: Conditioning,
    pub interval: usize,
}

impl Tables {
    /// DQT (B.2.4.1). Short last tables fill with what is there, as libjpeg does.
    pub fn dqt(&mut self, mut body: &[u8], offset: u64) -> Result<(), JpegError> {
        let corrupt = JpegError::Corrupt {
            what: "quantisation table cut short",
            offset,
        };
        while let [head, rest @ ..] = body {
            let wide = head >> 4 != 0;
            let index = usize::from(head & 15);
            if index > 3 {
                return Err(JpegError::Corrupt {
                    what: "quantisation table number above 3",
                    offset,
                });
            }
            let bytes = if wide { 128 } else { 64 };
            if rest.len() < bytes {
                return Err(corrupt);
            }
            let mut table = [0; 64];
            for (k, n) in ZIGZAG.iter().enumerate() {
                table[usize::from(*n)] = if wide {
                    u16::from_be_bytes([rest[2 * k], rest[2 * k + 1]])
                } else {
                    u16::from(rest[k])
                };
            }
            self.quant[index] = Some(table);
            body = &rest[bytes..];
        }
        Ok(())
    }

    /// DHT (B.2.4.2); an empty segment is allowed.
    pub fn dht(&mut self, mut body: &[u8], offset: u64) -> Result<(), JpegError> {
        while let [head, rest @ ..] = body {
            let corrupt = |what| JpegError::Corrupt { what, offset };
            let (counts, symbols) = rest
                .split_first_chunk::<16>()
                .ok_or(corrupt("Huffman table cut short"))?;
            let total: usize = counts.iter().map(|c| usize::from(*c)).sum();
            let index = usize::from(head & 15);
            if total > 256 || total > symbols.len() || index > 3 || head >> 4 > 1 {
                return Err(corrupt("Huffman table malformed"));
            }
            let class = if head >> 4 == 0 { Class::Dc } else { Class::Ac };
            let table = Arc::new(HuffmanTable::new(class, counts, &symbols[..total], offset)?);
            let place = if class == Class::Dc {
                &mut self.dc
            } else {
                &mut self.ac
            };
            place[index] = Some(table);
            body = &symbols[total..];
        }
        Ok(())
    }

    /// DAC (B.2.4.3).
    pub fn dac(&mut self, body: &[u8], offset: u64) -> Result<(), JpegError> {
        for pair in body.chunks_exact(2) {
            let (index, value) = (usize::from(pair[0] & 15), pair[1]);
            let corrupt = JpegError::Corrupt {
                what: "arithmetic conditioning malformed",
                offset,
            };
            if index > 3 {
                return Err(corrupt);
            }
            match pair[0] >> 4 {
                0 if value & 15 <= value >> 4 => {
                    self.conditioning.dc[index] = (value & 15, value >> 4)
                }
                1 if (1..=63).contains(&value) => self.conditioning.ac[index] = value,
                _ => return Err(corrupt),
            }
        }
        Ok(())
    }

    /// DRI (B.2.4.4).
    pub fn dri(&mut self, body: &[u8], offset: u64) -> Result<(), JpegError> {
        let &[a, b, ..] = body else {
            return Err(JpegError::Corrupt {
                what: "restart interval cut short",
                offset,
            });
        };
        self.interval = usize::from(u16::from_be_bytes([a, b]));
        Ok(())
    }

    /// A Huffman table, or the typical one that MJPEG streams leave out.
    pub fn huffman(&mut self, class: Class, index: usize) -> Option<Arc<HuffmanTable>> {
        let place = if class == Class::Dc {
            &mut self.dc
        } else {
            &mut self.ac
        };
        let slot = place.get_mut(index)?;
        if slot.is_none() && index < 2 {
            *slot = Some(Arc::new(huffman::standard(class, index)));
        }
        slot.clone()
    }
}
