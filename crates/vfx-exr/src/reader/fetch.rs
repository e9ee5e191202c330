//! Fetches one chunk after the other and decodes it.
//!
//! Neighbouring chunks that the file holds in order come with one read-ahead of half a megabyte. Of uncompressed chunks only the bytes that the region wants are
//! read. Sizes are compared with the header, the limits and the file before memory is taken for them.

use crate::codec::{Codec, DecodeScratch, raw};
use crate::compression::Compression;
use crate::error::{Corruption, Error};
use crate::header::Header;
use crate::layout::{ChunkRegion, Layout, unpacked_bytes};
use crate::limits::within;
use crate::offsets::{Place, parse_leader};
use crate::plane::PlaneMut;
use crate::pool::at_least;
use crate::shape::ChunkShape;
use crate::source::{ReadAt, read_full};
use crate::window::Box2i;

/// Bytes read ahead over chunks that will be needed.
const READ_AHEAD: u64 = 512 << 10;
/// Uncompressed chunks at least this large are read in pieces when less than half is wanted.
const MIN_PARTIAL: usize = 16 << 10;

/// What stays the same during one read call.
pub(super) struct Job<'a> {
    pub src: &'a dyn ReadAt,
    pub size: u64,
    pub part: usize,
    pub multi_part: bool,
    pub leader: usize,
    pub max_chunk_bytes: u64,
    pub header: &'a Header,
    pub layout: &'a Layout,
    pub table: &'a [u64],
    /// Where a chunk really is, when the table's offset turns out to be another's.
    pub walked: &'a dyn Fn(usize) -> Option<u64>,
    pub codec: &'static Codec,
    pub region: Box2i,
}

/// Reusable memory of a read call.
pub(super) struct Fetcher {
    pub plane_of: Vec<Option<usize>>,
    shape: ChunkShape,
    scratch: DecodeScratch,
    window: Vec<u8>,
    window_at: u64,
    window_len: usize,
}

impl Fetcher {
    pub fn new() -> Self {
        Self {
            plane_of: Vec::new(),
            shape: ChunkShape::default(),
            scratch: DecodeScratch::new(),
            window: Vec::new(),
            window_at: 0,
            window_len: 0,
        }
    }

    /// Forgets the call before.
    pub fn begin(&mut self) {
        self.plane_of.clear();
        self.shape.forget();
        self.window_len = 0;
    }

