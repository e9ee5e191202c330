//! Archives (`.ocioz`): a zip file with `config.ocio` at its root and the files of its transforms.
//!
//! Sizes are checked against limits before anything is kept: 256 MiB an entry (as OpenColorIO), 2 GiB in all, 10,000 entries;
//! the stated sizes are not believed, reading stops at the limit. Names with `..` or a root are refused. Everything stays in
//! memory: nothing is unpacked to a folder.

use crate::context::archive_key;
use crate::model::Config;
use crate::transform::Transform;
use crate::{Context, OcioError};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Read, Write};
use std::path::{Component, Path};
use std::sync::Arc;

/// One unpacked file.
const MAX_ENTRY: u64 = 256 << 20;
/// All unpacked files.
const MAX_TOTAL: u64 = 2 << 30;
/// Files.
const MAX_ENTRIES: usize = 10_000;
/// The config inside.
const CONFIG: &str = "config.ocio";

fn wrong(path: &Path, reason: impl Into<String>) -> OcioError {
    OcioError::Archive {
        path: path.into(),
        reason: reason.into(),
    }
}

/// Opens an archive.
pub(crate) fn open(path: &Path) -> Result<Config, OcioError> {
    let bytes = std::fs::read(path).map_err(|source| OcioError::Io {
        path: path.into(),
        source,
    })?;
    parse(bytes, path)
}

fn parse(bytes: Vec<u8>, path: &Path) -> Result<Config, OcioError> {
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes))
        .map_err(|e| wrong(path, format!("this is no zip archive ({e})")))?;
    if zip.len() > MAX_ENTRIES {
        return Err(wrong(
            path,
            format!("{} entries, above the limit of {MAX_ENTRIES}", zip.len()),
        ));
    }
    let mut files: BTreeMap<String, Arc<[u8]>> = BTreeMap::new();
    let mut total = 0u64;
    for i in 0..zip.len() {
        let entry = zip
            .by_index(i)
            .map_err(|e| wrong(path, format!("entry {i}: {e}")))?;
        if entry.is_dir() {
            continue;
        }
        // Windows archives of OpenColorIO have `\` between folders.
        let name = entry
            .name()
            .map_err(|e| wrong(path, format!("entry {i}: {e}")))?
            .replace('\\', "/");
        let inside = Path::new(&name)
            .components()
            .all(|c| matches!(c, Component::Normal(_) | Component::CurDir));
        if !inside {
            return Err(wrong(
                path,
                format!("the entry '{name}' leaves the archive"),
            ));
        }
        let mut data = Vec::new();
        let limit = MAX_ENTRY.min(MAX_TOTAL - total);
        let read = entry.take(limit + 1).read_to_end(&mut data);
        read.map_err(|e| wrong(path, format!("the entry '{name}' is damaged ({e})")))?;
        if data.len() as u64 > limit {
            return Err(wrong(
                path,
                format!("the entry '{name}' is above the limit of {limit} bytes"),
            ));
        }
        total += data.len() as u64;
        files.insert(archive_key(Path::new(&name)), data.into());
    }
    let Some(text) = files.get(CONFIG) else {
        return Err(wrong(path, format!("there is no {CONFIG} in the archive")));
    };
    let text = String::from_utf8_lossy(text).into_owned();
    let config = Config::parse(&text).map_err(|e| e.in_file(&path.join(CONFIG)))?;
    Ok(config.with_archive(files))
}

impl Config {
    /// Packs the config and the files of its transforms, with the context of this process.
    ///
    /// Like OpenColorIO it takes what lies below the config's folder, and asks for search paths and files that are relative
    /// and do not leave it.
    ///
    /// # Errors
    ///
    /// If a path leaves the folder, or a file cannot be read.
    pub fn archive(&self) -> Result<Vec<u8>, OcioError> {
        self.archivable()?;
        let root = self.working_dir.clone().unwrap_or_default();
        let mut files = BTreeMap::new();
        match &self.files {
            crate::context::Files::Archive(inside) => {
                files.extend(
                    inside
                        .iter()
                        .filter(|(k, _)| *k != CONFIG)
                        .map(|(k, v)| (k.clone(), v.clone())),
                );
            }
            crate::context::Files::Disk if self.uses_files() => {
                collect(&root, &root, 0, &mut files)?
            }
            crate::context::Files::Disk => {}
        }
        files.insert(CONFIG.into(), self.to_yaml().into_bytes().into());
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        // No times: the same config gives the same bytes.
        let options = zip::write::SimpleFileOptions::default()
            .compression_method(zip::CompressionMethod::Deflated);
        let failed = |e: &dyn std::fmt::Display| wrong(Path::new(CONFIG), e.to_string());
        for (name, bytes) in &files {
            zip.start_file(name.as_str(), options)
                .map_err(|e| failed(&e))?;
            zip.write_all(bytes).map_err(|e| failed(&e))?;
        }
        Ok(zip.finish().map_err(|e| failed(&e))?.into_inner())
    }

