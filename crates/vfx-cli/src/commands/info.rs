//! `vfx info`: what files are, in iinfo's words or as JSON.

use crate::globals::Globals;
use crate::metadata::{self, number};
use crate::progress::Watch;
use crate::text::g;
use anyhow::Result;
use serde_json::{Value as Json, json};
use std::io::Write;
use std::process::ExitCode;
use vfx::ops::ImageStats;
use vfx::{File, Image};
use vfx_core::{Access, Alpha, ImageSpec, Region, SampleFormat};

/// Arguments of `info`.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  vfx info plate.exr\n  vfx info -v --stats plate.exr\n  vfx info --json --hash a.png b.png"
)]
pub struct InfoArgs {
    /// All metadata
    #[arg(short, long)]
    verbose: bool,
    /// Lowest, highest, mean value and deviation of every channel
    #[arg(long)]
    stats: bool,
    /// SHA-1 of the pixels
    #[arg(long)]
    hash: bool,
    /// The files
    #[arg(required = true, value_name = "FILE")]
    files: Vec<String>,
}

/// What was computed of one part.
struct Computed {
    stats: Option<ImageStats>,
    hash: Option<String>,
}

/// Prints every file; a bad one does not hide the others.
pub fn run(globals: &Globals, args: &InfoArgs) -> Result<ExitCode> {
    let (session, console) = globals.session()?;
    let mut code = ExitCode::SUCCESS;
    for name in &args.files {
        let one = || -> Result<()> {
            let file = session.open(name)?;
            let images = file.images();
            let watch = Watch::start(globals, &session.job().progress, &console);
            let computed: Vec<Computed> = images
                .iter()
                .map(|i| compute(i, args))
                .collect::<Result<_>>()?;
            drop(watch);
            // The JSON line is built whole, so that half a file is never printed.
            let text = if globals.json {
                format!("{}\n", as_json(name, &file, &images, &computed))
            } else {
                as_text(name, &file, &images, &computed, args)
            };
            std::io::stdout().lock().write_all(text.as_bytes())?;
            Ok(())
        };
        if let Err(e) = one() {
            if args.files.len() == 1 {
                return Err(e);
            }
            code = crate::failure::render(&e, globals.quiet);
            if session.job().cancel.is_cancelled() {
                break;
            }
        }
    }
    Ok(code)
}

fn compute(image: &Image, args: &InfoArgs) -> Result<Computed> {
    Ok(Computed {
        stats: if args.stats {
            Some(image.stats()?)
        } else {
            None
        },
        hash: if args.hash { Some(image.sha1()?) } else { None },
    })
}

fn window(r: &Region) -> Json {
    json!([r.x0, r.y0, r.width(), r.height()])
}

fn as_json(name: &str, file: &File, images: &[Image], computed: &[Computed]) -> Json {
    let parts: Vec<Json> = images
        .iter()
        .zip(computed)
        .enumerate()
        .map(|(i, (image, c))| {
            let s = image.spec();
            let channels: Vec<_> = s
                .channels
                .iter()
                .map(|c| {
                    let mut j = json!({"name": c.name, "type": c.format.to_string()});
                    if c.sampling != (1, 1) {
                        j["sampling"] = json!([c.sampling.0, c.sampling.1]);
                    }
                    j
                })
                .collect();
            let metadata: serde_json::Map<_, _> = s
                .attributes
                .iter()
                .map(|a| (a.name.clone(), metadata::json(&a.value)))
                .collect();
            let mut part = json!({
                "name": s.name, "width": s.width(), "height": s.height(), "channels": channels,
                "data_window": window(&s.data_window), "display_window": window(&s.display_window),
                "color_space": s.color_space, "alpha": alpha(s), "orientation": s.orientation.0,
                "pixel_aspect": metadata::json(&vfx_core::Value::Float(s.pixel_aspect)),
                "metadata": metadata, "levels": file.levels(i),
            });
            if let Some(stats) = &c.stats {
                part["stats"] = stats.channels.iter().map(channel_stats).collect();
            }
            if let Some(hash) = &c.hash {
                part["hash"] = json!(hash);
            }
            part
        })
        .collect();
    json!({"file": name, "format": file.format().name, "parts": parts})
}

fn alpha(s: &ImageSpec) -> &'static str {
    match (s.alpha_index(), s.alpha) {
        (None, _) => "none",
        (_, Alpha::Associated) => "associated",
        (_, Alpha::Unassociated) => "unassociated",
    }
}

fn channel_stats(c: &vfx::ops::ChannelStats) -> Json {
    json!({
        "name": c.name, "min": number(c.min), "max": number(c.max), "mean": number(c.mean), "stddev": number(c.stddev),
        "finite": c.finite, "nan": c.nan, "inf": c.inf, "constant": c.is_constant(), "full_scale": c.format.full_scale(),
    })
}

/// OpenImageIO's name of a type.
fn type_name(f: SampleFormat) -> String {
    match f {
        SampleFormat::F16 => "half".into(),
        SampleFormat::F32 => "float".into(),
        f => format!("uint{}", f.bits),
    }
}

fn types(s: &ImageSpec) -> String {
    match s.uniform_format() {
        Some(f) => type_name(f),
        None => {
            let all: Vec<_> = s.channels.iter().map(|c| type_name(c.format)).collect();
            all.join("/")
        }
    }
}

