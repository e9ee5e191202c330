//! `vfx exr rewrap`: another header around the same chunks.

use super::{compression, not_an_input, part_of, print_repacked};
use crate::globals::Globals;
use anyhow::{Context, Result, bail};
use std::path::PathBuf;
use std::process::ExitCode;
use vfx::exr::codec::{Attribute, AttributeValue, Box2i, Header, Reader};
use vfx::exr::{Source, parse_value, repack, standard_type};

/// Arguments of `exr rewrap`.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  vfx exr rewrap in.exr out.exr --set comments='take 3' --set framesPerSecond=24000/1001\n  \
                  vfx exr rewrap in.exr out.exr --origin 100,-20 --display-window 0,0,1919,1079\n  \
                  vfx exr rewrap in.exr out.exr --part beauty --rename R=diffuse.R --drop id"
)]
pub struct RewrapArgs {
    /// Input
    #[arg(value_name = "IN")]
    input: PathBuf,
    /// Output
    #[arg(value_name = "OUT")]
    output: PathBuf,
    /// Parts to keep, by number or name, in this order [default: all]
    #[arg(long, value_name = "PART", value_delimiter = ',')]
    part: Vec<String>,
    /// Set an attribute: NAME=VALUE for the standard's own, TYPE:NAME=VALUE for any other
    #[arg(long, value_name = "[TYPE:]NAME=VALUE")]
    set: Vec<String>,
    /// Remove an attribute
    #[arg(long, value_name = "NAME")]
    erase: Vec<String>,
    /// Rename a channel; a new order of names compresses again
    #[arg(long, value_name = "OLD=NEW")]
    rename: Vec<String>,
    /// Leave a channel out (compresses again)
    #[arg(long, value_name = "CHANNEL", value_delimiter = ',')]
    drop: Vec<String>,
    /// Rename a part: NUMBER=NAME or OLD=NEW
    #[arg(long, value_name = "PART=NAME")]
    rename_part: Vec<String>,
    /// Move the data window: its left and top
    #[arg(long, value_name = "X,Y", allow_hyphen_values = true)]
    origin: Option<String>,
    /// Display window: left, top, right and bottom (inclusive)
    #[arg(long, value_name = "X0,Y0,X1,Y1", allow_hyphen_values = true)]
    display_window: Option<String>,
    /// Another compression (compresses again)
    #[arg(long, value_name = "NAME")]
    compression: Option<String>,
}

/// Writes the file with the changed headers.
pub fn run(globals: &Globals, args: &RewrapArgs) -> Result<ExitCode> {
    let (session, _) = globals.session()?;
    not_an_input(&args.output, std::slice::from_ref(&args.input))?;
    let reader = vfx::exr::open(&args.input, &session.open_options().limits)?;
    let parts: Vec<usize> = if args.part.is_empty() {
        (0..reader.headers().len()).collect()
    } else {
        let find =
            |w: &String| part_of(&reader, w).with_context(|| format!("there is no part '{w}'"));
        args.part.iter().map(find).collect::<Result<_>>()?
    };
    let mut sources: Vec<Source<'_>> = parts.iter().map(|&p| Source::whole(&reader, p)).collect();
    rename_parts(&reader, &mut sources, &args.rename_part)?;
    for s in &mut sources {
        edit(s, args)?;
    }
    rename_channels(&mut sources, &args.rename, &args.drop)?;
    let job = session.job();
    let done = repack(&args.output, &sources, job.budget.threads, &job.cancel)?;
    print_repacked(globals, &args.output, &done)?;
    Ok(ExitCode::SUCCESS)
}

fn pair<'a>(option: &str, word: &'a str) -> Result<(&'a str, &'a str)> {
    word.split_once('=')
        .with_context(|| format!("{option} is '{word}', expected NAME=VALUE"))
}

fn ints<const N: usize>(option: &str, text: &str) -> Result<[i32; N]> {
    let list: Option<Vec<i32>> = text.split(',').map(|v| v.trim().parse().ok()).collect();
    list.and_then(|l| l.try_into().ok())
        .with_context(|| format!("{option} is '{text}', expected {N} whole numbers with commas"))
}

