//! `vfx exr parts` and `vfx exr views`: what a file is made of; files as views of one.

use super::{file_and_part, not_an_input, print_repacked};
use crate::globals::Globals;
use anyhow::{Context, Result, bail};
use serde_json::json;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use vfx::exr::codec::{AttributeValue, Header, Reader};
use vfx::exr::{Source, merge_headers, repack};

/// Arguments of `exr parts`.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  vfx exr parts comp.exr\n  vfx exr parts -v --json comp.exr")]
pub struct PartsArgs {
    /// Every attribute, as exrheader prints them
    #[arg(short, long)]
    verbose: bool,
    /// The files
    #[arg(required = true, value_name = "FILE")]
    files: Vec<String>,
}

/// Lists parts.
pub fn run(globals: &Globals, args: &PartsArgs) -> Result<ExitCode> {
    let (session, _) = globals.session()?;
    for name in &args.files {
        let reader = vfx::exr::open(Path::new(name), &session.open_options().limits)?;
        let mut out = std::io::stdout().lock();
        if globals.json {
            let parts: Vec<_> = (0..reader.headers().len())
                .map(|p| part_json(&reader, p))
                .collect();
            writeln!(out, "{}", json!({"file": name, "parts": parts}))?;
            continue;
        }
        writeln!(out, "{name}")?;
        if args.verbose {
            out.write_all(vfx::exr::describe(&reader).as_bytes())?;
            continue;
        }
        for part in 0..reader.headers().len() {
            writeln!(out, "{}", part_line(&reader, part))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn kind(h: &Header) -> &str {
    let by_tiles = if h.tiles.is_some() {
        "tiledimage"
    } else {
        "scanlineimage"
    };
    h.part_type.as_ref().map_or(by_tiles, |t| t.name())
}

fn part_json(reader: &Reader, part: usize) -> serde_json::Value {
    let h = &reader.headers()[part];
    let window = |b: &vfx::exr::codec::Box2i| json!([b.min.0, b.min.1, b.width(), b.height()]);
    let channels: Vec<_> = h
        .channels
        .iter()
        .map(|c| {
            json!({"name": c.name, "type": format!("{:?}", c.sample_type).to_lowercase(),
                   "sampling": [c.sampling.0, c.sampling.1]})
        })
        .collect();
    json!({
        "part": part, "name": h.name, "type": kind(h), "view": view_of(h),
        "compression": vfx::io::formats::exr::compression_name(h.compression), "data_window": window(&h.data_window),
        "display_window": window(&h.display_window), "channels": channels, "levels": reader.levels(part).len(),
        "chunks": reader.chunk_count(part), "chunks_missing": reader.missing_chunks(part).count(),
    })
}

fn part_line(reader: &Reader, part: usize) -> String {
    let h = &reader.headers()[part];
    let names: Vec<&str> = h.channels.iter().map(|c| c.name.as_str()).collect();
    let w = &h.data_window;
    let mut line = format!(
        "  {part}: {:?} {} {}, {} x {} at ({} {}), channels {}",
        h.name.as_deref().unwrap_or_default(),
        kind(h),
        vfx::io::formats::exr::compression_name(h.compression),
        w.width(),
        w.height(),
        w.min.0,
        w.min.1,
        names.join(" ")
    );
    if let Some(view) = view_of(h) {
        line += &format!(", view {view}");
    }
    let levels = reader.levels(part).len();
    if levels > 1 {
        line += &format!(", {levels} levels");
    }
    let missing = reader.missing_chunks(part).count();
    if missing > 0 {
        line += &format!(", {missing} of {} chunks missing", reader.chunk_count(part));
    }
    line
}

fn view_of(h: &Header) -> Option<&str> {
    h.view.as_deref()
}

/// Arguments of `exr views`.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  vfx exr views stereo.exr\n  vfx exr views left=l.exr right=r.exr -o stereo.exr"
)]
pub struct ViewsArgs {
    /// A file to list, or NAME=FILE for every view to combine; the first one is the default view
    #[arg(required = true, value_name = "FILE|NAME=FILE")]
    inputs: Vec<String>,
    /// File of all views, one part a view
    #[arg(short, long, value_name = "OUT")]
    output: Option<PathBuf>,
    /// One part for all views, the channels of further ones named VIEW.CHANNEL (compresses again)
    #[arg(long, requires = "output")]
    single_part: bool,
    /// Where shared attributes differ, take those of the first view
    #[arg(long = "override")]
    override_shared: bool,
}

/// Lists or combines views.
pub fn views(globals: &Globals, args: &ViewsArgs) -> Result<ExitCode> {
    let (session, _) = globals.session()?;
    let limits = &session.open_options().limits;
    let Some(output) = &args.output else {
        for name in &args.inputs {
            let reader = vfx::exr::open(Path::new(name), limits)?;
            list_views(globals, name, &reader)?;
        }
        return Ok(ExitCode::SUCCESS);
    };
    let mut opened = Vec::new();
    let mut paths = Vec::new();
    for word in &args.inputs {
        let (view, file) = word
            .split_once('=')
            .with_context(|| format!("a view to combine is NAME=FILE, not '{word}'"))?;
        let (reader, part) = file_and_part(file, limits)?;
        if part.is_none() && reader.headers().len() > 1 {
            bail!("'{file}' has several parts; name one as {file}:PART");
        }
        paths.push(PathBuf::from(file));
        opened.push((view.to_owned(), reader, part.unwrap_or(0)));
    }
    not_an_input(output, &paths)?;
    let job = session.job();
    if args.single_part {
        let one = single_part(&opened)?;
        let done = vfx::exr::combine_views(output, &one, &job.cancel)?;
        print_repacked(globals, output, &done)?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut sources: Vec<Source<'_>> = opened
        .iter()
        .map(|(view, reader, part)| {
            let mut s = Source::whole(reader, *part);
            s.header.view = Some(view.clone());
            s.header.name = Some(view.clone());
            s.header.attributes.retain(|a| a.name != "multiView");
            s
        })
        .collect();
    let names: Vec<String> = opened.iter().map(|o| o.0.clone()).collect();
    merge_headers(&mut sources, &names, args.override_shared)?;
    let done = repack(output, &sources, job.budget.threads, &job.cancel)?;
    print_repacked(globals, output, &done)?;
    Ok(ExitCode::SUCCESS)
}

/// The views to be combined into one part.
fn single_part(opened: &[(String, Reader, usize)]) -> Result<Vec<vfx::exr::View<'_>>> {
    let views: Vec<_> = opened
        .iter()
        .map(|(name, reader, part)| vfx::exr::View {
            name: name.clone(),
            reader,
            part: *part,
        })
        .collect();
    if views.iter().any(|v| v.name.contains(['.', ','])) {
        bail!("view names have no dot and no comma");
    }
    Ok(views)
}

/// Views by part and, in files of one part, by the `multiView` attribute.
fn list_views(globals: &Globals, name: &str, reader: &Reader) -> Result<()> {
    let mut views: Vec<(String, Vec<String>)> = Vec::new();
    for (part, h) in reader.headers().iter().enumerate() {
        if let Some(AttributeValue::StringVector(names)) = h.attribute("multiView") {
            for (i, view) in names.iter().enumerate() {
                let of_view = |c: &str| match c.split_once('.') {
                    Some(_) => c.rsplit('.').nth(1) == Some(view),
                    None => i == 0,
                };
                let channels = h.channels.iter().map(|c| c.name.clone());
                views.push((view.clone(), channels.filter(|c| of_view(c)).collect()));
            }
        } else if let Some(view) = view_of(h) {
            views.push((view.to_owned(), vec![format!("part {part}")]));
        }
    }
    let mut out = std::io::stdout().lock();
    if globals.json {
        let list: Vec<_> = views
            .iter()
            .map(|(v, what)| json!({"view": v, "holds": what}))
            .collect();
        writeln!(out, "{}", json!({"file": name, "views": list}))?;
    } else {
        writeln!(out, "{name}")?;
        for (view, what) in &views {
            writeln!(out, "  {view}: {}", what.join(" "))?;
        }
    }
    Ok(())
}