    /// Zeros the pieces of the chunk that was decoded last.
    pub fn clear(&self, out: &mut [PlaneMut<'_>]) {
        self.shape.clear(out);
    }

    /// Decodes a chunk into the planes; `end` is the end of the run of chunks that will be asked for next.
    pub fn chunk(
        &mut self,
        job: &Job<'_>,
        chunk: usize,
        end: usize,
        out: &mut [PlaneMut<'_>],
    ) -> Result<(), Error> {
        let missing = Error::MissingChunk {
            part: job.part,
            chunk,
        };
        let place = job.layout.chunk(chunk).expect("chunk of the layout");
        if !self.shape.move_to(&place.region) {
            let unpacked = unpacked_bytes(&job.header.channels, &place.region).unwrap_or(u64::MAX);
            within(
                "unpacked chunk bytes",
                unpacked,
                job.max_chunk_bytes.min(isize::MAX as u64),
            )?;
            self.shape.set(
                &job.header.channels,
                &place.region,
                &self.plane_of,
                &job.region,
            );
        }
        let unpacked = self.shape.unpacked as u64;
        let Some(offset) = job.table.get(chunk).copied().filter(|&o| o != 0) else {
            return Err(missing);
        };
        match self.chunk_at(job, chunk, end, &place, unpacked, offset, out) {
            Err(Error::Corrupt { reason, .. }) if reason.is_misplaced() => {
                match (job.walked)(chunk).filter(|&o| o != offset) {
                    Some(found) => self.chunk_at(job, chunk, chunk, &place, unpacked, found, out),
                    None => Err(reason.at(job.part, chunk)),
                }
            }
            done => done,
        }
    }

    #[allow(
        clippy::too_many_arguments,
        reason = "one call, twice, of what was checked before it"
    )]
    fn chunk_at(
        &mut self,
        job: &Job<'_>,
        chunk: usize,
        end: usize,
        place: &ChunkRegion,
        unpacked: u64,
        offset: u64,
        out: &mut [PlaneMut<'_>],
    ) -> Result<(), Error> {
        let missing = Error::MissingChunk {
            part: job.part,
            chunk,
        };
        let left = job.size.saturating_sub(offset);
        if left < job.leader as u64 {
            return Err(missing);
        }
        if job.header.compression == Compression::None
            && self.partial(job, chunk, place, offset, out)?
        {
            return Ok(());
        }
        let ahead = read_ahead(job, chunk, end, offset, unpacked);
        let leader = self.bytes(job, offset, job.leader as u64, ahead)?;
        let packed = check_leader(job, place, leader).map_err(|c| c.at(job.part, chunk))?;
        let there = left - job.leader as u64;
        if packed as u64 > there {
            return Err(Corruption::Truncated {
                expected: packed as u64,
                found: there,
            }
            .at(job.part, chunk));
        }
        if packed > self.shape.unpacked {
            let reason = Corruption::PackedSize {
                what: "chunk",
                expected: self.shape.unpacked,
                found: packed,
            };
            return Err(reason.at(job.part, chunk));
        }
        let at = offset + job.leader as u64;
        let (window_at, total) = self.ensure(job, at, packed as u64, packed as u64)?;
        if total < packed {
            return Err(Corruption::Truncated {
                expected: packed as u64,
                found: total as u64,
            }
            .at(job.part, chunk));
        }
        let bytes = &self.window[window_at..window_at + packed];
        let shape = &self.shape;
        if packed == shape.unpacked {
            raw::scatter(shape, bytes, 0, out);
            return Ok(());
        }
        let most = packed
            .saturating_mul(job.codec.max_expansion)
            .saturating_add(1024);
        if shape.unpacked > most {
            return Err(Corruption::UnpackedSize {
                expected: shape.unpacked,
                found: most,
            }
            .at(job.part, chunk));
        }
        (job.codec.decode)(shape, bytes, &mut self.scratch, out).map_err(|c| c.at(job.part, chunk))
    }

    /// Reads a piece of a large uncompressed chunk of which little is wanted; `false` when that does not pay.
    fn partial(
        &mut self,
        job: &Job<'_>,
        chunk: usize,
        place: &ChunkRegion,
        offset: u64,
        out: &mut [PlaneMut<'_>],
    ) -> Result<bool, Error> {
        if self.shape.unpacked < MIN_PARTIAL {
            return Ok(false);
        }
        let Some((from, to)) = self.shape.wanted_bytes(&job.region) else {
            return Ok(true);
        };
        if (to - from) * 2 > self.shape.unpacked {
            return Ok(false);
        }
        let leader = self.bytes(job, offset, job.leader as u64, job.leader as u64)?;
        let packed = check_leader(job, place, leader).map_err(|c| c.at(job.part, chunk))?;
        if packed != self.shape.unpacked {
            let reason = Corruption::UnpackedSize {
                expected: self.shape.unpacked,
                found: packed,
            };
            return Err(reason.at(job.part, chunk));
        }
        let want = (to - from) as u64;
        let (at, total) = self.ensure(job, offset + (job.leader + from) as u64, want, want)?;
        if total < to - from {
            return Err(Corruption::Truncated {
                expected: want,
                found: total as u64,
            }
            .at(job.part, chunk));
        }
        raw::scatter(&self.shape, &self.window[at..at + (to - from)], from, out);
        Ok(true)
    }

    /// Exactly `n` bytes at `at`, which the caller knows to be inside the file.
    fn bytes(&mut self, job: &Job<'_>, at: u64, n: u64, ahead: u64) -> Result<&[u8], Error> {
        let (from, total) = self.ensure(job, at, n, ahead)?;
        if (total as u64) < n {
            return Err(Error::Truncated {
                what: "chunk leader",
                offset: at,
                expected: n,
                found: total as u64,
            });
        }
        Ok(&self.window[from..from + n as usize])
    }

    /// Makes `n` bytes at `at` present, reading up to `ahead`; returns where they are in the window and how many there are.
    fn ensure(
        &mut self,
        job: &Job<'_>,
        at: u64,
        n: u64,
        ahead: u64,
    ) -> Result<(usize, usize), Error> {
        let end = self.window_at + self.window_len as u64;
        if at < self.window_at || at + n > end {
            let want = ahead.max(n).min(job.size.saturating_sub(at)) as usize;
            self.window_len = 0;
            let buf = at_least(&mut self.window, want);
            self.window_len = read_full(job.src, at, buf, "chunk")?;
            self.window_at = at;
        }
        let from = (at - self.window_at) as usize;
        Ok((from, self.window_len - from))
    }
}

/// Bytes worth reading at once from `offset`: this chunk and those after it, as far as the table promises them in order.
fn read_ahead(job: &Job<'_>, chunk: usize, end: usize, offset: u64, unpacked: u64) -> u64 {
    let bound = unpacked.saturating_add(job.leader as u64);
    let mut here = offset;
    for next in chunk + 1..=end {
        let Some(&start) = job.table.get(next) else {
            break;
        };
        if start <= here || start - here > bound || (here > offset && start - offset > READ_AHEAD) {
            break;
        }
        here = start;
    }
    // The last chunk of a file has no neighbour: its leader comes alone.
    (here - offset).max(job.leader as u64)
}

/// Packed bytes by a leader that names the chunk.
fn check_leader(job: &Job<'_>, place: &ChunkRegion, bytes: &[u8]) -> Result<usize, Corruption> {
    let packed = check_place(
        job.part,
        job.multi_part,
        job.layout.is_tiled(),
        place,
        bytes,
    )?;
    usize::try_from(packed).map_err(|_| Corruption::Leader {
        what: "size",
        expected: 0,
        found: packed,
    })
}

/// Checks that a leader names the chunk; the i32 behind the place, which is the packed size of a flat chunk.
pub(crate) fn check_place(
    part: usize,
    multi_part: bool,
    tiled: bool,
    place: &ChunkRegion,
    bytes: &[u8],
) -> Result<i64, Corruption> {
    let same = |what, expected: i64, found: i64| {
        if expected == found {
            Ok(())
        } else {
            Err(Corruption::Leader {
                what,
                expected,
                found,
            })
        }
    };
    let leader = parse_leader(bytes, multi_part, tiled).ok_or(Corruption::Truncated {
        expected: crate::offsets::leader_bytes(multi_part, tiled) as u64,
        found: bytes.len() as u64,
    })?;
    if let Some(found) = leader.part {
        same("part", part as i64, i64::from(found))?;
    }
    match (leader.place, place.tile) {
        (Place::Tile([x, y, lx, ly]), Some(tile)) => {
            same("tile x", i64::from(tile.0), i64::from(x))?;
            same("tile y", i64::from(tile.1), i64::from(y))?;
            same("level x", i64::from(place.level.0), i64::from(lx))?;
            same("level y", i64::from(place.level.1), i64::from(ly))?;
        }
        (Place::Line(y), _) => same("y", i64::from(place.region.min.1), i64::from(y))?,
        _ => {}
    }
    Ok(leader.packed)
}
