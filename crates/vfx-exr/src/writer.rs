//! Writes a file: headers, room for the offset tables, then chunks in the order they are committed.
//!
//! Compression happens in the parts' [`Encoder`]s, on as many threads as the caller likes; the writer only appends. A file that is dropped before
//! [`Writer::finish`] has empty offset tables and still reads, as a crashed render does.

use std::io::{Seek, SeekFrom, Write};
use std::sync::Arc;

use crate::encoder::{EncodedChunk, Encoder};
use crate::error::Error;
use crate::header::Header;
use crate::header_write::{normalise, write_headers};
use crate::reader::Reader;

/// Appends encoded chunks to a destination. Small chunks profit from a `BufWriter`.
pub struct Writer<W: Write + Seek> {
    dst: W,
    /// Where the offset tables begin.
    tables_at: u64,
    /// Where the next chunk goes.
    end: u64,
    tables: Vec<Vec<u64>>,
    encoders: Vec<Arc<Encoder>>,
    /// Where each deep part's header says how many samples a pixel has at most, and how many that is; `None` when it is not known.
    most_samples: Vec<(Option<u64>, Option<u32>)>,
}

impl<W: Write + Seek> std::fmt::Debug for Writer<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writer")
            .field("end", &self.end)
            .field("encoders", &self.encoders)
            .finish_non_exhaustive()
    }
}

fn io(what: &'static str) -> impl FnOnce(std::io::Error) -> Error {
    move |source| Error::Io { what, source }
}

impl<W: Write + Seek> Writer<W> {
    /// Checks the headers and writes them at the start of `dst`.
    ///
    /// # Errors
    /// Every header error, [`Error::UnsupportedCompression`], [`Error::UnsupportedPart`], [`Error::Io`].
    pub fn create(mut dst: W, mut headers: Vec<Header>) -> Result<Self, Error> {
        if headers.is_empty() {
            return Err(Error::NoSuch {
                what: "part",
                found: 0,
                count: 0,
            });
        }
        normalise(&mut headers)?;
        let multi_part = headers.len() > 1;
        let mut encoders = Vec::with_capacity(headers.len());
        for (part, header) in headers.iter().enumerate() {
            encoders.push(Arc::new(Encoder::new(part, multi_part, header.clone())?));
        }
        let counts: Vec<usize> = encoders.iter().map(|e| e.chunk_count()).collect();
        let written = write_headers(&headers, &counts)?;
        let bytes = written.bytes;
        dst.seek(SeekFrom::Start(0)).map_err(io("headers"))?;
        dst.write_all(&bytes).map_err(io("headers"))?;
        let tables: Vec<Vec<u64>> = counts.iter().map(|&n| vec![0; n]).collect();
        for table in &tables {
            dst.write_all(bytemuck::cast_slice(table))
                .map_err(io("offset tables"))?;
        }
        let tables_at = bytes.len() as u64;
        let end = tables_at + counts.iter().map(|&n| n as u64 * 8).sum::<u64>();
        Ok(Self {
            dst,
            tables_at,
            end,
            tables,
            encoders,
            most_samples: written
                .most_samples
                .into_iter()
                .map(|at| (at, Some(0)))
                .collect(),
        })
    }

    /// The encoder of a part.
    #[must_use]
    pub fn encoder(&self, part: usize) -> Option<Arc<Encoder>> {
        self.encoders.get(part).cloned()
    }

    /// Appends a chunk and notes its offset. The header's line order is a promise that the caller keeps:
    /// see [`Encoder::file_order`].
    ///
    /// # Errors
    /// [`Error::ChunkTwice`], [`Error::NoSuch`] for a chunk of another writer, [`Error::Io`].
    pub fn commit(&mut self, chunk: EncodedChunk) -> Result<(), Error> {
        let EncodedChunk {
            part,
            chunk,
            buf,
            len,
            most_samples,
        } = chunk;
        let slot = self.tables.get_mut(part).and_then(|t| t.get_mut(chunk));
        let Some(slot) = slot else {
            return Err(Error::NoSuch {
                what: "chunk",
                found: chunk as u64,
                count: 0,
            });
        };
        if *slot != 0 {
            return Err(Error::ChunkTwice { part, chunk });
        }
        self.dst.write_all(&buf[..len]).map_err(io("chunk"))?;
        *slot = self.end;
        let most = &mut self.most_samples[part].1;
        *most = most.zip(most_samples).map(|(a, b)| a.max(b));
        self.end += len as u64;
        self.encoders[part].recycle(buf);
        Ok(())
    }

