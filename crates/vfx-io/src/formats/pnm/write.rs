//! Portable anymaps out: PBM, PGM, PPM, PAM or PFM by type, channels and extension.
//!
//! Floats become PFM under `.pfm` and `.pnm`; alpha needs `.pam`; one bit of gray is PBM; else the channel count decides
//! between PGM and PPM. Binary chunks have known places and are written by the workers; text is appended in order.

use super::NAME;
use crate::formats::interleaved::{colour_channels, join, restrict};
use crate::{Output, WriteOptions};
use std::fmt::Write;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;
use vfx_core::{
    Alpha, ChunkEncoder, ChunkLayout, ChunkOrder, EncodedChunk, ImageSink, ImageSpec, IoError,
    PlanesRef, SampleFormat, Written,
};

/// Bytes of a strip, about.
const STRIP_BYTES: usize = 256 << 10;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Coding {
    Text,
    TextBits,
    Bits,
    Bytes,
    Words,
    Floats,
}

struct Sink {
    specs: Vec<ImageSpec>,
    output: Output,
    rows: usize,
    encoder: Arc<Encoder>,
}

struct Encoder {
    file: Arc<File>,
    coding: Coding,
    channels: usize,
    rows: usize,
    height: usize,
    row_bytes: usize,
    offset: u64,
}

/// Starts a file.
pub(super) fn create(
    path: &Path,
    specs: &[ImageSpec],
    options: &WriteOptions,
) -> Result<Box<dyn ImageSink>, IoError> {
    let cannot = |what: String, remedy| IoError::CannotHold {
        format: NAME,
        what: what.into(),
        remedy,
    };
    let given = crate::output::single(NAME, specs)?;
    let text = match options.compression_level()? {
        None | Some(("none", _)) => false,
        Some(("ascii", _)) => true,
        Some((name, _)) => {
            return Err(IoError::UnknownName {
                kind: "PNM compression",
                found: name.into(),
                expected: "none or ascii",
            });
        }
    };
    let extension = path
        .extension()
        .unwrap_or_default()
        .to_string_lossy()
        .to_lowercase();
    let pam = extension == "pam";
    let mut spec = restrict(given, &colour_channels(given, pam));
    let (width, height, n) = (spec.width(), spec.height(), spec.channels.len());
    if n == 0 || width == 0 || height == 0 {
        return Err(cannot(
            format!("{width} x {height} pixels of {n} channels"),
            "write at least one pixel of one channel",
        ));
    }
    let widest = spec.widest_format();
    let float = extension == "pfm" || (extension == "pnm" && widest.is_float());
    let format = match (float, widest.is_float(), widest.bits) {
        (true, ..) => SampleFormat::F32,
        (_, true, _) | (.., 17..) => SampleFormat::U16,
        _ if extension == "pbm" && n == 1 => SampleFormat::unsigned(1),
        (.., bits) => SampleFormat::unsigned(bits),
    };
    spec.set_format(format);
    if pam {
        spec.alpha = Alpha::Unassociated;
    }
    let bits = format.bits == 1 && n == 1 && !pam;
    let coding = match (float, text && !pam, bits, format.bits) {
        (true, ..) => Coding::Floats,
        (_, true, true, _) => Coding::TextBits,
        (_, true, ..) => Coding::Text,
        (.., true, _) => Coding::Bits,
        (.., 9..) => Coding::Words,
        _ => Coding::Bytes,
    };
    let magic = match (coding, n) {
        (Coding::Floats, 1) => "Pf",
        (Coding::Floats, _) => "PF",
        (Coding::TextBits, _) => "P1",
        (Coding::Text, 1) => "P2",
        (Coding::Text, _) => "P3",
        (Coding::Bits, _) => "P4",
        (_, 1) => "P5",
        _ => "P6",
    };
    let maximum = format.full_scale();
    let mut header = format!("{magic}\n{width} {height}\n");
    if pam {
        let kind = ["GRAYSCALE", "GRAYSCALE_ALPHA", "RGB", "RGB_ALPHA"][n.clamp(1, 4) - 1];
        header = format!(
            "P7\nWIDTH {width}\nHEIGHT {height}\nDEPTH {n}\nMAXVAL {maximum}\nTUPLTYPE {kind}\nENDHDR\n"
        );
    } else if float {
        // Negative: least significant byte first.
        header.push_str("-1.0\n");
    } else if !bits {
        let _ = writeln!(header, "{maximum}");
    }
    let row_bytes = match coding {
        Coding::Bits => width.div_ceil(8),
        Coding::Floats => width * n * 4,
        Coding::Words => width * n * 2,
        _ => width * n,
    };
    let mut output = Output::create(path)?;
    output.append(header.as_bytes())?;
    let offset = output.position();
    let rows = (STRIP_BYTES / row_bytes.max(1)).clamp(1, height);
    let text = matches!(coding, Coding::Text | Coding::TextBits);
    if !text {
        output.reserve_to(offset + row_bytes as u64 * height as u64);
    }
    let encoder = Arc::new(Encoder {
        file: output.file().clone(),
        coding,
        channels: n,
        rows,
        height,
        row_bytes,
        offset,
    });
    Ok(Box::new(Sink {
        specs: vec![spec],
        output,
        rows,
        encoder,
    }))
}

