//! What a run may use, and files opened under it.

use crate::{Error, Image};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use vfx_compute::Job;
use vfx_core::{
    Access, Budget, Cancel, ChannelSet, DeepPixels, DeepSource, ImageSource, ImageSpec, IoError,
    Limits, PlanesMut, Progress, Region, Reporter,
};
use vfx_io::{Format, ImageFile, OpenOptions};

/// Budget, limits and listeners. Cloning shares the tile store, the cancel switch and the progress.
#[derive(Clone)]
pub struct Session {
    job: Job,
    open: OpenOptions,
}

impl Default for Session {
    fn default() -> Self {
        Self::new(Budget::default())
    }
}

impl Session {
    /// A session under a budget, with default limits, that reports to nobody.
    pub fn new(budget: Budget) -> Self {
        Self {
            job: Job::new(budget),
            open: OpenOptions::default(),
        }
    }
    /// With other bounds on what files may ask for.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.open.limits = limits;
        self
    }
    /// Damage is an error instead of a report.
    #[must_use]
    pub fn strict(mut self, strict: bool) -> Self {
        self.open.strict = strict;
        self
    }
    /// With a taker of damage and remarks.
    #[must_use]
    pub fn reporter(mut self, reporter: Arc<dyn Reporter>) -> Self {
        self.open.reporter = reporter;
        self
    }
    /// With a switch that stops it.
    #[must_use]
    pub fn cancel(mut self, cancel: Cancel) -> Self {
        self.job.cancel = cancel;
        self
    }
    /// With a count of pixels done.
    #[must_use]
    pub fn progress(mut self, progress: Progress) -> Self {
        self.job.progress = progress;
        self
    }
    /// A session for one of `n` jobs that run side by side: a share of the memory, one thread or more, a store of its own, the
    /// same listeners.
    #[must_use]
    pub fn share(&self, n: usize) -> Self {
        let n = n.max(1);
        let budget = Budget {
            memory: self.job.budget.memory / n,
            threads: (self.job.budget.threads / n).max(1),
            scratch: self.job.budget.scratch.clone(),
        };
        Self {
            job: Job {
                cancel: self.job.cancel.clone(),
                progress: self.job.progress.clone(),
                ..Job::new(budget)
            },
            open: self.open.clone(),
        }
    }
    /// What runs graphs.
    pub fn job(&self) -> &Job {
        &self.job
    }
    /// How files are opened.
    pub fn open_options(&self) -> &OpenOptions {
        &self.open
    }
    /// Opens a file: headers only.
    ///
    /// # Errors
    /// As [`vfx_io::open`].
    pub fn open(&self, path: impl AsRef<Path>) -> Result<File, Error> {
        let path = path.as_ref();
        Ok(File {
            file: vfx_io::open(path, &self.open)?,
            path: path.into(),
            session: self.clone(),
        })
    }
}

/// An opened file of one or more parts.
#[derive(Clone)]
pub struct File {
    path: PathBuf,
    file: ImageFile,
    session: Session,
}

impl File {
    /// The name it was opened under.
    pub fn path(&self) -> &Path {
        &self.path
    }
    /// Its format, by content.
    pub fn format(&self) -> &'static Format {
        self.file.format
    }
    /// How many parts, views or pages it has.
    pub fn parts(&self) -> usize {
        self.file.parts.len()
    }
    /// How many resolutions a part has.
    pub fn levels(&self, part: usize) -> usize {
        self.file.parts.get(part).map_or(0, |p| p.levels.len())
    }
    /// What reading a part costs; its chunks are the tiles or strips of the file.
    pub fn access(&self, part: usize) -> Option<Access> {
        let level = self.file.parts.get(part)?.levels.first()?;
        Some(level.access())
    }
    /// A part at a mip level, 0 for full resolution.
    ///
    /// # Errors
    /// [`Error::NoPart`].
    pub fn image(&self, part: usize, level: usize) -> Result<Image, Error> {
        if let Some(deep) = self.file.parts.get(part).and_then(|p| p.deep.clone())
            && level == 0
        {
            let source = Arc::new(NamedDeep {
                source: deep,
                path: self.path.clone(),
            });
            return Ok(crate::deep::image(source, &self.session));
        }
        let source = self
            .file
            .parts
            .get(part)
            .and_then(|p| p.levels.get(level))
            .ok_or(Error::NoPart { part, level })?;
        let named = Arc::new(Named {
            source: source.clone(),
            path: self.path.clone(),
        });
        let graph = vfx_compute::Image::from_source(named);
        Ok(Image::from_graph(graph, &self.session))
    }
    /// Every part at full resolution.
    pub fn images(&self) -> Vec<Image> {
        (0..self.parts())
            .filter_map(|p| self.image(p, 0).ok())
            .collect()
    }
}

/// A source whose errors name its file: a chain may read several.
struct Named {
    source: Arc<dyn ImageSource>,
    path: PathBuf,
}

impl ImageSource for Named {
    fn spec(&self) -> &ImageSpec {
        self.source.spec()
    }
    fn stored_form(&self) -> Option<String> {
        self.source.stored_form()
    }
    fn stored_chunk(&self, index: usize) -> Result<Option<Vec<u8>>, IoError> {
        self.source.stored_chunk(index)
    }
    fn access(&self) -> Access {
        self.source.access()
    }
    fn read(
        &self,
        region: Region,
        channels: &ChannelSet,
        out: &mut PlanesMut<'_>,
    ) -> Result<(), IoError> {
        let read = self.source.read(region, channels, out);
        read.map_err(|e| e.in_file(&self.path))
    }
}

/// As [`Named`], of a deep source.
struct NamedDeep {
    source: Arc<dyn DeepSource>,
    path: PathBuf,
}

impl DeepSource for NamedDeep {
    fn spec(&self) -> &ImageSpec {
        self.source.spec()
    }
    fn chunk(&self) -> (usize, usize) {
        self.source.chunk()
    }
    fn read(&self, region: Region, channels: &ChannelSet) -> Result<DeepPixels, IoError> {
        let read = self.source.read(region, channels);
        read.map_err(|e| e.in_file(&self.path))
    }
}
