//! Files being written: under a temporary name beside the final one, synced and renamed at the end.

use crate::registry;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use vfx_core::{DeepSink, ImageSink, ImageSpec, IoError, Written};

/// What the user asks of a writer beyond the spec. Fields a format has no use for are ignored by it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WriteOptions {
    /// Format name, where the extension shall not decide.
    pub format: Option<String>,
    /// `zip`, `zip:6`, `lzw`, `none` ...: a name of the format, with a level after a colon where it has one.
    pub compression: Option<String>,
    /// Tiles of this size; `None` keeps the format's default of strips.
    pub tile: Option<(usize, usize)>,
    /// Lossy quality, 1 ..= 100.
    pub quality: Option<f32>,
    /// JPEG chroma subsampling: `444`, `422`, `420`, `440`, `411`.
    pub subsampling: Option<String>,
    /// What only JPEG knows.
    pub jpeg: JpegOptions,
}

/// What a JPEG writer may be asked for beside quality and subsampling.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct JpegOptions {
    /// Butteraugli distance, 0.01 ..= 25; wins over quality.
    pub distance: Option<f32>,
    /// Several scans, coarse to fine.
    pub progressive: bool,
    /// 1 is fastest, 7 smallest.
    pub effort: Option<u8>,
    /// MCUs between restart markers.
    pub restart: Option<u16>,
    /// The XYB colour space with its ICC profile.
    pub xyb: bool,
}

impl WriteOptions {
    /// Compression name and level: `zip:6` is `("zip", Some(6))`.
    ///
    /// # Errors
    /// [`IoError::UnknownName`] when the level is no number.
    pub fn compression_level(&self) -> Result<Option<(&str, Option<f32>)>, IoError> {
        let Some(s) = self.compression.as_deref() else {
            return Ok(None);
        };
        let Some((name, level)) = s.split_once(':') else {
            return Ok(Some((s, None)));
        };
        let level = level.parse().map_err(|_| IoError::UnknownName {
            kind: "compression level",
            found: s.into(),
            expected: "a number after the colon, such as zip:6",
        })?;
        Ok(Some((name, Some(level))))
    }
}

/// Starts a file for images of these specs (parts or pages, in order); the format is the extension's unless named.
/// The sink's own specs say what it will take: a format that lacks a type or channel picks the nearest that loses least.
///
/// # Errors
/// An unknown format, images that the format cannot hold, or what the operating system says.
pub fn create(
    path: &Path,
    specs: &[ImageSpec],
    options: &WriteOptions,
) -> Result<Box<dyn ImageSink>, IoError> {
    let format = match &options.format {
        Some(name) => registry::by_name(name),
        None => registry::by_extension(path),
    };
    let make = format.and_then(|f| f.create).ok_or_else(|| {
        IoError::UnknownName {
            kind: "output format",
            found: options.format.clone().unwrap_or_else(|| {
                path.extension()
                    .unwrap_or_default()
                    .to_string_lossy()
                    .into()
            }),
            expected: "an extension that `vfx formats` lists as written",
        }
        .in_file(path)
    })?;
    make(path, specs, options).map_err(|e| e.in_file(path))
}

/// Starts a file of deep images, which OpenEXR alone holds.
///
/// # Errors
/// As [`create`]; [`IoError::CannotHold`] for any other format.
pub fn create_deep(
    path: &Path,
    specs: &[ImageSpec],
    options: &WriteOptions,
) -> Result<Box<dyn DeepSink>, IoError> {
    let format = match &options.format {
        Some(name) => registry::by_name(name),
        None => registry::by_extension(path),
    };
    match format {
        Some(f) if f.name == crate::formats::exr::FORMAT.name => {
            crate::formats::exr::create_deep(path, specs, options)
        }
        Some(f) => Err(IoError::CannotHold {
            format: f.name,
            what: "deep images".into(),
            remedy: "flatten first, or write OpenEXR",
        }),
        None => create(path, specs, options).map(|_| unreachable!("a format that is not known")),
    }
    .map_err(|e| e.in_file(path))
}

