//! Unpacking of chunks: LZW, deflate, Zstandard, PackBits; fax and JPEG have files of their own.
//!
//! In: the packed bytes. Out: as many unpacked bytes as were asked for, or how many came before the data broke. Decoders
//! are kept a thread, none is made for a chunk. Deflate runs on whole buffers through libdeflate; what that refuses goes
//! through a streaming decoder once more, which gives the sound beginning of a damaged chunk.

use super::layout::{Compression, Layout};
use std::borrow::Cow;
use std::cell::RefCell;
use std::io::Read;

/// How far unpacking came, and why no further.
#[derive(Debug)]
pub struct Broken {
    pub filled: usize,
    pub problem: Cow<'static, str>,
}

type Unpacked = Result<(), Broken>;

struct Decoders {
    inflate: libdeflater::Decompressor,
    zstd: Option<zstd::bulk::Decompressor<'static>>,
    lzw: super::lzw::Decoder,
}

thread_local! {
    static DECODERS: RefCell<Decoders> = RefCell::new(Decoders {
        inflate: libdeflater::Decompressor::new(),
        zstd: None,
        lzw: super::lzw::Decoder::new(),
    });
}

/// Unpacks the beginning of a chunk into `out`.
pub fn unpack(layout: &Layout, packed: &[u8], out: &mut [u8]) -> Unpacked {
    match layout.compression {
        Compression::None => {
            let n = packed.len().min(out.len());
            out[..n].copy_from_slice(&packed[..n]);
            short(n, out.len())
        }
        Compression::Lzw => lzw(packed, out),
        Compression::Deflate => deflate(packed, out),
        Compression::Zstd => zstandard(packed, out),
        Compression::PackBits => pack_bits(packed, out),
        Compression::Fax(coding) => {
            super::fax::decode(coding, packed, layout.chunk.0, layout.row_bytes(), out)
        }
        Compression::Jpeg => super::jpeg::decode(layout, packed, out),
    }
}

fn short(filled: usize, want: usize) -> Unpacked {
    if filled >= want {
        return Ok(());
    }
    Err(Broken {
        filled,
        problem: format!("{filled} bytes of {want}").into(),
    })
}

fn lzw(packed: &[u8], out: &mut [u8]) -> Unpacked {
    // Writers before TIFF 6.0 packed codes from the low bit on: the clear code that comes first shows it.
    if let [0, second, ..] = *packed
        && second & 1 == 1
    {
        return old_lzw(packed, out);
    }
    DECODERS.with_borrow_mut(|d| d.lzw.decode(packed, out))
}

fn old_lzw(packed: &[u8], out: &mut [u8]) -> Unpacked {
    let mut d = weezl::decode::Decoder::new(weezl::BitOrder::Lsb, 8);
    let (mut from, mut to) = (0, 0);
    while to < out.len() {
        let r = d.decode_bytes(&packed[from..], &mut out[to..]);
        from += r.consumed_in;
        to += r.consumed_out;
        match r.status {
            Ok(weezl::LzwStatus::Ok) if r.consumed_in + r.consumed_out > 0 => {}
            Ok(_) => break,
            Err(_) => {
                return Err(Broken {
                    filled: to,
                    problem: "an invalid LZW code".into(),
                });
            }
        }
    }
    short(to, out.len())
}

fn deflate(packed: &[u8], out: &mut [u8]) -> Unpacked {
    let whole = DECODERS.with_borrow_mut(|d| d.inflate.zlib_decompress(packed, out));
    match whole {
        Ok(n) if n == out.len() => Ok(()),
        _ => stream(flate2::read::ZlibDecoder::new(packed), out),
    }
}

fn zstandard(packed: &[u8], out: &mut [u8]) -> Unpacked {
    let whole = DECODERS.with_borrow_mut(|d| {
        if d.zstd.is_none() {
            d.zstd = zstd::bulk::Decompressor::new().ok();
        }
        d.zstd
            .as_mut()
            .and_then(|z| z.decompress_to_buffer(packed, out).ok())
    });
    if whole == Some(out.len()) {
        return Ok(());
    }
    match zstd::stream::read::Decoder::new(packed) {
        Ok(s) => stream(s, out),
        Err(e) => Err(Broken {
            filled: 0,
            problem: e.to_string().into(),
        }),
    }
}

/// The sound beginning of a stream.
fn stream(mut s: impl Read, out: &mut [u8]) -> Unpacked {
    let mut filled = 0;
    while filled < out.len() {
        match s.read(&mut out[filled..]) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(e) => {
                return Err(Broken {
                    filled,
                    problem: e.to_string().into(),
                });
            }
        }
    }
    short(filled, out.len())
}

fn pack_bits(mut packed: &[u8], out: &mut [u8]) -> Unpacked {
    let mut to = 0;
    while to < out.len() {
        let Some((&n, rest)) = packed.split_first() else {
            break;
        };
        packed = rest;
        let n = n.cast_signed();
        if n >= 0 {
            let len = (n as usize + 1).min(packed.len()).min(out.len() - to);
            out[to..to + len].copy_from_slice(&packed[..len]);
            packed = &packed[len..];
            to += len;
        } else if n != -128 {
            let Some((&v, rest)) = packed.split_first() else {
                break;
            };
            packed = rest;
            let len = (1 + usize::from(n.unsigned_abs())).min(out.len() - to);
            out[to..to + len].fill(v);
            to += len;
        }
    }
    short(to, out.len())
}

/// Packs rows by PackBits: runs do not pass the end of a row (TIFF 6.0 section 9).
pub fn pack_bits_rows(raw: &[u8], row_bytes: usize, out: &mut Vec<u8>) {
    for row in raw.chunks(row_bytes.max(1)) {
        let mut i = 0;
        while i < row.len() {
            let run = row[i..]
                .iter()
                .take(128)
                .take_while(|b| **b == row[i])
                .count();
            if run >= 3 {
                out.extend_from_slice(&[(257 - run) as u8, row[i]]);
                i += run;
                continue;
            }
            // Literals up to the next run of three.
            let mut n = run;
            while n < 128 && i + n < row.len() {
                let next = &row[i + n..];
                if next.len() >= 3 && next[0] == next[1] && next[1] == next[2] {
                    break;
                }
                n += 1;
            }
            let n = n.min(128);
            out.push((n - 1) as u8);
            out.extend_from_slice(&row[i..i + n]);
            i += n;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pack_bits_round_trips() {
        let mut raw = Vec::new();
        for i in 0..400usize {
            raw.resize(raw.len() + 1 + (i * 7) % 150 / (1 + i % 5), (i * 31) as u8);
        }
        let mut packed = Vec::new();
        pack_bits_rows(&raw, 333, &mut packed);
        let mut back = vec![0; raw.len()];
        pack_bits(&packed, &mut back).unwrap();
        assert_eq!(raw, back);
    }
}