    /// Whether an archive could hold all its files: no absolute paths, none that leave the folder, no variable at the start.
    ///
    /// # Errors
    ///
    /// The first path that cannot be packed.
    pub fn archivable(&self) -> Result<(), OcioError> {
        let refuse = |line: usize, what: &str, path: &str| OcioError::Invalid {
            line,
            object: format!("the {what} '{path}'"),
            reason: "an archive needs paths that are relative and stay below the config's folder"
                .into(),
        };
        let leaves = |p: &str| {
            let path = Path::new(p);
            path.is_absolute()
                || p.starts_with(['$', '%', '\\'])
                || path.components().any(|c| c == Component::ParentDir)
        };
        if let Some(p) = self.search_paths.iter().find(|p| leaves(p)) {
            return Err(refuse(0, "search path", p));
        }
        for (name, line) in self.file_names() {
            // A variable may begin a name: its values lie below the search paths.
            if Path::new(&name).is_absolute()
                || Path::new(&name)
                    .components()
                    .any(|c| c == Component::ParentDir)
            {
                return Err(refuse(line, "file", &name));
            }
        }
        Ok(())
    }

    fn uses_files(&self) -> bool {
        !self.file_names().is_empty()
    }

    fn file_names(&self) -> Vec<(String, usize)> {
        let mut out = Vec::new();
        for o in self.owned_transforms() {
            o.transform.walk(&mut |t| {
                if let Transform::File(f) = t {
                    out.push((f.src.clone(), o.line));
                }
            });
        }
        out
    }

    /// The files its transforms use in a context, found or not.
    #[must_use]
    pub fn files_used(&self, context: &Context) -> Vec<Result<std::path::PathBuf, OcioError>> {
        let names: BTreeSet<String> = self.file_names().into_iter().map(|(n, _)| n).collect();
        let found = |n: String| match self.find_file(&n, context)? {
            crate::context::Found::Disk(p) | crate::context::Found::Memory(p, _) => Ok(p),
        };
        names.into_iter().map(found).collect()
    }
}

/// Extensions of the formats that transforms read.
const EXTENSIONS: &[&str] = &[
    "3dl", "cc", "ccc", "cdl", "clf", "csp", "ctf", "cub", "cube", "icc", "icm", "itx", "look",
    "lut", "m3d", "mga", "pf", "spi1d", "spi3d", "spimtx", "vf",
];

/// Every colour file below a folder.
fn collect(
    root: &Path,
    folder: &Path,
    depth: usize,
    out: &mut BTreeMap<String, Arc<[u8]>>,
) -> Result<(), OcioError> {
    if depth > 32 {
        return Ok(());
    }
    let io = |source| OcioError::Io {
        path: folder.into(),
        source,
    };
    for entry in std::fs::read_dir(folder).map_err(io)? {
        let entry = entry.map_err(io)?;
        let path = entry.path();
        let kind = entry.file_type().map_err(io)?;
        if kind.is_dir() {
            collect(root, &path, depth + 1, out)?;
            continue;
        }
        let known = path
            .extension()
            .and_then(|e| e.to_str())
            .map(str::to_ascii_lowercase);
        if !known.is_some_and(|e| EXTENSIONS.contains(&e.as_str())) {
            continue;
        }
        if out.len() >= MAX_ENTRIES {
            return Err(wrong(
                root,
                format!("more than {MAX_ENTRIES} files below the config"),
            ));
        }
        let size = entry.metadata().map_err(io)?.len();
        if size > MAX_ENTRY {
            return Err(wrong(
                &path,
                format!("the file is above the limit of {MAX_ENTRY} bytes"),
            ));
        }
        let bytes = std::fs::read(&path).map_err(|source| OcioError::Io {
            path: path.clone(),
            source,
        })?;
        let inside = path.strip_prefix(root).unwrap_or(&path);
        out.insert(archive_key(inside), bytes.into());
    }
    Ok(())
}