/// The one image of a format that holds no more.
///
/// # Errors
/// [`IoError::CannotHold`] for any other number.
pub(crate) fn single<'a>(
    format: &'static str,
    specs: &'a [ImageSpec],
) -> Result<&'a ImageSpec, IoError> {
    let [one] = specs else {
        return Err(IoError::CannotHold {
            format,
            what: format!("{} images", specs.len()).into(),
            remedy: "write each to a file of its own",
        });
    };
    Ok(one)
}

/// A file under a temporary name. Dropped unfinished it disappears; the final name is touched by `finish` alone.
#[derive(Debug)]
pub struct Output {
    file: Arc<File>,
    temporary: Option<tempfile::TempPath>,
    path: PathBuf,
    end: u64,
}

impl Output {
    /// Starts a file that will be named `path`.
    ///
    /// # Errors
    /// What the operating system says, of the folder.
    pub fn create(path: &Path) -> Result<Self, IoError> {
        if path.is_dir() {
            return Err(IoError::Os {
                action: "create",
                source: std::io::ErrorKind::IsADirectory.into(),
            });
        }
        let folder = path
            .parent()
            .filter(|p| !p.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let mut builder = tempfile::Builder::new();
        // The permissions a plain create would give: the umask takes its share.
        let permissions = std::os::unix::fs::PermissionsExt::from_mode(0o666);
        let prefix = format!(".{name}.");
        let temp = builder
            .prefix(&prefix)
            .suffix(".part")
            .permissions(permissions)
            .tempfile_in(folder);
        let (file, temporary) = temp.map_err(IoError::os("create"))?.into_parts();
        Ok(Self {
            file: Arc::new(file),
            temporary: Some(temporary),
            path: path.into(),
            end: 0,
        })
    }
    /// The file, for encoders that write their chunks themselves.
    pub fn file(&self) -> &Arc<File> {
        &self.file
    }
    /// Bytes appended so far: where the next ones go.
    pub fn position(&self) -> u64 {
        self.end
    }
    /// Writes at the end; returns where.
    ///
    /// # Errors
    /// A full disk, for one.
    pub fn append(&mut self, bytes: &[u8]) -> Result<u64, IoError> {
        let at = self.end;
        self.write_at(at, bytes)?;
        Ok(at)
    }
    /// Writes anywhere; the end moves when this passes it.
    ///
    /// # Errors
    /// A full disk, for one.
    pub fn write_at(&mut self, offset: u64, bytes: &[u8]) -> Result<(), IoError> {
        self.file
            .write_all_at(bytes, offset)
            .map_err(IoError::os("write"))?;
        self.end = self.end.max(offset + bytes.len() as u64);
        Ok(())
    }
    /// What [`vfx_core::ImageSink::flusher`] answers: a failure shows again when the file is finished.
    pub fn flusher(&self) -> Box<dyn Fn() + Send> {
        let file = self.file.clone();
        Box::new(move || drop(file.sync_data()))
    }
    /// Declares bytes up to `end` as written by others through [`Output::file`].
    pub fn reserve_to(&mut self, end: u64) {
        self.end = self.end.max(end);
    }
    /// Syncs the file and gives it its name, replacing an earlier one at once.
    ///
    /// # Errors
    /// What the operating system says; the earlier file is then untouched.
    pub fn finish(mut self) -> Result<Written, IoError> {
        self.file.sync_data().map_err(IoError::os("sync"))?;
        let temporary = self.temporary.take().expect("an output is finished once");
        temporary.persist(&self.path).map_err(|e| IoError::Os {
            action: "rename",
            source: e.error,
        })?;
        Ok(Written {
            path: Some(self.path.clone()),
            bytes: self.end,
        })
    }
}
