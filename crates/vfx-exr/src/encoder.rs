//! Compresses the chunks of one part.
//!
//! An encoder holds no state but pooled scratch: the same planes give the same bytes on any thread, so a file depends only on the order of commits.
//! A chunk that does not shrink is stored raw, which its size alone tells the reader.

use std::borrow::Cow;

use crate::codec::{Codec, EncodeScratch, codec, raw};
use crate::compression::Compression;
use crate::error::Error;
use crate::header::{Header, LineOrder};
use crate::layout::{ChunkRegion, Layout, unpacked_bytes};
use crate::limits::{Limits, within};
use crate::offsets::{leader_bytes, place_bytes};
use crate::plane::{PlaneRef, needed};
use crate::pool::{Pool, at_least};
use crate::shape::ChunkShape;

/// Number of a chunk in its part's offset table: scan line blocks top down; tiles by level, row, column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChunkIndex(pub usize);

/// A compressed chunk with its leader, ready to be committed.
pub struct EncodedChunk {
    pub(crate) part: usize,
    pub(crate) chunk: usize,
    pub(crate) buf: Vec<u8>,
    pub(crate) len: usize,
    /// Most samples of a pixel, where the chunk is deep and was encoded here.
    pub(crate) most_samples: Option<u32>,
}

impl EncodedChunk {
    pub(crate) fn new(
        part: usize,
        chunk: ChunkIndex,
        buf: Vec<u8>,
        len: usize,
        most_samples: Option<u32>,
    ) -> Self {
        Self {
            part,
            chunk: chunk.0,
            buf,
            len,
            most_samples,
        }
    }

    /// Part number.
    #[must_use]
    pub fn part(&self) -> usize {
        self.part
    }

    /// Chunk number.
    #[must_use]
    pub fn index(&self) -> ChunkIndex {
        ChunkIndex(self.chunk)
    }

    /// The bytes that the file will hold, leader included.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.buf[..self.len]
    }
}

impl std::fmt::Debug for EncodedChunk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "EncodedChunk {{ part: {}, chunk: {}, bytes: {} }}",
            self.part, self.chunk, self.len
        )
    }
}

struct Scratch {
    shape: ChunkShape,
    codec: EncodeScratch,
}

/// Compresses the chunks of one part, on any number of threads.
pub struct Encoder {
    part: usize,
    multi_part: bool,
    header: Header,
    layout: Layout,
    codec: &'static Codec,
    scratch: Pool<Scratch>,
    buffers: Pool<Vec<u8>>,
}

impl std::fmt::Debug for Encoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Encoder")
            .field("part", &self.part)
            .field("header", &self.header)
            .finish_non_exhaustive()
    }
}

impl Encoder {
    pub(crate) fn new(part: usize, multi_part: bool, header: Header) -> Result<Self, Error> {
        let unsupported = Error::UnsupportedCompression {
            part,
            found: header.compression,
        };
        let codec = if header.is_deep() {
            if !crate::deep::allowed(header.compression, true) {
                return Err(unsupported);
            }
            codec(Compression::None)
        } else {
            codec(header.compression).filter(|_| header.compression.can_write())
        };
        let Some(codec) = codec else {
            return Err(unsupported);
        };
        // The format's own bounds: i32 sizes and counts.
        let format = Limits {
            max_pixels: u64::MAX,
            max_dimension: i32::MAX as u32,
            max_chunks: i32::MAX as u64,
            ..Limits::default()
        };
        let layout = Layout::new(&header, &format)?;
        if let Some(first) = layout.chunk(0) {
            let bytes = unpacked_bytes(&header.channels, &first.region).unwrap_or(u64::MAX);
            within("unpacked chunk bytes", bytes, i32::MAX as u64)?;
        }
        Ok(Self {
            part,
            multi_part,
            header,
            layout,
            codec,
            scratch: Pool::default(),
            buffers: Pool::default(),
        })
    }

    /// The header as it is written: channels sorted, part type filled in.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Chunks of the part, all levels together.
    #[must_use]
    pub fn chunk_count(&self) -> usize {
        self.layout.chunk_count()
    }