impl ImageSink for Sink {
    fn specs(&self) -> &[ImageSpec] {
        &self.specs
    }
    fn layout(&self, _: usize) -> ChunkLayout {
        let window = self.specs[0].data_window;
        let text = matches!(self.encoder.coding, Coding::Text | Coding::TextBits);
        ChunkLayout {
            window,
            chunk: (window.width(), self.rows),
            order: if text {
                ChunkOrder::Increasing
            } else {
                ChunkOrder::Any
            },
        }
    }
    fn encoder(&self, _: usize) -> Arc<dyn ChunkEncoder> {
        self.encoder.clone()
    }
    fn commit(&mut self, _: usize, chunk: EncodedChunk) -> Result<(), IoError> {
        if chunk.bytes.is_empty() {
            return Ok(());
        }
        self.output.append(&chunk.bytes).map(drop)
    }
    fn finish(self: Box<Self>) -> Result<Written, IoError> {
        self.output.finish()
    }
}

impl ChunkEncoder for Encoder {
    fn encode(&self, index: usize, planes: &PlanesRef<'_>) -> Result<EncodedChunk, IoError> {
        let h = planes[0].height();
        let mut bytes = Vec::new();
        if matches!(self.coding, Coding::Text | Coding::TextBits) {
            for y in 0..h {
                self.text(planes, y, &mut bytes);
            }
        } else {
            bytes.resize(h * self.row_bytes, 0);
            for (i, row) in bytes.chunks_exact_mut(self.row_bytes).enumerate() {
                // PFM has its rows from the bottom.
                let y = if self.coding == Coding::Floats {
                    h - 1 - i
                } else {
                    i
                };
                self.pack(planes, y, row);
            }
            let first = match self.coding {
                Coding::Floats => self.height - index * self.rows - h,
                _ => index * self.rows,
            };
            let at = self.offset + first as u64 * self.row_bytes as u64;
            self.file
                .write_all_at(&bytes, at)
                .map_err(IoError::os("write"))?;
            bytes.clear();
        }
        Ok(EncodedChunk {
            index,
            bytes,
            extra: 0,
        })
    }
}

impl Encoder {
    fn pack(&self, planes: &PlanesRef<'_>, y: usize, row: &mut [u8]) {
        let n = self.channels;
        for (c, p) in planes.iter().enumerate() {
            match self.coding {
                Coding::Floats => {
                    let px = row.as_chunks_mut::<4>().0;
                    join(p.row::<f32>(y), n, c, px, f32::to_le_bytes);
                }
                Coding::Words => {
                    let px = row.as_chunks_mut::<2>().0;
                    join(p.row::<u16>(y), n, c, px, u16::to_be_bytes);
                }
                Coding::Bits => {
                    for (b, group) in row.iter_mut().zip(p.row::<u8>(y).chunks(8)) {
                        let bits = group.iter().enumerate();
                        *b = bits.fold(0, |b, (i, &s)| b | u8::from(s == 0) << (7 - i));
                    }
                }
                _ => join(p.row::<u8>(y), n, c, row, |s| s),
            }
        }
    }

    /// A row of numbers in lines of at most 70 characters.
    fn text(&self, planes: &PlanesRef<'_>, y: usize, out: &mut Vec<u8>) {
        let mut line = out.len();
        for x in 0..planes[0].width() {
            for p in planes {
                let v: u32 = if p.sample().size() == 1 {
                    p.row::<u8>(y)[x].into()
                } else {
                    p.row::<u16>(y)[x].into()
                };
                let v = if self.coding == Coding::TextBits {
                    u32::from(v == 0)
                } else {
                    v
                };
                let word = v.to_string();
                if out.len() + word.len() + 1 - line > 70 {
                    out.push(b'\n');
                    line = out.len();
                } else if out.len() > line {
                    out.push(b' ');
                }
                out.extend_from_slice(word.as_bytes());
            }
        }
        out.push(b'\n');
    }
}
