//! A file being read: positional, from any thread.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use vfx_core::IoError;

/// An open file: shared, read by offset like pread(2).
#[derive(Clone, Debug)]
pub struct Input {
    path: PathBuf,
    file: Arc<File>,
    len: u64,
}

impl Input {
    /// Opens a regular file.
    ///
    /// # Errors
    /// What the operating system says; a directory is refused.
    pub fn open(path: &Path) -> Result<Self, IoError> {
        let file = File::open(path).map_err(IoError::os("open"))?;
        let meta = file.metadata().map_err(IoError::os("open"))?;
        if meta.is_dir() {
            return Err(IoError::Os {
                action: "open",
                source: std::io::ErrorKind::IsADirectory.into(),
            });
        }
        Ok(Self {
            path: path.into(),
            file: Arc::new(file),
            len: meta.len(),
        })
    }
    /// The name it was opened under.
    pub fn path(&self) -> &Path {
        &self.path
    }
    /// The file itself, for codecs that read positionally on their own.
    pub fn file(&self) -> &Arc<File> {
        &self.file
    }
    /// Bytes in the file.
    pub fn len(&self) -> u64 {
        self.len
    }
    /// An empty file.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
    /// Fills `buf` from `offset`.
    ///
    /// # Errors
    /// [`IoError::Os`], with `UnexpectedEof` when the file ends before.
    pub fn read_exact_at(&self, offset: u64, buf: &mut [u8]) -> Result<(), IoError> {
        self.file
            .read_exact_at(buf, offset)
            .map_err(IoError::os("read"))
    }
    /// As many bytes as there are, at most `len`.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn read_up_to(&self, offset: u64, len: usize) -> Result<Vec<u8>, IoError> {
        let n = usize::try_from(self.len.saturating_sub(offset))
            .unwrap_or(usize::MAX)
            .min(len);
        let mut buf = vec![0; n];
        self.read_exact_at(offset, &mut buf)?;
        Ok(buf)
    }
    /// A sequential reader from `offset` on, with a position of its own.
    pub fn reader(&self, offset: u64) -> Cursor {
        Cursor {
            input: self.clone(),
            at: offset,
        }
    }
}

/// `Read + Seek` over an [`Input`]; cheap, several at once. Wrap it in a `BufReader`.
#[derive(Clone, Debug)]
pub struct Cursor {
    input: Input,
    at: u64,
}

impl std::io::Read for Cursor {
    fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
        let n = self.input.file.read_at(buf, self.at)?;
        self.at += n as u64;
        Ok(n)
    }
}

impl std::io::Seek for Cursor {
    fn seek(&mut self, pos: std::io::SeekFrom) -> std::io::Result<u64> {
        use std::io::SeekFrom::{Current, End, Start};
        let to = match pos {
            Start(n) => Some(n),
            Current(d) => self.at.checked_add_signed(d),
            End(d) => self.input.len.checked_add_signed(d),
        };
        self.at = to.ok_or(std::io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}
