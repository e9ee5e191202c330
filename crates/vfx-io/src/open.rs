//! Opening a file: detection by content, then the format's own reader.

use crate::registry::{self, FORMATS};
use crate::{Format, Input};
use std::path::Path;
use std::sync::Arc;
use vfx_core::{Damage, DeepSource, ImageSource, IoError, Limits, Report, Reporter};

/// How to open.
#[derive(Clone)]
pub struct OpenOptions {
    /// Bounds on what the file may ask for.
    pub limits: Limits,
    /// Damage is an error instead of a report.
    pub strict: bool,
    /// Takes damage and remarks.
    pub reporter: Arc<dyn Reporter>,
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            strict: false,
            reporter: Arc::new(()),
        }
    }
}

impl OpenOptions {
    /// What a source does with damage: an error when strict, else a report.
    ///
    /// # Errors
    /// `error` itself, when strict.
    pub fn damaged(&self, input: &Input, damage: Damage, error: IoError) -> Result<(), IoError> {
        if self.strict {
            return Err(error);
        }
        self.reporter.report(Report::Damaged {
            file: input.path().display().to_string(),
            damage,
        });
        Ok(())
    }
}

/// One part (subimage, view, page) of a file: its levels, full resolution first.
#[derive(Clone)]
pub struct Part {
    /// Level 0 is the image; further ones are its mip levels.
    pub levels: Vec<Arc<dyn ImageSource>>,
    /// The samples, where the part is deep: `levels` then say what it is and cannot be read.
    pub deep: Option<Arc<dyn DeepSource>>,
}

impl Part {
    /// A part without reduced levels.
    pub fn single(source: impl ImageSource + 'static) -> Self {
        Self {
            levels: vec![Arc::new(source)],
            deep: None,
        }
    }
}

/// An opened file.
#[derive(Clone)]
pub struct ImageFile {
    /// Its format.
    pub format: &'static Format,
    /// Its parts, at least one.
    pub parts: Vec<Part>,
}

/// Opens an image file. The content decides the format; where several match the extension does. A name that says
/// otherwise is reported. `null:` names a procedural image.
///
/// # Errors
/// [`IoError`] naming the file: it cannot be read, is no known format, is damaged or passes the limits.
pub fn open(path: &Path, options: &OpenOptions) -> Result<ImageFile, IoError> {
    if let Some(s) = path.to_str().filter(|s| s.starts_with("null:")) {
        let format = registry::by_name("null").expect("null is registered");
        let source = crate::formats::null::parse(s)?;
        options
            .limits
            .check_spec(source.spec())
            .map_err(|e| e.in_file(path))?;
        return Ok(ImageFile {
            format,
            parts: vec![Part::single(source)],
        });
    }
    let inner = || {
        let input = Input::open(path)?;
        let head = input.read_up_to(0, 512)?;
        let named = registry::by_extension(path);
        let readable = |f: &&'static Format| f.open.is_some() && (f.detect)(&head);
        let found = named
            .filter(readable)
            .or_else(|| FORMATS.iter().copied().find(readable));
        let Some(format) = found else {
            return Err(IoError::NotRecognised {
                first_bytes: head.into_iter().take(16).collect(),
            });
        };
        if named.is_some_and(|n| n.name != format.name) {
            options.reporter.report(Report::Note {
                file: path.display().to_string(),
                message: format!(
                    "the name says {}, the content is {}",
                    named.map_or("", |n| n.name),
                    format.name
                ),
            });
        }
        let parts = format.open.expect("checked above")(input, options)?;
        for level in parts.iter().flat_map(|p| &p.levels) {
            options.limits.check_spec(level.spec())?;
        }
        Ok(ImageFile { format, parts })
    };
    inner().map_err(|e| e.in_file(path))
}
