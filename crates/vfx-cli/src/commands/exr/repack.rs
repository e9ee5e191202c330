//! `vfx exr merge` and `vfx exr split`: parts into one file, parts into files.

use super::{file_and_part, not_an_input, print_repacked};
use crate::globals::Globals;
use anyhow::{Result, bail};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use vfx::exr::{Source, merge_headers, repack};

/// Arguments of `exr merge`.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  vfx exr merge beauty.exr depth.exr -o all.exr\n  vfx exr merge a.exr:0 b.exr:depth -o both.exr"
)]
pub struct MergeArgs {
    /// Files, each with :PART (number or name) where not all of its parts are wanted
    #[arg(required = true, value_name = "FILE[:PART]")]
    files: Vec<String>,
    /// The file to write
    #[arg(short, long, value_name = "OUT")]
    output: PathBuf,
    /// Where attributes that all parts must share differ, take those of the first part
    #[arg(long = "override")]
    override_shared: bool,
}

/// The name without folder and extension.
fn stem(word: &str) -> String {
    let path = Path::new(word);
    path.file_stem()
        .map_or_else(|| "part".into(), |s| s.to_string_lossy().into_owned())
}

/// Merges.
pub fn merge(globals: &Globals, args: &MergeArgs) -> Result<ExitCode> {
    let (session, _) = globals.session()?;
    let mut opened = Vec::new();
    let mut paths = Vec::new();
    for word in &args.files {
        opened.push((
            stem(word),
            file_and_part(word, &session.open_options().limits)?,
        ));
        let file = if Path::new(word).exists() {
            word
        } else {
            word.rsplit_once(':').map_or(word.as_str(), |w| w.0)
        };
        paths.push(PathBuf::from(file));
    }
    not_an_input(&args.output, &paths)?;
    let (mut sources, mut names) = (Vec::new(), Vec::new());
    for (stem, (reader, part)) in &opened {
        let parts = match part {
            Some(p) => *p..*p + 1,
            None => 0..reader.headers().len(),
        };
        for p in parts {
            sources.push(Source::whole(reader, p));
            names.push(stem.clone());
        }
    }
    merge_headers(&mut sources, &names, args.override_shared)?;
    let job = session.job();
    let done = repack(&args.output, &sources, job.budget.threads, &job.cancel)?;
    print_repacked(globals, &args.output, &done)?;
    Ok(ExitCode::SUCCESS)
}

/// Arguments of `exr split`.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  vfx exr split all.exr\n  vfx exr split all.exr -o 'out/{name}.exr'"
)]
pub struct SplitArgs {
    /// The file
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Names of the files, with {part} for the number and {name} for the part's name [default: FILE.{part}.exr]
    #[arg(short, long, value_name = "PATTERN")]
    output: Option<String>,
}

/// Splits.
pub fn split(globals: &Globals, args: &SplitArgs) -> Result<ExitCode> {
    let (session, _) = globals.session()?;
    let reader = vfx::exr::open(&args.file, &session.open_options().limits)?;
    let pattern = args.output.clone().unwrap_or_else(|| {
        let base = args.file.with_extension("");
        format!("{}.{{part}}.exr", base.display())
    });
    let parts = reader.headers().len();
    let mut outputs = Vec::new();
    for (part, h) in reader.headers().iter().enumerate() {
        // A part's name must not lead out of the folder.
        let name = h
            .name
            .as_deref()
            .unwrap_or("part")
            .replace(['/', '\\'], "_");
        let path = pattern
            .replace("{part}", &part.to_string())
            .replace("{name}", &name);
        outputs.push(PathBuf::from(path));
    }
    if outputs.iter().collect::<BTreeSet<_>>().len() < parts {
        bail!("'{pattern}' gives several parts the same name; use {{part}} or {{name}} in it");
    }
    let job = session.job();
    for (part, path) in outputs.iter().enumerate() {
        not_an_input(path, std::slice::from_ref(&args.file))?;
        let done = repack(
            path,
            &[Source::whole(&reader, part)],
            job.budget.threads,
            &job.cancel,
        )?;
        print_repacked(globals, path, &done)?;
    }
    Ok(ExitCode::SUCCESS)
}