    /// Pixels of a chunk; `None` beyond the last.
    #[must_use]
    pub fn chunk_region(&self, index: ChunkIndex) -> Option<ChunkRegion> {
        self.layout.chunk(index.0)
    }

    /// The levels of the part in file order.
    #[must_use]
    pub fn levels(&self) -> Vec<crate::Level> {
        self.layout.levels()
    }

    /// The chunks in the order that the header's line order asks them to be committed.
    pub fn file_order(&self) -> impl Iterator<Item = ChunkIndex> + Send + '_ {
        self.layout
            .file_order(self.header.line_order == LineOrder::DecreasingY)
            .map(ChunkIndex)
    }

    /// Compresses a chunk. `planes` are in the order of [`Encoder::header`]'s channels, row 0 on the chunk's first line; a subsampled
    /// channel's plane holds [`crate::Box2i::sampled`] of the chunk's region.
    ///
    /// # Errors
    /// [`Error::NoSuch`], [`Error::PlaneCount`], [`Error::PlaneShape`].
    pub fn encode(
        &self,
        index: ChunkIndex,
        planes: &[PlaneRef<'_>],
    ) -> Result<EncodedChunk, Error> {
        if self.header.is_deep() {
            let found = self.header.part_type.as_ref().map_or("", |t| t.name());
            return Err(Error::UnsupportedPart {
                part: self.part,
                found: found.to_owned(),
            });
        }
        let place = self.layout.chunk(index.0).ok_or(Error::NoSuch {
            what: "chunk",
            found: index.0 as u64,
            count: self.layout.chunk_count() as u64,
        })?;
        let channels = &self.header.channels;
        if planes.len() != channels.len() {
            return Err(Error::PlaneCount {
                expected: channels.len(),
                found: planes.len(),
            });
        }
        for (plane, (p, c)) in planes.iter().zip(channels).enumerate() {
            let grid = place.region.sampled(c.sampling);
            let row = grid.width * c.sample_type.size() as u64;
            let expected = needed(row, grid.height, p.stride).unwrap_or(u64::MAX);
            if (p.bytes.len() as u64) < expected {
                return Err(Error::PlaneShape {
                    plane,
                    expected,
                    found: p.bytes.len() as u64,
                });
            }
        }
        let mut scratch = self.scratch.take(|| self.new_scratch());
        let Scratch { shape, codec } = &mut *scratch;
        if !shape.move_to(&place.region) {
            shape.set(channels, &place.region, &[], &place.region);
        }
        let swapped: Vec<Vec<u8>> = if cfg!(target_endian = "big") {
            swapped_copies(shape, planes)
        } else {
            Vec::new()
        };
        let planes: Cow<'_, [PlaneRef<'_>]> = if swapped.is_empty() {
            Cow::Borrowed(planes)
        } else {
            Cow::Owned(
                swapped
                    .iter()
                    .zip(planes)
                    .map(|(s, p)| PlaneRef {
                        bytes: s,
                        stride: p.stride,
                    })
                    .collect(),
            )
        };
        let leader = leader_bytes(self.multi_part, place.tile.is_some());
        let unpacked = shape.unpacked;
        let mut buf = self.buffer();
        let body = &mut at_least(&mut buf, leader + unpacked)[leader..];
        let packed = match self.codec.encode {
            Some(encode) if unpacked > 1 => {
                encode(shape, &planes, codec, &mut body[..unpacked - 1])
            }
            _ => None,
        };
        let packed = packed.unwrap_or_else(|| {
            raw::gather(shape, &planes, body);
            unpacked
        });
        self.write_leader(&mut buf[..leader], &place, packed);
        Ok(EncodedChunk::new(
            self.part,
            index,
            buf,
            leader + packed,
            None,
        ))
    }

    /// Takes a chunk that is compressed already, as [`crate::Reader::packed_chunk`] gives it: the header it comes from has the same
    /// kind of part, compression and channels, and the chunk the same size (and place relative to the channels' sampling).
    /// [`Header::takes_chunks_of`](crate::Header::takes_chunks_of) tells.
    ///
    /// # Errors
    /// [`Error::NoSuch`]; [`Error::PlaneShape`] when it is larger than the chunk can be.
    pub fn adopt(&self, index: ChunkIndex, packed: &[u8]) -> Result<EncodedChunk, Error> {
        let place = self.layout.chunk(index.0).ok_or(Error::NoSuch {
            what: "chunk",
            found: index.0 as u64,
            count: self.layout.chunk_count() as u64,
        })?;
        let tiled = place.tile.is_some();
        let deep = self.header.is_deep();
        let most = if deep {
            u64::MAX
        } else {
            unpacked_bytes(&self.header.channels, &place.region).unwrap_or(u64::MAX)
        };
        if packed.len() as u64 > most || deep && packed.len() < crate::offsets::DEEP_SIZES {
            return Err(Error::PlaneShape {
                plane: 0,
                expected: most,
                found: packed.len() as u64,
            });
        }
        let leader = if deep {
            place_bytes(self.multi_part, tiled)
        } else {
            leader_bytes(self.multi_part, tiled)
        };
        let mut buf = self.buffer();
        let len = leader + packed.len();
        at_least(&mut buf, len)[leader..].copy_from_slice(packed);
        if deep {
            self.write_place(&mut buf[..leader], &place);
        } else {
            self.write_leader(&mut buf[..leader], &place, packed.len());
        }
        Ok(EncodedChunk::new(self.part, index, buf, len, None))
    }

    /// Part number, and whether chunks say it.
    pub(crate) fn place(&self) -> (usize, bool) {
        (self.part, self.multi_part)
    }

    /// A buffer that [`Encoder::recycle`] gets back.
    pub(crate) fn buffer(&self) -> Vec<u8> {
        self.buffers.take(Vec::new).into_inner()
    }

    /// Runs `f` with pooled scratch memory.
    pub(crate) fn with_scratch<R>(&self, f: impl FnOnce(&mut EncodeScratch) -> R) -> R {
        let mut scratch = self.scratch.take(|| self.new_scratch());
        f(&mut scratch.codec)
    }

    fn new_scratch(&self) -> Scratch {
        Scratch {
            shape: ChunkShape::default(),
            codec: EncodeScratch::new(&self.header),
        }
    }

    fn write_leader(&self, out: &mut [u8], place: &ChunkRegion, packed: usize) {
        let at = out.len() - 4;
        self.write_place(&mut out[..at], place);
        out[at..].copy_from_slice(&(packed as i32).to_le_bytes());
    }

    /// Part (in files of several), and line or tile.
    pub(crate) fn write_place(&self, out: &mut [u8], place: &ChunkRegion) {
        let mut fields = [0i32; 5];
        let mut n = 0;
        let mut put = |v: i32| {
            fields[n] = v;
            n += 1;
        };
        if self.multi_part {
            put(self.part as i32);
        }
        match place.tile {
            Some((x, y)) => [x, y, place.level.0, place.level.1]
                .into_iter()
                .for_each(|v| put(v as i32)),
            None => put(place.region.min.1),
        }
        for (out, v) in out.chunks_exact_mut(4).zip(&fields[..n]) {
            out.copy_from_slice(&v.to_le_bytes());
        }
    }

    /// Takes a committed chunk's memory back.
    pub(crate) fn recycle(&self, buf: Vec<u8>) {
        self.buffers.give(buf);
    }
}

/// Byte-swapped copies of the planes, for big-endian hosts.
fn swapped_copies(shape: &ChunkShape, planes: &[PlaneRef<'_>]) -> Vec<Vec<u8>> {
    shape
        .spans
        .iter()
        .zip(planes)
        .map(|(span, p)| {
            let mut copy = p.bytes.to_vec();
            for row in 0..span.rows {
                copy[row * p.stride..][..span.row_bytes]
                    .chunks_exact_mut(span.sample)
                    .for_each(<[u8]>::reverse);
            }
            copy
        })
        .collect()
}