    /// Writes the offset tables and gives the destination back, flushed, positioned at its end.
    ///
    /// # Errors
    /// [`Error::Incomplete`] after writing the tables when chunks were not committed; [`Error::Io`].
    pub fn finish(mut self) -> Result<W, Error> {
        self.write_tables()?;
        for part in 0..self.tables.len() {
            let missing = self.missing_chunks(part).len();
            if missing > 0 {
                return Err(Error::Incomplete {
                    part,
                    missing,
                    count: self.tables[part].len(),
                });
            }
        }
        Ok(self.dst)
    }

    /// As [`Writer::finish`], but chunks may be missing: the file is then like that of a render that stopped, and says so to every reader.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn finish_incomplete(mut self) -> Result<W, Error> {
        self.write_tables()?;
        Ok(self.dst)
    }

    /// Chunks of a part that were not committed yet.
    #[must_use]
    pub fn missing_chunks(&self, part: usize) -> Vec<usize> {
        let table = self.tables.get(part).map_or(&[][..], Vec::as_slice);
        (0..table.len()).filter(|&c| table[c] == 0).collect()
    }

    /// Hands the chunks of part `from` of an open file on to part `part` as they are: nothing is decoded or compressed. The windows may
    /// differ in place, not in size. Chunks that the file lacks stay missing; their number is returned.
    ///
    /// # Errors
    /// [`Error::NoSuch`]; [`Error::OtherChunks`] when the chunks of one are none of the other; those of [`Reader::packed_chunk`] but
    /// [`Error::MissingChunk`]; those of [`Writer::commit`].
    pub fn copy_part(&mut self, part: usize, reader: &Reader, from: usize) -> Result<usize, Error> {
        let no = |found: usize, count: usize| Error::NoSuch {
            what: "part",
            found: found as u64,
            count: count as u64,
        };
        let encoder = self
            .encoder(part)
            .ok_or_else(|| no(part, self.encoders.len()))?;
        let header = reader
            .headers()
            .get(from)
            .ok_or_else(|| no(from, reader.headers().len()))?;
        if !same_chunks(&encoder, reader, from, header) {
            return Err(Error::OtherChunks { part, from });
        }
        let mut missing = 0;
        for index in encoder.file_order() {
            match reader.packed_chunk(from, index.0) {
                Ok(packed) => self.commit(encoder.adopt(index, &packed)?)?,
                Err(Error::MissingChunk { .. }) => missing += 1,
                Err(e) => return Err(e),
            }
        }
        Ok(missing)
    }

    fn write_tables(&mut self) -> Result<(), Error> {
        self.dst
            .seek(SeekFrom::Start(self.tables_at))
            .map_err(io("offset tables"))?;
        for table in &mut self.tables {
            table.iter_mut().for_each(|v| *v = v.to_le());
            self.dst
                .write_all(bytemuck::cast_slice(table))
                .map_err(io("offset tables"))?;
        }
        for (at, most) in &self.most_samples {
            let (Some(at), Some(most)) = (at, most) else {
                continue;
            };
            let most = i32::try_from(*most).unwrap_or(i32::MAX);
            self.dst.seek(SeekFrom::Start(*at)).map_err(io("headers"))?;
            self.dst
                .write_all(&most.to_le_bytes())
                .map_err(io("headers"))?;
        }
        self.dst
            .seek(SeekFrom::Start(self.end))
            .map_err(io("offset tables"))?;
        self.dst.flush().map_err(io("offset tables"))?;
        Ok(())
    }
}

/// Whether chunk for chunk the bytes mean the same in both parts.
fn same_chunks(encoder: &Encoder, reader: &Reader, from: usize, header: &Header) -> bool {
    let to = encoder.header();
    // Sampled channels begin where the absolute coordinate is a multiple.
    let aligned = |min: (i32, i32)| {
        to.channels.iter().all(|c| {
            i64::from(min.0) % i64::from(c.sampling.0) == 0
                && i64::from(min.1) % i64::from(c.sampling.1) == 0
        })
    };
    let size = |h: &Header| (h.data_window.width(), h.data_window.height());
    let moved = header.data_window.min != to.data_window.min;
    to.takes_chunks_of(header)
        && size(to) == size(header)
        && encoder.chunk_count() == reader.chunk_count(from)
        && to.tiles == header.tiles
        && (!moved || aligned(to.data_window.min) && aligned(header.data_window.min))
}
