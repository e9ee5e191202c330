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

/// Appends encoded chunks to a destination. Small chunks profit from a `BufWriter`.
pub struct Writer<W: Write + Seek> {
    dst: W,
    /// Where the offset tables begin.
    tables_at: u64,
    /// Where the next chunk goes.
    end: u64,
    tables: Vec<Vec<u64>>,
    encoders: Vec<Arc<Encoder>>,
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
        let bytes = write_headers(&headers, &counts)?;
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
        self.end += len as u64;
        self.encoders[part].recycle(buf);
        Ok(())
    }

    /// Writes the offset tables and gives the destination back, flushed, positioned at its end.
    ///
    /// # Errors
    /// [`Error::Incomplete`] after writing the tables when chunks were not committed; [`Error::Io`].
    pub fn finish(mut self) -> Result<W, Error> {
        self.dst
            .seek(SeekFrom::Start(self.tables_at))
            .map_err(io("offset tables"))?;
        for table in &mut self.tables {
            table.iter_mut().for_each(|v| *v = v.to_le());
            self.dst
                .write_all(bytemuck::cast_slice(table))
                .map_err(io("offset tables"))?;
        }
        self.dst
            .seek(SeekFrom::Start(self.end))
            .map_err(io("offset tables"))?;
        self.dst.flush().map_err(io("offset tables"))?;
        for (part, table) in self.tables.iter().enumerate() {
            let missing = table.iter().filter(|&&o| o == 0).count();
            if missing > 0 {
                return Err(Error::Incomplete {
                    part,
                    missing,
                    count: table.len(),
                });
            }
        }
        Ok(self.dst)
    }
}