fn as_text(
    name: &str,
    file: &File,
    images: &[Image],
    computed: &[Computed],
    args: &InfoArgs,
) -> String {
    let mut out = String::new();
    for (i, (image, c)) in images.iter().zip(computed).enumerate() {
        let s = image.spec();
        let several = images.len() > 1;
        let size = format!(
            "{:4} x {:4}, {} channel, {}",
            s.width(),
            s.height(),
            s.channels.len(),
            types(s)
        );
        if i == 0 {
            out += &format!("{name} : {size} {}", file.format().name);
            if several {
                out += &format!(" ({} subimages)", images.len());
            }
            out += "\n";
        }
        if several && (args.verbose || i > 0) {
            out += &format!(" subimage {i:2}: {size} {}\n", file.format().name);
        }
        if let Some(hash) = &c.hash {
            out += &format!("    SHA-1: {hash}\n");
        }
        if args.verbose {
            out += &details(file, image, i);
        }
        if let Some(stats) = &c.stats {
            out += &stats_text(stats);
        }
    }
    // What exrheader prints: every attribute with its own name and type.
    if args.verbose
        && file.format().name == "openexr"
        && let Ok(reader) = vfx::exr::open(file.path(), &vfx_core::Limits::default())
    {
        out += "    OpenEXR header:\n";
        for line in vfx::exr::describe(&reader).lines() {
            out += &format!("      {line}\n");
        }
    }
    out
}

fn details(file: &File, image: &Image, part: usize) -> String {
    let s = image.spec();
    let mut lines = Vec::new();
    let channels: Vec<_> = s
        .channels
        .iter()
        .map(|c| {
            if s.uniform_format().is_some() {
                c.name.clone()
            } else {
                format!("{} ({})", c.name, type_name(c.format))
            }
        })
        .collect();
    lines.push(format!("channel list: {}", channels.join(", ")));
    let (data, display) = (s.data_window, s.display_window);
    if (data.x0, data.y0) != (0, 0) {
        lines.push(format!("pixel data origin: x={}, y={}", data.x0, data.y0));
    }
    if display != data {
        lines.push(format!(
            "full/display size: {} x {}",
            display.width(),
            display.height()
        ));
        lines.push(format!(
            "full/display origin: {}, {}",
            display.x0, display.y0
        ));
    }
    if let Some(Access::Random { chunk, .. }) = file.access(part)
        && chunk.0 < s.width()
    {
        lines.push(format!("tile size: {} x {}", chunk.0, chunk.1));
    }
    if file.levels(part) > 1 {
        lines.push(format!("levels: {}", file.levels(part)));
    }
    if !s.name.is_empty() {
        lines.push(format!("oiio:subimagename: \"{}\"", s.name));
    }
    if s.alpha_index().is_some() && s.alpha == Alpha::Unassociated {
        lines.push("oiio:UnassociatedAlpha: 1".into());
    }
    if let Some(space) = &s.color_space {
        lines.push(format!("oiio:ColorSpace: \"{space}\""));
    }
    if s.orientation.0 != 1 && s.attributes.get("Orientation").is_none() {
        lines.push(format!("Orientation: {}", s.orientation.0));
    }
    if s.pixel_aspect != 1.0 && s.attributes.get("PixelAspectRatio").is_none() {
        lines.push(format!(
            "PixelAspectRatio: {}",
            g(f64::from(s.pixel_aspect))
        ));
    }
    for a in s.attributes.iter() {
        lines.push(format!("{}: {}", a.name, metadata::text(&a.value)));
    }
    lines.iter().map(|l| format!("    {l}\n")).collect()
}

fn stats_text(stats: &ImageStats) -> String {
    let c = &stats.channels;
    // Integers are shown as code values, as iinfo does.
    let scale = |f: SampleFormat| f64::from(f.full_scale());
    let of = match c.first() {
        Some(f) if c.iter().all(|c| c.format == f.format) && !f.format.is_float() => {
            format!(" (of {})", f.format.full_scale())
        }
        Some(_) if c.iter().all(|c| c.format.is_float()) => " (float)".into(),
        _ => String::new(),
    };
    let row = |label: &str, value: &dyn Fn(&vfx::ops::ChannelStats) -> String, tail: &str| {
        let values: Vec<_> = c.iter().map(value).collect();
        format!("    {label}: {}{tail}\n", values.join(" "))
    };
    let fine = |v: f64, f: SampleFormat| format!("{:.6}", v * scale(f));
    // Code values are whole; the product may miss by a rounding.
    let code = |v: f64, f: SampleFormat| {
        if f.is_float() {
            fine(v, f)
        } else {
            format!("{:.0}", v * scale(f))
        }
    };
    let mut out = String::new();
    out += &row("Stats Min", &|c| code(c.min, c.format), &of);
    out += &row("Stats Max", &|c| code(c.max, c.format), &of);
    out += &row("Stats Avg", &|c| fine(c.mean, c.format), &of);
    out += &row("Stats StdDev", &|c| fine(c.stddev, c.format), &of);
    out += &row("Stats NanCount", &|c| c.nan.to_string(), "");
    out += &row("Stats InfCount", &|c| c.inf.to_string(), "");
    out += &row("Stats FiniteCount", &|c| c.finite.to_string(), "");
    let constant = !c.is_empty() && c.iter().all(vfx::ops::ChannelStats::is_constant);
    out += &format!("    Constant: {}\n", if constant { "Yes" } else { "No" });
    if constant {
        out += &row("Constant Color", &|c| fine(c.min, c.format), &of);
    }
    out
}