fn edit(s: &mut Source<'_>, args: &RewrapArgs) -> Result<()> {
    let h = &mut s.header;
    for name in &args.erase {
        h.attributes.retain(|a| a.name != *name);
        if name == "view" {
            h.view = None;
        }
    }
    for word in &args.set {
        set(h, word)?;
    }
    if let Some(origin) = &args.origin {
        let [x, y] = ints("--origin", origin)?;
        let (w, d) = (h.data_window.width(), h.data_window.height());
        let end = |v: i32, n: u64| i32::try_from(i64::from(v) + n as i64 - 1);
        let (Ok(right), Ok(bottom)) = (end(x, w), end(y, d)) else {
            bail!("the data window leaves the range of coordinates at {origin}");
        };
        h.data_window = Box2i::new((x, y), (right, bottom));
    }
    if let Some(text) = &args.display_window {
        let [x0, y0, x1, y1] = ints("--display-window", text)?;
        h.display_window = Box2i::new((x0, y0), (x1, y1));
    }
    if let Some(c) = compression(args.compression.as_deref())? {
        h.compression = c;
    }
    Ok(())
}

/// Attributes that are fields of the header are set there.
fn set(h: &mut Header, word: &str) -> Result<()> {
    let (name, text) = pair("--set", word)?;
    let (kind, name) = match name.split_once(':') {
        Some((kind, name)) => (Some(kind), name),
        None => (None, name),
    };
    let number = || -> Result<f32> {
        text.parse()
            .with_context(|| format!("{name} is '{text}', expected a number"))
    };
    match name {
        "pixelAspectRatio" => h.pixel_aspect = number()?,
        "screenWindowWidth" => h.screen_window_width = number()?,
        "screenWindowCenter" => match parse_value("v2f", text) {
            Some(AttributeValue::V2f([x, y])) => h.screen_window_center = (x, y),
            _ => bail!("screenWindowCenter is '{text}', expected two numbers"),
        },
        "view" => h.view = Some(text.to_owned()),
        "name" | "type" | "channels" | "compression" | "dataWindow" | "displayWindow"
        | "lineOrder" | "tiles" | "chunkCount" | "version" => {
            bail!("--set does not change '{name}'; see the other options of rewrap")
        }
        _ => {
            let kept = h.attribute(name).map(|v| v.type_name().to_owned());
            let kind = kind
                .or(standard_type(name))
                .or(kept.as_deref())
                .with_context(|| {
                    format!(
                        "'{name}' is no standard attribute: give its type, as in string:{name}=..."
                    )
                })?;
            let value = parse_value(kind, text)
                .with_context(|| format!("{name} is '{text}', which is no value of type {kind}"))?;
            match h.attributes.iter_mut().find(|a| a.name == name) {
                Some(a) => a.value = value,
                None => h.attributes.push(Attribute {
                    name: name.to_owned(),
                    value,
                }),
            }
        }
    }
    Ok(())
}

fn rename_parts(reader: &Reader, sources: &mut [Source<'_>], words: &[String]) -> Result<()> {
    for word in words {
        let (old, new) = pair("--rename-part", word)?;
        let part = part_of(reader, old).with_context(|| format!("there is no part '{old}'"))?;
        for s in sources.iter_mut().filter(|s| s.part == part) {
            s.header.name = Some(new.to_owned());
        }
    }
    Ok(())
}

fn rename_channels(sources: &mut [Source<'_>], rename: &[String], drop: &[String]) -> Result<()> {
    let mut unknown: Vec<&str> = Vec::new();
    let pairs = rename
        .iter()
        .map(|w| pair("--rename", w))
        .collect::<Result<Vec<_>>>()?;
    let exists = |name: &str| {
        let has = |s: &Source<'_>| s.header.channels.iter().any(|c| c.name == name);
        sources.iter().any(has)
    };
    let mentioned = pairs
        .iter()
        .map(|p| p.0)
        .chain(drop.iter().map(String::as_str));
    unknown.extend(mentioned.filter(|n| !exists(n)));
    if let Some(name) = unknown.first() {
        bail!("there is no channel '{name}'");
    }
    for s in sources {
        let keep: Vec<bool> = s
            .header
            .channels
            .iter()
            .map(|c| !drop.contains(&c.name))
            .collect();
        let mut kept = keep.iter();
        s.header
            .channels
            .retain(|_| *kept.next().expect("one each"));
        let mut kept = keep.iter();
        s.channels.retain(|_| *kept.next().expect("one each"));
        for c in &mut s.header.channels {
            if let Some((_, new)) = pairs.iter().find(|p| p.0 == c.name) {
                c.name = (*new).to_owned();
            }
        }
    }
    Ok(())
}
